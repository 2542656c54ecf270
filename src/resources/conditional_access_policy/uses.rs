//! Which policies use a location, a strength or a context: what must not be taken away under them.

use framework::{Context, Diagnostic, Result};

use super::json::{Answered, POLICIES, Read};
use crate::client::diagnose::could_not;
use crate::services::Services;

/// Refuses to delete what policies still use, and names them. `of` answers whether a policy uses it. The service itself may well allow it
/// (docs/services/conditional-access.md#changing-and-deleting, unverified) and leave policies behind that name something that is not there.
///
/// A policy that this process has deleted or changed a moment ago may still be listed as it was; so a use is only believed when it stays.
pub(crate) async fn refuse_if_used(subject: &str, of: impl Fn(&Read) -> bool, cx: &Context<Services>) -> Result {
    let users = async || -> Result<Vec<String>, crate::azure::Error> {
        let all: Vec<Answered> = cx.api.conditional_access().all_listed(POLICIES).await?.unwrap_or_default();
        Ok(all.into_iter().map(|answered| answered.policy).filter(|policy| of(policy)).map(|policy| policy.named()).collect())
    };
    let what = || could_not(format!("find out which policies use {subject}"));
    let mut names = users().await.map_err(what())?;
    if !names.is_empty() && cx.api.conditional_access().has_written_lately(POLICIES) {
        let young_until = cx.api.client().young_until().map_err(what())?;
        let again = || async {
            cx.api.conditional_access().forget_listed(POLICIES);
            users().await
        };
        names =
            cx.api.client().until(Some(young_until), again, |names| matches!(names, Ok(names) if names.is_empty())).await.map_err(what())?;
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
        self.conditions.applications.included_authentication_context_ids.iter().flatten().any(|named| named == id)
    }
}
