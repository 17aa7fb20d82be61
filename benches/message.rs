//! What a call's INVITE costs to read: parsed, and every header that a call asks for. Goal: 6 µs.

use std::hint::black_box;

use bytes::Bytes;
use criterion::{Criterion, criterion_group, criterion_main};
use switchhook::sip::message::{Message, Name, parse};

/// 750 bytes, as a softphone sends it.
const INVITE: &str = "INVITE sip:+4930123456@example.com;user=phone SIP/2.0\r
Via: SIP/2.0/UDP 192.0.2.10:5060;rport;branch=z9hG4bKPj3d2e5f\r
Max-Forwards: 70\r
From: \"Alice Example\" <sip:alice@example.com>;tag=8a4cb2\r
To: <sip:+4930123456@example.com>\r
Contact: <sip:alice@192.0.2.10:5060;ob>\r
Call-ID: 1a2b3c4d5e6f@192.0.2.10\r
CSeq: 20401 INVITE\r
Route: <sip:example.com;lr>\r
Allow: PRACK, INVITE, ACK, BYE, CANCEL, UPDATE, INFO, NOTIFY, REFER, OPTIONS\r
Supported: replaces, 100rel, timer, norefersub\r
Session-Expires: 1800\r
User-Agent: Phone 1.0\r
Content-Type: application/sdp\r
Content-Length: 162\r
\r
v=0\r
o=- 3414953978 3414953978 IN IP4 192.0.2.10\r
s=-\r
c=IN IP4 192.0.2.10\r
t=0 0\r
m=audio 4000 RTP/AVP 8 0 96\r
a=rtpmap:96 telephone-event/8000\r
a=fmtp:96 0-15\r
";

fn read_all(datagram: Bytes) -> usize {
    let Ok(Message::Request(request)) = parse(datagram) else {
        panic!("the INVITE is well-formed");
    };
    let headers = &request.headers;
    let via = headers.via().expect("Via");
    let (from, to) = (headers.from().expect("From"), headers.to().expect("To"));
    let contact = headers.contact().expect("Contact").expect("one");
    let routes = headers.routes(&Name::Route).expect("Route");
    let cseq = headers.cseq().expect("CSeq");
    let hops = headers.max_forwards().expect("Max-Forwards");
    let body = request.body().expect("a body");
    black_box((&via, &from, &to, &contact, &routes, &cseq, hops, &body));
    headers.call_id().expect("Call-ID").len()
        + via.branch().map_or(0, str::len)
        + from.tag().map_or(0, str::len)
        + request.uri.user().map_or(0, |user| user.len())
        + usize::from(headers.has_token(&Name::Supported, "100rel"))
        + usize::from(headers.has_token(&Name::Allow, "UPDATE"))
        + headers.list(&Name::Require).count()
        + headers.text(&Name::SessionExpires).map_or(0, str::len)
        + headers.text(&Name::UserAgent).map_or(0, str::len)
        + usize::from(headers.has(&Name::Replaces))
}

fn message(c: &mut Criterion) {
    assert!((740..=760).contains(&INVITE.len()), "{}", INVITE.len());
    let datagram = Bytes::from_static(INVITE.as_bytes());
    c.bench_function("invite: parse and read what a call needs", |b| {
        b.iter(|| read_all(Bytes::copy_from_slice(black_box(&datagram))));
    });
    c.bench_function("invite: parse", |b| {
        b.iter(|| parse(black_box(datagram.clone())));
    });
    let parsed = parse(datagram).expect("well-formed");
    c.bench_function("invite: write", |b| {
        b.iter(|| black_box(&parsed).to_bytes());
    });
}

criterion_group!(benches, message);
criterion_main!(benches);
