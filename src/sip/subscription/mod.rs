//! Subscriptions (RFC 6665), as transfers need them: the implicit one that an accepted REFER opens
//! (RFC 3515), in both roles.
//!
//! [`notifier`] and [`subscriber`] are the two machines; [`refer_in`] and [`refer_out`] are the verbs that
//! run them on a leg's dialog. A subscription outlives the INVITE usage of its dialog (RFC 5057), and may
//! have a dialog to itself: [`watch`]. What may be asked for by who was referred explicitly is in [`kept`].

pub mod kept;
pub mod notifier;
pub mod refer_in;
pub mod refer_out;
pub mod subscriber;
pub mod watch;
