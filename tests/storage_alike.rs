//! What a test plays is what the disk does: the storage of simulations and that of the program answer the same.

use std::sync::mpsc;
use std::time::{SystemTime, UNIX_EPOCH};

use switchhook::base::Dice;
use switchhook::script::inquiry::{StorageInquiry, Stored};
use switchhook::sim::shelf::Shelf;
use switchhook::storage::ApplicationStorage;

const ROOM: u32 = 12;

#[test]
fn the_shelf_of_a_simulation_and_the_disk_answer_the_same() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let storage = ApplicationStorage::open(data.path()).expect("a store");
    let (mut shelf, mut dice) = (Shelf::default(), Dice::from_seed(1));
    let (mut full, mut found) = (0, 0);
    for step in 0..600 {
        let what = any(&mut dice);
        let (tell, told) = mpsc::channel();
        let done = Box::new(move |outcome| tell.send(outcome).expect("it is awaited"));
        storage.ask(what.clone(), ROOM, done);
        let of_disk = told.recv().expect("an answer").map(plain);
        let of_shelf = shelf.answer(what.clone(), ROOM, now_s()).map(plain);
        assert_eq!(of_disk, of_shelf, "step {step}: {what:?}");
        full += usize::from(of_disk.is_err());
        found += usize::from(of_disk.is_ok_and(|told| told.len() > 1));
    }
    assert!(full > 15 && found > 60, "{full} {found}");
}

/// Few keys, so that they meet; what expires does so at once or not while this lasts.
fn any(dice: &mut Dice) -> StorageInquiry {
    let mut below = |most: u64| dice.u64() % most;
    let key = format!("{}:{}", ["a", "b", "ä"][below(3) as usize], below(9));
    match below(6) {
        0 => StorageInquiry::Get { key },
        1 => StorageInquiry::Remove { key },
        2 => StorageInquiry::Keys {
            pattern: [None, Some("a"), Some("*:1"), Some("ä:?"), Some("b:*")][below(5) as usize]
                .map(str::to_string),
            most: below(8) as u32,
        },
        _ => StorageInquiry::Put {
            key,
            value: below(1000).to_string(),
            ttl_s: if below(5) == 0 { 0 } else { 100_000 },
        },
    }
}

/// Without the second in which it expires.
fn plain(stored: Stored) -> Vec<String> {
    match stored {
        Stored::Entry(None) => vec!["nothing".to_string()],
        Stored::Entry(Some(entry)) => vec![entry.key, entry.value],
        Stored::Keys(keys) => keys,
    }
}

fn now_s() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.expect("the clock is right").as_secs()
}
