//! A group as Microsoft Graph writes it, and back.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{DynamicMembership, Group};
use crate::client::read_through_cache::Projection;

/// The properties that are read: what the resource knows and nothing more.
pub(crate) const SELECT: &str = "id,displayName,description,mailNickname,mailEnabled,securityEnabled,groupTypes,membershipRule,membershipRuleProcessingState,\
isAssignableToRole,visibility,theme,resourceBehaviorOptions,resourceProvisioningOptions,mail,proxyAddresses,preferredLanguage,securityIdentifier,\
onPremisesSyncEnabled,onPremisesDomainName,onPremisesNetBiosName,onPremisesSamAccountName,onPremisesSecurityIdentifier";

/// The properties of a group, without owners and administrative units.
pub(super) const READING: Projection = Projection { one: "/groups/{id}", all: "/groups", select: SELECT, expand: None };

/// A group and its owners: of these the service gives at most twenty (widely stated, not verified against the live service).
pub(super) const READING_WITH_OWNERS: Projection = Projection { expand: Some("owners($select=id)"), ..READING };

/// So many owners may be all or not all of them.
pub(super) const EXPANDED_AT_MOST: usize = 20;

/// What Graph calls a group whose members a rule decides.
pub(super) const DYNAMIC: &str = "DynamicMembership";

/// What Graph calls a Microsoft 365 group.
pub(super) const UNIFIED: &str = "Unified";

/// A group in an answer.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GroupResponse {
    pub(crate) id: String,
    display_name: Option<String>,
    description: Option<String>,
    pub(super) created_date_time: Option<String>,
    mail_nickname: Option<String>,
    mail_enabled: Option<bool>,
    security_enabled: Option<bool>,
    #[serde(default)]
    group_types: Vec<String>,
    membership_rule: Option<String>,
    membership_rule_processing_state: Option<String>,
    pub(super) is_assignable_to_role: Option<bool>,
    visibility: Option<String>,
    theme: Option<String>,
    #[serde(default)]
    resource_behavior_options: Vec<String>,
    #[serde(default)]
    resource_provisioning_options: Vec<String>,
    mail: Option<String>,
    #[serde(default)]
    proxy_addresses: Vec<String>,
    preferred_language: Option<String>,
    security_identifier: Option<String>,
    on_premises_sync_enabled: Option<bool>,
    on_premises_domain_name: Option<String>,
    on_premises_net_bios_name: Option<String>,
    on_premises_sam_account_name: Option<String>,
    on_premises_security_identifier: Option<String>,
    /// Only if they were asked for.
    #[serde(default)]
    pub(super) owners: Vec<Owner>,
}

/// An owner in an answer.
#[derive(Debug, Deserialize)]
pub(super) struct Owner {
    pub(super) id: String,
}

impl Group {
    /// Applies the properties that Microsoft Graph returned. Owners and administrative units are not part of it.
    pub(crate) fn update_from_response(&mut self, answered: &GroupResponse) {
        self.id = answered.id.clone();
        self.display_name = answered.display_name.clone().unwrap_or_default();
        self.description = answered.description.clone();
        self.mail_nickname = answered.mail_nickname.clone();
        self.mail_enabled = answered.mail_enabled.unwrap_or_default();
        self.security_enabled = answered.security_enabled.unwrap_or_default();
        self.types = Some(answered.group_types.clone());
        self.dynamic_membership = answered.group_types.iter().any(|kind| kind == DYNAMIC).then(|| DynamicMembership {
            enabled: answered.membership_rule_processing_state.as_deref() == Some("On"),
            rule: answered.membership_rule.clone().unwrap_or_default(),
        });
        // Reads back null, not false, on ordinary groups (docs/services/graph.md#creating-groups).
        self.assignable_to_role = answered.is_assignable_to_role.unwrap_or_default();
        // A security group's is null whatever was asked for (docs/services/graph.md#creating-groups): what was asked for stays.
        self.visibility = answered.visibility.clone().or(self.visibility.take());
        self.theme = answered.theme.clone();
        self.behaviors = Some(answered.resource_behavior_options.clone());
        self.provisioning_options = Some(answered.resource_provisioning_options.clone());
        self.mail = answered.mail.clone();
        self.proxy_addresses = Some(answered.proxy_addresses.clone());
        self.preferred_language = answered.preferred_language.clone();
        self.security_identifier = answered.security_identifier.clone();
        self.onpremises_sync_enabled = answered.on_premises_sync_enabled;
        self.onpremises_domain_name = answered.on_premises_domain_name.clone();
        self.onpremises_netbios_name = answered.on_premises_net_bios_name.clone();
        self.onpremises_sam_account_name = answered.on_premises_sam_account_name.clone();
        self.onpremises_security_identifier = answered.on_premises_security_identifier.clone();
    }

    /// The body of a creation, without owners.
    pub(super) fn body(&self, nickname: &str) -> Map<String, Value> {
        let mut body = Map::new();
        let mut set = |property: &str, value: Value| body.insert(property.to_owned(), value);
        set("displayName", json!(self.display_name));
        set("mailNickname", json!(nickname));
        set("mailEnabled", json!(self.mail_enabled));
        set("securityEnabled", json!(self.security_enabled));
        set("groupTypes", json!(self.graph_types()));
        let optional = [("description", &self.description), ("visibility", &self.visibility), ("theme", &self.theme)];
        for (property, value) in optional.into_iter().filter_map(|(property, value)| Some((property, value.as_ref()?))) {
            set(property, json!(value));
        }
        if let Some(dynamic) = &self.dynamic_membership {
            set("membershipRule", json!(dynamic.rule));
            set("membershipRuleProcessingState", json!(dynamic.processing_state()));
        }
        if self.assignable_to_role {
            set("isAssignableToRole", json!(true));
        }
        let lists = [("resourceBehaviorOptions", &self.behaviors), ("resourceProvisioningOptions", &self.provisioning_options)];
        for (property, list) in lists.into_iter().filter_map(|(property, list)| Some((property, list.as_ref()?))) {
            set(property, json!(list));
        }
        body
    }

    /// The body of an update and the attributes that it changes; both empty if there is nothing to send.
    pub(super) fn changes(&self, prior: &Self) -> (Map<String, Value>, Vec<&'static str>) {
        let (mut body, mut changed) = (Map::new(), Vec::new());
        let mut set = |attribute: &'static str, differs: bool, properties: &[(&str, Value)]| {
            if differs {
                changed.push(attribute);
                body.extend(properties.iter().map(|(property, value)| ((*property).to_owned(), value.clone())));
            }
        };
        set("display_name", self.display_name != prior.display_name, &[("displayName", json!(self.display_name))]);
        set("description", self.description != prior.description, &[("description", json!(self.description))]);
        set("mail_nickname", self.mail_nickname != prior.mail_nickname, &[("mailNickname", json!(self.mail_nickname))]);
        set("security_enabled", self.security_enabled != prior.security_enabled, &[("securityEnabled", json!(self.security_enabled))]);
        set("visibility", self.visibility != prior.visibility, &[("visibility", json!(self.visibility))]);
        set("theme", self.theme != prior.theme, &[("theme", json!(self.theme))]);
        let rule = self.dynamic_membership.as_ref();
        set(
            "dynamic_membership",
            self.dynamic_membership != prior.dynamic_membership,
            &[
                ("membershipRule", json!(rule.map(|dynamic| &dynamic.rule))),
                ("membershipRuleProcessingState", json!(rule.map(DynamicMembership::processing_state))),
            ],
        );
        set("types", self.graph_types() != prior.graph_types(), &[("groupTypes", json!(self.graph_types()))]);
        (body, changed)
    }

    /// The kinds as Graph wants them: membership by rule is one of them.
    fn graph_types(&self) -> Vec<&str> {
        let unified = self.types.iter().flatten().any(|kind| kind == UNIFIED);
        [(unified, UNIFIED), (self.dynamic_membership.is_some(), DYNAMIC)].into_iter().filter_map(|(is, kind)| is.then_some(kind)).collect()
    }
}

impl DynamicMembership {
    /// Graph's word for whether the rule is applied.
    fn processing_state(&self) -> &'static str {
        if self.enabled { "On" } else { "Paused" }
    }
}
