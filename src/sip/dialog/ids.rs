//! What names a dialog to the peer, as a `Replaces` does (RFC 3891 §3), and how far its call has come.

use std::net::IpAddr;

use crate::sip::message::Uri;
use crate::sip::refer::Replaces;

/// What names a leg's dialog, and whom it is with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialogIds {
    pub call_id: String,
    /// Ours.
    pub local_tag: String,
    /// The peer's; empty where it has none (RFC 2543).
    pub remote_tag: String,
    /// Who the peer is: the URI of its From or To.
    pub remote: Uri,
    /// Where the peer is: the URI of its Contact.
    pub target: Uri,
    /// Where its messages come from.
    pub address: IpAddr,
    pub stage: Stage,
}

/// How far a call has come, as the one who is asked to replace it must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// We have called, and it rings at the peer.
    Calling,
    /// The peer has called, and nobody has answered.
    Ringing,
    Up,
    /// Only its end is still under way.
    Over,
}

impl DialogIds {
    /// The dialog as whoever gets this `Replaces` knows it: `to-tag` is the receiver's own (§3).
    pub fn for_peer(&self) -> Replaces {
        let tag = |tag: &str| match tag {
            "" => "0".to_string(),
            tag => tag.to_string(),
        };
        Replaces {
            call_id: self.call_id.clone(),
            to_tag: tag(&self.remote_tag),
            from_tag: tag(&self.local_tag),
            early_only: false,
        }
    }
}
