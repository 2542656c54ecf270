//! What is looked up in Azure Resource Manager, and the functions, with the real Terraform.

use emulator::tenant::{CLUSTER, NODE_POOL, RESOURCE_GROUP, SUBSCRIPTION_ID};
use serde_json::{Value, json};

use crate::directory::data_sources::{look, refused};
use crate::role_assignments::role_assignment::{cluster, group, made_elsewhere, subscription};
use crate::test_tenant::TestTenant;

#[test]
fn a_cluster_is_found_by_id_and_by_name() {
    let test_tenant = TestTenant::new("a_cluster_is_found_by_id_and_by_name");
    let by_name = look(&test_tenant, "cluster", &format!("name = {CLUSTER:?}\nresource_group_name = {RESOURCE_GROUP:?}"));
    assert_eq!(
        (&by_name["id"], &by_name["name"], &by_name["subscription_id"]),
        (&json!(cluster()), &json!(CLUSTER), &json!(SUBSCRIPTION_ID))
    );
    assert_eq!(by_name["node_pools"][0]["name"], json!(NODE_POOL));
    assert_eq!(by_name["aad_profile"]["azure_rbac_enabled"], json!(true));
    assert_eq!(by_name["local_accounts_disabled"], json!(false));
    assert!(by_name["fqdn"].is_string() && by_name["location"].is_string(), "{by_name}");
    test_tenant.forget_requests();
    let by_id = look(&test_tenant, "cluster", &format!("id = {:?}", cluster().to_lowercase()));
    assert_eq!((&by_id["name"], &by_id["id"]), (&json!(CLUSTER), &json!(cluster().to_lowercase())), "as the configuration writes it");
    let read = "GET /subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.ContainerService/managedClusters/{resourceName}";
    assert_eq!(test_tenant.arm_requests(), json!({ read: 1 }), "in the plan alone");
    refused(
        &test_tenant,
        "cluster",
        &format!("name = \"nope\"\nresource_group_name = {RESOURCE_GROUP:?}"),
        &["The cluster cannot be found"],
    );
    for lines in ["name = \"x\"", ""] {
        refused(&test_tenant, "cluster", lines, &["No cluster is specified"]);
    }
    refused(&test_tenant, "cluster", &format!("id = {:?}\nname = \"x\"", cluster()), &["The cluster is specified twice"]);
}

/// The roles that the provider knows by name are there on the emulator, under the same ids.
#[test]
fn every_role_that_is_known_by_name_is_in_the_tenant() {
    let test_tenant = TestTenant::new("every_role_that_is_known_by_name");
    let path = format!("{}/providers/Microsoft.Authorization/roleDefinitions", subscription());
    let all = test_tenant.arm_api("GET", &path, "2022-04-01", None)["value"].as_array().unwrap().clone();
    let missing: Vec<_> = aksaccess_provider::arm::roles::BUILT_IN
        .iter()
        .filter(|role| !all.iter().any(|found| found["name"] == role.guid && found["properties"]["roleName"] == role.name))
        .map(|role| role.name)
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_resource_group_is_found_in_the_provider_s_subscription_or_another() {
    let test_tenant = TestTenant::new("a_resource_group_is_found");
    for lines in [format!("name = {RESOURCE_GROUP:?}"), format!("name = {RESOURCE_GROUP:?}\nsubscription_id = {SUBSCRIPTION_ID:?}")] {
        let found = look(&test_tenant, "resource_group", &lines);
        assert_eq!(
            (&found["id"], &found["location"], &found["subscription_id"]),
            (&json!(group()), &json!("eastus"), &json!(SUBSCRIPTION_ID))
        );
    }
    refused(&test_tenant, "resource_group", "name = \"nope\"", &["The resource group cannot be found"]);
}

#[test]
fn a_role_tells_what_it_may_do() {
    let test_tenant = TestTenant::new("a_role_tells_what_it_may_do");
    let reader = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
    for role in ["reader", reader, &format!("/providers/Microsoft.Authorization/roleDefinitions/{reader}")] {
        let found = look(&test_tenant, "role_definition", &format!("role = {role:?}"));
        assert_eq!((&found["role_name"], &found["type"]), (&json!("Reader"), &json!("BuiltInRole")));
        assert_eq!(found["permissions"][0]["actions"], json!(["*/read"]));
        assert!(found["id"].as_str().unwrap().ends_with(reader));
    }
    let aks = look(&test_tenant, "role_definition", &format!("role = \"Azure Kubernetes Service RBAC Reader\"\nscope = {:?}", cluster()));
    assert!(aks["permissions"][0]["data_actions"].as_array().unwrap().len() > 10, "{aks}");
    refused(&test_tenant, "role_definition", "role = \"Raeder\"", &["There is no role \"Raeder\" here"]);
}

#[test]
fn assignments_are_listed_with_those_above_and_those_inside() {
    let test_tenant = TestTenant::new("assignments_are_listed");
    let team = test_tenant.group(json!({}));
    let (reader, writer) = ("acdd72a7-3385-48ef-bd42-f606fba81ae7", "a7ffa36f-339b-4b5c-8bdf-e2c188b2c0eb");
    let namespace = format!("{}/namespaces/payments", cluster());
    for (at, (scope, role)) in [(group(), reader), (cluster(), reader), (namespace.clone(), writer)].into_iter().enumerate() {
        made_elsewhere(&test_tenant, &scope, &format!("0f1e2d3c-0000-4000-8000-00000000000{at}"), role, &team);
    }
    let listed = |lines: &str| -> Vec<(String, Value, Value)> {
        let found = look(&test_tenant, "role_assignments", &format!("principal_id = {team:?}\n{lines}"));
        let of = |one: &Value| (one["scope"].as_str().unwrap().to_owned(), one["role_name"].clone(), one["inherited"].clone());
        found["assignments"].as_array().unwrap().iter().map(of).collect()
    };
    let (above, at) = ((group(), json!("Reader"), json!(true)), (cluster(), json!("Reader"), json!(false)));
    let inside = (namespace.clone(), json!("Azure Kubernetes Service RBAC Writer"), json!(false));
    let here = format!("cluster_id = {:?}", cluster());
    assert_eq!(listed(&here), [above.clone(), at.clone()]);
    assert_eq!(listed(&format!("{here}\ninclude_children = true")), [above.clone(), at.clone(), inside.clone()]);
    assert_eq!(listed(&format!("{here}\ninclude_inherited = false")), [at]);
    assert_eq!(listed(&format!("{here}\ninclude_children = true\nrole = \"azure kubernetes service rbac writer\"")), [inside]);
    assert_eq!(listed(&format!("{here}\nnamespace = \"payments\"")).len(), 3);
    let all = look(&test_tenant, "role_assignments", &format!("scope = {:?}", subscription()));
    assert!(!all["assignments"].as_array().unwrap().is_empty(), "the tenant's own: {all}");
}

#[test]
fn functions_make_scopes_and_take_them_apart() {
    let test_tenant = TestTenant::new("functions_make_scopes");
    let call = |of: String| test_tenant.workspace(&format!("output \"it\" {{\n  value = {of}\n}}\n"));
    let value = |of: String| -> Value {
        let workspace = call(of);
        workspace.apply();
        workspace.output("it")
    };
    let namespace = value(format!("provider::aksaccess::cluster_namespace_scope({:?}, \"payments\")", cluster()));
    assert_eq!(namespace, json!(format!("{}/namespaces/payments", cluster())));
    let pool = value(format!("provider::aksaccess::cluster_node_pool_scope({:?}, \"np1\")", cluster()));
    assert_eq!(pool, json!(format!("{}/agentPools/np1", cluster())));
    let parts = value(format!("provider::aksaccess::parse_scope({:?})", format!("{}/NAMESPACES/payments", cluster())));
    let expected = json!({ "kind": "resource", "subscription_id": SUBSCRIPTION_ID, "management_group_name": null, "resource_group_name": RESOURCE_GROUP,
        "resource_type": "Microsoft.ContainerService/managedClusters/NAMESPACES", "name": "payments", "parent_id": cluster(), "cluster_id": cluster(),
        "namespace": "payments", "node_pool": null });
    assert_eq!(parts, expected);
    assert_eq!(value("provider::aksaccess::parse_scope(\"/\").kind".to_owned()), json!("root"));
    for (of, message) in [
        ("provider::aksaccess::parse_scope(\"/subscriptions/x\")".to_owned(), "must be a scope of Azure Resource Manager"),
        ("provider::aksaccess::cluster_namespace_scope(\"/\", \"a\")".to_owned(), "must be the resource ID of an AKS cluster"),
        (format!("provider::aksaccess::cluster_namespace_scope({:?}, \"A\")", cluster()), "must have 1 to 63 lower case letters"),
    ] {
        call(of).plan_fails(&[message]);
    }
    assert_eq!(test_tenant.arm_requests(), json!({}));
}

#[test]
fn all_principals_with_access_to_the_cluster_are_listed_with_their_paths() {
    let test_tenant = TestTenant::new("everybody_who_can_reach_the_cluster");
    let (n01, _) = test_tenant.person("n01");
    let (p01, _) = test_tenant.person("p01");
    let (direct, _) = test_tenant.person("direct");
    let groups: Vec<String> =
        ["outer", "inner", "admins"].map(|name| test_tenant.group(json!({ "displayName": name, "mailNickname": name }))).into();
    test_tenant.add_member(&groups[0], &groups[1]);
    test_tenant.add_member(&groups[1], &n01);
    // In a circle, which must end.
    test_tenant.add_member(&groups[1], &groups[0]);
    let eligibility = json!({ "action": "adminAssign", "accessId": "member", "groupId": groups[0], "principalId": p01, "justification": "x",
        "scheduleInfo": { "startDateTime": null, "expiration": { "type": "afterDuration", "duration": "P20D" } } });
    test_tenant.graph("POST", "/identityGovernance/privilegedAccess/group/eligibilityScheduleRequests", Some(eligibility));
    let (reader, user_role) = ("7f6c6a51-bcf8-42ba-9220-52d62157d7db", "4abbcc35-e782-43d8-92c5-2d3f1bd2253f");
    made_elsewhere(&test_tenant, &group(), "0f1e2d3c-0000-4000-8000-000000000001", reader, &groups[0]);
    let namespace = format!("{}/namespaces/payments", cluster());
    let condition = "!(ActionMatches{'Microsoft.ContainerService/managedClusters/customresources/read'})";
    let body = |role: &str| {
        let mut body =
            json!({ "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{role}"), "principalId": direct });
        if role == reader {
            body["condition"] = json!(condition);
        }
        json!({ "properties": body })
    };
    for (at, (scope, role)) in [(&cluster(), user_role), (&namespace, reader)].into_iter().enumerate() {
        let id = format!("{scope}/providers/Microsoft.Authorization/roleAssignments/0f1e2d3c-0000-4000-8000-00000000001{at}");
        test_tenant.arm_api("PUT", &id, "2022-04-01", Some(body(role)));
    }
    let writer = "/providers/Microsoft.Authorization/roleDefinitions/a7ffa36f-339b-4b5c-8bdf-e2c188b2c0eb";
    let request =
        format!("{}/providers/Microsoft.Authorization/roleEligibilityScheduleRequests/0f1e2d3c-0000-4000-8000-000000000020", cluster());
    let eligible = json!({ "properties": { "principalId": direct, "roleDefinitionId": format!("{}{writer}", subscription()), "requestType": "AdminAssign", "justification": "x",
        "scheduleInfo": { "startDateTime": null, "expiration": { "type": "AfterDuration", "duration": "P10D" } } } });
    test_tenant.arm_api("PUT", &request, "2020-10-01", Some(eligible));
    let mut profile = test_tenant.arm_api("GET", &cluster(), "2026-04-01", None);
    profile["properties"]["aadProfile"]["adminGroupObjectIDs"] = json!([groups[2]]);
    test_tenant.write_cluster(profile);
    test_tenant.add_member(&groups[2], &p01);

    let seen = |lines: &str| -> Vec<Value> {
        let found = look(&test_tenant, "cluster_access", &format!("cluster_id = {:?}\n{lines}", cluster()));
        assert_eq!((&found["azure_rbac_enabled"], &found["local_accounts_disabled"]), (&json!(true), &json!(false)));
        let all = found["access"].as_array().unwrap().clone();
        // The tenant's own administrator owns the subscription, and opens the way past Entra.
        assert!(all.iter().any(|one| one["role_name"] == "Owner" && one["reaches"] == json!(["credentials", "local_admin"])), "{found}");
        all.into_iter()
            .filter(|one| ["n01", "p01", "direct"].iter().any(|name| one["principal_name"].as_str().unwrap_or_default().starts_with(name)))
            .collect()
    };
    let way = |one: &Value| json!([one["principal_name"], one["role_name"], one["reaches"], one["group_ids"], one["eligible"]]);
    let rbac = "Azure Kubernetes Service RBAC Reader";
    let direct_in = json!(["direct@contoso.com", "Azure Kubernetes Service Cluster User Role", ["credentials"], [], false]);
    let direct_inside = json!(["direct@contoso.com", rbac, ["kubernetes"], [], false]);
    let direct_one_day = json!(["direct@contoso.com", "Azure Kubernetes Service RBAC Writer", ["kubernetes"], [], true]);
    let through = json!(["n01@contoso.com", rbac, ["kubernetes"], [groups[0], groups[1]], false]);
    let as_admin = json!(["p01@contoso.com", null, ["admin_group"], [groups[2]], false]);
    let one_day = json!(["p01@contoso.com", rbac, ["kubernetes"], [groups[0]], true]);
    let all = seen("");
    let ways: Vec<Value> = all.iter().map(way).collect();
    assert_eq!(ways, [&direct_in, &direct_inside, &direct_one_day, &through, &as_admin, &one_day].map(Clone::clone), "{ways:#?}");
    assert_eq!((&all[0]["condition"], &all[1]["condition"]), (&Value::Null, &json!(condition)));
    assert_eq!((&all[1]["scope"], &all[3]["scope"], &all[3]["principal_type"]), (&json!(namespace), &json!(group()), &json!("User")));
    let elsewhere: Vec<Value> = seen("namespace = \"billing\"").iter().map(way).collect();
    assert_eq!(elsewhere, [direct_in, direct_one_day, through, as_admin, one_day]);
}
