//! Names of groups in a plan: taken by another group, wanted twice, or the name of a group that is to be adopted.

use framework::{Change, Context, Diagnostic, Diagnostics, View};

use super::checks;
use super::existing::{KIND, Namesake, name_is_taken, namesakes, several};
use crate::services::Services;

/// Notes the name that an instance of the configuration gives its group.
pub(super) fn declare(config: View<'_>, api: &Services) {
    if let Some(name) = config.get::<String>("display_name") {
        api.directory().declare_name(KIND, &name, config.get::<Option<bool>>("prevent_duplicate_names").flatten() == Some(true));
    }
}

/// Two instances of one name, one of which wants it for itself.
pub(super) fn conflicts(change: Change<'_>, api: &Services, found: &mut Diagnostics) {
    let Some(name) = change.planned.get::<String>("display_name") else { return };
    if api.directory().declared_name(KIND, &name).is_conflict() {
        let detail = "One of them has `prevent_duplicate_names`. Give them different names, or set `prevent_duplicate_names = false`.";
        found.error("display_name", format!("Two groups of this configuration are called {name:?}"), detail);
    }
}

/// Looks for groups that have the name of a new group, or the new name of one. Answers with the group that a creation would adopt.
///
/// In an apply, the creation itself looks again: what is refused there while planning leaves an object deposed.
pub(super) async fn plan_check(change: Change<'_>, cx: &mut Context<Services>, found: &mut Diagnostics) -> Option<Namesake> {
    let is_set = |attribute: &str| change.planned.get::<bool>(attribute) == Some(true);
    let is_new = change.prior.is_none();
    let adopts = is_new && is_set("adopt_existing");
    let restores = is_new && is_set("restore_deleted");
    let prevents = is_set("prevent_duplicate_names") && change.touches("display_name");
    let name = change.planned.get::<String>("display_name")?;
    if change.in_apply || !cx.api.client().is_configured() || !(adopts || restores || prevents) {
        return None;
    }
    let mut there = match namesakes(&name, cx).await {
        Ok(there) => there,
        Err(error) => {
            let asked = [(prevents, "prevent_duplicate_names"), (adopts, "adopt_existing")];
            let attribute = asked.into_iter().find_map(|(asked, attribute)| asked.then_some(attribute)).unwrap_or("restore_deleted");
            found.add(error.at_attribute(attribute));
            return None;
        }
    };
    if adopts {
        return adoption(change, &name, there, cx, found);
    }
    let own = change.prior.and_then(|prior| prior.get::<String>("id")).unwrap_or_default();
    // One that is in state is the group which this one replaces, or has another name in the configuration: two of one name are refused elsewhere.
    there.retain(|group| group.id != own && !cx.is_managed(&group.id));
    let ids: Vec<&str> = there.iter().map(|group| group.id.as_str()).collect();
    match ids.first() {
        Some(_) if prevents => found.add(name_is_taken(&name, &ids)),
        Some(first) => {
            let detail = format!(
                "Its object id is {}, and it is not deleted: an apply that failed may have restored it, or it is somebody else's. Import it, set `adopt_existing = \
                 true`, or set `restore_deleted = false` to create another group of this name.\n\nimport {{\n  to = aksaccess_group.NAME\n  id = {first:?}\n}}",
                ids.join(", ")
            );
            found.error("restore_deleted", format!("A group called {name:?} exists already"), detail);
        }
        None => {}
    }
    None
}

/// What a creation with `adopt_existing` would adopt. It must be a single group, and none that a resource has in state and keeps: Terraform shows the
/// object of another resource too late in an apply, so this is found out in the plan.
fn adoption(change: Change<'_>, name: &str, there: Vec<Namesake>, cx: &Context<Services>, found: &mut Diagnostics) -> Option<Namesake> {
    let nickname = change.config.get::<Option<String>>("mail_nickname").flatten();
    let has_nickname = |group: &Namesake| match (&nickname, &group.mail_nickname) {
        (Some(wanted), Some(there)) => wanted.eq_ignore_ascii_case(there),
        (wanted, _) => wanted.is_none(),
    };
    let (mut free, kept): (Vec<Namesake>, Vec<Namesake>) =
        there.into_iter().filter(has_nickname).partition(|group| cx.plan_adoption(&group.id));
    let ids = |groups: &[Namesake]| groups.iter().map(|group| group.id.clone()).collect::<Vec<_>>().join(", ");
    if let ([], [_, ..]) = (free.as_slice(), kept.as_slice()) {
        let detail = format!(
            "Its object id is {}. If this group is to replace it, take `adopt_existing` out of the configuration for that apply. If a resource was renamed, tell \
             Terraform with a `moved` block.",
            ids(&kept)
        );
        found.error("adopt_existing", format!("The group {name:?} is managed by this configuration already"), detail);
        return None;
    }
    if free.len() + kept.len() > 1 {
        free.extend(kept);
        let all: Vec<&str> = free.iter().map(|group| group.id.as_str()).collect();
        found.add(several(name, &all).at_attribute("adopt_existing"));
        return None;
    }
    let only = free.pop()?;
    if only.on_premises_sync_enabled == Some(true) {
        found.add(Diagnostic { attribute: framework::value::Path::attribute("adopt_existing"), ..checks::synchronized(&only.id) });
        return None;
    }
    Some(only)
}
