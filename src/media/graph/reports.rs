//! Reports of our own (RFC 3550 §6.4): for a leg to which nobody's reports are translated, because it hears
//! nobody, or somebody who sends none. And the samples of who is monitored.

use std::time::{Duration, Instant};

use super::{Graph, Leg, Outgoing};
use crate::base::LegId;
use crate::media::reception::Tally;
use crate::media::rota::{self, Duty};
use crate::media::{Event, Kind, rtcp};

/// What a leg's reports are made of, besides what it hears.
#[derive(Debug, Default)]
pub(super) struct Reporting {
    /// The peer has had a report of somebody else's since ours was last due.
    relayed: bool,
    /// Payload to the peer, and the clock of the last of it.
    bytes: u32,
    clock_hz: u32,
    /// Packets to the peer at our last report.
    sent: u64,
    monitor: Option<Monitor>,
    /// When the leg has its turn for a sample: one at a time, however often a script changes its mind.
    sample_at: Option<Instant>,
}

/// Somebody wants samples.
#[derive(Clone, Copy, Debug)]
struct Monitor {
    every: Duration,
    /// At the last sample.
    heard: Tally,
    sent: u64,
}

impl Reporting {
    /// A packet with so much payload went to the peer.
    pub fn said(&mut self, bytes: u32, clock_hz: u32) {
        // Wraps as the field of the report does.
        self.bytes = self.bytes.wrapping_add(bytes);
        self.clock_hz = clock_hz;
    }

    pub fn clock_hz(&self) -> u32 {
        self.clock_hz
    }
}

impl Leg {
    /// A report of somebody else's goes to the peer.
    pub(super) fn note_report(&mut self, report: &rtcp::Report, now: Instant) {
        self.measure.sent(report, now);
        self.reporting.relayed |= report.sender.is_some() || report.block.is_some();
    }

    /// Our own word to the peer; `None` where there is nothing to tell.
    fn own_report(&mut self, ntp: u64, now: Instant) -> Option<rtcp::Report> {
        let sent = self.counters.sent;
        let speaks = sent > self.reporting.sent;
        self.reporting.sent = sent;
        let timestamp = self.stream.timestamp_at(now, self.reporting.clock_hz);
        let sender = timestamp.filter(|_| speaks).map(|timestamp| rtcp::Sender {
            ntp,
            timestamp,
            packets: sent as u32,
            bytes: self.reporting.bytes,
        });
        let block = self.measure.block(now);
        if sender.is_none() && block.is_none() {
            return None;
        }
        Some(rtcp::Report {
            ssrc: self.stream.ssrc(),
            sender,
            block,
        })
    }
}

impl Graph {
    pub(super) fn begin_reports(&mut self, leg: LegId, now: Instant) {
        let at = now + rota::pause(true, &mut self.dice);
        self.rota.put(at, leg, Duty::Report);
    }

    pub(super) fn monitor(&mut self, id: LegId, every: Option<Duration>, now: Instant) {
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        leg.reporting.monitor = every.map(|every| Monitor {
            every,
            heard: leg.measure.tally(),
            sent: leg.counters.sent,
        });
        let due = every.map(|every| now + every);
        if let Some(due) = due.filter(|due| leg.reporting.sample_at.is_none_or(|at| at > *due)) {
            leg.reporting.sample_at = Some(due);
            self.rota.put(due, id, Duty::Sample);
        }
    }

    /// The next thing to send because it is time for it.
    pub fn next_due(&mut self, now: Instant) -> Option<Outgoing<'_>> {
        let (leg, report, to) = loop {
            let (at, id, duty) = self.rota.take(now)?;
            let Some(leg) = self.legs.get_mut(&id) else {
                continue;
            };
            match duty {
                Duty::Sample => {
                    if let Some((heard, said, next)) = leg.sample(at, now) {
                        self.events.push_back(Event::Sampled {
                            leg: id,
                            heard,
                            said,
                        });
                        self.rota.put(next, id, Duty::Sample);
                    }
                }
                Duty::Report => {
                    let next = now + rota::pause(false, &mut self.dice);
                    self.rota.put(next, id, Duty::Report);
                    if std::mem::take(&mut leg.reporting.relayed) {
                        continue;
                    }
                    let ntp = ntp(self.epoch.unwrap_or(now), now);
                    let to = leg.rtcp_address();
                    let report = to.and_then(|to| Some((leg.own_report(ntp, now)?, to)));
                    if let Some((report, to)) = report {
                        leg.measure.sent(&report, now);
                        break (id, report, to);
                    }
                }
            }
        };
        Some(Outgoing {
            leg,
            kind: Kind::Rtcp,
            to,
            bytes: self.write_report(leg, &report),
        })
    }
}

impl Leg {
    /// The sample that was put down for `at`, and when the next is due; `None`: nobody wants it any more.
    fn sample(
        &mut self,
        at: Instant,
        now: Instant,
    ) -> Option<(crate::media::Sample, crate::media::Sample, Instant)> {
        self.reporting.sample_at.take_if(|due| *due == at)?;
        let monitor = self.reporting.monitor.as_mut()?;
        let (heard, sent) = (monitor.heard, monitor.sent);
        let next = now + monitor.every;
        self.reporting.sample_at = Some(next);
        monitor.heard = self.measure.tally();
        monitor.sent = self.counters.sent;
        Some((
            self.measure.heard_since(heard),
            (self.measure).said(self.stream.ssrc(), self.counters.sent.saturating_sub(sent)),
            next,
        ))
    }
}

/// Elapsed seconds and fractions; never 0, which stands for none.
fn ntp(epoch: Instant, now: Instant) -> u64 {
    let passed = now.saturating_duration_since(epoch);
    let fraction = (u64::from(passed.subsec_nanos()) << 32) / 1_000_000_000;
    (passed.as_secs() + 1) << 32 | fraction
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;
    use crate::base::Dice;
    use crate::media::rtp::Header;
    use crate::media::{Command, Line, Mos, Payload, Port};

    const A: LegId = LegId(1);
    const B: LegId = LegId(2);

    #[test]
    fn a_leg_that_hears_nobody_is_told_how_it_is_received() {
        let mut call = Talk::new();
        call.link(B, A);
        for n in 0..100 {
            // One of ten gets lost.
            if n % 10 != 3 {
                call.say(A, n);
            }
            call.wait(20);
        }
        let told = call.reports_until(A, 10_000);
        let block = told.first().and_then(|report| report.block).unwrap();
        assert_eq!(block.ssrc, 1, "it is about the peer's own stream");
        assert_eq!(block.lost & 0xff_ffff, 10);
        assert_eq!(block.highest, 99);
        assert!(told.iter().all(|report| report.sender.is_none()));
    }

    #[test]
    fn a_leg_whose_partner_sends_no_reports_gets_ours_with_what_it_was_sent() {
        let mut call = Talk::new();
        call.link(A, B);
        for n in 0..100 {
            call.say(B, n);
            call.wait(20);
        }
        let told = call.reports_until(A, 7_000);
        let report = told.first().unwrap();
        let sender = report.sender.unwrap();
        assert_eq!((sender.packets, sender.bytes), (100, 16_000));
        assert_eq!(report.ssrc, call.graph.legs[&A].stream.ssrc());
        // The next finds that nothing was sent since, and nothing was ever heard.
        assert_eq!(told.len(), 1);
    }

    #[test]
    fn where_the_partners_reports_are_passed_on_ours_are_not_needed() {
        let mut call = Talk::new();
        call.link(A, B);
        for n in 0..1_000 {
            call.say(B, n);
            if n % 100 == 0 {
                let sender = rtcp::Sender {
                    ntp: u64::from(n) << 32,
                    timestamp: u32::from(n) * 160,
                    packets: n.into(),
                    bytes: 0,
                };
                call.report(B, 2, Some(sender), None);
            }
            assert_eq!(call.due(A).len(), 0);
            call.wait(20);
        }
    }

    #[test]
    fn the_round_trip_is_between_us_and_each_peer_even_where_reports_are_passed_on() {
        let mut call = Talk::new();
        call.link(A, B);
        call.link(B, A);
        call.say(B, 1);
        call.say(A, 1);
        let sender = rtcp::Sender {
            ntp: 0x1111_2222_3333_0000,
            timestamp: 160,
            packets: 1,
            bytes: 160,
        };
        call.report(B, 2, Some(sender), None);
        call.wait(1_050);
        let block = rtcp::Block {
            ssrc: call.graph.legs[&A].stream.ssrc(),
            lost: 0,
            highest: 1,
            jitter: 0,
            last_report: 0x2222_3333,
            delay: 65_536,
        };
        call.report(A, 1, None, Some(block));
        let quality = call.close(A);
        assert_eq!(quality.round_trip_us, Some(50_000));
        assert_eq!(call.close(B).round_trip_us, None, "it was told of none");
    }

    #[test]
    fn a_closed_legs_figures_are_those_of_its_sound() {
        let mut call = Talk::new();
        call.link(B, A);
        for n in 0..200 {
            if n % 20 != 3 {
                call.say(A, n);
            }
            call.wait(20);
        }
        let quality = call.close(A);
        assert_eq!((quality.heard, quality.heard_lost), (190, 10));
        assert_eq!(quality.codec, Some("PCMA"));
        assert_eq!(quality.heard_jitter_us, 0);
        let mos = quality.heard_mos.map(Mos::hundredths).unwrap();
        assert!((380..400).contains(&mos), "{mos}");
        assert_eq!(call.close(B).heard_mos, None, "it never spoke");
    }

    #[test]
    fn samples_come_as_often_as_they_are_asked_for_and_end_when_they_are_not() {
        let mut call = Talk::new();
        call.link(B, A);
        call.monitor(A, Some(1_000));
        for n in 0..149 {
            if n != 60 {
                call.say(A, n);
            }
            call.wait(20);
            call.due(A);
        }
        let samples = call.samples();
        let told: Vec<_> = (samples.iter())
            .map(|(heard, said)| (heard.packets, heard.loss, said.loss))
            .collect();
        assert_eq!(told, [(50, Some(0), None), (49, Some(200), None)]);
        call.monitor(A, None);
        call.wait(5_000);
        assert_eq!(call.samples(), []);
    }

    #[test]
    fn the_codec_is_told_with_the_first_packet_and_again_where_it_changes() {
        let mut call = Talk::new();
        call.say(A, 1);
        call.say(A, 2);
        call.say_as(A, 3, 9);
        let told: Vec<_> = std::iter::from_fn(|| call.graph.poll())
            .filter_map(|event| match event {
                Event::Codec { name, wideband, .. } => Some((name, wideband)),
                _ => None,
            })
            .collect();
        assert_eq!(told, [("PCMA", false), ("G722", true)]);
    }

    #[test]
    fn nothing_is_sent_to_a_leg_that_never_had_sound_or_is_gone() {
        let mut call = Talk::new();
        assert_eq!(call.reports_until(A, 60_000), []);
        call.link(B, A);
        call.say(A, 1);
        call.close(A);
        assert_eq!(call.reports_until(A, 60_000), []);
    }

    /// Two legs that take G.711 and G.722, with peers at 10.0.0.N:4000 whose SSRC is N.
    struct Talk {
        graph: Graph,
        now: Instant,
    }

    impl Talk {
        fn new() -> Talk {
            let mut talk = Talk {
                graph: Graph::new(Dice::from_seed(1)),
                now: Instant::now(),
            };
            for leg in [A, B] {
                let payload = |name, number| Payload {
                    name,
                    clock_hz: 8_000,
                    send: number,
                    receive: number,
                };
                let port = Port { rtp: 2 };
                talk.order(Command::Open { leg, port });
                let line = Line {
                    rtp: Some(Talk::peer(leg, Kind::Rtp)),
                    rtcp: Some(Talk::peer(leg, Kind::Rtcp)),
                    signalling: Talk::peer(leg, Kind::Rtp).ip(),
                    payloads: vec![payload("PCMA", 8), payload("G722", 9)],
                    send: true,
                    receive: true,
                    ptime_ms: None,
                    srtp: None,
                    comedia: false,
                    copies: false,
                };
                talk.order(Command::Describe { leg, line });
            }
            talk
        }

        fn peer(leg: LegId, kind: Kind) -> SocketAddr {
            let port = if kind == Kind::Rtp { 4000 } else { 4001 };
            format!("10.0.0.{}:{port}", leg.0).parse().unwrap()
        }

        fn order(&mut self, command: Command) {
            self.graph.handle_command(command, self.now);
        }

        fn link(&mut self, leg: LegId, source: LegId) {
            let (listener, source) = (leg.into(), Some(source.into()));
            self.order(Command::Hear { listener, source });
        }

        fn monitor(&mut self, leg: LegId, every_ms: Option<u64>) {
            let every = every_ms.map(Duration::from_millis);
            self.order(Command::Monitor { leg, every });
        }

        fn wait(&mut self, ms: u64) {
            self.now += Duration::from_millis(ms);
        }

        fn say(&mut self, leg: LegId, n: u16) {
            self.say_as(leg, n, 8);
        }

        fn say_as(&mut self, leg: LegId, n: u16, payload: u8) {
            let header = Header {
                marker: false,
                payload,
                sequence: n,
                timestamp: u32::from(n) * 160,
                ssrc: leg.0 as u32,
            };
            let mut packet = vec![0x80; 172];
            header.write(&mut packet);
            self.arrive(leg, Kind::Rtp, &mut packet);
        }

        fn report(
            &mut self,
            leg: LegId,
            ssrc: u32,
            sender: Option<rtcp::Sender>,
            block: Option<rtcp::Block>,
        ) {
            let mut bytes = [0; rtcp::LONGEST];
            let report = rtcp::Report {
                ssrc,
                sender,
                block,
            };
            let length = rtcp::write(&report, &mut bytes);
            self.arrive(leg, Kind::Rtcp, &mut bytes[..length]);
        }

        fn arrive(&mut self, leg: LegId, kind: Kind, packet: &mut [u8]) {
            let from = Talk::peer(leg, kind);
            let arrival = self.graph.handle_packet(leg, kind, from, packet, self.now);
            if let Some(mut arrival) = arrival {
                while self.graph.next_send(&mut arrival, packet).is_some() {}
            }
        }

        /// What is sent to `leg` because it is due.
        fn due(&mut self, leg: LegId) -> Vec<rtcp::Report> {
            let mut reports = Vec::new();
            while let Some(out) = self.graph.next_due(self.now) {
                assert_eq!(
                    (out.kind, out.to),
                    (Kind::Rtcp, Talk::peer(out.leg, Kind::Rtcp))
                );
                if out.leg == leg {
                    reports.extend(rtcp::read(out.bytes, leg.0 as u32));
                }
            }
            reports
        }

        fn reports_until(&mut self, leg: LegId, ms: u64) -> Vec<rtcp::Report> {
            let until = self.now + Duration::from_millis(ms);
            let mut reports = self.due(leg);
            while let Some(at) = self.graph.next_deadline().filter(|at| *at <= until) {
                self.now = self.now.max(at);
                self.graph.handle_timeout(self.now);
                reports.extend(self.due(leg));
            }
            reports
        }

        fn samples(&mut self) -> Vec<(crate::media::Sample, crate::media::Sample)> {
            let end = self.now;
            let mut samples = Vec::new();
            while self.graph.next_due(end).is_some() {}
            while let Some(event) = self.graph.poll() {
                if let Event::Sampled { heard, said, .. } = event {
                    samples.push((heard, said));
                }
            }
            samples
        }

        fn close(&mut self, leg: LegId) -> crate::media::Quality {
            self.order(Command::Close { leg });
            let mut told = std::iter::from_fn(|| self.graph.poll());
            told.find_map(|event| match event {
                Event::Closed { quality, .. } => Some(quality),
                _ => None,
            })
            .unwrap()
        }
    }
}
