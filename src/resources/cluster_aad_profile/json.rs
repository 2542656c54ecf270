//! The parts of a cluster that are the profile, as the AKS resource provider writes them, and back.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::ClusterAadProfile;

const PROFILE: &str = "aadProfile";
const LOCAL: &str = "disableLocalAccounts";

impl ClusterAadProfile {
    /// Puts into the properties of a cluster what is given and is not so already. Nothing else is touched.
    pub(super) fn apply(&self, properties: &mut Map<String, Value>) {
        if let Some(disabled) = self.local_accounts_disabled {
            set_flag(properties, LOCAL, disabled);
        }
        if !properties.get(PROFILE).is_some_and(Value::is_object) {
            properties.insert(PROFILE.to_owned(), json!({}));
        }
        let Some(profile) = properties.get_mut(PROFILE).and_then(Value::as_object_mut) else { return };
        // The only kind that there still is.
        set_flag(profile, "managed", true);
        if let Some(enabled) = self.azure_rbac_enabled {
            set_flag(profile, "enableAzureRBAC", enabled);
        }
        if let Some(groups) = &self.admin_group_ids
            && sorted(profile.get("adminGroupObjectIDs")) != sorted(Some(&json!(groups)))
        {
            profile.insert("adminGroupObjectIDs".to_owned(), json!(groups));
        }
        if let Some(tenant) = &self.tenant_id
            && !profile.get("tenantID").and_then(Value::as_str).is_some_and(|there| there.eq_ignore_ascii_case(tenant))
        {
            profile.insert("tenantID".to_owned(), json!(tenant));
        }
    }
}

/// Sets a flag, unless it is so already; that it is absent means that it is off.
fn set_flag(object: &mut Map<String, Value>, name: &str, on: bool) {
    if object.get(name).and_then(Value::as_bool).unwrap_or_default() != on {
        object.insert(name.to_owned(), json!(on));
    }
}

/// Ids in an order and a spelling by which they can be compared.
fn sorted(ids: Option<&Value>) -> Vec<String> {
    let ids = ids.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut ids: Vec<String> = ids.iter().filter_map(Value::as_str).map(str::to_lowercase).collect();
    ids.sort_unstable();
    ids
}

/// The profile as it was before the first change.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Recorded {
    profile: Value,
    local: Value,
}

/// The profile in the properties of a cluster, to be restored at destroy.
pub(super) fn recorded(properties: &Map<String, Value>) -> Recorded {
    let property = |name: &str| properties.get(name).cloned().unwrap_or_default();
    Recorded { profile: property(PROFILE), local: property(LOCAL) }
}

impl Recorded {
    /// Whether there was a profile. Its absence cannot be restored: the service never removes a profile.
    pub(super) fn has_profile(&self) -> bool {
        self.profile.is_object()
    }

    /// Puts it back into the properties of a cluster.
    pub(super) fn put_back(&self, properties: &mut Map<String, Value>) {
        for (name, value) in [(PROFILE, &self.profile), (LOCAL, &self.local)] {
            // What is not there is null.
            if properties.get(name).unwrap_or(&Value::Null) != value {
                properties.insert(name.to_owned(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use framework::Model;

    use super::*;

    const GROUP: &str = "0f1e2d3c-0000-4000-8000-00000000abcd";

    fn applied(it: &ClusterAadProfile, properties: Value) -> Value {
        let mut properties = properties.as_object().unwrap().clone();
        it.apply(&mut properties);
        Value::Object(properties)
    }

    #[test]
    fn only_what_is_given_and_differs_is_changed() {
        let it = ClusterAadProfile {
            admin_group_ids: Some(vec![GROUP.to_owned()]),
            azure_rbac_enabled: Some(true),
            ..ClusterAadProfile::absent()
        };
        let profile = json!({ "managed": true, "enableAzureRBAC": true, "adminGroupObjectIDs": [GROUP.to_uppercase()], "tenantID": "t", "clientAppID": null });
        let same = json!({ "aadProfile": profile, "dnsPrefix": "d" });
        assert_eq!(applied(&it, same.clone()), same);
        let without = json!({ "dnsPrefix": "d" });
        let with = json!({ "dnsPrefix": "d", "aadProfile": { "managed": true, "enableAzureRBAC": true, "adminGroupObjectIDs": [GROUP] } });
        assert_eq!(applied(&it, without), with);
        let off = ClusterAadProfile { local_accounts_disabled: Some(true), ..ClusterAadProfile::absent() };
        assert_eq!(applied(&off, same), json!({ "aadProfile": profile, "dnsPrefix": "d", "disableLocalAccounts": true }));
    }

    #[test]
    fn what_was_recorded_is_put_back() {
        let before = json!({ "aadProfile": { "managed": true, "adminGroupObjectIDs": null }, "dnsPrefix": "d" });
        let recorded = recorded(before.as_object().unwrap());
        assert!(recorded.has_profile());
        let mut properties =
            json!({ "aadProfile": { "managed": true, "adminGroupObjectIDs": [GROUP] }, "dnsPrefix": "new", "disableLocalAccounts": true });
        let properties = properties.as_object_mut().unwrap();
        recorded.put_back(properties);
        let expected =
            json!({ "aadProfile": { "managed": true, "adminGroupObjectIDs": null }, "dnsPrefix": "new", "disableLocalAccounts": null });
        assert_eq!(Value::Object(properties.clone()), expected);
    }
}
