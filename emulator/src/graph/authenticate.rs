//! Authentication: the bearer token of a request, and Graph's errors for invalid ones (docs/services/graph.md#refused-tokens).

use super::model::error::GraphError;
use crate::{
    caller::{AuthenticationError, Caller, Resource, Signer},
    http::Request,
};

/// The caller of a request; refuses one without a good token for Graph.
pub fn authenticate(signer: &Signer, request: &Request) -> Result<Caller, GraphError> {
    Caller::of(signer, request, Resource::Graph).map_err(|no| match no {
        AuthenticationError::Missing => GraphError::unauthenticated("Access token is empty."),
        AuthenticationError::Malformed => GraphError::unauthenticated("CompactToken parsing failed with error code: 80049217"),
        AuthenticationError::Expired(_) => GraphError::token_expired(),
        // Unverified: the service would take it, and show the other tenant.
        AuthenticationError::OtherTenant(_) => GraphError::unauthenticated("Access token validation failure. Invalid issuer."),
        AuthenticationError::OtherAudience(_) => GraphError::unauthenticated("Access token validation failure. Invalid audience."),
    })
}
