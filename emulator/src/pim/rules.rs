//! The rules of a policy: what they are at first, what they can be, and what they refuse.
//!
//! A rule is JSON as Graph writes it. Azure Resource Manager writes the same rules with other names for their types
//! and targets.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{Refusal, Window, length};

/// Longest activation that a policy can allow.
const LONGEST_ACTIVATION: SignedDuration = SignedDuration::from_hours(24);

/// The purpose of a request, which decides the rules that apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// An administrator makes somebody eligible.
    Eligibility,
    /// An administrator makes somebody active.
    Assignment,
    /// Somebody who is eligible becomes active.
    Activation,
}

impl Purpose {
    /// The end of the ids of its rules.
    fn suffix(self) -> &'static str {
        match self {
            Self::Eligibility => "Admin_Eligibility",
            Self::Assignment => "Admin_Assignment",
            Self::Activation => "EndUser_Assignment",
        }
    }
}

/// The rules of one policy.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'r>(pub &'r [Value]);

impl<'r> Rules<'r> {
    /// A rule by its id.
    pub fn get(&self, id: &str) -> &'r Value {
        self.0.iter().find(|rule| rule["id"] == id).unwrap_or(&Value::Null)
    }

    fn enabled(&self, id: &str, what: &str) -> bool {
        self.get(id)["enabledRules"].as_array().is_some_and(|all| all.iter().any(|one| one == what))
    }

    /// The names of the rules that a request breaks. `mfa`: whether the caller has used more than a password.
    pub fn broken_rules(&self, purpose: Purpose, window: Window, justification: &str, ticket: &Value, mfa: bool) -> Vec<&'static str> {
        let suffix = purpose.suffix();
        let expiration = self.get(&format!("Expiration_{suffix}"));
        let longest = expiration["maximumDuration"].as_str().and_then(length);
        let too_long = match (window.length(), longest) {
            (None, _) => true,
            (Some(length), Some(longest)) => length > longest,
            (Some(_), None) => false,
        };
        let enablement = format!("Enablement_{suffix}");
        let blank = |text: &Value| text.as_str().is_none_or(|text| text.trim().is_empty());
        let no_ticket = blank(&ticket["ticketNumber"]) || blank(&ticket["ticketSystem"]);
        let checks = [
            ("ExpirationRule", expiration["isExpirationRequired"] == true && too_long),
            ("JustificationRule", self.enabled(&enablement, "Justification") && justification.trim().is_empty()),
            ("TicketingRule", self.enabled(&enablement, "Ticketing") && no_ticket),
            ("MfaRule", self.enabled(&enablement, "MultiFactorAuthentication") && !mfa),
        ];
        checks.into_iter().filter(|(_, broken)| *broken).map(|(name, _)| name).collect()
    }

    /// The authentication context that an activation needs.
    pub fn context(&self) -> Option<&'r str> {
        let rule = self.get(CONTEXT);
        rule["claimValue"].as_str().filter(|value| rule["isEnabled"] == true && !value.is_empty())
    }

    /// Whether an activation waits for somebody's approval.
    pub fn needs_approval(&self) -> bool {
        self.get(APPROVAL)["setting"]["isApprovalRequired"] == true
    }

    /// The stages of an approval.
    pub fn stages(&self) -> &'r [Value] {
        self.get(APPROVAL)["setting"]["approvalStages"].as_array().map_or(&[], Vec::as_slice)
    }

    /// Refuses a rule with values that it cannot have beside the others. Only the rule that is being written is looked at.
    pub fn check(&self, rule: &Value) -> Result<(), Refusal> {
        let id = rule["id"].as_str().unwrap_or_default();
        let strings = |name: &str| rule[name].as_array().is_some_and(|all| all.iter().all(Value::is_string));
        let good = match id.split('_').next().unwrap_or_default() {
            "Expiration" => is_valid_expiration(rule, id.contains("_EndUser_")),
            "Enablement" => {
                let known = ["MultiFactorAuthentication", "Justification", "Ticketing"];
                rule["enabledRules"].as_array().is_some_and(|all| all.iter().all(|one| known.iter().any(|name| one == name)))
            }
            "Notification" => {
                ["None", "Critical", "All"].iter().any(|level| rule["notificationLevel"] == *level)
                    && rule["isDefaultRecipientsEnabled"].is_boolean()
                    && strings("notificationRecipients")
            }
            "Approval" => is_valid_approval(&rule["setting"]),
            "AuthenticationContext" => {
                // Whether there is such a context is not asked here; an activation will find out.
                let named = rule["claimValue"].as_str().is_some_and(|value| !value.is_empty());
                rule["isEnabled"].is_boolean() && (rule["isEnabled"] == false || named)
            }
            _ => false,
        };
        if !good {
            return Err(Refusal::InvalidPolicy);
        }
        // The other way round it is accepted: a context may be switched on while MFA is required.
        let mfa = id == "Enablement_EndUser_Assignment"
            && rule["enabledRules"].as_array().is_some_and(|all| all.iter().any(|one| one == "MultiFactorAuthentication"));
        if mfa && self.context().is_some() { Err(Refusal::MfaAndContext) } else { Ok(()) }
    }
}

/// Unverified: which lengths beyond these the service refuses.
fn is_valid_expiration(rule: &Value, activation: bool) -> bool {
    let longest = rule["maximumDuration"].as_str().map(length);
    match (rule["isExpirationRequired"].as_bool(), longest) {
        (None, _) | (Some(true), None) | (_, Some(None)) => false,
        (Some(_), Some(Some(longest))) => !activation || longest <= LONGEST_ACTIVATION,
        (Some(false), None) => true,
    }
}

fn is_valid_approval(setting: &Value) -> bool {
    let stages = setting["approvalStages"].as_array().map_or(&[][..], Vec::as_slice);
    // Unverified: that an approval without approvers is accepted.
    setting["isApprovalRequired"].is_boolean() && (setting["isApprovalRequired"] == false || !stages.is_empty())
}

const CONTEXT: &str = "AuthenticationContext_EndUser_Assignment";
const APPROVAL: &str = "Approval_EndUser_Assignment";

/// The 17 rules that a group's policy starts with, in the order that the service lists them (docs/services/pim.md#rules).
pub fn default_rules() -> Vec<Value> {
    let mut out = vec![expiration("Admin", "Eligibility", "P365D")];
    out.extend(notifications("Admin", "Eligibility"));
    out.push(enablement("Admin", "Eligibility", &[]));
    out.push(expiration("Admin", "Assignment", "P180D"));
    out.push(enablement("Admin", "Assignment", &["Justification"]));
    out.extend(notifications("Admin", "Assignment"));
    out.push(expiration("EndUser", "Assignment", "PT8H"));
    out.push(enablement("EndUser", "Assignment", &["Justification"]));
    out.push(rule(
        "Approval",
        APPROVAL,
        ("EndUser", "Assignment"),
        json!({"setting": {
            "isApprovalRequired": false,
            "isApprovalRequiredForExtension": false,
            "isRequestorJustificationRequired": true,
            "approvalMode": "SingleStage",
            "approvalStages": [{
                "approvalStageTimeOutInDays": 1,
                "isApproverJustificationRequired": true,
                "escalationTimeInMinutes": 0,
                "isEscalationEnabled": false,
                "primaryApprovers": [],
                "escalationApprovers": [],
            }],
        }}),
    ));
    out.push(rule("AuthenticationContext", CONTEXT, ("EndUser", "Assignment"), json!({"isEnabled": false, "claimValue": ""})));
    out.extend(notifications("EndUser", "Assignment"));
    out
}

fn expiration(caller: &str, level: &str, longest: &str) -> Value {
    let rest = json!({"isExpirationRequired": true, "maximumDuration": longest});
    rule("Expiration", &format!("Expiration_{caller}_{level}"), (caller, level), rest)
}

fn enablement(caller: &str, level: &str, enabled: &[&str]) -> Value {
    rule("Enablement", &format!("Enablement_{caller}_{level}"), (caller, level), json!({"enabledRules": enabled}))
}

fn notifications(caller: &str, level: &str) -> Vec<Value> {
    let of = |recipient: &&str| {
        let rest = json!({
            "notificationType": "Email",
            "recipientType": recipient,
            "notificationLevel": "All",
            "isDefaultRecipientsEnabled": true,
            "notificationRecipients": [],
        });
        rule("Notification", &format!("Notification_{recipient}_{caller}_{level}"), (caller, level), rest)
    };
    ["Admin", "Requestor", "Approver"].iter().map(of).collect()
}

fn rule(kind: &str, id: &str, (caller, level): (&str, &str), rest: Value) -> Value {
    let mut out = json!({
        "@odata.type": format!("#microsoft.graph.unifiedRoleManagementPolicy{kind}Rule"),
        "id": id,
        "target": {"caller": caller, "operations": ["All"], "level": level, "inheritableSettings": [], "enforcedSettings": []},
    });
    if let (Value::Object(out), Value::Object(rest)) = (&mut out, rest) {
        out.extend(rest);
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)] // tests may panic

    use jiff::Timestamp;

    use super::*;

    #[test]
    fn the_default_rules_are_seventeen_and_good() {
        let rules = default_rules();
        assert_eq!(rules.len(), 17);
        for rule in &rules {
            assert_eq!(Rules(&rules).check(rule), Ok(()), "{rule}");
        }
        assert_eq!(rules[12]["id"], "Approval_EndUser_Assignment");
    }

    #[test]
    fn a_request_is_told_every_rule_that_it_breaks() {
        let rules = default_rules();
        let start = Timestamp::UNIX_EPOCH;
        let hours = |count| Window { start, end: Some(start.checked_add(SignedDuration::from_hours(count)).unwrap()) };
        let broken = |purpose, window, why| Rules(&rules).broken_rules(purpose, window, why, &Value::Null, false);
        let forever = Window { start, end: None };
        assert!(broken(Purpose::Eligibility, hours(365 * 24), "").is_empty());
        assert_eq!(broken(Purpose::Eligibility, forever, ""), ["ExpirationRule"]);
        assert_eq!(broken(Purpose::Assignment, hours(181 * 24), " "), ["ExpirationRule", "JustificationRule"]);
        assert_eq!(broken(Purpose::Activation, hours(9), "why"), ["ExpirationRule"]);
        assert!(broken(Purpose::Activation, hours(8), "why").is_empty());
    }
}
