//! Service principals and managed identities as members and owners of groups, with a service that leaves them out of plain listings, as v1.0 of
//! Microsoft Graph does, and with one that lists them.

use emulator::tenant::{MANAGED_IDENTITY_ID, SERVICE_PRINCIPAL_ID};
use serde_json::{Value, json};

use crate::directory::data_sources::look;
use crate::test_tenant::TestTenant;

const MEMBERS: &str = "GET /v1.0/groups/{id}/members";
const SERVICE_PRINCIPALS: &str = "GET /v1.0/groups/{id}/members/microsoft.graph.servicePrincipal";

/// The tenants that every test here is run on, and whether plain listings have service principals.
fn tenants() -> [(bool, TestTenant); 2] {
    [false, true].map(|listed| {
        let mut options = emulator::Options::default();
        options.switches.members_list_service_principals = listed;
        (listed, TestTenant::with(options))
    })
}

fn sorted(ids: &[&str]) -> Value {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    json!(ids)
}

#[test]
fn a_membership_is_planned_imported_and_ended() {
    for (listed, test_tenant) in tenants() {
        let group = test_tenant.group(json!({}));
        let configuration =
            format!("resource \"aksaccess_group_member\" \"it\" {{\n  group_id = {group:?}\n  member_id = {MANAGED_IDENTITY_ID:?}\n}}\n");
        let workspace = test_tenant.workspace(&configuration);
        workspace.apply();
        test_tenant.advance("PT1H");
        test_tenant.forget_requests();
        workspace.plan_is_empty();
        let expected = if listed { json!({ MEMBERS: 1 }) } else { json!({ MEMBERS: 1, SERVICE_PRINCIPALS: 1 }) };
        assert_eq!(test_tenant.requests(), expected, "listed: {listed}");
        let imported = test_tenant.workspace(&configuration);
        imported.succeeds(&["import", "-no-color", "aksaccess_group_member.it", &format!("{group}/{MANAGED_IDENTITY_ID}")]);
        imported.plan_is_empty();
        workspace.destroy();
        assert_eq!(test_tenant.members(&group), Vec::<String>::new());
        // Removed elsewhere: planned anew.
        workspace.apply();
        test_tenant.advance("PT1H");
        test_tenant.remove_member(&group, MANAGED_IDENTITY_ID);
        assert_eq!(workspace.planned_actions(), json!({ "aksaccess_group_member.it": ["create"] }));
    }
}

#[test]
fn an_authoritative_list_holds_them_and_removes_the_others() {
    for (listed, test_tenant) in tenants() {
        let user = test_tenant.users(1).remove(0);
        let group = test_tenant.group(json!({}));
        test_tenant.add_member(&group, MANAGED_IDENTITY_ID);
        let workspace = test_tenant.workspace(&format!(
            "resource \"aksaccess_group_members\" \"it\" {{\n  group_id = {group:?}\n  members = [{user:?}, {SERVICE_PRINCIPAL_ID:?}]\n}}\n"
        ));
        let plan = workspace.succeeds(&["plan", "-no-color"]).text;
        let warned = plan.contains("Members that are not listed will be removed") && plan.contains(MANAGED_IDENTITY_ID);
        assert!(warned, "listed: {listed}, {plan}");
        workspace.apply();
        assert_eq!(json!(test_tenant.members(&group)), sorted(&[&user, SERVICE_PRINCIPAL_ID]), "listed: {listed}");
        test_tenant.advance("PT1H");
        test_tenant.forget_requests();
        workspace.plan_is_empty();
        assert_eq!(test_tenant.requests(), json!({ MEMBERS: 1, SERVICE_PRINCIPALS: 1 }), "listed: {listed}");
        // One that comes later is a difference, too.
        test_tenant.add_member(&group, MANAGED_IDENTITY_ID);
        assert_eq!(workspace.planned_actions(), json!({ "aksaccess_group_members.it": ["update"] }));
        workspace.apply();
        assert_eq!(json!(test_tenant.members(&group)), sorted(&[&user, SERVICE_PRINCIPAL_ID]), "listed: {listed}");
        workspace.destroy();
        assert_eq!(test_tenant.members(&group), Vec::<String>::new());
    }
}

#[test]
fn memberships_of_one_group_are_listed_together() {
    for (listed, test_tenant) in tenants() {
        let (users, groups) = test_tenant.populate(10, 1, 10);
        let all: Vec<&str> = users.iter().map(String::as_str).chain([MANAGED_IDENTITY_ID, SERVICE_PRINCIPAL_ID]).collect();
        let workspace = test_tenant.workspace(&format!(
            "resource \"aksaccess_group_member\" \"it\" {{\n  for_each = toset({})\n  group_id = {:?}\n  member_id = each.key\n  adopt_existing = true\n}}\n",
            json!(all),
            groups[0]
        ));
        workspace.apply();
        test_tenant.advance("PT1H");
        test_tenant.forget_requests();
        workspace.plan_is_empty();
        // A page of each collection at most, and a single read before each.
        let requests = test_tenant.requests();
        let reads: u64 = [MEMBERS, SERVICE_PRINCIPALS].iter().filter_map(|read| requests[read].as_u64()).sum();
        assert!(reads <= 6, "listed: {listed}, {requests}");
    }
}

#[test]
fn owners_are_held_and_counted() {
    for (listed, test_tenant) in tenants() {
        let users = test_tenant.users(21);
        let group = test_tenant.group(json!({}));
        let configuration =
            format!("resource \"aksaccess_group_owner\" \"it\" {{\n  group_id = {group:?}\n  owner_id = {SERVICE_PRINCIPAL_ID:?}\n}}\n");
        let workspace = test_tenant.workspace(&configuration);
        // More than are read with the group, so that the listing is asked.
        users.iter().for_each(|user| test_tenant.add_owner(&group, user));
        workspace.apply();
        test_tenant.advance("PT1H");
        workspace.plan_is_empty();
        workspace.destroy();
        assert_eq!(test_tenant.owners(&group).len(), 21, "listed: {listed}");
        let all: Vec<&str> = users.iter().map(String::as_str).chain([SERVICE_PRINCIPAL_ID]).collect();
        let list = |owners: &[&str]| {
            format!("resource \"aksaccess_group\" \"it\" {{\n  display_name = \"owned\"\n  owners = {}\n}}\n", json!(owners))
        };
        let workspace = test_tenant.workspace(&list(&all));
        workspace.apply();
        let owned = workspace.state("aksaccess_group.it")["id"].as_str().unwrap().to_owned();
        test_tenant.advance("PT1H");
        workspace.plan_is_empty();
        test_tenant.add_owner(&owned, MANAGED_IDENTITY_ID);
        assert_eq!(workspace.planned_actions(), json!({ "aksaccess_group.it": ["update"] }), "listed: {listed}");
        workspace.write(&list(&all[..21]));
        workspace.apply();
        assert_eq!(json!(test_tenant.owners(&owned)), sorted(&all[..21]), "listed: {listed}");
        workspace.plan_is_empty();
    }
}

#[test]
fn data_sources_show_them() {
    for (listed, test_tenant) in tenants() {
        let (group, inner) = (test_tenant.group(json!({})), test_tenant.group(json!({})));
        test_tenant.add_member(&group, &inner);
        test_tenant.add_member(&inner, MANAGED_IDENTITY_ID);
        test_tenant.add_member(&group, SERVICE_PRINCIPAL_ID);
        test_tenant.add_owner(&group, SERVICE_PRINCIPAL_ID);
        let ids = |list: &Value| {
            let ids: Vec<&str> = list.as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
            sorted(&ids)
        };
        let found = look(&test_tenant, "group", &format!("id = {group:?}\ninclude_owners = true\ninclude_members = true"));
        assert_eq!(ids(&found["members"]), sorted(&[&inner, SERVICE_PRINCIPAL_ID]), "listed: {listed}");
        assert_eq!(found["owners"], json!([SERVICE_PRINCIPAL_ID]), "listed: {listed}");
        let found = look(&test_tenant, "group", &format!("id = {group:?}\ninclude_transitive_members = true"));
        assert_eq!(ids(&found["members"]), sorted(&[&inner, SERVICE_PRINCIPAL_ID, MANAGED_IDENTITY_ID]), "listed: {listed}");
    }
}

#[test]
fn who_reaches_a_cluster_through_a_group_is_shown() {
    for (listed, test_tenant) in tenants() {
        let (group, inner) = (test_tenant.group(json!({})), test_tenant.group(json!({})));
        test_tenant.add_member(&group, &inner);
        test_tenant.add_member(&inner, MANAGED_IDENTITY_ID);
        let mut profile = test_tenant.arm_api("GET", &crate::role_assignments::role_assignment::cluster(), "2026-04-01", None);
        profile["properties"]["aadProfile"]["adminGroupObjectIDs"] = json!([group]);
        test_tenant.write_cluster(profile);
        let lines = format!("cluster_id = {:?}", crate::role_assignments::role_assignment::cluster());
        let found = look(&test_tenant, "cluster_access", &lines);
        let through: Vec<&Value> =
            found["access"].as_array().unwrap().iter().filter(|one| one["principal_id"] == MANAGED_IDENTITY_ID).collect();
        let [one] = through.as_slice() else { panic!("listed: {listed}, {found}") };
        assert_eq!(
            (&one["principal_type"], &one["principal_name"], &one["group_ids"]),
            (&json!("ServicePrincipal"), &json!("aksaccess emulator machine"), &json!([group, inner])),
            "listed: {listed}"
        );
    }
}

#[test]
fn a_service_principal_in_an_emergency_group_is_seen() {
    for (listed, test_tenant) in tenants() {
        let group = test_tenant.group(json!({}));
        test_tenant.add_member(&group, MANAGED_IDENTITY_ID);
        let workspace = test_tenant.workspace("");
        let provider = json!({ "emergency_access_principals": [group] });
        let policy = json!({ "display_name": "machines", "state": "enabled",
            "conditions": { "client_applications": { "included_service_principals": ["ServicePrincipalsInMyTenant"] },
                            "applications": { "included_applications": ["All"] } },
            "grant_controls": { "operator": "OR", "built_in_controls": ["block"] } });
        let configuration =
            json!({ "provider": { "aksaccess": provider }, "resource": { "aksaccess_conditional_access_policy": { "it": policy } } });
        workspace.file("policy.tf.json", &configuration.to_string());
        let said = workspace.run(&["plan", "-no-color"]);
        assert!(said.text.contains(MANAGED_IDENTITY_ID), "listed: {listed}, {}", said.text);
    }
}
