//! Agent pools: parts of a cluster with addresses of their own.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    addressed, operations,
    shape::{self, invalid},
    writable,
};
use crate::{
    arm::{
        records::{clusters::TABLE, put as put_row},
        request::{
            context::{Context, Outcome},
            error::ArmError,
        },
    },
    http::Response,
    store::{Key, Row},
};

/// All pools of a cluster.
pub fn list(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let (_, row) = addressed(context)?;
    Ok(Outcome::list(pools(&row).iter().map(|pool| render(&row, pool)).collect()))
}

/// One pool.
pub fn get(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let (_, row) = addressed(context)?;
    let name = context.parameter("agentPoolName");
    let pool = pools(&row).iter().find(|pool| is(pool, name));
    Ok(Outcome::ok(render(&row, pool.ok_or_else(|| not_found(context))?)))
}

/// Creates or replaces a pool.
pub fn put(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let (key, old) = writable(context)?;
    let name = context.parameter("agentPoolName");
    let Some(Value::Object(mut pool)) = context.body()?.remove("properties") else { return Err(invalid("properties are missing")) };
    let mut all = pools(&old).to_vec();
    let at = all.iter().position(|pool| is(pool, name));
    let kept = at.and_then(|at| all.get(at)).and_then(|pool| pool.get("name")).cloned();
    pool.insert("name".into(), kept.unwrap_or_else(|| json!(name)));
    let property = |name: &str| old.get("properties").and_then(|inner| inner.get(name)).and_then(Value::as_str).unwrap_or_default();
    shape::fill_pool(&mut pool, property("kubernetesVersion"), property("currentKubernetesVersion"));
    let (status, state) = if at.is_some() { (StatusCode::OK, "Updating") } else { (StatusCode::CREATED, "Creating") };
    let pool = Value::Object(pool);
    match at.and_then(|at| all.get_mut(at)) {
        Some(place) => *place = pool.clone(),
        None => all.push(pool.clone()),
    }
    let mut body = render(&old, &pool);
    if let Some(inner) = body.get_mut("properties").and_then(Value::as_object_mut) {
        inner.insert("provisioningState".into(), json!(state));
    }
    changed(context, &key, &old, all, &format!("{name} - {state}"), Response::json(status, body))
}

/// Deletes a pool. The last one of mode `System` stays.
pub fn delete(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let name = context.parameter("agentPoolName");
    if !addressed(context).is_ok_and(|(_, row)| pools(&row).iter().any(|pool| is(pool, name))) {
        return Ok(Outcome::read(Response::empty(StatusCode::NO_CONTENT)));
    }
    let (key, old) = writable(context)?;
    let mut all = pools(&old).to_vec();
    all.retain(|pool| !is(pool, name));
    if !all.iter().any(|pool| pool.get("mode") == Some(&json!("System"))) {
        return Err(invalid("There has to be at least one system agent pool."));
    }
    changed(context, &key, &old, all, &format!("{name} - Deleting"), Response::empty(StatusCode::ACCEPTED))
}

fn changed(context: &Context<'_>, key: &Key, old: &Row, pools: Vec<Value>, what: &str, response: Response) -> Result<Outcome, ArmError> {
    let mut row: Map<String, Value> = old.as_ref().clone();
    if let Some(inner) = row.get_mut("properties").and_then(Value::as_object_mut) {
        inner.insert("agentPoolProfiles".into(), Value::Array(pools));
    }
    row.insert("eTag".into(), json!(uuid::Uuid::new_v4().to_string()));
    let operation = operations::start(context, &mut row, "Updating", what);
    Ok(operation.outcome(context, response, vec![put_row(TABLE, key.clone(), row)]))
}

fn pools(row: &Row) -> &[Value] {
    let pools = row.get("properties").and_then(|inner| inner.get("agentPoolProfiles")).and_then(Value::as_array);
    pools.map(Vec::as_slice).unwrap_or_default()
}

fn is(pool: &Value, name: &str) -> bool {
    pool.get("name").and_then(Value::as_str).is_some_and(|known| known.eq_ignore_ascii_case(name))
}

fn not_found(context: &Context<'_>) -> ArmError {
    let resource = format!(
        "Microsoft.ContainerService/managedClusters/{}/agentPools/{}",
        context.parameter("resourceName"),
        context.parameter("agentPoolName")
    );
    ArmError::no_resource(&resource, context.parameter("resourceGroupName"))
}

fn render(row: &Row, pool: &Value) -> Value {
    let mut inner = pool.clone();
    let name = inner.as_object_mut().and_then(|inner| inner.remove("name")).unwrap_or_default();
    let cluster = row.get("id").and_then(Value::as_str).unwrap_or_default();
    json!({
        "id": format!("{cluster}/agentPools/{}", name.as_str().unwrap_or_default()),
        "name": name,
        "type": "Microsoft.ContainerService/managedClusters/agentPools",
        "properties": inner,
    })
}
