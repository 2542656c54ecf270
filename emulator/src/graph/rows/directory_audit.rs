//! The log of changes in the directory (learn.microsoft.com/graph/api/resources/directoryaudit).

use crate::graph::model::{
    collection::{Collection, Service},
    property::{instant, object, objects, text},
};

/// The row.
pub static DIRECTORY_AUDITS: Collection = Collection {
    path: "auditLogs/directoryAudits",
    table: "directoryAudits",
    kind: "directoryAudit",
    label: "DirectoryAudit",
    service: Service::Policies,
    // Most recent first, and as many as a page can have.
    order: &[("activityDateTime", true)],
    page: (1000, 1000),
    properties: &[
        text("id"),
        instant("activityDateTime"),
        text("activityDisplayName"),
        objects("additionalDetails"),
        text("category"),
        text("correlationId"),
        object("initiatedBy"),
        text("loggedByService"),
        text("operationType"),
        text("result"),
        text("resultReason"),
        objects("targetResources"),
    ],
    ..Collection::DEFAULT
};
