//! Administrative units, the organization, domains, service principals, and directory objects of every type.

use emulator::tenant;
use serde_json::json;

use crate::client::{Tenant, security_group};

#[tokio::test]
async fn a_group_can_be_created_in_a_unit_and_moved_out() {
    let tenant = Tenant::start().await;
    let units = "/v1.0/directory/administrativeUnits";
    let unit = tenant.post(units, json!({"displayName": "West"})).await.created();
    let mut body = security_group("Inside");
    body["@odata.type"] = json!("#microsoft.graph.group");
    let inside = tenant.post(&format!("{units}/{unit}/members"), body).await.created();
    let person = tenant.user("one").await;
    let reference = json!({"@odata.id": tenant.reference(&person)});
    tenant.post(&format!("{units}/{unit}/members/$ref"), reference.clone()).await.empty();
    let again = tenant.post(&format!("{units}/{unit}/members/$ref"), reference).await;
    let text = "One or more added object references already exist for the following modified properties: 'members'.";
    again.refused(400, "Request_BadRequest", text);
    assert_eq!(tenant.ids(&format!("{units}/{unit}/members/microsoft.graph.group")).await, std::slice::from_ref(&inside));
    let of = format!("/v1.0/groups/{inside}/memberOf/microsoft.graph.administrativeUnit");
    assert_eq!(tenant.ids(&of).await, std::slice::from_ref(&unit));
    tenant.delete(&format!("{units}/{unit}/members/{inside}/$ref")).await.empty();
    assert!(tenant.ids(&of).await.is_empty());
    tenant.patch(&format!("{units}/{unit}"), json!({"description": "the west"})).await.empty();
    assert_eq!(tenant.get(&format!("{units}/{unit}")).await.ok()["description"], "the west");
    tenant.delete(&format!("{units}/{unit}")).await.empty();
    assert!(tenant.ids(units).await.is_empty());
    assert!(tenant.ids(&format!("/v1.0/users/{person}/memberOf")).await.is_empty());
}

#[tokio::test]
async fn a_fresh_tenant_knows_itself() {
    let tenant = Tenant::start().await;
    let organization = tenant.get("/v1.0/organization").await.ok();
    assert_eq!(organization["value"][0]["id"], tenant::TENANT_ID);
    let domain = tenant.get(&format!("/v1.0/domains/{}", tenant::DOMAIN)).await.ok();
    assert_eq!((&domain["isDefault"], &domain["isVerified"]), (&json!(true), &json!(true)));
    let own = tenant.get(&format!("/v1.0/servicePrincipals?$filter=appId eq '{}'", tenant::CLIENT_ID)).await.ok();
    assert_eq!(own["value"][0]["id"], tenant::SERVICE_PRINCIPAL_ID);
    let own = tenant.get(&format!("/v1.0/servicePrincipals(appId='{}')", tenant::CLIENT_ID)).await.ok();
    assert_eq!(own["id"], tenant::SERVICE_PRINCIPAL_ID);
    let refused = tenant.post("/v1.0/servicePrincipals", json!({"appId": tenant::CLIENT_ID})).await;
    assert_eq!(refused.status, 405);
}

#[tokio::test]
async fn directory_objects_are_found_whatever_they_are() {
    let tenant = Tenant::start().await;
    let (group, person) = (tenant.group("Platform").await, tenant.user("one").await);
    for (id, kind) in [(group.as_str(), "group"), (&person, "user"), (tenant::SERVICE_PRINCIPAL_ID, "servicePrincipal")] {
        let read = tenant.get(&format!("/v1.0/directoryObjects/{id}?$select=id")).await.ok();
        assert_eq!(read["@odata.type"], format!("#microsoft.graph.{kind}"));
        assert_eq!(read["id"], json!(id));
    }
    tenant.delete(&format!("/v1.0/directoryObjects/{group}")).await.empty();
    assert_eq!(tenant.get(&format!("/v1.0/directoryObjects/{group}")).await.status, 404);
}
