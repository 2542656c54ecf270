//! Making a policy, once; changing it; bringing it back from the bin, and throwing it away for good.

use framework::{Context, Diagnostic, Existence, Resource, Result, WarningKind};
use tokio::time::Instant;

use super::{ConditionalAccessPolicy, DELETED, errors};
use crate::azure::{Answer, Error, Request};
use crate::client::consistency;
use crate::client::removal;
use crate::client::removal::Outcome;
use crate::client::restore;
use crate::conditional_access::POLICIES;
use crate::conditional_access::policy::PolicyResponse;
use crate::services::Services;

/// Policies that were deleted in the last 30 days.
const BIN: &str = "/identity/conditionalAccess/deletedItems/policies";
const ONE_OF_BIN: &str = "/identity/conditionalAccess/deletedItems/policies/{id}";

/// The name under which the objects are remembered that hold something this provider does not know.
const SHARED: &str = "shared";

/// Remembers, beside the state, the objects of a policy that hold something this provider does not know.
pub(super) fn remember_shared(shared: &[String], cx: &mut Context<Services>) {
    if !shared.is_empty() || !recall_shared(cx).is_empty() {
        cx.remember(SHARED, shared);
    }
}

/// What was [remembered](remember_shared).
pub(super) fn recall_shared(cx: &Context<Services>) -> Vec<String> {
    cx.recall(SHARED).unwrap_or_default()
}

/// Requests had to wait.
pub(crate) const BUSY: WarningKind = WarningKind {
    id: "conditional_access_busy",
    about: "Requests to conditional access waited in a queue, because the service allows one a second. Reported once in an apply.",
};

/// Settings of a policy that only another client manages.
pub(super) const UNMANAGED_SETTINGS: WarningKind = WarningKind {
    id: "policy_has_unmanaged_settings",
    about: "A conditional access policy has conditions or controls that this provider does not know, such as those of the beta version of Microsoft Graph. They stay as \
            they are, and neither a plan nor the checks against a lock-out show what they do.",
};

impl ConditionalAccessPolicy {
    /// Warns about settings of the policy that this provider does not know.
    pub(super) fn report_unknown(&self, unknown: &[String], cx: &mut Context<Services>) {
        if unknown.is_empty() {
            return;
        }
        let names: Vec<String> = unknown.iter().map(|name| format!("`{name}`")).collect();
        let detail = format!(
            "It has {}, which this provider does not know. An update leaves that as it is. Change it in the Microsoft Entra admin center.",
            names.join(", ")
        );
        cx.warn(Diagnostic::warning(format!("Settings of {} are not managed here", self.describe()), detail).of(&UNMANAGED_SETTINGS));
    }
}

/// Warns once that requests are delayed by the rate limit.
pub(crate) fn announce_queue(cx: &mut Context<Services>) {
    if cx.api.conditional_access().announce_queue() {
        let detail = "The service allows one request a second to all applications of a tenant together, so requests waited in a queue. Nothing is wrong, and \
                      the time does not count against `timeouts`.";
        cx.warn(Diagnostic::warning("Conditional access was busy", detail).of(&BUSY));
    }
}

impl ConditionalAccessPolicy {
    /// Makes the policy. If the answer gets lost it is looked for: names are not unique, so only a policy that was made since, and is what was asked for, is
    /// taken for ours.
    pub(super) async fn create_once(&mut self, cx: &mut Context<Services>) -> Result {
        let what = || errors::could_not(format!("create {}", self.describe()));
        let began = Instant::now();
        let send = || async { self.send(Request::post(POLICIES.all).json(&self.body()), cx).await?.json() };
        let is_ours = |answered: &PolicyResponse| {
            cx.api.client().was_made_since(answered.policy.created_date_time.as_deref(), began)
                && !cx.is_managed(&answered.policy.id)
                && self.matches_response(answered)
        };
        let answered: PolicyResponse = cx.api.conditional_access().create_once(POLICIES, send, is_ours).await.map_err(what())?;
        remember_shared(&answered.shared, cx);
        self.update_from_response(answered.policy);
        cx.claim(&self.id)?;
        consistency::mark_written(cx);
        announce_queue(cx);
        Ok(())
    }

    /// Makes of the policy that is there what the configuration says.
    pub(super) async fn patch(&self, prior: &Self, shared: &[String], cx: &mut Context<Services>) -> Result {
        let body = self.changes(prior, shared);
        if body.is_empty() {
            return Ok(());
        }
        let request = Request::patch(POLICIES.one).with("id", &self.id).json(&body);
        let sent = self.send(request, cx).await;
        cx.api.conditional_access().has_written(POLICIES);
        sent.map_err(errors::could_not(format!("update {}", self.describe())))?;
        consistency::mark_written(cx);
        announce_queue(cx);
        Ok(())
    }

    /// Sends a write. What the policy refers to may have been created a moment ago and not be seen yet (docs/services/conditional-access.md#refusals), as may
    /// the policy itself.
    async fn send(&self, request: Request, cx: &Context<Services>) -> Result<Answer, Error> {
        let is_final = |sent: &Result<Answer, Error>| match sent {
            Err(error) if error.is_missing_policy_reference() => false,
            Err(error) if error.is_not_found() => !consistency::may_be_stale(cx),
            _ => true,
        };
        cx.api.client().until(Some(cx.api.client().consistency_window_end()?), || cx.api.client().send(request.clone()), is_final).await
    }

    /// A policy that is not there any more, or was never: when it was just imported, or is to be restored, the bin is looked into.
    pub(super) async fn find_deleted(&mut self, cx: &mut Context<Services>) -> Result<Existence> {
        if !cx.just_imported() && !self.restore_deleted && !self.is_deleted() {
            return Ok(Existence::Gone);
        }
        match cx.api.client().send(Request::get(ONE_OF_BIN).with("id", &self.id)).await.and_then(|answer| answer.json::<PolicyResponse>()) {
            Ok(answered) => {
                remember_shared(&answered.shared, cx);
                self.update_from_response(answered.policy);
                self.state = DELETED.to_owned();
                Ok(Existence::Found)
            }
            Err(error) if error.is_not_found() => Ok(Existence::Gone),
            Err(error) => Err(errors::could_not(format!("look for {} among deleted policies", self.describe()))(error)),
        }
    }

    /// Restores a deleted policy; with what it is now.
    pub(super) async fn restore(&mut self, id: &str, cx: &mut Context<Services>) -> Result<PolicyResponse, restore::Failed> {
        let request = Request::post("/identity/conditionalAccess/deletedItems/policies/{id}/restore").with("id", id);
        let restored = restore::restore(cx, request, POLICIES.request(id)).await;
        cx.api.conditional_access().has_written(POLICIES);
        restored?.json().map_err(restore::Failed::afterwards)
    }

    /// With `restore_deleted`: the one deleted policy of this name, made what the configuration says. Answers whether there was one.
    pub(super) async fn restore_by_name(&mut self, cx: &mut Context<Services>) -> Result<bool> {
        let deleted: Vec<PolicyResponse> = cx
            .api
            .client()
            .list(Request::get(BIN))
            .await
            .map_err(errors::could_not(format!("look for {} among deleted policies", self.describe())))?;
        let of_this_name: Vec<&PolicyResponse> =
            deleted.iter().filter(|answered| answered.policy.display_name == self.display_name).collect();
        let found = match of_this_name.as_slice() {
            [] => return Ok(false),
            [one] => one.policy.id.clone(),
            several => {
                let ids: Vec<&str> = several.iter().map(|answered| answered.policy.id.as_str()).collect();
                let detail = format!("Their ids are {}. Import the right one instead, or set `restore_deleted = false`.", ids.join(", "));
                return Err(Diagnostic::error(format!("Several deleted policies are called {:?}", self.display_name), detail)
                    .at_attribute("restore_deleted"));
            }
        };
        cx.adopt(&found)?;
        let delete = Request::delete(POLICIES.one).with("id", &found);
        let restored = match self.restore(&found, cx).await {
            Ok(restored) => restored,
            Err(failed) => {
                restore::undo(cx, delete, failed.is_untouched).await;
                cx.api.conditional_access().has_written(POLICIES);
                return Err(errors::could_not(format!("restore {}", self.describe()))(failed.error));
            }
        };
        let mut prior = self.clone();
        prior.update_from_response(restored.policy);
        self.id = prior.id.clone();
        self.template_id = prior.template_id.clone();
        self.created_date_time = prior.created_date_time.clone();
        if let Err(error) = self.patch(&prior, &restored.shared, cx).await {
            restore::undo(cx, delete, false).await;
            cx.api.conditional_access().has_written(POLICIES);
            return Err(error);
        }
        Ok(true)
    }

    /// Removes the policy from the bin. For Terraform it is gone in any case.
    pub(super) async fn purge(&self, deleted: Outcome, cx: &mut Context<Services>) {
        if let Err(error) = removal::purge(cx, ONE_OF_BIN, &self.id, deleted).await {
            let kept = format!("{error}\n\nIt is deleted, and stays in the bin for 30 days.");
            cx.warn(Diagnostic::warning(format!("Could not remove {} from the bin", self.describe()), kept));
        }
    }
}
