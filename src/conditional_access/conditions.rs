//! The circumstances in which a policy applies. Each struct is at once the declaration of nested attributes and, by serde, the mapping to Microsoft
//! Graph's JSON: a property more is one field more.

use framework::Model;
use framework::schema::Check;
use framework::schema::check::is_uuid;
use framework::value::Value;
use serde::{Deserialize, Serialize};

use super::words;

/// The circumstances in which a policy applies.
#[derive(Clone, Debug, Default, Deserialize, Model, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Conditions {
    /// Whose sign-ins.
    pub users: Option<Users>,
    /// Which service principals' sign-ins; instead of `users`. Needs Workload Identities Premium licences.
    pub client_applications: Option<ClientApplications>,
    /// Sign-ins to what.
    pub applications: Applications,
    /// Kinds of client application: `all`, or of `browser`, `mobileAppsAndDesktopClients`, `exchangeActiveSync`, `easSupported` and `other` (legacy
    /// authentication) any. Omitted: `all`.
    #[attr(unordered, default(every_client()), check(one_of(&["all", "browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "easSupported", "other"])))]
    #[serde(default = "all_clients")]
    pub client_app_types: Vec<String>,
    /// Platforms of the device.
    pub platforms: Option<Platforms>,
    /// Where the sign-in comes from.
    pub locations: Option<Locations>,
    /// Which devices.
    pub devices: Option<Devices>,
    /// Levels of the risk that the sign-in is not its owner's. Needs Microsoft Entra ID P2.
    #[attr(unordered, check(one_of(&words::RISK_LEVELS)))]
    pub sign_in_risk_levels: Option<Vec<String>>,
    /// Levels of the risk that the user's account is compromised. Needs Microsoft Entra ID P2.
    #[attr(unordered, check(one_of(&words::RISK_LEVELS)))]
    pub user_risk_levels: Option<Vec<String>>,
    /// Levels of the risk of the service principal; with `client_applications`.
    #[attr(unordered, check(one_of(&words::RISK_LEVELS)))]
    pub service_principal_risk_levels: Option<Vec<String>>,
    /// Levels of insider risk by Microsoft Purview: `minor`, `moderate`, `elevated`.
    #[attr(unordered, check(one_of(&["minor", "moderate", "elevated"])))]
    #[serde(with = "words::flags")]
    pub insider_risk_levels: Option<Vec<String>>,
    /// How the authentication reached the device.
    pub authentication_flows: Option<AuthenticationFlows>,
}

/// Whose sign-ins a policy applies to.
#[derive(Clone, Debug, Default, Deserialize, Model, PartialEq, Serialize)]
#[serde(default)]
pub struct Users {
    /// Object IDs of users, or `All`, `None` or `GuestsOrExternalUsers`.
    #[attr(unordered, case_insensitive, check(id_or(&["All", "None", "GuestsOrExternalUsers"])))]
    #[serde(rename = "includeUsers")]
    pub included_users: Option<Vec<String>>,
    /// Object IDs of users who are left out, or `GuestsOrExternalUsers`.
    #[attr(unordered, case_insensitive, check(id_or(&["GuestsOrExternalUsers"])))]
    #[serde(rename = "excludeUsers")]
    pub excluded_users: Option<Vec<String>>,
    /// Object IDs of groups; members of their members too.
    #[attr(unordered, case_insensitive, check(uuid()))]
    #[serde(rename = "includeGroups")]
    pub included_group_ids: Option<Vec<String>>,
    /// Object IDs of groups whose members are left out.
    #[attr(unordered, case_insensitive, check(uuid()))]
    #[serde(rename = "excludeGroups")]
    pub excluded_group_ids: Option<Vec<String>>,
    /// Template IDs of Microsoft Entra roles, such as `62e90394-69f5-4237-9190-012177145e10` for Global Administrator.
    #[attr(unordered, case_insensitive, check(uuid()))]
    #[serde(rename = "includeRoles")]
    pub included_role_ids: Option<Vec<String>>,
    /// Template IDs of Microsoft Entra roles whose holders are left out.
    #[attr(unordered, case_insensitive, check(uuid()))]
    #[serde(rename = "excludeRoles")]
    pub excluded_role_ids: Option<Vec<String>>,
    /// Kinds of guests and external users.
    #[serde(rename = "includeGuestsOrExternalUsers")]
    pub included_guests_or_external_users: Option<GuestsOrExternalUsers>,
    /// Kinds of guests and external users that are left out.
    #[serde(rename = "excludeGuestsOrExternalUsers")]
    pub excluded_guests_or_external_users: Option<GuestsOrExternalUsers>,
}

impl Users {
    /// What the service makes of a policy that names no users.
    pub(crate) fn nobody() -> Self {
        Users { included_users: Some(vec!["None".to_owned()]), ..Users::default() }
    }
}

/// Kinds of guests and external users.
#[derive(Clone, Debug, Default, Deserialize, Model, PartialEq, Serialize)]
#[serde(from = "words::Guests", into = "words::Guests")]
pub struct GuestsOrExternalUsers {
    /// Kinds: `internalGuest`, `b2bCollaborationGuest`, `b2bCollaborationMember`, `b2bDirectConnectUser`, `otherExternalUser`, `serviceProvider`.
    #[attr(unordered, check(at_least_one()), check(one_of(&words::GUEST_TYPES)))]
    pub types: Vec<String>,
    /// IDs of the tenants that they come from. Omitted: any tenant; an empty list is no tenant.
    #[attr(unordered, case_insensitive, empty_is_value, check(uuid()))]
    pub external_tenant_ids: Option<Vec<String>>,
}

/// Which service principals' sign-ins a policy applies to.
#[derive(Clone, Debug, Default, Deserialize, Model, PartialEq, Serialize)]
#[serde(default)]
pub struct ClientApplications {
    /// Object IDs of service principals, or `ServicePrincipalsInMyTenant`.
    #[attr(unordered, case_insensitive, check(id_or(&["ServicePrincipalsInMyTenant"])))]
    #[serde(rename = "includeServicePrincipals")]
    pub included_service_principals: Option<Vec<String>>,
    /// Object IDs of service principals that are left out.
    #[attr(unordered, case_insensitive, check(uuid()))]
    #[serde(rename = "excludeServicePrincipals")]
    pub excluded_service_principals: Option<Vec<String>>,
    /// A rule over custom security attributes of service principals.
    #[serde(rename = "servicePrincipalFilter")]
    pub filter: Option<Filter>,
}

/// What a policy protects: applications, actions of the user, or authentication contexts.
#[derive(Clone, Debug, Default, Deserialize, Model, PartialEq, Serialize)]
#[serde(default)]
pub struct Applications {
    /// Application (client) IDs, not object IDs; or `All`, `None`, `Office365`, `MicrosoftAdminPortals`. `AKS` stands for the application *Azure
    /// Kubernetes Service Microsoft Entra Server*, `6dae42f8-4368-4678-94ff-3960e28e3630`, which every AKS cluster with Microsoft Entra integration uses.
    #[attr(unordered, normalize(words::application_key), check(at_most(250)), check(id_or(&["All", "None", "Office365", "MicrosoftAdminPortals", "AKS"])))]
    #[serde(rename = "includeApplications", with = "words::applications")]
    pub included_applications: Option<Vec<String>>,
    /// Application (client) IDs that are left out, or `Office365`, `MicrosoftAdminPortals`, `AKS`.
    #[attr(unordered, normalize(words::application_key), check(at_most(250)), check(id_or(&["Office365", "MicrosoftAdminPortals", "AKS"])))]
    #[serde(rename = "excludeApplications", with = "words::applications")]
    pub excluded_applications: Option<Vec<String>>,
    /// A rule over custom security attributes of applications.
    #[serde(rename = "applicationFilter")]
    pub filter: Option<Filter>,
    /// Actions of the user instead of applications: `urn:user:registersecurityinfo`, `urn:user:registerdevice`.
    #[attr(unordered, check(one_of(&["urn:user:registersecurityinfo", "urn:user:registerdevice"])))]
    #[serde(rename = "includeUserActions")]
    pub included_user_actions: Option<Vec<String>>,
    /// IDs of authentication contexts instead of applications, such as `c1`.
    #[attr(unordered, check(words::authentication_context_id()))]
    #[serde(rename = "includeAuthenticationContextClassReferences")]
    pub included_authentication_context_ids: Option<Vec<String>>,
}

/// A rule that includes or excludes.
#[derive(Clone, Debug, Default, Deserialize, Model, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Filter {
    /// Whether what the rule matches is meant or left out: `include` or `exclude`.
    #[attr(check(one_of(&["include", "exclude"])))]
    pub mode: String,
    /// The rule, such as `device.isCompliant -eq True`.
    #[attr(check(length(1, 3072)))]
    pub rule: String,
}

/// Platforms of devices.
#[derive(Clone, Debug, Default, Deserialize, Model, PartialEq, Serialize)]
#[serde(default)]
pub struct Platforms {
    /// Of `android`, `iOS`, `windows`, `windowsPhone`, `macOS` and `linux` any, or `all`.
    #[attr(unordered, check(one_of(&words::PLATFORMS)))]
    #[serde(rename = "includePlatforms")]
    pub included_platforms: Option<Vec<String>>,
    /// Platforms that are left out.
    #[attr(unordered, check(one_of(&words::PLATFORMS)))]
    #[serde(rename = "excludePlatforms")]
    pub excluded_platforms: Option<Vec<String>>,
}

/// Where sign-ins come from.
#[derive(Clone, Debug, Default, Deserialize, Model, PartialEq, Serialize)]
#[serde(default)]
pub struct Locations {
    /// IDs of named locations, or `All` or `AllTrusted`. `00000000-0000-0000-0000-000000000000` are the trusted addresses of multifactor authentication.
    #[attr(unordered, case_insensitive, check(id_or(&["All", "AllTrusted"])))]
    #[serde(rename = "includeLocations")]
    pub included_locations: Option<Vec<String>>,
    /// IDs of named locations that are left out, or `AllTrusted`.
    #[attr(unordered, case_insensitive, check(id_or(&["AllTrusted"])))]
    #[serde(rename = "excludeLocations")]
    pub excluded_locations: Option<Vec<String>>,
}

/// Devices.
#[derive(Clone, Debug, Default, Deserialize, Model, PartialEq, Serialize)]
#[serde(default)]
pub struct Devices {
    /// A rule over properties of devices.
    #[serde(rename = "deviceFilter")]
    pub filter: Option<Filter>,
}

/// How an authentication reached the device.
#[derive(Clone, Debug, Default, Deserialize, Model, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AuthenticationFlows {
    /// Ways: `deviceCodeFlow`, `authenticationTransfer`. Such a policy can only block.
    #[attr(unordered, check(one_of(&["deviceCodeFlow", "authenticationTransfer"])))]
    #[serde(with = "words::flags")]
    pub transfer_methods: Option<Vec<String>>,
}

/// What the service makes of a policy that does not name client applications.
fn all_clients() -> Vec<String> {
    vec!["all".to_owned()]
}

fn every_client() -> Value {
    Value::List(vec![Value::from("all")])
}

fn id_or(words: &'static [&'static str]) -> Check {
    let list: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    Check::text(&format!("be a UUID or {}", list.join(", ")), |text| is_uuid(text) || words.contains(&text))
}

fn at_least_one() -> Check {
    Check::elements("have at least one", |elements| !elements.is_empty())
}
