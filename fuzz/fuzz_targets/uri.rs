//! Any URI: nothing panics, and what is read is written and read again as the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use switchhook::sip::message::Uri;

fuzz_target!(|text: &[u8]| {
    if let Ok(uri) = Uri::parse(text) {
        let _ = uri.user();
        assert_eq!(Uri::parse(uri.to_string().as_bytes()).as_ref(), Ok(&uri));
        let bare = uri.without_headers();
        assert_eq!(Uri::parse(bare.to_string().as_bytes()), Ok(bare));
    }
});
