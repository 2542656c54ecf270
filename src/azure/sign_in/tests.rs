//! Certificates as openssl and the portal write them, and the assertion that is signed with them.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

use aws_lc_rs::signature::{RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use p12_keystore::{EncryptionAlgorithm, KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain};
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, RsaKeySize};
use secrecy::SecretString;
use serde_json::Value;

use super::certificate::Certificate;
use crate::azure::credential_source::Text;
use crate::azure::error::Error;

const PASSWORD: &str = "correct horse";

struct Made {
    key: KeyPair,
    certificate: rcgen::Certificate,
}

fn made() -> Made {
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    let certificate = CertificateParams::new(vec!["pipeline".to_owned()]).unwrap().self_signed(&key).unwrap();
    Made { key, certificate }
}

impl Made {
    fn pfx(&self, algorithm: EncryptionAlgorithm) -> Vec<u8> {
        let key = PrivateKey::from_der(&self.key.serialize_der()).unwrap();
        let certificate = p12_keystore::Certificate::from_der(self.certificate.der()).unwrap();
        let mut store = KeyStore::new();
        store.add_entry("pipeline", KeyStoreEntry::PrivateKeyChain(PrivateKeyChain::new("pipeline", key, [certificate])));
        store.writer(PASSWORD).encryption_algorithm(algorithm).write().unwrap()
    }

    fn pem(&self) -> String {
        self.certificate.pem() + &self.key.serialize_pem()
    }

    fn encrypted_pem(&self) -> String {
        let parameters = pkcs8::pkcs5::pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(2048, b"0123456789abcdef", [7; 16]).unwrap();
        let der = self.key.serialize_der();
        let key = pkcs8::PrivateKeyInfoRef::try_from(der.as_slice()).unwrap();
        let key = key.encrypt_with_params(parameters, PASSWORD).unwrap();
        let text = STANDARD.encode(key.as_bytes());
        format!("{}-----BEGIN ENCRYPTED PRIVATE KEY-----\n{text}\n-----END ENCRYPTED PRIVATE KEY-----\n", self.certificate.pem())
    }
}

async fn assertion(text: &Text, password: &str) -> Result<String, Error> {
    let certificate = Certificate::read(text, &SecretString::from(password.to_owned())).await?;
    certificate.assertion("the-client", "https://login.mine/t/oauth2/v2.0/token", Timestamp::from_second(1_000_000).unwrap())
}

fn given(bytes: impl AsRef<[u8]>) -> Text {
    Text::given("client_certificate", STANDARD.encode(bytes))
}

#[tokio::test]
async fn every_form_of_a_certificate_signs() {
    let made = made();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("it.pfx");
    std::fs::write(&path, made.pfx(EncryptionAlgorithm::PbeWithHmacSha256AndAes256)).unwrap();
    let forms = [
        Text { name: "client_certificate", value: None, file: Some(path) },
        given(made.pfx(EncryptionAlgorithm::PbeWithHmacSha256AndAes256)),
        given(made.pfx(EncryptionAlgorithm::PbeWithShaAnd3KeyTripleDesCbc)),
        given(made.pem()),
        given(made.encrypted_pem()),
        Text::given("client_certificate", made.pem()),
    ];
    for form in forms {
        let assertion = assertion(&form, PASSWORD).await.unwrap();
        let (signed, signature) = assertion.rsplit_once('.').unwrap();
        let public = UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, rcgen::PublicKeyData::der_bytes(&made.key));
        public.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
        let part = |nth: usize| {
            let bytes = URL_SAFE_NO_PAD.decode(signed.split('.').nth(nth).unwrap()).unwrap();
            serde_json::from_slice::<Value>(&bytes).unwrap()
        };
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, made.certificate.der());
        assert_eq!((&part(0)["alg"], &part(0)["x5t#S256"]), (&"PS256".into(), &URL_SAFE_NO_PAD.encode(digest).into()));
        let claims = part(1);
        assert_eq!((&claims["iss"], &claims["sub"]), (&"the-client".into(), &"the-client".into()));
        assert_eq!(claims["aud"], "https://login.mine/t/oauth2/v2.0/token");
        assert_eq!((&claims["nbf"], &claims["exp"]), (&1_000_000.into(), &1_000_600.into()));
    }
}

#[tokio::test]
async fn errors_of_certificates_do_not_contain_them() {
    let made = made();
    let elliptic = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let short = CertificateParams::new(vec!["pipeline".to_owned()]).unwrap().self_signed(&elliptic).unwrap();
    for (text, password, message) in [
        (given(made.pfx(EncryptionAlgorithm::PbeWithHmacSha256AndAes256)), "wrong", "or the password is wrong"),
        (given(made.encrypted_pem()), "wrong", "the password is wrong or the encryption is not known"),
        (given("nonsense"), PASSWORD, "no PKCS#12 (PFX) file"),
        (Text::given("client_certificate", "!"), PASSWORD, "neither PEM nor base64"),
        (given(made.certificate.pem()), PASSWORD, "holds no private key"),
        (given(made.key.serialize_pem()), PASSWORD, "holds no certificate"),
        (given(short.pem() + &elliptic.serialize_pem()), PASSWORD, "RSA keys only"),
    ] {
        let error = assertion(&text, password).await.unwrap_err().to_string();
        assert!(error.starts_with("the client certificate cannot be used: ") && error.contains(message), "{error}");
        assert!(!error.contains("MII") && !error.contains("nonsense") && !error.contains(PASSWORD), "{error}");
    }
}
