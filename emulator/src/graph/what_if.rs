//! `POST /identity/conditionalAccess/evaluate`: which policies would apply to a sign-in, and why the others would not.

use serde_json::{Map, Value, json};

use super::{
    model::{
        complex::{self, Complex},
        context::{Context, FoundObject, HandlerResult, Outcome},
        error::GraphError,
        property::{complex, flag, names, text, texts},
        render::{Form, Metadata, object},
    },
    rows::{conditional_access::POLICIES, in_directory},
};
use crate::identity::conditional_access::{SignInContext, SignInIdentity, SignInTarget, conditions, values};

static IDENTITY: Complex = Complex::one_of("signInIdentity", &[&USER, &SERVICE_PRINCIPAL]);
static USER: Complex =
    Complex::new("userSignIn", &[text("externalTenantId"), names("externalUserType").one_of(values::GUEST_TYPES), text("userId")]);
static SERVICE_PRINCIPAL: Complex = Complex::new("servicePrincipalSignIn", &[text("servicePrincipalId")]);

static CONTEXT: Complex = Complex::one_of("signInContext", &[&APPLICATION, &USER_ACTION, &AUTHENTICATION]);
static APPLICATION: Complex = Complex::new("applicationContext", &[texts("includeApplications")]);
static USER_ACTION: Complex =
    Complex::new("userActionContext", &[text("userAction").one_of(&["registerSecurityInformation", "registerOrJoinDevices"])]);
static AUTHENTICATION: Complex = Complex::new("authContext", &[text("authenticationContextValue")]);

static CONDITIONS: Complex = Complex::new(
    "signInConditions",
    &[
        complex("authenticationFlow", &FLOW),
        text("clientAppType").one_of(values::CLIENT_APPS),
        text("country"),
        complex("deviceInfo", &DEVICE),
        text("devicePlatform").one_of(values::PLATFORMS),
        text("insiderRiskLevel").one_of(&["none", "minor", "moderate", "elevated"]),
        text("ipAddress"),
        text("servicePrincipalRiskLevel").one_of(values::RISKS),
        text("signInRiskLevel").one_of(values::RISKS),
        text("userRiskLevel").one_of(values::RISKS),
    ],
);
static FLOW: Complex = Complex::new("authenticationFlow", &[names("transferMethod").one_of(values::TRANSFER_METHODS)]);
static DEVICE: Complex = Complex::new(
    "deviceInfo",
    &[
        text("deviceId"),
        text("displayName"),
        text("enrollmentProfileName"),
        text("extensionAttribute1"),
        text("extensionAttribute10"),
        text("extensionAttribute11"),
        text("extensionAttribute12"),
        text("extensionAttribute13"),
        text("extensionAttribute14"),
        text("extensionAttribute15"),
        text("extensionAttribute2"),
        text("extensionAttribute3"),
        text("extensionAttribute4"),
        text("extensionAttribute5"),
        text("extensionAttribute6"),
        text("extensionAttribute7"),
        text("extensionAttribute8"),
        text("extensionAttribute9"),
        flag("isCompliant"),
        text("manufacturer"),
        text("mdmAppId"),
        text("model"),
        text("operatingSystem"),
        text("operatingSystemVersion"),
        text("ownership"),
        texts("physicalIds"),
        text("profileType"),
        texts("systemLabels"),
        text("trustType"),
    ],
);

/// Answers the request.
pub fn evaluate(context: &Context<'_>) -> HandlerResult {
    let body = context.body()?;
    let situation = situation(context, &body)?;
    let applied_only = body.get("appliedPoliciesOnly") == Some(&json!(true));
    let mut values = Vec::new();
    for (key, row) in context.view.rows(POLICIES.table, None) {
        let result = match row.get("state").and_then(Value::as_str) {
            Some("disabled") => Err("policyNotEnabled"),
            _ => conditions::applies(context.view, &row, &situation),
        };
        if applied_only && result.is_err() {
            continue;
        }
        let mut shown = object(context, &FoundObject { collection: &POLICIES, key, row }, Form::plain(false));
        shown.insert("policyApplies".into(), json!(result.is_ok()));
        shown.insert("analysisReasons".into(), json!(result.err().unwrap_or("notSet")));
        values.push(Value::Object(shown));
    }
    let mut out = Map::new();
    if context.metadata() != Metadata::None {
        out.insert("@odata.context".into(), json!(format!("{}/$metadata#Collection(microsoft.graph.whatIfAnalysisResult)", context.base)));
    }
    out.insert("value".into(), Value::Array(values));
    Ok(Outcome::ok(Value::Object(out)))
}

/// The situation that a body describes. Unverified: the texts.
fn situation(context: &Context<'_>, body: &Map<String, Value>) -> Result<SignInContext, GraphError> {
    let known = ["signInIdentity", "signInContext", "signInConditions", "appliedPoliciesOnly"];
    if let Some(name) = body.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(GraphError::malformed(format!(
            "The parameter '{name}' in the request payload is not a valid parameter for the operation 'evaluate'."
        )));
    }
    let part = |name: &'static str, kind: &'static Complex| {
        let given = body.get(name).filter(|value| !value.is_null());
        let given = given.ok_or_else(|| GraphError::malformed(format!("The parameter '{name}' is required.")))?;
        let property = complex(name, kind);
        let value = complex::accept(&property, given, true);
        let value = value.map_err(|complex::Mismatch(at)| GraphError::malformed(format!("Invalid value specified for '{at}'.")))?;
        Ok::<_, GraphError>(value)
    };
    let (identity, target, conditions) =
        (part("signInIdentity", &IDENTITY)?, part("signInContext", &CONTEXT)?, part("signInConditions", &CONDITIONS)?);
    let text = |name: &str| conditions[name].as_str().map(str::to_owned);
    let address = match conditions["ipAddress"].as_str() {
        Some(text) => Some(text.parse().map_err(|_| GraphError::malformed(format!("Invalid value specified for 'ipAddress': {text}.")))?),
        None => None,
    };
    Ok(SignInContext {
        who: who(context, &identity)?,
        target: self::target(&target),
        client_app: text("clientAppType"),
        platform: text("devicePlatform"),
        address,
        country: text("country"),
        device: conditions["deviceInfo"].as_object().cloned(),
        sign_in_risk: text("signInRiskLevel"),
        user_risk: text("userRiskLevel"),
        service_principal_risk: text("servicePrincipalRiskLevel"),
        insider_risk: text("insiderRiskLevel"),
        flow: conditions["authenticationFlow"]["transferMethod"].as_str().map(str::to_owned),
    })
}

fn who(context: &Context<'_>, identity: &Value) -> Result<SignInIdentity, GraphError> {
    let find = |name: &str, kind: &str| {
        let id = identity[name].as_str().unwrap_or_default();
        in_directory(context.view, id).filter(|found| found.collection.kind == kind).ok_or_else(|| GraphError::not_found(id))
    };
    if identity.get("servicePrincipalId").is_some() {
        return Ok(SignInIdentity::ServicePrincipal(find("servicePrincipalId", "servicePrincipal")?.key));
    }
    let external = identity["externalUserType"].as_str().filter(|kind| *kind != "none").map(str::to_owned);
    let home = identity["externalTenantId"].as_str().map(str::to_owned);
    // Somebody from elsewhere need not be known here.
    if identity["userId"].is_null() && external.is_some() {
        return Ok(SignInIdentity::User { id: "".into(), guest: external, home });
    }
    let found = find("userId", "user")?;
    let SignInIdentity::User { id, guest, .. } = SignInIdentity::user(found.key, &found.row) else {
        return Err(GraphError::invalid_properties());
    };
    Ok(SignInIdentity::User { id, guest: external.or(guest), home })
}

fn target(context: &Value) -> SignInTarget {
    let text = |name: &str| context[name].as_str().unwrap_or_default();
    match context["@odata.type"].as_str().unwrap_or_default().trim_start_matches("#microsoft.graph.") {
        "userActionContext" if text("userAction") == "registerOrJoinDevices" => SignInTarget::UserAction("urn:user:registerdevice".into()),
        "userActionContext" => SignInTarget::UserAction("urn:user:registersecurityinfo".into()),
        "authContext" => SignInTarget::Context(text("authenticationContextValue").to_owned()),
        _ => {
            let ids = context["includeApplications"].as_array().into_iter().flatten().filter_map(Value::as_str);
            SignInTarget::Applications(ids.map(str::to_owned).collect())
        }
    }
}
