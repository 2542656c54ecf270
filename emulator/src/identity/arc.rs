//! The agent of Azure Arc: whoever wants a token of the machine's identity first shows that they can read a file that the agent wrote
//! (learn.microsoft.com/azure/azure-arc/servers/managed-identity-authentication).

use std::{
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use axum::http::{StatusCode, header};
use serde_json::json;
use uuid::Uuid;

use crate::http::{Request, Response};

/// Where the agent keeps its keys on Linux.
const FOLDER: &str = "/var/opt/azcmagent/tokens";

/// The agent, and the keys that it wrote and nobody has shown yet.
#[derive(Debug)]
pub struct Agent {
    folder: PathBuf,
    keys: Mutex<Vec<(PathBuf, String)>>,
}

impl Agent {
    /// An agent that keeps its keys in this folder, or where the real one does.
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { folder: folder.unwrap_or_else(|| FOLDER.into()), keys: Mutex::default() }
    }

    /// Answers whoever has not shown a key; `None` for who has. A key is good for once.
    pub fn challenge(&self, request: &Request) -> Option<Response> {
        if request.header("metadata") != Some("true") {
            return None;
        }
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = request.header("authorization").and_then(|value| value.strip_prefix("Basic "));
        if let Some(at) = keys.iter().position(|(_, key)| Some(key.as_str()) == shown) {
            let (path, _) = keys.swap_remove(at);
            let _ = std::fs::remove_file(path);
            return None;
        }
        let (path, key) = (self.folder.join(format!("{}.key", Uuid::new_v4())), Uuid::new_v4().to_string());
        if let Err(error) = std::fs::create_dir_all(&self.folder).and_then(|()| std::fs::write(&path, &key)) {
            let text = format!("The agent of Azure Arc cannot write {}: {error}", path.display());
            return Some(Response::json(StatusCode::INTERNAL_SERVER_ERROR, json!({"error": "server_error", "error_description": text})));
        }
        // Unverified: the body.
        let body = json!({"error": "unauthorized_client", "error_description": "Missing Basic Authorization header", "error_codes": [401]});
        let challenge = format!("Basic realm={}", path.display());
        keys.push((path, key));
        Some(Response::json(StatusCode::UNAUTHORIZED, body).with_header(header::WWW_AUTHENTICATE, &challenge))
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        for (path, _) in self.keys.get_mut().unwrap_or_else(PoisonError::into_inner) {
            let _ = std::fs::remove_file(path);
        }
    }
}
