//! The demonstration: the program itself on loopback, three phones, a call, a blind transfer and the
//! hang-up, over real sockets and before your eyes.
//!
//! ```text
//!  alice ──── calls ────▶ switchhook ──── rings ────▶ bob
//!  alice ◀═══ sound ════▶            ◀═══ sound ════▶ bob
//!                         switchhook ◀──── REFER ──── bob
//!  alice ◀═══ sound ════▶            ◀═══ sound ════▶ carol
//! ```
//!
//! Each phone sends a tone of its own, so that what reaches an ear tells whose mouth it came from.

mod checks;
mod phones;
mod tone;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::Running;
use crate::cli::{self, ListenUri, PortRange};
use crate::sip::transport::Transport;
use crate::telemetry;
use crate::telemetry::metrics::Figures;
use anyhow::Context;
use checks::Checks;
use phones::{Phones, Sockets};

/// How long one step may take before it counts as failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// So many packets of a tone are no accident.
const HEARD: usize = 10;

/// Whether every check held.
pub(super) fn run(options: &cli::Demo) -> anyhow::Result<bool> {
    // Whoever watches for the first time sees the ladder; the log is for those who ask for it.
    let _log = match options.log.verbose {
        0 => None,
        verbose => Some(telemetry::start(options.log.form, verbose - 1)?),
    };
    let folder = Scratch::new()?;
    let runtime = super::runtime()?;
    runtime.block_on(async {
        let sockets = Sockets::bind(&["alice", "bob", "carol"])?;
        let serve = serve_options(options, &folder.0, &sockets)?;
        let running = Running::start(&serve, Figures::install()?)?;
        let server = running.sip_address();
        let mut checks = Checks::begin(&options.scenarios, server);
        let mut phones = Phones::new(sockets, server);
        play(&mut phones, &mut checks).await;
        running.end();
        phones.until(PATIENCE, |_| running.has_ended()).await;
        running.end();
        running.join()?;
        let recorded = records(&folder.0.join("data"));
        checks.that(
            "the three legs have their lines in calls.jsonl",
            recorded == 3,
        );
        Ok(checks.verdict())
    })
}

/// The story. A step that fails is told, and the rest is tried nevertheless.
async fn play(phones: &mut Phones, checks: &mut Checks) {
    const ALICE: usize = 0;
    const BOB: usize = 1;
    const CAROL: usize = 2;

    checks.act("alice calls bob");
    phones.call(ALICE, "bob");
    let connected = phones
        .until(PATIENCE, |phones| phones.talks(ALICE) && phones.talks(BOB))
        .await;
    checks.that(
        "a rule took the number, its scenario rang bob and connected the two",
        connected,
    );
    let both = phones
        .until(PATIENCE, |phones| {
            phones.heard(ALICE, BOB) >= HEARD && phones.heard(BOB, ALICE) >= HEARD
        })
        .await;
    checks.that("alice and bob hear each other", both);

    checks.act("bob sends alice on to carol: a blind transfer");
    phones.refer(BOB, "carol");
    let accepted = phones
        .until(PATIENCE, |phones| phones.refer_answer(BOB) == Some(202))
        .await;
    checks.that("the REFER was accepted with 202", accepted);
    let told = phones
        .until(PATIENCE, |phones| phones.verdicts(BOB) == [200])
        .await;
    checks.that("bob was told of the success, once", told);
    checks.that(
        "carol talks, and so does alice still",
        phones.talks(CAROL) && phones.talks(ALICE),
    );
    let left = phones.until(PATIENCE, |phones| !phones.talks(BOB)).await;
    checks.that("bob is off the line", left);

    // What was on its way when bob left arrives first; after it only carol may be heard.
    let deadline = Instant::now() + PATIENCE;
    let (both, bob) = loop {
        phones.forget_what_was_heard();
        let both = phones
            .until(PATIENCE, |phones| {
                phones.heard(ALICE, CAROL) >= HEARD && phones.heard(CAROL, ALICE) >= HEARD
            })
            .await;
        let bob = phones.heard(ALICE, BOB) + phones.heard(CAROL, BOB) + phones.heard(BOB, ALICE);
        if bob == 0 || Instant::now() > deadline {
            break (both, bob);
        }
    };
    checks.that("alice and carol hear each other", both);
    checks.that("nobody hears bob, and bob hears nobody", bob == 0);

    checks.act("alice hangs up");
    phones.hang_up(ALICE);
    let over = phones
        .until(PATIENCE, |phones| {
            [ALICE, BOB, CAROL]
                .iter()
                .all(|phone| phones.is_idle(*phone))
        })
        .await;
    checks.that("carol's call is over as well", over);
}

/// The program as it would be started, but on ports of its own and with a folder that goes with it.
fn serve_options(
    options: &cli::Demo,
    folder: &Path,
    sockets: &Sockets,
) -> anyhow::Result<cli::Serve> {
    let users: serde_json::Map<_, _> = sockets
        .addresses()
        .map(|(name, address)| {
            let contact = format!("sip:{name}@{address}");
            (name.to_string(), serde_json::json!({ "contact": contact }))
        })
        .collect();
    let config = folder.join("switchhook.json");
    let text = serde_json::json!({ "users": users, "limits": { "drainS": 1 } }).to_string();
    fs::write(&config, text).context("the demonstration's configuration cannot be written")?;
    Ok(cli::Serve {
        folder: cli::Folder {
            scenarios: options.scenarios.clone(),
            config: Some(config),
        },
        sip: vec![ListenUri {
            transport: Transport::Udp,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
        }],
        rtp_ports: PortRange {
            first: 20_000,
            last: 29_999,
        },
        data: folder.join("data"),
        http: SocketAddr::from(([127, 0, 0, 1], 0)),
        log: options.log.clone(),
    })
}

/// How many legs have been written down.
fn records(data: &Path) -> usize {
    fs::read_to_string(data.join("calls.jsonl")).map_or(0, |text| text.lines().count())
}

/// A folder that is gone afterwards.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> anyhow::Result<Scratch> {
        let path = std::env::temp_dir().join(format!("switchhook-demo-{}", std::process::id()));
        fs::create_dir_all(&path).with_context(|| format!("{} cannot be made", path.display()))?;
        Ok(Scratch(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
