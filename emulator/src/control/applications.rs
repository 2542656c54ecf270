//! `/emulator/applications`: the applications that sign in, what they prove it with, and what they may.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Refusal, refuse};
use crate::{
    directory::{roles, service_principals, users},
    emulator::Emulator,
    graph::rows::{role_assignment, role_id},
    identity::{
        application::{Certificate, ClientSecret, Federated, Registration, exchange},
        external_issuers,
    },
    store::{Change, Key, Properties},
    tenant::{fixture, ids},
};

/// An application, and what is to be known of it from now on. What is not named stays as it is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApplicationSettings {
    /// Application id; without it a new application is made.
    application_id: Option<String>,
    /// Name of a new application.
    display_name: Option<String>,
    /// All of its application permissions.
    permissions: Option<Vec<String>>,
    /// All delegated permissions that users' tokens have through it.
    delegated_permissions: Option<Vec<String>>,
    /// One more client secret.
    secret: Option<String>,
    /// Until when it is good, RFC 3339.
    secret_expires: Option<String>,
    /// One more certificate, in PEM.
    certificate: Option<String>,
    /// One more issuer, subject and audience that is trusted.
    federated: Option<Federated>,
    /// Whether it is a public client.
    public: Option<bool>,
}

/// Makes an application, or changes one.
pub async fn register(State(emulator): State<Arc<Emulator>>, Json(wanted): Json<ApplicationSettings>) -> Result<Json<Value>, Refusal> {
    let table = service_principals::TABLE;
    let mut store = emulator.database.write();
    let view = store.latest();
    let (key, mut row): (Key, Properties) = match &wanted.application_id {
        Some(app_id) => {
            let key = service_principals::key_of(view, app_id);
            let found = key.and_then(|key| view.get(table, &key).map(|row| (key, Properties::clone(&row))));
            found.ok_or_else(|| refuse(format!("there is no application {app_id}")))?
        }
        None => {
            let (id, app_id) = (Uuid::new_v4().to_string(), Uuid::new_v4().to_string());
            let name = wanted.display_name.as_deref().unwrap_or("application");
            match fixture::service_principal(&id, &app_id, name, ids::TENANT_ID) {
                Value::Object(row) => (id.into(), row),
                _ => return Err(refuse("the application could not be made")),
            }
        }
    };
    let mut registration = Registration::of(&row.clone().into());
    if let Some(secret) = wanted.secret {
        registration.secrets.retain(|known| known.secret != secret);
        let instant = |text: &String| text.parse::<jiff::Timestamp>().map_err(|error| refuse(format!("{text}: {error}")));
        let expires = wanted.secret_expires.as_ref().map(instant).transpose()?.map(jiff::Timestamp::as_second);
        registration.secrets.push(ClientSecret { secret, expires });
    }
    if let Some(pem) = wanted.certificate {
        registration.certificates.push(Certificate::from_pem(&pem).map_err(refuse)?);
    }
    registration.federated.extend(wanted.federated);
    registration.public = wanted.public.unwrap_or(registration.public);
    registration.permissions = wanted.permissions.unwrap_or(registration.permissions);
    registration.delegated = wanted.delegated_permissions.or(registration.delegated);
    registration.put(&mut row);
    let app_id = row.get("appId").cloned().unwrap_or_default();
    let response = json!({"application_id": app_id, "object_id": key.as_ref(), "permissions": registration.permissions});
    store.commit_settled(vec![Change::Put { table, key, row: row.into() }]).map_err(|error| refuse(error.to_string()))?;
    Ok(Json(response))
}

/// A token that somebody issues for exchange.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExchangeToken {
    issuer: String,
    subject: String,
    #[serde(default = "exchange")]
    audience: String,
    /// Seconds; negative for one that is too old.
    #[serde(default = "minutes")]
    lifetime: i64,
}

fn minutes() -> i64 {
    600
}

/// Issues a token in anybody's name, as the issuer of a Kubernetes cluster does.
pub async fn issue(State(emulator): State<Arc<Emulator>>, Json(wanted): Json<ExchangeToken>) -> Result<Json<Value>, Refusal> {
    let assertion = external_issuers::assertion(&emulator.identity, &wanted.issuer, &wanted.subject, &wanted.audience, wanted.lifetime);
    let token = external_issuers::sign(&emulator.identity, &assertion).ok_or_else(|| refuse("the token could not be signed"))?;
    Ok(Json(json!({"token": token})))
}

/// A user, and all roles of the directory that they have from now on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roles {
    user_principal_name: String,
    /// Names of built-in roles.
    roles: Vec<String>,
}

/// Gives a user roles of the directory.
pub async fn give_roles(State(emulator): State<Arc<Emulator>>, Json(wanted): Json<Roles>) -> Result<StatusCode, Refusal> {
    let mut store = emulator.database.write();
    let view = store.latest();
    let found = users::named(view, &wanted.user_principal_name);
    let (key, _) = found.ok_or_else(|| refuse(format!("there is no user {}", wanted.user_principal_name)))?;
    let mut changes: Vec<Change> = view
        .with(roles::ASSIGNMENTS, "principalId", &key)
        .unwrap_or_default()
        .into_iter()
        .map(|assignment| Change::Remove { table: roles::ASSIGNMENTS, key: assignment })
        .collect();
    for name in &wanted.roles {
        let role = role_id(name).ok_or_else(|| refuse(format!("there is no role {name} of the directory")))?;
        changes.push(role_assignment(&key, role));
    }
    store.commit_settled(changes).map_err(|error| refuse(error.to_string()))?;
    Ok(StatusCode::NO_CONTENT)
}
