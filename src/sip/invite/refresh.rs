//! Session timers (RFC 4028): the interval that both sides agree on, its refresh at half time, and the
//! end of a session that nobody refreshes.

use std::time::{Duration, Instant};

use super::Leg;
use super::modify::Change;
use crate::sip::message::{Headers, Name, Request};
use crate::sip::stack::desk::Desk;
use crate::sip::stack::{Ending, Settings};

/// No interval may be shorter (§4).
const LEAST_S: u32 = 90;

/// Between two tries of a refresh.
const PAUSE: Duration = Duration::from_secs(10);

/// The timer of one session.
#[derive(Clone, Debug)]
pub struct SessionTimer {
    interval_s: u32,
    /// When we refresh; `None` where the peer does.
    refresh_at: Option<Instant>,
    /// When the session is over unless it was refreshed: a little before the interval ends (§10).
    end_at: Instant,
}

/// What `Session-Expires` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Expires {
    interval_s: u32,
    refresher: Option<Refresher>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refresher {
    Uac,
    Uas,
}

impl SessionTimer {
    fn new(interval_s: u32, ours: bool, now: Instant) -> SessionTimer {
        let interval = Duration::from_secs(u64::from(interval_s));
        SessionTimer {
            interval_s,
            refresh_at: ours.then(|| now + interval / 2),
            end_at: now + interval - (interval / 3).min(Duration::from_secs(32)),
        }
    }

    /// Whether we refresh.
    pub fn is_ours(&self) -> bool {
        self.refresh_at.is_some()
    }

    /// Refreshed just now, on the same terms.
    pub fn anew(&self, now: Instant) -> SessionTimer {
        SessionTimer::new(self.interval_s, self.is_ours(), now)
    }

    /// With an interval of at least so much.
    pub fn at_least(&self, least_s: u32, now: Instant) -> SessionTimer {
        SessionTimer::new(self.interval_s.max(least_s), self.is_ours(), now)
    }

    pub fn next_deadline(&self) -> Instant {
        self.refresh_at.unwrap_or(self.end_at).min(self.end_at)
    }

    /// Writes the wish for a refresh that keeps the roles.
    pub fn write(&self, headers: &mut Headers, min_se_s: u32) {
        let refresher = match self.refresh_at {
            Some(_) => "uac",
            None => "uas",
        };
        let value = format!("{};refresher={refresher}", self.interval_s);
        headers.set(Name::SessionExpires, value);
        headers.set(Name::MinSe, min_se_s.max(LEAST_S).to_string());
    }
}

/// Writes the wish of a first INVITE; `least_s` is what a 422 asks for.
pub fn ask(headers: &mut Headers, settings: &Settings, least_s: Option<u32>) {
    if settings.session_expires_s == 0 && least_s.is_none() {
        return;
    }
    let min_se_s = settings.min_se_s.max(LEAST_S).max(least_s.unwrap_or(0));
    let interval_s = settings.session_expires_s.max(min_se_s);
    headers.set(Name::SessionExpires, interval_s.to_string());
    headers.set(Name::MinSe, min_se_s.to_string());
}

/// What a 422 asks for.
pub fn least(headers: &Headers) -> Option<u32> {
    number(headers.text(&Name::MinSe)?)
}

/// The timer that a 2xx to a request of ours sets; `by_default` says who refreshes where it does not.
pub fn granted(headers: &Headers, by_default: bool, now: Instant) -> Option<SessionTimer> {
    let expires = expires(headers)?;
    let ours = expires
        .refresher
        .map_or(by_default, |refresher| refresher == Refresher::Uac);
    Some(SessionTimer::new(
        expires.interval_s.max(LEAST_S),
        ours,
        now,
    ))
}

/// The interval that a request asks for is too short: the Min-SE to answer with 422 (§9).
pub fn too_short(request: &Request, settings: &Settings) -> Option<u32> {
    let asked = expires(&request.headers)?;
    let least_s = settings.min_se_s.max(LEAST_S);
    let knows = request.headers.has_token(&Name::Supported, "timer")
        || request.headers.has_token(&Name::Require, "timer");
    (knows && asked.interval_s < least_s).then_some(least_s)
}

/// Agrees on a timer for a request of the peer's and writes it into its 2xx (§9). `running` is the timer
/// so far, whose roles a refresh keeps unless it says otherwise.
pub fn grant(
    request: &Request,
    settings: &Settings,
    running: Option<&SessionTimer>,
    now: Instant,
) -> Option<(SessionTimer, Headers)> {
    let knows = request.headers.has_token(&Name::Supported, "timer")
        || request.headers.has_token(&Name::Require, "timer");
    let asked = expires(&request.headers);
    let least_s = least(&request.headers).unwrap_or(0).max(LEAST_S);
    let interval_s = match (asked, knows, settings.session_expires_s) {
        (Some(asked), _, 0) => asked.interval_s,
        (Some(asked), _, ours) => asked.interval_s.min(ours),
        (None, true, ours) if ours > 0 => ours,
        (None, _, _) => return None,
    };
    let interval_s = interval_s.max(least_s);
    let refresher = match (asked.and_then(|asked| asked.refresher), knows) {
        (Some(refresher), true) => refresher,
        // Without the extension the peer cannot refresh.
        (_, false) => Refresher::Uas,
        (None, true) => match running.map(|timer| timer.refresh_at) {
            Some(Some(_)) => Refresher::Uas,
            Some(None) | None => Refresher::Uac,
        },
    };
    let mut headers = Headers::new();
    let name = match refresher {
        Refresher::Uac => "uac",
        Refresher::Uas => "uas",
    };
    headers.push(
        Name::SessionExpires,
        format!("{interval_s};refresher={name}"),
    );
    if refresher == Refresher::Uac {
        headers.push(Name::Require, "timer");
    }
    let timer = SessionTimer::new(interval_s, refresher == Refresher::Uas, now);
    Some((timer, headers))
}

fn expires(headers: &Headers) -> Option<Expires> {
    let value = headers.text(&Name::SessionExpires)?;
    let mut parts = value.split(';').map(str::trim);
    let interval_s = number(parts.next()?)?;
    let refresher = parts
        .filter_map(|part| part.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("refresher"))
        .and_then(
            |(_, value)| match value.trim().to_ascii_lowercase().as_str() {
                "uac" => Some(Refresher::Uac),
                "uas" => Some(Refresher::Uas),
                _ => None,
            },
        );
    Some(Expires {
        interval_s,
        refresher,
    })
}

/// Seconds, at most a day: whatever is longer is as good as that.
fn number(text: &str) -> Option<u32> {
    let digits = text.split(';').next()?.trim();
    let number: u64 = digits.parse().ok()?;
    Some(number.min(86_400) as u32)
}

impl Leg {
    /// Refreshes what is due, and ends what nobody refreshed.
    pub(super) fn handle_refresh_timeout(&mut self, desk: &mut Desk, now: Instant) {
        let up = self.is_up();
        let Some(timer) = self.timer.as_mut().filter(|_| up) else {
            return;
        };
        if timer.end_at <= now {
            let ending = Ending::Lost {
                code: 408,
                reason: "Session Expired",
            };
            self.lose(desk, ending, now);
        } else if timer.refresh_at.is_some_and(|at| at <= now) {
            // Should it fail without an answer that ends the call, the next try comes soon.
            timer.refresh_at = Some(now + PAUSE);
            self.change(desk, Change::Refresh, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_expires_is_read_with_its_refresher() {
        check("1800", Some((1800, None)));
        check("90;refresher=uac", Some((90, Some(Refresher::Uac))));
        check(
            " 90 ; Refresher = UAS ; x",
            Some((90, Some(Refresher::Uas))),
        );
        check("99999999999", Some((86_400, None)));
        check("soon", None);
        check("", None);
    }

    #[track_caller]
    fn check(value: &str, expected: Option<(u32, Option<Refresher>)>) {
        let mut headers = Headers::new();
        headers.push(Name::SessionExpires, value.to_string());
        let read = expires(&headers).map(|expires| (expires.interval_s, expires.refresher));
        assert_eq!(read, expected, "{value:?}");
    }

    #[test]
    fn the_refresher_refreshes_at_half_time_and_the_other_ends_a_little_before_it() {
        let now = Instant::now();
        let ours = SessionTimer::new(90, true, now);
        let theirs = SessionTimer::new(1800, false, now);
        assert_eq!(ours.next_deadline() - now, Duration::from_secs(45));
        assert_eq!(theirs.next_deadline() - now, Duration::from_secs(1800 - 32));
    }
}
