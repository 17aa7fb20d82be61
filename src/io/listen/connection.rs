//! One connection, whatever its stream is made of: messages cut out of it, messages written to it.

use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::Patience;
use crate::io::sip::Wire;
use crate::sip::message::frame::{Framer, Piece};
use crate::sip::transport::Flow;

/// How much is read at once, in bytes.
const CHUNK: usize = 8 << 10;

/// Why a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    Closed,
    Failed(String),
    /// No whole message in time.
    Silent,
    /// Nobody took what we wrote.
    Stuck,
    /// The stream cannot be followed any further.
    Broken(&'static str),
    /// The program ends.
    Over,
}

/// Serves a connection until it ends. `first_message` is how long it may take to say something;
/// `replies` leads back into `queue`, for pongs.
pub async fn converse<S: AsyncRead + AsyncWrite>(
    stream: S,
    flow: Flow,
    first_message: Duration,
    queue: mpsc::Receiver<Bytes>,
    replies: mpsc::Sender<Bytes>,
    wires: mpsc::Sender<Wire>,
    patience: Patience,
) -> End {
    let (reader, writer) = split(stream);
    tokio::select! {
        end = hear(reader, flow, first_message, replies, wires, patience) => end,
        end = speak(writer, queue, patience) => end,
    }
}

async fn hear(
    mut reader: impl AsyncRead + Unpin,
    flow: Flow,
    first_message: Duration,
    replies: mpsc::Sender<Bytes>,
    wires: mpsc::Sender<Wire>,
    patience: Patience,
) -> End {
    let mut framer = Framer::default();
    let mut chunk = vec![0; CHUNK];
    // The first message has its deadline from the beginning, a later one from its first byte.
    let mut whole_by = Some(Instant::now() + first_message);
    loop {
        let deadline = whole_by.unwrap_or_else(|| Instant::now() + patience.idle);
        let length = match timeout_at(deadline, reader.read(&mut chunk)).await {
            Ok(Ok(0)) => return End::Closed,
            Ok(Ok(length)) => length,
            Ok(Err(error)) => return End::Failed(error.to_string()),
            Err(_) => return End::Silent,
        };
        framer.push(chunk.get(..length).unwrap_or_default());
        loop {
            match framer.next() {
                Ok(Some(Piece::Message(bytes))) => {
                    whole_by = None;
                    // The peer waits where the program has no room.
                    if wires.send(Wire::Message { flow, bytes }).await.is_err() {
                        return End::Over;
                    }
                }
                Ok(Some(Piece::Ping)) => {
                    // Where so much waits to be written, the peer sees that we are alive.
                    let _ = replies.try_send(Bytes::from_static(b"\r\n"));
                }
                Ok(None) => break,
                Err(broken) => {
                    if let Some(head) = broken.head {
                        let bytes = without_its_body(&head);
                        let _ = wires.send(Wire::Message { flow, bytes }).await;
                        sleep(patience.last_word).await;
                    }
                    return End::Broken(broken.reason);
                }
            }
        }
        if !framer.is_empty() {
            whole_by.get_or_insert_with(|| Instant::now() + patience.whole_message);
        }
    }
}

async fn speak(
    mut writer: impl AsyncWrite + Unpin,
    mut queue: mpsc::Receiver<Bytes>,
    patience: Patience,
) -> End {
    while let Some(bytes) = queue.recv().await {
        match timeout(patience.write, writer.write_all(&bytes)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return End::Failed(error.to_string()),
            Err(_) => return End::Stuck,
        }
    }
    End::Over
}

/// The head of a message that cannot be followed, as a message that is surely refused: its body is
/// longer than what is there. The refusal is the stack's, as for any other.
fn without_its_body(head: &Bytes) -> Bytes {
    [head.trim_ascii_end(), b"\r\nContent-Length: 1\r\n\r\n"]
        .concat()
        .into()
}
