//! `POST /emulator/tenants`: other tenants, which requests to Azure Resource Manager can refer to.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;

use super::{Refusal, refuse};
use crate::{emulator::Emulator, tenant::ids};

/// Another tenant.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherTenant {
    tenant_id: String,
    /// Its subscriptions.
    #[serde(default)]
    subscription_ids: Vec<String>,
}

/// Makes it known.
pub async fn add(State(emulator): State<Arc<Emulator>>, Json(other): Json<OtherTenant>) -> Result<StatusCode, Refusal> {
    if ids::is_this(&other.tenant_id) || uuid::Uuid::try_parse(&other.tenant_id).is_err() {
        return Err(refuse(format!("{} is no id of another tenant", other.tenant_id)));
    }
    emulator.identity.other_tenants.add(&other.tenant_id, &other.subscription_ids);
    Ok(StatusCode::NO_CONTENT)
}
