//! Carries the library's requests through our sender.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use azure_core::error::ErrorKind;
use azure_core::http::headers::{HeaderName as LibraryName, HeaderValue as LibraryValue, Headers};
use azure_core::http::{AsyncRawResponse, Body, HttpClient};
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, USER_AGENT};

use crate::azure::http::{Call, History, Sender};
use crate::azure::operation_context::OperationContext;
use crate::azure::request_kind::RequestKind;
use crate::azure::service::Service;

/// Where the library asks for a managed identity's tokens on a virtual machine: a constant of it.
const MACHINE: &str = "169.254.169.254";

/// Carries the library's requests through our sender.
pub(super) struct HttpClientAdapter {
    pub(super) sender: Arc<Sender>,
    pub(super) operation_context: OperationContext,
}

impl fmt::Debug for HttpClientAdapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Messenger")
    }
}

impl HttpClientAdapter {
    async fn carry(&self, request: &azure_core::http::Request) -> azure_core::Result<AsyncRawResponse> {
        let mut headers = HeaderMap::new();
        for (name, value) in request.headers().iter() {
            let name = HeaderName::from_bytes(name.as_str().as_bytes());
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value.as_str())) {
                headers.insert(name, value);
            }
        }
        // The user agent of the provider replaces that of the library.
        headers.remove(USER_AGENT);
        let Body::Bytes(body) = request.body().clone() else {
            return Err(azure_core::Error::with_message(ErrorKind::Io, "a stream cannot be sent twice"));
        };
        let get = request.method() == azure_core::http::Method::Get;
        let call = Call {
            // Only managed identities are asked with GET.
            service: match request.url().host_str() {
                Some(MACHINE) => Service::ManagedIdentity,
                _ if get => Service::Identity,
                _ => Service::SignIn,
            },
            method: if get { Method::GET } else { Method::POST },
            template: if get { "the managed identity endpoint" } else { "/oauth2/v2.0/token" },
            url: request.url().clone(),
            headers,
            body: (!get).then_some(body),
            // Asking for a token changes nothing.
            kind: RequestKind::Read,
        };
        let answer = self.sender.send(&call, &self.operation_context, &mut History::default()).await;
        // Our error travels through the library as a source: `of_library` finds it again.
        let answer = answer.map_err(|error| azure_core::Error::new(ErrorKind::Credential, error))?;
        let mut headers = Headers::new();
        for (name, value) in &answer.headers {
            if let Ok(value) = value.to_str() {
                headers.insert(LibraryName::from(name.as_str().to_owned()), LibraryValue::from(value.to_owned()));
            }
        }
        Ok(AsyncRawResponse::from_bytes(answer.status.into(), headers, answer.body))
    }
}

#[async_trait]
impl HttpClient for HttpClientAdapter {
    async fn execute_request(&self, request: &azure_core::http::Request) -> azure_core::Result<AsyncRawResponse> {
        self.carry(request).await
    }
}
