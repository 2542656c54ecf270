//! Where a `moved` block may come from: HashiCorp's providers.

use framework::moved::{ForeignState, Source};
use framework::{Resource, Result};

/// The provider of Microsoft Entra ID that is used today.
const AZUREAD: &str = "hashicorp/azuread";
/// The provider of Azure that is used today.
const AZURERM: &str = "hashicorp/azurerm";

/// A resource of azuread.
pub const fn azuread<R: Resource>(type_name: &'static str, take: fn(&ForeignState<'_>) -> Result<R>) -> Source<R> {
    Source { provider: AZUREAD, type_name, take }
}

/// A resource of azurerm.
pub const fn azurerm<R: Resource>(type_name: &'static str, take: fn(&ForeignState<'_>) -> Result<R>) -> Source<R> {
    Source { provider: AZURERM, type_name, take }
}

/// The object whose id in the foreign state is an import id here.
///
/// # Errors
/// There is no id, or it is none.
pub fn by_id<R: Resource>(from: &ForeignState<'_>) -> Result<R> {
    R::import(from.required("id")?)
}
