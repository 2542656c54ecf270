//! Words of the service, and the places where its JSON has another shape than the attribute.

use framework::schema::Check;
use serde::{Deserialize, Serialize};

use super::conditions::GuestsOrExternalUsers;
use super::controls::SignInFrequency;
pub use super::values::{AKS, AKS_SERVER, PLATFORMS, RISK_LEVELS, application_id};

/// Controls that the service brings along (`conditionalAccessGrantControl`).
pub const GRANT_CONTROLS: [&str; 8] = [
    "block",
    "mfa",
    "compliantDevice",
    "domainJoinedDevice",
    "approvedApplication",
    "compliantApplication",
    "passwordChange",
    "riskRemediation",
];
/// Kinds of guests (`conditionalAccessGuestOrExternalUserTypes`).
pub const GUEST_TYPES: [&str; 6] =
    ["internalGuest", "b2bCollaborationGuest", "b2bCollaborationMember", "b2bDirectConnectUser", "otherExternalUser", "serviceProvider"];
/// The kind of guest that belongs to this tenant and comes from no other.
const OF_THIS_TENANT: &str = "internalGuest";
/// Both steps of a sign-in are repeated (`signInFrequencyAuthenticationType`).
pub const BOTH_AUTHENTICATIONS: &str = "primaryAndSecondaryAuthentication";

/// What an id of an authentication context must be.
pub fn authentication_context_id() -> Check {
    Check::text("be one of `c1` to `c99`", |text| {
        text.strip_prefix('c')
            .is_some_and(|number| !number.starts_with('0') && number.parse().is_ok_and(|number: u8| (1..=99).contains(&number)))
    })
}

/// What tells two spellings of applications apart.
pub fn application_key(text: &str) -> String {
    application_id(text).to_lowercase()
}

/// What the id of one application must be.
pub fn application() -> Check {
    Check::text("be a UUID or `AKS`", |text| text == AKS || framework::schema::check::is_uuid(text))
}

/// Applications, one of them by its readable name.
pub mod applications {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{AKS, AKS_SERVER, application_id};

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

/// Several words of an enumeration, which Graph writes in one text with commas.
pub mod flags {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// One text.
    pub fn serialize<S: Serializer>(words: &Option<Vec<String>>, serializer: S) -> Result<S::Ok, S::Error> {
        words.as_ref().map(|words| words.join(",")).serialize(serializer)
    }

    /// The words; `none` is none of them.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        Ok(text.map(|text| super::split(&text)).filter(|words| !words.is_empty()))
    }
}

fn split(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty() && *word != "none").map(str::to_owned).collect()
}

/// Another object, of which only the id matters.
pub mod by_id {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Deserialize, Serialize)]
    struct Named {
        id: String,
    }

    /// `{"id": ...}`, which the service takes for a reference (seen in requests of several clients; the reference only shows answers).
    pub fn serialize<S: Serializer>(id: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
        id.clone().map(|id| Named { id }).serialize(serializer)
    }

    /// The id of what is answered whole.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
        Ok(Option::<Named>::deserialize(deserializer)?.map(|named| named.id))
    }
}

/// A session control that is on or off.
pub mod switch {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Deserialize, Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Control {
        is_enabled: bool,
    }

    /// An object if it is on.
    pub fn serialize<S: Serializer>(on: &bool, serializer: S) -> Result<S::Ok, S::Error> {
        on.then_some(Control { is_enabled: true }).serialize(serializer)
    }

    /// Whether it is on.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
        Ok(Option::<Control>::deserialize(deserializer)?.is_some_and(|control| control.is_enabled))
    }
}

/// A session control with one setting.
macro_rules! control {
    ($(#[$doc:meta])* $name:ident, $property:literal) => {
        $(#[$doc])*
        pub mod $name {
            use serde::{Deserialize, Deserializer, Serialize, Serializer};

            #[derive(Deserialize, Serialize)]
            struct Control {
                #[serde(rename = "isEnabled")]
                is_enabled: bool,
                #[serde(rename = $property)]
                setting: Option<String>,
            }

            /// An object if there is a setting.
            pub fn serialize<S: Serializer>(setting: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
                setting.clone().map(|setting| Control { is_enabled: true, setting: Some(setting) }).serialize(serializer)
            }

            /// The setting if the control is on.
            pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
                Ok(Option::<Control>::deserialize(deserializer)?.filter(|control| control.is_enabled).and_then(|control| control.setting))
            }
        }
    };
}

control! {
    /// Whether the browser stays signed in.
    persistent_browser, "mode"
}

control! {
    /// What Microsoft Defender for Cloud Apps does.
    cloud_app_security, "cloudAppSecurityType"
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
        let comes_from_elsewhere = guests.types.iter().any(|kind| kind != OF_THIS_TENANT);
        Guests {
            guest_or_external_user_types: Some(guests.types.join(",")),
            external_tenants: match guests.external_tenant_ids {
                Some(members) => Some(tenants("Enumerated", "enumerated", Some(members))),
                None => comes_from_elsewhere.then(|| tenants("All", "all", None)),
            },
        }
    }
}

impl From<Guests> for GuestsOrExternalUsers {
    fn from(guests: Guests) -> Self {
        GuestsOrExternalUsers {
            types: guests.guest_or_external_user_types.as_deref().map(split).unwrap_or_default(),
            // Nobody's tenants are enumerated, too, and the opposite of all.
            external_tenant_ids: guests.external_tenants.and_then(|tenants| match tenants.membership_kind.as_deref() {
                Some("enumerated") => Some(tenants.members.unwrap_or_default()),
                _ => tenants.members,
            }),
        }
    }
}

/// How often a sign-in is required, as Graph writes it.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
pub struct Frequency {
    is_enabled: bool,
    #[serde(rename = "type")]
    unit: Option<String>,
    value: Option<i64>,
    frequency_interval: Option<String>,
    authentication_type: Option<String>,
}

impl From<SignInFrequency> for Frequency {
    fn from(frequency: SignInFrequency) -> Self {
        let unit = match (frequency.hours, frequency.days) {
            (Some(_), _) => Some("hours".to_owned()),
            (None, Some(_)) => Some("days".to_owned()),
            (None, None) => None,
        };
        Frequency {
            is_enabled: true,
            unit,
            value: frequency.hours.or(frequency.days),
            frequency_interval: Some(if frequency.every_time { "everyTime" } else { "timeBased" }.to_owned()),
            authentication_type: Some(frequency.authentication_type),
        }
    }
}

impl From<Frequency> for SignInFrequency {
    fn from(frequency: Frequency) -> Self {
        let in_unit = |unit: &str| frequency.value.filter(|_| frequency.unit.as_deref() == Some(unit));
        SignInFrequency {
            hours: in_unit("hours"),
            days: in_unit("days"),
            // Policies from before there was an interval have none.
            every_time: frequency.frequency_interval.as_deref() == Some("everyTime"),
            authentication_type: frequency.authentication_type.unwrap_or_else(|| BOTH_AUTHENTICATIONS.to_owned()),
        }
    }
}
