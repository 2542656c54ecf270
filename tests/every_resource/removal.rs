//! Removals are confirmed, by the table of resources: each request that a destroy makes is answered once with a 404 that is not true. Afterwards the
//! tenant, looked at by plain HTTP, holds nothing of the resource; or it is still in state, and Terraform said why.

use serde_json::{Value, json};

use crate::role_assignments::role_assignment::cluster;
use crate::test_tenant::{CommandOutput, TestTenant, Workspace};

const PIM: &str = "/identityGovernance/privilegedAccess/group";
const CONDITIONAL_ACCESS: &str = "/identity/conditionalAccess";
const ROLE: &str = "Azure Kubernetes Service RBAC Admin";
const DESTROY: [&str; 3] = ["destroy", "-auto-approve", "-no-color"];
/// Longer than any answer can be an old one, and than Privileged Identity Management refuses to remove what was just made.
const LATER: &str = "PT10M";

/// What the tenant holds of a configuration, in words.
type Left<'w> = Box<dyn Fn() -> Vec<String> + 'w>;

/// A configuration of one resource.
struct Row<'w> {
    configuration: String,
    left: Left<'w>,
    /// Whether the service lets it be removed right after it was made.
    when_young: bool,
}

impl<'w> Row<'w> {
    fn new(configuration: String, left: impl Fn() -> Vec<String> + 'w) -> Self {
        Self { configuration, left: Box::new(left), when_young: true }
    }
}

fn resource(kind: &str, lines: &str) -> String {
    format!("resource \"aksaccess_{kind}\" \"it\" {{\n  {lines}\n}}\n")
}

fn texts(listed: &Value, property: &str) -> Vec<String> {
    listed["value"].as_array().unwrap().iter().map(|one| one[property].as_str().unwrap().to_owned()).collect()
}

/// Ids of what is in a collection of Microsoft Graph.
fn ids(test_tenant: &TestTenant, path: &str) -> Vec<String> {
    texts(&test_tenant.graph("GET", path, None), "id")
}

/// Requests since the last look that are not sign-in, as `METHOD template`.
fn requests(test_tenant: &TestTenant) -> Vec<String> {
    let counted = test_tenant.control("GET", "requests", None);
    let of = |kind: &str| counted[kind].as_object().cloned().unwrap_or_default().into_iter().map(|(request, _)| request);
    let of_services = |request: &String| ["/v1.0/", "/beta/", "/providers/", " /subscriptions"].iter().any(|part| request.contains(part));
    let mut all: Vec<String> = of("http").chain(of("batched")).filter(of_services).collect();
    all.sort();
    all.dedup();
    all
}

/// Whatever is left is in state, and Terraform said so.
fn check(what: &str, row: &Row<'_>, workspace: &Workspace<'_>, said: &CommandOutput) {
    let left = (row.left)();
    if !left.is_empty() {
        assert_eq!(said.code, 1, "{what}: the tenant still holds {left:?}, and nothing was said: {}", said.text);
        assert_eq!(workspace.addresses().len(), 1, "{what}: the tenant still holds {left:?}, and state does not: {}", said.text);
    }
}

/// Tries every request that the destroy of a row makes.
fn every_request(name: &str, prepare: for<'w> fn(&'w TestTenant) -> Row<'w>) {
    let test_tenant = TestTenant::new(&format!("removal_{name}"));
    let row = prepare(&test_tenant);
    let workspace = test_tenant.workspace(&row.configuration);
    workspace.apply();
    assert!(!(row.left)().is_empty(), "{name}: what is looked for is there before it is destroyed");
    test_tenant.advance(LATER);
    test_tenant.forget_requests();
    workspace.destroy();
    let requests = requests(&test_tenant);
    assert_eq!((row.left)(), Vec::<String>::new(), "{name}");
    assert!(requests.iter().any(|request| !request.starts_with("GET ")), "{name}: {requests:?}");
    for request in &requests {
        workspace.apply();
        test_tenant.advance(LATER);
        test_tenant.arm(&format!("1 {request} status=404"));
        let said = workspace.run(&DESTROY);
        let struck = test_tenant.control("GET", "faults", None);
        assert!(struck.to_string().contains("\"struck\":1"), "{name}, {request}: {struck}");
        check(&format!("{name}, {request}"), &row, &workspace, &said);
        finish(&test_tenant, &row, &workspace);
    }
    if row.when_young {
        // All writes at once, while a 404 may be an old answer.
        workspace.apply();
        let writes: Vec<String> =
            requests.iter().filter(|request| !request.starts_with("GET ")).map(|one| format!("1 {one} status=404")).collect();
        test_tenant.arm(&writes.join("; "));
        let said = workspace.run(&["destroy", "-refresh=false", "-auto-approve", "-no-color"]);
        check(&format!("{name}, recent"), &row, &workspace, &said);
        finish(&test_tenant, &row, &workspace);
    }
}

/// Without faults everything goes.
fn finish(test_tenant: &TestTenant, row: &Row<'_>, workspace: &Workspace<'_>) {
    test_tenant.control("DELETE", "faults", None);
    workspace.destroy();
    assert_eq!((row.left)(), Vec::<String>::new());
}

/// The table: a test for each row, its resource, and what prepares it.
macro_rules! rows {
    ($($test:ident: $resource:literal => $prepare:expr;)*) => {
        mod of {
            use super::*;

            $(#[test]
            fn $test() {
                every_request(stringify!($test), $prepare);
            })*
        }

        const RESOURCES: &[&str] = &[$($resource),*];
    };
}

rows! {
    a_group: "group" => super::a_group;
    a_group_for_good: "group" => super::a_group_for_good;
    a_user: "user" => super::a_user;
    a_user_for_good: "user" => super::a_user_for_good;
    a_membership: "group_member" => super::a_group_member;
    an_owner: "group_owner" => super::a_group_owner;
    a_member_of_a_unit: "administrative_unit_member" => super::an_administrative_unit_member;
    a_list_of_members: "group_members" => super::group_members;
    a_role_assignment: "role_assignment" => super::a_role_assignment;
    an_eligibility_of_a_group: "pim_group_eligibility" => |test_tenant| grant_of_a_group(test_tenant, "eligibility", "member");
    an_assignment_of_a_group: "pim_group_assignment" => |test_tenant| grant_of_a_group(test_tenant, "assignment", "owner");
    an_eligibility_for_a_role: "pim_role_eligibility" => |test_tenant| grant_of_a_role(test_tenant, "eligibility", "Eligibility");
    an_assignment_of_a_role: "pim_role_assignment" => |test_tenant| grant_of_a_role(test_tenant, "assignment", "Assignment");
    a_policy_of_a_group: "pim_group_policy" => super::a_policy_of_a_group;
    a_policy_of_a_role: "pim_role_policy" => super::a_policy_of_a_role;
    a_conditional_access_policy: "conditional_access_policy" => super::a_conditional_access_policy;
    a_conditional_access_policy_for_good: "conditional_access_policy" => super::a_conditional_access_policy_for_good;
    a_named_location: "named_location" => super::a_named_location;
    an_authentication_strength: "authentication_strength_policy" => super::an_authentication_strength;
    an_authentication_context: "authentication_context" => super::an_authentication_context;
    the_profile_of_a_cluster: "cluster_aad_profile" => super::the_profile_of_a_cluster;
}

#[test]
fn every_resource_has_a_row() {
    let missing: Vec<_> =
        aksaccess_provider::resources::table().iter().map(|entry| entry.name).filter(|name| !RESOURCES.contains(name)).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

fn names_left<'w>(test_tenant: &'w TestTenant, path: &'static str, name: &'static str) -> impl Fn() -> Vec<String> + 'w {
    move || texts(&test_tenant.graph("GET", path, None), "displayName").into_iter().filter(|one| one == name).collect()
}

/// Live or deleted, but not gone for good.
fn unpurged<'w>(test_tenant: &'w TestTenant, live: &'static str, bin: &'static str, name: &'static str) -> impl Fn() -> Vec<String> + 'w {
    let (live, bin) = (names_left(test_tenant, live, name), names_left(test_tenant, bin, name));
    move || live().into_iter().chain(bin()).collect()
}

fn a_group(test_tenant: &TestTenant) -> Row<'_> {
    let owner = test_tenant.users(1).remove(0);
    let unit = test_tenant.graph("POST", "/directory/administrativeUnits", Some(json!({ "displayName": "u" })))["id"].clone();
    let lines = format!("display_name = \"ours\"\n  owners = [{owner:?}]\n  administrative_unit_ids = [{unit}]");
    Row::new(resource("group", &lines), names_left(test_tenant, "/groups?$top=999", "ours"))
}

fn a_group_for_good(test_tenant: &TestTenant) -> Row<'_> {
    let lines = "display_name = \"ours\"\n  on_destroy = \"purge\"";
    Row::new(resource("group", lines), unpurged(test_tenant, "/groups?$top=999", "/directory/deletedItems/microsoft.graph.group", "ours"))
}

const USER: &str = "user_principal_name = \"ours@contoso.com\"\n  display_name = \"ours\"";

fn a_user(test_tenant: &TestTenant) -> Row<'_> {
    let manager = test_tenant.users(1).remove(0);
    Row::new(resource("user", &format!("{USER}\n  manager_id = {manager:?}")), names_left(test_tenant, "/users?$top=999", "ours"))
}

fn a_user_for_good(test_tenant: &TestTenant) -> Row<'_> {
    let left = unpurged(test_tenant, "/users?$top=999", "/directory/deletedItems/microsoft.graph.user", "ours");
    Row::new(resource("user", &format!("{USER}\n  on_destroy = \"purge\"")), left)
}

fn a_group_member(test_tenant: &TestTenant) -> Row<'_> {
    let (users, groups) = test_tenant.populate(1, 1, 0);
    let group = groups[0].clone();
    let lines = format!("group_id = {group:?}\n  member_id = {:?}", users[0]);
    Row::new(resource("group_member", &lines), move || test_tenant.members(&group))
}

fn a_group_owner(test_tenant: &TestTenant) -> Row<'_> {
    let (users, groups) = test_tenant.populate(2, 1, 0);
    let (group, owner) = (groups[0].clone(), users[0].clone());
    // The last one could not be removed.
    test_tenant.add_owner(&group, &users[1]);
    let lines = format!("group_id = {group:?}\n  owner_id = {owner:?}");
    Row::new(resource("group_owner", &lines), move || test_tenant.owners(&group).into_iter().filter(|id| *id == owner).collect())
}

fn an_administrative_unit_member(test_tenant: &TestTenant) -> Row<'_> {
    let (user, unit) = (test_tenant.users(1).remove(0), test_tenant.unit());
    let lines = format!("administrative_unit_id = {unit:?}\n  member_id = {user:?}");
    Row::new(resource("administrative_unit_member", &lines), move || test_tenant.in_unit(&unit))
}

fn group_members(test_tenant: &TestTenant) -> Row<'_> {
    let (users, groups) = test_tenant.populate(3, 1, 0);
    let group = groups[0].clone();
    let lines = format!("group_id = {group:?}\n  members = {}", json!(users));
    Row::new(resource("group_members", &lines), move || test_tenant.members(&group))
}

fn a_role_assignment(test_tenant: &TestTenant) -> Row<'_> {
    let group = test_tenant.group(json!({}));
    let lines = format!("cluster_id = {:?}\n  principal_id = {group:?}\n  role = {ROLE:?}", cluster());
    Row::new(resource("role_assignment", &lines), move || {
        test_tenant.assignments(&cluster()).into_iter().map(|(principal, ..)| principal).filter(|principal| *principal == group).collect()
    })
}

fn grant_of_a_group<'w>(test_tenant: &'w TestTenant, kind: &'static str, access: &str) -> Row<'w> {
    let (users, groups) = test_tenant.populate(1, 1, 0);
    let group = groups[0].clone();
    let lines = format!(
        "group_id = {group:?}\n  principal_id = {:?}\n  access = {access:?}\n  expiration {{ duration = \"P7D\" }}\n  justification = \"x\"",
        users[0]
    );
    let left = move || ids(test_tenant, &format!("{PIM}/{kind}Schedules?$filter=groupId eq '{group}'"));
    Row { when_young: false, ..Row::new(resource(&format!("pim_group_{kind}"), &lines), left) }
}

/// Schedules at the cluster itself.
fn role_schedules(test_tenant: &TestTenant, kind: &str) -> Vec<String> {
    let path = format!("{}/providers/Microsoft.Authorization/role{kind}Schedules?$filter=atScope()", cluster());
    let all = test_tenant.arm_api("GET", &path, "2020-10-01", None);
    let at_cluster = |one: &&Value| one["properties"]["scope"].as_str().unwrap().eq_ignore_ascii_case(&cluster());
    all["value"].as_array().unwrap().iter().filter(at_cluster).map(|one| one["name"].as_str().unwrap().to_owned()).collect()
}

fn grant_of_a_role<'w>(test_tenant: &'w TestTenant, kind: &str, arm: &'static str) -> Row<'w> {
    let user = test_tenant.users(1).remove(0);
    let lines = format!(
        "cluster_id = {:?}\n  principal_id = {user:?}\n  role = {ROLE:?}\n  expiration {{ duration = \"P7D\" }}\n  justification = \"x\"",
        cluster()
    );
    Row { when_young: false, ..Row::new(resource(&format!("pim_role_{kind}"), &lines), move || role_schedules(test_tenant, arm)) }
}

const CHANGED: &str = "activation { maximum_duration = \"PT2H\" }";

fn a_policy_of_a_group(test_tenant: &TestTenant) -> Row<'_> {
    let group = test_tenant.group(json!({}));
    let path = format!(
        "/policies/roleManagementPolicyAssignments?$filter=scopeId eq '{group}' and scopeType eq 'Group' and roleDefinitionId eq 'member'&\
             $expand=policy($expand=rules)"
    );
    let left = move || {
        let rules = test_tenant.graph("GET", &path, None)["value"][0]["policy"]["rules"].take();
        changed(&rules)
    };
    Row::new(resource("pim_group_policy", &format!("group_id = {group:?}\n  {CHANGED}")), left)
}

/// Rules of a policy that say what only the configuration says.
fn changed(rules: &Value) -> Vec<String> {
    let is_changed = |rule: &&Value| rule["id"] == "Expiration_EndUser_Assignment" && rule["maximumDuration"] == "PT2H";
    rules.as_array().unwrap().iter().filter(is_changed).map(Value::to_string).collect()
}

fn a_policy_of_a_role(test_tenant: &TestTenant) -> Row<'_> {
    let left = move || {
        let path = format!("{}/providers/Microsoft.Authorization/roleManagementPolicyAssignments", cluster());
        let all = test_tenant.arm_api("GET", &path, "2020-10-01", None);
        all["value"].as_array().unwrap().iter().flat_map(|one| changed(&one["properties"]["effectiveRules"])).collect()
    };
    Row::new(resource("pim_role_policy", &format!("cluster_id = {:?}\n  role = {ROLE:?}\n  {CHANGED}", cluster())), left)
}

const POLICY: &str = "display_name = \"ours\"\n  state = \"disabled\"\n  conditions {\n    users { included_users = [\"None\"] }\n    \
                      applications { included_applications = [\"All\"] }\n  }\n  grant_controls { built_in_controls = [\"mfa\"] }";
const POLICIES: &str = "/identity/conditionalAccess/policies";

fn a_conditional_access_policy(test_tenant: &TestTenant) -> Row<'_> {
    Row::new(resource("conditional_access_policy", POLICY), names_left(test_tenant, POLICIES, "ours"))
}

fn a_conditional_access_policy_for_good(test_tenant: &TestTenant) -> Row<'_> {
    let left = unpurged(test_tenant, POLICIES, "/identity/conditionalAccess/deletedItems/policies", "ours");
    Row::new(resource("conditional_access_policy", &format!("{POLICY}\n  on_destroy = \"purge\"")), left)
}

fn a_named_location(test_tenant: &TestTenant) -> Row<'_> {
    let lines = "display_name = \"ours\"\n  ip {\n    ip_ranges = [\"203.0.113.0/24\"]\n    trusted = true\n  }";
    Row::new(resource("named_location", lines), names_left(test_tenant, "/identity/conditionalAccess/namedLocations", "ours"))
}

fn an_authentication_strength(test_tenant: &TestTenant) -> Row<'_> {
    let lines = "display_name = \"ours\"\n  allowed_combinations = [\"fido2\"]";
    Row::new(resource("authentication_strength_policy", lines), names_left(test_tenant, "/policies/authenticationStrengthPolicies", "ours"))
}

fn an_authentication_context(test_tenant: &TestTenant) -> Row<'_> {
    let path = format!("{CONDITIONAL_ACCESS}/authenticationContextClassReferences");
    let lines = "id = \"c7\"\n  display_name = \"ours\"";
    Row::new(resource("authentication_context", lines), move || ids(test_tenant, &path))
}

fn the_profile_of_a_cluster(test_tenant: &TestTenant) -> Row<'_> {
    let group = test_tenant.group(json!({}));
    let lines = format!("cluster_id = {:?}\n  admin_group_ids = [{group:?}]", cluster());
    Row::new(resource("cluster_aad_profile", &lines), move || {
        let admins = test_tenant.arm_api("GET", &cluster(), "2026-04-01", None)["properties"]["aadProfile"]["adminGroupObjectIDs"].take();
        admins.as_array().into_iter().flatten().filter(|id| **id == json!(group)).map(Value::to_string).collect()
    })
}
