//! The keys of phones: what a call's far end presses, in whatever way, becomes `ToneReceived` where the script has
//! asked for it; and what the script presses goes to the sound.

use std::time::{Duration, Instant};

use super::{Sent, Session};
use crate::base::{CallId, Now};
use crate::media;
use crate::media::dtmf::{Key, Way, Ways, strokes};
use crate::script::command::{Level, Tones};
use crate::script::event::CallNews;

/// `DTMFType`.
const EVENT: u8 = 1;
const IN_BAND: u8 = 2;
const INFO: u8 = 3;

/// How long after a key the same one in another way is still that one.
const SAME: Duration = Duration::from_millis(600);

/// The key that was told last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pressed {
    key: Key,
    /// The ways in which it came, each as the bit of its `DTMFType`.
    ways: u8,
    at: Instant,
}

impl Pressed {
    fn is(&self, key: Key, now: Now) -> bool {
        self.key == key && now.at.saturating_duration_since(self.at) < SAME
    }
}

impl Session {
    pub(super) fn handle_tones(&mut self, call: CallId, tones: Tones) {
        if let Some(talk) = self.calls.get_mut(&call) {
            talk.tones = tones;
            self.tell_tones(call);
        }
    }

    /// The call's sound is told what the script wants of its keys: also where another leg has taken its place.
    pub(super) fn tell_tones(&mut self, call: CallId) {
        if let Some(talk) = self.calls.get(&call) {
            let ways = Ways {
                events: talk.tones.events,
                in_band: talk.tones.in_band,
            };
            let leg = talk.call.sound;
            self.sound(media::Command::HandleKeys { leg, ways });
        }
    }

    pub(super) fn send_digits(&mut self, call: CallId, digits: &str) {
        let Some(talk) = self.calls.get(&call) else {
            return;
        };
        let leg = talk.call.sound;
        match strokes(digits) {
            Ok(strokes) => self.sound(media::Command::Press { leg, strokes }),
            // The isolate has looked at them.
            Err(fault) => self.log(
                Level::Warning,
                format!("{call}: no digits are sent: {fault}"),
            ),
        }
    }

    pub(super) fn key_came(&mut self, call: CallId, key: Key, way: Way, now: Now) {
        let Some(talk) = self.calls.get(&call) else {
            return;
        };
        let wanted = match way {
            Way::Event => talk.tones.events,
            Way::InBand => talk.tones.in_band,
        };
        let kind = match way {
            Way::Event => EVENT,
            Way::InBand => IN_BAND,
        };
        if wanted {
            self.tell_key(call, key, kind, now);
        }
    }

    /// Whether an INFO was a key that the script has asked for: then it is told as that.
    pub(super) fn key_in_info(
        &mut self,
        call: CallId,
        mime_type: &str,
        body: &str,
        now: Now,
    ) -> bool {
        let wanted = self.calls.get(&call).is_some_and(|talk| talk.tones.info);
        let key = key_of_info(mime_type, body).filter(|_| wanted);
        if let Some(key) = key {
            self.tell_key(call, key, INFO, now);
        }
        key.is_some()
    }

    /// Some phones press a key in two ways at once, and gateways leave the beginning of the tones in the sound: that is
    /// one key, in the way that came first.
    fn tell_key(&mut self, call: CallId, key: Key, kind: u8, now: Now) {
        let Some(talk) = self.calls.get_mut(&call) else {
            return;
        };
        let way = 1u8 << kind;
        match &mut talk.pressed {
            Some(last) if last.is(key, now) && last.ways & way == 0 => {
                last.ways |= way;
                return;
            }
            pressed => {
                *pressed = Some(Pressed {
                    key,
                    ways: way,
                    at: now.at,
                });
            }
        }
        let phase = talk.call.phase();
        let news = CallNews::ToneReceived {
            tone: key.as_char().to_string(),
            kind,
        };
        self.tell_call(call, phase, news, Sent::Plain);
    }
}

/// `application/dtmf-relay` names the key in a line `Signal=5`; `application/dtmf` is the key and nothing else. Some
/// write the code of RFC 4733: `Signal=10` is the asterisk.
fn key_of_info(mime_type: &str, body: &str) -> Option<Key> {
    let mime_type = mime_type.split(';').next().unwrap_or_default().trim();
    let key = if mime_type.eq_ignore_ascii_case("application/dtmf-relay") {
        body.lines().find_map(|line| {
            let (name, value) = line.split_once('=')?;
            name.trim().eq_ignore_ascii_case("signal").then_some(value)
        })?
    } else if mime_type.eq_ignore_ascii_case("application/dtmf") {
        body
    } else {
        return None;
    };
    let key = key.trim();
    let mut letters = key.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => Key::of(letter),
        (Some(_), Some(_)) => key.parse().ok().and_then(Key::of_code),
        (None, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_in_an_info_is_read_in_the_ways_that_phones_write_it() {
        let check = |mime_type, body, key: Option<char>| {
            assert_eq!(
                key_of_info(mime_type, body).map(Key::as_char),
                key,
                "{body:?}"
            );
        };
        check(
            "application/dtmf-relay",
            "Signal=5\r\nDuration=160\r\n",
            Some('5'),
        );
        check(
            "Application/DTMF-Relay",
            "Duration= 250\r\nsignal= #\r\n",
            Some('#'),
        );
        check("application/dtmf-relay", "Signal=10\r\n", Some('*'));
        check("application/dtmf-relay", "Signal=11", Some('#'));
        check("application/dtmf", "7", Some('7'));
        check("application/dtmf;x=y", " * \r\n", Some('*'));
        check("application/dtmf-relay", "Signal=16", None);
        check("application/dtmf-relay", "Signal=", None);
        check("application/dtmf-relay", "Signal=hello", None);
        check("application/dtmf-relay", "5", None);
        check("application/dtmf", "", None);
        check("text/plain", "5", None);
    }
}
