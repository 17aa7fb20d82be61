//! The voices of VoxEngine, old and new, as those of a provider.

use std::collections::BTreeMap;

/// What a provider is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voice {
    /// As the provider names it.
    pub name: String,
    /// Such as `en-US`.
    pub language: String,
}

/// Languages by the words of the old names, with their region where the name has none of its own.
const LANGUAGES: &[(&str, &str)] = &[
    ("ARABIC", "ar"),
    ("BASQUE", "eu"),
    ("BULGARIAN", "bg"),
    ("CATALAN", "ca"),
    ("CHINESE", "cmn"),
    ("CROATIAN", "hr"),
    ("CZECH", "cs"),
    ("DANISH", "da"),
    ("DUTCH", "nl"),
    ("ENGLISH", "en"),
    ("FINNISH", "fi"),
    ("FRENCH", "fr"),
    ("GERMAN", "de"),
    ("GREEK", "el"),
    ("HEBREW", "he"),
    ("HINDI", "hi"),
    ("HUNGARIAN", "hu"),
    ("ICELANDIC", "is"),
    ("INDONESIAN", "id"),
    ("ITALIAN", "it"),
    ("JAPANESE", "ja"),
    ("KOREAN", "ko"),
    ("LATVIAN", "lv"),
    ("LITHUANIAN", "lt"),
    ("NORWEGIAN", "nb"),
    ("POLISH", "pl"),
    ("PORTUGUESE", "pt"),
    ("ROMANIAN", "ro"),
    ("RUSSIAN", "ru"),
    ("SERBIAN", "sr"),
    ("SLOVAK", "sk"),
    ("SLOVENIAN", "sl"),
    ("SPANISH", "es"),
    ("SWEDISH", "sv"),
    ("TAMIL", "ta"),
    ("THAI", "th"),
    ("TURKISH", "tr"),
    ("UKRAINIAN", "uk"),
    ("VIETNAMESE", "vi"),
    ("WELSH", "cy"),
];

impl Voice {
    /// The provider's voice for what a scenario names: that of the setting, else one made of its language. An
    /// unknown name is the provider's own. `None`: such a name is nobody's.
    pub fn of(
        name: Option<&str>,
        voices: &BTreeMap<String, String>,
        usual: Option<&str>,
    ) -> Option<Voice> {
        let language = name.and_then(language_of);
        let set = name.and_then(|name| voices.get(name)).map(String::as_str);
        let voice = match (set, &language, usual, name) {
            (Some(set), ..) => set.to_string(),
            (None, None, None, None) => "en-us".to_string(),
            (None, _, Some(usual), None) => usual.to_string(),
            (None, Some((language, is_female)), ..) => by_language(language, *is_female),
            (None, None, _, Some(name)) => name.to_string(),
        };
        let language = language.map_or_else(|| "en-US".to_string(), |(language, _)| language);
        is_name(&voice).then_some(Voice {
            name: voice,
            language,
        })
    }
}

/// As espeak-ng names it: a language, with another timbre for a woman's voice.
fn by_language(language: &str, is_female: bool) -> String {
    let lower = language.to_ascii_lowercase();
    let known = match lower.as_str() {
        "en-us" | "en-gb" | "pt-br" | "es-419" | "fr-be" | "fr-ch" => lower.clone(),
        "en-uk" => "en-gb".to_string(),
        "pt-pt" => "pt".to_string(),
        "zh-hk" => "yue".to_string(),
        _ => match lower.split('-').next() {
            Some("zh") => "cmn".to_string(),
            Some("no") => "nb".to_string(),
            Some("en") => "en-us".to_string(),
            first => first.unwrap_or("en-us").to_string(),
        },
    };
    match is_female {
        true => known + "+f3",
        false => known,
    }
}

/// The language of `US_ENGLISH_FEMALE`, `Premium.RU_RUSSIAN_MALE`, `Amazon.en_US_Joanna` or `de-DE`, and
/// whether the voice is a woman's.
fn language_of(name: &str) -> Option<(String, bool)> {
    let name = name.rsplit('.').next().unwrap_or(name);
    let parts: Vec<&str> = name.split(['_', '-']).collect();
    let is_female = parts.iter().any(|part| part.eq_ignore_ascii_case("female"));
    let old = parts.iter().enumerate().find_map(|(at, part)| {
        let (_, code) = LANGUAGES.iter().find(|(word, _)| word == part)?;
        let region = at.checked_sub(1).and_then(|before| parts.get(before));
        Some(match region {
            Some(&"UK") => format!("{code}-GB"),
            Some(region) if region.len() == 2 && *region != "EU" => format!("{code}-{region}"),
            _ => code.to_string(),
        })
    });
    if let Some(language) = old {
        return Some((language, is_female));
    }
    let (first, second) = (parts.first()?, parts.get(1)?);
    let is_code =
        (2..=3).contains(&first.len()) && first.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_region = second.len() == 2 && second.bytes().all(|byte| byte.is_ascii_uppercase());
    (is_code && is_region).then(|| (format!("{first}-{second}"), is_female))
}

/// The language of whatever a scenario may call one: `ENGLISH_US`, `Google.en_US`, `de-DE`, `fr`. `None`: it is no name of
/// one.
pub fn language(name: &str) -> Option<String> {
    if let Some((language, _)) = language_of(name)
        && language.contains('-')
    {
        return Some(language);
    }
    let name = name.rsplit('.').next().unwrap_or(name);
    let mut parts = name.split(['_', '-']);
    let first = parts.next()?;
    let region = parts.next().filter(|part| part.len() == 2);
    let old = LANGUAGES.iter().find(|(word, _)| *word == first);
    let is_code = (2..=3).contains(&first.len()) && first.bytes().all(|c| c.is_ascii_lowercase());
    let code = old.map(|(_, code)| *code).or(is_code.then_some(first))?;
    Some(match region {
        Some("UK") => format!("{code}-GB"),
        Some(region) => format!("{code}-{}", region.to_ascii_uppercase()),
        None => code.to_string(),
    })
}

/// A voice goes onto command lines and into URLs.
fn is_name(name: &str) -> bool {
    (1..=100).contains(&name.len())
        && !name.starts_with(['-', '.'])
        && !name.contains("..")
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-_.:() ".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_and_new_names_lead_to_a_voice() {
        for (name, voice, language) in [
            ("US_ENGLISH_FEMALE", "en-us+f3", "en-US"),
            ("UK_ENGLISH_MALE", "en-gb", "en-GB"),
            ("RU_RUSSIAN_FEMALE", "ru+f3", "ru-RU"),
            ("EU_GERMAN_MALE", "de", "de"),
            ("BR_PORTUGUESE_FEMALE", "pt-br+f3", "pt-BR"),
            ("Premium.RU_RUSSIAN_MALE", "ru", "ru-RU"),
            ("Amazon.en_US_Joanna", "en-us", "en-US"),
            ("Google.de_DE_Wavenet_A", "de", "de-DE"),
            ("Yandex.Neural.ru_RU_alena", "ru", "ru-RU"),
            ("mb-de4", "mb-de4", "en-US"),
        ] {
            let found = Voice::of(Some(name), &BTreeMap::new(), None).unwrap();
            assert_eq!(
                (found.name.as_str(), found.language.as_str()),
                (voice, language),
                "{name}"
            );
        }
    }

    #[test]
    fn the_setting_has_the_first_word() {
        let voices = [("Amazon.en_US_Joanna", "joanna"), ("Ada", "en_GB-ada")];
        let voices = voices.map(|(name, voice)| (name.to_string(), voice.to_string()));
        let voices = BTreeMap::from(voices);
        let of = |name| Voice::of(name, &voices, Some("usual")).unwrap().name;
        assert_eq!(of(Some("Amazon.en_US_Joanna")), "joanna");
        assert_eq!(of(Some("Ada")), "en_GB-ada");
        assert_eq!(of(None), "usual");
        assert_eq!(Voice::of(None, &voices, None).unwrap().name, "en-us");
    }

    #[test]
    fn what_could_be_an_option_or_a_path_is_no_voice() {
        for name in ["-f/etc/passwd", "../x", "a/b", "a;b", "", "a\nb", "$(x)"] {
            assert_eq!(
                Voice::of(Some(name), &BTreeMap::new(), None),
                None,
                "{name:?}"
            );
        }
    }
}
