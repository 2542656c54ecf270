//! `aksaccess_cluster_aad_profile`: the integration of an existing cluster with Microsoft Entra ID.
//!
//! The profile is a part of the cluster, which can only be written whole, and the service never removes it
//! (docs/services/resource-manager.md#managed-clusters). So creating it changes a cluster, and destroying it restores the prior profile, if there was one.

mod json;

use std::sync::{Mutex, PoisonError};

use framework::{Change, Context, Diagnostic, Diagnostics, Existence, Model, Resource, Result, Timeouts, View};

use crate::arm::{Cluster, Scope};
use crate::attributes::placement;
use crate::azure::Error;
use crate::client::diagnose::could_not;
use crate::client::removal::Outcome;
use crate::client::removal::{self, Removals};
use crate::resources::listed::Listed;
use crate::resources::membership;
use crate::services::Services;

/// What is remembered beside the state: the profile as it was before the first change.
const BEFORE: &str = "before";

/// Manages how an AKS cluster is entered: its integration with Microsoft Entra ID, the groups that administer it, whether Azure roles count inside of it, and
/// whether there is a local administrator. The cluster itself must exist, and nothing else of it is ever changed.
///
/// What is not given is left as it is. The cluster is read, changed and written back whole, as AKS wants it; a concurrent change is noticed
/// and never overwritten, and an operation that is under way is waited for.
///
/// The integration cannot be taken away once it is there. Destroying this resource puts back the profile that the cluster had before, if it had one; else
/// everything stays as it is, with a warning.
///
/// A cluster that azurerm's `azurerm_kubernetes_cluster` manages has the same settings there. Leave them to this resource with
///
/// ```terraform
/// lifecycle {
///   ignore_changes = [azure_active_directory_role_based_access_control, local_account_disabled]
/// }
/// ```
#[derive(Clone, Debug, Model)]
pub struct ClusterAadProfile {
    /// Resource ID of the cluster, as the service writes it.
    #[attr(use_state_for_unknown)]
    pub id: String,
    /// Resource ID of the cluster.
    #[attr(identity, replace, semantic_equality(placement::same_scope), check(placement::is_cluster()))]
    pub cluster_id: String,
    /// Object IDs of the groups whose members administer the cluster. Omitted: not managed. Set: these and no others.
    #[attr(computed, use_state_for_unknown, unordered, case_insensitive, check(uuid()))]
    pub admin_group_ids: Option<Vec<String>>,
    /// Tenant whose users can sign in to the cluster. Omitted: not managed; the tenant of the subscription where there is none yet.
    #[attr(computed, use_state_for_unknown, case_insensitive, check(uuid()))]
    pub tenant_id: Option<String>,
    /// Whether Azure roles decide what users may do inside of the cluster. Omitted: not managed.
    #[attr(computed, use_state_for_unknown)]
    pub azure_rbac_enabled: Option<bool>,
    /// Whether local accounts are disabled. The local administrator bypasses Microsoft Entra ID. Omitted: not managed. Existing certificates stay valid until
    /// they are rotated.
    #[attr(computed, use_state_for_unknown)]
    pub local_accounts_disabled: Option<bool>,
}

impl Listed for ClusterAadProfile {
    type Answer = Cluster;

    fn from_listing(answer: Cluster) -> Option<(String, Self)> {
        answer.properties.aad_profile.as_ref()?;
        let mut profile = ClusterAadProfile::import(&answer.id).ok()?;
        profile.update_from_response(&answer);
        Some((answer.name, profile))
    }
}

impl Resource for ClusterAadProfile {
    type Api = Services;
    const NAME: &'static str = "cluster_aad_profile";
    const SUBCATEGORY: &'static str = "Azure resources";
    /// Operations on clusters take minutes, and wait for those of others.
    const TIMEOUTS: Timeouts = Timeouts::minutes(60);

    fn id(&self) -> &str {
        &self.id
    }

    fn describe(&self) -> String {
        format!("the Microsoft Entra profile of the cluster {}", self.cluster_id)
    }

    fn planned_id(planned: View<'_>) -> Option<String> {
        Scope::parse(&planned.get::<String>("cluster_id")?).ok().map(|scope| scope.to_string())
    }

    async fn create(&mut self, cx: &mut Context<Services>) -> Result {
        let scope = self.scope()?;
        let before = Mutex::new(None);
        let changed = cx
            .api
            .arm()
            .change_cluster(&scope, |properties| {
                before.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| json::recorded(properties));
                self.apply(properties);
            })
            .await;
        if let Some(before) = before.into_inner().unwrap_or_else(PoisonError::into_inner) {
            cx.remember(BEFORE, before);
        }
        if let Err(error) = changed {
            // State keeps what may have been changed, so that a destroy restores it.
            if error.is_operation_failed() || error.is_ambiguous() || error.is_ended() {
                self.id = scope.to_string();
            }
            return Err(could_not(format!("change {}", self.describe()))(error));
        }
        // It is changed: whatever comes now, it is in state.
        self.id = scope.to_string();
        let cluster = cx.api.arm().cluster(&scope).await.map_err(could_not(format!("read {}", self.describe())))?;
        self.update_from_response(&cluster);
        Ok(())
    }

    async fn read(&mut self, cx: &mut Context<Services>) -> Result<Existence> {
        if self.cluster_id.is_empty() {
            self.cluster_id = self.id.clone();
        }
        match cx.api.arm().cluster(&self.scope()?).await {
            // Without an integration there is no profile.
            Ok(cluster) if cluster.properties.aad_profile.is_none() => Ok(Existence::Gone),
            Ok(cluster) => {
                self.update_from_response(&cluster);
                Ok(Existence::Found)
            }
            Err(error) if error.is_not_found() => Ok(Existence::Gone),
            Err(error) => Err(could_not(format!("read {}", self.describe()))(error)),
        }
    }

    async fn update(&mut self, _: &Self, cx: &mut Context<Services>) -> Result {
        let scope = self.scope()?;
        let changed = cx.api.arm().change_cluster(&scope, |properties| self.apply(properties)).await;
        changed.map_err(could_not(format!("change {}", self.describe())))
    }

    async fn delete(&mut self, cx: &mut Context<Services>) -> Result {
        let scope = self.scope()?;
        let before = cx.recall::<json::Recorded>(BEFORE).filter(json::Recorded::has_profile);
        let Some(before) = before else {
            cx.warn(Diagnostic::warning(
                "The cluster keeps its Microsoft Entra profile",
                format!(
                    "What {} was before Terraform managed it is not known, or it was without one, and the service does not take it away again. It stays as it is: {}.",
                    self.describe(),
                    self.settings_text()
                ),
            ));
            return Ok(());
        };
        let reset = cx.api.client().remove_one(&Reset { scope: &scope, before: &before, cx }, None).await;
        reset.map_err(could_not(format!("put back {}", self.describe())))?;
        Ok(())
    }

    fn import(id: &str) -> Result<Self> {
        let scope = Scope::parse(id.trim()).ok().filter(Scope::is_cluster).ok_or_else(|| {
            Diagnostic::error(
                format!("{id:?} is not the import id of the profile of a cluster"),
                "Give the resource ID of the cluster, as `az aks show --query id` shows it.",
            )
        })?;
        Ok(ClusterAadProfile { id: scope.to_string(), cluster_id: scope.to_string(), ..ClusterAadProfile::absent() })
    }

    fn import_by_identity(identified: Self) -> Result<Self> {
        Self::import(&identified.cluster_id)
    }

    fn validate(config: View<'_>, found: &mut Diagnostics) {
        let settings = ["admin_group_ids", "tenant_id", "azure_rbac_enabled", "local_accounts_disabled"];
        if !settings.iter().any(|name| config.is_set(name)) {
            found.warn(
                "cluster_id",
                "Nothing of the profile is managed",
                format!("None of {} is given: everything stays as it is.", settings.join(", ")),
            );
        }
    }

    async fn plan_check(change: Change<'_>, cx: &mut Context<Services>) -> Diagnostics {
        let mut found = Diagnostics::new();
        if cx.api.client().is_configured() && !change.in_apply {
            cluster_exists(change, cx, &mut found).await;
            groups_exist(change, cx, &mut found).await;
            check_access_remains(change, &mut found);
        }
        found
    }
}

/// In a change to another cluster, that one must exist: the profile of the old one is restored first.
async fn cluster_exists(change: Change<'_>, cx: &Context<Services>, found: &mut Diagnostics) {
    let planned = change.planned.get::<String>("cluster_id").and_then(|id| Scope::parse(&id).ok());
    let (Some(scope), Some(_), true) = (planned, change.prior, change.touches("cluster_id")) else { return };
    match cx.api.arm().cluster(&scope).await {
        Err(error) if error.is_not_found() => {
            let detail = format!(
                "Azure Resource Manager knows no cluster {scope}. Check the ID. If another resource creates the cluster, refer to that resource's `id`, so that this one \
                 waits for it."
            );
            found.add(Diagnostic::error("This cluster does not exist", detail).at_attribute("cluster_id").absent(scope.to_string()));
        }
        // A failed lookup is no reason to refuse: the apply reports the error.
        Err(error) => tracing::info!(%error, "the cluster is not checked"),
        Ok(_) => {}
    }
}

/// Restores a profile. Without the cluster there is nothing to restore.
struct Reset<'a> {
    scope: &'a Scope,
    before: &'a json::Recorded,
    cx: &'a Context<Services>,
}

impl Removals for Reset<'_> {
    async fn remove(&self, _: &[usize]) -> Vec<Result<Outcome, Error>> {
        let changed = self.cx.api.arm().change_cluster(self.scope, |properties| self.before.put_back(properties)).await;
        vec![changed.map(|()| Outcome::Applied)]
    }

    async fn exist(&self, _: &[usize]) -> Vec<Result<bool, Error>> {
        vec![removal::found(self.cx.api.arm().cluster_json(self.scope).await)]
    }
}

impl ClusterAadProfile {
    fn scope(&self) -> Result<Scope> {
        placement::parsed("cluster_id", &self.cluster_id)
    }

    /// Applies the profile that the service returned.
    fn update_from_response(&mut self, cluster: &Cluster) {
        let profile = cluster.properties.aad_profile.clone().unwrap_or_default();
        self.id = cluster.id.clone();
        self.admin_group_ids = Some(profile.admin_group_object_ids.unwrap_or_default());
        self.tenant_id = profile.tenant_id;
        self.azure_rbac_enabled = Some(profile.enable_azure_rbac.unwrap_or_default());
        self.local_accounts_disabled = Some(!cluster.has_local_accounts());
    }

    /// A short description for messages.
    fn settings_text(&self) -> String {
        let flag = |flag: Option<bool>, yes: &'static str, no: &'static str| if flag == Some(true) { yes } else { no };
        let groups = self.admin_group_ids.as_deref().unwrap_or_default().join(", ");
        format!(
            "administered by {}; {}; {}",
            if groups.is_empty() { "no group" } else { &groups },
            flag(self.azure_rbac_enabled, "Azure roles count inside of it", "Azure roles do not count inside of it"),
            flag(self.local_accounts_disabled, "without a local administrator", "with a local administrator")
        )
    }
}

/// Groups that are known already must exist. What only apply knows was made in the same run.
async fn groups_exist(change: Change<'_>, cx: &Context<Services>, found: &mut Diagnostics) {
    let named = membership::Named::list(change.planned, "admin_group_ids");
    if named.is_empty() || !change.touches("admin_group_ids") {
        return;
    }
    let ids = named.iter().map(|named| named.id).collect();
    let identities = match cx.api.directory().identities(&ids).await {
        Ok(identities) => identities,
        // Not being allowed to look is no reason to refuse: the service takes any id.
        Err(error) => return tracing::info!(%error, "the groups are not checked"),
    };
    for named in named {
        let identity = identities.get(&named.id).and_then(Option::as_deref);
        if !identity.is_some_and(crate::directory::Identity::is_group) {
            let detail = format!(
                "No group of the tenant has the object id {}, and AKS does not check it. Check for a mistyped id, or an object of another kind or tenant.",
                named.id
            );
            found.add(Diagnostic::error("This group does not exist", detail).at(named.at).absent(named.id));
        }
    }
}

/// Whether anybody is left who can administer the cluster.
fn check_access_remains(change: Change<'_>, found: &mut Diagnostics) {
    let flag = |name: &str| change.planned.get::<Option<bool>>(name).flatten();
    let no_group = change.planned.get::<Option<Vec<String>>>("admin_group_ids").flatten().is_some_and(|groups| groups.is_empty());
    if flag("local_accounts_disabled") == Some(true) && flag("azure_rbac_enabled") == Some(false) && no_group {
        found.add(
            Diagnostic::warning(
                "Nobody could administer the cluster",
                "There would be no local administrator, no group that administers it, and no Azure role that counts inside of it. Give `admin_group_ids` or \
                 `azure_rbac_enabled = true`.",
            )
            .at_attribute("local_accounts_disabled"),
        );
    }
}
