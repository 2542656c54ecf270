//! The trait of a provider function: a model whose attributes are the parameters, in the order of declaration.

use crate::diagnostic::{Diagnostic, Diagnostics, Result};
use crate::entry::model;
use crate::model::{Field, Model};
use crate::schema::Object;
use crate::validate;
use crate::value::{Path, Step, Type, Value};

/// A function of the provider: `provider::<provider>::<NAME>(...)`. Terraform 1.8 and newer, OpenTofu 1.7 and newer.
///
/// It must be pure: it runs in a process that is not configured, and the same arguments must give the same result. The doc comment is its
/// documentation, the first paragraph the summary. A parameter that may be null is an `Option`.
pub trait Function: Model + 'static {
    /// The name, without a prefix.
    const NAME: &'static str;

    /// The type of its result.
    type Output: Field;

    /// Computes the result. An error at an attribute of the root is reported for that argument.
    fn call(self) -> Result<Self::Output>;
}

/// One function of a provider's table.
#[derive(Debug)]
pub struct FunctionEntry {
    /// The name.
    pub name: &'static str,
    /// The parameters, in order, and the documentation.
    pub parameters: Object,
    /// The type of the result.
    pub returns: Type,
    work: fn(&Value) -> Result<Value>,
}

impl FunctionEntry {
    /// The row of a function.
    pub fn of<F: Function>() -> Self {
        FunctionEntry { name: F::NAME, parameters: F::object(), returns: F::Output::shape().ty(), work: call::<F> }
    }

    /// The first paragraph of its documentation.
    pub fn summary(&self) -> &str {
        self.parameters.doc.split("\n\n").next().unwrap_or_default()
    }

    /// The result for these arguments, or what is wrong and with which of them.
    pub(crate) fn call(&self, arguments: Vec<Value>) -> Result<Value, (Option<usize>, Diagnostic)> {
        let names = self.parameters.attributes.iter().map(|attribute| attribute.name.clone());
        let arguments = Value::Map(names.zip(arguments).collect());
        let mut found = Diagnostics::new();
        // Terraform sees to it that what must be there is there; another client may not.
        for parameter in self.parameters.attributes.iter().filter(|parameter| !parameter.nullable) {
            if arguments.attribute(&parameter.name).is_null() {
                found.error(&parameter.name, format!("{} is missing", parameter.name), "It must not be null.");
            }
        }
        validate::object(&self.parameters, &arguments, false, &Path::root(), &mut found);
        let refused = found.into_vec().into_iter().find(Diagnostic::is_error);
        let result = refused.map_or_else(|| (self.work)(&arguments), Err);
        result.map_err(|why| (self.position(&why.attribute), why))
    }

    /// Which argument a path is about.
    fn position(&self, path: &Path) -> Option<usize> {
        let Some(Step::Attribute(name)) = path.0.first() else { return None };
        self.parameters.attributes.iter().position(|attribute| attribute.name == *name)
    }
}

fn call<F: Function>(arguments: &Value) -> Result<Value> {
    model::<F>(arguments)?.call().map(|output| output.to_value())
}
