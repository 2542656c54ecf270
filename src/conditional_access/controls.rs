//! What a policy asks for before access is granted, and how long and how freely a session may then go on.

use framework::Model;
use serde::{Deserialize, Serialize};

use super::words;

/// What is asked for before access is granted.
#[derive(Clone, Debug, Deserialize, Model, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GrantControls {
    /// Whether all of the controls are required, `AND`, or one of them, `OR`.
    #[attr(default("OR"), check(one_of(&["AND", "OR"])))]
    pub operator: String,
    /// Controls: `block`, `mfa`, `compliantDevice`, `domainJoinedDevice`, `approvedApplication`, `compliantApplication`, `passwordChange`,
    /// `riskRemediation`.
    #[attr(unordered, check(one_of(&words::GRANT_CONTROLS)))]
    pub built_in_controls: Option<Vec<String>>,
    /// ID of an authentication strength, built in or of `aksaccess_authentication_strength_policy`; instead of `mfa`.
    #[attr(case_insensitive, check(uuid()))]
    #[serde(rename = "authenticationStrength", with = "words::by_id")]
    pub authentication_strength_policy_id: Option<String>,
    /// IDs of terms of use that must be accepted.
    #[attr(unordered, case_insensitive, check(uuid()))]
    #[serde(rename = "termsOfUse")]
    pub terms_of_use_ids: Option<Vec<String>>,
    /// IDs of custom controls.
    #[attr(unordered, case_insensitive, check(length(1, 256)))]
    pub custom_authentication_factors: Option<Vec<String>>,
}

impl Default for GrantControls {
    fn default() -> Self {
        GrantControls {
            operator: "OR".to_owned(),
            built_in_controls: None,
            authentication_strength_policy_id: None,
            terms_of_use_ids: None,
            custom_authentication_factors: None,
        }
    }
}

/// How long and how freely a session may go on.
#[derive(Clone, Debug, Default, Deserialize, Model, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SessionControls {
    /// How often a sign-in is required.
    pub sign_in_frequency: Option<SignInFrequency>,
    /// Whether the browser stays signed in: `always` or `never`. Only for all applications.
    #[attr(check(one_of(&["always", "never"])))]
    #[serde(with = "words::persistent_browser")]
    pub persistent_browser: Option<String>,
    /// What Microsoft Defender for Cloud Apps does with the session: `mcasConfigured`, `monitorOnly` or `blockDownloads`.
    #[attr(check(one_of(&["mcasConfigured", "monitorOnly", "blockDownloads"])))]
    #[serde(with = "words::cloud_app_security")]
    pub cloud_app_security: Option<String>,
    /// Whether applications that can do so restrict what can be done in the session.
    #[attr(default(false))]
    #[serde(with = "words::switch")]
    pub application_enforced_restrictions: bool,
    /// Whether sessions end, instead of going on, during an outage of the service.
    #[attr(default(false))]
    pub disable_resilience_defaults: bool,
    /// Whether the token of the session is bound to the device (token protection).
    #[attr(default(false))]
    #[serde(with = "words::switch")]
    pub secure_sign_in_session: bool,
}

/// How often a sign-in is required: `hours`, `days` or `every_time`.
#[derive(Clone, Debug, Deserialize, Model, PartialEq, Serialize)]
#[serde(from = "words::Frequency", into = "words::Frequency")]
pub struct SignInFrequency {
    /// After so many hours.
    #[attr(check(positive()))]
    pub hours: Option<i64>,
    /// After so many days.
    #[attr(check(positive()))]
    pub days: Option<i64>,
    /// Each time.
    #[attr(default(false))]
    pub every_time: bool,
    /// Which authentication is repeated: `primaryAndSecondaryAuthentication` or `secondaryAuthentication`.
    #[attr(default(words::BOTH_AUTHENTICATIONS), check(one_of(&[words::BOTH_AUTHENTICATIONS, "secondaryAuthentication"])))]
    pub authentication_type: String,
}

fn positive() -> framework::schema::Check {
    framework::schema::Check::number("be at least 1", |number| number >= 1)
}
