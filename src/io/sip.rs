//! Drives the switchboard: whatever happens is told it here, one thing after another, and what it
//! wants done is done at once. The only task that touches it, on a thread of its own.
//!
//! ```text
//!  wires ─┐                              ┌▸ wires
//!  turns ─┤                              ├▸ script threads
//!  sound ─┼▸ clock ▸ switchboard ▸ poll ─┼▸ sound
//!  DNS   ─┤                              ├▸ DNS
//!  news  ─┤                              ├▸ records and bindings
//!  time  ─┘                              └▸ log and figures
//! ```
//!
//! Nothing here waits for anybody: scripts, DNS and the disk live elsewhere and answer through channels.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use ipnet::IpNet;
use tokio::sync::mpsc::{Receiver, UnboundedReceiver};
use tokio::sync::oneshot;
use tokio::time::{Instant as TokioInstant, MissedTickBehavior, interval, sleep_until};

use crate::base::access::{Access, Request};
use crate::base::socket::{Heard, Refused, Visit};
use crate::base::{Now, SessionId, SoundId, recording};
use crate::io::clock;
use crate::io::socket::Door;
use crate::io::workers::{Answer, Workers};
use crate::journal::Journal;
use crate::media;
use crate::scenario::Catalog;
use crate::script::asr::{NewAsr, Recognised};
use crate::script::command::Level;
use crate::script::isolate::Limits;
use crate::script::unit::Source;
use crate::script::{self, Inquiry, Reply};
use crate::session::ledger::Ledger;
use crate::session::record::{CallRecord, MediaRecord};
use crate::session::{Post, SocketWish};
use crate::settings::{self, Settings};
use crate::sip::message::Uri;
use crate::sip::registrar::Stored;
use crate::sip::stack::QueryId;
use crate::sip::transport::{Flow, Target};
use crate::switchboard::{Output, Switchboard};
use crate::telemetry::metrics;

/// So many of one source's things in a row, before the others and the time have their turn.
const BATCH: usize = 64;

/// A step that takes longer delays everybody's answers.
const SLOW_STEP: Duration = Duration::from_millis(20);

/// How long the last words of an end at once may take to be answered.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// How often the gauges are read off.
const FIGURES_EVERY: Duration = Duration::from_secs(1);

/// What comes from the network.
#[derive(Debug)]
pub enum Wire {
    /// One datagram, or one message cut out of a connection.
    Message { flow: Flow, bytes: Bytes },
    /// The other side is not there, or the connection broke.
    Unreachable { flow: Flow },
}

/// What comes rarely.
#[derive(Debug)]
pub enum Told {
    Resolved {
        query: QueryId,
        targets: Vec<Target>,
    },
    Sound(media::Event),
    /// What came of something that a script asked.
    Replied {
        session: SessionId,
        inquiry: u32,
        reply: Reply,
    },
    /// What was fetched for a unit, or why it was not.
    Clip {
        unit: SoundId,
        clip: Result<media::Clip, String>,
    },
    /// What became of a recording's file.
    Recording {
        unit: SoundId,
        news: recording::News,
    },
    /// What a recogniser says of a unit's sound.
    Recognised {
        unit: SoundId,
        recognised: Recognised,
    },
    /// What a WebSocket has told.
    Socket {
        socket: SoundId,
        heard: Heard,
    },
    /// Somebody wants to connect to a session.
    Visit {
        session: SessionId,
        visit: Visit,
        answer: oneshot::Sender<Result<Door, Refused>>,
    },
    /// Somebody has sent a request to a session's URL.
    Request {
        session: SessionId,
        request: Request,
        answer: oneshot::Sender<Result<(), Refused>>,
    },
    Catalog(Arc<Catalog>),
    Settings(Arc<Settings>),
    /// Take no new calls; the running ones may finish. Told again: end at once.
    End,
}

/// Something that a script asks of the world outside.
#[derive(Debug)]
pub struct Question {
    pub session: SessionId,
    pub inquiry: u32,
    pub what: Inquiry,
    /// The addresses that are not public and may be called all the same.
    pub allow: Vec<IpNet>,
    /// How many entries the storage may have.
    pub room: u32,
}

/// What the switchboard's wishes reach. Nothing here may wait.
pub trait Outside {
    fn transmit(&mut self, flow: Flow, bytes: Bytes);
    fn resolve(&mut self, query: QueryId, uri: Uri);
    fn sound(&mut self, command: media::Command);
    /// Brings sound for a unit; what comes of it is told as [`Told::Clip`].
    fn fetch(&mut self, unit: SoundId, source: Source, settings: &Settings);
    /// A unit's sound is written to a file from now on, or no longer; what comes of it is told as
    /// [`Told::Recording`].
    fn recording(&mut self, unit: SoundId, wish: recording::Wish, settings: &Settings);
    /// Recognises what leaves the graph of a unit; what it is is told as [`Told::Recognised`].
    fn recognise(&mut self, unit: SoundId, asr: NewAsr, settings: &Settings);
    /// Something for a WebSocket; what comes of it is told as [`Told::Socket`].
    fn socket(&mut self, socket: SoundId, wish: SocketWish, settings: &Settings);
    /// Where the connection of a socket goes that was let in.
    fn door(&mut self, socket: SoundId) -> Option<Door>;
    fn record(&mut self, record: CallRecord);
    fn bindings(&mut self, user: String, bindings: Vec<Stored>);
    /// What comes of it is told by [`Told::Replied`].
    fn inquire(&mut self, question: Question);
    /// To a URL of a script's, where its address is public or in `allow`.
    fn post(&mut self, post: Post, allow: Vec<IpNet>);
    /// A session is over, and this is what it was.
    fn journal(&mut self, journal: Journal);
}

/// What others may know of the driver at any time.
#[derive(Debug, Default)]
pub struct Pulse {
    pub sessions: AtomicUsize,
    /// No new calls are taken.
    pub draining: AtomicBool,
}

/// The switchboard with everything that it drives.
pub struct Driver<O> {
    board: Switchboard,
    workers: Workers,
    outside: O,
    limits: settings::Limits,
    /// How sessions are reached from outside, and by which URL where a setting says so.
    access: Option<Access>,
    public_url: Option<String>,
    phase: Phase,
    pulse: Arc<Pulse>,
    ledger: Ledger,
}

/// Where the program stands between its start and its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Open,
    /// No new calls. What is not over by then is not waited for.
    Draining {
        gone_by: Instant,
    },
    /// Everything has been ended; what is not answered by then is not waited for.
    Ending {
        gone_by: Instant,
    },
}

impl<O: Outside> Driver<O> {
    pub fn new(board: Switchboard, workers: Workers, outside: O, limits: settings::Limits) -> Self {
        Driver {
            board,
            workers,
            outside,
            limits,
            access: None,
            public_url: None,
            phase: Phase::Open,
            pulse: Arc::default(),
            ledger: Ledger::default(),
        }
    }

    /// Sessions learn where they are reached by HTTP.
    pub fn with_access(mut self, access: Access, settings: &Settings) -> Self {
        self.access = Some(access);
        self.public_url = settings.recordings.url.clone();
        self
    }

    pub fn pulse(&self) -> Arc<Pulse> {
        self.pulse.clone()
    }

    /// Until the program has been told to end and nothing is left to wait for.
    pub async fn run(mut self, mut wires: Receiver<Wire>, mut told: UnboundedReceiver<Told>) -> O {
        let mut timer = pin!(sleep_until(TokioInstant::now()));
        let mut figures = interval(FIGURES_EVERY);
        figures.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // The first ports for sound are there before the first call.
        self.catch_up(&mut wires, &mut told);
        while !self.is_over() {
            let wake_at = self.wake_at();
            if let Some(at) = wake_at {
                timer.as_mut().reset(TokioInstant::from_std(at));
            }
            tokio::select! {
                biased;
                Some(wire) = wires.recv() => self.handle_wire(wire),
                answer = self.workers.next() => self.handle_turn(answer),
                Some(told) = told.recv() => self.handle_told(told),
                () = timer.as_mut(), if wake_at.is_some() => {}
                _ = figures.tick() => self.read_off(),
            }
            self.catch_up(&mut wires, &mut told);
        }
        while let Some(record) = self.ledger.let_go() {
            self.outside.record(*record);
        }
        self.outside
    }

    fn handle_wire(&mut self, wire: Wire) {
        match wire {
            Wire::Message { flow, bytes } => {
                self.step(|board, now| board.handle_message(flow, bytes, now));
            }
            Wire::Unreachable { flow } => {
                self.step(|board, now| board.handle_unreachable(flow, now));
            }
        }
    }

    /// What else has come by now, a bounded part of each kind, so that none holds up the others.
    fn catch_up(&mut self, wires: &mut Receiver<Wire>, told: &mut UnboundedReceiver<Told>) {
        for _ in 0..BATCH {
            let Ok(told) = told.try_recv() else { break };
            self.handle_told(told);
        }
        for _ in 0..BATCH {
            let Ok(wire) = wires.try_recv() else { break };
            self.handle_wire(wire);
        }
        for _ in 0..BATCH {
            let Some(answer) = self.workers.try_next() else {
                break;
            };
            self.handle_turn(answer);
        }
        if self
            .board
            .next_deadline()
            .is_some_and(|at| at <= clock::now().at)
        {
            self.step(|board, now| board.handle_timeout(now));
        }
        if self.phase == Phase::Open
            && self.workers.abandoned() > self.limits.abandoned_workers as usize
        {
            tracing::error!(
                abandoned = self.workers.abandoned(),
                "too many script threads were wedged and given up: no new calls from now on, and the \
                 program ends with the last running one; look for the scenarios named above"
            );
            self.drain();
        }
    }

    fn handle_turn(&mut self, answer: Answer) {
        let Answer {
            session,
            turn,
            took,
        } = answer;
        metrics::turn(took);
        self.step(|board, now| board.handle_turn(session, turn, now));
    }

    fn handle_told(&mut self, told: Told) {
        match told {
            Told::Resolved { query, targets } => {
                self.step(|board, now| board.handle_resolved(query, targets, now));
            }
            Told::Sound(media::Event::Closed {
                leg,
                counters,
                quality,
            }) => {
                metrics::sound(&counters, &quality);
                let figures = MediaRecord::new(&counters, &quality);
                let whole = self.ledger.add_figures(leg, figures);
                self.keep(whole);
            }
            Told::Replied {
                session,
                inquiry,
                reply,
            } => self.step(|board, now| board.handle_reply(session, inquiry, reply, now)),
            Told::Sound(event) => self.step(|board, now| board.handle_media(event, now)),
            Told::Clip { unit, clip } => {
                self.step(|board, now| board.handle_clip(unit, clip, now));
            }
            Told::Recording { unit, news } => {
                self.step(|board, now| board.handle_recording(unit, news, now));
            }
            Told::Recognised { unit, recognised } => {
                self.step(|board, now| board.handle_recognised(unit, recognised, now));
            }
            Told::Socket { socket, heard } => {
                self.step(|board, now| board.handle_socket(socket, heard, now));
            }
            Told::Visit {
                session,
                visit,
                answer,
            } => {
                let mut outcome = Err(Refused::Gone);
                self.step(|board, now| outcome = board.handle_visit(session, visit, now));
                let door =
                    outcome.and_then(|socket| self.outside.door(socket).ok_or(Refused::Gone));
                // Whoever has given up meanwhile drops the door with it.
                let _ = answer.send(door);
            }
            Told::Request {
                session,
                request,
                answer,
            } => {
                let mut outcome = Err(Refused::Gone);
                self.step(|board, now| outcome = board.handle_request(session, request, now));
                let _ = answer.send(outcome);
            }
            Told::Catalog(catalog) => self.step(|board, _| board.set_catalog(catalog)),
            Told::Settings(settings) => {
                self.limits = settings.limits.clone();
                self.public_url = settings.recordings.url.clone();
                self.workers.configure(script_limits(&self.limits));
                self.step(|board, now| board.set_settings(settings, now));
            }
            Told::End => match self.phase {
                Phase::Open => self.drain(),
                Phase::Draining { .. } => self.end_now(),
                Phase::Ending { .. } => {}
            },
        }
    }

    fn keep(&mut self, record: Option<Box<CallRecord>>) {
        if let Some(record) = record {
            self.outside.record(*record);
        }
    }

    fn read_off(&self) {
        let alive = self.board.alive();
        metrics::alive(&alive);
        metrics::abandoned(self.workers.abandoned());
        self.pulse.sessions.store(alive.sessions, Ordering::Relaxed);
    }

    fn drain(&mut self) {
        self.pulse.draining.store(true, Ordering::Relaxed);
        let until = clock::now().at + Duration::from_secs(self.limits.drain_s.into());
        let alive = self.board.alive();
        tracing::info!(
            sessions = alive.sessions,
            calls = alive.calls,
            at_most_s = self.limits.drain_s,
            "draining: no new calls; once more and everything ends at once"
        );
        self.phase = Phase::Draining {
            gone_by: until + LAST_WORDS,
        };
        self.step(|board, now| board.drain(Some(until), now));
    }

    fn end_now(&mut self) {
        tracing::info!(
            calls = self.board.alive().calls,
            "ending everything at once"
        );
        self.phase = Phase::Ending {
            gone_by: clock::now().at + LAST_WORDS,
        };
        self.step(|board, now| board.shut_down(now));
    }

    fn is_over(&self) -> bool {
        match self.phase {
            Phase::Open => false,
            Phase::Draining { gone_by } | Phase::Ending { gone_by } => {
                self.board.is_quiet() && self.ledger.is_whole() || gone_by <= clock::now().at
            }
        }
    }

    fn wake_at(&self) -> Option<Instant> {
        let gone_by = match self.phase {
            Phase::Open => None,
            Phase::Draining { gone_by } | Phase::Ending { gone_by } => Some(gone_by),
        };
        [self.board.next_deadline(), gone_by]
            .into_iter()
            .flatten()
            .min()
    }

    /// One thing that happened, and all that follows from it. A bug in there costs this step.
    fn step(&mut self, happened: impl FnOnce(&mut Switchboard, Now)) {
        let now = clock::now();
        let board = &mut self.board;
        if catch_unwind(AssertUnwindSafe(|| happened(board, now))).is_err() {
            metrics::bug();
            tracing::error!(
                "a step of the switchboard failed by a bug of ours and was skipped; please report the panic"
            );
        }
        while let Some(output) = self.board.poll() {
            self.carry_out(output, now);
        }
        let took = clock::now().at.saturating_duration_since(now.at);
        if took > SLOW_STEP {
            metrics::slow_step();
            tracing::warn!(?took, "a step of the switchboard took long");
        }
    }

    fn carry_out(&mut self, output: Output, now: Now) {
        match output {
            Output::Transmit { flow, bytes } => self.outside.transmit(flow, bytes),
            Output::Resolve { query, uri } => self.outside.resolve(query, uri),
            Output::OpenIsolate {
                session,
                program,
                seed,
            } => self.workers.open(session, program, seed),
            Output::Turn { session, mut event } => {
                if let (script::Event::Started { access, .. }, Some(ours)) =
                    (&mut event, &self.access)
                {
                    *access = ours.url(self.public_url.as_deref(), session);
                }
                self.workers.turn(session, event, now);
            }
            Output::CloseIsolate { session } => self.workers.close(session),
            Output::Media(command) => self.outside.sound(command),
            Output::Fetch {
                unit,
                source,
                place: _,
                settings,
            } => self.outside.fetch(unit, source, &settings),
            Output::Recording {
                unit,
                wish,
                settings,
            } => self.outside.recording(unit, wish, &settings),
            Output::Recognise {
                unit,
                asr,
                settings,
            } => self.outside.recognise(unit, *asr, &settings),
            Output::Socket {
                socket,
                wish,
                settings,
            } => self.outside.socket(socket, wish, &settings),
            Output::Log {
                session,
                level,
                text,
            } => match level {
                Level::Info => tracing::info!(target: "switchhook::session", %session, "{text}"),
                Level::Warning => tracing::warn!(target: "switchhook::session", %session, "{text}"),
                Level::Error => tracing::error!(target: "switchhook::session", %session, "{text}"),
            },
            Output::Record(record) => {
                let whole = self.ledger.add_record(record);
                self.keep(whole);
            }
            Output::Post { post, allow } => self.outside.post(post, allow),
            Output::Inquire {
                session,
                inquiry,
                what,
                place,
                allow,
            } => {
                if let Inquiry::Http(http) = &what {
                    let (method, url) = (http.request.method, &http.request.url);
                    let place = place.map_or_else(String::new, |place| place.to_string());
                    tracing::debug!(target: "switchhook::session", %session, %place, "asks {method} {url}");
                }
                let room = self.limits.storage_entries;
                self.outside.inquire(Question {
                    session,
                    inquiry,
                    what,
                    allow,
                    room,
                });
            }
            Output::Bindings { user, bindings } => self.outside.bindings(user, bindings),
            Output::Count(count) => metrics::count(&count),
            Output::Journal(journal) => self.outside.journal(*journal),
        }
    }
}

/// What the operator's limits mean for an isolate.
pub fn script_limits(limits: &settings::Limits) -> Limits {
    Limits {
        memory_bytes: (limits.memory_mb as usize) << 20,
        turn_ms: limits.turn_ms.into(),
        stack_bytes: (limits.stack_kb as usize) << 10,
        timers: limits.timers as usize,
        players: limits.players as usize,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Dice;
    use crate::io::workers;
    use crate::sip::stack;
    use crate::sip::transport::{Listener, Transport};
    use tokio::sync::mpsc::{channel, unbounded_channel};

    #[test]
    fn what_comes_in_is_answered_in_the_same_step() {
        let mut driver = driver();
        driver.handle_wire(options("one"));
        driver.handle_wire(options("two"));
        assert_eq!(driver.outside.said, ["200 one", "200 two"]);
    }

    #[test]
    fn a_drain_with_nothing_to_wait_for_answers_what_came_with_it_and_ends() {
        let paper = runtime().block_on(async {
            let (wire, wires) = channel(8);
            let (tell, told) = unbounded_channel();
            tell.send(Told::End).expect("it is there");
            wire.send(options("late")).await.expect("it is there");
            driver().run(wires, told).await
        });
        assert_eq!(paper.said, ["503 late"]);
    }

    #[test]
    fn a_bug_costs_one_step_and_the_next_one_is_taken() {
        let mut driver = driver();
        driver.step(|_, _| panic!("a bug of the switchboard"));
        driver.handle_wire(options("after"));
        assert_eq!(driver.outside.said, ["200 after"]);
    }

    /// What the outside was asked to send, as `code Call-ID`.
    #[derive(Default)]
    struct Paper {
        said: Vec<String>,
    }

    impl Outside for Paper {
        fn transmit(&mut self, _: Flow, bytes: Bytes) {
            let text = String::from_utf8_lossy(&bytes);
            let code = text.split(' ').nth(1).unwrap_or_default();
            let call = text.lines().find_map(|line| line.strip_prefix("Call-ID: "));
            self.said
                .push(format!("{code} {}", call.unwrap_or_default()));
        }
        fn resolve(&mut self, _: QueryId, _: Uri) {}
        fn sound(&mut self, _: media::Command) {}
        fn fetch(&mut self, _: SoundId, _: Source, _: &Settings) {}
        fn recording(&mut self, _: SoundId, _: recording::Wish, _: &Settings) {}
        fn recognise(&mut self, _: SoundId, _: NewAsr, _: &Settings) {}
        fn socket(&mut self, _: SoundId, _: SocketWish, _: &Settings) {}
        fn door(&mut self, _: SoundId) -> Option<Door> {
            None
        }
        fn record(&mut self, _: CallRecord) {}
        fn bindings(&mut self, _: String, _: Vec<Stored>) {}
        fn inquire(&mut self, _: Question) {}
        fn post(&mut self, _: Post, _: Vec<IpNet>) {}
        fn journal(&mut self, _: Journal) {}
    }

    fn flow() -> Flow {
        Flow {
            transport: Transport::Udp,
            local: "192.0.2.1:5060".parse().expect("an address"),
            remote: "192.0.2.9:5060".parse().expect("an address"),
        }
    }

    fn options(call: &str) -> Wire {
        let text = format!(
            "OPTIONS sip:192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK{call}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:a@192.0.2.9>;tag=a\r\nTo: <sip:192.0.2.1>\r\nCall-ID: {call}\r\n\
             CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
        );
        Wire::Message {
            flow: flow(),
            bytes: Bytes::from(text),
        }
    }

    fn driver() -> Driver<Paper> {
        let settings = Arc::new(Settings::default());
        let limits = settings.limits.clone();
        let sip = stack::Settings {
            product: "switchhook".into(),
            listeners: vec![Listener {
                transport: Transport::Udp,
                bound: flow().local,
                advertised: flow().local,
            }],
            session_expires_s: 0,
            min_se_s: 90,
            most_legs: 16,
        };
        let board = Switchboard::new(
            settings,
            Arc::default(),
            sip,
            Dice::from_seed(1),
            clock::now(),
        );
        let workers = Workers::start(workers::Settings {
            threads: 1,
            warm: 0,
            mailbox: 4,
            limits: script_limits(&limits),
            grace: workers::GRACE,
        });
        Driver::new(board, workers.expect("a thread"), Paper::default(), limits)
    }

    fn runtime() -> tokio::runtime::Runtime {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        runtime.expect("a runtime")
    }
}
