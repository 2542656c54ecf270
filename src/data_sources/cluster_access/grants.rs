//! What principals were given that reaches a cluster: role assignments, eligibilities for roles, and the groups that administer it.

use framework::Result;
use serde::Deserialize;

use crate::arm::{Cluster, Definition, NoRole, Scope, roles};
use crate::azure::Request;
use crate::client::diagnose::could_not;
use crate::services::Services;

/// The version of the API of eligibilities.
const ELIGIBILITIES: &str = "2020-10-01";

const LOCAL_ADMIN: &str = "Microsoft.ContainerService/managedClusters/listClusterAdminCredential/action";
const CREDENTIALS: &str = "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action";

/// Something that a principal was given.
#[derive(Debug)]
pub(super) struct Grant {
    pub(super) principal: String,
    pub(super) kind: Option<String>,
    pub(super) role_name: Option<String>,
    pub(super) role_definition_id: Option<String>,
    pub(super) scope: String,
    pub(super) reaches: Vec<&'static str>,
    pub(super) condition: Option<String>,
    pub(super) eligible: bool,
}

/// A role assignment or an eligibility, as far as they are alike.
#[derive(Deserialize)]
struct ScheduleInstanceResponse {
    properties: Properties,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    scope: Option<String>,
    role_definition_id: String,
    principal_id: String,
    principal_type: Option<String>,
    condition: Option<String>,
}

/// Everything that was given and reaches the place, a cluster or what is in it; and what could not be seen.
pub(super) async fn of(place: &Scope, cluster_id: &Scope, cluster: &Cluster, api: &Services) -> Result<(Vec<Grant>, Vec<String>)> {
    let (mut grants, mut unseen) = (Vec::new(), Vec::new());
    let assigned = if place == cluster_id { api.arm().assignments_in(place).await } else { api.arm().assignments_at(place).await };
    let assigned = assigned.map_err(could_not(format!("list the role assignments at {place}")))?;
    let mut given: Vec<(Properties, bool)> = Vec::new();
    for assignment in assigned {
        let properties = assignment.properties;
        let properties = Properties {
            scope: properties.scope,
            role_definition_id: properties.role_definition_id,
            principal_id: properties.principal_id,
            principal_type: properties.principal_type,
            condition: properties.condition,
        };
        given.push((properties, false));
    }
    let eligible = Request::get("/{scope}/providers/Microsoft.Authorization/roleEligibilityScheduleInstances")
        .arm(ELIGIBILITIES)
        .with_path("scope", &place.to_string())
        .query("$filter", "atScope()");
    match api.client().list::<ScheduleInstanceResponse>(eligible).await {
        Ok(eligible) => given.extend(eligible.into_iter().map(|answered| (answered.properties, true))),
        Err(error) if error.is_unlicensed() => {}
        Err(error) if error.is_denied() || error.is_rejected() || error.is_not_found() => {
            unseen.push(format!("Who is eligible for a role at {place} may not be read: {error}"))
        }
        Err(error) => return Err(could_not(format!("list who is eligible for a role at {place}"))(error)),
    }
    for (properties, eligible) in given {
        let scope = properties.scope.as_deref().and_then(|scope| Scope::parse(scope).ok());
        let Some(scope) = scope else {
            unseen.push(format!(
                "A role of {} is given at a scope that cannot be read: {:?}.",
                properties.principal_id,
                properties.scope.unwrap_or_default()
            ));
            continue;
        };
        let definition = match api.arm().definition(place, &properties.role_definition_id).await {
            Ok(definition) => definition,
            Err(NoRole::Error(error)) if !(error.is_denied() || error.is_rejected() || error.is_not_found()) => {
                return Err(could_not("read the definition of a role")(error));
            }
            Err(why) => {
                let what = format!("What the role {} may do is not known", properties.role_definition_id);
                // Once for each role, however many have it.
                if !unseen.iter().any(|known| known.starts_with(&what)) {
                    unseen.push(match why {
                        NoRole::Error(error) => format!("{what}: {error}"),
                        _ => format!("{what}: there is no such role."),
                    });
                }
                continue;
            }
        };
        let grant = Grant {
            reaches: reaches(&definition, &scope, cluster_id, cluster),
            role_name: Some(definition.properties.role_name.clone()),
            role_definition_id: Some(role_definition_id(&properties.role_definition_id)),
            principal: properties.principal_id,
            kind: properties.principal_type,
            scope: scope.to_string(),
            condition: properties.condition,
            eligible,
        };
        if !grant.reaches.is_empty() {
            grants.push(grant);
        }
    }
    let profile = cluster.properties.aad_profile.as_ref();
    for group in profile.and_then(|profile| profile.admin_group_object_ids.clone()).unwrap_or_default() {
        grants.push(Grant {
            principal: group,
            kind: Some("Group".to_owned()),
            role_name: None,
            role_definition_id: None,
            scope: cluster_id.to_string(),
            reaches: vec!["admin_group"],
            condition: None,
            eligible: false,
        });
    }
    unseen.dedup();
    Ok((grants, unseen))
}

/// What a role that was given at a scope reaches of a cluster.
fn reaches(definition: &Definition, scope: &Scope, cluster_id: &Scope, cluster: &Cluster) -> Vec<&'static str> {
    // What was given inside of the cluster is not the cluster's.
    let whole = scope.covers(cluster_id) || scope.cluster().is_none();
    [
        ("kubernetes", cluster.uses_azure_rbac() && definition.reaches_into_clusters()),
        ("credentials", whole && definition.allows(CREDENTIALS)),
        ("local_admin", whole && cluster.has_local_accounts() && definition.allows(LOCAL_ADMIN)),
    ]
    .into_iter()
    .filter_map(|(what, reaches)| reaches.then_some(what))
    .collect()
}

/// The id of a role definition: a built-in role's without a subscription.
fn role_definition_id(id: &str) -> String {
    match roles::named(id) {
        roles::Named::BuiltIn(role) => role.id(),
        _ => id.to_owned(),
    }
}
