//! What a listing of the service says of an object, as its resource has it: list resources make their results of it.

use framework::Resource;
use serde::de::DeserializeOwned;

use crate::services::Services;

/// A resource whose objects a collection of the service lists with all that an import reads of them.
pub(crate) trait Listed: Resource<Api = Services> {
    /// An element of the collection.
    type Answer: DeserializeOwned + Send + 'static;

    /// What people call the object, and the object; none if it cannot be imported.
    fn from_listing(answer: Self::Answer) -> Option<(String, Self)>;
}
