//! What the switchboard's wishes reach: wires, DNS, sound and what is kept.

use std::time::Duration;

use bytes::Bytes;
use ipnet::IpNet;
use tokio::sync::mpsc::UnboundedSender;

use crate::base::{Dice, SoundId};
use crate::io::fetch::{self, Fetcher, Job};
use crate::io::listen::Listeners;
use crate::io::media::MediaPlane;
use crate::io::post::Poster;
use crate::io::resolve::Resolver;
use crate::io::sip::{Outside, Question, Told};
use crate::journal::Journal;
use crate::media;
use crate::script::unit::Source;
use crate::script::{Inquiry, Reply};
use crate::session::Post;
use crate::session::record::CallRecord;
use crate::sip::message::Uri;
use crate::sip::registrar::Stored;
use crate::sip::stack::QueryId;
use crate::sip::transport::Flow;
use crate::storage::{ApplicationStorage, CallLog, JournalFolder, Registrations};

pub(super) struct Hands {
    pub listeners: Listeners,
    pub resolver: Resolver,
    pub media: MediaPlane,
    pub calls: CallLog,
    pub registrations: Registrations,
    pub poster: Poster,
    pub fetcher: Fetcher,
    pub storage: ApplicationStorage,
    pub journals: JournalFolder,
    /// For the choice among equals (RFC 2782).
    pub dice: Dice,
    /// For answers that come later.
    pub told: UnboundedSender<Told>,
}

impl Outside for Hands {
    fn transmit(&mut self, flow: Flow, bytes: Bytes) {
        self.listeners.send(&flow, bytes);
    }

    fn resolve(&mut self, query: QueryId, uri: Uri) {
        let (resolver, told) = (self.resolver.clone(), self.told.clone());
        let mut dice = self.dice.deal();
        tokio::spawn(async move {
            let targets = resolver.resolve(&uri, &mut dice).await;
            let _ = told.send(Told::Resolved { query, targets });
        });
    }

    fn sound(&mut self, command: media::Command) {
        self.media.send(command);
    }

    fn fetch(&mut self, unit: SoundId, source: Source) {
        let Source::Url(request) = source;
        let clip = Err(format!(
            "{} cannot be fetched: not supported yet",
            request.url
        ));
        let _ = self.told.send(Told::Clip { unit, clip });
    }

    fn record(&mut self, record: CallRecord) {
        if !self.calls.write(&record) {
            metrics::counter!("switchhook_records_dropped_total").increment(1);
        }
    }

    fn bindings(&mut self, user: String, bindings: Vec<Stored>) {
        self.registrations.put(user, bindings);
    }

    fn inquire(&mut self, question: Question) {
        let Question {
            session,
            inquiry,
            what,
            allow,
            room,
        } = question;
        let told = self.told.clone();
        let tell = move |reply| {
            let _ = told.send(Told::Replied {
                session,
                inquiry,
                reply,
            });
        };
        match what {
            Inquiry::Unfit(failure) => tell(Reply::Http(Err(failure))),
            Inquiry::Storage(what) => {
                let done = move |outcome| tell(Reply::Storage(outcome));
                self.storage.ask(what, room, Box::new(done));
            }
            Inquiry::Http(http) => {
                let limits = fetch::Limits {
                    connect: Duration::from_millis(http.connect_ms.into()),
                    total: Duration::from_millis(http.total_ms.into()),
                    ..fetch::Limits::SCRIPT
                };
                self.fetcher.send(Job {
                    request: http.request,
                    limits,
                    allow,
                    done: Box::new(move |outcome| tell(Reply::Http(outcome))),
                });
            }
        }
    }

    fn journal(&mut self, journal: Journal) {
        self.journals.write(journal);
    }

    fn post(&mut self, post: Post, allow: Vec<IpNet>) {
        self.poster.send(post, allow);
    }
}
