//! Ids of objects that a policy names. azuread's resources have Microsoft Graph's path as `id`: it is understood wherever an id is expected, and only the id
//! itself is sent.

use framework::schema::Check;
use framework::schema::check::is_uuid;

/// What stands before the id of a named location in azuread's `id`.
pub const LOCATION_PATH: &str = "/identity/conditionalAccess/namedLocations/";
/// What stands before the id of an authentication strength in azuread's `id`.
pub const STRENGTH_PATH: &str = "/policies/authenticationStrengthPolicies/";

/// The id of a named location without azuread's path; what is no such path stays as it is.
pub fn location_id(text: &str) -> &str {
    text.strip_prefix(LOCATION_PATH).unwrap_or(text)
}

/// The id of an authentication strength without azuread's path; what is no such path stays as it is.
pub fn strength_id(text: &str) -> &str {
    text.strip_prefix(STRENGTH_PATH).unwrap_or(text)
}

/// The form in which locations are compared.
pub fn location_key(text: &str) -> String {
    location_id(text).to_lowercase()
}

/// The form in which authentication strengths are compared.
pub fn strength_key(text: &str) -> String {
    strength_id(text).to_lowercase()
}

/// What the id of an authentication strength must be.
pub fn strength() -> Check {
    Check::text(&format!("be a UUID such as `00000000-0000-0000-0000-000000000002`, or `{STRENGTH_PATH}<UUID>`"), |text| {
        is_uuid(strength_id(text))
    })
}

/// Locations without azuread's path.
pub mod locations {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// The ids, and the words for some locations.
    pub fn serialize<S: Serializer>(locations: &Option<Vec<String>>, serializer: S) -> Result<S::Ok, S::Error> {
        locations.as_ref().map(|locations| locations.iter().map(|one| super::location_id(one)).collect::<Vec<_>>()).serialize(serializer)
    }

    /// As the service answers them.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
        Option::deserialize(deserializer)
    }
}

/// An authentication strength, of which only the id matters.
pub mod authentication_strength {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Deserialize, Serialize)]
    struct Named {
        id: String,
    }

    /// `{"id": ...}`, which the service takes for a reference (seen in requests of several clients; the reference only shows answers).
    pub fn serialize<S: Serializer>(id: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
        id.as_ref().map(|id| Named { id: super::strength_id(id).to_owned() }).serialize(serializer)
    }

    /// The id of what is answered whole.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
        Ok(Option::<Named>::deserialize(deserializer)?.map(|named| named.id))
    }
}
