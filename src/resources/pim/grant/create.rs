//! Making a grant, taking one over, and changing it.

use framework::{Context, Diagnostic, Result};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{FIRST_PAUSE, FLOOR, Grant, LONGEST_PAUSE, WORDS_UNKNOWN, capital, instant, is_near, send};
use crate::azure::{Answer, Error};
use crate::client::consistency;
use crate::client::diagnose::could_not;
use crate::pim::decision::{Action, CurrentGrant, DesiredGrant, End, ScheduleRequest, decide};
use crate::pim::grant_key::{GrantKey, Record, RequestReason};
use crate::services::Services;

impl Grant {
    /// Makes it.
    pub(crate) async fn create(&mut self, place: &GrantKey, cx: &mut Context<Services>) -> Result {
        let what = format!("make {}", place.describe());
        let wanted = self.wanted(None);
        let now = cx.api.client().time().await.map_err(could_not(what.as_str()))?;
        not_over(self.expiration.end(), now)?;
        let Some(asked) = decide(CurrentGrant::Absent, wanted, now) else { return Ok(()) };
        cx.claim(&place.id())?;
        let (lingers, words) = (cx.api.pim().lingers_until(&place.id()), self.words());
        let sent = cx
            .api
            .client()
            .until(lingers, || ask(place, &asked, &words, cx), |sent| !matches!(sent, Err(error) if error.is_grant_exists()))
            .await;
        match sent {
            Ok(record) => {
                self.settle(place, &record, &asked);
                self.provisioned(place, record, &asked, cx).await?;
            }
            // A lost answer: the attempt before did it.
            Err(error) if error.is_grant_exists() && error.is_repeated() => self.found_again(place, cx, error).await?,
            Err(error) if error.is_grant_exists() && self.adopt_existing => {
                cx.adopt(&place.id())?;
                self.adopt(place, cx).await?
            }
            Err(error) if error.is_grant_exists() => return Err(exists_already(place)),
            Err(error) => return Err(could_not(what)(error)),
        }
        consistency::mark_written(cx);
        Ok(())
    }

    /// What is wanted, and what of that is new against what state has.
    fn wanted(&self, prior: Option<&Grant>) -> DesiredGrant {
        let end = self.expiration.end();
        let start = instant(self.start.as_ref());
        DesiredGrant {
            start,
            end,
            new_end: prior.is_none_or(|prior| prior.expiration.end() != end),
            new_start: prior.is_none_or(|prior| instant(prior.start.as_ref()) != start),
            new_words: prior.is_none_or(|prior| prior.words() != self.words()),
            renew: prior.is_some_and(|prior| prior.renewal_due),
        }
    }

    /// Waits until the service is done with a request, and fails if nothing came of it.
    async fn provisioned(&mut self, place: &GrantKey, mut record: Record, asked: &ScheduleRequest, cx: &Context<Services>) -> Result {
        let mut pause = FIRST_PAUSE;
        while record.state().is_in_progress() {
            let waited = async {
                cx.api.client().pause(pause).await?;
                cx.api.client().send(place.reading(&record.id)).await?.json::<Record>()
            };
            record = match waited.await {
                Ok(record) => record,
                // It is too young to be read.
                Err(error) if error.is_not_found() => record,
                Err(error) => {
                    let text = format!("wait for {}: its request {} is still {}", place.describe(), record.id, record.status);
                    return Err(could_not(text)(error));
                }
            };
            self.settle(place, &record, asked);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        if record.state().has_ended() {
            // Nothing exists.
            self.id = String::new();
            return Err(Diagnostic::error(
                format!("The service did not provision {}", place.describe()),
                format!(
                    "It took the request {} and ended it as {}. The audit log of Privileged Identity Management may tell why.",
                    record.id, record.status
                ),
            ));
        }
        Ok(())
    }

    /// Its creation was done, and the answer was lost.
    async fn found_again(&mut self, place: &GrantKey, cx: &mut Context<Services>, error: Error) -> Result {
        tracing::warn!(%error, "the answer was lost; the grant is there");
        match self.look(place, cx).await? {
            Some(row) => self.take(place, &row),
            None => return Err(could_not(format!("make {}", place.describe()))(error)),
        }
        Ok(())
    }

    /// Takes over what is there, and makes it what is wanted.
    async fn adopt(&mut self, place: &GrantKey, cx: &mut Context<Services>) -> Result {
        let Some(row) = self.look(place, cx).await? else {
            let detail = "The service says that it exists, and lists none. Run again in a minute.";
            return Err(Diagnostic::error(format!("Could not find {}", place.describe()), detail));
        };
        let now = cx.api.client().now().map_err(could_not(format!("adopt {}", place.describe())))?;
        let end = self.expiration.end();
        let same = match end {
            End::Never => row.end.is_none(),
            End::At(end) => row.end.is_some_and(|there| is_near(end, there, SignedDuration::from_secs(1))),
            End::After(length) => row.length == Some(length),
        };
        let wanted = DesiredGrant { new_end: !same, new_words: row.condition != self.condition, ..self.wanted(None) };
        let standing = CurrentGrant::There { start: row.start.unwrap_or(now), end: row.end };
        let condition = self.condition.take();
        self.take(place, &row);
        self.condition = condition;
        if let Some(asked) = decide(standing, wanted, now) {
            let record = ask(place, &asked, &self.words(), cx).await.map_err(could_not(format!("change {}", place.describe())));
            let record = record?;
            self.settle(place, &record, &asked);
            self.provisioned(place, record, &asked, cx).await?;
        }
        Ok(())
    }

    /// Makes of what is there what the configuration says.
    pub(crate) async fn update(&mut self, prior: &Grant, place: &GrantKey, cx: &mut Context<Services>) -> Result {
        let what = format!("change {}", place.describe());
        let mut wanted = self.wanted(Some(prior));
        self.carry(prior);
        if wanted.new_words && cx.recall::<bool>(WORDS_UNKNOWN) == Some(true) {
            cx.remember(WORDS_UNKNOWN, false);
            wanted.new_words = prior.condition != self.condition;
            if !(wanted.new_words || wanted.new_end || wanted.new_start || wanted.renew) {
                cx.warn(Diagnostic::warning(
                    "Justification and ticket were only noted",
                    format!(
                        "{} was imported, and the request that told its justification and ticket is gone. They are in state now, and nothing was sent: \
                         they go with the next request that changes it.",
                        capital(&place.describe())
                    ),
                ));
            }
        }
        let now = cx.api.client().time().await.map_err(could_not(what.as_str()))?;
        if wanted.new_end {
            not_over(self.expiration.end(), now)?;
        }
        let Some(asked) = decide(prior.standing(), wanted, now) else { return Ok(()) };
        let mut sent = ask(place, &asked, &self.words(), cx).await;
        // It is not as state has it: somebody took it away, or gave it anew.
        for (wrong, action) in [(Error::is_grant_missing as fn(&Error) -> bool, Action::Assign), (Error::is_grant_exists, Action::Update)] {
            if matches!(&sent, Err(error) if wrong(error) && !error.is_repeated()) && asked.action != action {
                sent = ask(place, &ScheduleRequest { action, ..asked }, &self.words(), cx).await;
            }
        }
        let record = sent.map_err(could_not(what))?;
        self.settle(place, &record, &asked);
        // If nothing comes of it, state stays as it was.
        self.provisioned(place, record, &asked, cx).await?;
        self.id = place.id();
        consistency::mark_written(cx);
        Ok(())
    }

    /// What the service says stays as it is unless it is changed.
    fn carry(&mut self, prior: &Grant) {
        self.schedule_id = prior.schedule_id.clone();
        self.status = prior.status.clone();
        self.effective_start = prior.effective_start.clone();
        self.effective_end = prior.effective_end.clone();
    }
}

/// Asks for something. Only what is to be made can be too early for a group or principal that was made a moment ago.
async fn ask(place: &GrantKey, asked: &ScheduleRequest, words: &RequestReason, cx: &Context<Services>) -> Result<Record, Error> {
    let name = Uuid::new_v4();
    let request = place.request(name, asked.action, Some(asked), words);
    let stale_until = if asked.action == Action::Assign { Some(cx.api.client().stale_until()?) } else { None };
    let settled = |sent: &Result<Answer, Error>| !matches!(sent, Err(error) if error.is_not_yet_there());
    match cx.api.client().until(stale_until, || send(place, request.clone(), cx), settled).await {
        // A lost answer: the attempt before made the request of that name.
        Err(error) if error.is_request_exists() => cx.api.client().send(place.reading(&name.to_string())).await?.json(),
        sent => sent?.json(),
    }
}

fn not_over(end: End, now: Timestamp) -> Result {
    match end {
        End::At(end) if end < now.checked_add(FLOOR).unwrap_or(now) => Err(Diagnostic::error(
            "The end has passed, or is too near",
            format!("It would end at {end}, and the service's clock says {now}. The service wants at least five minutes."),
        )
        .at_attribute("expiration")),
        _ => Ok(()),
    }
}

fn exists_already(place: &GrantKey) -> Diagnostic {
    let id = place.id();
    let resource = place.resource();
    let detail = format!(
        "Bring it under the management of this configuration with an import block (put the resource's own name in):\n\n  import {{\n    to = aksaccess_{resource}.NAME\n    \
         id = {id:?}\n  }}\n\nor set adopt_existing = true to take it over."
    );
    Diagnostic::error(format!("{} exists already", capital(&place.describe())), detail)
}
