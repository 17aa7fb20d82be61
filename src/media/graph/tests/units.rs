//! Units by their sound: what a recorder has, and what a mix of different codecs is.

use super::phones::{Crowd, ROOM};
use crate::media::{Command, NewUnit, Node, Side};

#[test]
fn a_recorder_has_both_sides_of_a_call_that_goes_on_being_relayed() {
    let mut crowd = Crowd::new(&[("PCMU", 440.0), ("PCMU", 700.0)]);
    let [a, b] = [0, 1].map(|n| crowd.phones[n].leg);
    let recorder = ROOM;
    crowd.between(a, b);
    let what = NewUnit::Recorder {
        rate_hz: 8_000,
        stereo: true,
    };
    crowd.order(Command::Create {
        unit: recorder,
        what,
    });
    crowd.join(recorder, a.into(), Side::Left);
    crowd.join(recorder, Node::Heard(a), Side::Right);
    assert_eq!(crowd.talk(50), 100, "every packet is relayed");
    assert_eq!(crowd.heard(), [[1], [0]]);
    let [left, right] = &crowd.cuts;
    assert_eq!([left.len(), right.len()], [8_000, 8_000]);
    assert_eq!(crowd.cut(8_000), [[0], [1]]);

    // The tap follows what the call hears.
    crowd.hear(a, Some(recorder.into()));
    crowd.hear(a, None);
    crowd.talk(50);
    assert_eq!(crowd.cut(8_000), [vec![0], vec![]]);
    crowd.order(Command::Drop { unit: recorder });
    crowd.talk(50);
    assert!(crowd.cuts[0].is_empty());
    assert!(crowd.graph.clock.is_empty(), "nobody is decoded any more");
}

#[test]
fn in_a_mix_of_different_codecs_everybody_hears_the_others_until_one_leaves() {
    let mut crowd = Crowd::new(&[("PCMU", 440.0), ("G722", 700.0), ("opus", 1_000.0)]);
    crowd.room(ROOM, 0);
    for n in 0..3 {
        crowd.enter(ROOM, crowd.phones[n].leg);
    }
    crowd.talk(50);
    assert_eq!(crowd.heard(), [[1, 2], [0, 2], [0, 1]]);
    crowd.order(Command::Part {
        listener: ROOM,
        source: crowd.phones[1].leg.into(),
    });
    crowd.talk(50);
    assert_eq!(crowd.heard(), [vec![2], vec![0, 2], vec![0]]);
    let leg = crowd.phones[2].leg;
    crowd.order(Command::Close { leg });
    crowd.talk(50);
    assert_eq!(crowd.heard(), [vec![], vec![0], vec![]]);
}
