//! Privileged Identity Management for groups: requests, schedules, instances, policies (docs/services/pim.md, docs/services/pim.md#policies-of-groups). What writes do is in `graph::pim`.

use crate::graph::model::{
    collection::{Collection, Link, Service, inside, named},
    property::{Property, flag, instant, object, text},
};

/// Filters without one of these answer nothing.
const REQUIRED: &[&str] = &["groupId", "principalId"];

/// Requests for eligible assignments.
pub static ELIGIBILITY_REQUESTS: Collection = Collection {
    path: "identityGovernance/privilegedAccess/group/eligibilityScheduleRequests",
    table: "pimEligibilityScheduleRequests",
    kind: "privilegedAccessGroupEligibilityScheduleRequest",
    label: "PrivilegedAccessGroupEligibilityScheduleRequest",
    ..REQUESTS
};

/// Requests for active assignments.
pub static ASSIGNMENT_REQUESTS: Collection = REQUESTS;

const REQUESTS: Collection = Collection {
    path: "identityGovernance/privilegedAccess/group/assignmentScheduleRequests",
    table: "pimAssignmentScheduleRequests",
    kind: "privilegedAccessGroupAssignmentScheduleRequest",
    label: "PrivilegedAccessGroupAssignmentScheduleRequest",
    properties: &[
        text("id").by_service(),
        text("accessId").filter("eq"),
        text("action").filter("eq ne"),
        text("approvalId").by_service(),
        instant("completedDateTime").by_service(),
        object("createdBy").by_service(),
        instant("createdDateTime").by_service().filter("eq ge le gt lt"),
        text("customData"),
        text("groupId").filter("eq"),
        flag("isValidationOnly"),
        text("justification"),
        text("principalId").filter("eq ne"),
        object("scheduleInfo"),
        text("status").by_service().filter("eq ne"),
        text("targetScheduleId").by_service().filter("eq ne"),
        object("ticketInfo"),
    ],
    ..COMMON
};

/// The rule of an active assignment.
pub static ASSIGNMENT_SCHEDULES: Collection = Collection {
    path: "identityGovernance/privilegedAccess/group/assignmentSchedules",
    table: "pimAssignmentSchedules",
    kind: "privilegedAccessGroupAssignmentSchedule",
    label: "PrivilegedAccessGroupAssignmentSchedule",
    properties: &[
        text("id").by_service(),
        ACCESS,
        text("assignmentType").filter("eq"),
        instant("createdDateTime").by_service(),
        text("createdUsing").by_service(),
        GROUP,
        MEMBER_TYPE,
        instant("modifiedDateTime").by_service(),
        PRINCIPAL,
        object("scheduleInfo"),
        text("status").by_service().filter("eq"),
    ],
    links: &[
        named("group", "groupId", None),
        named("principal", "principalId", None),
        named("activatedUsing", "activatedUsingId", Some(&ELIGIBILITY_SCHEDULES)),
    ],
    ..COMMON
};

/// The rule of an eligible assignment.
pub static ELIGIBILITY_SCHEDULES: Collection = Collection {
    path: "identityGovernance/privilegedAccess/group/eligibilitySchedules",
    table: "pimEligibilitySchedules",
    kind: "privilegedAccessGroupEligibilitySchedule",
    label: "PrivilegedAccessGroupEligibilitySchedule",
    properties: &[
        text("id").by_service(),
        ACCESS,
        instant("createdDateTime").by_service(),
        text("createdUsing").by_service(),
        GROUP,
        MEMBER_TYPE,
        instant("modifiedDateTime").by_service(),
        PRINCIPAL,
        object("scheduleInfo"),
        text("status").by_service().filter("eq"),
    ],
    ..COMMON
};

/// The active assignments in force.
pub static ASSIGNMENT_INSTANCES: Collection = Collection {
    path: "identityGovernance/privilegedAccess/group/assignmentScheduleInstances",
    table: "pimAssignmentScheduleInstances",
    indexed: &["groupId", "principalId", "assignmentScheduleId"],
    kind: "privilegedAccessGroupAssignmentScheduleInstance",
    label: "PrivilegedAccessGroupAssignmentScheduleInstance",
    properties: &[
        text("id").by_service(),
        ACCESS,
        text("assignmentScheduleId").filter("eq ne"),
        text("assignmentType").filter("eq"),
        instant("endDateTime"),
        GROUP,
        MEMBER_TYPE,
        PRINCIPAL,
        instant("startDateTime"),
    ],
    ..COMMON
};

/// The eligible assignments in force.
pub static ELIGIBILITY_INSTANCES: Collection = Collection {
    path: "identityGovernance/privilegedAccess/group/eligibilityScheduleInstances",
    table: "pimEligibilityScheduleInstances",
    indexed: &["groupId", "principalId", "eligibilityScheduleId"],
    kind: "privilegedAccessGroupEligibilityScheduleInstance",
    label: "PrivilegedAccessGroupEligibilityScheduleInstance",
    properties: &[
        text("id").by_service(),
        ACCESS,
        text("eligibilityScheduleId").filter("eq ne"),
        instant("endDateTime"),
        GROUP,
        MEMBER_TYPE,
        PRINCIPAL,
        instant("startDateTime"),
    ],
    ..COMMON
};

const ACCESS: Property = text("accessId").filter("eq");
const GROUP: Property = text("groupId").filter("eq");
const PRINCIPAL: Property = text("principalId").filter("eq");
const MEMBER_TYPE: Property = text("memberType").filter("eq");

/// Properties that requests, schedules and instances have in common.
const COMMON: Collection = Collection {
    indexed: REQUIRED,
    required_filter: REQUIRED,
    links: GROUP_AND_PRINCIPAL,
    service: Service::Governance,
    ..Collection::DEFAULT
};

const GROUP_AND_PRINCIPAL: &[Link] = &[named("group", "groupId", None), named("principal", "principalId", None)];

/// Requests that wait for an approval. The stages that clients see depend on the caller.
pub static APPROVALS: Collection = Collection {
    path: "identityGovernance/privilegedAccess/group/assignmentApprovals",
    table: "pimAssignmentApprovals",
    kind: "approval",
    label: "Approval",
    indexed: &[],
    required_filter: &[],
    properties: &[text("id").by_service()],
    links: &[inside("stages", None)],
    ..COMMON
};

/// Policies for becoming a member or owner. Rows exist only of groups that PIM has taken in; those
/// of other groups are made up when they are asked for.
pub static POLICIES: Collection = Collection {
    path: "policies/roleManagementPolicies",
    table: "pimPolicies",
    kind: "unifiedRoleManagementPolicy",
    label: "UnifiedRoleManagementPolicy",
    indexed: &["scopeId"],
    required_filter: &[],
    properties: &[
        text("id").by_service(),
        text("description").by_service(),
        text("displayName").by_service(),
        flag("isOrganizationDefault").by_service().filter("eq ne"),
        object("lastModifiedBy").by_service(),
        instant("lastModifiedDateTime").by_service(),
        text("scopeId").by_service().filter("eq"),
        text("scopeType").by_service().filter("eq"),
    ],
    links: &[inside("rules", None), inside("effectiveRules", None)],
    ..COMMON
};

/// Which policy holds for which access to a group. Never stored: they follow from the policies.
pub static POLICY_ASSIGNMENTS: Collection = Collection {
    path: "policies/roleManagementPolicyAssignments",
    table: "pimPolicyAssignments",
    kind: "unifiedRoleManagementPolicyAssignment",
    label: "UnifiedRoleManagementPolicyAssignment",
    indexed: &[],
    required_filter: &[],
    properties: &[
        text("id").by_service(),
        text("policyId").by_service(),
        text("roleDefinitionId").by_service().filter("eq"),
        text("scopeId").by_service().filter("eq"),
        text("scopeType").by_service().filter("eq"),
    ],
    links: &[inside("policy", Some(&POLICIES)).single()],
    ..COMMON
};
