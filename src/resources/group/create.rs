//! Making a group, once: also when the answer gets lost on its way.

use std::time::Duration;

use framework::{Context, Diagnostic, Resource, Result};
use serde_json::json;
use tokio::time::Instant;

use super::Group;
use super::existing::KIND;
use super::json::Answered;
use super::links::{self, REFERENCES_A_PATCH};
use crate::azure::{Error, Request, odata_literal};
use crate::client::consistency;
use crate::client::diagnose::could_not;
use crate::services::Services;

/// How long a creation whose answer was lost is looked for. A new group can take that long to be found by its nickname (docs/services/graph.md#replication).
const SEARCH: Duration = Duration::from_secs(30);

/// How often a creation is sent that certainly had no effect before.
const TRIES: usize = 3;

impl Group {
    /// Creates the group with its first owners in one request, then what does not fit into that.
    pub(super) async fn create_once(&mut self, cx: &mut Context<Services>) -> Result {
        // A generated nickname is unique: a creation whose answer was lost is found by it.
        let marker = uuid::Uuid::new_v4().to_string();
        let nickname = self.mail_nickname.clone().unwrap_or_else(|| marker.clone());
        let made_up = self.mail_nickname.is_none();
        let what = format!("create {}", self.describe());
        let request = self.creation(&nickname, cx).await.map_err(could_not(what.as_str()))?;
        // Only references to new objects can be too early; an error about an invalid value is final.
        let names_others = self.owners.iter().chain(&self.administrative_unit_ids).flatten().next().is_some();
        let mut tries = 0;
        let answered: Answered = loop {
            let began = Instant::now();
            let sent = if names_others {
                cx.api.client().send_until_visible(request.clone()).await
            } else {
                cx.api.client().send(request.clone()).await
            };
            tries += 1;
            match sent.and_then(|answer| answer.json()) {
                Ok(answered) => break answered,
                Err(error) if error.is_ambiguous() => match self.find_lost(&nickname, began, &error, cx).await {
                    Ok(Some(found)) => break found,
                    // Nobody has the nickname that only we know: it was not made, and can be made again.
                    Ok(None) if made_up && tries < TRIES => tracing::warn!(nickname, "the creation had no effect; once more"),
                    Ok(None) => return Err(could_not(what.as_str())(error)),
                    Err(unsure) => return Err(unsure),
                },
                Err(error) => return Err(could_not(what.as_str())(error)),
            }
        };
        let (owners, units) = (self.owners.clone(), self.administrative_unit_ids.clone());
        self.absorb(&answered);
        cx.claim(&self.id)?;
        cx.api.directory().note_principal(&self.id, "Group");
        cx.api.directory().created_name(KIND, &self.display_name, &self.id);
        consistency::mark_written(cx);
        let rest = owners.as_deref().unwrap_or_default().get(REFERENCES_A_PATCH..).unwrap_or_default();
        self.link(&links::OWNERS, rest, cx).await?;
        let rest = units.as_deref().unwrap_or_default().get(1..).unwrap_or_default();
        self.link(&links::ADMINISTRATIVE_UNITS, rest, cx).await
    }

    /// The request that makes it: in its first administrative unit, if it is to be in one, since the caller may have no rights outside.
    async fn creation(&self, nickname: &str, cx: &Context<Services>) -> Result<Request, Error> {
        let mut body = self.body(nickname);
        let owners = self.owners.as_deref().unwrap_or_default();
        if !owners.is_empty() {
            let mut first = Vec::new();
            for owner in owners.iter().take(REFERENCES_A_PATCH) {
                first.push(cx.api.client().reference("directoryObjects", owner).await?);
            }
            body.insert("owners@odata.bind".to_owned(), json!(first));
        }
        Ok(match self.administrative_unit_ids.iter().flatten().next() {
            Some(unit) => {
                body.insert("@odata.type".to_owned(), json!("#microsoft.graph.group"));
                Request::post("/directory/administrativeUnits/{unit}/members").with("unit", unit).json(&body)
            }
            None => Request::post("/groups").json(&body),
        })
    }

    /// The group that may have been made although no answer came; none if it was not. With a nickname that the configuration gives, a group of
    /// the same name may have been there before: only one that was made since is ours.
    async fn find_lost(&self, nickname: &str, began: Instant, lost: &Error, cx: &Context<Services>) -> Result<Option<Answered>> {
        let filter = format!("mailNickname eq {} and displayName eq {}", odata_literal(nickname), odata_literal(&self.display_name));
        let unsure = |why: String| {
            let detail = format!(
                "{lost}\n\nIt may have been made all the same: {why}. Look for a group with the mail nickname {nickname:?} before you run again."
            );
            Diagnostic::error(format!("Could not create {}", self.describe()), detail)
        };
        let looking_since = Instant::now();
        let mut pause = Duration::from_millis(500);
        loop {
            let request = Request::get("/groups").query("$filter", filter.clone());
            let mut found: Vec<Answered> =
                cx.api.client().list(request).await.map_err(|error| unsure(format!("looking for it failed ({error})")))?;
            found.retain(|group| cx.api.client().was_made_since(group.created_date_time.as_deref(), began) && !cx.is_managed(&group.id));
            match found.len() {
                0 if looking_since.elapsed() >= SEARCH => return Ok(None),
                0 => {
                    cx.api.client().pause(pause).await.map_err(|error| unsure(error.to_string()))?;
                    pause = (pause * 2).min(Duration::from_secs(5));
                }
                1 => {
                    tracing::warn!(nickname, "the answer to the creation was lost; found the group by its nickname");
                    return Ok(found.pop());
                }
                _ => {
                    let ids: Vec<&str> = found.iter().map(|group| group.id.as_str()).collect();
                    return Err(unsure(format!("several groups could be it: {}", ids.join(", "))));
                }
            }
        }
    }
}
