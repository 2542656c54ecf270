//! What a policy asks for before access is granted, and how long and how freely a session may then go on. Layout, names and values are those of azuread's
//! `azuread_conditional_access_policy`.

use framework::Model;
use framework::schema::Check;
use serde::{Deserialize, Serialize};

use super::session::{self, BOTH_AUTHENTICATIONS, EVERY_TIME, TIME_BASED};
use super::{ids, values};

/// Controls that are required before access is granted.
#[derive(Clone, Debug, Deserialize, Model, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GrantControls {
    /// Whether all of the controls are required, `AND`, or one of them, `OR`.
    #[attr(default("OR"), check(one_of(&["AND", "OR"])))]
    pub operator: String,
    /// Controls: `block`, `mfa`, `compliantDevice`, `domainJoinedDevice`, `approvedApplication`, `compliantApplication`, `passwordChange`,
    /// `riskRemediation`.
    #[attr(unordered, check(one_of_with_synonyms(&values::GRANT_CONTROLS, &values::GRANT_CONTROL_SYNONYMS)))]
    pub built_in_controls: Option<Vec<String>>,
    /// ID of an authentication strength, built in or of `aksaccess_authentication_strength_policy`; instead of `mfa`.
    #[attr(normalize(ids::strength_key), check(ids::strength()))]
    #[serde(rename = "authenticationStrength", with = "ids::authentication_strength")]
    pub authentication_strength_policy_id: Option<String>,
    /// IDs of terms of use that must be accepted.
    #[attr(unordered, case_insensitive, check(uuid()))]
    pub terms_of_use: Option<Vec<String>>,
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
            terms_of_use: None,
            custom_authentication_factors: None,
        }
    }
}

impl GrantControls {
    /// Whether no control is required, however they would be combined.
    pub(crate) fn is_empty(&self) -> bool {
        *self == GrantControls { operator: self.operator.clone(), ..GrantControls::default() }
    }
}

/// How long and how freely a session may go on after the sign-in.
#[derive(Clone, Debug, Deserialize, Model, PartialEq, Serialize)]
#[serde(from = "session::Session", into = "session::Session")]
pub struct SessionControls {
    /// Whether applications that support it restrict what can be done in the session.
    #[attr(default(false))]
    pub application_enforced_restrictions_enabled: bool,
    /// What Microsoft Defender for Cloud Apps does with the session: `mcasConfigured`, `monitorOnly` or `blockDownloads`.
    #[attr(check(one_of(&["mcasConfigured", "monitorOnly", "blockDownloads"])))]
    pub cloud_app_security_policy: Option<String>,
    /// Whether sessions end, instead of going on, during an outage of the service.
    #[attr(default(false))]
    pub disable_resilience_defaults: bool,
    /// Whether the browser stays signed in: `always` or `never`. Only for all applications.
    #[attr(check(one_of(&["always", "never"])))]
    pub persistent_browser_mode: Option<String>,
    /// Whether the token of the session is bound to the device (token protection).
    #[attr(default(false))]
    pub secure_sign_in_session_enabled: bool,
    /// Number of hours or days after which a sign-in is required; with `sign_in_frequency_period`.
    #[attr(check(positive()))]
    pub sign_in_frequency: Option<i64>,
    /// Unit of `sign_in_frequency`: `hours` or `days`.
    #[attr(check(one_of(&["hours", "days"])))]
    pub sign_in_frequency_period: Option<String>,
    /// Authentication that is repeated: `primaryAndSecondaryAuthentication` or `secondaryAuthentication`.
    #[attr(default(BOTH_AUTHENTICATIONS), check(one_of(&[BOTH_AUTHENTICATIONS, "secondaryAuthentication"])))]
    pub sign_in_frequency_authentication_type: String,
    /// Whether a sign-in is required after `sign_in_frequency`, `timeBased`, or each time, `everyTime`.
    #[attr(default(TIME_BASED), check(one_of(&[TIME_BASED, EVERY_TIME])))]
    pub sign_in_frequency_interval: String,
}

fn positive() -> Check {
    Check::number("be at least 1", |number| number >= 1)
}
