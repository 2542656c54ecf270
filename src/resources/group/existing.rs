//! Groups that are there already, or were a moment ago: taken over instead of made, where the configuration asks for it.

use framework::{Context, Diagnostic, Resource, Result};

use super::Group;
use super::json::{Answered, UNIFIED};
use crate::azure::{Request, odata_literal};
use crate::diagnose::could_not;
use crate::directory::recent;
use crate::provider::Azure;

impl Group {
    /// With `adopt_existing` or `restore_deleted`: the one group of this name that is there, or in the bin, made what the configuration says.
    /// Answers whether there was one.
    pub(super) async fn take_over(&mut self, cx: &mut Context<Azure>) -> Result<bool> {
        let live = if self.adopt_existing { self.only("/groups", "adopt_existing", cx).await? } else { None };
        let found = match live {
            Some(found) => found,
            None if self.restore_deleted => {
                match self.only("/directory/deletedItems/microsoft.graph.group", "restore_deleted", cx).await? {
                    Some(deleted) => {
                        let restore = Request::post("/directory/deletedItems/{id}/restore").with("id", &deleted.id);
                        cx.api.send(restore).await.map_err(could_not(format!("restore {}", self.subject())))?;
                        deleted
                    }
                    None => return Ok(false),
                }
            }
            None => return Ok(false),
        };
        let mut prior = Group { owners: self.owners.is_some().then(Vec::new), ..self.clone() };
        self.check_same_kind(&found)?;
        prior.absorb(&found);
        // What is left open is as it was found.
        self.id = prior.id.clone();
        self.mail_nickname = self.mail_nickname.take().or_else(|| prior.mail_nickname.clone());
        self.visibility = self.visibility.take().or_else(|| prior.visibility.clone());
        self.types = self.types.take().or_else(|| prior.types.clone());
        if self.owners.is_some() {
            prior.owners = Some(self.linked(&super::links::OWNERS, cx).await?);
        }
        if self.administrative_unit_ids.is_some() {
            prior.administrative_unit_ids = Some(self.linked(&super::links::ADMINISTRATIVE_UNITS, cx).await?);
        }
        if let Err(error) = self.update(&prior, cx).await {
            // It must not get into state as tainted: it was there before, and the next apply would destroy it.
            let detail = format!(
                "{}\n\nThe group {} is there, but not in state. Import it, or run again with `adopt_existing = true`.",
                error.detail, self.id
            );
            self.id.clear();
            return Err(Diagnostic { detail, ..error });
        }
        // What the service decided, such as the mail address.
        let wanted = self.clone();
        self.absorb(&found);
        *self = Group {
            mail: self.mail.take(),
            proxy_addresses: self.proxy_addresses.take(),
            preferred_language: self.preferred_language.take(),
            security_identifier: self.security_identifier.take(),
            ..wanted
        };
        cx.api.manages_principal(&self.id, "Group");
        recent::wrote(cx);
        tracing::info!(id = self.id, "took over a group that was there");
        Ok(true)
    }

    /// The only group of this name in a collection; several cannot be told apart.
    async fn only(&self, collection: &'static str, asked: &str, cx: &Context<Azure>) -> Result<Option<Answered>> {
        let mut filter = format!("displayName eq {}", odata_literal(&self.display_name));
        if let Some(nickname) = &self.mail_nickname {
            filter.push_str(&format!(" and mailNickname eq {}", odata_literal(nickname)));
        }
        let request = Request::get(collection).query("$filter", filter);
        let mut found: Vec<Answered> = cx.api.list(request).await.map_err(could_not(format!("look for {}", self.subject())))?;
        // What this configuration manages belongs to another resource, or is about to be destroyed in favour of this one.
        found.retain(|group| !cx.api.is_managed(&group.id));
        if found.len() > 1 {
            let ids: Vec<&str> = found.iter().map(|group| group.id.as_str()).collect();
            let detail = format!("Their object ids are {}. Import the right one instead, or choose another name.", ids.join(", "));
            return Err(Diagnostic::error(format!("Several groups are called {:?}", self.display_name), detail).at_attribute(asked));
        }
        Ok(found.pop())
    }

    /// What cannot be changed must be as the configuration says.
    fn check_same_kind(&self, found: &Answered) -> Result {
        let mut there = self.clone();
        there.absorb(found);
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
}
