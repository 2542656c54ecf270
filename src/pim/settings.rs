//! The settings of a policy. What the configuration never mentioned is left alone; what leaves it goes back to the service's default.
//!
//! The defaults are those of a group (docs/services/pim.md#rules). Those of an Azure role are the portal's usual values and not verified for every role.

use framework::Model;
use framework::value::Value;

use crate::attributes::duration;

/// Conditions of an activation.
#[derive(Clone, Debug, Default, Model, PartialEq)]
pub struct Activation {
    /// How long an activation may last. Below `PT1H` it lasts longer in effect: a token that was issued lives for 60 to 75 minutes.
    #[attr(computed, use_state_for_unknown, reset_to("PT8H"), semantic_equality(duration::same), check(duration::between("PT30M", "P1D")))]
    pub maximum_duration: Option<String>,
    /// Whether one of `approvers` must approve.
    #[attr(computed, use_state_for_unknown, reset_to(false))]
    pub require_approval: Option<bool>,
    /// Who can approve.
    #[attr(group_block)]
    pub approvers: Approvers,
    /// Whether a justification must be given.
    #[attr(computed, use_state_for_unknown, reset_to(true))]
    pub require_justification: Option<bool>,
    /// Whether multifactor authentication is needed. Excludes `authentication_context`.
    #[attr(computed, use_state_for_unknown, reset_to(false))]
    pub require_multifactor_authentication: Option<bool>,
    /// Whether a ticket must be named.
    #[attr(computed, use_state_for_unknown, reset_to(false))]
    pub require_ticket: Option<bool>,
    /// Authentication context that conditional access policies ask something for, such as `c1`; empty for none. The service does not check that one
    /// exists, and refuses activations then.
    #[attr(computed, use_state_for_unknown, reset_to(""), check(context()))]
    #[attr(empty_is_value)]
    pub authentication_context: Option<String>,
}

fn context() -> framework::schema::Check {
    let is_one =
        |text: &str| text.strip_prefix('c').and_then(|number| number.parse::<u8>().ok()).is_some_and(|number| (1..=99).contains(&number));
    framework::schema::Check::text("be one of `c1` to `c99`, or empty", move |text| text.is_empty() || is_one(text))
}

/// Who can approve: users, and members of groups. Owners of a group who are not its members cannot.
#[derive(Clone, Debug, Default, Model, PartialEq)]
pub struct Approvers {
    /// Object IDs of users.
    #[attr(
        computed,
        use_state_for_unknown,
        unordered,
        case_insensitive,
        reset_to(Value::List(Vec::new())),
        check(uuid()),
        check(at_most(50))
    )]
    pub user_ids: Option<Vec<String>>,
    /// Object IDs of groups.
    #[attr(
        computed,
        use_state_for_unknown,
        unordered,
        case_insensitive,
        reset_to(Value::List(Vec::new())),
        check(uuid()),
        check(at_most(50))
    )]
    pub group_ids: Option<Vec<String>>,
}

/// Conditions for creating an eligibility.
#[derive(Clone, Debug, Default, Model, PartialEq)]
pub struct EligibleAssignment {
    /// Whether an eligibility need not end.
    #[attr(computed, use_state_for_unknown, reset_to(false))]
    pub permanent_allowed: Option<bool>,
    /// How long one may last otherwise. The portal offers `P15D`, `P30D`, `P90D`, `P180D` and `P365D`.
    #[attr(
        computed,
        use_state_for_unknown,
        reset_to("P365D"),
        semantic_equality(duration::same),
        check(duration::between("P1D", "P365D"))
    )]
    pub maximum_duration: Option<String>,
    /// Whether a justification must be given.
    #[attr(computed, use_state_for_unknown, reset_to(false))]
    pub require_justification: Option<bool>,
    /// Whether the requestor must have signed in with multifactor authentication, which applications cannot.
    #[attr(computed, use_state_for_unknown, reset_to(false))]
    pub require_multifactor_authentication: Option<bool>,
    /// Whether a ticket must be named.
    #[attr(computed, use_state_for_unknown, reset_to(false))]
    pub require_ticket: Option<bool>,
}

/// Conditions for creating an active assignment.
#[derive(Clone, Debug, Default, Model, PartialEq)]
pub struct ActiveAssignment {
    /// Whether an active assignment need not end.
    #[attr(computed, use_state_for_unknown, reset_to(false))]
    pub permanent_allowed: Option<bool>,
    /// How long one may last otherwise. The portal offers `P15D`, `P30D`, `P90D`, `P180D` and `P365D`.
    #[attr(
        computed,
        use_state_for_unknown,
        reset_to("P180D"),
        semantic_equality(duration::same),
        check(duration::between("P1D", "P365D"))
    )]
    pub maximum_duration: Option<String>,
    /// Whether a justification must be given.
    #[attr(computed, use_state_for_unknown, reset_to(true))]
    pub require_justification: Option<bool>,
    /// Whether the requestor must have signed in with multifactor authentication, which applications cannot.
    #[attr(computed, use_state_for_unknown, reset_to(false))]
    pub require_multifactor_authentication: Option<bool>,
    /// Whether a ticket must be named.
    #[attr(computed, use_state_for_unknown, reset_to(false))]
    pub require_ticket: Option<bool>,
}

/// Who gets mail when.
#[derive(Clone, Debug, Default, Model, PartialEq)]
pub struct Notifications {
    /// Sent when an eligibility is created.
    #[attr(group_block)]
    pub eligible_assignment: Recipients,
    /// Sent when an active assignment is created.
    #[attr(group_block)]
    pub active_assignment: Recipients,
    /// Sent when an eligibility is activated.
    #[attr(group_block)]
    pub activation: Recipients,
}

/// The three kinds of people who get mail.
#[derive(Clone, Debug, Default, Model, PartialEq)]
pub struct Recipients {
    /// Mail to administrators.
    #[attr(group_block)]
    pub admin: Mail,
    /// Mail to the assignee.
    #[attr(group_block)]
    pub assignee: Mail,
    /// Mail to approvers.
    #[attr(group_block)]
    pub approver: Mail,
}

/// Mail of one kind.
#[derive(Clone, Debug, Default, Model, PartialEq)]
pub struct Mail {
    /// Whether those get it whom the service would choose.
    #[attr(computed, use_state_for_unknown, reset_to(true))]
    pub default_recipients: Option<bool>,
    /// Addresses that get it as well.
    #[attr(computed, use_state_for_unknown, unordered, case_insensitive, reset_to(Value::List(Vec::new())))]
    pub additional_recipients: Option<Vec<String>>,
    /// Whether only critical mail is sent.
    #[attr(computed, use_state_for_unknown, reset_to(false))]
    pub critical_only: Option<bool>,
}

/// A policy as settings: the attributes that the policies of groups and of roles share. Absent settings are not managed.
#[derive(Clone, Debug, Default, Model, PartialEq)]
pub struct Settings {
    /// Conditions of an activation.
    #[attr(group_block)]
    pub activation: Activation,
    /// Conditions for creating an eligibility.
    #[attr(group_block)]
    pub eligible_assignment: EligibleAssignment,
    /// Conditions for creating an active assignment.
    #[attr(group_block)]
    pub active_assignment: ActiveAssignment,
    /// Who gets mail when.
    #[attr(group_block)]
    pub notifications: Notifications,
}

impl Settings {
    /// The settings of a policy that was never changed.
    pub(crate) fn defaults() -> Self {
        let mail = || Mail { default_recipients: Some(true), additional_recipients: Some(Vec::new()), critical_only: Some(false) };
        let recipients = || Recipients { admin: mail(), assignee: mail(), approver: mail() };
        Settings {
            activation: Activation {
                maximum_duration: Some("PT8H".to_owned()),
                require_approval: Some(false),
                approvers: Approvers { user_ids: Some(Vec::new()), group_ids: Some(Vec::new()) },
                require_justification: Some(true),
                require_multifactor_authentication: Some(false),
                require_ticket: Some(false),
                authentication_context: Some(String::new()),
            },
            eligible_assignment: EligibleAssignment {
                permanent_allowed: Some(false),
                maximum_duration: Some("P365D".to_owned()),
                require_justification: Some(false),
                require_multifactor_authentication: Some(false),
                require_ticket: Some(false),
            },
            active_assignment: ActiveAssignment {
                permanent_allowed: Some(false),
                maximum_duration: Some("P180D".to_owned()),
                require_justification: Some(true),
                require_multifactor_authentication: Some(false),
                require_ticket: Some(false),
            },
            notifications: Notifications { eligible_assignment: recipients(), active_assignment: recipients(), activation: recipients() },
        }
    }
}

#[cfg(test)]
mod tests {
    use framework::schema::{Object, Shape};

    use super::*;

    /// What a setting goes back to, by its path.
    fn removed(object: &Object, at: &str, found: &mut Vec<(String, Value)>) {
        for attribute in &object.attributes {
            let path = format!("{at}{}", attribute.name);
            match (&attribute.shape, &attribute.reset_to) {
                (_, Some(value)) => found.push((path, value.clone())),
                (Shape::Nested(_, inner), None) => removed(inner, &format!("{path}."), found),
                _ => {}
            }
        }
    }

    #[test]
    fn what_is_removed_goes_back_to_what_a_reset_makes() {
        let defaults = Settings::defaults();
        let (object, value) = (Settings::object(), Model::to_value(&defaults));
        let mut found = Vec::new();
        removed(&object, "", &mut found);
        assert_eq!(found.len(), 45);
        for (path, goes_back_to) in found {
            let default = path.split('.').fold(&value, |value, name| value.attribute(name));
            assert_eq!(*default, goes_back_to, "{path}");
        }
    }
}
