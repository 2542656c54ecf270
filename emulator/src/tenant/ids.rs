//! The constants of the tenant that every emulator starts with: ids, names and credentials that configurations can name.

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
/// The secret with which an app proves itself to the token endpoint of App Service.
pub const IDENTITY_HEADER: &str = "not-a-secret-identity-header";
/// The secret with which a job of GitHub Actions proves itself: `ACTIONS_ID_TOKEN_REQUEST_TOKEN`.
pub const GITHUB_REQUEST_TOKEN: &str = "not-a-secret-github";
/// Who issues the tokens of GitHub Actions.
pub const GITHUB_ISSUER: &str = "https://token.actions.githubusercontent.com";
/// Whom they are about.
pub const GITHUB_SUBJECT: &str = "repo:contoso/clusters:ref:refs/heads/main";
/// The secret with which a job of Azure Pipelines proves itself: `SYSTEM_ACCESSTOKEN`.
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

/// The permissions granted to the tenant's application: the application permissions that the contract names for
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
