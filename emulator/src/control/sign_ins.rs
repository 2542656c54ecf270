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
            Circumstances, Evidence, Target, Who,
            sign_in::{self, Entry},
        },
        user,
    },
};

/// Who signs in, to what, and how.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    user_principal_name: String,
    /// Application id of the resource; that of the AKS server when left out.
    application: Option<String>,
    /// Application id of the client; that of kubelogin for the AKS server, and the application itself otherwise.
    client: Option<String>,
    /// What was told beforehand when left out.
    circumstances: Option<Circumstances>,
}

/// Lets a user sign in, and answers the entry of the log. Nobody gets a token by it.
pub async fn sign_in(State(emulator): State<Arc<Emulator>>, Json(wanted): Json<SignIn>) -> Result<Json<Value>, Refusal> {
    let circumstances = wanted.circumstances.unwrap_or_else(|| emulator.identity.circumstances.of(&wanted.user_principal_name));
    if let Some(wrong) = circumstances.wrong() {
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
    let view = store.truth();
    let situation = circumstances.of(Who::user(user.key.clone(), &user.row), Target::Applications(vec![resource.clone()]));
    let evidence = Evidence { circumstances: &circumstances, mfa: circumstances.mfa.unwrap_or(false), age: 0 };
    let verdict = sign_in::judge(view, &situation, &evidence);
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
    let (shown, changes) = sign_in::entry(view, &entry, &verdict, now);
    store.commit(changes, now).map_err(|error| refuse(error.to_string()))?;
    Ok(Json(shown))
}

/// What is so whenever somebody signs in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// Everybody of whom nothing else was told, when left out.
    user_principal_name: Option<String>,
    /// Nothing any more, when left out.
    circumstances: Option<Circumstances>,
}

/// Tells where and on what somebody signs in from now on.
pub async fn tell(State(emulator): State<Arc<Emulator>>, Json(told): Json<Told>) -> Result<StatusCode, Refusal> {
    if let Some(wrong) = told.circumstances.as_ref().and_then(Circumstances::wrong) {
        return Err(refuse(wrong));
    }
    if let Some(name) = &told.user_principal_name {
        let known = users::named(emulator.database.read().truth(), name).is_some();
        if !known {
            return Err(refuse(format!("there is no user {name}")));
        }
    }
    emulator.identity.circumstances.tell(told.user_principal_name.as_deref(), told.circumstances);
    Ok(StatusCode::NO_CONTENT)
}
