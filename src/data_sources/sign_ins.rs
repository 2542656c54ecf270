//! `aksaccess_sign_ins`: recent sign-ins, with what each conditional access policy made of them.

use framework::{Context, DataSource, Model, Result};
use serde::Deserialize;

use crate::attributes::instant;
use crate::azure::{Request, odata_literal};
use crate::client::diagnose::could_not;
use crate::conditional_access::values;
use crate::services::Services;

/// Reads the log of sign-ins, most recent first, with the result of each conditional access policy.
///
/// The log is minutes behind, and keeps 30 days (7 without a Microsoft Entra ID P1 licence, with which this interface comes). Needs the Microsoft Graph
/// permissions `AuditLog.Read.All` and, to see the policies' results, `Policy.Read.ConditionalAccess` or `Policy.Read.All`.
#[derive(Clone, Debug, Model)]
pub struct SignIns {
    /// Finds only sign-ins to this application, by its application (client) ID; `AKS` is the application of AKS clusters.
    #[attr(check(values::application()))]
    resource_application_id: Option<String>,
    /// Finds only sign-ins by this client application, by its application (client) ID, such as `80faf920-1908-4b52-b5ef-a8e7bedfc67a` for kubelogin.
    #[attr(check(uuid()))]
    client_application_id: Option<String>,
    /// Finds only sign-ins of this user, by object ID.
    #[attr(check(uuid()))]
    user_id: Option<String>,
    /// Finds only sign-ins in which conditional access came to this: `success`, `failure` or `notApplied`.
    #[attr(check(one_of_with_synonyms(&["success", "failure", "notApplied"], &[("succeeded", "success"), ("failed", "failure"), ("none", "notApplied")])))]
    conditional_access_status: Option<String>,
    /// Finds only sign-ins from this instant on, such as `2026-11-01T00:00:00Z`.
    #[attr(check(instant::check()))]
    since: Option<String>,
    /// How many sign-ins are read at most: 1 to 1000.
    #[attr(default(50), check(one_to_a_thousand()))]
    limit: i64,
    /// The sign-ins, most recent first.
    #[attr(output)]
    sign_ins: Option<Vec<SignIn>>,
}

fn one_to_a_thousand() -> framework::schema::Check {
    framework::schema::Check::number("be 1 to 1000", |number| (1..=1000).contains(&number))
}

/// A sign-in.
#[derive(Clone, Debug, Deserialize, Model)]
#[serde(rename_all = "camelCase")]
pub struct SignIn {
    /// ID of the entry.
    id: String,
    /// When it was.
    created_date_time: Option<String>,
    /// Object ID of the user.
    user_id: Option<String>,
    /// Principal name of the user.
    user_principal_name: Option<String>,
    /// Name of the user.
    user_display_name: Option<String>,
    /// Application (client) ID of the client.
    #[serde(rename = "appId")]
    client_application_id: Option<String>,
    /// Name of the client.
    #[serde(rename = "appDisplayName")]
    client_display_name: Option<String>,
    /// ID of what was signed in to.
    resource_id: Option<String>,
    /// Name of what was signed in to.
    resource_display_name: Option<String>,
    /// IP address that it came from.
    ip_address: Option<String>,
    /// Kind of client application.
    client_app_used: Option<String>,
    /// Where it came from.
    location: Option<Location>,
    /// The device.
    #[serde(rename = "deviceDetail")]
    device: Option<DeviceDetail>,
    /// How it ended.
    status: Option<Status>,
    /// Risk that was seen during the sign-in.
    risk_level_during_sign_in: Option<String>,
    /// Result of conditional access: `success`, `failure` or `notApplied`.
    conditional_access_status: Option<String>,
    /// Result of each policy.
    #[serde(rename = "appliedConditionalAccessPolicies")]
    conditional_access_policies: Option<Vec<PolicyResult>>,
}

/// Where a sign-in came from.
#[derive(Clone, Debug, Deserialize, Model)]
#[serde(rename_all = "camelCase")]
pub struct Location {
    /// City.
    city: Option<String>,
    /// State.
    state: Option<String>,
    /// Country or region, in two letters.
    country_or_region: Option<String>,
}

/// The device of a sign-in.
#[derive(Clone, Debug, Deserialize, Model)]
#[serde(rename_all = "camelCase")]
pub struct DeviceDetail {
    /// ID of the device.
    device_id: Option<String>,
    /// Name of the device.
    display_name: Option<String>,
    /// Operating system.
    operating_system: Option<String>,
    /// Browser.
    browser: Option<String>,
    /// Whether it was compliant.
    is_compliant: Option<bool>,
    /// Whether it was managed.
    is_managed: Option<bool>,
    /// How it is joined.
    trust_type: Option<String>,
}

/// How a sign-in ended.
#[derive(Clone, Debug, Deserialize, Model)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// Number of the error, such as 53000 for a device that is not compliant; 0 if there was none.
    error_code: Option<i64>,
    /// What failed.
    failure_reason: Option<String>,
    /// More about it.
    additional_details: Option<String>,
}

/// What a policy came to in a sign-in.
#[derive(Clone, Debug, Deserialize, Model)]
#[serde(rename_all = "camelCase")]
pub struct PolicyResult {
    /// ID of the policy.
    id: Option<String>,
    /// Name of the policy.
    display_name: Option<String>,
    /// `success`, `failure`, `notApplied`, `notEnabled`, or for a policy that only reports `reportOnlySuccess`, `reportOnlyFailure`, `reportOnlyNotApplied` or
    /// `reportOnlyInterrupted`.
    result: Option<String>,
    /// What it asked for.
    enforced_grant_controls: Option<Vec<String>>,
    /// Session controls that the policy applied.
    enforced_session_controls: Option<Vec<String>>,
}

impl DataSource for SignIns {
    type Api = Services;
    const NAME: &'static str = "sign_ins";
    const SUBCATEGORY: &'static str = "Conditional Access";

    async fn read(&mut self, cx: &mut Context<Services>) -> Result {
        let most = usize::try_from(self.limit).unwrap_or(1);
        let resource = self.resource_application_id.as_ref().map(|name| values::application_id(name).to_lowercase());
        let texts = [
            ("resourceId", &resource),
            ("appId", &self.client_application_id),
            ("userId", &self.user_id),
            ("conditionalAccessStatus", &self.conditional_access_status),
        ];
        let equal = texts.into_iter().filter_map(|(property, value)| Some(format!("{property} eq {}", odata_literal(value.as_ref()?))));
        let since = self.since.iter().map(|since| format!("createdDateTime ge {since}"));
        let filter = equal.chain(since).collect::<Vec<_>>().join(" and ");
        let mut request =
            Request::get("/auditLogs/signIns").query("$top", most.to_string()).header("Prefer", "include-unknown-enum-members");
        if !filter.is_empty() {
            request = request.query("$filter", filter);
        }
        self.sign_ins = Some(cx.api.client().list_first(request, most).await.map_err(could_not("read the log of sign-ins"))?);
        Ok(())
    }
}
