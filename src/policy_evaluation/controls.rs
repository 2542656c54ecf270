//! What a policy asks of those to whom it applies.

use framework::View;

/// Built-in controls that cannot be met during a sign-in: the device or the application must be prepared before.
const PREPARED: [&str; 4] = ["compliantDevice", "domainJoinedDevice", "approvedApplication", "compliantApplication"];
const OTHERS: [&str; 3] = ["authentication_strength_policy_id", "terms_of_use", "custom_authentication_factors"];

/// What a policy asks of those to whom it applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Requirement {
    /// Nobody gets in.
    Block,
    /// Only who comes with a device or an application that was prepared before; the controls.
    Prepared(Vec<String>),
    /// Something that can be done during the sign-in, such as multifactor authentication; the controls.
    Interactive(Vec<String>),
}

impl Requirement {
    /// Of the `grant_controls` of a policy; none if there are none, or if they are not known yet. Session controls keep nobody out.
    pub(crate) fn of(policy: View<'_>) -> Option<Self> {
        let built_in = policy.texts("grant_controls.built_in_controls")?;
        if built_in.contains(&"block") {
            return Some(Requirement::Block);
        }
        let others = OTHERS.iter().filter(|name| policy.says(&format!("grant_controls.{name}")) != Some(false));
        let others: Vec<&str> = if policy.says("grant_controls") == Some(true) { others.copied().collect() } else { Vec::new() };
        let (prepared, interactive): (Vec<&str>, Vec<&str>) =
            built_in.iter().chain(&others).partition(|control| PREPARED.contains(control));
        let owned = |controls: &[&str]| controls.iter().map(|control| (*control).to_owned()).collect();
        let is_and = policy.find("grant_controls.operator").as_str() == Some("AND");
        match (prepared.is_empty(), interactive.is_empty()) {
            (true, true) => None,
            (false, true) => Some(Requirement::Prepared(owned(&prepared))),
            (false, false) if is_and => Some(Requirement::Prepared(owned(&prepared))),
            _ => Some(Requirement::Interactive(built_in.iter().chain(&others).map(|control| (*control).to_owned()).collect())),
        }
    }

    /// Whether somebody who is not prepared is kept out.
    pub(crate) fn keeps_out(&self) -> bool {
        !matches!(self, Requirement::Interactive(_))
    }

    /// What it does to those it applies to, as a verb and the controls: "blocks", "asks `mfa` of".
    pub(crate) fn verb(&self) -> String {
        match self {
            Requirement::Block => "blocks".to_owned(),
            Requirement::Prepared(controls) | Requirement::Interactive(controls) => format!("asks `{}` of", controls.join("`, `")),
        }
    }
}
