//! How people take calls, and how long they wait for others.

use std::time::Duration;

use crate::sim::chance::Chance;
use crate::sim::phone::{Following, Manners, Reception, Taking, Then};

pub(super) fn of_callee(chance: &mut Chance, is_impatient: bool) -> Manners {
    let rings = match chance.below(10) {
        0 => None,
        1 => Some((183, chance.millis(0, 1000))),
        _ => Some((180, chance.millis(0, 1000))),
    };
    let then = match chance.below(100) {
        0..10 => Then::Answer(Duration::ZERO),
        10..70 => Then::Answer(chance.millis(200, 8000)),
        70..88 => {
            let codes = [486, 486, 480, 603, 404, 500];
            let at = chance.below(codes.len() as u64) as usize;
            Then::Reject(codes[at], chance.millis(0, 5000))
        }
        _ => Then::Wait,
    };
    let talks_for = (is_impatient && chance.one_in(4)).then(|| chance.millis(0, 15_000));
    Manners {
        usual: Reception { rings, then },
        talks_for,
        ..of_anybody(chance, is_impatient)
    }
}

pub(super) fn of_caller(chance: &mut Chance, is_impatient: bool) -> Manners {
    Manners {
        patience: (is_impatient && chance.one_in(3)).then(|| chance.millis(0, 10_000)),
        // Whom a scenario calls back, or whom a transfer comes back to.
        usual: Reception::answer(Duration::ZERO, chance.millis(200, 3000)),
        ..of_anybody(chance, is_impatient)
    }
}

fn of_anybody(chance: &mut Chance, is_impatient: bool) -> Manners {
    let leaves = match is_impatient {
        true => chance.one_in(2),
        false => chance.one_in(5),
    };
    let follows = (!chance.one_in(3)).then(|| Following::new(Taking::Accept(202)));
    Manners {
        leaves_when_accepted: leaves.then(|| chance.millis(0, 1000)),
        leaves_on_success: chance.one_in(2).then(|| chance.millis(0, 2000)),
        follows,
        ..Manners::default()
    }
}
