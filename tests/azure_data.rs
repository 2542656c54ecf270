//! What is looked up in Azure Resource Manager, and the functions, with the real Terraform.

use emulator::tenant::{CLUSTER, NODE_POOL, RESOURCE_GROUP, SUBSCRIPTION_ID};
use serde_json::{Value, json};

use crate::data_sources::{look, refused};
use crate::role_assignment::{cluster, group, made_elsewhere, subscription};
use crate::world::World;

#[test]
fn a_cluster_is_found_by_id_and_by_name() {
    let world = World::new("a_cluster_is_found_by_id_and_by_name");
    let by_name = look(&world, "cluster", &format!("name = {CLUSTER:?}\nresource_group_name = {RESOURCE_GROUP:?}"));
    assert_eq!(
        (&by_name["id"], &by_name["name"], &by_name["subscription_id"]),
        (&json!(cluster()), &json!(CLUSTER), &json!(SUBSCRIPTION_ID))
    );
    assert_eq!(by_name["node_pools"][0]["name"], json!(NODE_POOL));
    assert_eq!(by_name["aad_profile"]["azure_rbac_enabled"], json!(true));
    assert_eq!(by_name["local_accounts_disabled"], json!(false));
    assert!(by_name["fqdn"].is_string() && by_name["location"].is_string(), "{by_name}");
    world.forget_requests();
    let by_id = look(&world, "cluster", &format!("id = {:?}", cluster().to_lowercase()));
    assert_eq!((&by_id["name"], &by_id["id"]), (&json!(CLUSTER), &json!(cluster().to_lowercase())), "as the configuration writes it");
    let read = "GET /subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.ContainerService/managedClusters/{resourceName}";
    assert_eq!(world.arm_requests(), json!({ read: 1 }), "in the plan alone");
    refused(&world, "cluster", &format!("name = \"nope\"\nresource_group_name = {RESOURCE_GROUP:?}"), &["The cluster cannot be found"]);
    for lines in ["name = \"x\"", ""] {
        refused(&world, "cluster", lines, &["The cluster is not told"]);
    }
    refused(&world, "cluster", &format!("id = {:?}\nname = \"x\"", cluster()), &["The cluster is told twice"]);
}

#[test]
fn a_resource_group_is_found_in_the_provider_s_subscription_or_another() {
    let world = World::new("a_resource_group_is_found");
    for lines in [format!("name = {RESOURCE_GROUP:?}"), format!("name = {RESOURCE_GROUP:?}\nsubscription_id = {SUBSCRIPTION_ID:?}")] {
        let found = look(&world, "resource_group", &lines);
        assert_eq!(
            (&found["id"], &found["location"], &found["subscription_id"]),
            (&json!(group()), &json!("eastus"), &json!(SUBSCRIPTION_ID))
        );
    }
    refused(&world, "resource_group", "name = \"nope\"", &["The resource group cannot be found"]);
}

#[test]
fn a_role_tells_what_it_may_do() {
    let world = World::new("a_role_tells_what_it_may_do");
    let reader = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
    for role in ["reader", reader, &format!("/providers/Microsoft.Authorization/roleDefinitions/{reader}")] {
        let found = look(&world, "role_definition", &format!("role = {role:?}"));
        assert_eq!((&found["role_name"], &found["type"]), (&json!("Reader"), &json!("BuiltInRole")));
        assert_eq!(found["permissions"][0]["actions"], json!(["*/read"]));
        assert!(found["id"].as_str().unwrap().ends_with(reader));
    }
    let aks = look(&world, "role_definition", &format!("role = \"Azure Kubernetes Service RBAC Reader\"\nscope = {:?}", cluster()));
    assert!(aks["permissions"][0]["data_actions"].as_array().unwrap().len() > 10, "{aks}");
    refused(&world, "role_definition", "role = \"Raeder\"", &["There is no role \"Raeder\" here"]);
}

#[test]
fn assignments_are_listed_with_those_above_and_those_inside() {
    let world = World::new("assignments_are_listed");
    let team = world.group(json!({}));
    let (reader, writer) = ("acdd72a7-3385-48ef-bd42-f606fba81ae7", "a7ffa36f-339b-4b5c-8bdf-e2c188b2c0eb");
    let namespace = format!("{}/namespaces/payments", cluster());
    for (at, (scope, role)) in [(group(), reader), (cluster(), reader), (namespace.clone(), writer)].into_iter().enumerate() {
        made_elsewhere(&world, &scope, &format!("0f1e2d3c-0000-4000-8000-00000000000{at}"), role, &team);
    }
    let listed = |lines: &str| -> Vec<(String, Value, Value)> {
        let found = look(&world, "role_assignments", &format!("principal_id = {team:?}\n{lines}"));
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
    let all = look(&world, "role_assignments", &format!("scope = {:?}", subscription()));
    assert!(!all["assignments"].as_array().unwrap().is_empty(), "the tenant's own: {all}");
}

#[test]
fn functions_make_scopes_and_take_them_apart() {
    let world = World::new("functions_make_scopes");
    let call = |of: String| world.workspace(&format!("output \"it\" {{\n  value = {of}\n}}\n"));
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
    assert_eq!(world.arm_requests(), json!({}));
}
