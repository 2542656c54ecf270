//! The service's numbered errors as the user sees them: in full, and pointing at what they are about.

use framework::Diagnostic;
use framework::value::Path;

use crate::azure::Error;
use crate::client::diagnose;

/// Which attribute an error of that number is about (docs/services/conditional-access.md#refusals; the catalogue is not published).
const NUMBERS: [(u16, &str); 8] = [
    (1011, "conditions.applications"),
    (1012, "conditions.applications"),
    (1032, "grant_controls.built_in_controls"),
    (1040, "conditions.locations"),
    (1054, "conditions.users"),
    (1064, "conditions.client_app_types"),
    (1108, "grant_controls.authentication_strength_policy_id"),
    (1235, "conditions.authentication_flow_transfer_methods"),
];

/// Which attribute stands for a property that a sentence names.
const PROPERTIES: [(&str, &str); 14] = [
    ("'applications'", "conditions.applications"),
    ("includeApplications", "conditions.applications.included_applications"),
    ("'users'", "conditions.users"),
    ("GuestsOrExternalUsers", "conditions.users"),
    ("'clientAppTypes'", "conditions.client_app_types"),
    ("'locations'", "conditions.locations"),
    ("'platforms'", "conditions.platforms"),
    ("'devices'", "conditions.devices"),
    ("clientApplications", "conditions.client_applications"),
    ("signInFrequency", "session_controls.sign_in_frequency"),
    ("persistentBrowser", "session_controls.persistent_browser_mode"),
    ("sessionControls", "session_controls"),
    ("authenticationStrength", "grant_controls.authentication_strength_policy_id"),
    ("grantControls", "grant_controls"),
];

/// Turns an error into a diagnostic that points at the attribute it is about.
pub(super) fn could_not(what: impl Into<String>) -> impl FnOnce(Error) -> Diagnostic {
    let what = what.into();
    move |error| {
        let mut diagnostic = diagnose::could_not(what)(error.clone());
        if error.is_security_defaults() {
            diagnostic.detail.push_str(
                "\n\nSecurity defaults and enabled conditional access policies exclude each other. Turn security defaults off (Microsoft Entra ID, \
                 Properties, Manage security defaults) when your policies stand in for what they do; until then set `state` to \"enabledForReportingButNotEnforced\" or \"disabled\".",
            );
            return diagnostic.at_attribute("state");
        }
        match error.conditional_access_number().and_then(|(number, sentence)| place(number, sentence)) {
            Some(place) => diagnostic.at(Path::nested(place)),
            None => diagnostic,
        }
    }
}

fn place(number: u16, sentence: &str) -> Option<&'static str> {
    let by_number = NUMBERS.iter().find(|(known, _)| *known == number).map(|(_, place)| *place);
    by_number.or_else(|| PROPERTIES.iter().find(|(property, _)| sentence.contains(property)).map(|(_, place)| *place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_point_at_what_they_are_about() {
        assert_eq!(place(1064, "'clientAppTypes' condition does not support []."), Some("conditions.client_app_types"));
        assert_eq!(place(4711, "'locations' condition is odd."), Some("conditions.locations"));
        assert_eq!(place(4711, "Something else."), None);
    }

    #[test]
    fn every_place_is_an_attribute() {
        use crate::resources::ConditionalAccessPolicy;
        use framework::Model;
        use framework::schema::Shape;
        for place in NUMBERS.iter().map(|(_, place)| place).chain(PROPERTIES.iter().map(|(_, place)| place)) {
            let mut object = ConditionalAccessPolicy::object();
            for name in place.split('.') {
                let found = object.attribute(name).map(|attribute| attribute.shape.clone());
                assert!(found.is_some(), "{place}");
                if let Some(Shape::Nested(_, inner)) = found {
                    object = inner;
                }
            }
        }
    }
}
