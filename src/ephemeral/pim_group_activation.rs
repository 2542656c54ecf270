//! `aksaccess_pim_group_activation`: membership or ownership of a group for the time of a run.
//!
//! A user activates what they are eligible for, and may need an approval; an application cannot activate
//! (docs/services/pim.md#objects-and-life-cycle), so it gives itself an active assignment that ends.

use std::time::Duration;

use framework::{Context, Diagnostic, Ephemeral, Model, Result};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::attributes::duration;
use crate::azure::{Backoff, Error, Request};
use crate::client::diagnose::could_not;
use crate::client::removal::Outcome;
use crate::client::removal::Removals;
use crate::pim::ACCESS;
use crate::pim::decision::{Action, End, ScheduleRequest};
use crate::pim::grant_key::{self, GrantKey, Record, RequestReason};
use crate::pim::terms::Ticket;
use crate::pim::{GrantKind, Layer, Row};
use crate::pim::{PolicyKey, Settings};
use crate::services::Services;

/// Beside the result: whether it was opened here, so that closing ends it.
const OPENED: &str = "opened";

const LONGEST_ACTIVATION_PAUSE: Duration = Duration::from_secs(15);

/// Makes the identity that Terraform signs in as a member or owner of a group for the time of the run, through Privileged Identity Management (PIM).
///
/// A user activates what they are eligible for; if the policy wants an approval, opening waits for it, as long as `timeouts` allows, and a message says who can
/// give it. An application cannot activate: it gives itself an active assignment that ends, for which it needs the permission
/// `PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup` (and `PrivilegedAssignmentSchedule.Remove.AzureADGroup` to end it early).
///
/// A plan activates, too: Terraform opens ephemeral resources in the plan and again in the apply. What is active already is joined. Closing ends what was
/// opened with the same `justification`, in this run or by the plan before it, unless that is less than five minutes old, which the service does not
/// allow: then it expires. Where runs overlap, give each a justification of its own, or one ends what the other still needs. It always has an
/// end. A token that was issued during the activation lives for 60 to 75 minutes, however short the activation is; and tokens that this
/// provider got before the activation do not know of it.
#[derive(Clone, Debug, Model)]
pub struct PimGroupActivation {
    /// Object ID of the group.
    #[attr(check(uuid()))]
    group_id: String,
    /// Type of access to the group: `member` or `owner`.
    #[attr(default("member"), check(one_of(ACCESS)))]
    access: String,
    /// For how long, at most what the policy allows.
    #[attr(default("PT1H"), check(duration::between("PT5M", "P1D")))]
    duration: String,
    /// Why.
    #[attr(check(length(1, 500)))]
    justification: String,
    /// Ticket that asks for it.
    #[attr(block)]
    ticket: Option<Ticket>,
    /// Object ID of the identity that Terraform signs in as.
    #[attr(output)]
    principal_id: Option<String>,
    /// When it ends, as an instant; null if it was there already and never ends.
    #[attr(output)]
    expires_at: Option<String>,
}

impl PimGroupActivation {
    /// What is active already.
    async fn active(key: &GrantKey, cx: &Context<Services>) -> Result<Option<Row>, Error> {
        let rows = cx.api.pim().granted_now(key.kind, Layer::Instances, &key.area, key.principal).await?;
        let now = cx.api.client().now()?;
        let mut own: Vec<Row> = rows.into_iter().filter(|row| row.subject == key.subject && row.end.is_none_or(|end| end > now)).collect();
        // What lasts longest; what never ends goes before all.
        own.sort_by_key(|row| row.end.unwrap_or(Timestamp::MAX));
        Ok(own.pop())
    }

    /// Whether the same configuration opened what is active: in the plan before this apply, most of all. Only the justification shows it, which only the
    /// request has. It is the last part of the schedule's id (docs/services/pim.md#objects-and-life-cycle), which an instance names.
    async fn is_own(justification: &str, key: &GrantKey, row: &Row, cx: &Context<Services>) -> Result<bool, Error> {
        let Some(request) = row.request.as_deref().and_then(|schedule| schedule.rsplit('_').next()) else { return Ok(false) };
        match cx.api.client().send(key.reading(request)).await.and_then(|answer| answer.json::<Record>()) {
            Ok(record) => Ok(record.reason.justification.as_deref() == Some(justification)),
            // It was purged, or may not be read.
            Err(error) if error.is_not_found() || error.is_forbidden() => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn take(&mut self, key: &GrantKey, end: Option<Timestamp>) {
        self.principal_id = Some(key.principal.to_string());
        self.expires_at = end.map(|end| end.to_string());
    }

    /// Waits until the request is approved and provisioned.
    async fn provisioned(key: &GrantKey, mut record: Record, cx: &Context<Services>) -> Result<Record> {
        let mut backoff = Backoff::for_operation(LONGEST_ACTIVATION_PAUSE);
        // An activation begins at once: what is scheduled is not active yet.
        while record.state().is_to_come() {
            let waited = async {
                cx.api.client().pause(backoff.next_pause()).await?;
                cx.api.client().send(key.reading(&record.id)).await?.json::<Record>()
            };
            match waited.await {
                Ok(answered) => record = answered,
                // A replica may not show it yet.
                Err(error) if error.is_not_found() => {}
                Err(error) if record.status == "PendingApproval" => return Err(not_approved(key, &record, &error, cx).await),
                Err(error) => return Err(could_not(format!("wait for {}, which is {}", key.describe(), record.status))(error)),
            }
        }
        if record.state().has_ended() {
            return Err(Diagnostic::error(
                format!("The activation came to nothing: {}", record.status),
                format!(
                    "The request {} for {} was ended as {}. The person who denied it knows why.",
                    record.id,
                    key.describe(),
                    record.status
                ),
            ));
        }
        Ok(record)
    }
}

/// Nobody has approved in time.
async fn not_approved(key: &GrantKey, record: &Record, error: &Error, cx: &Context<Services>) -> Diagnostic {
    let known: Option<String> = cx.recall("approvers");
    let who = known.map(|who| format!(" It can be approved by {who}.")).unwrap_or_default();
    Diagnostic::error(
        "The activation waits for an approval",
        format!(
            "{error}\n\nThe request {} for {} has not been approved yet.{who} Run again when it is: what is active then is joined. A longer time to wait can be given in the \
             `timeouts` block.",
            record.id,
            key.describe()
        ),
    )
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Approver {
    id: String,
    display_name: Option<String>,
    #[serde(rename = "@odata.type")]
    kind: Option<String>,
}

/// The approvers, for messages; none if the policy cannot be read.
pub(crate) async fn approvers(key: &GrantKey, cx: &Context<Services>) -> Option<String> {
    let policy_key = PolicyKey { area: key.area.clone(), subject: key.subject.clone() };
    let policy = cx.api.pim().policy(&policy_key).await.ok().flatten()?;
    let approvers = Settings::read(&policy.rules, policy_key.dialect()).activation.approvers;
    let ids: Vec<String> = [approvers.user_ids, approvers.group_ids].into_iter().flatten().flatten().collect();
    if ids.is_empty() {
        return None;
    }
    let request = Request::post("/directoryObjects/getByIds").json(&json!({ "ids": ids })).query("$select", "id,displayName").reads();
    let named = cx.api.client().list::<Approver>(request).await.unwrap_or_default();
    let word = |id: &String| {
        let Some(approver) = named.iter().find(|approver| approver.id.eq_ignore_ascii_case(id)) else { return id.clone() };
        let members = if approver.kind.as_deref() == Some("#microsoft.graph.group") { "members of " } else { "" };
        format!("{members}{:?} ({id})", approver.display_name.as_deref().unwrap_or_default())
    };
    Some(ids.iter().map(word).collect::<Vec<_>>().join(", "))
}

/// What closing needs to know.
#[derive(Debug, serde::Serialize, Deserialize)]
struct Opened {
    group: String,
    principal: String,
    access: String,
    by_user: bool,
    justification: String,
}

impl Ephemeral for PimGroupActivation {
    type Api = Services;
    const NAME: &'static str = "pim_group_activation";
    const SUBCATEGORY: &'static str = "Privileged Identity Management";
    const TIMEOUT: Duration = Duration::from_secs(1800);

    async fn open(&mut self, cx: &mut Context<Services>) -> Result {
        let (access, group) = (self.access.clone(), self.group_id.clone());
        let what = || could_not(format!("activate the {access} access to the group {group}"));
        let caller = cx.api.client().caller().await.map_err(what())?;
        let principal = caller.object_id.clone().ok_or_else(|| {
            Diagnostic::error(
                "It is not known who signed in",
                "The token does not have the object id of the identity that Terraform signs in as.",
            )
        })?;
        let key = grant_key::of_group(GrantKind::Assignment, &self.group_id, &principal, &self.access)?;
        if let Some(row) = Self::active(&key, cx).await.map_err(what())? {
            self.take(&key, row.end);
            if row.end.is_some() && Self::is_own(&self.justification, &key, &row, cx).await.map_err(what())? {
                remember(&key, caller.is_user(), &self.justification, cx);
            }
            return Ok(());
        }
        let now = cx.api.client().now().map_err(what())?;
        let length = duration::parse(&self.duration).unwrap_or_default();
        let action = if caller.is_user() { Action::Activate } else { Action::Assign };
        let asked = ScheduleRequest { action, start: now, end: End::After(length) };
        let reason = RequestReason { justification: Some(self.justification.clone()), ticket: self.ticket.clone(), condition: None };
        let sent = cx
            .api
            .client()
            .send(key.request(Uuid::new_v4(), action, Some(&asked), &reason))
            .await
            .and_then(|answer| answer.json::<Record>());
        let record = match sent {
            Ok(record) => record,
            // Somebody was faster, or the answer to the attempt before was lost.
            Err(error) if error.is_grant_exists() => {
                let row = Self::active(&key, cx).await.map_err(what())?;
                if error.is_repeated() && row.is_some() {
                    remember(&key, caller.is_user(), &self.justification, cx);
                }
                // Without a schedule it is a standing member, which never ends.
                self.take(&key, row.and_then(|row| row.end));
                return Ok(());
            }
            Err(error) => return Err(what()(error)),
        };
        cx.api.pim().mark_scope_written(&key.area);
        if record.status == "PendingApproval" {
            let who = approvers(&key, cx).await;
            tracing::info!(approvers = who.as_deref().unwrap_or("unknown"), "the activation waits for an approval");
            cx.remember("approvers", who);
        }
        remember(&key, caller.is_user(), &self.justification, cx);
        let record = Self::provisioned(&key, record, cx).await?;
        let start = record.start.unwrap_or(now);
        self.take(&key, record.end.or_else(|| start.checked_add(length).ok()));
        Ok(())
    }

    async fn close(cx: &mut Context<Services>) -> Result {
        let Some(opened) = cx.recall::<Opened>(OPENED) else { return Ok(()) };
        let key = grant_key::of_group(GrantKind::Assignment, &opened.group, &opened.principal, &opened.access)?;
        // Whatever may be an old answer is about something less than five minutes old, which cannot be ended yet in any case.
        match cx.api.client().remove_one(&Closing { key: &key, opened: &opened, cx }, None).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_within_minimum_duration() => {
                tracing::info!("{} is less than five minutes old and is left to expire", key.describe());
                Ok(())
            }
            Err(error) => Err(could_not(format!("end {}", key.describe()))(error)),
        }
    }
}

/// An activation that is ended.
struct Closing<'a> {
    key: &'a GrantKey,
    opened: &'a Opened,
    cx: &'a Context<Services>,
}

impl Removals for Closing<'_> {
    async fn remove(&self, _: &[usize]) -> Vec<Result<Outcome, Error>> {
        let action = if self.opened.by_user { Action::Deactivate } else { Action::Remove };
        let reason = RequestReason { justification: Some(self.opened.justification.clone()), ticket: None, condition: None };
        let sent = self.cx.api.client().send(self.key.request(Uuid::new_v4(), action, None, &reason)).await;
        vec![sent.map(|_| Outcome::Applied)]
    }

    async fn exist(&self, _: &[usize]) -> Vec<Result<bool, Error>> {
        let look = async {
            match PimGroupActivation::active(self.key, self.cx).await {
                // An activation of another caller is left alone.
                Ok(Some(row)) => PimGroupActivation::is_own(&self.opened.justification, self.key, &row, self.cx).await,
                Ok(None) => Ok(false),
                Err(error) if error.is_not_found() => Ok(false),
                Err(error) => Err(error),
            }
        };
        vec![look.await]
    }
}

fn remember(key: &GrantKey, by_user: bool, justification: &str, cx: &mut Context<Services>) {
    let crate::pim::GrantScope::Group(group) = key.area else { return };
    let opened = Opened {
        group: group.to_string(),
        principal: key.principal.to_string(),
        access: key.subject.clone(),
        by_user,
        justification: justification.to_owned(),
    };
    cx.remember(OPENED, opened);
}
