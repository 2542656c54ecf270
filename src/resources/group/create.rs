//! Making a group, once: also when the answer gets lost on its way.

use std::time::Duration;

use framework::{Context, Resource, Result};
use serde_json::json;

use super::Group;
use super::json::Answered;
use super::links::{self, REFERENCES_A_PATCH};
use crate::azure::{Error, Request, odata_literal};
use crate::diagnose::could_not;
use crate::provider::Azure;

/// How long a creation whose answer was lost is looked for. A new group can take that long to be found by its nickname (service-behaviour 3).
const SEARCH: Duration = Duration::from_secs(30);

impl Group {
    /// Creates the group with its first owners in one request, then what does not fit into that.
    pub(super) async fn create_once(&mut self, cx: &mut Context<Azure>) -> Result {
        // A nickname of our own making is nobody else's: by it a creation whose answer was lost is found again.
        let marker = uuid::Uuid::new_v4().to_string();
        let nickname = self.mail_nickname.clone().unwrap_or_else(|| marker.clone());
        let made_up = self.mail_nickname.is_none();
        let what = format!("create {}", self.subject());
        let request = self.creation(&nickname, cx).await.map_err(could_not(what.as_str()))?;
        // Only what names other objects can be too early; an invalid value is told at once.
        let sent =
            if self.owners.iter().flatten().next().is_some() { cx.api.send_young(request).await } else { cx.api.send(request).await };
        let answered = sent.and_then(|answer| answer.json());
        let answered = match answered {
            Ok(answered) => answered,
            Err(error) if error.is_ambiguous() => self.find_lost(&nickname, made_up, error, cx).await.map_err(could_not(what.as_str()))?,
            Err(error) => return Err(could_not(what.as_str())(error)),
        };
        let (owners, units) = (self.owners.clone(), self.administrative_unit_ids.clone());
        self.absorb(&answered);
        let rest = owners.as_deref().unwrap_or_default().get(REFERENCES_A_PATCH..).unwrap_or_default();
        self.link(&links::OWNERS, rest, cx).await?;
        let rest = units.as_deref().unwrap_or_default().get(1..).unwrap_or_default();
        self.link(&links::ADMINISTRATIVE_UNITS, rest, cx).await
    }

    /// The request that makes it: in its first administrative unit, if it is to be in one, since the caller may have no rights outside.
    async fn creation(&self, nickname: &str, cx: &Context<Azure>) -> Result<Request, Error> {
        let mut body = self.body(nickname);
        let owners = self.owners.as_deref().unwrap_or_default();
        if !owners.is_empty() {
            let mut first = Vec::new();
            for owner in owners.iter().take(REFERENCES_A_PATCH) {
                first.push(cx.api.reference("directoryObjects", owner).await?);
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

    /// The group that may have been made although no answer came. With a nickname that the configuration gives, a group of the same name
    /// may have been there before, so only one that was made just now is taken for ours.
    async fn find_lost(&self, nickname: &str, made_up: bool, lost: Error, cx: &Context<Azure>) -> Result<Answered, Error> {
        let filter = format!("mailNickname eq {} and displayName eq {}", odata_literal(nickname), odata_literal(&self.display_name));
        let request = || Request::get("/groups").query("$filter", filter.clone());
        let began = tokio::time::Instant::now();
        let mut pause = Duration::from_millis(500);
        loop {
            let mut found: Vec<Answered> = cx.api.list(request()).await?;
            if !made_up {
                found.retain(|group| cx.api.is_recent(group.created_date_time.as_deref()));
            }
            match found.len() {
                1 => {
                    tracing::warn!(nickname, "the answer to the creation was lost; found the group by its nickname");
                    return found.pop().ok_or(lost);
                }
                // None yet, or several of which none can be told to be ours.
                0 if began.elapsed() < SEARCH => {
                    cx.api.pause(pause).await?;
                    pause = (pause * 2).min(Duration::from_secs(5));
                }
                _ => return Err(lost),
            }
        }
    }
}
