//! `aksaccess_group`: a group in Microsoft Entra ID.
//!
//! Several groups may have the same name and nickname (docs/services/graph.md#creating-groups), so a creation whose answer was lost is found by a generated
//! nickname.

mod checks;
mod create;
mod existing;
pub(crate) mod json;
pub(super) mod last_owner;
mod links;
mod managed;
mod names;

use framework::moved::{ForeignState, Source};
use framework::{Change, Context, Diagnostic, Diagnostics, Existence, Model, Resource, Result, Timeouts, View, WarningKind};

use crate::attributes::{enumerations, import_id};
use crate::azure::{Error, Request};
use crate::client::consistency;
use crate::client::diagnose::could_not;
use crate::client::removal;
use crate::resources::interrupted_creation::MAY_EXIST;
use crate::resources::listed::Listed;
use crate::resources::takeover::{azuread, by_id};
use crate::services::Services;

/// Other names of the kinds of group.
const KINDS_SYNONYMS: [(&str, &str); 4] =
    [("Microsoft365", "Unified"), ("Office365", "Unified"), ("M365", "Unified"), ("DynamicMembers", "DynamicMembership")];

/// Manages a group in Microsoft Entra ID: a security group or a Microsoft 365 group, with assigned or dynamic membership.
///
/// Nothing that can be changed in place replaces the group: a new name, a new nickname and another owner are updates. What the
/// service itself cannot change (`assignable_to_role`, Microsoft 365 or not, `behaviors`, `provisioning_options`) replaces it, and the
/// plan says so.
///
/// Attributes of azuread's `azuread_group` that are not here: `members` (memberships are objects of their own, so that nobody else's are
/// taken away), `auto_subscribe_new_members`, `external_senders_allowed`, `hide_from_address_lists` and `hide_from_outlook_clients` (the service refuses
/// them to applications), `onpremises_group_type` and `writeback_enabled` (beta only).
#[derive(Clone, Debug, Model)]
pub struct Group {
    /// Object ID of the group.
    #[attr(identity, use_state_for_unknown)]
    pub id: String,
    /// Name of the group.
    #[attr(check(length(1, 256)))]
    pub display_name: String,
    /// Description of the group.
    #[attr(check(length(1, 1024)))]
    pub description: Option<String>,
    /// Part of the mail address before the `@`; unique among Microsoft 365 groups. Made up when omitted.
    #[attr(computed, use_state_for_unknown, check(checks::nickname()))]
    pub mail_nickname: Option<String>,
    /// Whether the group has a mail address, as a Microsoft 365 group has and no other that can be made here.
    #[attr(default(false), replace)]
    pub mail_enabled: bool,
    /// Whether access to resources can be given to the group.
    #[attr(default(true))]
    pub security_enabled: bool,
    /// Kinds of group: `Unified` makes it a Microsoft 365 group. `DynamicMembership` may be listed, but follows from `dynamic_membership`.
    #[attr(computed, use_state_for_unknown, recompute_when(&["dynamic_membership"]), unordered, semantic_equality(checks::same_types), replace_when(checks::other_kind))]
    #[attr(check(one_of_with_synonyms(&["Unified", "DynamicMembership"], &KINDS_SYNONYMS)))]
    pub types: Option<Vec<String>>,
    /// The rule by which the service computes the members. Without it members are assigned. The members themselves are never read.
    #[attr(block)]
    pub dynamic_membership: Option<DynamicMembership>,
    /// Whether the group can be given Microsoft Entra roles. Such a group cannot be dynamic, and is always private.
    #[attr(default(false), replace)]
    pub assignable_to_role: bool,
    /// Object IDs of the owners. Omitted: not managed. Set: these and no others; new ones are added before old ones are removed.
    #[attr(computed, use_state_for_unknown, unordered, case_insensitive, check(uuid()), check(at_most(100)))]
    pub owners: Option<Vec<String>>,
    /// Who can see and join the group: `Private`, `Public` or, for a Microsoft 365 group and only from its creation on, `HiddenMembership`.
    #[attr(computed, use_state_for_unknown, case_insensitive, check(one_of(&["Private", "Public", "HiddenMembership"])), replace_when(checks::membership_hidden))]
    pub visibility: Option<String>,
    /// Object IDs of the administrative units that the group belongs to. Omitted: not managed. Set: these and no others.
    #[attr(computed, use_state_for_unknown, unordered, case_insensitive, check(uuid()))]
    pub administrative_unit_ids: Option<Vec<String>>,
    /// Whether to refuse a name that another group already has, at creation and when the group is renamed. Two groups that are created at the same time are not
    /// noticed.
    #[attr(default(false))]
    pub prevent_duplicate_names: bool,
    /// Whether to adopt the one group that has this name (and nickname, if given) instead of creating another. An adopted group is updated to match the
    /// configuration and is removed on destroy. A group that this configuration already manages is never adopted; to replace such a group, leave this out.
    #[attr(default(false))]
    pub adopt_existing: bool,
    /// Whether to restore the one deleted group that has this name (and nickname, if given) instead of creating another. Its members are restored with it.
    #[attr(default(false))]
    pub restore_deleted: bool,
    /// What destroying does: `delete` moves the group to the deleted items, from which it can be restored for 30 days; `purge` removes it from there, too.
    #[attr(default("delete"), check(enumerations::delete_or_purge()))]
    pub on_destroy: String,
    /// Colour theme of a Microsoft 365 group.
    #[attr(check(one_of(&["Blue", "Green", "Orange", "Pink", "Purple", "Red", "Teal"])))]
    pub theme: Option<String>,
    /// How a new Microsoft 365 group behaves, such as `HideGroupInOutlook` or `WelcomeEmailDisabled`.
    #[attr(computed, use_state_for_unknown, unordered, replace)]
    pub behaviors: Option<Vec<String>>,
    /// What is provisioned with a Microsoft 365 group, such as `Team`.
    #[attr(computed, use_state_for_unknown, unordered, replace)]
    pub provisioning_options: Option<Vec<String>>,
    /// Mail address of a Microsoft 365 group.
    #[attr(output, use_state_for_unknown)]
    pub mail: Option<String>,
    /// Every mail address under which the group is reached.
    #[attr(output, use_state_for_unknown)]
    pub proxy_addresses: Option<Vec<String>>,
    /// Language of a Microsoft 365 group, such as `en-US`.
    #[attr(output, use_state_for_unknown)]
    pub preferred_language: Option<String>,
    /// Security identifier (SID) of the group in the cloud.
    #[attr(output, use_state_for_unknown)]
    pub security_identifier: Option<String>,
    /// Whether the group comes from a directory on premises. Such a group is managed there.
    #[attr(output, use_state_for_unknown)]
    pub onpremises_sync_enabled: Option<bool>,
    /// Domain name of the group on premises.
    #[attr(output, use_state_for_unknown)]
    pub onpremises_domain_name: Option<String>,
    /// NetBIOS name of the group on premises.
    #[attr(output, use_state_for_unknown)]
    pub onpremises_netbios_name: Option<String>,
    /// SAM account name of the group on premises.
    #[attr(output, use_state_for_unknown)]
    pub onpremises_sam_account_name: Option<String>,
    /// Security identifier (SID) of the group on premises.
    #[attr(output, use_state_for_unknown)]
    pub onpremises_security_identifier: Option<String>,
}

/// How the members of a dynamic group are found.
#[derive(Clone, Debug, Model, PartialEq)]
pub struct DynamicMembership {
    /// Whether the rule is applied. `false` pauses it and leaves the members as they are.
    pub enabled: bool,
    /// The rule, such as `user.department -eq "Platform"`.
    #[attr(check(length(1, 3072)))]
    pub rule: String,
}

impl Listed for Group {
    type Answer = json::GroupResponse;

    fn from_listing(answer: json::GroupResponse) -> Option<(String, Self)> {
        let mut group = Group::import(&answer.id).ok()?;
        group.update_from_response(&answer);
        Some((group.display_name.clone(), group))
    }
}

impl Resource for Group {
    type Api = Services;
    const NAME: &'static str = "group";
    const MOVED_FROM: &'static [Source<Self>] = &[azuread("azuread_group", taken), azuread("azuread_group_without_members", taken)];
    const SUBCATEGORY: &'static str = "Directory";
    const TIMEOUTS: Timeouts = Timeouts::minutes(10);
    const WARNING_KINDS: &'static [&'static WarningKind] = &[&MAY_EXIST];

    fn id(&self) -> &str {
        &self.id
    }

    fn describe(&self) -> String {
        if self.display_name.is_empty() { format!("the group {}", self.id) } else { format!("the group {:?}", self.display_name) }
    }

    async fn create(&mut self, cx: &mut Context<Services>) -> Result {
        // From the search for a group of this name until there is one: others look for the same name then.
        let searches = self.adopt_existing || self.restore_deleted || self.prevent_duplicate_names;
        let _search = if searches { Some(cx.lock(&self.display_name).await) } else { None };
        let lists = managed::lists(self);
        if !self.adopt_or_restore(cx).await? {
            if self.prevent_duplicate_names {
                self.refuse_taken_name(cx).await?;
            }
            self.create_once(cx).await?;
        }
        managed::created(&self.id, &lists, &cx.api);
        Ok(())
    }

    fn observe_state(&self, api: &Services) {
        api.directory().note_principal(&self.id, "Group");
    }

    async fn read(&mut self, cx: &mut Context<Services>) -> Result<Existence> {
        let imported = cx.just_imported();
        let wants_owners = imported || self.owners.is_some();
        let answered = match self.answered(wants_owners, cx).await {
            Ok(answered) => answered,
            Err(error) if error.is_not_found() => return Ok(Existence::Gone),
            Err(error) => return Err(could_not(format!("read {}", self.describe()))(error)),
        };
        let described = self.description.is_some();
        self.update_from_response(&answered);
        if !imported && !described && self.mail_enabled {
            // The service gives a Microsoft 365 group a description within minutes if it has none (docs/services/graph.md#updating-groups): nobody's difference.
            self.description = None;
        }
        if wants_owners {
            let mut owners: Vec<String> = answered.owners.into_iter().map(|owner| owner.id).collect();
            if owners.len() >= json::EXPANDED_AT_MOST {
                owners = self.linked(&links::OWNERS, cx).await?;
            }
            self.owners = links::given(self.owners.as_ref(), owners);
        }
        if imported || self.administrative_unit_ids.is_some() {
            self.administrative_unit_ids =
                links::given(self.administrative_unit_ids.as_ref(), self.linked(&links::ADMINISTRATIVE_UNITS, cx).await?);
        }
        Ok(Existence::Found)
    }

    async fn update(&mut self, prior: &Self, cx: &mut Context<Services>) -> Result {
        if self.prevent_duplicate_names && !self.display_name.eq_ignore_ascii_case(&prior.display_name) {
            self.refuse_taken_name(cx).await?;
        }
        self.change(prior, cx).await
    }

    async fn delete(&mut self, cx: &mut Context<Services>) -> Result {
        let deleted = removal::delete(cx, "/groups/{id}", &self.id).await.map_err(could_not(format!("delete {}", self.describe())))?;
        if self.on_destroy == "purge"
            && let Err(error) = removal::purge(cx, "/directory/deletedItems/{id}", &self.id, deleted).await
        {
            // The group is gone for Terraform, and what is in the bin cannot be in state.
            let kept = format!("{error}\n\nIt is deleted, and stays in the bin for 30 days.");
            cx.warn(Diagnostic::warning(format!("Could not remove {} from the bin", self.describe()), kept));
        }
        Ok(())
    }

    fn import(id: &str) -> Result<Self> {
        Ok(Group { id: import_id::object_id(id, "group", "groups", "groupId")?, on_destroy: "delete".to_owned(), ..Group::absent() })
    }

    fn validate(config: View<'_>, found: &mut Diagnostics) {
        checks::validate(config, found);
    }

    fn declare(config: View<'_>, api: &Services) {
        names::declare(config, api);
    }

    fn conflicts(change: Change<'_>, api: &Services, found: &mut Diagnostics) {
        names::conflicts(change, api, found);
        managed::conflicts(change, api, found);
    }

    async fn plan_check(change: Change<'_>, cx: &mut Context<Services>) -> Diagnostics {
        let mut found = Diagnostics::new();
        checks::owners_remain(change, &mut found);
        checks::is_managed_in_the_cloud(change, &mut found);
        checks::links_exist(change, cx, &mut found).await;
        let adopted = names::plan_check(change, cx, &mut found).await;
        last_owner::check_last_owner(change, adopted, cx, &mut found).await;
        existing::check_interrupted_creation(change, cx, &mut found).await;
        found
    }
}

/// azuread has `prevent_duplicate_names` in state, of which the service knows nothing.
fn taken(from: &ForeignState<'_>) -> Result<Group> {
    Ok(Group { prevent_duplicate_names: from.flag("prevent_duplicate_names").unwrap_or_default(), ..by_id(from)? })
}

impl Group {
    /// Makes of the group as it was (`prior`) what `self` says: one PATCH with all that differs, then owners and administrative units.
    async fn change(&mut self, prior: &Self, cx: &mut Context<Services>) -> Result {
        let (body, changed) = self.changes(prior);
        if !changed.is_empty() {
            let request = Request::patch("/groups/{id}").with("id", &self.id).json(&body);
            consistency::write(cx, &request).await.map_err(could_not(format!("update {}", self.describe())))?;
            changed.iter().for_each(|attribute| cx.applied(attribute));
        }
        self.update_links(&links::OWNERS, prior.owners.as_deref(), self.owners.as_deref(), cx).await?;
        self.update_links(
            &links::ADMINISTRATIVE_UNITS,
            prior.administrative_unit_ids.as_deref(),
            self.administrative_unit_ids.as_deref(),
            cx,
        )
        .await
    }

    /// The group as the service reports it: read in a batch with other groups, or alone while an answer may still be stale.
    async fn answered(&self, with_owners: bool, cx: &Context<Services>) -> Result<json::GroupResponse, Error> {
        let reading = if with_owners { json::READING_WITH_OWNERS } else { json::READING };
        if !consistency::may_be_stale(cx) {
            return cx.api.directory().object(reading, &self.id).await;
        }
        consistency::read(cx, &reading.request(&self.id), |answered| self.matches_response(answered)).await
    }

    /// Whether an answer shows what was last written.
    fn matches_response(&self, answered: &json::GroupResponse) -> bool {
        let mut read = self.clone();
        read.update_from_response(answered);
        let owners = |owners: &mut Vec<String>| owners.sort_unstable();
        let (mut wanted, mut there): (Vec<String>, Vec<String>) = (
            self.owners.iter().flatten().map(|id| id.to_lowercase()).collect(),
            answered.owners.iter().map(|owner| owner.id.to_lowercase()).collect(),
        );
        owners(&mut wanted);
        owners(&mut there);
        let owned = self.owners.is_none() || there.len() >= json::EXPANDED_AT_MOST || wanted == there;
        owned && self.changes(&read).1.is_empty()
    }
}
