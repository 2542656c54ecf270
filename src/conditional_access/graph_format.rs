//! The places where Microsoft Graph's JSON of a policy has another shape than the attribute.

use serde::{Deserialize, Serialize};

use super::conditions::{ExternalTenants, GuestsOrExternalUsers};
use super::values::{ALL_TENANTS, ENUMERATED_TENANTS};

/// The kind of guest that belongs to this tenant and comes from no other.
const OF_THIS_TENANT: &str = "internalGuest";

/// Applications, one of them by its readable name.
pub mod applications {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::conditional_access::values::{AKS, AKS_SERVER, application_id};

    /// Ids as the service spells them.
    pub fn serialize<S: Serializer>(names: &Option<Vec<String>>, serializer: S) -> Result<S::Ok, S::Error> {
        names.as_ref().map(|names| names.iter().map(|name| application_id(name)).collect::<Vec<_>>()).serialize(serializer)
    }

    /// Ids, or the name that reads better.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
        let ids = Option::<Vec<String>>::deserialize(deserializer)?;
        let named = |id: String| if id.eq_ignore_ascii_case(AKS_SERVER) { AKS.to_owned() } else { id };
        Ok(ids.map(|ids| ids.into_iter().map(named).collect()))
    }
}

/// The form in which texts with several values of an enumeration are compared.
pub fn flags_key(text: &str) -> String {
    joined(split(text))
}

/// Several words of an enumeration as Graph writes them: one text with commas. Their order means nothing, so it is always the same.
fn joined(mut words: Vec<String>) -> String {
    words.sort_unstable();
    words.dedup();
    words.join(",")
}

fn split(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty() && *word != "none").map(str::to_owned).collect()
}

/// Several words of an enumeration, in one text here, too.
pub mod flags_text {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// One text.
    pub fn serialize<S: Serializer>(words: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
        words.as_ref().map(|words| super::joined(super::split(words))).serialize(serializer)
    }

    /// The words; `none` is none of them.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        Ok(text.map(|text| super::joined(super::split(&text))).filter(|words| !words.is_empty()))
    }
}

/// Ways by which an authentication reached the device: a list, which Graph writes as one text in an object of its own.
pub mod transfer_methods {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Deserialize, Serialize)]
    #[serde(rename_all = "camelCase")]
    struct AuthenticationFlows {
        transfer_methods: Option<String>,
    }

    /// An object with one text.
    pub fn serialize<S: Serializer>(methods: &Option<Vec<String>>, serializer: S) -> Result<S::Ok, S::Error> {
        let methods = methods.as_ref().map(|methods| AuthenticationFlows { transfer_methods: Some(super::joined(methods.clone())) });
        methods.serialize(serializer)
    }

    /// The words; `none` is none of them.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
        let flows = Option::<AuthenticationFlows>::deserialize(deserializer)?;
        let methods = flows.and_then(|flows| flows.transfer_methods).map(|text| super::split(&text));
        Ok(methods.filter(|methods| !methods.is_empty()))
    }
}

/// Guests and external users as Graph writes them.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Guests {
    guest_or_external_user_types: Option<String>,
    external_tenants: Option<Tenants>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Tenants {
    #[serde(rename = "@odata.type", default)]
    kind: Option<String>,
    membership_kind: Option<String>,
    #[serde(default)]
    members: Option<Vec<String>>,
}

impl From<GuestsOrExternalUsers> for Guests {
    fn from(guests: GuestsOrExternalUsers) -> Self {
        let tenants = |kind: &str, membership_kind: &str, members| Tenants {
            kind: Some(format!("#microsoft.graph.conditionalAccess{kind}ExternalTenants")),
            membership_kind: Some(membership_kind.to_owned()),
            members,
        };
        let comes_from_elsewhere = guests.guest_or_external_user_types.iter().any(|kind| kind != OF_THIS_TENANT);
        Guests {
            guest_or_external_user_types: Some(joined(guests.guest_or_external_user_types)),
            external_tenants: match guests.external_tenants {
                Some(only) if only.membership_kind != ALL_TENANTS => {
                    Some(tenants("Enumerated", &only.membership_kind, Some(only.members.unwrap_or_default())))
                }
                _ => comes_from_elsewhere.then(|| tenants("All", ALL_TENANTS, None)),
            },
        }
    }
}

impl From<Guests> for GuestsOrExternalUsers {
    fn from(guests: Guests) -> Self {
        GuestsOrExternalUsers {
            guest_or_external_user_types: guests.guest_or_external_user_types.as_deref().map(split).unwrap_or_default(),
            // Nobody's tenants are enumerated, too, and the opposite of all.
            external_tenants: guests.external_tenants.and_then(|tenants| match (tenants.membership_kind, tenants.members) {
                (Some(kind), _) if kind == ALL_TENANTS => None,
                (None, None) => None,
                (kind, members) => Some(ExternalTenants {
                    membership_kind: kind.unwrap_or_else(|| ENUMERATED_TENANTS.to_owned()),
                    members: Some(members.unwrap_or_default()),
                }),
            }),
        }
    }
}
