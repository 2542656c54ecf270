//! Authentication strengths: which combinations of methods are good enough.

use serde_json::{Map, Value, json};

use super::{POLICIES, strength_parts};
use crate::{
    clock::ticks,
    graph::model::{
        collection::{Collection, Service},
        context::{Context, FoundObject},
        draft::Draft,
        error::GraphError,
        property::{instant, objects, text, texts},
    },
    identity::conditional_access::tables,
    store::{Change, Row},
};

/// The row.
pub static STRENGTHS: Collection = Collection {
    path: "policies/authenticationStrengthPolicies",
    aliases: &["identity/conditionalAccess/authenticationStrength/policies"],
    table: tables::STRENGTHS,
    kind: "authenticationStrengthPolicy",
    label: "AuthenticationStrengthPolicy",
    service: Service::Policies,
    properties: &[
        text("id").by_service(),
        texts("allowedCombinations").required().at_creation(),
        // Written inline at creation, and one by one later.
        objects("combinationConfigurations").at_creation(),
        instant("createdDateTime").by_service(),
        text("description"),
        text("displayName").required().max(256),
        instant("modifiedDateTime").by_service(),
        text("policyType").by_service(),
        text("requirementsSatisfied").by_service(),
    ],
    on_create: Some(create),
    on_update: Some(update),
    on_delete: Some(may_delete),
    below: Some(strength_parts::below),
    deletable: true,
    ..Collection::DEFAULT
};

/// Most policies that a tenant makes itself (docs/services/conditional-access.md#policies).
const MAX_CUSTOM_STRENGTHS: usize = 15;

/// Combinations that are multifactor authentication: those of the built-in policy of that name.
pub const MULTIFACTOR: &[&str] = &[
    "windowsHelloForBusiness",
    "fido2",
    "x509CertificateMultiFactor",
    "deviceBasedPush",
    "temporaryAccessPassOneTime",
    "temporaryAccessPassMultiUse",
    "password,microsoftAuthenticatorPush",
    "password,softwareOath",
    "password,hardwareOath",
    "password,sms",
    "password,voice",
    "federatedMultiFactor",
    "microsoftAuthenticatorPush,federatedSingleFactor",
    "softwareOath,federatedSingleFactor",
    "hardwareOath,federatedSingleFactor",
    "sms,federatedSingleFactor",
    "voice,federatedSingleFactor",
];

/// Combinations that are a single factor.
const SINGLE_FACTOR: &[&str] = &["password", "sms", "x509CertificateSingleFactor", "federatedSingleFactor", "qrCodePin"];

/// The policies that every tenant has: the last digit of the id, name, description, and how many of a list they allow.
const BUILT_IN: &[(u8, &str, &str, &[&str])] = &[
    (2, "Multifactor authentication", "Combinations of methods that satisfy strong authentication, such as a password + SMS", MULTIFACTOR),
    (
        3,
        "Passwordless MFA",
        "Passwordless methods that satisfy strong authentication, such as Passwordless sign-in with the Microsoft Authenticator",
        &["windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor", "deviceBasedPush"],
    ),
    (
        4,
        "Phishing-resistant MFA",
        "Phishing-resistant, Passwordless methods for the strongest authentication, such as a FIDO2 security key",
        &["windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor"],
    ),
];

/// The built-in policies, as changes to an empty table.
pub fn built_in() -> impl Iterator<Item = Change> {
    BUILT_IN.iter().filter_map(|(number, name, description, combinations)| {
        let id = format!("00000000-0000-0000-0000-{number:012}");
        let row = json!({
            "id": id, "displayName": name, "description": description, "policyType": "builtIn", "requirementsSatisfied": "mfa",
            "allowedCombinations": combinations, "createdDateTime": "2021-12-01T00:00:00Z", "modifiedDateTime": "2021-12-01T00:00:00Z",
        });
        let Value::Object(row) = row else { return None };
        Some(Change::Put { table: STRENGTHS.table, key: id.into(), row: row.into() })
    })
}

fn create(context: &Context<'_>, draft: &mut Draft) -> Result<(), GraphError> {
    let custom = context.truth.rows(STRENGTHS.table, None).filter(|(_, row)| is_custom(row)).count();
    if custom >= MAX_CUSTOM_STRENGTHS {
        // Unverified: number and text.
        return Err(GraphError::numbered(
            1009,
            format!("The number of custom AuthenticationStrengthPolicy objects exceeds the limit of {MAX_CUSTOM_STRENGTHS}."),
        ));
    }
    let allowed = combinations(draft.values.get("allowedCombinations"))?;
    draft.values.insert("requirementsSatisfied".into(), json!(requirements(&allowed)));
    draft.values.insert("allowedCombinations".into(), json!(allowed));
    let given = draft.values.remove("combinationConfigurations").unwrap_or(json!([]));
    let mut parts = Vec::new();
    for part in given.as_array().map(Vec::as_slice).unwrap_or_default() {
        parts.push(strength_parts::created(part, &allowed, &parts)?);
    }
    draft.values.insert("combinationConfigurations".into(), json!(parts));
    draft.values.insert("policyType".into(), json!("custom"));
    let now = ticks(context.now);
    draft.values.insert("createdDateTime".into(), json!(now));
    draft.values.insert("modifiedDateTime".into(), json!(now));
    Ok(())
}

fn update(context: &Context<'_>, row: &Row, draft: &mut Draft) -> Result<(), GraphError> {
    must_be_custom(row)?;
    draft.values.insert("modifiedDateTime".into(), json!(ticks(context.now)));
    Ok(())
}

/// Unverified: the texts, and that one in use cannot be deleted.
fn may_delete(context: &Context<'_>, found: &FoundObject) -> Result<(), GraphError> {
    must_be_custom(&found.row)?;
    let users = used_by(context, &found.key);
    if users.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = users.iter().filter_map(|(_, row)| row.get("displayName")?.as_str()).collect();
    Err(GraphError::malformed(format!(
        "The authentication strength policy cannot be deleted because it is used by conditional access policies: {}.",
        names.join(", ")
    )))
}

/// Whether a policy is the tenant's own.
fn is_custom(row: &Row) -> bool {
    row.get("policyType") == Some(&json!("custom"))
}

/// Unverified: the text.
pub fn must_be_custom(row: &Row) -> Result<(), GraphError> {
    if is_custom(row) {
        Ok(())
    } else {
        Err(GraphError::malformed("A built-in authentication strength policy cannot be changed or deleted."))
    }
}

/// The conditional access policies that ask for a strength.
pub fn used_by(context: &Context<'_>, id: &str) -> Vec<(crate::store::Key, Row)> {
    let policies = context.truth.rows(POLICIES.table, None);
    policies.filter(|(_, row)| strength_of(row) == Some(id)).collect()
}

/// The strength that a policy asks for.
pub fn strength_of(policy: &Map<String, Value>) -> Option<&str> {
    policy.get("grantControls")?.pointer("/authenticationStrength/id")?.as_str()
}

/// Combinations as they are named, the methods of each in whatever order. Unverified: the text.
pub fn combinations(value: Option<&Value>) -> Result<Vec<&'static str>, GraphError> {
    let all = value.and_then(Value::as_array).filter(|all| !all.is_empty()).ok_or_else(|| GraphError::not_of_schema(STRENGTHS.label))?;
    all.iter()
        .map(|one| {
            let one = one.as_str().unwrap_or_default();
            known_combination(one).ok_or_else(|| {
                GraphError::malformed(format!("The combination '{one}' is not an allowed combination of authentication methods."))
            })
        })
        .collect()
}

fn known_combination(text: &str) -> Option<&'static str> {
    let sorted = |text: &str| {
        let mut methods: Vec<String> = text.split(',').map(|method| method.trim().to_owned()).collect();
        methods.sort_unstable();
        methods
    };
    let wanted = sorted(text);
    MULTIFACTOR.iter().chain(SINGLE_FACTOR).copied().find(|known| sorted(known) == wanted)
}

/// Whether combinations are all multifactor authentication.
pub fn requirements(combinations: &[&str]) -> &'static str {
    if combinations.iter().all(|one| MULTIFACTOR.contains(one)) { "mfa" } else { "none" }
}

/// A strength as a policy's controls show it. One that is gone shows nothing but its id.
pub fn shown(context: &Context<'_>, id: &str) -> Value {
    let row = context.view.get(STRENGTHS.table, id).unwrap_or_default();
    let mut out = Map::new();
    for property in STRENGTHS.properties {
        out.insert(property.name.into(), row.get(property.name).cloned().unwrap_or_else(|| property.empty_value()));
    }
    out.insert("id".into(), json!(id));
    Value::Object(out)
}
