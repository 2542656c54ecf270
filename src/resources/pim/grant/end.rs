//! Ending a grant.

use framework::{Context, Diagnostic, Result};
use jiff::Timestamp;
use uuid::Uuid;

use super::{FIRST_PAUSE, FLOOR, Grant, LONGEST_PAUSE, capital, instant, send};
use crate::azure::Error;
use crate::diagnose::could_not;
use crate::provider::Azure;
use crate::resources::pim::decision::Action;
use crate::resources::pim::place::{Place, Words};

impl Grant {
    /// Ends it, waiting until the service lets it be ended.
    pub(crate) async fn delete(&mut self, place: &Place, cx: &mut Context<Azure>) -> Result {
        let what = || could_not(format!("remove {}", place.describe()));
        if self.is_in_progress()
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

/// Takes back a request. Answers whether there is nothing left of it.
async fn cancel(place: &Place, request: &str, cx: &Context<Azure>) -> Result<bool, Error> {
    match send(place, place.cancelling(request), cx).await {
        Ok(_) => Ok(true),
        // It is not pending any more, or gone.
        Err(error) if error.is_rejected() || error.is_not_found() => Ok(false),
        Err(error) => Err(error),
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
