//! Whether a user gets a token: the one place where what the tenant thinks of a sign-in is decided, after the user has
//! proved who they are and before anything is issued. Applications are not asked here.

use axum::http::StatusCode;
use serde_json::Value;

use super::{
    conditional_access::{
        Evidence, SignInIdentity, SignInTarget,
        sign_in::{self, Entry},
    },
    errors::SignInError,
};
use crate::{
    caller::Resource,
    http::Request,
    identity::IdentityPlatform,
    store::{Key, Row},
};

/// A user's sign-in that is about to succeed.
#[derive(Debug)]
pub struct SignIn<'a> {
    /// Object id of the user.
    pub user: &'a Key,
    /// The user.
    pub row: &'a Row,
    /// Application id of the client that signs the user in.
    pub client: &'a str,
    /// Who will accept the token.
    pub resource: Resource,
    /// Authentication contexts that the token must name.
    pub contexts: &'a [String],
    /// How the user proved who they are.
    pub method: Method,
    /// The same, as the token's `amr` names it.
    pub amr: &'a [String],
    /// When they proved it, by the tenant's clock, in seconds since 1970.
    pub auth_time: i64,
    /// The request, with whatever its headers and form say of the place and the device.
    pub request: &'a Request,
}

/// The method by which a user authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Name and password, in one request.
    Password,
    /// In a browser, elsewhere; the client waited with a device code.
    DeviceCode,
    /// Earlier; the client holds a refresh token.
    RefreshToken,
}

/// The method of a token for which a second factor was used.
pub const SECOND_FACTOR: &str = "mfa";

/// Refuses a sign-in, or lets it pass and returns whether a second factor was used. What is new gets into the log; a token
/// in exchange for another is not there, because Graph's v1.0 lists only the sign-ins of people.
pub fn check_sign_in(platform: &IdentityPlatform, sign_in: &SignIn<'_>) -> Result<bool, SignInError> {
    let name = sign_in.row.get("userPrincipalName").and_then(Value::as_str).unwrap_or_default();
    let mut circumstances = platform.circumstances.of_request(sign_in.request, name).map_err(|wrong| SignInError::unreadable(&wrong))?;
    if sign_in.method == Method::DeviceCode {
        circumstances.authentication_flow.get_or_insert_with(|| "deviceCodeFlow".into());
    }
    let mfa = circumstances.mfa.unwrap_or(match sign_in.method {
        // In a browser somebody can be asked, and has a telephone.
        Method::DeviceCode => true,
        Method::RefreshToken => sign_in.amr.iter().any(|method| method == SECOND_FACTOR),
        Method::Password => false,
    });
    // Unverified: that a password is looked at before this.
    let disabled = sign_in.row.get("accountEnabled") == Some(&false.into());
    let applications = sign_in.resource.applications();
    let target = SignInTarget::Applications(applications.iter().map(|&id| id.to_owned()).collect());
    let situation = circumstances.of(SignInIdentity::user(sign_in.user.clone(), sign_in.row), target);
    let now = platform.database.now();
    let evidence = Evidence { circumstances: &circumstances, mfa, age: now.as_second() - sign_in.auth_time };
    let mut store = platform.database.write();
    let decision = sign_in::evaluate_policies(store.latest(), &situation, &evidence);
    // Unverified: that a sign-in without a policy's requirement gets a context that it does not request.
    let context = sign_in.contexts.iter().find_map(|context| {
        let before = circumstances.of(SignInIdentity::user(sign_in.user.clone(), sign_in.row), SignInTarget::Context(context.clone()));
        sign_in::evaluate_policies(store.latest(), &before, &evidence).missing
    });
    let refusal = match decision.missing.as_ref().or(context.as_ref()) {
        _ if disabled => Some(SignInError::disabled_user()),
        Some(missing) => Some(SignInError::conditional_access(missing, applications.first().copied().unwrap_or_default())),
        None => None,
    };
    if sign_in.method != Method::RefreshToken {
        let entry = Entry {
            user: sign_in.user,
            row: sign_in.row,
            client: sign_in.client,
            resource: applications.first().copied().unwrap_or_default(),
            circumstances: &circumstances,
            interactive: true,
            user_agent: sign_in.request.header("user-agent").unwrap_or_default(),
            correlation: sign_in.request.header("client-request-id"),
            failure: refusal.as_ref().map(|refusal| (refusal.number, refusal.text.as_str())),
        };
        let (_, changes) = sign_in::entry(store.latest(), &entry, &decision, now);
        store.commit(changes, now).map_err(|error| {
            tracing::error!(%error, "a sign-in was not kept");
            SignInError::transient(StatusCode::INTERNAL_SERVER_ERROR)
        })?;
    }
    refusal.map_or(Ok(mfa), Err)
}
