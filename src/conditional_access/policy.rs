//! A conditional access policy in answers and bodies of Microsoft Graph.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::conditions::Conditions;
use super::controls::{GrantControls, SessionControls};
use super::values;
use crate::attributes::merge;

/// A state of a policy as the API reference spells it.
pub(crate) fn state(answered: &str) -> String {
    let known = values::STATES.iter().find(|state| state.eq_ignore_ascii_case(answered));
    known.copied().unwrap_or(answered).to_owned()
}

/// A policy in an answer: what has an effect of it.
#[derive(Clone, Debug)]
pub(crate) struct PolicyResponse {
    pub(crate) policy: Read,
    /// Objects that hold something this provider does not know, as JSON pointers.
    pub(crate) shared: Vec<String>,
    /// Conditions and controls that this provider does not know, with dots between their names.
    pub(crate) unknown: Vec<String>,
}

/// What is read of a policy.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Read {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) display_name: String,
    pub(crate) description: Option<String>,
    #[serde(default)]
    pub(crate) state: String,
    pub(crate) created_date_time: Option<String>,
    pub(crate) template_id: Option<String>,
    #[serde(default)]
    pub(crate) conditions: Conditions,
    pub(crate) grant_controls: Option<GrantControls>,
    pub(crate) session_controls: Option<SessionControls>,
}

/// What is sent of a policy.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Sent<'a> {
    pub(crate) display_name: &'a str,
    pub(crate) description: &'a Option<String>,
    pub(crate) state: &'a str,
    pub(crate) conditions: &'a Conditions,
    pub(crate) grant_controls: &'a Option<GrantControls>,
    pub(crate) session_controls: &'a Option<SessionControls>,
}

impl Sent<'_> {
    pub(crate) fn json(&self) -> Map<String, Value> {
        match serde_json::to_value(self).map(merge::effective) {
            Ok(Value::Object(body)) => body,
            // Structs of text and numbers always have a JSON.
            _ => Map::new(),
        }
    }
}

impl<'de> Deserialize<'de> for PolicyResponse {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = merge::effective(without_additions(merge::without_annotations(Value::deserialize(deserializer)?)));
        let mut policy: Read = serde_json::from_value(json.clone()).map_err(D::Error::custom)?;
        policy.grant_controls = policy.grant_controls.filter(|controls| !controls.is_empty());
        let known = Sent {
            display_name: &policy.display_name,
            description: &policy.description,
            state: &policy.state,
            conditions: &policy.conditions,
            grant_controls: &policy.grant_controls,
            session_controls: &policy.session_controls,
        };
        let known = Value::Object(known.json());
        let mut shared = merge::shared(&json, &known);
        shared.retain(|place| !place.is_empty());
        let mut unknown = merge::unknown(&json, &known);
        // Properties of the policy itself describe it.
        unknown.retain(|name| name.contains('.') || ["conditions", "grantControls", "sessionControls"].contains(&name.as_str()));
        Ok(PolicyResponse { policy, shared, unknown })
    }
}

/// Removes what the service adds to the policy itself: everything about an authentication strength but its id, and flags that name nothing.
fn without_additions(json: Value) -> Value {
    let Value::Object(properties) = json else { return json };
    let property = |(name, value): (String, Value)| {
        let value = match (name.as_str(), value) {
            ("authenticationStrength", Value::Object(strength)) => strength.into_iter().filter(|(name, _)| name == "id").collect(),
            ("transferMethods" | "insiderRiskLevels" | "guestOrExternalUserTypes", Value::String(none)) if none == "none" => Value::Null,
            (_, value) => without_additions(value),
        };
        (name, value)
    };
    properties.into_iter().map(property).collect()
}

impl Read {
    /// Name and id, for a message.
    pub(crate) fn named(&self) -> String {
        format!("{:?} ({})", self.display_name, self.id)
    }

    /// Whether it names that location.
    pub(crate) fn names_location(&self, id: &str) -> bool {
        let locations = self.conditions.locations.as_ref();
        let named = locations.map(|locations| [&locations.included_locations, &locations.excluded_locations]);
        named.into_iter().flatten().flatten().flatten().any(|named| named.eq_ignore_ascii_case(id))
    }

    /// Whether it asks for that authentication strength.
    pub(crate) fn names_strength(&self, id: &str) -> bool {
        let strength = self.grant_controls.as_ref().and_then(|grant| grant.authentication_strength_policy_id.as_ref());
        strength.is_some_and(|named| named.eq_ignore_ascii_case(id))
    }

    /// Whether it protects that authentication context.
    pub(crate) fn names_context(&self, id: &str) -> bool {
        self.conditions.applications.included_authentication_context_class_references.iter().flatten().any(|named| named == id)
    }
}
