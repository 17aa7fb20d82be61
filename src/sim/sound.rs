//! Who hears whom, by identity: no packets, only where each side sends its sound and what the
//! switchboard was told to do with it. A stale address or a forgotten link shows as silence.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use super::phone::Voice;
use super::voices::Open;
use crate::base::LegId;
use crate::media::{Command, Line, Node, Payload, Port};

/// The switchboard's sound, as its last commands left it.
#[derive(Debug)]
pub struct Sound {
    address: IpAddr,
    legs: BTreeMap<LegId, Leg>,
}

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
                }
            }
            // Units are heard as sound: the world has a graph for them.
            Command::Hear {
                listener: Node::Unit(_) | Node::Heard(_),
                ..
            }
            | Command::Join { .. }
            | Command::Part { .. }
            | Command::Create { .. }
            | Command::Steer { .. }
            | Command::Drop { .. } => {}
            Command::Close { leg } => {
                self.legs.remove(&leg);
            }
            // Who speaks is known by identity; there are no packets to measure.
            Command::Monitor { .. } | Command::HandleKeys { .. } | Command::Press { .. } => {}
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
        self.legs.values().any(|leg| {
            let takes = |line: &Line| {
                let mut payloads = line.payloads.iter();
                line.send
                    && line.rtp == Some(listener.own)
                    && payloads.any(|payload| {
                        let mut taken = listener.codecs.iter();
                        taken.any(|codec| codec.name() == payload.name)
                    })
            };
            leg.source == Some(Node::Leg(source))
                && listener.receives
                && leg.line.as_ref().is_some_and(takes)
                && listener.peer == Some(self.address_of(leg))
        })
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
