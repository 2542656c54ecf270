//! The organization: one object that says whose tenant this is.

use crate::graph::model::{
    collection::Collection,
    property::{flag, instant, object, objects, text, texts},
};

/// The row.
pub static ORGANIZATION: Collection = Collection {
    path: "organization",
    table: "organization",
    bin: None,
    kind: "organization",
    label: "TenantDetail",
    directory: false,
    alternate_keys: &[],
    indexed: &[],
    required_filter: &[],
    properties: &[
        text("id").by_service(),
        instant("deletedDateTime").by_service(),
        objects("assignedPlans").by_service(),
        texts("businessPhones"),
        text("city"),
        text("country"),
        text("countryLetterCode"),
        instant("createdDateTime").by_service(),
        text("defaultUsageLocation"),
        text("displayName"),
        texts("marketingNotificationEmails"),
        instant("onPremisesLastSyncDateTime").by_service(),
        flag("onPremisesSyncEnabled").by_service(),
        text("postalCode"),
        text("preferredLanguage"),
        object("privacyProfile"),
        objects("provisionedPlans").by_service(),
        texts("securityComplianceNotificationMails"),
        texts("securityComplianceNotificationPhones"),
        text("state"),
        text("street"),
        texts("technicalNotificationMails"),
        text("tenantType"),
        objects("verifiedDomains").by_service(),
    ],
    links: &[],
    named_by: None,
    on_create: None,
    on_update: None,
    deletable: false,
    ..Collection::DEFAULT
};
