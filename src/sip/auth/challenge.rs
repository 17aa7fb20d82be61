//! We ask: challenges to phones, and the verdict on what they answer (RFC 3261 §22.4, RFC 8760 §2.3).
//!
//! Nothing is kept for a request without right credentials. What is kept for right ones, the counts
//! of their nonces, is bounded.

use std::time::{Duration, Instant};

use super::nonce::{Mint, Nonce, Uses};
use crate::base::Dice;
use crate::base::pii::Secret;
use crate::base::seal::same;
use crate::sip::message::digest::{Algorithm, DigestFields, Proof};
use crate::sip::message::{Headers, Name, Request, Uri};

/// How long a nonce may be used after it was made.
pub const NONCE_LIFETIME: Duration = Duration::from_secs(300);

/// Asks for credentials in one realm and judges them.
pub struct Challenger {
    realm: String,
    /// Offered, best first.
    algorithms: Vec<Algorithm>,
    lifetime: Duration,
    started: Instant,
    mint: Mint,
    uses: Uses,
    /// The password of users that do not exist: their requests cost what others cost.
    decoy: Secret,
}

/// What a request's credentials are worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// None for our realm and with a nonce of ours: ask. No password was tried.
    Missing,
    /// Right, but the nonce is too old or was used so before: ask again, with `stale=true`.
    Stale,
    /// Wrong password, unknown user, or not what we asked for: ask again, and count it as a guess.
    Wrong,
    /// Right. The user is who the credentials say, whatever From says.
    Ok { username: String },
}

/// What a challenge offers. Phones that know no SHA-256 take the MD5 beside it (RFC 8760 §2.4), but old
/// ones give up at the sight of what they do not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Offer {
    /// SHA-256 first, MD5 behind it.
    #[default]
    Both,
    Sha256,
    Md5,
}

impl Challenger {
    /// The dice deal the secret, so nonces do not outlive the program.
    pub fn new(realm: &str, offer: Offer, mut dice: Dice, now: Instant) -> Self {
        let algorithms = match offer {
            Offer::Both => vec![Algorithm::Sha256, Algorithm::Md5],
            Offer::Sha256 => vec![Algorithm::Sha256],
            Offer::Md5 => vec![Algorithm::Md5],
        };
        Challenger {
            realm: realm.to_string(),
            algorithms,
            lifetime: NONCE_LIFETIME,
            started: now,
            decoy: Secret::new(dice.token(8)),
            mint: Mint::new(realm, dice),
            uses: Uses::new(),
        }
    }

    pub fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    pub fn realm(&self) -> &str {
        &self.realm
    }

    /// The `WWW-Authenticate` headers of a 401, one per algorithm, the best first.
    pub fn challenge(&mut self, verdict: &Verdict, now: Instant) -> Headers {
        let nonce = self.mint.issue(now.duration_since(self.started));
        let mut headers = Headers::new();
        for algorithm in &self.algorithms {
            let mut fields = DigestFields::default()
                .with("realm", &self.realm)
                .with("nonce", &nonce)
                .with("algorithm", algorithm.as_str())
                .with("qop", "auth");
            if *verdict == Verdict::Stale {
                fields = fields.with("stale", "true");
            }
            headers.push(Name::WwwAuthenticate, fields.to_string());
        }
        headers
    }

    /// Judges the credentials of a request. `lookup` gives the password of a user; a user without one
    /// is treated as one that does not exist. Not for ACK and CANCEL, which nobody can ask again
    /// (§22.1).
    pub fn judge(
        &mut self,
        request: &Request,
        lookup: &dyn Fn(&str) -> Option<Secret>,
        now: Instant,
    ) -> Verdict {
        let fields = match self.credentials(request) {
            Some(Ok(fields)) => fields,
            Some(Err(())) => return Verdict::Wrong,
            None => return Verdict::Missing,
        };
        let Some(nonce) = fields.value("nonce").and_then(|n| self.mint.recognise(n)) else {
            return Verdict::Missing;
        };
        let Some((username, count)) = self.check(&fields, request, lookup) else {
            return Verdict::Wrong;
        };
        match self.is_fresh(nonce, count, now) {
            true => Verdict::Ok { username },
            false => Verdict::Stale,
        }
    }

    /// The first digest credentials for our realm; an error where they cannot be read.
    fn credentials(&self, request: &Request) -> Option<Result<DigestFields, ()>> {
        request
            .headers
            .all(&Name::Authorization)
            .filter_map(|value| DigestFields::parse(value))
            .find_map(|fields| match fields {
                Ok(fields) if fields.value("realm") == Some(&self.realm) => Some(Ok(fields)),
                Ok(_) => None,
                Err(_) => Some(Err(())),
            })
    }

    /// The user and the nonce count, where the credentials are those of this request and right.
    fn check(
        &self,
        fields: &DigestFields,
        request: &Request,
        lookup: &dyn Fn(&str) -> Option<Secret>,
    ) -> Option<(String, Option<u32>)> {
        let algorithm = Algorithm::parse(fields.value("algorithm"))
            .filter(|algorithm| self.algorithms.contains(algorithm))?;
        let (username, uri) = (fields.value("username")?, fields.value("uri")?);
        if !is_meant(uri, &request.uri) {
            return None;
        }
        let counted = match fields.value("qop") {
            None => None,
            Some(qop) if qop.eq_ignore_ascii_case("auth") => {
                Some((fields.value("nc")?, fields.value("cnonce")?))
            }
            Some(_) => return None,
        };
        let count = match counted {
            Some((digits, _)) if digits.len() == 8 => Some(u32::from_str_radix(digits, 16).ok()?),
            Some(_) => return None,
            None => None,
        };

        let known = lookup(username);
        let password = known.as_ref().unwrap_or(&self.decoy);
        let proof = Proof {
            algorithm,
            username,
            password: password.reveal(),
            realm: &self.realm,
            method: &request.method,
            uri,
            nonce: fields.value("nonce")?,
            counted,
        };
        let response = fields.value("response")?.to_ascii_lowercase();
        let is_right = same(proof.response()?.as_bytes(), response.as_bytes());
        (is_right && known.is_some()).then(|| (username.to_string(), count))
    }

    fn is_fresh(&mut self, nonce: Nonce, count: Option<u32>, now: Instant) -> bool {
        let now_ms = now.duration_since(self.started).as_millis() as u64;
        let valid_from_ms = now_ms.saturating_sub(self.lifetime.as_millis() as u64);
        nonce.issued_ms >= valid_from_ms && self.uses.note(nonce, count, valid_from_ms)
    }
}

/// Whether credentials made for `uri` are meant for a request to `requested`: the same user at the
/// same host and port. Phones differ in what parameters they repeat (§22.4 item 5).
fn is_meant(uri: &str, requested: &Uri) -> bool {
    match (Uri::parse(uri.as_bytes()), requested) {
        (Ok(Uri::Sip(uri)), Uri::Sip(requested)) => {
            uri.raw_user == requested.raw_user
                && uri.host.eq_ignore_ascii_case(&requested.host)
                && uri.port == requested.port
        }
        (Ok(uri), requested) => uri == *requested,
        (Err(_), _) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::auth::Answerer;
    use crate::sip::message::{Method, Response};
    use crate::sip::stack::Credentials;

    /// A registrar for `example.com` that knows alice, and a phone.
    struct Bench {
        challenger: Challenger,
        now: Instant,
        phone: Answerer,
        dice: Dice,
    }

    fn bench() -> Bench {
        let now = Instant::now();
        Bench {
            challenger: Challenger::new("example.com", Offer::Both, Dice::from_seed(1), now),
            now,
            phone: Answerer::new(),
            dice: Dice::from_seed(2),
        }
    }

    fn users(name: &str) -> Option<Secret> {
        (name == "alice").then(|| Secret::new("s3cret"))
    }

    fn credentials(username: &str, password: &str) -> Credentials {
        Credentials {
            username: username.to_string(),
            password: Secret::new(password),
        }
    }

    fn register() -> Request {
        let uri = Uri::parse(b"sip:example.com").expect("a URI");
        Request::new(Method::Register, uri)
    }

    impl Bench {
        fn judge(&mut self, request: &Request) -> Verdict {
            self.challenger.judge(request, &users, self.now)
        }

        fn refusal(&mut self, verdict: &Verdict) -> Response {
            let mut response = register().response(401, None, "t");
            let headers = self.challenger.challenge(verdict, self.now);
            response.headers.append(headers);
            response
        }

        /// The request with the phone's answer to a fresh challenge.
        fn answered(&mut self, request: Request, username: &str, password: &str) -> Request {
            let response = self.refusal(&Verdict::Missing);
            let credentials = credentials(username, password);
            let header = self
                .phone
                .answer(&response, &request, &credentials, &mut self.dice);
            let (name, value) = header.expect("the phone answers");
            let mut request = request;
            request.headers.set(name, value);
            request
        }

        fn changed(&mut self, from: &str, to: &str) -> Verdict {
            let mut request = self.answered(register(), "alice", "s3cret");
            let value = request.headers.text(&Name::Authorization).expect("there");
            assert!(value.contains(from), "{value}");
            let value = value.replace(from, to);
            request.headers.set(Name::Authorization, value);
            self.judge(&request)
        }
    }

    fn ok() -> Verdict {
        Verdict::Ok {
            username: "alice".to_string(),
        }
    }

    #[test]
    fn the_best_algorithm_is_offered_first_and_either_can_be_turned_off() {
        fn check(offer: Offer, algorithms: &[&str]) {
            let now = Instant::now();
            let mut challenger = Challenger::new("a \"b\"", offer, Dice::from_seed(1), now);
            let headers = challenger.challenge(&Verdict::Missing, now);
            let offered: Vec<_> = headers
                .all(&Name::WwwAuthenticate)
                .map(|value| DigestFields::parse(value).expect("digest").expect("read"))
                .map(|fields| {
                    assert_eq!(fields.value("realm"), Some("a \"b\""));
                    assert_eq!(fields.value("qop"), Some("auth"));
                    assert_eq!(fields.value("stale"), None);
                    fields.value("algorithm").expect("named").to_string()
                })
                .collect();
            assert_eq!(offered, algorithms);
        }
        check(Offer::Both, &["SHA-256", "MD5"]);
        check(Offer::Sha256, &["SHA-256"]);
        check(Offer::Md5, &["MD5"]);
    }

    #[test]
    fn the_right_password_opens_and_counts_on() {
        let mut bench = bench();
        assert_eq!(bench.judge(&register()), Verdict::Missing);
        let request = bench.answered(register(), "alice", "s3cret");
        assert_eq!(bench.judge(&request), ok());

        let credentials = credentials("alice", "s3cret");
        for _ in 0..20 {
            let mut next = register();
            let header = bench.phone.again(&next, &credentials, &mut bench.dice);
            let (name, value) = header.expect("challenged before");
            next.headers.push(name, value);
            assert_eq!(bench.judge(&next), ok());
        }
    }

    #[test]
    fn a_wrong_password_and_an_unknown_user_look_the_same() {
        let mut bench = bench();
        for (username, password) in [("alice", "guess"), ("bob", "guess"), ("", "")] {
            let request = bench.answered(register(), username, password);
            assert_eq!(bench.judge(&request), Verdict::Wrong, "{username}");
            bench.phone = Answerer::new();
        }
    }

    #[test]
    fn a_replay_is_stale_and_proves_nothing_for_another_request() {
        let mut bench = bench();
        let request = bench.answered(register(), "alice", "s3cret");
        assert_eq!(bench.judge(&request), ok());
        assert_eq!(bench.judge(&request), Verdict::Stale);

        let mut invite = request.clone();
        invite.method = Method::Invite;
        assert_eq!(bench.judge(&invite), Verdict::Wrong);
        let mut elsewhere = request.clone();
        elsewhere.uri = Uri::parse(b"sip:900@example.com").expect("a URI");
        assert_eq!(bench.judge(&elsewhere), Verdict::Wrong);
        let mut other_host = request;
        other_host.uri = Uri::parse(b"sip:example.net").expect("a URI");
        assert_eq!(bench.judge(&other_host), Verdict::Wrong);
    }

    #[test]
    fn a_nonce_grows_old_and_the_phone_tries_again() {
        let mut bench = bench();
        let request = bench.answered(register(), "alice", "s3cret");
        bench.now += NONCE_LIFETIME + Duration::from_millis(1);
        assert_eq!(bench.judge(&request), Verdict::Stale);
        let refusal = bench.refusal(&Verdict::Stale);
        let credentials = credentials("alice", "s3cret");
        let header = bench
            .phone
            .answer(&refusal, &request, &credentials, &mut bench.dice);
        let (name, value) = header.expect("stale is no refusal");
        let mut retried = request;
        retried.headers.set(name, value);
        assert_eq!(bench.judge(&retried), ok());
    }

    #[test]
    fn an_old_nonce_with_a_wrong_password_is_not_called_stale() {
        let mut bench = bench();
        let request = bench.answered(register(), "alice", "guess");
        bench.now += NONCE_LIFETIME * 2;
        assert_eq!(bench.judge(&request), Verdict::Wrong);
    }

    #[test]
    fn a_nonce_of_before_the_restart_is_asked_anew() {
        let mut bench = bench();
        let request = bench.answered(register(), "alice", "s3cret");
        bench.challenger =
            Challenger::new("example.com", Offer::Both, Dice::from_seed(9), bench.now);
        assert_eq!(bench.judge(&request), Verdict::Missing);
    }

    #[test]
    fn credentials_of_other_forms_are_asked_for_again() {
        let mut bench = bench();
        let mut check = |from: &str, to: &str, verdict: Verdict| {
            assert_eq!(bench.changed(from, to), verdict, "{from} -> {to}");
        };
        check("Digest", "digest", ok());
        check("Digest", "Bearer", Verdict::Missing);
        check("realm=\"example.com\"", "realm=\"other\"", Verdict::Missing);
        check("SHA-256", "SHA-256-sess", Verdict::Wrong);
        check("SHA-256", "MD5", Verdict::Wrong);
        check("SHA-256", "SHA-512-256", Verdict::Wrong);
        check("qop=auth", "qop=auth-int", Verdict::Wrong);
        check("qop=auth, ", "", Verdict::Wrong);
        check("nc=00000001", "nc=1", Verdict::Wrong);
        check("nc=00000001", "nc=+0000001", Verdict::Wrong);
        check("nc=00000001", "nc=00000001, nc=00000002", Verdict::Wrong);
        check("username=", "user=", Verdict::Wrong);
        check("username=\"alice\"", "username=\"alice", Verdict::Wrong);
        check("nonce=\"", "nonce=\"0", Verdict::Missing);
    }

    #[test]
    fn hex_in_upper_case_and_credentials_for_other_realms_beside_ours_are_fine() {
        let mut bench = bench();
        let mut request = bench.answered(register(), "alice", "s3cret");
        let value = request.headers.text(&Name::Authorization).expect("there");
        let at = value.find("response=\"").expect("there") + 10;
        let upper = value[at..at + 64].to_ascii_uppercase();
        let value = format!("{}{upper}{}", &value[..at], &value[at + 64..]);
        request.headers.remove(&Name::Authorization);
        let other = "Digest realm=\"other\", nonce=\"x\", response=\"y\"";
        request.headers.push(Name::Authorization, other);
        request.headers.push(Name::Authorization, value);
        assert_eq!(bench.judge(&request), ok());
    }

    #[test]
    fn a_client_without_qop_is_taken_once() {
        let mut bench = bench();
        let mut refusal = bench.refusal(&Verdict::Missing);
        let value = refusal.headers.text(&Name::WwwAuthenticate).expect("there");
        let value = value.replace(", qop=\"auth\"", "");
        refusal.headers.set(Name::WwwAuthenticate, value);
        let mut request = register();
        let credentials = credentials("alice", "s3cret");
        let header = bench
            .phone
            .answer(&refusal, &request, &credentials, &mut bench.dice);
        let (name, value) = header.expect("answered");
        assert!(!value.contains("cnonce"), "{value}");
        request.headers.push(name, value);
        assert_eq!(bench.judge(&request), ok());
        assert_eq!(bench.judge(&request), Verdict::Stale);
    }

    #[test]
    fn a_uri_may_differ_in_parameters_only() {
        fn check(uri: &str, requested: &str, meant: bool) {
            let requested = Uri::parse(requested.as_bytes()).expect("a URI");
            assert_eq!(is_meant(uri, &requested), meant, "{uri} for {requested}");
        }
        check("sip:a@EXAMPLE.com", "sip:a@example.com;transport=tcp", true);
        check("sip:b@example.com", "sip:a@example.com", false);
        check("sip:a@example.com:5070", "sip:a@example.com", false);
        check("tel:+49", "tel:+49", true);
        check("tel:+49", "sip:+49@example.com", false);
        check("", "sip:a@example.com", false);
    }
}
