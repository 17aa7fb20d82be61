//! A SIP phone as a pure machine on a [`Stack`] of its own: it registers, calls, rings, answers, holds,
//! refers and hangs up, by itself as its [`Manners`] say or when it is told a [`Wish`].
//!
//! ```text
//! wish, datagram, deadline ─▸ phone ─▸ datagrams, news
//!                               └ lines: one call each
//! ```
//!
//! It has no sockets and no clock, so the same phone lives in a simulated world and behind real ones.

mod follow;
mod line;
mod manners;
mod news;
mod outside;
mod refer;
mod register;
mod replace;

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::base::pii::Secret;
use crate::base::{Dice, LegId};
use crate::sip::auth::challenge::Challenger;
use crate::sip::message::uri::SipUri;
use crate::sip::message::{Body, Headers, Method, Name, NameAddr, Request, Uri};
use crate::sip::stack::{
    self, Census, Command, Credentials, DialogIds, Event, Invite, OfferId, QueryId, ReferredBy,
    RequestId, Stack,
};
use crate::sip::transport::{Flow, Listener, Target, Transport};
use crate::switchboard::HOP;

use register::Registration;

use follow::Followed;
pub use follow::{Following, Taking};
pub use line::{Line, State, Voice};
pub use manners::{Manners, Reception, Then};
pub use news::News;
pub use refer::Referral;
pub use replace::Spelling;

/// Who a phone is and where.
#[derive(Clone, Debug)]
pub struct Owner {
    /// As ladders call the phone.
    pub name: String,
    /// Whose phone it is: the user of its From.
    pub user: String,
    /// For digest, where the switchboard asks.
    pub password: Option<Secret>,
    /// Its SIP address, over UDP and TCP.
    pub address: SocketAddr,
    /// Its first RTP port; every call takes the lowest free even one from there on.
    pub rtp: u16,
    /// Where it sends everything.
    pub server: SocketAddr,
    /// The host of its own URI and of what it dials.
    pub domain: String,
}

/// What a phone is told to do. Where it has several calls, the newest is meant, or that with a given peer
/// ([`Wish::Of`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// For so many seconds; 0 takes this phone's registration back.
    Register {
        expires_s: u32,
    },
    /// A number, a user or a whole URI.
    Call {
        to: String,
    },
    /// 101–199 to the incoming call; 183 with a description.
    Ring {
        code: u16,
    },
    Answer,
    Reject {
        code: u16,
    },
    /// Ends the newest call whatever its state: BYE, CANCEL or 480.
    HangUp,
    Hold,
    Resume,
    /// A blind transfer to a number, a user or, as it stands, a whole Refer-To value.
    Refer {
        to: String,
    },
    /// The same, with headers besides, and with a Referred-By that is another or missing.
    ReferWith {
        to: String,
        /// `None`: its own.
        referred_by: Option<ReferredBy>,
        headers: Headers,
    },
    /// INFO within the call.
    SendInfo {
        mime_type: String,
        body: String,
    },
    /// MESSAGE within the call.
    SendText {
        text: String,
    },
    /// OPTIONS to the switchboard.
    Ping,
    /// The same, of its newest call with `peer`.
    Of {
        peer: String,
        wish: Box<Wish>,
    },
    /// The same, of this call and no other.
    On {
        leg: LegId,
        wish: Box<Wish>,
    },
    /// An attended transfer by the calls themselves: the peer of `leg` shall talk with the peer of `consulted`.
    Join {
        leg: LegId,
        consulted: LegId,
    },
    /// An attended transfer: whoever it talks with as `peer` shall talk with `other`, whom it has called or
    /// calls just now.
    Transfer {
        peer: String,
        other: String,
        spelling: Spelling,
    },
    /// Calls in the place of another phone's call (RFC 3891).
    TakeOver {
        to: String,
        /// The phone to ask, past the switchboard.
        at: Option<SocketAddr>,
        ids: Box<DialogIds>,
        spelling: Spelling,
    },
    /// Calls another phone past the switchboard.
    CallDirectly {
        user: String,
        address: SocketAddr,
    },
}

/// What the phone's surroundings must do.
#[derive(Clone, Debug)]
pub enum Output {
    Transmit {
        flow: Flow,
        bytes: Bytes,
    },
    /// Ask DNS and come back with [`Phone::handle_resolved`].
    Resolve {
        query: QueryId,
        uri: Uri,
    },
    News(News),
}

/// A phone.
pub struct Phone {
    owner: Owner,
    manners: Manners,
    stack: Stack,
    lines: BTreeMap<LegId, Line>,
    /// Each call in the order of their beginning, with its peer and what it has come to last; it outlives the line.
    book: Vec<(LegId, String, Option<News>)>,
    /// Transfers that it asked for, oldest first; they outlive their line.
    referrals: Vec<Referral>,
    /// And those that it asked for outside any dialog.
    outside: outside::Outside,
    /// Transfers that it was asked for and follows, by the call that it has placed for them.
    followed: BTreeMap<LegId, Followed>,
    /// Asks for a password, where its manners want one with a REFER.
    challenger: Option<Challenger>,
    /// Requests without a line of their own that wait for a response.
    asked: BTreeMap<RequestId, Method>,
    registration: Registration,
    chores: BTreeMap<(Instant, u64), Chore>,
    ids: u64,
    dice: Dice,
    outputs: VecDeque<Output>,
}

/// What the phone does by itself at a later time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Chore {
    Ring {
        leg: LegId,
        code: u16,
    },
    Answer {
        leg: LegId,
    },
    Reject {
        leg: LegId,
        code: u16,
    },
    HangUp {
        leg: LegId,
    },
    GiveUp {
        leg: LegId,
    },
    Offer {
        leg: LegId,
        hold: bool,
    },
    /// Tells the transferor once more how a call that it follows stands.
    TellAgain {
        leg: LegId,
    },
}

/// Which of its calls a wish is about.
#[derive(Clone, Copy, Debug)]
enum About<'a> {
    Newest,
    /// The newest with this peer.
    With(&'a str),
    Leg(LegId),
}

impl About<'_> {
    fn is(&self, line: &Line) -> bool {
        match self {
            About::Newest => true,
            About::With(peer) => line.is_with(Some(peer)),
            About::Leg(leg) => line.leg == *leg,
        }
    }
}

/// How long it waits after an offer that met one of the switchboard's.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

impl Phone {
    pub fn new(owner: Owner, manners: Manners, mut dice: Dice) -> Phone {
        let listener = |transport| Listener {
            transport,
            bound: owner.address,
            advertised: owner.address,
        };
        let settings = stack::Settings {
            product: match &manners.agent {
                Some(agent) => agent.clone(),
                None => format!("switchhook phone {}", owner.name),
            },
            listeners: vec![listener(Transport::Udp), listener(Transport::Tcp)],
            session_expires_s: 0,
            min_se_s: 90,
            most_legs: 64,
        };
        Phone {
            stack: Stack::new(settings, dice.deal()),
            owner,
            manners,
            lines: BTreeMap::new(),
            book: Vec::new(),
            referrals: Vec::new(),
            outside: outside::Outside::default(),
            followed: BTreeMap::new(),
            challenger: None,
            asked: BTreeMap::new(),
            registration: Registration::default(),
            chores: BTreeMap::new(),
            ids: 0,
            dice,
            outputs: VecDeque::new(),
        }
    }

    pub fn owner(&self) -> &Owner {
        &self.owner
    }

    /// From the next call or transfer on.
    pub fn set_manners(&mut self, manners: Manners) {
        self.manners = manners;
    }

    pub fn manners(&mut self) -> &mut Manners {
        &mut self.manners
    }

    /// Its calls, oldest first.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.values()
    }

    /// What a call of its has come to last: also where it is over.
    pub fn latest(&self, leg: LegId) -> Option<&News> {
        let mut calls = self.book.iter();
        calls.find(|(call, ..)| *call == leg)?.2.as_ref()
    }

    /// All its calls so far, over or not, in the order of their beginning.
    pub fn calls(&self) -> impl Iterator<Item = LegId> {
        self.book.iter().map(|(leg, ..)| *leg)
    }

    /// Who was called, or who called.
    pub fn peer(&self, leg: LegId) -> Option<&str> {
        let mut calls = self.book.iter();
        calls
            .find(|(call, ..)| *call == leg)
            .map(|(_, peer, _)| peer.as_str())
    }

    pub fn referrals(&self) -> &[Referral] {
        &self.referrals
    }

    pub fn census(&self) -> Census {
        self.stack.census()
    }

    pub fn handle_message(&mut self, flow: Flow, bytes: Bytes, now: Instant) {
        if !self.heard_outside(flow, &bytes) {
            self.stack.handle_message(flow, bytes, now);
        }
        self.settle(now);
    }

    pub fn handle_resolved(&mut self, query: QueryId, targets: Vec<Target>, now: Instant) {
        self.stack.handle_resolved(query, targets, now);
        self.settle(now);
    }

    pub fn handle_unreachable(&mut self, flow: &Flow, now: Instant) {
        self.stack.handle_unreachable(flow, now);
        self.settle(now);
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        self.stack.handle_timeout(now);
        while let Some(chore) = self
            .chores
            .first_entry()
            .filter(|chore| chore.key().0 <= now)
        {
            let chore = chore.remove();
            self.take_up(chore, now);
        }
        self.settle(now);
    }

    /// What cannot be done in the state of things is told as news and not done.
    pub fn handle_wish(&mut self, wish: Wish, now: Instant) {
        self.fulfil(wish, About::Newest, now);
        self.settle(now);
    }

    fn fulfil(&mut self, wish: Wish, about: About, now: Instant) {
        let newest = |fits: fn(&Line) -> bool| self.newest(|line| about.is(line) && fits(line));
        match wish {
            Wish::Register { expires_s } => self.register(expires_s, now),
            Wish::Call { to } => self.call_at(&to, None, Headers::new(), now),
            Wish::Ring { code } => match newest(Line::is_alerting) {
                Some(leg) => self.ring(leg, code, now),
                None => self.cannot("ring: nobody calls"),
            },
            Wish::Answer => match newest(Line::is_alerting) {
                Some(leg) => self.answer(leg, now),
                None => self.cannot("answer: nobody calls"),
            },
            Wish::Reject { code } => match newest(Line::is_alerting) {
                Some(leg) => self.reject(leg, code, now),
                None => self.cannot("reject: nobody calls"),
            },
            Wish::HangUp => match newest(Line::is_alive) {
                Some(leg) => self.hang_up(leg, now),
                None => self.cannot("hang up: there is no call"),
            },
            Wish::Hold | Wish::Resume => match newest(Line::is_talking) {
                Some(leg) => self.offer(leg, wish == Wish::Hold, now),
                None => self.cannot("offer: there is no call"),
            },
            Wish::Refer { to } => {
                let wish = Wish::ReferWith {
                    to,
                    referred_by: None,
                    headers: Headers::new(),
                };
                self.fulfil(wish, about, now);
            }
            Wish::ReferWith {
                to,
                referred_by,
                headers,
            } => match newest(Line::is_talking) {
                Some(leg) => {
                    let refer_to = match to.contains(':') {
                        true => to.clone(),
                        false => NameAddr::new(self.uri_of(&to)).to_string(),
                    };
                    let referred_by = referred_by.unwrap_or_else(|| self.referred_by());
                    let letter = (refer_to, referred_by, headers);
                    self.refer_in(leg, None, &to, letter, now);
                }
                None => self.cannot("refer: there is no call"),
            },
            Wish::SendInfo { mime_type, body } => match newest(Line::is_talking) {
                Some(leg) => self.request_within(leg, Method::Info, (&mime_type, &body), now),
                None => self.cannot("send: there is no call"),
            },
            Wish::SendText { text } => match newest(Line::is_talking) {
                Some(leg) => self.request_within(leg, Method::Message, ("text/plain", &text), now),
                None => self.cannot("send: there is no call"),
            },
            Wish::Ping => self.ping(now),
            Wish::Transfer {
                peer,
                other,
                spelling,
            } => self.transfer(&peer, &other, &spelling, now),
            Wish::TakeOver {
                to,
                at,
                ids,
                spelling,
            } => {
                let headers = spelling.headers(&ids, &self.owner.domain);
                self.call_at(&to, at, headers, now);
            }
            Wish::CallDirectly { user, address } => {
                self.call_at(&user, Some(address), Headers::new(), now);
            }
            Wish::Of { peer, wish } => self.fulfil(*wish, About::With(&peer), now),
            Wish::On { leg, wish } => self.fulfil(*wish, About::Leg(leg), now),
            Wish::Join { leg, consulted } => self.join(leg, consulted, &Spelling::default(), now),
        }
    }

    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        let chore = self.chores.keys().next().map(|(at, _)| *at);
        [self.stack.next_deadline(), chore]
            .into_iter()
            .flatten()
            .min()
    }

    fn newest(&self, fits: impl Fn(&Line) -> bool) -> Option<LegId> {
        let mut fitting = self.lines.iter().filter(|(_, line)| fits(line));
        fitting.next_back().map(|(leg, _)| *leg)
    }

    fn cannot(&mut self, what: &str) {
        self.tell(News::Cannot(what.to_string()));
    }

    fn tell(&mut self, news: News) {
        self.outputs.push_back(Output::News(news));
    }

    fn open(&mut self, line: Line) {
        self.book.push((line.leg, line.peer.clone(), None));
        self.lines.insert(line.leg, line);
    }

    /// News of one of its calls.
    fn tell_of(&mut self, leg: LegId, news: News) {
        let mut calls = self.book.iter_mut();
        if let Some((.., latest)) = calls.find(|(call, ..)| *call == leg) {
            *latest = Some(news.clone());
        }
        self.tell(news);
    }

    fn id(&mut self) -> u64 {
        self.ids += 1;
        self.ids
    }

    fn later(&mut self, chore: Chore, after: Duration, now: Instant) {
        let id = self.id();
        self.chores.insert((now + after, id), chore);
    }

    /// `sip:…` as it stands; else a number or user at the switchboard's domain.
    fn uri_of(&self, to: &str) -> Uri {
        match NameAddr::parse(to.as_bytes()) {
            Ok(address) if to.contains(':') => address.uri,
            Ok(_) | Err(_) => Uri::sip(to, &self.owner.domain, self.port()),
        }
    }

    fn server_uri(&self) -> Uri {
        Uri::Sip(SipUri {
            host: self.owner.domain.clone(),
            port: self.port(),
            ..SipUri::default()
        })
    }

    fn own(&self) -> NameAddr {
        NameAddr::new(Uri::sip(&self.owner.user, &self.owner.domain, self.port()))
    }

    fn port(&self) -> Option<u16> {
        Some(self.owner.server.port()).filter(|port| *port != 5060)
    }

    fn credentials(&self) -> Option<Credentials> {
        self.owner.password.as_ref().map(|password| Credentials {
            username: self.owner.user.clone(),
            password: password.clone(),
        })
    }

    fn to_server(&self) -> Flow {
        self.flow_to(self.owner.server)
    }

    fn flow_to(&self, remote: SocketAddr) -> Flow {
        Flow {
            transport: Transport::Udp,
            local: self.owner.address,
            remote,
        }
    }

    fn rtp_address(&self) -> SocketAddr {
        let taken: Vec<u16> = self.lines.values().map(|line| line.rtp().port()).collect();
        let mut ports = (self.owner.rtp..u16::MAX - 1).step_by(2);
        let free = ports.find(|port| !taken.contains(port));
        let port = free.expect("a phone has fewer calls than there are ports");
        SocketAddr::new(self.owner.address.ip(), port)
    }

    /// `at` is a phone past the switchboard.
    fn call_at(&mut self, to: &str, at: Option<SocketAddr>, mut headers: Headers, now: Instant) {
        headers.append(self.additions());
        let uri = match at {
            Some(at) => Uri::sip(to, &at.ip().to_string(), Some(at.port())),
            None => self.uri_of(to),
        };
        self.call_uri(to, uri, at.unwrap_or(self.owner.server), headers, now);
    }

    fn call_uri(
        &mut self,
        to: &str,
        uri: Uri,
        address: SocketAddr,
        headers: Headers,
        now: Instant,
    ) -> LegId {
        let leg = LegId(self.id());
        let mut line = Line::outgoing(leg, to, self.rtp_address(), self.dice.u64() >> 2);
        line.want_sound_at(self.manners.sound_at);
        let invite = Invite {
            leg,
            to: NameAddr::new(uri.clone()),
            uri,
            from: self.own(),
            route: None,
            flow: Some(self.flow_to(address)),
            headers,
            body: Some(line.offer(&self.manners.codecs, false)),
            credentials: self.credentials(),
            max_forwards: self.manners.max_forwards,
        };
        self.open(line);
        if let Some(patience) = self.manners.patience {
            self.later(Chore::GiveUp { leg }, patience, now);
        }
        self.stack
            .handle_command(Command::Invite(Box::new(invite)), now);
        leg
    }

    /// What its manners add to INVITE and REFER.
    fn additions(&self) -> Headers {
        let mut headers = Headers::new();
        for (name, value) in &self.manners.adds {
            headers.push(Name::parse(name.as_bytes()), value.clone().into_bytes());
        }
        headers
    }

    fn ring(&mut self, leg: LegId, code: u16, now: Instant) {
        let Some(line) = self.lines.get_mut(&leg) else {
            return;
        };
        let body = match code {
            183 => line.answer(&self.manners.codecs),
            _ => Ok(None),
        };
        match body {
            Ok(body) => {
                let headers = Headers::new();
                self.stack.handle_command(
                    Command::Progress {
                        leg,
                        code,
                        headers,
                        body,
                    },
                    now,
                );
            }
            Err(code) => self.reject(leg, code, now),
        }
    }

    fn answer(&mut self, leg: LegId, now: Instant) {
        let Some(line) = self.lines.get_mut(&leg) else {
            return;
        };
        match line.answer(&self.manners.codecs) {
            Ok(body) => {
                line.talk();
                let headers = Headers::new();
                self.stack
                    .handle_command(Command::Answer { leg, headers, body }, now);
                self.tell_of(leg, News::Answered);
            }
            Err(code) => self.reject(leg, code, now),
        }
    }

    fn reject(&mut self, leg: LegId, code: u16, now: Instant) {
        self.lines.remove(&leg);
        let headers = Headers::new();
        let reject = Command::Reject {
            leg,
            code,
            reason: None,
            headers,
        };
        self.stack.handle_command(reject, now);
        self.tell_of(leg, News::Rejected { code });
    }

    fn hang_up(&mut self, leg: LegId, now: Instant) {
        let Some(line) = self.lines.get_mut(&leg) else {
            return;
        };
        line.leave();
        let headers = Headers::new();
        self.stack
            .handle_command(Command::Hangup { leg, headers }, now);
        self.tell_of(leg, News::HungUp);
    }

    /// A new offer: on hold, or off it.
    fn offer(&mut self, leg: LegId, hold: bool, now: Instant) {
        if let Some(line) = self.lines.get_mut(&leg) {
            let body = line.offer(&self.manners.codecs, hold);
            self.stack.handle_command(Command::Offer { leg, body }, now);
        }
    }

    fn request_within(
        &mut self,
        leg: LegId,
        method: Method,
        (content_type, body): (&str, &str),
        now: Instant,
    ) {
        let id = RequestId(self.id());
        let body = Body {
            content_type: content_type.to_string(),
            bytes: Bytes::copy_from_slice(body.as_bytes()),
        };
        self.asked.insert(id, method.clone());
        let request = Command::RequestWithin {
            id,
            leg,
            method,
            headers: Headers::new(),
            body: Some(body),
        };
        self.stack.handle_command(request, now);
    }

    fn take_up(&mut self, chore: Chore, now: Instant) {
        let alerting = |leg: &LegId| self.lines.get(leg).is_some_and(Line::is_alerting);
        match chore {
            Chore::Ring { leg, code } if alerting(&leg) => self.ring(leg, code, now),
            Chore::Answer { leg } if alerting(&leg) => self.answer(leg, now),
            Chore::Reject { leg, code } if alerting(&leg) => self.reject(leg, code, now),
            Chore::GiveUp { leg } if self.lines.get(&leg).is_some_and(Line::is_calling) => {
                self.hang_up(leg, now);
            }
            Chore::HangUp { leg } if self.lines.get(&leg).is_some_and(Line::is_alive) => {
                self.hang_up(leg, now);
            }
            Chore::TellAgain { leg } => self.tell_again(leg, now),
            Chore::Offer { leg, hold } if self.lines.get(&leg).is_some_and(Line::is_talking) => {
                self.offer(leg, hold, now);
            }
            // The call has moved on in the meantime.
            Chore::Ring { .. }
            | Chore::Answer { .. }
            | Chore::Reject { .. }
            | Chore::GiveUp { .. }
            | Chore::Offer { .. }
            | Chore::HangUp { .. } => {}
        }
    }

    fn settle(&mut self, now: Instant) {
        while let Some(output) = self.stack.poll() {
            match output {
                stack::Output::Transmit { flow, bytes } => {
                    self.outputs.push_back(Output::Transmit { flow, bytes });
                }
                stack::Output::Resolve { query, uri } => {
                    self.outputs.push_back(Output::Resolve { query, uri });
                }
                stack::Output::Event(event) => self.hear(event, now),
            }
        }
    }

    fn hear(&mut self, event: Event, now: Instant) {
        match event {
            Event::Incoming { leg, request, .. } => self.greet(leg, &request, now),
            Event::Progress { leg, response, .. } => {
                self.followed_call(leg, response.code, &response.reason, now);
                if let Some(line) = self.lines.get_mut(&leg) {
                    line.hear_answer(response.body().as_ref());
                    let code = response.code;
                    self.tell_of(leg, News::Progress { code });
                }
            }
            Event::Answered { leg, response } => {
                self.followed_call(leg, response.code, &response.reason, now);
                if let Some(line) = self.lines.get_mut(&leg) {
                    line.hear_answer(response.body().as_ref());
                    if line.is_calling() {
                        line.talk();
                        self.tell_of(leg, News::Connected);
                    }
                }
            }
            Event::Failed {
                leg, code, reason, ..
            } => {
                self.followed_call(leg, code, &reason, now);
                if self.lines.remove(&leg).is_some() {
                    self.tell_of(leg, News::Refused { code });
                }
            }
            Event::Confirmed { leg, body } => {
                if let Some(line) = self.lines.get_mut(&leg) {
                    line.hear_answer(body.as_ref());
                }
            }
            Event::Offered { leg, offer, body } => self.take_offer(leg, offer, body, now),
            Event::OfferAnswered { leg, body } => {
                if let Some(line) = self.lines.get_mut(&leg) {
                    line.hear_answer(body.as_ref());
                }
            }
            Event::OfferRefused { leg, code } => {
                if let Some(line) = self.lines.get_mut(&leg) {
                    let hold = line.roll_back();
                    self.tell(News::OfferRefused { code });
                    if code == 491 {
                        self.later(Chore::Offer { leg, hold }, AGAIN_AFTER, now);
                    }
                }
            }
            Event::Ended { leg, ending } => {
                if self.lines.remove(&leg).is_some() {
                    self.tell_of(leg, News::ended(&ending));
                }
            }
            Event::Request {
                transaction,
                request,
                ..
            } => {
                let body = String::from_utf8_lossy(&request.body).into_owned();
                self.tell(News::Received {
                    method: request.method.clone(),
                    body,
                });
                let respond = Command::Respond {
                    transaction,
                    code: 200,
                    reason: None,
                    headers: Headers::new(),
                    body: None,
                };
                self.stack.handle_command(respond, now);
            }
            Event::Response {
                id, code, response, ..
            } => {
                if let Some(method) = self.asked.remove(&id) {
                    let cseq = response.and_then(|response| response.headers.cseq().ok());
                    if let Some(cseq) = cseq.filter(|cseq| cseq.method == Method::Register) {
                        // The stack may have asked again with digest.
                        self.registration.cseq = self.registration.cseq.max(cseq.number);
                    }
                    self.tell(News::Response { method, code });
                }
            }
            Event::Referred {
                leg,
                refer,
                request,
                ..
            } => self.be_referred(leg, refer, &request, now),
            Event::ReferAnswered { refer, code, .. } => self.refer_answered(refer, code, now),
            Event::ReferNotified {
                refer, code, ended, ..
            } => {
                self.refer_notified(refer, code, ended, now);
            }
            Event::Gone { leg } => {
                self.lines.remove(&leg);
            }
            // Whoever asked for the transfer hangs up now.
            Event::ReferTold { .. } | Event::ReferClosed { .. } => {}
        }
    }

    fn greet(&mut self, leg: LegId, request: &Request, now: Instant) {
        let from = request.headers.from().ok().and_then(|from| from.uri.user());
        let from = from.unwrap_or_else(|| "somebody".to_string());
        let session = self.dice.u64() >> 2;
        let mut line = Line::incoming(leg, &from, self.rtp_address(), session, request.body());
        line.want_sound_at(self.manners.sound_at);
        self.open(line);
        self.tell_of(leg, News::Incoming { from });
        if let Some(hops) = request.headers.text(&Name::parse(HOP.as_bytes())) {
            let depth = hops.split(';').next().unwrap_or_default().to_string();
            self.tell(News::Transferred { depth });
        }
        if self.greet_replacement(leg, request, now) {
            return;
        }
        let Reception { rings, then } = self.manners.receive();
        if let Some((code, after)) = rings {
            self.later(Chore::Ring { leg, code }, after, now);
        }
        match then {
            Then::Wait => {}
            Then::Answer(after) => self.later(Chore::Answer { leg }, after, now),
            Then::Reject(code, after) => {
                self.later(Chore::Reject { leg, code }, after, now);
            }
        }
        if let Some(after) = self.manners.talks_for {
            self.later(Chore::HangUp { leg }, after, now);
        }
    }

    fn take_offer(&mut self, leg: LegId, offer: OfferId, body: Option<Body>, now: Instant) {
        let outcome = match (self.lines.get_mut(&leg), body) {
            (Some(line), Some(body)) => line.take_offer(&body, &self.manners.codecs).map(Some),
            (Some(line), None) => Ok(Some(line.offer_again(&self.manners.codecs))),
            (None, _) => Err(481),
        };
        let answered = Command::AnswerOffer { offer, outcome };
        self.stack.handle_command(answered, now);
    }
}
