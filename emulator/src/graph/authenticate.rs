//! Who is calling: the bearer token of a request (service-behaviour section 11.4).

use super::error::GraphError;
use crate::{call::Call, emulator::Emulator, token::Refused};

/// Names of Graph that tokens can be for, besides the emulator's own address.
const AUDIENCES: &[&str] = &["https://graph.microsoft.com", "00000003-0000-0000-c000-000000000000"];

/// Refuses a request without a good token for Graph.
pub fn authenticate(emulator: &Emulator, call: &Call) -> Result<(), GraphError> {
    let bearer = call.header("authorization").and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let token = bearer.filter(|token| !token.is_empty()).ok_or_else(|| GraphError::unauthenticated("Access token is empty."))?;
    let claims = emulator.signer.verify(token, emulator.clock.steady().as_second()).map_err(|refused| match refused {
        Refused::Malformed => GraphError::unauthenticated("CompactToken parsing failed with error code: 80049217"),
        Refused::Expired => GraphError::token_expired(),
    })?;
    let audience = claims.aud.trim_end_matches('/');
    if AUDIENCES.contains(&audience) || audience == format!("https://{}", call.host) {
        return Ok(());
    }
    Err(GraphError::unauthenticated("Access token validation failure. Invalid audience."))
}
