//! One try to deliver a message. Redirections are not followed.

use std::time::Duration;

use ipnet::IpNet;

use crate::base::web::{Body, Failure, Headers, Method, Request};
use crate::io::fetch::{Limits, fetch};
use crate::io::way::Way;
use crate::session::Post;

/// What came of a try, in words without secrets.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Tried {
    Taken,
    /// It may go better another time.
    Again(String),
    /// It will not.
    Refused(String),
}

pub(super) async fn try_once(post: &Post, allow: &[IpNet], way: &Way, patience: Duration) -> Tried {
    let request = Request {
        method: Method::Post,
        url: post.hook.clone(),
        headers: Headers(vec![("Content-Type".into(), "application/json".into())]),
        body: Body::from(post.body.clone()),
    };
    let limits = Limits::for_a_status(patience);
    match fetch(way, request, &limits, allow).await {
        Ok(answer) => match answer.code {
            200..300 => Tried::Taken,
            // Request Timeout, Too Early, Too Many Requests.
            code @ (408 | 425 | 429 | 500..) => Tried::Again(format!("answered {code}")),
            code => Tried::Refused(format!("answered {code}")),
        },
        Err(failure @ (Failure::Forbidden(_) | Failure::BadUrl(_))) => {
            Tried::Refused(failure.to_string())
        }
        Err(failure) => Tried::Again(failure.to_string()),
    }
}
