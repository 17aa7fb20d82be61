//! Who hears whom, by identity: no packets, only where each side sends its sound and what the
//! switchboard was told to do with it. A stale address or a forgotten link shows as silence.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use super::phone::Voice;
use super::voices::Open;
use crate::base::{LegId, SoundId};
use crate::media::{Command, Line, Node, Payload, Port};

/// The switchboard's sound, as its last commands left it.
#[derive(Debug)]
pub struct Sound {
    address: IpAddr,
    legs: BTreeMap<LegId, Leg>,
    /// The ends of calls between two sessions.
    ends: BTreeMap<LegId, End>,
    /// What each unit hears that hears several.
    mixers: BTreeMap<SoundId, Vec<Node>>,
}

#[derive(Debug)]
struct End {
    far: LegId,
    source: Option<Node>,
}

/// Calls from session to session and conferences that sound may go through.
const MOST_HOPS: u32 = 16;

#[derive(Debug)]
struct Leg {
    port: Port,
    line: Option<Line>,
    source: Option<Node>,
    /// A first packet has been told.
    spoken: bool,
}

impl Sound {
    pub fn new(address: IpAddr) -> Sound {
        Sound {
            address,
            legs: BTreeMap::new(),
            ends: BTreeMap::new(),
            mixers: BTreeMap::new(),
        }
    }

    pub fn handle(&mut self, command: Command) {
        match command {
            Command::Open { leg, port } => {
                let (line, source, spoken) = (None, None, false);
                self.legs.insert(
                    leg,
                    Leg {
                        port,
                        line,
                        source,
                        spoken,
                    },
                );
            }
            Command::Describe { leg, line } => {
                if let Some(leg) = self.legs.get_mut(&leg) {
                    leg.line = Some(line);
                }
            }
            Command::Hear {
                listener: Node::Leg(leg),
                source,
            } => {
                if let Some(leg) = self.legs.get_mut(&leg) {
                    leg.source = source;
                } else if let Some(end) = self.ends.get_mut(&leg) {
                    end.source = source;
                }
            }
            Command::Tie { one, other } => {
                for (end, far) in [(one, other), (other, one)] {
                    self.ends.insert(end, End { far, source: None });
                }
            }
            // Units are heard as sound: the world has a graph for them.
            Command::Hear {
                listener: Node::Unit(_) | Node::Heard(_),
                ..
            }
            | Command::Create { .. }
            | Command::Steer { .. } => {}
            Command::Join {
                listener, source, ..
            } => {
                let sources = self.mixers.entry(listener).or_default();
                if !sources.contains(&source) {
                    sources.push(source);
                }
            }
            Command::Part { listener, source } => {
                if let Some(sources) = self.mixers.get_mut(&listener) {
                    sources.retain(|other| *other != source);
                }
            }
            Command::Drop { unit } => {
                self.mixers.remove(&unit);
            }
            Command::Close { leg } => {
                self.legs.remove(&leg);
                if let Some(end) = self.ends.remove(&leg) {
                    self.ends.remove(&end.far);
                }
            }
            // Who speaks is known by identity; what there are of packets the world's graph measures.
            Command::Monitor { .. }
            | Command::Detect { .. }
            | Command::HandleKeys { .. }
            | Command::Press { .. } => {}
        }
    }

    /// How many ports are open.
    pub fn len(&self) -> usize {
        self.legs.len()
    }

    pub fn is_empty(&self) -> bool {
        self.legs.is_empty()
    }

    /// Whether what `speaker` says arrives at `listener`: as it is, or transcoded to something that it takes.
    pub fn hears(&self, listener: &Voice, speaker: &Voice) -> bool {
        let Some(source) = self
            .enters_on(speaker)
            .filter(|_| !speaker.codecs.is_empty())
        else {
            return false;
        };
        self.legs.iter().any(|(id, leg)| {
            let takes = |line: &Line| {
                let mut payloads = line.payloads.iter();
                line.send
                    && line.rtp == Some(listener.own)
                    && payloads.any(|payload| {
                        let mut taken = listener.codecs.iter();
                        taken.any(|codec| codec.name() == payload.name)
                    })
            };
            leg.source
                .is_some_and(|node| self.carries(node, Node::Leg(*id), source, MOST_HOPS))
                && listener.receives
                && leg.line.as_ref().is_some_and(takes)
                && listener.peer == Some(self.address_of(leg))
        })
    }

    /// Whether what `speaker` says is in what `node` gives to `listener`: whoever hears one end of a call between two
    /// sessions hears what the other hears, and whoever hears a conference hears all of it but itself.
    fn carries(&self, node: Node, listener: Node, speaker: LegId, hops: u32) -> bool {
        let Some(hops) = hops.checked_sub(1) else {
            return false;
        };
        match node {
            Node::Leg(leg) => match self.ends.get(&leg) {
                None => leg == speaker,
                Some(end) => self.ends.get(&end.far).is_some_and(|far| {
                    let far_end = Node::Leg(end.far);
                    far.source
                        .is_some_and(|source| self.carries(source, far_end, speaker, hops))
                }),
            },
            Node::Unit(unit) => self.mixers.get(&unit).is_some_and(|sources| {
                let mut others = sources.iter().filter(|source| **source != listener);
                others.any(|source| self.carries(*source, node, speaker, hops))
            }),
            Node::Heard(_) => false,
        }
    }

    /// The leg that `speaker`'s sound comes in on.
    fn enters_on(&self, speaker: &Voice) -> Option<LegId> {
        let sends_here = |leg: &Leg| {
            speaker.sends
                && speaker.peer == Some(self.address_of(leg))
                && leg
                    .line
                    .as_ref()
                    .is_some_and(|line| line.receive && line.rtp == Some(speaker.own))
        };
        let mut legs = self.legs.iter().filter(|(_, leg)| sends_here(leg));
        legs.next().map(|(leg, _)| *leg)
    }

    /// The legs on which one of `voices` is heard for the first time.
    pub fn first_packets(&mut self, voices: &[Voice]) -> Vec<LegId> {
        let speaking: Vec<_> = voices
            .iter()
            .filter_map(|voice| self.enters_on(voice))
            .collect();
        let mut first = Vec::new();
        for leg in speaking {
            if let Some(heard) = self.legs.get_mut(&leg).filter(|leg| !leg.spoken) {
                heard.spoken = true;
                first.push(leg);
            }
        }
        first
    }

    /// Where `speaker`'s voice comes in, and the format that it sends there.
    pub fn open_to(&self, speaker: &Voice) -> Option<Open> {
        let leg = self.enters_on(speaker)?;
        let line = self.legs.get(&leg)?.line.as_ref()?;
        let codec = speaker.codecs.first()?;
        let mut payloads = line.payloads.iter();
        let payload = payloads
            .find(|payload| payload.name == codec.name() && payload.clock_hz == codec.clock_hz())?;
        Some(Open {
            leg,
            from: speaker.own,
            payload: payload.clone(),
        })
    }

    /// The leg that `speaker`'s keys come in on, and how they are numbered there.
    pub fn events_of(&self, speaker: &Voice) -> Option<(LegId, Payload)> {
        let leg = self.enters_on(speaker)?;
        let line = self.legs.get(&leg)?.line.as_ref()?;
        let events = line
            .payloads
            .iter()
            .find(|payload| payload.name == "telephone-event")?;
        Some((leg, events.clone()))
    }

    /// What a payload number means to the peer of a leg.
    pub fn payload(&self, leg: LegId, number: u8) -> Option<&Payload> {
        let line = self.legs.get(&leg)?.line.as_ref()?;
        line.payloads.iter().find(|payload| payload.send == number)
    }

    fn address_of(&self, leg: &Leg) -> SocketAddr {
        SocketAddr::new(self.address, leg.port.rtp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sdp::Codec;

    const SERVER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const A: LegId = LegId(1);
    const B: LegId = LegId(2);

    fn address(port: u16) -> SocketAddr {
        SocketAddr::new(SERVER, port)
    }

    /// A phone on `own` that talks to the switchboard's port `peer`.
    fn voice(own: u16, peer: u16) -> Voice {
        Voice {
            own: address(own),
            peer: Some(address(peer)),
            sends: true,
            receives: true,
            codecs: vec![Codec::Pcmu],
        }
    }

    fn two_linked_legs() -> Sound {
        let mut sound = Sound::new(SERVER);
        for (leg, port, phone) in [(A, 10_000, 4000), (B, 10_002, 5000)] {
            sound.handle(Command::Open {
                leg,
                port: Port { rtp: port },
            });
            let line = Line {
                rtp: Some(address(phone)),
                rtcp: None,
                signalling: SERVER,
                payloads: vec![Payload {
                    name: Codec::Pcmu.name(),
                    clock_hz: 8000,
                    send: 0,
                    receive: 0,
                }],
                send: true,
                receive: true,
                ptime_ms: None,
                srtp: None,
                comedia: false,
                copies: false,
            };
            sound.handle(Command::Describe { leg, line });
        }
        sound.handle(Command::Hear {
            listener: A.into(),
            source: Some(B.into()),
        });
        sound
    }

    #[test]
    fn a_link_is_heard_in_its_direction() {
        let sound = two_linked_legs();
        let (a, b) = (voice(4000, 10_000), voice(5000, 10_002));
        assert!(sound.hears(&a, &b));
        assert!(!sound.hears(&b, &a));
    }

    #[test]
    fn a_stale_address_a_hold_a_codec_that_was_not_agreed_or_a_cut_link_is_silence() {
        let mut sound = two_linked_legs();
        let (a, b) = (voice(4000, 10_000), voice(5000, 10_002));
        let silent = Voice {
            sends: false,
            ..b.clone()
        };
        let deaf = Voice {
            receives: false,
            ..a.clone()
        };
        let foreign = Voice {
            codecs: vec![Codec::Opus],
            ..a.clone()
        };
        assert!(!sound.hears(&voice(4002, 10_000), &b));
        assert!(!sound.hears(&a, &voice(5000, 10_004)));
        assert!(!sound.hears(&a, &silent));
        assert!(!sound.hears(&deaf, &b));
        assert!(!sound.hears(&foreign, &b));
        sound.handle(Command::Hear {
            listener: A.into(),
            source: None,
        });
        assert!(!sound.hears(&a, &b));
        sound.handle(Command::Close { leg: A });
        sound.handle(Command::Close { leg: B });
        assert!(sound.is_empty());
    }

    #[test]
    fn a_first_packet_is_told_once() {
        let mut sound = two_linked_legs();
        let voices = [voice(4000, 10_000), voice(9000, 10_002)];
        assert_eq!(sound.first_packets(&voices), [A]);
        assert_eq!(sound.first_packets(&voices), []);
    }
}
