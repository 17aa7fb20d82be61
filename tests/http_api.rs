//! `/healthz` and `/metrics` over a real socket on loopback.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use switchhook::http::{Health, Sources, Status, serve};
use switchhook::telemetry::metrics::Figures;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

#[tokio::test(flavor = "current_thread")]
async fn health_follows_the_drain_and_figures_are_text() {
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
    stop.send(()).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(5), server).await;
    assert!(ended.unwrap().unwrap().is_ok());
}
