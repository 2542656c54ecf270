//! A client certificate and its key, and the assertion that they sign
//! (learn.microsoft.com/entra/identity-platform/certificate-credentials).

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::RsaKeyPair;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use p12_keystore::{KeyStore, Pkcs12ImportPolicy};
use pkcs8::{EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use zeroize::Zeroizing;

use crate::azure::credential_source::Text;
use crate::azure::error::Error;

/// How long an assertion is good for; it is used at once.
const LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// A certificate with its key.
pub(super) struct Certificate {
    /// SHA-256 of the certificate, base64url: how the identity platform finds it among those of the application.
    digest: String,
    key: EncodingKey,
}

impl Certificate {
    /// Reads what was given: base64 of PKCS#12 or PEM, PEM itself, or a file of either.
    pub(super) async fn read(text: &Text, password: &SecretString) -> Result<Self, Error> {
        if text.file.is_some() {
            return Self::of_bytes(&text.bytes().await?, password);
        }
        let given = text.read().await?;
        if given.expose_secret().contains("-----BEGIN") {
            return Self::of_bytes(given.expose_secret().as_bytes(), password);
        }
        let compact: Zeroizing<String> = Zeroizing::new(given.expose_secret().split_whitespace().collect());
        let bytes = STANDARD.decode(compact.as_bytes()).map_err(|_| invalid("it is neither PEM nor base64"))?;
        Self::of_bytes(&Zeroizing::new(bytes), password)
    }

    fn of_bytes(bytes: &[u8], password: &SecretString) -> Result<Self, Error> {
        if bytes.windows(10).any(|window| window == b"-----BEGIN") { Self::of_pem(bytes, password) } else { Self::of_pfx(bytes, password) }
    }

    fn of_pfx(bytes: &[u8], password: &SecretString) -> Result<Self, Error> {
        // The library's message may describe the contents; the cause is one of these two in any case.
        let store = KeyStore::from_pkcs12(bytes, password.expose_secret(), Pkcs12ImportPolicy::Relaxed)
            .map_err(|_| invalid("it is no PKCS#12 (PFX) file, or the password is wrong"))?;
        let (_, chain) =
            store.private_key_chain().ok_or_else(|| invalid("the PKCS#12 (PFX) file holds no private key with a certificate"))?;
        let certificate = chain.certs().first().ok_or_else(|| invalid("the PKCS#12 (PFX) file holds no certificate of its key"))?;
        let key = of_pkcs8(chain.key().as_der())?;
        Ok(Self::of(certificate.as_der(), key))
    }

    fn of_pem(pem: &[u8], password: &SecretString) -> Result<Self, Error> {
        let certificate = CertificateDer::from_pem_slice(pem).map_err(|_| invalid("the PEM text holds no certificate"))?;
        let key = match PrivateKeyDer::from_pem_slice(pem) {
            Ok(PrivateKeyDer::Pkcs1(key)) => of_pkcs1(key.secret_pkcs1_der())?,
            Ok(PrivateKeyDer::Pkcs8(key)) => of_pkcs8(key.secret_pkcs8_der())?,
            Ok(_) => return Err(no_rsa()),
            Err(_) => encrypted_key(pem, password)?,
        };
        Ok(Self::of(&certificate, key))
    }

    fn of(certificate: &[u8], key: EncodingKey) -> Self {
        Self { digest: URL_SAFE_NO_PAD.encode(digest(&SHA256, certificate)), key }
    }

    /// A signed assertion by which an application proves itself to a token endpoint, good from now on.
    pub(super) fn assertion(&self, client_id: &str, endpoint: &str, now: Timestamp) -> Result<String, Error> {
        let header = Header { x5t_s256: Some(self.digest.clone()), ..Header::new(Algorithm::PS256) };
        let claims = json!({
            "aud": endpoint,
            "iss": client_id,
            "sub": client_id,
            "jti": uuid::Uuid::new_v4().to_string(),
            "nbf": now.as_second(),
            "iat": now.as_second(),
            "exp": (now + LIFETIME).as_second(),
        });
        jsonwebtoken::encode(&header, &claims, &self.key).map_err(|_| invalid("its key cannot sign"))
    }
}

/// An RSA key in PKCS#1, the form in which the signing library takes it.
fn of_pkcs1(der: &[u8]) -> Result<EncodingKey, Error> {
    // The signing library would refuse the key only when it signs.
    RsaKeyPair::from_der(der).map_err(|_| no_rsa())?;
    Ok(EncodingKey::from_rsa_der(der))
}

/// An RSA key in PKCS#8, which wraps PKCS#1.
fn of_pkcs8(der: &[u8]) -> Result<EncodingKey, Error> {
    let info = PrivateKeyInfoRef::try_from(der).map_err(|_| no_rsa())?;
    of_pkcs1(info.private_key.as_bytes())
}

/// `-----BEGIN ENCRYPTED PRIVATE KEY-----`, which openssl writes.
fn encrypted_key(pem: &[u8], password: &SecretString) -> Result<EncodingKey, Error> {
    let text = std::str::from_utf8(pem).map_err(|_| invalid("the PEM text holds no private key"))?;
    let begin = text.find("-----BEGIN ENCRYPTED PRIVATE KEY-----").ok_or_else(|| invalid("the PEM text holds no private key"))?;
    let section = text.get(begin..).unwrap_or_default();
    let section = section.find("-----END ENCRYPTED PRIVATE KEY-----").and_then(|end| section.get(..end)).unwrap_or_default();
    let base64: Zeroizing<String> = Zeroizing::new(section.lines().skip(1).map(str::trim).collect());
    let wrong = || invalid("its private key is encrypted, and the password is wrong or the encryption is not known");
    let der = STANDARD.decode(base64.as_bytes()).map_err(|_| wrong())?;
    let info = EncryptedPrivateKeyInfoRef::try_from(der.as_slice()).map_err(|_| wrong())?;
    let key = info.decrypt(password.expose_secret()).map_err(|_| wrong())?;
    of_pkcs8(key.as_bytes())
}

fn invalid(why: &str) -> Error {
    Error::Invalid(format!("the client certificate cannot be used: {why}"))
}

fn no_rsa() -> Error {
    invalid("the identity platform takes RSA keys only, of 2048 bits or more")
}
