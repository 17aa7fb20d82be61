//! Recognising speech, in the words of a script: what it asks for and what it hears, and what the recogniser outside says
//! to both.

use std::rc::Rc;

use rquickjs::{Ctx, Exception, Object, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::base::UnitId;
use crate::script::command::Command;
use crate::script::describe::first_place;
use crate::script::fault::Place;
use crate::script::host::Host;
use crate::script::natives::Natives;
use crate::script::unit::{NewUnit, UnitOrder};

/// What a scenario gives with one recogniser, in bytes of its JSON.
pub const MOST_PARAMETERS: usize = 32 << 10;

/// A recogniser to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewAsr {
    /// As the scenario names it: `Google.en_US`, `ENGLISH_US`, `de-DE`.
    pub language: Option<String>,
    /// All else that it gives, by its names.
    pub parameters: Map<String, Value>,
    /// Where the script asks for it.
    pub place: Option<Place>,
}

/// What a recogniser is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AsrOrder {
    Stop,
}

/// `ASREvents.*` with their payload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum AsrNews {
    /// It listens.
    Started,
    CaptureStarted,
    SpeechCaptured,
    InterimResult {
        text: String,
    },
    Result {
        text: String,
        /// 0–100.
        confidence: f64,
        /// Where the utterance ended, in seconds since the recogniser listens.
        end_s: Option<f64>,
        language: Option<String>,
    },
    #[serde(rename = "ASRError")]
    Error {
        error: String,
    },
    /// `stop()` was called.
    Stopped {
        /// Of all speech, in seconds.
        duration_s: f64,
    },
}

impl AsrNews {
    /// The event's name, without its kind.
    pub fn name(&self) -> &'static str {
        match self {
            AsrNews::Started => "Started",
            AsrNews::CaptureStarted => "CaptureStarted",
            AsrNews::SpeechCaptured => "SpeechCaptured",
            AsrNews::InterimResult { .. } => "InterimResult",
            AsrNews::Result { .. } => "Result",
            AsrNews::Error { .. } => "ASRError",
            AsrNews::Stopped { .. } => "Stopped",
        }
    }
}

/// What the recogniser outside says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recognised {
    /// It is there.
    Ready {
        /// Parameters of the scenario that mean nothing to it.
        ignored: Vec<String>,
        /// It finds utterances itself: its texts are not those of what was captured.
        #[serde(default)]
        streams: bool,
    },
    /// It is not there, and why.
    Nobody { why: String },
    /// What was said so far, of an utterance that goes on.
    Interim { text: String },
    /// What was said. Unless it streams each utterance has one of these or a `Fault`, in their order.
    Text {
        text: String,
        /// 0–100.
        confidence: f64,
        language: Option<String>,
    },
    /// It did not understand an utterance, and why.
    Fault { why: String },
}

impl Recognised {
    /// About how many bytes it holds.
    pub fn weight(&self) -> usize {
        100 + match self {
            Recognised::Ready { ignored, .. } => ignored.iter().map(String::len).sum(),
            Recognised::Interim { text } | Recognised::Text { text, .. } => text.len(),
            Recognised::Nobody { why } | Recognised::Fault { why } => why.len(),
        }
    }
}

/// For `asr.js`.
pub(super) fn natives<'js>(ctx: &Ctx<'js>, host: &Rc<Host>) -> Result<Object<'js>> {
    let natives = Natives::new(ctx)?;
    let h = host.clone();
    natives.add(
        "create",
        move |ctx: Ctx<'js>,
              unit: u32,
              language: Option<String>,
              parameters: String,
              stack: String| {
            let bytes = parameters.len();
            if bytes > MOST_PARAMETERS {
                let told = "VoxEngine.createASR: the parameters are more than 32 KiB";
                return Err(Exception::throw_range(&ctx, told));
            }
            let parameters = serde_json::from_str(&parameters).map_err(|_| {
                let told = "VoxEngine.createASR: the parameters cannot be read";
                Exception::throw_type(&ctx, told)
            })?;
            let what = Box::new(NewUnit::Asr(NewAsr {
                language,
                parameters,
                place: first_place(&stack),
            }));
            let unit = UnitId(unit);
            h.ask(&ctx, Command::CreateUnit { unit, what }, bytes)
        },
    )?;
    let h = host.clone();
    natives.add("stop", move |ctx: Ctx<'js>, unit: u32| {
        let unit = UnitId(unit);
        let order = UnitOrder::Asr(AsrOrder::Stop);
        h.ask(&ctx, Command::SteerUnit { unit, order }, 0)
    })?;
    Ok(natives.object)
}
