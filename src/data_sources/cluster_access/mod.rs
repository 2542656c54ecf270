//! `aksaccess_cluster_access`: who can reach a cluster, with which role, by which path.

mod grants;
mod people;

use framework::{Context, DataSource, Diagnostic, Model, Result};

use crate::attributes::placement;
use crate::client::diagnose::could_not;
use crate::services::Services;

use people::People;

/// Tells who can reach an AKS cluster or one of its namespaces: every user and every other principal, with the role that lets them, where it was given, and
/// through which groups they have it, now or by an activation.
///
/// Looked at are role assignments at the cluster, above it and, unless a namespace is named, inside of it; eligibilities for roles; the members of the groups that
/// have them, however deep; who is eligible to become a member of such a group; and the groups that administer the cluster. Conditions on assignments are reported and
/// not evaluated; deny assignments are not looked at, nor what Kubernetes itself binds.
///
/// The members of every group on the way are read, one request for each group and each thousand members. Where something may not be read, a warning says so.
#[derive(Clone, Debug, Model)]
pub struct ClusterAccess {
    /// Resource ID of the cluster.
    #[attr(semantic_equality(placement::same_scope), check(placement::is_cluster()))]
    cluster_id: String,
    /// Kubernetes namespace, if only who can reach that one is meant.
    #[attr(check(placement::is_namespace()))]
    namespace: Option<String>,
    /// Whether Azure roles count inside of the cluster. Where they do not, none of them reaches `kubernetes`.
    #[attr(output)]
    azure_rbac_enabled: Option<bool>,
    /// Whether local accounts are disabled. If not, every caller that can fetch the local administrator's credential has full access.
    #[attr(output)]
    local_accounts_disabled: Option<bool>,
    /// Who can reach it, in the order of names: one entry for each role that is given to a principal itself, and one for each membership by which a principal has it. Of
    /// several ways to the same group one is shown: one without an activation if there is one, else the shortest.
    #[attr(output)]
    access: Option<Vec<Access>>,
    /// What could not be read because the service refused it, one sentence each, so that `access` may be incomplete; a warning says the same. Empty if everything was
    /// read. What could not be read for another reason is an error.
    #[attr(output)]
    unseen: Option<Vec<String>>,
}

/// One way in which a principal can reach a cluster.
#[derive(Clone, Debug, Model)]
pub struct Access {
    /// Object ID of the user, service principal or device; of a group only if its members cannot be read.
    #[attr(output)]
    pub(super) principal_id: Option<String>,
    /// What it is, such as `User`; null if there is no such object any more.
    #[attr(output)]
    pub(super) principal_type: Option<String>,
    /// User principal name of a user, else the display name.
    #[attr(output)]
    pub(super) principal_name: Option<String>,
    /// What is reached: `kubernetes` (what is inside, by an Azure role), `credentials` (the kubeconfig of users, which alone lets nobody do anything inside),
    /// `local_admin` (the credential of the local administrator) and `admin_group` (everything inside, as a member of a group that administers the cluster).
    #[attr(output)]
    pub(super) reaches: Option<Vec<String>>,
    /// Name of the role.
    #[attr(output)]
    pub(super) role_name: Option<String>,
    /// ID of its definition.
    #[attr(output)]
    pub(super) role_definition_id: Option<String>,
    /// Where the role was given.
    #[attr(output)]
    pub(super) scope: Option<String>,
    /// The condition under which the role was given, if there is one.
    #[attr(output)]
    pub(super) condition: Option<String>,
    /// Object IDs of the groups by which it comes, from the one that has the role to the one that the principal is a member of; empty if it was given directly.
    #[attr(output)]
    pub(super) group_ids: Option<Vec<String>>,
    /// Whether an activation is needed on the way, of the role or of a membership.
    #[attr(output)]
    pub(super) eligible: Option<bool>,
}

impl DataSource for ClusterAccess {
    type Api = Services;
    const NAME: &'static str = "cluster_access";
    const SUBCATEGORY: &'static str = "Azure roles";

    async fn read(&mut self, cx: &mut Context<Services>) -> Result {
        let cluster_id = placement::parsed("cluster_id", &self.cluster_id)?;
        let place = match &self.namespace {
            Some(namespace) => cluster_id.child("namespaces", namespace).map_err(|why| Diagnostic::error("This is no namespace", why))?,
            None => cluster_id.clone(),
        };
        let cluster = cx.api.arm().cluster(&cluster_id).await.map_err(could_not(format!("read the cluster {cluster_id}")))?;
        self.azure_rbac_enabled = Some(cluster.uses_azure_rbac());
        self.local_accounts_disabled = Some(!cluster.has_local_accounts());
        let (grants, unseen) = grants::of(&place, &cluster_id, &cluster, &cx.api).await?;
        let mut people = People::default();
        let mut access = Vec::new();
        for grant in &grants {
            for person in people.people_of(grant, &cx.api).await? {
                access.push(Access {
                    principal_id: Some(person.id),
                    principal_type: person.kind,
                    principal_name: person.name,
                    reaches: Some(grant.reaches.iter().map(|what| (*what).to_owned()).collect()),
                    role_name: grant.role_name.clone(),
                    role_definition_id: grant.role_definition_id.clone(),
                    scope: Some(grant.scope.clone()),
                    condition: grant.condition.clone(),
                    group_ids: Some(person.path),
                    eligible: Some(person.eligible),
                });
            }
        }
        people.fill_in_names(&mut access, &cx.api).await?;
        access.sort_by_key(order);
        self.access = Some(access);
        let unseen: Vec<String> = unseen.into_iter().chain(people.unseen()).collect();
        for what in &unseen {
            cx.warn(Diagnostic::warning("Not everybody who can reach the cluster can be seen", what.clone()));
        }
        self.unseen = Some(unseen);
        Ok(())
    }
}

/// Sorts by name, and then by everything else that distinguishes entries.
fn order(access: &Access) -> impl Ord + use<> {
    let name = access.principal_name.as_ref().map(|name| name.to_lowercase());
    let rest = [access.principal_id.clone(), access.role_name.clone(), access.scope.clone()];
    (name, rest, access.group_ids.clone(), access.eligible)
}
