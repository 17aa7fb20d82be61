//! A few threads for what takes its time, behind a queue that is never waited for.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

type Job = Box<dyn FnOnce() + Send>;

/// Its threads end when it is dropped and what they do is done.
#[derive(Clone)]
pub struct Pool(SyncSender<Job>);

impl Pool {
    /// At most `room` jobs wait.
    pub fn start(name: &str, threads: usize, room: usize) -> io::Result<Pool> {
        let (queue, jobs) = sync_channel::<Job>(room);
        let jobs = Arc::new(Mutex::new(jobs));
        for _ in 0..threads {
            let jobs = jobs.clone();
            thread::Builder::new()
                .name(name.to_string())
                .spawn(move || {
                    while let Some(job) = next(&jobs) {
                        job()
                    }
                })?;
        }
        Ok(Pool(queue))
    }

    /// What finds no room is dropped.
    pub fn run(&self, job: impl FnOnce() + Send + 'static) {
        let _ = self.0.try_send(Box::new(job));
    }
}

fn next(jobs: &Mutex<Receiver<Job>>) -> Option<Job> {
    let jobs = jobs.lock().unwrap_or_else(PoisonError::into_inner);
    jobs.recv().ok()
}
