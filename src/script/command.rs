//! All that a script can ask. Values are as the script gave them, checked for form by the isolate
//! (types, lengths, header names, no CR, LF or NUL); whether they can be done is the session's to say.

use serde::{Deserialize, Serialize};

use crate::base::socket::{Kept, Stream};
use crate::base::{CallId, UnitId};
use crate::script::event::HeaderMap;
use crate::script::fault::Place;
use crate::script::inquiry::Inquiry;
use crate::script::unit::{NewRecorder, NewUnit, Node, Sound, UnitOrder};

/// One wish, in the order in which the script uttered them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// `VoxEngine.callUser`, `callSIP`, `callPSTN`, `callUserDirect`, `callConference`. A failure comes as `Failed`, in a later turn.
    PlaceCall(Box<PlaceCall>),
    Answer {
        call: CallId,
        headers: HeaderMap,
        display_name: Option<String>,
    },
    /// `reject` and `decline`; a code outside 300–699 has been made 603 with a warning.
    Reject {
        call: CallId,
        code: u16,
        headers: HeaderMap,
    },
    Ring {
        call: CallId,
        headers: HeaderMap,
    },
    StartEarlyMedia {
        call: CallId,
        headers: HeaderMap,
    },
    Hangup {
        call: CallId,
        headers: HeaderMap,
    },
    SendInfo {
        call: CallId,
        mime_type: String,
        body: String,
        headers: HeaderMap,
    },
    SendMessage {
        call: CallId,
        text: String,
    },
    /// `from.sendMediaTo(to)`: `to` hears `from` from now on, and nobody else.
    Link {
        from: Node,
        to: Node,
    },
    Unlink {
        from: Node,
        to: Node,
    },
    /// As `Link`, where one of the two is a WebSocket.
    SendMedia {
        from: Node,
        to: Node,
        stream: Box<Stream>,
    },
    /// Without a tag: every stream between the two.
    StopMedia {
        from: Node,
        to: Node,
        tag: Option<String>,
    },
    /// A player or another unit; the isolate names it.
    CreateUnit {
        unit: UnitId,
        what: Box<NewUnit>,
    },
    SteerUnit {
        unit: UnitId,
        order: UnitOrder,
    },
    /// As `Listen`, of a unit; the event's name without its kind.
    ListenUnit {
        unit: UnitId,
        event: String,
        on: bool,
    },
    /// What the call plays to itself ends, and nothing is told of it.
    StopPlayback {
        call: CallId,
    },
    /// The call hears this from now on, and nothing else.
    Play {
        call: CallId,
        sound: Box<Sound>,
        looped: bool,
    },
    /// `Call.record`.
    Record {
        call: CallId,
        what: Box<NewRecorder>,
    },
    /// `Call.monitorMediaStatistics`: a sample so often, or no longer.
    MonitorMediaStatistics {
        call: CallId,
        every_ms: Option<u32>,
    },
    /// `Call.handleTones`.
    HandleTones {
        call: CallId,
        tones: Tones,
    },
    /// `Call.handleMicStatus`, `enableBeepDetection`, `AMD`: something in what the far end says is listened for.
    Detect {
        call: CallId,
        what: Detection,
    },
    /// `Logger.hideTones`.
    HideTones {
        hidden: bool,
    },
    /// `Call.sendDigits`: keys, and `,`, `p` and `w` for pauses.
    SendDigits {
        call: CallId,
        digits: String,
    },
    HandleBlindTransfer {
        call: CallId,
        handle: bool,
    },
    NotifyTransfer {
        call: CallId,
        verdict: Verdict,
        place: Option<Place>,
    },
    /// `rejectBlindTransfer`: in the turn that hears of the REFER it answers the REFER itself; later it is
    /// a failed verdict. The code is from 300 to 699.
    RejectTransfer {
        call: CallId,
        code: u16,
        reason: Option<String>,
        place: Option<Place>,
    },
    /// `Call.transferTo`: the far end is asked to call somebody else.
    TransferTo(Box<TransferTo>),
    /// The first listener of `event` (its name in `CallEvents`) was added to `call`, or its last removed. `*` is
    /// the API's own and stands for all.
    Listen {
        call: CallId,
        event: String,
        on: bool,
    },
    /// Somebody listens to `AppEvents.Terminating` or `Terminated`.
    WatchEnd,
    /// Connections may come in from outside from now on.
    AllowSockets,
    /// Of those that come in this is kept from now on, or no more.
    KeepOfVisits {
        what: Kept,
        on: bool,
    },
    /// `setTimeout` and `setInterval`; a `Timer` event comes after `after_ms`, again every
    /// `after_ms` where `repeat`. The isolate names the timer and has held the limit.
    SetTimer {
        id: u32,
        after_ms: u64,
        repeat: bool,
    },
    ClearTimer {
        id: u32,
    },
    /// `Net.httpRequest`, `ApplicationStorage.*`: something is asked of the world outside; a `Reply` comes. The
    /// isolate names it.
    Inquire {
        inquiry: u32,
        what: Inquiry,
        place: Option<Place>,
    },
    Log {
        level: Level,
        text: String,
    },
    /// `VoxEngine.terminate()`; the running block goes on to its end.
    Terminate,
}

impl Command {
    /// The place in the script that it names.
    pub(super) fn place_mut(&mut self) -> Option<&mut Place> {
        match self {
            Command::NotifyTransfer { place, .. } | Command::RejectTransfer { place, .. } => {
                place.as_mut()
            }
            _ => None,
        }
    }
}

/// The ways in which keys come that a script wants to hear of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tones {
    /// RFC 4733.
    pub events: bool,
    pub in_band: bool,
    /// SIP INFO.
    pub info: bool,
}

/// What is listened for in what a far end says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Detection {
    /// Whether somebody speaks.
    Voice(bool),
    /// A beep: at one of these frequencies in Hz, or at any; for so long, or for ever.
    Beep {
        frequencies: Vec<u32>,
        timeout_ms: Option<u32>,
    },
    /// No beep any more.
    NoBeep,
    /// Who has picked up: within so long after the call is connected, and how sure it must be, in percent.
    Party {
        timeout_ms: u32,
        human: u8,
        machine: u8,
    },
}

/// A line's weight in the session log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Level {
    Info,
    /// The runtime's own word about what the script did, which names file and line; and `console.warn`.
    Warning,
    Error,
}

/// What the script says of a transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    Success,
    /// The code as the script gave it, 0 where it was no number.
    Failed {
        code: u16,
        reason: Option<String>,
    },
}

/// A call to place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlaceCall {
    pub call: CallId,
    pub to: Destination,
    /// As the script gave it; may be a name-addr (a raw `Referred-By` handed on).
    pub callerid: Option<String>,
    pub display_name: Option<String>,
    /// `X-*` only.
    pub headers: HeaderMap,
    /// From `VI-CallTimeout`, 10–400; default 60.
    pub timeout_s: Option<u16>,
}

/// A transfer that the script asks for. `to`, `other` or both are there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferTo {
    pub call: CallId,
    /// A number, a user, a URI or a name-addr.
    pub to: Option<String>,
    /// The call whose far end is to be reached, in our place.
    pub other: Option<CallId>,
    /// `X-*` only.
    pub headers: HeaderMap,
    /// As `to`; absent: the far end's own address; empty: none.
    pub referred_by: Option<String>,
    /// An `http:` or `https:` URL.
    pub status_url: Option<String>,
    /// 1–3600: how long the far end may say nothing once it has told of progress.
    pub progress_timeout_s: Option<u32>,
    /// Whether the call ends with success.
    pub hang_up: bool,
}

/// Where a call goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Destination {
    User {
        username: String,
    },
    /// `callUserDirect`: as `User`, with the incoming call whose description may be handed on.
    UserDirect {
        username: String,
        incoming: CallId,
    },
    Pstn {
        number: String,
    },
    /// Whichever session hosts it, by the rules.
    Conference {
        name: String,
    },
    Sip {
        /// A URI or a name-addr.
        to: String,
        auth_user: Option<String>,
        password: Option<String>,
        out_proxy: Option<String>,
    },
}
