//! A thread of its own for what waits on the network: a queue that nobody waits at, and a runtime behind it.

use std::io;
use std::thread::{self, JoinHandle};

use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Threads in which questions to DNS may hang.
const MOST_HANGING: usize = 32;

/// The way to the thread. Dropped, it waits until the thread has done with what is left.
#[derive(Debug)]
pub struct Lane<Job> {
    queue: Option<UnboundedSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl<Job: Send + 'static> Lane<Job> {
    /// `work` gets the jobs until the lane is dropped; what it has left under way when it returns is given up.
    pub fn start<Work>(
        name: &str,
        work: impl FnOnce(UnboundedReceiver<Job>) -> Work + Send + 'static,
    ) -> io::Result<Lane<Job>>
    where
        Work: Future<Output = ()>,
    {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(MOST_HANGING)
            .build()?;
        let (queue, jobs) = unbounded_channel();
        let thread = thread::Builder::new()
            .name(name.to_string())
            .spawn(move || {
                runtime.block_on(work(jobs));
                runtime.shutdown_background();
            })?;
        Ok(Lane {
            queue: Some(queue),
            thread: Some(thread),
        })
    }

    /// Never waits. Whoever sends keeps count of what may wait; what comes too late is dropped.
    pub fn send(&self, job: Job) {
        if let Some(queue) = &self.queue {
            let _ = queue.send(job);
        }
    }
}

impl<Job> Drop for Lane<Job> {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A panic there has been logged where it happened.
            let _ = thread.join();
        }
    }
}
