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
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use mio::Waker;

use crate::base::Dice;
use crate::media::{Command, Event};
use plane::Plane;

/// The handle of the media thread. The thread ends when it is dropped.
#[derive(Debug)]
pub struct MediaPlane {
    orders: Sender<Order>,
    waker: Waker,
    thread: Option<JoinHandle<()>>,
}

/// What reaches the thread.
#[derive(Debug)]
enum Order {
    Do(Command),
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
        let (orders, received) = channel();
        let (plane, waker) = Plane::new(ip, ports, dice, received, Box::new(events))?;
        let thread = std::thread::Builder::new()
            .name("media".to_string())
            .spawn(move || plane.run())?;
        Ok(MediaPlane {
            orders,
            waker,
            thread: Some(thread),
        })
    }

    pub fn send(&self, command: Command) {
        self.order(Order::Do(command));
    }

    fn order(&self, order: Order) {
        if self.orders.send(order).is_err() {
            tracing::error!("the media thread is gone");
        } else if let Err(error) = self.waker.wake() {
            tracing::error!(%error, "the media thread cannot be woken");
        }
    }
}

impl Drop for MediaPlane {
    fn drop(&mut self) {
        self.order(Order::Stop);
        if let Some(thread) = self.thread.take() {
            // It ended by a panic, which was reported when it happened.
            let _ = thread.join();
        }
    }
}
