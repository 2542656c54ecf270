//! Registered certificates of applications: thumbprint and key.

use aws_lc_rs::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use webpki::EndEntityCert;

use super::application::Certificate;

impl Certificate {
    /// Reads the first certificate of a PEM text. Errors with a sentence.
    pub fn from_pem(pem: &str) -> Result<Self, String> {
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|error| format!("no certificate in PEM: {error:?}"))?;
        let read = EndEntityCert::try_from(&der).map_err(|error| format!("the certificate cannot be read: {error}"))?;
        let key = STANDARD.encode(read.subject_public_key_info());
        let lines: Vec<&str> = key.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
        let named = |algorithm: &'static Algorithm| URL_SAFE_NO_PAD.encode(digest(algorithm, &der));
        Ok(Self {
            sha1: named(&SHA1_FOR_LEGACY_USE_ONLY),
            sha256: named(&SHA256),
            key: format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n")),
        })
    }
}
