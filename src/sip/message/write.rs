//! A message to bytes. Content-Length is always written, from the body.

use bytes::Bytes;

use crate::sip::message::{Message, Request, Response};

impl Request {
    pub fn to_bytes(&self) -> Bytes {
        todo!()
    }
}

impl Response {
    pub fn to_bytes(&self) -> Bytes {
        todo!()
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
