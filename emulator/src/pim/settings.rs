//! Requests that the service is not done with at once, and what they come to: as a test settings it. By itself everything is provisioned in the instant
//! in which it is asked for.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    Decision, Grant, Kind, Service, Status, Window,
    decision::eligibility,
    ledger::{grant, schedule_of, with},
    text,
};
use crate::{
    clock::ticks,
    store::{Change, Properties, Row, View},
};

/// When a request is done. No answer shows it.
const COMPLETES_AT: &str = "~due";
/// The status in which it is done then.
const FINAL_STATUS: &str = "~end";

/// Settings of requests, which the control API changes.
#[derive(Debug, Default)]
pub struct PimSettings(Mutex<Settings>);

#[derive(Debug, Default)]
struct Settings {
    take: SignedDuration,
    end_next: Option<Status>,
}

impl PimSettings {
    /// Sets the duration of requests.
    pub fn take(&self, time: SignedDuration) {
        self.lock().take = time;
    }

    /// The status in which the next request ends.
    pub fn end_next(&self, status: Status) {
        self.lock().end_next = Some(status);
    }

    /// Settings nothing any more.
    pub fn reset(&self) {
        *self.lock() = Settings::default();
    }

    /// Turns a decision that would be done at once into one that is pending, if the settings say so. Returns the properties that the request's row
    /// has beside its own.
    pub fn defer(&self, decision: &mut Decision, now: Timestamp) -> Properties {
        let mut settings = self.lock();
        if decision.status != Status::Provisioned || settings.take.is_zero() && settings.end_next.is_none() {
            return Properties::new();
        }
        let end = settings.end_next.take().unwrap_or(Status::Provisioned);
        let due = now.checked_add(settings.take).unwrap_or(now);
        decision.status = Status::PendingProvisioning;
        decision.changes.clear();
        [(COMPLETES_AT.to_owned(), json!(ticks(due))), (FINAL_STATUS.to_owned(), json!(end.name()))].into_iter().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Settings> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn due(request: &Properties) -> Option<Timestamp> {
    text(request, COMPLETES_AT).parse().ok().filter(|_| text(request, "status") == Status::PendingProvisioning.name())
}

/// The changes for the requests that are done by now.
pub fn pass_time(view: View<'_>, service: &Service, now: Timestamp) -> Vec<Change> {
    let requests = |kind: &'static Kind| view.rows(kind.requests, None).map(move |(_, row)| (kind, row));
    let done = service.kinds().into_iter().flat_map(requests).filter(|(_, row)| due(row).is_some_and(|at| at <= now));
    done.flat_map(|(kind, request)| complete_request(view, service, kind, &request, now)).collect()
}

/// When the next one is done.
pub fn next(view: View<'_>, service: &Service) -> Option<Timestamp> {
    service.kinds().into_iter().flat_map(|kind| view.rows(kind.requests, None)).filter_map(|(_, row)| due(&row)).min()
}

fn complete_request(view: View<'_>, service: &Service, kind: &'static Kind, request: &Row, now: Timestamp) -> Vec<Change> {
    let id = text(request, "id");
    let closed = |status: &str| with(&with(request, "status", json!(status)), "completedDateTime", json!(ticks(now)));
    let put = |row: Row| Change::Put { table: kind.requests, key: id.into(), row };
    let end = text(request, FINAL_STATUS);
    if end != Status::Provisioned.name() {
        return vec![put(closed(end))];
    }
    let (grant_key, asked) = (kind.grant_key(request), request.get("scheduleInfo").cloned().unwrap_or_default());
    let Ok(window) = Window::of(&asked, now) else { return vec![put(closed(Status::Failed.name()))] };
    let there = schedule_of(view, kind, &grant_key);
    let activates = text(request, "action").eq_ignore_ascii_case("selfActivate");
    let activated = if activates {
        eligibility(view, service, &grant_key).map(|key| key.to_string())
    } else {
        there.as_ref().and_then(|(_, row)| row.get("activatedUsingId")).and_then(Value::as_str).map(str::to_owned)
    };
    let created = there.and_then(|(_, row)| text(&row, "createdDateTime").parse().ok()).unwrap_or(now);
    let more = request.get("more").and_then(Value::as_object).cloned().unwrap_or_default();
    let new = Grant { request: id, id: text(request, "targetScheduleId"), window, activated: activated.as_deref(), created, more };
    let mut out = grant(view, kind, &grant_key, &new, now);
    out.push(put(with(&closed(end), "scheduleInfo", window.echoed(&asked))));
    out
}
