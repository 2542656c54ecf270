//! `aksaccess_deactivate_pim`: the signed-in user ends what they activated.

use framework::{Action, Context, Diagnostic, Diagnostics, Model, Progress, Result, View};
use uuid::Uuid;

use super::activation::{self, ActivationTarget, in_force, only_for_users};
use crate::client::diagnose::could_not;
use crate::pim::grant_key::RequestReason;
use crate::services::Services;

const WHAT: &str = "deactivate what it activated";

/// Ends an activation of the signed-in user before its time, through Privileged Identity Management (PIM).
///
/// What is not active is no error, and what was assigned by an administrator is not ended. The service ends no activation within five minutes of its beginning. Only
/// a signed-in user can deactivate, and no application: a plan refuses it.
#[derive(Clone, Debug, Model)]
pub(super) struct DeactivatePim {
    /// What is deactivated.
    #[attr(flatten)]
    target: ActivationTarget,
    /// Why.
    #[attr(check(length(1, 500)))]
    justification: Option<String>,
}

impl Action for DeactivatePim {
    type Api = Services;
    const NAME: &'static str = "deactivate_pim";
    const SUBCATEGORY: &'static str = "Privileged Identity Management";

    async fn invoke(self, progress: &Progress, cx: &mut Context<Services>) -> Result {
        let key = self.target.key(WHAT, cx).await?;
        match in_force(&key, cx).await? {
            None => {
                progress.report("It is not active.");
                return Ok(());
            }
            Some(row) if !row.activated => {
                return Err(Diagnostic::error(
                    format!("Could not end {}", key.describe()),
                    "It was not activated: an administrator assigned it, and only an administrator can take it away.",
                ));
            }
            Some(_) => progress.report(format!("Ending {}.", key.describe())),
        }
        let reason = RequestReason { justification: self.justification, ticket: None, condition: None };
        let request = key.request(Uuid::new_v4(), crate::pim::decision::Action::Deactivate, None, &reason);
        match cx.api.client().send(request).await {
            Ok(_) => progress.report("Ended."),
            Err(error) if error.is_grant_missing() => progress.report("It is not active any more."),
            Err(error) if error.is_within_minimum_duration() => {
                let detail = format!(
                    "{error}\n\nThe service ends no activation within five minutes of its beginning. Run the action again after that."
                );
                return Err(Diagnostic::error(format!("Could not end {}", key.describe()), detail));
            }
            Err(error) => return Err(could_not(format!("end {}", key.describe()))(error)),
        }
        cx.api.pim().mark_scope_written(&key.area);
        Ok(())
    }

    fn validate(config: View<'_>, found: &mut Diagnostics) {
        activation::validate(config, found);
    }

    async fn plan_check(_config: View<'_>, cx: &mut Context<Services>) -> Diagnostics {
        only_for_users(WHAT, cx).await
    }
}
