//! Between settings and the seventeen rules of a policy (docs/services/pim.md#rules), in the JSON of both services: a pure function.
//!
//! A rule that is changed is sent as the service wrote it but for what changes, so that nothing that is unknown here gets lost: above all its target, for
//! a rule with an empty target is spoilt (docs/services/pim.md#changing-rules).

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::settings::{Activation, ActiveAssignment, Approvers, EligibleAssignment, Mail, Notifications, Recipients, Settings};
use crate::attributes::duration;

const ACTIVATION_EXPIRATION: &str = "Expiration_EndUser_Assignment";
const ACTIVATION_ENABLEMENT: &str = "Enablement_EndUser_Assignment";
const APPROVAL: &str = "Approval_EndUser_Assignment";
const CONTEXT: &str = "AuthenticationContext_EndUser_Assignment";

const MFA: &str = "MultiFactorAuthentication";
const JUSTIFICATION: &str = "Justification";
const TICKET: &str = "Ticketing";

/// How rules are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Microsoft Graph, for groups.
    Graph,
    /// Azure Resource Manager, for roles.
    Arm,
}

/// The levels of an assignment by an administrator, as the ids of rules name them.
#[derive(Clone, Copy)]
enum Level {
    Eligibility,
    Assignment,
}

impl Level {
    fn expiration(self) -> &'static str {
        match self {
            Level::Eligibility => "Expiration_Admin_Eligibility",
            Level::Assignment => "Expiration_Admin_Assignment",
        }
    }

    fn enablement(self) -> &'static str {
        match self {
            Level::Eligibility => "Enablement_Admin_Eligibility",
            Level::Assignment => "Enablement_Admin_Assignment",
        }
    }

    /// The longest that is sent where something must end and nothing says when.
    fn default(self) -> &'static str {
        match self {
            Level::Eligibility => "P365D",
            Level::Assignment => "P180D",
        }
    }
}

/// What both kinds of assignment have.
struct Conditions<'s> {
    permanent: Option<bool>,
    longest: Option<&'s String>,
    justification: Option<bool>,
    mfa: Option<bool>,
    ticket: Option<bool>,
}

fn rule<'r>(rules: &'r [Value], id: &str) -> &'r Value {
    rules.iter().find(|rule| rule["id"] == id).unwrap_or(&Value::Null)
}

/// The three values that an enablement rule can have.
fn enabled(rule: &Value, word: &str) -> bool {
    rule["enabledRules"]
        .as_array()
        .is_some_and(|rules| rules.iter().any(|rule| rule.as_str().is_some_and(|rule| rule.eq_ignore_ascii_case(word))))
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

impl Settings {
    /// Reads the settings from rules. Every setting of a rule that exists is set.
    pub(crate) fn read(rules: &[Value], dialect: Dialect) -> Self {
        let (expiration, enablement) = (rule(rules, ACTIVATION_EXPIRATION), rule(rules, ACTIVATION_ENABLEMENT));
        let (approval, context) = (&rule(rules, APPROVAL)["setting"], rule(rules, CONTEXT));
        let setting = |rule: &Value, word: &str| (!rule.is_null()).then(|| enabled(rule, word));
        let conditions = |level: Level| {
            let (expiration, enablement) = (rule(rules, level.expiration()), rule(rules, level.enablement()));
            let permanent = expiration["isExpirationRequired"].as_bool().map(|required| !required);
            (
                permanent,
                text(&expiration["maximumDuration"]).filter(|_| permanent != Some(true)),
                setting(enablement, JUSTIFICATION),
                setting(enablement, MFA),
                setting(enablement, TICKET),
            )
        };
        let (permanent_allowed, maximum_duration, require_justification, require_multifactor_authentication, require_ticket) =
            conditions(Level::Eligibility);
        let eligible = EligibleAssignment {
            permanent_allowed,
            maximum_duration,
            require_justification,
            require_multifactor_authentication,
            require_ticket,
        };
        let (permanent_allowed, maximum_duration, require_justification, require_multifactor_authentication, require_ticket) =
            conditions(Level::Assignment);
        let active = ActiveAssignment {
            permanent_allowed,
            maximum_duration,
            require_justification,
            require_multifactor_authentication,
            require_ticket,
        };
        let recipients = |event: &str| {
            let mail = |who: &str| read_mail(rule(rules, &format!("Notification_{who}_{event}"))).unwrap_or_default();
            Recipients { admin: mail("Admin"), assignee: mail("Requestor"), approver: mail("Approver") }
        };
        Settings {
            activation: Activation {
                maximum_duration: text(&expiration["maximumDuration"]),
                require_approval: approval["isApprovalRequired"].as_bool(),
                approvers: if approval.is_null() { Approvers::default() } else { read_approvers(approval, dialect) },
                require_justification: setting(enablement, JUSTIFICATION),
                require_multifactor_authentication: setting(enablement, MFA),
                require_ticket: setting(enablement, TICKET),
                authentication_context: (!context.is_null())
                    .then(|| text(&context["claimValue"]).filter(|_| context["isEnabled"] == true).unwrap_or_default()),
            },
            eligible_assignment: eligible,
            active_assignment: active,
            notifications: Notifications {
                eligible_assignment: recipients("Admin_Eligibility"),
                active_assignment: recipients("Admin_Assignment"),
                activation: recipients("EndUser_Assignment"),
            },
        }
    }

    /// The rules as they must be for these settings: those that differ from what the service has, whole.
    pub(crate) fn differences(&self, rules: &[Value], dialect: Dialect) -> Vec<Value> {
        let mut changes = Changes { rules, dialect, changed: Vec::new() };
        let activation = &self.activation;
        changes.change(ACTIVATION_EXPIRATION, "Expiration", |rule| {
            if let Some(longest) = &activation.maximum_duration {
                set_duration(rule, longest);
                rule.insert("isExpirationRequired".to_owned(), json!(true));
            }
        });
        changes.change(ACTIVATION_ENABLEMENT, "Enablement", |rule| {
            set_enabled(rule, activation.require_multifactor_authentication, activation.require_justification, activation.require_ticket);
        });
        changes.change(APPROVAL, "Approval", |rule| set_approval(rule, activation, dialect));
        changes.change(CONTEXT, "AuthenticationContext", |rule| {
            if let Some(context) = &activation.authentication_context {
                let is_so = rule.get("isEnabled") == Some(&json!(!context.is_empty()));
                // What is off has no value that matters.
                if !is_so || !context.is_empty() {
                    rule.insert("isEnabled".to_owned(), json!(!context.is_empty()));
                    rule.insert("claimValue".to_owned(), json!(context));
                }
            }
        });
        for (level, conditions) in
            [(Level::Eligibility, self.eligible_assignment.conditions()), (Level::Assignment, self.active_assignment.conditions())]
        {
            changes.change(level.expiration(), "Expiration", |rule| set_expiration(rule, &conditions, level));
            changes.change(level.enablement(), "Enablement", |rule| {
                set_enabled(rule, conditions.mfa, conditions.justification, conditions.ticket);
            });
        }
        let Notifications { eligible_assignment, active_assignment, activation } = &self.notifications;
        for (event, recipients) in
            [("Admin_Eligibility", eligible_assignment), ("Admin_Assignment", active_assignment), ("EndUser_Assignment", activation)]
        {
            for (who, mail) in [("Admin", &recipients.admin), ("Requestor", &recipients.assignee), ("Approver", &recipients.approver)] {
                changes.change(&format!("Notification_{who}_{event}"), "Notification", |rule| set_mail(rule, mail));
            }
        }
        changes.changed
    }
}

/// The rules with these in the place of those of the same id.
pub(crate) fn with(rules: &[Value], changed: &[Value]) -> Vec<Value> {
    let other = |rule: &&Value| !changed.iter().any(|changed| changed["id"] == rule["id"]);
    rules.iter().filter(other).chain(changed).cloned().collect()
}

/// Changes in the order in which the service takes them. It refuses to turn multifactor authentication on while an authentication context is on
/// (docs/services/pim.md#changing-rules), so what turns one of the two off goes before what turns the other on.
pub(crate) fn steps(rules: &[Value], changed: Vec<Value>) -> Vec<Vec<Value>> {
    let turned = |id: &str, is_on: fn(&Value) -> bool| {
        let after = changed.iter().find(|rule| rule["id"] == id)?;
        let (before, after) = (is_on(rule(rules, id)), is_on(after));
        (before != after).then_some(after)
    };
    let mfa = turned(ACTIVATION_ENABLEMENT, |rule| enabled(rule, MFA));
    let context = turned(CONTEXT, |rule| rule["isEnabled"] == true);
    let last = match (mfa, context) {
        (Some(true), Some(false)) => ACTIVATION_ENABLEMENT,
        (Some(false), Some(true)) => CONTEXT,
        _ if changed.is_empty() => return Vec::new(),
        _ => return vec![changed],
    };
    let (last, first) = changed.into_iter().partition::<Vec<Value>, _>(|rule| rule["id"] == last);
    vec![first, last]
}

/// What differs so far.
struct Changes<'r> {
    rules: &'r [Value],
    dialect: Dialect,
    changed: Vec<Value>,
}

impl Changes<'_> {
    /// Notes the rule if it is another after `change`.
    fn change(&mut self, id: &str, kind: &str, change: impl FnOnce(&mut Map<String, Value>)) {
        let before = match rule(self.rules, id) {
            Value::Object(rule) => rule.clone(),
            _ => Map::new(),
        };
        let mut after = before.clone();
        change(&mut after);
        if after == before {
            return;
        }
        after.insert("id".to_owned(), json!(id));
        let (property, name) = match self.dialect {
            Dialect::Graph => ("@odata.type", format!("#microsoft.graph.unifiedRoleManagementPolicy{kind}Rule")),
            Dialect::Arm => ("ruleType", format!("RoleManagementPolicy{kind}Rule")),
        };
        after.insert(property.to_owned(), json!(name));
        if after.get("target").and_then(Value::as_object).is_none_or(Map::is_empty) {
            after.insert("target".to_owned(), target(id));
        }
        self.changed.push(Value::Object(after));
    }
}

/// The subject of a rule, from its ID.
fn target(id: &str) -> Value {
    let caller = if id.contains("EndUser") { "EndUser" } else { "Admin" };
    let level = if id.ends_with("Eligibility") { "Eligibility" } else { "Assignment" };
    json!({ "caller": caller, "operations": ["All"], "level": level, "inheritableSettings": [], "enforcedSettings": [] })
}

fn set_duration(rule: &mut Map<String, Value>, longest: &str) {
    let same = rule.get("maximumDuration").and_then(Value::as_str).is_some_and(|before| duration::are_same(before, longest));
    if !same {
        rule.insert("maximumDuration".to_owned(), json!(longest));
    }
}

fn set_expiration(rule: &mut Map<String, Value>, conditions: &Conditions<'_>, level: Level) {
    let required = rule.get("isExpirationRequired").and_then(Value::as_bool);
    match conditions.permanent.map(|permanent| !permanent).or(required) {
        // A length where nothing must end is refused (docs/services/pim.md#changing-rules).
        Some(false) if required != Some(false) => {
            rule.insert("isExpirationRequired".to_owned(), json!(false));
            rule.remove("maximumDuration");
        }
        Some(false) => {}
        must_end => {
            if must_end.is_none() && conditions.longest.is_none() {
                return;
            }
            if required != Some(true) {
                rule.insert("isExpirationRequired".to_owned(), json!(true));
            }
            match conditions.longest {
                Some(longest) => set_duration(rule, longest),
                None if rule.get("maximumDuration").is_none_or(Value::is_null) => set_duration(rule, level.default()),
                None => {}
            }
        }
    }
}

fn set_enabled(rule: &mut Map<String, Value>, mfa: Option<bool>, justification: Option<bool>, ticket: Option<bool>) {
    let before = Value::Object(rule.clone());
    let mut words: Vec<Value> = rule.get("enabledRules").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut changed = false;
    for (word, wanted) in [(MFA, mfa), (JUSTIFICATION, justification), (TICKET, ticket)] {
        let Some(wanted) = wanted.filter(|wanted| *wanted != enabled(&before, word)) else { continue };
        changed = true;
        if wanted {
            words.push(json!(word));
        } else {
            words.retain(|there| !there.as_str().is_some_and(|there| there.eq_ignore_ascii_case(word)));
        }
    }
    if changed {
        rule.insert("enabledRules".to_owned(), Value::Array(words));
    }
}

fn read_approvers(setting: &Value, dialect: Dialect) -> Approvers {
    let listed = setting["approvalStages"][0]["primaryApprovers"].as_array().cloned().unwrap_or_default();
    let of = |users: bool| {
        let ids = listed.iter().filter_map(|approver| match dialect {
            Dialect::Graph => text(&approver[if users { "userId" } else { "groupId" }]),
            Dialect::Arm => text(&approver["id"])
                .filter(|_| approver["userType"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("User")) == users),
        });
        Some(ids.collect())
    };
    Approvers { user_ids: of(true), group_ids: of(false) }
}

fn set_approval(rule: &mut Map<String, Value>, wanted: &Activation, dialect: Dialect) {
    let mut setting = match rule.get("setting") {
        Some(Value::Object(setting)) => setting.clone(),
        _ => Map::new(),
    };
    if let Some(required) = wanted.require_approval {
        setting.insert("isApprovalRequired".to_owned(), json!(required));
        if required && setting.get("approvalMode").is_none_or(|mode| mode.is_null() || mode == "NoApproval") {
            setting.insert("approvalMode".to_owned(), json!("SingleStage"));
        }
    }
    let approvers = &wanted.approvers;
    if *approvers != Approvers::default() {
        let before = read_approvers(&Value::Object(setting.clone()), dialect);
        let chosen = |wanted: &Option<Vec<String>>, before: Option<Vec<String>>| wanted.clone().or(before).unwrap_or_default();
        let (users, groups) =
            (chosen(&approvers.user_ids, before.user_ids.clone()), chosen(&approvers.group_ids, before.group_ids.clone()));
        let same = |one: &[String], other: Option<&Vec<String>>| key(one) == key(other.map(Vec::as_slice).unwrap_or_default());
        if !(same(&users, before.user_ids.as_ref()) && same(&groups, before.group_ids.as_ref())) {
            let listed: Vec<Value> =
                users.iter().map(|id| approver(id, true, dialect)).chain(groups.iter().map(|id| approver(id, false, dialect))).collect();
            let mut stages = setting.get("approvalStages").and_then(Value::as_array).cloned().unwrap_or_default();
            if stages.is_empty() {
                stages.push(json!({
                    "approvalStageTimeOutInDays": 1,
                    "isApproverJustificationRequired": true,
                    "escalationTimeInMinutes": 0,
                    "isEscalationEnabled": false,
                    "escalationApprovers": [],
                }));
            }
            if let Some(stage) = stages.first_mut().and_then(Value::as_object_mut) {
                stage.insert("primaryApprovers".to_owned(), Value::Array(listed));
            }
            setting.insert("approvalStages".to_owned(), Value::Array(stages));
        }
    }
    if !setting.is_empty() {
        rule.insert("setting".to_owned(), Value::Object(setting));
    }
}

fn approver(id: &str, user: bool, dialect: Dialect) -> Value {
    match (dialect, user) {
        (Dialect::Graph, true) => json!({ "@odata.type": "#microsoft.graph.singleUser", "userId": id }),
        (Dialect::Graph, false) => json!({ "@odata.type": "#microsoft.graph.groupMembers", "groupId": id }),
        (Dialect::Arm, _) => json!({ "id": id, "userType": if user { "User" } else { "Group" }, "isBackup": false }),
    }
}

/// What two lists without order have in common if they are the same.
fn key(list: &[String]) -> BTreeSet<String> {
    list.iter().map(|entry| entry.to_lowercase()).collect()
}

fn read_mail(rule: &Value) -> Option<Mail> {
    let listed = rule["notificationRecipients"].as_array().cloned().unwrap_or_default();
    (!rule.is_null()).then(|| Mail {
        default_recipients: rule["isDefaultRecipientsEnabled"].as_bool(),
        additional_recipients: Some(listed.iter().filter_map(text).collect()),
        critical_only: rule["notificationLevel"].as_str().map(|level| level == "Critical"),
    })
}

fn set_mail(rule: &mut Map<String, Value>, wanted: &Mail) {
    let before = read_mail(&Value::Object(rule.clone())).unwrap_or_default();
    let mut set = |property: &str, value: Value| rule.insert(property.to_owned(), value);
    if let Some(default) = wanted.default_recipients.filter(|wanted| before.default_recipients != Some(*wanted)) {
        set("isDefaultRecipientsEnabled", json!(default));
    }
    if let Some(critical) = wanted.critical_only.filter(|wanted| before.critical_only != Some(*wanted)) {
        set("notificationLevel", json!(if critical { "Critical" } else { "All" }));
    }
    if let Some(addresses) = &wanted.additional_recipients
        && key(addresses) != key(before.additional_recipients.as_deref().unwrap_or_default())
    {
        set("notificationRecipients", json!(addresses));
    }
}

impl EligibleAssignment {
    fn conditions(&self) -> Conditions<'_> {
        Conditions {
            permanent: self.permanent_allowed,
            longest: self.maximum_duration.as_ref(),
            justification: self.require_justification,
            mfa: self.require_multifactor_authentication,
            ticket: self.require_ticket,
        }
    }
}

impl ActiveAssignment {
    fn conditions(&self) -> Conditions<'_> {
        Conditions {
            permanent: self.permanent_allowed,
            longest: self.maximum_duration.as_ref(),
            justification: self.require_justification,
            mfa: self.require_multifactor_authentication,
            ticket: self.require_ticket,
        }
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
