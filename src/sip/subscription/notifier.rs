//! The notifier of one accepted REFER (RFC 3515 §2.4, RFC 6665 §4.2): what the transferor is told, and
//! when.
//!
//! ```text
//!  accepted ──NOTIFY 100──▶ Flying ──answered──▶ Quiet ──progress, at most one a second──▶ Flying
//!                              │                   │
//!                           verdict             verdict, unsubscribed, expired
//!                              └──▶ (answered) ────┴──▶ Closing ──answered, silence──▶ Closed
//! ```
//!
//! One NOTIFY is under way at a time, so none can overtake another. Progress that waits is replaced by
//! newer progress; a verdict waits only for the NOTIFY before it. A peer that knows no subscription any
//! more, or says nothing at all, is not told further (RFC 6665 §4.2.2).

use std::time::{Duration, Instant};

/// Progress is told at most this often (RFC 3515 §3.10).
const PACE: Duration = Duration::from_secs(1);

/// One implicit subscription.
#[derive(Debug)]
pub struct Notifier {
    /// The `id` of the Event header, where it has one.
    event_id: Option<u32>,
    /// What was told last: a refresh tells it again.
    told: Status,
    expires_at: Instant,
    state: State,
}

/// What became of the referred call so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    pub code: u16,
    pub reason: String,
}

/// A NOTIFY to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub status: Status,
    pub event_id: Option<u32>,
    pub standing: Standing,
}

/// The Subscription-State of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Active {
        expires_s: u64,
    },
    /// `terminated` with this reason.
    Terminated(&'static str),
}

#[derive(Debug)]
enum State {
    /// The peer wanted no subscription (RFC 4488): nothing is told, the verdict closes.
    Silent,
    /// Nothing is under way; progress may go from `progress_from` on.
    Quiet {
        progress_from: Instant,
        next: Option<Next>,
    },
    /// A NOTIFY waits for its answer.
    Flying {
        sent: Instant,
        next: Option<Next>,
    },
    /// The terminated NOTIFY waits for its answer.
    Closing,
    /// As `Closing`, but the peer was told an end that is not known yet; the verdict is still to come.
    ClosingEarly,
    Closed,
}

/// What is told next.
#[derive(Debug)]
enum Next {
    Progress(Status),
    /// The peer asked for the state; it does not wait for the pace.
    Refresh,
    Last(Status, &'static str),
    /// The end as the peer is told it at once.
    Early(Status),
}

impl Notifier {
    /// The REFER was accepted; NOTIFY 100 is the first to go.
    pub fn new(event_id: Option<u32>, expires: Duration, now: Instant) -> Notifier {
        Notifier {
            event_id,
            told: Status {
                code: 100,
                reason: "Trying".to_string(),
            },
            expires_at: now + expires,
            state: State::Quiet {
                progress_from: now,
                next: Some(Next::Refresh),
            },
        }
    }

    /// The REFER was accepted without a subscription.
    pub fn silent(expires: Duration, now: Instant) -> Notifier {
        Notifier {
            state: State::Silent,
            ..Notifier::new(None, expires, now)
        }
    }

    /// The code that was told last.
    pub fn told(&self) -> u16 {
        self.told.code
    }

    pub fn event_id(&self) -> Option<u32> {
        self.event_id
    }

    /// The REFER was accepted by a peer's that wants to be told 200 at once (NOTIFY 200 is the first and the
    /// last to go); the verdict closes in silence.
    pub fn at_once(event_id: Option<u32>, expires: Duration, now: Instant) -> Notifier {
        let success = Status {
            code: 200,
            reason: "OK".to_string(),
        };
        Notifier {
            state: State::Quiet {
                progress_from: now,
                next: Some(Next::Early(success)),
            },
            ..Notifier::new(event_id, expires, now)
        }
    }

    /// A SUBSCRIBE opened it: where the transfer stands is the first to go, and the last where it is over or
    /// nothing more is wanted.
    pub fn watching(status: Status, expires: Duration, now: Instant) -> Notifier {
        let next = match status.code {
            200.. => Next::Last(status.clone(), "noresource"),
            _ if expires.is_zero() => Next::Last(status.clone(), "timeout"),
            _ => Next::Refresh,
        };
        Notifier {
            told: status,
            state: State::Quiet {
                progress_from: now,
                next: Some(next),
            },
            ..Notifier::new(None, expires, now)
        }
    }

    /// Below 200 is progress; from 200 on it is the verdict. After the verdict all else is ignored.
    pub fn tell(&mut self, status: Status) {
        match (&mut self.state, status.code) {
            (State::Silent, 200..) => self.state = State::Closed,
            (State::ClosingEarly, 200..) => self.state = State::Closing,
            (State::Quiet { next, .. } | State::Flying { next, .. }, code) => match next {
                Some(Next::Last(..)) => {}
                Some(Next::Early(success)) => {
                    if code >= 200 {
                        *next = Some(Next::Last(success.clone(), "noresource"));
                    }
                }
                // A refresh tells the progress that overtakes it, at once.
                Some(Next::Refresh) if code < 200 => self.told = status,
                Some(Next::Progress(_) | Next::Refresh) | None => {
                    *next = Some(match code {
                        200.. => Next::Last(status, "noresource"),
                        _ => Next::Progress(status),
                    });
                }
            },
            // Silent progress is told to nobody; a verdict stands.
            (State::Silent | State::ClosingEarly | State::Closing | State::Closed, _) => {}
        }
    }

    /// SUBSCRIBE came: 0 seconds end the subscription. `false` where it is over already.
    pub fn subscribed(&mut self, expires: Duration, now: Instant) -> bool {
        match &mut self.state {
            State::Quiet { next, .. } | State::Flying { next, .. } => {
                match next {
                    Some(Next::Last(..) | Next::Early(_)) => {}
                    _ if expires.is_zero() => {
                        *next = Some(Next::Last(newest(next.take(), &self.told), "timeout"));
                    }
                    _ => {
                        self.told = newest(next.take(), &self.told);
                        *next = Some(Next::Refresh);
                    }
                }
                self.expires_at = now + expires;
                true
            }
            State::Silent | State::ClosingEarly | State::Closing | State::Closed => false,
        }
    }

    /// The NOTIFY under way got its final response; 408 stands for silence.
    pub fn answered(&mut self, code: u16) {
        match &mut self.state {
            State::Flying { .. } if ends_subscription(code) => self.state = State::Closed,
            State::Flying { sent, next } => {
                self.state = State::Quiet {
                    progress_from: *sent + PACE,
                    next: next.take(),
                };
            }
            State::Closing => self.state = State::Closed,
            State::ClosingEarly => self.state = State::Silent,
            // Nothing of ours is under way.
            State::Silent | State::Quiet { .. } | State::Closed => {}
        }
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        if now < self.expires_at {
            return;
        }
        match &mut self.state {
            State::Silent => self.state = State::Closed,
            State::ClosingEarly => self.state = State::Closing,
            State::Quiet { next, .. } | State::Flying { next, .. } => {
                if !matches!(next, Some(Next::Last(..))) {
                    *next = Some(Next::Last(newest(next.take(), &self.told), "timeout"));
                }
            }
            State::Closing | State::Closed => {}
        }
    }

    /// The next NOTIFY that may go now.
    pub fn poll(&mut self, now: Instant) -> Option<Notice> {
        let State::Quiet {
            progress_from,
            next,
        } = &mut self.state
        else {
            return None;
        };
        match next {
            Some(Next::Progress(_)) if now < *progress_from => return None,
            _ => {}
        }
        let early = matches!(next, Some(Next::Early(_)));
        let standing = match next.take()? {
            Next::Progress(status) if status == self.told => return None,
            Next::Progress(status) => {
                self.told = status;
                self.active(now)
            }
            Next::Refresh => self.active(now),
            Next::Last(status, reason) => {
                self.told = status;
                Standing::Terminated(reason)
            }
            Next::Early(status) => {
                self.told = status;
                Standing::Terminated("noresource")
            }
        };
        self.state = match standing {
            Standing::Active { .. } => State::Flying {
                sent: now,
                next: None,
            },
            Standing::Terminated(_) if early => State::ClosingEarly,
            Standing::Terminated(_) => State::Closing,
        };
        Some(Notice {
            status: self.told.clone(),
            event_id: self.event_id,
            standing,
        })
    }

    fn active(&self, now: Instant) -> Standing {
        Standing::Active {
            expires_s: self.expires_at.saturating_duration_since(now).as_secs(),
        }
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Quiet {
                progress_from,
                next: Some(Next::Progress(_)),
            } => Some(self.expires_at.min(*progress_from)),
            State::Flying {
                next: Some(Next::Last(..)),
                ..
            } => None,
            State::Silent | State::ClosingEarly | State::Quiet { .. } | State::Flying { .. } => {
                Some(self.expires_at)
            }
            // The transaction of the last NOTIFY has its own end.
            State::Closing | State::Closed => None,
        }
    }

    pub fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }
}

/// What a waiting notice would have told, or else what was told before.
fn newest(waiting: Option<Next>, told: &Status) -> Status {
    match waiting {
        Some(Next::Progress(status) | Next::Last(status, _) | Next::Early(status)) => status,
        Some(Next::Refresh) | None => told.clone(),
    }
}

/// The answers to a NOTIFY that say nobody subscribes any more (RFC 6665 §4.2.2), silence among them.
fn ends_subscription(code: u16) -> bool {
    matches!(
        code,
        404 | 405 | 408 | 410 | 416 | 480..=485 | 489 | 501 | 604
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use std::collections::VecDeque;

    #[test]
    fn the_verdict_comes_after_trying_and_ringing() {
        check(
            "0.1 answer 200, 2 tell 180, 2.1 answer 200, 5 tell 200, 5.1 answer 200",
            expect![[r#"
                00.000 NOTIFY 100 active;expires=60
                02.000 NOTIFY 180 active;expires=58
                05.000 NOTIFY 200 terminated;reason=noresource
                05.100 closed
            "#]],
        );
    }

    #[test]
    fn progress_is_told_once_a_second_and_the_newest_wins() {
        check(
            "0.1 answer 200, 0.2 tell 180, 0.3 tell 181, 0.4 tell 183, 1.1 answer 200, 1.2 tell 180, \
             1.3 tell 183, 3 tell 486, 3.1 answer 200",
            expect![[r#"
                00.000 NOTIFY 100 active;expires=60
                01.000 NOTIFY 183 active;expires=59
                03.000 NOTIFY 486 terminated;reason=noresource
                03.100 closed
            "#]],
        );
    }

    #[test]
    fn nothing_overtakes_the_notify_under_way() {
        check(
            "0.5 tell 180, 1 tell 486, 1.5 tell 200, 4 answer 200, 4.1 answer 200",
            expect![[r#"
                00.000 NOTIFY 100 active;expires=60
                04.000 NOTIFY 486 terminated;reason=noresource
                04.100 closed
            "#]],
        );
    }

    #[test]
    fn only_the_first_verdict_is_told() {
        check(
            "0.1 answer 200, 0.2 tell 486, 0.3 tell 200, 0.4 answer 200, 0.5 tell 200",
            expect![[r#"
                00.000 NOTIFY 100 active;expires=60
                00.200 NOTIFY 486 terminated;reason=noresource
                00.400 closed
            "#]],
        );
    }

    #[test]
    fn a_peer_that_knows_no_subscription_is_told_no_more() {
        check(
            "0.1 answer 481, 0.2 tell 200",
            expect![[r#"
                00.000 NOTIFY 100 active;expires=60
                00.100 closed
            "#]],
        );
    }

    #[test]
    fn a_peer_in_trouble_still_gets_the_verdict() {
        check(
            "0.1 answer 500, 2 tell 200, 2.1 answer 503",
            expect![[r#"
                00.000 NOTIFY 100 active;expires=60
                02.000 NOTIFY 200 terminated;reason=noresource
                02.100 closed
            "#]],
        );
    }

    #[test]
    fn a_silent_peer_is_told_no_more() {
        check(
            "32 answer 408, 33 tell 200",
            expect![[r#"
                00.000 NOTIFY 100 active;expires=60
                32.000 closed
            "#]],
        );
    }

    #[test]
    fn a_refresh_tells_the_state_at_once_and_prolongs() {
        check(
            "0.1 answer 200, 2 tell 180, 2.1 answer 200, 2.2 subscribe 100, 2.3 answer 200, \
             101 tell 200, 101.1 answer 200",
            expect![[r#"
                00.000 NOTIFY 100 active;expires=60
                02.000 NOTIFY 180 active;expires=58
                02.200 NOTIFY 180 active;expires=100
                101.000 NOTIFY 200 terminated;reason=noresource
                101.100 closed
            "#]],
        );
    }

    #[test]
    fn whoever_unsubscribes_hears_where_things_stand_and_then_nothing() {
        check(
            "0.1 answer 200, 2 tell 180, 2.1 answer 200, 2.2 subscribe 0, 2.3 answer 200, 3 tell 200",
            expect![[r#"
                00.000 NOTIFY 100 active;expires=60
                02.000 NOTIFY 180 active;expires=58
                02.200 NOTIFY 180 terminated;reason=timeout
                02.300 closed
            "#]],
        );
    }

    #[test]
    fn a_subscription_without_a_verdict_ends_with_its_time() {
        check(
            "0.1 answer 200, 61 answer 200, 62 tell 200",
            expect![[r#"
                00.000 NOTIFY 100 active;expires=60
                60.000 NOTIFY 100 terminated;reason=timeout
                61.000 closed
            "#]],
        );
    }

    #[test]
    fn without_a_subscription_the_verdict_closes_in_silence() {
        let start = Instant::now();
        let mut notifier = Notifier::silent(Duration::from_secs(60), start);
        notifier.tell(status(180));
        assert_eq!((notifier.poll(start), notifier.is_closed()), (None, false));
        notifier.tell(status(200));
        assert_eq!((notifier.poll(start), notifier.is_closed()), (None, true));
    }

    #[test]
    fn a_peer_that_is_told_success_at_once_is_told_nothing_more_and_the_verdict_closes() {
        let start = Instant::now();
        let at_once = || Notifier::at_once(None, Duration::from_secs(60), start);
        let told = |notifier: &mut Notifier| {
            let notice = notifier.poll(start)?;
            Some((notice.status.code, notice.standing))
        };
        let last = Some((200, Standing::Terminated("noresource")));

        let mut notifier = at_once();
        assert_eq!(told(&mut notifier), last);
        notifier.tell(status(180));
        notifier.answered(200);
        assert_eq!((told(&mut notifier), notifier.is_closed()), (None, false));
        notifier.tell(status(486));
        assert_eq!((told(&mut notifier), notifier.is_closed()), (None, true));

        // The verdict comes before the answer to the NOTIFY, or even before it has gone.
        let mut notifier = at_once();
        assert_eq!(told(&mut notifier), last);
        notifier.tell(status(486));
        assert!(!notifier.is_closed());
        notifier.answered(200);
        assert!(notifier.is_closed());
        let mut notifier = at_once();
        notifier.tell(status(486));
        assert_eq!(told(&mut notifier), last);
        notifier.answered(200);
        assert!(notifier.is_closed());
    }

    fn status(code: u16) -> Status {
        Status {
            code,
            reason: String::new(),
        }
    }

    /// Plays a story ("seconds verb number, …") against a subscription of 60 seconds.
    #[track_caller]
    fn check(story: &str, expect: Expect) {
        let start = Instant::now();
        let mut story: VecDeque<(Instant, &str, u16)> = story
            .split(", ")
            .map(|step| {
                let words: Vec<&str> = step.split_whitespace().collect();
                let at = start + Duration::from_secs_f64(words[0].parse().unwrap());
                (at, words[1], words[2].parse().unwrap())
            })
            .collect();
        let mut notifier = Notifier::new(None, Duration::from_secs(60), start);
        let (mut ladder, mut now) = (String::new(), start);
        loop {
            while let Some((_, verb, number)) = story.pop_front_if(|(at, ..)| *at <= now) {
                match verb {
                    "tell" => notifier.tell(status(number)),
                    "answer" => notifier.answered(number),
                    "subscribe" => {
                        notifier.subscribed(Duration::from_secs(u64::from(number)), now);
                    }
                    other => panic!("unknown verb {other}"),
                }
            }
            notifier.handle_timeout(now);
            let at = now.duration_since(start).as_secs_f64();
            while let Some(notice) = notifier.poll(now) {
                let standing = match notice.standing {
                    Standing::Active { expires_s } => format!("active;expires={expires_s}"),
                    Standing::Terminated(reason) => format!("terminated;reason={reason}"),
                };
                ladder += &format!("{at:06.3} NOTIFY {} {standing}\n", notice.status.code);
            }
            if notifier.is_closed() {
                ladder += &format!("{at:06.3} closed\n");
                break;
            }
            let next_step = story.front().map(|(at, ..)| *at);
            match notifier.next_deadline().into_iter().chain(next_step).min() {
                Some(next) => now = next,
                None => break,
            }
        }
        expect.assert_eq(&ladder);
    }
}
