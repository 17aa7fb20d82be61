//! Packets of legs: taken where they may be, and passed on to the legs that hear them.

use std::net::SocketAddr;
use std::time::Instant;

use super::leg::{Talks, Watch};
use super::pressed::{COMFORT, EVENT, Pressed};
use super::{Graph, Outgoing, SILENCE, sealed};
use crate::base::LegId;
use crate::media::codec::Coding;
use crate::media::dtmf::Way;
use crate::media::ear::LEAST;
use crate::media::rtp::{self, Header};
use crate::media::{Event, Kind, Node, rtcp};

/// A packet that was taken and is now shared out. Its bytes stay with the caller.
#[derive(Debug)]
pub struct Arrival {
    pub(super) leg: LegId,
    pub(super) at: Instant,
    /// Of the packet without its seal.
    pub(super) length: usize,
    /// How many of the listeners were served.
    pub(super) served: usize,
    pub(super) content: Content,
}

/// What is in it.
#[derive(Debug)]
pub(super) enum Content {
    Sound {
        header: Header,
        name: &'static str,
        clock_hz: u32,
        /// Of payload.
        bytes: u32,
        /// Where it is a telephone-event.
        event: Option<Pressed>,
    },
    Report(rtcp::Report),
}

impl Content {
    /// What it is coded in; events are in nothing.
    fn talks(&self) -> Option<Talks> {
        match self {
            Content::Sound { name, clock_hz, .. } => {
                Coding::of(name, *clock_hz).map(|_| (*name, *clock_hz))
            }
            Content::Report(_) => None,
        }
    }
}

impl Graph {
    /// Takes a packet from a leg's socket; an encrypted one is plain afterwards. `None`: there is nobody to pass it to.
    pub fn handle_packet(
        &mut self,
        leg: LegId,
        kind: Kind,
        from: SocketAddr,
        packet: &mut [u8],
        now: Instant,
    ) -> Option<Arrival> {
        let length = self.open(leg, kind, packet)?;
        let packet = packet.get_mut(..length)?;
        let (content, length) = match kind {
            Kind::Rtp => self.take_sound(leg, from, packet, now)?,
            Kind::Rtcp => (self.take_report(leg, from, packet, now)?, length),
        };
        Some(Arrival {
            leg,
            at: now,
            length,
            served: 0,
            content,
        })
    }

    /// The next thing to send because of an arrival. `packet` is the one that arrived; its header is
    /// written anew for each listener.
    pub fn next_send<'a>(
        &'a mut self,
        arrival: &mut Arrival,
        packet: &'a mut [u8],
    ) -> Option<Outgoing<'a>> {
        match arrival.content {
            Content::Sound {
                header,
                name,
                clock_hz,
                bytes,
                event,
            } => {
                let (listener, header, to, clock) = loop {
                    let listener = self.next_listener(arrival)?;
                    let Some(leg) = self.legs.get_mut(&listener) else {
                        continue;
                    };
                    if let Some((header, to, clock)) =
                        leg.pass(arrival.leg, header, name, clock_hz, arrival.at)
                    {
                        leg.reporting.said(bytes, clock);
                        break (listener, header, to, clock);
                    }
                };
                let packet = packet.get_mut(..arrival.length)?;
                header.write(packet);
                if let Some(event) = event {
                    event.write(packet, clock_hz, clock);
                }
                Some(Outgoing {
                    leg: listener,
                    kind: Kind::Rtp,
                    to,
                    bytes: sealed::seal(&mut self.legs, &mut *self.sealed, listener, packet),
                })
            }
            Content::Report(report) => {
                let (leg, report, to) = self.next_report(arrival, report)?;
                Some(Outgoing {
                    leg,
                    kind: Kind::Rtcp,
                    to,
                    bytes: self.write_report(leg, &report),
                })
            }
        }
    }

    /// What came, and how long it is: a packet that may be a part of a key is silenced.
    fn take_sound(
        &mut self,
        id: LegId,
        from: SocketAddr,
        packet: &mut [u8],
        now: Instant,
    ) -> Option<(Content, usize)> {
        let leg = self.legs.get_mut(&id)?;
        let Some(header) = Header::read(packet) else {
            leg.counters.malformed += 1;
            return None;
        };
        let described = leg.line.as_ref();
        let line = described.filter(|line| {
            leg.rtp
                .admits(from, line.rtp, line.signalling, line.comedia)
        });
        let Some(line) = line else {
            leg.counters.strangers += 1;
            return None;
        };
        leg.counters.received += 1;
        leg.counters.received_bytes += packet.len() as u64;
        if !line.receive {
            leg.counters.unwanted += 1;
            return None;
        }
        let mut by_number = line.payloads.iter();
        let payload = by_number.find(|payload| payload.receive == header.payload);
        let coding = payload.and_then(|payload| Coding::of(payload.name, payload.clock_hz));
        let length = coding.map_or(packet.len(), |coding| {
            let way = Way::InBand;
            let told = |key| self.events.push_back(Event::Key { leg: id, key, way });
            leg.keys.hear_sound(coding, &header, packet, told)
        });
        let packet = packet.get(..length)?;
        let is_key =
            leg.keys.takes_events() && payload.is_some_and(|p| p.name == "telephone-event");
        let content = payload.map(|payload| Content::Sound {
            header,
            name: payload.name,
            clock_hz: payload.clock_hz,
            bytes: packet.len().saturating_sub(rtp::HEADER) as u32,
            event: match payload.name == EVENT {
                true => Pressed::read(packet),
                false => None,
            },
        });
        if let (Some(payload), Some((ear, tick))) = (payload, &mut leg.ear) {
            let body = Header::body(packet);
            let begins = match coding {
                Some(coding) => ear.take(coding, &header, body, now),
                None => {
                    if payload.name == COMFORT {
                        ear.rest(&header, body, now);
                    }
                    false
                }
            };
            if begins {
                let at = std::mem::replace(tick, now + LEAST);
                self.clock.shift(id.into(), at, *tick);
            }
        }
        let codec = payload.and_then(|payload| {
            // G.722 counts at half the rate that it samples at (RFC 3551 §4.5.2).
            let wideband = payload.clock_hz > 8_000 || payload.name == "G722";
            let name = leg
                .measure
                .note(&header, payload.name, payload.clock_hz, now)?;
            Some(Event::Codec {
                leg: id,
                name,
                wideband,
            })
        });
        let news = match leg.watch {
            Watch::NotYet => Some(Event::FirstPacket { leg: id }),
            Watch::Stopped => Some(Event::Resumed { leg: id }),
            Watch::Flowing { .. } => None,
        };
        leg.watch = Watch::Flowing { last: now };
        if content.is_none() {
            leg.counters.unwanted += 1;
            self.leave_out(id, &header);
        }
        if let Some(news) = news {
            self.events.push_back(news);
            self.look_by(now + SILENCE);
        }
        if codec.is_some() {
            let sound = content.as_ref().and_then(Content::talks);
            if let Some(leg) = self
                .legs
                .get_mut(&id)
                .filter(|leg| sound != leg.talks && sound.is_some())
            {
                leg.talks = sound;
                self.prick_ear(id, now);
            }
        }
        self.events.extend(codec);
        if is_key {
            self.leave_out(id, &header);
            self.hear_key(id, &header, packet, now);
            return None;
        }
        content.map(|content| (content, length))
    }

    pub(super) fn leave_out(&mut self, source: LegId, header: &Header) {
        let mut served = 0;
        while let Some(listener) = self.listener(source, &mut served) {
            if let Some(leg) = self.legs.get_mut(&listener) {
                leg.stream.leave_out(source, header);
            }
        }
    }

    pub(super) fn next_listener(&self, arrival: &mut Arrival) -> Option<LegId> {
        self.listener(arrival.leg, &mut arrival.served)
    }

    /// The next leg that hears `source`, after so many of its listeners.
    pub(super) fn listener(&self, source: LegId, served: &mut usize) -> Option<LegId> {
        let listeners = &self.legs.get(&source)?.listeners;
        loop {
            let listener = listeners.get(*served)?;
            *served += 1;
            if let Node::Leg(leg) = listener {
                return Some(*leg);
            }
        }
    }
}
