//! Sockets that come in from outside, at the level of one session.

use expect_test::expect;

use super::rig::{Rig, check};
use crate::base::UnitId;
use crate::base::access::Request;
use crate::base::socket::{Close, Heard, Kept, Refused, Visit};
use crate::script::command::Command;
use crate::script::socket::SocketOrder;
use crate::script::unit::UnitOrder;

const FIRST: UnitId = UnitId(UnitId::OWN.0 + 1);

#[test]
fn nobody_comes_in_before_the_script_allows_it_and_no_more_than_may() {
    check(
        |rig| {
            assert_eq!(rig.visit("/early"), Err(Refused::Forbidden));
            rig.script_free([Command::AllowSockets]);
            rig.session.limits.sockets = 1;
            assert_eq!(rig.visit("/a"), Ok(FIRST));
            rig.heard(Heard::Open {});
            rig.script([]);
            assert_eq!(rig.visit("/b"), Err(Refused::Full));
            rig.script([]);
            rig.heard(Heard::Text { text: "hi".into() });
            rig.script_free([Command::Terminate]);
            assert_eq!(rig.visit("/late"), Err(Refused::Gone));
        },
        expect![[r#"
            00.000  unit1073741825: Accept
            00.000  script: Visit { visit: Visit { path: "/a", headers: [] }, outcome: Socket(UnitId(1073741825)) }
            00.000  script: Visit { visit: Visit { path: "/b", headers: [] }, outcome: Refused("a session may have 1 sockets: limits.sockets") }
            00.000  hang up call0
            00.000  call0 hears nobody
            00.000  call1 hears nobody
            00.000  record call0: 200 by script
            00.000  hang up call1
            00.000  record call1: 200 by script
            00.000  unit1073741825: Drop
            00.000  script: Terminating
            00.000  script: Terminated
        "#]],
    );
}

#[test]
fn whoever_was_let_in_and_never_came_leaves_its_place_and_the_script_hears_nothing() {
    check(
        |rig| {
            rig.script_free([Command::AllowSockets]);
            rig.session.limits.sockets = 1;
            assert_eq!(rig.visit("/a"), Ok(FIRST));
            rig.heard(Heard::Failed { why: "gone".into() });
            rig.heard(Heard::Closed(Close::abnormal("gone")));
            assert_eq!(rig.session.sockets().count(), 0);
            assert!(rig.visit("/b").is_ok());
        },
        expect![[r#"
            00.000  unit1073741825: Accept
            00.000  unit1073741825: Drop
            00.000  unit1073741826: Accept
        "#]],
    );
}

#[test]
fn whoever_is_refused_for_want_of_a_listener_is_told_so() {
    check(
        |rig| {
            rig.script_free([Command::AllowSockets]);
            assert_eq!(rig.visit("/a"), Ok(FIRST));
            rig.heard(Heard::Open {});
            rig.script([Command::SteerUnit {
                unit: FIRST,
                order: UnitOrder::Socket(SocketOrder::Refuse),
            }]);
            rig.heard(Heard::Closed(Close::abnormal("")));
            assert_eq!(rig.session.sockets().count(), 0);
        },
        expect![[r#"
            00.000  unit1073741825: Accept
            00.000  script: Visit { visit: Visit { path: "/a", headers: [] }, outcome: Socket(UnitId(1073741825)) }
            00.000  unit1073741825: Refuse
            00.000  unit1073741825: Drop
        "#]],
    );
}

#[test]
fn of_who_comes_in_is_kept_what_the_script_asks_for_and_the_settings_allow() {
    check(
        |rig| {
            let keep = |what, on| Command::KeepOfVisits { what, on };
            rig.script_free([Command::AllowSockets, keep(Kept::Statistics, true)]);
            assert_eq!(rig.visit("/a?token=1"), Ok(FIRST));
            let filed = |url: &str| Some(url.to_string());
            rig.heard(Heard::Filed {
                statistics: filed("http://h/a.json"),
                trace: None,
            });
            // The script hears of it when it is there, and then of the link.
            rig.heard(Heard::Open {});
            rig.script([keep(Kept::Statistics, false), keep(Kept::Trace, true)]);
            rig.session.limits.socket_trace_kb = 0;
            assert!(rig.visit("/b").is_ok());
            rig.session.limits.socket_trace_kb = 64;
            assert!(rig.visit("/c").is_ok());
        },
        expect![[r#"
            00.000  unit1073741825: Keep(Title { keep: Keep { statistics: true, trace: false, privacy: false }, incoming: true, target: "/a?…", protocols: [], headers: [] })
            00.000  unit1073741825: Accept
            00.000  script: Visit { visit: Visit { path: "/a?token=1", headers: [] }, outcome: Socket(UnitId(1073741825)) }
            00.000  script: Unit { unit: UnitId(1073741825), news: Socket(Created { statistics_url: Some("http://h/a.json"), trace_url: None }) }
            00.000  unit1073741826: Accept
            00.000  unit1073741827: Keep(Title { keep: Keep { statistics: false, trace: true, privacy: false }, incoming: true, target: "/c", protocols: [], headers: [] })
            00.000  unit1073741827: Accept
        "#]],
    );
}

#[test]
fn a_flood_of_visits_does_not_count_against_the_script() {
    check(
        |rig| {
            rig.script_free([Command::AllowSockets]);
            rig.session.limits.sockets = 0;
            for _ in 0..10_000 {
                assert_eq!(rig.visit("/a"), Err(Refused::Full));
            }
            let told = rig.lines.iter().filter(|line| line.contains("Visit"));
            assert_eq!(told.count(), 32);
            rig.lines.clear();
        },
        expect![[""]],
    );
}

#[test]
fn a_request_is_heard_while_the_script_keeps_up_and_the_session_runs() {
    check(
        |rig| {
            for _ in 0..32 {
                assert_eq!(rig.request("/a"), Ok(()));
            }
            assert_eq!(rig.request("/b"), Err(Refused::Full));
            rig.lines.clear();
            for _ in 0..32 {
                rig.script([]);
            }
            assert_eq!(rig.request("/c"), Ok(()));
            rig.script([Command::Terminate]);
            assert_eq!(rig.request("/late"), Err(Refused::Gone));
        },
        expect![[r#"
            00.000  script: Request(Request { method: "POST", path: "/c", content: "a", headers: [] })
            00.000  hang up call0
            00.000  call0 hears nobody
            00.000  call1 hears nobody
            00.000  record call0: 200 by script
            00.000  hang up call1
            00.000  record call1: 200 by script
            00.000  script: Terminating
            00.000  script: Terminated
        "#]],
    );
}

impl Rig {
    fn request(&mut self, path: &str) -> Result<(), Refused> {
        let request = Request {
            method: "POST".into(),
            path: path.into(),
            content: "a".into(),
            headers: Vec::new(),
        };
        let outcome = self.session.handle_request(request, self.now);
        self.drain();
        outcome
    }

    fn visit(&mut self, path: &str) -> Result<UnitId, Refused> {
        let visit = Visit {
            path: path.into(),
            headers: Vec::new(),
        };
        let outcome = self.session.handle_visit(visit, self.now);
        self.drain();
        outcome
    }

    fn heard(&mut self, heard: Heard) {
        self.session.handle_socket(FIRST, heard, self.now);
        self.drain();
    }
}
