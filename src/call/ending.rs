//! How a call ends, and by whom.

use serde::Serialize;

use super::{Call, Effect, Effects, HeaderMap, News, State, headers};
use crate::base::Now;
use crate::sip::message::{Headers, Name};
use crate::sip::stack::{Command, Ending};

/// Whose doing the end was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    Peer,
    Script,
    /// A limit, a deadline, a fault or the shutdown.
    Runtime,
}

/// The end of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct End {
    /// 200 for a hang-up, else the SIP code that says why.
    pub code: u16,
    pub reason: String,
    pub by: By,
}

impl End {
    pub fn new(code: u16, reason: impl Into<String>, by: By) -> End {
        End {
            code,
            reason: reason.into(),
            by,
        }
    }
}

impl Call {
    /// Ends the call from our side, whatever its state: 480 or `end.code` to an unanswered incoming
    /// call, CANCEL to ringing devices, BYE to a connected one. Tells the news; nothing where it is over.
    pub fn hang_up(&mut self, end: End, given: &HeaderMap, now: Now, out: &mut Effects) {
        let extra = headers::from_script(given);
        let news = match std::mem::replace(&mut self.state, State::Ended) {
            State::Incoming { leg, .. } => {
                let code = if (300..700).contains(&end.code) {
                    end.code
                } else {
                    480
                };
                out.push(Effect::Sip(Command::Reject {
                    leg,
                    code,
                    reason: None,
                    headers: extra,
                }));
                News::Disconnected {
                    end: end.clone(),
                    headers: HeaderMap::new(),
                }
            }
            State::Dialing { devices, .. } => {
                for device in devices {
                    let mut headers = extra.clone();
                    headers.append(reason(&end));
                    out.push(Effect::Sip(Command::Hangup {
                        leg: device.leg,
                        headers,
                    }));
                }
                let (code, reason) = match end.code {
                    300..700 => (end.code, end.reason.clone()),
                    _ => (487, "Request Terminated".to_string()),
                };
                News::Failed {
                    code,
                    reason,
                    headers: HeaderMap::new(),
                }
            }
            State::Connected { leg, .. } => {
                let mut headers = extra;
                headers.append(reason(&end));
                out.push(Effect::Sip(Command::Hangup { leg, headers }));
                News::Disconnected {
                    end: end.clone(),
                    headers: HeaderMap::new(),
                }
            }
            State::StandIn(stand_in) => self.decline(stand_in, &end, given, now, out),
            State::Inner(inner) => inner.hang_up(&end, given, out),
            State::Ended => return,
        };
        self.facts.end = Some((now, end));
        out.push(Effect::News(news));
    }

    /// The peer, or the failure of its dialog, has ended the call.
    pub(super) fn ended_by_peer(&mut self, ending: Ending, now: Now, out: &mut Effects) {
        let (end, headers) = match ending {
            Ending::Cancelled { headers } => (
                End::new(487, "Request Terminated", By::Peer),
                headers::visible(&headers),
            ),
            Ending::Bye { headers } => (
                End::new(200, "Normal termination", By::Peer),
                headers::visible(&headers),
            ),
            Ending::Lost { code, reason } => {
                (End::new(code, reason, By::Runtime), HeaderMap::new())
            }
        };
        self.state = State::Ended;
        self.facts.end = Some((now, end.clone()));
        out.push(Effect::News(News::Disconnected { end, headers }));
    }

    /// An outgoing call failed.
    pub(super) fn failed(
        &mut self,
        code: u16,
        reason: String,
        headers: HeaderMap,
        by: By,
        now: Now,
        out: &mut Effects,
    ) {
        self.state = State::Ended;
        self.facts.end = Some((now, End::new(code, reason.clone(), by)));
        out.push(Effect::News(News::Failed {
            code,
            reason,
            headers,
        }));
    }
}

/// `Reason` (RFC 3326) for an end that is not a plain hang-up.
fn reason(end: &End) -> Headers {
    let mut headers = Headers::new();
    if end.code != 200 {
        let text: String = end
            .reason
            .chars()
            .filter(|c| !c.is_control() && !matches!(c, '"' | '\\'))
            .collect();
        headers.push(
            Name::Reason,
            format!("SIP;cause={};text=\"{text}\"", end.code),
        );
    }
    headers
}

/// `Reason` for the devices that lost: another one answered.
pub(super) fn completed_elsewhere() -> Headers {
    let mut headers = Headers::new();
    headers.push(
        Name::Reason,
        "SIP;cause=200;text=\"Call completed elsewhere\"",
    );
    headers
}
