//! The media thread: it owns the sockets of all calls and the [`crate::media::Graph`], and shares nothing.
//!
//! ```text
//!  engine task ──Command──▶ media thread ◀──packets──▶ peers
//!              ◀──Event──── (epoll)
//! ```
//!
//! Ports are bound before they are needed, so that a call never waits for one, and not much earlier, so
//! that an idle program holds few descriptors.

mod pair;
mod plane;

#[cfg(test)]
mod tests;

use std::io;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use mio::Waker;

use crate::base::{Dice, SoundId};
use crate::media::{Command, Cut, Event};
use plane::Plane;

/// The handle of the media thread. The thread ends when it is dropped.
#[derive(Debug)]
pub struct MediaPlane {
    orders: Orders,
    thread: Option<JoinHandle<()>>,
}

/// The way to the media thread, for as many as need it.
#[derive(Clone, Debug)]
pub struct Orders {
    sender: Sender<Order>,
    waker: Arc<Waker>,
}

/// Gets what a unit lets out of the graph, on the media thread: it must not block. It is dropped with the unit.
pub type Taker = Box<dyn FnMut(Cut) + Send>;

/// What reaches the thread.
enum Order {
    Do(Command),
    Take { unit: SoundId, taker: Taker },
    Stop,
}

impl MediaPlane {
    /// Binds the first ports of the range on `ip` and starts the thread. `events` must not block; its first is
    /// the first stock, before this returns, all others come from the thread. Fails where no pair of the
    /// range can be bound.
    pub fn start(
        ip: IpAddr,
        ports: RangeInclusive<u16>,
        dice: Dice,
        events: impl FnMut(Event) + Send + 'static,
    ) -> io::Result<MediaPlane> {
        let (sender, received) = channel();
        let (plane, waker) = Plane::new(ip, ports, dice, received, Box::new(events))?;
        let thread = std::thread::Builder::new()
            .name("media".to_string())
            .spawn(move || plane.run())?;
        let waker = Arc::new(waker);
        Ok(MediaPlane {
            orders: Orders { sender, waker },
            thread: Some(thread),
        })
    }

    pub fn send(&self, command: Command) {
        self.orders.send(command);
    }

    pub fn orders(&self) -> Orders {
        self.orders.clone()
    }
}

impl Orders {
    pub fn send(&self, command: Command) {
        self.order(Order::Do(command));
    }

    /// What `unit` lets out goes to `taker` from now on. To be called after the unit's [`Command::Create`].
    pub fn take(&self, unit: SoundId, taker: Taker) {
        self.order(Order::Take { unit, taker });
    }

    fn order(&self, order: Order) {
        if self.sender.send(order).is_err() {
            tracing::error!("the media thread is gone");
        } else if let Err(error) = self.waker.wake() {
            tracing::error!(%error, "the media thread cannot be woken");
        }
    }
}

impl Drop for MediaPlane {
    fn drop(&mut self) {
        self.orders.order(Order::Stop);
        if let Some(thread) = self.thread.take() {
            // It ended by a panic, which was reported when it happened.
            let _ = thread.join();
        }
    }
}
