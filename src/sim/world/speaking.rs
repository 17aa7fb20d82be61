//! Sound on its way between the phones and the switchboard: what they say and press goes in, and what comes out is noted
//! as what they hear.

use std::net::SocketAddr;
use std::time::Instant;

use super::World;
use crate::base::LegId;
use crate::media;
use crate::media::graph::Outgoing;
use crate::media::measure::SPEECH_HZ;
use crate::media::rtp::{self, Header};
use crate::media::unit::cutter;
use crate::sim::phone::Voice;
use crate::sim::voices::{Open, Said, Utterance};

impl World {
    /// From now on the phone says this; `None`: nothing.
    pub(super) fn tell_to_say(&mut self, phone: &str, utterance: Option<Utterance>) {
        let said = match &utterance {
            Some(utterance) => format!("says {utterance}"),
            None => "falls silent".to_string(),
        };
        self.note(phone, &said);
        self.voices.tell(phone, utterance, self.now.at);
    }

    /// The next 20 ms of what a phone says, on each of its lines that takes sound.
    pub(super) fn speak(&mut self, phone: &str) {
        let gone = self
            .phones
            .get(phone)
            .is_none_or(|phone| self.net.is_gone(phone.owner().address));
        let voices: Vec<Voice> = self.voices(phone).filter(|_| !gone).collect();
        let open = voices.iter().filter_map(|voice| self.sound.open_to(voice));
        let open: Vec<Open> = open.collect();
        if open.iter().any(|line| self.fingers.is_pressing(line.leg)) {
            // It goes on after the keys.
            return self.voices.wait(phone, self.now.at);
        }
        let Some(Said { sound, packets }) = self.voices.say(phone, &open, self.now.at) else {
            return;
        };
        self.tapes.say(phone, SPEECH_HZ, &sound, self.now.at);
        for (leg, from, packet) in packets {
            self.sound_in(leg, from, packet);
        }
    }

    /// A packet of a phone's comes to the switchboard, and from there to whoever hears it.
    pub(super) fn sound_in(&mut self, leg: LegId, from: SocketAddr, mut packet: Vec<u8>) {
        let now = self.now.at;
        let arrival = (self.graph).handle_packet(leg, media::Kind::Rtp, from, &mut packet, now);
        if let Some(mut arrival) = arrival {
            while let Some(out) = self.graph.next_send(&mut arrival, &mut packet) {
                let heard = (out.leg, out.to, out.bytes.to_vec());
                self.sound_to(heard);
            }
        }
        self.sound_out();
    }

    /// What the ticks have made goes to the phones, and what came of it to the switchboard.
    pub(super) fn sound_out(&mut self) {
        while let Some(Outgoing { leg, to, bytes, .. }) = self.graph.poll_send() {
            let heard = (leg, to, bytes.to_vec());
            self.sound_to(heard);
        }
        while let Some((unit, cut)) = self.graph.poll_frame() {
            self.disk.take(unit, &cut);
            self.outside.hear_frame(unit, &cut.frame, self.now);
        }
        while let Some(event) = self.graph.poll() {
            let told = match event {
                // Who speaks is known by identity: see `hear_first_packets`.
                media::Event::FirstPacket { .. } => false,
                // Of keys alone nothing is to be learned.
                media::Event::Stopped { leg }
                | media::Event::Resumed { leg }
                | media::Event::Codec { leg, .. } => self.voices.have_reached(leg),
                _ => true,
            };
            let over = match &event {
                media::Event::Unit {
                    unit,
                    news: media::News::Cutter(cutter::News::Ended { .. }),
                } => Some(*unit),
                _ => None,
            };
            if told {
                self.board.handle_media(event, self.now);
            }
            if let Some(unit) = over {
                self.recognise_utterance(unit);
            }
        }
    }

    /// When the next sample may be due. In a world that nobody monitors there are none, and no reports.
    pub(super) fn next_sample(&self) -> Option<Instant> {
        match self.is_monitored {
            true => self.graph.next_deadline(),
            false => None,
        }
    }

    /// What is due of samples and reports; no phone takes reports.
    pub(super) fn sample(&mut self, now: Instant) {
        while self.graph.next_due(now).is_some() {}
        self.sound_out();
    }

    /// A packet from the switchboard's `leg` to the phone at this address.
    fn sound_to(&mut self, (leg, to, packet): (LegId, SocketAddr, Vec<u8>)) {
        let Some(header) = Header::read(&packet) else {
            return;
        };
        let Some(payload) = self.sound.payload(leg, header.payload) else {
            return;
        };
        if payload.name == "telephone-event" {
            return self.fingers.hear(to, &packet, self.now.at);
        }
        let body = packet.get(rtp::HEADER..).unwrap_or_default();
        self.tapes.record(to, payload, body, self.now.at);
    }
}
