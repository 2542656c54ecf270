//! Read-only collections beside the policies: templates for policies, and the methods that a strength combines.

use serde_json::{Value, json};

use super::types;
use crate::{
    graph::model::{
        collection::{Collection, Service},
        complex::{self, Complex},
        property::{complex, text},
    },
    store::Change,
};

/// Templates.
pub static TEMPLATES: Collection = Collection {
    path: "identity/conditionalAccess/templates",
    table: "conditionalAccessTemplates",
    kind: "conditionalAccessTemplate",
    label: "ConditionalAccessTemplate",
    service: Service::Policies,
    properties: &[text("id"), text("description"), complex("details", &DETAILS), text("name"), text("scenarios")],
    ..Collection::DEFAULT
};

/// Methods.
pub static METHODS: Collection = Collection {
    path: "identity/conditionalAccess/authenticationStrength/authenticationMethodModes",
    table: "authenticationMethodModes",
    kind: "authenticationMethodModeDetail",
    label: "AuthenticationMethodModeDetail",
    service: Service::Policies,
    properties: &[text("id"), text("authenticationMethod"), text("displayName")],
    ..Collection::DEFAULT
};

static DETAILS: Complex = Complex::new(
    "conditionalAccessPolicyDetail",
    &[complex("conditions", &types::CONDITIONS), complex("grantControls", &types::GRANT), complex("sessionControls", &types::SESSION)],
);

/// Mode, method, name.
const MODES: &[(&str, &str, &str)] = &[
    ("password", "password", "Password"),
    ("voice", "voice", "Voice"),
    ("hardwareOath", "hardwareOath", "Hardware OATH token"),
    ("softwareOath", "softwareOath", "Software OATH token"),
    ("sms", "sms", "SMS"),
    ("fido2", "fido2", "FIDO2 security key"),
    ("windowsHelloForBusiness", "windowsHelloForBusiness", "Windows Hello for Business"),
    ("microsoftAuthenticatorPush", "microsoftAuthenticator", "Microsoft Authenticator (Push Notification)"),
    ("deviceBasedPush", "microsoftAuthenticator", "Microsoft Authenticator (Phone Sign-in)"),
    ("temporaryAccessPassOneTime", "temporaryAccessPass", "Temporary Access Pass (One-time use)"),
    ("temporaryAccessPassMultiUse", "temporaryAccessPass", "Temporary Access Pass (Multi-use)"),
    ("email", "email", "Email One-time passcode"),
    ("x509CertificateSingleFactor", "x509Certificate", "Certificate-based authentication (Single-factor)"),
    ("x509CertificateMultiFactor", "x509Certificate", "Certificate-based authentication (Multifactor)"),
    ("federatedSingleFactor", "federation", "Federated single factor"),
    ("federatedMultiFactor", "federation", "Federated multifactor"),
    ("qrCodePin", "qrCodePin", "QR code"),
];

/// Id of the role "Global Administrator", which templates name.
const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";

/// Some of Microsoft's templates: id, name, scenarios, conditions, controls. The service has more of them, and their
/// conditions name more roles.
fn templates() -> [(&'static str, &'static str, &'static str, Value, Value); 5] {
    let all = json!({"includeApplications": ["All"]});
    let everybody = json!({"includeUsers": ["All"]});
    let mfa = json!({"operator": "OR", "builtInControls": ["mfa"]});
    [
        (
            "c7503427-338e-4c5e-902d-abe252abfb43",
            "Require multifactor authentication for admins",
            "secureFoundation,zeroTrust,protectAdmins",
            json!({"clientAppTypes": ["all"], "applications": all, "users": {"includeRoles": [GLOBAL_ADMINISTRATOR]}}),
            mfa.clone(),
        ),
        (
            "b8bda7f8-6584-4446-bce9-d871480e53fa",
            "Securing security info registration",
            "secureFoundation,zeroTrust,remoteWork",
            json!({"clientAppTypes": ["all"], "applications": {"includeUserActions": ["urn:user:registersecurityinfo"]}, "users": everybody}),
            mfa.clone(),
        ),
        (
            "0b2282f9-2862-4178-88b5-d79340b36cb8",
            "Block legacy authentication",
            "secureFoundation,zeroTrust,remoteWork",
            json!({"clientAppTypes": ["exchangeActiveSync", "other"], "applications": all, "users": everybody}),
            json!({"operator": "OR", "builtInControls": ["block"]}),
        ),
        (
            "a3d0a415-b068-4326-9251-f9cdf9feeb64",
            "Require multifactor authentication for all users",
            "secureFoundation,zeroTrust,remoteWork",
            json!({"clientAppTypes": ["all"], "applications": all, "users": everybody}),
            mfa.clone(),
        ),
        (
            "6b619f55-792e-45dc-9711-d83ec9d7ae90",
            "Require multifactor authentication for risky sign-ins",
            "zeroTrust,remoteWork",
            json!({"clientAppTypes": ["all"], "signInRiskLevels": ["high", "medium"], "applications": all, "users": everybody}),
            mfa,
        ),
    ]
}

/// Everything, as changes to empty tables.
pub fn initial() -> Vec<Change> {
    let modes =
        MODES.iter().map(|(id, method, name)| (&METHODS, *id, json!({"id": id, "authenticationMethod": method, "displayName": name})));
    let templates = templates().into_iter().filter_map(|(id, name, scenarios, conditions, grant)| {
        let details = json!({"conditions": conditions, "grantControls": grant, "sessionControls": null});
        let details = complex::complete(TEMPLATES.property("details", false)?, details).ok()?;
        Some((&TEMPLATES, id, json!({"id": id, "name": name, "description": name, "scenarios": scenarios, "details": details})))
    });
    let put = |(collection, id, row): (&Collection, &str, Value)| {
        let Value::Object(row) = row else { return None };
        Some(Change::Put { table: collection.table, key: id.into(), row: row.into() })
    };
    modes.chain(templates).filter_map(put).collect()
}
