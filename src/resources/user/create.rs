//! Making a user, once: also when the answer gets lost on its way, when there was one of that name before, or when one is in the bin.

use std::time::Duration;

use framework::{Context, Diagnostic, Resource, Result};
use tokio::time::Instant;

use super::json::{self, SELECT, UserResponse};
use super::{User, checks, deleted_items, password};
use crate::azure::{Error, Request};
use crate::client::diagnose::could_not;
use crate::client::restore;
use crate::client::{consistency, creation};
use crate::services::Services;

/// How often a creation is sent of which it is not known whether an earlier one took effect. No two users can have the same name, so none is made twice.
const TRIES: usize = 3;

/// Between two of them.
const PAUSE: Duration = Duration::from_secs(1);

impl User {
    /// Creates the user in one request, then gives it its manager.
    pub(super) async fn create_once(&mut self, cx: &mut Context<Services>) -> Result {
        let what = format!("create {}", self.describe());
        if self.restore_deleted
            && let Some(id) = deleted_items::find(&self.user_principal_name, cx).await.map_err(could_not(what.as_str()))?
        {
            return self.restore(&id, cx).await;
        }
        let mut new = self.clone();
        let password = match self.password_wo.clone().or_else(|| self.password.clone()) {
            Some(given) => given,
            None => new.password.insert(password::generate()?).clone(),
        };
        new.mail_nickname = self.mail_nickname.clone().or_else(|| checks::local_part(&self.user_principal_name).map(str::to_owned));
        let mut body = new.body();
        body.insert("passwordProfile".to_owned(), self.profile(&password));
        let request = Request::post("/users").json(&body);
        // A user who existed before the first attempt was created by another caller, however recently.
        let began = Instant::now();
        let mut tries = 0;
        let answered = loop {
            tries += 1;
            let error = match cx.api.client().send(request.clone()).await.and_then(|answer| answer.json::<UserResponse>()) {
                Ok(answered) => break answered,
                Err(error) => error,
            };
            let is_there = error.is_duplicate_property("userPrincipalName");
            if is_there && tries == 1 || !is_there && !error.is_ambiguous() {
                return if is_there { self.adopt_or_refuse(error, cx).await } else { Err(self.refused(what, error)) };
            }
            let mut found = self.created_since(began, is_there, cx).await;
            if matches!(found, Ok(None)) && !is_there {
                if tries < TRIES && cx.api.client().pause(PAUSE).await.is_ok() {
                    tracing::warn!("it is not known whether the user was created, and no replica shows it; the creation is sent again");
                    continue;
                }
                // This was the last attempt, so replicas are waited for: what may exist must not get lost.
                found = self.created_since(began, true, cx).await;
            }
            match found {
                Ok(Some(ours)) => break ours,
                Ok(None) if is_there => return self.adopt_or_refuse(error, cx).await,
                // Whatever hinders looking: that it is not known whether the user was made is what matters.
                Ok(None) | Err(_) => return Err(could_not(what)(error)),
            }
        };
        new.update_outputs(&answered);
        *self = new;
        cx.claim(&self.id)?;
        cx.api.directory().note_principal(&self.id, "User");
        consistency::mark_written(cx);
        self.set_manager(None, cx).await
    }

    /// The user of this name if it was created since `began`, by a request whose answer was lost: the name is unique. `waits`: until replicas must show it.
    async fn created_since(&self, began: Instant, waits: bool, cx: &Context<Services>) -> Result<Option<UserResponse>, Error> {
        let select = format!("{},createdDateTime", SELECT.as_str());
        let request = Request::get("/users/{id}").with("id", &self.user_principal_name).query("$select", select);
        // What may exist is looked for also when the operation was interrupted or its time is over.
        let client = cx.api.client().with_time(creation::SEARCH);
        let sent = if waits { client.send_until_visible(request).await } else { client.send(request).await };
        match sent.and_then(|answer| answer.json::<UserResponse>()) {
            Ok(found) => {
                let is_recent = cx.api.client().was_made_since(found.created_date_time.as_deref(), began);
                let ours = is_recent && found.text("displayName") == Some(self.display_name.as_str()) && !cx.is_managed(&found.id);
                if ours {
                    tracing::warn!(id = found.id, "the answer to the creation was lost; found the user by its name");
                }
                Ok(ours.then_some(found))
            }
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Handles a user of that name: adopted if that is configured, otherwise the error has its ID.
    async fn adopt_or_refuse(&mut self, error: Error, cx: &mut Context<Services>) -> Result {
        let what = format!("create {}", self.describe());
        let request = json::reading(self.manager_id.is_some()).request(&self.user_principal_name);
        let found = match cx.api.client().send(request).await.and_then(|answer| answer.json::<UserResponse>()) {
            Ok(found) => found,
            Err(missing) if missing.is_not_found() => return Err(self.deleted_user_error(error, cx).await),
            Err(unreadable) => return Err(could_not(what)(unreadable)),
        };
        if self.adopt_existing {
            return self.adopt(&found, cx).await;
        }
        let id = &found.id;
        let detail = format!(
            "{error}\n\nIts object id is {id}. To manage it here, import it:\n\nimport {{\n  to = aksaccess_user.NAME\n  id = \"{id}\"\n}}\n\n\
             or set `adopt_existing = true`, which takes it over and makes it what the configuration says."
        );
        Err(Diagnostic::error(format!("There is already a user {:?}", self.user_principal_name), detail)
            .at_attribute("user_principal_name"))
    }

    /// The name is taken and no user has it: perhaps a deleted one does.
    async fn deleted_user_error(&self, error: Error, cx: &Context<Services>) -> Diagnostic {
        let deleted = deleted_items::find(&self.user_principal_name, cx).await.ok().flatten();
        let mut refused = could_not(format!("create {}", self.describe()))(error);
        if let Some(id) = deleted {
            refused.detail.push_str(&format!(
                "\n\nA deleted user of that name is in the bin; its object id is {id}. Set `restore_deleted = true` to bring it back."
            ));
        }
        refused
    }

    /// Restores a deleted user and changes it to match the configuration.
    async fn restore(&mut self, id: &str, cx: &mut Context<Services>) -> Result {
        let what = could_not(format!("restore {}, whose object id is {id}", self.describe()));
        cx.adopt(id)?;
        let delete = Request::delete("/users/{id}").with("id", id);
        let request = Request::post("/directory/deletedItems/{id}/restore").with("id", id);
        let restored = restore::restore(cx, request, json::reading(self.manager_id.is_some()).request(id)).await;
        let found = match restored.and_then(|answer| answer.json::<UserResponse>().map_err(restore::Failed::afterwards)) {
            Ok(found) => found,
            // Somebody else has the name by now (unverified: that the service refuses it so).
            Err(restore::Failed { error, .. }) if error.is_duplicate_property("userPrincipalName") => {
                cx.advise("It is still deleted.");
                return self.adopt_or_refuse(error, cx).await;
            }
            Err(failed) => {
                restore::undo(cx, delete, failed.is_untouched).await;
                return Err(what(failed.error));
            }
        };
        if let Err(error) = self.adopt(&found, cx).await {
            restore::undo(cx, delete, false).await;
            return Err(error);
        }
        Ok(())
    }

    /// Changes an existing user to match the configuration. It keeps its password unless one is given.
    async fn adopt(&mut self, found: &UserResponse, cx: &mut Context<Services>) -> Result {
        cx.adopt(&found.id)?;
        consistency::mark_written(cx);
        let prior = User::described_by(found);
        let mut ours = User { id: found.id.clone(), ..self.clone() };
        ours.apply_changes(&prior, cx).await?;
        ours.update_outputs(found);
        *self = ours;
        cx.api.directory().note_principal(&self.id, "User");
        Ok(())
    }
}
