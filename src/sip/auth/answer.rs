//! We are asked: credentials for a 401 or 407 (RFC 3261 §22.2, RFC 8760 §2.4).
//!
//! An [`Answerer`] belongs to one peer's credentials, in one dialog or registration. It answers in the
//! first realm that it answered in and in no other, so a stranger who asks for a trunk's password
//! learns nothing; whether the peer is the one that the credentials are for, the caller knows.

use crate::base::Dice;
use crate::sip::message::digest::{Algorithm, DigestFields, Proof};
use crate::sip::message::{Name, Request, Response};
use crate::sip::stack::Credentials;

/// Answers challenges, and keeps count of how often.
#[derive(Clone, Debug, Default)]
pub struct Answerer {
    challenge: Option<Challenge>,
}

/// The last challenge that could be answered.
#[derive(Clone, Debug)]
struct Challenge {
    /// `Authorization` or `Proxy-Authorization`.
    answer_in: Name,
    realm: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: Algorithm,
    /// As the challenge spelled it; echoed only where it did.
    spelled: Option<String>,
    counts: bool,
    /// How many answers were made with this nonce.
    count: u32,
}

impl Answerer {
    pub fn new() -> Self {
        Answerer::default()
    }

    /// The header that lets `request`, which was refused with `response`, pass. `None` where no
    /// challenge is understood, where the realm is not the one that was answered before, and where the
    /// request already held an answer to such a challenge: the credentials are wrong then (§22.2).
    pub fn answer(
        &mut self,
        response: &Response,
        request: &Request,
        credentials: &Credentials,
        dice: &mut Dice,
    ) -> Option<(Name, String)> {
        let (asked_in, answer_in) = match response.code {
            401 => (Name::WwwAuthenticate, Name::Authorization),
            407 => (Name::ProxyAuthenticate, Name::ProxyAuthorization),
            _ => return None,
        };
        let (challenge, is_stale) = response
            .headers
            .all(&asked_in)
            .filter_map(|value| DigestFields::parse(value)?.ok())
            .filter(|fields| self.is_ours(fields.value("realm")))
            .find_map(|fields| Challenge::read(&fields, &answer_in))?;
        if !is_stale && was_answered(request, &challenge) {
            return None;
        }
        self.challenge = Some(challenge);
        self.again(request, credentials, dice)
    }

    /// The header for a further request to a peer that has challenged before; `None` where it has not.
    pub fn again(
        &mut self,
        request: &Request,
        credentials: &Credentials,
        dice: &mut Dice,
    ) -> Option<(Name, String)> {
        let challenge = self.challenge.as_mut()?;
        let value = challenge.answer(request, credentials, dice)?;
        Some((challenge.answer_in.clone(), value))
    }

    fn is_ours(&self, realm: Option<&str>) -> bool {
        match (&self.challenge, realm) {
            (Some(before), Some(realm)) => before.realm == realm,
            (None, Some(_)) => true,
            (_, None) => false,
        }
    }
}

impl Challenge {
    /// `None` where we cannot answer it: an unknown algorithm, or `auth-int` alone. With it, whether
    /// it says that the nonce was stale.
    fn read(fields: &DigestFields, answer_in: &Name) -> Option<(Challenge, bool)> {
        let spelled = fields.value("algorithm");
        let counts = match fields.value("qop") {
            None | Some("") => false,
            Some(offered) => offered
                .split(',')
                .any(|qop| qop.trim().eq_ignore_ascii_case("auth"))
                .then_some(true)?,
        };
        let challenge = Challenge {
            answer_in: answer_in.clone(),
            realm: fields.value("realm")?.to_string(),
            nonce: fields.value("nonce")?.to_string(),
            opaque: fields.value("opaque").map(str::to_string),
            algorithm: Algorithm::parse(spelled)?,
            spelled: spelled.map(str::to_string),
            counts,
            count: 0,
        };
        let is_stale = fields
            .value("stale")
            .is_some_and(|stale| stale.eq_ignore_ascii_case("true"));
        Some((challenge, is_stale))
    }

    fn answer(
        &mut self,
        request: &Request,
        credentials: &Credentials,
        dice: &mut Dice,
    ) -> Option<String> {
        self.count += 1;
        let uri = request.uri.to_string();
        let (count, cnonce) = (format!("{:08x}", self.count), dice.token(8));
        let counted = self.counts.then_some((count.as_str(), cnonce.as_str()));
        let response = Proof {
            algorithm: self.algorithm,
            username: &credentials.username,
            password: credentials.password.reveal(),
            realm: &self.realm,
            method: &request.method,
            uri: &uri,
            nonce: &self.nonce,
            counted,
        }
        .response()?;

        let mut fields = DigestFields::default()
            .with("username", &credentials.username)
            .with("realm", &self.realm)
            .with("nonce", &self.nonce)
            .with("uri", &uri)
            .with("response", response);
        if let Some(spelled) = &self.spelled {
            fields = fields.with("algorithm", spelled);
        }
        if let Some((count, cnonce)) = counted {
            fields = fields
                .with("qop", "auth")
                .with("nc", count)
                .with("cnonce", cnonce);
        }
        if let Some(opaque) = &self.opaque {
            fields = fields.with("opaque", opaque);
        }
        Some(fields.to_string())
    }
}

/// Whether the request held the direct answer to a challenge of this realm. An answer with a higher
/// count came from an older challenge, whose nonce the peer may have forgotten.
fn was_answered(request: &Request, challenge: &Challenge) -> bool {
    request
        .headers
        .all(&challenge.answer_in)
        .filter_map(|value| DigestFields::parse(value)?.ok())
        .filter(|fields| fields.value("realm") == Some(&challenge.realm))
        .any(|fields| matches!(fields.value("nc"), None | Some("00000001")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::pii::Secret;
    use crate::sip::message::{Method, Uri};

    fn invite() -> Request {
        let uri = Uri::parse(b"sip:123@trunk.example;user=phone").expect("a URI");
        Request::new(Method::Invite, uri)
    }

    fn asking(code: u16, challenges: &[&'static str]) -> Response {
        let mut response = invite().response(code, None, "t");
        for challenge in challenges {
            let name = match code {
                407 => Name::ProxyAuthenticate,
                _ => Name::WwwAuthenticate,
            };
            response.headers.push(name, *challenge);
        }
        response
    }

    fn answer_of(
        answerer: &mut Answerer,
        response: &Response,
        request: &Request,
    ) -> Option<(Name, String)> {
        let credentials = Credentials {
            username: "us".to_string(),
            password: Secret::new("pw"),
        };
        answerer.answer(response, request, &credentials, &mut Dice::from_seed(3))
    }

    fn check(code: u16, challenges: &[&'static str], answer: Option<&str>) {
        let answered = answer_of(&mut Answerer::new(), &asking(code, challenges), &invite());
        let printed = answered.map(|(name, value)| format!("{name}: {value}"));
        let hidden = printed.map(|text| hide(&hide(&text, "response"), "cnonce"));
        assert_eq!(hidden.as_deref(), answer, "{challenges:?}");
    }

    fn hide(text: &str, field: &str) -> String {
        match text.split_once(&format!(" {field}=\"")) {
            Some((before, rest)) => {
                let after = rest.split_once('"').map_or("", |(_, after)| after);
                format!("{before} {field}=…{after}")
            }
            None => text.to_string(),
        }
    }

    #[test]
    fn the_first_challenge_that_is_understood_is_answered() {
        check(
            401,
            &[
                r#"Digest realm="t", nonce="n1", algorithm=SHA-512-256-sess, qop="auth""#,
                r#"Digest realm="t", nonce="n2", algorithm=SHA-256, qop="auth-int,auth", opaque="o\"p""#,
                r#"Digest realm="t", nonce="n3", algorithm=MD5, qop="auth""#,
            ],
            Some(
                r#"Authorization: Digest username="us", realm="t", nonce="n2", uri="sip:123@trunk.example;user=phone", response=…, algorithm=SHA-256, qop=auth, nc=00000001, cnonce=…, opaque="o\"p""#,
            ),
        );
    }

    #[test]
    fn a_challenge_of_the_old_kind_gets_an_answer_of_the_old_kind() {
        check(
            407,
            &[r#"Digest realm="t",nonce="n""#],
            Some(
                r#"Proxy-Authorization: Digest username="us", realm="t", nonce="n", uri="sip:123@trunk.example;user=phone", response=…"#,
            ),
        );
    }

    #[test]
    fn what_cannot_be_answered_is_not() {
        check(401, &[], None);
        check(401, &[r#"Basic realm="t""#], None);
        check(401, &[r#"Digest realm="t""#], None);
        check(401, &[r#"Digest nonce="n""#], None);
        check(
            401,
            &[r#"Digest realm="t", nonce="n", qop="auth-int""#],
            None,
        );
        check(
            401,
            &[r#"Digest realm="t", nonce="n", algorithm=SHA-3"#],
            None,
        );
        check(403, &[r#"Digest realm="t", nonce="n""#], None);
    }

    #[test]
    fn the_same_credentials_are_not_tried_twice() {
        let mut answerer = Answerer::new();
        let mut request = invite();
        let first = asking(401, &[r#"Digest realm="t", nonce="n1", qop="auth""#]);
        let (name, value) = answer_of(&mut answerer, &first, &request).expect("answered");
        request.headers.push(name, value);

        let again = asking(401, &[r#"Digest realm="t", nonce="n2", qop="auth""#]);
        assert_eq!(answer_of(&mut answerer, &again, &request), None);
        let stale = asking(
            401,
            &[r#"Digest realm="t", nonce="n2", qop="auth", stale=TRUE"#],
        );
        assert!(answer_of(&mut answerer, &stale, &request).is_some());
    }

    #[test]
    fn a_nonce_that_the_peer_forgot_is_replaced_once() {
        let mut answerer = Answerer::new();
        let first = asking(401, &[r#"Digest realm="t", nonce="n1", qop="auth""#]);
        answer_of(&mut answerer, &first, &invite()).expect("answered");
        let credentials = Credentials {
            username: "us".to_string(),
            password: Secret::new("pw"),
        };
        let mut later = invite();
        let header = answerer.again(&later, &credentials, &mut Dice::from_seed(4));
        let (name, value) = header.expect("challenged before");
        assert!(value.contains("nc=00000002"), "{value}");
        later.headers.push(name, value);
        let anew = asking(401, &[r#"Digest realm="t", nonce="n2", qop="auth""#]);
        let (_, value) = answer_of(&mut answerer, &anew, &later).expect("answered");
        assert!(value.contains("nonce=\"n2\"") && value.contains("nc=00000001"));
    }

    #[test]
    fn another_realm_learns_nothing() {
        let mut answerer = Answerer::new();
        let ours = asking(401, &[r#"Digest realm="t", nonce="n1""#]);
        answer_of(&mut answerer, &ours, &invite()).expect("answered");
        let other = asking(407, &[r#"Digest realm="other", nonce="n1""#]);
        assert_eq!(answer_of(&mut answerer, &other, &invite()), None);
    }
}
