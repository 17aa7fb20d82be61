//! The settings that a story or a test may change, by the names that `switchhook.json` gives them.

use crate::base::Codec;
use crate::base::codec::Codecs;
use crate::base::pattern::Pattern;
use crate::settings::policy::Policy;
use crate::settings::{Progress, Settings};
use crate::sip::stack::NotifyId;

/// Sets one of them.
pub fn set(settings: &mut Settings, name: &str, value: &str) -> Result<(), String> {
    if let Some(key) = name.strip_prefix("transfer.")
        && let Some(set) = set_policy(&mut settings.transfer.policy, key, value)
    {
        return set;
    }
    if let Some((name, key)) = name
        .strip_prefix("trunks.")
        .and_then(|rest| rest.split_once(".transfer."))
    {
        let mut trunks = settings.trunks.iter_mut();
        let trunk = trunks.find(|trunk| trunk.name == name);
        let trunk = trunk.ok_or_else(|| format!("there is no trunk `{name}`"))?;
        if let Some(set) = set_policy(&mut trunk.transfer, key, value) {
            return set;
        }
    }
    if let Some(set) = set_wanted(settings, name, value) {
        return set;
    }
    let Settings {
        limits, transfer, ..
    } = settings;
    let number = match name {
        "domain" => {
            settings.domain = Some(value.to_string());
            return Ok(());
        }
        "transfer.progress" => {
            transfer.progress = match value {
                "none" => Progress::None,
                "initial" => Progress::Initial,
                "all" => Progress::All,
                value => return Err(format!("`{value}` is none of none, initial, all")),
            };
            return Ok(());
        }
        "transfer.notifyId" => {
            transfer.notify_id = match value {
                "auto" => NotifyId::Auto,
                "always" => NotifyId::Always,
                "never" => NotifyId::Never,
                value => return Err(format!("`{value}` is none of auto, always, never")),
            };
            return Ok(());
        }
        "transfer.acceptCode" => {
            transfer.accept_code = value.parse().map_err(|_| format!("`{value}` is no code"))?;
            return Ok(());
        }
        "transfer.finalAtOnce" => {
            transfer.final_at_once = value == "true";
            return Ok(());
        }
        "transfer.deadlineS" => &mut transfer.deadline_s,
        "transfer.graceS" => &mut transfer.grace_s,
        "limits.conferenceEndpoints" => &mut limits.conference_endpoints,
        "limits.conferenceTalkers" => &mut limits.conference_talkers,
        "limits.aloneS" => &mut limits.alone_s,
        "limits.unansweredS" => &mut limits.unanswered_s,
        "limits.noAnswerS" => &mut limits.no_answer_s,
        "limits.sessionIdleS" => &mut limits.session_idle_s,
        "limits.callAttempts" => &mut limits.call_attempts,
        "limits.unansweredCalls" => &mut limits.unanswered_calls,
        "limits.mostSessions" => &mut limits.most_sessions,
        "limits.refers" => &mut limits.refers,
        "limits.referNotifyS" => &mut limits.refer_notify_s,
        "limits.referSilenceS" => &mut limits.refer_silence_s,
        "limits.contacts" => &mut limits.contacts,
        "limits.sessionExpiresS" => &mut limits.session_expires_s,
        "limits.storageEntries" => &mut limits.storage_entries,
        "limits.sockets" => &mut limits.sockets,
        "limits.socketBufferS" => &mut limits.socket_buffer_s,
        "limits.socketMessageKb" => &mut limits.socket_message_kb,
        "limits.socketTraceKb" => &mut limits.socket_trace_kb,
        "limits.minSeS" => &mut limits.min_se_s,
        name => return Err(format!("there is no setting `{name}`")),
    };
    *number = value
        .parse()
        .map_err(|_| format!("`{value}` is no number"))?;
    Ok(())
}

/// `media.codecs`, `users.bob.ptimeMs`, `trunks.world.comfortNoise`; `None` where it is none of these. A list is
/// written with commas.
fn set_wanted(settings: &mut Settings, name: &str, value: &str) -> Option<Result<(), String>> {
    let (owner, key) = name.rsplit_once('.')?;
    let wanted = match owner.split_once('.') {
        None if owner == "media" => &mut settings.media.wanted,
        Some(("users", name)) => &mut settings.users.get_mut(name)?.sound.wanted,
        Some(("trunks", name)) => {
            let mut trunks = settings.trunks.iter_mut();
            &mut trunks.find(|trunk| trunk.name == name)?.sound.wanted
        }
        None | Some(_) => return None,
    };
    let before = *wanted;
    match key {
        "codecs" => {
            let codecs: Option<Vec<Codec>> = value.split(',').map(Codec::labelled).collect();
            wanted.codecs = codecs.and_then(|codecs| Codecs::new(&codecs));
            if wanted.codecs.is_none() {
                return Some(Err(format!("`{value}` is no list of codecs")));
            }
        }
        "ptimeMs" => wanted.ptime_ms = value.parse().ok(),
        "comfortNoise" => wanted.comfort_noise = value == "true",
        _ => return None,
    }
    let after = *wanted;
    if owner == "media" {
        // As the configuration has it: who says nothing else has the general ones.
        let users = settings.users.values_mut().map(|user| &mut user.sound);
        let trunks = settings.trunks.iter_mut().map(|trunk| &mut trunk.sound);
        let sounds = users.chain(trunks).filter(|sound| sound.wanted == before);
        sounds.for_each(|sound| sound.wanted = after);
    }
    Some(Ok(()))
}

/// A key of `transfer` or of a trunk's `transfer`; `None` where it is none of the firewall's.
fn set_policy(policy: &mut Policy, key: &str, value: &str) -> Option<Result<(), String>> {
    let number = || {
        let number = value.parse::<u32>();
        number.map_err(|_| format!("`{value}` is no number"))
    };
    let pattern = || Pattern::new(value).map_err(|fault| fault.to_string());
    Some(match key {
        "targets.allow" => pattern().map(|pattern| {
            let targets = policy.targets.get_or_insert_default();
            targets.allow.get_or_insert_default().push(pattern);
        }),
        "targets.deny" => pattern().map(|pattern| {
            let targets = policy.targets.get_or_insert_default();
            targets.deny.push(pattern);
        }),
        "perCall" => number().map(|number| policy.per_call = Some(number)),
        "perMinute" => number().map(|number| policy.per_minute = Some(number)),
        "maxDepth" => number().map(|number| policy.max_depth = Some(number)),
        "outOfDialog" => {
            policy.out_of_dialog = Some(value == "true");
            Ok(())
        }
        _ => return None,
    })
}
