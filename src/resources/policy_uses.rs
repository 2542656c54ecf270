//! Which policies use a location, a strength or a context: what must not be taken away under them.

use framework::value::Path;
use framework::{Context, Diagnostic, Diagnostics, Result, WarningKind};
use jiff::SignedDuration;

use crate::client::diagnose::could_not;
use crate::conditional_access::POLICIES;
use crate::conditional_access::policy::{PolicyResponse, Read};
use crate::services::Services;

/// What policies use is planned to be replaced.
pub(crate) const REPLACED_IN_USE: WarningKind = WarningKind {
    id: "replaced_while_policies_use_it",
    about: "A plan replaces what conditional access policies use. That works with `create_before_destroy` only, which a provider cannot see.",
};

/// How long a listing may be older than what another process wrote (docs/services/graph.md#replication: half a minute).
const ANOTHERS_WRITE: SignedDuration = SignedDuration::from_secs(30);

/// In a plan that replaces what policies use: what to do, so that the apply does not fail at the deletion. `because` is the reason of the replacement.
pub(crate) async fn warn_if_used(
    subject: &str,
    because: &str,
    at: &str,
    of: impl Fn(&Read) -> bool,
    cx: &Context<Services>,
    found: &mut Diagnostics,
) {
    let all: Vec<PolicyResponse> = match cx.api.conditional_access().all_listed(POLICIES).await {
        Ok(all) => all.unwrap_or_default(),
        // The deletion checks again, and reports the error.
        Err(error) => return tracing::info!(%error, "not checked"),
    };
    let names: Vec<String> = all.iter().map(|answered| &answered.policy).filter(|policy| of(policy)).map(Read::named).collect();
    if names.is_empty() {
        return;
    }
    let detail = format!(
        "{because}, so this plan replaces it, and what policies use is not deleted. They are {}. Set `create_before_destroy = true` in the `lifecycle` block of this resource \
         before you apply, and let the policies refer to its `id`: they then name the new one before the old one is deleted. If that is set already, nothing is \
         left to do. A policy that is not in this configuration has to be changed first.",
        names.join(", ")
    );
    let summary = format!("Conditional access policies use {subject}, which is to be replaced");
    found.add(Diagnostic::warning(summary, detail).at(Path::nested(at)).of(&REPLACED_IN_USE));
}

/// Refuses to delete what policies still use, and names them. `of` answers whether a policy uses it. The service itself may well allow it
/// (docs/services/conditional-access.md#changing-and-deleting, unverified) and policies would refer to objects that no longer exist.
///
/// A policy that was just deleted or changed may still be listed as it was, so a use counts only if it persists: also where this process wrote nothing, because the
/// run before it, which may have been killed, may have.
pub(crate) async fn refuse_if_used(subject: &str, of: impl Fn(&Read) -> bool, cx: &Context<Services>) -> Result {
    let users = async || -> Result<Vec<String>, crate::azure::Error> {
        let all: Vec<PolicyResponse> = cx.api.conditional_access().all_listed(POLICIES).await?.unwrap_or_default();
        Ok(all.into_iter().map(|answered| answered.policy).filter(|policy| of(policy)).map(|policy| policy.named()).collect())
    };
    let what = || could_not(format!("find out which policies use {subject}"));
    let mut names = users().await.map_err(what())?;
    if !names.is_empty() {
        let stale_until = if cx.api.conditional_access().has_recent_write(POLICIES) {
            cx.api.client().consistency_window_end().map_err(what())?
        } else {
            cx.api.client().now().map_err(what())? + ANOTHERS_WRITE
        };
        tracing::warn!(
            policies = names.join(", "),
            "policies use {subject}; in case that this is an old answer, it is read again until {stale_until}"
        );
        let again = || async {
            cx.api.conditional_access().forget_listed(POLICIES);
            users().await
        };
        names =
            cx.api.client().until(Some(stale_until), again, |names| matches!(names, Ok(names) if names.is_empty())).await.map_err(what())?;
    }
    if names.is_empty() {
        return Ok(());
    }
    Err(Diagnostic::error(
        format!("Could not delete {subject}: conditional access policies use it"),
        format!(
            "They are {}. Take it out of them first. If it is deleted because it is replaced, set `create_before_destroy = true` in the `lifecycle` block of this resource: \
             the policies then name the new one before the old one is deleted.",
            names.join(", ")
        ),
    ))
}
