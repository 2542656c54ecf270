//! Special rules for creating and updating groups (docs/services/graph.md#creating-groups, docs/services/graph.md#dynamic-groups, docs/services/graph.md#updating-groups).

use serde_json::{Map, Value, json};

use super::{USERS, group::GROUPS, group_links, nickname};
use crate::{
    caller::Caller,
    clock::seconds,
    directory::{
        links::{MEMBERS, OWNERS},
        membership_rules,
        objects::security_identifier,
        roles,
    },
    graph::model::{
        context::{Context, FoundObject},
        draft::Draft,
        error::GraphError,
        reference::Reference,
    },
    store::Row,
    tenant::ids,
};

/// Properties that live in Exchange and not in the directory.
const EXCHANGE: &[&str] = &[
    "allowExternalSenders",
    "autoSubscribeNewMembers",
    "hideFromAddressLists",
    "hideFromOutlookClients",
    "isSubscribedByMail",
    "unseenCount",
];

/// Checks a new group and fills in what the service knows.
pub fn create(context: &Context<'_>, draft: &mut Draft) -> Result<(), GraphError> {
    check_values(context, draft, &draft.values, None)?;
    let group = Kind::of(&draft.values);
    if group.assignable {
        needed_for_role_assignable(context.caller)?;
    }
    for (link, added) in &draft.binds {
        match link.relation() {
            Some(MEMBERS) => {
                if group.dynamic {
                    return Err(GraphError::denied());
                }
                let groups = added.iter().any(|to| to.collection.kind == "group");
                let assignable = draft.values.get("isAssignableToRole");
                group_links::members_allowed(draft.values.get("groupTypes"), assignable, groups, added)?;
            }
            Some(OWNERS) => group_links::owners_within_quota(added.len())?,
            _ => {}
        }
    }
    if group.dynamic {
        // Unverified: which state a rule has when nothing is said.
        draft.values.entry("membershipRuleProcessingState").or_insert(json!("Paused"));
    }
    let visibility = match (group.assignable, group.unified) {
        (true, _) => json!("Private"),
        (false, true) => draft.values.get("visibility").filter(|value| !value.is_null()).cloned().unwrap_or(json!("Public")),
        (false, false) => Value::Null,
    };
    draft.values.insert("visibility".into(), visibility);
    if draft.values.get("isAssignableToRole") == Some(&json!(false)) {
        // It reads back as null on ordinary groups.
        draft.values.remove("isAssignableToRole");
    }
    if group.unified {
        let alias = draft.values.get("mailNickname").and_then(Value::as_str).unwrap_or_default();
        let mail = format!("{alias}@{}", ids::INITIAL_DOMAIN);
        draft.values.insert("proxyAddresses".into(), json!([format!("SMTP:{mail}")]));
        draft.values.insert("mail".into(), json!(mail));
    }
    let ordinary = || roles::effective_roles_of(context.truth, &context.caller.object_id).is_empty();
    if context.caller.is_user() && (group.unified || ordinary()) {
        own(context, draft);
    }
    let now = json!(seconds(context.now));
    draft.values.insert("createdDateTime".into(), now.clone());
    draft.values.insert("renewedDateTime".into(), now);
    draft.values.insert("securityIdentifier".into(), json!(security_identifier(&draft.key)));
    Ok(())
}

/// A caller who changes the members of a role-assignable group decides who has the role (docs/services/graph.md#creating-groups, docs/services/graph.md#members-and-owners).
pub fn needed_for_role_assignable(caller: &Caller) -> Result<(), GraphError> {
    let may = caller.has_permission("RoleManagement.ReadWrite.Directory") || caller.has_permission("Directory.AccessAsUser.All");
    if may { Ok(()) } else { Err(GraphError::denied()) }
}

/// A user who creates a Microsoft 365 group without naming an owner becomes its owner, and a user without a role of the directory that of a security
/// group, too (learn.microsoft.com/graph/api/group-post-groups).
fn own(context: &Context<'_>, draft: &mut Draft) {
    let named = draft.binds.iter().any(|(link, added)| link.relation() == Some(OWNERS) && !added.is_empty());
    if let (false, Some(link)) = (named, GROUPS.link("owners")) {
        let caller = Reference { key: context.caller.object_id.as_str().into(), collection: &USERS };
        draft.binds.push((link, vec![caller]));
    }
}

/// Refuses changes of a group that is synchronized from a directory on premises.
pub fn refuse_on_premises(group: &Map<String, Value>) -> Result<(), GraphError> {
    if group.get("onPremisesSyncEnabled") == Some(&json!(true)) { Err(GraphError::on_premises()) } else { Ok(()) }
}

/// Checks a deletion of a group. Unverified: that one from on premises is refused with the text of changes.
pub fn delete(_: &Context<'_>, group: &FoundObject) -> Result<(), GraphError> {
    refuse_on_premises(&group.row)
}

/// Checks an update of a group.
pub fn update(context: &Context<'_>, old: &Row, draft: &mut Draft) -> Result<(), GraphError> {
    if !draft.values.is_empty() {
        refuse_on_premises(old)?;
    }
    if draft.values.keys().any(|name| EXCHANGE.contains(&name.as_str())) {
        let alone = draft.values.len() == 1 && draft.binds.is_empty();
        // Each needs a request of its own, and an application cannot set them at all. Unverified: the texts, and
        // whether 403 or 404 is answered.
        return Err(if alone { GraphError::denied() } else { GraphError::invalid_properties() });
    }
    let mut merged = Map::clone(old);
    merged.extend(draft.values.iter().map(|(name, value)| (name.clone(), value.clone())));
    let (before, after) = (Kind::of(old), Kind::of(&merged));
    if before.unified != after.unified || changed(old, &draft.values, "mailEnabled") {
        // Unverified: the text for a group that becomes, or stops being, a Microsoft 365 group.
        return Err(mail_enabled_refused());
    }
    if draft.values.get("visibility") == Some(&json!("HiddenMembership")) && changed(old, &draft.values, "visibility") {
        return Err(GraphError::invalid_value("visibility", "Group"));
    }
    check_values(context, draft, &merged, Some(old))?;
    if !after.unified || after.assignable {
        draft.values.remove("visibility");
    }
    let found = FoundObject { collection: &GROUPS, key: draft.key.clone(), row: merged.into() };
    for (link, added) in &draft.binds {
        group_links::check(context, &found, link, added)?;
    }
    Ok(())
}

/// Rules for a group as it will be, new or changed.
fn check_values(context: &Context<'_>, draft: &Draft, group: &Map<String, Value>, old: Option<&Row>) -> Result<(), GraphError> {
    let text = |name: &str| group.get(name).and_then(Value::as_str);
    let is = |name: &str| group.get(name) == Some(&json!(true));
    let kind = Kind::of(group);
    if let Some(alias) = text("mailNickname") {
        nickname::check(alias, "Group")?;
    }
    let types = group.get("groupTypes").and_then(Value::as_array).cloned().unwrap_or_default();
    if !types.iter().all(|one| one == "Unified" || one == "DynamicMembership") {
        return Err(GraphError::invalid_value("groupTypes", "Group"));
    }
    if is("mailEnabled") && !kind.unified {
        return Err(mail_enabled_refused());
    }
    if kind.unified && !is("mailEnabled") || !kind.unified && !is("securityEnabled") {
        // Unverified: the text. That both flags false is refused is known.
        return Err(GraphError::invalid_properties());
    }
    if kind.dynamic != text("membershipRule").is_some() {
        // Unverified: the text of both: a dynamic group without a rule, and a rule without a dynamic group.
        return Err(if kind.dynamic {
            GraphError::value_required("membershipRule", "Group")
        } else {
            GraphError::invalid_value("membershipRule", "Group")
        });
    }
    if let Some(rule) = text("membershipRule") {
        check_rule(rule)?;
    }
    if kind.assignable && (kind.dynamic || !is("securityEnabled")) {
        // Unverified: the text.
        return Err(GraphError::invalid_value("isAssignableToRole", "Group"));
    }
    let hidden = text("visibility") == Some("HiddenMembership");
    if hidden && !kind.unified && old.is_none() {
        return Err(GraphError::invalid_value("visibility", "Group"));
    }
    if let Some(name) = text("uniqueName").filter(|_| old.is_none()) {
        // Unverified: whether a group in the bin still holds its name. Here it does not.
        context.must_be_unique(&GROUPS, "uniqueName", name, &draft.key)?;
    }
    if let Some(alias) = text("mailNickname").filter(|_| kind.unified) {
        // Security groups accept any nickname, even one that a Microsoft 365 group has.
        let others = context.truth.with(GROUPS.table, "mailNickname", alias).unwrap_or_default();
        let unified = |key: &&crate::store::Key| {
            key.as_ref() != draft.key.as_ref() && context.truth.get(GROUPS.table, key).is_some_and(|row| Kind::of(&row).unified)
        };
        if let Some(other) = others.iter().find(unified) {
            return Err(GraphError::conflict("mailNickname", "Group", other));
        }
    }
    Ok(())
}

/// Refuses what is no rule. Unverified: the text.
fn check_rule(rule: &str) -> Result<(), GraphError> {
    membership_rules::parse(rule, is_rule_attribute).map(drop).map_err(|error| {
        tracing::debug!(%error, rule, "a membership rule was refused");
        GraphError::invalid_properties()
    })
}

/// Whether users or devices have an attribute of this name in rules.
pub fn is_rule_attribute(name: &str) -> bool {
    let name = name.split('.').next().unwrap_or(name);
    let users = super::user::USERS.property(name, true).is_some();
    users || RULE_ATTRIBUTES.iter().any(|known| known.eq_ignore_ascii_case(name)) || name.starts_with("extension")
}

/// Attributes that rules know under another name than Graph, and those of devices.
const RULE_ATTRIBUTES: &[&str] = &[
    "objectId",
    "memberOf",
    "physicalDeliveryOfficeName",
    "telephoneNumber",
    "mobile",
    "facsimileTelephoneNumber",
    "sipProxyAddress",
    "dirSyncEnabled",
    "assignedPlans",
    "employeeOrgData",
    "deviceId",
    "deviceOSType",
    "deviceOSVersion",
    "deviceOwnership",
    "deviceCategory",
    "deviceManufacturer",
    "deviceModel",
    "deviceTrustType",
    "deviceManagementAppId",
    "devicePhysicalIds",
    "enrollmentProfileName",
    "isRooted",
    "managementType",
    "organizationalUnit",
    "profileType",
    "systemLabels",
    "hireDate",
];

fn mail_enabled_refused() -> GraphError {
    GraphError::bad_request(
        "The service does not currently support writes of mail-enabled groups. Please ensure that the mail-enablement \
         property is unset and the security-enablement property is set.",
    )
}

fn changed(old: &Row, new: &Map<String, Value>, name: &str) -> bool {
    new.get(name).is_some_and(|value| old.get(name).unwrap_or(&Value::Null) != value)
}

/// The kind of a group.
struct Kind {
    unified: bool,
    dynamic: bool,
    assignable: bool,
}

impl Kind {
    fn of(group: &Map<String, Value>) -> Self {
        let types = group.get("groupTypes").and_then(Value::as_array);
        let has = |name: &str| types.is_some_and(|types| types.iter().any(|one| one == name));
        Self {
            unified: has("Unified"),
            dynamic: has("DynamicMembership"),
            assignable: group.get("isAssignableToRole") == Some(&json!(true)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_may_not_name_what_nobody_has() {
        for (rule, good) in [
            (r#"user.department -eq "Sales""#, true),
            (r#"(user.accountEnabled -eq true) -and (user.nonsense -eq "x")"#, false),
            (r#"user.displayName -eq "user.nonsense""#, true),
            (r#"device.deviceOSType -eq "Windows""#, true),
            (r#"user.extensionAttribute1 -eq "x""#, true),
        ] {
            assert_eq!(check_rule(rule).is_ok(), good, "{rule}");
        }
    }
}
