//! Privileged Identity Management for groups: active assignments, to be read (service-behaviour section 6).
//!
//! Requests, eligibility and policies are not served yet. Assignments come from the control API.

use crate::graph::{
    collection::Collection,
    property::{instant, object, text},
};

/// Filters without one of these answer nothing.
const REQUIRED: &[&str] = &["groupId", "principalId"];

/// What shall hold: the rule.
pub static SCHEDULES: Collection = Collection {
    path: "identityGovernance/privilegedAccess/group/assignmentSchedules",
    table: "pimAssignmentSchedules",
    bin: None,
    kind: "privilegedAccessGroupAssignmentSchedule",
    label: "PrivilegedAccessGroupAssignmentSchedule",
    directory: false,
    alternate_keys: &[],
    indexed: REQUIRED,
    required_filter: REQUIRED,
    properties: &[
        text("id").by_service(),
        text("accessId").filter("eq"),
        text("assignmentType").filter("eq"),
        instant("createdDateTime").by_service(),
        text("createdUsing").by_service(),
        text("groupId").filter("eq"),
        text("memberType").filter("eq"),
        instant("modifiedDateTime").by_service(),
        text("principalId").filter("eq"),
        object("scheduleInfo"),
        text("status").by_service(),
    ],
    links: &[],
    named_by: None,
    on_create: None,
    on_update: None,
    deletable: false,
    ..Collection::PLAIN
};

/// What is in force.
pub static INSTANCES: Collection = Collection {
    path: "identityGovernance/privilegedAccess/group/assignmentScheduleInstances",
    table: "pimAssignmentScheduleInstances",
    bin: None,
    kind: "privilegedAccessGroupAssignmentScheduleInstance",
    label: "PrivilegedAccessGroupAssignmentScheduleInstance",
    directory: false,
    alternate_keys: &[],
    indexed: REQUIRED,
    required_filter: REQUIRED,
    properties: &[
        text("id").by_service(),
        text("accessId").filter("eq"),
        text("assignmentScheduleId").filter("eq ne"),
        text("assignmentType").filter("eq"),
        instant("endDateTime"),
        text("groupId").filter("eq"),
        text("memberType").filter("eq"),
        text("principalId").filter("eq"),
        instant("startDateTime"),
    ],
    links: &[],
    named_by: None,
    on_create: None,
    on_update: None,
    deletable: false,
    ..Collection::PLAIN
};
