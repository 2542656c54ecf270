//! Property tests of planning, with arbitrary configurations and prior objects.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::{Walk, core, plan};
use crate::schema::{Attribute, Block, Object, Shape};
use crate::state::settle;
use crate::value::{Type, Value};
use crate::view::View;

fn object() -> Object {
    let text = || Shape::Plain(Type::String);
    let inner = Object::new("Inner.")
        .with(Attribute::new("kind", text(), true))
        .with(Attribute::new("number", text(), true).use_state_for_unknown())
        .with(Attribute::new("more", text(), false).default("d"));
    let nested =
        |name: &str, required: bool, object: Object| Attribute::new(name, Shape::Nested(crate::schema::Nesting::Single, object), required);
    let words = |name: &str| Attribute::new(name, Shape::Plain(Type::list(Type::String)), false).unordered().case_insensitive();
    let deep = Object::new("Deep.").with(Attribute::new("made", text(), false).computed());
    let settings = Object::new("Settings.")
        .with(Attribute::new("limit", text(), false).computed().use_state_for_unknown().case_insensitive().reset_to("z"))
        .with(words("who").computed().use_state_for_unknown())
        .with(nested("deep", true, deep.clone()).group_block());
    let filter = Object::new("Filter.")
        .with(Attribute::new("kind", text(), true))
        .with(Attribute::new("rule", text(), false).case_insensitive())
        .with(Attribute::new("more", text(), false).default("d"))
        .with(nested("inside", true, Object::new("Inside.").with(words("words"))).block());
    let conditions = Object::new("Conditions.")
        .with(Attribute::new("level", text(), false))
        .with(Attribute::new("made", text(), false).computed().use_state_for_unknown())
        .with(nested("filter", false, filter.clone()).block())
        .with(nested("deep", true, deep).group_block());
    Object::new("Outer.")
        .with(nested("settings", true, settings).group_block())
        .with(nested("filter", false, filter).block())
        .with(nested("conditions", true, conditions).block())
        .with(Attribute::new("id", text(), true).use_state_for_unknown())
        .with(Attribute::new("name", text(), true).case_insensitive())
        .with(Attribute::new("nickname", text(), false).computed().use_state_for_unknown())
        .with(Attribute::new("etag", text(), false).output())
        .with(Attribute::new("address", text(), false).computed().use_state_for_unknown().case_insensitive().computed_from(address))
        .with(Attribute::new("flag", text(), false).default("on").replace())
        .with(Attribute::new("keepers", Shape::Plain(Type::list(Type::String)), false).unordered().case_insensitive())
        .with(Attribute::new("code", text(), false).write_only())
        .with(Attribute::new("lock", Shape::Nested(crate::schema::Nesting::Single, inner.clone()), false))
        .with(Attribute::new("locks", Shape::Nested(crate::schema::Nesting::List, inner), false))
}

/// An address that follows from the name.
fn address(config: View<'_>, _: View<'_>) -> Option<Value> {
    config.get::<String>("name").map_or(Some(Value::UNKNOWN), |name| Some(Value::from(format!("at {name}"))))
}

/// The arguments of a block over something unknown.
fn unknown_arguments(object: &Object) -> Value {
    Value::object(object.attributes.iter().map(|attribute| {
        let value = match (attribute.block, &attribute.shape) {
            _ if attribute.is_output() => Value::Null,
            (Some(_), Shape::Nested(_, inner)) => unknown_arguments(inner),
            _ => Value::UNKNOWN,
        };
        (attribute.name.clone(), value)
    }))
}

/// What a configuration may have of a block: a group is always there, and no block is unknown as a whole.
fn given_block(block: Block, inner: &Object, unknowns: bool) -> BoxedStrategy<Value> {
    let absent = match block {
        Block::Required => None,
        Block::Optional => Some(Value::Null),
        Block::Group => Some(inner.absent()),
    };
    let over_unknown = unknowns.then(|| unknown_arguments(inner));
    let others: Vec<Value> = absent.into_iter().chain(over_unknown).collect();
    let given = configuration(inner, unknowns);
    if others.is_empty() { given } else { prop_oneof![3 => given, 2 => prop::sample::select(others)].boxed() }
}

/// A value that a configuration may give: known, null or unknown.
fn given(attribute: &Attribute, unknowns: bool) -> BoxedStrategy<Value> {
    if let (Some(block), Shape::Nested(_, inner)) = (attribute.block, &attribute.shape) {
        return given_block(block, inner, unknowns);
    }
    let null = if attribute.required { 0 } else { 2 };
    let unknown = u32::from(unknowns);
    let known = match &attribute.shape {
        _ if attribute.is_output() => return Just(Value::Null).boxed(),
        Shape::Plain(Type::List(_)) => vec(prop_oneof!["[abAB]", "[cd]"].prop_map(Value::from), 0..4)
            .prop_map(|mut elements| {
                elements.sort_by_key(|element| element.as_str().map(str::to_lowercase));
                elements.dedup_by_key(|element| element.as_str().map(str::to_lowercase));
                Value::List(elements)
            })
            .prop_shuffle_list(),
        Shape::Plain(_) => "[abAB]".prop_map(Value::from).boxed(),
        Shape::Nested(crate::schema::Nesting::Single, inner) => configuration(inner, unknowns),
        Shape::Nested(_, inner) => vec(configuration(inner, unknowns), 0..3).prop_map(Value::List).boxed(),
    };
    prop_oneof![5 => known, null => Just(Value::Null), unknown => Just(Value::UNKNOWN)].boxed()
}

trait ShuffleList {
    fn prop_shuffle_list(self) -> BoxedStrategy<Value>;
}

impl<S: Strategy<Value = Value> + 'static> ShuffleList for S {
    fn prop_shuffle_list(self) -> BoxedStrategy<Value> {
        (self, any::<prop::sample::Index>())
            .prop_map(|(value, turn)| match value {
                Value::List(mut elements) if !elements.is_empty() => {
                    let by = turn.index(elements.len());
                    elements.rotate_left(by);
                    Value::List(elements)
                }
                other => other,
            })
            .boxed()
    }
}

fn configuration(object: &Object, unknowns: bool) -> BoxedStrategy<Value> {
    let attributes: Vec<_> = object
        .attributes
        .iter()
        .map(|attribute| {
            given(attribute, unknowns).prop_map({
                let name = attribute.name.clone();
                move |value| (name.clone(), value)
            })
        })
        .collect();
    attributes.prop_map(Value::object).boxed()
}

/// What the service might make of a planned object: anything in the unknown places.
fn applied(planned: &Value) -> Value {
    fn fill(value: &Value) -> Value {
        match value {
            Value::Unknown(_) => Value::from("made"),
            Value::Map(entries) => Value::Map(entries.iter().map(|(name, value)| (name.clone(), fill(value))).collect()),
            Value::List(elements) => Value::List(elements.iter().map(fill).collect()),
            other => other.clone(),
        }
    }
    settle(planned, &fill(planned))
}

/// A configuration whose unknown values became known. A block over something unknown became no block where that can be.
fn resolved(object: &Object, config: &Value) -> Value {
    fn known(value: &Value) -> Value {
        match value {
            Value::Unknown(_) => Value::Null,
            Value::Map(entries) => Value::Map(entries.iter().map(|(name, value)| (name.clone(), known(value))).collect()),
            Value::List(elements) => Value::List(elements.iter().map(known).collect()),
            other => other.clone(),
        }
    }
    Value::object(object.attributes.iter().map(|attribute| {
        let config = config.attribute(&attribute.name);
        let value = match (attribute.block, &attribute.shape) {
            (Some(Block::Optional), _) if core::is_wholly_unknown(config) => Value::Null,
            (Some(_), Shape::Nested(_, inner)) if !config.is_null() => resolved(inner, config),
            _ => known(config),
        };
        (attribute.name.clone(), value)
    }))
}

/// Every known planned value is the configuration's, the prior one's, a default, or follows from the configuration; unknown configuration stays unknown.
fn check_laws(object: &Object, planned: &Value, config: &Value, prior: &Value) -> Result<(), TestCaseError> {
    for attribute in &object.attributes {
        let [planned, config, prior] = [planned, config, prior].map(|value| value.attribute(&attribute.name));
        if let (Some(_), Shape::Nested(_, inner), Value::Map(_)) = (attribute.block, &attribute.shape, planned) {
            check_laws(inner, planned, config, prior)?;
            continue;
        }
        if attribute.write_only {
            prop_assert!(planned.is_null(), "write-only {} is planned", attribute.name);
            continue;
        }
        if config.is_unknown() && !attribute.is_output() {
            prop_assert!(planned.is_unknown(), "{} was unknown and is planned as {planned:?}", attribute.name);
            continue;
        }
        if config.is_null() && !attribute.computed {
            prop_assert!(planned.is_null(), "{} is planned though nobody gives it", attribute.name);
        }
        match (&attribute.shape, config, planned) {
            (Shape::Nested(_, inner), Value::Map(_), Value::Map(_)) => check_laws(inner, planned, config, prior)?,
            (Shape::Nested(_, inner), Value::List(configs), Value::List(planned)) => {
                prop_assert_eq!(configs.len(), planned.len());
                for (at, (config, planned)) in configs.iter().zip(planned).enumerate() {
                    if config.entries().is_some() {
                        check_laws(inner, planned, config, prior.elements().and_then(|prior| prior.get(at)).unwrap_or(&Value::Null))?;
                    }
                }
            }
            _ if planned.is_unknown() => prop_assert!(attribute.computed, "{} cannot be unknown", attribute.name),
            _ => prop_assert!(
                planned == config || planned == prior || Some(planned) == attribute.default.as_ref() || attribute.computed_from.is_some(),
                "{} is planned as {planned:?}, configured as {config:?}, was {prior:?}",
                attribute.name
            ),
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn planned_values_come_from_configuration_prior_or_default(config in configuration(&object(), true), before in option::of(configuration(&object(), false))) {
        let prior = before.map_or(Value::Null, |before| applied(&plan(&object(), &before, &Value::Null, Walk::Apply).planned));
        for walk in [Walk::Plan, Walk::Apply] {
            let plan = plan(&object(), &config, &prior, walk);
            check_laws(&object(), &plan.planned, &config, &prior)?;
            prop_assert_eq!(core::is_valid(&object(), &prior, &config, &plan.planned), Ok(()));
        }
    }

    #[test]
    fn a_plan_of_what_was_applied_changes_nothing(config in configuration(&object(), false), before in option::of(configuration(&object(), false))) {
        let prior = before.map_or(Value::Null, |before| applied(&plan(&object(), &before, &Value::Null, Walk::Apply).planned));
        let first = plan(&object(), &config, &prior, Walk::Plan);
        let state = applied(&first.planned);
        for walk in [Walk::Plan, Walk::Apply] {
            let again = plan(&object(), &config, &state, walk);
            prop_assert_eq!(&again.planned, &state);
            prop_assert_eq!(again.replace, vec![]);
        }
    }

    #[test]
    fn the_plan_of_the_apply_walk_keeps_every_value_that_was_known(config in configuration(&object(), true), before in option::of(configuration(&object(), false))) {
        let prior = before.map_or(Value::Null, |before| applied(&plan(&object(), &before, &Value::Null, Walk::Apply).planned));
        let first = plan(&object(), &config, &prior, Walk::Plan);
        // A plan without a change is not planned again.
        prop_assume!(first.planned != prior);
        let second = plan(&object(), &resolved(&object(), &config), &prior, Walk::Apply);
        prop_assert_eq!(core::is_completion(&object(), &first.planned, &second.planned), Ok(()));
    }
}
