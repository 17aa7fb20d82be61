//! What is asked of services, what is understood of their answers, and the way there and back.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::stream::understood;
use super::template::{Filling, ignored, read, request, templates, wav};
use super::*;
use crate::base::pii::Secret;
use crate::base::web::{Answer, Body, Failure, Headers};
use crate::base::{SessionId, UnitId};
use crate::media::Frame;
use crate::settings::sound::{HttpRecogniser, SocketRecogniser, Utterance};

fn service(body: Utterance) -> HttpRecogniser {
    HttpRecogniser {
        url: Secret::new("http://127.0.0.1:1/{language}?m={model}&x={nothing}"),
        headers: vec![(
            "X-Lang".to_string(),
            Secret::new("{language};{phraseHints}"),
        )],
        body,
        text_at: Some("/a~1b/0/text".to_string()),
        confidence_at: Some("/a~1b/0/sure".to_string()),
        language_at: Some("/language".to_string()),
    }
}

fn filling() -> Filling {
    let parameters = json!({"model": "a b&c", "phraseHints": ["x", "y"], "profanityFilter": true, "boost": 2.5, "gone": null,
        "headers": {"X-Own": 7, "x-lang": "not heard"}, "profile": "Google.en_US", "singleUtterance": true});
    let Value::Object(parameters) = parameters else {
        panic!()
    };
    Filling {
        language: "en-US".to_string(),
        rate_hz: 16_000,
        parameters,
    }
}

#[test]
fn a_request_has_the_sound_and_the_scenario_s_parameters_where_the_template_wants_them() {
    let samples = [1, -2, 300];
    let plain = request(&service(Utterance::Wav), &filling(), &samples).unwrap();
    assert_eq!(
        plain.url.reveal(),
        "http://127.0.0.1:1/en-US?m=a%20b%26c&x="
    );
    let header = |name| plain.headers.value(name);
    assert_eq!(header("X-Lang"), Some("en-US;x,y"));
    assert_eq!(header("X-Own"), Some("7"));
    assert_eq!(header("Content-Type"), Some("audio/wav"));
    let mut reader = hound::WavReader::new(&plain.body.0[..]).unwrap();
    let spec = reader.spec();
    assert_eq!(
        (spec.sample_rate, spec.channels, spec.bits_per_sample),
        (16_000, 1, 16)
    );
    let heard: Vec<i16> = reader.samples().map(Result::unwrap).collect();
    assert_eq!(heard, samples);

    let template = json!({"a": "{audio}", "b": "x{audio}{no", "c": ["{phraseHints}", "{gone}", 1], "d": "{rate}", "e": "{profanityFilter}",
        "f": "{unknown}", "g": "{boost} {unknown}.", "{model}": "{{model}}"});
    let json_body = Utterance::Json(Secret::new(template.to_string()));
    let asked = request(&service(json_body), &filling(), &samples).unwrap();
    let audio = STANDARD.encode(wav(16_000, &samples));
    let body: Value = serde_json::from_slice(&asked.body.0).unwrap();
    let wanted = json!({"a": audio, "b": format!("x{audio}{{no"), "c": [["x", "y"], 1], "d": 16000, "e": true, "g": "2.5 .", "{model}": "{a b&c}"});
    assert_eq!(body, wanted);
    assert_eq!(
        asked.headers.value("Content-Type"),
        Some("application/json")
    );
}

#[test]
fn a_form_has_the_sound_as_a_file() {
    let form = [
        ("file", "{audio}"),
        ("model", "whisper-1"),
        ("hint", "{model}"),
    ];
    let form = form.map(|(name, value)| (name.to_string(), Secret::new(value)));
    let mut filling = filling();
    filling
        .parameters
        .insert("model".into(), "x\r\n--switchhook".into());
    let asked = request(&service(Utterance::Form(form.into())), &filling, &[5; 100]).unwrap();
    let kind = asked.headers.value("Content-Type").unwrap();
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
    let body = String::from_utf8_lossy(&asked.body.0).into_owned();
    let parts: Vec<&str> = body.split(&format!("--{boundary}")).collect();
    assert_eq!(parts.len(), 5, "{body}");
    assert!(
        parts[1].contains(
            "name=\"file\"; filename=\"speech.wav\"\r\nContent-Type: audio/wav\r\n\r\nRIFF"
        )
    );
    assert_eq!(
        parts[2],
        "\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n"
    );
    assert_eq!(parts[4], "--\r\n");
}

#[test]
fn a_header_that_could_become_two_is_not_sent() {
    let mut filling = filling();
    filling.language = "a\r\nX-Evil: 1".to_string();
    let fault = request(&service(Utterance::Wav), &filling, &[0]).unwrap_err();
    assert!(
        fault.starts_with("the header X-Lang for the recogniser: "),
        "{fault}"
    );
    let mut filling = self::filling();
    filling
        .parameters
        .insert("headers".into(), json!({"X:": "1"}));
    assert!(request(&service(Utterance::Wav), &filling, &[0]).is_err());
}

#[test]
fn an_answer_is_understood_or_told_why_not() {
    let service = service(Utterance::Wav);
    let said = |code, body: &str| {
        let answer = Answer {
            code,
            headers: Headers::default(),
            body: Body(body.as_bytes().to_vec().into()),
        };
        match read(&service, Ok(answer)) {
            Recognised::Text {
                text,
                confidence,
                language,
            } => format!("{text}|{confidence}|{}", language.unwrap_or_default()),
            Recognised::Fault { why } => why,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        said(
            200,
            r#"{"a/b": [{"text": " hi ", "sure": 0.756}], "language": "en"}"#
        ),
        "hi|75.6|en"
    );
    assert_eq!(
        said(201, r#"{"a/b": [{"text": "hi", "sure": 130}]}"#),
        "hi|100|"
    );
    assert_eq!(said(200, r#"{"a/b": [{"text": "hi"}]}"#), "hi|100|");
    assert_eq!(said(200, r#"{"a/b": [{"text": "", "sure": 0.9}]}"#), "|0|");
    assert_eq!(
        said(401, r#"{"a/b": [{"text": "hi"}]}"#),
        "the recogniser has answered 401"
    );
    assert_eq!(
        said(200, "<html>"),
        "the recogniser has not answered with JSON"
    );
    assert_eq!(
        said(200, "{}"),
        "the answer of the recogniser has no text at /a~1b/0/text"
    );
    let late = read(&service, Err(Failure::Timeout(Duration::from_secs(3))));
    let Recognised::Fault { why } = late else {
        panic!()
    };
    assert_eq!(why, "the recogniser: no answer within 3 s");
    let plain = HttpRecogniser {
        text_at: None,
        ..service
    };
    let answer = Answer {
        code: 200,
        headers: Headers::default(),
        body: Body::from("x".repeat(10_000)),
    };
    let Recognised::Text { text, .. } = read(&plain, Ok(answer)) else {
        panic!()
    };
    assert_eq!(text.len(), 8_000);
}

#[test]
fn what_the_template_does_not_name_is_told() {
    let service = service(Utterance::Wav);
    let ignored = ignored(&templates(&service), &filling().parameters);
    assert_eq!(ignored, ["boost", "profanityFilter"]);
}

const UNIT: SoundId = SoundId {
    session: SessionId(1),
    unit: UnitId(1),
};

fn cut(samples: &[i16]) -> Cut {
    Cut {
        frame: Frame::of(16_000, samples),
        right: None,
    }
}

#[test]
fn what_is_too_much_is_told_and_not_kept() {
    let (sender, words) = channel();
    let mut ear = Ear {
        unit: UNIT,
        sender,
        samples: Vec::new(),
        is_cut_short: false,
        held: Arc::default(),
        waiting: Arc::default(),
    };
    for _ in 0..MOST_WAITING + 1 {
        ear.take(&cut(&[1; 320]));
        ear.take(&cut(&[2; 100]));
        ear.take(&cut(&[]));
    }
    let held = ear.held.clone();
    assert_eq!(held.load(Ordering::Relaxed), MOST_WAITING * 420);
    held.store(MOST_SAMPLES, Ordering::Relaxed);
    drop(words.try_iter().take(MOST_WAITING).collect::<Vec<_>>());
    assert!(matches!(
        words.try_recv(),
        Ok(Word::Utterance { sound: None, .. })
    ));
    ear.take(&cut(&[]));
    assert!(matches!(
        words.try_recv(),
        Ok(Word::Utterance { sound: Some(_), .. })
    ));
    // Where all the room is taken an utterance is lost as a whole.
    held.store(MOST_SAMPLES, Ordering::Relaxed);
    ear.take(&cut(&[1; 320]));
    held.store(0, Ordering::Relaxed);
    ear.take(&cut(&[2; 320]));
    ear.take(&cut(&[]));
    assert!(matches!(
        words.try_recv(),
        Ok(Word::Utterance { sound: None, .. })
    ));
    for _ in 0..LONGEST / 320 + 10 {
        ear.take(&cut(&[1; 320]));
    }
    assert_eq!(ear.samples.len(), LONGEST);
    drop(ear);
    assert_eq!(held.load(Ordering::Relaxed), 0);
    assert!(matches!(words.try_recv(), Ok(Word::Close { unit: UNIT })));
}

#[test]
fn a_message_of_a_service_that_streams_is_interim_or_final_or_nothing() {
    let service = SocketRecogniser {
        url: Secret::new("ws://127.0.0.1/"),
        headers: Vec::new(),
        start: None,
        stop: None,
        audio: None,
        text_at: "/text".to_string(),
        final_at: Some("/kind".to_string()),
        final_is: "Final".to_string(),
        interim_at: Some("/partial".to_string()),
        confidence_at: Some("/sure".to_string()),
        language_at: None,
        error_at: Some("/error".to_string()),
    };
    let said = |service: &SocketRecogniser, message: &str| match understood(service, message) {
        None => "nothing".to_string(),
        Some(Recognised::Interim { text }) => format!("interim {text}"),
        Some(Recognised::Text {
            text, confidence, ..
        }) => format!("final {text} {confidence}"),
        Some(Recognised::Fault { why }) => why,
        other => panic!("{other:?}"),
    };
    for (message, wanted) in [
        (r#"{"text": "a", "kind": "Partial"}"#, "interim a"),
        (
            r#"{"text": "a b", "kind": "Final", "sure": 0.5}"#,
            "final a b 50",
        ),
        (r#"{"text": "", "kind": "Final"}"#, "nothing"),
        (r#"{"partial": "c"}"#, "interim c"),
        (r#"{"partial": " "}"#, "nothing"),
        (r#"{"hello": 1, "error": null}"#, "nothing"),
        (r#"{"error": {"code": 4}}"#, r#"the recogniser: {"code":4}"#),
        ("no", "the recogniser has not answered with JSON"),
    ] {
        assert_eq!(said(&service, message), wanted, "{message}");
    }
    let plain = SocketRecogniser {
        final_at: None,
        ..service
    };
    assert_eq!(said(&plain, r#"{"text": "a"}"#), "final a 100");
}

/// Each utterance is one number, which the service says back; it keeps the first until all others are answered.
#[test]
fn utterances_go_out_and_what_they_are_comes_back_in_order() {
    const ALL: i16 = 8;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (answered, others) = channel::<()>();
    let others = Arc::new(std::sync::Mutex::new(others));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, mut bytes) = (stream.unwrap(), vec![0; 65_536]);
            let (answered, others) = (answered.clone(), others.clone());
            thread::spawn(move || {
                let mut read = 0;
                let number = loop {
                    read += stream.read(&mut bytes[read..]).unwrap();
                    let data = bytes[..read]
                        .windows(4)
                        .position(|window| window == b"data");
                    if let Some(number) = data.and_then(|at| bytes[..read].get(at + 8..at + 10)) {
                        break i16::from_le_bytes([number[0], number[1]]);
                    }
                };
                if number == 0 {
                    let others = others.lock().unwrap();
                    (1..ALL).for_each(|_| others.recv().unwrap());
                }
                let said = format!("n{number}");
                let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{said}");
                let _ = stream.write_all(answer.as_bytes());
                let _ = answered.send(());
            });
        }
    });
    let (tell, told) = channel();
    let recognisers = Recognisers::start(Box::new(move |unit, recognised| {
        let _ = tell.send((unit, recognised));
    }))
    .unwrap();
    let http = HttpRecogniser {
        url: Secret::new(format!("http://127.0.0.1:{port}/")),
        text_at: None,
        ..service(Utterance::Wav)
    };
    let settings = Asr {
        service: Some(Recogniser::Http(Box::new(http))),
        at_once: 2,
        timeout_s: 60,
        ..Asr::default()
    };
    let asr = || NewAsr {
        language: None,
        parameters: Map::new(),
        place: None,
    };
    let next = || told.recv_timeout(Duration::from_secs(120)).unwrap();
    assert!(recognisers.listen(UNIT, asr(), &Asr::default()).is_none());
    assert!(matches!(next(), (UNIT, Recognised::Nobody { .. })));
    let mut taker = recognisers.listen(UNIT, asr(), &settings).unwrap();
    assert!(matches!(next(), (UNIT, Recognised::Ready { .. })));
    for n in 0..ALL {
        taker(cut(&[n; 320]));
        taker(cut(&[]));
    }
    for n in 0..ALL {
        match next() {
            (UNIT, Recognised::Text { text, .. }) => assert_eq!(text, format!("n{n}")),
            other => panic!("{other:?}"),
        }
    }
    drop(taker);
    drop(recognisers);
    assert!(told.recv().is_err(), "nothing more is told");
}
