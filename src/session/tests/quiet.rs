//! Calls whose sound does not come. The sound of B, `call1`, is leg 101.

use expect_test::expect;

use super::rig::{Rig, check};
use crate::base::LegId;
use crate::media::Event;

const SOUND: LegId = LegId(101);

#[test]
fn a_call_that_sends_nothing_any_more_gets_bye_after_the_time_of_the_setting() {
    check(
        |rig| {
            rig.session.limits.no_sound_s = 60;
            rig.sound(Event::FirstPacket { leg: SOUND });
            rig.pass(100.0);
            rig.sound(Event::Stopped { leg: SOUND });
            rig.pass(60.0);
        },
        expect![[r#"
            00.000  script: call1 FirstAudioPacketReceived
            100.000  script: call1 RtpStopped
            153.000  hang up call1
            153.000  script: call1 Disconnected
            153.000  call0 hears nobody
            153.000  call1 hears nobody
            153.000  record call1: 408 by runtime
        "#]],
    );
}

#[test]
fn sound_that_comes_again_in_time_and_a_setting_of_none_end_nothing() {
    check(
        |rig| {
            rig.session.limits.no_sound_s = 60;
            rig.sound(Event::FirstPacket { leg: SOUND });
            rig.sound(Event::Stopped { leg: SOUND });
            rig.pass(52.0);
            rig.sound(Event::Resumed { leg: SOUND });
            rig.pass(600.0);
            rig.session.limits.no_sound_s = 0;
            rig.sound(Event::Stopped { leg: SOUND });
            rig.pass(600.0);
        },
        expect![[r#"
            00.000  script: call1 FirstAudioPacketReceived
            00.000  script: call1 RtpStopped
            52.000  script: call1 RtpResumed
            652.000  script: call1 RtpStopped
        "#]],
    );
}

impl Rig {
    pub(super) fn sound(&mut self, event: Event) {
        let now = self.now;
        self.session.handle_media(event, now);
        self.session.look_after(now);
        self.drain();
    }
}
