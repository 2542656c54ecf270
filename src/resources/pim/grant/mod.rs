//! Making, reading, changing and ending a grant: the same for eligibilities and active assignments, of groups and of Azure roles.
//!
//! The odd things: the truth is what schedules and instances say, never the newest request (a removal is a request, too); what has
//! expired is no drift, what somebody removed before its end is; and nothing can be removed within five minutes of being made.
//!
//! `make` makes and changes, `look` reads, `end` ends.

mod create;
mod delete;
mod read;

use std::time::Duration;

use framework::Context;
use jiff::{SignedDuration, Timestamp};

use crate::azure::{Answer, Error, Request};
use crate::pim::decision::{CurrentGrant, ScheduleRequest, end_of};
use crate::pim::grant_key::{GrantKey, Record, RequestReason};
use crate::pim::terms::{Expiration, Ticket};
use crate::pim::{RequestState, Row};
use crate::services::Services;

/// The status of what has come to its end by itself.
pub(crate) const EXPIRED: &str = "Expired";

/// Beside the state: whether justification and ticket are not known, because the request was gone when the grant was imported.
const WORDS_UNKNOWN: &str = "words_unknown";

/// What the service wants at least between making and removing (docs/services/pim.md#actions).
const FLOOR: SignedDuration = SignedDuration::from_mins(5);

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What all four resources have in common. What is not in a configuration is what the service said last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grant {
    pub(crate) id: String,
    pub(crate) expiration: Expiration,
    pub(crate) start: Option<String>,
    pub(crate) justification: Option<String>,
    pub(crate) ticket: Option<Ticket>,
    pub(crate) renew_before: Option<String>,
    pub(crate) adopt_existing: bool,
    pub(crate) renewal_due: bool,
    pub(crate) schedule_id: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) effective_start: Option<String>,
    pub(crate) effective_end: Option<String>,
    pub(crate) condition: Option<(String, String)>,
}

fn instant(text: Option<&String>) -> Option<Timestamp> {
    text?.parse().ok()
}

impl Grant {
    fn words(&self) -> RequestReason {
        RequestReason { justification: self.justification.clone(), ticket: self.ticket.clone(), condition: self.condition.clone() }
    }

    /// Whether the service was not done with its request when it was last read.
    fn is_in_progress(&self) -> bool {
        self.status.as_deref().is_some_and(|status| !status.is_empty() && !self.is_expired() && RequestState::of(status).is_in_progress())
    }

    fn is_expired(&self) -> bool {
        self.status.as_deref() == Some(EXPIRED)
    }

    /// What is there, as state has it.
    fn standing(&self) -> CurrentGrant {
        match instant(self.effective_start.as_ref()) {
            _ if self.is_expired() => CurrentGrant::Expired,
            Some(start) => CurrentGrant::There { start, end: instant(self.effective_end.as_ref()) },
            None => CurrentGrant::Absent,
        }
    }

    /// What an answer says of it.
    fn settle(&mut self, place: &GrantKey, record: &Record, asked: &ScheduleRequest) {
        self.id = place.id();
        self.renewal_due = false;
        self.schedule_id = Some(place.schedule_id(record.schedule.as_ref().unwrap_or(&record.id)));
        self.status = Some(record.status.clone());
        let start = record.start.unwrap_or(asked.start);
        self.effective_start = Some(start.to_string());
        self.effective_end = record.end.or_else(|| end_of(start, asked.end)).map(|end| end.to_string());
    }

    /// Takes over what a schedule says.
    fn take(&mut self, place: &GrantKey, row: &Row) {
        self.id = place.id();
        self.schedule_id = Some(place.schedule_id(&row.id));
        self.status = Some(row.status.clone());
        self.effective_start = row.start.map(|start| start.to_string());
        self.effective_end = row.end.map(|end| end.to_string());
        self.condition = row.condition.clone();
    }

    /// The request behind the schedule: its id is the last part of the schedule's (docs/services/pim.md#objects-and-life-cycle).
    fn request_id(&self) -> Option<String> {
        self.schedule_id.as_deref().and_then(|id| id.rsplit(['_', '/']).next()).map(str::to_owned)
    }
}

/// Sends a request about a grant, when nobody changes the policies there.
async fn send(place: &GrantKey, request: Request, cx: &Context<Services>) -> Result<Answer, Error> {
    let gate = cx.api.pim().may_grant(&place.area).await?;
    let sent = cx.api.client().send(request).await;
    drop(gate);
    cx.api.pim().wrote_there(&place.area);
    sent
}

fn is_near(one: Timestamp, other: Timestamp, by: SignedDuration) -> bool {
    one.duration_since(other).abs() <= by
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
