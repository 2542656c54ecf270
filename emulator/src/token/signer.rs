//! Signs access tokens and checks them again when they come back.

use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode,
    errors::ErrorKind,
    jwk::{AlgorithmParameters, Jwk},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How long a token is good for, in seconds. The service says 3599, not 3600.
pub const LIFETIME: i64 = 3599;

/// The claims of an application-only access token (service-behaviour section 11.3).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// Application id of the caller.
    pub appid: String,
    /// How the application proved itself: `"1"` is a secret, `"2"` a certificate.
    pub appidacr: String,
    /// Says that this is an application and no user.
    pub idtyp: String,
    /// Object id of the caller's service principal.
    pub oid: String,
    /// The same, for application-only tokens.
    pub sub: String,
    /// Granted application permissions.
    pub roles: Vec<String>,
    /// The tenant's id.
    pub tid: String,
    /// Version of the token format.
    pub ver: String,
}

/// Why a token was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Not a token, or not signed by us.
    Malformed,
    /// It was good, and is no more.
    Expired,
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

    /// A signed token.
    pub fn sign(&self, claims: &Claims) -> Result<String, jsonwebtoken::errors::Error> {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(self.kid.clone());
        header.x5t = Some(self.kid.clone());
        encode(&header, claims, &self.key)
    }

    /// The claims of a token that we signed and that is good at `now` (seconds since 1970). The audience is the
    /// reader's to check: each service knows its own names.
    pub fn verify(&self, token: &str, now: i64) -> Result<Claims, Refused> {
        let mut rules = Validation::new(Algorithm::RS256);
        rules.validate_aud = false;
        // The library would take the system's clock; the emulator has its own.
        rules.validate_exp = false;
        rules.validate_nbf = false;
        rules.required_spec_claims.clear();
        let claims = decode::<Claims>(token, &self.check, &rules).map_err(|_| Refused::Malformed)?.claims;
        if claims.exp <= now { Err(Refused::Expired) } else { Ok(claims) }
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
        let text = String::new;
        Claims {
            aud: text(),
            iss: text(),
            iat: 0,
            nbf: 0,
            exp: 100,
            appid: text(),
            appidacr: text(),
            idtyp: text(),
            oid: "me".into(),
            sub: text(),
            roles: vec![],
            tid: text(),
            ver: text(),
        }
    }

    #[test]
    fn a_token_is_good_until_it_expires() {
        let signer = signer();
        let token = signer.sign(&claims()).unwrap();
        assert_eq!(signer.verify(&token, 99), Ok(claims()));
        assert_eq!(signer.verify(&token, 100), Err(Refused::Expired));
    }

    #[test]
    fn a_token_that_somebody_else_signed_or_changed_is_refused() {
        let (ours, theirs) = (signer(), signer());
        let token = theirs.sign(&claims()).unwrap();
        assert_eq!(ours.verify(&token, 1), Err(Refused::Malformed));
        let mut parts: Vec<_> = token.split('.').map(str::to_owned).collect();
        parts[1] = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&Claims { oid: "admin".into(), ..claims() }).unwrap());
        assert_eq!(theirs.verify(&parts.join("."), 1), Err(Refused::Malformed));
        assert_eq!(ours.verify("nonsense", 1), Err(Refused::Malformed));
    }
}
