//! Members through Privileged Identity Management.

use super::*;

async fn privileged(line: Line) -> Result<Privileged, crate::azure::Error> {
    let (client, script) = client(move |_, _| line.clone());
    let came = Privileged::of(&client, id(1), &hour()).await;
    assert_eq!(script.seen(GRAPH)[0].query["$filter"], format!("groupId eq '{}'", id(1)));
    came
}

fn instance(principal: usize, access: &str, kind: &str, end: Option<&str>) -> Value {
    json!({ "id": "x", "accessId": access, "assignmentType": kind, "endDateTime": end, "principalId": id(principal).to_string() })
}

#[tokio::test(start_paused = true)]
async fn members_owners_and_unchanged_principals_are_distinguished() {
    let end = Some("2026-11-21T10:00:00Z");
    let instances = [
        instance(1, "member", "activated", end),
        instance(2, "owner", "activated", end),
        instance(3, "member", "assigned", None),
        instance(4, "member", "assigned", end),
    ];
    let came = privileged(says(200, json!({ "value": instances }))).await.unwrap();
    assert_eq!(
        [1, 2, 3, 4].map(|number| (came.has(&id(number)), came.has_for_a_while(&id(number)))),
        [(true, true), (false, false), (true, false), (true, true)]
    );
    assert_eq!(came.unlisted(ids(1..6)), [id(2), id(5)].into());
}

#[tokio::test(start_paused = true)]
async fn a_tenant_without_a_licence_has_none_and_a_missing_permission_is_an_error() {
    let unlicensed =
        error(400, "AadPremiumLicenseRequired", "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.");
    assert!(!privileged(unlicensed).await.unwrap().has(&id(1)));
    assert!(!privileged(error(404, "ResourceNotFound", "The resource is not found.")).await.unwrap().has(&id(1)));
    let nested = json!({ "errorCode": "PermissionScopeNotGranted", "message": "Authorization failed due to missing permission scope." });
    let refused = privileged(error(403, "UnknownError", &nested.to_string())).await.unwrap_err();
    assert!(refused.is_forbidden() && refused.code() == "PermissionScopeNotGranted");
}
