//! Controls of policies, and whether a sign-in satisfies them.

use serde_json::{Map, Value};

use super::sign_in_context::SignInConditions;
use crate::{identity::conditional_access::tables, store::View};

/// The authentication of a sign-in, against which controls are checked.
#[derive(Debug, Clone)]
pub struct Evidence<'c> {
    /// Where and on what.
    pub circumstances: &'c SignInConditions,
    /// Whether the user used a second factor.
    pub mfa: bool,
    /// How long ago the user proved who they are, in seconds.
    pub age: i64,
}

/// A control that a sign-in does not satisfy, as error number and text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmetControl {
    /// The number after `AADSTS`.
    pub number: u32,
    /// The message shown to people.
    pub text: &'static str,
    /// Whether the user could give it right away, if somebody asked.
    pub interactive: bool,
}

const fn missing(number: u32, text: &'static str, interactive: bool) -> UnmetControl {
    UnmetControl { number, text, interactive }
}

/// Nobody passes. The texts are those of the service's list of codes and of what people report (unverified: word by word).
pub const BLOCKED: UnmetControl =
    missing(53003, "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.", false);
const DEVICE_NOT_COMPLIANT: UnmetControl = missing(53000, "Your device is required to be managed to access this resource.", false);
const DEVICE_NOT_JOINED: UnmetControl = missing(53001, "Your device is required to be managed to access this resource.", false);
const APPLICATION_NOT_APPROVED: UnmetControl =
    missing(53002, "The application used is not an approved application for Conditional Access.", false);
const APPLICATION_NOT_PROTECTED: UnmetControl = missing(53009, "Application needs to enforce Intune protection policies.", false);
const SECOND_FACTOR: UnmetControl = missing(
    50076,
    "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor \
     authentication to access the resource.",
    true,
);
const PASSWORD_CHANGE: UnmetControl = missing(50142, "Password change is required due to a conditional access policy.", true);
const CHALLENGE: UnmetControl = missing(50158, "External security challenge was not satisfied.", true);

const SIGN_IN_TOO_OLD: UnmetControl =
    missing(70043, "The refresh token has expired or is invalid due to sign-in frequency checks by conditional access.", true);

/// How long "every time" leaves a sign-in alone, in seconds.
const EVERY_TIME: i64 = 300;

/// A control that a policy asks for: its name in sign-in logs, and what is missing of it.
type RequiredControl = (String, Option<UnmetControl>);

/// The outcome of a policy's grant controls for a sign-in: the names of the controls, and the missing one if the sign-in does not pass.
pub fn grant(view: View<'_>, policy: &Map<String, Value>, evidence: &Evidence<'_>) -> (Vec<String>, Option<UnmetControl>) {
    let Some(controls) = policy.get("grantControls").filter(|controls| !controls.is_null()) else { return (Vec::new(), None) };
    let list = |name: &str| controls[name].as_array().into_iter().flatten().filter_map(Value::as_str);
    let mut asked: Vec<RequiredControl> = list("builtInControls").map(|name| built_in(name, evidence)).collect();
    if let Some(id) = controls["authenticationStrength"]["id"].as_str() {
        asked.push(("AuthenticationStrength".into(), (!is_strong(view, id, evidence)).then_some(SECOND_FACTOR)));
    }
    asked.extend(list("termsOfUse").map(|_| ("TermsOfUse".to_owned(), (!evidence.circumstances.terms_accepted).then_some(CHALLENGE))));
    asked.extend(list("customAuthenticationFactors").map(|name| (name.to_owned(), Some(CHALLENGE))));
    let names = asked.iter().map(|(name, _)| name.clone()).collect();
    let lacks: Vec<&UnmetControl> = asked.iter().filter_map(|(_, missing)| missing.as_ref()).collect();
    let any = controls["operator"] == "OR";
    if lacks.is_empty() || any && lacks.len() < asked.len() {
        return (names, None);
    }
    // With a choice, the user is asked for what can be given; without, the worst is reported.
    let worst = lacks.iter().find(|missing| missing.interactive == any).or(lacks.first());
    (names, worst.map(|missing| (*missing).clone()))
}

/// The name of a built-in control in sign-in logs (unverified), and what is missing of it.
fn built_in(name: &str, evidence: &Evidence<'_>) -> RequiredControl {
    let circumstances = evidence.circumstances;
    let device = |name: &str| circumstances.device.get(name).cloned().unwrap_or_default();
    let (shown, there, otherwise) = match name {
        "mfa" => ("Mfa", evidence.mfa, SECOND_FACTOR),
        "compliantDevice" => ("RequireCompliantDevice", device("isCompliant") == true, DEVICE_NOT_COMPLIANT),
        "domainJoinedDevice" => ("RequireDomainJoinedDevice", device("trustType") == "ServerAD", DEVICE_NOT_JOINED),
        "approvedApplication" => ("RequireApprovedApp", circumstances.approved_application, APPLICATION_NOT_APPROVED),
        "compliantApplication" => ("RequireCompliantApp", circumstances.protected_application, APPLICATION_NOT_PROTECTED),
        "passwordChange" => ("PasswordChange", circumstances.password_changed, PASSWORD_CHANGE),
        "riskRemediation" => ("RiskRemediation", circumstances.password_changed, PASSWORD_CHANGE),
        _ => ("Block", false, BLOCKED),
    };
    (shown.to_owned(), (!there).then_some(otherwise))
}

/// Whether the methods that were used are a combination that the strength allows. Restrictions of single methods are not
/// looked at.
fn is_strong(view: View<'_>, strength: &str, evidence: &Evidence<'_>) -> bool {
    let used =
        evidence.circumstances.methods.as_deref().unwrap_or(if evidence.mfa { "password,microsoftAuthenticatorPush" } else { "password" });
    let row = view.get(tables::STRENGTHS, strength).unwrap_or_default();
    row.get("allowedCombinations").and_then(Value::as_array).is_some_and(|all| all.iter().any(|one| one == used))
}

/// Whether a policy wants the user to prove again who they are.
pub fn frequency(policy: &Map<String, Value>, evidence: &Evidence<'_>) -> Option<UnmetControl> {
    let frequency = policy.get("sessionControls")?.get("signInFrequency").filter(|frequency| frequency["isEnabled"] == true)?;
    let unit = if frequency["type"] == "days" { 86_400 } else { 3600 };
    let longest =
        if frequency["frequencyInterval"] == "everyTime" { EVERY_TIME } else { frequency["value"].as_i64()?.saturating_mul(unit) };
    (evidence.age > longest).then_some(SIGN_IN_TOO_OLD)
}

/// The names of a policy's session controls in sign-in logs (unverified).
pub fn session(policy: &Map<String, Value>) -> Vec<String> {
    let controls = policy.get("sessionControls").and_then(Value::as_object);
    let on = controls.into_iter().flatten().filter(|(_, control)| **control == true || control["isEnabled"] == true);
    on.map(|(name, _)| {
        let mut letters = name.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
    })
    .collect()
}
