//! What the SIP stack tells, given to the session that it concerns.

use super::{Switchboard, party};
use crate::base::Now;
use crate::sip::message::Headers;
use crate::sip::stack::{Command, Event};

impl Switchboard {
    pub(super) fn hear(&mut self, event: Event, now: Now) {
        let owner = match &event {
            Event::Incoming { leg, .. } => {
                let leg = *leg;
                let Event::Incoming { request, flow, .. } = event else {
                    return;
                };
                return self.receive(leg, *request, flow, now);
            }
            Event::Request { leg: None, .. } => {
                let Event::Request {
                    transaction,
                    request,
                    flow,
                    ..
                } = event
                else {
                    return;
                };
                return self.hear_outside(transaction, *request, flow, now);
            }
            Event::Response { id, .. } if self.trunks.owns(*id) => {
                return self.trunks.handle_response(event, now.at);
            }
            Event::ReferTold { refer, .. }
            | Event::ReferClosed { refer }
            | Event::ReferAnswered { refer, .. }
            | Event::ReferNotified { refer, .. } => self.refers.get(refer).copied(),
            // The answer to an INFO or MESSAGE names no leg: nobody waits for it.
            other => other.leg().and_then(|leg| self.owner_of(leg)),
        };
        match &event {
            Event::Gone { leg } => drop(self.legs.remove(leg)),
            Event::ReferClosed { refer } => {
                self.refers.remove(refer);
                self.firewall.closed(*refer);
            }
            _ => {}
        }
        match owner {
            Some(session) => {
                let closed = match &event {
                    Event::ReferClosed { refer } => Some(*refer),
                    _ => None,
                };
                self.note_agent(&event);
                let mut referred = None;
                if let Event::Referred {
                    leg,
                    refer,
                    request,
                    flow,
                } = &event
                {
                    let Some(profile) = self.let_in(session, (*leg, *refer), request, flow, now)
                    else {
                        return;
                    };
                    referred = Some((*refer, profile));
                }
                let mut transferee = Vec::new();
                self.with_session(session, now, |session, _| {
                    if let Some((refer, profile)) = referred {
                        session.mind(refer, profile);
                    }
                    session.handle_sip(event, now);
                    if let Some((refer, _)) = referred {
                        transferee = session.transferee_legs(refer);
                    }
                });
                if let Some((refer, _)) = referred {
                    self.firewall.note_transferee(refer, transferee);
                }
                if let Some(refer) = closed {
                    self.passage_closed(refer, now);
                }
            }
            None => self.hear_orphan(event, now),
        }
    }

    /// What a called party says about itself.
    fn note_agent(&mut self, event: &Event) {
        if let Event::Answered { leg, response } = event
            && let Some(seat) = self.legs.get_mut(leg)
        {
            seat.party.looks_like = party::looks_like(&response.headers);
        }
    }

    /// Something about a leg whose session is gone already: nobody may be left hanging by it.
    fn hear_orphan(&mut self, event: Event, now: Now) {
        let headers = Headers::new();
        let answer = match event {
            Event::Referred { refer, .. } => Command::RefuseRefer {
                refer,
                code: 481,
                reason: None,
                headers,
            },
            Event::Offered { offer, .. } => Command::AnswerOffer {
                offer,
                outcome: Err(481),
            },
            Event::Request { transaction, .. } => Command::Respond {
                transaction,
                code: 481,
                reason: None,
                headers,
                body: None,
            },
            Event::Answered { leg, .. } => Command::Hangup { leg, headers },
            _ => return,
        };
        self.stack.handle_command(answer, now.at);
    }
}
