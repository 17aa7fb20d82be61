//! REFER of the peer's (RFC 3515): its verdict, the NOTIFYs that tell how it goes, and SUBSCRIBE for
//! them.

use std::time::{Duration, Instant};

use super::notifier::{Notice, Notifier, Standing, Status};
use super::{kept, watch};
use crate::base::LegId;
use crate::sip::invite::{Arrival, Leg};
use crate::sip::message::{Headers, Method, Name, Request};
use crate::sip::refer::{self, EventName, Referral, Subscription};
use crate::sip::stack::desk::{Desk, EVENTS, Purpose, QUESTION_LIFE, theirs};
use crate::sip::stack::{Event, NotifyId, ReferId};
use crate::sip::transaction::ServerId;
use crate::sip::transport::Flow;

/// More transfers than this are open on no leg.
const MOST_OPEN: usize = 16;

/// The life of a subscription that a SUBSCRIBE asks for without saying how long, and the longest.
const USUAL_LIFE: Duration = Duration::from_secs(120);
const LONGEST_LIFE: Duration = Duration::from_secs(3600);

/// The REFERs of a leg's peer.
#[derive(Default)]
pub struct Transferor {
    /// Without a verdict of the layers above on the REFER itself.
    asked: Vec<Asked>,
    /// Accepted, and not told the end.
    told: Vec<Told>,
    /// How many came in this dialog.
    seen: u32,
}

struct Asked {
    refer: ReferId,
    server: ServerId,
    request: Box<Request>,
    flow: Flow,
    subscription: Subscription,
    /// Whether it is the first of its dialog, or opens one.
    first: bool,
    opens: bool,
    until: Instant,
}

/// How the peer is to be told of a REFER that is accepted.
#[derive(Clone, Copy, Debug)]
pub struct Telling {
    /// Else only where the peer insists on a subscription (RFC 4488 §4).
    pub subscribe: bool,
    pub id: NotifyId,
    /// 200 at once, and no more.
    pub final_at_once: bool,
}

pub(in crate::sip) struct Told {
    refer: ReferId,
    /// The REFER's CSeq number, by which a SUBSCRIBE may name it.
    cseq: u32,
    notifier: Notifier,
    /// Whether it only follows a REFER of another dialog.
    watches: bool,
}

impl Told {
    /// For a SUBSCRIBE of its own.
    pub(in crate::sip) fn watching(refer: ReferId, notifier: Notifier) -> Told {
        Told {
            refer,
            cseq: 0,
            notifier,
            watches: true,
        }
    }
}

impl Transferor {
    pub fn len(&self) -> usize {
        self.asked.len() + self.told.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        let asked = self.asked.iter().map(|asked| asked.until);
        let told = self.told.iter();
        asked
            .chain(told.filter_map(|told| told.notifier.next_deadline()))
            .min()
    }

    pub(in crate::sip) fn tell(&mut self, told: Told) {
        self.told.push(told);
    }

    fn told(&mut self, refer: ReferId) -> Option<&mut Told> {
        self.told.iter_mut().find(|told| told.refer == refer)
    }
}

impl Leg {
    /// A REFER in the dialog: what the wire can tell is judged here, the rest above.
    pub(in crate::sip) fn handle_refer(
        &mut self,
        desk: &mut Desk,
        server: ServerId,
        request: Request,
        Arrival { flow, now }: Arrival,
    ) {
        let tag = self.tag();
        let referral = match refer::read(&request) {
            _ if self.is_early() => Err((491, None)),
            // The call is over; its dialog may live on for subscriptions, but takes no new ones.
            _ if !self.is_up() => Err((481, None)),
            Err(refusal) => Err((refusal.code, Some(refusal.reason))),
            Ok(_) if self.transferor.len() >= MOST_OPEN => Err((486, None)),
            Ok(referral) => Ok(referral),
        };
        let referral = match referral {
            Ok(referral) => referral,
            Err(verdict) => {
                return desk.refuse(server, &request, verdict, Headers::new(), &tag, now);
            }
        };
        let (about, arrival) = (self.id, Arrival { flow, now });
        self.ask(desk, about, server, (request, referral), arrival);
    }

    /// Asks the layers above about a REFER; `about` is the leg whose call it wants transferred.
    pub(in crate::sip) fn ask(
        &mut self,
        desk: &mut Desk,
        about: LegId,
        server: ServerId,
        (request, referral): (Request, Referral),
        Arrival { flow, now }: Arrival,
    ) {
        let refer = ReferId(desk.deal());
        desk.refers.insert(refer, self.id);
        desk.event(Event::Referred {
            leg: about,
            refer,
            request: Box::new(request.clone()),
            flow,
        });
        self.transferor.asked.push(Asked {
            refer,
            server,
            request: Box::new(request),
            flow,
            subscription: referral.subscription,
            first: self.transferor.seen == 0,
            opens: about != self.id,
            until: now + QUESTION_LIFE,
        });
        self.transferor.seen = self.transferor.seen.saturating_add(1);
    }

    fn take_asked(&mut self, refer: ReferId) -> Option<Asked> {
        let mut asked = self.transferor.asked.iter();
        let index = asked.position(|asked| asked.refer == refer)?;
        Some(self.transferor.asked.swap_remove(index))
    }

    /// 202 or 200; the NOTIFY 100 follows as soon as the leg goes on. Without a subscription only where
    /// the peer asked for none (RFC 4488 §4).
    pub fn accept_refer(
        &mut self,
        desk: &mut Desk,
        refer: ReferId,
        (code, expires_s): (u16, u32),
        telling: Telling,
        now: Instant,
    ) {
        let Some(asked) = self.take_asked(refer) else {
            return;
        };
        self.retarget(&asked.request, asked.flow);
        let tag = self.tag();
        let subscribe = match asked.subscription {
            Subscription::Implicit => true,
            Subscription::Unwanted => telling.subscribe,
            Subscription::None | Subscription::Explicit => false,
        };
        let mut headers = match asked.opens {
            true => watch::opening(self, &asked.request),
            false => self.contact(),
        };
        let mut code = if code == 200 { 200 } else { 202 };
        match asked.subscription {
            Subscription::Implicit => {}
            Subscription::Unwanted if subscribe => {}
            Subscription::Unwanted => headers.push(Name::ReferSub, "false"),
            // 202 said that NOTIFYs follow; here none do (RFC 7614 §4.3).
            Subscription::None => code = 200,
            Subscription::Explicit => {
                code = 200;
                let secret = desk.dice.token(16);
                let contact = self.dialog.as_ref().map(|dialog| dialog.contact());
                if let Some(at) = contact.and_then(|own| kept::events_at(own, &secret)) {
                    headers.push(Name::parse(b"Refer-Events-At"), at.into_bytes());
                    desk.kept.open(secret, refer, now);
                }
            }
        }
        desk.refuse(
            asked.server,
            &asked.request,
            (code, None),
            headers,
            &tag,
            now,
        );
        let cseq = asked.request.headers.cseq().map_or(0, |cseq| cseq.number);
        let named = match telling.id {
            NotifyId::Always => true,
            NotifyId::Never => false,
            NotifyId::Auto => !asked.first,
        };
        let expires = Duration::from_secs(u64::from(expires_s)).min(LONGEST_LIFE);
        let event_id = named.then_some(cseq);
        let notifier = match subscribe {
            true if telling.final_at_once => Notifier::at_once(event_id, expires, now),
            true => Notifier::new(event_id, expires, now),
            false => Notifier::silent(expires, now),
        };
        self.transferor.told.push(Told {
            refer,
            cseq,
            notifier,
            watches: false,
        });
    }

    /// Our Contact in the dialog.
    fn contact(&self) -> Headers {
        let mut headers = Headers::new();
        if let Some(dialog) = &self.dialog {
            headers.push(Name::Contact, dialog.contact().to_string());
        }
        headers
    }

    pub fn refuse_refer(
        &mut self,
        desk: &mut Desk,
        refer: ReferId,
        (code, reason): (u16, Option<&str>),
        headers: Headers,
        now: Instant,
    ) {
        let Some(asked) = self.take_asked(refer) else {
            return;
        };
        desk.refers.remove(&refer);
        let tag = self.tag();
        let code = if (300..700).contains(&code) {
            code
        } else {
            603
        };
        let (server, headers) = (asked.server, theirs(headers));
        desk.refuse(server, &asked.request, (code, reason), headers, &tag, now);
    }

    /// Progress or the verdict, for the transferor.
    pub fn notify(&mut self, refer: ReferId, status: Status) {
        if let Some(told) = self.transferor.told(refer) {
            told.notifier.tell(status);
        }
    }

    /// The answer to a NOTIFY. Whatever it is, the call goes on (RFC 5057 §5.1).
    pub(in crate::sip) fn handle_notified(&mut self, desk: &mut Desk, refer: ReferId, code: u16) {
        if let Some(told) = self.transferor.told(refer) {
            if !told.watches {
                desk.event(Event::ReferTold {
                    refer,
                    told: told.notifier.told(),
                    answer: code,
                });
            }
            told.notifier.answered(code);
        }
    }

    /// SUBSCRIBE in the dialog: a refresh, or the end, of what a REFER opened (RFC 3515 §2.4.4).
    pub(in crate::sip) fn handle_subscribe(
        &mut self,
        desk: &mut Desk,
        server: ServerId,
        request: Request,
        Arrival { flow, now }: Arrival,
    ) {
        let tag = self.tag();
        let mut headers = Headers::new();
        let name = match EventName::of(&request.headers) {
            Some(name) if name.package == EVENTS => name,
            Some(_) => {
                headers.push(Name::AllowEvents, EVENTS);
                return desk.refuse(server, &request, (489, None), headers, &tag, now);
            }
            None => return desk.refuse(server, &request, (400, None), headers, &tag, now),
        };
        let Ok(life) = life_of(&request) else {
            return desk.refuse(server, &request, (400, None), headers, &tag, now);
        };
        let alone = self.transferor.told.len() == 1;
        let told = self.transferor.told.iter_mut().find(|told| match &name.id {
            Some(id) => *id == told.cseq.to_string(),
            None => alone || told.notifier.event_id().is_none(),
        });
        let lives = told.is_some_and(|told| told.notifier.subscribed(life, now));
        if !lives {
            return desk.refuse(server, &request, (403, None), headers, &tag, now);
        }
        self.retarget(&request, flow);
        headers.push(Name::Expires, life.as_secs().to_string());
        if let Some(dialog) = &self.dialog {
            headers.push(Name::Contact, dialog.contact().to_string());
        }
        desk.refuse(server, &request, (200, None), headers, &tag, now);
    }

    /// Sends the NOTIFYs that may go, and closes what is told to the end.
    pub(in crate::sip) fn tell_transferors(&mut self, desk: &mut Desk, now: Instant) {
        for index in (0..self.transferor.told.len()).rev() {
            let Some(told) = self.transferor.told.get_mut(index) else {
                continue;
            };
            let refer = told.refer;
            if told.notifier.is_closed() {
                let told = self.transferor.told.remove(index);
                if told.watches {
                    desk.kept.part(self.id);
                    continue;
                }
                desk.refers.remove(&refer);
                desk.event(Event::ReferClosed { refer });
            } else if let Some(notice) = told.notifier.poll(now) {
                self.send_notice(desk, refer, notice, now);
            }
        }
    }

    fn send_notice(&mut self, desk: &mut Desk, refer: ReferId, notice: Notice, now: Instant) {
        let event = match notice.event_id {
            Some(id) => format!("refer;id={id}"),
            None => "refer".to_string(),
        };
        let standing = match notice.standing {
            Standing::Active { expires_s } => format!("active;expires={expires_s}"),
            Standing::Terminated(reason) => format!("terminated;reason={reason}"),
        };
        let body = refer::sipfrag(notice.status.code, &notice.status.reason);
        let fill = |mut request: Request| {
            request.headers.push(Name::Event, event);
            request.headers.push(Name::SubscriptionState, standing);
            request.with_body(Some(body))
        };
        self.send(desk, Purpose::Notify(refer), Method::Notify, fill, now);
    }

    pub(in crate::sip) fn handle_transferor_timeout(&mut self, desk: &mut Desk, now: Instant) {
        for told in &mut self.transferor.told {
            told.notifier.handle_timeout(now);
        }
        let overdue = |asked: &&Asked| asked.until <= now;
        let overdue: Vec<ReferId> = self
            .transferor
            .asked
            .iter()
            .filter(overdue)
            .map(|asked| asked.refer)
            .collect();
        // The layers above said nothing: the peer is not left without an answer (§8.2).
        for refer in overdue {
            self.refuse_refer(desk, refer, (500, None), Headers::new(), now);
            desk.event(Event::ReferClosed { refer });
        }
    }
}

/// How long a SUBSCRIBE wants to subscribe; 0 is an end (RFC 6665 §4.1.2.3).
pub(super) fn life_of(request: &Request) -> Result<Duration, std::num::ParseIntError> {
    match request.headers.text(&Name::Expires) {
        None => Ok(USUAL_LIFE),
        Some(seconds) => {
            let seconds = seconds.trim().parse::<u64>()?;
            Ok(Duration::from_secs(seconds).min(LONGEST_LIFE))
        }
    }
}
