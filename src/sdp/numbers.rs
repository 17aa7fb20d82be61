//! Which payload number means what on one leg. A number that was once given to a format keeps it for
//! the life of the leg, whoever gave it (RFC 3264 §8.3.2).

use crate::sdp::codec::Kind;
use crate::sdp::parse::Stream;

/// The numbers of a leg, as far as anybody used them.
#[derive(Clone, Debug, Default)]
pub struct Numbers {
    /// `None`: the peer uses the number for something that we do not relay. At most 128 entries.
    given: Vec<(u8, Option<Kind>)>,
}

impl Numbers {
    /// The number that we ask the peer to use for `kind`: the one last used on this leg, or the usual one,
    /// or the first free dynamic one.
    pub fn number_for(&mut self, kind: Kind) -> u8 {
        let used = self.given.iter().rev().find(|(_, k)| *k == Some(kind));
        if let Some((number, _)) = used {
            return *number;
        }
        let usual = kind.usual_number();
        let number = std::iter::once(usual)
            .chain(96..=127)
            .chain(35..=63)
            .find(|number| !self.given.iter().any(|(given, _)| given == number))
            .unwrap_or(usual);
        self.give(number, Some(kind));
        number
    }

    /// Learns what the peer's numbers mean.
    pub fn learn(&mut self, stream: &Stream) {
        for (number, kind) in &stream.formats {
            self.give(*number, *kind);
        }
    }

    /// Where the peer gives a number anew, its latest word counts: it is what it sends.
    fn give(&mut self, number: u8, kind: Option<Kind>) {
        self.given.retain(|(given, _)| *given != number);
        self.given.push((number, kind));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sdp::Codec;

    const OPUS: Kind = Kind::Audio(Codec::Opus);
    const EVENTS: Kind = Kind::Events { clock_hz: 8_000 };

    #[test]
    fn a_number_that_the_peer_took_is_not_given_again() {
        let mut numbers = Numbers::default();
        numbers.give(101, None);
        assert_eq!(numbers.number_for(EVENTS), 96);
        assert_eq!(numbers.number_for(EVENTS), 96);
        assert_eq!(numbers.number_for(OPUS), 111);
    }

    #[test]
    fn the_number_last_used_for_a_format_is_used_again() {
        let mut numbers = Numbers::default();
        assert_eq!(numbers.number_for(OPUS), 111);
        numbers.give(107, Some(OPUS));
        assert_eq!(numbers.number_for(OPUS), 107);
    }
}
