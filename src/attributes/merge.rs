//! Changes of objects whose PATCH merges: what is sent, what is cleared, and what is left alone.
//!
//! The conditional access service keeps what a PATCH leaves out, also inside of nested objects (docs/services/conditional-access.md#changing-and-deleting): what
//! left the configuration has to be cleared by name, or a control that was removed stays in force. A nested object that changes is sent whole, so that the
//! outcome is the same where the service replaces instead of merging, which the reference leaves open. Properties that this provider does not know are never sent.

use framework::schema::check::is_uuid;
use serde_json::{Map, Value};

/// What has an effect: without nulls, empty collections, `false`, and objects that are disabled or empty. Null if nothing is left.
pub fn effective(json: Value) -> Value {
    match json {
        Value::Object(properties) => {
            if properties.get("isEnabled").is_some_and(|enabled| enabled != &Value::Bool(true)) {
                return Value::Null;
            }
            let properties: Map<String, Value> =
                properties.into_iter().map(|(name, value)| (name, effective(value))).filter(|(_, value)| !value.is_null()).collect();
            if properties.is_empty() { Value::Null } else { Value::Object(properties) }
        }
        Value::Array(elements) if elements.is_empty() => Value::Null,
        Value::Bool(false) => Value::Null,
        Value::String(text) if text.is_empty() => Value::Null,
        other => other,
    }
}

/// Without annotations such as `authenticationStrength@odata.context`, which describe an answer and are no part of the object.
pub fn without_annotations(json: Value) -> Value {
    match json {
        Value::Object(properties) => properties
            .into_iter()
            .filter(|(name, _)| !name.contains("@odata."))
            .map(|(name, value)| (name, without_annotations(value)))
            .collect(),
        other => other,
    }
}

/// The body of a PATCH that changes `prior` to `new`; empty if they are equivalent. Both are [effective]. `shared` names, as JSON pointers, the
/// objects that hold something unknown at the service, and are therefore emptied property by property instead of removed.
pub fn changes(prior: &Map<String, Value>, new: &Map<String, Value>, shared: &[String]) -> Map<String, Value> {
    let mut body = Map::new();
    for (name, value) in new {
        let before = prior.get(name);
        if before.is_none_or(|before| !same(before, value)) {
            body.insert(name.clone(), merged(before, value, &format!("/{name}"), shared));
        }
    }
    for (name, before) in prior.iter().filter(|(name, _)| !new.contains_key(*name)) {
        body.insert(name.clone(), cleared(before, &format!("/{name}"), shared));
    }
    body
}

/// The properties of an answer which are not `known`, with dots between their names.
pub fn unknown(answer: &Value, known: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let Value::Object(answer) = answer else { return found };
    for (name, value) in answer {
        match known.get(name) {
            None => found.push(name.clone()),
            Some(known) => found.extend(unknown(value, known).into_iter().map(|below| format!("{name}.{below}"))),
        }
    }
    found
}

/// The objects of an answer, as JSON pointers, that hold something which is not `known`.
pub fn shared(answer: &Value, known: &Value) -> Vec<String> {
    let mut found = Vec::new();
    look(answer, known, "", &mut found);
    found
}

fn look(answer: &Value, known: &Value, at: &str, found: &mut Vec<String>) {
    let Value::Object(answer) = answer else { return };
    if answer.keys().any(|name| known.get(name).is_none()) {
        found.push(at.to_owned());
    }
    for (name, value) in answer {
        let below = found.len();
        let Some(known) = known.get(name) else { continue };
        look(value, known, &format!("{at}/{name}"), found);
        // Whatever holds something that holds something unknown is not to be removed either.
        if found.len() > below && found.iter().all(|place| place != at) {
            found.push(at.to_owned());
        }
    }
}

/// Whether an object names its type: properties of an object of another type are not merged into it.
fn is_typed(json: &Map<String, Value>) -> bool {
    json.contains_key("@odata.type")
}

/// Whether what left the one has to be cleared in the other.
fn is_of_same_type(prior: &Map<String, Value>, new: &Map<String, Value>) -> bool {
    prior.get("@odata.type") == new.get("@odata.type")
}

/// The new value, with what left it cleared by name.
fn merged(prior: Option<&Value>, new: &Value, at: &str, shared: &[String]) -> Value {
    match (prior, new) {
        (Some(Value::Object(prior)), Value::Object(new)) if is_of_same_type(prior, new) => {
            let sent = new.iter().map(|(name, value)| (name.clone(), merged(prior.get(name), value, &format!("{at}/{name}"), shared)));
            let gone = prior.iter().filter(|(name, _)| !new.contains_key(*name));
            sent.chain(gone.map(|(name, before)| (name.clone(), cleared(before, &format!("{at}/{name}"), shared)))).collect()
        }
        _ => new.clone(),
    }
}

/// What takes a value away: collections cannot be null (docs/services/conditional-access.md#policies).
fn cleared(prior: &Value, at: &str, shared: &[String]) -> Value {
    match prior {
        Value::Array(_) => Value::Array(Vec::new()),
        Value::Object(properties) if !is_typed(properties) && shared.iter().any(|place| place == at) => {
            properties.iter().map(|(name, before)| (name.clone(), cleared(before, &format!("{at}/{name}"), shared))).collect()
        }
        _ => Value::Null,
    }
}

/// Whether two values mean the same: lists, which are of ids and words, have no order, and the case of their elements means nothing; nor does that of an id.
pub fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len() && one.iter().all(|(name, value)| other.get(name).is_some_and(|other| same(value, other)))
        }
        (Value::Array(one), Value::Array(other)) => sorted(one) == sorted(other),
        (Value::String(one), Value::String(other)) => one == other || (is_uuid(one) && one.eq_ignore_ascii_case(other)),
        _ => one == other,
    }
}

fn sorted(elements: &[Value]) -> Vec<String> {
    let mut sorted: Vec<String> = elements.iter().map(|element| element.to_string().to_lowercase()).collect();
    sorted.sort_unstable();
    sorted
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(json: Value) -> Map<String, Value> {
        match json {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }

    fn patch(prior: Value, new: Value, shared: &[&str]) -> Value {
        let shared: Vec<String> = shared.iter().map(|place| (*place).to_owned()).collect();
        Value::Object(changes(&map(prior), &map(new), &shared))
    }

    #[test]
    fn what_has_no_effect_is_nothing() {
        let controls = json!({
            "applicationEnforcedRestrictions": null, "persistentBrowser": {"mode": "always", "isEnabled": false},
            "cloudAppSecurity": {"cloudAppSecurityType": null, "isEnabled": null}, "disableResilienceDefaults": false
        });
        assert_eq!(effective(controls), Value::Null);
        assert_eq!(effective(json!({"a": [], "b": {"c": {}}, "d": [1], "e": ""})), json!({"d": [1]}));
    }

    #[test]
    fn another_order_or_case_is_no_change() {
        let prior = json!({"conditions": {"users": {"includeUsers": ["A", "b"]}}});
        assert_eq!(patch(prior, json!({"conditions": {"users": {"includeUsers": ["B", "a"]}}}), &[]), json!({}));
        let strength = |id: &str| json!({"grantControls": {"authenticationStrength": {"id": id}}});
        let (lower, upper) = ("0f1e2d3c-0000-4000-8000-00000000abcd", "0F1E2D3C-0000-4000-8000-00000000ABCD");
        assert_eq!(patch(strength(lower), strength(upper), &[]), json!({}));
    }

    #[test]
    fn the_case_of_names_and_rules_counts() {
        for property in ["displayName", "rule"] {
            let (one, other) = (json!({ property: "aks" }), json!({ property: "AKS" }));
            assert_eq!(patch(one, other.clone(), &[]), other);
        }
    }

    #[test]
    fn what_changes_is_sent_whole_and_what_left_is_cleared() {
        let prior = json!({
            "displayName": "a", "state": "enabled",
            "conditions": {"users": {"includeUsers": ["All"], "excludeGroups": ["g"]}, "platforms": {"includePlatforms": ["iOS"]}},
            "grantControls": {"operator": "OR", "builtInControls": ["mfa"]}
        });
        let new = json!({
            "displayName": "a", "state": "enabled",
            "conditions": {"users": {"includeUsers": ["All"]}},
            "grantControls": {"operator": "OR", "authenticationStrength": {"id": "s"}}
        });
        let body = json!({
            "conditions": {"users": {"includeUsers": ["All"], "excludeGroups": []}, "platforms": null},
            "grantControls": {"operator": "OR", "builtInControls": [], "authenticationStrength": {"id": "s"}}
        });
        assert_eq!(patch(prior, new, &[]), body);
    }

    #[test]
    fn an_object_of_a_kind_stands_for_itself() {
        let (some, all) = (json!({"@odata.type": "#some", "members": ["t"]}), json!({"@odata.type": "#all"}));
        assert_eq!(patch(json!({"u": {"t": some}}), json!({"u": {"t": all}}), &[]), json!({"u": {"t": {"@odata.type": "#all"}}}));
    }

    #[test]
    fn what_leaves_an_object_of_a_kind_is_cleared() {
        let of = |members: &[&str]| json!({"@odata.type": "#some", "members": members});
        let body = patch(json!({"u": {"t": of(&["t"])}}), effective(json!({"u": {"t": of(&[])}})), &[]);
        assert_eq!(body, json!({"u": {"t": of(&[])}}));
    }

    #[test]
    fn what_is_unknown_is_left_alone() {
        let answer = json!({"sessionControls": {"persistentBrowser": {"mode": "never"}, "future": {"isEnabled": true}}, "new": 1});
        let known = json!({"sessionControls": {"persistentBrowser": {"mode": "never"}}});
        assert_eq!(unknown(&answer, &known), ["new", "sessionControls.future"]);
        let found = shared(&answer, &known);
        assert!(found.contains(&"/sessionControls".to_owned()) && !found.contains(&"/sessionControls/persistentBrowser".to_owned()));
        let places: Vec<&str> = found.iter().map(String::as_str).collect();
        assert_eq!(patch(known.clone(), json!({}), &places), json!({"sessionControls": {"persistentBrowser": null}}));
        assert_eq!(patch(known, json!({}), &[]), json!({"sessionControls": null}));
    }
}
