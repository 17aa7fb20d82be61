//! Conferences by their sound.

use super::phones::{Crowd, LOUD, ROOM};
use crate::base::{LegId, SessionId, SoundId, UnitId};
use crate::media::unit::mixer;
use crate::media::{Command, Node, Order};

const OTHER_ROOM: SoundId = SoundId {
    session: SessionId(2),
    unit: UnitId(1),
};

/// All but `n`.
fn others(n: usize, of: usize) -> Vec<usize> {
    (0..of).filter(|other| *other != n).collect()
}

#[test]
fn of_ten_each_hears_nine_and_not_its_own() {
    let codecs = ["PCMU", "G722", "opus"];
    let phones: Vec<_> = (0..10)
        .map(|n| (codecs[n % 3], 300.0 + 200.0 * n as f64))
        .collect();
    let mut crowd = Crowd::new(&phones);
    crowd.room(ROOM, 10);
    for n in 0..10 {
        crowd.enter(ROOM, crowd.phones[n].leg);
    }
    crowd.talk(50);
    let all: Vec<_> = (0..10).map(|n| others(n, 10)).collect();
    assert_eq!(crowd.heard(), all);

    // One leaves: the others go on hearing each other, and it hears nobody.
    crowd.order(Command::Part {
        listener: ROOM,
        source: crowd.phones[4].leg.into(),
    });
    crowd.hear(crowd.phones[4].leg, None);
    crowd.talk(40);
    let heard = crowd.heard();
    for (n, heard) in heard.into_iter().enumerate() {
        let left = others(n, 10).into_iter().filter(|other| *other != 4);
        let expected: Vec<_> = if n == 4 { Vec::new() } else { left.collect() };
        assert_eq!(heard, expected, "{n}");
    }
}

#[test]
fn among_a_hundred_the_few_who_talk_are_heard_by_all() {
    let codec = |n| match n % 10 {
        5 => "opus",
        6 | 7 => "G722",
        _ => "PCMU",
    };
    let phones: Vec<_> = (0..100)
        .map(|n| (codec(n), 300.0 + 20.0 * n as f64))
        .collect();
    let mut crowd = Crowd::new(&phones);
    crowd.room(ROOM, 5);
    for n in 0..100 {
        // The breath of ninety-seven.
        crowd.phones[n].level = if n % 40 == 10 { LOUD } else { 60.0 };
        crowd.enter(ROOM, crowd.phones[n].leg);
    }
    crowd.talk(30);
    for (n, heard) in crowd.heard().into_iter().enumerate() {
        let talkers: Vec<_> = [10, 50, 90]
            .into_iter()
            .filter(|talker| *talker != n)
            .collect();
        assert_eq!(heard, talkers, "{n}");
    }
}

#[test]
fn who_is_louder_gets_the_floor_and_keeps_it_a_while() {
    let phones: Vec<_> = (0..4).map(|n| ("PCMU", 400.0 + 300.0 * n as f64)).collect();
    let mut crowd = Crowd::new(&phones);
    crowd.room(ROOM, 2);
    for n in 0..4 {
        crowd.enter(ROOM, crowd.phones[n].leg);
    }
    let says = |crowd: &mut Crowd, levels: [f64; 4]| {
        for (phone, level) in crowd.phones.iter_mut().zip(levels) {
            phone.level = level;
        }
    };
    says(&mut crowd, [LOUD, LOUD, 20.0, 20.0]);
    crowd.talk(50);
    assert_eq!(crowd.heard(), [vec![1], vec![0], vec![0, 1], vec![0, 1]]);
    // A third who is a little louder does not cut anybody off.
    says(&mut crowd, [LOUD, LOUD, LOUD * 1.5, 20.0]);
    crowd.talk(50);
    let levels = crowd.levels(3);
    assert!(
        levels[0] > 80 && levels[1] > 80 && levels[2] < 20,
        "{levels:?}"
    );
    // One of the two falls silent: the third is heard.
    says(&mut crowd, [LOUD, 0.0, LOUD, 20.0]);
    crowd.talk(75);
    crowd.talk(30);
    assert_eq!(crowd.heard(), [vec![2], vec![0, 2], vec![0], vec![0, 2]]);
}

#[test]
fn a_listener_may_be_spared_somebody() {
    let mut crowd = Crowd::new(&[("PCMU", 400.0), ("PCMU", 700.0), ("PCMU", 1_000.0)]);
    crowd.room(ROOM, 0);
    for n in 0..3 {
        crowd.enter(ROOM, crowd.phones[n].leg);
    }
    let spare = |crowd: &mut Crowd, without: Vec<Node>| {
        let listener = crowd.phones[0].leg.into();
        let order = Order::Mixer(mixer::Order { listener, without });
        crowd.order(Command::Steer { unit: ROOM, order });
    };
    let (bob, carol) = (crowd.phones[1].leg.into(), crowd.phones[2].leg.into());
    spare(&mut crowd, vec![bob]);
    crowd.talk(40);
    assert_eq!(crowd.heard(), [vec![2], vec![0, 2], vec![0, 1]]);
    spare(&mut crowd, vec![bob, carol]);
    crowd.talk(40);
    assert_eq!(crowd.heard(), [vec![], vec![0, 2], vec![0, 1]]);
    spare(&mut crowd, Vec::new());
    crowd.talk(40);
    assert_eq!(crowd.heard(), [vec![1, 2], vec![0, 2], vec![0, 1]]);
}

#[test]
fn sound_goes_from_session_to_session_both_ways_until_either_closes() {
    let phones = [("PCMU", 400.0), ("G722", 700.0), ("PCMU", 1_000.0)];
    let mut crowd = Crowd::new(&phones);
    crowd.room(ROOM, 10);
    let (near, far) = (LegId(101), LegId(102));
    let [alice, bob, carol] = [0, 1, 2].map(|n| crowd.phones[n].leg);
    let (one, other) = (near, far);
    crowd.order(Command::Tie { one, other });
    crowd.between(alice, near);
    for leg in [far, bob, carol] {
        crowd.enter(ROOM, leg);
    }
    crowd.talk(50);
    assert_eq!(crowd.heard(), [vec![1, 2], vec![0, 2], vec![0, 1]]);
    crowd.order(Command::Close { leg: near });
    crowd.talk(40);
    assert_eq!(crowd.heard(), [vec![], vec![2], vec![1]]);
    assert_eq!(crowd.graph.len(), 4, "three phones and a room");
    crowd.order(Command::Close { leg: far });
    // What has no packets has no figures.
    assert!(
        !std::iter::from_fn(|| crowd.graph.poll())
            .any(|event| { matches!(event, crate::media::Event::Closed { .. }) })
    );
}

#[test]
fn two_rooms_that_hear_each_other_are_one_and_nobody_echoes() {
    let phones = [("PCMU", 400.0), ("PCMU", 700.0), ("PCMU", 1_000.0)];
    let mut crowd = Crowd::new(&phones);
    crowd.room(ROOM, 10);
    crowd.room(OTHER_ROOM, 10);
    let (one, other) = (LegId(101), LegId(102));
    crowd.order(Command::Tie { one, other });
    let [alice, bob, carol] = [0, 1, 2].map(|n| crowd.phones[n].leg);
    for leg in [alice, bob, one] {
        crowd.enter(ROOM, leg);
    }
    for leg in [carol, other] {
        crowd.enter(OTHER_ROOM, leg);
    }
    crowd.talk(50);
    assert_eq!(crowd.heard(), [vec![1, 2], vec![0, 2], vec![0, 1]]);
}

#[test]
fn a_ring_of_calls_between_sessions_is_silent() {
    let mut crowd = Crowd::new(&[("PCMU", 400.0), ("PCMU", 700.0)]);
    let ends = [(101, 102), (103, 104)].map(|(one, other)| (LegId(one), LegId(other)));
    for (one, other) in ends {
        crowd.order(Command::Tie { one, other });
        // Twice does nothing.
        crowd.order(Command::Tie { one, other });
    }
    let [(a, b), (c, d)] = ends;
    crowd.between(b, c);
    crowd.between(d, a);
    let [alice, bob] = [0, 1].map(|n| crowd.phones[n].leg);
    for (listener, source) in [(alice, a), (bob, c)] {
        crowd.hear(listener, Some(source.into()));
    }
    crowd.talk(20);
    assert_eq!(crowd.heard(), [Vec::<usize>::new(), Vec::new()]);
}

#[test]
fn a_chain_of_calls_between_sessions_is_heard_through() {
    let mut crowd = Crowd::new(&[("PCMU", 400.0), ("G722", 700.0)]);
    let [alice, bob] = [0, 1].map(|n| crowd.phones[n].leg);
    let ends = [LegId(101), LegId(102), LegId(103), LegId(104)];
    let [a, b, c, d] = ends;
    for (one, other) in [(a, b), (c, d)] {
        crowd.order(Command::Tie { one, other });
    }
    for (one, other) in [(alice, a), (b, c), (d, bob)] {
        crowd.between(one, other);
    }
    crowd.talk(40);
    assert_eq!(crowd.heard(), [[1], [0]]);
}
