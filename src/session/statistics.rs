//! A call's statistics: samples of its sound where the script asks for them, and word that they have changed where it
//! listens for that.

use std::time::Duration;

use super::{Sent, Session};
use crate::base::CallId;
use crate::media::{self, Sample};
use crate::script::event::{CallNews, MediaSample};

/// How often a call is looked at whose script listens for changes and asks for no samples: as often as reports come
/// (RFC 3550 §6.2).
const LOOK: Duration = Duration::from_secs(5);

/// What a script wants to know of how a call's sound fares.
#[derive(Debug, Default)]
pub(super) struct Statistics {
    /// Between two samples, as the script has asked.
    asked: Option<Duration>,
    /// It listens for changes.
    watched: bool,
    /// What the last sample said.
    last: Figures,
}

/// What changes where the sound fares better or worse. Packets are not among it: a few more or fewer of them are nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Figures {
    heard: Figure,
    said: Figure,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Figure {
    flows: bool,
    /// In hundredths of a percent.
    loss: u16,
    jitter_us: u32,
}

impl Figure {
    fn of(sample: &Sample) -> Figure {
        Figure {
            flows: sample.packets > 0,
            loss: sample.loss.unwrap_or_default(),
            jitter_us: sample.jitter_us.unwrap_or_default(),
        }
    }
}

impl Statistics {
    /// How often the sound is to be sampled.
    fn every(&self) -> Option<Duration> {
        self.asked.or(self.watched.then_some(LOOK))
    }
}

impl Session {
    /// The script wants samples so often from now on.
    pub(super) fn monitor(&mut self, call: CallId, every_ms: Option<u32>) {
        if let Some(talk) = self.calls.get_mut(&call) {
            talk.statistics.asked = every_ms.map(|ms| Duration::from_millis(ms.into()));
            self.tell_monitor(call);
        }
    }

    /// Whether the script listens for changes may be another matter now.
    pub(super) fn watch_statistics(&mut self, call: CallId) {
        let watched = self.listens(call, "Statistics");
        let Some(talk) = self.calls.get_mut(&call) else {
            return;
        };
        let before = talk.statistics.every();
        talk.statistics.watched = watched;
        if talk.statistics.every() != before {
            self.tell_monitor(call);
        }
    }

    /// The call's sound is another leg's now.
    pub(super) fn monitor_anew(&mut self, call: CallId) {
        let talk = self.calls.get(&call);
        if talk.is_some_and(|talk| talk.statistics.every().is_some()) {
            self.tell_monitor(call);
        }
    }

    /// How the call's sound has fared since the last sample.
    pub(super) fn sampled(&mut self, call: CallId, heard: Sample, said: Sample) {
        let Some(talk) = self.calls.get_mut(&call) else {
            return;
        };
        let phase = talk.call.phase();
        let asked = talk.statistics.asked.is_some();
        let watched = talk.statistics.watched;
        let figures = Figures {
            heard: Figure::of(&heard),
            said: Figure::of(&said),
        };
        let changed = std::mem::replace(&mut talk.statistics.last, figures) != figures;
        if asked {
            let (heard, said) = (told(heard), told(said));
            let news = CallNews::MediaStatisticsReceived { heard, said };
            self.tell_call(call, phase, news, Sent::Plain);
        }
        if changed && watched {
            self.tell_call(call, phase, CallNews::Statistics, Sent::Plain);
        }
    }

    fn tell_monitor(&mut self, call: CallId) {
        if let Some(talk) = self.calls.get(&call) {
            let (leg, every) = (talk.call.sound, talk.statistics.every());
            self.sound(media::Command::Monitor { leg, every });
        }
    }
}

fn told(sample: Sample) -> MediaSample {
    MediaSample {
        id: sample.ssrc,
        packets: sample.packets,
        loss: sample.loss,
        jitter_us: sample.jitter_us,
    }
}
