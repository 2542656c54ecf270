//! Who is calling: the bearer token of a request (service-behaviour section 11.4).

use axum::http::{StatusCode, header};
use jiff::Timestamp;

use super::error::ArmError;
use crate::{
    answer::Answer,
    call::Call,
    emulator::Emulator,
    tenant,
    token::{Caller, Kind, NoCaller, Resource},
};

/// Refuses a request without a good token.
pub fn authenticate(emulator: &Emulator, call: &Call) -> Result<Caller, ArmError> {
    Caller::of(emulator, call, Resource::Arm).map_err(|none| match none {
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
    })
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
