//! What the script has asked of the world outside and has not been told yet.
//!
//! ```text
//!  asked ─▸ queue (HTTP only) ─▸ under way ─▸ reply
//! ```
//!
//! At the session's end what is under way may come to its reply, for a while; the queue is dropped.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::{Effect, Sent, Session, Stage};
use crate::base::Now;
use crate::base::web::Failure;
use crate::script::command::Level;
use crate::script::inquiry::{HttpInquiry, Inquiry, Reply};
use crate::script::{Event, Place};

/// Requests of a session under way at a time: VoxEngine's number.
const MOST_ACTIVE: usize = 3;
/// What the isolate holds to; beyond it nothing is taken.
const MOST_ASKED: usize = 256;
/// How long the session's end waits for replies.
pub(super) const LAST_REPLIES: Duration = Duration::from_secs(90);

/// By the isolate's name for each.
#[derive(Debug, Default)]
pub(super) struct Inquiries {
    under_way: BTreeMap<u32, Kind>,
    queue: VecDeque<(u32, Box<HttpInquiry>, Option<Place>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Http,
    Storage,
}

impl Inquiries {
    pub(super) fn any_under_way(&self) -> bool {
        !self.under_way.is_empty()
    }

    pub(super) fn forget_queue(&mut self) {
        self.queue.clear();
    }

    fn active(&self) -> usize {
        let kinds = self.under_way.values();
        kinds.filter(|kind| **kind == Kind::Http).count()
    }
}

impl Session {
    pub(super) fn inquire(&mut self, inquiry: u32, what: Inquiry, place: Option<Place>) {
        if self.inquiries.under_way.len() + self.inquiries.queue.len() >= MOST_ASKED {
            return self.tell_reply(inquiry, refusal(&what, "too much is asked already"));
        }
        match what {
            Inquiry::Unfit(failure) => self.tell_reply(inquiry, Reply::Http(Err(failure))),
            Inquiry::Http(http) => {
                self.inquiries.queue.push_back((inquiry, http, place));
                self.send_queued();
            }
            Inquiry::Storage(_) => {
                self.inquiries.under_way.insert(inquiry, Kind::Storage);
                self.effects.push_back(Effect::Inquire {
                    inquiry,
                    what,
                    place,
                });
            }
        }
    }

    /// The one request that the listeners of `Terminating` may start; nobody hears of its answer.
    pub(super) fn send_last_word(&mut self, inquiry: u32, what: Inquiry, place: Option<Place>) {
        if let Inquiry::Http(_) = &what {
            self.effects.push_back(Effect::Inquire {
                inquiry,
                what,
                place,
            });
        }
    }

    pub(super) fn too_late_to_inquire(&mut self, place: Option<Place>) {
        let place = place.map_or(String::new(), |place| format!("{place}: "));
        let text = format!("{place}nothing is asked of the world outside: the session is ending");
        self.log(Level::Warning, text);
    }

    fn send_queued(&mut self) {
        while self.inquiries.active() < MOST_ACTIVE
            && let Some((inquiry, http, place)) = self.inquiries.queue.pop_front()
        {
            self.inquiries.under_way.insert(inquiry, Kind::Http);
            let what = Inquiry::Http(http);
            self.effects.push_back(Effect::Inquire {
                inquiry,
                what,
                place,
            });
        }
    }

    /// What came of something that was asked; once for each.
    pub fn handle_reply(&mut self, inquiry: u32, reply: Reply, now: Now) {
        if self.inquiries.under_way.remove(&inquiry).is_none() {
            // The script's last word, or what nobody waits for any more.
            return;
        }
        match self.stage {
            Stage::Running { .. } => {
                self.tell_reply(inquiry, reply);
                self.send_queued();
            }
            Stage::Settling { .. } => {
                self.tell_reply(inquiry, reply);
                if !self.inquiries.any_under_way() {
                    self.say_last_words(now);
                }
            }
            Stage::Ending { .. } | Stage::Over => {}
        }
    }

    fn tell_reply(&mut self, inquiry: u32, reply: Reply) {
        self.tell(Event::Reply { inquiry, reply }, Sent::Plain);
    }
}

fn refusal(what: &Inquiry, why: &str) -> Reply {
    match what {
        Inquiry::Http(_) | Inquiry::Unfit(_) => {
            Reply::Http(Err(Failure::Forbidden(why.to_string())))
        }
        Inquiry::Storage(_) => Reply::Storage(Err(why.to_string())),
    }
}
