//! Making a group, once: also when the answer gets lost on its way.

use framework::{Context, Resource, Result};
use serde_json::json;
use tokio::time::Instant;

use super::Group;
use super::existing::KIND;
use super::json::GroupResponse;
use super::links::{self, REFERENCES_A_PATCH};
use crate::azure::{Error, Request, odata_literal};
use crate::client::diagnose::could_not;
use crate::client::{consistency, creation};
use crate::services::Services;

impl Group {
    /// Creates the group with its first owners in one request, then what does not fit into that.
    pub(super) async fn create_once(&mut self, cx: &mut Context<Services>) -> Result {
        // A generated nickname is unique: a creation whose answer was lost is found by it.
        let marker = uuid::Uuid::new_v4().to_string();
        let nickname = self.mail_nickname.clone().unwrap_or(marker);
        let what = format!("create {}", self.describe());
        let request = self.creation(&nickname, cx).await.map_err(could_not(what.as_str()))?;
        // Only references to new objects can be too early; an error about an invalid value is final.
        let names_others = self.owners.iter().chain(&self.administrative_unit_ids).flatten().next().is_some();
        let began = Instant::now();
        let send = || async {
            let request = request.clone();
            let sent = if names_others { cx.api.client().send_until_visible(request).await } else { cx.api.client().send(request).await };
            sent?.json::<GroupResponse>()
        };
        let filter = format!("mailNickname eq {} and displayName eq {}", odata_literal(&nickname), odata_literal(&self.display_name));
        let listing = Request::get("/groups").query("$filter", filter);
        // With a nickname that the configuration gives, a group of the same name may have been there before: only one that was made since is ours.
        let is_ours =
            |group: &GroupResponse| cx.api.client().was_made_since(group.created_date_time.as_deref(), began) && !cx.is_managed(&group.id);
        let answered = creation::once(cx.api.client(), send, &listing, is_ours).await.map_err(could_not(what.as_str()))?;
        let (owners, units) = (self.owners.clone(), self.administrative_unit_ids.clone());
        self.update_from_response(&answered);
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
}
