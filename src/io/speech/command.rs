//! A program that speaks: it gets the text and writes an audio file. No shell stands between.

use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use super::Filling;
use crate::io::clip::MOST_BYTES;

/// Takes as long as the program does, and at most `patience`: for a thread that may wait. The program and all
/// that it has started are over afterwards.
pub fn speak(line: &[String], filling: &Filling, patience: Duration) -> Result<Vec<u8>, String> {
    let (program, arguments) = line.split_first().ok_or("no program is named")?;
    let by_argument = arguments.iter().any(|argument| argument.contains("{text}"));
    let filled = arguments
        .iter()
        .map(|argument| match filling.fill(argument) {
            // A text is never an option.
            text if argument.starts_with("{text}") && text.starts_with('-') => format!(" {text}"),
            text => text.replace('\0', " "),
        });
    let mut child = Command::new(program)
        .args(filled)
        .stdin(match by_argument {
            true => Stdio::null(),
            false => Stdio::piped(),
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(|error| format!("{program} cannot be started: {error}"))?;
    let outcome = listen(&mut child, filling.text, patience);
    end(&mut child);
    let status = child
        .wait()
        .map_err(|error| format!("{program}: {error}"))?;
    match outcome {
        Err(fault) => Err(format!("{program} {fault}")),
        Ok(sound) if sound.is_empty() => Err(format!("{program} has written nothing ({status})")),
        Ok(sound) => Ok(sound),
    }
}

fn listen(child: &mut Child, text: &str, patience: Duration) -> Result<Vec<u8>, String> {
    let (input, output) = (child.stdin.take(), child.stdout.take());
    let text = text.to_string();
    let (tell, told) = channel();
    // Each ends with the program at the latest.
    thread::spawn(move || {
        if let Some(mut input) = input {
            // Who does not read to the end says so by its sound.
            let _ = input.write_all(text.as_bytes());
        }
    });
    thread::spawn(move || {
        let mut sound = Vec::new();
        let read = match output {
            Some(output) => output.take(MOST_BYTES as u64 + 1).read_to_end(&mut sound),
            None => Ok(0),
        };
        let _ = tell.send(read.map(|_| sound));
    });
    match told.recv_timeout(patience) {
        Ok(Ok(sound)) if sound.len() > MOST_BYTES => Err("writes more than 10 MB".to_string()),
        Ok(Ok(sound)) => Ok(sound),
        Ok(Err(error)) => Err(format!("cannot be read: {error}")),
        Err(RecvTimeoutError::Timeout) => Err(format!(
            "has not spoken within {} s",
            patience.as_secs_f64()
        )),
        Err(RecvTimeoutError::Disconnected) => Err("was not heard".to_string()),
    }
}

/// Whatever it has started goes with it.
fn end(child: &mut Child) {
    if let Ok(id) = i32::try_from(child.id())
        && let Some(group) = Pid::from_raw(id)
    {
        let _ = kill_process_group(group, Signal::KILL);
    }
}
