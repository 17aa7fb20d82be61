//! Many requests at a time, on a thread of their own. Nobody waits for them: what comes of one is handed to
//! whoever asked, exactly once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ipnet::IpNet;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{Limits, fetch};
use crate::base::web::{Answer, Failure, Request};
use crate::io::lane::Lane;
use crate::io::way::Way;

/// What the whole program may have.
#[derive(Clone, Debug)]
pub struct Room {
    /// Requests under way.
    pub active: usize,
    /// Requests under way and those that wait.
    pub all: usize,
    /// How long the end of the program waits for what is left.
    pub last_words: Duration,
}

impl Default for Room {
    fn default() -> Self {
        Room {
            active: 128,
            all: 2048,
            last_words: Duration::from_secs(2),
        }
    }
}

/// A request and who hears of it.
pub struct Job {
    pub request: Request,
    pub limits: Limits,
    /// The addresses that are not public and may be called all the same.
    pub allow: Vec<IpNet>,
    pub done: Box<dyn FnOnce(Result<Answer, Failure>) + Send>,
}

/// The way out. Dropped, it waits a moment for what is left.
pub struct Fetcher {
    lane: Lane<Owed>,
    /// Of the queue and under way.
    held: Arc<AtomicUsize>,
    room: Room,
}

impl Fetcher {
    pub fn start(room: Room) -> io::Result<Fetcher> {
        let (active, last_words) = (room.active, room.last_words);
        Ok(Fetcher {
            lane: Lane::start("fetch", move |jobs| work(jobs, active, last_words))?,
            held: Arc::default(),
            room,
        })
    }

    /// Never waits. Where there is no room, `done` hears of it at once.
    pub fn send(&self, job: Job) {
        let held = self.held.fetch_add(1, Ordering::Relaxed);
        let owed = Owed {
            held: self.held.clone(),
            job: Some(job),
        };
        match held < self.room.all {
            true => self.lane.send(owed),
            false => owed.settle(Err(Failure::Forbidden(
                "the program has too many HTTP requests under way".to_string(),
            ))),
        }
    }
}

/// An answer that is owed; given whatever happens.
struct Owed {
    held: Arc<AtomicUsize>,
    job: Option<Job>,
}

impl Owed {
    fn settle(mut self, outcome: Result<Answer, Failure>) {
        if let Some(job) = self.job.take() {
            count(&outcome);
            (job.done)(outcome);
        }
    }
}

impl Drop for Owed {
    fn drop(&mut self) {
        self.held.fetch_sub(1, Ordering::Relaxed);
        if let Some(job) = self.job.take() {
            (job.done)(Err(Failure::Internal(
                "the request was given up".to_string(),
            )));
        }
    }
}

async fn work(mut jobs: UnboundedReceiver<Owed>, active: usize, last_words: Duration) {
    let way = Arc::new(Way::default());
    let room = Arc::new(Semaphore::new(active));
    let mut under_way = JoinSet::new();
    loop {
        tokio::select! {
            Some(_) = under_way.join_next() => {}
            job = jobs.recv() => match job {
                Some(owed) => {
                    let (way, room) = (way.clone(), room.clone());
                    under_way.spawn(async move {
                        let _permit = room.acquire_owned().await;
                        let Some(job) = &owed.job else { return };
                        let request = job.request.clone();
                        let outcome = fetch(&way, request, &job.limits, &job.allow).await;
                        owed.settle(outcome);
                    });
                }
                None => break,
            },
        }
    }
    let rest = async { while under_way.join_next().await.is_some() {} };
    let _ = timeout(last_words, rest).await;
}

fn count(outcome: &Result<Answer, Failure>) {
    let outcome = match outcome {
        Ok(_) => "answered",
        Err(Failure::Forbidden(_)) => "forbidden",
        Err(Failure::Timeout(_)) => "timeout",
        Err(_) => "failed",
    };
    metrics::counter!("switchhook_http_requests_total", "outcome" => outcome).increment(1);
}
