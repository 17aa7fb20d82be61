//! Whole ladders in virtual time.

mod calls;
mod changes;
mod door;
mod referring;
mod shaken;
mod transfers;
mod world;

use expect_test::Expect;

use world::{Setting, play};

/// Plays a story and compares what was said and noticed. Every story ends with nothing left.
#[track_caller]
fn check(story: &str, expect: Expect) {
    check_in(Setting::default(), story, expect);
}

#[track_caller]
fn check_in(setting: Setting, story: &str, expect: Expect) {
    expect.assert_eq(&play(story, setting).ladder);
}

/// Plays a story once for each of its messages, with that message lost: it ends as if none were.
#[track_caller]
fn check_each_lost(story: &str) {
    let whole = play(story, Setting::default());
    for number in 1..=whole.messages {
        let setting = Setting {
            lost: [number].into(),
            ..Setting::default()
        };
        let outcome = play(story, setting);
        assert_eq!(
            outcome.state, whole.state,
            "message {number} was lost\n{}",
            outcome.ladder
        );
    }
}
