//! Groups (docs/services/graph.md).

use serde_json::{Map, Value, json};

use super::group_rules;
use crate::{
    directory::{
        groups,
        links::{MEMBERS, OWNERS, UNIT_MEMBERS},
    },
    graph::model::{
        collection::{Collection, many, reverse},
        complex::Complex,
        context::Context,
        property::{SortOrder, complex, flag, instant, number, object, objects, text, texts},
    },
};

/// Whether and as what the group is written to a directory on premises.
static WRITEBACK: Complex = Complex::new("groupWritebackConfiguration", &[flag("isEnabled"), text("onPremisesGroupType")]);

/// The row.
pub static GROUPS: Collection = Collection {
    path: "groups",
    table: groups::TABLE,
    bin: Some("deletedItems/groups"),
    kind: "group",
    label: "Group",
    directory: true,
    alternate_keys: &["uniqueName"],
    indexed: &["displayName", "mailNickname", "mail", "membershipRuleProcessingState", "uniqueName"],
    required_filter: &[],
    properties: &[
        text("id").by_service().filter("eq ne not in"),
        instant("deletedDateTime").by_service().filter("eq ne not ge le in").sorted(SortOrder::Advanced),
        // The properties of the mailbox read as null: applications do not get them, and a tenant without Exchange answers
        // 404 instead (unverified: which of the two an application sees).
        flag("allowExternalSenders").on_select().after_creation(),
        objects("assignedLabels").on_select(),
        objects("assignedLicenses").on_select().by_service().filter("eq"),
        flag("autoSubscribeNewMembers").on_select().after_creation(),
        text("classification").filter("eq ge le ne not startswith"),
        instant("createdDateTime").by_service().filter("eq ge in le ne not").advanced("ge in le"),
        text("description").max(1024).filter("eq ge le ne not startswith"),
        text("displayName").required().max(256).filter("eq ge in le ne not startswith").sorted(SortOrder::Default),
        instant("expirationDateTime").by_service().filter("eq ge in le ne not"),
        texts("groupTypes").filter("eq not"),
        flag("hasMembersWithLicenseErrors").on_select().by_service().filter("eq"),
        flag("hideFromAddressLists").on_select().after_creation(),
        flag("hideFromOutlookClients").on_select().after_creation(),
        flag("isArchived").on_select().by_service(),
        flag("isAssignableToRole").at_creation().filter("eq ne not"),
        flag("isManagementRestricted").on_select().by_service(),
        flag("isSubscribedByMail").on_select().after_creation(),
        object("licenseProcessingState").on_select().by_service(),
        text("mail").by_service().filter("eq ge in le ne not startswith"),
        flag("mailEnabled").required().filter("eq ne not"),
        text("mailNickname").required().max(64).filter("eq ge in le ne not startswith"),
        text("membershipRule").max(3072).filter("eq ge le ne not startswith"),
        text("membershipRuleProcessingState").one_of(&["On", "Paused"]).filter("eq in ne not"),
        text("onPremisesDomainName").by_service(),
        instant("onPremisesLastSyncDateTime").by_service().filter("eq ge in le ne not"),
        text("onPremisesNetBiosName").by_service(),
        objects("onPremisesProvisioningErrors").by_service().filter("eq not"),
        text("onPremisesSamAccountName").by_service().filter("eq ge in le ne not startswith"),
        text("onPremisesSecurityIdentifier").by_service().filter("eq"),
        flag("onPremisesSyncEnabled").by_service().filter("eq in ne not"),
        text("preferredDataLocation"),
        text("preferredLanguage").filter("eq ge in le ne not startswith"),
        texts("proxyAddresses").by_service().filter("endswith eq ge le ne not startswith"),
        instant("renewedDateTime").by_service().filter("eq ge in le ne not"),
        texts("resourceBehaviorOptions").at_creation(),
        texts("resourceProvisioningOptions"),
        flag("securityEnabled").required().filter("eq in ne not"),
        text("securityIdentifier").by_service(),
        objects("serviceProvisioningErrors").by_service().filter("eq not"),
        text("theme").one_of(&["Teal", "Purple", "Green", "Blue", "Pink", "Orange", "Red"]),
        text("uniqueName").at_creation().max(128).filter("eq ne not startswith"),
        number("unseenCount").on_select().after_creation(),
        text("visibility").one_of(&["Private", "Public", "HiddenMembership", "Hiddenmembership"]),
        complex("writebackConfiguration", &WRITEBACK).beta(),
    ],
    links: &[
        many("members", &[MEMBERS], &["user", "group", "servicePrincipal"]),
        many("owners", &[OWNERS], &["user", "servicePrincipal"]),
        many("transitiveMembers", &[MEMBERS], &[]).transitive(),
        reverse("memberOf", &[MEMBERS, UNIT_MEMBERS]),
        reverse("transitiveMemberOf", &[MEMBERS, UNIT_MEMBERS]).transitive(),
    ],
    named_by: None,
    on_create: Some(group_rules::create),
    on_update: Some(group_rules::update),
    deletable: true,
    on_delete: Some(group_rules::delete),
    on_read: Some(read),
    delta: true,
    ..Collection::DEFAULT
};

/// `writebackConfiguration` is an object also where nothing was configured.
fn read(_: &Context<'_>, shown: &mut Map<String, Value>) {
    if let Some(configuration) = shown.get_mut("writebackConfiguration").filter(|value| value.is_null()) {
        *configuration = json!({"isEnabled": null, "onPremisesGroupType": null});
    }
}
