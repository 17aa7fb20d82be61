//! Keys that a script wants hidden (`Logger.hideTones`): in a journal each is a `0`, in whatever way it came or went.

use super::Entry;
use super::entry::{Sound, Text};
use crate::script::event::CallNews;
use crate::script::{Command, Event};

/// What stands for a key.
const KEY: char = '0';

/// Whether a script has asked for it here.
pub fn asks(entry: &Entry) -> bool {
    match entry {
        Entry::Turn { commands, .. } => commands
            .iter()
            .any(|command| matches!(command, Command::HideTones { hidden: true })),
        _ => false,
    }
}

/// The same without its keys.
pub fn without_keys(entry: &Entry) -> Entry {
    match entry {
        Entry::In { flow, text } => Entry::In {
            flow: *flow,
            text: without_info(text),
        },
        Entry::Out { flow, text } => Entry::Out {
            flow: *flow,
            text: without_info(text),
        },
        Entry::Sound {
            rtp,
            news: Sound::Key { in_band, .. },
        } => Entry::Sound {
            rtp: *rtp,
            news: Sound::Key {
                code: 0,
                in_band: *in_band,
            },
        },
        Entry::Event {
            session,
            unix_ms,
            event,
        } => Entry::Event {
            session: *session,
            unix_ms: *unix_ms,
            event: without_tones(event),
        },
        Entry::Turn {
            session,
            commands,
            fault,
        } => Entry::Turn {
            session: *session,
            commands: commands.iter().map(without_digits).collect(),
            fault: fault.clone(),
        },
        other => other.clone(),
    }
}

fn without_tones(event: &Event) -> Event {
    match event {
        Event::Call {
            call,
            state,
            news: CallNews::ToneReceived { kind, .. },
        } => Event::Call {
            call: *call,
            state: *state,
            news: CallNews::ToneReceived {
                tone: KEY.to_string(),
                kind: *kind,
            },
        },
        Event::After(before, event) => Event::After(
            before.iter().map(without_tones).collect(),
            Box::new(without_tones(event)),
        ),
        other => other.clone(),
    }
}

fn without_digits(command: &Command) -> Command {
    match command {
        Command::SendDigits { call, digits } => Command::SendDigits {
            call: *call,
            digits: digits.chars().map(covered).collect(),
        },
        other => other.clone(),
    }
}

fn covered(key: char) -> char {
    let is_key = key.is_ascii_digit() || "*#ABCDabcd".contains(key);
    if is_key { KEY } else { key }
}

/// A key in an INFO stands in its body, whose length stays.
fn without_info(text: &Text) -> Text {
    let bytes = &text.0;
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let Some(body) = end.map(|end| end + 4) else {
        return text.clone();
    };
    let head = String::from_utf8_lossy(bytes.get(..body).unwrap_or_default()).to_ascii_lowercase();
    let mut covered_bytes = bytes.to_vec();
    let cover = |bytes: &mut [u8]| {
        for byte in bytes {
            *byte = covered(char::from(*byte)) as u8;
        }
    };
    let rest = covered_bytes.get_mut(body..).unwrap_or_default();
    if head.contains("application/dtmf-relay") {
        for line in rest.split_mut(|byte| *byte == b'\n') {
            let is_signal = line.to_ascii_lowercase().starts_with(b"signal");
            if let Some(at) = line
                .iter()
                .position(|byte| *byte == b'=')
                .filter(|_| is_signal)
            {
                cover(line.get_mut(at..).unwrap_or_default());
            }
        }
    } else if head.contains("application/dtmf") {
        cover(rest);
    }
    Text(covered_bytes.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{CallId, SessionId};
    use crate::script::event::CallState;

    #[test]
    fn no_key_is_left_wherever_it_was() {
        let said = |text: &str| Text(text.as_bytes().to_vec().into());
        let info = "INFO sip:100@h SIP/2.0\r\nCSeq: 7 INFO\r\nContent-Type: application/dtmf-relay\r\n\r\nSignal= 7\r\nDuration=160\r\n";
        let flow = crate::sip::transport::Flow {
            transport: crate::sip::transport::Transport::Udp,
            local: "10.0.0.1:5060".parse().unwrap(),
            remote: "10.0.0.2:5060".parse().unwrap(),
        };
        let Entry::In { text, .. } = without_keys(&Entry::In {
            flow,
            text: said(info),
        }) else {
            panic!("it is still that");
        };
        assert_eq!(text, said(&info.replace("Signal= 7", "Signal= 0")));
        let session = SessionId(1);
        let entries = [
            Entry::Sound {
                rtp: 4_000,
                news: Sound::Key {
                    code: 7,
                    in_band: true,
                },
            },
            Entry::Event {
                session,
                unix_ms: 0,
                event: Event::Call {
                    call: CallId(0),
                    state: CallState::Connected,
                    news: CallNews::ToneReceived {
                        tone: "7".to_string(),
                        kind: 1,
                    },
                },
            },
            Entry::Turn {
                session,
                commands: vec![
                    Command::HideTones { hidden: true },
                    Command::SendDigits {
                        call: CallId(0),
                        digits: "7w7#".to_string(),
                    },
                ],
                fault: None,
            },
        ];
        assert!(asks(&entries[2]) && !asks(&entries[1]));
        for entry in &entries {
            let text = serde_json::to_string(&without_keys(entry)).unwrap();
            assert!(!text.contains('7') && !text.contains('#'), "{text}");
        }
    }
}
