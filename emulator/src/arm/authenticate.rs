//! Who is calling: the bearer token of a request (service-behaviour section 11.4).

use axum::http::{StatusCode, header};
use jiff::Timestamp;

use super::error::ArmError;
use crate::{answer::Answer, call::Call, emulator::Emulator, tenant, token::Refused};

/// Names of Azure Resource Manager that tokens can be for, besides the emulator's own address.
const AUDIENCES: &[&str] = &["https://management.azure.com", "https://management.core.windows.net"];

/// Whoever holds a good token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Object id of the service principal or user.
    pub object_id: String,
    /// How refusals call them: the application id or the user principal name.
    pub name: String,
}

/// Refuses a request without a good token.
pub fn authenticate(emulator: &Emulator, call: &Call) -> Result<Caller, ArmError> {
    let bearer = call.header("authorization").and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let token = bearer.filter(|token| !token.is_empty()).ok_or_else(|| {
        ArmError::new(StatusCode::UNAUTHORIZED, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.")
    })?;
    let now = emulator.clock.steady();
    let claims = emulator.signer.verify(token, now.as_second()).map_err(|refused| match refused {
        Refused::Malformed => invalid_token("The access token is invalid."),
        Refused::Expired => expired(now),
    })?;
    let audience = claims.aud.trim_end_matches('/');
    if AUDIENCES.contains(&audience) || audience == format!("https://{}", call.host) {
        return Ok(Caller { object_id: claims.oid, name: claims.appid });
    }
    // Unverified: the text.
    Err(invalid_token(format!(
        "The access token has been obtained for wrong audience or resource '{}'. It should exactly match with one of the \
         allowed audiences 'https://management.core.windows.net/','https://management.azure.com/'.",
        claims.aud
    )))
}

/// 401 for a token that was good.
pub fn expired(now: Timestamp) -> ArmError {
    let now = now.strftime("%-m/%-d/%Y %-I:%M:%S %p");
    let text = format!("The access token expiry UTC time '{now}' is earlier than current UTC time '{now}'.");
    ArmError::new(StatusCode::UNAUTHORIZED, "ExpiredAuthenticationToken", text)
}

// Unverified: the texts.
fn invalid_token(text: impl Into<String>) -> ArmError {
    ArmError::new(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", text)
}

/// A 401 tells where to sign in, and by that the tenant, which some clients read on purpose.
pub fn with_hint(answer: Answer) -> Answer {
    if answer.status != StatusCode::UNAUTHORIZED {
        return answer;
    }
    let hint = format!(
        "Bearer authorization_uri=\"https://login.windows.net/{}\", error=\"invalid_token\", error_description=\"The \
         authentication failed because of missing 'Authorization' header.\"",
        tenant::TENANT_ID
    );
    answer.with_header(header::WWW_AUTHENTICATE, &hint)
}
