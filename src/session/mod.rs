//! One running scenario and its calls.
//!
//! ```text
//! SIP event ▸ hear ▸ call ▸ news ▸ script event ──▸ isolate (elsewhere)
//!                                                      │
//! SIP, sound ◂ call ◂ obey ◂────── commands ◂──────────┘
//! ```
//!
//! The session owns its calls, who hears whom, the transfers and every deadline; the isolate only
//! wishes. So whatever a script does or fails to do, a BYE is answered, a verdict is given and a port
//! comes back.

mod hear;
pub mod inner;
mod inquiries;
pub mod ledger;
mod lifetime;
mod links;
mod obey;
pub mod passage;
mod quiet;
pub mod record;
mod referral;
mod report;
mod senses;
mod sound;
mod statistics;
#[cfg(test)]
mod tests;
mod tones;
mod transfer;
mod units;

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::time::Instant;

use crate::base::hook::HookUrl;
use crate::base::recording;
use crate::base::socket::Keep;
use crate::base::{CallId, LegId, Now, SessionId, UnitId};
use crate::call::{Call, HeaderMap, News, Phase, Way};
use crate::media;
use crate::media::Port;
use crate::script::asr::NewAsr;
use crate::script::command::{Level, PlaceCall, Tones};
use crate::script::event::{Alerting, CallNews, CallState};
use crate::script::unit::Source;
use crate::script::{self, Event, Inquiry, Place, Turn};
use crate::sdp::negotiate::Local;
use crate::settings::{Limits, Manners, Profile, Transfer as TransferSettings};
use crate::sip::message::Headers;
use crate::sip::stack::{self, Credentials, ReferId, ReferredBy, RequestId};

use inquiries::Inquiries;
pub use lifetime::Cause;
use lifetime::{Stage, Timers};
use links::Links;
pub use passage::{Errand, Moved, Sought, Standing};
use record::CallRecord;
use referral::Referrals;
use transfer::Transfers;
use units::Units;
pub use units::socket::Wish as SocketWish;

/// One running scenario.
#[derive(Debug)]
pub struct Session {
    pub id: SessionId,
    pub rule: String,
    /// Scenario names with their versions, for records and logs.
    pub scenarios: Vec<(String, String)>,
    limits: Limits,
    transfer_settings: TransferSettings,
    stage: Stage,
    calls: BTreeMap<CallId, Talk>,
    /// Legs that the stack has not called gone yet.
    open_legs: BTreeSet<LegId>,
    links: Links,
    units: Units,
    transfers: Transfers,
    /// What kind of peer the transferor of each REFER is.
    profiles: BTreeMap<ReferId, Profile>,
    referrals: Referrals,
    timers: Timers,
    inquiries: Inquiries,
    /// What each event that the isolate has not answered yet was, oldest first.
    outstanding: VecDeque<Sent>,
    /// What goes into the calls that are placed because of a transfer which brought this session about:
    /// Referred-By (RFC 3892 §2.2), Replaces.
    triggered: Headers,
    /// Events that the script listens to, by call.
    ears: BTreeMap<CallId, HashSet<String>>,
    /// Somebody listens to the session's end.
    watches_end: bool,
    /// Whether sockets may come in from outside.
    allows_sockets: bool,
    /// Of those that come in.
    keep_of_visits: Keep,
    /// What has changed a call while nobody listened, oldest first.
    unheard: Vec<Event>,
    call_attempts: u32,
    /// Calls that came in while it ran.
    guests: u32,
    next_request: u64,
    effects: VecDeque<Effect>,
}

/// A call with what the session keeps about it.
#[derive(Debug)]
struct Talk {
    call: Call,
    /// A stand-in has none.
    port: Option<Port>,
    /// The sound and port of a party that waits for a place that another caller still has.
    waiting: Option<(LegId, Port)>,
    handles_transfer: bool,
    /// The keys of the far end that the script wants.
    tones: Tones,
    senses: senses::Senses,
    statistics: statistics::Statistics,
    /// The key that was told last.
    pressed: Option<tones::Pressed>,
    /// An unanswered call ends then.
    give_up_at: Option<Instant>,
    /// A partner has ended and nobody in the script saw it.
    widowed: bool,
    /// The lonely leg is ended then.
    alone_until: Option<Instant>,
    quiet: Quiet,
    /// What happened to this call in transfers, for its record.
    transfers: Vec<record::TransferRecord>,
    /// The last of its recordings that ended with its sound: told after its end.
    recorded: Vec<CallNews>,
}

/// Whether a call's sound comes in, for `limits.noSoundS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quiet {
    /// Nothing has come yet, and nothing must.
    NotYet,
    /// The call ends then, unless something comes.
    Until(Instant),
    Speaks,
}

/// An event on its way to the isolate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sent {
    Plain,
    /// `BlindTransferRequested`: calls placed from here on are targets.
    Transfer(ReferId),
    Terminating,
    Terminated,
}

/// What a session wants done.
#[derive(Debug)]
pub enum Effect {
    Sip(stack::Command),
    Media(media::Command),
    /// A port goes back to the stock.
    FreePort(Port),
    Turn(Event),
    Log {
        level: Level,
        text: String,
    },
    Record(Box<CallRecord>),
    /// The isolate is not needed any more.
    CloseIsolate,
    /// A REFER was accepted; its later events carry only this id.
    WatchRefer(ReferId),
    /// A REFER of ours goes out; what is heard of it is this session's.
    FollowRefer(ReferId),
    /// It came to its outcome, of which this is the code.
    UnfollowRefer {
        refer: ReferId,
        code: u16,
    },
    /// Sound for a unit has to be brought from outside; [`Session::handle_clip`] takes it.
    Fetch {
        unit: UnitId,
        source: Source,
        /// Where the script asks for it.
        place: Option<Place>,
    },
    /// A recording of a unit's sound begins or ends; [`Session::handle_recording`] hears what comes of it.
    Recording {
        unit: UnitId,
        wish: recording::Wish,
    },
    /// A unit's utterances are to be cut out and recognised outside; [`Session::handle_recognised`] takes what they are.
    Recognise {
        unit: UnitId,
        asr: Box<NewAsr>,
    },
    /// Something for a WebSocket; [`Session::handle_socket`] is told what comes of it.
    Socket {
        unit: UnitId,
        wish: SocketWish,
    },
    /// Something is told to a URL.
    Post(Post),
    /// Something is asked of the world outside; [`Session::handle_reply`] is told what comes of it.
    Inquire {
        inquiry: u32,
        what: Inquiry,
        place: Option<Place>,
    },
    /// A transfer came to its verdict, for the counters.
    Verdict {
        refer: ReferId,
        code: u16,
    },
    /// A REFER was refused, for the counters.
    Refused {
        code: u16,
    },
    /// Something that only the switchboard can do about a transfer.
    Errand(Errand),
}

/// A message to a URL of a script's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    pub hook: HookUrl,
    /// The transfer that it is about: what is told of one transfer arrives in order.
    pub refer: ReferId,
    /// JSON.
    pub body: String,
}

/// What a session needs of the switchboard: ways to callees, legs, ports.
pub trait Desk {
    /// A name for a REFER on a leg, with its addresses as they go out; else the code and reason of its
    /// `TransferFailed`.
    fn refer(&mut self, wish: &ReferWish) -> Result<Referred, (u16, String)>;

    /// Where a call goes and what it takes; else the code and reason of its `Failed`.
    /// `transfer`: the one that the call is placed for.
    fn dial(
        &mut self,
        place: &PlaceCall,
        extra: Headers,
        transfer: Option<ReferId>,
    ) -> Result<Dialed, (u16, String)>;

    /// Names for the two ends of a call to a conference, or the code and reason of its `Failed`.
    fn dial_conference(
        &mut self,
        place: &PlaceCall,
        transfer: Option<ReferId>,
    ) -> Result<inner::Ends, (u16, String)>;
}

/// A REFER as the script wants it.
#[derive(Clone, Copy, Debug)]
pub struct ReferWish<'a> {
    pub leg: LegId,
    /// A number, a user, a URI or a name-addr.
    pub to: Option<&'a str>,
    /// As `to`; absent: the far end's own address; empty: none.
    pub referred_by: Option<&'a str>,
}

/// A REFER that can be sent.
#[derive(Debug)]
pub struct Referred {
    pub refer: ReferId,
    /// A URI or a name-addr.
    pub to: Option<String>,
    pub referred_by: ReferredBy,
    /// For a challenge to it.
    pub credentials: Option<Credentials>,
}

/// A call that can be placed.
#[derive(Debug)]
pub struct Dialed {
    pub ways: Vec<Way>,
    /// The name of the call's sound.
    pub sound: LegId,
    pub port: Port,
    pub local: Local,
    /// The caller and the callee as the record names them.
    pub from: String,
    pub to: String,
    pub client_type: &'static str,
}

/// How many events may wait for a script before it counts as stuck.
const MOST_OUTSTANDING: usize = 512;

impl Talk {
    /// Who is at the other end, as the record names it.
    fn far_end(&self) -> &str {
        match self.call.facts.incoming {
            true => &self.call.facts.from,
            false => &self.call.facts.to,
        }
    }
}

impl Session {
    /// A session for an incoming call; it opens with `Started` and `CallAlerting`.
    #[allow(clippy::too_many_arguments)]
    pub fn new(
        id: SessionId,
        rule: String,
        scenarios: Vec<(String, String)>,
        limits: Limits,
        transfer: TransferSettings,
        call: Call,
        port: Option<Port>,
        alerting: Alerting,
        triggered: Headers,
        now: Now,
    ) -> Session {
        let mut session = Session {
            id,
            rule,
            scenarios,
            stage: Stage::Running { idle_until: None },
            calls: BTreeMap::new(),
            open_legs: BTreeSet::new(),
            links: Links::default(),
            units: Units::default(),
            transfers: Transfers::default(),
            referrals: Referrals::default(),
            timers: Timers::default(),
            inquiries: Inquiries::default(),
            outstanding: VecDeque::new(),
            ears: BTreeMap::new(),
            watches_end: false,
            allows_sockets: false,
            keep_of_visits: Keep::default(),
            unheard: Vec::new(),
            call_attempts: 0,
            guests: 0,
            next_request: id.0 | 1 << 63,
            effects: VecDeque::new(),
            profiles: BTreeMap::new(),
            limits,
            transfer_settings: transfer,
            triggered,
        };
        let give_up_at = now.at + lifetime::seconds(session.limits.unanswered_s);
        if let Some(port) = port {
            let leg = call.sound;
            session
                .effects
                .push_back(Effect::Media(media::Command::Open { leg, port }));
        }
        session.adopt(call, port, Some(give_up_at));
        session.tell(
            Event::Started {
                session: id,
                custom_data: String::new(),
                access: String::new(),
            },
            Sent::Plain,
        );
        session.tell(Event::Alerting(Box::new(alerting)), Sent::Plain);
        session
    }

    fn adopt(&mut self, call: Call, port: Option<Port>, give_up_at: Option<Instant>) {
        self.open_legs.extend(call.legs());
        self.calls.insert(
            call.id,
            Talk {
                call,
                port,
                waiting: None,
                handles_transfer: false,
                tones: Tones::default(),
                senses: senses::Senses::default(),
                statistics: statistics::Statistics::default(),
                pressed: None,
                give_up_at,
                widowed: false,
                alone_until: None,
                quiet: Quiet::NotYet,
                transfers: Vec::new(),
                recorded: Vec::new(),
            },
        );
    }

    /// What kind of peer asks with a REFER that comes now.
    pub fn mind(&mut self, refer: ReferId, profile: Profile) {
        self.profiles.insert(refer, profile);
    }

    /// Whether the script has asked to decide about a REFER on this leg.
    pub fn script_decides(&self, leg: LegId) -> bool {
        self.call_of(leg).is_some_and(|call| {
            let talk = self.calls.get(&call);
            talk.is_some_and(|talk| talk.handles_transfer)
                && self.listens(call, "BlindTransferRequested")
        })
    }

    /// The legs of whoever goes to the target of a transfer.
    pub fn transferee_legs(&self, refer: ReferId) -> Vec<LegId> {
        let transferee = self.transfers.transferee_of(refer);
        let talk = transferee.and_then(|call| self.calls.get(&call));
        talk.map(|talk| talk.call.legs()).unwrap_or_default()
    }

    /// Something that SIP tells about one of this session's legs.
    pub fn handle_sip(&mut self, event: stack::Event, now: Now) {
        self.hear(event, now);
        self.look_after(now);
    }

    /// What the isolate made of the oldest outstanding event.
    pub fn handle_turn(&mut self, turn: Turn, desk: &mut dyn Desk, now: Now) {
        self.obey(turn, desk, now);
        self.look_after(now);
    }

    /// What the sound of one of this session's calls or units tells.
    pub fn handle_media(&mut self, event: media::Event, now: Now) {
        self.hear_sound(event, now);
    }

    pub fn handle_timeout(&mut self, now: Now) {
        self.pass_deadlines(now);
        self.look_after(now);
    }

    pub fn poll(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        self.deadline()
    }

    /// Whether the isolate is closed and nothing of any leg is left.
    pub fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over)
            && self.open_legs.is_empty()
            && self.calls.is_empty()
            && self.referrals.len() == 0
            && self.effects.is_empty()
    }

    /// Whether nobody waits for anything from this session any more.
    pub fn is_done(&self) -> bool {
        matches!(self.stage, Stage::Over) && self.calls.is_empty() && self.open_transfers() == 0
    }

    pub fn live_calls(&self) -> usize {
        self.calls
            .values()
            .filter(|talk| !talk.call.is_over())
            .count()
    }

    /// The ports of the calls that are left.
    pub fn ports(&self) -> impl Iterator<Item = Port> {
        self.calls.values().flat_map(|talk| {
            let waiting = talk.waiting.map(|(_, port)| port);
            talk.port.into_iter().chain(waiting)
        })
    }

    pub fn open_transfers(&self) -> usize {
        self.transfers.len() + self.referrals.len()
    }

    /// An event for the script. Too many unanswered ones mean that the script is stuck: the session
    /// ends as by a fault.
    fn tell(&mut self, event: Event, sent: Sent) {
        let event = match std::mem::take(&mut self.unheard) {
            unheard if unheard.is_empty() => event,
            unheard => Event::After(unheard, Box::new(event)),
        };
        self.outstanding.push_back(sent);
        self.effects.push_back(Effect::Turn(event));
    }

    /// A call event for the script; nothing once the session is ending.
    fn tell_call(&mut self, call: CallId, phase: Phase, news: script::event::CallNews, sent: Sent) {
        if !matches!(self.stage, Stage::Running { .. }) {
            return;
        }
        let state = state_of(phase);
        // A turn that has not come to its end may be about to listen.
        let may_listen = !self.outstanding.is_empty();
        // Whoever has a detector waits for it without a listener of the call.
        let verdict = matches!(news, CallNews::AudioIdentificationResult { .. });
        let heard = may_listen || verdict || self.hears(call, news.name()) || sent != Sent::Plain;
        match (heard, news.changes_call()) {
            (true, _) => self.tell(Event::Call { call, state, news }, sent),
            // The script knows it before it does anything again; till then nobody is woken for it.
            (false, true) => self.unheard.push(Event::Call { call, state, news }),
            (false, false) => {}
        }
    }

    /// Whether the script is to hear of such an event of this call at once.
    fn hears(&self, call: CallId, event: &str) -> bool {
        ["*", "StateChanged", event]
            .iter()
            .any(|name| self.listens(call, name))
    }

    fn log(&mut self, level: Level, text: impl Into<String>) {
        self.effects.push_back(Effect::Log {
            level,
            text: text.into(),
        });
    }

    fn sip(&mut self, command: stack::Command) {
        if let stack::Command::RefuseRefer { refer, .. } = &command {
            self.profiles.remove(refer);
        }
        self.effects.push_back(Effect::Sip(command));
    }

    /// How the transferor wants to be told.
    fn manners_of(&self, refer: ReferId) -> Manners {
        let profile = self.profiles.get(&refer).copied().unwrap_or_default();
        profile.manners(&self.transfer_settings)
    }

    fn request_id(&mut self) -> RequestId {
        self.next_request = self.next_request.wrapping_add(1) | 1 << 63;
        RequestId(self.next_request)
    }

    /// The call that `leg` belongs to.
    fn call_of(&self, leg: LegId) -> Option<CallId> {
        self.calls
            .iter()
            .find(|(_, talk)| talk.call.has_leg(leg))
            .map(|(id, _)| *id)
    }

    fn listens(&self, call: CallId, event: &str) -> bool {
        let ears = self.ears.get(&call);
        ears.is_some_and(|ears| ears.contains(event))
    }
}

fn state_of(phase: Phase) -> CallState {
    match phase {
        Phase::Alerting => CallState::Alerting,
        Phase::Progressing => CallState::Progressing,
        Phase::Connected => CallState::Connected,
        Phase::Terminated => CallState::Terminated,
    }
}

/// Whether a piece of news is an end.
fn is_end(news: &News) -> bool {
    matches!(news, News::Failed { .. } | News::Disconnected { .. })
}

/// The empty header map, for what carries none.
fn no_headers() -> HeaderMap {
    HeaderMap::new()
}
