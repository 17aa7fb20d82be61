//! One request and its answer over a connection of their own (RFC 9112).

use std::error::Error;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::BytesMut;
use http_body_util::{BodyExt, Full};
use hyper::Request as HyperRequest;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, HOST, HeaderMap, HeaderName, HeaderValue,
    USER_AGENT,
};
use hyper_util::rt::TokioIo;
use tokio::task::JoinSet;

use crate::base::web::{Answer, Body, Failure, Headers, Request};
use crate::io::way::Stream;
use crate::sip::message::uri::percent_decode;

/// An answer's head; hyper ends the connection where it is longer.
const MOST_HEAD_BYTES: usize = 64 << 10;
const MOST_HEAD_LINES: usize = 200;

/// A request as it goes out; written before anybody is connected to, so that what cannot be sent reaches nobody.
pub(super) type Written = HyperRequest<Full<bytes::Bytes>>;

/// Sends `request` and reads what comes, `most_bytes` of body at most; none of it where that is `None`.
pub(super) async fn exchange(
    stream: Stream,
    request: Written,
    most_bytes: Option<usize>,
) -> Result<Answer, Failure> {
    let only_asks_for_the_head = request.method() == hyper::Method::HEAD;
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MOST_HEAD_BYTES)
        .max_headers(MOST_HEAD_LINES)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(broken)?;
    // Dropped with this function, and the connection with it.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let response = sender.send_request(request).await.map_err(broken)?;
    let (head, body) = response.into_parts();
    let body = match most_bytes {
        Some(most) if !only_asks_for_the_head => read(body, &head.headers, most).await?,
        _ => Body::default(),
    };
    Ok(Answer {
        code: head.status.as_u16(),
        headers: plain(&head.headers),
        body,
    })
}

pub(super) fn write(request: &Request) -> Result<Written, Failure> {
    let unfit = |error: &dyn std::fmt::Display| Failure::BadUrl(format!("the request: {error}"));
    let mut headers = HeaderMap::new();
    let own = |text: &str| HeaderValue::from_str(text).map_err(|error| unfit(&error));
    headers.insert(HOST, own(&request.url.authority())?);
    for (name, value) in &request.headers.0 {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| unfit(&error))?;
        headers.append(name, own(value)?);
    }
    let agent = concat!("switchhook/", env!("CARGO_PKG_VERSION"));
    for (name, value) in [
        (USER_AGENT, agent),
        (ACCEPT, "*/*"),
        (ACCEPT_ENCODING, "identity"),
    ] {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    if let Some(userinfo) = request.url.userinfo()
        && !headers.contains_key(AUTHORIZATION)
    {
        let plain = percent_decode(&userinfo).unwrap_or_default();
        let mut value = own(&format!("Basic {}", STANDARD.encode(plain)))?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    let mut written = HyperRequest::builder()
        .method(request.method.name())
        .uri(request.url.path_and_query())
        .body(Full::new(request.body.0.clone()))
        .map_err(|error| unfit(&error))?;
    *written.headers_mut() = headers;
    Ok(written)
}

async fn read(mut body: Incoming, headers: &HeaderMap, most: usize) -> Result<Body, Failure> {
    let said = headers.get(hyper::header::CONTENT_LENGTH);
    let said = said.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if said.is_some_and(|length| length > most as u64) {
        return Err(Failure::TooLarge(most));
    }
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        // Trailers are nobody's.
        if let Ok(data) = frame.map_err(broken)?.into_data() {
            if bytes.len() + data.len() > most {
                return Err(Failure::TooLarge(most));
            }
            bytes.extend_from_slice(&data);
        }
    }
    Ok(Body(bytes.freeze()))
}

fn plain(headers: &HeaderMap) -> Headers {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let all = headers.iter();
    Headers(
        all.map(|(name, value)| (name.to_string(), text(value)))
            .collect(),
    )
}

fn broken(error: hyper::Error) -> Failure {
    match error.source() {
        Some(source) => Failure::Broken(format!("{error}: {source}")),
        None => Failure::Broken(error.to_string()),
    }
}
