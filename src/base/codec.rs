//! The audio codecs of legs, and which of them an operator wants there. What they do with sound is `media::codec`,
//! how they are told `sdp::codec`.

/// A codec, by its rtpmap name and clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Codec {
    Opus,
    G722,
    Pcmu,
    Pcma,
    /// Samples as they are (RFC 3551 §4.5.11), 48 kHz, mono.
    L16At48,
    L16At16,
    L16At8,
}

impl Codec {
    pub const ALL: [Codec; 7] = [
        Codec::Opus,
        Codec::G722,
        Codec::Pcmu,
        Codec::Pcma,
        Codec::L16At48,
        Codec::L16At16,
        Codec::L16At8,
    ];

    /// Those of a leg for which nothing else is set, in our order of preference where nobody else has one. L16 takes
    /// ten times the network of G.711 and is for those who ask for it.
    pub const USUAL: &'static [Codec] = &[Codec::Opus, Codec::G722, Codec::Pcmu, Codec::Pcma];

    /// The encoding name of its rtpmap.
    pub fn name(self) -> &'static str {
        match self {
            Codec::Opus => "opus",
            Codec::G722 => "G722",
            Codec::Pcmu => "PCMU",
            Codec::Pcma => "PCMA",
            Codec::L16At48 | Codec::L16At16 | Codec::L16At8 => "L16",
        }
    }

    /// The clock of its RTP timestamps. G.722 samples at 16 kHz and counts at 8 (RFC 3551 §4.5.2).
    pub fn clock_hz(self) -> u32 {
        match self {
            Codec::Opus | Codec::L16At48 => 48_000,
            Codec::L16At16 => 16_000,
            Codec::G722 | Codec::Pcmu | Codec::Pcma | Codec::L16At8 => 8_000,
        }
    }

    /// The name that settings, stories and logs use: that of the rtpmap, and the clock where there are several.
    pub fn label(self) -> &'static str {
        match self {
            Codec::L16At48 => "L16/48000",
            Codec::L16At16 => "L16/16000",
            Codec::L16At8 => "L16/8000",
            Codec::Opus | Codec::G722 | Codec::Pcmu | Codec::Pcma => self.name(),
        }
    }

    /// By its label, in capitals or not.
    pub fn labelled(label: &str) -> Option<Codec> {
        let mut all = Codec::ALL.into_iter();
        all.find(|codec| codec.label().eq_ignore_ascii_case(label))
    }

    /// All labels, for messages.
    pub fn labels() -> String {
        Codec::list(&Codec::ALL)
    }

    /// `PCMU, opus`.
    pub fn list(codecs: &[Codec]) -> String {
        let labels: Vec<&str> = codecs.iter().map(|codec| codec.label()).collect();
        labels.join(", ")
    }

    /// What everybody takes.
    pub fn is_g711(self) -> bool {
        matches!(self, Codec::Pcmu | Codec::Pcma)
    }
}

/// Codecs in an order, each once, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Codecs {
    all: [Codec; Codec::ALL.len()],
    count: usize,
}

impl Codecs {
    /// `None` where there is none, or one twice.
    pub fn new(codecs: &[Codec]) -> Option<Codecs> {
        let mut all = Codec::ALL;
        if codecs.is_empty() {
            return None;
        }
        for (n, codec) in codecs.iter().enumerate() {
            if codecs.iter().take(n).any(|before| before == codec) {
                return None;
            }
            *all.get_mut(n)? = *codec;
        }
        let count = codecs.len();
        Some(Codecs { all, count })
    }

    pub fn as_slice(&self) -> &[Codec] {
        self.all.get(..self.count).unwrap_or_default()
    }
}

/// What the operator wants of a leg's sound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// What is offered and taken, in the order in which it is offered. `None`: [`Codec::USUAL`], in the order of the
    /// party that the leg talks with.
    pub codecs: Option<Codecs>,
    /// How much sound a packet of the peer's should hold, in milliseconds, 10 to 60; ours do where the peer does not
    /// say. `None`: what the peer says, and nobody is told.
    pub ptime_ms: Option<u32>,
    /// Comfort noise (RFC 3389) is offered and taken.
    pub comfort_noise: bool,
}

impl Wanted {
    /// All that the leg may talk.
    pub fn codecs(&self) -> &[Codec] {
        match &self.codecs {
            Some(codecs) => codecs.as_slice(),
            None => Codec::USUAL,
        }
    }

    pub fn allows(&self, codec: Codec) -> bool {
        self.codecs().contains(&codec)
    }

    /// What is offered to a peer that shall talk with somebody who takes `theirs`; empty: nobody is known.
    ///
    /// First what needs no transcoding: in the operator's order, or in theirs where there is none. Then what does:
    /// all that the operator names, or G.711, which everybody takes.
    pub fn offer(&self, theirs: &[Codec]) -> Vec<Codec> {
        let (mut offered, rest): (Vec<Codec>, Vec<Codec>) = match &self.codecs {
            Some(codecs) => {
                let own = codecs.as_slice().iter();
                own.partition(|codec| theirs.contains(codec))
            }
            None if theirs.is_empty() => (Codec::USUAL.to_vec(), Vec::new()),
            None => {
                let shared = theirs.iter().filter(|codec| self.allows(**codec));
                let shared: Vec<Codec> = shared.copied().collect();
                let plain = Codec::USUAL.iter().filter(|codec| codec.is_g711());
                let rest = plain.filter(|codec| !shared.contains(codec)).copied();
                let rest = rest.collect();
                (shared, rest)
            }
        };
        offered.extend(rest);
        offered
    }
}

#[cfg(test)]
mod tests {
    use super::Codec::{G722, L16At16, Opus, Pcma, Pcmu};
    use super::*;

    fn wanted(codecs: &[Codec]) -> Wanted {
        Wanted {
            codecs: Codecs::new(codecs),
            ..Wanted::default()
        }
    }

    #[test]
    fn labels_are_read_as_they_are_written() {
        for codec in Codec::ALL {
            assert_eq!(Codec::labelled(codec.label()), Some(codec));
        }
        assert_eq!(Codec::labelled("pcma"), Some(Pcma));
        assert_eq!(Codec::labelled("L16"), None);
    }

    #[test]
    fn a_list_has_each_codec_once() {
        assert_eq!(Codecs::new(&[]), None);
        assert_eq!(Codecs::new(&[Pcmu, Pcmu]), None);
        assert_eq!(
            Codecs::new(&Codec::ALL).unwrap().as_slice(),
            Codec::ALL.as_slice()
        );
    }

    #[test]
    fn what_needs_no_transcoding_is_offered_first() {
        let unset = Wanted::default();
        assert_eq!(unset.offer(&[]), Codec::USUAL);
        assert_eq!(unset.offer(&[Pcma, Opus]), [Pcma, Opus, Pcmu]);
        assert_eq!(unset.offer(&[L16At16, G722]), [G722, Pcmu, Pcma]);
        let set = wanted(&[G722, L16At16, Pcma, Pcmu]);
        assert_eq!(set.offer(&[]), [G722, L16At16, Pcma, Pcmu]);
        assert_eq!(set.offer(&[Opus, Pcmu, Pcma]), [Pcma, Pcmu, G722, L16At16]);
        assert_eq!(wanted(&[Opus]).offer(&[Pcmu]), [Opus]);
    }
}
