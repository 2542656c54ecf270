//! Constraints of every schema, so that a new row of the table cannot be wrong silently: Terraform's own rules
//! (docs/terraform-protocol.md#schema-rules, checked here because a violation stops every command) and ours.

use super::blocks::{Surroundings, block_faults};
use super::{Attribute, Object, Shape};
use crate::value::Type;

/// Names that a configuration can never reach (docs/terraform-protocol.md#schema-rules).
const RESERVED: [&str; 9] = ["count", "for_each", "provider", "depends_on", "lifecycle", "connection", "provisioner", "locals", "_"];

/// What is wrong with a schema, one sentence each; empty when all is well.
pub fn lint_schema(name: &str, object: &Object) -> Vec<String> {
    let mut found = Vec::new();
    if !is_prose(&object.doc) {
        found.push(format!("{name}: its doc comment must begin with a capital letter and end with a full stop"));
    }
    for attribute in &object.attributes {
        let place = format!("{name}.{}", attribute.name);
        if RESERVED.contains(&attribute.name.as_str()) {
            found.push(format!("{place}: Terraform keeps this name for itself"));
        }
        attribute_faults(&place, attribute, Surroundings::default(), &mut found);
        if object.attributes.iter().filter(|other| other.name == attribute.name).count() > 1 {
            found.push(format!("{place}: another attribute has the same name"));
        }
        for other in attribute.recompute_when.iter().filter(|other| object.attribute(other).is_none()) {
            found.push(format!("{place}: it is renewed by {other}, which is no attribute beside it"));
        }
        for other in attribute.aliases.iter().filter(|other| !object.attribute(other).is_some_and(Attribute::is_output)) {
            found.push(format!("{place}: its alternative spelling {other} is not a computed attribute beside it"));
        }
    }
    found
}

fn attribute_faults(place: &str, attribute: &Attribute, surroundings: Surroundings, found: &mut Vec<String>) {
    let mut rule = |holds: bool, says: &str| {
        if !holds {
            found.push(format!("{place}: {says}"));
        }
    };
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    rule(is_name(&attribute.name), "its name must be lower case letters, digits and underscores");
    rule(is_prose(&attribute.doc), "its doc comment must begin with a capital letter or code and end with a full stop");
    rule(attribute.required || attribute.optional || attribute.computed, "nobody gives it");
    rule(!(attribute.required && (attribute.optional || attribute.computed)), "required excludes optional and computed");
    rule(!attribute.use_state_for_unknown || attribute.computed, "stable means nothing unless it is computed");
    rule(attribute.recompute_when.is_empty() || attribute.use_state_for_unknown, "only what is stable can be renewed");
    rule(
        attribute.computed_from.is_none() || (attribute.computed && attribute.default.is_none()),
        "only what is computed, without a default, can be derived",
    );
    rule(
        attribute.reset_to.is_none() || (attribute.use_state_for_unknown && attribute.default.is_none()),
        "only what is stable and has no default can go back to a value when it is removed",
    );
    rule(!attribute.identity || matches!(attribute.shape, Shape::Plain(Type::String)), "only a string can be part of the identity");
    rule(!attribute.identity || !(attribute.sensitive || attribute.write_only), "nothing secret can be part of the identity");
    rule(
        !attribute.identity || attribute.replace.is_some() || attribute.use_state_for_unknown,
        "what is part of the identity cannot change: it must be stable, or its change must replace the object",
    );
    rule(!attribute.write_only || !attribute.computed, "a write-only attribute cannot be computed");
    rule(
        !attribute.unordered || matches!(&attribute.shape, Shape::Plain(Type::List(of)) if **of == Type::String),
        "only a list of strings can be unordered",
    );
    rule(!matches!(attribute.shape, Shape::Plain(Type::Dynamic)), "a dynamic attribute can be neither planned nor documented");
    found.extend(block_faults(attribute, surroundings).into_iter().map(|says| format!("{place}: {says}")));
    if let Shape::Nested(_, object) = &attribute.shape {
        for inner in &object.attributes {
            if inner.identity {
                found.push(format!("{place}.{}: a nested attribute cannot be part of the identity", inner.name));
            }
            attribute_faults(&format!("{place}.{}", inner.name), inner, surroundings.inside(attribute), found);
        }
    }
}

fn is_prose(doc: &str) -> bool {
    doc.starts_with(|c: char| c.is_uppercase() || c == '`') && doc.trim_end().ends_with(['.', '`', ')'])
}
