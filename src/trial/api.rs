//! What a test sees: one file per matter, over the one native function of [`engine`](super::engine).

/// The file name of the tester's own frames, which no report shows.
pub(super) const FILE: &str = "<trial>";

const FILES: &[&str] = &[
    include_str!("api/base.js"),
    include_str!("api/show.js"),
    include_str!("api/expect.js"),
    include_str!("api/waits.js"),
    include_str!("api/phone.js"),
    include_str!("api/http.js"),
    include_str!("api/socket.js"),
    include_str!("api/test.js"),
];

/// An expression: the function of `(host, global)` that makes the API and returns its driver.
pub(super) fn source() -> String {
    let body = FILES.join("\n");
    format!("(function (host, global) {{ \"use strict\";\n{body}\n}})")
}
