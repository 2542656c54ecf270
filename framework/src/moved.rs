//! `moved` blocks from resources of other providers (Terraform 1.8, OpenTofu 1.10).
//!
//! Only the identifiers of the object are taken from the foreign state, and values that no service returns, such as a password. Everything else is read, as after an import: Terraform
//! reads each object before it plans; with `-refresh=false` the plan is refused (`service.rs`).

use serde_json::{Map, Value};

use crate::diagnostic::{Diagnostic, Result};

/// A resource of another provider whose objects `R` can take over.
#[derive(Debug)]
pub struct Source<R: 'static> {
    /// Namespace and name of the provider, such as `hashicorp/azuread`: its host depends on where it was installed from.
    pub provider: &'static str,
    /// The type, with its prefix.
    pub type_name: &'static str,
    /// The object out of the foreign state; only what [`crate::Resource::read`] needs has to be set.
    pub take: fn(&ForeignState<'_>) -> Result<R>,
}

/// An object in another provider's state.
#[derive(Clone, Copy, Debug)]
pub struct ForeignState<'a> {
    type_name: &'a str,
    state: &'a Map<String, Value>,
}

impl<'a> ForeignState<'a> {
    pub(crate) fn of(type_name: &'a str, state: &'a Map<String, Value>) -> Self {
        ForeignState { type_name, state }
    }

    /// A text, if it is there and not empty.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.state.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// A boolean, if it is there.
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.state.get(name).and_then(Value::as_bool)
    }

    /// A whole number, if it is there.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.state.get(name).and_then(Value::as_i64)
    }

    /// The first object of a nested block, as HashiCorp's older plugin SDK stores blocks: in lists.
    pub fn block(&self, name: &str) -> Option<ForeignState<'a>> {
        let state = self.state.get(name)?.as_array()?.first()?.as_object()?;
        Some(ForeignState { type_name: self.type_name, state })
    }

    /// A text without which the object cannot be identified.
    ///
    /// # Errors
    /// It is not there.
    pub fn required(&self, name: &str) -> Result<&'a str> {
        self.text(name).ok_or_else(|| {
            Diagnostic::error(
                format!("The state of {} does not say which object it is", self.type_name),
                format!(
                    "It has no {name:?}. Refresh it with its own provider first (`terraform apply -refresh-only`), or import the object."
                ),
            )
        })
    }
}

/// The namespace and name in a provider's full address, such as `registry.terraform.io/hashicorp/azuread`.
pub(crate) fn without_host(address: &str) -> &str {
    address.split_once('/').map_or(address, |(_, name)| name)
}

/// The list of resources that can be moved, for errors.
pub(crate) fn named(sources: &[(&str, &str)]) -> String {
    let named: Vec<String> = sources.iter().map(|(provider, type_name)| format!("`{type_name}` of {provider}")).collect();
    named.join(", ")
}
