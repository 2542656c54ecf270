//! Refuses requests that a page of another site makes a browser send.
//!
//! A browser sends "simple" requests to any address without asking first, and says where they come from: in `Origin` and in `Sec-Fetch-Site`
//! (developer.mozilla.org/docs/Web/HTTP/Guides/CORS, developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site).

use axum::{
    extract::Request,
    http::{HeaderMap, Method, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::Refusal;

/// A header that a page of another site cannot send without asking: a client that sends it means the emulator.
const CONTROL_HEADER: &str = "x-aksaccess-emulator";

/// Types of bodies that a page of another site can send without asking.
const SIMPLE_CONTENT_TYPES: [&str; 3] = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"];

/// Lets a control request through unless a page of another site may have sent it.
pub(super) async fn same_origin(request: Request, next: Next) -> Response {
    match check(request.method(), request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

fn check(method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let host = uri.authority().map(ToString::to_string).or_else(|| text("host").map(str::to_owned));
    let refuse = |why: String| Err((axum::http::StatusCode::FORBIDDEN, why + "\n"));
    if let Some(origin) = text("origin") {
        let own = host.as_deref().map(|host| format!("https://{host}"));
        if !own.is_some_and(|own| own.eq_ignore_ascii_case(origin)) {
            return refuse(format!("A page of {origin:?} must not control the emulator."));
        }
    }
    if text("sec-fetch-site").is_some_and(|site| !["same-origin", "none"].contains(&site)) {
        return refuse("A page of another site must not control the emulator.".to_owned());
    }
    let kind = text(header::CONTENT_TYPE.as_str()).map(|kind| kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    let is_simple = kind.is_some_and(|kind| SIMPLE_CONTENT_TYPES.contains(&kind.as_str()));
    if is_simple && !method.is_safe() && !headers.contains_key(CONTROL_HEADER) {
        return refuse(format!("Send JSON, or the header {CONTROL_HEADER}: a page of another site could have sent this body."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // tests may panic

    use super::*;

    fn is_let_through(method: &Method, headers: &[(&'static str, &'static str)]) -> bool {
        let mut all = HeaderMap::new();
        all.insert("host", "127.0.0.1:8443".parse().unwrap());
        headers.iter().for_each(|(name, value)| drop(all.insert(*name, value.parse().unwrap())));
        check(method, &Uri::from_static("/emulator/reset"), &all).is_ok()
    }

    #[test]
    fn pages_of_other_sites_are_refused_and_tools_are_not() {
        for headers in [
            &[][..],
            &[("content-type", "application/json")],
            &[("origin", "https://127.0.0.1:8443"), ("sec-fetch-site", "same-origin")],
            &[("sec-fetch-site", "none")],
            &[("content-type", "text/plain"), ("x-aksaccess-emulator", "1")],
        ] {
            assert!(is_let_through(&Method::POST, headers), "{headers:?}");
        }
        for headers in [
            &[("origin", "https://other.example")][..],
            &[("origin", "null")],
            &[("origin", "https://127.0.0.1:8443.other.example"), ("content-type", "application/json")],
            &[("origin", "https://127.0.0.1:9000")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[("content-type", "text/plain;charset=UTF-8")],
            &[("content-type", "application/x-www-form-urlencoded")],
            &[("content-type", "multipart/form-data; boundary=x")],
        ] {
            assert!(!is_let_through(&Method::POST, headers), "{headers:?}");
        }
        assert!(!is_let_through(&Method::GET, &[("origin", "https://other.example")]));
        assert!(!is_let_through(&Method::DELETE, &[("origin", "https://other.example")]));
        assert!(is_let_through(&Method::GET, &[("content-type", "text/plain")]));
    }
}
