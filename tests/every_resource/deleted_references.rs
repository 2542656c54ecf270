//! Destroy is never refused, by the table of resources: each object that a resource refers to is deleted outside of Terraform, alone and together with the
//! resource's own object. Then every command on the way to an empty tenant succeeds, and the tenant, looked at by plain HTTP, holds nothing of the resource.

use serde_json::{Value, json};

use crate::role_assignments::role_assignment::{cluster, subscription};
use crate::test_tenant::TestTenant;

const PIM: &str = "/identityGovernance/privilegedAccess/group";
const CONDITIONAL_ACCESS: &str = "/identity/conditionalAccess";
/// Longer than any answer can be an old one, and than Privileged Identity Management refuses to remove what was just made.
const LATER: &str = "PT10M";
const ADMIN: &str = "Azure Kubernetes Service RBAC Admin";
const WEEK: &str = "expiration { duration = \"P7D\" }\n  justification = \"x\"";

/// How a tenant is destroyed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    /// What is gone is found by each plan anew. Directory objects are deleted for good.
    Planned,
    /// What is gone has left the state before: the plan with which a destroy begins creates it again. Directory objects are in the recycle bin.
    Refreshed,
    /// Nobody looks for what is gone. Directory objects are deleted for good.
    Unrefreshed,
}

/// Deletes an object outside of Terraform; returns the status of the answer.
type Delete = Box<dyn Fn(&TestTenant) -> u16>;

/// Deletes the object of a resource outside of Terraform, given its attributes.
type DeleteItself = Box<dyn Fn(&TestTenant, &Value)>;

/// An object that a resource refers to.
pub(crate) struct Reference {
    name: &'static str,
    delete: Delete,
    /// Whether the service keeps it while the resource refers to it.
    in_use: bool,
    /// Whether it leaves nothing in a recycle bin.
    for_good: bool,
}

/// A resource with the objects that it refers to, all of its own.
struct Instance {
    kind: &'static str,
    lines: String,
    /// Deletes the resource's own object, given its attributes; none where that cannot be deleted.
    itself: Option<DeleteItself>,
    references: Vec<Reference>,
}

type Prepare = fn(&TestTenant, Way, usize) -> Instance;

/// Which objects of an instance are deleted: references by their place, and itself.
#[derive(Clone, Debug)]
struct Case {
    references: Vec<usize>,
    itself: bool,
}

fn cases(of: &Instance, way: Way) -> Vec<Case> {
    let count = of.references.len();
    let mut sets: Vec<Vec<usize>> = (0..count).map(|one| vec![one]).collect();
    if count != 1 {
        sets.push((0..count).collect());
    }
    // Of what is in no recycle bin nobody can tell that it was there.
    let sets = |itself: bool| {
        sets.iter().filter(move |set| !itself || way != Way::Refreshed || !set.iter().any(|one| of.references[*one].for_good))
    };
    let with = |itself: bool| sets(itself).cloned().map(move |references| Case { references, itself });
    let alone = with(false).filter(|case| !case.references.is_empty());
    let mut all: Vec<Case> = alone.collect();
    if of.itself.is_some() {
        all.extend(with(true));
        all.push(Case { references: Vec::new(), itself: true });
    }
    all
}

fn each_is_destroyed(name: &str, prepare: Prepare, way: Way) {
    let test_tenant = TestTenant::new(&format!("deleted_references_{name}_{way:?}"));
    let cases = cases(&prepare(&test_tenant, way, 0), way);
    let instances: Vec<Instance> = (1..).zip(&cases).map(|(at, _)| prepare(&test_tenant, way, at)).collect();
    let before = test_tenant.snapshot();
    let block =
        |(at, instance): (usize, &Instance)| format!("resource \"aksaccess_{}\" \"it{at}\" {{\n  {}\n}}\n", instance.kind, instance.lines);
    let workspace = test_tenant.workspace(&instances.iter().enumerate().map(block).collect::<String>());
    workspace.apply();
    test_tenant.advance(LATER);
    for (at, (case, instance)) in cases.iter().zip(&instances).enumerate() {
        if let Some(itself) = instance.itself.as_ref().filter(|_| case.itself) {
            itself(&test_tenant, &workspace.state(&format!("aksaccess_{}.it{at}", instance.kind)));
        }
        for reference in case.references.iter().map(|one| &instance.references[*one]) {
            let status = (reference.delete)(&test_tenant);
            if reference.in_use && !case.itself {
                assert_eq!(status, 400, "{name}: {} is in use", reference.name);
            } else {
                assert!(status < 300, "{name}: {} cannot be deleted: {status}", reference.name);
            }
        }
    }
    test_tenant.advance(LATER);
    match way {
        Way::Planned => {
            workspace.succeeds(&["plan", "-refresh-only", "-no-color"]);
            workspace.succeeds(&["plan", "-no-color"]);
            workspace.succeeds(&["plan", "-destroy", "-no-color"]);
            workspace.destroy();
        }
        Way::Refreshed => {
            workspace.succeeds(&["apply", "-refresh-only", "-auto-approve", "-no-color"]);
            workspace.succeeds(&["plan", "-destroy", "-no-color"]);
            workspace.destroy();
        }
        Way::Unrefreshed => {
            workspace.succeeds(&["plan", "-destroy", "-refresh=false", "-no-color"]);
            workspace.succeeds(&["destroy", "-refresh=false", "-auto-approve", "-no-color"]);
        }
    }
    assert_eq!(workspace.addresses(), Vec::<String>::new(), "{name}, {way:?}");
    test_tenant.holds_nothing_new(&before, &format!("{name}, {way:?}, {cases:?}"));
}

/// The table: a test for each row, its resource, and what prepares it.
macro_rules! rows {
    ($($test:ident: $resource:literal => $prepare:expr;)*) => {
        mod destroy_is_not_refused {
            $(mod $test {
                use super::super::*;

                #[test]
                fn planned() {
                    each_is_destroyed(stringify!($test), $prepare, Way::Planned);
                }

                #[test]
                fn refreshed() {
                    each_is_destroyed(stringify!($test), $prepare, Way::Refreshed);
                }

                #[test]
                fn unrefreshed() {
                    each_is_destroyed(stringify!($test), $prepare, Way::Unrefreshed);
                }
            })*
        }

        const RESOURCES: &[&str] = &[$($resource),*];
    };
}

rows! {
    group: "group" => a_group;
    user: "user" => a_user;
    membership: "group_member" => a_membership;
    owner: "group_owner" => an_owner;
    member_of_a_unit: "administrative_unit_member" => a_member_of_a_unit;
    list_of_members: "group_members" => a_list_of_members;
    role_assignment: "role_assignment" => a_role_assignment;
    assignment_of_a_custom_role: "role_assignment" => an_assignment_of_a_custom_role;
    eligibility_of_a_group: "pim_group_eligibility" => |test_tenant, way, _| grant_of_a_group(test_tenant, way, "pim_group_eligibility");
    assignment_of_a_group: "pim_group_assignment" => |test_tenant, way, _| grant_of_a_group(test_tenant, way, "pim_group_assignment");
    eligibility_for_a_role: "pim_role_eligibility" => |test_tenant, way, at| grant_of_a_role(test_tenant, way, at, "pim_role_eligibility");
    assignment_of_a_role: "pim_role_assignment" => |test_tenant, way, at| grant_of_a_role(test_tenant, way, at, "pim_role_assignment");
    policy_of_a_group: "pim_group_policy" => a_policy_of_a_group;
    policy_of_a_role: "pim_role_policy" => a_policy_of_a_role;
    conditional_access_policy: "conditional_access_policy" => a_conditional_access_policy;
    policy_with_context_and_strength: "conditional_access_policy" => a_policy_with_context_and_strength;
    named_location: "named_location" => a_named_location;
    authentication_strength: "authentication_strength_policy" => an_authentication_strength;
    authentication_context: "authentication_context" => an_authentication_context;
    profile_of_a_cluster: "cluster_aad_profile" => the_profile_of_a_cluster;
}

#[test]
fn every_resource_has_a_row() {
    let missing: Vec<_> =
        aksaccess_provider::resources::table().iter().map(|entry| entry.name).filter(|name| !RESOURCES.contains(name)).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

fn graph(test_tenant: &TestTenant, method: &str, path: &str) -> u16 {
    test_tenant.answer(method, &format!("/v1.0{path}"), None).0
}

/// Deletes an object of Microsoft Graph.
fn delete(path: String) -> Delete {
    Box::new(move |test_tenant| graph(test_tenant, "DELETE", &path))
}

fn reference(name: &'static str, delete: Delete) -> Reference {
    Reference { name, delete, in_use: false, for_good: false }
}

fn in_use(name: &'static str, delete: Delete) -> Reference {
    Reference { name, delete, in_use: true, for_good: false }
}

/// A user or a group that is deleted, for good where no plan looks into the recycle bin.
fn directory_object(name: &'static str, collection: &'static str, id: String, way: Way) -> Reference {
    let delete = move |test_tenant: &TestTenant| {
        let status = graph(test_tenant, "DELETE", &format!("/{collection}/{id}"));
        if way != Way::Refreshed {
            graph(test_tenant, "DELETE", &format!("/directory/deletedItems/{id}"));
        }
        status
    };
    reference(name, Box::new(delete))
}

fn user(name: &'static str, test_tenant: &TestTenant, way: Way) -> (String, Reference) {
    let id = test_tenant.users(1).remove(0);
    (id.clone(), directory_object(name, "users", id, way))
}

fn group(name: &'static str, test_tenant: &TestTenant, way: Way) -> (String, Reference) {
    let id = test_tenant.group(json!({}));
    (id.clone(), directory_object(name, "groups", id, way))
}

/// Another cluster like the first.
pub(crate) fn own_cluster(test_tenant: &TestTenant, at: usize) -> (String, Reference) {
    let mut copy = test_tenant.arm_api("GET", &cluster(), "2026-04-01", None);
    let id = format!("{}{at}", cluster());
    copy["id"] = json!(id);
    copy["properties"]["dnsPrefix"] = json!(format!("own{at}"));
    copy["properties"]["nodeResourceGroup"] = json!(format!("nodes{at}"));
    test_tenant.write_cluster(copy);
    (id.clone(), reference("cluster", Box::new(move |test_tenant| test_tenant.arm_answer("DELETE", &id, "2026-04-01", None).0)))
}

fn custom_role(test_tenant: &TestTenant, at: usize) -> (String, Delete) {
    let id = format!("{}/providers/Microsoft.Authorization/roleDefinitions/0f1e2d3c-0000-4000-8000-0000000{at:05}", subscription());
    let role = json!({ "properties": { "roleName": format!("Own {at}"), "type": "CustomRole", "description": "d", "assignableScopes": [subscription()],
        "permissions": [{ "actions": [], "notActions": [], "dataActions": ["Microsoft.ContainerService/managedClusters/pods/read"], "notDataActions": [] }] } });
    test_tenant.arm_api("PUT", &id, "2022-04-01", Some(role));
    let path = id.clone();
    (id, Box::new(move |test_tenant: &TestTenant| test_tenant.arm_answer("DELETE", &path, "2022-04-01", None).0))
}

fn by_id(collection: &'static str) -> Option<DeleteItself> {
    Some(Box::new(move |test_tenant, state| {
        test_tenant.graph("DELETE", &format!("{collection}/{}", state["id"].as_str().unwrap()), None);
    }))
}

fn a_group(test_tenant: &TestTenant, way: Way, at: usize) -> Instance {
    let ((first, owner), (second, other)) = (user("owner", test_tenant, way), user("other owner", test_tenant, way));
    let unit =
        test_tenant.graph("POST", "/directory/administrativeUnits", Some(json!({ "displayName": "u" })))["id"].as_str().unwrap().to_owned();
    Instance {
        kind: "group",
        lines: format!("display_name = \"ours{at}\"\n  owners = [{first:?}, {second:?}]\n  administrative_unit_ids = [{unit:?}]"),
        itself: by_id("/groups"),
        references: vec![owner, other, reference("unit", delete(format!("/directory/administrativeUnits/{unit}")))],
    }
}

fn a_user(test_tenant: &TestTenant, way: Way, at: usize) -> Instance {
    let (id, manager) = user("manager", test_tenant, way);
    Instance {
        kind: "user",
        lines: format!("user_principal_name = \"ours{at}@contoso.com\"\n  display_name = \"ours\"\n  manager_id = {id:?}"),
        itself: by_id("/users"),
        references: vec![manager],
    }
}

fn a_membership(test_tenant: &TestTenant, way: Way, _: usize) -> Instance {
    let ((group_id, group), (member_id, member)) = (group("group", test_tenant, way), user("member", test_tenant, way));
    Instance {
        kind: "group_member",
        lines: format!("group_id = {group_id:?}\n  member_id = {member_id:?}"),
        itself: Some(Box::new(move |test_tenant, _| test_tenant.remove_member(&group_id, &member_id))),
        references: vec![group, member],
    }
}

fn an_owner(test_tenant: &TestTenant, way: Way, _: usize) -> Instance {
    let ((group_id, group), (owner_id, owner)) = (group("group", test_tenant, way), user("owner", test_tenant, way));
    // The last one could not be removed.
    test_tenant.add_owner(&group_id, &test_tenant.users(1)[0]);
    Instance {
        kind: "group_owner",
        lines: format!("group_id = {group_id:?}\n  owner_id = {owner_id:?}"),
        itself: Some(Box::new(move |test_tenant, _| {
            drop(test_tenant.graph("DELETE", &format!("/groups/{group_id}/owners/{owner_id}/$ref"), None))
        })),
        references: vec![group, owner],
    }
}

fn a_member_of_a_unit(test_tenant: &TestTenant, way: Way, _: usize) -> Instance {
    let (unit_id, (member_id, member)) = (test_tenant.unit(), user("member", test_tenant, way));
    let path = format!("/directory/administrativeUnits/{unit_id}");
    let link = format!("{path}/members/{member_id}/$ref");
    Instance {
        kind: "administrative_unit_member",
        lines: format!("administrative_unit_id = {unit_id:?}\n  member_id = {member_id:?}"),
        itself: Some(Box::new(move |test_tenant, _| drop(test_tenant.graph("DELETE", &link, None)))),
        references: vec![reference("unit", delete(path)), member],
    }
}

fn a_list_of_members(test_tenant: &TestTenant, way: Way, _: usize) -> Instance {
    let (group_id, of) = group("group", test_tenant, way);
    let ((first, member), (second, nested)) = (user("member", test_tenant, way), group("nested group", test_tenant, way));
    let members = [first, second];
    Instance {
        kind: "group_members",
        lines: format!("group_id = {group_id:?}\n  members = {}", json!(members)),
        itself: Some(Box::new(move |test_tenant, _| members.iter().for_each(|member| test_tenant.remove_member(&group_id, member)))),
        references: vec![of, member, nested],
    }
}

fn assignment_itself() -> Option<DeleteItself> {
    Some(Box::new(|test_tenant, state| drop(test_tenant.arm_api("DELETE", state["id"].as_str().unwrap(), "2022-04-01", None))))
}

fn a_role_assignment(test_tenant: &TestTenant, way: Way, at: usize) -> Instance {
    let ((principal_id, principal), (cluster_id, cluster)) = (group("principal", test_tenant, way), own_cluster(test_tenant, at));
    Instance {
        kind: "role_assignment",
        lines: format!("cluster_id = {cluster_id:?}\n  namespace = \"x\"\n  principal_id = {principal_id:?}\n  role = {ADMIN:?}"),
        itself: assignment_itself(),
        references: vec![principal, cluster],
    }
}

fn an_assignment_of_a_custom_role(test_tenant: &TestTenant, way: Way, at: usize) -> Instance {
    let ((principal_id, principal), (role_id, role)) = (user("principal", test_tenant, way), custom_role(test_tenant, at));
    Instance {
        kind: "role_assignment",
        lines: format!("scope = {:?}\n  principal_id = {principal_id:?}\n  role = {role_id:?}", cluster()),
        itself: assignment_itself(),
        references: vec![principal, in_use("role", role)],
    }
}

fn grant_of_a_group(test_tenant: &TestTenant, way: Way, kind: &'static str) -> Instance {
    let ((group_id, of), (principal_id, principal)) = (group("group", test_tenant, way), user("principal", test_tenant, way));
    let path = format!("{PIM}/{}ScheduleRequests", kind.trim_start_matches("pim_group_"));
    let body = json!({ "action": "adminRemove", "accessId": "member", "groupId": group_id, "principalId": principal_id });
    Instance {
        kind,
        lines: format!("group_id = {group_id:?}\n  principal_id = {principal_id:?}\n  {WEEK}"),
        itself: Some(Box::new(move |test_tenant, _| drop(test_tenant.graph("POST", &path, Some(body.clone()))))),
        references: vec![of, principal],
    }
}

fn grant_of_a_role(test_tenant: &TestTenant, way: Way, at: usize, kind: &'static str) -> Instance {
    let (principal_id, principal) = user("principal", test_tenant, way);
    let ((cluster_id, cluster), (role_id, role)) = (own_cluster(test_tenant, at), custom_role(test_tenant, at));
    let arm = if kind == "pim_role_eligibility" { "Eligibility" } else { "Assignment" };
    let path = format!("{cluster_id}/providers/Microsoft.Authorization/role{arm}ScheduleRequests/0f1e2d3c-0000-4000-8000-1000000{at:05}");
    let body = json!({ "properties": { "principalId": principal_id, "requestType": "AdminRemove", "roleDefinitionId": role_id } });
    Instance {
        kind,
        lines: format!("cluster_id = {cluster_id:?}\n  principal_id = {principal_id:?}\n  role = {role_id:?}\n  {WEEK}"),
        itself: Some(Box::new(move |test_tenant, _| drop(test_tenant.arm_api("PUT", &path, "2020-10-01", Some(body.clone()))))),
        references: vec![in_use("role", role), principal, cluster],
    }
}

/// What a policy says of activation, and the objects that it refers to.
fn approval(test_tenant: &TestTenant, way: Way, at: usize) -> (String, Vec<Reference>) {
    let ((user_id, user), (group_id, group)) = (user("approver", test_tenant, way), group("group of approvers", test_tenant, way));
    let path = format!("{CONDITIONAL_ACCESS}/authenticationContextClassReferences/c{at}");
    test_tenant.graph("PATCH", &path, Some(json!({ "displayName": "x", "isAvailable": false })));
    let lines = format!(
        "activation {{\n    require_approval = true\n    approvers {{\n      user_ids = [{user_id:?}]\n      group_ids = [{group_id:?}]\n    }}\n    \
         authentication_context = \"c{at}\"\n  }}"
    );
    (lines, vec![user, group, reference("context", delete(path))])
}

fn a_policy_of_a_group(test_tenant: &TestTenant, way: Way, at: usize) -> Instance {
    let ((group_id, of), (lines, mut references)) = (group("group", test_tenant, way), approval(test_tenant, way, at + 1));
    references.push(of);
    Instance { kind: "pim_group_policy", lines: format!("group_id = {group_id:?}\n  {lines}"), itself: None, references }
}

fn a_policy_of_a_role(test_tenant: &TestTenant, way: Way, at: usize) -> Instance {
    let ((cluster_id, cluster), (role_id, role)) = (own_cluster(test_tenant, at), custom_role(test_tenant, at));
    let (lines, mut references) = approval(test_tenant, way, at + 1);
    references.extend([reference("role", role), cluster]);
    Instance {
        kind: "pim_role_policy",
        lines: format!("cluster_id = {cluster_id:?}\n  role = {role_id:?}\n  {lines}"),
        itself: None,
        references,
    }
}

fn strength(test_tenant: &TestTenant, at: usize) -> (String, Reference) {
    let body = json!({ "displayName": format!("strength{at}"), "allowedCombinations": ["fido2"] });
    let id = test_tenant.graph("POST", "/policies/authenticationStrengthPolicies", Some(body))["id"].as_str().unwrap().to_owned();
    let path = format!("/policies/authenticationStrengthPolicies/{id}");
    (id, Reference { for_good: true, ..in_use("strength", delete(path)) })
}

fn location(name: &'static str, test_tenant: &TestTenant, at: usize) -> (String, Reference) {
    let range = json!({ "@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "203.0.113.0/24" });
    let body = json!({ "@odata.type": "#microsoft.graph.ipNamedLocation", "displayName": format!("{name}{at}"), "isTrusted": false, "ipRanges": [range] });
    let path = format!("{CONDITIONAL_ACCESS}/namedLocations");
    let id = test_tenant.graph("POST", &path, Some(body))["id"].as_str().unwrap().to_owned();
    let path = format!("{path}/{id}");
    (id, reference(name, delete(path)))
}

fn a_conditional_access_policy(test_tenant: &TestTenant, way: Way, at: usize) -> Instance {
    let people =
        [("included user", "included_users"), ("excluded user", "excluded_users")].map(|(name, to)| (to, user(name, test_tenant, way)));
    let groups = [("included group", "included_groups"), ("excluded group", "excluded_groups")]
        .map(|(name, to)| (to, group(name, test_tenant, way)));
    let places = [("included location", "included_locations"), ("excluded location", "excluded_locations")]
        .map(|(name, to)| (to, location(name, test_tenant, at)));
    let line = |(to, (id, _)): &(&str, (String, Reference))| format!("{to} = [{id:?}]\n");
    let users: String = people.iter().chain(&groups).map(line).collect();
    let locations: String = places.iter().map(line).collect();
    let references = people.into_iter().chain(groups).chain(places).map(|(_, (_, reference))| reference).collect();
    Instance {
        kind: "conditional_access_policy",
        lines: format!(
            "display_name = \"ours{at}\"\n  state = \"disabled\"\n  conditions {{\n    users {{\n{users}}}\n    locations {{\n{locations}}}\n    \
             applications {{ included_applications = [\"All\"] }}\n  }}\n  grant_controls {{ built_in_controls = [\"mfa\"] }}"
        ),
        itself: by_id("/identity/conditionalAccess/policies"),
        references,
    }
}

fn a_policy_with_context_and_strength(test_tenant: &TestTenant, way: Way, at: usize) -> Instance {
    // A tenant has room for fifteen strengths.
    let ((group_id, of), (strength_id, strength)) = (group("group", test_tenant, way), strength(test_tenant, at));
    let context = format!("c{}", at + 1);
    let path = format!("{CONDITIONAL_ACCESS}/authenticationContextClassReferences/{context}");
    test_tenant.graph("PATCH", &path, Some(json!({ "displayName": "x", "isAvailable": false })));
    Instance {
        kind: "conditional_access_policy",
        lines: format!(
            "display_name = \"ours{at}\"\n  state = \"disabled\"\n  conditions {{\n    users {{ included_groups = [{group_id:?}] }}\n    \
             applications {{ included_authentication_context_class_references = [{context:?}] }}\n  }}\n  grant_controls {{ authentication_strength_policy_id = {strength_id:?} }}"
        ),
        itself: by_id("/identity/conditionalAccess/policies"),
        references: vec![of, in_use("context", delete(path)), strength],
    }
}

fn a_named_location(_: &TestTenant, _: Way, at: usize) -> Instance {
    Instance {
        kind: "named_location",
        lines: format!("display_name = \"ours{at}\"\n  ip {{ ip_ranges = [\"203.0.113.0/24\"] }}"),
        itself: by_id("/identity/conditionalAccess/namedLocations"),
        references: Vec::new(),
    }
}

fn an_authentication_strength(_: &TestTenant, _: Way, at: usize) -> Instance {
    Instance {
        kind: "authentication_strength_policy",
        lines: format!("display_name = \"ours{at}\"\n  allowed_combinations = [\"fido2\"]"),
        itself: by_id("/policies/authenticationStrengthPolicies"),
        references: Vec::new(),
    }
}

fn an_authentication_context(_: &TestTenant, _: Way, at: usize) -> Instance {
    Instance {
        kind: "authentication_context",
        lines: format!("id = \"c{}\"\n  display_name = \"ours\"\n  published = false", at + 1),
        itself: by_id("/identity/conditionalAccess/authenticationContextClassReferences"),
        references: Vec::new(),
    }
}

fn the_profile_of_a_cluster(test_tenant: &TestTenant, way: Way, at: usize) -> Instance {
    let ((cluster_id, cluster), (group_id, admins)) = (own_cluster(test_tenant, at), group("admins", test_tenant, way));
    Instance {
        kind: "cluster_aad_profile",
        lines: format!("cluster_id = {cluster_id:?}\n  admin_group_ids = [{group_id:?}]"),
        itself: None,
        references: vec![cluster, admins],
    }
}

/// What is in no recycle bin may never have been there. The error says how a destroy gets past it.
#[test]
fn a_missing_object_is_an_error_that_names_the_way_out() {
    let test_tenant = TestTenant::new("a_missing_object_names_the_way_out");
    let before = test_tenant.snapshot();
    let nobody = "88888888-8888-4888-8888-888888888888";
    let first = "resource \"aksaccess_group\" \"it\" {\n  display_name = \"ours\"\n}\n";
    let workspace = test_tenant.workspace(first);
    workspace.apply();
    workspace.write(&format!(
        "{first}resource \"aksaccess_group_member\" \"it\" {{\n  group_id = aksaccess_group.it.id\n  member_id = {nobody:?}\n}}\n"
    ));
    workspace.fails(&["destroy", "-auto-approve", "-no-color"], &["This member does not exist", "use `terraform destroy -refresh=false`"]);
    workspace.succeeds(&["destroy", "-refresh=false", "-auto-approve", "-no-color"]);
    test_tenant.holds_nothing_new(&before, "");
}
