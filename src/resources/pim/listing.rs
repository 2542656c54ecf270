//! Grants and policies that exist at a group or scope, for list resources.
//!
//! Justification and ticket are in the requests and not in the schedules. So all requests are listed too, instead of one being read for each grant.

use std::collections::{BTreeMap, HashMap};

use framework::{Context, Resource, Result, Results};

use super::grant::managed::{GrantTarget, ManagedGrant, grant, resolve, set_grant};
use super::policy::managed::ManagedPolicy;
use crate::client::diagnose::could_not;
use crate::pim::decision::is_to_come;
use crate::pim::grant_key::{GrantKey, Record};
use crate::pim::{GrantKind, GrantScope, Layer, PolicyKey, RequestState, Row, Settings};
use crate::services::Services;

/// Lists the grants of a group or scope that are in force or will be: those that were given by an administrator at this very scope, to the principal itself.
pub(crate) async fn list_grants<G>(
    kind: GrantKind,
    area: &GrantScope,
    keep: impl Fn(&Row) -> bool,
    results: &mut Results<G>,
    cx: &mut Context<Services>,
) -> Result
where
    G: ManagedGrant + Resource<Api = Services>,
{
    let what = || {
        could_not(format!("list {} of {area}", if kind == GrantKind::Eligibility { "the eligibilities" } else { "the active assignments" }))
    };
    let schedules = cx.api.pim().all_granted(kind, Layer::Schedules, area).await.map_err(what())?;
    let instances = cx.api.pim().all_granted(kind, Layer::Instances, area).await.map_err(what())?;
    let records = if results.include_resource() { records(kind, area, cx).await? } else { HashMap::new() };
    let now = cx.api.client().now().map_err(what())?;
    let is_granted = |row: &&Row| row.direct && !row.activated && (row.status.is_empty() || !RequestState::of(&row.status).has_ended());
    let names = |row: &Row| (row.principal, row.subject.clone());
    let in_force = |row: &Row| instances.iter().any(|other| names(other) == names(row) && other.direct && !other.activated);
    // The latest of several schedules of one grant is the one that counts.
    let mut granted: BTreeMap<_, &Row> = BTreeMap::new();
    for row in schedules.iter().filter(is_granted).filter(|row| keep(row)) {
        let is_later = granted.get(&names(row)).is_none_or(|other| other.start < row.start);
        if is_later {
            granted.insert(names(row), row);
        }
    }
    for row in granted.into_values() {
        let has_begun = row.start.is_none_or(|start| !is_to_come(start, now));
        // What has begun and has no instance was removed.
        if row.end.is_some_and(|end| end <= now) || (has_begun && !in_force(row)) {
            continue;
        }
        let id = match area {
            GrantScope::Group(group) => format!("{group}/{}/{}", row.subject, row.principal),
            GrantScope::Scope(scope) => format!("{scope}|{}|{}", row.subject, row.principal),
        };
        let mut managed = G::import_grant(&id)?;
        resolve(&mut managed, cx).await?;
        let key: GrantKey = managed.parts().0.key(kind)?;
        let mut found = grant(&managed);
        let request = row.request.as_deref().unwrap_or(&row.id);
        let record = records.get(request.rsplit(['/', '_']).next().unwrap_or_default());
        found.apply_schedule(&key, row, record, true, now);
        set_grant(&mut managed, found);
        if results.push(capitalized(&managed.describe()), managed).await.is_break() {
            break;
        }
    }
    Ok(())
}

/// The requests by their names. Who may not list them does without: the service forgets them after some weeks anyway.
async fn records(kind: GrantKind, area: &GrantScope, cx: &Context<Services>) -> Result<HashMap<String, Record>> {
    match cx.api.client().list::<Record>(GrantKey::listing(kind, area)).await {
        Ok(records) => Ok(records.into_iter().map(|record| (record.id.clone(), record)).collect()),
        Err(error) if error.is_forbidden() => Ok(HashMap::new()),
        Err(error) => Err(could_not(format!("list the requests about grants of {area}"))(error)),
    }
}

/// Lists the policies of a group, or of a scope: those of one role, or of every role that has one.
pub(crate) async fn list_policies<R>(area: &GrantScope, role: Option<&str>, results: &mut Results<R>, cx: &mut Context<Services>) -> Result
where
    R: ManagedPolicy + Resource<Api = Services>,
{
    let what = || could_not(format!("list the policies of {area}"));
    let mut policies = cx.api.pim().policies_now(area, role).await.map_err(what())?;
    policies.sort_by(|one, other| one.subject.cmp(&other.subject));
    for policy in policies {
        let key = PolicyKey { area: area.clone(), subject: policy.subject.clone() };
        let mut managed = R::import(&key.id())?;
        managed.resolve(cx).await?;
        let key = managed.policy_key()?;
        let settings = if policy.has_rules() || !results.include_resource() {
            Settings::read(&policy.rules, key.dialect())
        } else {
            match key.read(&Settings::defaults(), cx).await? {
                Some(settings) => settings,
                None => continue,
            }
        };
        managed.set(key.id(), settings);
        if results.push(capitalized(&managed.describe()), managed).await.is_break() {
            break;
        }
    }
    Ok(())
}

/// The first letter in upper case.
fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
