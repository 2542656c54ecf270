//! The tenant's domains. Their ids are their names.

use crate::graph::model::{
    collection::Collection,
    property::{flag, number, object, text, texts},
};

/// The row.
pub static DOMAINS: Collection = Collection {
    path: "domains",
    table: "domains",
    bin: None,
    kind: "domain",
    label: "Domain",
    directory: false,
    alternate_keys: &[],
    indexed: &[],
    required_filter: &[],
    properties: &[
        text("id").at_creation(),
        text("authenticationType").by_service(),
        text("availabilityStatus").by_service(),
        flag("isAdminManaged").by_service(),
        flag("isDefault"),
        flag("isInitial").by_service(),
        flag("isRoot").by_service(),
        flag("isVerified").by_service(),
        text("manufacturer"),
        text("model"),
        number("passwordNotificationWindowInDays"),
        number("passwordValidityPeriodInDays"),
        object("state").by_service(),
        texts("supportedServices"),
    ],
    // The initial domain first.
    order: &[("isInitial", true)],
    links: &[],
    named_by: Some("id"),
    on_create: None,
    on_update: None,
    deletable: false,
    ..Collection::DEFAULT
};
