//! A state that was written, not applied: of thousands of memberships that are there already, and of the same graph without a provider.

use serde_json::{Value, json};

/// One object of a state: its name, and its attributes.
type ObjectInstance = (String, Value);

/// The state of memberships, as pairs of group and member.
pub fn memberships<'a>(pairs: impl Iterator<Item = (&'a String, &'a String)>) -> Value {
    let attributes = |(group, member): (&String, &String)| {
        let id = format!("{group}/{member}");
        json!({ "id": id, "group_id": group, "member_id": member, "adopt_existing": false, "timeouts": null })
    };
    state("aksaccess_group_member", "registry.terraform.io/aksaccess/aksaccess", with_names(pairs.map(attributes)))
}

/// The state of as many `terraform_data` with the same arguments.
pub fn without_provider<'a>(pairs: impl Iterator<Item = (&'a String, &'a String)>) -> Value {
    let attributes = |(at, (group, member)): (usize, (&String, &String))| {
        let given = json!({ "value": { "group_id": group, "member_id": member }, "type": ["object", { "group_id": "string", "member_id": "string" }] });
        json!({ "id": format!("00000000-0000-4000-8000-{at:012}"), "input": given, "output": given, "triggers_replace": null })
    };
    state("terraform_data", "terraform.io/builtin/terraform", with_names(pairs.enumerate().map(attributes)))
}

/// With the names that the configuration gives them.
fn with_names(attributes: impl Iterator<Item = Value>) -> impl Iterator<Item = ObjectInstance> {
    attributes.enumerate().map(|(at, attributes)| (format!("m{at}"), attributes))
}

fn state(kind: &str, provider: &str, instances: impl Iterator<Item = ObjectInstance>) -> Value {
    let resource = |(name, attributes): ObjectInstance| {
        json!({
            "mode": "managed", "type": kind, "name": name, "provider": format!("provider[\"{provider}\"]"),
            "instances": [{ "schema_version": 0, "attributes": attributes }],
        })
    };
    json!({
        "version": 4, "terraform_version": "1.8.0", "serial": 1, "lineage": "00000000-0000-4000-8000-000000000001",
        "outputs": {}, "resources": instances.map(resource).collect::<Vec<_>>(),
    })
}
