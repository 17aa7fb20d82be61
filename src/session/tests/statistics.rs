//! Samples of a call's sound, and word that they have changed. The sound of B, `call1`, is leg 101.

use expect_test::expect;

use super::B;
use super::rig::{Rig, check, listen};
use crate::base::LegId;
use crate::media::{Event, Sample};
use crate::script::Command;

impl Rig {
    /// So much was lost of what the far end sent, in hundredths of a percent, and it came so unevenly.
    fn sample(&mut self, packets: u64, loss: u16, jitter_us: u32) {
        let heard = Sample {
            ssrc: 1,
            packets,
            loss: Some(loss),
            jitter_us: Some(jitter_us),
        };
        let said = Sample {
            ssrc: 2,
            packets: 0,
            loss: None,
            jitter_us: None,
        };
        let leg = LegId(101);
        self.sound(Event::Sampled { leg, heard, said });
    }
}

fn monitor(every_ms: Option<u32>) -> Command {
    let call = B;
    Command::MonitorMediaStatistics { call, every_ms }
}

#[test]
fn statistics_are_told_where_they_differ_from_the_last() {
    check(
        |rig| {
            rig.unlisten(B, "StateChanged");
            rig.listen(B, "Statistics");
            rig.lines.push("nothing has come yet".into());
            rig.sample(0, 0, 0);
            rig.lines.push("the first sound".into());
            rig.sample(250, 0, 0);
            rig.script([]);
            rig.lines.push("a packet fewer".into());
            rig.sample(249, 0, 0);
            rig.lines.push("losses, and the same again".into());
            rig.sample(240, 400, 0);
            rig.script([]);
            rig.sample(240, 400, 0);
            rig.lines.push("jitter".into());
            rig.sample(250, 400, 1_500);
            rig.script([]);
            rig.lines.push("nobody listens".into());
            rig.unlisten(B, "Statistics");
            rig.sample(0, 0, 0);
        },
        expect![[r#"
            00.000  call1 is sampled every 5s
            nothing has come yet
            the first sound
            00.000  script: call1 Statistics
            a packet fewer
            losses, and the same again
            00.000  script: call1 Statistics
            jitter
            00.000  script: call1 Statistics
            nobody listens
            00.000  call1 is sampled no more
        "#]],
    );
}

#[test]
fn the_sound_is_sampled_as_often_as_the_script_asks_or_else_every_five_seconds_while_it_listens() {
    check(
        |rig| {
            rig.unlisten(B, "StateChanged");
            rig.script_free([listen(B, "MediaStatisticsReceived")]);
            rig.listen(B, "Statistics");
            rig.script_free([monitor(Some(1_000))]);
            rig.sample(50, 0, 0);
            rig.script([]);
            rig.script([]);
            rig.unlisten(B, "Statistics");
            rig.sample(50, 100, 0);
            rig.script([]);
            rig.listen(B, "Statistics");
            rig.script_free([monitor(None)]);
            rig.sample(50, 0, 0);
            rig.script([]);
            rig.unlisten(B, "Statistics");
        },
        expect![[r#"
            00.000  call1 is sampled every 5s
            00.000  call1 is sampled every 1s
            00.000  script: call1 MediaStatisticsReceived
            00.000  script: call1 Statistics
            00.000  script: call1 MediaStatisticsReceived
            00.000  call1 is sampled every 5s
            00.000  script: call1 Statistics
            00.000  call1 is sampled no more
        "#]],
    );
}
