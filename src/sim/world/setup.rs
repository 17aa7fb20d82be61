//! How a world begins.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::scripts::Scripts;
use super::{SERVER, SERVER_NAME, Stopwatch, World};
use crate::base::{Dice, Now};
use crate::media::{self, Graph, Port};
use crate::scenario::Catalog;
use crate::settings::Settings;
use crate::sim::alarm::Alarm;
use crate::sim::disk::Disk;
use crate::sim::ears::Ears;
use crate::sim::fingers::Fingers;
use crate::sim::invariants::Watch;
use crate::sim::net::{Net, Weather};
use crate::sim::outside::Outside;
use crate::sim::sound::Sound;
use crate::sim::tape::Tapes;
use crate::sim::voices::Voices;
use crate::sip::ladder::Ladder;
use crate::sip::stack;
use crate::sip::transport::{Listener, Transport};
use crate::switchboard::Switchboard;

/// How a world begins.
pub struct Setup {
    /// The first moment.
    pub start: Instant,
    pub seed: u64,
    pub settings: Settings,
    pub catalog: Catalog,
    pub weather: Weather,
    /// How long each turn of a script takes.
    pub think: Duration,
    /// How many RTP ports the switchboard has.
    pub ports: u16,
    /// The scripts call the target of a transfer as often as they like.
    pub dials_at_will: bool,
    /// For the time that turns of scripts take; without it nobody looks.
    pub stopwatch: Option<Stopwatch>,
}

impl Setup {
    /// A calm world.
    pub fn new(start: Instant, seed: u64, settings: Settings, catalog: Catalog) -> Setup {
        Setup {
            start,
            seed,
            settings,
            catalog,
            weather: Weather::CALM,
            think: Duration::ZERO,
            ports: 64,
            dials_at_will: false,
            stopwatch: None,
        }
    }
}

impl World {
    pub fn new(setup: Setup) -> World {
        let mut dice = Dice::from_seed(setup.seed);
        let listener = |transport| Listener {
            transport,
            bound: SERVER,
            advertised: SERVER,
        };
        let sip = stack::Settings {
            product: "switchhook".to_string(),
            listeners: vec![listener(Transport::Udp), listener(Transport::Tcp)],
            session_expires_s: setup.settings.limits.session_expires_s,
            min_se_s: setup.settings.limits.min_se_s,
            most_legs: 10_000,
        };
        let now = Now {
            at: setup.start,
            // 2025-01-01T00:00:00Z
            unix_ms: 1_735_689_600_000,
        };
        let storage_entries = setup.settings.limits.storage_entries;
        let scripts = Scripts::new(&setup.settings.limits, setup.think, setup.stopwatch);
        let (settings, catalog) = (Arc::new(setup.settings), Arc::new(setup.catalog));
        let mut board = Switchboard::new(settings, catalog, sip, dice.deal(), now);
        let ports = (0..setup.ports).map(|index| Port {
            rtp: 10_000 + 2 * index,
        });
        let stock = media::Event::Stock {
            ports: ports.collect(),
        };
        board.handle_media(stock, now);
        let mut world = World {
            start: setup.start,
            now,
            board,
            scripts,
            newest: None,
            net: Net::new(setup.weather, dice.deal()),
            phones: BTreeMap::new(),
            sound: Sound::new(SERVER.ip()),
            graph: Graph::new(Dice::from_seed(setup.seed)),
            is_monitored: false,
            voices: Voices::default(),
            tapes: Tapes::default(),
            fingers: Fingers::default(),
            asked_to_recognise: BTreeMap::new(),
            clips: BTreeMap::new(),
            relays: BTreeSet::new(),
            ears: Ears::default(),
            changed: false,
            plan: BTreeMap::new(),
            planned: 0,
            undelivered: BTreeMap::new(),
            hosts: BTreeMap::new(),
            dice,
            watch: Watch::default(),
            alarm: Alarm::set(),
            ladder: Ladder::new([(SERVER_NAME, SERVER)]),
            log: Vec::new(),
            news: Vec::new(),
            records: Vec::new(),
            counts: Vec::new(),
            posts: Vec::new(),
            outside: Outside::default(),
            disk: Disk::default(),
            storage_entries,
            journals: Vec::new(),
            bindings: BTreeMap::new(),
            strangers: None,
            faults: Vec::new(),
        };
        if setup.dials_at_will {
            world.watch.let_scripts_dial_at_will();
        }
        world.settle();
        world
    }
}
