//! The endpoints that requests are written for, and the services that limit the rate of requests to them.

use std::fmt;

/// Which interface a request is for; with the version, since that is part of its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// Microsoft Graph, v1.0.
    Graph,
    /// Microsoft Graph, beta.
    GraphBeta,
    /// Azure Resource Manager; the version is a query parameter of the request.
    Arm,
}

/// Who limits the rate: requests to the same service share a rate limiter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// Microsoft Graph.
    Graph,
    /// Conditional access, part of Microsoft Graph, with limits of its own (docs/services/conditional-access.md#throttling).
    ConditionalAccess,
    /// Azure Resource Manager.
    Arm,
    /// The token endpoint.
    SignIn,
    /// The list of a cloud's endpoints.
    Metadata,
    /// The issuer of identity tokens for a pipeline's job or an app.
    Identity,
    /// The instance metadata service of a machine, or what stands for it.
    ManagedIdentity,
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Graph | Self::ConditionalAccess => "Microsoft Graph",
            Self::Arm => "Azure Resource Manager",
            Self::SignIn => "the token endpoint",
            Self::Metadata => "the cloud's metadata host",
            Self::Identity => "the identity endpoint",
            Self::ManagedIdentity => "the managed identity service",
        })
    }
}
