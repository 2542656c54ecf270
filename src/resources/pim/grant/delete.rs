//! Ends a grant.

use framework::{Context, Diagnostic, Result};
use jiff::Timestamp;
use uuid::Uuid;

use super::read::in_force;
use super::{Grant, LONGEST_GRANT_PAUSE, MIN_LIFETIME, capitalize, instant, send};
use crate::azure::{Backoff, Error};
use crate::client::consistency;
use crate::client::diagnose::could_not;
use crate::client::removal::Outcome;
use crate::client::removal::Removals;
use crate::pim::decision::{Action, is_to_come};
use crate::pim::grant_key::{GrantKey, Record, RequestReason};
use crate::services::Services;

/// The status of a request that has only to wait for its start (docs/services/pim.md#objects-and-life-cycle).
const GRANTED: &str = "Granted";

impl Grant {
    /// Ends the grant, waiting until the service allows it.
    pub(crate) async fn delete(&mut self, key: &GrantKey, cx: &mut Context<Services>) -> Result {
        let what = || could_not(format!("remove {}", key.describe()));
        let mut backoff = Backoff::for_operation(LONGEST_GRANT_PAUSE);
        let mut waited: Option<Timestamp> = None;
        loop {
            let removal = Ending { grant: self, key, cx };
            match cx.api.client().remove_one(&removal, consistency::stale_until(cx)).await {
                Ok(_) => break,
                Err(error) if error.is_within_minimum_duration() => {
                    let now = cx.api.client().now().map_err(what())?;
                    let since = instant(self.terms.effective_start.as_ref()).unwrap_or(now);
                    if waited.is_none() {
                        tracing::info!("{} can be removed only five minutes after it was made; waiting", key.describe());
                    }
                    waited.get_or_insert(now);
                    cx.api.client().pause(backoff.next_pause()).await.map_err(|ended| too_recent(key, since, ended))?;
                }
                Err(error) => return Err(what()(error)),
            }
        }
        cx.api.pim().record_removal(&key.id());
        if let (Some(began), Ok(now)) = (waited, cx.api.client().now()) {
            let seconds = now.duration_since(began).as_secs();
            cx.warn(Diagnostic::warning(
                "The removal waited for Privileged Identity Management",
                format!(
                    "The service removes nothing within five minutes of making it. {} was removed after {seconds} seconds of waiting.",
                    capitalize(&key.describe())
                ),
            ));
        }
        Ok(())
    }
}

/// A grant that is ended: what is in force or will be, and the request for it if that is not done yet.
struct Ending<'a> {
    grant: &'a Grant,
    key: &'a GrantKey,
    cx: &'a Context<Services>,
}

impl Ending<'_> {
    async fn end(&self) -> Result<Outcome, Error> {
        let request = self.grant.request_id();
        let status = self.grant.terms.status.as_deref().unwrap_or_default();
        if let Some(request) = request.as_ref().filter(|_| self.grant.is_in_progress())
            && self.cancel(request).await?
        {
            return Ok(Outcome::Applied);
        }
        let removing = self.key.request(Uuid::new_v4(), Action::Remove, None, &RequestReason::default());
        match send(self.key, removing, self.cx).await {
            Ok(_) => Ok(Outcome::Applied),
            // The first attempt made this request, and its answer was lost.
            Err(error) if error.is_request_exists() && error.is_repeated() => Ok(Outcome::AlreadyApplied),
            // What has not begun yet may only be a request.
            Err(error) if error.is_grant_missing() => match request.filter(|_| status == GRANTED) {
                Some(request) if self.cancel(&request).await? => Ok(Outcome::Applied),
                _ => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    /// Takes back a request. Answers whether the service did.
    async fn cancel(&self, request: &str) -> Result<bool, Error> {
        match send(self.key, self.key.cancelling(request), self.cx).await {
            Ok(_) => Ok(true),
            // It is not pending any more, or gone.
            Err(error) if error.is_rejected() || error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn is_there(&self) -> Result<bool, Error> {
        match in_force(self.key, true, self.cx).await {
            Ok(None) => {}
            Err(error) if error.is_not_found() => {}
            other => return other.map(|_| true),
        }
        let Some(request) = self.grant.request_id() else { return Ok(false) };
        let status = self.grant.terms.status.as_deref().unwrap_or_default();
        if !self.grant.is_in_progress() && status != GRANTED {
            return Ok(false);
        }
        let now = self.cx.api.client().now()?;
        match self.cx.api.client().send(self.key.reading(&request)).await.and_then(|answer| answer.json::<Record>()) {
            Ok(record) => {
                Ok(record.state().is_in_progress()
                    || (record.status == GRANTED && record.start.is_some_and(|start| is_to_come(start, now))))
            }
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl Removals for Ending<'_> {
    async fn remove(&self, _: &[usize]) -> Vec<Result<Outcome, Error>> {
        let ended = match self.end().await {
            // The service refuses every request about a deleted scope, role or principal. The grant is gone with it, if a read confirms that.
            Err(error) if (error.is_rejected() || error.is_denied()) && !error.is_within_minimum_duration() => {
                match self.is_there().await {
                    Ok(false) => Ok(Outcome::AlreadyApplied),
                    _ => Err(error),
                }
            }
            ended => ended,
        };
        vec![ended]
    }

    async fn exist(&self, _: &[usize]) -> Vec<Result<bool, Error>> {
        vec![self.is_there().await]
    }
}

fn too_recent(key: &GrantKey, since: Timestamp, ended: Error) -> Diagnostic {
    let from = since.checked_add(MIN_LIFETIME).unwrap_or(since);
    Diagnostic::error(
        format!("Could not remove {} yet", key.describe()),
        format!(
            "{ended}\n\nThe service removes nothing within five minutes of making it, and this was made at {since}. Run again after {from}, or give \
             `timeouts {{ delete = \"10m\" }}` or more."
        ),
    )
}
