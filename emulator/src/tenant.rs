//! The tenant that every emulator starts with. All of its ids are constants, so that configurations can name them.

use serde_json::json;

use crate::{
    arm,
    clock::seconds,
    graph::rows,
    store::{Change, Properties},
    token::{
        KUBERNETES_CLIENT,
        application::{self, ClientSecret, Federated, Registration},
    },
};
use jiff::Timestamp;

/// The tenant's id.
pub const TENANT_ID: &str = "11111111-1111-4111-8111-111111111111";
/// The verified domain that is the default for new users.
pub const DOMAIN: &str = "contoso.com";
/// The domain that the tenant was created with.
pub const INITIAL_DOMAIN: &str = "contoso.onmicrosoft.com";
/// Name of the organization.
pub const ORGANIZATION: &str = "Contoso";
/// Application (client) id of the service principal that may sign in.
pub const CLIENT_ID: &str = "22222222-2222-4222-8222-222222222222";
/// Its client secret: fixed, and plainly not one of a real tenant.
pub const CLIENT_SECRET: &str = "not-a-secret-aksaccess-emulator";
/// Object id of its service principal.
pub const SERVICE_PRINCIPAL_ID: &str = "33333333-3333-4333-8333-333333333333";
/// User principal name of the administrator, who may sign in.
pub const ADMINISTRATOR: &str = "admin@contoso.com";
/// Their password: fixed, and plainly not one of a real tenant.
pub const ADMINISTRATOR_PASSWORD: &str = "Not-A-Secret-1";
/// Their object id.
pub const ADMINISTRATOR_ID: &str = "55555555-5555-4555-8555-555555555555";
/// Object id of the managed identity of the machine that runs against the emulator.
pub const MANAGED_IDENTITY_ID: &str = "33333333-3333-4333-8333-000000000004";
/// Its client id.
pub const MANAGED_IDENTITY_CLIENT_ID: &str = "22222222-2222-4222-8222-000000000004";
/// What App Service proves itself with towards its token endpoint.
pub const IDENTITY_HEADER: &str = "not-a-secret-identity-header";
/// What a job of GitHub Actions proves itself with: `ACTIONS_ID_TOKEN_REQUEST_TOKEN`.
pub const GITHUB_REQUEST_TOKEN: &str = "not-a-secret-github";
/// Who issues the tokens of GitHub Actions.
pub const GITHUB_ISSUER: &str = "https://token.actions.githubusercontent.com";
/// Whom they are about.
pub const GITHUB_SUBJECT: &str = "repo:contoso/clusters:ref:refs/heads/main";
/// What a job of Azure Pipelines proves itself with: `SYSTEM_ACCESSTOKEN`.
pub const PIPELINES_ACCESS_TOKEN: &str = "not-a-secret-pipelines";
/// Who issues the tokens of Azure Pipelines.
pub const PIPELINES_ISSUER: &str = "https://vstoken.dev.azure.com/66666666-6666-4666-8666-666666666666";
/// Whom they are about.
pub const PIPELINES_SUBJECT: &str = "sc://contoso/clusters/azure";
/// Id of that service connection.
pub const SERVICE_CONNECTION_ID: &str = "77777777-7777-4777-8777-777777777777";
/// The subscription's id.
pub const SUBSCRIPTION_ID: &str = "44444444-4444-4444-8444-444444444444";

/// The resource group.
pub const RESOURCE_GROUP: &str = "myResourceGroup";
/// The cluster in it.
pub const CLUSTER: &str = "myManagedCluster";
/// The cluster's node pool.
pub const NODE_POOL: &str = "nodepool1";
/// Where they are.
pub const LOCATION: &str = "eastus";

/// What the tenant of an application-only caller is granted: the application permissions that the contract names for
/// what the emulator serves.
pub const APPLICATION_ROLES: &[&str] = &[
    "AdministrativeUnit.ReadWrite.All",
    "Application.Read.All",
    "AuditLog.Read.All",
    "AuthenticationContext.ReadWrite.All",
    "Directory.ReadWrite.All",
    "Domain.Read.All",
    "Group.ReadWrite.All",
    "GroupMember.ReadWrite.All",
    "Organization.Read.All",
    "Policy.Read.All",
    "Policy.ReadWrite.AuthenticationMethod",
    "Policy.ReadWrite.ConditionalAccess",
    "Policy.ReadWrite.SecurityDefaults",
    "PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup",
    "PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup",
    "RoleManagement.ReadWrite.Directory",
    "RoleManagementPolicy.ReadWrite.AzureADGroup",
    "User.ReadWrite.All",
];

/// The delegated permissions that clients can be given here: those that the contract names for what the emulator serves.
pub const DELEGATED_PERMISSIONS: &[&str] = &[
    "AdministrativeUnit.ReadWrite.All",
    "Application.ReadWrite.All",
    "AuditLog.Read.All",
    "AuthenticationContext.ReadWrite.All",
    "Directory.AccessAsUser.All",
    "Directory.ReadWrite.All",
    "Domain.Read.All",
    "Group.ReadWrite.All",
    "GroupMember.Read.All",
    "GroupMember.ReadWrite.All",
    "Organization.Read.All",
    "Policy.Read.All",
    "Policy.ReadWrite.AuthenticationMethod",
    "Policy.ReadWrite.ConditionalAccess",
    "Policy.ReadWrite.SecurityDefaults",
    "PrivilegedAccess.ReadWrite.AzureADGroup",
    "PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup",
    "PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup",
    "RoleManagement.ReadWrite.Directory",
    "RoleManagementPolicy.ReadWrite.AzureADGroup",
    "User.Read",
    "User.ReadWrite.All",
    "User.RevokeSessions.All",
];

/// Whether a name or id in a URL means this tenant.
pub fn is_this(name: &str) -> bool {
    [TENANT_ID, DOMAIN, INITIAL_DOMAIN].iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether a name stands for whatever tenant a user comes from.
pub fn is_any(name: &str) -> bool {
    ["common", "organizations"].iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether a domain is verified here, so that users can have it.
pub fn is_verified_domain(name: &str) -> bool {
    [DOMAIN, INITIAL_DOMAIN].iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// The objects of a fresh tenant.
pub(crate) fn fixture(now: Timestamp) -> Vec<Change> {
    let mut out = vec![
        put("organization", TENANT_ID, organization(now)),
        put("domains", DOMAIN, domain(DOMAIN, true)),
        put("domains", INITIAL_DOMAIN, domain(INITIAL_DOMAIN, false)),
    ];
    out.extend(rows::conditional_access::initial());
    out.extend(rows::security_defaults::initial());
    out.extend(rows::initial_roles());
    let applications = [
        (SERVICE_PRINCIPAL_ID, CLIENT_ID, "aksaccess emulator administrator", TENANT_ID),
        // Microsoft's own, under their real application ids. The object ids are ours.
        ("33333333-3333-4333-8333-000000000001", "00000003-0000-0000-c000-000000000000", "Microsoft Graph", MICROSOFT),
        ("33333333-3333-4333-8333-000000000003", KUBERNETES_CLIENT, "Azure Kubernetes Service AAD Client", MICROSOFT),
        ("33333333-3333-4333-8333-000000000002", "6dae42f8-4368-4678-94ff-3960e28e3630", "Azure Kubernetes Service AAD Server", MICROSOFT),
    ];
    for (id, app_id, name, owner) in applications {
        let mut row = service_principal(id, app_id, name, owner);
        if let (SERVICE_PRINCIPAL_ID, Some(row)) = (id, row.as_object_mut()) {
            administrator_registration().put(row);
        }
        out.push(put("servicePrincipals", id, row));
    }
    let mut machine = service_principal(MANAGED_IDENTITY_ID, MANAGED_IDENTITY_CLIENT_ID, "aksaccess emulator machine", TENANT_ID);
    if let Some(row) = machine.as_object_mut() {
        row.insert("servicePrincipalType".into(), json!("ManagedIdentity"));
        row.insert("alternativeNames".into(), json!(["isExplicit=True", MANAGED_IDENTITY_RESOURCE]));
        Registration { permissions: granted(), ..Registration::default() }.put(row);
    }
    out.push(put("servicePrincipals", MANAGED_IDENTITY_ID, machine));
    out.extend(arm::fixture(now));
    out.push(put("users", ADMINISTRATOR_ID, rows::with_password(ADMINISTRATOR_ID, administrator(now), ADMINISTRATOR_PASSWORD)));
    out
}

/// The managed identity as an Azure resource.
const MANAGED_IDENTITY_RESOURCE: &str = "/subscriptions/44444444-4444-4444-8444-444444444444/resourceGroups/myResourceGroup/providers/Microsoft.ManagedIdentity/userAssignedIdentities/myIdentity";

fn granted() -> Vec<String> {
    APPLICATION_ROLES.iter().map(|&role| role.to_owned()).collect()
}

/// The administrator application: a secret, and the pipelines that it trusts.
fn administrator_registration() -> Registration {
    let trusted = [(GITHUB_ISSUER, GITHUB_SUBJECT), (PIPELINES_ISSUER, PIPELINES_SUBJECT)];
    let federated = trusted.map(|(issuer, subject)| Federated {
        issuer: issuer.to_owned(),
        subject: subject.to_owned(),
        audience: application::exchange(),
    });
    Registration {
        secrets: vec![ClientSecret { secret: CLIENT_SECRET.to_owned(), expires: None }],
        federated: federated.to_vec(),
        permissions: granted(),
        ..Registration::default()
    }
}

/// The tenant that owns Microsoft's own applications.
const MICROSOFT: &str = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";

fn put(table: &'static str, key: &str, value: serde_json::Value) -> Change {
    let row = match value {
        serde_json::Value::Object(row) => row,
        _ => Properties::new(),
    };
    Change::Put { table, key: key.into(), row: row.into() }
}

fn organization(now: Timestamp) -> serde_json::Value {
    json!({
        "id": TENANT_ID,
        "displayName": ORGANIZATION,
        "countryLetterCode": "US",
        "createdDateTime": seconds(now),
        "tenantType": "AAD",
        "verifiedDomains": [
            {"capabilities": "Email, OfficeCommunicationsOnline", "isDefault": false, "isInitial": true,
             "name": INITIAL_DOMAIN, "type": "Managed"},
            {"capabilities": "Email, OfficeCommunicationsOnline", "isDefault": true, "isInitial": false,
             "name": DOMAIN, "type": "Managed"},
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
        "id": ADMINISTRATOR_ID,
        "accountEnabled": true,
        "createdDateTime": seconds(now),
        "displayName": "Administrator",
        "identities": [{"signInType": "userPrincipalName", "issuer": INITIAL_DOMAIN, "issuerAssignedId": ADMINISTRATOR}],
        "lastPasswordChangeDateTime": seconds(now),
        "mailNickname": "admin",
        "securityIdentifier": rows::security_identifier(ADMINISTRATOR_ID),
        "userPrincipalName": ADMINISTRATOR,
        "userType": "Member",
        rows::ROLES: ["Global Administrator"],
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
        "servicePrincipalNames": [app_id],
        "servicePrincipalType": "Application",
        "signInAudience": "AzureADMyOrg",
    })
}
