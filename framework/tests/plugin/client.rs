//! A client as Terraform is one: gRPC over mutual TLS, with a self-signed P-521 authority as certificate (docs/terraform-protocol.md#mutual-tls).

use std::path::Path;
use std::sync::Arc;
use std::task::{Context, Poll};

use base64::Engine;
use framework::proto::plugin::Empty;
use framework::proto::plugin::grpc_controller_client::GrpcControllerClient;
use framework::proto::tfplugin6::provider_client::ProviderClient;
use framework::proto::tfplugin6::{get_provider_schema, read_resource};
use hyper::body::Incoming;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::UnixStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::body::Body;
use tonic::codegen::{Service, http};
use tonic::{Response, Status};

use crate::process::Plugin;

/// A certificate as Go makes it for Terraform.
pub struct Identity {
    pub pem: String,
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
}

impl Identity {
    pub fn new() -> Self {
        let mut parameters = CertificateParams::new(["localhost".to_owned()]).unwrap();
        parameters.distinguished_name.push(DnType::CommonName, "localhost");
        parameters.distinguished_name.push(DnType::OrganizationName, "HashiCorp");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
        parameters.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
            KeyUsagePurpose::KeyAgreement,
            KeyUsagePurpose::KeyCertSign,
        ];
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P521_SHA512).unwrap();
        let certificate = parameters.self_signed(&key).unwrap();
        Self { pem: certificate.pem(), certificate: certificate.der().clone(), key: key.serialize_der() }
    }
}

/// How a client presents itself.
pub struct Tls<'a> {
    pub identity: Option<&'a Identity>,
    pub versions: &'static [&'static SupportedProtocolVersion],
    pub name: &'static str,
}

impl<'a> Tls<'a> {
    pub fn of(identity: &'a Identity) -> Self {
        Self { identity: Some(identity), versions: rustls::ALL_VERSIONS, name: "localhost" }
    }

    /// Connects and checks the server by its announced certificate alone, as Terraform does.
    pub async fn connect(&self, plugin: &Plugin) -> std::io::Result<TlsStream<UnixStream>> {
        let announced = base64::engine::general_purpose::STANDARD_NO_PAD.decode(plugin.fields()[5]).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(announced)).unwrap();
        let crypto = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(crypto).with_protocol_versions(self.versions).unwrap();
        let config = config.with_root_certificates(roots);
        let mut config = match self.identity {
            Some(identity) => config
                .with_client_auth_cert(vec![identity.certificate.clone()], PrivatePkcs8KeyDer::from(identity.key.clone()).into())
                .unwrap(),
            None => config.with_no_client_auth(),
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        let stream = UnixStream::connect(plugin.socket()).await?;
        TlsConnector::from(Arc::new(config)).connect(self.name.try_into().unwrap(), stream).await
    }
}

/// The TLS version of a connection.
pub fn version(stream: &TlsStream<UnixStream>) -> Option<ProtocolVersion> {
    stream.get_ref().1.protocol_version()
}

/// One HTTP/2 connection, as tonic's clients want it.
#[derive(Clone)]
pub struct Channel(http2::SendRequest<Body>);

impl Service<http::Request<Body>> for Channel {
    type Response = http::Response<Incoming>;
    type Error = hyper::Error;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self::Response, hyper::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), hyper::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(self.0.send_request(request))
    }
}

/// All services over one connection.
#[derive(Clone)]
pub struct Client {
    pub channel: Channel,
}

pub fn origin() -> http::Uri {
    http::Uri::from_static("http://localhost")
}

impl Client {
    pub async fn over(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> hyper::Result<Self> {
        let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
        // How it ends is seen by the calls.
        tokio::spawn(async move { drop(connection.await) });
        Ok(Self { channel: Channel(sender) })
    }

    /// Over mutual TLS.
    pub async fn secure(plugin: &Plugin, identity: &Identity) -> Self {
        let stream = Tls::of(identity).connect(plugin).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        Self::over(stream).await.unwrap()
    }

    /// Without TLS.
    pub async fn plain(socket: &Path) -> Self {
        Self::cuttable(socket).await.0
    }

    /// Without TLS, and with a second hold on the connection, to cut it.
    pub async fn cuttable(socket: &Path) -> (Self, std::os::unix::net::UnixStream) {
        let stream = std::os::unix::net::UnixStream::connect(socket).unwrap();
        stream.set_nonblocking(true).unwrap();
        let hold = stream.try_clone().unwrap();
        let client = Self::over(UnixStream::from_std(stream).unwrap()).await.unwrap();
        (client, hold)
    }

    pub fn provider(&self) -> ProviderClient<Channel> {
        ProviderClient::with_origin(self.channel.clone(), origin())
            .max_decoding_message_size(256 << 20)
            .max_encoding_message_size(256 << 20)
    }

    pub async fn schema(&self) -> Result<Response<get_provider_schema::Response>, Status> {
        self.provider().get_provider_schema(get_provider_schema::Request {}).await
    }

    /// Calls the handler of that name.
    pub async fn read(&self, type_name: &str) -> Result<read_resource::Response, Status> {
        let request = read_resource::Request { type_name: type_name.into(), ..Default::default() };
        self.provider().read_resource(request).await.map(Response::into_inner)
    }

    pub async fn shutdown(&self) {
        GrpcControllerClient::with_origin(self.channel.clone(), origin()).shutdown(Empty {}).await.unwrap();
    }
}
