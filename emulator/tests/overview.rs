//! The page for a person with a browser.

use serde_json::json;

use crate::{
    arm_roles::cluster,
    client::{Tenant, read},
};

#[tokio::test]
async fn the_page_shows_the_tenant_and_what_was_asked_of_it() {
    let tenant = Tenant::start().await;
    let (team, person) = (tenant.group("Platform <b>team</b>").await, tenant.user("n01").await);
    tenant.link(&team, "members", &person).await.empty();
    let assignment = format!(
        "{}/providers/Microsoft.Authorization/roleAssignments/99999999-0000-4000-8003-000000000001?api-version=2022-04-01",
        cluster()
    );
    let role = "/providers/Microsoft.Authorization/roleDefinitions/7f6c6a51-bcf8-42ba-9220-52d62157d7db";
    let body = json!({"properties": {"roleDefinitionId": role, "principalId": team}});
    assert_eq!(tenant.send("PUT", &assignment, Some(body), &[]).await.status, 201);
    let before = tenant.get("/emulator/requests").await.ok();
    // Without a token, as a browser asks.
    let answer = read(tenant.client.get(format!("{}/", tenant.running.url())).send().await.unwrap()).await;
    assert_eq!((answer.status, answer.headers["content-type"].to_str().unwrap()), (200, "text/html; charset=utf-8"));
    let page = answer.body.as_str().unwrap();
    for text in [
        "n01@contoso.com",
        "Platform &lt;b&gt;team&lt;/b&gt;</td><td>n01</td>",
        &format!("{}</td><td>Azure Kubernetes Service RBAC Reader</td><td>Platform", cluster()),
        "myManagedCluster</td><td>myResourceGroup</td><td>yes</td>",
        "<td>201</td><td>POST /v1.0/groups</td>",
        "name=\"viewport\"",
    ] {
        assert!(page.contains(text), "{text} is not in {page}");
    }
    assert_eq!(tenant.get("/emulator/requests").await.ok(), before, "looking is not counted");
}
