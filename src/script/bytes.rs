//! Bytes and texts for scripts: base64, hex, encodings, ids, distances, and what other zones' clocks show.

use std::rc::Rc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use jiff::tz::TimeZoneDatabase;
use rquickjs::{Array, Ctx, Exception, FromJs, Object, Result, Value};

use crate::base::Dice;
use crate::script::describe::cut;
use crate::script::host::Host;
use crate::script::natives::Natives;

/// As much as one call takes.
const MOST_BYTES: usize = 1 << 20;
/// Of each text whose distance is asked.
const LONGEST_COMPARED: usize = 4096;

/// A list of bytes that the API has checked, or a text as UTF-8.
pub(super) struct Bytes(pub(super) Vec<u8>);

impl<'js> FromJs<'js> for Bytes {
    fn from_js(ctx: &Ctx<'js>, value: Value<'js>) -> Result<Self> {
        if value.is_string() {
            let text: String = value.get()?;
            return Ok(Bytes(text.into_bytes()));
        }
        let list: Array = value.get()?;
        if list.len() > MOST_BYTES {
            return Err(too_long(ctx));
        }
        (0..list.len())
            .map(|at| list.get::<u8>(at))
            .collect::<Result<_>>()
            .map(Bytes)
    }
}

/// For `date.js`.
pub(super) fn natives_of_date<'js>(ctx: &Ctx<'js>, host: &Rc<Host>) -> Result<Object<'js>> {
    let natives = Natives::new(ctx)?;
    let h = host.clone();
    natives.add("now", move || h.now_ms())?;
    natives.add("hasZone", |text: String| has_zone(&text))?;
    Ok(natives.object)
}

/// For `bytes.js`.
pub(super) fn natives<'js>(ctx: &Ctx<'js>, host: &Rc<Host>) -> Result<Object<'js>> {
    let natives = Natives::new(ctx)?;
    let h = host.clone();
    natives.add("now", move || h.now_ms())?;
    let h = host.clone();
    natives.add("uuid", move || uuid(&mut h.dice.borrow_mut()))?;
    natives.add("base64Encode", |data: Bytes| STANDARD.encode(data.0))?;
    natives.add("base64Decode", |ctx: Ctx<'js>, text: String| {
        bounded(&ctx, &text)?;
        base64(&text).ok_or_else(|| Exception::throw_type(&ctx, "base64_decode: this is no base64"))
    })?;
    natives.add("hexEncode", |data: Bytes, upper: bool| hex(&data.0, upper))?;
    natives.add("hexDecode", |ctx: Ctx<'js>, text: String| {
        bounded(&ctx, &text)?;
        unhex(&text).ok_or_else(|| Exception::throw_type(&ctx, "hex2bytes: this is no hex"))
    })?;
    natives.add(
        "decode",
        |ctx: Ctx<'js>, data: Bytes, encoding: String| match Encoding::named(&encoding) {
            Some(encoding) => Ok(encoding.decode(&data.0)),
            None => Err(unknown_encoding(&ctx, &encoding)),
        },
    )?;
    natives.add("encode", |ctx: Ctx<'js>, text: String, encoding: String| {
        bounded(&ctx, &text)?;
        match Encoding::named(&encoding) {
            Some(encoding) => Ok(encoding.encode(&text)),
            None => Err(unknown_encoding(&ctx, &encoding)),
        }
    })?;
    natives.add("distance", |ctx: Ctx<'js>, one: String, other: String| {
        let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
        if one.len().max(other.len()) > LONGEST_COMPARED {
            return Err(Exception::throw_range(
                &ctx,
                &format!("levenshtein_distance: at most {LONGEST_COMPARED} characters each"),
            ));
        }
        Ok(distance(&one, &other))
    })?;
    natives.add("zoneOffset", |ctx: Ctx<'js>, zone: String, unix_ms: f64| {
        let zone = TimeZoneDatabase::bundled().get(&zone).map_err(|_| {
            let zone = cut(&zone, 40).escape_default();
            Exception::throw_range(&ctx, &format!("getLocalTime: there is no time zone {zone}"))
        })?;
        // A Date that is invalid stays so.
        let Ok(moment) = Timestamp::from_millisecond(unix_ms as i64) else {
            return Ok::<f64, rquickjs::Error>(f64::NAN);
        };
        Ok(f64::from(zone.to_offset(moment).seconds()) * 1000.0)
    })?;
    Ok(natives.object)
}

fn uuid(dice: &mut Dice) -> String {
    let (high, low) = (dice.u64(), dice.u64());
    // RFC 9562 §5.4: version 4, variant 10.
    let high = (high & !0xf000) | 0x4000;
    let low = (low & !(0b11 << 62)) | (0b10 << 62);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}

/// Either alphabet, with or without padding and white space.
fn base64(text: &str) -> Option<Vec<u8>> {
    let text: String = text
        .chars()
        .filter(|c| !c.is_ascii_whitespace() && *c != '=')
        .collect();
    STANDARD_NO_PAD
        .decode(&text)
        .or_else(|_| URL_SAFE_NO_PAD.decode(&text))
        .ok()
}

fn hex(bytes: &[u8], upper: bool) -> String {
    bytes
        .iter()
        .map(|byte| match upper {
            true => format!("{byte:02X}"),
            false => format!("{byte:02x}"),
        })
        .collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |c: u8| char::from(c).to_digit(16).map(|digit| digit as u8);
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
        .collect()
}

#[derive(Clone, Copy)]
pub(super) enum Encoding {
    Utf8,
    Ascii,
    Latin1,
    Utf16Le,
    Utf16Be,
}

impl Encoding {
    pub(super) fn named(name: &str) -> Option<Encoding> {
        match name.to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" => Some(Encoding::Utf8),
            "us-ascii" | "ascii" => Some(Encoding::Ascii),
            "iso-8859-1" | "latin1" | "latin-1" => Some(Encoding::Latin1),
            "utf-16le" | "utf16le" => Some(Encoding::Utf16Le),
            "utf-16" | "utf-16be" | "utf16be" => Some(Encoding::Utf16Be),
            _ => None,
        }
    }

    pub(super) fn decode(self, bytes: &[u8]) -> String {
        let units = |join: fn([u8; 2]) -> u16| {
            let (pairs, _) = bytes.as_chunks::<2>();
            String::from_utf16_lossy(&pairs.iter().map(|pair| join(*pair)).collect::<Vec<_>>())
        };
        match self {
            Encoding::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
            Encoding::Ascii => bytes
                .iter()
                .map(|byte| match byte.is_ascii() {
                    true => char::from(*byte),
                    false => char::REPLACEMENT_CHARACTER,
                })
                .collect(),
            Encoding::Latin1 => bytes.iter().map(|byte| char::from(*byte)).collect(),
            Encoding::Utf16Le => units(u16::from_le_bytes),
            Encoding::Utf16Be => units(u16::from_be_bytes),
        }
    }

    /// What the encoding cannot say becomes `?`.
    fn encode(self, text: &str) -> Vec<u8> {
        let narrow = |limit: u32| {
            text.chars()
                .map(|c| match u32::from(c) {
                    code if code < limit => code as u8,
                    _ => b'?',
                })
                .collect()
        };
        match self {
            Encoding::Utf8 => text.as_bytes().to_vec(),
            Encoding::Ascii => narrow(0x80),
            Encoding::Latin1 => narrow(0x100),
            Encoding::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Encoding::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        }
    }
}

fn distance(one: &[char], other: &[char]) -> u32 {
    let mut row: Vec<u32> = (0..=other.len() as u32).collect();
    for (i, a) in one.iter().enumerate() {
        let mut diagonal = i as u32;
        let mut left = i as u32 + 1;
        for (above, b) in row.iter_mut().skip(1).zip(other) {
            let here = (diagonal + u32::from(a != b)).min(left + 1).min(*above + 1);
            diagonal = *above;
            *above = here;
            left = here;
        }
        if let Some(first) = row.first_mut() {
            *first = i as u32 + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

/// Whether a date's text says its zone; a date without a time is UTC by the language's rule.
fn has_zone(text: &str) -> bool {
    let text = text.trim_end();
    let date_only = text
        .bytes()
        .all(|b| b.is_ascii_digit() || b == b'-' || b == b'+');
    // A comment such as `(CET)` after the offset.
    let text = match text.strip_suffix(')') {
        Some(rest) => rest
            .rsplit_once('(')
            .map_or(rest, |(before, _)| before)
            .trim_end(),
        None => text,
    };
    let letters = text
        .bytes()
        .rev()
        .take_while(u8::is_ascii_alphabetic)
        .count();
    let named = match text.get(text.len() - letters..) {
        Some(word) => [
            "Z", "UTC", "GMT", "UT", "EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT",
        ]
        .iter()
        .any(|zone| zone.eq_ignore_ascii_case(word)),
        None => false,
    };
    let offset = text
        .rfind(['+', '-'])
        .and_then(|sign| text.get(..sign))
        .is_some_and(|before| before.contains(':') || before.contains("GMT"));
    date_only || named || offset
}

fn bounded(ctx: &Ctx<'_>, text: &str) -> Result<()> {
    match text.len() > 2 * MOST_BYTES {
        true => Err(too_long(ctx)),
        false => Ok(()),
    }
}

fn too_long(ctx: &Ctx<'_>) -> rquickjs::Error {
    Exception::throw_range(ctx, &format!("at most {MOST_BYTES} bytes"))
}

fn unknown_encoding(ctx: &Ctx<'_>, encoding: &str) -> rquickjs::Error {
    let encoding = cut(encoding, 40).escape_default();
    Exception::throw_range(
        ctx,
        &format!(
            "the encoding {encoding} is not known; utf-8, ascii, iso-8859-1, utf-16le and utf-16be are"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_its_version_and_variant() {
        let id = uuid(&mut Dice::from_seed(1));
        assert_eq!((id.len(), &id[14..15]), (36, "4"));
        assert!(matches!(&id[19..20], "8" | "9" | "a" | "b"), "{id}");
    }

    #[test]
    fn distances_are_levenshteins() {
        let check = |one: &str, other: &str, expected| {
            let (one, other): (Vec<_>, Vec<_>) = (one.chars().collect(), other.chars().collect());
            assert_eq!(distance(&one, &other), expected);
        };
        check("kitten", "sitting", 3);
        check("", "abc", 3);
        check("abc", "", 3);
        check("flaw", "lawn", 2);
        check("same", "same", 0);
    }

    #[test]
    fn a_date_says_its_zone_or_not() {
        for text in [
            "2024-01-01",
            "2024-01-01T10:00Z",
            "2024-01-01T10:00+02:00",
            "Mon, 01 Jan 2024 10:00:00 GMT",
            "Jan 1 2024 10:00 EST",
            "Mon Jan 01 2024 10:00:00 GMT+0100 (CET)",
        ] {
            assert!(has_zone(text), "{text}");
        }
        for text in ["2024-01-01T10:00", "Jan 1 2024 10:00:00", "Jan 1 2024"] {
            assert!(!has_zone(text), "{text}");
        }
    }

    #[test]
    fn encodings_go_there_and_back() {
        for name in ["utf-8", "UTF-16LE", "utf-16be"] {
            let encoding = Encoding::named(name).expect("it is known");
            assert_eq!(encoding.decode(&encoding.encode("ü😀")), "ü😀", "{name}");
        }
        let latin = Encoding::named("latin1").expect("it is known");
        assert_eq!(latin.encode("ü😀"), [0xfc, b'?']);
        assert_eq!((base64("_-8="), base64("#")), (Some(vec![255, 239]), None));
        assert_eq!(
            (unhex("fF0"), unhex("fF00"), unhex("zz")),
            (None, Some(vec![255, 0]), None)
        );
    }
}
