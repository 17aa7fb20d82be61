//! What time it is, and how long something takes. Nobody else asks.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};

use crate::base::Now;

/// The moment of this step, by both clocks.
pub fn now() -> Now {
    let unix = SystemTime::now().duration_since(UNIX_EPOCH);
    Now {
        at: Instant::now(),
        // A clock before 1970 is wrong; calls go on nevertheless.
        unix_ms: unix.map_or(0, |since| since.as_millis() as u64),
    }
}

/// How long something has taken, by the wall.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    pub fn start() -> Self {
        Stopwatch(Instant::now())
    }

    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// What one turn of a script may use: so much of its thread's processor time. On a machine that has
/// no time for the thread the wall is heeded as well, a little later.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    started: Instant,
    limit: Duration,
    /// What the thread had used when it was first asked: most turns are over before that, and the
    /// question costs a call to the kernel.
    cpu_before: Option<Duration>,
}

impl Budget {
    /// Starts now, on the thread that will use it.
    pub fn start(limit: Duration) -> Self {
        Budget {
            started: Instant::now(),
            limit,
            cpu_before: None,
        }
    }

    /// A thread cannot use more processor time than has passed, so the cheap clock is asked first.
    pub fn is_over(&mut self) -> bool {
        let wall = self.started.elapsed();
        let before = *self
            .cpu_before
            .get_or_insert_with(|| thread_cpu().saturating_sub(wall));
        wall >= self.limit
            && (wall >= self.limit + self.limit / 4
                || thread_cpu().saturating_sub(before) >= self.limit)
    }
}

/// The processor time that the calling thread has used.
pub fn thread_cpu() -> Duration {
    let used = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        used.tv_sec.try_into().unwrap_or(0),
        used.tv_nsec.try_into().unwrap_or(0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_over_when_the_thread_has_worked_for_so_long() {
        let limit = Duration::from_millis(20);
        let (mut budget, watch) = (Budget::start(limit), Stopwatch::start());
        assert!(!budget.is_over());
        while !budget.is_over() {}
        assert!(watch.elapsed() >= limit);
    }
}
