//! The token endpoint: `POST /{tenant}/oauth2/v2.0/token`, `/{tenant}/oauth2/token` of version 1, and the forms of both
//! below `/adfs`.

use axum::http::{StatusCode, header};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    application,
    clients::Client,
    device,
    errors::SignInError,
    other_tenants,
    resource::{RequestedClaims, TokenAudience},
    tokens::{self, Issued},
    user,
};
use crate::{
    http::{
        Request, Response,
        text::{decode_form, decode_form_value},
    },
    identity::IdentityPlatform,
    tenant::ids,
};
use jiff::Timestamp;

/// The version of the token endpoint, which decides the forms of request and answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// By `resource`; numbers are strings.
    One,
    /// By `scope`.
    Two,
}

/// Grant of a client that waits with a device code; version 1 has a word of its own.
const DEVICE_CODE: &[&str] = &["urn:ietf:params:oauth:grant-type:device_code", "device_code"];

/// A request of the token endpoint, its form taken apart.
#[derive(Debug)]
pub struct TokenRequest<'a> {
    /// The tenant.
    pub platform: &'a IdentityPlatform,
    /// The call.
    pub http: &'a Request,
    /// The endpoint's version.
    pub version: Version,
    fields: Vec<(String, String)>,
}

/// Answers a token request for the tenant named in the path.
pub fn issue(platform: &IdentityPlatform, tenant_name: &str, version: Version, request: &Request) -> Response {
    let request = TokenRequest::new(platform, version, request);
    let response = match request.respond(tenant_name) {
        // Federation Services have numbers where version 1 has strings, and the Azure CLI computes with them.
        Ok(issued) => Response::json(StatusCode::OK, issued.body(if tenant_name == ADFS { Version::Two } else { version })),
        Err(refusal) => refusal.respond(Timestamp::now()),
    };
    response.with_header(header::CACHE_CONTROL, "no-store, no-cache")
}

impl<'a> TokenRequest<'a> {
    /// Takes a call apart.
    pub fn new(platform: &'a IdentityPlatform, version: Version, request: &'a Request) -> Self {
        Self { platform, http: request, version, fields: decode_form(&String::from_utf8_lossy(&request.body)) }
    }

    fn respond(&self, tenant_name: &str) -> Result<Issued, SignInError> {
        let grant = self.required("grant_type")?;
        let for_users = grant != "client_credentials";
        let other = !for_users && self.platform.other_tenants.has(tenant_name);
        let known = ids::is_this(tenant_name) || tenant_name == ADFS || (for_users && ids::is_any(tenant_name));
        if !known && !other {
            return Err(tenant_refused(tenant_name));
        }
        let client = self.client()?;
        match grant {
            "client_credentials" if other => other_tenants::issued(self, application::issue(self, &client)?, tenant_name),
            "client_credentials" => application::issue(self, &client),
            "password" => user::by_password(self, &client),
            "refresh_token" => user::by_refresh_token(self, &client),
            grant if DEVICE_CODE.contains(&grant) => device::redeem(self, &client),
            grant => Err(SignInError::unsupported_grant(grant)),
        }
    }

    /// A field of the form.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// A field of the form that must be there.
    pub fn required(&self, name: &str) -> Result<&str, SignInError> {
        self.field(name).ok_or_else(|| SignInError::missing_field(name))
    }

    /// The audience for which a token is requested.
    pub fn asked(&self) -> Result<TokenAudience, SignInError> {
        Ok(TokenAudience { wanted: self.wanted()?, ..self.named()? })
    }

    /// The claims that the token must contain.
    pub fn wanted(&self) -> Result<RequestedClaims, SignInError> {
        let Some(claims) = self.field("claims") else { return Ok(RequestedClaims::default()) };
        RequestedClaims::read(claims).ok_or_else(SignInError::invalid_claims)
    }

    /// By `scope` or `resource`.
    fn named(&self) -> Result<TokenAudience, SignInError> {
        match (self.version, self.field("scope"), self.field("resource")) {
            // Below `/adfs` libraries mix the two: whichever names a resource counts.
            (Version::One, scope, Some(resource)) => {
                let mut asked = TokenAudience::by_resource(resource, &self.http.host)?;
                asked.openid |= scope.is_some_and(|scope| scope.contains("openid"));
                Ok(asked)
            }
            (_, Some(scope), _) => TokenAudience::by_scope(scope, &self.http.host),
            (Version::One, None, None) => Err(SignInError::missing_field("resource")),
            (Version::Two, None, _) => Err(SignInError::missing_field("scope")),
        }
    }

    /// The client that asks, whether or not it has proved it.
    pub fn client(&self) -> Result<Client, SignInError> {
        let basic = self.basic();
        let app_id = match &basic {
            Some((client, _)) => client.as_str(),
            None => self.required("client_id")?,
        };
        Client::find(self.platform.database.read().latest(), app_id)
    }

    /// The secret, in the form or in the header.
    pub fn secret(&self) -> Option<String> {
        self.basic().map(|(_, secret)| secret).or_else(|| self.field("client_secret").map(str::to_owned))
    }

    fn basic(&self) -> Option<(String, String)> {
        let text = self.http.header(header::AUTHORIZATION.as_str())?.strip_prefix("Basic ")?;
        let text = String::from_utf8(STANDARD.decode(text).ok()?).ok()?;
        let (client, secret) = text.split_once(':')?;
        // Both halves are form-encoded inside (RFC 6749 section 2.3.1).
        Some((decode_form_value(client), decode_form_value(secret)))
    }
}

/// A tenant that is not this one, or no tenant at all.
pub fn tenant_refused(name: &str) -> SignInError {
    let is_name = name.contains('.') && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
    if is_name || uuid::Uuid::try_parse(name).is_ok() || ids::is_any(name) {
        SignInError::unknown_tenant(name)
    } else {
        SignInError::invalid_tenant_name(name)
    }
}

/// The segment with the tenant's name, for clients that take the emulator for Active Directory Federation Services.
pub const ADFS: &str = "adfs";

impl Issued {
    /// The body of the answer.
    fn body(&self, version: Version) -> Value {
        let mut body = json!({
            "token_type": "Bearer",
            "expires_in": self.expires_in,
            "ext_expires_in": self.expires_in,
            "access_token": self.access_token,
        });
        let Some(fields) = body.as_object_mut() else { return body };
        if version == Version::One {
            // Strings there; and who the token is for.
            let text = self.expires_in.to_string();
            fields.insert("expires_in".into(), json!(text));
            fields.insert("ext_expires_in".into(), json!(text));
            fields.insert("expires_on".into(), json!(self.expires_on.to_string()));
            fields.insert("not_before".into(), json!(self.not_before.to_string()));
            fields.insert("resource".into(), json!(self.audience));
        }
        let more = [
            ("scope", &self.scope),
            ("refresh_token", &self.refresh_token),
            ("id_token", &self.id_token),
            ("client_info", &self.client_info),
        ];
        for (name, value) in more {
            if let Some(value) = value {
                fields.insert(name.into(), json!(value));
            }
        }
        if self.refresh_token.is_some() && self.family {
            fields.insert("foci".into(), json!(tokens::FAMILY));
        }
        body
    }
}
