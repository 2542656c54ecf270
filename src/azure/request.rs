//! Requests as values: what is asked for, without a word about sending it.
//!
//! A request keeps the path as its author wrote it, `/groups/{id}/members/{member}/$ref`: that *template* names the
//! operation in logs and errors and holds no values. A value is one segment and stays one, whatever is in it; what
//! cannot be written as a segment (nothing at all, `.`, `..`) is an error before anything is sent.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use zeroize::Zeroizing;

use super::error::Error;
use super::request_kind::RequestKind;
use super::service::{Api, Service};

/// Unreserved characters of RFC 3986 stay as they are in a path segment; everything else is encoded.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A query value may keep what OData writes all the time and no parser takes for an end.
const QUERY: &AsciiSet = &SEGMENT.remove(b'$').remove(b',').remove(b'(').remove(b')').remove(b'/').remove(b':');

/// A request to Microsoft Graph or Azure Resource Manager.
#[derive(Clone)]
pub struct Request {
    pub(super) api: Api,
    pub(super) method: Method,
    pub(super) template: Cow<'static, str>,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Bytes>,
    pub(super) kind: RequestKind,
    values: Vec<(&'static str, String)>,
    query: Vec<(Cow<'static, str>, String)>,
    /// The first error of building; returned when the request is sent, so that building one needs no `?`.
    wrong: Option<String>,
}

impl Request {
    /// A read.
    pub fn get(template: &'static str) -> Self {
        Self::new(Method::GET, template, RequestKind::Read)
    }

    /// A write that is sent again only if it certainly had no effect; see [`repeatable`](Self::repeatable) and
    /// [`reads`](Self::reads).
    pub fn post(template: &'static str) -> Self {
        Self::new(Method::POST, template, RequestKind::Once)
    }

    /// A change.
    pub fn patch(template: &'static str) -> Self {
        Self::new(Method::PATCH, template, RequestKind::Repeatable)
    }

    /// A creation under a name of our own, or a replacement.
    pub fn put(template: &'static str) -> Self {
        Self::new(Method::PUT, template, RequestKind::Repeatable)
    }

    /// A removal.
    pub fn delete(template: &'static str) -> Self {
        Self::new(Method::DELETE, template, RequestKind::Repeatable)
    }

    fn new(method: Method, template: &'static str, kind: RequestKind) -> Self {
        Self {
            api: Api::Graph,
            method,
            template: Cow::Borrowed(template),
            headers: HeaderMap::new(),
            body: None,
            kind,
            values: Vec::new(),
            query: Vec::new(),
            wrong: None,
        }
    }

    /// For Microsoft Graph's beta version.
    #[must_use]
    pub fn beta(mut self) -> Self {
        self.api = Api::GraphBeta;
        self
    }

    /// For Azure Resource Manager, in that `api-version`.
    #[must_use]
    pub fn arm(mut self, version: &'static str) -> Self {
        self.api = Api::Arm;
        self.query("api-version", version)
    }

    /// For Azure Resource Manager, at an address that an answer gave, with its version in it.
    #[must_use]
    pub(super) fn arm_with_version_in_url(mut self) -> Self {
        self.api = Api::Arm;
        self
    }

    /// A POST that changes nothing, like `getByIds`.
    #[must_use]
    pub fn reads(mut self) -> Self {
        self.kind = RequestKind::Read;
        self
    }

    /// A POST that may be sent again after an attempt of unknown effect, because its author understands the second
    /// answer ([`Answer::repeated`](super::Answer::repeated), [`Error::is_repeated`]): adding a reference, for one.
    #[must_use]
    pub fn repeatable(mut self) -> Self {
        self.kind = RequestKind::Repeatable;
        self
    }

    /// Puts one segment for `{name}`.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        match segment(value.as_ref()) {
            Ok(segment) => self.values.push((name, segment)),
            Err(why) => self.complain(format!("{name} {why}")),
        }
        self
    }

    /// Puts a path of several segments for `{name}`: an ARM scope such as `/subscriptions/x/resourceGroups/y`, with or
    /// without the slash in front. The root scope `/` is no segment at all.
    #[must_use]
    pub fn with_path(mut self, name: &'static str, path: &str) -> Self {
        let path = path.strip_prefix('/').unwrap_or(path);
        let path = path.strip_suffix('/').unwrap_or(path);
        if path.is_empty() {
            self.values.push((name, String::new()));
            return self;
        }
        match path.split('/').map(segment).collect::<Result<Vec<_>, _>>() {
            Ok(segments) => self.values.push((name, segments.join("/"))),
            Err(why) => self.complain(format!("{name}, a part of it, {why}")),
        }
        self
    }

    /// Puts an OData string literal for `{name}`, quotes included: `/groups(uniqueName={name})`.
    #[must_use]
    pub fn with_literal(mut self, name: &'static str, value: &str) -> Self {
        let literal = utf8_percent_encode(&odata_literal(value), SEGMENT).to_string();
        self.values.push((name, literal));
        self
    }

    /// Adds a query parameter. Strings inside an OData expression must come from [`odata_literal`].
    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((Cow::Borrowed(name), value.into()));
        self
    }

    /// Adds a header, e.g. `Prefer` or `ConsistencyLevel`.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        match (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
            (Ok(name), Ok(value)) => {
                self.headers.insert(name, value);
            }
            _ => self.complain(format!("the header {name} cannot have this value")),
        }
        self
    }

    /// Sets the body. It may hold a password: it is never logged, and wiped when the request is dropped.
    #[must_use]
    pub fn json(mut self, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(json) => {
                self.body = Some(Bytes::from_owner(Zeroizing::new(json)));
                self.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            }
            Err(error) => self.complain(format!("the body is no JSON: {error}")),
        }
        self
    }

    /// The service whose rate limiter this request waits for.
    pub(super) fn service(&self) -> Service {
        match self.api {
            Api::Arm => Service::Arm,
            _ if self.template.starts_with("/identity/conditionalAccess") => Service::ConditionalAccess,
            _ => Service::Graph,
        }
    }

    /// Path and query below the interface's address, e.g. `/groups?$top=5`.
    pub(super) fn relative(&self) -> Result<String, Error> {
        if let Some(wrong) = &self.wrong {
            return Err(Error::Invalid(format!("{} {} cannot be sent: {wrong}", self.method, self.template)));
        }
        let mut path = String::with_capacity(self.template.len() + 64);
        let mut rest = self.template.as_ref();
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            let value = self.values.iter().find(|(known, _)| *known == name);
            let (_, value) = value.ok_or_else(|| Error::Invalid(format!("{} {} has no value for {name}", self.method, self.template)))?;
            // A root scope adds no empty segment.
            let before = if value.is_empty() { before.strip_suffix('/').unwrap_or(before) } else { before };
            path.push_str(before);
            path.push_str(value);
            rest = after;
        }
        path.push_str(rest);
        for (nth, (name, value)) in self.query.iter().enumerate() {
            path.push(if nth == 0 { '?' } else { '&' });
            path.push_str(name);
            path.push('=');
            path.extend(utf8_percent_encode(value, QUERY));
        }
        Ok(path)
    }

    /// The whole address. `base` has no slash at its end.
    pub(super) fn url(&self, base: &str) -> Result<Url, Error> {
        let relative = self.relative()?;
        let text = format!("{base}{relative}");
        let url = Url::parse(&text).map_err(|error| Error::Invalid(format!("{} is no address: {error}", self.template)))?;
        // The parser tidies paths (`a/../b`). Nothing that we write needs that: if it did, a value left its segment.
        let path = relative.split('?').next().unwrap_or_default();
        if !url.path().ends_with(path) {
            return Err(Error::Invalid(format!("{} would change its meaning with these values", self.template)));
        }
        Ok(url)
    }

    fn complain(&mut self, wrong: String) {
        self.wrong.get_or_insert(wrong);
    }
}

impl fmt::Debug for Request {
    /// Without values and body.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.template)
    }
}

/// A string as OData writes it inside `$filter` and in function paths: in single quotes, which are doubled inside.
pub fn odata_literal(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// A value as one segment of a path, or why it cannot be one.
pub(super) fn segment(value: &str) -> Result<String, &'static str> {
    match value {
        "" => Err("is empty"),
        // Percent-encoding does not help: parsers take `%2e%2e` for `..`, too.
        "." | ".." => Err("cannot be a dot or two"),
        _ => Ok(utf8_percent_encode(value, SEGMENT).to_string()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use serde_json::json;

    use super::*;

    const BASE: &str = "https://graph.example/v1.0";

    fn url(request: &Request) -> String {
        request.url(BASE).unwrap().to_string()
    }

    #[test]
    fn addresses() {
        let cases = [
            (Request::get("/groups"), "/groups"),
            (Request::get("/groups/{id}").with("id", "42"), "/groups/42"),
            (
                Request::get("/groups/{id}").with("id", "42").query("$select", "id,displayName").query("$top", "5"),
                "/groups/42?$select=id,displayName&$top=5",
            ),
            (Request::delete("/groups/{id}/members/{member}/$ref").with("id", "1").with("member", "2"), "/groups/1/members/2/$ref"),
            (
                Request::get("/groups").query("$filter", format!("displayName eq {}", odata_literal("O'Brien & Söhne#1+?"))),
                "/groups?$filter=displayName%20eq%20%27O%27%27Brien%20%26%20S%C3%B6hne%231%2B%3F%27",
            ),
            (Request::patch("/groups(uniqueName={name})").with_literal("name", "it's/mine"), "/groups(uniqueName=%27it%27%27s%2Fmine%27)"),
            (
                Request::put("/{scope}/providers/Microsoft.Authorization/roleAssignments/{name}")
                    .arm("2022-04-01")
                    .with_path("scope", "/subscriptions/s/resourceGroups/my (group)")
                    .with("name", "n"),
                "/subscriptions/s/resourceGroups/my%20%28group%29/providers/Microsoft.Authorization/roleAssignments/n\
                 ?api-version=2022-04-01",
            ),
            (Request::get("/{scope}/providers/X").with_path("scope", "/"), "/providers/X"),
        ];
        for (request, expected) in cases {
            assert_eq!(url(&request), format!("{BASE}{expected}"));
        }
    }

    #[test]
    fn a_value_stays_in_its_segment() {
        let hostile = [
            "a/b",
            "../x",
            "a/../../b",
            "..%2f",
            "?x=1",
            "#x",
            "a b",
            "a\nb",
            "nul\0",
            "it's",
            "\"",
            "\\..\\",
            "%2e%2e",
            "\u{202e}abc",
            "Zoë",
            ";",
            "$ref",
            "...",
            "a@b#EXT#@c",
        ];
        for value in hostile {
            let request = Request::get("/users/{id}/manager").with("id", value).query("q", value);
            let url = request.url(BASE).unwrap();
            let segments: Vec<_> = url.path_segments().unwrap().collect();
            assert_eq!(segments.len(), 4, "{value:?} became {url}");
            assert_eq!((segments[1], segments[3]), ("users", "manager"), "{value:?} became {url}");
            let decoded = percent_encoding::percent_decode_str(segments[2]).decode_utf8().unwrap();
            assert_eq!(decoded, value);
            let pairs: Vec<_> = url.query_pairs().collect();
            assert_eq!(pairs, [("q".into(), value.into())], "{value:?} became {url}");
            assert_eq!(url.fragment(), None);
        }
    }

    #[test]
    fn what_cannot_be_a_segment_is_refused() {
        for value in ["", ".", ".."] {
            let error = Request::delete("/groups/{id}").with("id", value).url(BASE).unwrap_err();
            assert!(matches!(error, Error::Invalid(_)), "{value:?}");
        }
        for path in ["/subscriptions//x", "/subscriptions/../x", "a/./b"] {
            let error = Request::get("/{scope}/x").with_path("scope", path).url(BASE).unwrap_err();
            assert!(matches!(error, Error::Invalid(_)), "{path:?}");
        }
        assert!(Request::get("/groups/{id}").url(BASE).is_err(), "a value is missing");
        assert!(Request::get("/g").header("Prefer", "a\r\nb: c").url(BASE).is_err());
    }

    #[test]
    fn literals_double_their_quotes() {
        assert_eq!(odata_literal("a"), "'a'");
        assert_eq!(odata_literal("' or 1 eq 1 or 'a' eq '"), "''' or 1 eq 1 or ''a'' eq '''");
    }

    #[test]
    fn bodies() {
        let request = Request::post("/groups").json(&json!({"displayName": "x"}));
        assert_eq!(request.body.as_deref(), Some(br#"{"displayName":"x"}"#.as_slice()));
        assert_eq!(request.headers[CONTENT_TYPE], "application/json");
    }

    #[test]
    fn the_body_does_not_print() {
        let request = Request::patch("/users/{id}").with("id", "me").json(&json!({"password": "hunter2"}));
        assert_eq!(format!("{request:?}"), "PATCH /users/{id}");
    }

    #[test]
    fn rate_limited_services() {
        assert_eq!(Request::get("/groups").service(), Service::Graph);
        assert_eq!(Request::get("/identity/conditionalAccess/policies").beta().service(), Service::ConditionalAccess);
        assert_eq!(Request::get("/x").arm("1").service(), Service::Arm);
    }
}
