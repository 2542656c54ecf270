//! The policies of one group or scope with all their rules, read through their assignments: the only way to find the policy of a role
//! (docs/services/pim.md#policies-of-groups).

use std::sync::Arc;

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use tokio::sync::Mutex;

use super::GrantScope;
use super::grants::ARM;
use crate::azure::{Client, Error, OperationContext, Request, odata_literal};

/// One policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// `member` or `owner` of a group; the GUID of a role, in lower case.
    pub subject: String,
    /// The scope, in lower case; the group's id.
    area: String,
    /// The service's id of it now: the next write gives it another.
    pub id: String,
    /// Its rules as the service wrote them.
    pub rules: Vec<Value>,
    /// Whether the answer had rules. Assignments of policies for Azure roles can lack them.
    has_rules: bool,
}

impl<'de> Deserialize<'de> for Policy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let inner = if value["properties"].is_object() { &value["properties"] } else { &value };
        let text = |name: &str| inner[name].as_str().unwrap_or_default();
        let subject = text("roleDefinitionId").rsplit('/').next().unwrap_or_default().to_lowercase();
        let area = if inner["scope"].is_string() { text("scope") } else { text("scopeId") };
        if subject.is_empty() || text("policyId").is_empty() {
            return Err(serde::de::Error::custom("the assignment of a policy lacks its role or its policy"));
        }
        // Graph expands the policy; ARM returns the effective rules beside it.
        let rules = [&inner["policy"]["rules"], &inner["effectiveRules"]].into_iter().find_map(Value::as_array);
        let (id, has_rules) = (text("policyId").to_owned(), rules.is_some());
        Ok(Policy { subject, area: area.to_lowercase(), id, rules: rules.cloned().unwrap_or_default(), has_rules })
    }
}

impl Policy {
    /// Whether the answer had rules. Assignments of policies for Azure roles can lack them.
    pub fn has_rules(&self) -> bool {
        self.has_rules
    }
}

/// A policy itself, with nothing but its rules.
#[derive(Debug, Deserialize)]
struct PolicyRules {
    properties: RulesProperty,
}

#[derive(Debug, Deserialize)]
struct RulesProperty {
    rules: Vec<Value>,
}

/// The policies of one area.
#[derive(Debug)]
pub(super) struct Policies {
    area: GrantScope,
    read: Mutex<Option<Arc<Vec<Policy>>>>,
}

impl Policies {
    pub(super) fn new(area: GrantScope) -> Self {
        Self { area, read: Mutex::default() }
    }

    /// All policies of a group, read once. There are none while Privileged Identity Management does not know the group, which is not kept.
    pub(super) async fn all(&self, client: &Client, operation_context: &OperationContext) -> Result<Arc<Vec<Policy>>, Error> {
        let mut read = operation_context.waiting(self.read.lock()).await?;
        if let Some(policies) = &*read {
            return Ok(policies.clone());
        }
        let policies = Arc::new(self.ask(client, None, operation_context).await?);
        if !policies.is_empty() {
            *read = Some(policies.clone());
        }
        Ok(policies)
    }

    /// The policies, read now; of a scope that of one role (`/…/roleDefinitions/<guid>`), for a scope has one for each of hundreds.
    pub(super) async fn ask(
        &self,
        client: &Client,
        role: Option<&str>,
        operation_context: &OperationContext,
    ) -> Result<Vec<Policy>, Error> {
        let request = match &self.area {
            GrantScope::Group(group) => Request::get("/policies/roleManagementPolicyAssignments")
                .query("$filter", format!("scopeId eq {} and scopeType eq 'Group'", odata_literal(&group.to_string())))
                .query("$expand", "policy($expand=rules)"),
            GrantScope::Scope(scope) => {
                let request = Request::get("/{scope}/providers/Microsoft.Authorization/roleManagementPolicyAssignments")
                    .arm(ARM)
                    .with_path("scope", scope);
                match role {
                    Some(role) => request.query("$filter", format!("roleDefinitionId eq {}", odata_literal(role))),
                    None => request,
                }
            }
        };
        let mut found = client.list::<Policy>(&request, operation_context).await?;
        let key = self.area.key();
        found.retain(|policy| policy.area.trim_matches('/') == key.trim_matches('/'));
        // Only of the role that was asked for: a scope has hundreds.
        for policy in found.iter_mut().filter(|policy| role.is_some() && !policy.has_rules) {
            let request = Request::get("/{policy}").arm(ARM).with_path("policy", &policy.id);
            policy.rules = client.send(&request, operation_context).await?.json::<PolicyRules>()?.properties.rules;
            policy.has_rules = true;
        }
        Ok(found)
    }
}
