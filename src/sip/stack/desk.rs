//! What all legs share: the transactions, what finds a leg, and the way out.
//!
//! A request of ours is an [`Errand`]. Its answer comes back to the stack, which brings it to its owner.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::TransactionId;
pub use super::errand::{Errand, Heard, Purpose, Way, Whose};
use super::{Census, Event, OfferId, Output, QueryId, ReferId, Settings};
use crate::base::{Dice, LegId};
use crate::sip::dialog::{Hop, Key};
use crate::sip::message::{Body, Headers, Method, Name, Request, Response, Uri};
use crate::sip::route::{self, Reach};
use crate::sip::subscription::kept::Kept;
use crate::sip::transaction::timer::GIVE_UP;
use crate::sip::transaction::{self, ClientId, ServerId, Transactions};
use crate::sip::transport::{Flow, Listener, Target, Transport};

/// The methods that we handle somewhere.
pub const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, MESSAGE, REFER, NOTIFY, SUBSCRIBE, REGISTER";

/// The extensions that we understand (RFC 3262, RFC 4028, RFC 3891, RFC 4488, RFC 7614).
pub const SUPPORTED: &str = "100rel, timer, replaces, norefersub, explicitsub, nosub";

/// The event packages that we notify and follow.
pub const EVENTS: &str = "refer";

/// The bodies that we read in an INVITE.
pub const ACCEPT: &str = "application/sdp";

/// How long a request of a peer's waits for the layers above; less than the peer's own Timer F.
pub const QUESTION_LIFE: Duration = Duration::from_secs(30);

/// Dialogs that are over and whose ACK is remembered.
const MOST_TURNED_AWAY: usize = 4096;

/// Ids that the stack deals have this bit; those that it is given have not, so they never meet.
const DEALT_HERE: u64 = 1 << 63;

/// The headers that we write ourselves; whatever a layer above says about them is dropped.
const OURS: &[Name] = &[
    Name::Via,
    Name::From,
    Name::To,
    Name::CallId,
    Name::Cseq,
    Name::Contact,
    Name::MaxForwards,
    Name::Route,
    Name::RecordRoute,
    Name::ContentType,
    Name::ContentLength,
    Name::Rseq,
    Name::Rack,
    Name::Event,
    Name::SubscriptionState,
    Name::ReferTo,
    Name::ReferSub,
    Name::SessionExpires,
    Name::MinSe,
];

/// A request of the peer's that the layers above must answer.
struct Question {
    request: Box<Request>,
    leg: Option<LegId>,
    until: Instant,
}

/// An ACK of ours, kept so that a repeated 2xx gets the very same (§13.2.2.4).
struct Ack {
    sent: Instant,
    cseq: u32,
    flow: Flow,
    bytes: Bytes,
}

/// What is known of the way to a URI.
enum Plan {
    Flow(Flow),
    Ask,
    Nowhere,
}

/// What waits for DNS.
enum Parcel {
    Errand(Box<Errand>),
    Ack { ack: Box<Request>, key: Option<Key> },
}

pub struct Desk {
    pub settings: Settings,
    pub dice: Dice,
    pub transactions: Transactions,
    /// Over what our listeners reach anybody.
    reach: Reach,
    /// The legs by dialog, early ones included.
    pub dialogs: HashMap<Key, LegId>,
    /// The legs by unanswered INVITE of the peer's.
    pub invites: HashMap<ServerId, LegId>,
    pub offers: HashMap<OfferId, LegId>,
    pub refers: HashMap<ReferId, LegId>,
    /// Transfers whose transferors subscribe by themselves.
    pub kept: Kept,
    pub draining: bool,
    acks: HashMap<Key, Ack>,
    /// Dialogs that are over, in order, and until when their 2xx may come again.
    turned_away: VecDeque<(Instant, Key)>,
    errands: HashMap<ClientId, Box<Errand>>,
    parcels: HashMap<QueryId, Parcel>,
    undeliverable: VecDeque<Box<Errand>>,
    questions: HashMap<ServerId, Question>,
    question_ends: BTreeSet<(Instant, ServerId)>,
    /// What the transactions told and nobody has looked at.
    inbox: VecDeque<transaction::Output>,
    outputs: VecDeque<Output>,
    dealt: u64,
}

impl Desk {
    pub fn new(settings: Settings, mut dice: Dice) -> Desk {
        Desk {
            transactions: Transactions::new(
                settings.listeners.clone(),
                most_transactions(&settings),
                dice.deal(),
            ),
            reach: Reach::new(&settings.listeners),
            settings,
            dice,
            dialogs: HashMap::new(),
            invites: HashMap::new(),
            offers: HashMap::new(),
            refers: HashMap::new(),
            kept: Kept::default(),
            draining: false,
            acks: HashMap::new(),
            turned_away: VecDeque::new(),
            errands: HashMap::new(),
            parcels: HashMap::new(),
            undeliverable: VecDeque::new(),
            questions: HashMap::new(),
            question_ends: BTreeSet::new(),
            inbox: VecDeque::new(),
            outputs: VecDeque::new(),
            dealt: 0,
        }
    }

    pub fn configure(&mut self, settings: Settings) {
        let most = most_transactions(&settings);
        self.transactions
            .configure(settings.listeners.clone(), most);
        self.reach = Reach::new(&settings.listeners);
        self.settings = settings;
    }

    /// Tells the layers above, after what was sent before.
    pub fn event(&mut self, event: Event) {
        while let Some(output) = self.transactions.poll() {
            match output {
                transaction::Output::Transmit { flow, bytes } => self.transmit(flow, bytes),
                other => self.inbox.push_back(other),
            }
        }
        self.outputs.push_back(Output::Event(event));
    }

    /// What the transactions tell next.
    pub fn next_news(&mut self) -> Option<transaction::Output> {
        self.inbox.pop_front().or_else(|| self.transactions.poll())
    }

    pub fn transmit(&mut self, flow: Flow, bytes: Bytes) {
        self.outputs.push_back(Output::Transmit { flow, bytes });
    }

    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// A number that nobody else deals.
    pub fn deal(&mut self) -> u64 {
        self.dealt += 1;
        self.dealt | DEALT_HERE
    }

    /// `dialogs` and `subscriptions` beside what the legs count.
    pub fn census(&self) -> Census {
        Census {
            transactions: self.transactions.len(),
            dialogs: self.dialogs.len(),
            subscriptions: 0,
            queries: self.parcels.len(),
        }
    }

    // Requests of ours.

    /// Sends a request, or first asks where to.
    pub fn send(&mut self, errand: Errand, hop: Hop, now: Instant) -> Way {
        let errand = Box::new(errand);
        match hop {
            Hop::Flow(flow) => self.send_on(errand, flow, now),
            Hop::Uri(uri) => match self.plan(&uri) {
                Plan::Flow(flow) => self.send_on(errand, flow, now),
                Plan::Ask => Way::Asking(self.ask(Parcel::Errand(errand), uri)),
                Plan::Nowhere => self.give_up(errand),
            },
        }
    }

    fn send_on(&mut self, mut errand: Box<Errand>, flow: Flow, now: Instant) -> Way {
        if let Some(user) = &errand.contact_user {
            let contact = self.contact(flow, user);
            errand.request.headers.set(Name::Contact, contact);
        }
        let name = Name::UserAgent;
        errand
            .request
            .headers
            .set(name, self.settings.product.clone());
        errand.flow = Some(flow);
        let id = self.transactions.request(errand.request.clone(), flow, now);
        self.errands.insert(id, errand);
        Way::Sent(id)
    }

    fn give_up(&mut self, errand: Box<Errand>) -> Way {
        self.undeliverable.push_back(errand);
        Way::Nowhere
    }

    /// Requests that could not be sent anywhere.
    pub fn next_undeliverable(&mut self) -> Option<Box<Errand>> {
        self.undeliverable.pop_front()
    }

    fn ask(&mut self, parcel: Parcel, uri: Uri) -> QueryId {
        let query = QueryId(self.deal());
        self.parcels.insert(query, parcel);
        self.outputs.push_back(Output::Resolve { query, uri });
        query
    }

    /// The leg that wants the answer.
    pub fn asks(&self, query: QueryId) -> Option<LegId> {
        match self.parcels.get(&query)? {
            Parcel::Errand(errand) => match &errand.whose {
                Whose::Leg(leg, _) => Some(*leg),
                Whose::Outside { .. } | Whose::Nobody => None,
            },
            Parcel::Ack { key, .. } => self.dialogs.get(key.as_ref()?).copied(),
        }
    }

    /// Nobody wants the answer any more.
    pub fn forget_query(&mut self, query: QueryId) {
        self.parcels.remove(&query);
    }

    /// DNS answered. Hands back the owner of a request and how far it has come now.
    pub fn handle_resolved(
        &mut self,
        query: QueryId,
        targets: Vec<Target>,
        now: Instant,
    ) -> Option<(Whose, Way)> {
        match self.parcels.remove(&query)? {
            Parcel::Errand(mut errand) => {
                errand.targets = targets.into();
                let whose = errand.whose.clone();
                Some((whose, self.send_next(errand, now)))
            }
            Parcel::Ack { ack, key } => {
                let flow = targets.into_iter().find_map(|target| self.flow_to(target));
                if let Some(flow) = flow {
                    self.acknowledge_on(*ack, key, flow, now);
                }
                None
            }
        }
    }

    /// The next target that a listener of ours leads to.
    fn send_next(&mut self, mut errand: Box<Errand>, now: Instant) -> Way {
        while let Some(target) = errand.targets.pop_front() {
            if let Some(flow) = self.flow_to(target) {
                return self.send_on(errand, flow, now);
            }
        }
        self.give_up(errand)
    }

    /// Tries the next target after a failure; hands the errand back where there is none.
    pub fn send_elsewhere(
        &mut self,
        errand: Box<Errand>,
        now: Instant,
    ) -> Result<Way, Box<Errand>> {
        match errand.targets.is_empty() {
            true => Err(errand),
            false => Ok(self.send_next(errand, now)),
        }
    }

    /// The errand of a client transaction; put it back with [`Desk::resume`] where more is to come.
    pub fn take_errand(&mut self, id: ClientId) -> Option<Box<Errand>> {
        self.errands.remove(&id)
    }

    pub fn resume(&mut self, id: ClientId, errand: Box<Errand>) {
        self.errands.insert(id, errand);
    }

    /// Cancels an INVITE of ours; it is not tried elsewhere.
    pub fn cancel(&mut self, id: ClientId, reason: Option<Bytes>, now: Instant) {
        if let Some(errand) = self.errands.get_mut(&id) {
            errand.targets.clear();
        }
        self.transactions.cancel(id, reason, now);
    }

    /// Sends the ACK for a 2xx, and keeps it for repeats of the 2xx under `key`.
    pub fn acknowledge(&mut self, ack: Request, key: Option<Key>, hop: Hop, now: Instant) {
        match hop {
            Hop::Flow(flow) => self.acknowledge_on(ack, key, flow, now),
            Hop::Uri(uri) => match self.plan(&uri) {
                Plan::Flow(flow) => self.acknowledge_on(ack, key, flow, now),
                Plan::Ask => {
                    let ack = Box::new(ack);
                    self.ask(Parcel::Ack { ack, key }, uri);
                }
                // The peer repeats its 2xx, and gives up in the end.
                Plan::Nowhere => {}
            },
        }
    }

    fn acknowledge_on(&mut self, mut ack: Request, key: Option<Key>, flow: Flow, now: Instant) {
        let cseq = ack.headers.cseq().map_or(0, |cseq| cseq.number);
        ack.headers
            .set(Name::UserAgent, self.settings.product.clone());
        let bytes = self.transactions.acknowledge(ack, flow);
        if let Some(key) = key {
            let ack = Ack {
                sent: now,
                cseq,
                flow,
                bytes,
            };
            self.acks.insert(key, ack);
        }
    }

    /// Keeps the ACK of a dialog that is over while its 2xx may still be repeated; the oldest make way.
    pub fn turn_away(&mut self, key: Key, now: Instant) {
        while let Some((until, oldest)) = self.turned_away.front()
            && (*until <= now || self.turned_away.len() >= MOST_TURNED_AWAY)
        {
            if !self.dialogs.contains_key(oldest) {
                self.acks.remove(oldest);
            }
            self.turned_away.pop_front();
        }
        self.turned_away.push_back((now + GIVE_UP, key));
    }

    /// A 2xx came again: the same ACK goes again. `false` where there is none.
    pub fn acknowledge_again(&mut self, key: &Key, cseq: u32) -> bool {
        match self.acks.get(key) {
            Some(ack) if ack.cseq == cseq => {
                let (flow, bytes) = (ack.flow, ack.bytes.clone());
                self.transmit(flow, bytes);
                true
            }
            Some(_) | None => false,
        }
    }

    /// The dialog is over. A 2xx that is still repeated in it gets its ACK.
    pub fn forget_dialog(&mut self, key: Key, now: Instant) {
        self.dialogs.remove(&key);
        match self.acks.get(&key) {
            Some(ack) if now < ack.sent + GIVE_UP => self.turn_away(key, now),
            Some(_) => {
                self.acks.remove(&key);
            }
            None => {}
        }
    }

    // Requests of the peer's.

    /// A response that says who we are.
    pub fn response(
        &mut self,
        request: &Request,
        code: u16,
        reason: Option<&str>,
        tag: &str,
    ) -> Response {
        let mut response = request.response(code, reason, tag);
        response
            .headers
            .push(Name::Server, self.settings.product.clone());
        response
    }

    /// Answers with a code and these headers, as whoever we are in that dialog (`tag`).
    pub fn refuse(
        &mut self,
        server: ServerId,
        request: &Request,
        (code, reason): (u16, Option<&str>),
        headers: Headers,
        tag: &str,
        now: Instant,
    ) {
        let mut response = self.response(request, code, reason, tag);
        response.headers.append(headers);
        self.transactions.respond(server, response, now);
    }

    /// As [`Desk::refuse`] with the standard phrase, no header more, and a tag of its own where there is
    /// no dialog.
    pub fn answer(&mut self, server: ServerId, request: &Request, code: u16, now: Instant) {
        let tag = self.dice.token(8);
        self.refuse(server, request, (code, None), Headers::new(), &tag, now);
    }

    /// Hands a request to the layers above, who have [`QUESTION_LIFE`] to answer.
    pub fn question(
        &mut self,
        server: ServerId,
        request: Request,
        leg: Option<LegId>,
        flow: Flow,
        now: Instant,
    ) {
        let until = now + QUESTION_LIFE;
        let request = Box::new(request);
        self.question_ends.insert((until, server));
        self.questions.insert(
            server,
            Question {
                request: request.clone(),
                leg,
                until,
            },
        );
        self.event(Event::Request {
            transaction: TransactionId(server.0),
            leg,
            request,
            flow,
        });
    }

    /// Takes a question back, to be answered otherwise.
    pub fn take_question(&mut self, transaction: TransactionId) -> Option<(ServerId, Request)> {
        let server = ServerId(transaction.0);
        let question = self.questions.remove(&server)?;
        self.question_ends.remove(&(question.until, server));
        Some((server, *question.request))
    }

    pub fn questions(&self) -> usize {
        self.questions.len()
    }

    /// The layers above answered. Hands back the leg whose question it was.
    pub fn respond(
        &mut self,
        transaction: TransactionId,
        (code, reason): (u16, Option<&str>),
        headers: Headers,
        body: Option<Body>,
        now: Instant,
    ) -> Option<LegId> {
        let server = ServerId(transaction.0);
        let question = self.questions.remove(&server)?;
        self.question_ends.remove(&(question.until, server));
        let tag = self.dice.token(8);
        let code = if (200..700).contains(&code) {
            code
        } else {
            500
        };
        let mut response = self.response(&question.request, code, reason, &tag);
        response.headers.append(match question.request.method {
            // A registrar answers with the contacts of the peer (§10.3).
            Method::Register => headers,
            _ => theirs(headers),
        });
        self.transactions
            .respond(server, response.with_body(body), now);
        question.leg
    }

    /// Answers for the layers above what they left lying. Hands back a leg whose question it was.
    pub fn next_overdue(&mut self, now: Instant) -> Option<Option<LegId>> {
        let (until, server) = *self.question_ends.first()?;
        if until > now {
            return None;
        }
        let silence = (500, None);
        Some(self.respond(TransactionId(server.0), silence, Headers::new(), None, now))
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        let question = self.question_ends.first().map(|(until, _)| *until);
        question
            .into_iter()
            .chain(self.transactions.next_deadline())
            .min()
    }

    // Addresses of ours.

    /// Our Contact on a flow: the address that its listener advertises.
    pub fn contact(&self, flow: Flow, user: &str) -> String {
        let listeners = &self.settings.listeners;
        let of_transport = |listener: &&Listener| {
            listener.transport == flow.transport && listener.bound.is_ipv4() == flow.local.is_ipv4()
        };
        let address = listeners
            .iter()
            .filter(of_transport)
            .find(|listener| listener.bound == flow.local)
            .or_else(|| listeners.iter().find(of_transport))
            .map_or(flow.local, |listener| listener.advertised);
        let host = match address.is_ipv6() {
            true => format!("[{}]", address.ip()),
            false => address.ip().to_string(),
        };
        let uri = Uri::sip(user, &host, Some(address.port()));
        match flow.transport {
            Transport::Udp => format!("<{uri}>"),
            other => format!("<{uri};transport={}>", other.as_via().to_ascii_lowercase()),
        }
    }

    /// Where a URI leads (RFC 3263 §4): an address that a listener of ours reaches needs no DNS.
    fn plan(&self, uri: &Uri) -> Plan {
        match route::plan(uri, &self.reach) {
            Some(route::Plan::Known(target)) => match self.flow_to(target) {
                Some(flow) => Plan::Flow(flow),
                None => Plan::Nowhere,
            },
            Some(_) => Plan::Ask,
            None => Plan::Nowhere,
        }
    }

    /// The flow from a listener of ours to `target`: one on loopback for a peer on loopback, else the
    /// first of that transport and family.
    fn flow_to(&self, target: Target) -> Option<Flow> {
        let remote = target.remote;
        let fitting = || {
            self.settings.listeners.iter().filter(|listener| {
                listener.transport == target.transport
                    && listener.bound.is_ipv4() == remote.is_ipv4()
            })
        };
        let near = |bound: &std::net::SocketAddr| {
            bound.ip().is_unspecified() || bound.ip().is_loopback() == remote.ip().is_loopback()
        };
        let listener = fitting()
            .find(|listener| near(&listener.bound))
            .or_else(|| fitting().next())?;
        Some(Flow {
            transport: target.transport,
            local: listener.bound,
            remote,
        })
    }
}

/// A leg has a few transactions under way, and for half a minute those that ended.
fn most_transactions(settings: &Settings) -> usize {
    settings.most_legs.saturating_mul(16).max(1024)
}

/// Without the headers that are ours to write.
pub fn theirs(mut headers: Headers) -> Headers {
    for name in OURS {
        headers.remove(name);
    }
    headers
}
