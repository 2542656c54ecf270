//! Groups that exist already, or did a moment ago: adopted or restored instead of created, where the configuration asks for it; and names that are taken.

use framework::{Change, Context, Diagnostic, Diagnostics, Resource, Result};
use serde::Deserialize;

use super::json::{GroupResponse, SELECT, UNIFIED};
use super::{Group, links};
use crate::azure::{Request, odata_literal};
use crate::client::consistency;
use crate::client::diagnose::could_not;
use crate::client::restore;
use crate::resources::interrupted_creation;
use crate::services::Services;

/// What a name is declared and created as.
pub(super) const KIND: &str = "group";

const BIN: &str = "/directory/deletedItems/microsoft.graph.group";

/// A group of a certain name.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Namesake {
    pub(super) id: String,
    pub(super) mail_nickname: Option<String>,
    pub(super) is_assignable_to_role: Option<bool>,
    pub(super) on_premises_sync_enabled: Option<bool>,
}

/// The groups of this name.
pub(super) async fn namesakes(name: &str, cx: &Context<Services>) -> Result<Vec<Namesake>> {
    let request = Request::get("/groups")
        .query("$filter", format!("displayName eq {}", odata_literal(name)))
        .query("$select", "id,mailNickname,isAssignableToRole,onPremisesSyncEnabled");
    cx.api.client().list(request).await.map_err(could_not(format!("look for groups called {name:?}")))
}

/// The error of a name that another group has.
pub(super) fn name_is_taken(name: &str, ids: &[&str]) -> Diagnostic {
    let first = ids.first().unwrap_or(&"");
    let import = format!("import {{\n  to = aksaccess_group.NAME\n  id = {first:?}\n}}");
    let detail =
        format!("Its object id is {}. Choose another name, set `adopt_existing = true`, or import it:\n\n{import}", ids.join(", "));
    Diagnostic::error(format!("Another group is called {name:?}"), detail).at_attribute("display_name")
}

/// In a plan that creates without looking for a group of its name: warns of a group of the same content that an interrupted run may have created. The groups of the
/// last hour are listed once.
pub(super) async fn check_interrupted_creation(change: Change<'_>, cx: &Context<Services>, found: &mut Diagnostics) {
    let Some(planned) = interrupted_creation::created::<Group>(change, cx) else { return };
    if planned.adopt_existing || planned.restore_deleted || planned.prevent_duplicate_names {
        return;
    }
    let Some(since) = interrupted_creation::since(cx).await else { return };
    let listed = match cx.api.directory().created_since("/groups", &format!("{SELECT},createdDateTime"), since).await {
        Ok(listed) => listed,
        Err(error) => return tracing::info!(%error, "what interrupted runs have left cannot be looked for"),
    };
    let same = listed
        .iter()
        .filter_map(|group| serde_json::from_str::<GroupResponse>(group.get()).ok())
        .filter(|group| planned.has_content_of(group));
    let same = same.map(|group| (group.id, group.created_date_time)).collect();
    interrupted_creation::report(&planned, same, since, cx, found).await;
}

impl Group {
    /// Whether a creation of this group makes what the service answered.
    fn has_content_of(&self, answered: &GroupResponse) -> bool {
        let mut there = self.clone();
        there.update_from_response(answered);
        // Without one in the configuration, a nickname is generated.
        let planned = Self { mail_nickname: self.mail_nickname.clone().or(there.mail_nickname.clone()), ..self.clone() };
        let fixed = |group: &Self| (group.mail_enabled, group.assignable_to_role);
        planned.changes(&there).1.is_empty() && fixed(&planned) == fixed(&there)
    }

    /// With `adopt_existing` or `restore_deleted`: adopts the one group of this name that exists or is deleted. Answers whether there was one.
    pub(super) async fn adopt_or_restore(&mut self, cx: &mut Context<Services>) -> Result<bool> {
        let live = if self.adopt_existing { self.only("/groups", "adopt_existing", cx).await? } else { None };
        if let Some(found) = live {
            cx.adopt(&found.id)?;
            self.update_from(&found, cx).await?;
            return Ok(true);
        }
        let deleted = if self.restore_deleted { self.only(BIN, "restore_deleted", cx).await? } else { None };
        let Some(found) = deleted else { return Ok(false) };
        self.check_same_kind(&found)?;
        cx.adopt(&found.id)?;
        let delete = Request::delete("/groups/{id}").with("id", &found.id);
        let request = Request::post("/directory/deletedItems/{id}/restore").with("id", &found.id);
        let read = Request::get("/groups/{id}").with("id", &found.id).query("$select", "id");
        if let Err(failed) = restore::restore(cx, request, read).await {
            restore::undo(cx, delete, failed.is_untouched).await;
            return Err(could_not(format!("restore {}", self.describe()))(failed.error));
        }
        if let Err(error) = self.update_from(&found, cx).await {
            restore::undo(cx, delete, false).await;
            return Err(error);
        }
        Ok(true)
    }

    /// Makes of a group that exists what the configuration says.
    async fn update_from(&mut self, found: &GroupResponse, cx: &mut Context<Services>) -> Result {
        self.check_same_kind(found)?;
        let mut prior = Group { owners: self.owners.is_some().then(Vec::new), ..self.clone() };
        prior.update_from_response(found);
        // What is left open is as it was found.
        self.id = prior.id.clone();
        self.mail_nickname = self.mail_nickname.take().or_else(|| prior.mail_nickname.clone());
        self.visibility = self.visibility.take().or_else(|| prior.visibility.clone());
        self.types = self.types.take().or_else(|| prior.types.clone());
        if self.owners.is_some() {
            prior.owners = Some(self.linked(&links::OWNERS, cx).await?);
        }
        if self.administrative_unit_ids.is_some() {
            prior.administrative_unit_ids = Some(self.linked(&links::ADMINISTRATIVE_UNITS, cx).await?);
        }
        self.change(&prior, cx).await?;
        // What the service decided, such as the mail address.
        let wanted = self.clone();
        self.update_from_response(found);
        *self = Group {
            mail: self.mail.take(),
            proxy_addresses: self.proxy_addresses.take(),
            preferred_language: self.preferred_language.take(),
            security_identifier: self.security_identifier.take(),
            behaviors: wanted.behaviors.clone().or(self.behaviors.take()),
            provisioning_options: wanted.provisioning_options.clone().or(self.provisioning_options.take()),
            ..wanted
        };
        cx.api.directory().note_principal(&self.id, "Group");
        consistency::mark_written(cx);
        tracing::info!(id = self.id, "adopted a group that existed");
        Ok(())
    }

    /// The only group of this name in a collection; several cannot be distinguished.
    async fn only(&self, collection: &'static str, asked: &str, cx: &Context<Services>) -> Result<Option<GroupResponse>> {
        let mut filter = format!("displayName eq {}", odata_literal(&self.display_name));
        if let Some(nickname) = &self.mail_nickname {
            filter.push_str(&format!(" and mailNickname eq {}", odata_literal(nickname)));
        }
        let request = Request::get(collection).query("$filter", filter);
        let mut found: Vec<GroupResponse> =
            cx.api.client().list(request).await.map_err(could_not(format!("look for {}", self.describe())))?;
        // What this configuration manages belongs to another resource, or was deleted in favour of this one.
        if collection != BIN {
            found.retain(|group| !cx.is_managed(&group.id));
        }
        if found.len() > 1 {
            let ids: Vec<&str> = found.iter().map(|group| group.id.as_str()).collect();
            return Err(several(&self.display_name, &ids).at_attribute(asked));
        }
        Ok(found.pop())
    }

    /// What cannot be changed must be as the configuration says.
    fn check_same_kind(&self, found: &GroupResponse) -> Result {
        let mut there = self.clone();
        there.update_from_response(found);
        let unified = |group: &Group| group.types.iter().flatten().any(|kind| kind == UNIFIED);
        let fixed = [
            ("types", self.types.is_some() && unified(self) != unified(&there)),
            ("mail_enabled", self.mail_enabled != there.mail_enabled),
            ("assignable_to_role", self.assignable_to_role != there.assignable_to_role),
        ];
        match fixed.into_iter().find(|(_, differs)| *differs) {
            None => Ok(()),
            Some((attribute, _)) => {
                let detail = format!(
                    "Its object id is {}. The service cannot change this; make the configuration say the same, or choose another name.",
                    found.id
                );
                let summary = format!("The group {:?} that is there has another {attribute}", self.display_name);
                Err(Diagnostic::error(summary, detail).at_attribute(attribute))
            }
        }
    }

    /// In an apply, with `prevent_duplicate_names`: refuses a name that was not known in the plan and that another group has.
    ///
    /// The group that this one replaces may still have the name, with `create_before_destroy`, and Terraform does not show it before the new one is created.
    /// It has a mail nickname that this provider made up, or the configured one: such a group is passed over, because the plan has looked at every name that
    /// it knew.
    pub(super) async fn refuse_taken_name(&self, cx: &Context<Services>) -> Result {
        let name = &self.display_name;
        if let Some(id) = cx.api.directory().created_of_name(KIND, name).filter(|id| *id != self.id && cx.is_created(id)) {
            return Err(name_is_taken(name, &[&id]));
        }
        let is_own = |group: &Namesake| {
            let nickname = group.mail_nickname.as_deref().unwrap_or_default();
            match &self.mail_nickname {
                _ if !self.id.is_empty() => group.id == self.id,
                Some(configured) => nickname.eq_ignore_ascii_case(configured),
                None => uuid::Uuid::try_parse(nickname).is_ok(),
            }
        };
        let may_have_it = |group: &Namesake| !cx.is_created(&group.id) && (is_own(group) || cx.is_managed(&group.id));
        let mut taken = namesakes(name, cx).await.map_err(|error| error.at_attribute("prevent_duplicate_names"))?;
        taken.retain(|group| group.id != self.id && !may_have_it(group));
        match taken.as_slice() {
            [] => Ok(()),
            taken => Err(name_is_taken(name, &taken.iter().map(|group| group.id.as_str()).collect::<Vec<_>>())),
        }
    }
}

/// The error of several groups that cannot be distinguished.
pub(super) fn several(name: &str, ids: &[&str]) -> Diagnostic {
    let detail = format!("Their object ids are {}. Import the right one instead, or choose another name.", ids.join(", "));
    Diagnostic::error(format!("Several groups are called {name:?}"), detail)
}
