//! What the resources of memberships have in common: what can be known to be wrong before anything is changed.

use std::collections::HashSet;

use framework::value::{Path, Step, Value};
use framework::{Context, Diagnostic, Diagnostics, View};
use uuid::Uuid;

use crate::directory::Identity;
use crate::services::Services;

/// An object id that is known in a plan, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) id: Uuid,
    pub(super) at: Path,
}

impl Named {
    /// The id in an attribute, if it is known.
    pub(super) fn attribute(planned: View<'_>, name: &str) -> Option<Self> {
        Self::value(planned.raw(name), Path::attribute(name))
    }

    /// The ids in a list that are known.
    pub(super) fn list(planned: View<'_>, name: &str) -> Vec<Self> {
        let elements = planned.raw(name).elements().unwrap_or_default().iter().enumerate();
        let place = |at: usize| Path::attribute(name).join(Step::Index(i64::try_from(at).unwrap_or(i64::MAX)));
        elements.filter_map(|(at, element)| Self::value(element, place(at))).collect()
    }

    fn value(value: &Value, at: Path) -> Option<Self> {
        Some(Self { id: Uuid::parse_str(value.as_str()?).ok()?, at })
    }
}

/// Whether what is planned can be: the group exists and can have these as members. What is not known yet is not looked at.
pub(super) async fn plan_check(planned: View<'_>, members: Vec<Named>, cx: &Context<Services>, found: &mut Diagnostics) {
    let group = Named::attribute(planned, "group_id");
    let ids: HashSet<Uuid> = members.iter().chain(&group).map(|named| named.id).collect();
    let identities = match cx.api.directory().identities(&ids).await {
        Ok(identities) => identities,
        // Not being allowed to look is no reason to refuse: the service will tell.
        Err(error) => return tracing::info!(%error, "group and members are not checked"),
    };
    let of = |named: &Named| identities.get(&named.id).and_then(Option::as_deref);
    let placed = |wrong: Diagnostic, named: &Named| wrong.at(named.at.clone());
    if let Some(group) = &group {
        found.extend(wrong_group(group.id, of(group)).map(|wrong| placed(wrong, group)));
    }
    let group = group.as_ref().and_then(of);
    for member in &members {
        found.extend(wrong_member(member.id, of(member), group).map(|wrong| placed(wrong, member)));
    }
}

/// Why a group cannot be given members, if so.
fn wrong_group(id: Uuid, group: Option<&Identity>) -> Option<Diagnostic> {
    match group {
        None => Some(
            Diagnostic::error(
                "This group does not exist",
                format!("No object of the tenant has the object id {id}. Check for a mistyped id or a group of another tenant."),
            )
            .absent(id),
        ),
        Some(group) if !group.is_group() => Some(Diagnostic::error("This is not a group", format!("The object {id} is something else."))),
        Some(group) if group.is_dynamic() => Some(Diagnostic::error(
            "The members of this group follow from its rule",
            format!("The group {id} is dynamic: nobody can be added to it or removed by hand. Change its rule, or take another group."),
        )),
        Some(group) if group.is_synchronized() => Some(Diagnostic::error(
            "The members of this group are managed on premises",
            format!(
                "The group {id} is synchronized from a directory on premises, and Microsoft Graph refuses to change its members. Change them there."
            ),
        )),
        Some(_) => None,
    }
}

/// Why an object cannot be a member of the group, if so.
fn wrong_member(id: Uuid, member: Option<&Identity>, group: Option<&Identity>) -> Option<Diagnostic> {
    let Some(member) = member else {
        return Some(Diagnostic::error(
            "This member does not exist",
            format!(
                "No object of the tenant has the object id {id}. Check for a mistyped id, an application id in place of its service principal's object id, \
                 or an object of another tenant."
            ),
        ).absent(id));
    };
    let group = group?;
    if group.is_assignable_to_role() && member.is_group() {
        return Some(Diagnostic::error(
            "A group cannot be a member of a role-assignable group",
            format!(
                "The member {id} is a group. Name its members instead, or make the group eligible through Privileged Identity Management."
            ),
        ));
    }
    if group.is_unified() && !member.is_user() {
        return Some(Diagnostic::error(
            "Only users can be members of a Microsoft 365 group",
            format!("The object {id} is something else."),
        ));
    }
    None
}
