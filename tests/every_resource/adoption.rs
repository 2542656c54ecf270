//! Whatever adopts or restores an object, by a table: each request of the apply fails in turn, and the object is untouched or adopted, never tainted, and the
//! next apply converges. Afterwards the tenant is looked at: there is no second object, and a destroy leaves none.

use emulator::tenant::{CLUSTER, RESOURCE_GROUP, SUBSCRIPTION_ID};
use serde_json::{Value, json};

use crate::test_tenant::{TestTenant, Workspace};

/// What goes wrong with one request: refused, an error of the server, an answer that is lost, and one that comes after the deadline.
const FAILURES: [&str; 4] = ["status=403", "status=500", "reset-after", "delay=4"];

/// A resource that adopts or restores.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// Type without the provider's prefix.
    pub(crate) resource: &'static str,
    /// Whether the objects are deleted before, and restored.
    pub(crate) restores: bool,
    /// The arguments with which the object was created, and those of the adopting configuration.
    arguments: fn(Ids<'_>, bool) -> String,
    /// The existing objects of this kind, by a unique key.
    pub(crate) existing: fn(&TestTenant, &Everybody) -> Vec<String>,
}

/// What one object is made of.
#[derive(Clone, Copy)]
pub(crate) struct Ids<'a> {
    name: &'a str,
    /// Of this object alone.
    user: &'a str,
    everybody: &'a Everybody,
}

/// What all objects share.
pub(crate) struct Everybody {
    owner: String,
    unit: String,
    group: String,
}

impl Everybody {
    pub(crate) fn of(test_tenant: &TestTenant) -> Self {
        let unit = test_tenant.graph("POST", "/directory/administrativeUnits", Some(json!({ "displayName": "unit" })))["id"].clone();
        let everybody = Everybody {
            owner: test_tenant.users(1).remove(0),
            unit: unit.as_str().unwrap().to_owned(),
            group: test_tenant.group(json!({ "displayName": "shared" })),
        };
        // So that no other is the last.
        test_tenant.add_owner(&everybody.group, &everybody.owner);
        everybody
    }
}

const PIM: &str = "/identityGovernance/privilegedAccess/group";

fn cluster() -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION_ID}/resourceGroups/{RESOURCE_GROUP}/providers/Microsoft.ContainerService/managedClusters/{CLUSTER}"
    )
}

fn listed(test_tenant: &TestTenant, path: &str, property: &str) -> Vec<String> {
    let all = test_tenant.graph("GET", path, None)["value"].as_array().unwrap().clone();
    all.iter().map(|one| one[property].as_str().unwrap().to_owned()).collect()
}

fn group(ids: Ids<'_>, ours: bool) -> String {
    let rest =
        format!("description = \"ours\"\n  owners = [{:?}]\n  administrative_unit_ids = [{:?}]", ids.everybody.owner, ids.everybody.unit);
    format!("display_name = {:?}\n  {}", ids.name, if ours { rest.as_str() } else { "description = \"theirs\"" })
}

fn user(ids: Ids<'_>, ours: bool) -> String {
    let rest = if ours { format!("department = \"ours\"\n  manager_id = {:?}", ids.everybody.owner) } else { String::new() };
    format!("user_principal_name = \"{}@contoso.com\"\n  display_name = \"X\"\n  {rest}", ids.name)
}

fn location(ids: Ids<'_>, ours: bool) -> String {
    format!("display_name = {:?}\n  ip {{\n    ip_ranges = [\"203.0.113.{}/32\"]\n  }}", ids.name, u8::from(ours))
}

fn policy(ids: Ids<'_>, ours: bool) -> String {
    let state = if ours { "enabledForReportingButNotEnforced" } else { "disabled" };
    format!(
        "display_name = {:?}\n  state = {state:?}\n  conditions {{\n    applications {{ included_applications = [\"AKS\"] }}\n    users {{ \
         included_groups = [{:?}] }}\n  }}\n  grant_controls {{ built_in_controls = [\"mfa\"] }}",
        ids.name, ids.everybody.group
    )
}

fn role_assignment(ids: Ids<'_>, ours: bool) -> String {
    let rest = if ours { "description = \"ours\"".to_owned() } else { format!("name = {:?}", uuid::Uuid::new_v4().to_string()) };
    format!("cluster_id = {:?}\n  role = \"Reader\"\n  principal_id = {:?}\n  {rest}", cluster(), ids.user)
}

fn member(ids: Ids<'_>, _: bool) -> String {
    format!("group_id = {:?}\n  member_id = {:?}", ids.everybody.group, ids.user)
}

fn owner(ids: Ids<'_>, _: bool) -> String {
    format!("group_id = {:?}\n  owner_id = {:?}", ids.everybody.group, ids.user)
}

fn unit_member(ids: Ids<'_>, _: bool) -> String {
    format!("administrative_unit_id = {:?}\n  member_id = {:?}", ids.everybody.unit, ids.user)
}

fn group_grant(ids: Ids<'_>, ours: bool) -> String {
    let days = if ours { "P9D" } else { "P3D" };
    format!(
        "group_id = {:?}\n  principal_id = {:?}\n  justification = \"x\"\n  expiration {{ duration = {days:?} }}",
        ids.everybody.group, ids.user
    )
}

fn role_grant(ids: Ids<'_>, ours: bool) -> String {
    let days = if ours { "P9D" } else { "P3D" };
    format!(
        "cluster_id = {:?}\n  role = \"Reader\"\n  principal_id = {:?}\n  justification = \"x\"\n  expiration {{ duration = {days:?} }}",
        cluster(),
        ids.user
    )
}

fn groups(test_tenant: &TestTenant, _: &Everybody) -> Vec<String> {
    listed(test_tenant, "/groups?$filter=startswith(displayName,'adopted')&$top=999", "id")
}

fn users(test_tenant: &TestTenant, _: &Everybody) -> Vec<String> {
    listed(test_tenant, "/users?$filter=startswith(userPrincipalName,'adopted')&$top=999", "id")
}

fn locations(test_tenant: &TestTenant, _: &Everybody) -> Vec<String> {
    listed(test_tenant, "/identity/conditionalAccess/namedLocations", "id")
}

fn policies(test_tenant: &TestTenant, _: &Everybody) -> Vec<String> {
    listed(test_tenant, "/identity/conditionalAccess/policies", "id")
}

fn role_assignments(test_tenant: &TestTenant, _: &Everybody) -> Vec<String> {
    test_tenant.assignments(&cluster()).into_iter().map(|(_, _, name)| name).collect()
}

fn group_schedules(test_tenant: &TestTenant, everybody: &Everybody, kind: &str) -> Vec<String> {
    listed(test_tenant, &format!("{PIM}/{kind}Schedules?$filter=groupId eq '{}'", everybody.group), "principalId")
}

fn role_schedules(test_tenant: &TestTenant, kind: &str) -> Vec<String> {
    let path = format!("{}/providers/Microsoft.Authorization/role{kind}Schedules?$filter=atScope()", cluster());
    let all = test_tenant.arm_api("GET", &path, "2020-10-01", None)["value"].as_array().unwrap().clone();
    let here = |one: &&Value| one["properties"]["scope"].as_str().unwrap().eq_ignore_ascii_case(&cluster());
    all.iter().filter(here).map(|one| one["properties"]["principalId"].as_str().unwrap().to_owned()).collect()
}

pub(crate) const GROUP: Row = Row { name: "group", resource: "group", restores: false, arguments: group, existing: groups };
pub(crate) const DELETED_GROUP: Row = Row { name: "deleted group", restores: true, ..GROUP };
pub(crate) const USER: Row = Row { name: "user", resource: "user", restores: false, arguments: user, existing: users };
pub(crate) const DELETED_USER: Row = Row { name: "deleted user", restores: true, ..USER };
pub(crate) const LOCATION: Row =
    Row { name: "deleted location", resource: "named_location", restores: true, arguments: location, existing: locations };
pub(crate) const POLICY: Row =
    Row { name: "deleted policy", resource: "conditional_access_policy", restores: true, arguments: policy, existing: policies };
pub(crate) const ROLE_ASSIGNMENT: Row =
    Row { name: "role assignment", resource: "role_assignment", restores: false, arguments: role_assignment, existing: role_assignments };
pub(crate) const MEMBER: Row = Row {
    name: "member",
    resource: "group_member",
    restores: false,
    arguments: member,
    existing: |test_tenant, everybody| test_tenant.members(&everybody.group),
};
pub(crate) const OWNER: Row = Row {
    name: "owner",
    resource: "group_owner",
    arguments: owner,
    // One who always is, so that no other is the last.
    existing: |test_tenant, everybody| test_tenant.owners(&everybody.group).into_iter().filter(|id| *id != everybody.owner).collect(),
    ..MEMBER
};
pub(crate) const UNIT_MEMBER: Row = Row {
    name: "unit member",
    resource: "administrative_unit_member",
    arguments: unit_member,
    existing: |test_tenant, everybody| test_tenant.in_unit(&everybody.unit),
    ..MEMBER
};
pub(crate) const GROUP_ELIGIBILITY: Row = Row {
    name: "group eligibility",
    resource: "pim_group_eligibility",
    restores: false,
    arguments: group_grant,
    existing: |test_tenant, everybody| group_schedules(test_tenant, everybody, "eligibility"),
};
pub(crate) const GROUP_ASSIGNMENT: Row = Row {
    name: "group assignment",
    resource: "pim_group_assignment",
    existing: |test_tenant, everybody| group_schedules(test_tenant, everybody, "assignment"),
    ..GROUP_ELIGIBILITY
};
pub(crate) const ROLE_ELIGIBILITY: Row = Row {
    name: "role eligibility",
    resource: "pim_role_eligibility",
    restores: false,
    arguments: role_grant,
    existing: |test_tenant, _| role_schedules(test_tenant, "Eligibility"),
};
pub(crate) const PIM_ROLE_ASSIGNMENT: Row = Row {
    name: "active role assignment",
    resource: "pim_role_assignment",
    existing: |test_tenant, _| role_schedules(test_tenant, "Assignment"),
    ..ROLE_ELIGIBILITY
};

/// All rows, with what says in the documentation that they adopt or restore.
pub(crate) const ROWS: [&Row; 14] = [
    &GROUP,
    &DELETED_GROUP,
    &USER,
    &DELETED_USER,
    &LOCATION,
    &POLICY,
    &ROLE_ASSIGNMENT,
    &MEMBER,
    &OWNER,
    &UNIT_MEMBER,
    &GROUP_ELIGIBILITY,
    &GROUP_ASSIGNMENT,
    &ROLE_ELIGIBILITY,
    &PIM_ROLE_ASSIGNMENT,
];

impl Row {
    pub(crate) fn configuration(&self, people: &[String], everybody: &Everybody, run: usize, ours: bool, rest: &str) -> String {
        let flag = match (ours, self.restores) {
            (false, _) => "",
            (true, true) => "restore_deleted = true",
            (true, false) => "adopt_existing = true",
        };
        let one = |(at, user): (usize, &String)| {
            let name = format!("adopted{run}x{at}");
            let arguments = (self.arguments)(Ids { name: &name, user, everybody }, ours);
            format!("resource \"aksaccess_{}\" \"it{at}\" {{\n  {arguments}\n  {flag}\n{rest}}}\n", self.resource)
        };
        people.iter().enumerate().map(one).collect()
    }

    /// Ids in state, by address; none may be tainted or deposed.
    pub(crate) fn stored(&self, workspace: &Workspace<'_>) -> Vec<(String, Value)> {
        let state = std::fs::read(workspace.path().join("terraform.tfstate")).unwrap_or_else(|_| b"{}".to_vec());
        let state: Value = serde_json::from_slice(&state).unwrap();
        let resources = state["resources"].as_array().cloned().unwrap_or_default();
        let instances = |resource: &Value| {
            let address = format!("{}.{}", resource["type"].as_str().unwrap(), resource["name"].as_str().unwrap());
            let instances = resource["instances"].as_array().unwrap().clone();
            instances.into_iter().map(move |instance| {
                assert!(instance["status"].is_null() && instance["deposed"].is_null(), "{}: {address} {instance}", self.name);
                (address.clone(), instance["attributes"]["id"].clone())
            })
        };
        resources.iter().flat_map(instances).collect()
    }

    /// Objects that exist before, with their state in the configuration that created them and a unique key.
    pub(crate) fn prepare(
        &self,
        test_tenant: &TestTenant,
        people: &[String],
        everybody: &Everybody,
        run: usize,
    ) -> (Vec<(String, Value)>, Vec<String>) {
        let before = (self.existing)(test_tenant, everybody);
        let theirs = test_tenant.workspace(&self.configuration(people, everybody, run, false, ""));
        theirs.apply();
        let stored = self.stored(&theirs);
        let mut made = (self.existing)(test_tenant, everybody);
        made.retain(|one| !before.contains(one));
        assert_eq!((stored.len(), made.len()), (people.len(), people.len()));
        if self.restores {
            theirs.destroy();
        }
        test_tenant.advance("PT6M");
        (stored, made)
    }

    /// The requests that an adoption sends, as far as they can be made to fail.
    fn requests(&self, test_tenant: &TestTenant, everybody: &Everybody) -> Vec<String> {
        let people = test_tenant.users(1);
        self.prepare(test_tenant, &people, everybody, 0);
        let ours = test_tenant.workspace(&self.configuration(&people, everybody, 0, true, ""));
        ours.succeeds(&["plan", "-out=plan", "-no-color"]);
        test_tenant.forget_requests();
        ours.succeeds(&["apply", "-no-color", "plan"]);
        let counted = test_tenant.control("GET", "requests", None);
        let sent: Vec<String> = counted["http"].as_object().unwrap().keys().cloned().collect();
        test_tenant.advance("PT6M");
        ours.destroy();
        assert_eq!((self.existing)(test_tenant, everybody), Vec::<String>::new(), "{}", self.name);
        sent.into_iter().filter(|template| !template.contains("oauth2") && !template.contains("metadata")).collect()
    }

    /// One object for each failure, all in one configuration.
    fn fails(&self, test_tenant: &TestTenant, everybody: &Everybody, run: usize, request: &str) {
        let people = test_tenant.users(FAILURES.len());
        let (theirs, made) = self.prepare(test_tenant, &people, everybody, run);
        let timeouts = "  timeouts {\n    create = \"3s\"\n  }\n";
        let workspace = test_tenant.workspace(&self.configuration(&people, everybody, run, true, timeouts));
        workspace.succeeds(&["plan", "-out=plan", "-no-color"]);
        let faults: Vec<String> = FAILURES.iter().map(|failure| format!("1 {request} {failure}")).collect();
        test_tenant.arm(&faults.join("; "));
        let said = workspace.run(&["apply", "-no-color", "plan"]);
        test_tenant.control("DELETE", "faults", None);
        let context = format!("{}, {request}:\n{}", self.name, said.text);
        // In state is what was adopted whole, as the object that it was.
        let own = |(address, id): &(String, Value)| theirs.iter().any(|(other, known)| (other, known) == (address, id));
        let stored = self.stored(&workspace);
        assert!(stored.iter().all(own), "{context}\n{stored:?}");
        let existing = (self.existing)(test_tenant, everybody);
        assert!(existing.iter().all(|one| made.contains(one)), "a second object was made: {context}");
        test_tenant.advance("PT6M");
        // And then it converges.
        workspace.write(&self.configuration(&people, everybody, run, true, ""));
        let again = workspace.run(&["apply", "-auto-approve", "-no-color"]);
        assert_eq!(again.code, 0, "{context}\n{}", again.text);
        workspace.plan_is_empty();
        let mut existing = (self.existing)(test_tenant, everybody);
        let mut made = made;
        existing.sort();
        made.sort();
        assert_eq!(existing, made, "{context}");
        test_tenant.advance("PT6M");
        workspace.destroy();
        assert_eq!((self.existing)(test_tenant, everybody), Vec::<String>::new(), "{context}");
    }

    fn everything_fails_in_turn(&self) {
        let test_tenant = TestTenant::new(&format!("adoption-{}", self.name.replace(' ', "-")));
        let everybody = Everybody::of(&test_tenant);
        let requests = self.requests(&test_tenant, &everybody);
        assert!(!requests.is_empty(), "{}", self.name);
        for (at, request) in requests.iter().enumerate() {
            self.fails(&test_tenant, &everybody, at + 1, request);
        }
    }
}

macro_rules! each_request_fails {
    ($($name:ident: $row:ident),* $(,)?) => {
        $(#[test] fn $name() { $row.everything_fails_in_turn(); })*
    };
}

each_request_fails! {
    a_group_is_adopted_whole_or_not_at_all: GROUP,
    a_group_is_restored_whole_or_not_at_all: DELETED_GROUP,
    a_user_is_adopted_whole_or_not_at_all: USER,
    a_user_is_restored_whole_or_not_at_all: DELETED_USER,
    a_location_is_restored_whole_or_not_at_all: LOCATION,
    a_policy_is_restored_whole_or_not_at_all: POLICY,
    a_role_assignment_is_adopted_whole_or_not_at_all: ROLE_ASSIGNMENT,
    a_member_is_adopted_whole_or_not_at_all: MEMBER,
    an_owner_is_adopted_whole_or_not_at_all: OWNER,
    a_member_of_a_unit_is_adopted_whole_or_not_at_all: UNIT_MEMBER,
    an_eligibility_in_a_group_is_adopted_whole_or_not_at_all: GROUP_ELIGIBILITY,
    an_assignment_in_a_group_is_adopted_whole_or_not_at_all: GROUP_ASSIGNMENT,
    an_eligibility_for_a_role_is_adopted_whole_or_not_at_all: ROLE_ELIGIBILITY,
    an_active_assignment_of_a_role_is_adopted_whole_or_not_at_all: PIM_ROLE_ASSIGNMENT,
}

#[test]
fn every_resource_that_adopts_or_restores_is_in_the_table() {
    use framework::Provider;
    for entry in aksaccess_provider::Aksaccess::resources() {
        for (attribute, restores) in [("adopt_existing", false), ("restore_deleted", true)] {
            let is_listed = ROWS.iter().any(|row| row.resource == entry.name && row.restores == restores);
            assert_eq!(entry.object.attribute(attribute).is_some(), is_listed, "{} {attribute}", entry.name);
        }
    }
}
