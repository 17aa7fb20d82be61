//! The shell of the simulated switchboard: what it puts out is carried out, and answered where it waits for an answer.

use super::{LogLine, SERVER_NAME, World};
use crate::media;
use crate::script::command::Level;
use crate::script::unit;
use crate::sim::clips;
use crate::switchboard::Output;

impl World {
    pub(super) fn take(&mut self, output: Output) {
        match output {
            Output::Transmit { flow, bytes } => {
                self.watch.sent(&flow, &bytes);
                self.transmit(flow, bytes);
            }
            Output::Resolve { query, uri } => {
                let targets = self.resolve(&uri);
                self.board.handle_resolved(query, targets, self.now);
            }
            Output::OpenIsolate {
                session,
                program,
                seed,
            } => {
                self.newest = Some(session);
                self.scripts.open(session, program, seed);
            }
            Output::Turn { session, event } => {
                self.scripts.tell(session, event, self.now.at);
            }
            Output::CloseIsolate { session } => self.scripts.close(session),
            Output::Media(command) => {
                self.changed = true;
                self.is_monitored |=
                    matches!(command, media::Command::Monitor { every: Some(_), .. });
                self.graph.handle_command(command.clone(), self.now.at);
                self.sound.handle(command);
            }
            Output::Fetch {
                unit,
                source,
                place,
                ..
            } => {
                if let unit::Source::Url(request) = &source {
                    let when = (self.now, self.elapsed());
                    if let Some(note) = self.outside.bring(unit, request, when) {
                        return self.note(SERVER_NAME, &note);
                    }
                }
                let clip = clips::bring(&self.clips, &source);
                if let (Err(_), unit::Source::Url(request)) = (&clip, &source) {
                    self.outside.miss_sound(&request.url, place);
                }
                self.board.handle_clip(unit, clip, self.now);
            }
            Output::Recording {
                unit,
                wish,
                settings,
            } => {
                let news = self.disk.handle(unit, wish, &settings.recordings);
                if let Some(news) = news {
                    self.board.handle_recording(unit, news, self.now);
                }
            }
            Output::Recognise { unit, asr, .. } => self.recognise(unit, *asr),
            Output::Socket { socket, wish, .. } => {
                if let Some(note) = self.outside.wish(socket, wish, self.now) {
                    self.note(SERVER_NAME, &note);
                }
            }
            Output::Log {
                session,
                level,
                text,
            } => {
                let mark = match level {
                    Level::Info => "log",
                    Level::Warning => "warning",
                    Level::Error => "error",
                };
                self.note(
                    SERVER_NAME,
                    &format!("{mark}: {}", text.replace('\n', " ⏎ ")),
                );
                let at = self.elapsed();
                self.log.push(LogLine {
                    at,
                    session,
                    level,
                    text,
                });
            }
            Output::Record(record) => self.records.push(*record),
            Output::Bindings { user, bindings } => {
                self.bindings.insert(user, bindings);
            }
            Output::Post { post, .. } => {
                let body = brief(&post.body);
                self.note(SERVER_NAME, &format!("posts to {}: {body}", post.hook));
                self.outside.hear_post(&post, self.elapsed());
                self.posts.push(post);
            }
            Output::Inquire {
                session,
                inquiry,
                what,
                place,
                ..
            } => {
                let (room, when) = (self.storage_entries, (self.now, self.elapsed()));
                let asker = (session, inquiry);
                let note = self.outside.inquire(asker, what, place, room, when);
                self.note(SERVER_NAME, &note);
            }
            Output::Count(count) => self.counts.push(count),
            Output::Journal(journal) => self.journals.push(*journal),
        }
    }
}

/// A JSON object without what is the same in all of a story, and without what is empty.
fn brief(body: &str) -> String {
    let value = serde_json::from_str(body).unwrap_or(serde_json::Value::Null);
    let fields = value.as_object().into_iter().flatten();
    let told = fields.filter(|(name, value)| {
        !value.is_null() && !["event", "session", "call"].contains(&name.as_str())
    });
    let told: Vec<_> = told
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    told.join(", ")
}
