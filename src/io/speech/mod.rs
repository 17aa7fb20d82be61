//! Text becomes speech: by a program on this machine or a service elsewhere. The same text in the same voice is
//! asked for once, as long as it is kept.

mod command;
#[cfg(test)]
mod tests;
mod voice;
mod web;

use std::path::PathBuf;

pub use command::speak as by_command;
pub use voice::{Voice, language};
pub use web::{audio_of, request};

/// VoxEngine's number, in characters.
pub const LONGEST_TEXT: usize = 1500;

/// The programs that are looked for where the setting names none, the better first.
const KNOWN: [&str; 2] = ["espeak-ng", "espeak"];

/// What a scenario wants said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    pub text: String,
    /// As the scenario names it: `Language.US_ENGLISH_FEMALE`, `VoiceList.Amazon.en_US_Joanna` or a name of the
    /// setting `speech.tts.voices`.
    pub voice: Option<String>,
}

/// What fills a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filling<'a> {
    pub text: &'a str,
    pub voice: &'a str,
    pub language: &'a str,
}

impl Filling<'_> {
    /// What is filled in is not looked through again.
    pub fn fill(&self, template: &str) -> String {
        let mut whole = String::new();
        let mut rest = template;
        while let Some(at) = rest.find('{') {
            let (before, from) = rest.split_at(at);
            whole.push_str(before);
            let names = [
                ("{text}", self.text),
                ("{voice}", self.voice),
                ("{language}", self.language),
            ];
            let known = names.iter().find(|(name, _)| from.starts_with(name));
            let (value, length) = known.map_or(("{", 1), |(name, value)| (*value, name.len()));
            whole.push_str(value);
            rest = from.get(length..).unwrap_or_default();
        }
        whole + rest
    }
}

/// The command line of the first known program that is installed, looked for in the folders of `path`.
pub fn find(path: &std::ffi::OsStr) -> Option<Vec<String>> {
    let installed =
        |name: &&&str| std::env::split_paths(path).any(|folder| is_program(folder.join(name)));
    let name = KNOWN.iter().find(installed)?;
    let line = [*name, "--stdin", "--stdout", "-v", "{voice}"];
    Some(line.map(str::to_string).to_vec())
}

fn is_program(path: PathBuf) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path)
        .is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

/// What to say where there is nobody to speak.
pub const NOBODY: &str = "there is no speech: install espeak-ng, or name a program or a service in the \
                          setting speech.tts";
