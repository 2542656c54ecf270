//! Reads a grant.

use framework::{Context, Existence, Result};
use jiff::{SignedDuration, Timestamp};

use super::{EXPIRED, Grant, REASON_UNKNOWN, instant, is_near};
use crate::attributes::duration;
use crate::azure::Error;
use crate::client::consistency;
use crate::client::diagnose::could_not;
use crate::pim::decision::{End, is_to_come};
use crate::pim::grant_key::{GrantKey, Record};
use crate::pim::terms::Expiration;
use crate::pim::{Layer, RequestState, Row};
use crate::services::Services;

/// Ends move by so much until a request is wholly processed (docs/services/pim.md#azure-roles), and are still the same.
const END_TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// How long something that has begun may have no instance. Unverified as a bound: the service was seen to take some seconds.
const MAX_INSTANCE_DELAY: SignedDuration = SignedDuration::from_secs(60);

impl Grant {
    /// Reads the grant.
    pub(crate) async fn read(&mut self, key: &GrantKey, cx: &mut Context<Services>) -> Result<Existence> {
        let what = || could_not(format!("read {}", key.describe()));
        let (stale_until, imported) = (consistency::stale_until(cx), cx.just_imported());
        let ours = self.terms.schedule_id.clone();
        let row = {
            let cx = &*cx;
            let mut first = true;
            let see = || {
                let anew = !std::mem::take(&mut first);
                in_force(key, anew, cx)
            };
            let shows = |row: &Result<Option<Row>, Error>| match row {
                Ok(Some(row)) => imported || ours.as_deref().is_none_or(|ours| key.schedule_id(&row.id) == ours),
                Ok(None) => false,
                Err(error) => !error.is_not_found(),
            };
            cx.api.client().until(stale_until, see, shows).await
        };
        let row = match row {
            Err(error) if error.is_not_found() => None,
            row => row.map_err(what())?,
        };
        let now = cx.api.client().now().map_err(what())?;
        match row {
            Some(row) if row.end.is_none_or(|end| end > now) => {
                self.update_from_response(key, &row, now, cx).await.map_err(what())?;
                Ok(Existence::Found)
            }
            Some(row) => {
                self.apply_row(key, &row);
                self.expire();
                Ok(Existence::Found)
            }
            None if !imported && instant(self.terms.effective_end.as_ref()).is_some_and(|end| end <= now) => {
                self.expire();
                Ok(Existence::Found)
            }
            None if self.is_in_progress() => self.still_pending(key, cx).await,
            None => Ok(Existence::Gone),
        }
    }

    /// Reads the schedule past the cache.
    pub(super) async fn find_now(&self, key: &GrantKey, cx: &Context<Services>) -> Result<Option<Row>> {
        let look = || async { Ok(of(key, cx.api.pim().granted_now(key.kind, Layer::Schedules, &key.area, key.principal).await?)) };
        let until = cx.api.client().consistency_window_end().map_err(could_not(format!("look for {}", key.describe())))?;
        let found = cx.api.client().until(Some(until), look, |found: &Result<Option<Row>, Error>| !matches!(found, Ok(None))).await;
        found.map_err(could_not(format!("look for {}", key.describe())))
    }

    fn expire(&mut self) {
        self.terms.status = Some(EXPIRED.to_owned());
        self.terms.renewal_due = false;
    }

    /// Reads a request that was pending.
    async fn still_pending(&mut self, key: &GrantKey, cx: &Context<Services>) -> Result<Existence> {
        let Some(request) = self.request_id() else { return Ok(Existence::Gone) };
        match cx.api.client().send(key.reading(&request)).await.and_then(|answer| answer.json::<Record>()) {
            Ok(record) if record.state().is_in_progress() => Ok(Existence::Found),
            Ok(_) => Ok(Existence::Gone),
            Err(error) if error.is_not_found() => Ok(Existence::Gone),
            Err(error) => Err(could_not(format!("read {}", key.describe()))(error)),
        }
    }

    /// Applies a schedule, keeping the spelling of state where it still holds. Reads the request that last shaped it if state does not know it.
    async fn update_from_response(&mut self, key: &GrantKey, row: &Row, now: Timestamp, cx: &mut Context<Services>) -> Result<(), Error> {
        let imported = cx.just_imported();
        let changed = imported || self.terms.schedule_id.as_deref().is_none_or(|ours| ours != key.schedule_id(&row.id));
        let record = if changed { self.latest_request(key, row, cx).await? } else { None };
        if imported && record.is_none() {
            cx.remember(REASON_UNKNOWN, true);
        }
        self.apply_schedule(key, row, record.as_ref(), imported, now);
        Ok(())
    }

    /// Applies a schedule and, where there is something new of it, the request that last shaped it.
    pub(in crate::resources::pim) fn apply_schedule(
        &mut self,
        key: &GrantKey,
        row: &Row,
        record: Option<&Record>,
        imported: bool,
        now: Timestamp,
    ) {
        let known_end = instant(self.terms.effective_end.as_ref());
        if let Some(record) = record {
            (self.terms.justification, self.terms.ticket) = (record.reason.justification.clone(), record.reason.ticket.clone());
        }
        // After a move from another provider, the duration in its state.
        let carried = match self.terms.expiration.end() {
            End::After(length) if imported => Some(length),
            _ => None,
        };
        let length = record.map_or(row.length.or(carried), |record| record.length);
        let holds = match self.terms.expiration.end() {
            _ if imported => false,
            End::Never => row.end.is_none() && self.terms.expiration.permanent == Some(true),
            End::At(end) => row.end.is_some_and(|there| is_near(end, there, SignedDuration::from_secs(1))),
            End::After(_) => matches!((known_end, row.end), (Some(known), Some(there)) if is_near(known, there, END_TOLERANCE)),
        };
        if !holds {
            self.terms.expiration = Expiration::found(row.end, length);
        }
        let begins_later = row.start.is_some_and(|start| is_to_come(start, now));
        if begins_later && instant(self.terms.start.as_ref()) != row.start {
            self.terms.start = row.start.map(|start| start.to_string());
        } else if imported && !begins_later {
            self.terms.start = None;
        }
        self.apply_row(key, row);
        let renews_from = self.terms.renew_before.as_deref().and_then(duration::parse).zip(row.end);
        self.terms.renewal_due = renews_from.is_some_and(|(before, end)| end.checked_sub(before).is_ok_and(|from| from <= now));
    }

    /// The latest request of a schedule; none once the service has purged it.
    async fn latest_request(&self, key: &GrantKey, row: &Row, cx: &Context<Services>) -> Result<Option<Record>, Error> {
        let from_id = row.id.rsplit('_').next().unwrap_or_default();
        let request = row.request.as_deref().unwrap_or(from_id);
        match cx.api.client().send(key.reading(request)).await.and_then(|answer| answer.json::<Record>()) {
            Ok(record) => Ok(Some(record)),
            Err(error) if error.is_not_found() || error.is_forbidden() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The schedule that is in force or will be. One that has begun and has no instance was removed.
pub(super) async fn in_force(key: &GrantKey, anew: bool, cx: &Context<Services>) -> Result<Option<Row>, Error> {
    let read = async |layer| {
        if anew {
            cx.api.pim().granted_now(key.kind, layer, &key.area, key.principal).await
        } else {
            cx.api.pim().granted(key.kind, layer, &key.area, key.principal).await
        }
    };
    let Some(schedule) = of(key, read(Layer::Schedules).await?) else { return Ok(None) };
    let now = cx.api.client().now()?;
    let is_on = schedule.start.is_none_or(|start| !is_to_come(start, now)) && schedule.end.is_none_or(|end| end > now);
    if is_on && of(key, read(Layer::Instances).await?).is_none() {
        // What has only just begun may have no instance yet.
        let is_new = schedule.start.is_some_and(|start| now.duration_since(start) < MAX_INSTANCE_DELAY);
        return Ok(is_new.then_some(schedule));
    }
    Ok(Some(schedule))
}

/// The row of this grant: not one through a group, a scope above or an activation, nor one that was ended.
fn of(key: &GrantKey, rows: Vec<Row>) -> Option<Row> {
    let subject = key.subject_key();
    let mut own: Vec<Row> = rows
        .into_iter()
        .filter(|row| {
            row.subject == subject && row.direct && !row.activated && (row.status.is_empty() || !RequestState::of(&row.status).has_ended())
        })
        .collect();
    own.sort_by_key(|row| row.start);
    own.pop()
}
