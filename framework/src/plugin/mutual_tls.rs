//! go-plugin's "AutoMTLS": each side trusts exactly the one certificate that the other announced (docs/terraform-protocol.md#mutual-tls).
//!
//! Terraform's client certificate is a self-signed P-521 *authority*, which WebPKI rules refuse as an end entity
//! under every crypto library, and ring cannot verify P-521 at all. So the certificate is compared byte for byte, which is
//! stricter, and aws-lc-rs checks the signature of the handshake, which proves that the peer holds its key.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoServerSessionStorage, ParsedCertificate};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, ServerConfig, SignatureScheme};
use tokio_rustls::TlsAcceptor;

use super::failure::Failure;

/// What one process needs to talk to one client.
pub(super) struct MutualTls {
    pub acceptor: TlsAcceptor,
    /// Our certificate for the handshake line: standard alphabet, no padding.
    pub certificate: String,
}

impl MutualTls {
    /// Makes a certificate for this process; `client` is the PEM text of the only certificate that may connect.
    pub fn with_client(client: &str) -> Result<Self, Failure> {
        let client = CertificateDer::from_pem_slice(client.as_bytes()).map_err(|error| Failure::ClientCertificate(format!("{error:?}")))?;
        ParsedCertificate::try_from(&client).map_err(|error| Failure::ClientCertificate(error.to_string()))?;

        let crypto = aws_lc_rs::default_provider();
        let pinned = Pinned { client, algorithms: crypto.signature_verification_algorithms };
        let (certificate, key) = own_certificate()?;
        let announced = STANDARD_NO_PAD.encode(&certificate);
        // TLS 1.2 and 1.3.
        let mut config = ServerConfig::builder_with_provider(crypto.into())
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(Arc::new(pinned))
            .with_single_cert(vec![certificate], key.into())?;
        // Newer gRPC libraries refuse a connection on which nothing was negotiated.
        config.alpn_protocols = vec![b"h2".to_vec()];
        // Every connection does a full handshake.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), certificate: announced })
    }
}

/// A self-signed P-256 certificate for `localhost`, the name that the client asks for.
fn own_certificate() -> Result<(CertificateDer<'static>, PrivatePkcs8KeyDer<'static>), Failure> {
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
    // rcgen's period of validity, 1975 to 4096, stays: it survives every clock, and the certificate lives for seconds.
    let mut parameters = CertificateParams::new(["localhost".to_owned()])?;
    parameters.distinguished_name.push(DnType::CommonName, "localhost");
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = parameters.self_signed(&key)?;
    Ok((certificate.der().clone(), PrivatePkcs8KeyDer::from(key.serialize_der())))
}

/// Accepts one certificate, byte for byte.
#[derive(Debug)]
struct Pinned {
    client: CertificateDer<'static>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ClientCertVerifier for Pinned {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        presented: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if *presented == self.client {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    fn refusal(pem: &str) -> String {
        MutualTls::with_client(pem).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        let no_der = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
        for pem in ["hello", "-----BEGIN CERTIFICATE-----\n!\n", no_der] {
            let said = refusal(pem);
            assert!(said.starts_with("PLUGIN_CLIENT_CERT does not hold a certificate: "), "{said}");
        }
    }

    #[test]
    fn announced_certificate_is_unpadded_base64_of_der() {
        let (client, _) = own_certificate().unwrap();
        let pem = format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            base64::engine::general_purpose::STANDARD.encode(&client)
        );
        // The length of a certificate varies with its signature, so one alone may need no padding.
        for _ in 0..8 {
            let announced = MutualTls::with_client(&pem).unwrap().certificate;
            assert!(announced.len() > 50 && !announced.contains('='), "{announced}");
            let der = CertificateDer::from(STANDARD_NO_PAD.decode(&announced).unwrap());
            assert!(ParsedCertificate::try_from(&der).is_ok());
        }
    }
}
