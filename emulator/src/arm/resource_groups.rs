//! Resource groups.

use axum::http::{Method, StatusCode, header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{
    clusters, pim,
    records::{
        assignments, put,
        resource_groups::{TABLE, find, id, resource},
        scope::Scope,
        subscriptions,
    },
    request::{
        authorization,
        context::{Context, Outcome},
        error::ArmError,
        filter::{self, Term},
        route::{OPEN_ENDED_VERSION, Route, operation},
    },
};
use crate::{
    http::Response,
    store::{Change, Key, Row},
};

const READ: &str = "Microsoft.Resources/subscriptions/resourceGroups/read";
const WRITE: &str = "Microsoft.Resources/subscriptions/resourceGroups/write";
const DELETE: &str = "Microsoft.Resources/subscriptions/resourceGroups/delete";

/// The routes of this module.
pub static ROUTES: &[Route] = &[
    Route {
        path: "/subscriptions/{subscriptionId}/resourcegroups",
        since: "2016-06-01",
        until: OPEN_ENDED_VERSION,
        operations: &[operation(Method::GET, "", list)],
    },
    Route {
        path: "/subscriptions/{subscriptionId}/resourcegroups/{resourceGroupName}",
        since: "2016-06-01",
        until: OPEN_ENDED_VERSION,
        operations: &[
            operation(Method::GET, READ, get),
            operation(Method::HEAD, READ, exists_here),
            operation(Method::PUT, WRITE, create),
            operation(Method::PATCH, WRITE, update),
            operation(Method::DELETE, DELETE, delete),
        ],
    },
    Route {
        path: "/subscriptions/{subscriptionId}/operationresults/{operationId}",
        since: "2016-06-01",
        until: OPEN_ENDED_VERSION,
        operations: &[operation(Method::GET, "", |_| Ok(Outcome::read(Response::empty(StatusCode::OK))))],
    },
];

fn list(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let subscription = Scope::new(context.parameter("scope"));
    let wanted = Wanted::of(context)?;
    let rows = context.view.rows(TABLE, None).filter(|(_, row)| wanted.holds(row)).filter(|(key, _)| {
        let scope = Scope::new(key);
        subscription.covers(&scope) && authorization::allowed(context.view, &context.caller.object_id, READ, &scope)
    });
    let rows = rows.take(wanted.top);
    Ok(Outcome::list(rows.map(|(_, row)| Value::Object(row.as_ref().clone())).collect()))
}

/// The query options of a list (learn.microsoft.com/rest/api/resources/resource-groups/list): a tag by name and value, and how many groups.
struct Wanted {
    tag_name: Option<String>,
    tag_value: Option<String>,
    top: usize,
}

impl Wanted {
    fn of(context: &Context<'_>) -> Result<Self, ArmError> {
        let mut out = Self { tag_name: None, tag_value: None, top: usize::MAX };
        if let Some(filter) = context.request.option("$filter") {
            for term in filter::parse(&filter)? {
                match term {
                    Term::Equals(property, value) if property == "tagname" => out.tag_name = Some(value),
                    Term::Equals(property, value) if property == "tagvalue" => out.tag_value = Some(value),
                    _ => return Err(filter::unsupported(&filter)),
                }
            }
            // A value alone names no tag.
            if out.tag_name.is_none() {
                return Err(filter::unsupported(&filter));
            }
        }
        if let Some(top) = context.request.option("$top") {
            let top = top.parse().ok().filter(|top| (1..=1000).contains(top));
            // Unverified: code, text and the largest number.
            out.top = top.ok_or_else(|| ArmError::bad_request("InvalidTopQueryParameter", "The value of $top must be from 1 to 1000."))?;
        }
        Ok(out)
    }

    /// Names of tags are compared without regard to case, their values with it.
    fn holds(&self, row: &Row) -> bool {
        let Some(name) = &self.tag_name else { return true };
        let tags = row.get("tags").and_then(Value::as_object);
        let mut values = tags.into_iter().flatten().filter(|(tag, _)| tag.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str());
        values.any(|value| self.tag_value.is_none() || value == self.tag_value.as_deref())
    }
}

fn addressed(context: &Context<'_>) -> Result<(Key, Row), ArmError> {
    let name = context.parameter("resourceGroupName");
    find(context.view, context.parameter("subscriptionId"), name).ok_or_else(|| ArmError::no_resource_group(name))
}

fn get(context: &Context<'_>) -> Result<Outcome, ArmError> {
    Ok(Outcome::ok(Value::Object(addressed(context)?.1.as_ref().clone())))
}

fn exists_here(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let found = addressed(context).is_ok();
    Ok(Outcome::read(Response::empty(if found { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND })))
}

fn create(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let (subscription, name) = (context.parameter("subscriptionId"), context.parameter("resourceGroupName"));
    let body = context.body()?;
    let location = body.get("location").and_then(Value::as_str).unwrap_or_default();
    if location.is_empty() {
        return Err(ArmError::bad_request("LocationRequired", "The location property is required for this definition."));
    }
    if !subscriptions::is_location(location) {
        return Err(ArmError::bad_request(
            "LocationNotAvailableForResourceGroup",
            format!("The provided location '{location}' is not available for resource group."),
        ));
    }
    let location = subscriptions::location(location);
    let old = find(context.view, subscription, name);
    if let Some((_, old)) = &old
        && old.get("location").and_then(Value::as_str) != Some(&location)
    {
        return Err(ArmError::new(
            StatusCode::CONFLICT,
            "InvalidResourceGroupLocation",
            format!(
                "Invalid resource group location '{location}'. The Resource group already exists in location '{}'.",
                old.get("location").and_then(Value::as_str).unwrap_or_default()
            ),
        ));
    }
    let id = id(subscription, name);
    let mut row = match &old {
        Some((_, row)) => row.as_ref().clone(),
        None => resource(&id, name, &location, None).as_ref().clone(),
    };
    for property in ["tags", "managedBy"] {
        match body.get(property) {
            Some(Value::Null) | None => row.remove(property),
            Some(value) => row.insert(property.into(), value.clone()),
        };
    }
    let status = if old.is_some() { StatusCode::OK } else { StatusCode::CREATED };
    Ok(Outcome::written(status, Value::Object(row.clone()), vec![put(TABLE, id.to_lowercase(), row)]))
}

fn update(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let (key, row) = addressed(context)?;
    let mut row = row.as_ref().clone();
    if let Some(tags) = context.body()?.get("tags") {
        row.insert("tags".into(), tags.clone());
    }
    Ok(Outcome::written(StatusCode::OK, Value::Object(row.clone()), vec![put(TABLE, key, row)]))
}

/// Deletes a group with everything in it. The answer leads to the result of the operation, which is done at once here.
fn delete(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let (key, _) = addressed(context)?;
    let mut changes = clusters::without_group(context.view, &Scope::new(&key));
    changes.extend(assignments::without_scope(context.view, &Scope::new(&key)));
    changes.extend(pim::without_scope(context.view, &Scope::new(&key)));
    changes.push(Change::Remove { table: TABLE, key });
    // As opaque as the service's: encoded JSON.
    let operation = URL_SAFE_NO_PAD.encode(json!({"jobId": uuid::Uuid::new_v4().to_string()}).to_string());
    let location = format!(
        "https://{}/subscriptions/{}/operationresults/{operation}?api-version={}",
        context.request.host,
        context.parameter("subscriptionId"),
        context.version
    );
    let response = Response::empty(StatusCode::ACCEPTED).with_header(header::LOCATION, &location).with_header(header::RETRY_AFTER, "15");
    Ok(Outcome { response, changes })
}
