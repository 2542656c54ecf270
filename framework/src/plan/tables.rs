//! Table tests of planning: each rule, with the error of Terraform if it were broken.

use super::{Plan, Walk, plan};
use crate::Model;
use crate::value::{Path, Refinement, Value};
use crate::view::View;

/// An object with one attribute for every rule.
#[derive(Model, Debug, PartialEq)]
struct Widget {
    /// The id.
    #[attr(use_state_for_unknown)]
    id: String,
    /// Required.
    name: String,
    /// Optional.
    note: Option<String>,
    /// Computed or given, and kept.
    #[attr(computed, use_state_for_unknown, case_insensitive)]
    nickname: Option<String>,
    /// Recomputed with every change.
    #[attr(output)]
    etag: Option<String>,
    /// With a default.
    #[attr(default(true))]
    open: bool,
    /// A change replaces the object.
    #[attr(replace)]
    site: Option<String>,
    /// Without order; a change replaces the object.
    #[attr(unordered, semantic_equality(same_but_case), replace)]
    keepers: Option<Vec<String>>,
    /// Nested.
    lock: Option<Lock>,
    /// Given, never stored.
    #[attr(write_only)]
    code: Option<String>,
}

/// A lock.
#[derive(Model, Debug, PartialEq)]
struct Lock {
    /// Its kind.
    kind: String,
    /// Its number.
    #[attr(use_state_for_unknown)]
    number: String,
    /// How many turns.
    #[attr(default(1))]
    turns: i64,
}

const NAMES: [&str; 10] = ["id", "name", "note", "nickname", "etag", "open", "site", "keepers", "lock", "code"];

/// An object with these attributes and null for the rest.
fn widget(given: &[(&str, Value)]) -> Value {
    Value::object(NAMES.map(|name| (name, given.iter().find(|(given, _)| *given == name).map_or(Value::Null, |(_, value)| value.clone()))))
}

fn list(elements: &[&str]) -> Value {
    Value::List(elements.iter().map(|element| Value::from(*element)).collect())
}

fn lock(kind: &str, number: Value, turns: Value) -> Value {
    Value::object([("kind", Value::from(kind)), ("number", number), ("turns", turns)])
}

fn never_null() -> Value {
    Value::Unknown(Refinement { not_null: true, bounds: None })
}

fn prior() -> Value {
    widget(&[
        ("id", Value::from("1")),
        ("name", Value::from("north")),
        ("nickname", Value::from("N")),
        ("etag", Value::from("e1")),
        ("open", Value::from(true)),
        ("site", Value::from("a")),
        ("keepers", list(&["x", "y", "z"])),
        ("lock", lock("iron", Value::from("77"), Value::from(1))),
    ])
}

/// The prior object as a configuration would give it.
fn config(changes: &[(&str, Value)]) -> Value {
    let mut config = widget(&[
        ("name", Value::from("north")),
        ("site", Value::from("a")),
        ("keepers", list(&["x", "y", "z"])),
        ("lock", lock("iron", Value::Null, Value::Null)),
    ]);
    set(&mut config, changes);
    config
}

fn set(object: &mut Value, changes: &[(&str, Value)]) {
    let Value::Map(attributes) = object else { return };
    for (name, value) in changes {
        attributes.insert((*name).to_owned(), value.clone());
    }
}

fn planned(config: &Value, prior: &Value, walk: Walk) -> Plan {
    plan(&Widget::object(), config, prior, walk)
}

/// The prior object with these changes, and `etag` unknown because something changed.
fn changed(changes: &[(&str, Value)]) -> Value {
    let mut object = prior();
    set(&mut object, &[("etag", Value::UNKNOWN)]);
    set(&mut object, changes);
    object
}

#[test]
fn a_create_takes_the_configuration_the_defaults_and_leaves_the_rest_unknown() {
    let config = config(&[("code", Value::from("secret"))]);
    let expected = widget(&[
        ("id", never_null()),
        ("name", Value::from("north")),
        ("nickname", Value::UNKNOWN),
        ("etag", Value::UNKNOWN),
        ("open", Value::from(true)),
        ("site", Value::from("a")),
        ("keepers", list(&["x", "y", "z"])),
        ("lock", lock("iron", never_null(), Value::from(1))),
    ]);
    assert_eq!(planned(&config, &Value::Null, Walk::Apply), Plan { planned: expected, replace: vec![] });
}

#[test]
fn nothing_changes_when_nothing_changes() {
    for walk in [Walk::Plan, Walk::Apply] {
        for other_notation in
            [vec![], vec![("nickname", Value::from("n"))], vec![("code", Value::from("other"))], vec![("open", Value::from(true))]]
        {
            assert_eq!(planned(&config(&other_notation), &prior(), walk), Plan { planned: prior(), replace: vec![] }, "{other_notation:?}");
        }
    }
}

#[test]
fn a_change_makes_unknown_what_is_computed_anew_and_only_that() {
    let note = ("note", Value::from("new"));
    assert_eq!(planned(&config(std::slice::from_ref(&note)), &prior(), Walk::Plan).planned, changed(&[note]));
    let unknown = ("note", Value::UNKNOWN);
    assert_eq!(planned(&config(std::slice::from_ref(&unknown)), &prior(), Walk::Plan).planned, changed(&[unknown]));
}

#[test]
fn what_leaves_the_configuration_becomes_null_or_its_default_unless_the_provider_decides_it() {
    let gone = config(&[("keepers", Value::Null), ("lock", Value::Null)]);
    assert_eq!(planned(&gone, &prior(), Walk::Plan).planned, changed(&[("keepers", Value::Null), ("lock", Value::Null)]));
    let mut closed = prior();
    set(&mut closed, &[("open", Value::from(false))]);
    assert_eq!(planned(&config(&[]), &closed, Walk::Plan).planned, changed(&[]));
}

#[test]
fn an_order_that_means_nothing_is_kept_only_where_nothing_is_applied() {
    let reordered = ("keepers", list(&["Z", "x", "y"]));
    assert_eq!(planned(&config(std::slice::from_ref(&reordered)), &prior(), Walk::Plan).planned, prior());
    // In the apply walk the configuration's order stands: the plan that is applied had it too. For the service nothing changes, and nothing becomes unknown.
    let mut kept = prior();
    set(&mut kept, std::slice::from_ref(&reordered));
    assert_eq!(planned(&config(std::slice::from_ref(&reordered)), &prior(), Walk::Apply).planned, kept);
    assert!(!super::differs(&Widget::object(), &prior(), &kept));
    let with_note = [reordered, ("note", Value::from("new"))];
    for walk in [Walk::Plan, Walk::Apply] {
        // A new order beside a real change is applied with it, but it is no reason to replace.
        assert_eq!(planned(&config(&with_note), &prior(), walk), Plan { planned: changed(&with_note), replace: vec![] });
    }
}

#[test]
fn a_list_with_an_unknown_element_is_the_configurations() {
    let partly = ("keepers", Value::List(vec![Value::from("z"), Value::UNKNOWN]));
    assert_eq!(planned(&config(std::slice::from_ref(&partly)), &prior(), Walk::Plan).planned, changed(&[partly]));
}

#[test]
fn another_site_is_another_gate_also_while_it_is_unknown() {
    for site in [Value::from("b"), Value::UNKNOWN, Value::Null] {
        let plan = planned(&config(&[("site", site.clone())]), &prior(), Walk::Plan);
        assert_eq!((plan.planned, plan.replace), (changed(&[("site", site)]), vec![Path::attribute("site")]));
    }
}

#[test]
fn a_nested_object_keeps_its_stable_parts_and_a_new_one_has_none() {
    let steel = ("lock", lock("steel", Value::Null, Value::from(2)));
    assert_eq!(
        planned(&config(std::slice::from_ref(&steel)), &prior(), Walk::Plan).planned,
        changed(&[("lock", lock("steel", Value::from("77"), Value::from(2)))])
    );
    let mut without = prior();
    set(&mut without, &[("lock", Value::Null)]);
    assert_eq!(planned(&config(&[]), &without, Walk::Plan).planned, changed(&[("lock", lock("iron", never_null(), Value::from(1)))]));
}

#[test]
fn the_timeouts_block_is_the_configurations_and_changes_nothing_else() {
    let mut without = prior();
    set(&mut without, &[("timeouts", Value::Null)]);
    let object = Widget::object().with(crate::Timeouts::minutes(5).block());
    let of = |create: &Value| {
        let all = ["create", "read", "update", "delete"].map(|name| (name, if name == "create" { create.clone() } else { Value::Null }));
        Value::object(all)
    };
    let (mut with_block, block) = (prior(), of(&Value::from("9m")));
    set(&mut with_block, &[("timeouts", block.clone())]);
    assert_eq!(plan(&object, &config(&[("timeouts", block)]), &without, Walk::Plan), Plan { planned: with_block, replace: vec![] });
}

/// A door with a key that the provider makes, or that is supplied with a version.
#[derive(Model, Debug, PartialEq)]
struct Door {
    /// Which key: another one makes the old one worthless.
    version: Option<i64>,
    /// A colour.
    colour: Option<String>,
    /// The key.
    #[attr(computed, use_state_for_unknown, recompute_when(&["version"]))]
    key: Option<String>,
}

#[test]
fn a_stable_value_is_unknown_again_when_what_renews_it_changes() {
    let door = |version: Value, colour: Value, key: Value| Value::object([("version", version), ("colour", colour), ("key", key)]);
    let prior = door(Value::from(1), Value::Null, Value::from("k"));
    for (version, colour, key, expected) in [
        (Value::from(1), Value::from("red"), Value::Null, Value::from("k")),
        (Value::from(2), Value::Null, Value::Null, Value::UNKNOWN),
        (Value::Null, Value::Null, Value::Null, Value::UNKNOWN),
        (Value::UNKNOWN, Value::Null, Value::Null, Value::UNKNOWN),
        (Value::from(2), Value::Null, Value::from("given"), Value::from("given")),
    ] {
        let config = door(version.clone(), colour.clone(), key);
        let planned = plan(&Door::object(), &config, &prior, Walk::Plan).planned;
        assert_eq!(planned, door(version, colour, expected));
    }
    assert_eq!(crate::schema::lint_schema("door", &Door::object()), Vec::<String>::new());
}

/// A window that is given by its wall, or by the side of the house.
#[derive(Model, Debug, PartialEq)]
struct Window {
    /// A side of the house.
    #[attr(computed, use_state_for_unknown, computed_from(side))]
    side: Option<String>,
    /// A wall.
    #[attr(computed, use_state_for_unknown, case_insensitive, computed_from(wall), replace)]
    wall: Option<String>,
    /// Its kind: a name, or the number that the maker gave it.
    #[attr(case_insensitive, aliases(&["number"]))]
    kind: Option<String>,
    /// The number of its kind.
    #[attr(output, use_state_for_unknown, recompute_when(&["kind"]))]
    number: Option<String>,
    /// A note.
    note: Option<String>,
}

fn side(config: View<'_>, _: View<'_>) -> Option<Value> {
    match config.get::<Option<String>>("wall") {
        Some(wall) => Some(Value::from(wall?.trim_end_matches(" wall"))),
        None => Some(Value::UNKNOWN),
    }
}

fn wall(config: View<'_>, _: View<'_>) -> Option<Value> {
    match config.get::<Option<String>>("side") {
        Some(side) => Some(Value::from(format!("{} wall", side?))),
        None => Some(Value::UNKNOWN),
    }
}

fn window(side: Value, wall: Value) -> Value {
    Value::object([("side", side), ("wall", wall), ("kind", Value::Null), ("number", Value::Null), ("note", Value::Null)])
}

#[test]
fn what_follows_from_the_configuration_is_planned() {
    let (south, south_wall) = (Value::from("south"), Value::from("south wall"));
    let whole = window(south.clone(), south_wall.clone());
    let planned = |config: &Value, prior: &Value| plan(&Window::object(), config, prior, Walk::Plan);
    let mut made = whole.clone();
    set(&mut made, &[("number", Value::UNKNOWN)]);
    for config in [window(south.clone(), Value::Null), window(Value::Null, south_wall.clone())] {
        assert_eq!(planned(&config, &Value::Null).planned, made, "in a create");
        assert_eq!(
            planned(&config, &whole),
            Plan { planned: whole.clone(), replace: vec![] },
            "either way of telling it, and nothing changes"
        );
    }
    // What follows in another spelling of what is there is no change.
    let shouted = window(south.clone(), Value::from("SOUTH WALL"));
    assert_eq!(planned(&window(south, Value::Null), &shouted), Plan { planned: shouted, replace: vec![] });
    // And another one is another window.
    let other = planned(&window(Value::from("north"), Value::Null), &whole);
    assert_eq!((other.planned.attribute("wall"), other.replace), (&Value::from("north wall"), vec![Path::attribute("wall")]));
    let unknown = planned(&window(Value::UNKNOWN, Value::Null), &whole);
    assert_eq!((unknown.planned.attribute("wall"), unknown.replace), (&Value::UNKNOWN, vec![Path::attribute("wall")]));
    // Without an opinion it is as computed values are.
    assert_eq!(planned(&window(Value::Null, Value::Null), &whole), Plan { planned: whole, replace: vec![] });
}

#[test]
fn what_another_attribute_calls_it_is_no_change() {
    let window = |kind: &str, number: Value, note: Value| {
        let mut window = window(Value::Null, Value::Null);
        set(&mut window, &[("kind", Value::from(kind)), ("number", number), ("note", note)]);
        window
    };
    let prior = window("Bay", Value::from("N7"), Value::Null);
    let planned = |config: &Value| plan(&Window::object(), config, &prior, Walk::Plan).planned;
    for spelling in ["Bay", "bay", "N7", "n7"] {
        assert_eq!(planned(&window(spelling, Value::Null, Value::Null)), prior, "{spelling}");
        let noted = window("Bay", Value::from("N7"), Value::from("x"));
        assert_eq!(planned(&window(spelling, Value::Null, Value::from("x"))), noted, "{spelling}");
    }
    assert_eq!(planned(&window("N8", Value::Null, Value::Null)), window("N8", Value::UNKNOWN, Value::Null));
    assert_eq!(crate::schema::lint_schema("window", &Window::object()), Vec::<String>::new());
}

#[test]
fn the_declaration_is_without_fault() {
    assert_eq!(crate::schema::lint_schema("widget", &Widget::object()), Vec::<String>::new());
}
