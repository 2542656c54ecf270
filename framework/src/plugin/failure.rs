//! Errors that keep the plugin from starting or end it, with the text that standard error shows.

use std::io;
use std::path::PathBuf;

/// Ends the process with exit code 1.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error(
        "this provider speaks Terraform's plugin protocol 6 only, and the program that started it offers {offered}; \
         use Terraform 1.0 or newer, or OpenTofu"
    )]
    Protocol { offered: String },
    #[error("PLUGIN_CLIENT_CERT does not hold a certificate: {0}")]
    ClientCertificate(String),
    #[error("cannot make a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    #[error("cannot set up TLS: {0}")]
    Tls(#[from] rustls::Error),
    #[error("cannot listen on {}: {source}", path.display())]
    Socket { path: PathBuf, source: io::Error },
    #[error("the path {} cannot be announced: {reason}; let TMPDIR (or PLUGIN_UNIX_SOCKET_DIR) name another directory", path.display())]
    SocketPath { path: PathBuf, reason: &'static str },
    #[error("PLUGIN_UNIX_SOCKET_GROUP names the group {0}, which does not exist")]
    Group(String),
    #[error("PLUGIN_MIN_PORT and PLUGIN_MAX_PORT are no port numbers: {0}")]
    Ports(String),
    #[error("no port of {min} to {max} is free on 127.0.0.1: {source}")]
    NoPort { min: u16, max: u16, source: io::Error },
    #[error("cannot start the asynchronous runtime: {0}")]
    Runtime(io::Error),
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
    #[error("the server failed: {0}")]
    Server(#[from] tonic::transport::Error),
}
