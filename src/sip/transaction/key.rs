//! How a message finds its transaction (RFC 3261 §17.1.3, §17.2.3) and how a merged request is told
//! from a repeated one (§8.2.2.2).

use crate::sip::message::{Malformed, Method, Request, Response, Via};

/// What a branch of RFC 3261 begins with; with it, the branch alone names the transaction.
pub const COOKIE: &str = "z9hG4bK";

/// Finds one of our transactions from a response. The CANCEL shares its INVITE's branch.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClientKey {
    pub branch: String,
    pub method: Method,
}

/// Finds a peer's transaction from a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ServerKey {
    Branch {
        branch: String,
        host: String,
        port: Option<u16>,
        method: Method,
    },
    /// A peer of RFC 2543, whose branches say nothing. The To tag is left out, so that the ACK,
    /// which has one, finds an INVITE that had none; the CSeq number tells requests of one dialog
    /// apart.
    Classic {
        uri: String,
        from_tag: String,
        call_id: String,
        cseq: u32,
        via: String,
        method: Method,
    },
}

/// The same for all copies of one request that reach us by several ways.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MergeKey {
    from_tag: String,
    call_id: String,
    cseq: u32,
    method: Method,
}

impl ClientKey {
    /// `None` where the response is not for us: a client that is no proxy sends one Via (§8.1.3.3).
    pub fn of(response: &Response) -> Option<ClientKey> {
        let via = response.headers.via().ok()?;
        let only = response
            .headers
            .list(&crate::sip::message::Name::Via)
            .count()
            == 1;
        only.then_some(ClientKey {
            branch: via.branch()?.to_string(),
            method: response.headers.cseq().ok()?.method,
        })
    }
}

impl ServerKey {
    /// The key of `request`, whose topmost Via is `via`, as a request of `method`: an ACK and a
    /// CANCEL look for their INVITE.
    pub fn of(request: &Request, via: &Via, method: Method) -> Result<ServerKey, Malformed> {
        match via.branch().and_then(|branch| branch.strip_prefix(COOKIE)) {
            Some(rest) if !rest.is_empty() => Ok(ServerKey::Branch {
                branch: rest.to_string(),
                host: via.host.to_ascii_lowercase(),
                port: via.port,
                method,
            }),
            _ => Ok(ServerKey::Classic {
                uri: request.uri.to_string(),
                from_tag: tag_of_from(request)?,
                call_id: request.headers.call_id()?.to_string(),
                cseq: request.headers.cseq()?.number,
                via: via.to_string(),
                method,
            }),
        }
    }
}

impl MergeKey {
    /// `None` for a request inside a dialog, which cannot have been forked.
    pub fn of(request: &Request) -> Option<MergeKey> {
        if request.headers.to().ok()?.tag().is_some() {
            return None;
        }
        Some(MergeKey {
            from_tag: tag_of_from(request).ok()?,
            call_id: request.headers.call_id().ok()?.to_string(),
            cseq: request.headers.cseq().ok()?.number,
            method: request.method.clone(),
        })
    }
}

/// Empty where there is none, as an RFC 2543 peer may have it.
fn tag_of_from(request: &Request) -> Result<String, Malformed> {
    Ok(request
        .headers
        .from()?
        .tag()
        .unwrap_or_default()
        .to_string())
}
