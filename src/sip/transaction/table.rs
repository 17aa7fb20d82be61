//! The table of all transactions: finds the one that a message belongs to (§17.1.3, §17.2.3), wakes
//! those that are due, and puts what they say on the right flow (§18).
//!
//! Messages find their transaction by a hash of their key, deadlines and flows are ordered: nothing
//! here looks at every transaction for one message.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::client::{self, Client};
use super::invite_client::{self, InviteClient};
use super::invite_server::{self, Concerns, InviteServer};
use super::key::{COOKIE, ClientKey, MergeKey, ServerKey};
use super::server::Server;
use super::{ClientId, Output, ServerId};
use crate::base::Dice;
use crate::sip::message::{Message, Method, Name, Request, Response, Via};
use crate::sip::transport::{self, Flow, LARGEST_DATAGRAM, Listener, Transport};

/// How long a peer that refused TCP gets large requests by UDP without being asked again.
const NO_STREAM_FOR: Duration = Duration::from_secs(600);
/// How many such peers are remembered.
const MOST_WITHOUT_STREAM: usize = 1024;

/// All transactions.
pub struct Transactions {
    listeners: Vec<Listener>,
    /// How many there may be before new requests are refused.
    limit: usize,
    dice: Dice,
    next_id: u64,
    clients: HashMap<ClientId, ClientEntry>,
    client_ids: HashMap<ClientKey, ClientId>,
    servers: HashMap<ServerId, ServerEntry>,
    server_ids: HashMap<ServerKey, ServerId>,
    merges: HashMap<MergeKey, ServerId>,
    deadlines: BTreeSet<(Instant, Id)>,
    /// Who fails with a flow.
    lanes: BTreeSet<(Flow, Id)>,
    /// Peers that have refused TCP, and until when that is remembered.
    without_stream: BTreeMap<SocketAddr, Instant>,
    outputs: VecDeque<Output>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Id {
    Client(ClientId),
    Server(ServerId),
}

struct ClientEntry {
    machine: ClientMachine,
    audience: Audience,
    key: ClientKey,
    flow: Flow,
    /// The datagram that went by a stream because it is large, for when the stream cannot be had.
    datagram: Option<Box<Datagram>>,
    deadline: Option<Instant>,
}

/// Who hears the responses.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Audience {
    /// The layer above.
    Above,
    /// A CANCEL's responses say nothing: the INVITE's final response does.
    Nobody,
}

struct Datagram {
    request: Request,
    bytes: Bytes,
    flow: Flow,
}

enum ClientMachine {
    Invite(Box<InviteClient>),
    Other(Client),
}

struct ServerEntry {
    machine: ServerMachine,
    key: ServerKey,
    merge: Option<MergeKey>,
    /// Where the responses go.
    reply: Flow,
    /// Where they go when the connection is gone.
    elsewhere: Option<Flow>,
    /// The tag of our side, once it has been said: the answer to a CANCEL says the same (§9.2).
    tag: Option<String>,
    deadline: Option<Instant>,
}

enum ServerMachine {
    Invite(InviteServer),
    Other(Server),
}

impl Transactions {
    /// At `limit` transactions new requests are answered with 503; requests inside a dialog have a
    /// quarter of it in reserve, so that running calls can end.
    pub fn new(listeners: Vec<Listener>, limit: usize, dice: Dice) -> Self {
        Transactions {
            listeners,
            limit,
            dice,
            next_id: 0,
            clients: HashMap::new(),
            client_ids: HashMap::new(),
            servers: HashMap::new(),
            server_ids: HashMap::new(),
            merges: HashMap::new(),
            deadlines: BTreeSet::new(),
            lanes: BTreeSet::new(),
            without_stream: BTreeMap::new(),
            outputs: VecDeque::new(),
        }
    }

    /// New listeners and a new limit; running transactions keep their flows.
    pub fn configure(&mut self, listeners: Vec<Listener>, limit: usize) {
        self.listeners = listeners;
        self.limit = limit;
    }

    /// A message from the wire, already parsed. `received` and `rport` are put into its topmost Via
    /// here (§18.2.1, RFC 3581 §4).
    pub fn handle_message(&mut self, message: Message, flow: Flow, now: Instant) {
        if !transport::is_single_host(flow.remote) {
            return;
        }
        match message {
            Message::Request(request) => self.handle_request(request, flow, now),
            Message::Response(response) => self.handle_response(response, flow, now),
        }
    }

    /// Sends a request in a new transaction. A Via with a fresh branch and `rport` is put on top. A
    /// datagram over 1300 bytes goes by TCP where we listen on TCP (§18.1.1), and by UDP after all
    /// where the peer refuses the connection.
    pub fn request(&mut self, request: Request, flow: Flow, now: Instant) -> ClientId {
        let id = ClientId(self.fresh_id());
        if !transport::is_single_host(flow.remote) {
            self.outputs.push_back(Output::Unreachable { id });
            return id;
        }
        let branch = self.fresh_branch();
        let key = ClientKey {
            branch: branch.clone(),
            method: request.method.clone(),
        };
        let with_via = |flow: &Flow| {
            let mut request = request.clone();
            let via = transport::via(&self.listeners, flow, &branch);
            request.headers.push_front(Name::Via, via);
            let bytes = request.to_bytes();
            (request, bytes)
        };
        let (first, bytes) = with_via(&flow);
        match self.stream_for(bytes.len(), &flow, now) {
            Some(stream) => {
                let (request, large) = with_via(&stream);
                let machine = ClientMachine::new(request, large, stream, now);
                let datagram = Datagram {
                    request: first,
                    bytes,
                    flow,
                };
                let datagram = Some(Box::new(datagram));
                self.insert_client(id, key, machine, Audience::Above, stream, datagram, now);
            }
            None => {
                let machine = ClientMachine::new(first, bytes, flow, now);
                self.insert_client(id, key, machine, Audience::Above, flow, None, now);
            }
        }
        id
    }

    /// Sends an ACK for a 2xx: no transaction, a Via of its own; returns its bytes so that they can be
    /// repeated. It stays on its flow even when it is large: nobody would hear that TCP was refused.
    pub fn acknowledge(&mut self, mut ack: Request, flow: Flow) -> Bytes {
        let branch = self.fresh_branch();
        let via = transport::via(&self.listeners, &flow, &branch);
        ack.headers.push_front(Name::Via, via);
        let bytes = ack.to_bytes();
        self.transmit(flow, bytes.clone());
        bytes
    }

    /// Sends CANCEL for an INVITE of ours, now or as soon as a provisional response has come (§9.1).
    /// `reason` is the value of a Reason header.
    pub fn cancel(&mut self, id: ClientId, reason: Option<Bytes>, now: Instant) {
        if let Some(ClientEntry {
            machine: ClientMachine::Invite(invite),
            ..
        }) = self.clients.get_mut(&id)
        {
            invite.cancel(reason, now);
            self.settle_client(id, None, now);
        }
    }

    /// Sends a response of the layer above, to where §18.2.2 says. For INVITE: a 2xx is handed to the
    /// layer above to repeat (call this again with the same response), 300–699 are repeated here.
    pub fn respond(&mut self, id: ServerId, response: Response, now: Instant) {
        let Some(server) = self.servers.get_mut(&id) else {
            return;
        };
        let bytes = response.to_bytes();
        match &mut server.machine {
            ServerMachine::Invite(invite) => {
                if server.tag.is_none() {
                    let to = response.headers.to().ok();
                    server.tag = to.and_then(|to| to.tag().map(str::to_string));
                }
                invite.respond(response.code, bytes, now);
            }
            ServerMachine::Other(other) => other.respond(response.code, bytes, now),
        }
        self.settle_server(id);
    }

    /// Answers a request other than INVITE and forgets it: a repeat of it is a new request (§8.2.7).
    /// For what costs little to answer again and comes in floods, such as a REGISTER without digest.
    pub fn respond_and_forget(&mut self, id: ServerId, response: Response, now: Instant) {
        self.respond(id, response, now);
        if let Some(server) = self.servers.get(&id)
            && matches!(server.machine, ServerMachine::Other(_))
        {
            self.remove_server(id);
        }
    }

    /// Answers a request that has no transaction, such as a malformed one, to where §18.2.2 says; to
    /// where it came from if its Via cannot be read.
    pub fn respond_statelessly(&mut self, mut response: Response, flow: Flow) {
        let reply = match transport::stamp(&mut response.headers, flow.remote) {
            Ok(via) => transport::reply_flow(&via, flow),
            Err(_) => flow,
        };
        self.transmit(reply, response.to_bytes());
    }

    /// The transport could not deliver by `flow`, or its connection is gone.
    pub fn handle_unreachable(&mut self, flow: &Flow, now: Instant) {
        let lane = flow.lane();
        let first = Id::Client(ClientId(0));
        let last = Id::Server(ServerId(u64::MAX));
        let concerned: Vec<Id> = self
            .lanes
            .range((lane, first)..=(lane, last))
            .map(|(_, id)| *id)
            .collect();
        for id in concerned {
            match id {
                Id::Client(id) => self.client_unreachable(id, now),
                Id::Server(id) => self.server_unreachable(id),
            }
        }
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(&(at, id)) = self.deadlines.first()
            && at <= now
        {
            match id {
                Id::Client(id) => {
                    if let Some(client) = self.clients.get_mut(&id) {
                        client.machine.handle_timeout(now);
                    }
                    self.settle_client(id, None, now);
                }
                Id::Server(id) => {
                    if let Some(server) = self.servers.get_mut(&id) {
                        server.machine.handle_timeout(now);
                    }
                    self.settle_server(id);
                }
            }
        }
    }

    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// How many are alive.
    pub fn len(&self) -> usize {
        self.clients.len() + self.servers.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Requests of peers.
impl Transactions {
    fn handle_request(&mut self, mut request: Request, flow: Flow, now: Instant) {
        let Ok(via) = transport::stamp(&mut request.headers, flow.remote) else {
            return;
        };
        match request.method {
            Method::Ack => self.handle_ack(request, &via, flow, now),
            Method::Cancel => self.handle_cancel(request, &via, flow, now),
            _ => self.handle_new_or_repeated(request, &via, flow, now),
        }
    }

    fn handle_new_or_repeated(&mut self, request: Request, via: &Via, flow: Flow, now: Instant) {
        let Ok(key) = ServerKey::of(&request, via, request.method.clone()) else {
            return;
        };
        if self.repeat(&key) || self.refuse_for_want_of_room(&request, flow) {
            return;
        }
        let merge = MergeKey::of(&request);
        let merged = merge
            .as_ref()
            .is_some_and(|merge| self.merges.contains_key(merge));
        if merged {
            let id = self.insert_server(key, None, &request, via, flow, now);
            self.answer(id, &request, 482, now);
            return;
        }
        let id = self.insert_server(key, merge, &request, via, flow, now);
        self.outputs.push_back(Output::Request {
            id,
            request: Box::new(request),
            flow,
        });
    }

    fn handle_ack(&mut self, request: Request, via: &Via, flow: Flow, now: Instant) {
        let known = ServerKey::of(&request, via, Method::Invite)
            .ok()
            .and_then(|key| self.server_ids.get(&key).copied());
        let concerns = known.and_then(|id| match &mut self.servers.get_mut(&id)?.machine {
            ServerMachine::Invite(invite) => Some((id, invite.handle_ack(now))),
            ServerMachine::Other(_) => None,
        });
        if let Some((id, _)) = concerns {
            self.settle_server(id);
        }
        match concerns {
            Some((_, Concerns::Transaction)) => {}
            Some((_, Concerns::Dialog)) | None => self.outputs.push_back(Output::Ack {
                request: Box::new(request),
                flow,
            }),
        }
    }

    /// §9.2: a CANCEL is answered whatever became of its INVITE.
    fn handle_cancel(&mut self, request: Request, via: &Via, flow: Flow, now: Instant) {
        let (Ok(own), Ok(invite)) = (
            ServerKey::of(&request, via, Method::Cancel),
            ServerKey::of(&request, via, Method::Invite),
        ) else {
            return;
        };
        if self.repeat(&own) || self.refuse_for_want_of_room(&request, flow) {
            return;
        }
        let cancelled = self.server_ids.get(&invite).copied();
        let id = self.insert_server(own, None, &request, via, flow, now);
        let Some(invite) = cancelled else {
            self.answer(id, &request, 481, now);
            return;
        };
        if let Some(server) = self.servers.get(&invite) {
            let tag = server.tag.clone();
            let tag = tag.unwrap_or_else(|| self.dice.token(8));
            self.respond(id, request.response(200, None, &tag), now);
        }
        let waits = self.servers.get(&invite).is_some_and(
            |server| matches!(&server.machine, ServerMachine::Invite(i) if i.is_unanswered()),
        );
        if waits {
            self.outputs.push_back(Output::Cancelled {
                id: invite,
                request: Box::new(request),
            });
        }
    }

    /// Answers a request that is known already with what was said last.
    fn repeat(&mut self, key: &ServerKey) -> bool {
        let Some(id) = self.server_ids.get(key).copied() else {
            return false;
        };
        if let Some(server) = self.servers.get_mut(&id) {
            match &mut server.machine {
                ServerMachine::Invite(invite) => invite.handle_repeat(),
                ServerMachine::Other(other) => other.handle_repeat(),
            }
        }
        self.settle_server(id);
        true
    }

    fn refuse_for_want_of_room(&mut self, request: &Request, flow: Flow) -> bool {
        let within_dialog = request.headers.to().is_ok_and(|to| to.tag().is_some());
        let room = match within_dialog || request.method == Method::Cancel {
            true => self.limit + self.limit / 4,
            false => self.limit,
        };
        if self.len() < room {
            return false;
        }
        let mut response = request.response(503, None, &self.dice.token(8));
        // Spread, so that those who come back do not come back together.
        let retry_after = 5 + self.dice.below(6);
        response
            .headers
            .push(Name::RetryAfter, retry_after.to_string());
        self.respond_statelessly(response, flow);
        true
    }

    /// A final response that needs no thought.
    fn answer(&mut self, id: ServerId, request: &Request, code: u16, now: Instant) {
        let tag = self.dice.token(8);
        self.respond(id, request.response(code, None, &tag), now);
    }

    fn insert_server(
        &mut self,
        key: ServerKey,
        merge: Option<MergeKey>,
        request: &Request,
        via: &Via,
        flow: Flow,
        now: Instant,
    ) -> ServerId {
        let id = ServerId(self.fresh_id());
        let reliable = flow.transport.is_reliable();
        let trying = request.response(100, None, "").to_bytes();
        let machine = match request.method {
            Method::Invite => ServerMachine::Invite(InviteServer::new(trying, reliable)),
            _ => ServerMachine::Other(Server::new(trying, reliable, now)),
        };
        let reply = transport::reply_flow(via, flow);
        let elsewhere = transport::reply_elsewhere(via, flow);
        if elsewhere.is_some() {
            self.lanes.insert((reply.lane(), Id::Server(id)));
        }
        if let Some(merge) = &merge {
            self.merges.insert(merge.clone(), id);
        }
        self.server_ids.insert(key.clone(), id);
        self.servers.insert(
            id,
            ServerEntry {
                machine,
                key,
                merge,
                reply,
                elsewhere,
                tag: None,
                deadline: None,
            },
        );
        self.settle_server(id);
        id
    }

    /// The connection is gone: the last response goes by another (§18.2.2), once.
    fn server_unreachable(&mut self, id: ServerId) {
        let Some(server) = self.servers.get_mut(&id) else {
            return;
        };
        let Some(elsewhere) = server.elsewhere.take() else {
            return;
        };
        self.lanes.remove(&(server.reply.lane(), Id::Server(id)));
        server.reply = elsewhere;
        let last = match &server.machine {
            ServerMachine::Invite(invite) => invite.last_response().cloned(),
            // Nothing that is still waited for has been sent.
            ServerMachine::Other(_) => None,
        };
        if let Some(last) = last {
            self.transmit(elsewhere, last);
        }
    }

    /// Takes what a transaction says and books when it wants to be woken, or takes it out.
    fn settle_server(&mut self, id: ServerId) {
        let Some(server) = self.servers.get_mut(&id) else {
            return;
        };
        let reply = server.reply;
        match &mut server.machine {
            ServerMachine::Invite(invite) => {
                while let Some(output) = invite.poll() {
                    self.outputs.push_back(match output {
                        invite_server::Output::Transmit(bytes) => {
                            Output::Transmit { flow: reply, bytes }
                        }
                        invite_server::Output::Unacknowledged => Output::Unacknowledged { id },
                    });
                }
            }
            ServerMachine::Other(other) => {
                while let Some(bytes) = other.poll() {
                    let output = Output::Transmit { flow: reply, bytes };
                    self.outputs.push_back(output);
                }
            }
        }
        if server.machine.is_terminated() {
            self.remove_server(id);
            return;
        }
        let next = server.machine.next_deadline();
        let booked = std::mem::replace(&mut server.deadline, next);
        self.book(Id::Server(id), booked, next);
    }

    fn remove_server(&mut self, id: ServerId) {
        let Some(server) = self.servers.remove(&id) else {
            return;
        };
        self.book(Id::Server(id), server.deadline, None);
        self.server_ids.remove(&server.key);
        self.lanes.remove(&(server.reply.lane(), Id::Server(id)));
        if let Some(merge) = &server.merge {
            self.merges.remove(merge);
        }
    }
}

/// Requests of ours.
impl Transactions {
    fn handle_response(&mut self, response: Response, flow: Flow, now: Instant) {
        let Some(key) = ClientKey::of(&response) else {
            return;
        };
        let Some(id) = self.client_ids.get(&key).copied() else {
            if key.method == Method::Invite && (200..=299).contains(&response.code) {
                self.outputs.push_back(Output::StrayAnswer {
                    response: Box::new(response),
                    flow,
                });
            }
            return;
        };
        if let Some(client) = self.clients.get_mut(&id) {
            client.datagram = None;
            client.machine.handle_response(response, now);
        }
        self.settle_client(id, Some(flow), now);
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one row of the table, taken apart"
    )]
    fn insert_client(
        &mut self,
        id: ClientId,
        key: ClientKey,
        machine: ClientMachine,
        audience: Audience,
        flow: Flow,
        datagram: Option<Box<Datagram>>,
        now: Instant,
    ) {
        self.client_ids.insert(key.clone(), id);
        self.lanes.insert((flow.lane(), Id::Client(id)));
        self.clients.insert(
            id,
            ClientEntry {
                machine,
                audience,
                key,
                flow,
                datagram,
                deadline: None,
            },
        );
        self.settle_client(id, None, now);
    }

    fn client_unreachable(&mut self, id: ClientId, now: Instant) {
        let Some(client) = self.clients.get_mut(&id) else {
            return;
        };
        match client.datagram.take() {
            Some(datagram) if client.machine.is_unheard() => {
                self.lanes.remove(&(client.flow.lane(), Id::Client(id)));
                self.lanes.insert((datagram.flow.lane(), Id::Client(id)));
                client.flow = datagram.flow;
                client.machine =
                    ClientMachine::new(datagram.request, datagram.bytes, datagram.flow, now);
                self.remember_without_stream(datagram.flow.remote, now);
            }
            _ => client.machine.handle_unreachable(),
        }
        self.settle_client(id, None, now);
    }

    /// Takes what a transaction says and books when it wants to be woken, or takes it out. `heard_by`
    /// is the flow of the response that it has just been given.
    fn settle_client(&mut self, id: ClientId, heard_by: Option<Flow>, now: Instant) {
        let Some(client) = self.clients.get_mut(&id) else {
            return;
        };
        let (flow, audience) = (client.flow, client.audience);
        let mut cancel = None;
        while let Some(output) = client.machine.poll() {
            use invite_client::Output::*;
            let output = match (output, audience) {
                (Transmit(bytes), _) => Output::Transmit { flow, bytes },
                (Cancel(request), _) => {
                    cancel = Some((request, client.key.branch.clone()));
                    continue;
                }
                (Respond(response), Audience::Above) => Output::Response {
                    id,
                    response,
                    flow: heard_by.unwrap_or(flow),
                },
                (TimeOut, Audience::Above) => Output::TimedOut { id },
                (Unreachable, Audience::Above) => Output::Unreachable { id },
                (Respond(_) | TimeOut | Unreachable, Audience::Nobody) => continue,
            };
            self.outputs.push_back(output);
        }
        if client.machine.is_terminated() {
            self.remove_client(id);
        } else {
            let next = client.machine.next_deadline();
            let booked = std::mem::replace(&mut client.deadline, next);
            self.book(Id::Client(id), booked, next);
        }
        if let Some((request, branch)) = cancel {
            let key = ClientKey {
                branch,
                method: Method::Cancel,
            };
            let bytes = request.to_bytes();
            let machine = ClientMachine::new(*request, bytes, flow, now);
            let id = ClientId(self.fresh_id());
            self.insert_client(id, key, machine, Audience::Nobody, flow, None, now);
        }
    }

    fn remove_client(&mut self, id: ClientId) {
        if let Some(client) = self.clients.remove(&id) {
            self.book(Id::Client(id), client.deadline, None);
            self.client_ids.remove(&client.key);
            self.lanes.remove(&(client.flow.lane(), Id::Client(id)));
        }
    }

    /// The stream that a request of `size` bytes takes instead of `flow`, if any (§18.1.1).
    fn stream_for(&self, size: usize, flow: &Flow, now: Instant) -> Option<Flow> {
        let refused = self.without_stream.get(&flow.remote);
        let refused = refused.is_some_and(|until| now < *until);
        if flow.transport != Transport::Udp || size <= LARGEST_DATAGRAM || refused {
            return None;
        }
        transport::stream_instead(&self.listeners, flow)
    }

    fn remember_without_stream(&mut self, peer: SocketAddr, now: Instant) {
        if self.without_stream.len() >= MOST_WITHOUT_STREAM {
            self.without_stream.retain(|_, until| now < *until);
        }
        if self.without_stream.len() < MOST_WITHOUT_STREAM {
            self.without_stream.insert(peer, now + NO_STREAM_FOR);
        }
    }
}

/// What both sides need.
impl Transactions {
    fn transmit(&mut self, flow: Flow, bytes: Bytes) {
        if transport::is_single_host(flow.remote) {
            self.outputs.push_back(Output::Transmit { flow, bytes });
        }
    }

    fn book(&mut self, id: Id, booked: Option<Instant>, next: Option<Instant>) {
        if booked == next {
            return;
        }
        if let Some(at) = booked {
            self.deadlines.remove(&(at, id));
        }
        if let Some(at) = next {
            self.deadlines.insert((at, id));
        }
    }

    fn fresh_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    fn fresh_branch(&mut self) -> String {
        format!("{COOKIE}{}", self.dice.token(8))
    }
}

impl ClientMachine {
    fn new(request: Request, sent: Bytes, flow: Flow, now: Instant) -> ClientMachine {
        let reliable = flow.transport.is_reliable();
        match request.method {
            Method::Invite => {
                let invite = InviteClient::new(request, sent, reliable, now);
                ClientMachine::Invite(Box::new(invite))
            }
            _ => ClientMachine::Other(Client::new(sent, reliable, now)),
        }
    }

    fn handle_response(&mut self, response: Response, now: Instant) {
        match self {
            ClientMachine::Invite(invite) => invite.handle_response(response, now),
            ClientMachine::Other(other) => other.handle_response(response, now),
        }
    }

    fn handle_unreachable(&mut self) {
        match self {
            ClientMachine::Invite(invite) => invite.handle_unreachable(),
            ClientMachine::Other(other) => other.handle_unreachable(),
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        match self {
            ClientMachine::Invite(invite) => invite.handle_timeout(now),
            ClientMachine::Other(other) => other.handle_timeout(now),
        }
    }

    fn poll(&mut self) -> Option<invite_client::Output> {
        match self {
            ClientMachine::Invite(invite) => invite.poll(),
            ClientMachine::Other(other) => other.poll().map(|output| match output {
                client::Output::Transmit(bytes) => invite_client::Output::Transmit(bytes),
                client::Output::Respond(response) => invite_client::Output::Respond(response),
                client::Output::TimeOut => invite_client::Output::TimeOut,
                client::Output::Unreachable => invite_client::Output::Unreachable,
            }),
        }
    }

    fn next_deadline(&self) -> Option<Instant> {
        match self {
            ClientMachine::Invite(invite) => invite.next_deadline(),
            ClientMachine::Other(other) => other.next_deadline(),
        }
    }

    fn is_unheard(&self) -> bool {
        match self {
            ClientMachine::Invite(invite) => invite.is_unheard(),
            ClientMachine::Other(other) => other.is_unheard(),
        }
    }

    fn is_terminated(&self) -> bool {
        match self {
            ClientMachine::Invite(invite) => invite.is_terminated(),
            ClientMachine::Other(other) => other.is_terminated(),
        }
    }
}

impl ServerMachine {
    fn handle_timeout(&mut self, now: Instant) {
        match self {
            ServerMachine::Invite(invite) => invite.handle_timeout(now),
            ServerMachine::Other(other) => other.handle_timeout(now),
        }
    }

    fn next_deadline(&self) -> Option<Instant> {
        match self {
            ServerMachine::Invite(invite) => invite.next_deadline(),
            ServerMachine::Other(other) => other.next_deadline(),
        }
    }

    fn is_terminated(&self) -> bool {
        match self {
            ServerMachine::Invite(invite) => invite.is_terminated(),
            ServerMachine::Other(other) => other.is_terminated(),
        }
    }
}

#[cfg(test)]
mod tests;
