//! Finding, reading and changing the policy of a group or role.
//!
//! A policy's ID changes at every write and when Privileged Identity Management takes the group in, so it is looked up before every write, and
//! looked up again when the write finds nothing (docs/services/pim.md#policies-of-groups); a group that was just made has no policy for a while.

use framework::{Context, Diagnostic, Result};
use serde_json::{Value, json};

use crate::azure::{Backoff, Error, Request};
use crate::client::consistency;
use crate::client::diagnose::could_not;
use crate::pim::rules::{steps, with};
use crate::pim::{GrantScope, Policy, PolicyKey, Settings};
use crate::services::Services;

/// The version of Azure Resource Manager's interface.
const ARM: &str = "2020-10-01";
/// How often a write is tried whose policy was not found, each time after looking it up again.
const TRIES: usize = 8;

impl PolicyKey {
    /// Reads the policy without the cache, and waits for that of a new group.
    async fn wait_for(&self, cx: &Context<Services>) -> Result<Policy> {
        let what = || could_not(format!("find {}", self.describe()));
        let stale_until = cx.api.client().consistency_window_end().map_err(what())?;
        let settled = |found: &Result<Option<Policy>, Error>| match found {
            Ok(found) => found.is_some(),
            Err(error) => !error.is_not_yet_there(),
        };
        let found = cx.api.client().until(Some(stale_until), || async { cx.api.pim().policy_now(self).await }, settled).await;
        found.map_err(what())?.ok_or_else(|| {
            let why = match self.area {
                GrantScope::Group(_) => "Privileged Identity Management knows no such group: it does not exist, is dynamic or synchronised from on premises, or was made less \
                     than a minute ago.",
                GrantScope::Scope(_) => "Privileged Identity Management knows no such role at that scope.",
            };
            Diagnostic::error(format!("There is no policy: {}", self.describe()), why)
        })
    }

    /// Reads the settings of the policy; none if there is no policy. After a write, repeatedly until they show what was written.
    pub(crate) async fn read(&self, written: &Settings, cx: &Context<Services>) -> Result<Option<Settings>> {
        let (stale_until, imported) = (consistency::stale_until(cx), cx.just_imported());
        let mut first = true;
        let look = || {
            let anew = !std::mem::take(&mut first);
            async move { if anew { cx.api.pim().policy_now(self).await } else { cx.api.pim().policy(self).await } }
        };
        let shows = |found: &Result<Option<Policy>, Error>| match found {
            Ok(Some(policy)) => imported || written.differences(&policy.rules, self.dialect()).is_empty(),
            Ok(None) => false,
            Err(error) => !error.is_policy_gone(),
        };
        match cx.api.client().until(stale_until, look, shows).await {
            Ok(Some(policy)) => Ok(Some(Settings::read(&policy.rules, self.dialect()))),
            Err(error) if !error.is_policy_gone() => Err(could_not(format!("read {}", self.describe()))(error)),
            // With the group its policies are gone.
            Ok(None) | Err(_) => Ok(None),
        }
    }

    /// Puts every setting back to the service's default.
    pub(crate) async fn reset(&self, cx: &Context<Services>) -> Result {
        // Without a policy there is nothing to reset. A single answer without one may come from a replica that lags.
        let is_found = |found: &Result<Option<Policy>, Error>| match found {
            Ok(found) => found.is_some(),
            Err(error) => !error.is_policy_gone(),
        };
        let mut found =
            cx.api.client().until(consistency::stale_until(cx), || async { cx.api.pim().policy_now(self).await }, is_found).await;
        if !is_found(&found) {
            found = cx.api.pim().policy_now(self).await;
        }
        match found {
            Ok(Some(_)) => self.change(&Settings::defaults(), cx).await.map(|_| ()),
            Ok(None) => Ok(()),
            Err(error) if error.is_policy_gone() => Ok(()),
            Err(error) => Err(could_not(format!("find {}", self.describe()))(error)),
        }
    }

    /// Changes the policy to these settings, and returns its new settings.
    pub(crate) async fn change(&self, wanted: &Settings, cx: &Context<Services>) -> Result<Settings> {
        let what = || could_not(format!("change {}", self.describe()));
        let lock = cx.api.pim().lock_policies(&self.area).await.map_err(what())?;
        let mut policy = self.wait_for(cx).await?;
        let (mut lost, mut backoff) = (0, Backoff::for_replication());
        let settings = loop {
            let changed = wanted.differences(&policy.rules, self.dialect());
            let after = with(&policy.rules, &changed);
            self.has_approvers(&Settings::read(&after, self.dialect()))?;
            let mut steps = steps(&policy.rules, changed).into_iter();
            let Some(first) = steps.next() else { break Settings::read(&policy.rules, self.dialect()) };
            match self.write(&policy, &first, cx).await {
                // The policy is looked up again, because its ID has changed.
                Ok(()) if steps.next().is_some() => policy = self.wait_for(cx).await?,
                Ok(()) => break Settings::read(&after, self.dialect()),
                Err(error) if error.is_policy_gone() && lost < TRIES => {
                    lost += 1;
                    cx.api.client().pause(backoff.next_pause()).await.map_err(what())?;
                    policy = self.wait_for(cx).await?;
                }
                Err(error) => return Err(what()(error)),
            }
        };
        drop(lock);
        Ok(settings)
    }

    async fn write(&self, policy: &Policy, rules: &[Value], cx: &Context<Services>) -> Result<(), Error> {
        let request = match &self.area {
            GrantScope::Group(_) => {
                Request::patch("/policies/roleManagementPolicies/{id}").with("id", &policy.id).json(&json!({ "rules": rules }))
            }
            // The policy's id is its whole path.
            GrantScope::Scope(_) => {
                Request::patch("/{policy}").arm(ARM).with_path("policy", &policy.id).json(&json!({ "properties": { "rules": rules } }))
            }
        };
        let written = cx.api.client().send(request).await;
        cx.api.pim().mark_scope_written(&self.area);
        written.map(|_| ())
    }

    /// Refuses required approval without an approver, which would block every activation.
    fn has_approvers(&self, settings: &Settings) -> Result {
        let activation = &settings.activation;
        let nobody = |ids: &Option<Vec<String>>| ids.as_ref().is_none_or(Vec::is_empty);
        let nobody = nobody(&activation.approvers.user_ids) && nobody(&activation.approvers.group_ids);
        if activation.require_approval == Some(true) && nobody {
            return Err(super::checks::no_approvers());
        }
        Ok(())
    }
}
