//! Making a role assignment, and finding out what it means that one exists already.

use framework::{Context, Diagnostic, Resource, Result};
use uuid::Uuid;

use super::{RoleAssignment, checks};
use crate::arm::{Assignment, AssignmentId, Role, name_of};
use crate::attributes::object_id;
use crate::attributes::placement;
use crate::azure::Error;
use crate::client::consistency;
use crate::client::diagnose::could_not;
use crate::services::Services;

impl RoleAssignment {
    /// Makes the assignment, or takes over the one that exists.
    pub(super) async fn make(&mut self, cx: &mut Context<Services>) -> Result {
        let scope = placement::parsed("scope", self.placement.scope.as_deref().unwrap_or_default())?;
        let principal = object_id("principal_id", &self.principal_id)?;
        let role =
            cx.api.arm().role(&scope, &self.placement.role).await.map_err(|why| placement::no_role(&self.placement.role, &scope, why))?;
        let name = match &self.name {
            Some(name) => object_id("name", name)?,
            None => name_of(&scope, role.guid, principal),
        };
        let id = AssignmentId { scope, name };
        // From here on no other resource creates or adopts it.
        cx.claim(&id.to_string())?;
        let existing = self.there_already(&id, &role, cx).await?;
        self.create_with_id(&id, principal, role, existing, cx).await
    }

    async fn create_with_id(
        &mut self,
        id: &AssignmentId,
        principal: Uuid,
        role: Role,
        existing: Option<Assignment>,
        cx: &mut Context<Services>,
    ) -> Result {
        if self.principal_type.is_none() {
            self.principal_type = principal_type(principal, cx).await;
        }
        let answered = match existing {
            Some(existing) => {
                self.take_over(id, cx)?;
                self.update_to_match(existing, id, &role, cx).await?
            }
            None => match cx.api.arm().put_assignment(id, &self.properties(&role.id)).await {
                Ok(answered) => answered,
                Err(error) => self.although(error, id, &role, cx).await?,
            },
        };
        self.update_from_response(&answered, role.name);
        consistency::mark_written(cx);
        Ok(())
    }

    /// The assignment that is there under this very name and says something else, which a PUT would overwrite: that of another configuration, whose names are made
    /// the same way. An identical one may be what an interrupted run created, or the object that is being replaced; writing it again changes nothing.
    async fn there_already(&self, id: &AssignmentId, role: &Role, cx: &Context<Services>) -> Result<Option<Assignment>> {
        match cx.api.arm().find_assignment(id).await {
            // Of another role or principal: then the service refuses the name.
            Ok(found) => Ok(found.filter(|found| found.gives(role.guid, &self.principal_id) && !self.is_written_as(found))),
            // A missing permission or scope is an error of the write.
            Err(error) if error.is_answer() && !error.is_server_error() && !error.is_throttled() => Ok(None),
            Err(error) => Err(could_not(format!("see whether {} exists", self.describe()))(error)),
        }
    }

    /// What there is although making it failed.
    async fn although(&self, error: Error, id: &AssignmentId, role: &Role, cx: &mut Context<Services>) -> Result<Assignment> {
        let failed = || could_not(format!("make {}", self.describe()));
        if error.is_assignment_exists() {
            let Some(existing) = self.existing(&error, id, role, cx).await.map_err(failed())? else { return Err(failed()(error)) };
            let Some(existing_id) = AssignmentId::parse(&existing.id) else { return Err(failed()(error)) };
            // Under its own name it can only be what an attempt before has made.
            if existing_id != *id || !error.is_repeated() {
                self.take_over(&existing_id, cx)?;
            }
            return self.update_to_match(existing, &existing_id, role, cx).await;
        }
        if error.is_assignment_taken() {
            return Err(Diagnostic::error(
                "The name belongs to another role assignment",
                format!(
                    "There is a role assignment {} of another role, principal or scope; names are unique in all of Azure. Choose another `name`, or leave it out.\n\n{error}",
                    id.name
                ),
            )
            .at_attribute("name"));
        }
        if error.is_principal_missing() {
            return Err(Diagnostic::error(
                "This principal does not exist",
                format!(
                    "Azure Resource Manager knows no principal with the object id {}, and has been asked for a while. Check for a mistyped id, an application \
                     (client) id in place of its service principal's object id, or a principal of another tenant.\n\n{error}",
                    self.principal_id
                ),
            )
            .at_attribute("principal_id"));
        }
        if error.is_invalid_condition() {
            return Err(checks::about_the_condition(&error, failed()(error.clone())));
        }
        if error.denied().is_some()
            && let Some(cluster) = id.scope.cluster()
            && cx.api.arm().cluster(&cluster).await.is_err_and(|missing| missing.is_not_found())
        {
            let detail = format!(
                "Azure Resource Manager knows no cluster {cluster}, and says that a permission is missing where a scope does not exist. Check the ID.\n\n{error}"
            );
            return Err(Diagnostic::error("This cluster does not exist", detail).at_attribute("scope"));
        }
        if error.is_ambiguous() {
            // No answer came, and the service may have done it all the same.
            let there = cx.api.arm().assignment_now(id, None, |_| true).await;
            if let Some(there) = there.ok().filter(|there| there.gives(role.guid, &self.principal_id)) {
                tracing::warn!(%error, "the answer was lost; the role assignment is there");
                return Ok(there);
            }
        }
        Err(failed()(error))
    }

    /// The assignment because of which this one was refused.
    async fn existing(&self, error: &Error, id: &AssignmentId, role: &Role, cx: &Context<Services>) -> Result<Option<Assignment>, Error> {
        if let Some(name) = error.existing_assignment() {
            let existing = AssignmentId { scope: id.scope.clone(), name };
            match cx.api.arm().assignment_now(&existing, None, |_| true).await {
                Err(error) if error.is_not_found() => {}
                other => return other.map(|other| Some(other).filter(|other| other.gives(role.guid, &self.principal_id))),
            }
        }
        // Older answers do not name it: it is among those at the scope.
        let same = |other: &Assignment| {
            other.gives(role.guid, &self.principal_id) && AssignmentId::parse(&other.id).is_some_and(|other| other.scope == id.scope)
        };
        Ok(cx.api.arm().assignments_at(&id.scope).await?.into_iter().find(same))
    }

    /// Takes over somebody else's assignment, if the configuration allows it.
    fn take_over(&self, existing: &AssignmentId, cx: &mut Context<Services>) -> Result {
        let id = existing.to_string();
        if self.adopt_existing {
            return cx.adopt(&id);
        }
        if cx.is_managed(&id) {
            cx.claim(&id)?;
        }
        let detail = format!(
            "{} has the role at this scope already, by an assignment that this configuration did not make, unless an apply was interrupted:\n\n  \
             {existing}\n\nBring it under its management with an import block (put the resource's own name in):\n\n  import {{\n    to = aksaccess_role_assignment.NAME\n    id = \"{existing}\"\n  }}\n\n\
             or set adopt_existing = true to take it over.",
            self.principal_id
        );
        Err(Diagnostic::error("The role assignment exists already", detail))
    }

    /// Updates what exists to match the configuration, with a warning that names what changed.
    async fn update_to_match(
        &self,
        existing: Assignment,
        id: &AssignmentId,
        role: &Role,
        cx: &mut Context<Services>,
    ) -> Result<Assignment> {
        let mut it = self.clone();
        it.update_from_response(&existing, role.name.clone());
        if !self.has_identity_of(&it) {
            let detail = format!(
                "{id} gives the role through {}, which cannot be changed. Import it and let Terraform replace it, or write the same.",
                it.delegated_managed_identity_resource_id.as_deref().unwrap_or("no managed identity")
            );
            return Err(Diagnostic::error("The role assignment has another delegated identity", detail)
                .at_attribute("delegated_managed_identity_resource_id"));
        }
        if self.says_the_same(&it) {
            return Ok(existing);
        }
        let put = cx.api.arm().put_assignment(id, &self.properties(&role.id)).await;
        let answered =
            put.map_err(|error| checks::about_the_condition(&error, could_not(format!("change {}", self.describe()))(error.clone())))?;
        let detail = format!("{id} existed, and is now as this configuration says:\n\n{}", self.differences(&it).join("\n"));
        cx.warn(Diagnostic::warning("An adopted role assignment was changed", detail));
        Ok(answered)
    }

    /// Whether an answer says everything that this one would write.
    fn is_written_as(&self, answered: &Assignment) -> bool {
        let mut it = self.clone();
        it.update_from_response(answered, self.placement.role_name.clone());
        self.says_the_same(&it) && self.has_identity_of(&it)
    }

    fn has_identity_of(&self, other: &Self) -> bool {
        let identity = |it: &Self| it.delegated_managed_identity_resource_id.as_deref().unwrap_or_default().to_lowercase();
        identity(self) == identity(other)
    }

    /// What this says that the other said differently, one a line.
    fn differences(&self, before: &Self) -> Vec<String> {
        let shown = |value: &Option<String>| value.as_ref().map_or_else(|| "null".to_owned(), |value| format!("{value:?}"));
        let rows = [
            ("condition", &before.condition, &self.condition),
            ("condition_version", &before.condition_version, &self.condition_version),
            ("description", &before.description, &self.description),
        ];
        let changed = rows.into_iter().filter(|(_, before, now)| before != now);
        changed.map(|(name, before, now)| format!("  {name}: {} -> {}", shown(before), shown(now))).collect()
    }
}

/// What a principal is, so that Azure Resource Manager need not look for it: none where it is not known.
async fn principal_type(principal: Uuid, cx: &Context<Services>) -> Option<String> {
    match cx.api.directory().principal_type(principal).await {
        Ok(kind) => kind.map(str::to_owned),
        Err(error) => {
            // Missing permission to read is no reason to refuse: the service checks for duplicates itself.
            tracing::info!(%error, "the principal is not looked up");
            None
        }
    }
}
