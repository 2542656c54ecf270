//! What a tenant holds, read by plain HTTP: two snapshots tell what a run of Terraform has left behind, or taken with it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::role_assignments::role_assignment::subscription;
use crate::test_tenant::TestTenant;

/// Longer than any answer can be an old one, and than a minute's limits last.
const LATER: &str = "PT10M";
const PIM: &str = "/identityGovernance/privilegedAccess/group";
const RULES: &str = "&$expand=policy($expand=rules)";

/// Everything that the provider manages, each thing and each link by a name of its own.
#[derive(Debug)]
pub struct Snapshot(BTreeMap<String, Value>);

/// Collections of Microsoft Graph whose members are compared whole.
const COLLECTIONS: [&str; 7] = [
    "/users?$top=999&$expand=manager($select=id)",
    "/groups?$top=999",
    "/directory/administrativeUnits",
    "/identity/conditionalAccess/policies",
    "/identity/conditionalAccess/namedLocations",
    "/identity/conditionalAccess/authenticationContextClassReferences",
    "/policies/authenticationStrengthPolicies",
];

/// Lists of Azure Resource Manager below a scope, with the property that identifies an element.
const ROLES: [(&str, &str); 3] =
    [("roleAssignments", "2022-04-01"), ("roleEligibilitySchedules", "2020-10-01"), ("roleAssignmentSchedules", "2020-10-01")];

impl TestTenant {
    /// What the tenant holds, when everything that was written has arrived everywhere.
    pub fn snapshot(&self) -> Snapshot {
        self.advance(LATER);
        let mut held = BTreeMap::new();
        for path in COLLECTIONS {
            let collection = path.split('?').next().unwrap();
            for one in self.every(path) {
                held.insert(format!("{collection}/{}", one["id"].as_str().unwrap()), without_times(one));
            }
        }
        for unit in keys(&held, "/directory/administrativeUnits/") {
            self.links(&mut held, &unit, "members");
        }
        for group in keys(&held, "/groups/") {
            self.links(&mut held, &group, "members");
            self.links(&mut held, &group, "owners");
            let id = group.rsplit('/').next().unwrap();
            for kind in ["eligibilitySchedules", "assignmentSchedules"] {
                for one in self.every(&format!("{PIM}/{kind}?$filter=groupId eq '{id}'")) {
                    let (principal, access) = (one["principalId"].as_str().unwrap(), one["accessId"].as_str().unwrap());
                    held.insert(format!("{group}/{kind}/{access}/{principal}"), json!({}));
                }
            }
            for access in ["member", "owner"] {
                let of = format!("scopeId eq '{id}' and scopeType eq 'Group' and roleDefinitionId eq '{access}'");
                for one in self.every(&format!("/policies/roleManagementPolicyAssignments?$filter={of}{RULES}")) {
                    held.insert(format!("{group}/policy/{access}"), rules(&one["policy"]["rules"]));
                }
            }
        }
        self.azure(&mut held);
        Snapshot(held)
    }

    /// After a destroy: the tenant holds what it held before, and everything as it was. No faults are armed any more.
    pub fn holds_again(&self, before: &Snapshot, context: &str) {
        let after = self.settled();
        assert_eq!(before.gone(&after), Vec::<&str>::new(), "gone from the tenant: {context}");
        assert_eq!(after.new_since(before), Vec::<String>::new(), "left in the tenant: {context}");
    }

    /// The same where objects were deleted meanwhile outside of Terraform: nothing is there that was not there before.
    pub fn holds_nothing_new(&self, before: &Snapshot, context: &str) {
        assert_eq!(self.settled().new_since(before), Vec::<String>::new(), "left in the tenant: {context}");
    }

    fn settled(&self) -> Snapshot {
        self.control("DELETE", "faults", None);
        self.snapshot()
    }

    /// All pages of a list of Microsoft Graph.
    fn every(&self, path: &str) -> Vec<Value> {
        let (mut all, mut path) = (Vec::new(), path.to_owned());
        loop {
            let mut page = self.looked_up(&format!("/v1.0{path}"));
            all.append(page["value"].as_array_mut().unwrap());
            match page["@odata.nextLink"].as_str().and_then(|next| next.split_once("/v1.0")) {
                Some((_, next)) => path = next.to_owned(),
                None => return all,
            }
        }
    }

    /// An answer of a service, also on a day on which it answers too many requests with 429.
    fn looked_up(&self, path: &str) -> Value {
        for _ in 0..20 {
            match self.answer("GET", path, None) {
                (200, answer) => return answer,
                (429 | 500..=599, _) => self.advance("PT1M"),
                (status, answer) => panic!("GET {path}: {status} {answer}"),
            }
        }
        panic!("GET {path} is not answered")
    }

    fn links(&self, held: &mut BTreeMap<String, Value>, of: &str, kind: &str) {
        let mut collections = vec![format!("{of}/{kind}")];
        if of.starts_with("/groups/") {
            // The listing leaves service principals out.
            collections.push(format!("{of}/{kind}/microsoft.graph.servicePrincipal"));
        }
        for collection in collections {
            for one in self.every(&format!("{collection}?$select=id")) {
                held.insert(format!("{of}/{kind}/{}", one["id"].as_str().unwrap()), json!({}));
            }
        }
    }

    fn azure(&self, held: &mut BTreeMap<String, Value>) {
        let listed = |scope: &str, path: &str, version: &str| -> Vec<Value> {
            let separator = if path.contains('?') { '&' } else { '?' };
            let mut page = self.looked_up(&format!("{scope}/providers/{path}{separator}api-version={version}"));
            page["value"].take().as_array().unwrap().clone()
        };
        let clusters = listed(&subscription(), "Microsoft.ContainerService/managedClusters", "2026-04-01");
        let mut scopes = vec![subscription()];
        for mut cluster in clusters {
            let id = cluster["id"].as_str().unwrap().to_owned();
            cluster.as_object_mut().unwrap().retain(|name, _| name == "properties" || name == "tags");
            held.insert(id.to_lowercase(), cluster);
            scopes.push(id);
        }
        for scope in scopes {
            for (kind, version) in ROLES {
                for one in listed(&scope, &format!("Microsoft.Authorization/{kind}"), version) {
                    let properties = &one["properties"];
                    let text = |name: &str| properties[name].as_str().unwrap().to_lowercase();
                    let role = text("roleDefinitionId");
                    let role = role.rsplit('/').next().unwrap();
                    held.insert(format!("{}/{kind}/{role}/{}", text("scope"), text("principalId")), json!({}));
                }
            }
            for one in listed(&scope, "Microsoft.Authorization/roleManagementPolicyAssignments", "2020-10-01") {
                let role = one["properties"]["roleDefinitionId"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
                held.insert(format!("{}/policy/{role}", scope.to_lowercase()), rules(&one["properties"]["effectiveRules"]));
            }
        }
    }
}

impl Snapshot {
    /// What the other does not hold.
    fn gone<'s>(&'s self, other: &Self) -> Vec<&'s str> {
        self.0.keys().filter(|key| !other.0.contains_key(*key)).map(String::as_str).collect()
    }

    /// What is here and was not there before, or was something else.
    fn new_since(&self, before: &Self) -> Vec<String> {
        let differs = |(key, value): &(&String, &Value)| before.0.get(*key) != Some(*value);
        self.0.iter().filter(differs).map(|(key, value)| format!("{key}: {value}, before {:?}", before.0.get(key))).collect()
    }
}

fn keys(held: &BTreeMap<String, Value>, prefix: &str) -> Vec<String> {
    held.keys().filter(|key| key.starts_with(prefix)).cloned().collect()
}

/// Without what changes with every write.
fn without_times(mut value: Value) -> Value {
    if let Some(object) = value.as_object_mut() {
        object.retain(|name, _| !name.ends_with("DateTime") && !name.starts_with("@odata"));
    }
    value
}

/// Rules of a policy, in an order that does not depend on the service.
fn rules(rules: &Value) -> Value {
    let mut all = rules.as_array().unwrap().clone();
    all.sort_by_key(|rule| rule["id"].to_string());
    json!(all)
}
