//! The applications that sign in: Microsoft's own public clients, and those of the tenant.

use serde_json::Value;

use super::{application::Registration, errors::SignInError};
use crate::{
    directory::service_principals,
    store::{Key, View},
    tenant::ids,
};

/// A public client of Microsoft's own, which every tenant knows.
#[derive(Debug)]
pub struct PublicClient {
    /// Application id.
    pub app_id: &'static str,
    /// Delegated permissions for Graph that it has without asking. Others it cannot get: first-party applications are
    /// authorized in advance or not at all.
    pub graph: ConsentedPermissions,
    /// Whether its refresh tokens are good for other clients of the same family.
    pub family: bool,
}

/// The delegated permissions for Graph that were consented to.
#[derive(Debug, Clone, Copy)]
pub enum ConsentedPermissions {
    /// These.
    These(&'static [&'static str]),
    /// Whatever it asks for: an administrator of this tenant consented to all that the emulator serves.
    All,
}

/// The public clients. Unverified: the permissions in detail; that the Azure CLI lacks those for Privileged Identity
/// Management and conditional access is known.
pub static PUBLIC_CLIENTS: &[PublicClient] = &[
    PublicClient { app_id: AZURE_CLI, graph: ConsentedPermissions::These(COMMAND_LINE), family: true },
    // Azure PowerShell.
    PublicClient { app_id: "1950a258-227b-4e31-a9cf-717495945fc2", graph: ConsentedPermissions::These(COMMAND_LINE), family: true },
    // Microsoft Graph Command Line Tools, which ask for what they need.
    PublicClient { app_id: GRAPH_COMMAND_LINE, graph: ConsentedPermissions::All, family: false },
    // Azure Kubernetes Service AAD Client, which kubelogin signs users in with.
    PublicClient { app_id: KUBERNETES_CLIENT, graph: ConsentedPermissions::These(&["User.Read"]), family: false },
];

/// Application id of the Azure CLI.
pub const AZURE_CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
/// Application id of Microsoft Graph Command Line Tools.
pub const GRAPH_COMMAND_LINE: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";
/// Application id of the Azure Kubernetes Service AAD Client.
pub const KUBERNETES_CLIENT: &str = "80faf920-1908-4b52-b5ef-a8e7bedfc67a";

const COMMAND_LINE: &[&str] = &[
    "Application.ReadWrite.All",
    "AuditLog.Read.All",
    "DelegatedPermissionGrant.ReadWrite.All",
    "Directory.AccessAsUser.All",
    "Group.ReadWrite.All",
    "User.Read.All",
    "User.ReadWrite.All",
];

/// An application that signs in, or signs a user in.
#[derive(Debug, Clone)]
pub enum Client {
    /// One of Microsoft's own.
    Public(&'static PublicClient),
    /// One of the tenant: the row of its service principal.
    Registered(Key, crate::store::Row),
}

impl Client {
    /// The client with that application id.
    pub fn find(view: View<'_>, app_id: &str) -> Result<Self, SignInError> {
        if let Some(client) = PUBLIC_CLIENTS.iter().find(|client| client.app_id.eq_ignore_ascii_case(app_id)) {
            return Ok(Self::Public(client));
        }
        let key = service_principals::key_of(view, app_id);
        let found = key.and_then(|key| view.get(service_principals::TABLE, &key).map(|row| Self::Registered(key, row)));
        found.ok_or_else(|| SignInError::unknown_application(app_id))
    }

    /// Its application id.
    pub fn app_id(&self) -> &str {
        match self {
            Self::Public(client) => client.app_id,
            Self::Registered(_, row) => row.get("appId").and_then(Value::as_str).unwrap_or_default(),
        }
    }

    /// Whether a refresh token that `other` got is good for it.
    pub fn shares_refresh_tokens_with(&self, other: &str) -> bool {
        let in_family = |app_id: &str| PUBLIC_CLIENTS.iter().any(|client| client.family && client.app_id == app_id);
        self.app_id() == other || (in_family(self.app_id()) && in_family(other))
    }

    /// Whether its refresh tokens are good for a family of clients.
    pub fn is_in_family(&self) -> bool {
        matches!(self, Self::Public(client) if client.family)
    }

    /// The delegated permissions for Graph that a user's token gets: what was asked for by name, or all that were
    /// consented to.
    pub fn graph_scopes(&self, asked: &[String]) -> Result<Vec<String>, SignInError> {
        let every = || ids::DELEGATED_PERMISSIONS.iter().map(|&one| one.to_owned()).collect();
        let all: Vec<String> = match self {
            Self::Public(PublicClient { graph: ConsentedPermissions::These(these), .. }) => {
                these.iter().map(|&one| one.to_owned()).collect()
            }
            Self::Public(_) => every(),
            Self::Registered(_, row) => Registration::of(row).delegated.unwrap_or_else(every),
        };
        if asked.is_empty() {
            return Ok(all);
        }
        let missing = asked.iter().any(|scope| !all.iter().any(|known| known.eq_ignore_ascii_case(scope)));
        if missing { Err(SignInError::not_consented(self.app_id())) } else { Ok(all) }
    }
}
