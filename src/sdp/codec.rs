//! The audio formats that a leg may carry.

pub use crate::base::Codec;

/// What a payload number stands for: sound, telephone-event (RFC 4733) at a clock rate, or what nobody's speaking
/// sounds like (RFC 3389), at 8 kHz.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Audio(Codec),
    Events { clock_hz: u32 },
    Comfort,
}

impl Kind {
    /// Reads an rtpmap. `None` for what we do not relay.
    pub fn of_rtpmap(name: &str, clock_hz: u32, channels: Option<u32>) -> Option<Kind> {
        let named = |wanted: &str| name.eq_ignore_ascii_case(wanted);
        if named("telephone-event") {
            let known = matches!(clock_hz, 8_000 | 16_000 | 48_000);
            return known.then_some(Kind::Events { clock_hz });
        }
        if named("CN") {
            return (clock_hz == 8_000).then_some(Kind::Comfort);
        }
        // Some phones write G722/16000, which is what it samples at; opus always says 2 channels
        // (RFC 7587 §7), and some say none.
        let clock_hz = match named("G722") && clock_hz == 16_000 {
            true => Codec::G722.clock_hz(),
            false => clock_hz,
        };
        let is_meant = |codec: &Codec| named(codec.name()) && codec.clock_hz() == clock_hz;
        let codec = Codec::ALL.into_iter().find(is_meant)?;
        let channels_fit = match codec {
            Codec::Opus => matches!(channels, None | Some(2)),
            _ => matches!(channels, None | Some(1)),
        };
        channels_fit.then_some(Kind::Audio(codec))
    }

    /// The numbers that RFC 3551 §6 gives away for good; they need no rtpmap.
    pub fn of_static(number: u8) -> Option<Kind> {
        match number {
            0 => Some(Kind::Audio(Codec::Pcmu)),
            8 => Some(Kind::Audio(Codec::Pcma)),
            9 => Some(Kind::Audio(Codec::G722)),
            13 => Some(Kind::Comfort),
            _ => None,
        }
    }

    /// The number to offer first: the static one, or the dynamic one that most phones use.
    pub fn usual_number(self) -> u8 {
        match self {
            Kind::Audio(Codec::Pcmu) => 0,
            Kind::Audio(Codec::Pcma) => 8,
            Kind::Audio(Codec::G722) => 9,
            Kind::Audio(Codec::Opus) => 111,
            Kind::Audio(Codec::L16At48) => 112,
            Kind::Audio(Codec::L16At16) => 113,
            Kind::Audio(Codec::L16At8) => 114,
            Kind::Comfort => 13,
            Kind::Events { clock_hz: 8_000 } => 101,
            Kind::Events { .. } => 110,
        }
    }

    /// The value of its `a=rtpmap`, after the number.
    pub fn rtpmap(self) -> String {
        match self {
            Kind::Audio(Codec::Opus) => "opus/48000/2".to_string(),
            Kind::Audio(codec) => format!("{}/{}", codec.name(), codec.clock_hz()),
            Kind::Events { clock_hz } => format!("telephone-event/{clock_hz}"),
            Kind::Comfort => "CN/8000".to_string(),
        }
    }

    /// The value of its `a=fmtp`, after the number. Opus receivers take mono and stereo at any rate
    /// (RFC 7587 §6.1) and may ignore the redundancy, so to ask for it is right for every listener.
    pub fn fmtp(self) -> Option<&'static str> {
        match self {
            Kind::Audio(Codec::Opus) => Some("minptime=10;useinbandfec=1"),
            Kind::Audio(_) | Kind::Comfort => None,
            Kind::Events { .. } => Some("0-15"),
        }
    }
}
