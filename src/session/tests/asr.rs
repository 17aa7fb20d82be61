//! Speech and what is recognised, which go different ways through the program.

use expect_test::expect;

use super::rig::{Rig, check};
use crate::base::{LegId, SessionId, SoundId, UnitId};
use crate::media::unit::cutter::News;
use crate::media::{self, Event};
use crate::script::Command;
use crate::script::asr::{NewAsr, Recognised};
use crate::script::unit::NewUnit;

const UNIT: UnitId = UnitId(1);

impl Rig {
    fn listens(&mut self) {
        let asr = NewAsr {
            language: None,
            parameters: Default::default(),
            place: None,
        };
        let events = ["SpeechCaptured", "Result", "ASRError"];
        let [captured, result, error] = events.map(|event| Command::ListenUnit {
            unit: UNIT,
            event: event.to_string(),
            on: true,
        });
        let create = Command::CreateUnit {
            unit: UNIT,
            what: Box::new(NewUnit::Asr(asr)),
        };
        // Something to answer.
        self.sound(Event::FirstPacket { leg: LegId(101) });
        self.script([create, captured, result, error]);
    }

    fn spoken(&mut self, at_ms: u64) {
        let unit = SoundId {
            session: SessionId(1),
            unit: UNIT,
        };
        let news = media::News::Cutter(News::Ended { ms: 500, at_ms });
        self.sound(Event::Unit { unit, news });
    }

    fn understood(&mut self, text: &str) {
        let recognised = match text {
            "" => Recognised::Fault { why: "no".into() },
            text => Recognised::Text {
                text: text.into(),
                confidence: 50.0,
                language: None,
            },
        };
        self.session.handle_recognised(UNIT, recognised, self.now);
        self.drain();
    }
}

#[test]
fn what_was_said_is_told_after_its_end_however_fast_it_was_understood() {
    check(
        |rig| {
            rig.listens();
            rig.understood("one");
            rig.understood("");
            rig.spoken(1_000);
            rig.spoken(2_000);
            rig.spoken(3_000);
            rig.understood("three");
            for _ in 0..1_000 {
                rig.understood("nobody spoke");
            }
        },
        expect![[r#"
            00.000  script: call1 FirstAudioPacketReceived
            00.000  unit1 is to be recognised
            00.000  script: Unit { unit: UnitId(1), news: Asr(SpeechCaptured) }
            00.000  script: Unit { unit: UnitId(1), news: Asr(Result { text: "one", confidence: 50.0, end_s: Some(1.0), language: None }) }
            00.000  script: Unit { unit: UnitId(1), news: Asr(SpeechCaptured) }
            00.000  script: Unit { unit: UnitId(1), news: Asr(Error { error: "no" }) }
            00.000  script: Unit { unit: UnitId(1), news: Asr(SpeechCaptured) }
            00.000  script: Unit { unit: UnitId(1), news: Asr(Result { text: "three", confidence: 50.0, end_s: Some(3.0), language: None }) }
        "#]],
    );
}
