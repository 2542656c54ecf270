//! The schema of an object: its attributes and the constraints of each.
//!
//! An [`Attribute`] begins as what its Rust type says (`String` is required, `Option<T>` optional) and is refined by the flags of
//! `#[attr(...)]`, each of which is a method here: the vocabulary is this `impl` block.

mod blocks;
pub mod check;
mod invariants;
mod nearest;

use std::sync::Arc;

pub use blocks::{Block, nested_configuration};
pub use check::Check;
pub use invariants::lint_schema;

use crate::value::{Type, Value};
use crate::view::View;

/// Returns whether two known values are spellings of the same thing.
pub type Same = fn(&Value, &Value) -> bool;

/// Computes the comparison key of a text: texts with the same key are spellings of the same thing.
pub type Key = fn(&str) -> String;

/// Decides from the prior and the planned value whether the object must be replaced.
pub type ReplaceWhen = fn(&Value, &Value) -> bool;

/// Decides a computed value already in the plan, from the configuration of the object around it and what is there (nothing in a create). It may decide
/// that the value is unknown; none where it has no opinion. A pure function of its arguments.
pub type Derive = fn(config: View<'_>, prior: View<'_>) -> Option<Value>;

/// A group of attributes: a resource, a provider configuration, or one level of nesting.
#[derive(Clone, Debug)]
pub struct Object {
    /// What it is, in Markdown: the Rust doc comment. The first paragraph stands alone as a summary.
    pub doc: String,
    /// The attributes in the order of declaration.
    pub attributes: Vec<Attribute>,
}

/// How many objects a nested attribute has, and in which collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// One object.
    Single,
    /// A list of objects.
    List,
    /// A map of objects.
    Map,
}

/// What the value of an attribute looks like.
#[derive(Clone, Debug)]
pub enum Shape {
    /// A value of a plain type.
    Plain(Type),
    /// An attribute, or a block, with attributes of its own.
    Nested(Nesting, Object),
}

impl Shape {
    /// The type of its values.
    pub fn ty(&self) -> Type {
        match self {
            Shape::Plain(of) => of.clone(),
            Shape::Nested(Nesting::Single, object) => object.ty(),
            Shape::Nested(Nesting::List, object) => Type::list(object.ty()),
            Shape::Nested(Nesting::Map, object) => Type::map(object.ty()),
        }
    }
}

/// One attribute.
#[derive(Clone)]
pub struct Attribute {
    /// Its name in HCL.
    pub name: String,
    /// What it means, in Markdown: the Rust doc comment.
    pub doc: String,
    /// What its value looks like.
    pub shape: Shape,
    /// Whether it is a nested block, and which. Blocks refuse arguments that they do not have; of nested attributes, Terraform drops them.
    pub block: Option<Block>,
    /// It concerns the provider alone, as timeouts do: no model has it, no service knows it, and its change is no change of the object.
    pub provider_only: bool,
    /// It is part of what names the object at its service: see [`crate::identity`].
    pub identity: bool,
    /// The configuration must give it.
    pub required: bool,
    /// The configuration may give it.
    pub optional: bool,
    /// The provider may give it.
    pub computed: bool,
    /// Whether its value can be null once the object exists.
    pub nullable: bool,
    /// Terraform hides it.
    pub sensitive: bool,
    /// It is given to the provider and stored nowhere.
    pub write_only: bool,
    /// Computed once: later plans keep the value.
    pub use_state_for_unknown: bool,
    /// Attributes of the same object whose change makes a stable value unknown again.
    pub recompute_when: &'static [&'static str],
    /// What decides the value in the plan when the configuration does not give it.
    pub computed_from: Option<Derive>,
    /// Attributes of the same object whose values are other spellings of this one's.
    pub aliases: &'static [&'static str],
    /// Another value means another object.
    pub replace: Option<ReplaceWhen>,
    /// Value that is planned when the configuration leaves the attribute out.
    pub default: Option<Value>,
    /// Value that is planned when the attribute is removed from the configuration. If it was never configured, the provider decides its value.
    pub reset_to: Option<Value>,
    /// An empty text or list is a value of its own here; elsewhere it is the same as an attribute that is not set.
    pub empty_is_value: bool,
    /// The value that says the same as no value: a block in which nothing else is set counts as left out.
    pub same_as_unset: Option<Value>,
    /// A list whose order means nothing.
    pub unordered: bool,
    /// What counts as another spelling of the same value.
    pub semantic_equality: Option<Same>,
    /// Comparison key of a text, or of the elements of a list of texts.
    pub key: Option<Key>,
    /// What its value must satisfy.
    pub checks: Vec<Check>,
    /// Why it should no longer be used.
    pub deprecated: Option<String>,
}

impl std::fmt::Debug for Attribute {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attribute").field("name", &self.name).field("shape", &self.shape).finish_non_exhaustive()
    }
}

impl Object {
    /// No attributes yet.
    pub fn new(doc: &str) -> Self {
        Object { doc: doc.to_owned(), attributes: Vec::new() }
    }

    /// One attribute more.
    pub fn with(mut self, attribute: Attribute) -> Self {
        self.attributes.push(attribute);
        self
    }

    /// The attributes of another object more: what `#[attr(flatten)]` does.
    pub fn with_all(mut self, other: Object) -> Self {
        self.attributes.extend(other.attributes);
        self
    }

    /// These attributes are part of the identity of the object around: `#[attr(flatten, identity(&["scope"]))]`, for a model that several resources share.
    pub fn identity(mut self, names: &[&str]) -> Self {
        for attribute in self.attributes.iter_mut().filter(|attribute| names.contains(&attribute.name.as_str())) {
            attribute.identity = true;
        }
        self
    }

    /// The type of its values.
    pub fn ty(&self) -> Type {
        Type::object(self.attributes.iter().map(|attribute| (attribute.name.clone(), attribute.shape.ty())))
    }

    /// The value in which nothing is set.
    pub fn absent(&self) -> Value {
        let absent = |attribute: &Attribute| match (attribute.block, &attribute.shape) {
            (Some(Block::Group), Shape::Nested(_, inner)) => inner.absent(),
            _ => Value::Null,
        };
        Value::object(self.attributes.iter().map(|attribute| (attribute.name.clone(), absent(attribute))))
    }

    /// The attribute of that name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }
}

impl Attribute {
    /// An attribute of this shape, required or optional.
    pub fn new(name: &str, shape: Shape, required: bool) -> Self {
        Attribute {
            name: name.to_owned(),
            doc: String::new(),
            shape,
            block: None,
            provider_only: false,
            identity: false,
            required,
            optional: !required,
            computed: false,
            nullable: !required,
            sensitive: false,
            write_only: false,
            use_state_for_unknown: false,
            recompute_when: &[],
            computed_from: None,
            aliases: &[],
            replace: None,
            default: None,
            reset_to: None,
            empty_is_value: false,
            same_as_unset: None,
            unordered: false,
            semantic_equality: None,
            key: None,
            checks: Vec::new(),
            deprecated: None,
        }
    }

    /// What it means.
    pub fn doc(mut self, text: &str) -> Self {
        self.doc = text.to_owned();
        self
    }

    /// A nested block: one that the configuration must write, or, for an `Option`, may leave out. Left out it is null, which is equal to a block in which
    /// nothing is set.
    pub fn block(mut self) -> Self {
        self.block = Some(if self.required { Block::Required } else { Block::Optional });
        self
    }

    /// A nested block that is never null, of optional and computed arguments: what the configuration does not mention stays as the service has it. The field is
    /// the model itself, not an `Option` of it.
    pub fn group_block(mut self) -> Self {
        self.block = Some(Block::Group);
        self.required = false;
        self.optional = true;
        self.nullable = false;
        self
    }

    /// It concerns the provider alone, and is in no model: see [`Attribute::provider_only`](field@Attribute::provider_only).
    pub fn provider_only(mut self) -> Self {
        self.provider_only = true;
        self
    }

    /// It is part of the identity of the object, which Terraform 1.12 and newer store beside the state and take in `import` blocks. A string that cannot
    /// change while the object exists.
    pub fn identity(mut self) -> Self {
        self.identity = true;
        self
    }

    /// The provider gives it. An optional attribute may be given by either side; any other only by the provider.
    pub fn computed(mut self) -> Self {
        self.computed = true;
        self.required = false;
        self
    }

    /// Marks it as computed only; its value may be null. Nested objects below it are attributes, not blocks.
    pub fn output(mut self) -> Self {
        if let Shape::Nested(_, object) = &mut self.shape {
            let inner = std::mem::take(&mut object.attributes);
            let as_output = |attribute: Attribute| Attribute { default: None, reset_to: None, checks: Vec::new(), ..attribute.output() };
            object.attributes = inner.into_iter().map(as_output).collect();
        }
        self.optional = false;
        self.block = None;
        self.computed()
    }

    /// Given by the provider once; later plans keep its value instead of calling it unknown.
    pub fn use_state_for_unknown(mut self) -> Self {
        self.use_state_for_unknown = true;
        if self.required { self.computed() } else { self }
    }

    /// A stable value that is unknown again in a plan that changes one of these attributes of the same object.
    pub fn recompute_when(mut self, attributes: &'static [&'static str]) -> Self {
        self.recompute_when = attributes;
        self
    }

    /// A computed value that follows from the rest of the configuration, so that a plan can show it.
    pub fn computed_from(mut self, derive: Derive) -> Self {
        self.computed_from = Some(derive);
        self
    }

    /// The same thing can be written as what one of these attributes of the object holds: a name for an id, and the other way round. They must be
    /// outputs that change only when this attribute does.
    pub fn aliases(mut self, attributes: &'static [&'static str]) -> Self {
        self.aliases = attributes;
        self
    }

    /// Another value means another object.
    pub fn replace(self) -> Self {
        self.replace_when(|_, _| true)
    }

    /// Some other values mean another object.
    pub fn replace_when(mut self, decide: ReplaceWhen) -> Self {
        self.replace = Some(decide);
        self
    }

    /// Value that is planned when the configuration leaves the attribute out.
    pub fn default(mut self, value: impl Into<Value>) -> Self {
        self.default = Some(value.into());
        self.required = false;
        self.optional = true;
        self.computed = true;
        self
    }

    /// Plans this value when the attribute is removed from the configuration. If it was never configured, its value is left alone.
    pub fn reset_to(mut self, value: impl Into<Value>) -> Self {
        self.reset_to = Some(value.into());
        self
    }

    /// Terraform hides it.
    pub fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// Given to the provider and stored nowhere (Terraform 1.11 and newer).
    pub fn write_only(mut self) -> Self {
        self.write_only = true;
        self
    }

    /// An empty text or list is a value of its own: it does not mean that the attribute is not set.
    pub fn empty_is_value(mut self) -> Self {
        self.empty_is_value = true;
        self
    }

    /// The value that says the same as no value, though the argument is required: a block in which nothing else is set counts as left out.
    pub fn same_as_unset(mut self, value: impl Into<Value>) -> Self {
        self.same_as_unset = Some(value.into());
        self
    }

    /// A list whose order means nothing; a repeated element counts once. Used instead of a set, on which Terraform's core is quadratic.
    pub fn unordered(mut self) -> Self {
        self.unordered = true;
        self
    }

    /// Text in which upper and lower case mean the same, as in object ids.
    pub fn case_insensitive(self) -> Self {
        self.normalize(str::to_lowercase)
    }

    /// Text of which two spellings mean the same if they have the same key.
    pub fn normalize(mut self, key: Key) -> Self {
        self.key = Some(key);
        self
    }

    /// What counts as another spelling of the same value.
    pub fn semantic_equality(mut self, compare: Same) -> Self {
        self.semantic_equality = Some(compare);
        self
    }

    /// What a value must satisfy. A list, set or map is checked element by element unless the check is about the whole.
    pub fn check(mut self, check: Check) -> Self {
        self.checks.push(check);
        self
    }

    /// Why it should no longer be used.
    pub fn deprecated(mut self, why: &str) -> Self {
        self.deprecated = Some(why.to_owned());
        self
    }

    /// Whether only the provider gives it.
    pub fn is_output(&self) -> bool {
        self.computed && !self.optional
    }

    /// Whether these are two spellings of the same value: equal, equal but for what `same` overlooks, or equal but for an order
    /// that means nothing. Null and unknown are only the same as themselves.
    pub fn are_same(&self, one: &Value, other: &Value) -> bool {
        if one == other {
            return true;
        }
        match (one, other) {
            // What compares lists as a whole goes before the comparison of their elements.
            (Value::List(_), Value::List(_)) if self.semantic_equality.is_some_and(|same| same(one, other)) => true,
            (Value::List(left), Value::List(right)) if self.unordered => self.same_elements(left, right),
            (Value::List(left), Value::List(right)) if left.len() == right.len() => {
                left.iter().zip(right).all(|(l, r)| self.are_same_leaf(l, r))
            }
            _ => self.are_same_leaf(one, other),
        }
    }

    fn are_same_leaf(&self, one: &Value, other: &Value) -> bool {
        let other_notation =
            || matches!((self.key, one, other), (Some(key), Value::String(one), Value::String(other)) if key(one) == key(other));
        one == other
            || (is_plain(one) && is_plain(other) && self.semantic_equality.is_some_and(|same| same(one, other)))
            || other_notation()
    }

    /// Whether two lists hold the same elements in any order, each counted once. By sorting, not by pairs: these lists can be long.
    fn same_elements(&self, left: &[Value], right: &[Value]) -> bool {
        let keys = |elements: &[Value]| -> Option<Vec<String>> {
            let mut keys = elements.iter().map(|element| self.element_key(element)).collect::<Option<Vec<_>>>()?;
            keys.sort_unstable();
            keys.dedup();
            Some(keys)
        };
        matches!((keys(left), keys(right)), (Some(left), Some(right)) if left == right)
    }

    /// Comparison key of an element of an unordered list; none for an element that is not a known text.
    pub fn element_key(&self, element: &Value) -> Option<String> {
        let text = element.as_str()?;
        if let Some(key) = self.key {
            return Some(key(text));
        }
        Some(if self.semantic_equality.is_some_and(|same| same(&Value::from("A"), &Value::from("a"))) {
            text.to_lowercase()
        } else {
            text.to_owned()
        })
    }
}

/// Known, and neither null nor a collection.
fn is_plain(value: &Value) -> bool {
    matches!(value, Value::Bool(_) | Value::Number(_) | Value::String(_))
}

/// A check shared by many attributes.
pub(crate) type Test = Arc<dyn Fn(&Value) -> Result<(), String> + Send + Sync>;
