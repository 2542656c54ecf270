//! The emulator's own certificate authority, the server certificate under it, and the bundle that clients trust.

use std::{
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256,
    RsaKeySize,
};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject},
};

use crate::private;

/// Why certificates could not be made, read or kept.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file of the folder could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The folder cannot be made, or is none.
    #[error("cannot use the folder {path}: {source}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A kept certificate or key is not one.
    #[error("{path} holds no certificate and key: delete it to have new ones made")]
    Corrupt {
        /// The file.
        path: PathBuf,
    },
    /// The library could not make a key or certificate.
    #[error("cannot make a certificate: {0}")]
    Make(#[from] rcgen::Error),
    /// The TLS library refused the certificate.
    #[error("cannot serve TLS: {0}")]
    Tls(#[from] rustls::Error),
}

/// The certificates of a folder.
#[derive(Debug)]
pub struct Certificates {
    /// Certificate of the authority and its private key, PEM.
    authority: String,
    /// Private key that signs tokens, PEM (PKCS #8).
    pub signing_key: String,
    /// File with the system's authorities and the emulator's own.
    pub bundle: PathBuf,
}

impl Certificates {
    /// Reads the folder, and makes what it lacks. Several emulators may do so at the same time with one folder: the
    /// first to finish wins, and all use the same authority.
    pub fn in_folder(folder: &Path) -> Result<Self, Error> {
        let is_own = |folder: &Path| ["authority.pem", "tenant.redb"].iter().any(|name| folder.join(name).exists());
        private::create_folder(folder, is_own).map_err(|source| Error::Folder { path: folder.into(), source })?;
        let authority = read_or_create(&folder.join("authority.pem"), make_authority)?;
        let signing_key = read_or_create(&folder.join("signing.pem"), || {
            Ok(KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?.serialize_pem())
        })?;
        let own = certificate_of(&authority).ok_or_else(|| Error::Corrupt { path: folder.join("authority.pem") })?;
        let bundle = folder.join("bundle.pem");
        let mut text: String = rustls_native_certs::load_native_certs().certs.iter().map(|der| pem(der)).collect();
        text.push_str(&pem(&own));
        let draft = draft_of(&bundle);
        fs::write(&draft, text)
            .and_then(|()| fs::rename(&draft, &bundle))
            .map_err(|source| Error::File { path: bundle.clone(), source })?;
        Ok(Self { authority, signing_key, bundle })
    }

    /// The certificate of the authority, PEM.
    pub fn certificate(&self) -> String {
        certificate_of(&self.authority).map(|der| pem(&der)).unwrap_or_default()
    }

    /// A TLS configuration with a fresh server certificate for `localhost` and the address listened at.
    pub fn server(&self, listen: SocketAddr) -> Result<ServerConfig, Error> {
        let key = KeyPair::from_pem(&self.authority)?;
        // The kept certificate was made from these same parameters, so there is no need to parse it.
        let issuer = Issuer::new(authority_params()?, key);
        let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
        let address = listen.ip().to_string();
        if !names.contains(&address) {
            names.push(address);
        }
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name.push(DnType::CommonName, "aksaccess emulator");
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        set_validity(&mut params, 2);
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &issuer)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())))?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }
}

fn make_authority() -> Result<String, Error> {
    let key = KeyPair::generate()?;
    let certificate = authority_params()?.self_signed(&key)?;
    // The key first: readers of a single key take the first block of the file.
    Ok(format!("{}{}", key.serialize_pem(), certificate.pem()))
}

fn authority_params() -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, "aksaccess emulator authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    set_validity(&mut params, 10);
    Ok(params)
}

/// From the first day of this year on, so that a client whose clock is a little slow accepts a new certificate.
fn set_validity(params: &mut CertificateParams, years: i32) {
    let year = i32::from(Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).year());
    params.not_before = rcgen::date_time_ymd(year, 1, 1);
    params.not_after = rcgen::date_time_ymd(year + years, 1, 1);
}

/// The content of a file, made first where it does not exist. It appears whole or not at all, and never changes.
fn read_or_create(path: &Path, make: impl FnOnce() -> Result<String, Error>) -> Result<String, Error> {
    let failed = |source| Error::File { path: path.into(), source };
    match fs::read_to_string(path) {
        Ok(text) => return Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(source) => return Err(failed(source)),
    }
    let draft = draft_of(path);
    private::write_new(&draft, make()?.as_bytes()).map_err(failed)?;
    // Unlike a rename, a hard link does not replace what somebody else has put there meanwhile.
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft).map_err(failed)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(failed(error)),
        _ => fs::read_to_string(path).map_err(failed),
    }
}

fn draft_of(path: &Path) -> PathBuf {
    path.with_extension(uuid::Uuid::new_v4().simple().to_string())
}

fn certificate_of(text: &str) -> Option<CertificateDer<'static>> {
    CertificateDer::from_pem_slice(text.as_bytes()).ok()
}

fn pem(der: &CertificateDer<'_>) -> String {
    let text = STANDARD.encode(der);
    let mut out = String::from("-----BEGIN CERTIFICATE-----\n");
    for start in (0..text.len()).step_by(64) {
        out.push_str(text.get(start..(start + 64).min(text.len())).unwrap_or_default());
        out.push('\n');
    }
    out.push_str("-----END CERTIFICATE-----\n");
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)] // tests may panic

    use super::*;

    #[test]
    fn a_folder_keeps_one_authority_even_when_many_start_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let path = folder.path().to_owned();
                std::thread::spawn(move || Certificates::in_folder(&path).unwrap())
            })
            .collect();
        let all: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        for one in &all {
            assert_eq!(one.authority, all[0].authority);
            assert_eq!(one.signing_key, all[0].signing_key);
        }
        let own = certificate_of(&all[0].authority).unwrap();
        assert!(fs::read_to_string(&all[0].bundle).unwrap().ends_with(&pem(&own)));
    }

    #[test]
    fn a_corrupt_authority_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("authority.pem"), "nonsense").unwrap();
        let error = Certificates::in_folder(folder.path()).unwrap_err().to_string();
        assert!(error.contains("authority.pem"), "{error}");
    }
}
