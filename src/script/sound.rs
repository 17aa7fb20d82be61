//! The natives of units: what the script wants is checked for form and asked of the session.

use std::rc::Rc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rquickjs::{Ctx, Exception, Object, Result};
use serde::Deserialize;

use crate::base::web::Body;
use crate::base::{CallId, UnitId};
use crate::script::command::Command;
use crate::script::describe::first_place;
use crate::script::host::Host;
use crate::script::natives::Natives;
use crate::script::unit::{
    NewPlayer, NewUnit, PlayerOrder, Said, Sound, Source, UnitOrder, UrlRequest,
};

/// For `units.js`.
pub(super) fn natives<'js>(ctx: &Ctx<'js>, host: &Rc<Host>) -> Result<Object<'js>> {
    let natives = Natives::new(ctx)?;
    natives.object.prop("players", host.players as f64)?;
    let h = host.clone();
    natives.add(
        "listen",
        move |ctx: Ctx<'js>, unit: u32, event: String, on: bool| {
            let unit = UnitId(unit);
            h.ask(&ctx, Command::ListenUnit { unit, event, on }, 0)
        },
    )?;
    let h = host.clone();
    natives.add(
        "tonePlayer",
        move |ctx: Ctx<'js>, unit: u32, script: String, looped: bool| {
            let bytes = script.len();
            let what = NewUnit::Player(NewPlayer {
                sound: Sound::Tones(script),
                looped,
                paused: false,
            });
            let unit = UnitId(unit);
            let what = Box::new(what);
            h.ask(&ctx, Command::CreateUnit { unit, what }, bytes)
        },
    )?;
    let h = host.clone();
    natives.add(
        "steerPlayer",
        move |ctx: Ctx<'js>, unit: u32, order: String, value: f64, segment: u32| {
            let order = match order.as_str() {
                "pause" => PlayerOrder::Pause,
                "resume" => PlayerOrder::Resume,
                "mark" => PlayerOrder::Mark {
                    ms: value as i64,
                    segment: segment as usize,
                },
                "jump" => PlayerOrder::Jump { ms: value as u64 },
                "volume" => PlayerOrder::Volume {
                    percent: value as u32,
                },
                _ => PlayerOrder::Stop,
            };
            let order = UnitOrder::Player(order);
            let unit = UnitId(unit);
            h.ask(&ctx, Command::SteerUnit { unit, order }, 0)
        },
    )?;
    let h = host.clone();
    natives.add(
        "fetchedPlayer",
        move |ctx: Ctx<'js>,
              unit: u32,
              sources: String,
              looped: bool,
              paused: bool,
              stack: String| {
            let bytes = sources.len();
            let what = NewUnit::Player(NewPlayer {
                sound: fetched(&ctx, &sources, &stack)?,
                looped,
                paused,
            });
            let unit = UnitId(unit);
            let what = Box::new(what);
            h.ask(&ctx, Command::CreateUnit { unit, what }, bytes)
        },
    )?;
    let h = host.clone();
    natives.add(
        "play",
        move |ctx: Ctx<'js>, call: u32, sources: String, looped: bool, stack: String| {
            let bytes = sources.len();
            let play = Command::Play {
                call: CallId(call),
                sound: Box::new(fetched(&ctx, &sources, &stack)?),
                looped,
            };
            h.ask(&ctx, play, bytes)
        },
    )?;
    let h = host.clone();
    natives.add("stopPlayback", move |ctx: Ctx<'js>, call: u32| {
        let call = CallId(call);
        h.ask(&ctx, Command::StopPlayback { call }, 0)
    })?;
    let h = host.clone();
    natives.add(
        "playProgressTone",
        move |ctx: Ctx<'js>, call: u32, country: String| {
            let bytes = country.len();
            let play = Command::Play {
                call: CallId(call),
                sound: Box::new(Sound::Progress(country)),
                looped: false,
            };
            h.ask(&ctx, play, bytes)
        },
    )?;
    Ok(natives.object)
}

/// A source as `playback.js` writes it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Said {
        text: String,
        voice: Option<String>,
    },
    Found {
        url: String,
        #[serde(default)]
        post: bool,
        #[serde(default)]
        headers: Vec<WrittenHeader>,
        #[serde(default)]
        body: String,
        /// In Base64, in the place of `body`.
        binary: Option<String>,
    },
}

#[derive(Deserialize)]
struct WrittenHeader {
    name: String,
    value: String,
}

/// All the sources of one player, in bytes of their JSON.
const MOST_SOURCES: usize = 256 << 10;

fn fetched(ctx: &Ctx, sources: &str, stack: &str) -> Result<Sound> {
    if sources.len() > MOST_SOURCES {
        return Err(Exception::throw_range(
            ctx,
            "what is to be played is described by more than 256 KiB",
        ));
    }
    let written: Vec<Written> = serde_json::from_str(sources)
        .map_err(|_| Exception::throw_type(ctx, "what is to be played cannot be read"))?;
    let sources = written.into_iter().map(|written| source(ctx, written));
    Ok(Sound::Fetched {
        sources: sources.collect::<Result<_>>()?,
        place: first_place(stack),
    })
}

fn source(ctx: &Ctx, written: Written) -> Result<Source> {
    Ok(match written {
        Written::Said { text, voice } => Source::Said(Said { text, voice }),
        // What has a scheme is no file of the media folder.
        Written::Found { url, .. } if !url.contains("://") => Source::File(url),
        Written::Found {
            url,
            post,
            headers,
            body,
            binary,
        } => {
            let headers = headers.into_iter();
            let body = match binary {
                None => Body::from(body),
                Some(text) => Body::from(STANDARD.decode(text.as_bytes()).map_err(|_| {
                    Exception::throw_type(ctx, "the binary body of a request is no base64")
                })?),
            };
            Source::Url(UrlRequest {
                url,
                post,
                headers: headers.map(|header| (header.name, header.value)).collect(),
                body,
            })
        }
    })
}
