//! Groups that are there already, or were a moment ago: taken over instead of made, where the configuration asks for it.

use framework::{Context, Diagnostic, Resource, Result};

use super::Group;
use super::json::Answered;
use crate::azure::{Request, odata_literal};
use crate::diagnose::could_not;
use crate::provider::Azure;

impl Group {
    /// With `adopt_existing` or `restore_deleted`: the one group of this name that is there, or in the bin, made what the configuration says.
    /// Answers whether there was one.
    pub(super) async fn take_over(&mut self, cx: &mut Context<Azure>) -> Result<bool> {
        let live = if self.adopt_existing { self.only("/groups", "adopt_existing", cx).await? } else { None };
        let adopted = live.is_some();
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
        prior.absorb(&found);
        self.check_same_kind(&prior)?;
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
            if adopted {
                // It must not get into state as tainted: it was there before, and the next apply would destroy it.
                self.id.clear();
            }
            return Err(error);
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
        if found.len() > 1 {
            let ids: Vec<&str> = found.iter().map(|group| group.id.as_str()).collect();
            let detail = format!("Their object ids are {}. Import the right one instead, or choose another name.", ids.join(", "));
            return Err(Diagnostic::error(format!("Several groups are called {:?}", self.display_name), detail).at_attribute(asked));
        }
        Ok(found.pop())
    }

    /// What cannot be changed must be as the configuration says.
    fn check_same_kind(&self, there: &Group) -> Result {
        let differs = |attribute: &str| {
            let detail = format!(
                "Its object id is {}. The service cannot change this; make the configuration say the same, or choose another name.",
                there.id
            );
            Err(Diagnostic::error(format!("The group {:?} that is there has another {attribute}", self.display_name), detail)
                .at_attribute(attribute))
        };
        if self.mail_enabled != there.mail_enabled {
            return differs("mail_enabled");
        }
        if self.assignable_to_role != there.assignable_to_role {
            return differs("assignable_to_role");
        }
        Ok(())
    }
}
