//! The audio formats that a leg may carry.

/// A codec, by its rtpmap name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Codec {
    Opus,
    G722,
    Pcmu,
    Pcma,
}

impl Codec {
    /// Our order of preference where nobody else has one.
    pub const ALL: &'static [Codec] = &[Codec::Opus, Codec::G722, Codec::Pcmu, Codec::Pcma];

    /// The encoding name of its rtpmap.
    pub fn name(self) -> &'static str {
        match self {
            Codec::Opus => "opus",
            Codec::G722 => "G722",
            Codec::Pcmu => "PCMU",
            Codec::Pcma => "PCMA",
        }
    }

    /// The clock of its RTP timestamps. G.722 samples at 16 kHz and counts at 8 (RFC 3551 §4.5.2).
    pub fn clock_hz(self) -> u32 {
        match self {
            Codec::Opus => 48_000,
            Codec::G722 | Codec::Pcmu | Codec::Pcma => 8_000,
        }
    }
}

/// What a payload number stands for: sound, or telephone-event (RFC 4733) at a clock rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Audio(Codec),
    Events { clock_hz: u32 },
}

impl Kind {
    /// Reads an rtpmap. `None` for what we do not relay.
    pub fn of_rtpmap(name: &str, clock_hz: u32, channels: Option<u32>) -> Option<Kind> {
        let named = |wanted: &str| name.eq_ignore_ascii_case(wanted);
        if named("telephone-event") {
            let known = matches!(clock_hz, 8_000 | 16_000 | 48_000);
            return known.then_some(Kind::Events { clock_hz });
        }
        let codec = *Codec::ALL.iter().find(|codec| named(codec.name()))?;
        // Some phones write G722/16000, which is what it samples at; opus always says 2 channels
        // (RFC 7587 §7), and some say none.
        let clock_fits = clock_hz == codec.clock_hz() || (named("G722") && clock_hz == 16_000);
        let channels_fit = match codec {
            Codec::Opus => matches!(channels, None | Some(2)),
            Codec::G722 | Codec::Pcmu | Codec::Pcma => matches!(channels, None | Some(1)),
        };
        (clock_fits && channels_fit).then_some(Kind::Audio(codec))
    }

    /// The numbers that RFC 3551 §6 gives away for good; they need no rtpmap.
    pub fn of_static(number: u8) -> Option<Kind> {
        match number {
            0 => Some(Kind::Audio(Codec::Pcmu)),
            8 => Some(Kind::Audio(Codec::Pcma)),
            9 => Some(Kind::Audio(Codec::G722)),
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
        }
    }

    /// The value of its `a=fmtp`, after the number. Opus receivers take mono and stereo at any rate
    /// (RFC 7587 §6.1) and may ignore the redundancy, so to ask for it is right for every listener.
    pub fn fmtp(self) -> Option<&'static str> {
        match self {
            Kind::Audio(Codec::Opus) => Some("minptime=10;useinbandfec=1"),
            Kind::Audio(_) => None,
            Kind::Events { .. } => Some("0-15"),
        }
    }
}
