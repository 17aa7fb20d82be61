//! The library with a real folder, a server on loopback and a program.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use super::library::{Library, Wanted};
use super::tests::wav;
use crate::base::hook::HookUrl;
use crate::base::pii::Secret;
use crate::base::web::Request;
use crate::io::speech::Wish;
use crate::media::Clip;
use crate::media::measure::peaks;
use crate::settings::Settings;
use crate::settings::sound::{HttpProvider, Provider};

const SOON: Duration = Duration::from_secs(60);

#[test]
fn a_file_is_read_once_as_long_as_it_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("media")).unwrap();
    let path = folder.path().join("media/a.wav");
    fs::write(&path, wav(8000, 1, 16)).unwrap();
    let (library, settings) = library(folder.path());
    let file = || ask(&library, &settings, Wanted::File("a.wav".to_string()));
    let first = file().unwrap();
    assert!(is_same(&first, &file().unwrap()), "it was read twice");
    fs::write(&path, wav(16_000, 1, 16)).unwrap();
    assert_eq!(file().unwrap().rate_hz(), 16_000);
    fs::write(&path, "no sound").unwrap();
    assert!(
        file()
            .unwrap_err()
            .starts_with("a.wav: this is no audio file")
    );
    let outside = ask(&library, &settings, Wanted::File("../a.wav".to_string()));
    assert!(outside.unwrap_err().contains("no name of a file"));
}

#[test]
fn a_url_is_asked_for_by_its_validator() {
    let file = wav(8000, 1, 16);
    let (url, heads) = server(move |head| match head.contains("if-none-match: \"1\"") {
        true => b"HTTP/1.1 304 Not Modified\r\nContent-Length: 0\r\n\r\n".to_vec(),
        false if head.contains("/gone") => {
            b"HTTP/1.1 404 Gone\r\nContent-Length: 0\r\n\r\n".to_vec()
        }
        false => {
            let length = file.len();
            let head =
                format!("HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: {length}\r\n\r\n");
            [head.as_bytes(), &file].concat()
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let (library, mut settings) = library(folder.path());
    let fault = ask(&library, &settings, get(&url, "/a")).unwrap_err();
    assert!(
        fault.contains("not public") || fault.contains("allow"),
        "{fault}"
    );
    settings.http.allow = vec!["127.0.0.0/8".parse().unwrap()];
    let first = ask(&library, &settings, get(&url, "/a")).unwrap();
    let second = ask(&library, &settings, get(&url, "/a")).unwrap();
    assert!(is_same(&first, &second), "it was read twice");
    assert!(
        heads
            .iter()
            .take(2)
            .any(|head| head.contains("if-none-match"))
    );
    let fault = ask(&library, &settings, get(&url, "/gone")).unwrap_err();
    assert!(fault.ends_with("the server has answered 404"), "{fault}");
}

#[test]
fn a_text_is_spoken_once() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("spoken.wav"), wav(22_050, 1, 16)).unwrap();
    let (library, mut settings) = library(folder.path());
    let script = r#"cd "$0"; cat >> texts; cat spoken.wav"#;
    let place = folder.path().display().to_string();
    let line = ["sh", "-c", script, &place].map(str::to_string).to_vec();
    settings.speech.tts.provider = Provider::Command(line);
    let say = |text: &str| {
        let wish = Wish {
            text: text.to_string(),
            voice: None,
        };
        ask(&library, &settings, Wanted::Said(wish))
    };
    let first = say("Hello. ").unwrap();
    assert_eq!(first.rate_hz(), 22_050);
    assert!(is_same(&first, &say("Hello. ").unwrap()));
    assert!(!is_same(&first, &say("Bye.").unwrap()));
    let texts = fs::read_to_string(folder.path().join("texts")).unwrap();
    assert_eq!(texts, "Hello. Bye.");
    let fault = say(&"x".repeat(1501)).unwrap_err();
    assert_eq!(fault, "the text is longer than 1500 characters");
}

/// A real service, by its template: what it is asked, and every kind of answer.
#[test]
fn a_service_speaks_in_any_format_and_what_is_wrong_with_it_is_told() {
    let mp3 = include_bytes!("../../../tests/audio/tone-1000.mp3");
    let wave = wav(24_000, 1, 16);
    let (elsewhere, _) = server(|_| b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec());
    let moved =
        format!("HTTP/1.1 307 Moved\r\nLocation: {elsewhere}/there\r\nContent-Length: 0\r\n\r\n");
    let ok = |body: &[u8]| {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
        [head.as_bytes(), body].concat()
    };
    let (wave, mp3, text) = (ok(&wave), ok(mp3), ok(b"<html>"));
    let (url, asked) = server(move |request| match request.rsplit_once("\r\n\r\n") {
        Some((_, body)) if body.contains("wave") => wave.clone(),
        Some((_, body)) if body.contains("mp3") => mp3.clone(),
        Some((_, body)) if body.contains("busy") => {
            b"HTTP/1.1 429 Busy\r\nContent-Length: 0\r\n\r\n".to_vec()
        }
        Some((_, body)) if body.contains("moved") => moved.clone().into_bytes(),
        Some((_, body)) if body.contains("nothing") => Vec::new(),
        _ => text.clone(),
    });
    let folder = tempfile::tempdir().unwrap();
    let (library, mut settings) = library(folder.path());
    settings.speech.tts.provider = Provider::Http(Box::new(HttpProvider {
        url: Secret::new(format!("{url}/say?v={{voice}}")),
        headers: vec![("X-Key".to_string(), Secret::new("s3cret"))],
        body: Some(Secret::new(r#"{"text": "{text}", "lang": "{language}"}"#)),
        audio_at: None,
    }));
    let say = |text: &str, settings: &Settings| {
        let wish = Wish {
            text: text.to_string(),
            voice: Some("UK_ENGLISH_FEMALE".to_string()),
        };
        ask(&library, settings, Wanted::Said(wish))
    };
    let first = say("wave \"1\"", &settings).unwrap();
    assert_eq!(first.rate_hz(), 24_000);
    assert!(is_same(&first, &say("wave \"1\"", &settings).unwrap()));
    let request = asked.recv_timeout(SOON).unwrap();
    for part in [
        "post /say?v=en-gb",
        "x-key: s3cret\r\n",
        "content-type: application/json\r\n",
        "\"text\":\"wave \\\"1\\\"\"",
    ] {
        assert!(request.contains(part), "{part} in {request}");
    }
    let spoken = say("mp3", &settings).unwrap();
    let found = peaks(spoken.rate_hz(), spoken.samples());
    assert!((found[0].hz - 1_000.0).abs() < 2.0, "{found:?}");
    for (text, fault) in [
        ("busy", "the speech service has answered 429"),
        ("text", "what was spoken: this is no audio file"),
        ("nothing", "the speech service: "),
        // The service itself may be anywhere, and this machine's other servers may not.
        ("moved", "127.0.0.1 is not public"),
    ] {
        let told = say(text, &settings).unwrap_err();
        assert!(told.contains(fault), "{told}");
        assert!(!told.contains("s3cret"), "{told}");
    }
    settings.http.allow = vec!["127.0.0.0/8".parse().unwrap()];
    let told = say("moved", &settings).unwrap_err();
    assert!(told.starts_with("what was spoken"), "{told}");
}

fn library(folder: &Path) -> (Library, Settings) {
    let mut settings = Settings::default();
    settings.speech.tts.timeout_s = 60;
    (Library::start(folder.into(), &settings).unwrap(), settings)
}

fn ask(library: &Library, settings: &Settings, wanted: Wanted) -> Result<Clip, String> {
    let (tell, told) = channel();
    let tell = Box::new(move |clip| tell.send(clip).unwrap());
    library.ask(wanted, settings, tell);
    told.recv_timeout(SOON).expect("somebody answers")
}

fn get(url: &str, path: &str) -> Wanted {
    Wanted::Url(Request::get(
        HookUrl::parse(&format!("{url}{path}")).unwrap(),
    ))
}

/// The very same samples, not equal ones.
fn is_same(one: &Clip, other: &Clip) -> bool {
    std::ptr::eq(one.samples(), other.samples())
}

/// Answers what `answer` says to each head, one connection each.
fn server(answer: impl Fn(&str) -> Vec<u8> + Send + 'static) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (seen, heads) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let (mut head, mut byte) = (Vec::new(), [0]);
            while !head.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).is_ok() {
                head.push(byte[0]);
            }
            let mut head = String::from_utf8(head).unwrap().to_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            head += &String::from_utf8_lossy(&body);
            stream.write_all(&answer(&head)).unwrap();
            // Nobody may look.
            let _ = seen.send(head);
        }
    });
    (url, heads)
}
