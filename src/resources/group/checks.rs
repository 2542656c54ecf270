//! What can be known to be wrong before anything is changed.

use std::collections::HashSet;

use framework::schema::Check;
use framework::value::{Path, Step, Value};
use framework::{Change, Context, Diagnostic, Diagnostics, Model, View};
use uuid::Uuid;

use super::json::{DYNAMIC, UNIFIED};
use super::{DynamicMembership, Group};
use crate::directory::Identity;
use crate::services::Services;

/// Characters that Graph refuses in a mail nickname (docs/services/graph.md#creating-groups).
const NOT_IN_NICKNAMES: &str = "@()\\[]\";:<>, ";

/// What a mail nickname must be.
pub(super) fn nickname() -> Check {
    Check::text("have 1 to 64 ASCII characters, none of them a space or one of `@ ( ) \\ [ ] \" ; : < > ,`", |text| {
        (1..=64).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic() && !NOT_IN_NICKNAMES.contains(c))
    })
}

fn has(types: &Value, kind: &str) -> bool {
    types.elements().unwrap_or_default().iter().any(|element| element.as_str() == Some(kind))
}

/// Whether two lists of types mean the same: `DynamicMembership` follows from the rule and need not be listed.
pub(super) fn same_types(one: &Value, other: &Value) -> bool {
    matches!((one, other), (Value::List(_), Value::List(_))) && has(one, UNIFIED) == has(other, UNIFIED)
}

/// Whether the change makes a Microsoft 365 group of another, or the other way round, which the service cannot do.
pub(super) fn other_kind(prior: &Value, planned: &Value) -> bool {
    planned.is_wholly_known() && has(prior, UNIFIED) != has(planned, UNIFIED)
}

/// Whether the change hides or shows the membership, which can be chosen only at creation (docs/services/graph.md#creating-groups).
pub(super) fn membership_hidden(prior: &Value, planned: &Value) -> bool {
    let hidden = |visibility: &Value| visibility.as_str() == Some("HiddenMembership");
    !planned.is_unknown() && hidden(prior) != hidden(planned)
}

/// Attributes that do not go together.
pub(super) fn validate(config: View<'_>, found: &mut Diagnostics) {
    let types = config.get::<Option<Vec<String>>>("types");
    let listed = |kind: &str| types.as_ref().map(|types| types.iter().flatten().any(|listed| listed == kind));
    let unified = listed(UNIFIED);
    let mail = config.get::<Option<bool>>("mail_enabled").map(Option::unwrap_or_default);
    let security = config.get::<Option<bool>>("security_enabled").map(|given| given.unwrap_or(true));
    let assignable = config.get::<Option<bool>>("assignable_to_role").map(Option::unwrap_or_default);
    let dynamic = config.says("dynamic_membership");
    if (unified, mail) == (Some(false), Some(true)) {
        found.error(
            "mail_enabled",
            "Only a Microsoft 365 group has a mail address",
            "Set `types = [\"Unified\"]` as well, or leave `mail_enabled` out. The service makes no other mail-enabled groups.",
        );
    }
    if (unified, mail) == (Some(true), Some(false)) {
        found.error(
            "mail_enabled",
            "A Microsoft 365 group has a mail address",
            "Set `mail_enabled = true`, or take `Unified` out of `types`.",
        );
    }
    if (security, mail) == (Some(false), Some(false)) {
        found.error(
            "security_enabled",
            "A group must be good for something",
            "Set `security_enabled` or, for a Microsoft 365 group, `mail_enabled` to true.",
        );
    }
    if (assignable, dynamic) == (Some(true), Some(true)) {
        found.error(
            "dynamic_membership",
            "A group that can be given roles cannot be dynamic",
            "Remove `dynamic_membership`, or `assignable_to_role`.",
        );
    }
    if (assignable, security) == (Some(true), Some(false)) {
        found.error(
            "security_enabled",
            "A group that can be given roles must be security-enabled",
            "Set `security_enabled = true`, or leave it out.",
        );
    }
    if (dynamic, listed(DYNAMIC)) == (Some(false), Some(true)) {
        found.error("types", "A dynamic group needs a rule", "Set `dynamic_membership`, or take `DynamicMembership` out of `types`.");
    }
    let visibility = config.get::<Option<String>>("visibility").flatten();
    if assignable == Some(true) && visibility.as_deref().is_some_and(|visibility| visibility != "Private") {
        found.error("visibility", "A group that can be given roles is always private", "Set `visibility = \"Private\"`, or leave it out.");
    }
    if unified == Some(false) {
        if visibility.as_deref() == Some("HiddenMembership") {
            found.error(
                "visibility",
                "Only a Microsoft 365 group can hide its members",
                "Set `types = [\"Unified\"]` and `mail_enabled = true`, or choose another visibility.",
            );
        }
        for attribute in ["theme", "behaviors", "provisioning_options"] {
            if config.is_set(attribute) && config.raw(attribute).elements() != Some(&[]) {
                found.error(
                    attribute,
                    format!("Only a Microsoft 365 group has {attribute}"),
                    "Set `types = [\"Unified\"]` and `mail_enabled = true`, or leave it out.",
                );
            }
        }
    }
    if let Some(Some(DynamicMembership { rule, .. })) = config.get::<Option<DynamicMembership>>("dynamic_membership")
        && rule.trim().is_empty()
    {
        let place = Path::attribute("dynamic_membership").join(Step::Attribute("rule".to_owned()));
        found.add(Diagnostic::error("A dynamic group needs a rule", "The rule is empty.").at(place));
    }
}

/// A group that has owners keeps at least one: the service refuses to remove the last.
pub(super) fn owners_remain(change: Change<'_>, found: &mut Diagnostics) {
    let owners = |view: View<'_>| view.get::<Option<Vec<String>>>("owners").flatten();
    let had = change.prior.and_then(owners).is_some_and(|owners| !owners.is_empty());
    if had && owners(change.planned).is_some_and(|owners| owners.is_empty()) {
        found.error(
            "owners",
            "The last owner cannot be removed",
            "The group must have at least one owner, hence this owner cannot be removed. Name another owner, or leave `owners` out to no longer manage them.",
        );
    }
}

/// What is newly linked must exist and be of the right kind, if it is known already. What only apply knows was made in the same run.
pub(super) async fn links_exist(change: Change<'_>, cx: &mut Context<Services>, found: &mut Diagnostics) {
    if change.in_apply || !cx.api.client().is_configured() {
        return;
    }
    let linked = [
        ("owners", "owner", "user or service principal", Identity::can_own as fn(&Identity) -> bool),
        ("administrative_unit_ids", "administrative unit", "administrative unit", Identity::is_administrative_unit),
    ];
    for (attribute, noun, kinds, fits) in linked {
        let known = |view: View<'_>| -> Vec<Option<Uuid>> {
            let elements = view.raw(attribute).elements().unwrap_or_default();
            elements.iter().map(|element| element.as_str().and_then(|id| Uuid::parse_str(id).ok())).collect()
        };
        let before: HashSet<Uuid> = change.prior.map(known).unwrap_or_default().into_iter().flatten().collect();
        let named = known(change.planned);
        let new: HashSet<Uuid> = named.iter().flatten().filter(|id| !before.contains(id)).copied().collect();
        if new.is_empty() {
            continue;
        }
        let identities = match cx.api.directory().identities(&new).await {
            Ok(identities) => identities,
            // A failed lookup is no reason to refuse: the apply reports the error.
            Err(error) => return tracing::info!(%error, attribute, "not checked"),
        };
        for (at, id) in named.iter().enumerate().filter_map(|(at, id)| Some((at, id.filter(|id| new.contains(id))?))) {
            if identities.get(&id).and_then(Option::as_deref).is_some_and(fits) {
                continue;
            }
            let place = Path::attribute(attribute).join(Step::Index(i64::try_from(at).unwrap_or(i64::MAX)));
            let detail = format!(
                "No {kinds} of the tenant has the object id {id}. Check for a mistyped id, an application id in place of its service principal's \
                 object id, or an object of another kind or tenant."
            );
            found.add(Diagnostic::error(format!("This {noun} does not exist"), detail).at(place).absent(id));
        }
    }
}

/// Attributes that control the provider, and owners and administrative units, which are not synchronized.
const NOT_SYNCHRONIZED: [&str; 6] =
    ["owners", "administrative_unit_ids", "prevent_duplicate_names", "adopt_existing", "restore_deleted", "on_destroy"];

/// A group that is synchronized from a directory on premises is changed there.
pub(super) fn is_managed_in_the_cloud(change: Change<'_>, found: &mut Diagnostics) {
    let Some(prior) = change.prior else { return };
    if prior.get::<Option<bool>>("onpremises_sync_enabled").flatten() != Some(true) {
        return;
    }
    let attributes = <Group as Model>::object().attributes;
    let names = attributes.iter().map(|attribute| attribute.name.as_str()).filter(|name| !NOT_SYNCHRONIZED.contains(name));
    for name in names.filter(|name| !change.planned.raw(name).is_unknown() && change.touches(name)) {
        found.add(synchronized(&prior.get::<String>("id").unwrap_or_default()).at_attribute(name));
    }
}

/// The error of a change of a group that is synchronized.
pub(super) fn synchronized(id: &str) -> Diagnostic {
    let detail = format!(
        "The group {id} is synchronized from a directory on premises, and Microsoft Graph refuses to change it. Change it there, and make the configuration say the \
         same; or read it with the data source `aksaccess_group`."
    );
    Diagnostic::error("This group is managed on premises", detail)
}
