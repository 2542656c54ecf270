//! Plans of nested blocks by table.

use super::{Plan, Walk, differs, plan};
use crate::Model;
use crate::state::reconcile;
use crate::value::{Path, Value};

/// A policy with a block of each kind.
#[derive(Model, Debug, PartialEq)]
struct Policy {
    /// The id.
    #[attr(use_state_for_unknown)]
    id: String,
    /// Renewed with each change.
    #[attr(output)]
    etag: Option<String>,
    /// Settings.
    #[attr(group_block)]
    settings: Settings,
    /// What it is about.
    #[attr(block)]
    conditions: Conditions,
    /// What it asks for.
    #[attr(block)]
    controls: Option<Controls>,
}

/// Settings that the service always has.
#[derive(Model, Debug, PartialEq)]
struct Settings {
    /// A limit.
    #[attr(computed, use_state_for_unknown, reset_to(8))]
    limit: Option<i64>,
    /// Mail.
    #[attr(group_block)]
    mail: Mail,
}

/// Mail.
#[derive(Model, Debug, PartialEq)]
struct Mail {
    /// Who gets it.
    #[attr(computed, use_state_for_unknown, unordered)]
    to: Option<Vec<String>>,
}

/// What it is about.
#[derive(Model, Debug, PartialEq)]
struct Conditions {
    /// Of whom.
    users: Vec<String>,
    /// A filter.
    #[attr(block)]
    filter: Option<Filter>,
}

/// A filter.
#[derive(Model, Debug, PartialEq)]
struct Filter {
    /// The rule.
    rule: Option<String>,
}

/// What it asks for.
#[derive(Model, Debug, PartialEq)]
struct Controls {
    /// How they are combined.
    #[attr(default("OR"))]
    operator: String,
    /// Which.
    built_in: Option<Vec<String>>,
    /// The provider they come from: another one needs another policy.
    #[attr(replace)]
    provider: Option<String>,
}

fn list(elements: &[&str]) -> Value {
    Value::List(elements.iter().map(|element| Value::from(*element)).collect())
}

fn settings(limit: impl Into<Value>, to: Value) -> Value {
    Value::object([("limit", limit.into()), ("mail", Value::object([("to", to)]))])
}

fn conditions(filter: Value) -> Value {
    Value::object([("users", list(&["a"])), ("filter", filter)])
}

fn filter(rule: Value) -> Value {
    Value::object([("rule", rule)])
}

fn controls(operator: Value, built_in: Value, provider: Value) -> Value {
    Value::object([("operator", operator), ("built_in", built_in), ("provider", provider)])
}

fn policy(id: Value, etag: Value, settings: Value, conditions: Value, controls: Value) -> Value {
    Value::object([("id", id), ("etag", etag), ("settings", settings), ("conditions", conditions), ("controls", controls)])
}

fn config(settings: Value, conditions: Value, controls: Value) -> Value {
    policy(Value::Null, Value::Null, settings, conditions, controls)
}

fn stored(settings: Value, conditions: Value, controls: Value) -> Value {
    policy(Value::from("1"), Value::from("e"), settings, conditions, controls)
}

fn empty_block() -> Value {
    settings(Value::Null, Value::Null)
}

fn mfa() -> Value {
    controls(Value::from("OR"), list(&["mfa"]), Value::Null)
}

fn planned(config: &Value, prior: &Value) -> Plan {
    plan(&Policy::object(), config, prior, Walk::Plan)
}

#[test]
fn the_declaration_is_without_fault() {
    assert_eq!(crate::schema::lint_schema("policy", &Policy::object()), Vec::<String>::new());
    assert_eq!(crate::schema::nested_configuration("policy", &Policy::object()), Vec::<String>::new());
}

#[test]
fn a_group_of_which_nothing_is_said_is_decided_by_the_service() {
    let create = planned(&config(empty_block(), conditions(Value::Null), Value::Null), &Value::Null).planned;
    assert_eq!(*create.attribute("settings"), settings(Value::UNKNOWN, Value::UNKNOWN));
    let prior = stored(settings(3, list(&["x"])), conditions(Value::Null), Value::Null);
    assert_eq!(
        planned(&config(empty_block(), conditions(Value::Null), Value::Null), &prior),
        Plan { planned: prior.clone(), replace: vec![] }
    );
    // What the configuration does not mention stays beside what it changes.
    let changed = planned(&config(settings(4, Value::Null), conditions(Value::Null), Value::Null), &prior).planned;
    assert_eq!(*changed.attribute("settings"), settings(4, list(&["x"])));
    assert_eq!(*changed.attribute("etag"), Value::UNKNOWN);
}

#[test]
fn a_block_is_planned_where_the_configuration_has_it_and_nowhere_else() {
    let prior = stored(settings(3, list(&[])), conditions(filter(Value::from("r"))), mfa());
    let gone = planned(&config(empty_block(), conditions(Value::Null), Value::Null), &prior).planned;
    assert_eq!((gone.attribute("controls"), gone.attribute("conditions")), (&Value::Null, &conditions(Value::Null)));
    assert!(differs(&Policy::object(), &prior, &gone));
    let without = stored(settings(3, list(&[])), conditions(Value::Null), Value::Null);
    let there =
        planned(&config(empty_block(), conditions(Value::Null), controls(Value::Null, list(&["mfa"]), Value::Null)), &without).planned;
    assert_eq!(*there.attribute("controls"), mfa());
}

#[test]
fn a_block_that_says_nothing_is_one_that_is_left_out() {
    let says_nothing = controls(Value::from("OR"), Value::Null, Value::Null);
    let empty = (conditions(filter(Value::Null)), says_nothing.clone());
    let absent = (conditions(Value::Null), Value::Null);
    for ((conditions, controls), (config_conditions, config_controls)) in
        [(&empty, &absent), (&absent, &empty), (&empty, &empty), (&absent, &absent)]
    {
        let prior = stored(settings(3, list(&[])), conditions.clone(), controls.clone());
        let plan = planned(&config(empty_block(), config_conditions.clone(), config_controls.clone()), &prior);
        // The plan has the form of the configuration, as Terraform wants it; nothing changes for the service, and nothing is unknown.
        let expected = stored(settings(3, list(&[])), config_conditions.clone(), config_controls.clone());
        assert_eq!(plan, Plan { planned: expected.clone(), replace: vec![] });
        assert!(!differs(&Policy::object(), &prior, &expected));
    }
}

#[test]
fn the_apply_walk_plans_what_the_plan_walk_planned_where_only_a_form_changes() {
    let prior = stored(settings(3, list(&["x", "y"])), conditions(Value::Null), Value::Null);
    let says_nothing = controls(Value::Null, Value::Null, Value::Null);
    for (config_conditions, config_controls) in
        [(conditions(Value::Null), Value::Null), (conditions(filter(Value::Null)), Value::Null), (conditions(Value::Null), says_nothing)]
    {
        let config = config(settings(3, list(&["y", "x"])), config_conditions, config_controls);
        let [first, again] = [Walk::Plan, Walk::Apply].map(|walk| plan(&Policy::object(), &config, &prior, walk).planned);
        // Where nothing is planned there is no second plan.
        assert!(first == prior || first == again, "{first:?} and then {again:?}");
        assert!(!differs(&Policy::object(), &prior, &first));
    }
}

#[test]
fn a_read_keeps_the_form_that_state_has() {
    let read = |filter: Value, controls: Value| stored(settings(3, list(&[])), conditions(filter), controls);
    let says_nothing = controls(Value::from("OR"), list(&[]), Value::Null);
    for (prior, found) in [
        (read(Value::Null, Value::Null), read(filter(Value::Null), says_nothing.clone())),
        (read(filter(Value::Null), says_nothing.clone()), read(Value::Null, Value::Null)),
        (read(filter(Value::from("")), says_nothing.clone()), read(filter(Value::Null), Value::Null)),
    ] {
        assert_eq!(reconcile(&Policy::object(), &prior, found), prior);
    }
    // After an import there is no prior form: a block in which nothing is set is left out.
    let imported = reconcile(&Policy::object(), &Value::Null, read(filter(Value::Null), says_nothing));
    assert_eq!(imported, read(Value::Null, Value::Null));
    let changed = read(filter(Value::from("r")), mfa());
    assert_eq!(reconcile(&Policy::object(), &read(Value::Null, Value::Null), changed.clone()), changed);
}

/// Tenants that guests come from: without the block, any.
#[derive(Model, Debug, PartialEq)]
struct Guests {
    /// Tenants.
    #[attr(block)]
    tenants: Option<Tenants>,
}

/// Tenants.
#[derive(Model, Debug, PartialEq)]
struct Tenants {
    /// Which.
    #[attr(same_as_unset("all"))]
    kind: String,
    /// Only these.
    members: Option<Vec<String>>,
}

#[test]
fn a_block_with_a_value_that_says_the_same_as_none_is_one_that_is_left_out() {
    let guests = |tenants: Value| Value::object([("tenants", tenants)]);
    let tenants = |kind: &str, members: Value| guests(Value::object([("kind", Value::from(kind)), ("members", members)]));
    let object = Guests::object();
    assert_eq!(crate::schema::lint_schema("guests", &object), Vec::<String>::new());
    let any = [guests(Value::Null), tenants("all", Value::Null), tenants("all", list(&[]))];
    let some = [tenants("some", list(&["u"])), tenants("some", list(&["t"])), tenants("all", list(&["t"]))];
    for form in &any {
        assert_eq!(crate::effective::effective(&object, form), guests(Value::Null), "{form:?}");
        for other in &any {
            assert!(!differs(&object, form, other), "{form:?} {other:?}");
            assert_eq!(reconcile(&object, form, other.clone()), *form);
        }
        for other in &some {
            assert!(differs(&object, form, other), "{form:?} {other:?}");
            assert_eq!(crate::effective::effective(&object, other), *other);
            assert_eq!(reconcile(&object, form, other.clone()), *other);
        }
    }
}

#[test]
fn a_read_never_makes_null_of_a_group() {
    let prior = stored(settings(3, list(&["x"])), conditions(Value::Null), Value::Null);
    let found = stored(Value::Null, conditions(Value::Null), Value::Null);
    assert_eq!(*reconcile(&Policy::object(), &prior, found).attribute("settings"), empty_block());
}

#[test]
fn an_argument_that_replaces_does_so_where_its_block_comes_and_goes() {
    let of = |provider: Value| controls(Value::from("OR"), list(&["mfa"]), provider);
    let prior = |controls: Value| stored(settings(3, list(&[])), conditions(Value::Null), controls);
    let place = vec![Path::nested("controls.provider")];
    for (before, after, replace) in [
        (of(Value::from("p")), of(Value::from("q")), place.clone()),
        (of(Value::from("p")), Value::Null, place.clone()),
        (Value::Null, of(Value::from("p")), place.clone()),
        (of(Value::Null), Value::Null, vec![]),
        (of(Value::from("p")), of(Value::from("p")), vec![]),
    ] {
        let plan = planned(&config(empty_block(), conditions(Value::Null), after.clone()), &prior(before.clone()));
        assert_eq!(plan.replace, replace, "{before:?} to {after:?}");
    }
}
