//! What the switchboard's wishes reach: wires, DNS, sound and what is kept.

use std::time::Duration;

use bytes::Bytes;
use ipnet::IpNet;
use tokio::sync::mpsc::UnboundedSender;

use crate::base::hook::HookUrl;
use crate::base::socket::{Heard, Title};
use crate::base::web::{Headers, Method, Request, headers_fault};
use crate::base::{Dice, SoundId, recording};
use crate::io::asr::Recognisers;
use crate::io::clip::{Library, Wanted};
use crate::io::fetch::{self, Fetcher, Job};
use crate::io::listen::Listeners;
use crate::io::media::MediaPlane;
use crate::io::post::Poster;
use crate::io::record::Desk;
use crate::io::resolve::Resolver;
use crate::io::sip::{Outside, Question, Told};
use crate::io::socket::{Book, Door, Sockets, Terms};
use crate::io::speech::Wish;
use crate::io::trace::Traces;
use crate::journal::Journal;
use crate::media;
use crate::script::asr::NewAsr;
use crate::script::unit::{Said, Source};
use crate::script::{Inquiry, Reply};
use crate::session::record::CallRecord;
use crate::session::{Post, SocketWish};
use crate::settings::Settings;
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
    pub library: Library,
    pub recognisers: Recognisers,
    pub sockets: Sockets,
    pub storage: ApplicationStorage,
    pub recordings: Desk,
    pub traces: Traces,
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

    fn fetch(&mut self, unit: SoundId, source: Source, settings: &Settings) {
        let told = self.told.clone();
        let tell = move |clip| {
            let _ = told.send(Told::Clip { unit, clip });
        };
        match wanted(source) {
            Ok(wanted) => self.library.ask(wanted, settings, Box::new(tell)),
            Err(fault) => tell(Err(fault)),
        }
    }

    fn recording(&mut self, unit: SoundId, wish: recording::Wish, settings: &Settings) {
        match wish {
            recording::Wish::Begin(sleeve) => {
                let taker = self.recordings.begin(unit, &sleeve, &settings.recordings);
                self.media.orders().take(unit, Box::new(taker));
            }
            recording::Wish::End => self.recordings.end(unit),
        }
    }

    fn recognise(&mut self, unit: SoundId, asr: NewAsr, settings: &Settings) {
        if let Some(taker) = self.recognisers.listen(unit, asr, &settings.speech.asr) {
            self.media.orders().take(unit, taker);
        }
    }

    fn socket(&mut self, socket: SoundId, wish: SocketWish, settings: &Settings) {
        if let SocketWish::Keep(title) = wish {
            return self.keep_of_socket(socket, *title, settings);
        }
        self.sockets.wish(socket, wish, || Terms {
            allow: settings.http.allow.clone(),
            most_bytes: (settings.limits.socket_message_kb as usize) << 10,
        });
    }

    fn door(&mut self, socket: SoundId) -> Option<Door> {
        self.sockets.door(socket)
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

impl Hands {
    /// Its links are told at once, whatever becomes of the files: what is slow is the disk, and nobody waits for it.
    fn keep_of_socket(&mut self, socket: SoundId, title: Title, settings: &Settings) {
        let pages = self.traces.begin(socket, title.keep, &settings.recordings);
        let heard = Heard::Filed {
            statistics: pages.links.statistics.clone(),
            trace: pages.links.trace.clone(),
        };
        let _ = self.told.send(Told::Socket { socket, heard });
        let most = (settings.limits.socket_trace_kb as usize) << 10;
        let book = Book::new(socket, title, most, pages);
        self.sockets.keep(socket, book);
    }
}

/// What the library is asked for.
fn wanted(source: Source) -> Result<Wanted, String> {
    Ok(match source {
        Source::File(name) => Wanted::File(name),
        Source::Said(Said { text, voice }) => Wanted::Said(Wish { text, voice }),
        Source::Url(request) => {
            if let Some(fault) = headers_fault(&request.headers) {
                return Err(fault);
            }
            Wanted::Url(Request {
                method: match request.post {
                    true => Method::Post,
                    false => Method::Get,
                },
                url: HookUrl::parse(&request.url)?,
                headers: Headers(request.headers),
                body: request.body,
            })
        }
    })
}
