//! Planning: the object that an apply will produce, from its configuration and the prior object. A pure function.
//!
//! The rules are those of docs/terraform-protocol.md#planning. In short: configured values are planned as they are; where there is none a
//! default or the provider decides, and what the provider decides is unknown until apply, but only if something changes at all; another spelling of what is there
//! already is no change; write-only values are never planned.
//!
//! Nothing here depends on time, chance or anything outside, since Terraform plans a second time in the apply walk and the two must agree.

#[cfg(test)]
mod blocks;
#[cfg(test)]
mod core;
#[cfg(test)]
mod laws;
pub mod removed;
#[cfg(test)]
mod tables;

use crate::effective::{has_same_effect, is_absent, is_unset_text};
use crate::schema::{Attribute, Block, Nesting, Object, Shape};
use crate::value::{Path, Refinement, Step, Value};
use crate::view::View;

/// What is to become of an object.
#[derive(Debug, PartialEq)]
pub struct Plan {
    /// The planned object, with unknown values where only the apply decides.
    pub planned: Value,
    /// The attributes whose change needs another object.
    pub replace: Vec<Path>,
}

/// Which of Terraform's walks asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Walk {
    /// The plan walk: what is there was just read.
    Plan,
    /// The apply walk, or a walk that may be one: it must produce the same plan as before.
    Apply,
}

/// Plans a create (`prior` null) or an update. Both `config` and `prior` are objects of the schema's type.
pub fn plan(object: &Object, config: &Value, prior: &Value, walk: Walk) -> Plan {
    let draft = Draft { keep_order: walk == Walk::Plan && !prior.is_null() };
    let mut planned = draft.object(object, config, prior);
    let changed = differs(object, prior, &planned);
    if draft.keep_order && planned != *prior {
        // The prior order of a list without order is kept only where nothing is applied: an apply plans again, and must plan the same. What changes nothing for
        // the service, such as the form of a block, is applied, too.
        planned = Draft { keep_order: false }.object(object, config, prior);
    }
    if changed {
        forget(object, config, prior, &mut planned);
    }
    let mut replace = Vec::new();
    if !prior.is_null() {
        replacements(object, prior, &planned, &Path::root(), &mut replace);
    }
    Plan { planned, replace }
}

/// Whether anything changes for the service.
pub(crate) fn differs(object: &Object, prior: &Value, planned: &Value) -> bool {
    prior.is_null()
        || object
            .attributes
            .iter()
            .any(|attribute| !has_same_effect(attribute, prior.attribute(&attribute.name), planned.attribute(&attribute.name)))
}

/// The first draft: as if nothing computed could change.
struct Draft {
    keep_order: bool,
}

impl Draft {
    fn object(&self, object: &Object, config: &Value, prior: &Value) -> Value {
        Value::object(object.attributes.iter().map(|attribute| {
            let before = prior.attribute(&attribute.name);
            let value = match computed_from(attribute, config, prior) {
                Some(value) => self.plain(attribute, &value, before),
                None if is_alias(attribute, config, prior) => before.clone(),
                None => self.attribute(attribute, config.attribute(&attribute.name), before),
            };
            (attribute.name.clone(), value)
        }))
    }

    fn attribute(&self, attribute: &Attribute, config: &Value, prior: &Value) -> Value {
        if attribute.write_only {
            return Value::Null;
        }
        if let (Some(block), Shape::Nested(_, inner)) = (attribute.block, &attribute.shape) {
            return self.block(block, inner, config, prior);
        }
        if config.is_null() || attribute.is_output() {
            return match &attribute.default {
                Some(default) => default.clone(),
                None if attribute.computed => prior.clone(),
                None => Value::Null,
            };
        }
        if config.is_unknown() {
            return config.clone();
        }
        // Not set, though it is written: what the provider decided before stays, which Terraform takes for a normalized value.
        if is_unset_text(attribute, config)
            && attribute.computed
            && !prior.is_null()
            && attribute.default.as_ref().is_none_or(|default| default == prior)
        {
            return prior.clone();
        }
        match &attribute.shape {
            Shape::Plain(_) => self.plain(attribute, config, prior),
            Shape::Nested(nesting, inner) => self.nested(*nesting, inner, config, prior),
        }
    }

    /// A block is there exactly where the configuration has it, and a group always.
    fn block(&self, block: Block, object: &Object, config: &Value, prior: &Value) -> Value {
        match config {
            Value::Null if block != Block::Group => Value::Null,
            Value::Unknown(_) => config.clone(),
            _ => self.object(object, config, prior),
        }
    }

    /// A known value stands unless what is there is another spelling of it.
    fn plain(&self, attribute: &Attribute, config: &Value, prior: &Value) -> Value {
        let reordered = attribute.unordered && config != prior && config.is_wholly_known();
        let other_notation = !prior.is_null() && attribute.are_same(config, prior) && (!reordered || self.keep_order);
        if other_notation { prior.clone() } else { config.clone() }
    }

    fn nested(&self, nesting: Nesting, object: &Object, config: &Value, prior: &Value) -> Value {
        match (nesting, config) {
            (Nesting::Single, _) => self.object(object, config, prior),
            (Nesting::List, Value::List(elements)) => {
                let prior = prior.elements().unwrap_or_default();
                Value::List(
                    elements
                        .iter()
                        .enumerate()
                        .map(|(at, element)| self.element(object, element, prior.get(at).unwrap_or(&Value::Null)))
                        .collect(),
                )
            }
            (Nesting::Map, Value::Map(entries)) => {
                Value::Map(entries.iter().map(|(key, entry)| (key.clone(), self.element(object, entry, prior.attribute(key)))).collect())
            }
            // Terraform checks types before it asks; what does not fit is handed back as it came.
            (_, other) => other.clone(),
        }
    }

    /// Elements may be null or unknown as a whole.
    fn element(&self, object: &Object, config: &Value, prior: &Value) -> Value {
        if config.entries().is_some() { self.object(object, config, prior) } else { config.clone() }
    }
}

/// Whether the provider decides the value.
fn is_left_to_provider(attribute: &Attribute, config: &Value) -> bool {
    attribute.is_output() || config.attribute(&attribute.name).is_null()
}

/// Values that are computed from the rest of the configuration, for attributes that are not configured.
fn computed_from(attribute: &Attribute, config: &Value, prior: &Value) -> Option<Value> {
    let derive = attribute.computed_from?;
    if !is_left_to_provider(attribute, config) {
        return None;
    }
    let mut meant = config.clone();
    if let Value::Map(entries) = &mut meant {
        entries.values_mut().filter(|value| value.as_str() == Some("")).for_each(|value| *value = Value::Null);
    }
    derive(View::of(&meant), View::of(prior))
}

/// Whether the configuration writes what is there as another attribute of the object has it.
fn is_alias(attribute: &Attribute, config: &Value, prior: &Value) -> bool {
    let given = config.attribute(&attribute.name);
    let known = |value: &Value| !value.is_null() && value.is_wholly_known();
    let other = |name: &&str| attribute.are_same(given, prior.attribute(name));
    !attribute.aliases.is_empty() && known(given) && known(prior.attribute(&attribute.name)) && attribute.aliases.iter().any(other)
}

/// Something changes: what the provider decides is unknown again, unless it was decided once and for all when the object was made.
fn forget(object: &Object, config: &Value, prior: &Value, planned: &mut Value) {
    let Value::Map(planned) = planned else { return };
    let renewed: Vec<bool> = object.attributes.iter().map(|attribute| is_renewed(attribute, prior, planned)).collect();
    for (attribute, renewed) in object.attributes.iter().zip(renewed) {
        let Some(value) = planned.get_mut(&attribute.name) else { continue };
        if computed_from(attribute, config, prior).is_some() {
            continue;
        }
        let undecided = attribute.computed && attribute.default.is_none() && is_left_to_provider(attribute, config);
        let (config, before) = (config.attribute(&attribute.name), prior.attribute(&attribute.name));
        if undecided {
            if !attribute.use_state_for_unknown || renewed || prior.is_null() {
                *value = Value::Unknown(Refinement { not_null: !attribute.nullable, bounds: None });
            }
        } else if let (Some(Block::Group), Shape::Nested(_, inner)) = (attribute.block, &attribute.shape) {
            forget(inner, config, before, value);
        } else if let Shape::Nested(nesting, inner) = &attribute.shape {
            forget_nested(*nesting, inner, config, before, value);
        }
    }
}

/// Whether the plan changes an attribute that takes this one's stability away.
fn is_renewed(attribute: &Attribute, prior: &Value, planned: &std::collections::BTreeMap<String, Value>) -> bool {
    attribute.recompute_when.iter().any(|name| planned.get(*name).is_some_and(|planned| planned != prior.attribute(name)))
}

fn forget_nested(nesting: Nesting, object: &Object, config: &Value, prior: &Value, planned: &mut Value) {
    match (nesting, config, planned) {
        (Nesting::Single, Value::Map(_), planned) => forget(object, config, prior, planned),
        (Nesting::List, Value::List(configs), Value::List(planned)) => {
            let prior = prior.elements().unwrap_or_default();
            for (at, (config, planned)) in configs.iter().zip(planned).enumerate() {
                forget(object, config, prior.get(at).unwrap_or(&Value::Null), planned);
            }
        }
        (Nesting::Map, Value::Map(configs), Value::Map(planned)) => {
            for (key, planned) in planned {
                forget(object, configs.get(key).unwrap_or(&Value::Null), prior.attribute(key), planned);
            }
        }
        _ => {}
    }
}

/// The places where a change needs another object.
fn replacements(object: &Object, prior: &Value, planned: &Value, at: &Path, found: &mut Vec<Path>) {
    for attribute in &object.attributes {
        let (prior, planned) = (prior.attribute(&attribute.name), planned.attribute(&attribute.name));
        let place = at.join(Step::Attribute(attribute.name.clone()));
        // Another spelling or order of the same is no other value, even where it is planned beside a real change.
        if attribute.are_same(prior, planned) || (is_absent(prior) && is_absent(planned)) {
            continue;
        }
        match (attribute.replace, &attribute.shape) {
            (Some(decide), _) if decide(prior, planned) => found.push(place),
            (_, Shape::Nested(Nesting::Single, inner))
                if planned.entries().is_some() || (attribute.block.is_some() && planned.is_null()) =>
            {
                replacements(inner, prior, planned, &place, found)
            }
            _ => {}
        }
    }
}
