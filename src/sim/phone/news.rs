//! What a phone has seen and done, for ladders, tests and people.

use std::fmt;

use crate::sip::message::Method;
use crate::sip::stack::Ending;

/// One thing that happened at a phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    Incoming {
        from: String,
    },
    /// The call that comes in says that so many transfers have led to it.
    Transferred {
        depth: String,
    },
    Answered,
    Rejected {
        code: u16,
    },
    HungUp,
    /// 101–199 to its call.
    Progress {
        code: u16,
    },
    Connected,
    Refused {
        code: u16,
    },
    /// By the other side, or lost.
    Ended {
        how: &'static str,
    },
    /// Another call has taken the place of the one with this peer.
    Replaced {
        peer: String,
    },
    OfferRefused {
        code: u16,
    },
    ReferAnswered {
        code: u16,
    },
    /// A NOTIFY about its transfer.
    Told {
        code: Option<u16>,
        ended: bool,
    },
    /// It takes a transfer, and calls this user.
    Follows {
        to: String,
    },
    /// INFO, MESSAGE.
    Received {
        method: Method,
        body: String,
    },
    /// To a REGISTER, OPTIONS, INFO or MESSAGE of its own.
    Response {
        method: Method,
        code: u16,
    },
    /// It was told to do what cannot be done now.
    Cannot(String),
}

impl News {
    pub(super) fn ended(ending: &Ending) -> News {
        let how = match ending {
            Ending::Cancelled { .. } => "cancelled",
            Ending::Bye { .. } => "hung up",
            Ending::Lost { .. } => "lost",
        };
        News::Ended { how }
    }
}

impl fmt::Display for News {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            News::Incoming { from } => write!(f, "is called by {from}"),
            News::Transferred { depth } => write!(f, "is called after {depth} transfers"),
            News::Answered => f.write_str("answers"),
            News::Rejected { code } => write!(f, "rejects with {code}"),
            News::HungUp => f.write_str("hangs up"),
            News::Progress { code } => write!(f, "hears of progress: {code}"),
            News::Connected => f.write_str("is connected"),
            News::Refused { code } => write!(f, "is refused: {code}"),
            News::Ended { how } => write!(f, "has lost its call: {how}"),
            News::Replaced { peer } => write!(f, "has its call with {peer} replaced"),
            News::OfferRefused { code } => write!(f, "has its offer refused: {code}"),
            News::ReferAnswered { code } => write!(f, "has its REFER answered: {code}"),
            News::Told {
                code: Some(code),
                ended: true,
            } => write!(f, "is told the verdict: {code}"),
            News::Told {
                code: Some(code),
                ended: false,
            } => write!(f, "is told: {code}"),
            News::Told { code: None, .. } => f.write_str("is told nothing that it understands"),
            News::Follows { to } => write!(f, "is transferred to {to}"),
            News::Received { method, body } => write!(f, "receives {method}: {body}"),
            News::Response { method, code } => write!(f, "has its {method} answered: {code}"),
            News::Cannot(what) => write!(f, "cannot {what}"),
        }
    }
}
