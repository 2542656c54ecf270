//! `GET /`: the tenant as a page, for a person who wants to see what their configuration has made of it.

mod html;

use std::sync::Arc;

use axum::{extract::State, http::header, response::IntoResponse};
use serde_json::Value;

use self::html::{Page, Section};
use crate::{
    arm,
    directory::{
        links::{MEMBERS, OWNERS},
        objects,
    },
    emulator::Emulator,
    store::{Row, View},
    tenant::ids,
};

/// The most rows that a part of the page shows.
const MAX_ROWS: usize = 200;

/// The page. It is neither counted nor recorded, and needs no token, as the control API.
pub async fn show(State(emulator): State<Arc<Emulator>>) -> impl IntoResponse {
    let text = tokio::task::spawn_blocking(move || page(&emulator)).await.unwrap_or_default();
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")], text)
}

fn page(emulator: &Emulator) -> String {
    let store = emulator.database.read();
    let view = store.latest();
    let mut page = Page::new(ids::ORGANIZATION);
    page.line(&format!("Tenant {}, subscription {}", ids::TENANT_ID, ids::SUBSCRIPTION_ID));
    page.line(&format!("Its time is {}", crate::clock::seconds(emulator.database.now())));
    page.add(users(view));
    page.add(groups(view));
    page.add(assignments(view));
    page.add(clusters(view));
    page.add(policies(view));
    page.add(requests(emulator));
    page.finish()
}

fn users(view: View<'_>) -> Section {
    let mut section = Section::new("Users", &["Name", "User principal name", "Enabled"]);
    let mut rows = view.rows("users", None);
    for (_, row) in rows.by_ref().take(MAX_ROWS) {
        let enabled = if row.get("accountEnabled") == Some(&Value::Bool(false)) { "no" } else { "yes" };
        section.row([text(&row, "displayName"), text(&row, "userPrincipalName"), enabled]);
    }
    section.truncated(rows.count());
    section
}

fn groups(view: View<'_>) -> Section {
    let mut section = Section::new("Groups", &["Name", "Members", "Owners", "Eligible"]);
    let mut rows = view.rows("groups", None);
    for (key, row) in rows.by_ref().take(MAX_ROWS) {
        let linked = |relation| names(view, view.links(relation, &key, None).iter().map(AsRef::as_ref));
        let eligible = view.with("pimEligibilityScheduleInstances", "groupId", &key).unwrap_or_default();
        let eligible: Vec<Row> = eligible.iter().filter_map(|key| view.get("pimEligibilityScheduleInstances", key)).collect();
        let eligible = names(view, eligible.iter().map(|row| text(row, "principalId")));
        section.row([text(&row, "displayName"), &linked(MEMBERS), &linked(OWNERS), &eligible]);
    }
    section.truncated(rows.count());
    section
}

/// Names, of whom there may be many.
fn names<'a>(view: View<'_>, ids: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<String> = ids.map(|id| name(view, id)).collect();
    let shown: Vec<&str> = all.iter().take(10).map(String::as_str).collect();
    let more = all.len() - shown.len();
    let end = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{}{end}", shown.join(", "))
}

fn name(view: View<'_>, id: &str) -> String {
    objects::find(view, id).map_or_else(|| id.to_owned(), |found| text(&found.row, "displayName").to_owned())
}

fn assignments(view: View<'_>) -> Section {
    let mut section = Section::new("Role assignments", &["Scope", "Role", "Principal"]);
    let mut all = arm::role_assignments(view);
    all.sort();
    for (scope, role, principal) in all.iter().take(MAX_ROWS) {
        section.row([scope, role, &name(view, principal)]);
    }
    section.truncated(all.len().saturating_sub(MAX_ROWS));
    section
}

fn clusters(view: View<'_>) -> Section {
    let mut section = Section::new("Clusters", &["Name", "Resource group", "Azure RBAC", "Admin groups", "Local accounts"]);
    for (_, row) in view.rows(arm::records::clusters::TABLE, None).take(MAX_ROWS) {
        let inner = |pointer: &str| row.get("properties").and_then(|inner| inner.pointer(pointer));
        let flag = |pointer: &str| inner(pointer) == Some(&Value::Bool(true));
        let groups = inner("/aadProfile/adminGroupObjectIDs").and_then(Value::as_array);
        let groups = names(view, groups.into_iter().flatten().filter_map(Value::as_str));
        section.row([
            text(&row, "name"),
            text(&row, "id").split('/').nth(4).unwrap_or_default(),
            if flag("/aadProfile/enableAzureRBAC") { "yes" } else { "no" },
            &groups,
            if flag("/disableLocalAccounts") { "disabled" } else { "open" },
        ]);
    }
    section
}

fn policies(view: View<'_>) -> Section {
    let mut section = Section::new("Conditional access", &["Policy", "State"]);
    for (_, row) in view.rows("conditionalAccessPolicies", None).take(MAX_ROWS) {
        section.row([text(&row, "displayName"), text(&row, "state")]);
    }
    section
}

fn requests(emulator: &Emulator) -> Section {
    let mut section = Section::new("Last requests", &["Time", "Status", "Request", "Took"]);
    for one in emulator.latest.all() {
        section.row([
            crate::clock::seconds(one.at).as_str(),
            &one.status.to_string(),
            &format!("{} {}", one.method, one.path),
            &format!("{} ms", one.took.as_millis()),
        ]);
    }
    section
}

fn text<'r>(row: &'r Row, name: &str) -> &'r str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}
