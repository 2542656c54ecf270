//! Paths in values: the steps from the root of a resource to an attribute or element.

use std::fmt;

/// One step into a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// An attribute of an object, or a nested block.
    Attribute(String),
    /// An element of a map.
    Key(String),
    /// An element of a list or tuple. Elements of sets have no path: the set is named instead (docs/terraform-protocol.md#planning).
    Index(i64),
}

/// The steps from the root to some place. The root is the empty path.
///
/// It is shown as HCL writes it: `dynamic_membership.rule`, `owners[3]`, `labels["a b"]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path(pub Vec<Step>);

impl Path {
    /// The root.
    pub fn root() -> Self {
        Path::default()
    }

    /// The path of one attribute of the root.
    pub fn attribute(name: impl Into<String>) -> Self {
        Path(vec![Step::Attribute(name.into())])
    }

    /// The path of nested attributes, written with dots: `conditions.users`.
    pub fn nested(dotted: &str) -> Self {
        Path(dotted.split('.').map(|name| Step::Attribute(name.to_owned())).collect())
    }

    /// This path and one step more.
    pub fn join(&self, step: Step) -> Self {
        let mut steps = Vec::with_capacity(self.0.len() + 1);
        steps.extend(self.0.iter().cloned());
        steps.push(step);
        Path(steps)
    }

    /// Whether this is the root.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Attribute(name) if at == 0 => f.write_str(name)?,
                Step::Attribute(name) => write!(f, ".{name}")?,
                Step::Key(key) => write!(f, "[{key:?}]")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}
