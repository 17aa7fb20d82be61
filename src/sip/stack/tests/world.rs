//! A small world in virtual time: stacks and hand-written peers that exchange bytes, ten milliseconds
//! away from each other.
//!
//! A story is a list of steps, one a line: `SECONDS WHO VERB …`. `A`, `B` and `D` are stacks; `X` and `Y`
//! are peers by hand, who say exactly what the story says and nothing else. A step that cannot happen
//! yet (an answer before the call came) waits until it can.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::base::pii::Secret;
use crate::base::{Dice, LegId};
use crate::sip::message::{
    Body, Headers, Message, Method, Name, NameAddr, Request, Response, Uri, parse,
};
use crate::sip::refer::{EventName, SubscriptionState, sipfrag, status_of};
use crate::sip::stack::*;
use crate::sip::transport::{Flow, Listener, Target, Transport};

const DELAY: Duration = Duration::from_millis(10);
const STEP: Duration = Duration::from_millis(10);
/// No story lasts longer.
const LONGEST: Duration = Duration::from_secs(8000);

/// What came of a story.
pub struct Outcome {
    /// Everything that was said and noticed.
    pub ladder: String,
    /// What the layers above noticed in the end, per stack, without progress.
    pub state: String,
    pub messages: usize,
}

/// How the world is set up.
#[derive(Clone, Debug, Default)]
pub struct Setting {
    /// Which messages are lost, counted from 1.
    pub lost: BTreeSet<usize>,
    /// Which texts in a first line or NOTIFY lose a message always.
    pub always_lost: Vec<&'static str>,
    pub session_expires_s: u32,
    pub most_legs: Option<usize>,
    pub transport: Option<Transport>,
    /// A net that loses, doubles, delays and garbles, by this seed; steps that never become possible are
    /// left out, and in the end everybody hangs up.
    pub shaken: Option<u64>,
}

struct World {
    start: Instant,
    now: Instant,
    stacks: BTreeMap<&'static str, Actor>,
    peers: BTreeMap<&'static str, Peer>,
    /// The last number of a stack's requests by sender, Call-ID and both tags, and the branches so far.
    numbers: HashMap<String, (u32, BTreeSet<String>)>,
    /// By time and number.
    wire: BTreeMap<(Instant, usize), (Flow, Bytes)>,
    messages: usize,
    setting: Setting,
    dice: Option<Dice>,
    /// The terminated NOTIFYs by dialog and event, each by its branch.
    verdicts: HashMap<String, BTreeSet<String>>,
    /// The last `Refer-Events-At` that a peer was told.
    events_at: Option<String>,
    ladder: String,
    state: BTreeMap<&'static str, Vec<String>>,
}

/// A stack and what its layers above remember.
struct Actor {
    stack: Stack,
    legs: Vec<LegId>,
    live: BTreeSet<LegId>,
    offers: Vec<OfferId>,
    refers: Vec<ReferId>,
    questions: Vec<TransactionId>,
    dealt: u64,
    /// Its last REFER.
    referred: u64,
}

/// A peer by hand.
#[derive(Default)]
struct Peer {
    /// The last request of each method that came.
    heard: HashMap<String, Request>,
    /// The last INVITE of ours, and the last response to it with a tag.
    invite: Option<Request>,
    response: Option<Response>,
    refusal: Option<Response>,
    rseq: String,
    cseq: u32,
    calls: u32,
    /// What is answered without being told to: method and code.
    habits: HashMap<String, u16>,
    /// How often this peer sent something, for its branches.
    sent: u32,
}

fn address(name: &str) -> SocketAddr {
    let last = match name {
        "A" => 1,
        "B" => 2,
        "D" => 4,
        "X" => 11,
        "Y" => 12,
        other => panic!("nobody is called {other}"),
    };
    SocketAddr::from(([10, 0, 0, last], 5060))
}

fn name_of(address: SocketAddr) -> &'static str {
    ["A", "B", "D", "X", "Y"]
        .into_iter()
        .find(|name| self::address(name) == address)
        .unwrap_or("?")
}

pub fn sdp(name: &str) -> Body {
    Body {
        content_type: "application/sdp".to_string(),
        bytes: format!("v=0\r\ns={name}\r\n").into(),
    }
}

/// Plays a story to its end and beyond: until nothing moves any more. Then nothing may be left.
#[track_caller]
pub fn play(story: &str, setting: Setting) -> Outcome {
    let start = Instant::now();
    let mut world = World {
        start,
        now: start,
        stacks: BTreeMap::new(),
        peers: BTreeMap::from([("X", Peer::default()), ("Y", Peer::default())]),
        numbers: HashMap::new(),
        wire: BTreeMap::new(),
        messages: 0,
        dice: setting.shaken.map(Dice::from_seed),
        verdicts: HashMap::new(),
        setting,
        events_at: None,
        ladder: String::new(),
        state: BTreeMap::new(),
    };
    for (seed, name) in ["A", "B", "D"].into_iter().enumerate() {
        world.add_stack(name, seed as u64 + 1);
    }
    for step in story.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (at, what) = step.split_once(' ').expect("a time and a step");
        let at = start + Duration::from_secs_f64(at.parse().expect("seconds"));
        world.run_until(at);
        let mut patience = 0;
        while !world.act(what.trim()) {
            patience += 1;
            if patience > 3000 && world.dice.is_some() {
                break;
            }
            assert!(
                patience < 10_000,
                "never possible: {step}\n{}",
                world.ladder
            );
            world.run_until(world.now + STEP);
        }
        world.collect();
    }
    if world.dice.is_some() {
        world.run_until(start + LONGEST / 4);
        world.hang_up_all();
    }
    world.run_until(start + LONGEST);
    for (name, actor) in &world.stacks {
        let left = (
            actor.stack.census(),
            actor.stack.legs.len(),
            actor.live.len(),
        );
        let deadlines = actor.stack.deadlines.len();
        assert_eq!(
            (left, deadlines),
            ((Census::default(), 0, 0), 0),
            "left at {name}\n{}",
            world.ladder
        );
    }
    let state = world
        .state
        .iter()
        .fold(String::new(), |text, (name, noticed)| {
            text + name + ": " + &noticed.join(", ") + "\n"
        });
    Outcome {
        ladder: world.ladder,
        state,
        messages: world.messages,
    }
}

impl World {
    fn add_stack(&mut self, name: &'static str, seed: u64) {
        let listener = |transport| Listener {
            transport,
            bound: address(name),
            advertised: address(name),
        };
        let settings = Settings {
            product: "switchhook".to_string(),
            listeners: vec![listener(Transport::Udp), listener(Transport::Tcp)],
            session_expires_s: self.setting.session_expires_s,
            min_se_s: 90,
            most_legs: self.setting.most_legs.unwrap_or(100),
        };
        let actor = Actor {
            stack: Stack::new(settings, Dice::from_seed(seed)),
            legs: Vec::new(),
            live: BTreeSet::new(),
            offers: Vec::new(),
            refers: Vec::new(),
            questions: Vec::new(),
            dealt: 0,
            referred: 0,
        };
        self.stacks.insert(name, actor);
    }

    fn stamp(&self) -> String {
        let at = self.now.duration_since(self.start).as_secs_f64();
        format!("{at:06.3}")
    }

    /// Moves on to `until`, from one thing that happens to the next.
    fn run_until(&mut self, until: Instant) {
        self.collect();
        for _ in 0..100_000 {
            let message = self.wire.keys().next().map(|(at, _)| *at);
            let stacks = self.stacks.values();
            let deadline = stacks.filter_map(|actor| actor.stack.next_deadline()).min();
            let next = message.into_iter().chain(deadline).min();
            let Some(next) = next.filter(|next| *next <= until) else {
                self.now = self.now.max(until);
                return;
            };
            self.now = self.now.max(next);
            if message == Some(next) {
                let ((_, _), (flow, bytes)) = self.wire.pop_first().expect("seen above");
                self.arrive(flow, bytes);
            } else {
                for actor in self.stacks.values_mut() {
                    if actor.stack.next_deadline().is_some_and(|at| at <= self.now) {
                        actor.stack.handle_timeout(self.now);
                    }
                }
            }
            self.collect();
        }
        panic!("it never ends:\n{}", self.ladder);
    }

    /// `flow` as the sender has it.
    fn arrive(&mut self, flow: Flow, bytes: Bytes) {
        let name = name_of(flow.remote);
        let mirrored = Flow {
            transport: flow.transport,
            local: flow.remote,
            remote: flow.local,
        };
        if let Some(actor) = self.stacks.get_mut(name) {
            actor.stack.handle_message(mirrored, bytes, self.now);
        } else {
            self.peer_hears(name, mirrored, bytes);
        }
    }

    /// Takes what the stacks have to say.
    fn collect(&mut self) {
        let names: Vec<&'static str> = self.stacks.keys().copied().collect();
        for name in names {
            loop {
                let actor = self.stacks.get_mut(name).expect("a name of the map");
                match actor.stack.poll() {
                    None => break,
                    Some(Output::Transmit { flow, bytes }) => self.transmit(flow, bytes),
                    Some(Output::Event(event)) => self.notice(name, event),
                    Some(Output::Resolve { query, uri }) => {
                        let host = uri.as_sip().map(|uri| uri.host.clone()).unwrap_or_default();
                        writeln!(self.ladder, "{} {name}     asks for {host}", self.stamp())
                            .expect("a string takes all");
                        if host.starts_with("slow") {
                            continue;
                        }
                        // `b-x.test` leads to B, then to X.
                        let targets = host
                            .strip_suffix(".test")
                            .map(|names| names.split('-'))
                            .into_iter()
                            .flatten()
                            .map(|name| Target {
                                transport: Transport::Udp,
                                remote: address(&name.to_uppercase()),
                            })
                            .collect();
                        let now = self.now;
                        let actor = self.stacks.get_mut(name).expect("a name of the map");
                        actor.stack.handle_resolved(query, targets, now);
                    }
                }
            }
        }
    }

    fn transmit(&mut self, flow: Flow, bytes: Bytes) {
        self.messages += 1;
        let message = match parse(bytes.clone()) {
            Ok(message) => message,
            // The answer to what cannot be read copies what cannot be read.
            Err(_) if self.dice.is_some() && bytes.starts_with(b"SIP/2.0 ") => return,
            Err(malformed) => panic!("what is sent can be read: {malformed}\n{}", self.ladder),
        };
        self.watch_numbers(flow, &message);
        let line = describe(&message);
        let always = self.setting.always_lost.iter();
        let lost = self.setting.lost.contains(&self.messages)
            || always.clone().any(|text| line.contains(text));
        let arrow = if lost { "-×" } else { "->" };
        let transport = match flow.transport {
            Transport::Udp => String::new(),
            other => format!(" ({other})"),
        };
        let (from, to) = (name_of(flow.local), name_of(flow.remote));
        writeln!(
            self.ladder,
            "{} {from} {arrow} {to} {line}{transport}",
            self.stamp()
        )
        .expect("a string takes all");
        if lost {
            return;
        }
        match &mut self.dice {
            None => {
                let key = (self.now + DELAY, self.messages);
                self.wire.insert(key, (flow, bytes));
            }
            Some(dice) => {
                let copies = [0, 1, 1, 1, 1, 1, 1, 2][dice.below(8) as usize];
                for copy in 0..copies + dice.below(4) / 3 {
                    let bytes = match copy < copies {
                        true => bytes.clone(),
                        false => garble(dice, &bytes),
                    };
                    let delay = Duration::from_millis(1 + dice.below(200));
                    let number = self.messages * 10 + copy as usize;
                    self.wire.insert((self.now + delay, number), (flow, bytes));
                }
            }
        }
    }

    fn hang_up_all(&mut self) {
        let now = self.now;
        for actor in self.stacks.values_mut() {
            for leg in actor.live.clone() {
                let headers = Headers::new();
                let hangup = Command::Hangup { leg, headers };
                actor.stack.handle_command(hangup, now);
            }
        }
    }

    /// Requests of a dialog have rising numbers; a repeat has the branch of the first.
    fn watch_numbers(&mut self, flow: Flow, message: &Message) {
        let Message::Request(request) = message else {
            return;
        };
        if matches!(request.method, Method::Ack | Method::Cancel) {
            return;
        }
        let headers = &request.headers;
        let branch = headers
            .via()
            .ok()
            .and_then(|via| via.branch().map(str::to_string));
        let branch = branch.expect("a branch");
        let number = headers.cseq().expect("a number").number;
        let parts = [&Name::CallId, &Name::From, &Name::To].map(|name| headers.text(name));
        let dialog = format!("{} {parts:?}", flow.local);
        if SubscriptionState::of(headers).is_some_and(|state| state.terminated) {
            let event = headers.text(&Name::Event).unwrap_or_default();
            let verdicts = self.verdicts.entry(format!("{dialog} {event}"));
            let verdicts = verdicts.or_default();
            verdicts.insert(branch.clone());
            assert!(verdicts.len() == 1, "two verdicts\n{}", self.ladder);
        }
        let (last, branches) = self.numbers.entry(dialog).or_default();
        if branches.insert(branch) {
            // An INVITE that goes to another target keeps its number.
            let same = number == *last && request.method == Method::Invite;
            assert!(
                number > *last || same,
                "number {number} after {last}\n{}",
                self.ladder
            );
            *last = number;
        }
    }

    fn notice(&mut self, name: &'static str, event: Event) {
        let text = tell(&event);
        writeln!(self.ladder, "{} {name}     {text}", self.stamp()).expect("a string takes all");
        let last = !matches!(
            event,
            Event::Progress { .. }
                | Event::Confirmed { .. }
                | Event::ReferNotified { ended: false, .. }
        );
        if last {
            self.state.entry(name).or_default().push(text);
        }
        let actor = self.stacks.get_mut(name).expect("a name of the map");
        match event {
            Event::Incoming { leg, .. } => {
                actor.legs.push(leg);
                actor.live.insert(leg);
            }
            Event::Gone { leg } => {
                assert!(
                    actor.live.remove(&leg),
                    "{leg} is gone twice\n{}",
                    self.ladder
                );
            }
            Event::Offered { offer, .. } => actor.offers.push(offer),
            Event::Referred { refer, .. } => actor.refers.push(refer),
            Event::Request { transaction, .. } => actor.questions.push(transaction),
            _ => {}
        }
    }

    /// One step. `false` where it is not possible yet.
    fn act(&mut self, step: &str) -> bool {
        let mut parts = step.split(" | ").map(str::trim);
        let words: Vec<&str> = parts
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .collect();
        let extra: Vec<&str> = parts.collect();
        let (who, words) = words.split_first().expect("somebody acts");
        match *who {
            "X" | "Y" => self.peer_acts(who, words, &extra),
            who => self.stack_acts(who, words, &extra),
        }
    }

    fn stack_acts(&mut self, who: &str, words: &[&str], extra: &[&str]) -> bool {
        let now = self.now;
        let transport = self.setting.transport;
        let (who, number) = match who.split_once('@') {
            Some((who, number)) => (who, number.parse::<usize>().ok()),
            None => (who, None),
        };
        let actor = self.stacks.get_mut(who).expect("a stack of this world");
        let leg = match number {
            Some(number) => actor.legs.get(number - 1).copied(),
            None => actor.legs.last().copied(),
        };
        let mut headers = Headers::new();
        for header in extra {
            let (name, value) = header.split_once(": ").expect("a header");
            headers.push(Name::parse(name.as_bytes()), value.to_string());
        }
        let has = |word: &str| words.contains(&word);
        let code = words.get(1).and_then(|word| word.parse::<u16>().ok());
        let body = words
            .iter()
            .find_map(|word| word.strip_prefix("sdp="))
            .map(sdp);
        let reason = None;
        let login = has("login").then(|| Credentials {
            username: "alice".to_string(),
            password: Secret::new("wonderland"),
        });
        let uri = |text: &str| Uri::parse(text.as_bytes()).expect("a URI");
        actor.dealt += 1;
        let dealt = actor.dealt;
        let me = format!("sip:{}@{}", who.to_lowercase(), address(who));
        let command = match (words[0], leg) {
            ("invite", _) => {
                let leg = LegId(dealt);
                actor.legs.push(leg);
                actor.live.insert(leg);
                let mut target = match words[1].contains(':') {
                    true => words[1].to_string(),
                    false => format!("sip:bob@{}", address(words[1])),
                };
                if transport == Some(Transport::Tcp) {
                    target += ";transport=tcp";
                }
                Command::Invite(Box::new(Invite {
                    leg,
                    uri: uri(&target),
                    from: NameAddr::new(uri(&me)),
                    to: NameAddr::new(uri(&target)),
                    route: None,
                    flow: None,
                    headers,
                    body: if has("nosdp") {
                        None
                    } else {
                        Some(sdp(&who.to_lowercase()))
                    },
                    credentials: login,
                    max_forwards: 70,
                }))
            }
            ("outside", _) => Command::RequestOutside(Box::new(Outside {
                id: RequestId(dealt),
                method: Method::from(words[1]),
                uri: uri(&match words[2].contains(':') {
                    true => words[2].to_string(),
                    false => format!("sip:{}", address(words[2])),
                }),
                from: NameAddr::new(uri(&me)),
                to: NameAddr::new(uri(&me)),
                call_id: None,
                cseq: 1,
                contact_user: Some("alice".to_string()),
                flow: None,
                headers,
                body: None,
                credentials: login,
            })),
            ("drain", _) => Command::Drain,
            // A unreachable X: the network says that nobody is there.
            ("unreachable", _) => {
                let flow = Flow {
                    transport: transport.unwrap_or(Transport::Udp),
                    local: address(who),
                    remote: address(words[1]),
                };
                actor.stack.handle_unreachable(&flow, now);
                return true;
            }
            ("respond", _) => match actor.questions.pop() {
                Some(transaction) => Command::Respond {
                    transaction,
                    code: code.expect("a code"),
                    reason,
                    headers,
                    body,
                },
                None => return false,
            },
            ("adopt", Some(about)) => match actor.questions.pop() {
                Some(transaction) => Command::AdoptRefer {
                    transaction,
                    about,
                    flow: Flow {
                        transport: Transport::Udp,
                        local: address(who),
                        remote: address("X"),
                    },
                },
                None => return false,
            },
            ("answeroffer", _) => match actor.offers.pop() {
                Some(offer) => Command::AnswerOffer {
                    offer,
                    outcome: code.map_or(Ok(body), Err),
                },
                None => return false,
            },
            ("accept" | "refuse" | "notify", _) => {
                let refer = match words.iter().find_map(|word| word.strip_prefix('#')) {
                    Some(number) => actor.refers.get(number.parse::<usize>().unwrap() - 1),
                    None => actor.refers.last(),
                };
                let Some(refer) = refer.copied() else {
                    return false;
                };
                match words[0] {
                    "accept" => Command::AcceptRefer {
                        refer,
                        code: code.unwrap_or(202),
                        expires_s: 60,
                        subscribe: !has("silent"),
                        id: match () {
                            () if has("always") => NotifyId::Always,
                            () if has("never") => NotifyId::Never,
                            () => NotifyId::Auto,
                        },
                        final_at_once: has("at-once"),
                    },
                    "refuse" => Command::RefuseRefer {
                        refer,
                        code: code.expect("a code"),
                        reason,
                        headers,
                    },
                    _ => Command::Notify {
                        refer,
                        code: code.expect("a code"),
                        reason,
                    },
                }
            }
            (_, None) => return false,
            ("ring", Some(leg)) => Command::Progress {
                leg,
                code: code.unwrap_or(180),
                headers,
                body,
            },
            ("answer", Some(leg)) => Command::Answer {
                leg,
                headers,
                body: body.or_else(|| Some(sdp(&who.to_lowercase()))),
            },
            ("reject", Some(leg)) => Command::Reject {
                leg,
                code: code.expect("a code"),
                reason,
                headers,
            },
            ("hangup", Some(leg)) => Command::Hangup { leg, headers },
            ("offer", Some(leg)) => Command::Offer {
                leg,
                body: body.expect("an offer"),
            },
            ("tell", Some(leg)) => Command::RequestWithin {
                id: RequestId(dealt),
                leg,
                method: Method::from(words[1]),
                headers,
                body,
            },
            ("refer", Some(leg)) => Command::Refer {
                refer: ReferId(dealt),
                leg,
                refer_to: match words[1].strip_prefix("leg#") {
                    Some(number) => ReferTo::InPlaceOf {
                        leg: actor.legs[number.parse::<usize>().unwrap() - 1],
                        at: words
                            .iter()
                            .find_map(|word| word.strip_prefix("at="))
                            .map(str::to_string),
                    },
                    None => ReferTo::Address(words[1].to_string()),
                },
                referred_by: match words.get(2) {
                    Some(&"login") => ReferredBy::Nobody,
                    Some(&"peer") => ReferredBy::Peer,
                    Some(word) => ReferredBy::Address(word.to_string()),
                    None => ReferredBy::Nobody,
                },
                headers,
                credentials: login,
                patience: Duration::from_secs(32),
            },
            // The last REFER of its own; they have the numbers of the steps.
            ("forget", _) => Command::ForgetRefer {
                refer: ReferId(actor.referred),
            },
            (other, _) => panic!("no stack can {other}"),
        };
        if let Command::Refer { refer, .. } = &command {
            actor.referred = refer.0;
        }
        actor.stack.handle_command(command, now);
        true
    }

    // Peers by hand.

    fn peer_acts(&mut self, who: &str, words: &[&str], extra: &[&str]) -> bool {
        let name = name_of(address(who));
        match words[0] {
            // X reply 200 INVITE [tag=…] [sdp=…] | Header: value
            "reply" => {
                let method = words[2];
                let peer = self.peers.get(name).expect("a peer of this world");
                let Some(request) = peer.heard.get(method).cloned() else {
                    return false;
                };
                let code = words[1].parse().expect("a code");
                self.peer_replies(name, &request, code, words, extra);
            }
            // X habit NOTIFY 481
            "habit" => {
                let peer = self.peers.get_mut(name).expect("a peer of this world");
                peer.habits
                    .insert(words[1].to_string(), words[2].parse().expect("a code"));
            }
            // X send REFER B [cseq=…] [sdp=…] | Header: value
            "send" => return self.peer_sends(name, words, extra),
            // X raw B | start line | Header: value …
            "raw" => {
                let (body, lines): (Vec<&str>, Vec<&str>) =
                    extra.iter().partition(|line| line.starts_with("body="));
                let body = body.concat().replace("\\r\\n", "\r\n");
                let body = body.strip_prefix("body=").unwrap_or_default();
                let text = format!("{}\r\n\r\n{body}", lines.join("\r\n"));
                self.peer_transmits(name, words[1], text.into());
            }
            other => panic!("no peer can {other}"),
        }
        true
    }

    fn peer_replies(
        &mut self,
        name: &'static str,
        request: &Request,
        code: u16,
        words: &[&str],
        extra: &[&str],
    ) {
        let tag = words
            .iter()
            .find_map(|word| word.strip_prefix("tag="))
            .unwrap_or("hand");
        let body = words
            .iter()
            .find_map(|word| word.strip_prefix("sdp="))
            .map(sdp);
        let mut response = request.response(code, None, tag);
        if request.method != Method::Bye && code > 100 {
            let contact = format!("<sip:{}@{}>", name.to_lowercase(), address(name));
            response.headers.push(Name::Contact, contact);
        }
        push_extra(&mut response.headers, extra);
        let to = request.headers.via().ok().map(|via| via.host);
        let to = ["A", "B", "D"]
            .into_iter()
            .find(|name| to.as_deref() == Some(&address(name).ip().to_string()));
        let bytes = response.with_body(body).to_bytes();
        self.peer_transmits(name, to.unwrap_or("A"), bytes);
    }

    /// A request of the peer's: inside the dialog that its last INVITE or the last INVITE to it made,
    /// or a new INVITE.
    fn peer_sends(&mut self, name: &'static str, words: &[&str], extra: &[&str]) -> bool {
        let (method, to) = (Method::from(words[1]), words[2]);
        let word = |name| words.iter().find_map(|word| word.strip_prefix(name));
        let frag = |code: &str| sipfrag(code.parse().expect("a code"), "So");
        let body = word("sdp=").map(sdp).or(word("frag=").map(frag));
        let peer = self.peers.get_mut(name).expect("a peer of this world");
        peer.sent += 1;
        let me = format!("sip:{}@{}", name.to_lowercase(), address(name));
        let (mut from, mut towards) = (format!("<{me}>;tag=hand"), format!("<sip:{to}@test>"));
        let mut uri = format!("sip:{}@{}", to.to_lowercase(), address(to));
        let outside = words.contains(&"new");
        if words.contains(&"at-events") {
            match &self.events_at {
                Some(at) => uri = at.clone(),
                None => return false,
            }
        }
        if outside {
            peer.calls += 1;
        }
        let mut call_id = format!("{name}{}", peer.calls);
        if !outside {
            let refusal = peer.refusal.as_ref().filter(|_| words.contains(&"refused"));
            if let Some(response) = refusal.or(peer.response.as_ref()) {
                // We called.
                towards = response
                    .headers
                    .text(&Name::To)
                    .unwrap_or_default()
                    .to_string();
                call_id = response
                    .headers
                    .text(&Name::CallId)
                    .unwrap_or_default()
                    .to_string();
                if let Ok(Some(contact)) = response.headers.contact() {
                    uri = contact.uri.to_string();
                }
            } else if let Some(invite) = peer.heard.get("INVITE") {
                // We were called.
                let tag = words.iter().find_map(|word| word.strip_prefix("tag="));
                from = format!("<{me}>;tag={}", tag.unwrap_or("hand"));
                towards = invite
                    .headers
                    .text(&Name::From)
                    .unwrap_or_default()
                    .to_string();
                call_id = invite
                    .headers
                    .text(&Name::CallId)
                    .unwrap_or_default()
                    .to_string();
                if let Ok(Some(contact)) = invite.headers.contact() {
                    uri = contact.uri.to_string();
                }
            } else {
                return false;
            }
        }
        let cseq = words.iter().find_map(|word| word.strip_prefix("cseq="));
        let cseq = match (&method, cseq) {
            (_, Some(cseq)) => cseq.parse().expect("a number"),
            (Method::Ack | Method::Cancel, None) => {
                let invite = peer
                    .invite
                    .as_ref()
                    .and_then(|invite| invite.headers.cseq().ok());
                invite.map_or(1, |cseq| cseq.number)
            }
            _ => {
                peer.cseq += 1;
                peer.cseq
            }
        };
        let rseq = peer.rseq.clone();
        let extra: Vec<String> = extra
            .iter()
            .map(|header| header.replace("$RSEQ", &rseq))
            .collect();
        let extra: Vec<&str> = extra.iter().map(String::as_str).collect();
        let extra = &extra[..];
        let mut branch = format!("z9hG4bK{name}{}", peer.sent);
        let same = method == Method::Cancel || words.contains(&"refused");
        if let (true, Some(invite)) = (same, &peer.invite) {
            branch = invite
                .headers
                .via()
                .ok()
                .and_then(|via| via.branch().map(str::to_string))
                .unwrap_or_default();
            if method == Method::Cancel {
                towards = invite
                    .headers
                    .text(&Name::To)
                    .unwrap_or_default()
                    .to_string();
            }
        }
        let mut request = Request::new(method.clone(), Uri::parse(uri.as_bytes()).expect("a URI"));
        let headers = &mut request.headers;
        headers.push(
            Name::Via,
            format!("SIP/2.0/UDP {};branch={branch}", address(name)),
        );
        headers.push(Name::MaxForwards, "70");
        headers.push(Name::From, from);
        headers.push(Name::To, towards);
        headers.push(Name::CallId, call_id);
        headers.push(Name::Cseq, format!("{cseq} {method}"));
        if !words.contains(&"nocontact") {
            headers.push(Name::Contact, format!("<{me}>"));
        }
        push_extra(headers, extra);
        let request = request.with_body(body);
        if method == Method::Invite {
            peer.invite = Some(request.clone());
            if outside {
                peer.response = None;
                peer.cseq = cseq;
            }
        }
        self.peer_transmits(name, to, request.to_bytes());
        true
    }

    fn peer_transmits(&mut self, name: &str, to: &str, bytes: Bytes) {
        self.messages += 1;
        let line = match parse(bytes.clone()) {
            Ok(message) => describe(&message),
            Err(malformed) => format!("something malformed: {malformed}"),
        };
        writeln!(self.ladder, "{} {name} -> {to} {line}", self.stamp())
            .expect("a string takes all");
        let flow = Flow {
            transport: Transport::Udp,
            local: address(name),
            remote: address(to),
        };
        self.wire
            .insert((self.now + DELAY, self.messages), (flow, bytes));
    }

    fn peer_hears(&mut self, name: &'static str, _flow: Flow, bytes: Bytes) {
        let Some(peer) = self.peers.get_mut(name) else {
            return;
        };
        match parse(bytes) {
            Ok(Message::Request(request)) => {
                let method = request.method.to_string();
                peer.heard.insert(method.clone(), request.clone());
                if let Some(code) = peer.habits.get(&method).copied() {
                    self.peer_replies(name, &request, code, &[], &[]);
                }
            }
            Ok(Message::Response(response)) => {
                let events_at = response.headers.text(&Name::parse(b"Refer-Events-At"));
                if let Some(address) = events_at.and_then(|at| NameAddr::parse(at.as_bytes()).ok())
                {
                    self.events_at = Some(address.uri.to_string());
                }
                let invites = response
                    .headers
                    .cseq()
                    .is_ok_and(|c| c.method == Method::Invite);
                let tagged = response.headers.to().is_ok_and(|to| to.tag().is_some());
                if let Some(rseq) = response.headers.text(&Name::Rseq) {
                    peer.rseq = rseq.to_string();
                }
                match response.code {
                    _ if !invites || !tagged => {}
                    ..300 => peer.response = Some(response),
                    _ => peer.refusal = Some(response),
                }
            }
            Err(malformed) => panic!("{name} cannot read it: {malformed}"),
        }
    }
}

/// Something that is almost the message.
fn garble(dice: &mut Dice, bytes: &Bytes) -> Bytes {
    let mut bytes = bytes.to_vec();
    for _ in 0..=dice.below(3) {
        let at = dice.below(bytes.len().max(1) as u64) as usize;
        match dice.below(6) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, dice.below(256) as u8),
            2 => {
                bytes.remove(at);
            }
            3 => {
                let odd = b"\r\n\0;,<>\"@:% 0";
                bytes[at] = odd[dice.below(odd.len() as u64) as usize];
            }
            4 => bytes[at] = b'0' + dice.below(10) as u8,
            // A line goes to another place.
            _ => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let mut lines: Vec<&str> = text.split("\r\n").collect();
                let from = dice.below(lines.len() as u64) as usize;
                let line = lines.remove(from);
                let to = dice.below(lines.len() as u64 + 1) as usize;
                lines.insert(to, line);
                bytes = lines.join("\r\n").into_bytes();
            }
        }
        if bytes.is_empty() {
            break;
        }
    }
    bytes.into()
}

fn push_extra(headers: &mut Headers, extra: &[&str]) {
    for header in extra {
        let (name, value) = header.split_once(": ").expect("a header");
        let name = Name::parse(name.as_bytes());
        headers.push(name, value.to_string());
    }
}

/// A message in one line.
fn describe(message: &Message) -> String {
    let (mut line, headers, body) = match message {
        Message::Request(request) => {
            let mut line = request.method.to_string();
            if request.method == Method::Refer {
                let target = request.headers.text(&Name::ReferTo).unwrap_or("nowhere");
                line += &format!(" {target}");
            }
            if request.headers.get(&Name::Authorization).is_some() {
                line += " authorized";
            }
            (line, &request.headers, request.body())
        }
        Message::Response(response) => {
            let method = response.headers.cseq().map(|cseq| cseq.method.to_string());
            let line = format!("{} {}", response.code, method.unwrap_or_default());
            (line, &response.headers, response.body())
        }
    };
    let shown = [
        (Name::SubscriptionState, ""),
        (Name::ReferSub, "refer-sub="),
        (Name::Rseq, "rseq="),
        (Name::Rack, "rack="),
        (Name::SessionExpires, "expires="),
        (Name::MinSe, "min-se="),
        (Name::RetryAfter, "retry-after="),
        (Name::Unsupported, "unsupported="),
        (Name::Reason, ""),
    ];
    if let (Some(event), Message::Request(_)) = (EventName::of(headers), message) {
        line += &format!(" {}", event.package);
        if let Some(id) = event.id {
            line += &format!(";id={id}");
        }
    }
    for (name, label) in shown {
        if let Some(value) = headers.text(&name) {
            line += &format!(" {label}{value}");
        }
    }
    // Its value is a secret.
    if headers.get(&Name::parse(b"Refer-Events-At")).is_some() {
        line += " events-at";
    }
    if let Some(body) = body {
        line += &describe_body(&body);
    }
    line
}

fn describe_body(body: &Body) -> String {
    let text = String::from_utf8_lossy(&body.bytes);
    match (status_of(body), text.split_once("s=")) {
        (Some((code, reason)), _) => format!(" [{code} {reason}]"),
        (None, Some((_, name))) if body.content_type == "application/sdp" => {
            format!(" [sdp {}]", name.trim())
        }
        (None, _) => format!(" [{}]", body.content_type),
    }
}

fn tell(event: &Event) -> String {
    let shown = |body: &Option<Body>| body.as_ref().map_or(String::new(), describe_body);
    match event {
        Event::Incoming { request, .. } => format!("Incoming{}", shown(&request.body())),
        Event::Request { request, .. } => format!("Request {}", request.method),
        Event::Progress { fork, response, .. } => {
            format!(
                "Progress {} fork {fork}{}",
                response.code,
                shown(&response.body())
            )
        }
        Event::Answered { response, .. } => format!("Answered{}", shown(&response.body())),
        Event::Failed { code, reason, .. } => format!("Failed {code} {reason}"),
        Event::Confirmed { body, .. } => format!("Confirmed{}", shown(body)),
        Event::Offered { body, .. } => format!("Offered{}", shown(body)),
        Event::OfferAnswered { body, .. } => format!("OfferAnswered{}", shown(body)),
        Event::OfferRefused { code, .. } => format!("OfferRefused {code}"),
        Event::Ended { ending, .. } => match ending {
            Ending::Cancelled { headers } => {
                let reason = headers
                    .text(&Name::Reason)
                    .map(|reason| format!(" {reason}"));
                format!("Ended: cancelled{}", reason.unwrap_or_default())
            }
            Ending::Bye { .. } => "Ended: bye".to_string(),
            Ending::Lost { code, reason } => format!("Ended: lost, {code} {reason}"),
        },
        Event::Response { code, .. } => format!("Response {code}"),
        Event::Referred { .. } => "Referred".to_string(),
        Event::ReferTold { told, answer, .. } => format!("ReferTold {told}: {answer}"),
        Event::ReferClosed { .. } => "ReferClosed".to_string(),
        Event::ReferAnswered { code, .. } => format!("ReferAnswered {code}"),
        Event::ReferNotified {
            code,
            reason,
            ended,
            ..
        } => {
            let code = code.map_or("nothing".to_string(), |code| code.to_string());
            let ended = if *ended { ", ended" } else { "" };
            format!("ReferNotified {code} {reason}{ended}")
        }
        Event::Gone { .. } => "Gone".to_string(),
    }
}
