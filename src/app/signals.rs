//! SIGTERM and SIGINT. They are kept from the first moment, so that none that comes early ends the program without
//! its calls having ended.

use std::thread;

use anyhow::Context;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::UnboundedSender;

use super::runtime;
use crate::io::sip::Told;

/// Hears them, and keeps them for now.
pub(super) struct Signals {
    runtime: Runtime,
    term: Signal,
    int: Signal,
}

impl Signals {
    pub fn hear() -> anyhow::Result<Signals> {
        let runtime = runtime()?;
        let inside = runtime.enter();
        let term = signal(SignalKind::terminate()).context("SIGTERM cannot be heard")?;
        let int = signal(SignalKind::interrupt()).context("SIGINT cannot be heard")?;
        drop(inside);
        Ok(Signals { runtime, term, int })
    }

    /// Each asks the program to end, those that came before this as well.
    pub fn end(self, told: UnboundedSender<Told>) -> anyhow::Result<()> {
        let Signals {
            runtime,
            mut term,
            mut int,
        } = self;
        let listens = move || {
            runtime.block_on(async {
                loop {
                    tokio::select! {
                        _ = term.recv() => {}
                        _ = int.recv() => {}
                    }
                    if told.send(Told::End).is_err() {
                        return;
                    }
                }
            });
        };
        thread::Builder::new()
            .name("signals".to_string())
            .spawn(listens)
            .context("the thread for signals cannot be started")?;
        Ok(())
    }
}
