//! Settings as `switchhook.json` would have them, for a journal: passwords are only there, not told, and of
//! the users only some.

use serde_json::{Map, Value, json};

use super::policy::Policy;
use super::{Progress, Settings, Trunk, User};
use crate::base::codec::Wanted;
use crate::base::pattern::Pattern;
use crate::sip::auth::challenge::Offer;
use crate::sip::stack::NotifyId;

/// What stands for a password.
const REDACTED: &str = "redacted";

impl Settings {
    /// With the users whom `wants` names; no trunk registers.
    /// Every user has a password, a contact or both, as the configuration asks.
    pub fn written(&self, wants: &[String]) -> Value {
        let users = self.users.iter().filter(|(name, _)| wants.contains(name));
        let mut users: Map<_, _> = users.map(|(name, own)| (name.clone(), user(own))).collect();
        // That somebody has a password decides who is trusted on loopback.
        if self.has_passwords() && !users.values().any(|user| user.get("password").is_some()) {
            users.insert("(others)".to_string(), json!({"password": REDACTED}));
        }
        let trunks = self.trunks.iter();
        let trunks: Map<_, _> = trunks.map(|own| (own.name.clone(), trunk(own))).collect();
        let allow = self.http.allow.iter().map(|net| net.to_string());
        let mut written = json!({
            "users": users,
            "trunks": trunks,
            "digest": match self.digest {
                Offer::Both => "both",
                Offer::Sha256 => "SHA-256",
                Offer::Md5 => "MD5",
            },
            "limits": serde_json::to_value(&self.limits).unwrap_or_default(),
            "transfer": self.transfer(),
            "http": {"allow": allow.collect::<Vec<_>>()},
            "media": wanted(&self.media.wanted),
        });
        if let Some(domain) = &self.domain {
            written["domain"] = json!(domain);
        }
        if let Some(address) = self.advertise {
            written["advertise"] = json!(address.to_string());
        }
        written
    }

    fn transfer(&self) -> Value {
        let own = &self.transfer;
        let mut written = policy(&own.policy);
        let fields = json!({
            "acceptCode": own.accept_code,
            "deadlineS": own.deadline_s,
            "graceS": own.grace_s,
            "progress": match own.progress {
                Progress::None => "none",
                Progress::Initial => "initial",
                Progress::All => "all",
            },
            "notifyId": match own.notify_id {
                NotifyId::Auto => "auto",
                NotifyId::Always => "always",
                NotifyId::Never => "never",
            },
            "finalAtOnce": own.final_at_once,
        });
        written.extend(fields.as_object().cloned().unwrap_or_default());
        Value::Object(written)
    }
}

fn user(user: &User) -> Value {
    let mut written = Map::new();
    if user.password.is_some() {
        written.insert("password".to_string(), json!(REDACTED));
    }
    let contact = user
        .contact
        .as_ref()
        .map(|contact| json!(contact.to_string()));
    put(&mut written, "contact", contact);
    put(
        &mut written,
        "displayName",
        user.display_name.as_ref().map(|name| json!(name)),
    );
    put(
        &mut written,
        "profile",
        user.profile.map(|profile| json!(profile.name())),
    );
    written.extend(wanted(&user.sound.wanted));
    Value::Object(written)
}

fn trunk(trunk: &Trunk) -> Value {
    let mut written = Map::new();
    written.insert("uri".to_string(), json!(trunk.uri.to_string()));
    put(
        &mut written,
        "username",
        trunk.username.as_ref().map(|name| json!(name)),
    );
    put(
        &mut written,
        "password",
        trunk.password.as_ref().map(|_| json!(REDACTED)),
    );
    let sources = trunk.sources.iter().map(|net| net.to_string());
    written.insert("sources".to_string(), json!(sources.collect::<Vec<_>>()));
    put(
        &mut written,
        "routes",
        trunk.routes.as_ref().map(|own| json!(own.as_str())),
    );
    put(
        &mut written,
        "numbers",
        trunk.numbers.as_ref().map(|own| json!(own.as_str())),
    );
    put(
        &mut written,
        "profile",
        trunk.profile.map(|profile| json!(profile.name())),
    );
    written.extend(wanted(&trunk.sound.wanted));
    written.insert(
        "transfer".to_string(),
        Value::Object(policy(&trunk.transfer)),
    );
    Value::Object(written)
}

/// What legs talk.
fn wanted(own: &Wanted) -> Map<String, Value> {
    let mut written = Map::new();
    let codecs = own.codecs.map(|codecs| {
        let labels = codecs.as_slice().iter().map(|codec| json!(codec.label()));
        Value::Array(labels.collect())
    });
    put(&mut written, "codecs", codecs);
    put(&mut written, "ptimeMs", own.ptime_ms.map(|own| json!(own)));
    written.insert("comfortNoise".to_string(), json!(own.comfort_noise));
    written
}

fn policy(policy: &Policy) -> Map<String, Value> {
    let texts = |patterns: &[Pattern]| patterns.iter().map(|own| json!(own.as_str())).collect();
    let mut written = Map::new();
    if let Some(targets) = &policy.targets {
        let mut own = Map::new();
        put(
            &mut own,
            "allow",
            targets
                .allow
                .as_ref()
                .map(|allow| Value::Array(texts(allow))),
        );
        own.insert("deny".to_string(), Value::Array(texts(&targets.deny)));
        written.insert("targets".to_string(), Value::Object(own));
    }
    put(
        &mut written,
        "perCall",
        policy.per_call.map(|own| json!(own)),
    );
    put(
        &mut written,
        "perMinute",
        policy.per_minute.map(|own| json!(own)),
    );
    put(
        &mut written,
        "maxDepth",
        policy.max_depth.map(|own| json!(own)),
    );
    put(
        &mut written,
        "outOfDialog",
        policy.out_of_dialog.map(|own| json!(own)),
    );
    written
}

fn put(written: &mut Map<String, Value>, key: &str, value: Option<Value>) {
    if let Some(value) = value {
        written.insert(key.to_string(), value);
    }
}
