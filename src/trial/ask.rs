//! What a test asks of its world, as it comes from its script: checked once, then plain data.

use serde::Deserialize;

use crate::base::LegId;
use crate::base::web::Method;

/// A question or an order. Times are in seconds.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "ask", rename_all = "camelCase", deny_unknown_fields)]
pub(super) enum Ask {
    /// A new phone, which registers where its user has a password.
    Phone {
        phone: String,
        user: String,
        password: Option<String>,
        /// It stands for this trunk of the configuration.
        trunk: Option<String>,
        codecs: Option<Vec<String>>,
    },
    /// Its call's id is the answer.
    Call {
        phone: String,
        to: String,
    },
    Wish {
        phone: String,
        leg: Leg,
        wish: Order,
    },
    /// Keys and pauses as telephone-events; whether the call takes them is the answer.
    Press {
        phone: String,
        leg: Leg,
        keys: String,
    },
    /// Whether they are still pressed.
    Pressing {
        phone: String,
        leg: Leg,
    },
    /// The keys that came to the phone as telephone-events.
    Keys {
        phone: String,
    },
    /// A blind transfer; its number is the answer.
    Refer {
        phone: String,
        leg: Leg,
        to: String,
    },
    /// An attended one.
    Join {
        phone: String,
        leg: Leg,
        other: Leg,
    },
    /// What it says from now on, as sound; `level` in dBFS.
    Say {
        phone: String,
        what: Words,
        level: Option<f64>,
        seconds: Option<f64>,
    },
    /// It sends no sound any more.
    Silence {
        phone: String,
    },
    Manner {
        phone: String,
        manner: Manner,
    },
    Vanish {
        phone: String,
    },
    SwitchOff {
        phone: String,
    },
    Back {
        phone: String,
    },
    /// `nth` counts from 1; 0 is every one.
    Wrong {
        harm: Harm,
        by: Option<f64>,
        message: String,
        nth: u32,
        from: Option<String>,
        to: Option<String>,
    },
    /// What is found at a URL, in the media folder, or is said; silent where it has no pitch.
    Clip {
        name: String,
        seconds: f64,
        hz: Option<u32>,
    },
    /// What the recogniser says of the next utterance that nothing is said of.
    Recognise {
        text: String,
        confidence: f64,
        /// It does not understand: `text` says why.
        fails: bool,
        after: Option<f64>,
    },
    /// Shares from 0 to 1, and the shortest and longest time on the way.
    Weather {
        lost: f64,
        doubled: f64,
        delay: (f64, f64),
    },
    Setting {
        path: String,
        value: String,
    },
    Remark {
        text: String,
    },
    /// Microseconds since the start.
    Now,
    Random,
    /// The phone's calls that are not over.
    Calls {
        phone: String,
    },
    /// One of its calls, also one that is over.
    Seen {
        phone: String,
        leg: Leg,
    },
    Transfer {
        phone: String,
        id: usize,
    },
    /// Whom the phone hears.
    Hears {
        phone: String,
    },
    /// How loud a tone is that the phone hears, and all that it hears, in words.
    Tone {
        phone: String,
        hz: u32,
    },
    /// Whether the phone hears as sound what the speaker says, and how.
    Speech {
        phone: String,
        speaker: String,
    },
    /// What it has seen and done.
    News {
        phone: String,
    },
    /// INFO and MESSAGE.
    Received {
        phone: String,
    },
    /// A server outside; its number is the answer.
    Http {
        url: String,
        method: Option<Method>,
    },
    /// What it says next.
    Says {
        server: usize,
        says: Saying,
    },
    After {
        server: usize,
        seconds: f64,
    },
    Times {
        server: usize,
        times: u32,
    },
    /// What it was asked.
    Requests {
        server: usize,
    },
    /// What the test itself is to answer.
    Question,
    Answered {
        id: u64,
        says: Saying,
    },
    /// A request to the newest session; the status is the answer.
    Request {
        method: Method,
        path: String,
        content: String,
        headers: Vec<(String, String)>,
    },
    /// A server for sockets; its number is the answer.
    Socket {
        url: String,
    },
    /// How it meets whoever connects from now on.
    SocketManner {
        server: usize,
        manner: Meeting,
    },
    SocketDoes {
        server: usize,
        does: Doing,
    },
    /// What it has got and who is connected.
    SocketSeen {
        server: usize,
    },
    SocketHears {
        server: usize,
        hz: u32,
    },
    Store {
        key: String,
        value: String,
        ttl: u32,
    },
    Stored {
        key: String,
    },
    StoredKeys,
    StorageFails {
        why: Option<String>,
    },
    Log,
    /// What recorders have written.
    Recordings,
    /// Whether one of them, by its place, has a tone, on a side, and between which seconds.
    Holds {
        recording: usize,
        hz: u32,
        side: Option<String>,
        within: Option<(f64, f64)>,
    },
    /// What is wrong with the disk.
    Disk {
        fault: Option<String>,
    },
    Posts,
    Ladder,
    /// A ladder to be compared with the one that is kept, or to be kept.
    Kept {
        ladder: String,
    },
}

/// A call's id as text: JavaScript's numbers are too short for it.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Leg(pub LegId);

impl TryFrom<String> for Leg {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Leg, Self::Error> {
        text.parse().map(|id| Leg(LegId(id)))
    }
}

/// What a phone is told to do with one of its calls.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Order {
    Ring(u16),
    Answer,
    Reject(u16),
    HangUp,
    Hold,
    Resume,
    /// MIME type and body.
    SendInfo(String, String),
    SendText(String),
}

/// What a phone says.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Words {
    Tone(u32),
    Speech,
    Keys(String),
}

/// What a phone does by itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Manner {
    AnswersAfter(f64),
    RejectsWith(u16, f64),
    IsSilent,
    GivesUpAfter(f64),
    HangsUpAfter(f64),
    LeavesWhenAccepted(f64),
    LeavesOnSuccess(f64),
    FollowsTransfers,
    RefusesTransfers(u16),
}

/// How a server for sockets meets whoever connects.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Meeting {
    Refuses(u16),
    Fails,
    Echoes,
}

/// What a server for sockets does.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Doing {
    Say(String),
    Play {
        hz: u32,
        seconds: f64,
        tag: Option<String>,
        encoding: Option<String>,
    },
    Close {
        code: u16,
        reason: String,
    },
    Break,
}

/// What a server outside says.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Saying {
    Answer {
        code: u16,
        headers: Vec<(String, String)>,
        body: Said,
    },
    /// A sine, which players can play.
    Tone {
        hz: u32,
        seconds: f64,
    },
    Fails(Failing),
    /// What a function of the test gives.
    Asks,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Said {
    Text(String),
    Bytes(Vec<u8>),
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Failing {
    Connection,
    Host,
    Timeout,
    Broken,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Harm {
    Lose,
    Double,
    Delay,
}
