//! Redirections (RFC 9110 §15.4): where they lead, with which method, and what is not told there.

use crate::base::web::{Answer, Body, Failure, Headers, Method, Request};

/// Where the answer sends the client.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It is the answer.
    Here,
    There(Request),
}

/// What stays behind where scheme, host or port are others: what is made for one server only.
const SECRET: &[&str] = &["auth", "cookie", "key", "password", "secret", "token"];

pub(super) fn next(request: Request, answer: &Answer) -> Result<Next, Failure> {
    let keeps_method = match (answer.code, request.method) {
        (307 | 308, _) | (301..=303, Method::Get | Method::Head) => true,
        (301 | 302, Method::Post) | (303, _) => false,
        (301 | 302, _) => true,
        _ => return Ok(Next::Here),
    };
    let Some(location) = answer.headers.value("location") else {
        return Ok(Next::Here);
    };
    let url = request
        .url
        .join(location)
        .map_err(|why| Failure::BadUrl(format!("the redirection: {why}")))?;
    let elsewhere = !url.same_origin(&request.url);
    let kept = |name: &str| {
        let name = name.to_ascii_lowercase();
        let about_body = name.starts_with("content-");
        let secret = SECRET.iter().any(|part| name.contains(part));
        (keeps_method || !about_body) && !(elsewhere && secret)
    };
    let Headers(headers) = request.headers;
    Ok(Next::There(Request {
        url,
        method: match keeps_method {
            true => request.method,
            false => Method::Get,
        },
        headers: Headers(headers.into_iter().filter(|(name, _)| kept(name)).collect()),
        body: match keeps_method {
            true => request.body,
            false => Body::default(),
        },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::hook::HookUrl;

    #[track_caller]
    fn check(method: Method, code: u16, location: &str, expected: &str) {
        let headers = [
            ("Authorization", "Bearer x"),
            ("Cookie", "a=b"),
            ("X-Api-Key", "k"),
            ("Content-Type", "text/plain"),
            ("X-Plain", "1"),
        ];
        let request = Request {
            method,
            url: HookUrl::parse("https://me:key@crm.example/a/b?c=d").unwrap(),
            headers: Headers(headers.map(|(n, v)| (n.into(), v.into())).to_vec()),
            body: Body::from("hello"),
        };
        let answer = Answer {
            code,
            headers: Headers(vec![("location".into(), location.into())]),
            body: Body::default(),
        };
        let told = match next(request, &answer) {
            Ok(Next::Here) => "here".to_string(),
            Ok(Next::There(next)) => format!(
                "{} {} {:?} {:?}",
                next.method,
                next.url.reveal(),
                next.headers,
                next.body
            ),
            Err(failure) => failure.to_string(),
        };
        assert_eq!(told, expected);
    }

    #[test]
    fn the_method_and_the_body_are_kept_as_the_code_says() {
        let all = r#"["Authorization", "Cookie", "X-Api-Key", "Content-Type", "X-Plain"]"#;
        let bare = r#"["Authorization", "Cookie", "X-Api-Key", "X-Plain"]"#;
        let there = "https://crm.example/x";
        let url = "https://crm.example/x";
        for (method, code, expected) in [
            (Method::Post, 301, format!("GET {url} {bare} 0 bytes")),
            (Method::Post, 302, format!("GET {url} {bare} 0 bytes")),
            (Method::Put, 302, format!("PUT {url} {all} 5 bytes")),
            (Method::Put, 303, format!("GET {url} {bare} 0 bytes")),
            (Method::Post, 307, format!("POST {url} {all} 5 bytes")),
            (Method::Post, 308, format!("POST {url} {all} 5 bytes")),
            (Method::Head, 303, format!("HEAD {url} {all} 5 bytes")),
            (Method::Get, 304, "here".to_string()),
            (Method::Get, 300, "here".to_string()),
        ] {
            check(method, code, there, &expected);
        }
    }

    #[test]
    fn what_is_made_for_one_server_is_not_told_another() {
        let bare = r#"["Content-Type", "X-Plain"] 5 bytes"#;
        for (location, url) in [
            ("https://evil.example/", "https://evil.example/"),
            ("http://crm.example/", "http://crm.example/"),
            ("https://crm.example:8443/", "https://crm.example:8443/"),
            ("//evil.example/x", "https://evil.example/x"),
        ] {
            check(Method::Post, 307, location, &format!("POST {url} {bare}"));
        }
    }

    #[test]
    fn a_location_that_is_no_http_url_leads_nowhere() {
        for location in ["file:///etc/passwd", "gopher://h/", "javascript:alert(1)"] {
            let fault = "the redirection: only http: and https: URLs are called";
            check(Method::Get, 302, location, fault);
        }
        check(
            Method::Get,
            302,
            "http://[::1",
            "the redirection: this is no URL",
        );
    }
}
