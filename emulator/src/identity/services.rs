//! The services of the Microsoft identity platform: which requests each of them answers.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use jiff::Timestamp;

use super::{
    device, discovery,
    endpoint::{self, Version},
    external_issuers::{self, Issuer},
    managed_identity::{self, HostingEnvironment},
    page,
    platform::{IdentityPlatform, failure},
};
use crate::http::{Request, Response, Route, Service};

/// Discovery documents: what clients ask before they sign in.
#[derive(Debug)]
pub struct Discovery(pub Arc<IdentityPlatform>);

/// The token endpoint, of versions 1 and 2.
#[derive(Debug)]
pub struct TokenEndpoint(pub Arc<IdentityPlatform>);

/// Sign-in with a device code: the codes, and the page on which people enter them.
#[derive(Debug)]
pub struct DeviceSignIn(pub Arc<IdentityPlatform>);

/// Tokens for managed identities.
#[derive(Debug)]
pub struct ManagedIdentities(pub Arc<IdentityPlatform>);

/// The issuers of tokens that are exchanged for Entra's: GitHub Actions and Azure Pipelines.
#[derive(Debug)]
pub struct ExternalIssuers(pub Arc<IdentityPlatform>);

impl Service for Discovery {
    fn route(self: Arc<Self>, request: &Request) -> Option<Route> {
        if request.method != Method::GET {
            return None;
        }
        let segments = request.segments();
        let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
        Some(match parts.as_slice() {
            ["metadata", "endpoints"] => {
                Route::new("/metadata/endpoints", |request| Response::json(StatusCode::OK, discovery::endpoints(&request.host)))
            }
            [tenant, "v2.0", ".well-known", "openid-configuration"] => {
                let tenant = (*tenant).to_owned();
                Route::new("/{tenant}/v2.0/.well-known/openid-configuration", move |request| {
                    discovery::openid_configuration(&request.host, &tenant).unwrap_or_else(|refusal| refusal.respond(Timestamp::now()))
                })
            }
            ["adfs", ".well-known", "openid-configuration"] => {
                Route::new("/adfs/.well-known/openid-configuration", |request| discovery::adfs_configuration(&request.host))
            }
            [_, "discovery", "instance"] => Route::new("/common/discovery/instance", |request| discovery::instance(&request.host, request)),
            [_, "userrealm", name] => {
                let name = (*name).to_owned();
                Route::new("/common/userrealm/{name}", move |request| discovery::user_realm(&request.host, &name))
            }
            [_, "discovery", "v2.0", "keys"] | [_, "discovery", "keys"] => {
                Route::new("/{tenant}/discovery/v2.0/keys", move |_| Response::json(StatusCode::OK, self.0.signer.published()))
            }
            _ => return None,
        })
    }

    fn failure(&self, _: &Request, status: StatusCode) -> Response {
        failure(status)
    }
}

impl Service for TokenEndpoint {
    fn route(self: Arc<Self>, request: &Request) -> Option<Route> {
        if request.method != Method::POST {
            return None;
        }
        let segments = request.segments();
        let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
        let (tenant, version, template) = match parts.as_slice() {
            [tenant, "oauth2", "v2.0", "token"] => (*tenant, Version::Two, "/{tenant}/oauth2/v2.0/token"),
            [tenant, "oauth2", "token"] => (*tenant, Version::One, "/{tenant}/oauth2/token"),
            _ => return None,
        };
        let tenant = tenant.to_owned();
        Some(Route::new(template, move |request| endpoint::issue(&self.0, &tenant, version, request)))
    }

    fn failure(&self, _: &Request, status: StatusCode) -> Response {
        failure(status)
    }

    fn reset(&self) {
        self.0.reset();
    }
}

impl Service for DeviceSignIn {
    fn route(self: Arc<Self>, request: &Request) -> Option<Route> {
        let segments = request.segments();
        let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
        let (tenant, version, template) = match (&request.method, parts.as_slice()) {
            (&Method::POST, [tenant, "oauth2", "v2.0", "devicecode"]) => (*tenant, Version::Two, "/{tenant}/oauth2/v2.0/devicecode"),
            (&Method::POST, [tenant, "oauth2", "devicecode"]) => (*tenant, Version::One, "/{tenant}/oauth2/devicecode"),
            (&Method::GET, ["devicelogin"]) => return Some(Route::new("/devicelogin", page::show)),
            (&Method::POST, ["devicelogin"]) => {
                return Some(Route::new("/devicelogin", move |request| page::decide(&self.0, request)));
            }
            _ => return None,
        };
        let tenant = tenant.to_owned();
        Some(Route::new(template, move |request| device::begin(&self.0, &tenant, version, request)))
    }

    fn failure(&self, _: &Request, status: StatusCode) -> Response {
        failure(status)
    }
}

impl Service for ManagedIdentities {
    fn route(self: Arc<Self>, request: &Request) -> Option<Route> {
        let segments = request.segments();
        let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
        let (place, template) = match (&request.method, parts.as_slice()) {
            (&Method::GET, ["metadata", "identity", "oauth2", "token"]) => (HostingEnvironment::Machine, "/metadata/identity/oauth2/token"),
            (&Method::GET, ["arc", "metadata", "identity", "oauth2", "token"]) => {
                (HostingEnvironment::Arc, "/arc/metadata/identity/oauth2/token")
            }
            (&Method::GET, ["msi", "token"]) => (HostingEnvironment::AppService, "/msi/token"),
            _ => return None,
        };
        Some(Route::new(template, move |request| managed_identity::issue(&self.0, place, request)))
    }

    fn failure(&self, _: &Request, status: StatusCode) -> Response {
        failure(status)
    }
}

impl Service for ExternalIssuers {
    fn route(self: Arc<Self>, request: &Request) -> Option<Route> {
        let segments = request.segments();
        let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
        let (issuer, template) = match (&request.method, parts.as_slice()) {
            (&Method::GET, ["fixtures", "github", "token"]) => (Issuer::GitHub, "/fixtures/github/token"),
            (&Method::POST, ["fixtures", "azure-pipelines", "token"]) => (Issuer::AzurePipelines, "/fixtures/azure-pipelines/token"),
            _ => return None,
        };
        Some(Route::new(template, move |request| external_issuers::issue(&self.0, issuer, request)))
    }

    fn failure(&self, _: &Request, status: StatusCode) -> Response {
        failure(status)
    }
}
