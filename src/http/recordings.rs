//! Recordings, and what is kept of WebSockets, by their links: whole or in parts (RFC 9110 §14), to whoever has a link of ours. There is no list.
//! What is still being written is had as far as it goes.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::extract::{Path as UrlPath, RawQuery, State};
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::response::IntoResponse;
use hyper::body::{Bytes, Frame, SizeHint};

use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::base::link::{self, Refused};
use crate::base::recording::Format;

/// What is read at a time.
const PIECE: usize = 64 << 10;

/// Where recordings lie, and what their links are sealed with.
#[derive(Clone)]
pub struct Recordings {
    pub root: PathBuf,
    pub key: Arc<[u8]>,
    /// Calls what it is given when everything that was recorded so far is on the disk, or drops it.
    pub settle: Settle,
}

pub type Settle = Arc<dyn Fn(Box<dyn FnOnce() + Send>) + Send + Sync>;

/// How long the disk may take; then what is there is all.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) async fn recording(
    State(sources): State<super::Sources>,
    UrlPath(name): UrlPath<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response<Body> {
    let Some(recordings) = &sources.recordings else {
        return plain(StatusCode::NOT_FOUND, "there are no recordings here\n");
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |since| since.as_secs());
    match link::check(
        &recordings.key,
        &link::to_recording(&name),
        &query.unwrap_or_default(),
        now,
    ) {
        Ok(()) => {}
        Err(Refused::Forged) => return plain(StatusCode::FORBIDDEN, "this is no link of ours\n"),
        Err(Refused::Expired) => return plain(StatusCode::GONE, "the time of this link is over\n"),
    }
    let mut opened = open(&recordings.root, &name, "");
    if opened.is_none() {
        let (settled, is_settled) = oneshot::channel::<()>();
        (recordings.settle)(Box::new(|| {
            let _ = settled.send(());
        }));
        // Without an answer what is there has to do.
        let _ = timeout(PATIENCE, is_settled).await;
        // It may have got its name meanwhile.
        opened =
            open(&recordings.root, &name, ".part").or_else(|| open(&recordings.root, &name, ""));
    }
    let Some((file, length)) = opened else {
        return plain(
            StatusCode::NOT_FOUND,
            "there is no such recording any more\n",
        );
    };
    let wanted = headers
        .get(header::RANGE)
        .and_then(|range| range.to_str().ok());
    answer(&name, file, length, wanted)
}

fn answer(name: &str, mut file: File, length: u64, range: Option<&str>) -> Response<Body> {
    let (status, from, to) = match range.map_or(Range::Whole, |range| parse(range, length)) {
        Range::Whole => (StatusCode::OK, 0, length),
        Range::Part(from, to) => (StatusCode::PARTIAL_CONTENT, from, to),
        Range::Nothing => {
            let none = format!("bytes */{length}");
            let none = [(header::CONTENT_RANGE, none)];
            return (StatusCode::RANGE_NOT_SATISFIABLE, none).into_response();
        }
    };
    if file.seek(SeekFrom::Start(from)).is_err() {
        return plain(StatusCode::INTERNAL_SERVER_ERROR, "it cannot be read\n");
    }
    let kind = media_type(name.rsplit('.').next().unwrap_or_default());
    let last = name.rsplit('/').next().unwrap_or_default();
    let mut response = Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, kind)
        .header(header::CONTENT_LENGTH, to - from)
        .header(header::ACCEPT_RANGES, "bytes")
        .header(header::CACHE_CONTROL, "private, no-store")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{last}\""),
        );
    if status == StatusCode::PARTIAL_CONTENT {
        let part = format!("bytes {from}-{}/{length}", to - 1);
        response = response.header(header::CONTENT_RANGE, part);
    }
    let sound = Sound {
        file,
        left: to - from,
    };
    let response = response.body(Body::new(sound));
    response.unwrap_or_else(|_| plain(StatusCode::INTERNAL_SERVER_ERROR, "no such name\n"))
}

fn media_type(ending: &str) -> &'static str {
    match ending {
        // What is kept of a WebSocket.
        "json" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        ending => Format::named(ending).map_or("application/octet-stream", Format::media_type),
    }
}

/// Only what lies in the folder, whatever a link says.
fn open(root: &Path, name: &str, ending: &str) -> Option<(File, u64)> {
    let is_part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    if !name.split('/').all(is_part) {
        return None;
    }
    let file = File::open(root.join(format!("{name}{ending}"))).ok()?;
    let data = file.metadata().ok()?;
    data.is_file().then_some((file, data.len()))
}

#[derive(Debug, PartialEq, Eq)]
enum Range {
    Whole,
    /// From here to before there.
    Part(u64, u64),
    Nothing,
}

/// One range; of several, and of what is none, the whole is the answer that is allowed (§14.2).
fn parse(range: &str, length: u64) -> Range {
    let bounds = range
        .strip_prefix("bytes=")
        .and_then(|bounds| bounds.split_once('-'));
    let Some((first, last)) = bounds else {
        return Range::Whole;
    };
    let number = |text: &str| text.trim().parse::<u64>().ok();
    match (first.trim(), last.trim()) {
        ("", suffix) => match number(suffix) {
            Some(0) => Range::Nothing,
            Some(_) if length == 0 => Range::Nothing,
            Some(count) => Range::Part(length.saturating_sub(count), length),
            None => Range::Whole,
        },
        (first, last) => match (number(first), number(last)) {
            (Some(first), _) if first >= length && (last.is_empty() || number(last).is_some()) => {
                Range::Nothing
            }
            (Some(first), None) if last.is_empty() => Range::Part(first, length),
            (Some(first), Some(last)) if first <= last => {
                Range::Part(first, last.saturating_add(1).min(length))
            }
            _ => Range::Whole,
        },
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    (status, text).into_response()
}

/// A part of a file on its way.
struct Sound {
    file: File,
    left: u64,
}

impl hyper::body::Body for Sound {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let mut piece = vec![0; PIECE.min(usize::try_from(self.left).unwrap_or(PIECE))];
        Poll::Ready(Some(match self.file.read(&mut piece) {
            Ok(0) => Err(std::io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                self.left -= count as u64;
                piece.truncate(count);
                Ok(Frame::data(piece.into()))
            }
            Err(error) => Err(error),
        }))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_understood_and_others_are_the_whole() {
        for (range, parsed) in [
            ("bytes=0-9", Range::Part(0, 10)),
            ("bytes=90-", Range::Part(90, 100)),
            ("bytes=-10", Range::Part(90, 100)),
            ("bytes=-1000", Range::Part(0, 100)),
            ("bytes=50-5000", Range::Part(50, 100)),
            ("bytes=0-18446744073709551615", Range::Part(0, 100)),
            ("bytes=100-", Range::Nothing),
            ("bytes=100-200", Range::Nothing),
            ("bytes=-0", Range::Nothing),
            ("bytes=9-5", Range::Whole),
            ("bytes=0-1,3-4", Range::Whole),
            ("bytes=x-y", Range::Whole),
            ("seconds=1-2", Range::Whole),
            ("bytes=", Range::Whole),
        ] {
            assert_eq!(parse(range, 100), parsed, "{range}");
        }
    }
}
