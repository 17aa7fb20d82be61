//! The audio formats that a leg may carry. They are relayed, not decoded.

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
}
