//! The mapping, both ways, by answers and requests as Microsoft publishes them.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

use framework::Model;
use framework::value::Path;
use serde_json::{Value, json};

use super::ConditionalAccessPolicy;
use crate::conditional_access::policy::Answered;

/// The policy that an answer describes.
fn read(answer: &Value) -> (ConditionalAccessPolicy, Vec<String>) {
    let answered: Answered = serde_json::from_value(answer.clone()).unwrap();
    let mut policy = ConditionalAccessPolicy::absent();
    policy.absorb(answered.policy);
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
            "insiderRiskLevels": "minor,elevated", "authenticationFlows": {"transferMethods": "deviceCodeFlow,authenticationTransfer"},
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
    assert!(policy.session_controls.is_none() && policy.conditions.authentication_flows.is_none());
}

#[test]
fn every_time_clears_the_time() {
    let (prior, _) = read(&answered(everything()));
    let mut wanted = prior.clone();
    let frequency = wanted.session_controls.as_mut().unwrap().sign_in_frequency.as_mut().unwrap();
    (frequency.hours, frequency.every_time) = (None, true);
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
