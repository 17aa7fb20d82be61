//! Which call a Replaces names, for readers of ladders: its ids are chance.

use super::World;
use crate::sip::message::uri::percent_decode;
use crate::sip::message::{Message, Method, Name, NameAddr};
use crate::sip::refer::Replaces;

/// The Replaces of an INVITE, or of the Refer-To of a REFER, without its escapes.
pub(super) fn said_in(message: &Message) -> Option<String> {
    let Message::Request(request) = message else {
        return None;
    };
    match request.method {
        Method::Invite => request.headers.text(&Name::Replaces).map(str::to_string),
        Method::Refer => {
            let address = NameAddr::parse(request.headers.get(&Name::ReferTo)?).ok()?;
            let mut headers = address.uri.as_sip()?.headers.iter();
            let (_, value) = headers.find(|(name, _)| name.eq_ignore_ascii_case("Replaces"))?;
            String::from_utf8(percent_decode(value)?).ok()
        }
        _ => None,
    }
}

impl World {
    /// `replaces bob's call with carol` where the peer of that call would find it by these tags.
    pub(super) fn call_named_by(&self, said: &str) -> String {
        let (call_id, _) = said.split_once(';').unwrap_or((said, ""));
        let phones = self.phones.values();
        let calls = phones.flat_map(|phone| {
            let name = phone.owner().name.as_str();
            phone.dialogs().map(move |(peer, ids)| (name, peer, ids))
        });
        let known: Vec<_> = calls.filter(|(_, _, ids)| ids.call_id == call_id).collect();
        let replaces = Replaces::parse(said);
        let named = |to: &str, from: &str| {
            replaces.as_ref().is_some_and(|replaces| {
                (replaces.to_tag.as_str(), replaces.from_tag.as_str()) == (to, from)
            })
        };
        let to_its_peer = known
            .iter()
            .find(|(_, _, ids)| named(&ids.remote_tag, &ids.local_tag));
        let to_itself = known
            .iter()
            .find(|(_, _, ids)| named(&ids.local_tag, &ids.remote_tag));
        let mut text = match (to_its_peer, to_itself, known.first()) {
            (Some((name, peer, _)), _, _) => format!("replaces {name}'s call with {peer}"),
            (_, Some((name, peer, _)), _) => {
                format!("replaces {name}'s call with {peer}, as {name} knows it")
            }
            (_, _, Some((name, peer, _))) => {
                format!("replaces {name}'s call with {peer}, but for the tags")
            }
            (None, None, None) => "replaces a call of nobody's".to_string(),
        };
        if replaces.is_some_and(|replaces| replaces.early_only) {
            text += ", early-only";
        }
        text
    }
}
