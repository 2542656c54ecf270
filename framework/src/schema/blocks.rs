//! Nested blocks: their kinds and their constraints.
//!
//! Terraform drops an argument that a nested attribute does not have before the provider sees it, and refuses one that a nested block does not have. So what a
//! configuration gives is nested in blocks, and only what a provider gives in attributes.

use super::{Attribute, Nesting, Object, Shape};
use crate::value::Type;

/// How often a nested block is there, and what stands for it when the configuration leaves it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// Exactly once: the protocol's nesting mode SINGLE with a minimum of one.
    Required,
    /// At most once: nesting mode SINGLE. Left out it is null, and equal to a block in which nothing is set.
    Optional,
    /// Always: nesting mode GROUP. Left out it is an object in which nothing is set.
    Group,
}

/// The attributes that a configuration gives and that hold attributes, one sentence each: they should be blocks.
pub fn nested_configuration(name: &str, object: &Object) -> Vec<String> {
    let mut found = Vec::new();
    for attribute in object.attributes.iter().filter(|attribute| !attribute.is_output()) {
        let Shape::Nested(_, inner) = &attribute.shape else { continue };
        let place = format!("{name}.{}", attribute.name);
        if attribute.block.is_none() {
            found.push(format!("{place}: Terraform drops arguments that it does not have without a word; make it a block"));
        }
        found.extend(nested_configuration(&place, inner));
    }
    found
}

/// The nested attributes and blocks in which an attribute is declared.
#[derive(Clone, Copy, Default)]
pub(super) struct Surroundings {
    /// It is inside of a nested attribute.
    attribute: bool,
    /// It is below a group.
    group: bool,
    /// It is below a block that may be absent.
    absent: bool,
}

impl Surroundings {
    /// The surroundings of the attributes of this one.
    pub(super) fn inside(self, of: &Attribute) -> Self {
        Surroundings {
            attribute: of.block.is_none(),
            group: self.group || of.block == Some(Block::Group),
            absent: self.absent || of.block == Some(Block::Optional),
        }
    }
}

/// What is wrong with an attribute as a block, or below one.
pub(super) fn block_faults(attribute: &Attribute, surroundings: Surroundings) -> Vec<&'static str> {
    let mut found = Vec::new();
    let mut rule = |holds: bool, says: &'static str| {
        if !holds {
            found.push(says);
        }
    };
    if let Some(block) = attribute.block {
        rule(matches!(attribute.shape, Shape::Nested(Nesting::Single, _)), "only a model can be a block, not a list or a map of models");
        rule(!attribute.computed && attribute.default.is_none() && attribute.computed_from.is_none(), "a block cannot be computed");
        rule(!attribute.sensitive && !attribute.write_only, "a block cannot be hidden as a whole; its arguments can");
        rule(attribute.checks.is_empty(), "a block has no checks; its arguments have");
        rule(attribute.required == (block == Block::Required), "a block is required or may be left out");
        rule(!surroundings.attribute, "there are no blocks inside of a nested attribute");
        rule(!surroundings.group || block == Block::Group, "below a group there are only groups and arguments");
        rule(!surroundings.absent || block != Block::Group, "a group below a block that may be absent has computed arguments there");
    } else {
        let plain = matches!(attribute.shape, Shape::Plain(_));
        rule(
            !surroundings.group || (attribute.optional && attribute.computed && plain),
            "below a group every argument is optional and computed",
        );
        rule(
            !surroundings.group || !has_set(&attribute.shape.ty()),
            "a set below a group is planned as removed where the configuration does not mention it",
        );
        rule(
            !surroundings.absent || (attribute.reset_to.is_none() && (!attribute.computed || attribute.default.is_some())),
            "below a block that may be absent nothing is computed or goes back to a value: where the block is absent, Terraform refuses a plan with it",
        );
    }
    found
}

fn has_set(of: &Type) -> bool {
    match of {
        Type::Set(_) => true,
        Type::List(of) | Type::Map(of) => has_set(of),
        Type::Object(attributes) => attributes.values().any(has_set),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::lint_schema;

    fn text(name: &str, required: bool) -> Attribute {
        Attribute::new(name, Shape::Plain(Type::String), required).doc("Text.")
    }

    fn nested(name: &str, required: bool, inside: Vec<Attribute>) -> Attribute {
        let object = inside.into_iter().fold(Object::new("Inside."), Object::with);
        Attribute::new(name, Shape::Nested(Nesting::Single, object), required).doc("Nested.")
    }

    fn faults_of(attribute: Attribute) -> Vec<String> {
        lint_schema("thing", &Object::new("A thing.").with(attribute))
    }

    #[test]
    fn blocks_that_terraform_can_plan_are_without_fault() {
        for right in [
            nested("a", true, vec![text("b", true), text("c", false).default("x")]).block(),
            nested("a", false, vec![text("b", true), text("c", false).default("x"), nested("d", true, vec![text("e", false)]).block()])
                .block(),
            nested("a", true, vec![text("b", false).computed().use_state_for_unknown().reset_to("x")]).group_block(),
            nested("a", true, vec![nested("b", true, vec![text("c", false).computed()]).group_block()]).group_block(),
            nested("a", true, vec![nested("b", true, vec![text("c", false).computed()]).group_block(), text("d", false).computed()])
                .block(),
        ] {
            assert_eq!(faults_of(right.clone()), Vec::<String>::new(), "{right:?}");
            assert_eq!(nested_configuration("thing", &Object::new("A thing.").with(right)), Vec::<String>::new());
        }
    }

    #[test]
    fn blocks_that_terraform_cannot_plan_are_refused() {
        let set = Attribute::new("b", Shape::Plain(Type::Set(Box::new(Type::String))), false).doc("A set.").computed();
        for (says, wrong) in [
            ("only a model", text("a", false).block()),
            ("only a model", Attribute::new("a", Shape::Nested(Nesting::List, Object::new("Inside.")), false).doc("A list.").block()),
            ("cannot be computed", nested("a", false, vec![text("b", false)]).block().computed()),
            ("hidden as a whole", nested("a", false, vec![text("b", false)]).block().sensitive()),
            ("no checks", nested("a", false, vec![text("b", false)]).block().check(crate::schema::check::length(1, 2))),
            ("no blocks inside", nested("a", false, vec![nested("b", false, vec![text("c", false)]).block()])),
            ("optional and computed", nested("a", true, vec![text("b", false)]).group_block()),
            ("optional and computed", nested("a", true, vec![text("b", true)]).group_block()),
            ("optional and computed", nested("a", true, vec![text("b", false).output()]).group_block()),
            ("a set below a group", nested("a", true, vec![set]).group_block()),
            ("only groups", nested("a", true, vec![nested("b", false, vec![text("c", false)]).block()]).group_block()),
            ("a group below", nested("a", false, vec![nested("b", true, vec![text("c", false).computed()]).group_block()]).block()),
            ("nothing is computed", nested("a", false, vec![text("b", false).computed()]).block()),
            ("nothing is computed", nested("a", false, vec![text("b", false).output()]).block()),
            (
                "nothing is computed",
                nested(
                    "a",
                    false,
                    vec![nested("b", true, vec![text("c", false).computed().use_state_for_unknown().reset_to("x")]).block()],
                )
                .block(),
            ),
        ] {
            let found = faults_of(wrong.clone());
            assert!(found.iter().any(|fault| fault.contains(says)), "{says}: {wrong:?} has {found:?}");
        }
    }

    #[test]
    fn what_a_configuration_nests_in_attributes_is_found_at_every_level() {
        let object = Object::new("A thing.")
            .with(nested("reported", false, vec![nested("more", false, vec![text("b", false)])]).output())
            .with(nested("given", false, vec![text("b", false)]))
            .with(nested("block", true, vec![nested("inside", false, vec![text("b", false)])]).block());
        let found = nested_configuration("thing", &object);
        let places: Vec<&str> = found.iter().map(|fault| fault.split(':').next().unwrap_or_default()).collect();
        assert_eq!(places, ["thing.given", "thing.block.inside"]);
    }
}
