//! Programs and services that speak, and those that do not.

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::base::pii::Secret;
use crate::base::web::{Answer, Body, Headers, Method};
use crate::settings::sound::HttpProvider;

const FILLING: Filling = Filling {
    text: "say \"{voice}\" & go; é",
    voice: "en-us+f3",
    language: "en-US",
};

const SOON: Duration = Duration::from_secs(60);

#[test]
fn a_program_gets_the_text_by_its_input_or_by_an_argument() {
    assert_eq!(run(&["cat"]), Ok(FILLING.text.to_string()));
    let by_argument = ["printf", "%s|", "{text}", "{voice}", "<{language}>"];
    let wanted = format!("{}|en-us+f3|<en-US>|", FILLING.text);
    assert_eq!(run(&by_argument), Ok(wanted));
}

#[test]
fn a_text_is_never_an_option_and_no_shell_reads_it() {
    let text = "--version $(id) `id`";
    let filling = Filling { text, ..FILLING };
    let line = ["printf", "%s", "{text}"].map(str::to_string);
    let spoken = by_command(&line, &filling, SOON).unwrap();
    assert_eq!(spoken, b" --version $(id) `id`");
}

#[test]
fn a_program_that_does_not_speak_is_named() {
    let fault = run(&["no-such-program"]).unwrap_err();
    assert!(
        fault.starts_with("no-such-program cannot be started: "),
        "{fault}"
    );
    let fault = run(&["true"]).unwrap_err();
    assert!(fault.starts_with("true has written nothing"), "{fault}");
    let fault = run(&["head", "-c", "11000000", "/dev/zero"]).unwrap_err();
    assert_eq!(fault, "head writes more than 10 MB");
}

/// What it has started would hold its output open for an hour.
#[test]
fn a_program_that_takes_too_long_is_ended_with_all_that_it_started() {
    let line = ["sh", "-c", "sleep 3600 & sleep 3600"].map(str::to_string);
    let fault = by_command(&line, &FILLING, Duration::from_millis(50)).unwrap_err();
    assert_eq!(fault, "sh has not spoken within 0.05 s");
}

#[test]
fn a_known_program_is_found_where_it_is_installed() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().as_os_str();
    assert_eq!(find(path), None);
    std::fs::write(folder.path().join("espeak-ng"), "").unwrap();
    assert_eq!(find(path), None, "it cannot be run");
    std::fs::write(folder.path().join("espeak"), "").unwrap();
    let run = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(folder.path().join("espeak"), run.clone()).unwrap();
    assert_eq!(find(path).unwrap()[0], "espeak");
    std::fs::set_permissions(folder.path().join("espeak-ng"), run).unwrap();
    let line = ["espeak-ng", "--stdin", "--stdout", "-v", "{voice}"];
    assert_eq!(find(path).unwrap(), line);
}

#[test]
fn a_service_is_asked_by_its_template() {
    let provider = HttpProvider {
        url: Secret::new("https://speech.example/v1?voice={voice}&t={text}"),
        headers: vec![("X-Lang".to_string(), Secret::new("{language}"))],
        body: Some(Secret::new(
            r#"{"input": {"text": "{text}"}, "n": [1, "{voice}"]}"#,
        )),
        audio_at: Some("/audio/0".to_string()),
    };
    let request = request(&provider, &FILLING).unwrap();
    assert_eq!(request.method, Method::Post);
    assert_eq!(
        request.url.reveal(),
        "https://speech.example/v1?voice=en-us%2Bf3&t=say%20%22%7Bvoice%7D%22%20%26%20go%3B%20%C3%A9"
    );
    assert_eq!(request.headers.value("X-Lang"), Some("en-US"));
    assert_eq!(
        request.headers.value("Content-Type"),
        Some("application/json")
    );
    let body: serde_json::Value = serde_json::from_slice(&request.body.0).unwrap();
    assert_eq!(body["input"]["text"], FILLING.text);
    assert_eq!(body["n"][1], "en-us+f3");

    let answer = |code, body: &str| Answer {
        code,
        headers: Headers::default(),
        body: Body(body.as_bytes().to_vec().into()),
    };
    let audio = |code, body| audio_of(&provider, &answer(code, body));
    assert_eq!(audio(200, r#"{"audio": ["aGk="]}"#), Ok(b"hi".to_vec()));
    assert_eq!(
        audio(429, "").unwrap_err(),
        "the speech service has answered 429"
    );
    assert!(audio(200, "<html>").is_err());
    assert!(
        audio(200, r#"{"audio": []}"#)
            .unwrap_err()
            .ends_with("no text at /audio/0")
    );
    assert!(audio(200, r#"{"audio": ["%"]}"#).is_err());
    let plain = HttpProvider {
        audio_at: None,
        body: None,
        ..provider
    };
    assert_eq!(
        super::request(&plain, &FILLING).unwrap().method,
        Method::Get
    );
    assert_eq!(audio_of(&plain, &answer(200, "RIFF")), Ok(b"RIFF".to_vec()));
    assert!(Voice::of(None, &BTreeMap::new(), None).is_some());
}

fn run(line: &[&str]) -> Result<String, String> {
    let line: Vec<String> = line.iter().map(|part| part.to_string()).collect();
    let spoken = by_command(&line, &FILLING, SOON)?;
    Ok(String::from_utf8(spoken).unwrap())
}
