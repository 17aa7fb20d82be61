//! Any challenge or credentials: nothing panics, written fields are read again, and nobody gets in.

#![no_main]

use std::time::Instant;

use libfuzzer_sys::fuzz_target;
use switchhook::base::Dice;
use switchhook::base::pii::Secret;
use switchhook::sip::auth::challenge::Offer;
use switchhook::sip::auth::{Answerer, Challenger, Verdict};
use switchhook::sip::message::digest::DigestFields;
use switchhook::sip::message::{Method, Name, Request, Uri};
use switchhook::sip::stack::Credentials;

fuzz_target!(|value: &[u8]| {
    if let Some(Ok(fields)) = DigestFields::parse(value) {
        let written = fields.to_string();
        let again = DigestFields::parse(written.as_bytes());
        let again = again.expect("Digest").expect("what is written can be read");
        assert_eq!(again.to_string(), written);
    }

    let now = Instant::now();
    let mut request = Request::new(Method::Register, Uri::sip("", "example.com", None));
    let refused = request.response(401, None, "tag");
    request.headers.push(Name::Authorization, value.to_vec());
    let mut challenger = Challenger::new("example.com", Offer::Both, Dice::from_seed(1), now);
    let verdict = challenger.judge(&request, &|_| Some(Secret::new("secret")), now);
    assert!(!matches!(verdict, Verdict::Ok { .. }));

    let mut response = refused;
    response.headers.push(Name::WwwAuthenticate, value.to_vec());
    let credentials = Credentials {
        username: "alice".to_string(),
        password: Secret::new("secret"),
    };
    let request = Request::new(Method::Register, Uri::sip("", "example.com", None));
    let answer = Answerer::new().answer(&response, &request, &credentials, &mut Dice::from_seed(2));
    if let Some((_, value)) = answer {
        let fields = DigestFields::parse(value.as_bytes());
        let fields = fields.expect("Digest").expect("an answer can be read");
        assert_eq!(fields.value("username"), Some("alice"));
    }
});
