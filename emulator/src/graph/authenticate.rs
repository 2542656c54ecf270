//! Who is calling: the bearer token of a request, and what Graph says to a bad one (docs/services/graph.md#refused-tokens).

use super::model::error::GraphError;
use crate::{
    caller::{Caller, NoCaller, Resource, Signer},
    http::Request,
};

/// The caller of a request; refuses one without a good token for Graph.
pub fn authenticate(signer: &Signer, request: &Request) -> Result<Caller, GraphError> {
    Caller::of(signer, request, Resource::Graph).map_err(|no| match no {
        NoCaller::Missing => GraphError::unauthenticated("Access token is empty."),
        NoCaller::Malformed => GraphError::unauthenticated("CompactToken parsing failed with error code: 80049217"),
        NoCaller::Expired(_) => GraphError::token_expired(),
        // Unverified: the service would take it, and show the other tenant.
        NoCaller::OtherTenant(_) => GraphError::unauthenticated("Access token validation failure. Invalid issuer."),
        NoCaller::OtherAudience(_) => GraphError::unauthenticated("Access token validation failure. Invalid audience."),
    })
}
