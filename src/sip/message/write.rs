//! A message to bytes. Content-Length is always written, from the body.
//!
//! No field of a message can break out of its line, whoever filled it: the start line is cleaned
//! here, header values are clean already (see [`Headers`]).

use std::io::Write;

use bytes::Bytes;

use super::scan::{breaks_out, is_token_byte};
use crate::sip::message::{Headers, Message, Name, Request, Response};

/// What is usual between headers, in bytes.
const START_LINE: usize = 128;

impl Request {
    pub fn to_bytes(&self) -> Bytes {
        let mut out = Vec::with_capacity(length(&self.headers, &self.body));
        let method = self.method.as_str().bytes();
        out.extend(method.filter(|byte| is_token_byte(*byte)));
        out.push(b' ');
        let uri = self.uri.to_string();
        out.extend(uri.bytes().filter(|byte| *byte > b' ' && *byte != 0x7f));
        out.extend_from_slice(b" SIP/2.0\r\n");
        finish(out, &self.headers, &self.body)
    }
}

impl Response {
    pub fn to_bytes(&self) -> Bytes {
        let mut out = Vec::with_capacity(length(&self.headers, &self.body));
        out.extend_from_slice(b"SIP/2.0 ");
        write(&mut out, format_args!("{:03} ", self.code));
        let reason = self.reason.bytes();
        out.extend(reason.filter(|byte| !breaks_out(*byte)));
        out.extend_from_slice(b"\r\n");
        finish(out, &self.headers, &self.body)
    }
}

impl Message {
    pub fn to_bytes(&self) -> Bytes {
        match self {
            Message::Request(request) => request.to_bytes(),
            Message::Response(response) => response.to_bytes(),
        }
    }
}

fn length(headers: &Headers, body: &[u8]) -> usize {
    let fields = headers.iter();
    START_LINE
        + fields
            .map(|field| field.name.as_bytes().len() + field.value.len() + 4)
            .sum::<usize>()
        + body.len()
}

fn finish(mut out: Vec<u8>, headers: &Headers, body: &[u8]) -> Bytes {
    for field in headers.iter().filter(|f| f.name != Name::ContentLength) {
        out.extend_from_slice(field.name.as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(&field.value);
        out.extend_from_slice(b"\r\n");
    }
    write(
        &mut out,
        format_args!("Content-Length: {}\r\n\r\n", body.len()),
    );
    out.extend_from_slice(body);
    Bytes::from(out)
}

fn write(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a vector takes every byte");
}
