//! The checks of Terraform's core on a plan and on the result of an apply (docs/terraform-protocol.md), for the property tests.

use crate::schema::{Attribute, Block, Nesting, Object, Shape};
use crate::value::Value;

/// Whether core takes `planned` for a plan of `config`. All three are objects; `prior` may be null.
pub(super) fn is_valid(object: &Object, prior: &Value, config: &Value, planned: &Value) -> Result<(), String> {
    for attribute in &object.attributes {
        let [prior, config, planned] = [prior, config, planned].map(|value| value.attribute(&attribute.name));
        is_valid_attribute(attribute, prior, config, planned).map_err(|why| format!("{}: {why}", attribute.name))?;
    }
    Ok(())
}

fn is_valid_attribute(attribute: &Attribute, prior: &Value, config: &Value, planned: &Value) -> Result<(), String> {
    match (attribute.block, &attribute.shape) {
        (Some(_), _) if planned.is_unknown() != config.is_unknown() => Err("a block is unknown where the configuration is not".to_owned()),
        (Some(_), _) if planned.is_unknown() => Ok(()),
        (Some(Block::Group), _) if planned.is_null() => Err("a group is planned as null".to_owned()),
        (Some(_), _) if planned.is_null() != config.is_null() => Err(format!("planned as {planned:?} but configured as {config:?}")),
        (Some(_), Shape::Nested(_, inner)) if !planned.is_null() => is_valid(inner, prior, config, planned),
        (Some(_), _) => Ok(()),
        (None, Shape::Nested(nesting, inner)) if config.entries().is_some() || config.elements().is_some() => {
            is_valid_nested(*nesting, inner, prior, config, planned)
        }
        (None, _) => is_valid_leaf(attribute, prior, config, planned),
    }
}

fn is_valid_nested(nesting: Nesting, object: &Object, prior: &Value, config: &Value, planned: &Value) -> Result<(), String> {
    match (nesting, config, planned) {
        (Nesting::Single, Value::Map(_), Value::Map(_)) => is_valid(object, prior, config, planned),
        (Nesting::List, Value::List(configs), Value::List(planned)) if configs.len() == planned.len() => {
            for (at, (config, planned)) in configs.iter().zip(planned).enumerate().filter(|(_, (config, _))| config.entries().is_some()) {
                is_valid(object, prior.elements().and_then(|prior| prior.get(at)).unwrap_or(&Value::Null), config, planned)?;
            }
            Ok(())
        }
        _ => Err(format!("planned as {planned:?} but configured as {config:?}")),
    }
}

fn is_valid_leaf(attribute: &Attribute, prior: &Value, config: &Value, planned: &Value) -> Result<(), String> {
    if attribute.write_only {
        return if planned.is_null() { Ok(()) } else { Err("a write-only value is planned".to_owned()) };
    }
    let is_kept = planned == prior && !prior.is_null() && !config.is_null();
    let is_decided = attribute.computed && (!attribute.optional || config.is_null());
    let both_unknown = planned.is_unknown() && config.is_unknown();
    if planned == config || both_unknown || is_kept || is_decided {
        Ok(())
    } else {
        Err(format!("planned as {planned:?}, configured as {config:?}, was {prior:?}"))
    }
}

/// Whether core takes `actual` for what `planned` has become: in the plan of the apply walk, or after the apply.
pub(super) fn is_completion(object: &Object, planned: &Value, actual: &Value) -> Result<(), String> {
    for attribute in &object.attributes {
        let [planned, actual] = [planned, actual].map(|value| value.attribute(&attribute.name));
        let inside = match (attribute.block, &attribute.shape) {
            // A block over something unknown may turn out to be no block.
            (Some(_), _) if actual.is_null() && is_wholly_unknown(planned) => Ok(()),
            (Some(_), Shape::Nested(_, inner)) if !planned.is_null() && !actual.is_null() => is_completion(inner, planned, actual),
            _ => is_completion_of_value(planned, actual),
        };
        inside.map_err(|why| format!("{}: {why}", attribute.name))?;
    }
    Ok(())
}

/// Whether every leaf is unknown. Null is known.
pub(super) fn is_wholly_unknown(value: &Value) -> bool {
    match value {
        Value::Unknown(_) => true,
        Value::Map(entries) => entries.values().all(is_wholly_unknown),
        _ => false,
    }
}

fn is_completion_of_value(planned: &Value, actual: &Value) -> Result<(), String> {
    let whole = match (planned, actual) {
        (Value::Unknown(refined), actual) => !refined.not_null || !actual.is_null(),
        (Value::Map(one), Value::Map(other)) => {
            return one.iter().try_for_each(|(name, value)| is_completion_of_value(value, other.get(name).unwrap_or(&Value::Null)));
        }
        (Value::List(one), Value::List(other)) if one.len() == other.len() => {
            return one.iter().zip(other).try_for_each(|(one, other)| is_completion_of_value(one, other));
        }
        (one, other) => one == other,
    };
    if whole { Ok(()) } else { Err(format!("was {planned:?}, but now {actual:?}")) }
}
