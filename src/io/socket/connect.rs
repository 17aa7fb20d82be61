//! The way to a server and the handshake there (RFC 6455 §4.1).

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::http::header::{
    AUTHORIZATION, CONNECTION, HOST, HeaderName, HeaderValue, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE, USER_AGENT,
};
use tokio_tungstenite::tungstenite::http::{HeaderMap, Request};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, error::ProtocolError};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::Terms;
use crate::io::way::{Destination, Stream, Way};
use crate::script::socket::NewSocket;
use crate::sip::message::uri::percent_decode;

/// Until there is a connection, and until the handshake is over.
const CONNECT: Duration = Duration::from_secs(6);
const SHAKE: Duration = Duration::from_secs(10);
/// Before the bytes are written they are kept so far.
const BUFFER: usize = 16 << 10;

/// A socket that is open, or why there is none, in words without secrets.
pub(in crate::io) async fn connect(
    way: &Way,
    new: &NewSocket,
    terms: &Terms,
) -> Result<WebSocketStream<Stream>, String> {
    let web = new.url.as_web();
    let destination = Destination {
        host: web.host(),
        port: web.port(),
        secure: web.is_secure(),
    };
    let request = request(new).map_err(|fault| format!("the request: {fault}"))?;
    let reached = way.connect(&destination, &terms.allow, CONNECT).await;
    let stream = reached.map_err(|why| format!("{}: {why}", new.url))?;
    let shaken = client_async_with_config(request, stream, Some(config(terms)));
    match timeout(SHAKE, shaken).await {
        Ok(Ok((socket, _))) => Ok(socket),
        Ok(Err(fault)) => Err(format!("{}: {}", new.url, told(&fault))),
        Err(_) => Err(format!(
            "{}: no answer within {} s",
            new.url,
            SHAKE.as_secs()
        )),
    }
}

pub(super) fn config(terms: &Terms) -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(BUFFER)
        .write_buffer_size(0)
        .max_message_size(Some(terms.most_bytes))
        .max_frame_size(Some(terms.most_bytes))
}

/// What a script is told of a fault.
pub(super) fn told(fault: &Error) -> String {
    match fault {
        Error::Http(response) => format!("the server answered {}", response.status().as_u16()),
        Error::Capacity(_) => "a message came that is longer than limits.socketMessageKb".into(),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
            "the connection broke".into()
        }
        fault => fault.to_string(),
    }
}

fn request(new: &NewSocket) -> Result<Request<()>, String> {
    let unfit = |fault: &dyn std::fmt::Display| fault.to_string();
    let value = |text: &str| HeaderValue::from_str(text).map_err(|fault| unfit(&fault));
    let web = new.url.as_web();
    let mut headers = HeaderMap::new();
    for (name, given) in &new.headers.0 {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|fault| unfit(&fault))?;
        headers.append(name, value(given)?);
    }
    if let Some(userinfo) = web.userinfo()
        && !headers.contains_key(AUTHORIZATION)
    {
        let plain = percent_decode(&userinfo).unwrap_or_default();
        let mut basic = value(&format!("Basic {}", STANDARD.encode(plain)))?;
        basic.set_sensitive(true);
        headers.insert(AUTHORIZATION, basic);
    }
    let agent = concat!("switchhook/", env!("CARGO_PKG_VERSION"));
    let agent = HeaderValue::from_static(agent);
    headers.entry(USER_AGENT).or_insert(agent);
    headers.insert(HOST, value(&web.authority())?);
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    headers.insert(SEC_WEBSOCKET_KEY, value(&generate_key())?);
    if !new.protocols.is_empty() {
        headers.insert(SEC_WEBSOCKET_PROTOCOL, value(&new.protocols.join(", "))?);
    }
    let scheme = if web.is_secure() { "wss" } else { "ws" };
    let uri = format!("{scheme}://{}{}", web.authority(), web.path_and_query());
    let request = Request::builder().uri(uri).body(());
    let mut request = request.map_err(|fault| unfit(&fault))?;
    *request.headers_mut() = headers;
    Ok(request)
}
