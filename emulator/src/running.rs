//! A started emulator: its address, the environment that leads clients to it, and its end.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    app::app,
    certificates::Certificates,
    emulator::{Emulator, Error},
    options::Options,
    serve,
    tenant::ids,
};

/// A started emulator. Dropping it stops it.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    bundle: PathBuf,
    stop: CancellationToken,
    server: Option<JoinHandle<()>>,
    emulator: Arc<Emulator>,
    /// Holds certificates that are not kept.
    _folder: Option<TempDir>,
}

/// Starts an emulator. It is ready for requests when this returns.
///
/// # Errors
///
/// If the address, a folder, a file or the seed file cannot be used.
pub async fn start(mut options: Options) -> Result<Running, Error> {
    // Other processes get paths below these folders, and may work in another folder.
    for folder in [&mut options.certificates, &mut options.data].into_iter().flatten() {
        *folder = std::path::absolute(&folder).map_err(Error::Folder)?;
    }
    let (folder, kept) = match options.certificates.as_ref().or(options.data.as_ref()) {
        Some(path) => (path.clone(), None),
        None => {
            let folder = tempfile::Builder::new().prefix("aksaccess-emulator-").tempdir().map_err(Error::Folder)?;
            (folder.path().to_owned(), Some(folder))
        }
    };
    // Making an RSA key takes a while.
    let certificates = tokio::task::spawn_blocking(move || Certificates::in_folder(&folder))
        .await
        .map_err(|error| Error::Folder(std::io::Error::other(error)))??;
    let failed = |source| Error::Listen { address: options.listen, source };
    let listener = TcpListener::bind(options.listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let emulator = Arc::new(Emulator::new(&options, &certificates.signing_key, &certificates.certificate())?);
    let tls = serve::acceptor(certificates.server(address)?);
    let stop = CancellationToken::new();
    let server = tokio::spawn(serve::serve(listener, tls, app(Arc::clone(&emulator)), stop.clone()));
    Ok(Running { address, bundle: certificates.bundle, stop, server: Some(server), emulator, _folder: kept })
}

impl Running {
    /// `https://127.0.0.1:8443`
    pub fn url(&self) -> String {
        format!("https://{}", self.host())
    }

    /// Host and port, as `ARM_METADATA_HOSTNAME` wants them. Where it listens everywhere, the loopback address.
    pub fn host(&self) -> String {
        let port = self.address.port();
        match self.address {
            address if address.ip().is_unspecified() => format!("127.0.0.1:{port}"),
            address => address.to_string(),
        }
    }

    /// File with the system's certificate authorities and the emulator's own; an absolute path.
    pub fn ca_bundle(&self) -> &Path {
        &self.bundle
    }

    /// The tenant, for tests that call it without a socket.
    pub fn emulator(&self) -> Arc<Emulator> {
        Arc::clone(&self.emulator)
    }

    /// The variables that lead Terraform, the Azure CLI and the SDKs here.
    pub fn environment(&self) -> Vec<(String, String)> {
        let bundle = self.bundle.display().to_string();
        [
            ("ARM_TENANT_ID", ids::TENANT_ID.to_owned()),
            ("ARM_CLIENT_ID", ids::CLIENT_ID.to_owned()),
            ("ARM_CLIENT_SECRET", ids::CLIENT_SECRET.to_owned()),
            ("ARM_SUBSCRIPTION_ID", ids::SUBSCRIPTION_ID.to_owned()),
            ("ARM_METADATA_HOSTNAME", self.host()),
            ("SSL_CERT_FILE", bundle.clone()),
            ("REQUESTS_CA_BUNDLE", bundle),
            ("AKSACCESS_EMULATOR_URL", self.url()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }

    /// Stops the emulator and waits until its port is free.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if let Some(server) = self.server.take() {
            let _ = server.await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
