//! Who is calling: the bearer token of a request (service-behaviour section 11.4).

use axum::http::{StatusCode, header};
use jiff::Timestamp;

use super::error::ArmError;
use crate::{
    answer::Answer,
    call::Call,
    emulator::Emulator,
    tenant,
    token::{self, Kind, NoCaller, Resource},
};

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
    let caller = token::Caller::of(emulator, call, Resource::Arm).map_err(|no| match no {
        NoCaller::Missing => {
            ArmError::new(StatusCode::UNAUTHORIZED, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.")
        }
        NoCaller::Malformed => invalid_token("The access token is invalid."),
        NoCaller::Expired(at) => expired(Timestamp::from_second(at).unwrap_or_default(), emulator.clock.steady()),
        // Unverified: the text.
        NoCaller::OtherAudience(audience) => invalid_token(format!(
            "The access token has been obtained for wrong audience or resource '{audience}'. It should exactly match with one of the \
             allowed audiences 'https://management.core.windows.net/','https://management.azure.com/'."
        )),
    })?;
    let name = match caller.kind {
        Kind::User(name) => name,
        Kind::Application => caller.app_id,
    };
    Ok(Caller { object_id: caller.object_id, name })
}

/// 401 for a token that was good until then.
pub fn expired(end: Timestamp, now: Timestamp) -> ArmError {
    let [end, now] = [end, now].map(|time| time.strftime("%-m/%-d/%Y %-I:%M:%S %p").to_string());
    let text = format!("The access token expiry UTC time '{end}' is earlier than current UTC time '{now}'.");
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
