//! Keys of a phone: as events beside the sound (RFC 4733), and as pairs of tones in it.

mod detect;
mod event;
mod lookout;
mod receive;
mod send;

use std::fmt;
use std::time::Duration;

pub use detect::{Detector, Heard};
pub use event::Event;
pub use lookout::Lookout;
pub use receive::Receiver;
pub use send::{Said, Sender};

/// Most keys and pauses that are sent at one time.
pub const MOST_KEYS: usize = 256;
/// In the order of RFC 4733 §3.2.
const KEYS: [u8; 16] = *b"0123456789*#ABCD";
/// `w`.
const SHORT_PAUSE: Duration = Duration::from_millis(500);
/// `,` and `p`.
const PAUSE: Duration = Duration::from_secs(1);

/// One of the sixteen keys.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(u8);

impl Key {
    /// `0` to `9`, `*`, `#`, `A` to `D` in either case.
    pub fn of(key: char) -> Option<Key> {
        let place = KEYS
            .iter()
            .position(|known| char::from(*known) == key.to_ascii_uppercase());
        place.map(|place| Key(place as u8))
    }

    /// The event code of RFC 4733 §3.2; those above 15 are no keys.
    pub fn of_code(code: u8) -> Option<Key> {
        (code < 16).then_some(Key(code))
    }

    pub fn code(self) -> u8 {
        self.0
    }

    pub fn as_char(self) -> char {
        KEYS.get(usize::from(self.0))
            .copied()
            .map_or('?', char::from)
    }

    /// Low and high, in Hz (Q.23).
    pub fn tones(self) -> (f64, f64) {
        const ROWS: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
        const COLUMNS: [f64; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];
        let (row, column) = self.place();
        (ROWS[row], COLUMNS[column])
    }

    /// On the pad: row and column, both below 4.
    fn place(self) -> (usize, usize) {
        let pad = b"123A456B789C*0#D";
        let at = pad
            .iter()
            .position(|key| char::from(*key) == self.as_char())
            .unwrap_or(0);
        (at / 4, at % 4)
    }

    fn at(row: usize, column: usize) -> Option<Key> {
        let pad = b"123A456B789C*0#D";
        pad.get(row * 4 + column)
            .and_then(|key| Key::of(char::from(*key)))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.as_char())
    }
}

/// How a key comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// RFC 4733.
    Event,
    /// In the sound itself.
    InBand,
}

/// The ways in which keys are listened for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ways {
    pub events: bool,
    pub in_band: bool,
}

/// What is dialled: a key, or nothing for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    Key(Key),
    Pause(Duration),
}

/// Reads what is to be dialled: keys, `,` or `p` for a second and `w` for half a second of pause; blanks and
/// hyphens mean nothing. What is wrong with it, in words, where it cannot be dialled.
pub fn strokes(text: &str) -> Result<Vec<Stroke>, String> {
    let mut strokes = Vec::new();
    for c in text.chars() {
        strokes.push(match c {
            ' ' | '-' => continue,
            ',' | 'p' | 'P' => Stroke::Pause(PAUSE),
            'w' | 'W' => Stroke::Pause(SHORT_PAUSE),
            c => match Key::of(c) {
                Some(key) => Stroke::Key(key),
                None => {
                    return Err(format!(
                        "{c:?} is no key of a phone: 0-9, *, #, A-D, and ',', 'p', 'w' for pauses"
                    ));
                }
            },
        });
        if strokes.len() > MOST_KEYS {
            return Err(format!("at most {MOST_KEYS} keys are sent at one time"));
        }
    }
    match strokes.is_empty() {
        true => Err("there are no keys in it".to_string()),
        false => Ok(strokes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_their_codes_and_tones() {
        let all: String = (0..16).filter_map(Key::of_code).map(Key::as_char).collect();
        assert_eq!(all, "0123456789*#ABCD");
        assert_eq!(Key::of_code(16), None);
        assert_eq!(Key::of('d').map(Key::code), Some(15));
        assert_eq!(Key::of('e'), None);
        assert_eq!(Key::of('#').map(Key::tones), Some((941.0, 1_477.0)));
        assert_eq!(Key::of('A').map(Key::tones), Some((697.0, 1_633.0)));
        assert!((0..16).filter_map(Key::of_code).all(|key| {
            let (row, column) = key.place();
            Key::at(row, column) == Some(key)
        }));
    }

    #[test]
    fn what_is_dialled_is_read_with_its_pauses() {
        assert_eq!(
            format!("{:?}", strokes("1w2, #").unwrap()),
            "[Key(1), Pause(500ms), Key(2), Pause(1s), Key(#)]"
        );
        assert_eq!(
            strokes("12x").unwrap_err(),
            "'x' is no key of a phone: 0-9, *, #, A-D, and ',', 'p', 'w' for pauses"
        );
        assert_eq!(strokes(" ").unwrap_err(), "there are no keys in it");
        assert_eq!(
            strokes(&"1".repeat(257)).unwrap_err(),
            "at most 256 keys are sent at one time"
        );
        assert!(strokes("1\r\n").is_err());
    }
}
