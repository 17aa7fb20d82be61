//! One try to deliver a message: name, address, connection, request. The address that was judged is the one
//! that is called, so a name cannot lead elsewhere in between; redirections are not followed.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, CONNECTION, CONTENT_TYPE, HOST, USER_AGENT};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use ipnet::IpNet;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::judge::may_be_called;
use crate::base::hook::HookUrl;
use crate::session::Post;
use crate::sip::message::uri::percent_decode;

/// What came of a try, in words without secrets.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Tried {
    Taken,
    /// It may go better another time.
    Again(String),
    /// It will not.
    Refused(String),
}

/// What all tries share: the authorities that this machine trusts, read when the first `https:` URL comes.
#[derive(Default)]
pub(super) struct Way {
    trusted: OnceLock<Result<TlsConnector, String>>,
}

pub(super) async fn try_once(post: &Post, allow: &[IpNet], way: &Way) -> Tried {
    let answered = match connect(&post.hook, allow).await {
        Ok(stream) if post.hook.is_secure() => match way.secured(&post.hook, stream).await {
            Ok(stream) => ask(post, stream).await,
            Err(tried) => return tried,
        },
        Ok(stream) => ask(post, stream).await,
        Err(tried) => return tried,
    };
    let code = match answered {
        Ok(code) => code,
        Err(error) => return Tried::Again(error.to_string()),
    };
    let may_change = [
        StatusCode::REQUEST_TIMEOUT,
        StatusCode::TOO_EARLY,
        StatusCode::TOO_MANY_REQUESTS,
    ];
    match code {
        code if code.is_success() => Tried::Taken,
        code if code.is_server_error() || may_change.contains(&code) => {
            Tried::Again(format!("answered {}", code.as_u16()))
        }
        code => Tried::Refused(format!("answered {}", code.as_u16())),
    }
}

/// A connection to the first address of the host that may be called and answers.
async fn connect(hook: &HookUrl, allow: &[IpNet]) -> Result<TcpStream, Tried> {
    let (host, port) = (hook.host(), hook.port());
    let addresses: Vec<SocketAddr> = match host.parse::<IpAddr>() {
        Ok(address) => vec![(address, port).into()],
        Err(_) => {
            let found = lookup_host((host.as_str(), port)).await;
            found
                .map_err(|error| Tried::Again(format!("the host's name: {error}")))?
                .collect()
        }
    };
    let mut last = Tried::Again("the host has no address".to_string());
    for address in addresses {
        if !may_be_called(address.ip(), allow) {
            let ip = address.ip();
            last = Tried::Refused(format!(
                "{ip} is not public, and http.allow does not name it"
            ));
            continue;
        }
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = Tried::Again(error.to_string()),
        }
    }
    Err(last)
}

impl Way {
    async fn secured(
        &self,
        hook: &HookUrl,
        stream: TcpStream,
    ) -> Result<impl AsyncRead + AsyncWrite + Unpin + Send + 'static, Tried> {
        let connector = self.trusted.get_or_init(trusted);
        let connector = connector
            .as_ref()
            .map_err(|why| Tried::Refused(why.clone()))?;
        let name = ServerName::try_from(hook.host())
            .map_err(|_| Tried::Refused("no certificate can be for this host".to_string()))?;
        let secured = connector.connect(name, stream).await;
        secured.map_err(|error| Tried::Again(format!("TLS: {error}")))
    }
}

fn trusted() -> Result<TlsConnector, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err("this machine trusts no certificate authority".to_string());
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Sends the request and waits for the status line of its answer; the rest of it is nobody's.
async fn ask(
    post: &Post,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) -> io::Result<StatusCode> {
    let mut request = Request::post(post.hook.path_and_query())
        .header(HOST, post.hook.authority())
        .header(CONTENT_TYPE, "application/json")
        .header(
            USER_AGENT,
            concat!("switchhook/", env!("CARGO_PKG_VERSION")),
        )
        .header(CONNECTION, "close");
    if let Some(userinfo) = post.hook.userinfo() {
        let plain = percent_decode(&userinfo).unwrap_or_default();
        request = request.header(AUTHORIZATION, format!("Basic {}", STANDARD.encode(plain)));
    }
    let request = request
        .body(Full::new(Bytes::from(post.body.clone())))
        .map_err(io::Error::other)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(io::Error::other)?;
    let mut connection = pin!(connection);
    let mut answer = pin!(sender.send_request(request));
    let response = tokio::select! {
        biased;
        response = &mut answer => response,
        // It may have read the answer just before it ended.
        _ = &mut connection => answer.await,
    };
    Ok(response.map_err(io::Error::other)?.status())
}
