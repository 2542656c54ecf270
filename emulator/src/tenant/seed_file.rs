//! A tenant of one's own: a file that says what there is beside what every tenant starts with.
//!
//! ```json
//! {
//!   "users": [{"user_principal_name": "n01@contoso.com", "password": "Correct-Horse-1"}],
//!   "groups": [{"display_name": "default", "members": ["n01@contoso.com"]}],
//!   "resource_groups": [{"name": "prod", "location": "westeurope"}],
//!   "clusters": [{"name": "prod", "resource_group": "prod", "admin_groups": ["default"]}],
//!   "role_assignments": [{"role": "Reader", "principal": "default", "scope": "/subscriptions/44444444-4444-4444-8444-444444444444"}]
//! }
//! ```
//!
//! Ids are made from names, so that they are the same at every start. A user is named by user principal name, a group by display name, and
//! either by id.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::ids;
use crate::{
    arm,
    clock::seconds,
    directory::{
        links::{MEMBERS, OWNERS},
        objects, users,
    },
    store::{Change, Properties},
};

/// Why a file describes no tenant.
#[derive(Debug, thiserror::Error)]
pub enum SeedFileError {
    /// It cannot be read.
    #[error("cannot read {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// It does not have the form.
    #[error("{path}: {source}")]
    Form {
        /// The file.
        path: PathBuf,
        /// Where, and what.
        source: serde_json::Error,
    },
    /// It has the form, and something in it cannot be.
    #[error("{0}")]
    Sense(String),
}

/// The content of a seed file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SeedFile {
    users: Vec<User>,
    groups: Vec<Group>,
    resource_groups: Vec<ResourceGroup>,
    clusters: Vec<Cluster>,
    role_assignments: Vec<RoleAssignment>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct User {
    user_principal_name: String,
    display_name: Option<String>,
    /// Without one nobody can sign in as this user.
    password: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    display_name: String,
    description: Option<String>,
    #[serde(default)]
    role_assignable: bool,
    /// Whether it is synchronized from a directory on premises, where alone it can be changed.
    #[serde(default)]
    on_premises_sync_enabled: bool,
    #[serde(default)]
    members: Vec<String>,
    #[serde(default)]
    owners: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ResourceGroup {
    name: String,
    location: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cluster {
    name: String,
    resource_group: String,
    #[serde(default)]
    admin_groups: Vec<String>,
    #[serde(default = "default_true")]
    azure_rbac: bool,
    #[serde(default)]
    local_accounts_disabled: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleAssignment {
    role: String,
    principal: String,
    scope: String,
}

fn default_true() -> bool {
    true
}

/// Principals by the names of the file: object id and kind.
type Names = HashMap<String, (String, &'static str)>;

impl SeedFile {
    /// Reads a file, and makes sure that it describes a tenant.
    pub fn read(path: &Path) -> Result<Self, SeedFileError> {
        let text = std::fs::read_to_string(path).map_err(|source| SeedFileError::File { path: path.into(), source })?;
        let seed_file: Self = serde_json::from_str(&text).map_err(|source| SeedFileError::Form { path: path.into(), source })?;
        seed_file.changes(Timestamp::now()).map_err(|error| SeedFileError::Sense(format!("{}: {error}", path.display())))?;
        Ok(seed_file)
    }

    /// The changes that make it so, to a fresh tenant.
    pub fn changes(&self, now: Timestamp) -> Result<Vec<Change>, SeedFileError> {
        // An hour old, and so known everywhere.
        let made = now.checked_sub(jiff::SignedDuration::from_hours(1)).unwrap_or(now);
        let names = self.names()?;
        let mut out = Vec::new();
        self.users.iter().for_each(|user| out.push(user.change(&names, made)));
        for group in &self.groups {
            group.changes(&names, made, &mut out)?;
        }
        for group in &self.resource_groups {
            let change = arm::new_resource_group(&group.name, &group.location);
            out.push(
                change.ok_or_else(|| inconsistent(format!("resource group {}: there is no location {}", group.name, group.location)))?,
            );
        }
        for cluster in &self.clusters {
            out.extend(self.cluster(cluster, &names)?);
        }
        for assignment in &self.role_assignments {
            let (principal, kind) = find(&names, &assignment.principal)?;
            let name = id("roleAssignment", &format!("{}/{}/{principal}", assignment.scope.to_lowercase(), assignment.role.to_lowercase()));
            let change = arm::new_role_assignment(&name, &assignment.scope, &assignment.role, &principal, kind, made);
            out.push(change.ok_or_else(|| inconsistent(format!("there is no built-in role '{}'", assignment.role)))?);
        }
        Ok(out)
    }

    /// Everybody who can be named, by names and ids in lower case.
    fn names(&self) -> Result<Names, SeedFileError> {
        let mut out = Names::new();
        out.insert(ids::ADMINISTRATOR.to_lowercase(), (ids::ADMINISTRATOR_ID.to_owned(), "User"));
        out.insert(ids::SERVICE_PRINCIPAL_ID.to_owned(), (ids::SERVICE_PRINCIPAL_ID.to_owned(), "ServicePrincipal"));
        let users = self.users.iter().map(|user| (&user.user_principal_name, "User"));
        let groups = self.groups.iter().map(|group| (&group.display_name, "Group"));
        for (name, kind) in users.chain(groups) {
            if kind == "User" && !name.rsplit_once('@').is_some_and(|(alias, domain)| !alias.is_empty() && ids::is_verified_domain(domain))
            {
                return Err(inconsistent(format!("user '{name}': the name must end in @{} or @{}", ids::DOMAIN, ids::INITIAL_DOMAIN)));
            }
            let key = id(kind, name);
            out.insert(key.clone(), (key.clone(), kind));
            if out.insert(name.to_lowercase(), (key, kind)).is_some() {
                return Err(inconsistent(format!("'{name}' is there twice")));
            }
        }
        Ok(out)
    }

    fn cluster(&self, cluster: &Cluster, names: &Names) -> Result<Vec<Change>, SeedFileError> {
        let group = self.resource_groups.iter().find(|group| group.name.eq_ignore_ascii_case(&cluster.resource_group));
        let location = match group {
            Some(group) => group.location.as_str(),
            None if cluster.resource_group.eq_ignore_ascii_case(ids::RESOURCE_GROUP) => ids::LOCATION,
            None => return Err(inconsistent(format!("cluster {}: there is no resource group '{}'", cluster.name, cluster.resource_group))),
        };
        let admins: Result<Vec<String>, SeedFileError> =
            cluster.admin_groups.iter().map(|name| find(names, name).map(|(id, _)| id)).collect();
        let body = json!({
            "location": arm::location(location),
            "identity": {"type": "SystemAssigned"},
            "properties": {
                "dnsPrefix": cluster.name,
                "agentPoolProfiles": [{"name": ids::NODE_POOL, "count": 3, "mode": "System"}],
                "aadProfile": {"managed": true, "enableAzureRBAC": cluster.azure_rbac, "adminGroupObjectIDs": admins?},
                "disableLocalAccounts": cluster.local_accounts_disabled,
            },
        });
        arm::new_cluster(&cluster.resource_group, &cluster.name, body)
            .ok_or_else(|| inconsistent(format!("cluster {}: it cannot be so", cluster.name)))
    }
}

impl User {
    fn change(&self, names: &Names, made: Timestamp) -> Change {
        let key = names.get(&self.user_principal_name.to_lowercase()).map(|(id, _)| id.clone()).unwrap_or_default();
        let alias = self.user_principal_name.split('@').next().unwrap_or_default();
        let row = json!({
            "id": key,
            "accountEnabled": true,
            "createdDateTime": seconds(made),
            "displayName": self.display_name.as_deref().unwrap_or(alias),
            "lastPasswordChangeDateTime": seconds(made),
            "mailNickname": alias,
            "securityIdentifier": objects::security_identifier(&key),
            "userPrincipalName": self.user_principal_name,
            "userType": "Member",
        });
        let row = match &self.password {
            Some(password) => users::with_password(&key, row, password),
            None => row,
        };
        put("users", &key, row)
    }
}

impl Group {
    fn changes(&self, names: &Names, made: Timestamp, out: &mut Vec<Change>) -> Result<(), SeedFileError> {
        let (key, _) = find(names, &self.display_name)?;
        let nickname: String = self.display_name.chars().filter(char::is_ascii_alphanumeric).collect();
        let mut row = json!({
            "id": key,
            "createdDateTime": seconds(made),
            "description": self.description,
            "displayName": self.display_name,
            "groupTypes": [],
            "mailEnabled": false,
            "mailNickname": if nickname.is_empty() { "group".to_owned() } else { nickname },
            "renewedDateTime": seconds(made),
            "securityEnabled": true,
            "securityIdentifier": objects::security_identifier(&key),
        });
        if self.role_assignable {
            row["isAssignableToRole"] = json!(true);
            row["visibility"] = json!("Private");
        }
        if self.on_premises_sync_enabled {
            row["onPremisesSyncEnabled"] = json!(true);
            row["onPremisesLastSyncDateTime"] = json!(seconds(made));
            row["onPremisesDomainName"] = json!(ids::DOMAIN);
            row["onPremisesSamAccountName"] = json!(self.display_name);
        }
        out.push(put("groups", &key, row));
        for (relation, named) in [(MEMBERS, &self.members), (OWNERS, &self.owners)] {
            for name in named {
                let (to, _) = find(names, name)?;
                out.push(Change::Link { relation, from: key.as_str().into(), to: to.into() });
            }
        }
        Ok(())
    }
}

fn find(names: &Names, name: &str) -> Result<(String, &'static str), SeedFileError> {
    names.get(&name.to_lowercase()).cloned().ok_or_else(|| inconsistent(format!("there is no user or group '{name}'")))
}

fn inconsistent(what: String) -> SeedFileError {
    SeedFileError::Sense(what)
}

fn id(kind: &str, name: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("aksaccess/{kind}/{}", name.to_lowercase()).as_bytes()).to_string()
}

fn put(table: &'static str, key: &str, row: Value) -> Change {
    let row = match row {
        Value::Object(row) => row,
        _ => Properties::new(),
    };
    Change::Put { table, key: key.into(), row: row.into() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)] // tests may panic

    use super::*;

    fn error_of(text: &str) -> String {
        let seed_file: Result<SeedFile, _> = serde_json::from_str(text);
        match seed_file {
            Ok(seed_file) => seed_file.changes(Timestamp::UNIX_EPOCH).unwrap_err().to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn mistakes_are_named() {
        for (text, part) in [
            (r#"{"user": []}"#, "unknown field `user`"),
            (r#"{"users": [{"user_principal_name": "n01@example.com"}]}"#, "must end in @contoso.com"),
            (r#"{"groups": [{"display_name": "a", "members": ["b"]}]}"#, "no user or group 'b'"),
            (r#"{"groups": [{"display_name": "a"}, {"display_name": "A"}]}"#, "'A' is there twice"),
            (r#"{"resource_groups": [{"name": "g", "location": "moon"}]}"#, "no location moon"),
            (r#"{"clusters": [{"name": "c", "resource_group": "g"}]}"#, "no resource group 'g'"),
            (r#"{"role_assignments": [{"role": "King", "principal": "admin@contoso.com", "scope": "/"}]}"#, "no built-in role 'King'"),
        ] {
            let said = error_of(text);
            assert!(said.contains(part), "{text}: {said}");
        }
    }
}
