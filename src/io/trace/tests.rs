//! Pages against a folder: what is there at once, what a full disk ends, and what a thread that is busy costs.

use std::fs;
use std::path::Path;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use super::*;
use crate::base::{SessionId, UnitId};

const PATIENCE: Duration = Duration::from_secs(20);
const BOTH: Keep = Keep {
    statistics: true,
    trace: true,
    privacy: false,
};

fn socket(unit: u32) -> SoundId {
    SoundId {
        session: SessionId(1),
        unit: UnitId(unit),
    }
}

fn traces(root: &Path, keep_free: u64) -> (Traces, Receiver<(SoundId, String)>) {
    let (tell, told) = mpsc::channel();
    let links = Links {
        key: Arc::from(&b"key"[..]),
        base: "http://127.0.0.1:1".to_string(),
    };
    let tell = move |socket, why| drop(tell.send((socket, why)));
    let traces = Traces::start(root.into(), keep_free, links, Dice::from_seed(1), tell);
    (traces.unwrap(), told)
}

/// Everything so far is on the disk.
fn settle(traces: &Traces) {
    let (done, is_done) = mpsc::channel();
    traces.settler()(Box::new(move || assert!(done.send(()).is_ok())));
    is_done.recv_timeout(PATIENCE).expect("it is written");
}

/// What lies where a link leads.
fn at(root: &Path, link: &Option<String>) -> String {
    let link = link.as_deref().expect("there is one");
    let (path, query) = link.split_once('?').expect("it is sealed");
    assert!(query.contains("signature="), "{link}");
    let (_, name) = path.split_once("/recordings/").expect("it is one of ours");
    fs::read_to_string(root.join(name)).unwrap_or_default()
}

#[test]
fn a_trace_grows_and_a_document_is_replaced_where_their_links_lead() {
    let root = tempfile::tempdir().unwrap();
    let (mut traces, _told) = traces(root.path(), 0);
    let pages = traces.begin(socket(1), BOTH, &sound::Recordings::default());
    let links = pages.links.clone();
    assert!(pages.lines("one\n".into()) && pages.document("{1}".into()));
    settle(&traces);
    assert_eq!(at(root.path(), &links.trace), "one\n");
    assert_eq!(at(root.path(), &links.statistics), "{1}");
    assert!(pages.lines("two\n".into()) && pages.document("{2}".into()));
    drop(pages);
    // What is there when the program ends is on the disk.
    drop(traces);
    assert_eq!(at(root.path(), &links.trace), "one\ntwo\n");
    assert_eq!(at(root.path(), &links.statistics), "{2}");
    let day = fs::read_dir(root.path()).unwrap().next().unwrap().unwrap();
    assert_eq!(fs::read_dir(day.path()).unwrap().count(), 2);
}

#[test]
fn what_is_not_wanted_has_no_file_and_no_link() {
    let root = tempfile::tempdir().unwrap();
    let (mut traces, _told) = traces(root.path(), 0);
    let keep = Keep {
        trace: false,
        ..BOTH
    };
    let pages = traces.begin(socket(1), keep, &sound::Recordings::default());
    assert_eq!(pages.links.trace, None);
    assert!(pages.links.statistics.is_some());
}

#[test]
fn a_full_disk_ends_what_is_kept_and_says_so_once() {
    let root = tempfile::tempdir().unwrap();
    let (mut traces, told) = traces(root.path(), u64::MAX);
    let pages = traces.begin(socket(3), BOTH, &sound::Recordings::default());
    for _ in 0..3 {
        assert!(pages.lines("one\n".into()));
        settle(&traces);
    }
    let why = "no more is kept of it: the disk is full".to_string();
    assert_eq!(told.try_iter().collect::<Vec<_>>(), [(socket(3), why)]);
    assert_eq!(at(root.path(), &pages.links.trace), "");
}

#[test]
fn what_finds_no_room_is_refused_and_nobody_waits() {
    let root = tempfile::tempdir().unwrap();
    let (mut traces, _told) = traces(root.path(), 0);
    let pages = traces.begin(socket(1), BOTH, &sound::Recordings::default());
    // The writer stands still.
    let (go_on, stands) = mpsc::channel::<()>();
    traces.settler()(Box::new(move || {
        assert!(stands.recv_timeout(PATIENCE).is_ok())
    }));
    let line = || "x".repeat(1 << 20);
    let taken = (0..100).filter(|_| pages.lines(line())).count();
    assert_eq!(taken, MOST_WAITING >> 20);
    go_on.send(()).unwrap();
    settle(&traces);
    assert!(pages.lines(line()));
}
