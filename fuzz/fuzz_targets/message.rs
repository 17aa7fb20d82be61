//! Any datagram: nothing panics, and what is read is written and read again as the same.

#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use switchhook::sip::message::{Message, Name, parse};

fn without_length(message: &Message) -> Message {
    let mut message = message.clone();
    match &mut message {
        Message::Request(request) => request.headers.remove(&Name::ContentLength),
        Message::Response(response) => response.headers.remove(&Name::ContentLength),
    }
    message
}

fuzz_target!(|datagram: &[u8]| {
    match parse(Bytes::copy_from_slice(datagram)) {
        Ok(message) => {
            let headers = message.headers();
            let _ = headers.contact();
            let _ = headers.max_forwards();
            let _ = headers.routes(&Name::Route);
            // Writing adds a Content-Length, and there may be 256 fields at most.
            if headers.len() == 256 {
                return;
            }
            let again = parse(message.to_bytes()).expect("what was read can be read again");
            assert_eq!(without_length(&again), without_length(&message));
            if let Message::Request(request) = &message {
                let response = request.response(486, None, "tag").to_bytes();
                assert!(parse(response).is_ok(), "an answer is well-formed");
            }
        }
        Err(fault) => {
            if let Some(response) = fault.response("tag") {
                let _ = parse(response.to_bytes());
            }
        }
    }
});
