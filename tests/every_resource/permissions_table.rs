//! The table of Microsoft Graph's permissions is what Microsoft publishes.
//!
//! Where it comes from: <https://github.com/microsoftgraph/microsoft-graph-devx-content>, permissions/new/permissions.json (6cbd6bbd, 2026-08-07) and,
//! where a row says so, the v1.0 reference pages, as a contract that can lie beside the repository. What neither says is in [`BY_HAND`], with the reason.
//! The table is committed twice, for the provider and for the emulator, because neither knows the other; `UPDATE_GENERATED=1 cargo test
//! permissions_table` writes it anew. Without the contract only the two copies are compared.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// What stands in the table for an operation: alternatives, the recommended one first; all of those joined by `+` are needed.
type Alternatives = Vec<String>;

/// What the published data lacks or has in a form that cannot be read: method, path, alternatives for applications and users.
const BY_HAND: &[(&str, &str, &[&str])] = &[
    // The reference pages give a permission for each type of object; those that include it are their usual companions.
    ("GET", "/directory/deletedItems/microsoft.graph.group", GROUPS),
    ("GET", "/directory/deletedItems/microsoft.graph.group/$count", GROUPS),
    ("GET", "/directory/deletedItems/microsoft.graph.user", USERS),
    ("GET", "/directory/deletedItems/microsoft.graph.user/$count", USERS),
    ("GET", "/directory/deletedItems/microsoft.graph.administrativeUnit", UNITS),
    ("GET", "/directory/deletedItems/microsoft.graph.administrativeUnit/$count", UNITS),
    (
        "GET",
        "/directory/deletedItems/{id}",
        &["Group.Read.All", "User.Read.All", "Directory.Read.All", "Group.ReadWrite.All", "User.ReadWrite.All", "Directory.ReadWrite.All"],
    ),
    ("DELETE", "/directory/deletedItems/{id}", &["Group.ReadWrite.All", "User.DeleteRestore.All"]),
    // The published row is about users; the reference page has groups and units, too.
    (
        "POST",
        "/directory/deletedItems/{id}/restore",
        &["Group.ReadWrite.All", "User.DeleteRestore.All", "User.ReadWrite.All", "AdministrativeUnit.ReadWrite.All"],
    ),
    // The published row lacks what includes it; the reference page lists both as higher privileged.
    ("POST", "/groups/{id}/members/$ref", &["GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.ReadWrite.All"]),
    (
        "PATCH",
        "/policies/roleManagementPolicies/{id}",
        &["RoleManagementPolicy.ReadWrite.AzureADGroup", "RoleManagementPolicy.ReadWrite.Directory", "RoleManagement.ReadWrite.Directory"],
    ),
    // Delegated only; no page gives a permission for the v1.0 paths. Unverified.
    ("GET", "/identityGovernance/privilegedAccess/group/assignmentApprovals/{id}", APPROVALS),
    ("GET", "/identityGovernance/privilegedAccess/group/assignmentApprovals/filterByCurrentUser(on='{on}')", APPROVALS),
    ("GET", "/identityGovernance/privilegedAccess/group/assignmentApprovals/{id}/stages", APPROVALS),
    ("GET", "/identityGovernance/privilegedAccess/group/assignmentApprovals/{id}/stages/{stageId}", APPROVALS),
    ("PATCH", "/identityGovernance/privilegedAccess/group/assignmentApprovals/{id}/stages/{stageId}", APPROVALS),
];

const GROUPS: &[&str] = &["Group.Read.All", "Directory.Read.All", "Group.ReadWrite.All", "Directory.ReadWrite.All"];
const USERS: &[&str] = &["User.Read.All", "Directory.Read.All", "User.ReadWrite.All", "Directory.ReadWrite.All"];
const UNITS: &[&str] =
    &["AdministrativeUnit.Read.All", "Directory.Read.All", "AdministrativeUnit.ReadWrite.All", "Directory.ReadWrite.All"];
const APPROVALS: &[&str] = &["PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup", "PrivilegedAccess.ReadWrite.AzureADGroup"];

/// Permissions that are published as the least of an operation and yet are not what anybody would grant for it: made for one product, or for less
/// than all properties. They stay in the table, and are not recommended.
fn is_odd(name: &str) -> bool {
    let noun = name.split('.').next().unwrap_or_default();
    noun.contains('-')
        || ["AgentId", "Device", "Teamwork", "EntitlementManagement", "AccessReview"].iter().any(|start| noun.starts_with(start))
        || ["ReadBasic", "CrossCloud", "OwnedBy", "Create", "ManageProtection", "Hidden"].iter().any(|part| name.contains(part))
}

fn alternatives(published: &Value, method: &str, path: &str) -> Alternatives {
    let names = |key: &str| -> Vec<String> {
        published[key].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let (least, other) = (names("least"), names("other"));
    if published["source"] == "reference page" {
        // `One (groups), Another (directory roles)`: one of them, by what the object is.
        if let [by_kind] = least.as_slice()
            && by_kind.contains(" (")
        {
            return by_kind.split(", ").map(|one| one.split(" (").next().unwrap_or_default().to_owned()).collect();
        }
        // Otherwise a page lists what is needed together.
        return if least.is_empty() { Vec::new() } else { vec![least.join("+")] };
    }
    let mut all: Vec<String> = least.iter().chain(&other).cloned().collect();
    // For oneself only; that is `/me`.
    all.retain(|name| !(path.starts_with("/users") && ["User.Read", "User.ReadWrite"].contains(&name.as_str())));
    let widest = |name: &str| name.starts_with("Directory.");
    let writes = |name: &str| method == "GET" && name.contains("Write");
    // Stable: what is published as the least comes first among equals; then the noun that is in the path.
    all.sort_by_key(|name| (is_odd(name), writes(name), widest(name), !least.contains(name)));
    all
}

fn table(contract: &Value) -> Value {
    let mut operations: BTreeMap<String, Value> = BTreeMap::new();
    for operation in contract["operations"].as_array().unwrap() {
        let (method, path) = (operation["method"].as_str().unwrap(), operation["path"].as_str().unwrap());
        let published = &operation["permissions"];
        let by_hand = BY_HAND.iter().find(|(m, p, _)| (*m, *p) == (method, path));
        let (application, delegated) = match by_hand {
            Some((.., names)) => {
                let names: Alternatives = names.iter().map(|&name| name.to_owned()).collect();
                (if operation["delegatedOnly"] == true { Vec::new() } else { names.clone() }, names)
            }
            None => {
                let application = alternatives(&published["application"], method, path);
                // A page gives one list; what is published beside it for users lacks how much of it is needed together.
                let from_page = published["application"]["source"] == "reference page";
                let delegated = if from_page { application.clone() } else { alternatives(&published["delegated"], method, path) };
                (application, delegated)
            }
        };
        if application.is_empty() && delegated.is_empty() {
            continue;
        }
        let row = if application == delegated {
            json!({ "both": application })
        } else {
            json!({ "application": application, "delegated": delegated })
        };
        operations.insert(format!("{method} {path}"), row);
    }
    // The same group, by another key.
    for method in ["GET", "PATCH"] {
        let row = operations[&format!("{method} /groups/{{id}}")].clone();
        operations.insert(format!("{method} /groups(uniqueName='{{uniqueName}}')"), row);
    }
    json!(operations)
}

fn text(table: &Value) -> String {
    let lines: Vec<String> = table.as_object().unwrap().iter().map(|(name, row)| format!("{}: {row}", json!(name))).collect();
    format!("{{\n{}\n}}\n", lines.join(",\n"))
}

fn committed() -> [PathBuf; 2] {
    ["src/permissions/graph.json", "emulator/src/graph/permissions.json"].map(|path| Path::new(env!("CARGO_MANIFEST_DIR")).join(path))
}

#[test]
fn the_table_is_fresh() {
    let [ours, emulators] = committed();
    let contract = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/contracts/graph-endpoints.json");
    if let Ok(contract) = std::fs::read_to_string(contract) {
        let text = text(&table(&serde_json::from_str(&contract).unwrap()));
        if std::env::var_os("UPDATE_GENERATED").is_some_and(|value| value == "1") {
            std::fs::write(&ours, &text).unwrap();
            std::fs::write(&emulators, &text).unwrap();
        }
        assert!(std::fs::read_to_string(&ours).unwrap() == text, "run UPDATE_GENERATED=1 cargo test permissions_table");
    }
    assert!(std::fs::read_to_string(&ours).unwrap() == std::fs::read_to_string(&emulators).unwrap(), "the two copies differ");
}
