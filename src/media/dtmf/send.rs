//! Presses keys: what is to be said every 20 ms, as telephone-events (RFC 4733 §2.5.1) or as tones.
//!
//! ```text
//! 0    20    40    60    80   100   120   140    160 … 220 ms
//! M5/20 5/40  5/60  5/80  5E    5E    5E   silence       M next key
//! ```

use std::collections::VecDeque;
use std::time::Duration;

use super::{Event, Key, MOST_KEYS, Stroke};

/// How often it is asked.
pub const STEP: Duration = Duration::from_millis(20);
/// A key sounds for 100 ms, and as much is between two: no receiver misses that.
const SOUNDS_STEPS: u16 = 5;
const GAP_STEPS: u16 = 6;
/// The end is said three times (§2.5.1.4).
const ENDS: u16 = 3;
/// In dB below 0 dBm0.
const VOLUME: u8 = 10;

/// What is pressed, one after the other.
#[derive(Clone, Debug, Default)]
pub struct Sender {
    strokes: VecDeque<Stroke>,
    now: Option<Pressed>,
}

#[derive(Clone, Copy, Debug)]
struct Pressed {
    stroke: Stroke,
    /// Steps of it that are over.
    steps: u16,
}

/// What one step of 20 ms says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// Of an event: `first` gets a new timestamp and the mark; the others keep that timestamp.
    Event { key: Key, first: bool, event: Event },
    /// Between two keys: nothing is pressed.
    Nothing,
}

impl Sender {
    /// Appended to what is not pressed yet. Returns what did not fit, which is beyond [`MOST_KEYS`].
    pub fn press(&mut self, strokes: &[Stroke]) -> usize {
        let room = MOST_KEYS.saturating_sub(self.strokes.len());
        self.strokes.extend(strokes.iter().take(room));
        strokes.len().saturating_sub(room)
    }

    pub fn is_idle(&self) -> bool {
        self.now.is_none() && self.strokes.is_empty()
    }

    /// Whether a key sounds, or its end is still to be said: nothing else may be heard meanwhile.
    pub fn sounds(&self) -> bool {
        self.now.is_some_and(|pressed| {
            matches!(pressed.stroke, Stroke::Key(_)) && pressed.steps < SOUNDS_STEPS + ENDS
        })
    }

    /// The next 20 ms, of a stream whose clock has `clock_hz`. `None`: all is said.
    pub fn step(&mut self, clock_hz: u32) -> Option<Said> {
        let pressed = match self.now {
            Some(pressed) => pressed,
            None => Pressed {
                stroke: self.strokes.pop_front()?,
                steps: 0,
            },
        };
        let steps = pressed.steps + 1;
        let (said, lasts) = match pressed.stroke {
            Stroke::Key(key) => (key_at(key, steps, clock_hz), SOUNDS_STEPS + GAP_STEPS),
            Stroke::Pause(pause) => (Said::Nothing, (pause.as_millis() / STEP.as_millis()) as u16),
        };
        self.now = (steps < lasts).then_some(Pressed { steps, ..pressed });
        Some(said)
    }
}

fn key_at(key: Key, step: u16, clock_hz: u32) -> Said {
    let sounded = step.min(SOUNDS_STEPS);
    if step >= SOUNDS_STEPS + ENDS {
        return Said::Nothing;
    }
    let ticks = u64::from(clock_hz) * STEP.as_millis() as u64 / 1_000 * u64::from(sounded);
    let event = Event {
        code: key.code(),
        end: step >= SOUNDS_STEPS,
        volume: VOLUME,
        duration: ticks.min(0xffff) as u16,
    };
    Said::Event {
        key,
        first: step == 1,
        event,
    }
}

#[cfg(test)]
mod tests {
    use super::super::strokes;
    use super::*;
    use crate::media::dtmf::Receiver;
    use crate::media::rtp::Header;
    use expect_test::expect;
    use std::time::Instant;

    #[test]
    fn a_key_is_told_as_the_rfc_has_it() {
        let mut sender = Sender::default();
        sender.press(&strokes("5w#").unwrap());
        let mut told = String::new();
        let mut ms = 0;
        while let Some(said) = sender.step(8_000) {
            if let Said::Event { key, first, event } = said {
                let (mark, end) = (
                    if first { "M " } else { "" },
                    if event.end { " E" } else { "" },
                );
                told += &format!("{ms} {mark}{key:?} {}{end}\n", event.duration);
            }
            ms += 20;
        }
        told += &format!("{ms} over\n");
        expect![[r#"
            0 M 5 160
            20 5 320
            40 5 480
            60 5 640
            80 5 800 E
            100 5 800 E
            120 5 800 E
            720 M # 160
            740 # 320
            760 # 480
            780 # 640
            800 # 800 E
            820 # 800 E
            840 # 800 E
            940 over
        "#]]
        .assert_eq(&told);
        assert!(sender.is_idle());
    }

    #[test]
    fn what_is_sent_is_heard_at_any_clock_and_with_every_fourth_packet_lost() {
        for clock in [8_000, 16_000, 48_000] {
            for lost in 0..4 {
                let (mut sender, mut receiver) = (Sender::default(), Receiver::default());
                sender.press(&strokes("0123456789*#ABCD5555").unwrap());
                let start = Instant::now();
                let (mut timestamp, mut heard) = (0u32, String::new());
                let mut step = 0;
                while let Some(said) = sender.step(clock) {
                    step += 1;
                    let Said::Event { first, event, .. } = said else {
                        continue;
                    };
                    if first {
                        timestamp = step * clock / 50;
                    }
                    if step % 4 == lost {
                        continue;
                    }
                    let header = Header {
                        marker: first,
                        payload: 101,
                        sequence: step as u16,
                        timestamp,
                        ssrc: 1,
                    };
                    let now = start + STEP * step;
                    heard.extend(
                        receiver
                            .hear(&header, &event.write(), now)
                            .map(Key::as_char),
                    );
                }
                assert_eq!(heard, "0123456789*#ABCD5555", "{clock}, {lost}");
            }
        }
    }

    #[test]
    fn no_more_waits_than_there_is_room_for() {
        let mut sender = Sender::default();
        let key = Stroke::Key(Key::of('1').unwrap());
        assert_eq!(sender.press(&[key; 200]), 0);
        assert_eq!(sender.press(&[key; 200]), 144);
    }
}
