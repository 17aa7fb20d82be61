//! What a recording is, wherever one is spoken of: its kind of file, what is wanted of it, what came of it.

use serde::{Deserialize, Serialize};

/// The kind of file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    #[default]
    Mp3,
    Wav,
    Flac,
}

impl Format {
    pub const ALL: [Format; 3] = [Format::Mp3, Format::Wav, Format::Flac];

    /// By its name: `mp3`, `wav` or `flac`, in any case.
    pub fn named(name: &str) -> Option<Format> {
        let mut all = Format::ALL.into_iter();
        all.find(|format| format.ending().eq_ignore_ascii_case(name))
    }

    /// How its files' names end.
    pub fn ending(self) -> &'static str {
        match self {
            Format::Mp3 => "mp3",
            Format::Wav => "wav",
            Format::Flac => "flac",
        }
    }

    /// What HTTP calls it.
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Mp3 => "audio/mpeg",
            Format::Wav => "audio/wav",
            Format::Flac => "audio/flac",
        }
    }
}

/// A file that a session wants written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sleeve {
    /// `None`: as the operator has decided.
    pub format: Option<Format>,
    pub rate_hz: u32,
    /// Left: the endpoint's voice; right: what it hears.
    pub is_stereo: bool,
    /// What its name begins with, as the script has it.
    pub prefix: String,
}

/// What a session asks of its recordings' files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    Begin(Sleeve),
    /// What was heard so far is all of it.
    End,
}

/// What a recording's file tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum News {
    /// It is open, and can be had at this link.
    Begun { url: String },
    /// It takes no more. `fault`: why, where it is not simply full.
    Ended { fault: Option<String> },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_found_by_its_name() {
        assert_eq!(Format::named("WAV"), Some(Format::Wav));
        assert_eq!(
            Format::named("mp3").map(Format::media_type),
            Some("audio/mpeg")
        );
        assert_eq!(Format::named("json"), None);
    }
}
