//! The ringing tones of countries: what a caller hears while it rings at the other end.
//!
//! Frequencies and cadences are those that national administrations have told the ITU (supplement 2 to E.180, as the
//! tables of other exchanges repeat them); it gives no levels. Russia and the United States are as VoxEngine has them.
//! Tones that are a carrier, modulated by some 25 Hz, are left out: two sines are not the same.

const PAIR_2_4: &str = "440@-19,480@-19;*(2/4/1+2)";
const PAIR_1_2: &str = "440@-19,480@-19;*(1/2/1+2)";
const DOUBLE: &str = "400@-19,450@-19;*(.4/.2/1+2,.4/2/1+2)";
const ONE_FOUR: &str = "425@-15;*(1/4/1)";

/// A tone script; `None` where the country is not known.
pub(super) fn of(country: &str) -> Option<&'static str> {
    let [first, second] = *country.as_bytes() else {
        return None;
    };
    let country = [first.to_ascii_uppercase(), second.to_ascii_uppercase()];
    Some(match &country {
        b"US" | b"CA" | b"PR" => PAIR_2_4,
        b"KR" | b"TW" => PAIR_1_2,
        b"GB" | b"IE" | b"NZ" => DOUBLE,
        b"AU" => "413@-19,438@-19;*(.4/.2/1+2,.4/2/1+2)",
        b"BG" | b"BR" | b"CH" | b"CZ" | b"DE" | b"DK" | b"EE" | b"FI" | b"GR" | b"HR" | b"IT"
        | b"LT" | b"LV" | b"MX" | b"NL" | b"NO" | b"PL" | b"RU" | b"SI" | b"SK" | b"UA" | b"VE" => {
            ONE_FOUR
        }
        b"AT" => "420@-15;*(1/5/1)",
        b"BE" => "425@-15;*(1/3/1)",
        b"CL" | b"IL" => "400@-15;*(1/3/1)",
        b"CN" => "450@-15;*(1/4/1)",
        b"ES" => "425@-15;*(1.5/3/1)",
        b"FR" => "440@-15;*(1.5/3.5/1)",
        b"HU" => "425@-15;*(1.25/3.75/1)",
        b"MY" => "425@-15;*(.4/.2/1,.4/2/1)",
        b"PH" => "425@-19,480@-19;*(1/4/1+2)",
        b"PT" | b"SE" => "425@-15;*(1/5/1)",
        b"TH" => "420@-15;*(1/5/1)",
        b"TR" => "450@-15;*(2/4/1)",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::tone::ToneScript;

    #[test]
    fn every_country_has_a_tone_that_goes_on_for_ever() {
        let letters = || (b'A'..=b'Z').map(char::from);
        let known: Vec<String> = letters()
            .flat_map(|first| letters().map(move |second| format!("{first}{second}")))
            .filter(|country| of(country).is_some())
            .collect();
        for country in &known {
            let script = ToneScript::ringback(&country.to_lowercase()).expect(country);
            assert_eq!(script.duration(), None, "{country}");
        }
        assert_eq!(known.len(), 45, "{known:?}");
        for none in ["", "U", "USA", "XX", "ü", "u\0"] {
            assert_eq!(ToneScript::ringback(none), None, "{none}");
        }
    }
}
