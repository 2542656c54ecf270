//! Users (docs/services/graph.md#users).

use serde_json::{Value, json};

use super::nickname;
use crate::{
    clock::seconds,
    directory::{
        links::{MANAGER, MEMBERS, OWNERS, UNIT_MEMBERS},
        objects::security_identifier,
        users,
    },
    graph::model::{
        collection::{Collection, many, reverse},
        context::Context,
        draft::Draft,
        error::GraphError,
        property::{SortOrder, flag, instant, object, objects, text, texts},
    },
    store::Row,
    tenant::ids,
};

/// The row.
pub static USERS: Collection = Collection {
    path: "users",
    table: users::TABLE,
    bin: Some("deletedItems/users"),
    kind: "user",
    label: "User",
    directory: true,
    alternate_keys: &["userPrincipalName"],
    indexed: &["userPrincipalName", "displayName", "mailNickname", "mail", "employeeId"],
    required_filter: &[],
    properties: &[
        text("id").by_service().filter("eq ne not in"),
        instant("deletedDateTime").on_select().by_service().filter("eq ge le in ne not").advanced("in").sorted(SortOrder::Advanced),
        text("aboutMe").on_select(),
        flag("accountEnabled").required().on_select().filter("eq in ne not"),
        text("ageGroup").one_of(&["Minor", "NotAdult", "Adult"]).on_select().filter("eq in ne not"),
        objects("assignedLicenses").on_select().filter("eq ne not"),
        objects("assignedPlans").on_select().by_service().filter("eq not"),
        texts("businessPhones").filter("eq ge le not startswith"),
        text("city").on_select().filter("eq ge in le ne not startswith").advanced("null"),
        text("companyName").max(64).on_select().filter("eq ge in le ne not startswith").advanced("eq in ge le startswith null"),
        text("consentProvidedForMinor").on_select().filter("eq in ne not"),
        text("country").on_select().filter("eq ge in le ne not startswith").advanced("null"),
        instant("createdDateTime").on_select().by_service().filter("eq ge in le ne not").advanced("in").sorted(SortOrder::Advanced),
        text("creationType").on_select().by_service().filter("eq in ne not"),
        text("department").max(64).on_select().filter("eq ge in le ne not").advanced("null"),
        text("displayName").required().max(256).filter("eq ge in le ne not startswith").advanced("null").sorted(SortOrder::Default),
        instant("employeeHireDate").on_select().filter("eq ge in le ne not").advanced("eq in ge le startswith null"),
        text("employeeId").on_select().filter("eq ge in le ne not startswith").advanced("null"),
        instant("employeeLeaveDateTime").on_select().filter("eq ge in le ne not"),
        object("employeeOrgData").on_select().filter("eq ge in le ne not"),
        text("employeeType").on_select().filter("eq ge in le ne not startswith").advanced("eq in ge le startswith null"),
        text("externalUserState").on_select().filter("eq in ne not"),
        instant("externalUserStateChangeDateTime").on_select().filter("eq in ne not"),
        text("faxNumber").on_select().filter("eq ge in le ne not startswith"),
        text("givenName").max(64).filter("eq ge in le ne not startswith").advanced("null"),
        objects("identities").on_select().filter("eq"),
        texts("imAddresses").on_select().by_service().filter("eq ge le not startswith"),
        flag("isManagementRestricted").on_select().by_service(),
        flag("isResourceAccount").on_select(),
        text("jobTitle").max(128).filter("eq ge in le ne not startswith").advanced("null"),
        instant("lastPasswordChangeDateTime").on_select().by_service(),
        text("legalAgeGroupClassification").on_select().by_service(),
        objects("licenseAssignmentStates").on_select().by_service(),
        text("mail").filter("endswith eq ge in le ne not startswith"),
        text("mailNickname").required().max(64).on_select().filter("eq ge in le ne not startswith").advanced("null"),
        text("mobilePhone").filter("eq ge in le ne not startswith").advanced("eq in ge le startswith null"),
        text("officeLocation").filter("eq ge in le ne not startswith").advanced("eq in ge le startswith null"),
        text("onPremisesDistinguishedName").on_select().by_service(),
        text("onPremisesDomainName").on_select().by_service(),
        object("onPremisesExtensionAttributes").on_select().filter("eq in ne not").advanced("eq in ge le startswith null"),
        text("onPremisesImmutableId").on_select().filter("eq ge in le ne not").advanced("eq in ge le startswith null"),
        instant("onPremisesLastSyncDateTime").on_select().by_service().filter("eq ge in le ne not").advanced("eq in ge le startswith null"),
        objects("onPremisesProvisioningErrors").on_select().filter("eq ge le not"),
        text("onPremisesSamAccountName")
            .on_select()
            .by_service()
            .filter("eq ge in le ne not startswith")
            .advanced("eq in ge le startswith null"),
        text("onPremisesSecurityIdentifier").on_select().by_service().filter("eq").advanced("null"),
        flag("onPremisesSyncEnabled").on_select().by_service().filter("eq in ne not"),
        text("onPremisesUserPrincipalName").on_select().by_service().filter("eq ge in le ne not startswith"),
        texts("otherMails").on_select().filter("endswith eq ge in le ne not startswith"),
        text("passwordPolicies").on_select().filter("eq ne not").advanced("eq in ge le startswith null"),
        object("passwordProfile").on_select().filter("eq in ne not"),
        text("postalCode").on_select().filter("eq ge in le ne not startswith").advanced("eq in ge le startswith null"),
        text("preferredDataLocation").on_select(),
        text("preferredLanguage").filter("eq ge in le ne not startswith").advanced("eq in ge le startswith null"),
        objects("provisionedPlans").on_select().by_service().filter("eq ge le not"),
        texts("proxyAddresses").on_select().filter("endswith eq ge le ne not startswith").advanced("null"),
        text("securityIdentifier").on_select().by_service(),
        objects("serviceProvisioningErrors").on_select().by_service().filter("eq not"),
        flag("showInAddressList").on_select(),
        object("signInActivity").on_select().by_service().filter("eq ge le ne not"),
        instant("signInSessionsValidFromDateTime").on_select().by_service(),
        text("state").on_select().filter("eq ge in le ne not startswith").advanced("null"),
        text("streetAddress").on_select().filter("eq ge in le ne not startswith").advanced("eq in ge le startswith null"),
        text("surname").max(64).filter("eq ge in le ne not startswith").advanced("null"),
        text("usageLocation").max(2).on_select().filter("eq ge in le ne not startswith"),
        text("userPrincipalName").required().max(113).filter("endswith eq ge in le ne not startswith").sorted(SortOrder::Default),
        text("userType").on_select().one_of(&["Member", "Guest"]).filter("eq in ne not").advanced("null"),
    ],
    links: &[
        many("manager", &[MANAGER], &["user", "orgContact"]).single(),
        reverse("directReports", &[MANAGER]),
        reverse("memberOf", &[MEMBERS, UNIT_MEMBERS]),
        reverse("transitiveMemberOf", &[MEMBERS, UNIT_MEMBERS]).transitive(),
        reverse("ownedObjects", &[OWNERS]),
    ],
    named_by: Some("userPrincipalName"),
    on_create: Some(create),
    on_update: Some(update),
    deletable: true,
    delta: true,
    ..Collection::DEFAULT
};

fn create(context: &Context<'_>, draft: &mut Draft) -> Result<(), GraphError> {
    let password = draft.values.get("passwordProfile").and_then(|profile| profile.get("password")).cloned();
    if password.is_none_or(|password| password.is_null()) {
        return Err(GraphError::bad_request("A password must be specified to create a new user."));
    }
    check(context, draft)?;
    let now = seconds(context.now);
    draft.values.insert("createdDateTime".into(), json!(now));
    draft.values.insert("lastPasswordChangeDateTime".into(), json!(now));
    draft.values.insert("securityIdentifier".into(), json!(security_identifier(&draft.key)));
    draft.values.entry("userType").or_insert(json!("Member"));
    let name = draft.values.get("userPrincipalName").cloned().unwrap_or_default();
    draft
        .values
        .insert("identities".into(), json!([{"signInType": "userPrincipalName", "issuer": ids::INITIAL_DOMAIN, "issuerAssignedId": name}]));
    Ok(())
}

fn update(context: &Context<'_>, row: &Row, draft: &mut Draft) -> Result<(), GraphError> {
    check(context, draft)?;
    if draft.values.contains_key(users::PASSWORD) {
        // Sessions that began with the old one end.
        draft.values.insert(users::SESSIONS_REVOKED.into(), json!(users::next_revocation(row)));
    }
    Ok(())
}

fn check(context: &Context<'_>, draft: &mut Draft) -> Result<(), GraphError> {
    if let Some(name) = draft.values.get("userPrincipalName").and_then(Value::as_str) {
        let domain = name.split_once('@').map_or("", |(_, domain)| domain);
        if !ids::is_verified_domain(domain) {
            return Err(GraphError::bad_request(
                "The domain portion of the userPrincipalName property is invalid. You must use one of the verified \
                 domain names in your organization.",
            ));
        }
        context.must_be_unique(&USERS, "userPrincipalName", name, &draft.key)?;
    }
    if let Some(alias) = draft.values.get("mailNickname").and_then(Value::as_str) {
        nickname::check(alias, "User")?;
    }
    if let Some(policies) = draft.values.get("passwordPolicies").and_then(Value::as_str) {
        let known = ["None", "DisablePasswordExpiration", "DisableStrongPassword"];
        if !policies.split(',').all(|policy| known.contains(&policy.trim())) {
            return Err(GraphError::invalid_value("passwordPolicies", "User"));
        }
    }
    // The profile is written and never read: what is kept is when the password changed, and a mark to know it again by.
    let profile = draft.values.remove("passwordProfile").unwrap_or_default();
    if let Some(must) = profile.get("forceChangePasswordNextSignIn").and_then(Value::as_bool) {
        draft.values.insert(users::MUST_CHANGE_PASSWORD.into(), json!(must));
    }
    if let Some(password) = profile.get("password").and_then(Value::as_str) {
        if !is_strong(password) {
            return Err(GraphError::bad_request(
                "The specified password does not comply with password complexity requirements. Please provide a different password.",
            ));
        }
        draft.values.insert("lastPasswordChangeDateTime".into(), json!(seconds(context.now)));
        draft.values.insert(users::PASSWORD.into(), json!(users::password_hash(&draft.key, password)));
    }
    Ok(())
}

/// Three of four classes of characters, and a length of 8 to 256 (the length is unverified).
fn is_strong(password: &str) -> bool {
    let classes: [fn(&char) -> bool; 4] = [|c| c.is_lowercase(), |c| c.is_uppercase(), |c| c.is_ascii_digit(), |c| !c.is_alphanumeric()];
    let count = password.chars().count();
    (8..=256).contains(&count) && classes.iter().filter(|class| password.chars().any(|c| class(&c))).count() >= 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_classes_of_four_make_a_password_strong() {
        for (password, strong) in [("Abcdefg1", true), ("abcdefg1!", true), ("abcdefgh", false), ("Abc1!", false), ("ABCDEFG1", false)] {
            assert_eq!(is_strong(password), strong, "{password}");
        }
    }
}
