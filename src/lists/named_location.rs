//! `aksaccess_named_location` in `terraform query`.

use framework::{Context, ListResource, Model, Result, Results};

use super::collection::{begins, list_objects};
use crate::azure::Request;
use crate::conditional_access::LOCATIONS;
use crate::resources::NamedLocation;
use crate::services::Services;

/// Lists the named locations of the tenant.
#[derive(Clone, Debug, Model)]
pub(super) struct NamedLocationList {
    /// Lists only locations whose name begins so. Case is not significant.
    #[attr(check(length(1, 256)))]
    display_name_prefix: Option<String>,
}

impl ListResource for NamedLocationList {
    type Of = NamedLocation;

    async fn list(self, results: &mut Results<NamedLocation>, cx: &mut Context<Services>) -> Result {
        let keep = |location: &NamedLocation| begins(&location.display_name, self.display_name_prefix.as_ref());
        list_objects(Request::get(LOCATIONS.all), "named locations", keep, results, cx).await
    }
}
