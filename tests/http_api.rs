//! `/healthz` and `/metrics` over a real socket on loopback.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use switchhook::base::link;
use switchhook::http::recordings::Recordings;
use switchhook::http::{Health, Sources, Status, serve};
use switchhook::telemetry::metrics::Figures;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

#[tokio::test(flavor = "current_thread")]
async fn health_follows_the_drain_and_figures_are_text() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("2026-11-21")).unwrap();
    let sound: Vec<u8> = (0..200_000u32).map(|n| n as u8).collect();
    let half = folder.path().join("2026-11-21/b.mp3.part");
    std::fs::write(&half, &sound[..10]).unwrap();
    std::fs::write(folder.path().join("2026-11-21/a.wav"), &sound).unwrap();
    let draining = Arc::new(AtomicBool::new(false));
    let seen = draining.clone();
    let sources = Sources {
        health: Arc::new(move || Health {
            status: match seen.load(Ordering::Relaxed) {
                false => Status::Up,
                true => Status::Draining,
            },
            version: "1.2.3",
            sessions: 7,
        }),
        figures: Figures::install().unwrap(),
        visits: None,
        recordings: Some(Recordings {
            root: folder.path().into(),
            key: b"key"[..].into(),
            // The disk gets what waited for it.
            settle: Arc::new(move |done| {
                if half.exists() {
                    std::fs::write(&half, b"as far as it goes").unwrap();
                }
                done();
            }),
        }),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(serve(listener, sources, async move {
        let _ = stopped.await;
    }));
    let ask = async |path: &str| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    };

    let answer = ask("/healthz").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let body = r#"{"status":"up","version":"1.2.3","sessions":7}"#;
    assert!(answer.ends_with(body), "{answer}");
    draining.store(true, Ordering::Relaxed);
    let answer = ask("/healthz").await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.contains("draining"), "{answer}");

    let answer = ask("/metrics").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.contains("text/plain; version=0.0.4"), "{answer}");
    assert!(
        answer.contains("switchhook_build_info{version="),
        "{answer}"
    );

    assert!(ask("/").await.starts_with("HTTP/1.1 404 "));
    recordings_are_for_who_has_their_link(address, &sound).await;
    stop.send(()).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(60), server).await;
    assert!(ended.unwrap().unwrap().is_ok());
}

async fn recordings_are_for_who_has_their_link(address: SocketAddr, sound: &[u8]) {
    let ask = async |path: &str, range: &str| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n{range}Connection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let head = answer
            .windows(4)
            .position(|end| end == b"\r\n\r\n")
            .unwrap();
        let body = answer.split_off(head + 4);
        (String::from_utf8(answer).unwrap().to_lowercase(), body)
    };
    let link = |name: &str, expires| {
        let path = format!("/recordings/{name}");
        format!("{path}?{}", link::query(b"key", &path, expires))
    };
    let never = u64::MAX;

    let (head, body) = ask(&link("2026-11-21/a.wav", never), "").await;
    assert!(head.starts_with("http/1.1 200 "), "{head}");
    assert!(head.contains("content-type: audio/wav\r\n"), "{head}");
    assert!(head.contains("content-disposition: attachment; filename=\"a.wav\"\r\n"));
    assert!(body == sound, "{} bytes", body.len());

    let range = "Range: bytes=100000-100009\r\n";
    let (head, body) = ask(&link("2026-11-21/a.wav", never), range).await;
    assert!(head.starts_with("http/1.1 206 "), "{head}");
    assert!(head.contains("content-range: bytes 100000-100009/200000\r\n"));
    assert_eq!(body, sound[100_000..100_010]);
    let (head, _) = ask(&link("2026-11-21/a.wav", never), "Range: bytes=200000-\r\n").await;
    assert!(head.starts_with("http/1.1 416 "), "{head}");

    let (head, body) = ask(&link("2026-11-21/b.mp3", never), "").await;
    assert!(head.starts_with("http/1.1 200 "), "{head}");
    assert!(head.contains("content-type: audio/mpeg\r\n"), "{head}");
    assert_eq!(body, b"as far as it goes");

    for (path, code) in [
        ("/recordings/".to_string(), 404),
        ("/recordings/2026-11-21".to_string(), 403),
        ("/recordings/2026-11-21/a.wav".to_string(), 403),
        (
            link("2026-11-21/a.wav", never).replace("a.wav", "b.wav"),
            403,
        ),
        (link("2026-11-21/a.wav", 1), 410),
        (link("2026-11-21/none.wav", never), 404),
        (link("2026-11-21", never), 404),
        (link("../Cargo.toml", never), 404),
    ] {
        let (head, _) = ask(&path, "").await;
        assert!(
            head.starts_with(&format!("http/1.1 {code} ")),
            "{path}: {head}"
        );
    }
}
