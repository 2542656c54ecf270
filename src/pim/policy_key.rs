//! The key of a policy, whose IDs change at every write (docs/services/pim.md#policies-of-groups).

use super::rules::Dialect;
use super::{GrantScope, Pim, Policy};
use crate::azure::Error;

/// Whose policy.
#[derive(Clone, Debug)]
pub struct PolicyKey {
    /// The group or the scope.
    pub area: GrantScope,
    /// `member` or `owner`; of a scope the whole id of the role definition.
    pub subject: String,
}

impl PolicyKey {
    /// The policy in messages.
    pub fn describe(&self) -> String {
        match &self.area {
            GrantScope::Group(group) => format!("the policy for {}s of the group {group}", self.subject),
            GrantScope::Scope(scope) => format!("the policy for the role {} at {scope}", self.key()),
        }
    }

    /// The identifier of the resource: `<group>/<access>`, or `<scope>|<role>`.
    pub fn id(&self) -> String {
        match &self.area {
            GrantScope::Group(group) => format!("{group}/{}", self.subject),
            GrantScope::Scope(scope) => format!("{scope}|{}", self.subject),
        }
    }

    /// What the policy governs, in messages.
    pub fn what(&self) -> String {
        match &self.area {
            GrantScope::Group(group) => format!("the {} access to the group {group}", self.subject),
            GrantScope::Scope(scope) => format!("the role {} at {scope}", self.key()),
        }
    }

    /// What the rows of a listing call its subject.
    pub fn key(&self) -> String {
        self.subject.rsplit('/').next().unwrap_or_default().to_lowercase()
    }

    pub(crate) fn role(&self) -> Option<&str> {
        matches!(self.area, GrantScope::Scope(_)).then_some(self.subject.as_str())
    }

    /// The service that has it: its names and shapes differ.
    pub(crate) fn dialect(&self) -> Dialect {
        if matches!(self.area, GrantScope::Group(_)) { Dialect::Graph } else { Dialect::Arm }
    }
}

impl Pim<'_> {
    /// A policy as this process knows it; none if there is none.
    pub async fn policy(&self, of: &PolicyKey) -> Result<Option<Policy>, Error> {
        let policies = self.policies(&of.area, of.role()).await?;
        Ok(policies.iter().find(|policy| policy.subject == of.key()).cloned())
    }

    /// A policy, read now.
    pub async fn policy_now(&self, of: &PolicyKey) -> Result<Option<Policy>, Error> {
        let policies = self.policies_now(&of.area, of.role()).await?;
        Ok(policies.into_iter().find(|policy| policy.subject == of.key()))
    }
}
