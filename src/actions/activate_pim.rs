//! `aksaccess_activate_pim`: the signed-in user activates what they are eligible for.

use std::time::Duration;

use framework::{Action, Context, Diagnostic, Diagnostics, Model, Progress, Result, View};
use uuid::Uuid;

use super::activation::{self, ActivationTarget, in_force, only_for_users};
use crate::attributes::duration;
use crate::azure::Backoff;
use crate::client::diagnose::could_not;
use crate::ephemeral::pim_group_activation::approvers;
use crate::pim::decision::{End, ScheduleRequest};
use crate::pim::grant_key::{Record, RequestReason};
use crate::pim::terms::Ticket;
use crate::services::Services;

const LONGEST_PAUSE: Duration = Duration::from_secs(15);

const WHAT: &str = "activate an eligibility";

/// Activates the membership or ownership of a group, or an Azure role, for which the signed-in user is eligible, through Privileged Identity Management (PIM).
///
/// What is active already stays as it is. If the policy requires an approval, the action waits for it as long as `timeouts` allows, and says who can give it.
/// Only a signed-in user can activate, and no application: a plan refuses it. A token that was issued before does not have the new membership.
#[derive(Clone, Debug, Model)]
pub(super) struct ActivatePim {
    /// What is activated.
    #[attr(flatten)]
    target: ActivationTarget,
    /// For how long, as an ISO 8601 duration. At most what the policy allows.
    #[attr(default("PT1H"), check(duration::between("PT5M", "P1D")))]
    duration: String,
    /// Why.
    #[attr(check(length(1, 500)))]
    justification: String,
    /// Ticket that asks for it.
    #[attr(block)]
    ticket: Option<Ticket>,
}

impl Action for ActivatePim {
    type Api = Services;
    const NAME: &'static str = "activate_pim";
    const SUBCATEGORY: &'static str = "Privileged Identity Management";
    const TIMEOUT: Duration = Duration::from_secs(1800);

    async fn invoke(self, progress: &Progress, cx: &mut Context<Services>) -> Result {
        let key = self.target.key(WHAT, cx).await?;
        let what = || could_not(format!("activate {}", key.describe()));
        if let Some(row) = in_force(&key, cx).await? {
            progress.report(match row.end {
                Some(end) => format!("It is active already, until {end}."),
                None => "It is active already, without an end.".to_owned(),
            });
            return Ok(());
        }
        progress.report(format!("Activating {}.", key.describe()));
        let now = cx.api.client().now().map_err(what())?;
        let length = duration::parse(&self.duration).unwrap_or_default();
        let asked = ScheduleRequest { action: crate::pim::decision::Action::Activate, start: now, end: End::After(length) };
        let reason = RequestReason { justification: Some(self.justification), ticket: self.ticket, condition: None };
        let request = key.request(Uuid::new_v4(), asked.action, Some(&asked), &reason);
        let mut record = match cx.api.client().send(request).await.and_then(|answer| answer.json::<Record>()) {
            Ok(record) => record,
            // Another run was faster, or the answer to the attempt before was lost.
            Err(error) if error.is_grant_exists() => return Ok(()),
            Err(error) => return Err(what()(error)),
        };
        cx.api.pim().mark_scope_written(&key.area);
        let mut backoff = Backoff::for_operation(LONGEST_PAUSE);
        let mut is_reported = false;
        while record.state().is_to_come() {
            if record.status == "PendingApproval" && !is_reported {
                is_reported = true;
                let who = approvers(&key, cx).await.map(|who| format!(" It can be approved by {who}.")).unwrap_or_default();
                progress.report(format!("The request {} waits for an approval.{who}", record.id));
            }
            let waited = async {
                cx.api.client().pause(backoff.next_pause()).await?;
                cx.api.client().send(key.reading(&record.id)).await?.json::<Record>()
            };
            match waited.await {
                Ok(answered) => record = answered,
                // A replica may not show it yet.
                Err(error) if error.is_not_found() => {}
                Err(error) => {
                    let detail = format!(
                        "{error}\n\nThe request {} is {}. It goes on: what is approved later is active then.",
                        record.id, record.status
                    );
                    return Err(Diagnostic::error(format!("Could not wait for {}", key.describe()), detail));
                }
            }
        }
        if record.state().has_ended() {
            return Err(Diagnostic::error(
                format!("The activation was ended as {}", record.status),
                format!("The request {} for {} was not granted.", record.id, key.describe()),
            ));
        }
        match record.end {
            Some(end) => progress.report(format!("Active until {end}.")),
            None => progress.report("Active."),
        }
        Ok(())
    }

    fn validate(config: View<'_>, found: &mut Diagnostics) {
        activation::validate(config, found);
    }

    async fn plan_check(_config: View<'_>, cx: &mut Context<Services>) -> Diagnostics {
        only_for_users(WHAT, cx).await
    }
}
