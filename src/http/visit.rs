//! WebSockets and requests to sessions that run, by the path that each has. Whether a session is there is nobody's
//! business: a wrong path, one of long ago and one of a session that ends have the same answer. Browsers' cookies mean
//! nothing here, so the Origin does not either.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    ALLOW, CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use axum::response::IntoResponse;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::base::SessionId;
use crate::base::access::{self, Access};
use crate::base::socket::{Refused, Visit};

/// Who waits for an answer of a session at a time, and how long.
const MOST_WAITING: usize = 64;
const PATIENCE: Duration = Duration::from_secs(5);
/// What may be asked of a session without a WebSocket.
const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
const ALLOWED: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";
/// What a script is told of a request, in bytes.
const MOST_CONTENT: usize = 64 << 10;
const LONGEST_PATH: usize = 2 << 10;
const MOST_HEADERS: usize = 16 << 10;

/// A question to a session, and where its answer goes.
pub enum Knock {
    Socket {
        session: SessionId,
        visit: Visit,
        /// What takes the connection, or why nobody does.
        answer: oneshot::Sender<Result<oneshot::Sender<TokioIo<Upgraded>>, Refused>>,
    },
    Request {
        session: SessionId,
        request: access::Request,
        answer: oneshot::Sender<Result<(), Refused>>,
    },
}

/// How sessions are reached.
#[derive(Clone)]
pub struct Visits {
    access: Access,
    ask: Arc<dyn Fn(Knock) + Send + Sync>,
    waiting: Arc<Semaphore>,
}

impl Visits {
    pub fn new(access: Access, ask: Arc<dyn Fn(Knock) + Send + Sync>) -> Visits {
        let waiting = Arc::new(Semaphore::new(MOST_WAITING));
        Visits {
            access,
            ask,
            waiting,
        }
    }
}

pub(super) async fn visit(
    State(sources): State<super::Sources>,
    request: Request,
) -> Response<Body> {
    let path = request.uri().path().strip_prefix("/sessions/");
    let path = path.unwrap_or_default();
    let (token, rest) = match path.find('/').and_then(|at| path.split_at_checked(at)) {
        Some((token, rest)) => (token, rest),
        None => (path, "/"),
    };
    let visits = sources.visits.as_ref();
    let known = visits.and_then(|visits| Some((visits, visits.access.session_of(token)?)));
    let Some((visits, session)) = known else {
        return nothing();
    };
    let mut path = rest.to_string();
    if let Some(query) = request.uri().query() {
        path = format!("{path}?{query}");
    }
    let headers = told(request.headers());
    let bytes: usize = headers
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if path.len() > LONGEST_PATH || bytes > MOST_HEADERS {
        return plain(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "too long\n");
    }
    let Ok(_place) = visits.waiting.try_acquire() else {
        return plain(StatusCode::SERVICE_UNAVAILABLE, "too many at a time\n");
    };
    let visit = Visit { path, headers };
    match has(request.headers(), UPGRADE, "websocket") {
        true => connect(visits, session, visit, request).await,
        false => tell(visits, session, visit, request).await,
    }
}

/// Gives the session a request to hear of.
async fn tell(
    visits: &Visits,
    session: SessionId,
    Visit { path, headers }: Visit,
    request: Request,
) -> Response<Body> {
    let method = request.method().as_str().to_string();
    if !METHODS.contains(&method.as_str()) {
        let allow = [(ALLOW, HeaderValue::from_static(ALLOWED))];
        return (
            StatusCode::METHOD_NOT_ALLOWED,
            allow,
            "not by this method\n",
        )
            .into_response();
    }
    let body = axum::body::to_bytes(request.into_body(), MOST_CONTENT);
    let content = match timeout(PATIENCE, body).await {
        Ok(Ok(content)) => content,
        Ok(Err(_)) => return plain(StatusCode::PAYLOAD_TOO_LARGE, "64 KiB at most\n"),
        Err(_) => return plain(StatusCode::REQUEST_TIMEOUT, "the content did not come\n"),
    };
    let Ok(content) = String::from_utf8(content.into()) else {
        return plain(StatusCode::BAD_REQUEST, "the content is no UTF-8\n");
    };
    let headers = headers.into_iter();
    let request = access::Request {
        method,
        path,
        content,
        headers: headers.filter(|(name, _)| name.starts_with("x-")).collect(),
    };
    let (answer, answered) = oneshot::channel();
    (visits.ask)(Knock::Request {
        session,
        request,
        answer,
    });
    match answer_of(answered).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(refusal) => *refusal,
    }
}

/// Gives the session a connection.
async fn connect(
    visits: &Visits,
    session: SessionId,
    visit: Visit,
    mut request: Request,
) -> Response<Body> {
    let key = match handshake(request.method(), request.headers()) {
        Ok(key) => key,
        Err(refusal) => return *refusal,
    };
    let (answer, answered) = oneshot::channel();
    (visits.ask)(Knock::Socket {
        session,
        visit,
        answer,
    });
    let door = match answer_of(answered).await {
        Ok(door) => door,
        Err(refusal) => return *refusal,
    };
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        // Without a connection the door is dropped, and the session knows.
        if let Ok(Ok(upgraded)) = timeout(PATIENCE, upgrade).await {
            let _ = door.send(TokioIo::new(upgraded));
        }
    });
    let accept = derive_accept_key(&key);
    let headers = [
        (CONNECTION, "Upgrade"),
        (UPGRADE, "websocket"),
        (SEC_WEBSOCKET_ACCEPT, accept.as_str()),
    ];
    (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
}

/// The key of a handshake (RFC 6455 §4.2.1), or what is answered to what is none.
fn handshake(method: &Method, headers: &HeaderMap) -> Result<Vec<u8>, Box<Response<Body>>> {
    let answer = |status: StatusCode, header: Option<(HeaderName, &'static str)>, text| {
        let mut response = plain(status, text);
        if let Some((name, value)) = header {
            let value = HeaderValue::from_static(value);
            response.headers_mut().insert(name, value);
        }
        Err(Box::new(response))
    };
    if method != Method::GET {
        let (status, get) = (StatusCode::METHOD_NOT_ALLOWED, Some((ALLOW, "GET")));
        return answer(status, get, "a WebSocket is asked for by GET\n");
    }
    let needed = StatusCode::UPGRADE_REQUIRED;
    if !has(headers, CONNECTION, "upgrade") {
        let socket = Some((UPGRADE, "websocket"));
        return answer(
            needed,
            socket,
            "a WebSocket is asked for with Connection: Upgrade\n",
        );
    }
    if !has(headers, SEC_WEBSOCKET_VERSION, "13") {
        let version = Some((SEC_WEBSOCKET_VERSION, "13"));
        return answer(needed, version, "version 13 is spoken here\n");
    }
    match headers.get(SEC_WEBSOCKET_KEY).map(HeaderValue::as_bytes) {
        // 16 bytes in base64.
        Some(key) if key.len() == 24 => Ok(key.to_vec()),
        _ => {
            let text = "there is no Sec-WebSocket-Key\n";
            answer(StatusCode::BAD_REQUEST, None, text)
        }
    }
}

/// Whether a list of tokens has this one.
fn has(headers: &HeaderMap, name: HeaderName, token: &str) -> bool {
    let values = headers.get_all(name).into_iter();
    let mut tokens = values.filter_map(|value| value.to_str().ok());
    tokens.any(|list| {
        list.split(',')
            .any(|one| one.trim().eq_ignore_ascii_case(token))
    })
}

/// The headers that a script is told.
fn told(headers: &HeaderMap) -> Vec<(String, String)> {
    let own = |name: &HeaderName| {
        name == CONNECTION || name == UPGRADE || name.as_str().starts_with("sec-websocket-")
    };
    let headers = headers.iter().filter(|(name, _)| !own(name));
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    headers
        .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
        .collect()
}

/// What the session says, or what is answered where it refuses or says nothing.
async fn answer_of<T>(
    answered: oneshot::Receiver<Result<T, Refused>>,
) -> Result<T, Box<Response<Body>>> {
    let refusal = match timeout(PATIENCE, answered).await {
        Ok(Ok(Ok(answer))) => return Ok(answer),
        Ok(Ok(Err(Refused::Gone)) | Err(_)) => nothing(),
        Ok(Ok(Err(Refused::Forbidden))) => {
            plain(StatusCode::FORBIDDEN, "the session takes no connections\n")
        }
        Ok(Ok(Err(Refused::Full))) => plain(
            StatusCode::SERVICE_UNAVAILABLE,
            "the session has enough to do\n",
        ),
        Err(_) => plain(StatusCode::SERVICE_UNAVAILABLE, "no answer in time\n"),
    };
    Err(Box::new(refusal))
}

fn nothing() -> Response<Body> {
    plain(StatusCode::NOT_FOUND, "there is nothing here\n")
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    (status, text).into_response()
}
