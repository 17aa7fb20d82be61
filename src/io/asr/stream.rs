//! A service that hears everything as it is said, over a WebSocket: a task for each unit, on a thread of their own.
//!
//! ```text
//!  graph ─frames─▸ Taker ─▸ task: connect, start ─▸ Ready; frame ─▸ message; message ─▸ Interim, Text, Fault; the end ─▸ stop
//! ```
//!
//! What the service does not take in time is dropped and counted.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::sync::mpsc::{Receiver, UnboundedReceiver, channel};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::everywhere;
use super::template::{Filling, headers, ignored, recognised};
use crate::base::pii::Secret;
use crate::base::socket::{Keep, SocketUrl};
use crate::base::web::{Headers, percent_encoded};
use crate::io::lane::Lane;
use crate::io::media::Taker;
use crate::io::socket::{Terms, connect};
use crate::io::way::{Stream, Way};
use crate::media::{Cut, Frame};
use crate::script::asr::Recognised;
use crate::script::socket::NewSocket;
use crate::settings::sound::SocketRecogniser;

/// Frames that wait for one service: 3 s.
const MOST_FRAMES: usize = 150;
/// The longest message that may come, in bytes.
const MOST_BYTES: usize = 1 << 20;
/// A service that takes nothing for so long is gone.
const PATIENCE: Duration = Duration::from_secs(10);

/// Who hears what a service says.
type Say = Box<dyn Fn(Recognised) + Send + Sync>;

/// The way to the thread. Dropped, it ends with all connections.
pub(super) struct Streams(Lane<Job>);

struct Job {
    service: SocketRecogniser,
    filling: Filling,
    frames: Receiver<Frame>,
    say: Say,
}

impl Streams {
    pub fn start() -> io::Result<Streams> {
        Ok(Streams(Lane::start("asr-streams", work)?))
    }

    /// Never waits. What the taker gets goes to the service; dropped, it ends.
    pub fn open(&self, service: SocketRecogniser, filling: Filling, say: Say) -> Taker {
        let (sender, frames) = channel(MOST_FRAMES);
        self.0.send(Job {
            service,
            filling,
            frames,
            say,
        });
        Box::new(move |cut: Cut| {
            if sender.try_send(cut.frame).is_err() {
                metrics::counter!("switchhook_asr_frames_dropped_total").increment(1);
            }
        })
    }
}

async fn work(mut jobs: UnboundedReceiver<Job>) {
    let way = Arc::new(Way::default());
    // Whatever is left at the end ends with the runtime.
    while let Some(job) = jobs.recv().await {
        let way = way.clone();
        tokio::spawn(async move {
            let Job {
                service,
                filling,
                mut frames,
                say,
            } = job;
            if let Err(why) = run(&way, &service, &filling, &mut frames, &say).await {
                say(Recognised::Nobody { why });
            }
        });
    }
}

/// Until nobody speaks any more, or why the service does not hear.
async fn run(
    way: &Way,
    service: &SocketRecogniser,
    filling: &Filling,
    frames: &mut Receiver<Frame>,
    say: &Say,
) -> Result<(), String> {
    let url = filling.fill(service.url.reveal(), "", percent_encoded);
    let new = NewSocket {
        keep: Keep::default(),
        url: SocketUrl::parse(&url)?,
        protocols: Vec::new(),
        headers: Headers(headers(&service.headers, filling)?),
        place: None,
    };
    let terms = Terms {
        allow: everywhere(),
        most_bytes: MOST_BYTES,
    };
    let mut socket = connect(way, &new, &terms)
        .await
        .map_err(|why| format!("the recogniser: {why}"))?;
    if let Some(start) = &service.start {
        send(&mut socket, Message::text(filled(start, filling, "")?)).await?;
    }
    say(Recognised::Ready {
        ignored: ignored(&templates(service), &filling.parameters),
        streams: true,
    });
    let wants_interim = filling.parameters.get("interimResults") == Some(&Value::Bool(true));
    loop {
        tokio::select! {
            frame = frames.recv() => match frame {
                Some(frame) => send(&mut socket, sound(service, filling, &frame)?).await?,
                None => break,
            },
            message = socket.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    let understood = understood(service, &text);
                    let is_interim = matches!(understood, Some(Recognised::Interim { .. }));
                    if let Some(understood) = understood.filter(|_| wants_interim || !is_interim) {
                        say(understood);
                    }
                }
                Some(Ok(Message::Close(_))) | None => {
                    return Err("the recogniser has ended the connection".to_string());
                }
                Some(Ok(_)) => {}
                Some(Err(fault)) => return Err(format!("the recogniser: {fault}")),
            },
        }
    }
    // It was stopped, and nobody hears of what comes now.
    if let Some(stop) = &service.stop {
        send(&mut socket, Message::text(filled(stop, filling, "")?)).await?;
    }
    let _ = timeout(PATIENCE, socket.close(None)).await;
    Ok(())
}

async fn send(socket: &mut WebSocketStream<Stream>, message: Message) -> Result<(), String> {
    match timeout(PATIENCE, socket.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(fault)) => Err(format!("the recogniser: {fault}")),
        Err(_) => Err(format!(
            "the recogniser takes nothing for {} s",
            PATIENCE.as_secs()
        )),
    }
}

fn sound(service: &SocketRecogniser, filling: &Filling, frame: &Frame) -> Result<Message, String> {
    let samples = frame.samples().iter();
    let bytes: Vec<u8> = samples.flat_map(|sample| sample.to_le_bytes()).collect();
    Ok(match &service.audio {
        None => Message::binary(bytes),
        Some(audio) => Message::text(filled(audio, filling, &STANDARD.encode(bytes))?),
    })
}

fn filled(template: &Secret, filling: &Filling, audio: &str) -> Result<String, String> {
    let template: Value = serde_json::from_str(template.reveal())
        .map_err(|_| "a message of speech.asr.socket is no JSON".to_string())?;
    let message = filling.fill_json(&template, audio).unwrap_or_default();
    Ok(message.to_string())
}

/// `None`: nothing for a scenario.
pub(super) fn understood(service: &SocketRecogniser, message: &str) -> Option<Recognised> {
    let Ok(message) = serde_json::from_str::<Value>(message) else {
        let why = "the recogniser has not answered with JSON".to_string();
        return Some(Recognised::Fault { why });
    };
    let at = |place: &Option<String>| message.pointer(place.as_deref()?);
    let shown = |value: &Value| match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    if let Some(fault) = at(&service.error_at).filter(|fault| !fault.is_null()) {
        let fault: String = shown(fault).chars().take(500).collect();
        let why = format!("the recogniser: {fault}");
        return Some(Recognised::Fault { why });
    }
    let text = message.pointer(&service.text_at).and_then(Value::as_str);
    let is_final = match &service.final_at {
        None => true,
        place => at(place).map(shown).as_deref() == Some(&service.final_is),
    };
    let interim = at(&service.interim_at).and_then(Value::as_str);
    let (text, is_final) = match (text.filter(|text| !text.trim().is_empty()), interim) {
        (Some(text), _) => (text, is_final),
        (None, Some(text)) if !text.trim().is_empty() => (text, false),
        // Nothing was said.
        (None, _) => return None,
    };
    let confidence = at(&service.confidence_at).and_then(Value::as_f64);
    let language = at(&service.language_at).and_then(Value::as_str);
    Some(match (is_final, recognised(text, confidence, language)) {
        (false, Recognised::Text { text, .. }) => Recognised::Interim { text },
        (_, understood) => understood,
    })
}

/// All texts that are filled.
fn templates(service: &SocketRecogniser) -> Vec<&str> {
    let messages = [&service.start, &service.audio, &service.stop];
    let messages = messages.into_iter().flatten().map(Secret::reveal);
    let headers = service.headers.iter().map(|(_, value)| value.reveal());
    messages
        .chain(headers)
        .chain([service.url.reveal()])
        .collect()
}
