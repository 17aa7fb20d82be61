//! One session with its legs in virtual time: what it is told, and all that comes of it as text.

use std::time::{Duration, Instant};

use bytes::Bytes;
use expect_test::Expect;

use super::{A, B};
use crate::base::{CallId, LegId, Now, SessionId};
use crate::call::{Call, Facts, Way};
use crate::media::{self, Port};
use crate::script::command::{Command, Destination, PlaceCall, Verdict};
use crate::script::event::{Alerting, HeaderMap};
use crate::script::fault::FaultKind;
use crate::script::{self, Fault, Turn};
use crate::sdp::negotiate::Local;
use crate::sdp::{Codec, Negotiation};
use crate::session::{Desk, Dialed, Effect, Errand, ReferWish, Referred, Session};
use crate::settings::{Limits, Transfer};
use crate::sip::message::{Headers, Message, Name, NameAddr, Request, Uri, parse};
use crate::sip::stack::{self, Ending, Event, ReferId, ReferTo, ReferredBy};
use crate::sip::transport::{Flow, Transport};

pub(super) fn place(call: CallId) -> Command {
    Command::PlaceCall(Box::new(PlaceCall {
        call,
        to: Destination::User {
            username: "carol".to_string(),
        },
        callerid: None,
        display_name: None,
        headers: HeaderMap::new(),
        timeout_s: None,
    }))
}

pub(super) fn success(call: CallId) -> Command {
    Command::NotifyTransfer {
        call,
        verdict: Verdict::Success,
        place: None,
    }
}

pub(super) fn failed(call: CallId, code: u16) -> Command {
    Command::NotifyTransfer {
        call,
        verdict: Verdict::Failed { code, reason: None },
        place: None,
    }
}

pub(super) fn link(from: CallId, to: CallId) -> Command {
    Command::Link {
        from: from.into(),
        to: to.into(),
    }
}

pub(super) fn listen(call: CallId, event: &str) -> Command {
    Command::Listen {
        call,
        event: event.to_string(),
        on: true,
    }
}

/// A session in which A and B talk and B's transfers are handled; the only user of the session's API.
pub(super) struct Rig {
    pub(super) session: Session,
    pub(super) start: Instant,
    pub(super) now: Now,
    /// Events that the script has not answered.
    pub(super) waiting: usize,
    pub(super) refers: u64,
    pub(super) lines: Vec<String>,
}

#[track_caller]
pub(super) fn check(story: impl FnOnce(&mut Rig), expect: Expect) {
    let mut rig = Rig::joined();
    rig.lines.clear();
    story(&mut rig);
    expect.assert_eq(
        &rig.lines
            .iter()
            .map(|line| format!("{line}\n"))
            .collect::<String>(),
    );
}

/// Every callee has one device, and every port is the same.
struct OneDevice {
    next: u64,
    extra: Vec<String>,
}

impl Desk for OneDevice {
    fn refer(&mut self, wish: &ReferWish) -> Result<Referred, (u16, String)> {
        Ok(Referred {
            refer: ReferId(9),
            to: wish.to.map(str::to_string),
            referred_by: ReferredBy::Peer,
            credentials: None,
        })
    }

    fn dial(
        &mut self,
        place: &PlaceCall,
        extra: Headers,
        _transfer: Option<ReferId>,
    ) -> Result<Dialed, (u16, String)> {
        self.extra
            .extend(extra.text(&Name::ReferredBy).map(str::to_string));
        let leg = LegId(u64::from(place.call.0));
        self.next += 1;
        let address = NameAddr::new(Uri::sip("carol", "192.0.2.3", None));
        Ok(Dialed {
            ways: vec![Way {
                leg,
                uri: address.uri.clone(),
                from: address.clone(),
                to: address,
                route: None,
                flow: None,
                headers: extra,
                credentials: None,
                max_forwards: 69,
            }],
            sound: LegId(100 + leg.0),
            port: Port { rtp: 4000 },
            local: local(),
            from: "a".to_string(),
            to: "carol".to_string(),
            client_type: "user",
        })
    }

    fn dial_conference(
        &mut self,
        place: &PlaceCall,
        _transfer: Option<ReferId>,
    ) -> Result<crate::session::inner::Ends, (u16, String)> {
        Ok(crate::session::inner::Ends {
            near: LegId(u64::from(place.call.0)),
            far: LegId(200 + u64::from(place.call.0)),
            callerid: "a".to_string(),
            display_name: String::new(),
            depth: 0,
            max_forwards: 69,
        })
    }
}

pub(super) fn local() -> Local {
    Local {
        address: [127, 0, 0, 1].into(),
        rtp_port: 4000,
        rtcp_port: 4001,
        session_id: 1,
        srtp: Default::default(),
        comedia: false,
        wanted: Default::default(),
    }
}

impl Rig {
    pub(super) fn joined() -> Rig {
        let start = Instant::now();
        let now = Now {
            at: start,
            unix_ms: 1_000_000,
        };
        let offer = Negotiation::new(local()).offer(Codec::USUAL, false);
        let invite = request(&format!(
            "INVITE sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContact: <sip:a@h>\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{offer}",
            offer.len()
        ));
        let facts = Facts::incoming("a".to_string(), "b".to_string(), "sip", now);
        let call = Call::incoming(A, LegId(0), &invite, [127, 0, 0, 1].into(), facts, local())
            .expect("a plain offer");
        let alerting = Alerting {
            call: A,
            callerid: "a".to_string(),
            destination: "b".to_string(),
            display_name: String::new(),
            from_uri: String::new(),
            to_uri: String::new(),
            headers: HeaderMap::new(),
            client_type: "sip".to_string(),
            scheme: serde_json::Value::Null,
        };
        let session = Session::new(
            SessionId(1),
            "rule".to_string(),
            Vec::new(),
            Limits::default(),
            Transfer::default(),
            call,
            Some(Port { rtp: 4000 }),
            alerting,
            Headers::new(),
            now,
        );
        let mut rig = Rig {
            session,
            start,
            now,
            waiting: 0,
            refers: 0,
            lines: Vec::new(),
        };
        rig.drain();
        rig.script([listen(A, "StateChanged"), Command::WatchEnd]);
        rig.script([place(B)]);
        rig.answers(B);
        rig.script([
            Command::Answer {
                call: A,
                headers: HeaderMap::new(),
                display_name: None,
            },
            link(A, B),
            link(B, A),
            Command::HandleBlindTransfer {
                call: B,
                handle: true,
            },
            listen(B, "BlindTransferRequested"),
        ]);
        rig.script([]);
        rig
    }

    pub(super) fn refer(&mut self, call: CallId, refer: u64) {
        self.refers += 1;
        let request = request(
            "REFER sip:x@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK2\r\nFrom: <sip:b@h>;tag=1\r\nTo: <sip:a@h>;tag=2\r\nCall-ID: 1\r\nCSeq: 2 REFER\r\nContact: <sip:b@h>\r\nRefer-To: <sip:carol@h>\r\nReferred-By: <sip:b@192.0.2.2>\r\nContent-Length: 0\r\n\r\n",
        );
        self.sip(Event::Referred {
            leg: LegId(u64::from(call.0)),
            refer: ReferId(refer),
            request: Box::new(request),
            flow: Flow {
                transport: Transport::Udp,
                local: "192.0.2.1:5060".parse().unwrap(),
                remote: "192.0.2.2:5060".parse().unwrap(),
            },
        });
    }

    pub(super) fn closed(&mut self, refer: u64) {
        self.sip(Event::ReferClosed {
            refer: ReferId(refer),
        });
    }

    pub(super) fn rings(&mut self, call: CallId) {
        self.sip(Event::Progress {
            leg: LegId(u64::from(call.0)),
            fork: 0,
            response: Box::new(response(180, "")),
        });
        self.script([]);
    }

    pub(super) fn answers(&mut self, call: CallId) {
        let answer = Negotiation::new(local()).offer(Codec::USUAL, false);
        self.sip(Event::Answered {
            leg: LegId(u64::from(call.0)),
            response: Box::new(response(200, &answer)),
        });
    }

    pub(super) fn fails(&mut self, call: CallId, code: u16) {
        self.sip(Event::Failed {
            leg: LegId(u64::from(call.0)),
            code,
            reason: "No".to_string(),
            response: None,
        });
    }

    pub(super) fn byes(&mut self, call: CallId) {
        self.sip(Event::Ended {
            leg: LegId(u64::from(call.0)),
            ending: Ending::Bye {
                headers: Headers::new(),
            },
        });
    }

    pub(super) fn listen(&mut self, call: CallId, event: &str) {
        self.script_free([listen(call, event)]);
    }

    pub(super) fn unlisten(&mut self, call: CallId, event: &str) {
        self.script_free([Command::Listen {
            call,
            event: event.to_string(),
            on: false,
        }]);
    }

    pub(super) fn sip(&mut self, event: Event) {
        self.session.handle_sip(event, self.now);
        self.drain();
    }

    /// What the script does with the oldest event that waits for it.
    pub(super) fn script<const N: usize>(&mut self, commands: [Command; N]) {
        assert!(self.waiting > 0, "the script has nothing to answer");
        self.waiting -= 1;
        self.turn(Turn {
            commands: commands.into(),
            fault: None,
        });
    }

    /// What the script does at a timer of its own.
    pub(super) fn script_free<const N: usize>(&mut self, commands: [Command; N]) {
        self.session
            .timers
            .set(99, Duration::ZERO, false, self.now.at);
        self.session.handle_timeout(self.now);
        for effect in std::iter::from_fn(|| self.session.poll()) {
            assert!(
                matches!(effect, Effect::Turn(script::Event::Timer { id: 99 })),
                "{effect:?}"
            );
        }
        self.turn(Turn {
            commands: commands.into(),
            fault: None,
        });
    }

    pub(super) fn script_late<const N: usize>(&mut self, commands: [Command; N]) {
        self.script_free(commands);
    }

    pub(super) fn faults(&mut self) {
        self.waiting -= 1;
        let fault = Fault {
            kind: FaultKind::Exception,
            message: "boom".to_string(),
            place: None,
            stack: String::new(),
        };
        self.turn(Turn {
            commands: Vec::new(),
            fault: Some(fault),
        });
    }

    pub(super) fn turn(&mut self, mut turn: Turn) {
        // This script hears everything of the calls that it places; what it listens to is its own to say.
        for index in (0..turn.commands.len()).rev() {
            if let Command::PlaceCall(place) = &turn.commands[index] {
                let hears = listen(place.call, "StateChanged");
                turn.commands.insert(index + 1, hears);
            }
        }
        let mut desk = OneDevice {
            next: 0,
            extra: Vec::new(),
        };
        self.session.handle_turn(turn, &mut desk, self.now);
        self.drain();
    }

    /// Lets time pass, stopping at every deadline.
    pub(super) fn pass(&mut self, seconds: f64) {
        let until = self.now.at + Duration::from_secs_f64(seconds);
        while let Some(at) = self.session.next_deadline().filter(|at| *at <= until) {
            self.now = self.now.after(at.saturating_duration_since(self.now.at));
            self.session.handle_timeout(self.now);
            self.drain();
        }
        self.now = self.now.after(until.saturating_duration_since(self.now.at));
    }

    pub(super) fn drain(&mut self) {
        let at = self.now.at.duration_since(self.start).as_secs_f64();
        let name = |leg: LegId| format!("call{}", leg.0 % 100);
        while let Some(effect) = self.session.poll() {
            let line = match effect {
                Effect::Sip(command) => match command {
                    stack::Command::Invite(invite) => {
                        let by = invite
                            .headers
                            .text(&Name::ReferredBy)
                            .map(|by| format!(", Referred-By: {by}"));
                        format!("INVITE {}{}", name(invite.leg), by.unwrap_or_default())
                    }
                    stack::Command::Hangup { leg, .. } => format!("hang up {}", name(leg)),
                    stack::Command::AcceptRefer { refer, code, .. } => {
                        format!("accept REFER {} with {code}", refer.0)
                    }
                    stack::Command::RefuseRefer { refer, code, .. } => {
                        format!("refuse REFER {} with {code}", refer.0)
                    }
                    stack::Command::Notify { refer, code, .. } => {
                        format!("NOTIFY {} {code}", refer.0)
                    }
                    stack::Command::Refer { leg, refer_to, .. } => {
                        let to = match refer_to {
                            ReferTo::Address(to) => to,
                            ReferTo::InPlaceOf { leg, .. } => {
                                format!("the far end of {}", name(leg))
                            }
                        };
                        format!("REFER {} to {to}", name(leg))
                    }
                    stack::Command::ForgetRefer { .. } => "REFER forgotten".to_string(),
                    stack::Command::Answer { leg, .. } => format!("answer {}", name(leg)),
                    other => format!("{other:?}"),
                },
                Effect::Media(media::Command::Hear { listener, source }) => {
                    // The incoming call's sound has the name of its leg.
                    let name = |node| match node {
                        media::Node::Leg(leg) | media::Node::Heard(leg) => name(leg),
                        media::Node::Unit(sound) => sound.unit.to_string(),
                    };
                    match source {
                        Some(source) => format!("{} hears {}", name(listener), name(source)),
                        None => format!("{} hears nobody", name(listener)),
                    }
                }
                Effect::Media(media::Command::Monitor { leg, every }) => match every {
                    Some(every) => format!("{} is sampled every {every:?}", name(leg)),
                    None => format!("{} is sampled no more", name(leg)),
                },
                Effect::Socket { unit, wish } => format!("{unit}: {wish:?}"),
                Effect::Fetch { unit, source, .. } => format!("{unit} wants {source:?}"),
                Effect::Recording { unit, wish } => format!("{unit} is recorded: {wish:?}"),
                Effect::Recognise { unit, .. } => format!("{unit} is to be recognised"),
                Effect::Errand(Errand::Seek(sought)) => {
                    format!("seek a place for {} at {}", sought.transferee, sought.to)
                }
                Effect::Inquire { inquiry, .. } => format!("asks {inquiry}"),
                Effect::Errand(Errand::Off { refer }) => format!("REFER {} is off", refer.0),
                Effect::Errand(other) => format!("{other:?}"),
                Effect::Turn(event) => {
                    self.waiting += 1;
                    match event {
                        script::Event::Call { call, news, .. } => {
                            let news = format!("{news:?}");
                            let word = news
                                .split([' ', '{'])
                                .next()
                                .unwrap_or_default()
                                .to_string();
                            let code = news.split("code: ").nth(1).filter(|_| word == "Failed");
                            let code = code
                                .and_then(|code| code.split(',').next())
                                .map(|code| format!(" {code}"));
                            let asks = news.contains("transfer_to");
                            let to = if asks { " to carol" } else { "" };
                            format!("script: {call} {word}{}{to}", code.unwrap_or_default())
                        }
                        script::Event::Reply { inquiry, .. } => format!("script: reply {inquiry}"),
                        script::Event::Started { .. } => "script: Started".to_string(),
                        script::Event::Alerting(_) => "script: CallAlerting".to_string(),
                        other => format!("script: {other:?}"),
                    }
                }
                Effect::Record(record) => {
                    let by = format!("{:?}", record.ended_by).to_lowercase();
                    let transfers = record.transfers.iter().map(|transfer| {
                        format!(
                            "; transfer to {}: {}",
                            transfer.to,
                            transfer
                                .code
                                .map_or("open".to_string(), |code| code.to_string())
                        )
                    });
                    format!(
                        "record {}: {} by {by}{}",
                        record.call,
                        record.code,
                        transfers.collect::<String>()
                    )
                }
                Effect::Post(post) => {
                    let body: serde_json::Value = serde_json::from_str(&post.body).expect("JSON");
                    let known = body.as_object().expect("an object").iter();
                    let told = known.filter(|(key, value)| {
                        !value.is_null() && !["event", "session", "call"].contains(&key.as_str())
                    });
                    let told: Vec<_> = told.map(|(key, value)| format!("{key} {value}")).collect();
                    format!("post {}: {}", post.hook, told.join(", "))
                }
                Effect::Media(_)
                | Effect::FreePort(_)
                | Effect::Log { .. }
                | Effect::CloseIsolate
                | Effect::WatchRefer(_)
                | Effect::FollowRefer(_)
                | Effect::UnfollowRefer { .. }
                | Effect::Verdict { .. }
                | Effect::Refused { .. } => continue,
            };
            self.lines.push(format!("{at:06.3}  {line}"));
        }
    }
}

pub(super) fn request(text: &str) -> Request {
    match parse(Bytes::from(text.to_string())) {
        Ok(Message::Request(request)) => request,
        other => panic!("{other:?}"),
    }
}

pub(super) fn response(code: u16, description: &str) -> crate::sip::message::Response {
    let kind = if description.is_empty() {
        ""
    } else {
        "Content-Type: application/sdp\r\n"
    };
    let text = format!(
        "SIP/2.0 {code} X\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContact: <sip:b@h>\r\n{kind}Content-Length: {}\r\n\r\n{description}",
        description.len()
    );
    match parse(Bytes::from(text)) {
        Ok(Message::Response(response)) => response,
        other => panic!("{other:?}"),
    }
}
