//! The risks that are warned of, with the ids that silence them.

use framework::WarningKind;

use crate::resources::cluster_warnings;

/// Of eligibilities and active assignments.
pub(crate) const GRANT_WARNINGS: &[&WarningKind] = &[&POLICY_REFUSES, &PERMANENT_BESIDE_ELIGIBLE, &ELIGIBLE_IS_MEMBER];

/// Those of a grant of an Azure role.
pub(crate) const ROLE_GRANT_WARNINGS: &[&WarningKind] = &{
    let [rbac, admin, broad, missing] = *cluster_warnings::ALL;
    [&POLICY_REFUSES, &PERMANENT_BESIDE_ELIGIBLE, &ELIGIBLE_IS_MEMBER, rbac, admin, broad, missing]
};

/// Of policies.
pub(crate) const POLICY_WARNINGS: &[&WarningKind] = &[&SELF_APPROVAL, &APPROVER_ONLY_OWNS, &SHORT_ACTIVATION, &UNUSED_CONTEXT];

pub(super) static POLICY_REFUSES: WarningKind = WarningKind {
    id: "pim_policy_refuses",
    about: "The policy that governs the grant, as it is at the time of the plan, refuses it. The apply will fail unless the policy is changed first.",
};

pub(super) static PERMANENT_BESIDE_ELIGIBLE: WarningKind = WarningKind {
    id: "pim_permanent_beside_eligible",
    about: "The same principal is eligible and has the same access for good, for an Azure role also by a role assignment at the same scope: nothing is left to activate.",
};

pub(super) static ELIGIBLE_IS_MEMBER: WarningKind = WarningKind {
    id: "pim_eligible_is_member",
    about: "Who is to be eligible is a standing member of the group, without Privileged Identity Management: nothing is left to activate.",
};

pub(super) static SELF_APPROVAL: WarningKind = WarningKind {
    id: "pim_self_approval",
    about: "Who can activate can approve: the approvers of a group are the group itself, or who is eligible is among them.",
};

pub(super) static APPROVER_ONLY_OWNS: WarningKind =
    WarningKind { id: "pim_approver_only_owns", about: "A group of approvers has owners who are not members. Owners cannot approve." };

pub(super) static SHORT_ACTIVATION: WarningKind = WarningKind {
    id: "pim_short_activation",
    about: "Activations are shorter than an hour. A token that was issued outlives them: they last 60 to 75 minutes in effect.",
};

pub(super) static UNUSED_CONTEXT: WarningKind = WarningKind {
    id: "pim_unused_context",
    about: "Activation asks for an authentication context that no enabled conditional access policy uses.",
};
