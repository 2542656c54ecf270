//! A policy as Microsoft Graph writes it, and back.

use serde_json::{Map, Value, json};

use super::{ConditionalAccessPolicy, DELETED};
use crate::attributes::merge;
use crate::conditional_access::conditions::Users;
use crate::conditional_access::policy::{self, Read, Sent};

impl ConditionalAccessPolicy {
    /// The policy as it is sent to the service.
    pub(super) fn body(&self) -> Map<String, Value> {
        let sent = Sent {
            display_name: &self.display_name,
            description: &self.description,
            state: &self.state,
            conditions: &self.conditions,
            grant_controls: &self.grant_controls,
            session_controls: &self.session_controls,
        };
        sent.json()
    }

    /// The body of an update; empty if there is nothing to send. `shared` as in [`PolicyResponse::shared`](crate::conditional_access::policy::PolicyResponse::shared).
    pub(super) fn changes(&self, prior: &Self, shared: &[String]) -> Map<String, Value> {
        let (mut before, mut wanted) = (prior.body(), self.body());
        // That a policy for service principals is for no user is said or left out: it is the same.
        if [&before, &wanted]
            .iter()
            .all(|body| body.get("conditions").is_some_and(|conditions| conditions["clientApplications"].is_object()))
        {
            for body in [&mut before, &mut wanted] {
                if let Some(Value::Object(conditions)) = body.get_mut("conditions")
                    && conditions.get("users").is_some_and(|users| *users == json!({ "includeUsers": ["None"] }))
                {
                    conditions.remove("users");
                }
            }
        }
        merge::changes(&before, &wanted, shared)
    }

    /// Takes over what the service says.
    pub(crate) fn update_from_response(&mut self, read: Read) {
        self.id = read.id;
        self.display_name = read.display_name;
        self.description = read.description;
        self.state = policy::state(&read.state);
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
