//! Messages on their way between the phones and the switchboard, and what ladders tell of them.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;

use super::{SERVER, World, replaces};
use crate::sim::net::{Fate, Packet};
use crate::sim::phone::Phone;
use crate::sim::relay;
use crate::sip::message::{Message, Method, Name, Uri, parse};
use crate::sip::transport::{Flow, Target, Transport, host_address};

impl World {
    pub(super) fn arrive(&mut self, packet: Packet) {
        let now = self.now;
        let Packet { flow, bytes } = packet;
        if flow.local == SERVER {
            self.watch.received(&flow, &bytes);
            return self.board.handle_message(flow, bytes, now);
        }
        if self.relays.contains(&flow.local) {
            if let Some((flow, bytes)) = relay::send_back(flow.local, flow, bytes) {
                self.transmit(flow, bytes);
            }
            return;
        }
        self.with_phone_at(flow.local, |phone| {
            phone.handle_message(flow, bytes, now.at)
        });
    }

    pub(super) fn with_phone_at(&mut self, address: SocketAddr, step: impl FnOnce(&mut Phone)) {
        let mut phones = self.phones.values_mut();
        if let Some(phone) = phones.find(|phone| phone.owner().address == address) {
            step(phone);
        }
    }

    pub(super) fn transmit(&mut self, flow: Flow, bytes: Bytes) {
        let fate = self.net.send(
            Packet {
                flow,
                bytes: bytes.clone(),
            },
            self.now.at,
        );
        let remark = match fate {
            Fate::Arrives => "",
            Fate::Lost => "lost",
            Fate::Doubled => "doubled",
            Fate::Late => "late",
            Fate::Vanished => "vanished",
            Fate::Refused => {
                self.planned += 1;
                let back = self.now.at + Duration::from_millis(20);
                self.undelivered.insert((back, self.planned), flow);
                "refused"
            }
        };
        let at = self.elapsed();
        match parse(bytes) {
            Ok(message) => {
                self.changed |= match &message {
                    Message::Request(request) => !request.body.is_empty(),
                    Message::Response(response) => !response.body.is_empty(),
                };
                let mut remarks = told_besides(&message);
                remarks.extend(replaces::said_in(&message).map(|said| self.call_named_by(&said)));
                remarks.extend((!remark.is_empty()).then(|| remark.to_string()));
                let remark = remarks.join(" · ");
                self.ladder
                    .message_with(at, flow.local, flow.remote, &message, &remark);
            }
            Err(malformed) => self.faults.push(format!(
                "{} sent what cannot be read: {malformed}",
                flow.local
            )),
        }
    }

    /// Numeric hosts are where they say; others are in [`World::add_host`]'s list or nowhere.
    pub(super) fn resolve(&self, uri: &Uri) -> Vec<Target> {
        let Some(uri) = uri.as_sip() else {
            return Vec::new();
        };
        let transport = match uri.params.value("transport") {
            Some(transport) if transport.eq_ignore_ascii_case("tcp") => Transport::Tcp,
            _ => Transport::Udp,
        };
        match host_address(&uri.host) {
            Some(ip) => vec![Target {
                transport,
                remote: SocketAddr::new(ip, uri.port.unwrap_or(5060)),
            }],
            None => self.hosts.get(&uri.host).cloned().unwrap_or_default(),
        }
    }
}

/// What a story wants to see of a message besides what every ladder shows: hold, and what an INVITE
/// brings along.
fn told_besides(message: &Message) -> Vec<String> {
    let mut told: Vec<String> = offers_hold(message)
        .map(str::to_string)
        .into_iter()
        .collect();
    if let Message::Request(request) = message
        && request.method == Method::Invite
    {
        let fields = request.headers.iter().filter(|field| {
            let name = field.name.as_bytes();
            field.name == Name::ReferredBy
                || name.get(..2).is_some_and(|x| x.eq_ignore_ascii_case(b"x-"))
        });
        told.extend(fields.map(|field| {
            let (name, value) = (field.name.as_bytes(), &field.value);
            format!(
                "{}: {}",
                String::from_utf8_lossy(name),
                String::from_utf8_lossy(value)
            )
        }));
    }
    told
}

/// What a description says besides `sendrecv`.
fn offers_hold(message: &Message) -> Option<&'static str> {
    let body = match message {
        Message::Request(request) => &request.body,
        Message::Response(response) => &response.body,
    };
    let directions = ["sendonly", "recvonly", "inactive"];
    let lines: Vec<&[u8]> = body.split(|byte| matches!(byte, b'\r' | b'\n')).collect();
    directions.into_iter().find(|direction| {
        let line = format!("a={direction}");
        lines.contains(&line.as_bytes())
    })
}
