use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender};

use super::*;
use crate::io::clock;
use crate::script::Command;
use crate::script::command::Level;
use crate::script::isolate::OutOfTime;
use crate::script::program::Scenario;

const A: SessionId = SessionId(1);
const B: SessionId = SessionId(2);
const C: SessionId = SessionId(3);

#[test]
fn each_turn_is_answered_once_and_in_order() {
    check(2, |bench| {
        bench.open(A, "hello");
        bench.open(B, "there");
        for id in [SAY, SAY + 10, SAY + 20] {
            bench.turn(A, id);
        }
        bench.hears(A, "hello 0");
        bench.hears(A, "hello 10");
        bench.hears(A, "hello 20");
        bench.turn(B, SAY);
        bench.hears(B, "there 0");
    });
}

#[test]
fn a_panic_costs_one_session() {
    check(1, |bench| {
        bench.open(A, "broken");
        bench.open(B, "neighbour");
        bench.turn(A, PANIC);
        bench.turn(A, SAY);
        bench.turn(B, SAY);
        bench.hears(A, "Internal");
        bench.hears(A, "nothing");
        bench.hears(B, "neighbour 0");
    });
}

#[test]
fn a_turn_is_told_when_its_time_is_over() {
    check(1, |bench| {
        bench.open(A, "slow");
        bench.turn(A, UNTIL_OUT_OF_TIME);
        bench.turn(A, SAY);
        bench.hears(A, "OutOfTime");
        bench.hears(A, "slow 0");
        assert_eq!(bench.workers.abandoned(), 0);
    });
}

#[test]
fn a_wedged_thread_is_given_up_with_its_sessions_while_its_neighbour_answers() {
    check_with(2, SHORT, |bench| {
        bench.open(A, "wedging");
        bench.open(B, "elsewhere");
        bench.open(C, "beside");
        bench.turn(A, WEDGE);
        bench.turn(A, SAY);
        bench.turn(B, SAY);
        bench.hears(B, "elsewhere 0");
        let told = bench.hears(A, "Wedged");
        assert!(told.starts_with("scenario wedging held"), "{told}");
        bench.hears(A, "nothing");
        let told = bench.hears(C, "Wedged");
        assert!(told.contains("(scenario wedging)"), "{told}");

        assert_eq!(bench.workers.abandoned(), 1);
        // What the session still wants to say to its script is answered with nothing …
        bench.turn(A, SAY);
        bench.hears(A, "nothing");
        // … and both threads, the old and the new one, take new sessions.
        for session in [SessionId(4), SessionId(5)] {
            bench.open(session, "new");
            bench.turn(session, SAY);
            bench.hears(session, "new 0");
        }
    });
}

#[test]
fn what_an_abandoned_thread_says_late_is_not_heard() {
    check_with(1, SHORT, |bench| {
        let (gone, went) = std::sync::mpsc::sync_channel(1);
        *LATE_ENDED.lock().unwrap() = Some(gone);
        bench.open(A, "late");
        bench.turn(A, UNTIL_LATE);
        bench.hears(A, "Wedged");
        LATE.store(true, Ordering::Release);
        await_end(&went);
        assert!(bench.workers.try_next().is_none());
    });
}

#[test]
fn a_session_that_does_not_keep_up_with_its_events_ends() {
    check(1, |bench| {
        bench.open(A, "flooded");
        for _ in 0..=MAILBOX {
            bench.turn(A, SAY);
        }
        bench.hears(A, "Overrun");
        for _ in 0..MAILBOX {
            bench.hears(A, "nothing");
        }
        bench.workers.close(A);
        bench.open(B, "after");
        bench.turn(B, SAY);
        bench.hears(B, "after 0");
        assert!(bench.workers.try_next().is_none());
    });
}

#[test]
fn an_isolate_that_cannot_be_made_ends_its_session_with_the_reason() {
    check(1, |bench| {
        bench.workers.configure(Limits {
            memory_bytes: 0,
            ..bench.workers.settings.limits.clone()
        });
        bench.open(A, "unlucky");
        bench.turn(A, SAY);
        bench.turn(A, SAY);
        bench.hears(A, "OutOfMemory");
        bench.hears(A, "nothing");
    });
}

#[test]
fn a_new_session_goes_to_the_thread_with_least_to_do() {
    check(2, |bench| {
        bench.open(A, "busy");
        bench.turn(A, UNTIL_OUT_OF_TIME);
        for session in [B, C, SessionId(4)] {
            bench.open(session, "quick");
            bench.turn(session, SAY);
            bench.hears(session, "quick 0");
        }
        bench.hears(A, "OutOfTime");
    });
}

#[test]
fn a_closed_session_leaves_nothing_behind() {
    check(1, |bench| {
        bench.open(A, "brief");
        bench.turn(A, SAY);
        bench.workers.close(A);
        bench.open(B, "last");
        bench.turn(B, SAY);
        bench.hears(B, "last 0");
        bench.workers.close(B);
        assert_eq!(bench.workers.sessions(), 0);
        assert!(
            bench
                .workers
                .workers
                .values()
                .all(|w| w.sessions == 0 && w.outstanding == 0)
        );
    });
}

// What the puppet does at `Event::Timer { id }`: below 100 it says the number.
const SAY: u32 = 0;
const PANIC: u32 = 100;
const UNTIL_OUT_OF_TIME: u32 = 101;
const WEDGE: u32 = 102;
const UNTIL_LATE: u32 = 103;

const MAILBOX: usize = 4;
static LATE: AtomicBool = AtomicBool::new(false);
static LATE_ENDED: Mutex<Option<SyncSender<()>>> = Mutex::new(None);

/// An engine on strings: does what its event's number says.
struct Puppet {
    name: String,
}

impl Engine for Puppet {
    fn warm(limits: &Limits) -> Result<Self, Fault> {
        match limits.memory_bytes {
            0 => Err(fault(FaultKind::OutOfMemory, "no memory".into())),
            _ => Ok(Puppet {
                name: String::new(),
            }),
        }
    }

    fn load(&mut self, program: Arc<Program>, _seed: u64) {
        self.name = names(&program);
    }

    fn turn(&mut self, event: Event, _now: Now, mut out_of_time: OutOfTime) -> Turn {
        let mut turn = Turn::default();
        match event {
            Event::Timer { id: PANIC } => panic!("a bug of the runtime"),
            Event::Timer { id: WEDGE } => loop {
                std::thread::park();
            },
            Event::Timer { id: UNTIL_LATE } => {
                while !LATE.load(Ordering::Acquire) {
                    std::hint::spin_loop();
                }
            }
            Event::Timer {
                id: UNTIL_OUT_OF_TIME,
            } => {
                while !out_of_time() {}
                turn.fault = Some(fault(FaultKind::OutOfTime, "too slow".into()));
            }
            Event::Timer { id } => turn.commands.push(Command::Log {
                level: Level::Info,
                text: format!("{} {id}", self.name),
            }),
            other => panic!("not in this story: {other:?}"),
        }
        turn
    }
}

impl Drop for Puppet {
    fn drop(&mut self) {
        if self.name == "late" {
            let ended = LATE_ENDED.lock().unwrap().take();
            let _ = ended.map(|ended| ended.send(()));
        }
    }
}

struct Bench {
    workers: Workers,
    runtime: tokio::runtime::Runtime,
    heard: HashMap<SessionId, VecDeque<Turn>>,
}

impl Bench {
    fn open(&mut self, session: SessionId, name: &str) {
        let scenario = Scenario {
            name: name.into(),
            file: format!("{name}.js"),
            version: String::new(),
            bytecode: Default::default(),
            unsupported: Vec::new(),
        };
        let program = Program {
            scenarios: vec![Arc::new(scenario)],
        };
        self.workers.open(session, Arc::new(program), 0);
    }

    fn turn(&mut self, session: SessionId, id: u32) {
        self.workers
            .turn(session, Event::Timer { id }, clock::now());
    }

    /// The session's next answer begins so: a line of its log, the kind of its fault, or "nothing".
    /// Returns the fault's message.
    #[track_caller]
    fn hears(&mut self, session: SessionId, expected: &str) -> String {
        let turn = loop {
            if let Some(turn) = self.heard.entry(session).or_default().pop_front() {
                break turn;
            }
            let next = async { tokio::time::timeout(PATIENCE, self.workers.next()).await };
            let answer = self.runtime.block_on(next).expect("an answer in time");
            self.heard
                .entry(answer.session)
                .or_default()
                .push_back(answer.turn);
        };
        let heard = match (&turn.fault, turn.commands.first()) {
            (Some(fault), _) => format!("{:?}", fault.kind),
            (None, Some(Command::Log { text, .. })) => text.clone(),
            (None, _) => "nothing".into(),
        };
        assert_eq!(heard, expected, "session {session}");
        turn.fault.map(|fault| fault.message).unwrap_or_default()
    }
}

/// Far beyond what any story takes, so that only a hang is told by it.
const PATIENCE: Duration = Duration::from_secs(60);

/// For threads that are to be given up: their neighbours, which have next to nothing to do, come back by then.
const SHORT: Duration = Duration::from_secs(2);

fn await_end(went: &Receiver<()>) {
    went.recv_timeout(PATIENCE)
        .expect("the abandoned thread comes back");
}

/// Threads that are not given up, however little time the machine has for them.
fn check(threads: usize, story: impl FnOnce(&mut Bench)) {
    check_with(threads, PATIENCE, story);
}

fn check_with(threads: usize, grace: Duration, story: impl FnOnce(&mut Bench)) {
    let settings = Settings {
        threads,
        warm: 2,
        mailbox: MAILBOX,
        limits: Limits {
            turn_ms: 100,
            ..Limits::default()
        },
        grace,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    let mut bench = Bench {
        workers: Workers::start_with::<Puppet>(settings).expect("threads"),
        runtime: runtime.expect("a runtime"),
        heard: HashMap::new(),
    };
    story(&mut bench);
}
