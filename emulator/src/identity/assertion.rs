//! Client assertions: signed by an application's certificate, or issued by somebody whom the application trusts.

use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header};
use serde::{Deserialize, Deserializer, Serialize};

use super::{
    application::{Certificate, Registration},
    endpoint::TokenRequest,
    errors::SignInError,
};
use crate::{caller::TokenError, tenant::ids};
use jiff::Timestamp;

/// The only type of assertion.
const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The claims of a client assertion.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Assertion {
    /// Whom it is for: the token endpoint, or the exchange of tokens.
    pub aud: String,
    /// Who issued it: the application itself, or an issuer of tokens.
    pub iss: String,
    /// Whom it is about.
    pub sub: String,
    /// Good until, in seconds since 1970.
    #[serde(deserialize_with = "seconds")]
    pub exp: i64,
    /// Not before.
    #[serde(default, deserialize_with = "seconds")]
    pub nbf: i64,
    /// Issued at.
    #[serde(default, deserialize_with = "seconds")]
    pub iat: i64,
}

/// A date of a token, which can have a fraction (RFC 7519, section 2); those of MSAL for Python do.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    f64::deserialize(deserializer).map(|seconds| seconds as i64)
}

/// Accepts an assertion for an application, or refuses it.
pub fn check(request: &TokenRequest<'_>, app_id: &str, registration: &Registration, token: &str) -> Result<(), SignInError> {
    let kind = request.required("client_assertion_type")?;
    if kind != TYPE {
        return Err(SignInError::unsupported_assertion_type(kind));
    }
    let header = decode_header(token).map_err(|_| SignInError::malformed_assertion())?;
    if header.x5t.is_some() || header.x5t_s256.is_some() {
        by_certificate(request, app_id, registration, &header, token)
    } else {
        federated(request, app_id, registration, token)
    }
}

/// The application's own assertion: signed with the key of one of its certificates, about itself, for this endpoint.
fn by_certificate(
    request: &TokenRequest<'_>,
    app_id: &str,
    registration: &Registration,
    header: &Header,
    token: &str,
) -> Result<(), SignInError> {
    // MSAL for Python pads them, which RFC 7515 does not have.
    let is = |given: Option<&String>, known: &str| given.is_some_and(|given| given.trim_end_matches('=') == known);
    let named = |known: &&Certificate| is(header.x5t_s256.as_ref(), &known.sha256) || is(header.x5t.as_ref(), &known.sha1);
    let certificate = registration.certificates.iter().find(named).ok_or_else(|| SignInError::unregistered_certificate(app_id))?;
    let key = DecodingKey::from_rsa_pem(certificate.key.as_bytes()).map_err(|_| SignInError::bad_signature(app_id))?;
    let assertion = open(token, &key).ok_or_else(|| SignInError::bad_signature(app_id))?;
    within_time(request, app_id, &assertion)?;
    if !assertion.sub.eq_ignore_ascii_case(app_id) || !assertion.iss.eq_ignore_ascii_case(app_id) {
        return Err(SignInError::wrong_issuer_or_subject(app_id));
    }
    // The endpoint itself, its version 1 or 2, by the tenant's id or name; or the issuer.
    let own = assertion.aud.strip_prefix("https://").and_then(|rest| rest.split_once('/'));
    let ours = own.is_some_and(|(host, path)| {
        let tenant_name = path.split('/').next().unwrap_or_default();
        let known = ids::is_this(tenant_name) || tenant_name == super::endpoint::ADFS;
        host.eq_ignore_ascii_case(&request.http.host) && known
    });
    if ours { Ok(()) } else { Err(SignInError::wrong_assertion_audience(&assertion.aud)) }
}

/// Somebody else's token. Issuers of the world are not asked for their keys: whatever is exchanged here was issued by one of the emulator's own
/// fixtures, in the name of any issuer, and is signed with the emulator's key.
fn federated(request: &TokenRequest<'_>, app_id: &str, registration: &Registration, token: &str) -> Result<(), SignInError> {
    let assertion: Assertion = request.platform.signer.decode(token).map_err(|refused| match refused {
        TokenError::Malformed | TokenError::Expired(_) => SignInError::bad_signature(app_id),
    })?;
    within_time(request, app_id, &assertion)?;
    // The service looks at the issuer first, and names the one of the three it could not match.
    let mut matching: Vec<_> = registration.federated.iter().filter(|known| known.issuer == assertion.iss).collect();
    if matching.is_empty() {
        return Err(SignInError::no_such_federated(700_211, "issuer", &assertion.iss));
    }
    matching.retain(|known| known.subject == assertion.sub);
    if matching.is_empty() {
        return Err(SignInError::no_such_federated(700_213, "subject", &assertion.sub));
    }
    matching.retain(|known| known.audience == assertion.aud);
    if matching.is_empty() {
        return Err(SignInError::no_such_federated(700_212, "audience", &assertion.aud));
    }
    Ok(())
}

fn within_time(_request: &TokenRequest<'_>, app_id: &str, assertion: &Assertion) -> Result<(), SignInError> {
    // Unverified: how much two clocks may differ.
    const SKEW: i64 = 300;
    let now = Timestamp::now();
    let second = now.as_second();
    if assertion.nbf - SKEW > second || assertion.exp + SKEW <= second {
        return Err(SignInError::assertion_out_of_time(app_id, now, assertion.nbf, assertion.exp));
    }
    Ok(())
}

fn open(token: &str, key: &DecodingKey) -> Option<Assertion> {
    let mut rules = Validation::new(Algorithm::RS256);
    rules.algorithms = vec![Algorithm::RS256, Algorithm::PS256];
    rules.validate_aud = false;
    rules.validate_exp = false;
    rules.validate_nbf = false;
    rules.required_spec_claims.clear();
    decode::<Assertion>(token, key, &rules).ok().map(|token| token.claims)
}
