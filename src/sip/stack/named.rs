//! By what a peer may name a call of ours in a `Replaces` (RFC 3891 §3), and which call that is.

use super::{QueryId, Stack};
use crate::base::LegId;
use crate::sip::dialog::{DialogIds, Key, Stage};
use crate::sip::invite::Leg;
use crate::sip::refer::Replaces;

impl Stack {
    /// What names the dialog of a leg: the newest one where a call of ours rings at several places.
    /// `None` where there is none yet, or the leg is gone.
    pub fn dialog(&self, leg: LegId) -> Option<DialogIds> {
        self.legs.get(&leg).and_then(Leg::ids)
    }

    /// The Call-ID of a call that we have placed.
    pub fn call_id(&self, leg: LegId) -> Option<&str> {
        self.legs.get(&leg)?.call_id.as_deref()
    }

    /// The leg whose request waits for this answer of DNS.
    pub fn asks(&self, query: QueryId) -> Option<LegId> {
        self.desk.asks(query)
    }

    /// The leg that `replaces` means, whatever became of it: a tag of 0 is also one that is missing (§6.1).
    pub fn leg_of(&self, replaces: &Replaces) -> Option<(LegId, Stage)> {
        let spellings = |tag: &str| match tag {
            "0" => vec!["0".to_string(), String::new()],
            tag => vec![tag.to_string()],
        };
        let keys = spellings(&replaces.to_tag).into_iter().flat_map(|local| {
            let remotes = spellings(&replaces.from_tag).into_iter();
            remotes.map(move |remote| Key::new(&replaces.call_id, &local, &remote))
        });
        let mut found = keys.filter_map(|key| self.desk.dialogs.get(&key).copied());
        let leg = found.next()?;
        // More than one is as good as none (§3).
        if found.any(|other| other != leg) {
            return None;
        }
        // A dialog of subscriptions alone is no call to be replaced (§3).
        let named = self.legs.get(&leg).filter(|leg| leg.is_of_a_call())?;
        Some((leg, named.stage()))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::super::{Command, Event, NotifyId, Output, Settings};
    use super::*;
    use crate::base::Dice;
    use crate::sip::message::{Headers, Message, parse};
    use crate::sip::transport::{Flow, Listener, Transport};

    /// An INVITE makes a call that can be named, but not with its tags swapped; a REFER outside any call makes a
    /// dialog that cannot.
    #[test]
    fn a_call_is_found_by_its_ids_and_a_dialog_without_a_call_is_not() {
        let bound = "127.0.0.1:5060".parse().unwrap();
        let flow = Flow {
            transport: Transport::Udp,
            local: bound,
            remote: "127.0.0.2:5060".parse().unwrap(),
        };
        let settings = Settings {
            product: "switchhook".to_string(),
            listeners: vec![Listener {
                transport: Transport::Udp,
                bound,
                advertised: bound,
            }],
            session_expires_s: 0,
            min_se_s: 90,
            most_legs: 8,
        };
        let (mut stack, now) = (Stack::new(settings, Dice::from_seed(1)), Instant::now());
        let mut call = None;
        let mut own_tags = Vec::new();
        for (method, call_id) in [("INVITE", "a-call"), ("REFER", "a-refer")] {
            let request = format!(
                "{method} sip:a@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.2;branch=z9hG4bK-{method}\r\n\
                 Max-Forwards: 70\r\nFrom: <sip:b@h>;tag=theirs\r\nTo: <sip:a@h>\r\nCall-ID: {call_id}\r\n\
                 CSeq: 1 {method}\r\nContact: <sip:b@127.0.0.2>\r\nRefer-To: <sip:c@h>\r\n\
                 Content-Length: 0\r\n\r\n"
            );
            stack.handle_message(flow, request.into(), now);
            while let Some(output) = stack.poll() {
                let command = match output {
                    Output::Event(Event::Incoming { leg, .. }) => {
                        call = Some(leg);
                        Command::Answer {
                            leg,
                            headers: Headers::new(),
                            body: None,
                        }
                    }
                    Output::Event(Event::Request { transaction, .. }) => Command::AdoptRefer {
                        transaction,
                        about: call.expect("it came before"),
                        flow,
                    },
                    Output::Event(Event::Referred { refer, .. }) => Command::AcceptRefer {
                        refer,
                        code: 202,
                        expires_s: 60,
                        subscribe: true,
                        id: NotifyId::Auto,
                        final_at_once: false,
                    },
                    Output::Transmit { bytes, .. } => {
                        if let Ok(Message::Response(response)) = parse(bytes)
                            && (200..300).contains(&response.code)
                        {
                            let to = response.headers.to().unwrap();
                            own_tags.push(to.tag().unwrap().to_string());
                        }
                        continue;
                    }
                    Output::Event(_) | Output::Resolve { .. } => continue,
                };
                stack.handle_command(command, now);
            }
        }
        let found = |call_id: &str, own: &str, other: &str| {
            let replaces = Replaces {
                call_id: call_id.to_string(),
                to_tag: own.to_string(),
                from_tag: other.to_string(),
                early_only: false,
            };
            stack.leg_of(&replaces)
        };
        let [own_of_call, own_of_refer] = own_tags.as_slice() else {
            panic!("two answers were expected: {own_tags:?}");
        };
        let call = call.expect("it came");
        assert_eq!(
            found("a-call", own_of_call, "theirs"),
            Some((call, Stage::Up))
        );
        assert_eq!(found("a-call", "theirs", own_of_call), None);
        assert_eq!(found("a-call", own_of_call, "0"), None);
        assert_eq!(found("another", own_of_call, "theirs"), None);
        assert_eq!(found("a-refer", own_of_refer, "theirs"), None);
    }
}
