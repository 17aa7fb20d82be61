//! A request of ours on its way: whose it is, what was sent, where else it may go should the first target
//! fail (RFC 3263 §4.3), and what came back.

use std::collections::VecDeque;

use super::{Credentials, QueryId, ReferId, RequestId};
use crate::base::LegId;
use crate::sip::message::{Request, Response};
use crate::sip::transaction::ClientId;
use crate::sip::transport::{Flow, Target};

/// What a request of ours is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Invite,
    /// A re-INVITE or UPDATE that offers or refreshes.
    Change,
    Prack,
    Bye,
    Within(RequestId),
    Notify(ReferId),
    Refer(ReferId),
}

/// Who waits for the answer.
#[derive(Clone, Debug)]
pub enum Whose {
    Leg(LegId, Purpose),
    Outside {
        id: RequestId,
        credentials: Option<Credentials>,
    },
    /// The BYE of a fork that lost.
    Nobody,
}

/// A request of ours on its way.
#[derive(Clone, Debug)]
pub struct Errand {
    pub whose: Whose,
    /// As it was given to its transaction: without Via.
    pub request: Request,
    /// Where it went.
    pub flow: Option<Flow>,
    /// Whether a challenge was answered already.
    pub challenged: bool,
    /// The user part of the Contact that is added when the flow is known.
    pub(super) contact_user: Option<String>,
    /// Where else it may go.
    pub(super) targets: VecDeque<Target>,
}

impl Errand {
    pub fn new(whose: Whose, request: Request) -> Errand {
        Errand {
            whose,
            request,
            flow: None,
            challenged: false,
            contact_user: None,
            targets: VecDeque::new(),
        }
    }

    pub fn with_contact_user(self, user: String) -> Errand {
        Errand {
            contact_user: Some(user),
            ..self
        }
    }
}

/// How far a request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Asking(QueryId),
    Sent(ClientId),
    /// No listener of ours leads there; the failure is on its way to the owner.
    Nowhere,
}

/// What came back for an errand.
#[derive(Clone, Debug)]
pub enum Heard {
    Response(Box<Response>),
    Silence,
    Unreachable,
}

impl Heard {
    /// 408 and 503 stand for silence and unreachability (RFC 3261 §8.1.3.1).
    pub fn code(&self) -> u16 {
        match self {
            Heard::Response(response) => response.code,
            Heard::Silence => 408,
            Heard::Unreachable => 503,
        }
    }

    pub fn reason(&self) -> String {
        match self {
            Heard::Response(response) => response.reason.clone(),
            Heard::Silence => "Request Timeout".to_string(),
            Heard::Unreachable => "Service Unavailable".to_string(),
        }
    }

    pub fn response(&self) -> Option<&Response> {
        match self {
            Heard::Response(response) => Some(response),
            Heard::Silence | Heard::Unreachable => None,
        }
    }
}
