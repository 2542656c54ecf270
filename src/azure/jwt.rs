//! Claims of access tokens (JSON Web Tokens).

use serde::de::DeserializeOwned;

/// Reads the claims of a token; none if it is not a JSON Web Token or does not have these claims.
///
/// The signature is not verified: the token comes from the identity platform or from the user, and is only sent on to the service that verifies it.
pub(super) fn claims<T: DeserializeOwned>(token: &str) -> Option<T> {
    jsonwebtoken::dangerous::insecure_decode(token).ok().map(|token| token.claims)
}
