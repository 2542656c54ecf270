//! Validation of access tokens. The result is a caller or an error, which each service words itself.

mod audience;
mod signer;

use jiff::Timestamp;

pub use self::{
    audience::{GRAPH_APP, KUBERNETES_APP, Resource},
    signer::{Claims, GRANT, Grant, LIFETIME, Signer, TokenError},
};
use crate::{http::Request, tenant::ids};

/// The capability of a client that understands claims challenges.
const CLAIMS_CHALLENGE_CAPABILITY: &str = "cp1";

/// The holder of a valid access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// An application or a user.
    pub kind: Kind,
    /// Object id of the service principal or of the user.
    pub object_id: String,
    /// Application id of the client: the application itself, or what the user signed in with.
    pub app_id: String,
    /// Application permissions of an application; delegated permissions that the client has for a user.
    pub permissions: Vec<String>,
    /// How a user proved who they are: the claim `amr`.
    pub methods: Vec<String>,
    /// Authentication contexts that the sign-in satisfied: the claim `acrs`. Of a client that does not say that it understands claims
    /// challenges they do not count (docs/services/pim.md#refusals).
    pub contexts: Vec<String>,
    /// When the token was issued, in seconds since 1970 by the system's clock.
    pub issued_at: i64,
    /// The groups that the token names; `None` if it names none, because there are too many or because its audience wants none.
    pub groups: Option<Vec<String>>,
    /// Until when the token is valid by the tenant's clock, in seconds since 1970; `None` where only the system's clock counts.
    pub valid_until: Option<i64>,
}

/// The kind of a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// An application on its own behalf.
    Application,
    /// A user, by user principal name at the time of the sign-in.
    User(String),
}

/// Why a request has no caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthenticationError {
    /// There is no bearer token.
    Missing,
    /// Not a token, or not signed by us.
    Malformed,
    /// It was good until then, seconds since 1970.
    Expired(i64),
    /// It is for somebody else: the audience.
    OtherAudience(String),
    /// It is another tenant's: the issuer.
    OtherTenant(String),
}

impl Caller {
    /// The caller of a request to `resource`.
    pub fn of(signer: &Signer, request: &Request, resource: Resource) -> Result<Self, AuthenticationError> {
        let bearer = request.header("authorization").and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        });
        let token = bearer.filter(|token| !token.is_empty()).ok_or(AuthenticationError::Missing)?;
        let claims = signer.verify(token, Timestamp::now().as_second()).map_err(|refused| match refused {
            TokenError::Malformed => AuthenticationError::Malformed,
            TokenError::Expired(at) => AuthenticationError::Expired(at),
        })?;
        if claims.tid != ids::TENANT_ID {
            return Err(AuthenticationError::OtherTenant(claims.iss));
        }
        match Resource::named(&claims.aud, &request.host) {
            Some(audience) if audience.serves(resource) => Ok(claims.into()),
            _ => Err(AuthenticationError::OtherAudience(claims.aud)),
        }
    }

    /// Whether a permission was granted: itself, or the one to write what this one is to read.
    pub fn has_permission(&self, permission: &str) -> bool {
        let writing = permission.replacen(".Read.", ".ReadWrite.", 1);
        self.permissions.iter().any(|granted| granted == permission || *granted == writing)
    }

    /// Whether a user is calling, and not an application.
    pub fn is_user(&self) -> bool {
        matches!(self.kind, Kind::User(_))
    }
}

impl From<Claims> for Caller {
    fn from(claims: Claims) -> Self {
        let scopes = claims.scp.as_deref().unwrap_or_default();
        Self {
            permissions: claims.roles.into_iter().chain(scopes.split(' ').filter(|one| !one.is_empty()).map(str::to_owned)).collect(),
            kind: if claims.idtyp == "user" { Kind::User(claims.upn.unwrap_or_default()) } else { Kind::Application },
            object_id: claims.oid,
            app_id: claims.appid,
            methods: claims.amr,
            contexts: if claims.xms_cc.iter().any(|one| one == CLAIMS_CHALLENGE_CAPABILITY) { claims.acrs } else { Vec::new() },
            issued_at: claims.iat,
            valid_until: claims.emulator_issued_at.map(|issued| issued + claims.exp - claims.iat),
            groups: claims.groups,
        }
    }
}
