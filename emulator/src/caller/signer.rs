//! Signs access tokens and checks them again when they come back.

use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode,
    errors::ErrorKind,
    jwk::{AlgorithmParameters, Jwk},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// Default lifetime of a token, in seconds. The service says 3599, not 3600.
pub const LIFETIME: i64 = 3599;

/// The claims of an access token (docs/services/sign-in.md#claims), in the shape of version 1.0, which is what Graph,
/// Resource Manager and AKS are sent.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Claims {
    /// The resource that the token is for.
    pub aud: String,
    /// Who issued it.
    pub iss: String,
    /// Issued at, seconds since 1970.
    pub iat: i64,
    /// Not before.
    pub nbf: i64,
    /// Good until.
    pub exp: i64,
    /// Application id of the client.
    pub appid: String,
    /// How the client proved itself: `"0"` not at all, `"1"` with a secret, `"2"` with a certificate.
    pub appidacr: String,
    /// `app` or `user`.
    pub idtyp: String,
    /// Object id of the caller: a service principal or a user.
    pub oid: String,
    /// The same for applications; for users a name that only this client knows.
    pub sub: String,
    /// Granted application permissions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// Delegated permissions, separated by spaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scp: Option<String>,
    /// User principal name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upn: Option<String>,
    /// The same, for people to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique_name: Option<String>,
    /// Display name of the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How the user proved who they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// Authentication contexts that the sign-in satisfied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acrs: Vec<String>,
    /// Capabilities of the client.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub xms_cc: Vec<String>,
    /// Object ids of the groups that the caller was in when the token was issued, if they fit into a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<String>>,
    /// Where the groups are if they do not fit: only that there is a source counts here.
    #[serde(rename = "_claim_names", default, skip_serializing_if = "Option::is_none")]
    pub claim_names: Option<Value>,
    /// When the token was issued, in seconds since 1970 by the tenant's clock. A claim of the emulator's own: the other times are those of the
    /// system's clock, which clients know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emulator_issued_at: Option<i64>,
    /// The tenant's id.
    pub tid: String,
    /// Version of the token format.
    pub ver: String,
}

/// The claims of a refresh token. It is signed, not kept: the emulator forgets nothing when it is started again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// [`GRANT`]: no access token passes for one, and it for no access token.
    pub typ: String,
    /// Object id of the user.
    pub oid: String,
    /// Application id of the client.
    pub appid: String,
    /// When it was issued, in seconds since 1970.
    pub iat: i64,
    /// When the user signed in, by the tenant's clock, in seconds since 1970.
    pub auth_time: i64,
    /// How often the user's sessions had been revoked by then.
    pub session: u64,
    /// Good until.
    pub exp: i64,
    /// How the user proved who they are.
    #[serde(default)]
    pub amr: Vec<String>,
}

/// The mark of a [`Grant`].
pub const GRANT: &str = "refresh";

/// Why a token was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenError {
    /// Not a token, or not signed by us.
    Malformed,
    /// It was good until then, seconds since 1970.
    Expired(i64),
}

/// The key pair of the tenant.
pub struct Signer {
    key: EncodingKey,
    check: DecodingKey,
    /// Names the key in tokens and in the published set.
    kid: String,
    /// The published key.
    jwk: Value,
}

impl Signer {
    /// Takes over a private RSA key in PEM.
    pub fn new(pem: &str) -> Result<Self, jsonwebtoken::errors::Error> {
        let key = EncodingKey::from_rsa_pem(pem.as_bytes())?;
        let public = Jwk::from_encoding_key(&key, Algorithm::RS256)?;
        let check = DecodingKey::from_jwk(&public)?;
        let AlgorithmParameters::RSA(rsa) = &public.algorithm else {
            return Err(ErrorKind::InvalidKeyFormat.into());
        };
        let kid: String = rsa.n.chars().take(27).collect();
        let jwk = json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "x5t": kid, "n": rsa.n, "e": rsa.e,
        });
        Ok(Self { key, check, kid, jwk })
    }

    /// The set of keys that clients check tokens with.
    pub fn published(&self) -> Value {
        json!({"keys": [self.jwk]})
    }

    /// A signed token: of [`Claims`], of a [`Grant`], or an id token.
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, jsonwebtoken::errors::Error> {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(self.kid.clone());
        header.x5t = Some(self.kid.clone());
        encode(&header, claims, &self.key)
    }

    /// A signed token that does not name its certificate, as issuers of tokens for exchange do not.
    pub fn sign_plain(&self, claims: &impl Serialize) -> Result<String, jsonwebtoken::errors::Error> {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(self.kid.clone());
        encode(&header, claims, &self.key)
    }

    /// The claims of an access token that we signed and that is good at `now` (seconds since 1970). The audience is the
    /// reader's to check: each service knows its own names.
    pub fn verify(&self, token: &str, now: i64) -> Result<Claims, TokenError> {
        let claims: Claims = self.decode(token)?;
        if claims.exp <= now { Err(TokenError::Expired(claims.exp)) } else { Ok(claims) }
    }

    /// The content of a refresh token that we signed and that is valid at `now`.
    pub fn verify_grant(&self, token: &str, now: i64) -> Result<Grant, TokenError> {
        let grant: Grant = self.decode(token)?;
        match grant {
            Grant { ref typ, .. } if typ != GRANT => Err(TokenError::Malformed),
            Grant { exp, .. } if exp <= now => Err(TokenError::Expired(exp)),
            grant => Ok(grant),
        }
    }

    /// The content of any token that we signed, whether or not it is still valid.
    pub fn decode<T: DeserializeOwned>(&self, token: &str) -> Result<T, TokenError> {
        let mut rules = Validation::new(Algorithm::RS256);
        rules.validate_aud = false;
        // The library would take the system's clock; the emulator has its own.
        rules.validate_exp = false;
        rules.validate_nbf = false;
        rules.required_spec_claims.clear();
        Ok(decode::<T>(token, &self.check, &rules).map_err(|_| TokenError::Malformed)?.claims)
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("kid", &self.kid).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)] // tests may panic

    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::*;

    fn signer() -> Signer {
        let key = rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048).unwrap();
        Signer::new(&key.serialize_pem()).unwrap()
    }

    fn claims() -> Claims {
        Claims { exp: 100, oid: "me".into(), ..Claims::default() }
    }

    #[test]
    fn a_token_is_good_until_it_expires() {
        let signer = signer();
        let token = signer.sign(&claims()).unwrap();
        assert_eq!(signer.verify(&token, 99), Ok(claims()));
        assert_eq!(signer.verify(&token, 100), Err(TokenError::Expired(100)));
    }

    #[test]
    fn a_token_that_somebody_else_signed_or_changed_is_refused() {
        let (ours, theirs) = (signer(), signer());
        let token = theirs.sign(&claims()).unwrap();
        assert_eq!(ours.verify(&token, 1), Err(TokenError::Malformed));
        let mut parts: Vec<_> = token.split('.').map(str::to_owned).collect();
        parts[1] = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&Claims { oid: "admin".into(), ..claims() }).unwrap());
        assert_eq!(theirs.verify(&parts.join("."), 1), Err(TokenError::Malformed));
        assert_eq!(ours.verify("nonsense", 1), Err(TokenError::Malformed));
    }

    #[test]
    fn a_refresh_token_is_no_access_token_and_the_other_way_round() {
        let signer = signer();
        let grant =
            Grant { typ: GRANT.into(), oid: "me".into(), appid: "app".into(), iat: 0, auth_time: 0, session: 0, exp: 100, amr: vec![] };
        let (refresh, access) = (signer.sign(&grant).unwrap(), signer.sign(&claims()).unwrap());
        assert_eq!(signer.verify_grant(&refresh, 99), Ok(grant));
        assert_eq!(signer.verify_grant(&refresh, 100), Err(TokenError::Expired(100)));
        assert_eq!(signer.verify_grant(&access, 1), Err(TokenError::Malformed));
        assert_eq!(signer.verify(&refresh, 1), Err(TokenError::Malformed));
    }
}
