//! Hears the program's own cries: every `error!` that is logged while it is set fails the run.

use std::fmt::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span;
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Level, Metadata, Subscriber};

/// Listens on this thread until it is dropped.
pub struct Alarm {
    cries: Cries,
    _guard: DefaultGuard,
}

/// A subscriber is shared by its nature, hence the lock.
#[derive(Clone, Default)]
struct Cries(Arc<Mutex<Vec<String>>>);

impl Alarm {
    pub fn set() -> Alarm {
        let cries = Cries::default();
        let _guard = tracing::subscriber::set_default(cries.clone());
        Alarm { cries, _guard }
    }

    /// What was cried since the last time of asking.
    pub fn take(&mut self) -> Vec<String> {
        let mut cries = self.cries.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *cries)
    }
}

impl Subscriber for Cries {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::ERROR
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut words = Words::default();
        event.record(&mut words);
        let mut cries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cries.push(words.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[derive(Default)]
struct Words(String);

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let space = if self.0.is_empty() { "" } else { " " };
        let _ = match field.name() {
            "message" => write!(self.0, "{space}{value:?}"),
            name => write!(self.0, "{space}{name}={value:?}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_hears_errors_and_nothing_less() {
        let mut alarm = Alarm::set();
        tracing::warn!("only a warning");
        tracing::error!(leg = 7, "this cannot be");
        assert_eq!(alarm.take(), ["this cannot be leg=7"]);
        assert_eq!(alarm.take(), Vec::<String>::new());
    }
}
