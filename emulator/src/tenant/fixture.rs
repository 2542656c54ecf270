//! The objects of a fresh tenant.

use serde_json::json;

use crate::{
    arm,
    clock::seconds,
    directory::{objects, users},
    graph::rows,
    identity::{
        KUBERNETES_CLIENT,
        application::{self, ClientSecret, Federated, Registration},
    },
    store::{Change, Properties},
    tenant::ids,
};
use jiff::Timestamp;

/// The objects of a fresh tenant.
pub(crate) fn fixture(now: Timestamp) -> Vec<Change> {
    let mut out = vec![
        put("organization", ids::TENANT_ID, organization(now)),
        put("domains", ids::DOMAIN, domain(ids::DOMAIN, true)),
        put("domains", ids::INITIAL_DOMAIN, domain(ids::INITIAL_DOMAIN, false)),
    ];
    out.extend(rows::conditional_access::initial());
    out.extend(rows::security_defaults::initial());
    out.extend(rows::initial_roles());
    out.extend(rows::role_id("Global Administrator").map(|role| rows::role_assignment(ids::ADMINISTRATOR_ID, role)));
    let applications = [
        (ids::SERVICE_PRINCIPAL_ID, ids::CLIENT_ID, "aksaccess emulator administrator", ids::TENANT_ID),
        // Microsoft's own, under their real application ids. The object ids are ours.
        ("33333333-3333-4333-8333-000000000001", "00000003-0000-0000-c000-000000000000", "Microsoft Graph", MICROSOFT_TENANT_ID),
        ("33333333-3333-4333-8333-000000000003", KUBERNETES_CLIENT, "Azure Kubernetes Service AAD Client", MICROSOFT_TENANT_ID),
        (
            "33333333-3333-4333-8333-000000000002",
            "6dae42f8-4368-4678-94ff-3960e28e3630",
            "Azure Kubernetes Service AAD Server",
            MICROSOFT_TENANT_ID,
        ),
    ];
    for (id, app_id, name, owner) in applications {
        let mut row = service_principal(id, app_id, name, owner);
        if let (ids::SERVICE_PRINCIPAL_ID, Some(row)) = (id, row.as_object_mut()) {
            administrator_registration().put(row);
        }
        out.push(put("servicePrincipals", id, row));
    }
    let mut machine =
        service_principal(ids::MANAGED_IDENTITY_ID, ids::MANAGED_IDENTITY_CLIENT_ID, "aksaccess emulator machine", ids::TENANT_ID);
    if let Some(row) = machine.as_object_mut() {
        row.insert("servicePrincipalType".into(), json!("ManagedIdentity"));
        row.insert("alternativeNames".into(), json!(["isExplicit=True", MANAGED_IDENTITY_RESOURCE]));
        Registration { permissions: granted(), ..Registration::default() }.put(row);
    }
    out.push(put("servicePrincipals", ids::MANAGED_IDENTITY_ID, machine));
    out.extend(arm::fixture(now));
    out.push(put(
        "users",
        ids::ADMINISTRATOR_ID,
        users::with_password(ids::ADMINISTRATOR_ID, administrator(now), ids::ADMINISTRATOR_PASSWORD),
    ));
    out
}

/// The managed identity as an Azure resource.
const MANAGED_IDENTITY_RESOURCE: &str = "/subscriptions/44444444-4444-4444-8444-444444444444/resourceGroups/myResourceGroup/providers/Microsoft.ManagedIdentity/userAssignedIdentities/myIdentity";

fn granted() -> Vec<String> {
    ids::APPLICATION_ROLES.iter().map(|&role| role.to_owned()).collect()
}

/// The administrator application: a secret, and the pipelines that it trusts.
fn administrator_registration() -> Registration {
    let trusted = [(ids::GITHUB_ISSUER, ids::GITHUB_SUBJECT), (ids::PIPELINES_ISSUER, ids::PIPELINES_SUBJECT)];
    let federated = trusted.map(|(issuer, subject)| Federated {
        issuer: issuer.to_owned(),
        subject: subject.to_owned(),
        audience: application::exchange(),
    });
    Registration {
        secrets: vec![ClientSecret { secret: ids::CLIENT_SECRET.to_owned(), expires: None }],
        federated: federated.to_vec(),
        permissions: granted(),
        ..Registration::default()
    }
}

/// The tenant that owns Microsoft's own applications.
const MICROSOFT_TENANT_ID: &str = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";

fn put(table: &'static str, key: &str, value: serde_json::Value) -> Change {
    let row = match value {
        serde_json::Value::Object(row) => row,
        _ => Properties::new(),
    };
    Change::Put { table, key: key.into(), row: row.into() }
}

fn organization(now: Timestamp) -> serde_json::Value {
    json!({
        "id": ids::TENANT_ID,
        "displayName": ids::ORGANIZATION,
        "countryLetterCode": "US",
        "createdDateTime": seconds(now),
        "tenantType": "AAD",
        "verifiedDomains": [
            {"capabilities": "Email, OfficeCommunicationsOnline", "isDefault": false, "isInitial": true,
             "name": ids::INITIAL_DOMAIN, "type": "Managed"},
            {"capabilities": "Email, OfficeCommunicationsOnline", "isDefault": true, "isInitial": false,
             "name": ids::DOMAIN, "type": "Managed"},
        ],
    })
}

fn domain(name: &str, default: bool) -> serde_json::Value {
    json!({
        "id": name,
        "authenticationType": "Managed",
        "isAdminManaged": true,
        "isDefault": default,
        "isInitial": !default,
        "isRoot": true,
        "isVerified": true,
        "passwordNotificationWindowInDays": 14,
        "passwordValidityPeriodInDays": 2_147_483_647,
        "supportedServices": ["Email", "OfficeCommunicationsOnline"],
    })
}

fn administrator(now: Timestamp) -> serde_json::Value {
    json!({
        "id": ids::ADMINISTRATOR_ID,
        "accountEnabled": true,
        "createdDateTime": seconds(now),
        "displayName": "Administrator",
        "identities": [{"signInType": "userPrincipalName", "issuer": ids::INITIAL_DOMAIN, "issuerAssignedId": ids::ADMINISTRATOR}],
        "lastPasswordChangeDateTime": seconds(now),
        "mailNickname": "admin",
        "securityIdentifier": objects::security_identifier(ids::ADMINISTRATOR_ID),
        "userPrincipalName": ids::ADMINISTRATOR,
        "userType": "Member",
    })
}

/// The row of a service principal.
pub(crate) fn service_principal(id: &str, app_id: &str, name: &str, owner: &str) -> serde_json::Value {
    json!({
        "id": id,
        "accountEnabled": true,
        "appDisplayName": name,
        "appId": app_id,
        "appOwnerOrganizationId": owner,
        "appRoleAssignmentRequired": false,
        "displayName": name,
        // Objects of nulls, not null (docs/emulator/fidelity.md#microsoft-graph).
        "info": {"logoUrl": null, "marketingUrl": null, "privacyStatementUrl": null, "supportUrl": null, "termsOfServiceUrl": null},
        "servicePrincipalNames": [app_id],
        "servicePrincipalType": "Application",
        "signInAudience": "AzureADMyOrg",
        "verifiedPublisher": {"displayName": null, "verifiedPublisherId": null, "addedDateTime": null},
    })
}
