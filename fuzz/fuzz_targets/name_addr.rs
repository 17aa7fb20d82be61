//! Any From, To, Contact, Route or Via: nothing panics, and what is read is written and read again
//! as the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use switchhook::sip::message::{Cseq, NameAddr, Via};

fuzz_target!(|value: &[u8]| {
    if let Ok(address) = NameAddr::parse(value) {
        let written = address.to_string();
        assert!(!written.contains(['\r', '\n', '\0']));
        let again = NameAddr::parse(written.as_bytes()).expect("what is written can be read");
        assert_eq!(again.uri, address.uri);
        assert_eq!(again.to_string(), written);
    }
    if let Ok(via) = Via::parse(value) {
        let written = via.to_string();
        let again = Via::parse(written.as_bytes()).expect("what is written can be read");
        assert_eq!(again.to_string(), written);
    }
    if let Ok(cseq) = Cseq::parse(value) {
        assert_eq!(Cseq::parse(cseq.to_string().as_bytes()), Ok(cseq));
    }
});
