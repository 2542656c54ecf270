//! A policy as Microsoft Graph writes it, and back.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::conditions::{Conditions, Users};
use super::controls::{GrantControls, SessionControls};
use super::{ConditionalAccessPolicy, DELETED};
use crate::attributes::merge;
use crate::conditional_access::Whole;

/// Where policies are.
pub(crate) const POLICIES: Whole = Whole { one: "/identity/conditionalAccess/policies/{id}", all: "/identity/conditionalAccess/policies" };

/// Whether a policy is applied: our words and the service's.
const STATES: [(&str, &str); 3] = [("enabled", "enabled"), ("disabled", "disabled"), ("report_only", "enabledForReportingButNotEnforced")];

/// Our word for a state.
pub(crate) fn state_word(state: &str) -> String {
    let known = STATES.iter().find(|(_, theirs)| theirs.eq_ignore_ascii_case(state));
    known.map_or(state, |(ours, _)| ours).to_owned()
}

fn service_word(state: &str) -> &str {
    STATES.iter().find(|(ours, _)| *ours == state).map_or(state, |(_, theirs)| theirs)
}

/// A policy in an answer: what has an effect of it.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    pub(crate) policy: Read,
    /// Objects that hold something this provider does not know, as JSON pointers.
    pub(super) shared: Vec<String>,
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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Sent<'a> {
    display_name: &'a str,
    description: &'a Option<String>,
    state: &'a str,
    conditions: &'a Conditions,
    grant_controls: &'a Option<GrantControls>,
    session_controls: &'a Option<SessionControls>,
}

impl Sent<'_> {
    fn json(&self) -> Map<String, Value> {
        match serde_json::to_value(self).map(merge::effective) {
            Ok(Value::Object(body)) => body,
            // Structs of text and numbers always have a JSON.
            _ => Map::new(),
        }
    }
}

impl<'de> Deserialize<'de> for Answered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = merge::effective(tidied(merge::without_annotations(Value::deserialize(deserializer)?)));
        let policy: Read = serde_json::from_value(json.clone()).map_err(D::Error::custom)?;
        let known = Sent {
            display_name: &policy.display_name,
            description: &policy.description,
            state: &policy.state,
            conditions: &policy.conditions,
            grant_controls: &policy.grant_controls,
            session_controls: &policy.session_controls,
        };
        let mut shared = merge::shared(&json, &Value::Object(known.json()));
        shared.retain(|place| !place.is_empty());
        Ok(Answered { policy, shared })
    }
}

/// Without what is told beside the policy: all about an authentication strength but its id, and flags that name nothing.
fn tidied(json: Value) -> Value {
    let Value::Object(properties) = json else { return json };
    let property = |(name, value): (String, Value)| {
        let value = match (name.as_str(), value) {
            ("authenticationStrength", Value::Object(strength)) => strength.into_iter().filter(|(name, _)| name == "id").collect(),
            ("transferMethods" | "insiderRiskLevels" | "guestOrExternalUserTypes", Value::String(none)) if none == "none" => Value::Null,
            (_, value) => tidied(value),
        };
        (name, value)
    };
    properties.into_iter().map(property).collect()
}

impl ConditionalAccessPolicy {
    /// The policy as the service is told it.
    pub(super) fn body(&self) -> Map<String, Value> {
        let sent = Sent {
            display_name: &self.display_name,
            description: &self.description,
            state: service_word(&self.state),
            conditions: &self.conditions,
            grant_controls: &self.grant_controls,
            session_controls: &self.session_controls,
        };
        sent.json()
    }

    /// The body of an update; empty if there is nothing to send. `shared` as in [`Answered::shared`].
    pub(super) fn changes(&self, prior: &Self, shared: &[String]) -> Map<String, Value> {
        merge::changes(&prior.body(), &self.body(), shared)
    }

    /// Takes over what the service says.
    pub(crate) fn absorb(&mut self, read: Read) {
        self.id = read.id;
        self.display_name = read.display_name;
        self.description = read.description;
        self.state = state_word(&read.state);
        let said_nobody = self.conditions.users.is_some();
        self.conditions = read.conditions;
        // The service writes down that a policy for service principals is for no user.
        if self.conditions.client_applications.is_some() && !said_nobody {
            self.conditions.users = self.conditions.users.take().filter(|users| *users != Users::nobody());
        }
        self.grant_controls = read.grant_controls;
        self.session_controls = read.session_controls;
        self.template_id = read.template_id;
        self.created_date_time = read.created_date_time;
    }

    /// Whether it is in the bin.
    pub(super) fn is_deleted(&self) -> bool {
        self.state == DELETED
    }
}
