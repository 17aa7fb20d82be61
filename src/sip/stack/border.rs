//! The border of SIP: what the layers above ask, what they are told, and what the shell must do.

use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::base::LegId;
use crate::base::pii::Secret;
use crate::sip::message::{Body, Headers, Method, NameAddr, Request, Response, Uri};
use crate::sip::transport::{Flow, Listener};

/// A request of the peer's that waits for our [`Command::Respond`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TransactionId(pub u64);

/// A request of ours outside or inside a dialog, named by whoever placed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(pub u64);

/// A REFER that we received and that wants its verdict, or one that we sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReferId(pub u64);

/// An offer of the peer's that waits for our [`Command::AnswerOffer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OfferId(pub u64);

/// A question to DNS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QueryId(pub u64);

/// User name and password for a digest challenge (RFC 3261 §22). They go to the host of the
/// request's target and nowhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    pub username: String,
    pub password: Secret,
}

/// Settings of the stack; durations of the RFC are constants of their own rooms.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Goes out as `User-Agent` and `Server`.
    pub product: String,
    /// The listeners: what Via and Contact may name. The first of a transport is its default.
    pub listeners: Vec<Listener>,
    /// Session-Expires that we ask for as UAC and grant as UAS, in seconds (RFC 4028); 0: none.
    pub session_expires_s: u32,
    /// Our Min-SE, in seconds; the RFC allows no less than 90.
    pub min_se_s: u32,
    /// Most dialogs, transactions and subscriptions at a time; beyond it new requests get 503.
    pub most_legs: usize,
}

/// What the layers above ask of SIP.
#[derive(Clone, Debug)]
pub enum Command {
    /// Place a call. The leg is named by the caller.
    Invite(Box<Invite>),
    /// A 1xx to an incoming INVITE; 101–199. Goes reliably where the peer requires 100rel (RFC 3262).
    Progress {
        leg: LegId,
        code: u16,
        headers: Headers,
        body: Option<Body>,
    },
    /// 200 to an incoming INVITE, repeated until the ACK comes.
    Answer {
        leg: LegId,
        headers: Headers,
        body: Option<Body>,
    },
    /// 300–699 to an incoming INVITE.
    Reject {
        leg: LegId,
        code: u16,
        /// `None`: the standard phrase.
        reason: Option<String>,
        headers: Headers,
    },
    /// End the leg whatever its state: CANCEL, 480, BYE, or nothing where it is over.
    Hangup { leg: LegId, headers: Headers },
    /// Re-INVITE with a new offer. Glare (491) is retried inside, unless the peer comes
    /// first with its own offer: then [`Event::OfferRefused`] says 491, and ours is stale.
    Offer { leg: LegId, body: Body },
    /// Answer the peer's offer (`Ok`), our offer where it asked for one, or refuse it (488, 491, 500).
    AnswerOffer {
        offer: OfferId,
        outcome: Result<Option<Body>, u16>,
    },
    /// INFO, MESSAGE or another request without rules of its own, inside the leg's dialog.
    RequestWithin {
        id: RequestId,
        leg: LegId,
        method: Method,
        headers: Headers,
        body: Option<Body>,
    },
    /// A request outside any dialog: REGISTER, OPTIONS, MESSAGE.
    RequestOutside(Box<Outside>),
    /// The final response to an [`Event::Request`].
    Respond {
        transaction: TransactionId,
        code: u16,
        reason: Option<String>,
        headers: Headers,
        body: Option<Body>,
    },
    /// Accept a REFER with 200 or 202; NOTIFY 100 follows at once unless `subscribe` is false (RFC 4488).
    AcceptRefer {
        refer: ReferId,
        code: u16,
        /// The life of the implicit subscription, in seconds.
        expires_s: u32,
        subscribe: bool,
        id: NotifyId,
        /// A final NOTIFY 200 goes instead of the first 100; the verdict is told to nobody.
        final_at_once: bool,
    },
    /// The REFER of an [`Event::Request`] outside any dialog is about the call of this leg:
    /// [`Event::Referred`] follows as if it had come there, and its NOTIFYs go in a dialog of its own.
    AdoptRefer {
        transaction: TransactionId,
        about: LegId,
        flow: Flow,
    },
    RefuseRefer {
        refer: ReferId,
        code: u16,
        reason: Option<String>,
        headers: Headers,
    },
    /// Tell the transferor. 1xx is progress, at most one a second (newest wins); 200–699 is the verdict
    /// and ends the subscription. After the verdict every further one is ignored.
    Notify {
        refer: ReferId,
        code: u16,
        reason: Option<String>,
    },
    /// Ask the peer to transfer (RFC 3515), inside the leg's dialog.
    Refer {
        refer: ReferId,
        leg: LegId,
        refer_to: ReferTo,
        referred_by: ReferredBy,
        headers: Headers,
        /// For a challenge to the REFER, where the call itself has none. They go to this leg's peer.
        credentials: Option<Credentials>,
        /// How long the peer may say nothing after its 2xx before nobody listens any more; 32 s are usual
        /// (Timer N, RFC 6665 §4.1.2.4). Later a subscription lives at least as long after each NOTIFY.
        patience: Duration,
    },
    /// Nobody wants to hear of this REFER of ours any more: a NOTIFY for it gets 481, which ends the
    /// subscription at the peer (RFC 6665 §4.1.3).
    ForgetRefer { refer: ReferId },
    /// From now on answer OPTIONS and new INVITEs with 503.
    Drain,
}

/// Whom the peer of a REFER of ours shall call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReferTo {
    /// A URI or a name-addr.
    Address(String),
    /// The far end of another leg of ours, in the place that we have in that call: `Replaces` of its
    /// dialog (RFC 5589 §7.3, RFC 3891). It is called at a URI or name-addr, or at its Contact.
    InPlaceOf { leg: LegId, at: Option<String> },
}

/// The Referred-By of a REFER of ours (RFC 3892).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReferredBy {
    Nobody,
    /// A URI or a name-addr.
    Address(String),
    /// The peer's own address, as the dialog has it.
    Peer,
}

/// Whether `Event: refer` carries `id=` (RFC 3515 §2.4.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NotifyId {
    /// From the second REFER of a dialog on.
    #[default]
    Auto,
    Always,
    Never,
}

/// A call to place.
#[derive(Clone, Debug)]
pub struct Invite {
    pub leg: LegId,
    pub uri: Uri,
    pub from: NameAddr,
    pub to: NameAddr,
    /// A preloaded route: an outbound proxy, or the flow of a registered phone.
    pub route: Option<Uri>,
    /// Where to send it when that is known already (a registered phone's flow); else RFC 3263.
    pub flow: Option<Flow>,
    /// Extra headers: X-*, Referred-By, Replaces, P-Asserted-Identity.
    pub headers: Headers,
    pub body: Option<Body>,
    pub credentials: Option<Credentials>,
    pub max_forwards: u8,
}

/// A request outside any dialog.
#[derive(Clone, Debug)]
pub struct Outside {
    pub id: RequestId,
    pub method: Method,
    pub uri: Uri,
    pub from: NameAddr,
    pub to: NameAddr,
    /// The Call-ID to go on with, as a re-REGISTER must (RFC 3261 §10.2.4); else a new one.
    pub call_id: Option<String>,
    /// The CSeq number; for REGISTER one more than the last.
    pub cseq: u32,
    /// Add a Contact of ours with this user part.
    pub contact_user: Option<String>,
    pub flow: Option<Flow>,
    pub headers: Headers,
    pub body: Option<Body>,
    pub credentials: Option<Credentials>,
}

/// What SIP tells the layers above.
#[derive(Clone, Debug)]
pub enum Event {
    /// A new INVITE outside any dialog. It has been answered with 100 and waits.
    Incoming {
        leg: LegId,
        request: Box<Request>,
        flow: Flow,
    },
    /// A request that needs an answer from above: REGISTER, MESSAGE or INFO in a leg, and others
    /// that we allow.
    Request {
        transaction: TransactionId,
        leg: Option<LegId>,
        request: Box<Request>,
        flow: Flow,
    },
    /// 101–199 to our INVITE. `fork` numbers the early dialogs of one INVITE from 0.
    Progress {
        leg: LegId,
        fork: u32,
        response: Box<Response>,
    },
    /// The first 2xx to our INVITE; it has been ACKed. Surplus 2xx of forks get ACK and BYE inside.
    Answered { leg: LegId, response: Box<Response> },
    /// Our INVITE failed: 300–699, 408 on silence, 503 where nobody can be reached, 487 after our
    /// Hangup. The leg is over.
    Failed {
        leg: LegId,
        code: u16,
        reason: String,
        response: Option<Box<Response>>,
    },
    /// The ACK for our 200 came; `body` answers our offer where the INVITE had none.
    Confirmed { leg: LegId, body: Option<Body> },
    /// The peer offers anew in its dialog: re-INVITE, UPDATE, PRACK; `body` is `None` where it asks us to offer.
    Offered {
        leg: LegId,
        offer: OfferId,
        body: Option<Body>,
    },
    /// The peer's answer to an offer of ours that went in the 200 to its re-INVITE, or to our [`Command::Offer`].
    OfferAnswered { leg: LegId, body: Option<Body> },
    /// Our [`Command::Offer`] was refused; the session stays as it was (RFC 3261 §14.1).
    OfferRefused { leg: LegId, code: u16 },
    /// The leg is over by the peer or by failure; answered where an answer is due.
    Ended { leg: LegId, ending: Ending },
    /// The response to a [`Command::RequestWithin`] or [`Command::RequestOutside`]; 408 and 503 stand
    /// for silence and unreachability.
    Response {
        id: RequestId,
        code: u16,
        response: Option<Box<Response>>,
        /// Where the request really went.
        flow: Option<Flow>,
    },
    /// A REFER in the leg's dialog, valid as far as the wire goes (exactly one Refer-To, a Contact).
    Referred {
        leg: LegId,
        refer: ReferId,
        request: Box<Request>,
        flow: Flow,
    },
    /// A NOTIFY that told `told` got its final response; 408 stands for silence.
    ReferTold {
        refer: ReferId,
        told: u16,
        answer: u16,
    },
    /// The verdict's NOTIFY was answered, refused or timed out: the transferor may be let go.
    ReferClosed { refer: ReferId },
    /// The response to our REFER. 2xx is not success.
    ReferAnswered {
        refer: ReferId,
        code: u16,
        reason: String,
    },
    /// A NOTIFY for our REFER. `code` is the sipfrag's; `ended` where the subscription is terminated.
    ReferNotified {
        refer: ReferId,
        code: Option<u16>,
        reason: String,
        ended: bool,
    },
    /// Nothing is left of the leg below: no dialog, no transaction, no subscription.
    Gone { leg: LegId },
}

impl Event {
    /// The leg that it is about, where it names one.
    pub fn leg(&self) -> Option<LegId> {
        match self {
            Event::Incoming { leg, .. }
            | Event::Progress { leg, .. }
            | Event::Answered { leg, .. }
            | Event::Failed { leg, .. }
            | Event::Confirmed { leg, .. }
            | Event::Offered { leg, .. }
            | Event::OfferAnswered { leg, .. }
            | Event::OfferRefused { leg, .. }
            | Event::Ended { leg, .. }
            | Event::Referred { leg, .. }
            | Event::Gone { leg } => Some(*leg),
            Event::Request { leg, .. } => *leg,
            Event::Response { .. }
            | Event::ReferTold { .. }
            | Event::ReferClosed { .. }
            | Event::ReferAnswered { .. }
            | Event::ReferNotified { .. } => None,
        }
    }
}

/// How a leg ended without our asking.
#[derive(Clone, Debug)]
pub enum Ending {
    /// CANCEL; 200 and 487 are sent.
    Cancelled { headers: Headers },
    /// BYE; 200 is sent.
    Bye { headers: Headers },
    /// Our 200 was never ACKed, the session timer ran out, or the dialog is gone at the peer (481, 408);
    /// a BYE is on its way where it makes sense.
    Lost { code: u16, reason: &'static str },
}

/// What the shell must do.
#[derive(Clone, Debug)]
pub enum Output {
    Transmit {
        flow: Flow,
        bytes: Bytes,
    },
    /// Ask DNS (RFC 3263) and come back with [`Stack::handle_resolved`](super::Stack::handle_resolved).
    Resolve {
        query: QueryId,
        uri: Uri,
    },
    Event(Event),
}

/// What is alive below; all zero when nothing is left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    pub transactions: usize,
    pub dialogs: usize,
    pub subscriptions: usize,
    pub queries: usize,
}
