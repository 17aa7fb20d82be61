//! Reports of peers (RTCP): taken, and passed on in the words of who hears them.

use std::net::SocketAddr;
use std::time::Instant;

use super::packets::Content;
use super::{Arrival, Graph};
use crate::base::LegId;
use crate::media::{Node, rtcp};

impl Graph {
    pub(super) fn take_report(
        &mut self,
        id: LegId,
        from: SocketAddr,
        packet: &[u8],
        now: Instant,
    ) -> Option<Content> {
        let leg = self.legs.get_mut(&id)?;
        let report = rtcp::read(packet, leg.stream.ssrc())?;
        let line = leg.line.as_ref()?;
        let admitted = leg
            .rtcp
            .admits(from, line.rtcp, line.signalling, line.comedia);
        if !admitted {
            return None;
        }
        leg.measure.hear(&report, leg.reporting.clock_hz(), now);
        if let Some(block) = &report.block {
            leg.forecast.hear(block.fraction());
        }
        Some(Content::Report(report))
    }

    /// The report for the next listener; where there is none at all, an answer to the reporter itself,
    /// which may take a silent RTCP for a dead peer.
    pub(super) fn next_report(
        &mut self,
        arrival: &mut Arrival,
        report: rtcp::Report,
    ) -> Option<(LegId, rtcp::Report, SocketAddr)> {
        let reporter = arrival.leg;
        if arrival.served == 0 && self.listener(reporter, &mut 0).is_none() {
            arrival.served = 1;
            let leg = self.legs.get_mut(&reporter)?;
            let to = leg.rtcp_address()?;
            let answer = rtcp::Report {
                ssrc: leg.stream.ssrc(),
                sender: None,
                block: leg.measure.block(arrival.at),
            };
            return Some((reporter, answer, to));
        }
        loop {
            let id = self.next_listener(arrival)?;
            let Some(listener) = self.legs.get(&id) else {
                continue;
            };
            let Some(to) = listener.rtcp_address() else {
                continue;
            };
            // What the reporter says about the packets that it hears is of use only to who made them.
            let heard = self.legs.get(&reporter)?;
            let block = report.block.filter(|_| heard.source == Some(Node::Leg(id)));
            let translated = rtcp::Report {
                ssrc: listener.stream.ssrc(),
                sender: report.sender.and_then(|sender| {
                    let stream = &listener.stream;
                    let timestamp = stream.timestamp_of(reporter, report.ssrc, sender.timestamp)?;
                    Some(rtcp::Sender {
                        timestamp,
                        ..sender
                    })
                }),
                block: block.and_then(|block| {
                    let (ssrc, highest) = heard.stream.highest_of(id, block.highest)?;
                    Some(rtcp::Block {
                        ssrc,
                        highest,
                        ..block
                    })
                }),
            };
            if let Some(listener) = self.legs.get_mut(&id) {
                listener.note_report(&translated, arrival.at);
            }
            return Some((id, translated, to));
        }
    }
}
