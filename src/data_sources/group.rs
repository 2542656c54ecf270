//! `aksaccess_group`, looked up: one group by its id or one of its names.

use framework::{Context, DataSource, Diagnostics, Model, Result, View};

use super::lookup::{self, Key, LookupTarget};
use crate::azure::Request;
use crate::client::diagnose::could_not;
use crate::directory::{GroupRelation, Select};
use crate::resources::{GROUP_SELECT, Group, GroupResponse};
use crate::services::Services;

/// Looks up one group: by `id`, `display_name` or `mail_nickname`, exactly one of them.
///
/// Neither of the names is unique in a tenant: when several groups have it, the error names their ids. Owners and members are listed only where asked for.
#[derive(Clone, Debug, Model)]
pub struct GroupData {
    /// Object ID of the group.
    #[attr(computed, case_insensitive, check(uuid()))]
    id: Option<String>,
    /// Name of the group.
    #[attr(computed, case_insensitive, check(length(1, 256)))]
    display_name: Option<String>,
    /// Part of the mail address before the `@`.
    #[attr(computed, case_insensitive, check(length(1, 256)))]
    mail_nickname: Option<String>,
    /// Whether the group has a mail address. Given: only such a group is looked for.
    #[attr(computed)]
    mail_enabled: Option<bool>,
    /// Whether access to resources can be given to the group. Given: only such a group is looked for.
    #[attr(computed)]
    security_enabled: Option<bool>,
    /// Lists the owners.
    include_owners: Option<bool>,
    /// Lists the members.
    include_members: Option<bool>,
    /// Lists the members, and those of member groups, all the way.
    include_transitive_members: Option<bool>,
    /// Object IDs of the owners, with `include_owners`.
    #[attr(output)]
    owners: Option<Vec<String>>,
    /// Object IDs of the members, with `include_members` or `include_transitive_members`.
    #[attr(output)]
    members: Option<Vec<String>>,
    /// Description of the group.
    #[attr(output)]
    description: Option<String>,
    /// Kinds of group: `Unified` is a Microsoft 365 group, `DynamicMembership` one whose members a rule decides.
    #[attr(output)]
    types: Option<Vec<String>>,
    /// The rule by which the service computes the members.
    #[attr(output)]
    dynamic_membership: Option<DynamicRule>,
    /// Whether the group can be given Microsoft Entra roles.
    #[attr(output)]
    assignable_to_role: Option<bool>,
    /// Who can see and join the group.
    #[attr(output)]
    visibility: Option<String>,
    /// Colour theme of a Microsoft 365 group.
    #[attr(output)]
    theme: Option<String>,
    /// How a new Microsoft 365 group behaves.
    #[attr(output)]
    behaviors: Option<Vec<String>>,
    /// What is provisioned with a Microsoft 365 group.
    #[attr(output)]
    provisioning_options: Option<Vec<String>>,
    /// Mail address of a Microsoft 365 group.
    #[attr(output)]
    mail: Option<String>,
    /// Every mail address under which the group is reached.
    #[attr(output)]
    proxy_addresses: Option<Vec<String>>,
    /// Language of a Microsoft 365 group.
    #[attr(output)]
    preferred_language: Option<String>,
    /// Security identifier (SID) of the group in the cloud.
    #[attr(output)]
    security_identifier: Option<String>,
    /// Whether the group comes from a directory on premises.
    #[attr(output)]
    onpremises_sync_enabled: Option<bool>,
    /// Domain name of the group on premises.
    #[attr(output)]
    onpremises_domain_name: Option<String>,
    /// NetBIOS name of the group on premises.
    #[attr(output)]
    onpremises_netbios_name: Option<String>,
    /// SAM account name of the group on premises.
    #[attr(output)]
    onpremises_sam_account_name: Option<String>,
    /// Security identifier (SID) of the group on premises.
    #[attr(output)]
    onpremises_security_identifier: Option<String>,
}

/// How the members of a dynamic group are found.
#[derive(Clone, Debug, Model)]
pub struct DynamicRule {
    /// Whether the rule is applied.
    #[attr(output)]
    enabled: Option<bool>,
    /// The rule.
    #[attr(output)]
    rule: Option<String>,
}

impl LookupTarget for Group {
    type Answer = GroupResponse;
    const NOUN: &'static str = "group";
    const COLLECTION: &'static str = "/groups";
    const TYPE: &'static str = "group";

    fn select() -> &'static str {
        GROUP_SELECT
    }

    fn of(answer: &GroupResponse) -> Self {
        let mut group = Group::absent();
        group.update_from_response(answer);
        group
    }

    fn key(&self, property: &str) -> Option<&str> {
        match property {
            "id" => Some(&self.id),
            "displayName" => Some(&self.display_name),
            "mailNickname" => self.mail_nickname.as_deref(),
            _ => None,
        }
    }
}

/// What groups must be besides having a name, as a filter and as a test.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flags {
    pub(super) mail_enabled: Option<bool>,
    pub(super) security_enabled: Option<bool>,
}

impl Flags {
    /// The filter; none if everything passes.
    pub(super) fn filter(self) -> Option<String> {
        let flags = [("mailEnabled", self.mail_enabled), ("securityEnabled", self.security_enabled)];
        let flags: Vec<String> = flags.into_iter().filter_map(|(property, flag)| Some(format!("{property} eq {}", flag?))).collect();
        (!flags.is_empty()).then(|| flags.join(" and "))
    }

    /// Whether a group passes.
    pub(super) fn passes(self, group: &Group) -> bool {
        self.mail_enabled.is_none_or(|flag| flag == group.mail_enabled)
            && self.security_enabled.is_none_or(|flag| flag == group.security_enabled)
    }
}

/// Object IDs of everything that a group is related to in this way.
async fn related(relation: GroupRelation, group: &Group, cx: &Context<Services>) -> Result<Option<Vec<String>>> {
    let related = cx.api.directory().related(&group.id, relation, Select::Id).await;
    let related = related.map_err(could_not(format!("list owners or members of the group {}", group.id)))?;
    Ok(Some(related.into_iter().map(|object| object.id).collect()))
}

impl DataSource for GroupData {
    type Api = Services;
    const NAME: &'static str = "group";
    const SUBCATEGORY: &'static str = "Directory";

    async fn read(&mut self, cx: &mut Context<Services>) -> Result {
        let flags = Flags { mail_enabled: self.mail_enabled, security_enabled: self.security_enabled };
        let names = [("display_name", "displayName", &self.display_name), ("mail_nickname", "mailNickname", &self.mail_nickname)];
        let found: Group = if let Some(id) = &self.id {
            let request = Request::get("/groups/{id}").with("id", id).query("$select", GROUP_SELECT);
            lookup::addressed(&cx.api, Key { attribute: "id", property: "id" }, id, request).await?
        } else if let Some((attribute, property, value)) =
            names.iter().find_map(|(name, property, value)| Some((*name, *property, value.as_ref()?)))
        {
            lookup::single(&cx.api, Key { attribute, property }, value, Request::get("/groups"), flags.filter().as_deref()).await?
        } else {
            return Ok(());
        };
        if !flags.passes(&found) {
            let detail = format!(
                "The group {} has mail_enabled = {} and security_enabled = {}.",
                found.id, found.mail_enabled, found.security_enabled
            );
            return Err(framework::Diagnostic::error("The group is of another kind", detail).at_attribute("id"));
        }
        let wants = |flag: Option<bool>| flag == Some(true);
        let owners = if wants(self.include_owners) { related(GroupRelation::Owners, &found, cx).await? } else { None };
        let members = match (wants(self.include_members), wants(self.include_transitive_members)) {
            (_, true) => related(GroupRelation::TransitiveMembers, &found, cx).await?,
            (true, false) => related(GroupRelation::Members, &found, cx).await?,
            (false, false) => None,
        };
        *self = GroupData { owners, members, ..lookup::as_model(&found)? };
        Ok(())
    }

    fn validate(config: View<'_>, found: &mut Diagnostics) {
        lookup::exactly_one(config, &["id", "display_name", "mail_nickname"], found);
    }
}
