//! Status codes and their standard phrases, from rsip.

/// The standard phrase, or a general one of its class.
pub fn reason(_code: u16) -> &'static str {
    todo!()
}
