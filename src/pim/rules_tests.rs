//! Settings and rules, there and back, in the JSON of both services.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]

use serde_json::json;

use super::*;

/// The rules of a group that nobody touched, as the reference lists them.
fn graph() -> Vec<Value> {
    let mut rules = vec![
        json!({"@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyExpirationRule", "id": "Expiration_Admin_Eligibility", "isExpirationRequired": true, "maximumDuration": "P365D"}),
        json!({"@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyEnablementRule", "id": "Enablement_Admin_Eligibility", "enabledRules": []}),
        json!({"@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyExpirationRule", "id": "Expiration_Admin_Assignment", "isExpirationRequired": true, "maximumDuration": "P180D"}),
        json!({"@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyEnablementRule", "id": "Enablement_Admin_Assignment", "enabledRules": ["Justification"]}),
        json!({"@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyExpirationRule", "id": "Expiration_EndUser_Assignment", "isExpirationRequired": true, "maximumDuration": "PT8H"}),
        json!({"@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyEnablementRule", "id": "Enablement_EndUser_Assignment", "enabledRules": ["Justification"]}),
        json!({"@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyApprovalRule", "id": "Approval_EndUser_Assignment", "setting": {
            "isApprovalRequired": false, "isApprovalRequiredForExtension": false, "isRequestorJustificationRequired": true, "approvalMode": "SingleStage",
            "approvalStages": [{"approvalStageTimeOutInDays": 1, "isApproverJustificationRequired": true, "escalationTimeInMinutes": 0, "primaryApprovers": [],
                "isEscalationEnabled": false, "escalationApprovers": []}],
        }}),
        json!({"@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyAuthenticationContextRule", "id": "AuthenticationContext_EndUser_Assignment", "isEnabled": false, "claimValue": ""}),
    ];
    for event in ["Admin_Eligibility", "Admin_Assignment", "EndUser_Assignment"] {
        for who in ["Admin", "Requestor", "Approver"] {
            rules.push(json!({"@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyNotificationRule", "id": format!("Notification_{who}_{event}"),
                "notificationType": "Email", "recipientType": who, "notificationLevel": "All", "isDefaultRecipientsEnabled": true, "notificationRecipients": []}));
        }
    }
    for rule in &mut rules {
        let id = rule["id"].as_str().unwrap().to_owned();
        rule["target"] = target(&id);
    }
    rules
}

/// The same as Azure Resource Manager writes them.
fn arm() -> Vec<Value> {
    let mut rules = graph();
    for rule in &mut rules {
        let rule = rule.as_object_mut().unwrap();
        let kind = rule.remove("@odata.type").unwrap();
        let kind = kind.as_str().unwrap().rsplit("unified").next().unwrap().to_owned();
        rule.insert("ruleType".to_owned(), json!(kind));
    }
    rules
}

const BOTH: [Dialect; 2] = [Dialect::Graph, Dialect::Arm];

fn rules_of(dialect: Dialect) -> Vec<Value> {
    if dialect == Dialect::Graph { graph() } else { arm() }
}

#[test]
fn an_untouched_policy_has_the_default_settings() {
    for dialect in BOTH {
        let rules = rules_of(dialect);
        assert_eq!(Settings::read(&rules, dialect), Settings::defaults(), "{dialect:?}");
        assert_eq!(Settings::defaults().differences(&rules, dialect), Vec::<Value>::new());
        assert_eq!(Settings::default().differences(&rules, dialect), Vec::<Value>::new(), "what is not said changes nothing");
    }
}

/// Settings in which everything is another than by default.
fn other() -> Settings {
    let mail =
        || Mail { default_recipients: Some(false), additional_recipients: Some(vec!["a@b.c".to_owned()]), critical_only: Some(true) };
    let recipients = || Recipients { admin: mail(), assignee: mail(), approver: mail() };
    Settings {
        activation: Activation {
            maximum_duration: Some("PT2H".to_owned()),
            require_approval: Some(true),
            approvers: Approvers { user_ids: Some(vec!["u".to_owned()]), group_ids: Some(vec!["g".to_owned()]) },
            require_justification: Some(false),
            require_multifactor_authentication: Some(false),
            require_ticket: Some(true),
            authentication_context: Some("c1".to_owned()),
        },
        eligible_assignment: EligibleAssignment {
            permanent_allowed: Some(true),
            maximum_duration: None,
            require_justification: Some(true),
            require_multifactor_authentication: Some(true),
            require_ticket: Some(true),
        },
        active_assignment: ActiveAssignment {
            permanent_allowed: Some(false),
            maximum_duration: Some("P30D".to_owned()),
            require_justification: Some(false),
            require_multifactor_authentication: Some(true),
            require_ticket: Some(true),
        },
        notifications: Notifications { eligible_assignment: recipients(), active_assignment: recipients(), activation: recipients() },
    }
}

#[test]
fn every_setting_reaches_its_rule_and_comes_back() {
    for dialect in BOTH {
        let rules = rules_of(dialect);
        let changed = other().differences(&rules, dialect);
        assert_eq!(changed.len(), 17, "{dialect:?}");
        let after = with(&rules, &changed);
        assert_eq!((after.len(), Settings::read(&after, dialect)), (17, other()), "{dialect:?}");
        assert_eq!(other().differences(&after, dialect), Vec::<Value>::new());
        // And back again.
        let back = Settings::defaults().differences(&after, dialect);
        assert_eq!(Settings::read(&with(&after, &back), dialect), Settings::defaults());
        for rule in &changed {
            assert!(!rule["target"].as_object().unwrap().is_empty(), "{rule}");
            assert!(rule.get(if dialect == Dialect::Graph { "@odata.type" } else { "ruleType" }).is_some(), "{rule}");
        }
    }
}

#[test]
fn other_spellings_are_no_difference() {
    let mut rules = graph();
    let changed = other().differences(&rules, Dialect::Graph);
    rules = with(&rules, &changed);
    let mut other_notation = other();
    other_notation.activation.maximum_duration = Some("PT120M".to_owned());
    other_notation.active_assignment.maximum_duration = Some("PT720H".to_owned());
    other_notation.activation.approvers = Approvers { user_ids: Some(vec!["U".to_owned()]), group_ids: Some(vec!["G".to_owned()]) };
    assert_eq!(other_notation.differences(&rules, Dialect::Graph), Vec::<Value>::new());
}

#[test]
fn what_may_be_permanent_is_sent_without_a_length_and_gets_one_again() {
    let permanent =
        Settings { eligible_assignment: EligibleAssignment { permanent_allowed: Some(true), ..Default::default() }, ..Default::default() };
    let changed = permanent.differences(&graph(), Dialect::Arm);
    assert_eq!((changed.len(), changed[0]["isExpirationRequired"].clone(), changed[0].get("maximumDuration")), (1, json!(false), None));
    let after = with(&graph(), &changed);
    let ends =
        Settings { eligible_assignment: EligibleAssignment { permanent_allowed: Some(false), ..Default::default() }, ..Default::default() };
    assert_eq!(ends.differences(&after, Dialect::Arm)[0]["maximumDuration"], json!("P365D"));
}

#[test]
fn approvers_that_are_not_mentioned_stay() {
    let rules = with(&graph(), &other().differences(&graph(), Dialect::Graph));
    let users = Some(vec!["v".to_owned()]);
    let wanted = Settings {
        activation: Activation { approvers: Approvers { user_ids: users.clone(), group_ids: None }, ..Default::default() },
        ..Default::default()
    };
    let after = with(&rules, &wanted.differences(&rules, Dialect::Graph));
    let approvers = Settings::read(&after, Dialect::Graph).activation.approvers;
    assert_eq!(approvers, Approvers { user_ids: users, group_ids: Some(vec!["g".to_owned()]) });
}

#[test]
fn what_excludes_each_other_is_turned_off_before_it_is_turned_on() {
    let activation = |mfa: bool, context: &str| Settings {
        activation: Activation {
            require_multifactor_authentication: Some(mfa),
            authentication_context: Some(context.to_owned()),
            maximum_duration: Some("PT1H".to_owned()),
            ..Default::default()
        },
        ..Default::default()
    };
    let ids = |steps: Vec<Vec<Value>>| -> Vec<Vec<String>> {
        steps.into_iter().map(|step| step.iter().map(|rule| rule["id"].as_str().unwrap().to_owned()).collect()).collect()
    };
    let (plain, context) = (graph(), with(&graph(), &activation(false, "c1").differences(&graph(), Dialect::Graph)));
    let to_mfa = activation(true, "").differences(&context, Dialect::Graph);
    assert_eq!(ids(steps(&context, to_mfa)), [[CONTEXT], [ACTIVATION_ENABLEMENT]]);
    let mfa = with(&plain, &activation(true, "").differences(&plain, Dialect::Graph));
    let to_context = activation(false, "c2").differences(&mfa, Dialect::Graph);
    assert_eq!(ids(steps(&mfa, to_context)), [[ACTIVATION_ENABLEMENT], [CONTEXT]]);
    let both = activation(false, "c1").differences(&plain, Dialect::Graph);
    assert_eq!(ids(steps(&plain, both)), [[ACTIVATION_EXPIRATION, CONTEXT]]);
    assert_eq!(steps(&plain, Vec::new()), Vec::<Vec<Value>>::new());
}
