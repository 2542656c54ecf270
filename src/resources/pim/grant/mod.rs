//! Creates, reads, changes and ends grants: eligibilities and active assignments, of groups and of Azure roles.
//!
//! State follows schedules and instances, never the newest request, because a removal is a request, too. A grant that expired is no drift; one that was
//! removed before its end is. The service removes no grant within five minutes of its creation.

mod create;
mod delete;
pub(crate) mod managed;
mod read;
pub(crate) mod terms;

use std::time::Duration;

use framework::Context;
use jiff::{SignedDuration, Timestamp};

use crate::azure::{Answer, Error, Request};
use crate::pim::decision::{CurrentGrant, ScheduleRequest, end_of};
use crate::pim::grant_key::{GrantKey, Record, RequestReason};
use crate::pim::{RequestState, Row};
use crate::services::Services;
use terms::GrantTerms;

/// Status of a grant that reached its end.
pub(crate) const EXPIRED: &str = "Expired";

/// Key in private state: whether justification and ticket are not known, because the service had purged the request when the grant was imported.
const REASON_UNKNOWN: &str = "words_unknown";

/// Least time between the creation and the removal of a grant (docs/services/pim.md#actions).
const MIN_LIFETIME: SignedDuration = SignedDuration::from_mins(5);

const LONGEST_GRANT_PAUSE: Duration = Duration::from_secs(60);

/// A grant of any kind: its terms, which are configured or reported by the service, and its condition.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) terms: GrantTerms,
    /// Condition of an Azure role and the version of its language.
    pub(crate) condition: Option<(String, String)>,
}

fn instant(text: Option<&String>) -> Option<Timestamp> {
    text?.parse().ok()
}

impl Grant {
    fn reason(&self) -> RequestReason {
        RequestReason {
            justification: self.terms.justification.clone(),
            ticket: self.terms.ticket.clone(),
            condition: self.condition.clone(),
        }
    }

    /// Whether its request was in progress when it was last read.
    fn is_in_progress(&self) -> bool {
        self.terms
            .status
            .as_deref()
            .is_some_and(|status| !status.is_empty() && !self.is_expired() && RequestState::of(status).is_in_progress())
    }

    fn is_expired(&self) -> bool {
        self.terms.status.as_deref() == Some(EXPIRED)
    }

    /// The grant as state has it.
    fn current(&self) -> CurrentGrant {
        match instant(self.terms.effective_start.as_ref()) {
            _ if self.is_expired() => CurrentGrant::Expired,
            Some(start) => CurrentGrant::There { start, end: instant(self.terms.effective_end.as_ref()) },
            None => CurrentGrant::Absent,
        }
    }

    /// Applies the answer to a request.
    fn apply_record(&mut self, key: &GrantKey, record: &Record, asked: &ScheduleRequest) {
        self.terms.id = key.id();
        self.terms.renewal_due = false;
        self.terms.schedule_id = Some(key.schedule_id(record.schedule.as_ref().unwrap_or(&record.id)));
        self.terms.status = Some(record.status.clone());
        let start = record.start.unwrap_or(asked.start);
        self.terms.effective_start = Some(start.to_string());
        self.terms.effective_end = record.end.or_else(|| end_of(start, asked.end)).map(|end| end.to_string());
    }

    /// Applies a schedule.
    fn apply_row(&mut self, key: &GrantKey, row: &Row) {
        self.terms.id = key.id();
        self.terms.schedule_id = Some(key.schedule_id(&row.id));
        self.terms.status = Some(row.status.clone());
        self.terms.effective_start = row.start.map(|start| start.to_string());
        self.terms.effective_end = row.end.map(|end| end.to_string());
        self.condition = row.condition.clone();
    }

    /// The request that made the schedule: its id is the last part of the schedule's (docs/services/pim.md#objects-and-life-cycle).
    fn request_id(&self) -> Option<String> {
        self.terms.schedule_id.as_deref().and_then(|id| id.rsplit(['_', '/']).next()).map(str::to_owned)
    }
}

/// Sends a request about a grant, while no policy of its scope is being changed.
async fn send(key: &GrantKey, request: Request, cx: &Context<Services>) -> Result<Answer, Error> {
    let lock = cx.api.pim().lock_grants(&key.area).await?;
    let sent = cx.api.client().send(request).await;
    drop(lock);
    cx.api.pim().mark_scope_written(&key.area);
    sent
}

fn is_near(one: Timestamp, other: Timestamp, by: SignedDuration) -> bool {
    one.duration_since(other).abs() <= by
}

fn capitalize(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
