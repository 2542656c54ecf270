//! Making, reading, changing and ending a grant: the same for eligibilities and active assignments, of groups and of Azure roles.
//!
//! The odd things: the truth is what schedules and instances say, never the newest request (a removal is a request, too); what has
//! expired is no drift, what somebody removed before its end is; and nothing can be removed within five minutes of being made.

use std::time::Duration;

use framework::{Context, Diagnostic, Existence, Result};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::decision::{Action, Asked, End, Standing, Wanted, decide, end_of, is_to_come};
use super::place::{Place, Record, Words, is_pending};
use super::terms::{Expiration, Ticket};
use crate::azure::{Answer, Error, Request};
use crate::diagnose::could_not;
use crate::directory::pim::{Area, Layer, Row};
use crate::directory::recent;
use crate::duration;
use crate::provider::Azure;

/// The status of what has come to its end by itself.
pub(crate) const EXPIRED: &str = "Expired";

/// Beside the state: whether justification and ticket are not known, because the request was gone when the grant was imported.
const WORDS_UNKNOWN: &str = "words_unknown";

/// What the service wants at least between making and removing (service-behaviour 6.2).
const FLOOR: SignedDuration = SignedDuration::from_mins(5);

/// Ends move by so much until a request is wholly processed (service-behaviour 8), and are still the same.
const MOVES: SignedDuration = SignedDuration::from_mins(5);

/// How long something that has begun may have no instance. Unverified as a bound: the service was seen to take some seconds.
const NEW: SignedDuration = SignedDuration::from_secs(60);

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
    fn words(&self) -> Words {
        Words { justification: self.justification.clone(), ticket: self.ticket.clone(), condition: self.condition.clone() }
    }

    fn is_expired(&self) -> bool {
        self.status.as_deref() == Some(EXPIRED)
    }

    /// What is there, as state has it.
    fn standing(&self) -> Standing {
        match instant(self.effective_start.as_ref()) {
            _ if self.is_expired() => Standing::Expired,
            Some(start) => Standing::There { start, end: instant(self.effective_end.as_ref()) },
            None => Standing::Absent,
        }
    }

    /// What an answer says of it.
    fn settle(&mut self, place: &Place, record: &Record, asked: &Asked) {
        self.id = place.id();
        self.renewal_due = false;
        self.schedule_id = Some(place.schedule_id(record.schedule.as_ref().unwrap_or(&record.id)));
        self.status = Some(record.status.clone());
        let start = record.start.unwrap_or(asked.start);
        self.effective_start = Some(start.to_string());
        self.effective_end = record.end.or_else(|| end_of(start, asked.end)).map(|end| end.to_string());
    }

    /// Makes it.
    pub(crate) async fn create(&mut self, place: &Place, cx: &mut Context<Azure>) -> Result {
        let what = format!("make {}", place.describe());
        let wanted = self.wanted(None);
        let now = cx.api.time().await.map_err(could_not(what.as_str()))?;
        not_over(self.expiration.end(), now)?;
        let Some(asked) = decide(Standing::Absent, wanted, now) else { return Ok(()) };
        let (lingers, words) = (cx.api.lingers_until(&place.id()), self.words());
        let sent =
            cx.api.until(lingers, || ask(place, &asked, &words, cx), |sent| !matches!(sent, Err(error) if error.is_grant_exists())).await;
        match sent {
            Ok(record) => {
                self.settle(place, &record, &asked);
                cx.api.manages(&place.id());
                self.provisioned(place, record, &asked, cx).await?;
            }
            // A lost answer: the attempt before did it.
            Err(error) if error.is_grant_exists() && error.is_repeated() => self.found_again(place, cx, error).await?,
            Err(error) if error.is_grant_exists() && self.adopt_existing && !cx.api.is_managed(&place.id()) => {
                self.adopt(place, cx).await?
            }
            Err(error) if error.is_grant_exists() => return Err(exists_already(place, cx.api.is_managed(&place.id()))),
            Err(error) => return Err(could_not(what)(error)),
        }
        cx.api.manages(&place.id());
        recent::wrote(cx);
        Ok(())
    }

    /// What is wanted, and what of that is new against what state has.
    fn wanted(&self, prior: Option<&Grant>) -> Wanted {
        let end = self.expiration.end();
        let start = instant(self.start.as_ref());
        Wanted {
            start,
            end,
            new_end: prior.is_none_or(|prior| prior.expiration.end() != end),
            new_start: prior.is_none_or(|prior| instant(prior.start.as_ref()) != start),
            new_words: prior.is_none_or(|prior| prior.words() != self.words()),
            renew: prior.is_some_and(|prior| prior.renewal_due),
        }
    }

    /// Waits until the service is done with a request, and fails if nothing came of it.
    async fn provisioned(&mut self, place: &Place, mut record: Record, asked: &Asked, cx: &Context<Azure>) -> Result {
        let mut pause = FIRST_PAUSE;
        while record.is_pending() {
            let waited = async {
                cx.api.pause(pause).await?;
                cx.api.send(place.reading(&record.id)).await?.json::<Record>()
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
        if record.has_failed() {
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
    async fn found_again(&mut self, place: &Place, cx: &mut Context<Azure>, error: Error) -> Result {
        tracing::warn!(%error, "the answer was lost; the grant is there");
        match self.look(place, cx).await? {
            Some(row) => self.take(place, &row),
            None => return Err(could_not(format!("make {}", place.describe()))(error)),
        }
        Ok(())
    }

    /// Takes over what is there, and makes it what is wanted.
    async fn adopt(&mut self, place: &Place, cx: &mut Context<Azure>) -> Result {
        let Some(row) = self.look(place, cx).await? else {
            let detail = "The service says that it exists, and lists none. Run again in a minute.";
            return Err(Diagnostic::error(format!("Could not find {}", place.describe()), detail));
        };
        let now = cx.api.now().map_err(could_not(format!("adopt {}", place.describe())))?;
        let end = self.expiration.end();
        let same = match end {
            End::Never => row.end.is_none(),
            End::At(end) => row.end.is_some_and(|there| is_near(end, there, SignedDuration::from_secs(1))),
            End::After(length) => row.length == Some(length),
        };
        let wanted = Wanted { new_end: !same, new_words: row.condition != self.condition, ..self.wanted(None) };
        let standing = Standing::There { start: row.start.unwrap_or(now), end: row.end };
        let condition = self.condition.take();
        self.take(place, &row);
        self.condition = condition;
        if let Some(asked) = decide(standing, wanted, now) {
            let record = ask(place, &asked, &self.words(), cx).await.map_err(could_not(format!("change {}", place.describe())));
            // What was there and could not be changed was not made here, and must not be destroyed as tainted.
            let record = record.inspect_err(|_| self.id = String::new())?;
            self.settle(place, &record, &asked);
            self.provisioned(place, record, &asked, cx).await?;
        }
        Ok(())
    }

    /// What the service has of it now, whatever was listed.
    async fn look(&self, place: &Place, cx: &Context<Azure>) -> Result<Option<Row>> {
        let look = || async { Ok(of(place, cx.api.granted_now(place.kind, Layer::Schedules, &place.area, place.principal).await?)) };
        let until = cx.api.young_until().map_err(could_not(format!("look for {}", place.describe())))?;
        let found = cx.api.until(Some(until), look, |found: &Result<Option<Row>, Error>| !matches!(found, Ok(None))).await;
        found.map_err(could_not(format!("look for {}", place.describe())))
    }

    /// Takes over what a schedule says.
    fn take(&mut self, place: &Place, row: &Row) {
        self.id = place.id();
        self.schedule_id = Some(place.schedule_id(&row.id));
        self.status = Some(row.status.clone());
        self.effective_start = row.start.map(|start| start.to_string());
        self.effective_end = row.end.map(|end| end.to_string());
        self.condition = row.condition.clone();
    }

    /// Reads it.
    pub(crate) async fn read(&mut self, place: &Place, cx: &mut Context<Azure>) -> Result<Existence> {
        let what = || could_not(format!("read {}", place.describe()));
        let (young_until, imported) = (recent::young_until(cx), cx.just_imported());
        let ours = self.schedule_id.clone();
        let row = {
            let cx = &*cx;
            let mut first = true;
            let see = || {
                let anew = !std::mem::take(&mut first);
                in_force(place, anew, cx)
            };
            let shows = |row: &Result<Option<Row>, Error>| match row {
                Ok(Some(row)) => imported || ours.as_deref().is_none_or(|ours| place.schedule_id(&row.id) == ours),
                Ok(None) => false,
                Err(error) => !error.is_not_found(),
            };
            cx.api.until(young_until, see, shows).await
        };
        let row = match row {
            Err(error) if error.is_not_found() => None,
            row => row.map_err(what())?,
        };
        let now = cx.api.now().map_err(what())?;
        match row {
            Some(row) if row.end.is_none_or(|end| end > now) => {
                self.absorb(place, &row, now, cx).await.map_err(what())?;
                Ok(Existence::Found)
            }
            Some(row) => {
                self.take(place, &row);
                self.expire();
                Ok(Existence::Found)
            }
            None if !imported && instant(self.effective_end.as_ref()).is_some_and(|end| end <= now) => {
                self.expire();
                Ok(Existence::Found)
            }
            None if self.status.as_deref().is_some_and(is_pending) => self.still_pending(place, cx).await,
            None => {
                let group = if let Area::Group(group) = place.area { Some(group) } else { None };
                cx.api.vanished(group.into_iter().chain([place.principal]));
                Ok(Existence::Gone)
            }
        }
    }

    fn expire(&mut self) {
        self.status = Some(EXPIRED.to_owned());
        self.renewal_due = false;
    }

    /// A request that was pending is so still, or is gone.
    async fn still_pending(&mut self, place: &Place, cx: &Context<Azure>) -> Result<Existence> {
        let Some(request) = self.request_id() else { return Ok(Existence::Gone) };
        match cx.api.send(place.reading(&request)).await.and_then(|answer| answer.json::<Record>()) {
            Ok(record) if record.is_pending() => Ok(Existence::Found),
            Ok(_) => Ok(Existence::Gone),
            Err(error) if error.is_not_found() => Ok(Existence::Gone),
            Err(error) => Err(could_not(format!("read {}", place.describe()))(error)),
        }
    }

    /// The request behind the schedule: its id is the last part of the schedule's (service-behaviour 6.1).
    fn request_id(&self) -> Option<String> {
        self.schedule_id.as_deref().and_then(|id| id.rsplit(['_', '/']).next()).map(str::to_owned)
    }

    /// Takes over what is in force, in the words that state uses where they still hold.
    async fn absorb(&mut self, place: &Place, row: &Row, now: Timestamp, cx: &mut Context<Azure>) -> Result<(), Error> {
        let imported = cx.just_imported();
        let known_end = instant(self.effective_end.as_ref());
        let changed = imported || self.schedule_id.as_deref().is_none_or(|ours| ours != place.schedule_id(&row.id));
        let record = if changed { self.behind(place, row, cx).await? } else { None };
        if changed {
            match &record {
                Some(record) => (self.justification, self.ticket) = (record.words.justification.clone(), record.words.ticket.clone()),
                None if imported => cx.remember(WORDS_UNKNOWN, true),
                None => {}
            }
        }
        let length = record.as_ref().map_or(row.length, |record| record.length);
        let holds = match self.expiration.end() {
            _ if imported => false,
            End::Never => row.end.is_none() && self.expiration.permanent == Some(true),
            End::At(end) => row.end.is_some_and(|there| is_near(end, there, SignedDuration::from_secs(1))),
            End::After(_) => matches!((known_end, row.end), (Some(known), Some(there)) if is_near(known, there, MOVES)),
        };
        if !holds {
            self.expiration = Expiration::found(row.end, length);
        }
        let begins_later = row.start.is_some_and(|start| is_to_come(start, now));
        if begins_later && instant(self.start.as_ref()) != row.start {
            self.start = row.start.map(|start| start.to_string());
        } else if imported && !begins_later {
            self.start = None;
        }
        self.take(place, row);
        let renews_from = self.renew_before.as_deref().and_then(duration::parse).zip(row.end);
        self.renewal_due = renews_from.is_some_and(|(before, end)| end.checked_sub(before).is_ok_and(|from| from <= now));
        Ok(())
    }

    /// The request that last shaped a schedule; none once the service has purged it.
    async fn behind(&self, place: &Place, row: &Row, cx: &Context<Azure>) -> Result<Option<Record>, Error> {
        let from_id = row.id.rsplit('_').next().unwrap_or_default();
        let request = row.behind.as_deref().unwrap_or(from_id);
        match cx.api.send(place.reading(request)).await.and_then(|answer| answer.json::<Record>()) {
            Ok(record) => Ok(Some(record)),
            Err(error) if error.is_not_found() || error.is_forbidden() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes of what is there what the configuration says.
    pub(crate) async fn update(&mut self, prior: &Grant, place: &Place, cx: &mut Context<Azure>) -> Result {
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
        let now = cx.api.time().await.map_err(could_not(what.as_str()))?;
        if wanted.new_end {
            not_over(self.expiration.end(), now)?;
        }
        let Some(asked) = decide(prior.standing(), wanted, now) else { return Ok(()) };
        let mut sent = ask(place, &asked, &self.words(), cx).await;
        // It is not as state has it: somebody took it away, or gave it anew.
        for (wrong, action) in [(Error::is_grant_missing as fn(&Error) -> bool, Action::Assign), (Error::is_grant_exists, Action::Update)] {
            if matches!(&sent, Err(error) if wrong(error) && !error.is_repeated()) && asked.action != action {
                sent = ask(place, &Asked { action, ..asked }, &self.words(), cx).await;
            }
        }
        let record = sent.map_err(could_not(what))?;
        self.settle(place, &record, &asked);
        for attribute in
            ["expiration", "start", "justification", "ticket", "renewal_due", "schedule_id", "status", "effective_start", "effective_end"]
        {
            cx.applied(attribute);
        }
        self.provisioned(place, record, &asked, cx).await?;
        self.id = place.id();
        recent::wrote(cx);
        Ok(())
    }

    /// What the service says stays as it is unless it is changed.
    fn carry(&mut self, prior: &Grant) {
        self.schedule_id = prior.schedule_id.clone();
        self.status = prior.status.clone();
        self.effective_start = prior.effective_start.clone();
        self.effective_end = prior.effective_end.clone();
    }

    /// Ends it, waiting until the service lets it be ended.
    pub(crate) async fn delete(&mut self, place: &Place, cx: &mut Context<Azure>) -> Result {
        let what = || could_not(format!("remove {}", place.describe()));
        if self.status.as_deref().is_some_and(is_pending)
            && let Some(request) = self.request_id()
            && cancel(place, &request, cx).await.map_err(what())?
        {
            return Ok(());
        }
        let mut pause = FIRST_PAUSE;
        let mut waited: Option<Timestamp> = None;
        loop {
            let sent = send(place, place.request(Uuid::new_v4(), Action::Remove, None, &Words::default()), cx).await;
            match sent {
                Ok(_) => break,
                Err(error) if error.is_grant_missing() => {
                    // What has not begun yet may only be a request.
                    if let (Some("Granted"), Some(request)) = (self.status.as_deref(), self.request_id()) {
                        cancel(place, &request, cx).await.map_err(what())?;
                    }
                    break;
                }
                Err(error) if error.is_not_found() => break,
                Err(error) if error.is_too_young_to_remove() => {
                    let now = cx.api.now().map_err(what())?;
                    let since = instant(self.effective_start.as_ref()).unwrap_or(now);
                    if waited.is_none() {
                        tracing::info!("{} can be removed only five minutes after it was made; waiting", place.describe());
                    }
                    waited.get_or_insert(now);
                    cx.api.pause(pause).await.map_err(|ended| too_young(place, since, ended))?;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Err(error) => return Err(what()(error)),
            }
        }
        cx.api.removed_grant(&place.id());
        if let (Some(began), Ok(now)) = (waited, cx.api.now()) {
            let seconds = now.duration_since(began).as_secs();
            cx.warn(Diagnostic::warning(
                "The removal waited for Privileged Identity Management",
                format!(
                    "The service removes nothing within five minutes of making it. {} was removed after {seconds} seconds of waiting.",
                    capital(&place.describe())
                ),
            ));
        }
        Ok(())
    }
}

/// Sends a request about a grant, when nobody changes the policies there.
async fn send(place: &Place, request: Request, cx: &Context<Azure>) -> Result<Answer, Error> {
    let gate = cx.api.may_grant(&place.area).await?;
    let sent = cx.api.send(request).await;
    drop(gate);
    cx.api.wrote_there(&place.area);
    sent
}

/// Asks for something. Only what is to be made can be too early for a group or principal that was made a moment ago.
async fn ask(place: &Place, asked: &Asked, words: &Words, cx: &Context<Azure>) -> Result<Record, Error> {
    let name = Uuid::new_v4();
    let request = place.request(name, asked.action, Some(asked), words);
    let young_until = if asked.action == Action::Assign { Some(cx.api.young_until()?) } else { None };
    let settled = |sent: &Result<Answer, Error>| !matches!(sent, Err(error) if error.is_not_yet_there());
    match cx.api.until(young_until, || send(place, request.clone(), cx), settled).await {
        // A lost answer: the attempt before made the request of that name.
        Err(error) if error.is_request_exists() => cx.api.send(place.reading(&name.to_string())).await?.json(),
        sent => sent?.json(),
    }
}

/// Takes back a request. Answers whether there is nothing left of it.
async fn cancel(place: &Place, request: &str, cx: &Context<Azure>) -> Result<bool, Error> {
    match send(place, place.cancelling(request), cx).await {
        Ok(_) => Ok(true),
        // It is not pending any more, or gone.
        Err(error) if error.is_refusal() && !error.is_forbidden() => Ok(false),
        Err(error) => Err(error),
    }
}

/// What is in force or will be: a schedule whose time has come needs an instance, without which somebody took it away.
async fn in_force(place: &Place, anew: bool, cx: &Context<Azure>) -> Result<Option<Row>, Error> {
    let read = async |layer| {
        if anew {
            cx.api.granted_now(place.kind, layer, &place.area, place.principal).await
        } else {
            cx.api.granted(place.kind, layer, &place.area, place.principal).await
        }
    };
    let Some(schedule) = of(place, read(Layer::Schedules).await?) else { return Ok(None) };
    let now = cx.api.now()?;
    let is_on = schedule.start.is_none_or(|start| !is_to_come(start, now)) && schedule.end.is_none_or(|end| end > now);
    if is_on && of(place, read(Layer::Instances).await?).is_none() {
        // What has only just begun may have no instance yet.
        let is_new = schedule.start.is_some_and(|start| now.duration_since(start) < NEW);
        return Ok(is_new.then_some(schedule));
    }
    Ok(Some(schedule))
}

/// The row of this grant: not one through a group, a scope above or an activation, nor one that was ended.
fn of(place: &Place, rows: Vec<Row>) -> Option<Row> {
    const ENDED: [&str; 4] = ["Revoked", "Canceled", "Denied", "Failed"];
    let key = place.subject_key();
    let mut own: Vec<Row> = rows
        .into_iter()
        .filter(|row| row.subject == key && row.direct && !row.activated && !ENDED.contains(&row.status.as_str()))
        .collect();
    own.sort_by_key(|row| row.start);
    own.pop()
}

fn is_near(one: Timestamp, other: Timestamp, by: SignedDuration) -> bool {
    one.duration_since(other).abs() <= by
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

fn too_young(place: &Place, since: Timestamp, ended: Error) -> Diagnostic {
    let from = since.checked_add(FLOOR).unwrap_or(since);
    Diagnostic::error(
        format!("Could not remove {} yet", place.describe()),
        format!(
            "{ended}\n\nThe service removes nothing within five minutes of making it, and this was made at {since}. Run again after {from}, or give \
             `timeouts {{ delete = \"10m\" }}` or more."
        ),
    )
}

fn exists_already(place: &Place, managed: bool) -> Diagnostic {
    let id = place.id();
    let resource = place.resource();
    let detail = if managed {
        format!(
            "It is managed by this configuration already, perhaps by the very resource that this one is to replace: remove `create_before_destroy`, or one of two \
             resources for {id}."
        )
    } else {
        format!(
            "Bring it under the management of this configuration with an import block (put the resource's own name in):\n\n  import {{\n    to = aksaccess_{resource}.NAME\n    \
             id = {id:?}\n  }}\n\nor set adopt_existing = true to take it over."
        )
    };
    Diagnostic::error(format!("{} exists already", capital(&place.describe())), detail)
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
