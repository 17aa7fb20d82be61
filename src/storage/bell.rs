//! How a thread that waits for work is woken: any number of rings while it is busy are one.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

/// The button. When the last one is gone, the sleeper is told so.
#[derive(Clone, Debug)]
pub struct Bell(SyncSender<()>);

/// The one who waits.
#[derive(Debug)]
pub struct Sleeper(Receiver<()>);

/// Why a sleeper woke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    Rung,
    TimeOut,
    /// Nobody is left who could ring.
    Alone,
}

pub fn bell() -> (Bell, Sleeper) {
    let (ring, rings) = sync_channel(1);
    (Bell(ring), Sleeper(rings))
}

impl Bell {
    pub fn ring(&self) {
        // Where it is full, it rings already.
        let _ = self.0.try_send(());
    }
}

impl Sleeper {
    pub fn sleep(&self, at_most: Duration) -> Woken {
        match self.0.recv_timeout(at_most) {
            Ok(()) => Woken::Rung,
            Err(RecvTimeoutError::Timeout) => Woken::TimeOut,
            Err(RecvTimeoutError::Disconnected) => Woken::Alone,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_rings_wake_once_and_the_last_button_is_missed() {
        let (bell, sleeper) = bell();
        for _ in 0..10 {
            bell.ring();
        }
        assert_eq!(sleeper.sleep(Duration::ZERO), Woken::Rung);
        assert_eq!(sleeper.sleep(Duration::ZERO), Woken::TimeOut);
        drop(bell);
        assert_eq!(sleeper.sleep(Duration::from_secs(60)), Woken::Alone);
    }
}
