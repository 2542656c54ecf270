//! The mapping, both ways, by answers and requests as Microsoft publishes them.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

use framework::Model;
use framework::value::Path;
use serde_json::{Value, json};

use super::ConditionalAccessPolicy;
use crate::conditional_access::policy::PolicyResponse;

/// The policy that an answer describes.
fn read(answer: &Value) -> (ConditionalAccessPolicy, Vec<String>) {
    let answered: PolicyResponse = serde_json::from_value(answer.clone()).unwrap();
    let mut policy = ConditionalAccessPolicy::absent();
    policy.update_from_response(answered.policy);
    (policy, answered.shared)
}

fn body(policy: &ConditionalAccessPolicy) -> Value {
    Value::Object(policy.body())
}

/// What the service answers about the policy of the article (docs/services/conditional-access.md#policies), with all that it adds.
fn article() -> Value {
    json!({
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#identity/conditionalAccess/policies/$entity",
        "id": "6b5e999b-0ba8-4186-a106-e0296c1c4358", "displayName": "aks-policy", "createdDateTime": "2026-11-01T10:00:00Z",
        "modifiedDateTime": null, "state": "enabled", "templateId": null, "sessionControls": null,
        "conditions": {
            "signInRiskLevels": [], "userRiskLevels": [], "servicePrincipalRiskLevels": [], "clientAppTypes": ["all"], "platforms": null,
            "locations": null, "devices": null, "clientApplications": null, "authenticationFlows": null, "insiderRiskLevels": null, "times": null,
            "applications": {
                "includeApplications": ["6dae42f8-4368-4678-94ff-3960e28e3630"], "excludeApplications": [], "includeUserActions": [],
                "includeAuthenticationContextClassReferences": [], "applicationFilter": null
            },
            "users": {
                "includeUsers": [], "excludeUsers": [], "includeGroups": ["0f1e2d3c-0000-4000-8000-00000000abcd"], "excludeGroups": [],
                "includeRoles": [], "excludeRoles": [], "includeGuestsOrExternalUsers": null, "excludeGuestsOrExternalUsers": null
            }
        },
        "grantControls": {
            "operator": "AND", "builtInControls": ["compliantDevice"], "customAuthenticationFactors": [], "termsOfUse": [],
            "authenticationStrength@odata.context": "https://graph.microsoft.com/v1.0/$metadata#x", "authenticationStrength": null
        }
    })
}

#[test]
fn the_article_is_read_and_written() {
    let (policy, shared) = read(&article());
    assert_eq!(policy.conditions.applications.included_applications.as_deref(), Some(&["AKS".to_owned()][..]));
    assert_eq!((policy.state.as_str(), policy.session_controls.is_none(), shared), ("enabled", true, Vec::new()));
    let expected = json!({
        "displayName": "aks-policy", "state": "enabled",
        "conditions": {
            "clientAppTypes": ["all"],
            "applications": {"includeApplications": ["6dae42f8-4368-4678-94ff-3960e28e3630"]},
            "users": {"includeGroups": ["0f1e2d3c-0000-4000-8000-00000000abcd"]}
        },
        "grantControls": {"operator": "AND", "builtInControls": ["compliantDevice"]}
    });
    assert_eq!(body(&policy), expected);
}

/// Everything that there is.
fn everything() -> Value {
    json!({
        "displayName": "everything", "state": "enabledForReportingButNotEnforced",
        "conditions": {
            "clientAppTypes": ["browser"], "signInRiskLevels": ["high"], "userRiskLevels": ["medium"], "servicePrincipalRiskLevels": ["low"],
            "insiderRiskLevels": "elevated,minor", "authenticationFlows": {"transferMethods": "authenticationTransfer,deviceCodeFlow"},
            "platforms": {"includePlatforms": ["all"], "excludePlatforms": ["linux"]},
            "locations": {"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]},
            "devices": {"deviceFilter": {"mode": "exclude", "rule": "device.isCompliant -eq True"}},
            "clientApplications": {
                "includeServicePrincipals": ["ServicePrincipalsInMyTenant"], "excludeServicePrincipals": ["s"],
                "servicePrincipalFilter": {"mode": "include", "rule": "CustomSecurityAttribute.A_b -eq \"c\""}
            },
            "applications": {
                "includeApplications": ["All"], "excludeApplications": ["Office365"], "includeUserActions": ["urn:user:registerdevice"],
                "includeAuthenticationContextClassReferences": ["c1"],
                "applicationFilter": {"mode": "exclude", "rule": "CustomSecurityAttribute.A_b -eq \"c\""}
            },
            "users": {
                "includeUsers": ["All"], "excludeUsers": ["u"], "includeGroups": ["g"], "excludeGroups": ["h"], "includeRoles": ["r"],
                "excludeRoles": ["q"],
                "includeGuestsOrExternalUsers": {
                    "guestOrExternalUserTypes": "internalGuest,serviceProvider",
                    "externalTenants": {"@odata.type": "#microsoft.graph.conditionalAccessAllExternalTenants", "membershipKind": "all"}
                },
                "excludeGuestsOrExternalUsers": {
                    "guestOrExternalUserTypes": "b2bCollaborationGuest",
                    "externalTenants": {
                        "@odata.type": "#microsoft.graph.conditionalAccessEnumeratedExternalTenants", "membershipKind": "enumerated",
                        "members": ["t"]
                    }
                }
            }
        },
        "grantControls": {
            "operator": "OR", "builtInControls": ["compliantDevice", "riskRemediation"], "customAuthenticationFactors": ["f"], "termsOfUse": ["o"],
            "authenticationStrength": {"id": "00000000-0000-0000-0000-000000000004"}
        },
        "sessionControls": {
            "applicationEnforcedRestrictions": {"isEnabled": true}, "secureSignInSession": {"isEnabled": true}, "disableResilienceDefaults": true,
            "cloudAppSecurity": {"isEnabled": true, "cloudAppSecurityType": "monitorOnly"},
            "persistentBrowser": {"isEnabled": true, "mode": "never"},
            "signInFrequency": {
                "isEnabled": true, "type": "hours", "value": 4, "frequencyInterval": "timeBased",
                "authenticationType": "primaryAndSecondaryAuthentication"
            }
        }
    })
}

fn answered(mut body: Value) -> Value {
    body["id"] = json!("6b5e999b-0ba8-4186-a106-e0296c1c4358");
    body
}

#[test]
fn everything_comes_back_as_it_was_sent() {
    let (policy, shared) = read(&answered(everything()));
    assert_eq!((body(&policy), shared), (everything(), Vec::<String>::new()));
    // Through Terraform's values and back.
    let again = ConditionalAccessPolicy::from_value(&policy.to_value(), &Path::root()).unwrap();
    assert_eq!(body(&again), everything());
    assert!(again.changes(&policy, &[]).is_empty());
}

#[test]
fn what_is_switched_off_is_nothing() {
    let mut answer = answered(everything());
    answer["sessionControls"] = json!({
        "disableResilienceDefaults": null, "applicationEnforcedRestrictions": {"isEnabled": false},
        "cloudAppSecurity": {"isEnabled": false, "cloudAppSecurityType": "monitorOnly"}, "persistentBrowser": null,
        "signInFrequency": {"isEnabled": false, "type": "hours", "value": 1}
    });
    answer["conditions"]["authenticationFlows"] = json!({"transferMethods": "none"});
    let (policy, _) = read(&answer);
    assert!(policy.session_controls.is_none() && policy.conditions.authentication_flow_transfer_methods.is_none());
}

#[test]
fn every_time_clears_the_time() {
    let (prior, _) = read(&answered(everything()));
    let mut wanted = prior.clone();
    let session = wanted.session_controls.as_mut().unwrap();
    (session.sign_in_frequency, session.sign_in_frequency_period) = (None, None);
    session.sign_in_frequency_interval = "everyTime".to_owned();
    let body = Value::Object(wanted.changes(&prior, &[]));
    let sent = &body["sessionControls"]["signInFrequency"];
    assert_eq!((&sent["frequencyInterval"], &sent["value"], &sent["type"]), (&json!("everyTime"), &Value::Null, &Value::Null));
    assert!(sent.as_object().unwrap().contains_key("value") && body.as_object().unwrap().len() == 1);
}

#[test]
fn what_a_later_version_adds_is_not_taken_away() {
    let mut answer = answered(everything());
    answer["sessionControls"]["continuousAccessEvaluation"] = json!({"mode": "strictLocation"});
    let (prior, shared) = read(&answer);
    assert_eq!(shared, ["/sessionControls"]);
    let mut wanted = prior.clone();
    wanted.session_controls = None;
    let body = Value::Object(wanted.changes(&prior, &shared));
    assert!(body["sessionControls"].is_object() && body["sessionControls"].get("continuousAccessEvaluation").is_none(), "{body}");
    assert_eq!(body["sessionControls"]["persistentBrowser"], Value::Null);
}

#[test]
fn flags_mean_the_same_in_any_order() {
    let (prior, _) = read(&answered(everything()));
    let mut answer = answered(everything());
    answer["conditions"]["insiderRiskLevels"] = json!("minor, elevated");
    answer["conditions"]["authenticationFlows"] = json!({"transferMethods": "deviceCodeFlow,authenticationTransfer"});
    answer["conditions"]["users"]["includeGuestsOrExternalUsers"]["guestOrExternalUserTypes"] = json!("serviceProvider,internalGuest");
    assert!(read(&answer).0.changes(&prior, &[]).is_empty());
}

#[test]
fn the_tenants_of_guests_are_any_or_those_that_are_enumerated() {
    let mut answer = answered(everything());
    let tenants = |policy: &ConditionalAccessPolicy| {
        policy.conditions.users.as_ref().unwrap().excluded_guests_or_external_users.as_ref().unwrap().external_tenants.clone()
    };
    let (policy, _) = read(&answer);
    assert_eq!(tenants(&policy).unwrap().membership_kind, "enumerated");
    let enumerated = answer["conditions"]["users"]["excludeGuestsOrExternalUsers"]["externalTenants"].clone();
    for (answered, kind, members) in [
        (json!({"membershipKind": "all"}), None, None),
        (Value::Null, None, None),
        (json!({"membershipKind": "enumerated"}), Some("enumerated"), Some(0)),
        (json!({"membershipKind": "enumerated", "members": []}), Some("enumerated"), Some(0)),
        (enumerated, Some("enumerated"), Some(1)),
    ] {
        answer["conditions"]["users"]["excludeGuestsOrExternalUsers"]["externalTenants"] = answered.clone();
        let (policy, _) = read(&answer);
        let tenants = tenants(&policy);
        assert_eq!(tenants.as_ref().map(|tenants| tenants.membership_kind.as_str()), kind, "{answered}");
        assert_eq!(tenants.and_then(|tenants| tenants.members).map(|members| members.len()), members, "{answered}");
    }
}

#[test]
fn ids_of_azuread_are_sent_without_their_path() {
    let (mut policy, _) = read(&answered(everything()));
    let id = "0f1e2d3c-0000-4000-8000-00000000abcd";
    policy.grant_controls.as_mut().unwrap().authentication_strength_policy_id =
        Some(format!("/policies/authenticationStrengthPolicies/{id}"));
    let locations = policy.conditions.locations.as_mut().unwrap();
    locations.included_locations = Some(vec![format!("/identity/conditionalAccess/namedLocations/{id}"), "AllTrusted".to_owned()]);
    let body = body(&policy);
    assert_eq!(body["grantControls"]["authenticationStrength"]["id"], id);
    assert_eq!(body["conditions"]["locations"]["includeLocations"], json!([id, "AllTrusted"]));
}

#[test]
fn grant_controls_without_a_control_are_none() {
    for operator in ["AND", "OR"] {
        let mut answer = article();
        answer["grantControls"] = json!({"operator": operator, "builtInControls": [], "customAuthenticationFactors": [], "termsOfUse": []});
        assert!(read(&answer).0.grant_controls.is_none(), "{operator}");
    }
}
