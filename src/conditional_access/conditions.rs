//! The circumstances in which a policy applies. Each struct is at once the declaration of a block and, by serde, the mapping to Microsoft Graph's JSON: a
//! property more is one field more. Layout, names and values are those of azuread's `azuread_conditional_access_policy`.

use framework::Model;
use framework::schema::Check;
use framework::schema::check::is_uuid;
use framework::value::Value;
use serde::{Deserialize, Serialize};

use super::{graph_format, ids, values};

/// The circumstances in which a policy applies.
#[derive(Clone, Debug, Default, Deserialize, Model, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Conditions {
    /// Users, groups, roles and guests whose sign-ins the policy applies to. Required unless `client_applications` is set.
    #[attr(block)]
    pub users: Option<Users>,
    /// Service principals whose sign-ins the policy applies to, instead of `users`. Needs Workload Identities Premium licences.
    #[attr(block)]
    pub client_applications: Option<ClientApplications>,
    /// Applications, user actions or authentication contexts that the policy protects.
    #[attr(block)]
    pub applications: Applications,
    /// Kinds of client application: `all`, or any of `browser`, `mobileAppsAndDesktopClients`, `exchangeActiveSync`, `easSupported` and `other` (legacy
    /// authentication). Defaults to `["all"]`.
    #[attr(unordered, default(every_client()), check(one_of_with_synonyms(&values::CLIENT_APPS, &values::CLIENT_APPS_SYNONYMS)))]
    #[serde(default = "all_clients")]
    pub client_app_types: Vec<String>,
    /// Platforms of the device.
    #[attr(block)]
    pub platforms: Option<Platforms>,
    /// Network locations that the sign-in comes from.
    #[attr(block)]
    pub locations: Option<Locations>,
    /// Devices that the policy applies to.
    #[attr(block)]
    pub devices: Option<Devices>,
    /// Levels of the risk that the sign-in is not its owner's. Needs Microsoft Entra ID P2.
    #[attr(unordered, check(one_of(&values::RISK_LEVELS)))]
    pub sign_in_risk_levels: Option<Vec<String>>,
    /// Levels of the risk that the user's account is compromised. Needs Microsoft Entra ID P2.
    #[attr(unordered, check(one_of(&values::RISK_LEVELS)))]
    pub user_risk_levels: Option<Vec<String>>,
    /// Levels of the risk of the service principal; with `client_applications`.
    #[attr(unordered, check(one_of(&values::RISK_LEVELS)))]
    pub service_principal_risk_levels: Option<Vec<String>>,
    /// Level of insider risk by Microsoft Purview: `minor`, `moderate` or `elevated`; several with commas between them, such as `moderate,elevated`.
    #[attr(normalize(graph_format::flags_key), check(values::insider_risk_levels()))]
    #[serde(with = "graph_format::flags_text")]
    pub insider_risk_levels: Option<String>,
    /// Ways by which the authentication reached the device: `deviceCodeFlow`, `authenticationTransfer`. A policy with this condition can only block.
    #[attr(unordered, check(one_of(&["deviceCodeFlow", "authenticationTransfer"])))]
    #[serde(rename = "authenticationFlows", with = "graph_format::transfer_methods")]
    pub authentication_flow_transfer_methods: Option<Vec<String>>,
}

/// Users, groups, roles and guests whose sign-ins a policy applies to. What is excluded wins over what is included.
#[derive(Clone, Debug, Default, Deserialize, Model, PartialEq, Serialize)]
#[serde(default)]
pub struct Users {
    /// Object IDs of users, or `All`, `None` or `GuestsOrExternalUsers`.
    #[attr(unordered, case_insensitive, check(id_or(&["All", "None", "GuestsOrExternalUsers"])))]
    #[serde(rename = "includeUsers")]
    pub included_users: Option<Vec<String>>,
    /// Object IDs of excluded users, or `GuestsOrExternalUsers`.
    #[attr(unordered, case_insensitive, check(id_or(&["GuestsOrExternalUsers"])))]
    #[serde(rename = "excludeUsers")]
    pub excluded_users: Option<Vec<String>>,
    /// Object IDs of groups, nested members included.
    #[attr(unordered, case_insensitive, check(uuid()))]
    #[serde(rename = "includeGroups")]
    pub included_groups: Option<Vec<String>>,
    /// Object IDs of excluded groups, nested members included.
    #[attr(unordered, case_insensitive, check(uuid()))]
    #[serde(rename = "excludeGroups")]
    pub excluded_groups: Option<Vec<String>>,
    /// Template IDs of Microsoft Entra roles, such as `62e90394-69f5-4237-9190-012177145e10` for Global Administrator.
    #[attr(unordered, case_insensitive, check(uuid()))]
    #[serde(rename = "includeRoles")]
    pub included_roles: Option<Vec<String>>,
    /// Template IDs of Microsoft Entra roles whose holders are excluded.
    #[attr(unordered, case_insensitive, check(uuid()))]
    #[serde(rename = "excludeRoles")]
    pub excluded_roles: Option<Vec<String>>,
    /// Kinds of guests and external users.
    #[attr(block)]
    #[serde(rename = "includeGuestsOrExternalUsers")]
    pub included_guests_or_external_users: Option<GuestsOrExternalUsers>,
    /// Kinds of guests and external users that are excluded.
    #[attr(block)]
    #[serde(rename = "excludeGuestsOrExternalUsers")]
    pub excluded_guests_or_external_users: Option<GuestsOrExternalUsers>,
}

impl Users {
    /// What the service makes of a policy that names no users.
    pub(crate) fn nobody() -> Self {
        Users { included_users: Some(vec!["None".to_owned()]), ..Users::default() }
    }
}

/// Kinds of guests and external users, and the tenants that they come from.
#[derive(Clone, Debug, Default, Deserialize, Model, PartialEq, Serialize)]
#[serde(from = "graph_format::Guests", into = "graph_format::Guests")]
pub struct GuestsOrExternalUsers {
    /// Kinds: `internalGuest`, `b2bCollaborationGuest`, `b2bCollaborationMember`, `b2bDirectConnectUser`, `otherExternalUser`, `serviceProvider`.
    #[attr(unordered, check(at_least_one()), check(one_of(&values::GUEST_TYPES)))]
    pub guest_or_external_user_types: Vec<String>,
    /// Tenants that the external users come from. Without this block they may come from any tenant.
    #[attr(block)]
    pub external_tenants: Option<ExternalTenants>,
}

/// Tenants that external users come from.
#[derive(Clone, Debug, Default, Model, PartialEq)]
pub struct ExternalTenants {
    /// Whether users of any external tenant are meant, `all`, or those of the tenants in `members`, `enumerated`.
    #[attr(same_as_unset("all"), check(one_of_with_synonyms(&["all", "enumerated"], &values::MEMBERSHIP_KIND_SYNONYMS)))]
    pub membership_kind: String,
    /// IDs of the tenants, with `enumerated`. An empty list is no tenant.
    #[attr(unordered, case_insensitive, check(uuid()))]
    pub members: Option<Vec<String>>,
}

/// Service principals whose sign-ins a policy applies to.
#[derive(Clone, Debug, Default, Deserialize, Model, PartialEq, Serialize)]
#[serde(default)]
pub struct ClientApplications {
    /// Object IDs of service principals, or `ServicePrincipalsInMyTenant`.
    #[attr(unordered, case_insensitive, check(id_or(&["ServicePrincipalsInMyTenant"])))]
    #[serde(rename = "includeServicePrincipals")]
    pub included_service_principals: Option<Vec<String>>,
    /// Object IDs of excluded service principals.
    #[attr(unordered, case_insensitive, check(uuid()))]
    #[serde(rename = "excludeServicePrincipals")]
    pub excluded_service_principals: Option<Vec<String>>,
    /// A rule over custom security attributes of service principals.
    #[attr(block)]
    #[serde(rename = "servicePrincipalFilter")]
    pub filter: Option<Filter>,
}

/// Applications, user actions or authentication contexts that a policy protects.
#[derive(Clone, Debug, Default, Deserialize, Model, PartialEq, Serialize)]
#[serde(default)]
pub struct Applications {
    /// Application (client) IDs, not object IDs; or `All`, `None`, `Office365`, `MicrosoftAdminPortals`. `AKS` stands for the application *Azure
    /// Kubernetes Service Microsoft Entra Server*, `6dae42f8-4368-4678-94ff-3960e28e3630`, which every AKS cluster with Microsoft Entra integration uses.
    #[attr(unordered, normalize(values::application_key), check(at_most(250)), check(id_or(&["All", "None", "Office365", "MicrosoftAdminPortals", "AKS"])))]
    #[serde(rename = "includeApplications", with = "graph_format::applications")]
    pub included_applications: Option<Vec<String>>,
    /// Application (client) IDs of excluded applications, or `Office365`, `MicrosoftAdminPortals`, `AKS`.
    #[attr(unordered, normalize(values::application_key), check(at_most(250)), check(id_or(&["Office365", "MicrosoftAdminPortals", "AKS"])))]
    #[serde(rename = "excludeApplications", with = "graph_format::applications")]
    pub excluded_applications: Option<Vec<String>>,
    /// A rule over custom security attributes of applications.
    #[attr(block)]
    #[serde(rename = "applicationFilter")]
    pub filter: Option<Filter>,
    /// Actions of the user instead of applications: `urn:user:registersecurityinfo`, `urn:user:registerdevice`.
    #[attr(unordered, check(one_of(&["urn:user:registersecurityinfo", "urn:user:registerdevice"])))]
    #[serde(rename = "includeUserActions")]
    pub included_user_actions: Option<Vec<String>>,
    /// IDs of authentication contexts instead of applications, such as `c1`.
    #[attr(unordered, check(values::authentication_context_id()))]
    #[serde(rename = "includeAuthenticationContextClassReferences")]
    pub included_authentication_context_class_references: Option<Vec<String>>,
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
    /// Any of `android`, `iOS`, `windows`, `windowsPhone`, `macOS` and `linux`, or `all`.
    #[attr(unordered, check(one_of_with_synonyms(&values::PLATFORMS, &values::PLATFORM_SYNONYMS)))]
    #[serde(rename = "includePlatforms")]
    pub included_platforms: Option<Vec<String>>,
    /// Excluded platforms.
    #[attr(unordered, check(one_of_with_synonyms(&values::PLATFORMS, &values::PLATFORM_SYNONYMS)))]
    #[serde(rename = "excludePlatforms")]
    pub excluded_platforms: Option<Vec<String>>,
}

/// Network locations that sign-ins come from.
#[derive(Clone, Debug, Default, Deserialize, Model, PartialEq, Serialize)]
#[serde(default)]
pub struct Locations {
    /// IDs of named locations, or `All` or `AllTrusted`. `00000000-0000-0000-0000-000000000000` are the trusted addresses of multifactor authentication.
    #[attr(unordered, normalize(ids::location_key), check(location_or(&["All", "AllTrusted"])))]
    #[serde(rename = "includeLocations", with = "ids::locations")]
    pub included_locations: Option<Vec<String>>,
    /// IDs of excluded named locations, or `AllTrusted`.
    #[attr(unordered, normalize(ids::location_key), check(location_or(&["AllTrusted"])))]
    #[serde(rename = "excludeLocations", with = "ids::locations")]
    pub excluded_locations: Option<Vec<String>>,
}

/// Devices that a policy applies to.
#[derive(Clone, Debug, Default, Deserialize, Model, PartialEq, Serialize)]
#[serde(default)]
pub struct Devices {
    /// A rule over properties of devices.
    #[attr(block)]
    #[serde(rename = "deviceFilter")]
    pub filter: Option<Filter>,
}

/// What the service makes of a policy that does not name client applications.
fn all_clients() -> Vec<String> {
    vec!["all".to_owned()]
}

fn every_client() -> Value {
    Value::List(vec![Value::from("all")])
}

fn id_or(words: &'static [&'static str]) -> Check {
    Check::text(&format!("be a UUID or {}", listed(words)), |text| is_uuid(text) || words.contains(&text)).suggest(words, &[])
}

fn location_or(words: &'static [&'static str]) -> Check {
    let must = format!("be the ID of a named location (a UUID, or `{}<UUID>`) or {}", ids::LOCATION_PATH, listed(words));
    Check::text(&must, |text| is_uuid(ids::location_id(text)) || words.contains(&text)).suggest(words, &[])
}

fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn at_least_one() -> Check {
    Check::elements("have at least one", |elements| !elements.is_empty())
}
