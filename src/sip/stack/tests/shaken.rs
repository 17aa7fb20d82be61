//! The unforeseen: a net that loses, doubles, delays and garbles. Whatever comes of it, nothing panics,
//! numbers rise, nobody hears two verdicts, and in the end nothing is left.

use super::world::play;
use super::{Setting, calls, changes, transfers};

#[test]
fn nothing_is_left_of_a_shaken_call() {
    shake(calls::CALL, 40);
    shake(calls::CANCELLED, 40);
}

#[test]
fn nothing_is_left_of_a_shaken_session() {
    shake(changes::REOFFER, 20);
    shake(changes::RELIABLE, 20);
    shake(changes::MEETING, 20);
}

#[test]
fn nothing_is_left_of_a_shaken_transfer() {
    shake(transfers::TRANSFER, 60);
}

#[track_caller]
fn shake(story: &str, seeds: u64) {
    for seed in 0..seeds {
        let setting = Setting {
            shaken: Some(seed),
            session_expires_s: [0, 90][seed as usize % 2],
            ..Setting::default()
        };
        let outcome = play(story, setting);
        assert!(outcome.messages > 0);
    }
}
