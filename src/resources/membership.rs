//! What the resources of memberships have in common: what can be known to be wrong before anything is changed.

use std::collections::HashSet;

use framework::value::{Path, Step, Value};
use framework::{Change, Context, Diagnostic, Diagnostics, View, WarningKind};
use uuid::Uuid;

use crate::directory::{Identity, Part};
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

/// The id of a reference by the object ids in two attributes, if both are known.
pub(super) fn planned_id(planned: View<'_>, names: [&str; 2]) -> Option<String> {
    let [from, to] = names.map(|name| Named::attribute(planned, name));
    Some(format!("{}/{}", from?.id, to?.id))
}

/// What an object must be that an attribute names.
pub(super) struct Wanted {
    attribute: &'static str,
    noun: &'static str,
    kinds: &'static str,
    fits: fn(&Identity) -> bool,
}

impl Wanted {
    /// An attribute, what its object is to the other one, every kind that it can be, and whether it is one of them.
    pub(super) fn new(attribute: &'static str, noun: &'static str, kinds: &'static str, fits: fn(&Identity) -> bool) -> Self {
        Self { attribute, noun, kinds, fits }
    }
}

/// Whether a new reference from one object to another can be: both exist and are what they must be.
/// What is not known yet is not looked at, and in the apply walk the service reports the error.
pub(super) async fn check_reference(change: Change<'_>, wanted: [Wanted; 2], cx: &Context<Services>, found: &mut Diagnostics) {
    if change.in_apply || !change.touches("id") {
        return;
    }
    let named = wanted.map(|wanted| (Named::attribute(change.planned, wanted.attribute), wanted));
    let identities = match cx.api.directory().identities(&named.iter().flat_map(|(named, _)| named).map(|named| named.id).collect()).await {
        Ok(identities) => identities,
        // A failed lookup is no reason to refuse: the apply reports the error.
        Err(error) => return tracing::info!(%error, "what is referred to is not checked"),
    };
    for (named, Wanted { noun, kinds, fits, .. }) in named {
        let Some(Named { id, at }) = named else { continue };
        if !identities.get(&id).and_then(Option::as_deref).is_some_and(fits) {
            let detail = format!(
                "No {kinds} of the tenant has the object id {id}. Check for a mistyped id, an application id in place of its service principal's object id, or an \
                 object of another kind or tenant."
            );
            found.add(Diagnostic::error(format!("This {noun} does not exist"), detail).at(at));
        }
    }
}

/// The error of a creation that finds what it would make, and may not adopt it.
pub(super) fn exists_already(resource: &str, subject: &str, id: &str) -> Diagnostic {
    let detail = format!(
        "This configuration did not make it. Bring it under its management with an import block (put the resource's own name in):\n\n  import {{\n    to = \
         aksaccess_{resource}.NAME\n    id = {id:?}\n  }}\n\nor set adopt_existing = true to take it over. If a resource \
         was renamed, tell Terraform with a `moved` block instead."
    );
    Diagnostic::error(format!("There is {subject} already"), detail)
}

/// One group whose members are managed by a list and one by one.
pub(super) static MEMBERS_MANAGED_TWICE: WarningKind = WarningKind {
    id: "members_managed_twice",
    about: "The members of one group are managed by an `aksaccess_group_members` and by an `aksaccess_group_member`: each apply undoes what the other resource does.",
};

/// Warns of a group whose members are managed both as a list and one by one. `part` is what the planned resource manages.
pub(super) fn members_conflict(change: Change<'_>, part: Part, api: &Services, found: &mut Diagnostics) {
    let Some(group) = Named::attribute(change.planned, "group_id") else { return };
    if api.directory().manages_list("members", &group.id.to_string(), part, true) {
        let detail = format!(
            "An `aksaccess_group_members` manages the whole list of members of the group {}, and an `aksaccess_group_member` one of them. The list removes members \
             that it does not name, so each apply undoes what the other resource does. Name the member in the list and remove the single resource, or manage all \
             members one by one.",
            group.id
        );
        let summary = format!("The members of the group {} are managed by a list and one by one", group.id);
        found.add(Diagnostic::warning(summary, detail).at(group.at).of(&MEMBERS_MANAGED_TWICE));
    }
}

/// The error of a list of a group of which resources manage all, and single elements as well.
pub(super) fn managed_both_ways(list: &str, group: &str) -> Diagnostic {
    let detail = format!(
        "Each apply would undo what the other resource does. Take `{list}` out of the `aksaccess_group`, which leaves what is there as it is; or remove the resource \
         of the single element and name it in `{list}`."
    );
    Diagnostic::error(format!("`{list}` of the group {group} is managed by an aksaccess_group"), detail)
}

/// Whether what is planned can be: the group exists and can have these as members. What is not known yet is not looked at.
pub(super) async fn plan_check(planned: View<'_>, members: Vec<Named>, cx: &Context<Services>, found: &mut Diagnostics) {
    let group = Named::attribute(planned, "group_id");
    let ids: HashSet<Uuid> = members.iter().chain(&group).map(|named| named.id).collect();
    let identities = match cx.api.directory().identities(&ids).await {
        Ok(identities) => identities,
        // A failed lookup is no reason to refuse: the apply reports the error.
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
