//! Who is known to the switchboard: users and trunks.

use super::Said;
use crate::base::pattern::Pattern as Regex;
use crate::base::pii::Secret;
use crate::settings::{Profile, Trunk, User};
use crate::sim::story::Story;
use crate::sim::story::words::not_understood;
use crate::sip::message::Uri;

impl Story {
    pub(super) fn add_user(&mut self, name: &str) -> Said {
        let address = self.member(name)?.address;
        let contact = Uri::sip(name, &address.ip().to_string(), None);
        let user = self.user(name);
        user.contact = Some(contact);
        Ok(())
    }

    pub(super) fn add_password(&mut self, name: &str, secret: &str) {
        self.user(name).password = Some(Secret::new(secret));
        for member in self.cast.iter_mut().filter(|member| member.user == name) {
            member.password = Some(Secret::new(secret));
        }
    }

    pub(super) fn set_profile(&mut self, name: &str, profile: &str) -> Said {
        let found = Profile::named(profile);
        let profile = Some(found.ok_or_else(|| format!("there is no profile `{profile}`"))?);
        let mut trunks = self.settings.trunks.iter_mut();
        match trunks.find(|trunk| trunk.name == name) {
            Some(trunk) => trunk.profile = profile,
            None => self.user(name).profile = profile,
        }
        Ok(())
    }

    pub(super) fn user(&mut self, name: &str) -> &mut User {
        let sound = self.settings.sound_of_others();
        self.settings.users.entry(name.to_string()).or_insert(User {
            password: None,
            display_name: None,
            contact: None,
            profile: None,
            sound,
        })
    }

    pub(super) fn add_trunk(&mut self, name: &str, mut words: &[&str]) -> Said {
        let address = self.member(name)?.address;
        let mut trunk = Trunk {
            name: name.to_string(),
            uri: Uri::parse(format!("sip:{}", address.ip()).as_bytes())
                .map_err(|fault| fault.to_string())?,
            username: None,
            password: None,
            register: false,
            sources: vec![address.ip().into()],
            routes: None,
            numbers: None,
            profile: None,
            sound: self.settings.sound_of_others(),
            transfer: Default::default(),
        };
        let regex =
            |pattern: &str| Regex::new(pattern).map_err(|fault| format!("`{pattern}`: {fault}"));
        while !words.is_empty() {
            words = match words {
                ["takes", pattern, rest @ ..] => {
                    trunk.routes = Some(regex(pattern)?);
                    rest
                }
                ["brings", pattern, rest @ ..] => {
                    trunk.numbers = Some(regex(pattern)?);
                    rest
                }
                ["as", user, secret, rest @ ..] => {
                    trunk.username = Some(user.to_string());
                    trunk.password = Some(Secret::new(*secret));
                    rest
                }
                ["registers", rest @ ..] => {
                    trunk.register = true;
                    rest
                }
                words => return not_understood(words),
            };
        }
        self.settings.trunks.push(trunk);
        Ok(())
    }
}
