//! Objects of the same name that are not deleted, where one is to be restored.

use framework::{Change, Context, Diagnostics};
use serde::de::DeserializeOwned;

use crate::conditional_access::Collection;
use crate::services::Services;

/// In a plan that creates with `restore_deleted`: refuses if an object of this name exists that no resource has in state. An apply that failed may have restored
/// it, and a second one would be created beside it.
pub(super) async fn none_of_name<T: DeserializeOwned>(
    change: Change<'_>,
    collection: Collection,
    noun: &str,
    is_this: impl Fn(&T) -> bool,
    id: impl Fn(&T) -> &String,
    cx: &Context<Services>,
    found: &mut Diagnostics,
) {
    let restores = change.prior.is_none() && change.planned.get::<bool>("restore_deleted") == Some(true);
    let Some(name) = change.planned.get::<String>("display_name") else { return };
    if !restores || change.in_apply || !cx.api.client().is_configured() {
        return;
    }
    let there = match cx.api.conditional_access().all_listed::<T>(collection).await {
        Ok(there) => there.unwrap_or_default(),
        // A failed lookup is no reason to refuse: the apply reports the error.
        Err(error) => return tracing::info!(%error, "not checked"),
    };
    if let Some(there) = there.iter().find(|there| is_this(there) && !cx.is_managed(id(there))) {
        let detail = format!(
            "Its id is {}, and it is not deleted: an apply that failed may have restored it, or it is somebody else's. Import it with an `import` block, or set \
             `restore_deleted = false` to create another of this name.",
            id(there)
        );
        found.error("restore_deleted", format!("A {noun} called {name:?} exists already"), detail);
    }
}
