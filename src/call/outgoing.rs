//! A call that the script placed: every device of the callee rings, the first answer wins.

use std::net::IpAddr;

use super::ending::{By, completed_elsewhere};
use super::{
    Call, Effect, Effects, Facts, HeaderMap, News, State, description_of, headers, sdp_body,
};
use crate::base::{CallId, LegId, Now};
use crate::sdp::negotiate::Local;
use crate::sdp::{Codec, Negotiation};
use crate::sip::message::{Headers, NameAddr, Response, Uri};
use crate::sip::stack::{Command, Credentials, Event, Invite};
use crate::sip::transport::Flow;

/// One way to the callee.
#[derive(Clone, Debug)]
pub struct Way {
    pub leg: LegId,
    pub uri: Uri,
    pub from: NameAddr,
    pub to: NameAddr,
    /// An outbound proxy.
    pub route: Option<Uri>,
    /// A registered phone's flow.
    pub flow: Option<Flow>,
    pub headers: Headers,
    pub credentials: Option<Credentials>,
    pub max_forwards: u8,
}

/// One device that rings, or is about to.
#[derive(Debug)]
pub(super) struct Device {
    pub leg: LegId,
    /// Our offer, without an answer.
    negotiation: Negotiation,
    /// The latest early answer, for a 200 that does not repeat it.
    early: Option<Negotiation>,
    signalling: Option<IpAddr>,
}

impl Device {
    /// What its early answer agreed on.
    pub fn early_codecs(&self) -> Option<Vec<Codec>> {
        let media = self.early.as_ref()?.media()?;
        Some(media.formats.iter().map(|format| format.codec).collect())
    }
}

impl Call {
    /// Places a call over all `ways` at once.
    pub fn dial(
        id: CallId,
        sound: LegId,
        ways: Vec<Way>,
        codecs: &[Codec],
        local: Local,
        facts: Facts,
        out: &mut Effects,
    ) -> Call {
        let mut negotiation = Negotiation::new(local.clone());
        let offer = negotiation.offer(codecs, false);
        let mut devices = Vec::with_capacity(ways.len());
        for way in ways {
            devices.push(Device {
                leg: way.leg,
                negotiation: negotiation.clone(),
                early: None,
                signalling: way.flow.map(|flow| flow.remote.ip()),
            });
            out.push(Effect::Sip(Command::Invite(Box::new(Invite {
                leg: way.leg,
                uri: way.uri,
                from: way.from,
                to: way.to,
                route: way.route,
                flow: way.flow,
                headers: way.headers,
                body: Some(sdp_body(offer.clone())),
                credentials: way.credentials,
                max_forwards: way.max_forwards,
            }))));
        }
        Call {
            id,
            facts,
            sound,
            local,
            state: State::Dialing {
                devices,
                worst: None,
                rang: false,
                early_sound: false,
            },
        }
    }

    pub(super) fn dialing_hears(&mut self, event: Event, now: Now, out: &mut Effects) {
        match event {
            Event::Progress { leg, response, .. } => self.progressed(leg, *response, out),
            Event::Answered { leg, response } => self.was_answered(leg, *response, now, out),
            Event::Failed {
                leg,
                code,
                reason,
                response,
            } => {
                let headers = response
                    .map(|response| headers::visible(&response.headers))
                    .unwrap_or_default();
                self.device_failed(leg, code, reason, headers, now, out);
            }
            Event::Ended { leg, .. } => {
                self.device_failed(
                    leg,
                    487,
                    "Request Terminated".to_string(),
                    HeaderMap::new(),
                    now,
                    out,
                );
            }
            Event::Offered { offer, body, .. } => self.answer_offer(offer, body, out),
            // Nothing else comes before an answer.
            _ => {}
        }
    }

    fn progressed(&mut self, leg: LegId, response: Response, out: &mut Effects) {
        let State::Dialing {
            devices,
            rang,
            early_sound,
            ..
        } = &mut self.state
        else {
            return;
        };
        let Some(device) = devices.iter_mut().find(|device| device.leg == leg) else {
            return;
        };
        let headers = headers::visible(&response.headers);
        if let Some(description) = description_of(response.body()) {
            let mut early = device.negotiation.clone();
            match early.accept_answer(&description) {
                Ok(media) => {
                    device.early = Some(early);
                    let signalling = device.signalling.or(media.rtp.map(|rtp| rtp.ip()));
                    if let Some(signalling) = signalling {
                        out.push(Effect::Sound { media, signalling });
                    }
                }
                Err(refusal) => out.push(Effect::News(News::Warning(format!(
                    "early media ignored: {refusal}"
                )))),
            }
        }
        match response.code {
            183 if !*early_sound => {
                *early_sound = true;
                out.push(Effect::News(News::AudioStarted { headers }));
            }
            180 if !*rang => {
                *rang = true;
                out.push(Effect::News(News::Ringing { headers }));
            }
            // 181, 182, 199 and repeats: nothing that a script is told.
            _ => {}
        }
    }

    fn was_answered(&mut self, leg: LegId, response: Response, now: Now, out: &mut Effects) {
        let State::Dialing { devices, .. } = &mut self.state else {
            return;
        };
        let Some(at) = devices.iter().position(|device| device.leg == leg) else {
            return;
        };
        let winner = devices.swap_remove(at);
        for loser in devices.drain(..) {
            out.push(Effect::Sip(Command::Hangup {
                leg: loser.leg,
                headers: completed_elsewhere(),
            }));
        }
        let headers = headers::visible(&response.headers);
        let (mut negotiation, early) = (winner.negotiation, winner.early);
        let media = match (description_of(response.body()), early) {
            (Some(answer), _) => negotiation.accept_answer(&answer),
            (None, Some(early)) => {
                negotiation = early;
                Ok(negotiation
                    .media()
                    .cloned()
                    .expect("an early answer was accepted"))
            }
            (None, None) => Err(crate::sdp::Refusal {
                code: 488,
                why: "the answer has no session description".to_string(),
            }),
        };
        match media {
            Ok(media) => {
                let signalling = winner
                    .signalling
                    .or(media.rtp.map(|rtp| rtp.ip()))
                    .unwrap_or(self.local.address);
                let codecs: Vec<_> = media.formats.iter().map(|format| format.codec).collect();
                let held = media.held;
                self.state = State::Connected {
                    leg,
                    signalling,
                    negotiation,
                    takes: codecs.clone(),
                    codecs,
                    changing: false,
                    held,
                };
                self.facts.answered = Some(now);
                out.push(Effect::Sound { media, signalling });
                out.push(Effect::News(News::Connected { headers }));
            }
            Err(refusal) => {
                out.push(Effect::Sip(Command::Hangup {
                    leg,
                    headers: Headers::new(),
                }));
                self.failed(refusal.code, refusal.why, headers, By::Runtime, now, out);
            }
        }
    }

    fn device_failed(
        &mut self,
        leg: LegId,
        code: u16,
        reason: String,
        headers: HeaderMap,
        now: Now,
        out: &mut Effects,
    ) {
        let State::Dialing { devices, worst, .. } = &mut self.state else {
            return;
        };
        if code == 488
            && let Some(device) = devices.iter().find(|device| device.leg == leg)
        {
            let offered = Codec::list(&device.negotiation.offered());
            out.push(Effect::News(News::Warning(format!(
                "488: the callee takes none of what it was offered, which is {offered}"
            ))));
        }
        devices.retain(|device| device.leg != leg);
        let better = worst
            .as_ref()
            .is_none_or(|(held, _)| weight(code) > weight(*held));
        if better {
            *worst = Some((code, reason));
        }
        // A 6xx is final for all of them (RFC 3261 §16.7).
        if code >= 600 {
            for device in devices.drain(..) {
                out.push(Effect::Sip(Command::Hangup {
                    leg: device.leg,
                    headers: Headers::new(),
                }));
            }
        }
        if devices.is_empty() {
            let (code, reason) = worst
                .take()
                .unwrap_or((480, "Temporarily Unavailable".to_string()));
            self.failed(code, reason, headers, By::Peer, now, out);
        }
    }
}

/// Which of several failures is told: a global refusal, then a person's (busy), then the rest, silence last.
fn weight(code: u16) -> u8 {
    match code {
        600.. => 4,
        486 => 3,
        408 | 503 | 480 => 1,
        _ => 2,
    }
}
