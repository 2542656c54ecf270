//! Authentication: the bearer token of a request (docs/services/resource-manager.md#refused-tokens).

use axum::http::{StatusCode, header};
use jiff::Timestamp;

use super::error::ArmError;
use crate::{
    caller::{AuthenticationError, Caller, Kind, Resource, Signer, TokenError},
    http::{Request, Response},
    tenant::ids,
};

/// Refuses a request without a good token.
pub fn authenticate(signer: &Signer, request: &Request) -> Result<Caller, ArmError> {
    Caller::of(signer, request, Resource::Arm).map_err(|none| match none {
        AuthenticationError::Missing => {
            ArmError::new(StatusCode::UNAUTHORIZED, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.")
        }
        AuthenticationError::Malformed => invalid_token("The access token is invalid."),
        AuthenticationError::Expired(at) => expired(Timestamp::from_second(at).unwrap_or_default(), Timestamp::now()),
        AuthenticationError::OtherTenant(issuer) => ArmError::new(
            StatusCode::UNAUTHORIZED,
            "InvalidAuthenticationTokenTenant",
            format!(
                "The access token is from the wrong issuer '{issuer}'. It must match the tenant 'https://sts.windows.net/{}/' associated with this \
                 subscription. Please use the authority (URL) 'https://login.windows.net/{}' to get the token.",
                ids::TENANT_ID,
                ids::TENANT_ID
            ),
        ),
        // Unverified: the text.
        AuthenticationError::OtherAudience(audience) => invalid_token(format!(
            "The access token has been obtained for wrong audience or resource '{audience}'. It should exactly match with one of the \
             allowed audiences 'https://management.core.windows.net/','https://management.azure.com/'."
        )),
    })
}

/// The other tenants that a request brought tokens of, all of which must be good
/// (learn.microsoft.com/azure/azure-resource-manager/management/authenticate-multi-tenant). Unverified: codes and texts.
pub fn auxiliary(signer: &Signer, request: &Request) -> Result<Vec<String>, ArmError> {
    let Some(value) = request.header("x-ms-authorization-auxiliary") else { return Ok(Vec::new()) };
    let tokens: Vec<&str> = value.split(',').map(str::trim).collect();
    if tokens.len() > 3 {
        return Err(invalid_token("The request has more than three auxiliary tokens."));
    }
    let tenant = |bearer: &str| {
        let token = bearer.strip_prefix("Bearer ").ok_or_else(|| invalid_token("An auxiliary token is no bearer token."))?;
        let now = Timestamp::now();
        let claims = signer.verify(token, now.as_second()).map_err(|refused| match refused {
            TokenError::Malformed => invalid_token("An auxiliary token is invalid."),
            TokenError::Expired(at) => expired(Timestamp::from_second(at).unwrap_or_default(), now),
        })?;
        let known = Resource::named(&claims.aud, &request.host).is_some_and(|audience| audience.serves(Resource::Arm));
        if known {
            Ok(claims.tid)
        } else {
            Err(invalid_token(format!("An auxiliary token of client '{}' is for somebody else.", claims.appid)))
        }
    };
    tokens.into_iter().map(tenant).collect()
}

/// How refusals call a caller: the application id or the user principal name.
pub fn name(caller: &Caller) -> &str {
    match &caller.kind {
        Kind::Application => &caller.app_id,
        Kind::User(name) => name,
    }
}

/// 401 for a token that was good until some time ago.
pub fn expired(at: Timestamp, now: Timestamp) -> ArmError {
    let text = |at: Timestamp| at.strftime("%-m/%-d/%Y %-I:%M:%S %p").to_string();
    let (at, now) = (text(at), text(now));
    let text = format!("The access token expiry UTC time '{at}' is earlier than current UTC time '{now}'.");
    ArmError::new(StatusCode::UNAUTHORIZED, "ExpiredAuthenticationToken", text)
}

// Unverified: the texts.
fn invalid_token(text: impl Into<String>) -> ArmError {
    ArmError::new(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", text)
}

/// A 401 says where to sign in, and by that the tenant, which some clients read on purpose.
pub fn with_hint(response: Response) -> Response {
    if response.status != StatusCode::UNAUTHORIZED {
        return response;
    }
    let hint = format!(
        "Bearer authorization_uri=\"https://login.windows.net/{}\", error=\"invalid_token\", error_description=\"The \
         authentication failed because of missing 'Authorization' header.\"",
        ids::TENANT_ID
    );
    response.with_header(header::WWW_AUTHENTICATE, &hint)
}
