//! How long things last: deadlines of calls, transfers, timers and the session itself.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::inquiries::LAST_REPLIES;
use super::{Effect, MOST_OUTSTANDING, Quiet, Sent, Session, no_headers};
use crate::base::{CallId, Now};
use crate::call::{By, End};
use crate::script::Event;
use crate::script::command::Level;
use crate::sip::message::status;

/// Where the session stands.
#[derive(Debug)]
pub enum Stage {
    /// `idle_until` is set while it has no calls.
    Running { idle_until: Option<Instant> },
    /// The calls are ended and the timers dead; what was asked of the world outside may still be answered.
    Settling { until: Instant },
    /// `Terminating` and `Terminated` are on their way; the isolate is closed by then at the latest.
    Ending { close_at: Instant },
    /// The isolate is closed; legs may still be saying goodbye.
    Over,
}

/// Why a session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    Terminated,
    Fault,
    Idle,
    Shutdown,
}

/// How long the last two events of a script may take together before its isolate is taken away.
const LAST_WORDS: Duration = Duration::from_secs(4);

pub fn seconds(seconds: u32) -> Duration {
    Duration::from_secs(u64::from(seconds))
}

/// The script's timers.
#[derive(Debug, Default)]
pub struct Timers {
    armed: BTreeMap<u32, Timer>,
}

#[derive(Clone, Copy, Debug)]
struct Timer {
    at: Instant,
    every: Option<Duration>,
}

impl Timers {
    pub fn set(&mut self, id: u32, after: Duration, repeat: bool, now: Instant) {
        // A year is for ever, and the sum of two instants must not overflow.
        let after = after.min(Duration::from_secs(366 * 86_400));
        self.armed.insert(
            id,
            Timer {
                at: now + after,
                every: repeat.then_some(after),
            },
        );
    }

    pub fn clear(&mut self, id: u32) {
        self.armed.remove(&id);
    }

    fn next(&self) -> Option<Instant> {
        self.armed.values().map(|timer| timer.at).min()
    }

    /// Those that have run out, in the order of their times.
    fn due(&mut self, now: Instant) -> Vec<u32> {
        let mut due: Vec<_> = self
            .armed
            .iter()
            .filter(|(_, timer)| timer.at <= now)
            .map(|(id, timer)| (timer.at, *id))
            .collect();
        due.sort();
        for (_, id) in &due {
            match self.armed.get_mut(id) {
                // A session that was late is not flooded with what it missed.
                Some(Timer {
                    at,
                    every: Some(every),
                }) => *at = (*at + *every).max(now),
                _ => self.clear(*id),
            }
        }
        due.into_iter().map(|(_, id)| id).collect()
    }
}

impl Session {
    /// Ends the session: verdicts first, then every call, then the script's last two events.
    pub fn end(&mut self, cause: Cause, now: Now) {
        match (&self.stage, cause) {
            (Stage::Running { .. }, _) => {}
            // A broken script hears no replies, and a shutdown does not wait for them.
            (Stage::Settling { .. }, Cause::Fault | Cause::Shutdown) => {
                return self.say_last_words(now);
            }
            (Stage::Settling { .. } | Stage::Ending { .. } | Stage::Over, _) => return,
        }
        let (verdict, unanswered, by) = match cause {
            Cause::Terminated => (603, 480, By::Script),
            Cause::Fault => (500, 500, By::Runtime),
            Cause::Idle => (603, 480, By::Runtime),
            Cause::Shutdown => (503, 503, By::Runtime),
        };
        let why = match cause {
            Cause::Terminated => "the script's VoxEngine.terminate()",
            Cause::Fault => "the script's fault",
            Cause::Idle => "a session without calls",
            Cause::Shutdown => "the shutdown",
        };
        self.stage = Stage::Settling {
            until: now.at + LAST_REPLIES,
        };
        self.give_all_verdicts(verdict, why, now);
        self.forget_leaving();
        self.forget_referrals(now);
        let calls: Vec<CallId> = self.calls.keys().copied().collect();
        for call in calls {
            let answered = self
                .calls
                .get(&call)
                .is_some_and(|talk| talk.call.is_connected());
            let end = match (answered, cause) {
                (true, Cause::Terminated | Cause::Idle) => End::new(200, "Normal termination", by),
                (true, _) | (false, _) => End::new(unanswered, status::reason(unanswered), by),
            };
            self.hang_up(call, end, &no_headers(), now);
        }
        self.timers = Timers::default();
        self.drop_all_units();
        self.inquiries.forget_queue();
        let waits = matches!(cause, Cause::Terminated | Cause::Idle);
        if !(waits && self.inquiries.any_under_way()) {
            self.say_last_words(now);
        }
    }

    /// The script's last two events, and nothing after them.
    pub(super) fn say_last_words(&mut self, now: Now) {
        self.stage = Stage::Ending {
            close_at: now.at + LAST_WORDS,
        };
        if !self.watches_end && self.outstanding.is_empty() {
            // Nobody in there wants to know.
            return self.close_isolate();
        }
        self.tell(Event::Terminating, Sent::Terminating);
        self.tell(Event::Terminated, Sent::Terminated);
    }

    pub(super) fn close_isolate(&mut self) {
        if !matches!(self.stage, Stage::Over) {
            self.stage = Stage::Over;
            self.effects.push_back(Effect::CloseIsolate);
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        let calls = self
            .calls
            .values()
            .flat_map(|talk| [talk.give_up_at, talk.alone_until, talk.quiet.until()])
            .flatten()
            .min();
        let stage = match self.stage {
            Stage::Running { idle_until } => idle_until,
            Stage::Settling { until } => Some(until),
            Stage::Ending { close_at } => Some(close_at),
            Stage::Over => None,
        };
        [
            calls,
            stage,
            self.timers.next(),
            self.transfers.next_deadline(),
            self.referrals.next_deadline(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    pub(super) fn pass_deadlines(&mut self, now: Now) {
        for id in self.timers.due(now.at) {
            self.tell(Event::Timer { id }, Sent::Plain);
        }
        self.pass_transfer_deadlines(now);
        self.pass_referral_deadlines(now);
        let mut late = Vec::new();
        let mut lonely = Vec::new();
        let mut quiet = Vec::new();
        for (id, talk) in &mut self.calls {
            if talk.give_up_at.is_some_and(|at| at <= now.at) {
                talk.give_up_at = None;
                late.push(*id);
            }
            if talk.alone_until.is_some_and(|at| at <= now.at) {
                talk.alone_until = None;
                lonely.push(*id);
            }
            if talk.quiet.until().is_some_and(|at| at <= now.at) {
                talk.quiet = Quiet::NotYet;
                quiet.push(*id);
            }
        }
        for call in quiet {
            self.give_up_quiet(call, now);
        }
        for call in late {
            let incoming = self
                .calls
                .get(&call)
                .is_some_and(|talk| talk.call.is_incoming());
            let code = if incoming { 480 } else { 408 };
            let end = End::new(code, status::reason(code), By::Runtime);
            self.hang_up(call, end, &no_headers(), now);
        }
        for call in lonely {
            let alone = self.limits.alone_s;
            self.log(Level::Warning, format!("{call} was left without a partner for {alone} s and nobody listened to its partner's end; hung up"));
            self.hang_up(
                call,
                End::new(200, "Left alone", By::Runtime),
                &no_headers(),
                now,
            );
        }
        match self.stage {
            Stage::Running {
                idle_until: Some(at),
            } if at <= now.at => self.end(Cause::Idle, now),
            Stage::Ending { close_at } if close_at <= now.at => {
                self.log(
                    Level::Warning,
                    "the script did not finish its last two events in time",
                );
                self.close_isolate();
            }
            Stage::Settling { until } if until <= now.at => {
                self.log(
                    Level::Warning,
                    "what the script asked of the world outside was not answered in time",
                );
                self.say_last_words(now);
            }
            Stage::Running { .. } | Stage::Settling { .. } | Stage::Ending { .. } | Stage::Over => {
            }
        }
    }

    /// After every step: who is alone, whether anybody is left, whether the script still keeps up.
    pub fn look_after(&mut self, now: Now) {
        self.look_after_lonely(now);
        let empty = self.calls.is_empty();
        let idle = now.at + seconds(self.limits.session_idle_s);
        if let Stage::Running { idle_until } = &mut self.stage {
            *idle_until = match (empty, *idle_until) {
                (true, Some(at)) => Some(at),
                (true, None) => Some(idle),
                (false, _) => None,
            };
            if self.outstanding.len() > MOST_OUTSTANDING {
                self.log(Level::Error, format!("{MOST_OUTSTANDING} events wait for the script: it does not keep up, and the session ends"));
                self.end(Cause::Fault, now);
            }
        }
    }

    /// A connected call whose partner ended unseen, with no other live partner and no transfer that
    /// may bring one, has `limits.aloneS` to find company.
    fn look_after_lonely(&mut self, now: Now) {
        if self.limits.alone_s == 0 {
            return;
        }
        let until = now.at + seconds(self.limits.alone_s);
        let lonely: Vec<CallId> = self
            .calls
            .iter()
            .filter(|(id, talk)| {
                talk.widowed
                    && talk.call.is_connected()
                    && !self.transfers.awaits(**id)
                    && !self.referrals.awaits(**id)
                    && !self.transfers.holds_leave_of(**id)
                    && self
                        .links
                        .partners(**id)
                        .iter()
                        .all(|partner| !self.calls.contains_key(partner))
            })
            .map(|(id, _)| *id)
            .collect();
        for (id, talk) in &mut self.calls {
            talk.alone_until = match (lonely.contains(id), talk.alone_until) {
                (true, Some(at)) => Some(at),
                (true, None) => Some(until),
                (false, _) => None,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_fire_in_the_order_of_their_times_and_intervals_go_on() {
        let start = Instant::now();
        let mut timers = Timers::default();
        let ms = Duration::from_millis;
        timers.set(1, ms(300), false, start);
        timers.set(2, ms(100), true, start);
        timers.set(3, ms(200), false, start);
        timers.clear(3);
        assert!(timers.due(start + ms(99)).is_empty());
        assert_eq!(timers.due(start + ms(100)), [2]);
        assert_eq!(timers.due(start + ms(300)), [2, 1]);
        assert_eq!(
            timers.next(),
            Some(start + ms(300)),
            "an interval that was late fires once more"
        );
    }
}
