//! `aksaccess_conditional_access_evaluation`: which policies would apply to a sign-in, and why the others would not.

use std::collections::BTreeSet;

use framework::value::Path;
use framework::{Context, DataSource, Diagnostic, Diagnostics, Model, Result, View};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::lookup;
use crate::attributes::merge;
use crate::azure::Request;
use crate::client::diagnose::could_not;
use crate::conditional_access::policy::PolicyResponse;
use crate::conditional_access::{self, values};
use crate::policy_evaluation::{Circumstances, undetermined};
use crate::services::Services;

/// Asks the service which conditional access policies would apply to a sign-in (*What If*), and why the others would not. Nobody signs in by it.
///
/// Whatever is left out is not known to the service: a policy with a condition on it does not apply for want of information, and `undetermined_conditions` names
/// the condition. In a `check` block it
/// proves, in every plan, that access is as it is meant to be. Needs the Microsoft Graph permission `Policy.Read.ConditionalAccess` or
/// `Policy.Read.All`.
#[derive(Clone, Debug, Model)]
pub struct ConditionalAccessEvaluation {
    /// Object ID of the user who signs in. Either this or `service_principal_id`, unless the user is from another tenant.
    #[attr(check(uuid()))]
    user_id: Option<String>,
    /// Object ID of the service principal that signs in.
    #[attr(check(uuid()))]
    service_principal_id: Option<String>,
    /// As what a guest or external user signs in, such as `b2bCollaborationGuest`.
    #[attr(check(one_of(&values::GUEST_TYPES)))]
    external_user_type: Option<String>,
    /// ID of the tenant that an external user comes from.
    #[attr(check(uuid()))]
    external_tenant_id: Option<String>,
    /// Application (client) IDs of what is signed in to; `AKS` is the application of AKS clusters. Or `user_action`, or `authentication_context_id`.
    #[attr(check(at_most(20)))]
    applications: Option<Vec<String>>,
    /// What the user does instead: `registerSecurityInformation` or `registerOrJoinDevices`.
    #[attr(check(one_of(&["registerSecurityInformation", "registerOrJoinDevices"])))]
    user_action: Option<String>,
    /// The authentication context that is asked for instead, such as `c1`.
    #[attr(check(values::authentication_context_id()))]
    authentication_context_id: Option<String>,
    /// Kind of client application: `browser`, `mobileAppsAndDesktopClients`, `exchangeActiveSync`, `easSupported`, `other`.
    #[attr(check(one_of(&["all", "browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "easSupported", "other"])))]
    client_app_type: Option<String>,
    /// Platform of the device, such as `windows`.
    #[attr(check(one_of(&values::PLATFORMS)))]
    device_platform: Option<String>,
    /// The device.
    #[attr(block)]
    device: Option<Device>,
    /// IP address that the sign-in comes from.
    #[attr(check(ip_address()))]
    ip_address: Option<String>,
    /// Country that the sign-in comes from, such as `DE`.
    #[attr(check(length(2, 2)))]
    country: Option<String>,
    /// Risk of the sign-in.
    #[attr(check(one_of(&values::RISK_LEVELS)))]
    sign_in_risk_level: Option<String>,
    /// Risk of the user.
    #[attr(check(one_of(&values::RISK_LEVELS)))]
    user_risk_level: Option<String>,
    /// Risk of the service principal.
    #[attr(check(one_of(&values::RISK_LEVELS)))]
    service_principal_risk_level: Option<String>,
    /// Insider risk of the user: `none`, `minor`, `moderate`, `elevated`.
    #[attr(check(one_of(&["none", "minor", "moderate", "elevated"])))]
    insider_risk_level: Option<String>,
    /// How the authentication reached the device: `none`, `deviceCodeFlow` or `authenticationTransfer`.
    #[attr(check(one_of(&["none", "deviceCodeFlow", "authenticationTransfer"])))]
    transfer_method: Option<String>,
    /// Every policy of the tenant, in the order of their names, and what the service says of it.
    #[attr(output)]
    policies: Option<Vec<Evaluated>>,
    /// IDs of the policies that would apply, those that only report included.
    #[attr(output)]
    applied_policy_ids: Option<Vec<String>>,
    /// Whether a policy that is enabled would block the sign-in.
    #[attr(output)]
    blocked: Option<bool>,
    /// Built-in controls of all enabled policies that would apply. Whether all or one of them are needed is for each policy to say.
    #[attr(output)]
    grant_controls: Option<Vec<String>>,
}

/// A device.
#[derive(Clone, Debug, Model, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// ID of the device.
    device_id: Option<String>,
    /// Name of the device.
    display_name: Option<String>,
    /// Whether it is marked as compliant.
    is_compliant: Option<bool>,
    /// How it is joined: `AzureAD`, `ServerAD` (hybrid) or `Workplace`.
    trust_type: Option<String>,
    /// Operating system.
    operating_system: Option<String>,
    /// Version of the operating system.
    operating_system_version: Option<String>,
    /// Who made it.
    manufacturer: Option<String>,
    /// Model.
    model: Option<String>,
    /// Whose it is: `Company` or `Personal`.
    ownership: Option<String>,
    /// Name of the profile by which it was enrolled.
    enrollment_profile_name: Option<String>,
    /// Application (client) ID of what manages it.
    mdm_app_id: Option<String>,
    /// Kind of the profile.
    profile_type: Option<String>,
}

/// A policy, and whether it would apply.
#[derive(Clone, Debug, Model)]
pub struct Evaluated {
    /// ID of the policy.
    id: String,
    /// Name of the policy.
    display_name: String,
    /// Whether it is applied: `enabled`, `disabled`, or `enabledForReportingButNotEnforced`.
    state: String,
    /// Whether it would apply.
    applies: bool,
    /// Why not, such as `users`, `location` or `notEnoughInformation`; empty if it applies.
    reasons: Vec<String>,
    /// Conditions of the policy that the arguments say nothing of, such as `client_app_types`: with them, `notEnoughInformation` becomes an answer.
    undetermined_conditions: Vec<String>,
}

fn ip_address() -> framework::schema::Check {
    framework::schema::Check::text("be an IP address such as `203.0.113.7` or `2001:db8::7`", |text| {
        text.parse::<std::net::IpAddr>().is_ok()
    })
}

/// The reason that the service gives where the request lacks a value that a policy looks at.
const NOT_ENOUGH: &str = "notEnoughInformation";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Analysed {
    #[serde(default)]
    policy_applies: bool,
    #[serde(default)]
    analysis_reasons: String,
}

impl ConditionalAccessEvaluation {
    /// What the arguments say of the sign-in beside who and what.
    fn circumstances(&self) -> Circumstances<'_> {
        fn values<'a>(argument: &'a Option<String>, possible: Vec<&'a str>) -> Vec<&'a str> {
            argument.as_deref().map_or(possible, |one| vec![one])
        }
        let all = Circumstances::default();
        Circumstances {
            client_apps: values(&self.client_app_type, all.client_apps),
            platforms: values(&self.device_platform, all.platforms),
            sign_in_risks: values(&self.sign_in_risk_level, all.sign_in_risks),
            user_risks: values(&self.user_risk_level, all.user_risks),
            service_principal_risks: values(&self.service_principal_risk_level, all.service_principal_risks),
            insider_risks: values(&self.insider_risk_level, all.insider_risks),
            transfer_methods: values(&self.transfer_method, all.transfer_methods),
            has_location: self.ip_address.is_some() || self.country.is_some(),
            has_device: self.device.is_some(),
        }
    }

    fn body(&self) -> Json {
        let of = |kind: &str| format!("#microsoft.graph.{kind}");
        let identity = match &self.service_principal_id {
            Some(id) => json!({ "@odata.type": of("servicePrincipalSignIn"), "servicePrincipalId": id }),
            None => json!({
                "@odata.type": of("userSignIn"), "userId": self.user_id, "externalUserType": self.external_user_type,
                "externalTenantId": self.external_tenant_id
            }),
        };
        let context = if let Some(action) = &self.user_action {
            json!({ "@odata.type": of("userActionContext"), "userAction": action })
        } else if let Some(id) = &self.authentication_context_id {
            json!({ "@odata.type": of("authContext"), "authenticationContextValue": id })
        } else {
            let applications: Vec<&str> = self.applications.iter().flatten().map(|name| values::application_id(name)).collect();
            json!({ "@odata.type": of("applicationContext"), "includeApplications": applications })
        };
        let conditions = json!({
            "clientAppType": self.client_app_type, "devicePlatform": self.device_platform, "deviceInfo": self.device.as_ref().map(device_info),
            "ipAddress": self.ip_address, "country": self.country, "signInRiskLevel": self.sign_in_risk_level,
            "userRiskLevel": self.user_risk_level, "servicePrincipalRiskLevel": self.service_principal_risk_level,
            "insiderRiskLevel": self.insider_risk_level,
            "authenticationFlow": self.transfer_method.as_ref().map(|method| json!({ "transferMethod": method }))
        });
        json!({ "signInIdentity": present(identity), "signInContext": context, "signInConditions": present(conditions), "appliedPoliciesOnly": false })
    }
}

/// Leaves out what is not set. What is false is sent.
fn present(json: Json) -> Json {
    match json {
        Json::Object(properties) => properties.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        other => other,
    }
}

fn device_info(device: &Device) -> Json {
    present(json!(device))
}

impl DataSource for ConditionalAccessEvaluation {
    type Api = Services;
    const NAME: &'static str = "conditional_access_evaluation";
    const SUBCATEGORY: &'static str = "Conditional Access";

    async fn read(&mut self, cx: &mut Context<Services>) -> Result {
        let request = Request::post("/identity/conditionalAccess/evaluate").json(&self.body()).reads();
        let mut all: Vec<Json> = cx.api.client().list(request).await.map_err(could_not("evaluate the conditional access policies"))?;
        let unreadable = |error: serde_json::Error| Diagnostic::error("The evaluation cannot be read", error.to_string());
        let circumstances = self.circumstances();
        let (mut policies, mut applied, mut blocked, mut controls) = (Vec::new(), Vec::new(), false, BTreeSet::new());
        all.sort_by_key(|policy| [&policy["displayName"], &policy["id"]].map(|text| text.as_str().unwrap_or_default().to_owned()));
        for json in all {
            let analysed: Analysed = serde_json::from_value(merge::without_annotations(json.clone())).map_err(unreadable)?;
            let policy = serde_json::from_value::<PolicyResponse>(json).map_err(unreadable)?.policy;
            let state = conditional_access::policy::state(&policy.state);
            if analysed.policy_applies {
                applied.push(policy.id.clone());
                if state == "enabled" {
                    let built_in = policy.grant_controls.and_then(|grant| grant.built_in_controls).unwrap_or_default();
                    blocked |= built_in.iter().any(|control| control == "block");
                    controls.extend(built_in);
                }
            }
            let reasons = analysed.analysis_reasons.split(',').map(str::trim).filter(|reason| !reason.is_empty() && *reason != "notSet");
            let reasons: Vec<String> = reasons.map(str::to_owned).collect();
            let undetermined = if reasons.iter().any(|reason| reason == NOT_ENOUGH) {
                let conditions = policy.conditions.to_value();
                undetermined(View::of(&conditions), &circumstances, self.service_principal_id.is_some())
            } else {
                Vec::new()
            };
            policies.push(Evaluated {
                undetermined_conditions: undetermined.into_iter().map(str::to_owned).collect(),
                id: policy.id,
                display_name: policy.display_name,
                state,
                applies: analysed.policy_applies,
                reasons,
            });
        }
        self.policies = Some(policies);
        self.applied_policy_ids = Some(applied);
        self.blocked = Some(blocked);
        self.grant_controls = Some(controls.into_iter().collect());
        Ok(())
    }

    fn validate(config: View<'_>, found: &mut Diagnostics) {
        lookup::exactly_one(config, &["applications", "user_action", "authentication_context_id"], found);
        let (user, principal, external) = (config.says("user_id"), config.says("service_principal_id"), config.says("external_user_type"));
        if (user, principal, external) == (Some(false), Some(false), Some(false)) {
            found.add(Diagnostic::error(
                "Nobody signs in",
                "Give `user_id`, `service_principal_id` or, for somebody from elsewhere, `external_user_type`.",
            ));
        }
        if (user == Some(true) || external == Some(true)) && principal == Some(true) {
            let detail = "Give either a user or a service principal.";
            found.add(Diagnostic::error("Two sign in at once", detail).at(Path::attribute("service_principal_id")));
        }
    }
}
