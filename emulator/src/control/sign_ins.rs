//! `/emulator/sign-ins` and `/emulator/circumstances`: users sign in, from somewhere and on something.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use serde_json::Value;

use super::{Refusal, refuse};
use crate::{
    caller::KUBERNETES_APP,
    directory::{is_guid, users},
    emulator::Emulator,
    identity::{
        KUBERNETES_CLIENT,
        conditional_access::{
            Evidence, SignInConditions, SignInIdentity, SignInTarget,
            sign_in::{self, Entry},
        },
        user,
    },
};

/// A sign-in to evaluate.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    user_principal_name: String,
    /// Application id of the resource; that of the AKS server when left out.
    application: Option<String>,
    /// Application id of the client; that of kubelogin for the AKS server, and the application itself otherwise.
    client: Option<String>,
    /// The configured conditions when left out.
    circumstances: Option<SignInConditions>,
}

/// Lets a user sign in, and answers the entry of the log. Nobody gets a token by it.
pub async fn sign_in(State(emulator): State<Arc<Emulator>>, Json(wanted): Json<SignIn>) -> Result<Json<Value>, Refusal> {
    let circumstances = wanted.circumstances.unwrap_or_else(|| emulator.identity.circumstances.of(&wanted.user_principal_name));
    if let Some(wrong) = circumstances.problem() {
        return Err(refuse(wrong));
    }
    let resource = wanted.application.unwrap_or_else(|| KUBERNETES_APP.to_owned()).to_lowercase();
    if !is_guid(&resource) {
        return Err(refuse(format!("application is an application id, not '{resource}'")));
    }
    let client = wanted.client.unwrap_or_else(|| if resource == KUBERNETES_APP { KUBERNETES_CLIENT.to_owned() } else { resource.clone() });
    let user = user::named(&emulator.identity, &wanted.user_principal_name).map_err(|error| refuse(error.text))?;
    let now = emulator.database.now();
    let mut store = emulator.database.write();
    let view = store.latest();
    let situation = circumstances.of(SignInIdentity::user(user.key.clone(), &user.row), SignInTarget::Applications(vec![resource.clone()]));
    let evidence = Evidence { circumstances: &circumstances, mfa: circumstances.mfa.unwrap_or(false), age: 0 };
    let decision = sign_in::evaluate_policies(view, &situation, &evidence);
    let entry = Entry {
        user: &user.key,
        row: &user.row,
        client: &client,
        resource: &resource,
        circumstances: &circumstances,
        interactive: true,
        user_agent: "emulator",
        correlation: None,
        failure: None,
    };
    let (shown, changes) = sign_in::entry(view, &entry, &decision, now);
    store.commit(changes, now).map_err(|error| refuse(error.to_string()))?;
    Ok(Json(shown))
}

/// The conditions under which a user signs in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserConditions {
    /// All users without their own, when left out.
    user_principal_name: Option<String>,
    /// Nothing any more, when left out.
    circumstances: Option<SignInConditions>,
}

/// Sets where and on what a user signs in from now on.
pub async fn set(State(emulator): State<Arc<Emulator>>, Json(given): Json<UserConditions>) -> Result<StatusCode, Refusal> {
    if let Some(wrong) = given.circumstances.as_ref().and_then(SignInConditions::problem) {
        return Err(refuse(wrong));
    }
    if let Some(name) = &given.user_principal_name {
        let known = users::named(emulator.database.read().latest(), name).is_some();
        if !known {
            return Err(refuse(format!("there is no user {name}")));
        }
    }
    emulator.identity.circumstances.set(given.user_principal_name.as_deref(), given.circumstances);
    Ok(StatusCode::NO_CONTENT)
}
