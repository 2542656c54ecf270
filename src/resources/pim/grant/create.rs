//! Creates, adopts and changes a grant.

use framework::{Context, Diagnostic, Result};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{Grant, LONGEST_GRANT_PAUSE, MIN_LIFETIME, REASON_UNKNOWN, capitalize, instant, is_near, send};
use crate::azure::{Answer, Backoff, Error};
use crate::client::diagnose::could_not;
use crate::client::{consistency, creation};
use crate::pim::Row;
use crate::pim::decision::{Action, CurrentGrant, DesiredGrant, End, ScheduleRequest, decide};
use crate::pim::grant_key::{GrantKey, Record, RequestReason};
use crate::services::Services;

/// How far the start of a schedule may be from the time at which it was requested: the service's clocks differ by seconds.
const START_TOLERANCE: SignedDuration = SignedDuration::from_secs(60);

impl Grant {
    /// Creates the grant, or adopts the one that exists.
    pub(crate) async fn create(&mut self, key: &GrantKey, cx: &mut Context<Services>) -> Result {
        let what = format!("make {}", key.describe());
        let wanted = self.wanted(None);
        let now = cx.api.client().time().await.map_err(could_not(what.as_str()))?;
        require_future_end(self.terms.expiration.end(), now)?;
        let Some(asked) = decide(CurrentGrant::Absent, wanted, now) else { return Ok(()) };
        cx.claim(&key.id())?;
        let (lingers, reason) = (cx.api.pim().removal_visible_until(&key.id()), self.reason());
        let sent = cx
            .api
            .client()
            .until(lingers, || ask(key, &asked, &reason, cx), |sent| !matches!(sent, Err(error) if error.is_grant_exists()))
            .await;
        match sent {
            Ok(record) => {
                self.apply_record(key, &record, &asked);
                self.wait_until_provisioned(key, record, &asked, cx).await?;
            }
            // A lost answer: the attempt before did it.
            Err(error) if error.is_grant_exists() && error.is_repeated() => self.read_after_lost_answer(key, cx, error).await?,
            Err(error) if error.is_grant_exists() && self.terms.adopt_existing => {
                cx.adopt(&key.id())?;
                self.adopt(key, cx).await?
            }
            Err(error) if error.is_grant_exists() => return Err(exists_already(key)),
            Err(error) if error.is_ambiguous() => self.find_after_interruption(key, now, cx, error).await?,
            Err(error) => return Err(could_not(what)(error)),
        }
        consistency::mark_written(cx);
        Ok(())
    }

    /// The grant as configured, and which parts of it differ from state.
    fn wanted(&self, prior: Option<&Grant>) -> DesiredGrant {
        let end = self.terms.expiration.end();
        let start = instant(self.terms.start.as_ref());
        DesiredGrant {
            start,
            end,
            new_end: prior.is_none_or(|prior| prior.terms.expiration.end() != end),
            new_start: prior.is_none_or(|prior| instant(prior.terms.start.as_ref()) != start),
            new_reason: prior.is_none_or(|prior| prior.reason() != self.reason()),
            renew: prior.is_some_and(|prior| prior.terms.renewal_due),
        }
    }

    /// Waits until the service is done with a request, and fails if it was not provisioned.
    async fn wait_until_provisioned(
        &mut self,
        key: &GrantKey,
        mut record: Record,
        asked: &ScheduleRequest,
        cx: &Context<Services>,
    ) -> Result {
        let mut backoff = Backoff::for_operation(LONGEST_GRANT_PAUSE);
        while record.state().is_in_progress() {
            let waited = async {
                cx.api.client().pause(backoff.next_pause()).await?;
                cx.api.client().send(key.reading(&record.id)).await?.json::<Record>()
            };
            record = match waited.await {
                Ok(record) => record,
                // A replica may not show it yet.
                Err(error) if error.is_not_found() => record,
                Err(error) => {
                    let text = format!("wait for {}: its request {} is still {}", key.describe(), record.id, record.status);
                    return Err(could_not(text)(error));
                }
            };
            self.apply_record(key, &record, asked);
        }
        if record.state().has_ended() {
            // Nothing exists.
            self.terms.id = String::new();
            return Err(Diagnostic::error(
                format!("The service did not provision {}", key.describe()),
                format!(
                    "It took the request {} and ended it as {}. The audit log of Privileged Identity Management may say why.",
                    record.id, record.status
                ),
            ));
        }
        Ok(())
    }

    /// Reads a grant whose creation succeeded but whose answer was lost.
    async fn read_after_lost_answer(&mut self, key: &GrantKey, cx: &mut Context<Services>, error: Error) -> Result {
        tracing::warn!(%error, "the answer was lost; the grant is there");
        match self.find_now(key, cx).await? {
            Some(row) => self.apply_row(key, &row),
            None => return Err(could_not(format!("make {}", key.describe()))(error)),
        }
        Ok(())
    }

    /// An interruption, or the end of the operation's time, came before the answer. What may exist must not get lost, so the grant is looked for in a time of its
    /// own. It is the one that was asked for if it does not start before `began`.
    async fn find_after_interruption(&mut self, key: &GrantKey, began: Timestamp, cx: &mut Context<Services>, error: Error) -> Result {
        let own_time = cx.api.with_time(creation::SEARCH);
        let interrupted = std::mem::replace(&mut cx.api, own_time);
        let found = self.find_now(key, cx).await;
        cx.api = interrupted;
        let is_new = |row: &Row| row.start.is_none_or(|start| start >= began || is_near(start, began, START_TOLERANCE));
        match found {
            Ok(Some(row)) if is_new(&row) => {
                tracing::warn!(%error, "the answer was lost; the grant is there");
                self.apply_row(key, &row);
                Ok(())
            }
            _ => Err(could_not(format!("make {}", key.describe()))(error)),
        }
    }

    /// Adopts the grant that exists, and changes it to match the configuration.
    async fn adopt(&mut self, key: &GrantKey, cx: &mut Context<Services>) -> Result {
        let Some(row) = self.find_now(key, cx).await? else {
            let detail = "The service says that it exists, and lists none. Run again in a minute.";
            return Err(Diagnostic::error(format!("Could not find {}", key.describe()), detail));
        };
        let now = cx.api.client().now().map_err(could_not(format!("adopt {}", key.describe())))?;
        let end = self.terms.expiration.end();
        let same = match end {
            End::Never => row.end.is_none(),
            End::At(end) => row.end.is_some_and(|there| is_near(end, there, SignedDuration::from_secs(1))),
            End::After(length) => row.length == Some(length),
        };
        let wanted = DesiredGrant { new_end: !same, new_reason: row.condition != self.condition, ..self.wanted(None) };
        let current = CurrentGrant::There { start: row.start.unwrap_or(now), end: row.end };
        let condition = self.condition.take();
        self.apply_row(key, &row);
        self.condition = condition;
        if let Some(asked) = decide(current, wanted, now) {
            let record = ask(key, &asked, &self.reason(), cx).await.map_err(could_not(format!("change {}", key.describe())));
            let record = record?;
            self.apply_record(key, &record, &asked);
            self.wait_until_provisioned(key, record, &asked, cx).await?;
        }
        Ok(())
    }

    /// Changes the grant to match the configuration.
    pub(crate) async fn update(&mut self, prior: &Grant, key: &GrantKey, cx: &mut Context<Services>) -> Result {
        let what = format!("change {}", key.describe());
        let mut wanted = self.wanted(Some(prior));
        self.keep_reported(prior);
        if wanted.new_reason && cx.recall::<bool>(REASON_UNKNOWN) == Some(true) {
            cx.remember(REASON_UNKNOWN, false);
            wanted.new_reason = prior.condition != self.condition;
            if !(wanted.new_reason || wanted.new_end || wanted.new_start || wanted.renew) {
                cx.warn(Diagnostic::warning(
                    "Justification and ticket were only noted",
                    format!(
                        "{} was imported, and the request that had its justification and ticket is gone. They are in state now, and nothing was sent: \
                         they go with the next request that changes it.",
                        capitalize(&key.describe())
                    ),
                ));
            }
        }
        let now = cx.api.client().time().await.map_err(could_not(what.as_str()))?;
        if wanted.new_end {
            require_future_end(self.terms.expiration.end(), now)?;
        }
        let Some(asked) = decide(prior.current(), wanted, now) else { return Ok(()) };
        let mut sent = ask(key, &asked, &self.reason(), cx).await;
        // It differs from state: it was removed, or granted again, outside of Terraform.
        for (wrong, action) in [(Error::is_grant_missing as fn(&Error) -> bool, Action::Assign), (Error::is_grant_exists, Action::Update)] {
            if matches!(&sent, Err(error) if wrong(error) && !error.is_repeated()) && asked.action != action {
                sent = ask(key, &ScheduleRequest { action, ..asked }, &self.reason(), cx).await;
            }
        }
        let record = sent.map_err(could_not(what))?;
        self.apply_record(key, &record, &asked);
        // After a failure state stays as it was.
        self.wait_until_provisioned(key, record, &asked, cx).await?;
        self.terms.id = key.id();
        consistency::mark_written(cx);
        Ok(())
    }

    /// Keeps what the service reported, until a request changes it.
    fn keep_reported(&mut self, prior: &Grant) {
        self.terms.schedule_id = prior.terms.schedule_id.clone();
        self.terms.status = prior.terms.status.clone();
        self.terms.effective_start = prior.terms.effective_start.clone();
        self.terms.effective_end = prior.terms.effective_end.clone();
    }
}

/// Sends a request for a grant. A creation is repeated while replicas may not show a new group or principal.
async fn ask(key: &GrantKey, asked: &ScheduleRequest, reason: &RequestReason, cx: &Context<Services>) -> Result<Record, Error> {
    let name = Uuid::new_v4();
    let request = key.request(name, asked.action, Some(asked), reason);
    let stale_until = if asked.action == Action::Assign { Some(cx.api.client().consistency_window_end()?) } else { None };
    let settled = |sent: &Result<Answer, Error>| !matches!(sent, Err(error) if error.is_not_yet_there());
    match cx.api.client().until(stale_until, || send(key, request.clone(), cx), settled).await {
        // A lost answer: the attempt before made the request of that name.
        Err(error) if error.is_request_exists() => cx.api.client().send(key.reading(&name.to_string())).await?.json(),
        sent => sent?.json(),
    }
}

fn require_future_end(end: End, now: Timestamp) -> Result {
    match end {
        End::At(end) if end < now.checked_add(MIN_LIFETIME).unwrap_or(now) => Err(Diagnostic::error(
            "The end has passed, or is too near",
            format!("It would end at {end}, and the clock of the service is at {now}. The service requires at least five minutes."),
        )
        .at_attribute("expiration")),
        _ => Ok(()),
    }
}

fn exists_already(key: &GrantKey) -> Diagnostic {
    let id = key.id();
    let resource = key.resource();
    let detail = format!(
        "Bring it under the management of this configuration with an import block (put the resource's own name in):\n\n  import {{\n    to = aksaccess_{resource}.NAME\n    \
         id = {id:?}\n  }}\n\nor set adopt_existing = true to take it over."
    );
    Diagnostic::error(format!("{} exists already", capitalize(&key.describe())), detail)
}
