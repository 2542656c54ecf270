//! A user as Microsoft Graph writes it, and back.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::User;
use crate::attributes::instant;
use crate::client::read_through_cache::Projection;

/// An attribute that is one text property.
struct Text {
    attribute: &'static str,
    property: &'static str,
    get: fn(&User) -> Option<&str>,
    set: fn(&mut User, Option<String>),
}

macro_rules! texts {
    ($($field:ident => $property:literal),* $(,)?) => {
        &[$(Text {
            attribute: stringify!($field),
            property: $property,
            get: |user| user.$field.as_deref(),
            set: |user, value| user.$field = value,
        }),*]
    };
}

/// Texts that are empty when they are omitted.
const TEXTS: &[Text] = texts! {
    given_name => "givenName",
    surname => "surname",
    mobile_phone => "mobilePhone",
    fax_number => "faxNumber",
    company_name => "companyName",
    department => "department",
    job_title => "jobTitle",
    office_location => "officeLocation",
    employee_id => "employeeId",
    employee_type => "employeeType",
    employee_hire_date => "employeeHireDate",
    street_address => "streetAddress",
    postal_code => "postalCode",
    city => "city",
    state => "state",
    country => "country",
    usage_location => "usageLocation",
    preferred_language => "preferredLanguage",
    age_group => "ageGroup",
    consent_provided_for_minor => "consentProvidedForMinor",
};

/// Texts that are left alone when they are omitted.
const UNMANAGED_WHEN_OMITTED: &[Text] = texts! {
    mail_nickname => "mailNickname",
    mail => "mail",
    user_type => "userType",
    onpremises_immutable_id => "onPremisesImmutableId",
};

/// Texts that the service gives.
const OUTPUTS: &[Text] = texts! {
    creation_type => "creationType",
    external_user_state => "externalUserState",
    onpremises_distinguished_name => "onPremisesDistinguishedName",
    onpremises_domain_name => "onPremisesDomainName",
    onpremises_sam_account_name => "onPremisesSamAccountName",
    onpremises_security_identifier => "onPremisesSecurityIdentifier",
    onpremises_user_principal_name => "onPremisesUserPrincipalName",
};

/// What is read besides texts.
const OTHER_ATTRIBUTES: [&str; 11] = [
    "id",
    "userPrincipalName",
    "displayName",
    "accountEnabled",
    "otherMails",
    "businessPhones",
    "passwordPolicies",
    "employeeOrgData",
    "imAddresses",
    "proxyAddresses",
    "onPremisesSyncEnabled",
];

/// The properties that are read: what the resource knows and nothing more.
pub(crate) static SELECT: LazyLock<String> = LazyLock::new(|| {
    let texts = [TEXTS, UNMANAGED_WHEN_OMITTED, OUTPUTS].into_iter().flatten().map(|text| text.property);
    OTHER_ATTRIBUTES.into_iter().chain(texts).collect::<Vec<_>>().join(",")
});

const NO_EXPIRATION: &str = "DisablePasswordExpiration";
const NO_STRENGTH: &str = "DisableStrongPassword";

/// How the manager is read along.
pub(crate) const MANAGER: &str = "manager($select=id)";

/// How users are read, by id or by user principal name: with their managers if that is wanted.
pub(crate) fn reading(with_manager: bool) -> Projection {
    Projection { one: "/users/{id}", all: "/users", select: SELECT.as_str(), expand: with_manager.then_some(MANAGER) }
}

/// A user in an answer. What was not asked for is not there.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserResponse {
    pub(crate) id: String,
    pub(super) created_date_time: Option<String>,
    manager: Option<Manager>,
    #[serde(flatten)]
    properties: Map<String, Value>,
}

#[derive(Clone, Debug, Deserialize)]
struct Manager {
    id: String,
}

impl UserResponse {
    /// A property that is text.
    pub(crate) fn text(&self, property: &str) -> Option<&str> {
        self.properties.get(property)?.as_str()
    }

    fn texts(&self, property: &str) -> Vec<String> {
        let list = self.properties.get(property).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned)).collect()
    }

    fn flag(&self, property: &str) -> Option<bool> {
        self.properties.get(property)?.as_bool()
    }
}

impl User {
    /// Applies the properties that Microsoft Graph returned.
    pub(crate) fn update_from_response(&mut self, answered: &UserResponse) {
        let list = |list: Vec<String>| (!list.is_empty()).then_some(list);
        let own = |text: Option<&str>| text.map(str::to_owned);
        for text in TEXTS.iter().chain(UNMANAGED_WHEN_OMITTED) {
            (text.set)(self, own(answered.text(text.property)));
        }
        self.user_principal_name = own(answered.text("userPrincipalName")).unwrap_or_default();
        self.display_name = own(answered.text("displayName")).unwrap_or_default();
        self.account_enabled = answered.flag("accountEnabled").unwrap_or_default();
        self.other_mails = list(answered.texts("otherMails"));
        self.business_phones = list(answered.texts("businessPhones"));
        let policies = answered.text("passwordPolicies").unwrap_or_default();
        self.disable_password_expiration = policies.contains(NO_EXPIRATION);
        self.disable_strong_password = policies.contains(NO_STRENGTH);
        let organization = answered.properties.get("employeeOrgData");
        let of_organization = |member: &str| own(organization.and_then(|data| data.get(member)).and_then(Value::as_str));
        self.cost_center = of_organization("costCenter");
        self.division = of_organization("division");
        self.manager_id = answered.manager.as_ref().map(|manager| manager.id.clone());
        self.update_outputs(answered);
    }

    /// Takes over what is the service's to decide: outputs, and of the rest what is omitted. A creation's answer has hardly any of it, but what a
    /// new user has is known: no addresses, and membership.
    pub(super) fn update_outputs(&mut self, answered: &UserResponse) {
        self.id = answered.id.clone();
        for text in UNMANAGED_WHEN_OMITTED.iter().filter(|text| text.property != "userType") {
            if (text.get)(self).is_none() {
                (text.set)(self, answered.text(text.property).map(str::to_owned));
            }
        }
        if self.user_type.is_none() {
            self.user_type = Some(answered.text("userType").unwrap_or("Member").to_owned());
        }
        for text in OUTPUTS {
            (text.set)(self, answered.text(text.property).map(str::to_owned));
        }
        self.im_addresses = Some(answered.texts("imAddresses"));
        self.proxy_addresses = Some(answered.texts("proxyAddresses"));
        self.onpremises_sync_enabled = answered.flag("onPremisesSyncEnabled");
    }

    /// Whether an answer shows what was last written: it differs in nothing that is managed.
    pub(super) fn matches_response(&self, answered: &UserResponse) -> bool {
        let mut there = User::described_by(answered);
        if self.manager_id.is_none() {
            there.manager_id = None;
        }
        let manager = |user: &User| user.manager_id.as_ref().map(|id| id.to_lowercase());
        self.changes(&there).1.is_empty() && manager(self) == manager(&there)
    }

    /// The user that an answer describes.
    pub(crate) fn described_by(answered: &UserResponse) -> Self {
        let mut there = <User as framework::Model>::absent();
        there.update_from_response(answered);
        there
    }

    /// The body of a creation, without the password.
    pub(super) fn body(&self) -> Map<String, Value> {
        let (mut body, _) = self.changes(&<User as framework::Model>::absent());
        body.insert("accountEnabled".to_owned(), json!(self.account_enabled));
        body
    }

    /// The body of an update and the attributes that it changes; both empty if there is nothing to send. Password and manager are not part of it.
    pub(super) fn changes(&self, prior: &Self) -> (Map<String, Value>, Vec<&'static str>) {
        let (mut body, mut changed) = (Map::new(), Vec::new());
        let mut set = |attributes: &[&'static str], property: &str, value: Value| {
            changed.extend(attributes);
            body.insert(property.to_owned(), value);
        };
        if !self.user_principal_name.eq_ignore_ascii_case(&prior.user_principal_name) {
            set(&["user_principal_name"], "userPrincipalName", json!(self.user_principal_name));
        }
        if self.display_name != prior.display_name {
            set(&["display_name"], "displayName", json!(self.display_name));
        }
        if self.account_enabled != prior.account_enabled {
            set(&["account_enabled"], "accountEnabled", json!(self.account_enabled));
        }
        for text in TEXTS {
            let (new, old) = ((text.get)(self), (text.get)(prior));
            if !same_text(text, new, old) {
                set(&[text.attribute], text.property, json!(new));
            }
        }
        for text in UNMANAGED_WHEN_OMITTED {
            let (new, old) = ((text.get)(self), (text.get)(prior));
            if new.is_some() && !same_text(text, new, old) {
                set(&[text.attribute], text.property, json!(new));
            }
        }
        let lists = [
            ("other_mails", "otherMails", &self.other_mails, &prior.other_mails),
            ("business_phones", "businessPhones", &self.business_phones, &prior.business_phones),
        ];
        for (attribute, property, new, old) in lists {
            if sorted(new) != sorted(old) {
                set(&[attribute], property, json!(new.as_deref().unwrap_or_default()));
            }
        }
        if self.policies() != prior.policies() {
            set(&["disable_password_expiration", "disable_strong_password"], "passwordPolicies", json!(self.policies()));
        }
        if (&self.cost_center, &self.division) != (&prior.cost_center, &prior.division) {
            let organization = json!({ "costCenter": self.cost_center, "division": self.division });
            set(&["cost_center", "division"], "employeeOrgData", organization);
        }
        (body, changed)
    }

    /// The policies as Graph wants them: both words, one, or `None`.
    fn policies(&self) -> String {
        let policies = [(self.disable_password_expiration, NO_EXPIRATION), (self.disable_strong_password, NO_STRENGTH)];
        let policies: Vec<&str> = policies.into_iter().filter_map(|(is, policy)| is.then_some(policy)).collect();
        if policies.is_empty() { "None".to_owned() } else { policies.join(", ") }
    }
}

/// Whether two texts of a property mean the same.
fn same_text(text: &Text, one: Option<&str>, other: Option<&str>) -> bool {
    match (one, other, text.attribute) {
        (Some(one), Some(other), "mail") => one.eq_ignore_ascii_case(other),
        (Some(one), Some(other), "employee_hire_date") => instant::are_same(one, other),
        (one, other, _) => one == other,
    }
}

/// A list in an order and spelling of its own, in which nothing given is the same as nothing in it.
fn sorted(list: &Option<Vec<String>>) -> Vec<String> {
    let mut sorted: Vec<String> = list.iter().flatten().map(|text| text.to_lowercase()).collect();
    sorted.sort_unstable();
    sorted
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    fn answered(properties: Value) -> UserResponse {
        serde_json::from_value(properties).unwrap()
    }

    #[test]
    fn what_is_read_and_written_back_is_no_change() {
        let read = answered(json!({
            "id": "1", "userPrincipalName": "a@contoso.com", "displayName": "A", "accountEnabled": true, "mailNickname": "a",
            "otherMails": ["x@contoso.com", "y@contoso.com"], "businessPhones": ["+49 1"], "passwordPolicies": "DisablePasswordExpiration",
            "employeeOrgData": { "costCenter": "7" }, "employeeHireDate": "2026-11-01T00:00:00Z", "mail": null, "city": "Ulm",
            "manager": { "id": "2", "@odata.type": "#microsoft.graph.user" },
        }));
        let user = User::described_by(&read);
        assert_eq!(user.changes(&user), (Map::new(), vec![]));
        assert!(user.matches_response(&read));
        assert_eq!((user.cost_center.as_deref(), user.division.as_deref(), user.manager_id.as_deref()), (Some("7"), None, Some("2")));
        let other_notation = User {
            employee_hire_date: Some("2026-11-01T01:00:00+01:00".into()),
            other_mails: Some(vec!["Y@contoso.com".into(), "x@contoso.com".into()]),
            user_principal_name: "A@contoso.com".into(),
            ..user.clone()
        };
        assert!(other_notation.matches_response(&read));
        let changed = User { city: None, disable_strong_password: true, mail_nickname: None, ..user };
        assert!(!changed.matches_response(&read));
        assert_eq!(
            Value::Object(changed.changes(&User::described_by(&read)).0),
            json!({ "city": null, "passwordPolicies": "DisablePasswordExpiration, DisableStrongPassword" })
        );
    }

    #[test]
    fn a_creation_says_only_what_is_given() {
        let user = User {
            user_principal_name: "a@contoso.com".into(),
            display_name: "A".into(),
            mail_nickname: Some("a".into()),
            ..<User as framework::Model>::absent()
        };
        let expected = json!({ "userPrincipalName": "a@contoso.com", "displayName": "A", "mailNickname": "a", "accountEnabled": false });
        assert_eq!(Value::Object(user.body()), expected);
    }

    #[test]
    fn every_attribute_of_the_tables_is_one_of_the_resource() {
        let object = <User as framework::Model>::object();
        for text in [TEXTS, UNMANAGED_WHEN_OMITTED, OUTPUTS].into_iter().flatten() {
            assert!(object.attribute(text.attribute).is_some(), "{}", text.attribute);
            assert!(SELECT.split(',').any(|name| name == text.property), "{}", text.property);
        }
    }
}
