//! A SIP phone as a pure machine on a [`Stack`] of its own: it registers, calls, rings, answers, holds,
//! refers and hangs up, by itself as its [`Manners`] say or when it is told a [`Wish`].
//!
//! ```text
//! wish, datagram, deadline ─▸ phone ─▸ datagrams, news
//!                               └ lines: one call each
//! ```
//!
//! It has no sockets and no clock, so the same phone lives in a simulated world and behind real ones.

mod calls;
mod chores;
mod follow;
mod hear;
mod line;
mod manners;
mod news;
mod outside;
mod refer;
mod register;
mod replace;
mod wish;

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Instant;

use bytes::Bytes;

use crate::base::pii::Secret;
use crate::base::{Dice, LegId};
use crate::sip::auth::challenge::Challenger;
use crate::sip::message::uri::SipUri;
use crate::sip::message::{Method, NameAddr, Uri};
use crate::sip::stack::{self, Census, Credentials, QueryId, RequestId, Stack};
use crate::sip::transport::{Flow, Listener, Target, Transport};

use chores::Chore;
use follow::Followed;
pub use follow::{Following, Taking};
pub use line::{Line, State, Voice};
pub use manners::{Manners, Reception, Then};
pub use news::News;
pub use refer::Referral;
use register::Registration;
pub use replace::Spelling;
pub use wish::Wish;

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
}
