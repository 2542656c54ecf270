//! The agent of Azure Arc: a client that asks for a token of the machine's identity must first show that it can read a file which the agent wrote
//! (learn.microsoft.com/azure/azure-arc/servers/managed-identity-authentication).

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use axum::http::{StatusCode, header};
use serde_json::json;
use tempfile::TempDir;
use uuid::Uuid;

use crate::{
    http::{Request, Response},
    private,
};

/// The agent, and the keys that it wrote and that no client has shown yet. Dropping it removes what it wrote.
#[derive(Debug)]
pub struct Agent {
    folder: Option<PathBuf>,
    keys: Mutex<Keys>,
}

#[derive(Debug, Default)]
struct Keys {
    /// Each key and its file.
    open: Vec<(PathBuf, String)>,
    /// Where they are, if no folder was configured.
    temporary: Option<TempDir>,
    /// Whether the agent created the configured folder.
    created: bool,
}

impl Agent {
    /// An agent that writes its keys into this folder, or into a temporary one.
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, keys: Mutex::default() }
    }

    /// The challenge for a client that has not shown a key; `None` for one that has. A key is valid once.
    pub fn challenge(&self, request: &Request) -> Option<Response> {
        if request.header("metadata") != Some("true") {
            return None;
        }
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = request.header("authorization").and_then(|value| value.strip_prefix("Basic "));
        if let Some(at) = keys.open.iter().position(|(_, key)| Some(key.as_str()) == shown) {
            let (path, _) = keys.open.swap_remove(at);
            let _ = std::fs::remove_file(path);
            return None;
        }
        let path = match keys.write(self.folder.as_deref()) {
            Ok(path) => path,
            Err(error) => {
                let text = format!("The agent of Azure Arc cannot write its key: {error}");
                let body = json!({"error": "server_error", "error_description": text});
                return Some(Response::json(StatusCode::INTERNAL_SERVER_ERROR, body));
            }
        };
        // Unverified: the body.
        let body = json!({"error": "unauthorized_client", "error_description": "Missing Basic Authorization header", "error_codes": [401]});
        let challenge = format!("Basic realm={}", path.display());
        Some(Response::json(StatusCode::UNAUTHORIZED, body).with_header(header::WWW_AUTHENTICATE, &challenge))
    }
}

impl Keys {
    /// Writes a new key; the path of its file.
    fn write(&mut self, configured: Option<&Path>) -> io::Result<PathBuf> {
        let folder = match (configured, &self.temporary) {
            (Some(folder), _) => {
                self.created |= !folder.exists();
                private::create_folder(folder, |_| false)?;
                folder.to_owned()
            }
            (None, Some(temporary)) => temporary.path().to_owned(),
            (None, None) => {
                let temporary = tempfile::Builder::new().prefix("aksaccess-emulator-arc-").tempdir()?;
                self.temporary.insert(temporary).path().to_owned()
            }
        };
        let (path, key) = (folder.join(format!("{}.key", Uuid::new_v4())), Uuid::new_v4().to_string());
        private::write_new(&path, key.as_bytes())?;
        self.open.push((path.clone(), key));
        Ok(path)
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let keys = self.keys.get_mut().unwrap_or_else(PoisonError::into_inner);
        for (path, _) in &keys.open {
            let _ = std::fs::remove_file(path);
        }
        if let (true, Some(folder)) = (keys.created, &self.folder) {
            // Only if it is empty.
            let _ = std::fs::remove_dir(folder);
        }
    }
}
