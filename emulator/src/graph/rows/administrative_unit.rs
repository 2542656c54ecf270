//! Administrative units: what a group or user can be put into.

use serde_json::json;

use crate::{
    directory::{links::UNIT_MEMBERS, objects},
    graph::model::{
        collection::{Collection, many},
        context::Context,
        draft::Draft,
        error::GraphError,
        property::{SortOrder, flag, instant, text},
    },
    store::Row,
};

/// The row.
pub static ADMINISTRATIVE_UNITS: Collection = Collection {
    path: "directory/administrativeUnits",
    beta_aliases: &["administrativeUnits"],
    table: objects::ADMINISTRATIVE_UNITS,
    bin: Some("deletedItems/administrativeUnits"),
    kind: "administrativeUnit",
    label: "AdministrativeUnit",
    directory: true,
    alternate_keys: &[],
    indexed: &["displayName"],
    required_filter: &[],
    properties: &[
        text("id").by_service().filter("eq ne not in"),
        instant("deletedDateTime").by_service().sorted(SortOrder::Advanced),
        text("description").max(1024).filter("eq in ne startswith"),
        text("displayName").required().max(256).filter("eq ge in le ne not startswith").sorted(SortOrder::Advanced),
        flag("isMemberManagementRestricted").at_creation(),
        text("membershipRule").max(3072),
        text("membershipRuleProcessingState").one_of(&["On", "Paused"]),
        text("membershipType").one_of(&["Assigned", "Dynamic"]),
        text("visibility").one_of(&["HiddenMembership", "Public"]),
    ],
    links: &[many("members", &[UNIT_MEMBERS], &["user", "group"])],
    named_by: None,
    on_create: Some(create),
    on_update: Some(update),
    deletable: true,
    ..Collection::DEFAULT
};

fn create(_: &Context<'_>, draft: &mut Draft) -> Result<(), GraphError> {
    // Unverified: that `false` and not null reads back when nothing was said.
    draft.values.entry("isMemberManagementRestricted").or_insert(json!(false));
    Ok(())
}

fn update(_: &Context<'_>, _: &Row, _: &mut Draft) -> Result<(), GraphError> {
    Ok(())
}
