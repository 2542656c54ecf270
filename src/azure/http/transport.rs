//! One attempt over the network: a request goes out, a whole answer comes back or does not.
//!
//! The only place that knows the HTTP library. Rules that hold for every attempt are settings of it: TLS 1.2 or newer
//! with the authorities of the system or of `SSL_CERT_FILE`, no redirects, bounded times and sizes.

use std::error::Error as StdError;
use std::io;
use std::net::IpAddr;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::header::HeaderMap;
use reqwest::{Client, ClientBuilder, Method, Url, redirect};
use tokio::sync::OnceCell;

use crate::azure::error::Trouble;

/// What goes out.
pub(in crate::azure) struct Attempt {
    pub(in crate::azure) method: Method,
    pub(in crate::azure) url: Url,
    pub(in crate::azure) headers: HeaderMap,
    pub(in crate::azure) body: Option<Bytes>,
    /// Whether this may be asked of this machine without TLS, which is where managed identities' tokens are.
    pub(in crate::azure) is_loopback: bool,
}

/// What comes back, whole.
#[derive(Clone, Debug)]
pub(in crate::azure) struct Reply {
    pub(in crate::azure) status: u16,
    pub(in crate::azure) headers: HeaderMap,
    pub(in crate::azure) body: Bytes,
}

/// Why nothing whole came back.
#[derive(Clone, Debug)]
pub(in crate::azure) struct WireError {
    pub(in crate::azure) trouble: Trouble,
    /// Whether the request may have reached the service.
    pub(in crate::azure) sent: bool,
    /// The library's words, without the address; and the proxy, if there was to be no connection but by one.
    pub(in crate::azure) text: String,
}

/// The network, or what a test puts in its place.
#[async_trait]
pub(in crate::azure) trait Transport: Send + Sync {
    /// Makes one attempt.
    async fn send(&self, attempt: Attempt) -> Result<Reply, WireError>;
}

/// Bounds of one attempt.
#[derive(Clone, Copy, Debug)]
pub(in crate::azure) struct Limits {
    /// To have a connection, TLS included.
    pub(in crate::azure) connect: Duration,
    /// To have the whole answer.
    pub(in crate::azure) whole: Duration,
    /// Bytes of a body, unpacked.
    pub(in crate::azure) body: usize,
}

impl Limits {
    /// Graph itself gives up after about a minute; ARM's largest lists (role definitions) are a few megabytes.
    pub(in crate::azure) const USUAL: Self = Self { connect: Duration::from_secs(10), whole: Duration::from_secs(100), body: 32 << 20 };
}

/// The real network.
pub(in crate::azure) struct Network {
    user_agent: String,
    limits: Limits,
    /// Made on first use, because that reads the system's certificate authorities.
    client: OnceCell<Client>,
    /// For this machine and its link: plain HTTP, and never by a proxy.
    is_loopback: OnceCell<Client>,
    /// Tests serve plain HTTP on the loopback interface and must not ask a proxy for it.
    #[cfg(test)]
    plain: bool,
    /// Whether a local server of a test speaks HTTP/2, which is agreed with TLS otherwise.
    #[cfg(test)]
    http2: bool,
}

impl Network {
    pub(in crate::azure) fn new(user_agent: String) -> Self {
        Self {
            user_agent,
            limits: Limits::USUAL,
            client: OnceCell::new(),
            is_loopback: OnceCell::new(),
            #[cfg(test)]
            plain: false,
            #[cfg(test)]
            http2: false,
        }
    }

    /// For a local server of a test.
    #[cfg(test)]
    pub(in crate::azure) fn plain(limits: Limits) -> Self {
        Self { limits, plain: true, ..Self::new("test".to_owned()) }
    }

    /// The same, with HTTP/2.
    #[cfg(test)]
    pub(in crate::azure) fn plain_http2(limits: Limits) -> Self {
        Self { http2: true, ..Self::plain(limits) }
    }

    /// The client for an attempt.
    async fn client(&self, attempt: &Attempt) -> Result<&Client, WireError> {
        let is_loopback = attempt.is_loopback && is_near(&attempt.url);
        #[cfg(test)]
        let is_loopback = is_loopback || self.plain;
        let client = if is_loopback {
            self.is_loopback.get_or_try_init(async || self.builder().no_proxy().build()).await
        } else {
            self.client.get_or_try_init(async || self.builder().https_only(true).build()).await
        };
        client.map_err(|error| WireError { trouble: Trouble::Certificate, sent: false, text: innermost(&error) })
    }

    fn builder(&self) -> ClientBuilder {
        let builder = self.bounded_builder();
        #[cfg(test)]
        let builder = if self.http2 { builder.http2_prior_knowledge() } else { builder };
        builder
    }

    fn bounded_builder(&self) -> ClientBuilder {
        Client::builder()
            .user_agent(self.user_agent.as_str())
            .tls_version_min(reqwest::tls::Version::TLS_1_2)
            .redirect(redirect::Policy::none())
            .connect_timeout(self.limits.connect)
            .timeout(self.limits.whole)
    }

    async fn exchange(&self, attempt: Attempt) -> Result<Reply, WireError> {
        let client = self.client(&attempt).await?;
        let url = attempt.url.clone();
        let mut request = client.request(attempt.method, attempt.url).headers(attempt.headers);
        if let Some(body) = attempt.body {
            request = request.body(body);
        }
        let mut response = request.send().await.map_err(|error| via_proxy(&url, of_library(error)))?;
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(of_body)? {
            if body.len() + chunk.len() > self.limits.body {
                return Err(WireError { trouble: Trouble::TooLarge, sent: true, text: format!("more than {} bytes", self.limits.body) });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply { status: response.status().as_u16(), headers: response.headers().clone(), body: body.freeze() })
    }
}

#[async_trait]
impl Transport for Network {
    async fn send(&self, attempt: Attempt) -> Result<Reply, WireError> {
        self.exchange(attempt).await
    }
}

/// Whether an address is plain HTTP at this machine or on its link.
fn is_near(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let is_loopback = match host.parse() {
        Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_link_local(),
        Ok(IpAddr::V6(address)) => address.is_loopback(),
        Err(_) => host.eq_ignore_ascii_case("localhost"),
    };
    is_loopback && url.scheme() == "http"
}

/// What the library's error means. It has no kinds for names and certificates, so the chain of causes is looked at.
fn of_library(error: reqwest::Error) -> WireError {
    let error = error.without_url();
    let text = innermost(&error);
    let trouble = if let Some(tls) = cause::<rustls::Error>(&error) {
        match tls {
            rustls::Error::InvalidCertificate(_) => Trouble::Certificate,
            _ => Trouble::Tls,
        }
    } else if error.is_builder() {
        Trouble::Address
    } else if error.is_timeout() {
        Trouble::Timeout
    } else if causes(&error).any(|cause| cause.to_string().contains("dns error")) {
        Trouble::Name
    } else if error.is_connect() {
        Trouble::Connect
    } else {
        Trouble::Broken
    };
    // An error of the builder is ours and nothing left the house, either.
    let sent = !error.is_connect() && !error.is_builder();
    WireError { trouble, sent, text }
}

/// An error with the proxy that it may come from, where the connection was to be made by one. It is found in the environment as the library finds
/// it; what it is signed in to with is not part of its address.
fn via_proxy(url: &Url, error: WireError) -> WireError {
    // What is near goes by none, and is all that is not HTTPS.
    let by_one = !error.sent && url.scheme() == "https";
    let intercept = url.as_str().parse().ok().filter(|_| by_one).and_then(|url| Matcher::from_env().intercept(&url));
    match intercept {
        Some(proxy) => {
            let address = proxy.uri().to_string();
            WireError { text: format!("by way of the proxy {}: {}", address.trim_end_matches('/'), error.text), ..error }
        }
        None => error,
    }
}

fn of_body(error: reqwest::Error) -> WireError {
    WireError { sent: true, ..of_library(error) }
}

/// The innermost cause: the outer ones only say at which step of the library it happened.
fn innermost(error: &(dyn StdError + 'static)) -> String {
    causes(error).last().map_or_else(String::new, |cause| cause.to_string())
}

fn cause<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    causes(error).find_map(|cause| cause.downcast_ref::<T>())
}

/// The error and what it came from. An I/O error does not name what it wraps as its source, but as its inside.
fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let current = next?;
        let inside = current.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match inside {
            Some(inside) => Some(inside),
            None => current.source(),
        };
        Some(current)
    })
}
