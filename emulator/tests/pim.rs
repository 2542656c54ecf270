//! Memberships that come from an activation.

use serde_json::{Value, json};

use crate::client::Tenant;

const BASE: &str = "/v1.0/identityGovernance/privilegedAccess/group";

async fn assignments(tenant: &Tenant, kind: &str, group: &str) -> Vec<Value> {
    let answer = tenant.get(&format!("{BASE}/{kind}?$filter=groupId eq '{group}'")).await.ok();
    answer["value"].as_array().unwrap().clone()
}

async fn activate(tenant: &Tenant, group: &str, person: &str, access: &str) {
    let body = json!({"group_id": group, "principal_id": person, "access": access, "duration": "PT2H"});
    tenant.post("/emulator/pim-members", body).await.empty();
}

#[tokio::test]
async fn an_activated_member_is_a_member_with_a_schedule_until_it_ends() {
    let tenant = Tenant::start().await;
    let (group, person) = (tenant.group("Admins").await, tenant.user("one").await);
    activate(&tenant, &group, &person, "member").await;
    assert_eq!(tenant.ids(&format!("/v1.0/groups/{group}/members")).await, std::slice::from_ref(&person));
    let instances = assignments(&tenant, "assignmentScheduleInstances", &group).await;
    let schedules = assignments(&tenant, "assignmentSchedules", &group).await;
    assert_eq!((instances.len(), schedules.len()), (1, 1));
    let instance = &instances[0];
    for (name, value) in [
        ("accessId", "member"),
        ("assignmentType", "activated"),
        ("memberType", "direct"),
        ("groupId", &group),
        ("principalId", &person),
        ("assignmentScheduleId", schedules[0]["id"].as_str().unwrap()),
    ] {
        assert_eq!(instance[name], value, "{name}");
    }
    assert_eq!(schedules[0]["scheduleInfo"]["expiration"]["type"], "afterDateTime");
    assert_eq!(schedules[0]["status"], "Provisioned");
    let id = schedules[0]["id"].as_str().unwrap();
    assert!(id.starts_with(&format!("{group}_member_")), "{id}");
    assert_eq!(tenant.get(&format!("{BASE}/assignmentSchedules/{id}")).await.ok()["id"], json!(id));
    // A listing that does not say whose answers nothing.
    assert_eq!(tenant.get(&format!("{BASE}/assignmentSchedules")).await.ok()["value"], json!([]));
    let of_person = format!("{BASE}/assignmentScheduleInstances?$filter=principalId eq '{person}' and accessId eq 'member'");
    assert_eq!(tenant.get(&of_person).await.ok()["value"].as_array().unwrap().len(), 1);
    tenant.post("/emulator/clock", json!({"advance": "PT1H59M"})).await.ok();
    assert_eq!(tenant.ids(&format!("/v1.0/groups/{group}/members")).await.len(), 1);
    tenant.post("/emulator/clock", json!({"advance": "PT2M"})).await.ok();
    assert!(tenant.ids(&format!("/v1.0/groups/{group}/members")).await.is_empty());
    assert!(assignments(&tenant, "assignmentSchedules", &group).await.is_empty());
}

#[tokio::test]
async fn removing_the_link_removes_the_assignment_and_no_other() {
    let tenant = Tenant::start().await;
    let (group, person) = (tenant.group("Admins").await, tenant.user("one").await);
    activate(&tenant, &group, &person, "member").await;
    activate(&tenant, &group, &person, "owner").await;
    assert_eq!(assignments(&tenant, "assignmentScheduleInstances", &group).await.len(), 2);
    tenant.delete(&format!("/v1.0/groups/{group}/members/{person}/$ref")).await.empty();
    let left = assignments(&tenant, "assignmentScheduleInstances", &group).await;
    assert_eq!((left.len(), &left[0]["accessId"]), (1, &json!("owner")));
    assert_eq!(tenant.ids(&format!("/v1.0/groups/{group}/owners")).await, std::slice::from_ref(&person));
    for wrong in [
        json!({"group_id": group, "principal_id": person, "access": "owner"}),
        json!({"group_id": person, "principal_id": person}),
        json!({"group_id": group, "principal_id": group}),
        json!({"group_id": group, "principal_id": person, "access": "guest"}),
        json!({"group_id": group, "principal_id": person, "duration": "PT0S"}),
    ] {
        assert_eq!(tenant.post("/emulator/pim-members", wrong.clone()).await.status, 400, "{wrong}");
    }
}
