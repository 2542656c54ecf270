//! A real sign-in: what the policies say to it, and the entry in the log.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    conditions,
    controls::{self, BLOCKED, Evidence, UnmetControl},
    sign_in_context::{SignInConditions, SignInContext},
    tables,
};
use crate::{
    clock::ticks,
    store::{Change, Key, Row, View},
    tenant::ids,
};

/// The result of evaluating all policies for a sign-in.
#[derive(Debug)]
pub struct PolicyDecision {
    /// The requirement that was not met.
    pub missing: Option<UnmetControl>,
    /// `appliedConditionalAccessPolicies` of the log.
    applied: Vec<Value>,
    /// `conditionalAccessStatus` of the log.
    status: &'static str,
}

/// Asks all policies.
pub fn evaluate_policies(view: View<'_>, situation: &SignInContext, evidence: &Evidence<'_>) -> PolicyDecision {
    let mut decision = PolicyDecision { missing: None, applied: Vec::new(), status: "notApplied" };
    let mut lacks = Vec::new();
    for (key, policy) in view.rows(tables::POLICIES, None) {
        let state = policy.get("state").and_then(Value::as_str).unwrap_or_default();
        let report_only = state == "enabledForReportingButNotEnforced";
        let applies = conditions::applies(view, &policy, situation).is_ok();
        let (mut grant, mut session) = (Vec::new(), Vec::new());
        let result = match (state, applies) {
            ("disabled", _) => "notEnabled",
            (_, false) if report_only => "reportOnlyNotApplied",
            (_, false) => "notApplied",
            (_, true) => {
                let (names, missing) = controls::grant(view, &policy, evidence);
                grant = names;
                session = controls::session(&policy);
                match missing.or_else(|| controls::frequency(&policy, evidence)) {
                    None if report_only => "reportOnlySuccess",
                    None => {
                        decision.status = if decision.status == "failure" { "failure" } else { "success" };
                        "success"
                    }
                    Some(missing) if report_only && missing.interactive => "reportOnlyInterrupted",
                    Some(_) if report_only => "reportOnlyFailure",
                    Some(missing) => {
                        lacks.push(missing);
                        decision.status = "failure";
                        "failure"
                    }
                }
            }
        };
        decision.applied.push(json!({
            "id": key.as_ref(), "displayName": policy.get("displayName"), "result": result,
            "enforcedGrantControls": grant, "enforcedSessionControls": session,
        }));
    }
    // A block is said before everything else, and what the user could give is said last.
    let worst = lacks.iter().find(|missing| **missing == BLOCKED).or_else(|| lacks.iter().find(|missing| !missing.interactive));
    decision.missing = worst.or(lacks.first()).cloned();
    decision
}

/// The identity and the application of an entry of the sign-in log.
#[derive(Debug)]
pub struct Entry<'e> {
    /// Object id of the user.
    pub user: &'e Key,
    /// The user.
    pub row: &'e Row,
    /// Application id of the client.
    pub client: &'e str,
    /// Application id of the resource.
    pub resource: &'e str,
    /// Where and on what.
    pub circumstances: &'e SignInConditions,
    /// Whether the user was there, and not only a token.
    pub interactive: bool,
    /// The name that the client gives itself.
    pub user_agent: &'e str,
    /// The client's own id of the request.
    pub correlation: Option<&'e str>,
    /// Number and reason of a failure that is not due to a policy.
    pub failure: Option<(u32, &'e str)>,
}

/// How long the log is kept: as with a licence P1.
const RETENTION_HOURS: i64 = 30 * 24;

/// The entry as it will be read, and the changes that put it into the log and take away what is too old for it.
pub fn entry(view: View<'_>, entry: &Entry<'_>, decision: &PolicyDecision, now: Timestamp) -> (Value, Vec<Change>) {
    let id = Uuid::new_v4().to_string();
    let text = |name: &str| entry.row.get(name).cloned().unwrap_or_default();
    let name_of = |app: &str| {
        let key = view.with("servicePrincipals", "appId", app)?.pop()?;
        view.get("servicePrincipals", &key)?.get("displayName").cloned()
    };
    let failure = entry.failure.or_else(|| decision.missing.as_ref().map(|missing| (missing.number, missing.text)));
    let circumstances = entry.circumstances;
    let device = |name: &str| circumstances.device.get(name).cloned().unwrap_or_default();
    let risk = |level: &Option<String>| level.clone().unwrap_or_else(|| "none".into());
    let at_risk = [&circumstances.sign_in_risk, &circumstances.user_risk].iter().any(|level| risk(level) != "none");
    let row = json!({
        "id": id,
        "createdDateTime": ticks(now),
        "appDisplayName": name_of(entry.client),
        "appId": entry.client,
        "appliedConditionalAccessPolicies": decision.applied,
        "clientAppUsed": client_app(circumstances.client_app.as_deref()),
        "conditionalAccessStatus": decision.status,
        "correlationId": entry.correlation.map_or_else(|| Uuid::new_v4().to_string(), str::to_owned),
        "deviceDetail": {
            "deviceId": device("deviceId").as_str().unwrap_or_default(),
            "displayName": device("displayName"),
            "operatingSystem": device("operatingSystem").as_str().or(circumstances.platform.as_deref()),
            "browser": Value::Null,
            "isCompliant": device("isCompliant") == true,
            "isManaged": device("isManaged") == true || device("isCompliant") == true,
            "trustType": device("trustType"),
        },
        "homeTenantId": ids::TENANT_ID,
        "ipAddress": circumstances.address().to_string(),
        "isInteractive": entry.interactive,
        "location": {"city": null, "state": null, "countryOrRegion": circumstances.country, "geoCoordinates": null},
        "resourceDisplayName": name_of(entry.resource),
        "resourceId": entry.resource,
        "resourceTenantId": ids::TENANT_ID,
        "riskDetail": "none",
        "riskEventTypes": [],
        "riskEventTypes_v2": [],
        "riskLevelAggregated": risk(&circumstances.user_risk),
        "riskLevelDuringSignIn": risk(&circumstances.sign_in_risk),
        "riskState": if at_risk { "atRisk" } else { "none" },
        "status": {
            "errorCode": failure.map_or(0, |(number, _)| number),
            "failureReason": failure.map_or("Other.", |(_, text)| text),
            "additionalDetails": Value::Null,
        },
        "userAgent": entry.user_agent,
        "userDisplayName": text("displayName"),
        "userId": entry.user.as_ref(),
        "userPrincipalName": text("userPrincipalName"),
    });
    let stored = row.as_object().cloned().unwrap_or_default();
    let stored = stored.into_iter().filter(|(_, value)| !value.is_null()).collect();
    let mut changes = vec![Change::Put { table: tables::SIGN_INS, key: id.into(), row: Row::new(stored) }];
    let oldest = ticks(now.checked_sub(SignedDuration::from_hours(RETENTION_HOURS)).unwrap_or(Timestamp::UNIX_EPOCH));
    let is_old = |row: &Row| row.get("createdDateTime").and_then(Value::as_str).is_some_and(|at| at < oldest.as_str());
    let old = view.rows(tables::SIGN_INS, None).filter(|(_, row)| is_old(row));
    changes.extend(old.map(|(key, _)| Change::Remove { table: tables::SIGN_INS, key }));
    (row, changes)
}

/// The kind of a client as logs have it.
fn client_app(kind: Option<&str>) -> &'static str {
    match kind {
        Some("browser") => "Browser",
        Some("exchangeActiveSync" | "easSupported") => "Exchange ActiveSync",
        Some("other") => "Other clients",
        _ => "Mobile Apps and Desktop clients",
    }
}
