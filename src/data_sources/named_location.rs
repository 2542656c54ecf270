//! `aksaccess_named_location`: named location by ID or name.

use framework::{Context, DataSource, Diagnostics, Model, Result, View};

use super::conditional_access_lookup::find;
use super::lookup::{as_model, exactly_one};
use crate::conditional_access::LOCATIONS;
use crate::resources::{Country, Ip, Listed, NamedLocation};
use crate::services::Services;

/// Looks up a named location: ranges of IP addresses, or countries and regions. Conditional access policies name it by its `id`.
///
/// Needs the Microsoft Graph permission `Policy.Read.All`.
#[derive(Clone, Debug, Model)]
pub struct NamedLocationData {
    /// ID to look for. Either this or `display_name`.
    #[attr(computed, case_insensitive, check(uuid()))]
    id: Option<String>,
    /// Name to look for. Either this or `id`.
    #[attr(computed, check(length(1, 256)))]
    display_name: Option<String>,
    /// Ranges of IP addresses; null for a location of countries.
    #[attr(output)]
    ip: Option<Ip>,
    /// Countries and regions; null for a location of addresses.
    #[attr(output)]
    country: Option<Country>,
}

impl DataSource for NamedLocationData {
    type Api = Services;
    const NAME: &'static str = "named_location";
    const SUBCATEGORY: &'static str = "Conditional Access";

    async fn read(&mut self, cx: &mut Context<Services>) -> Result {
        let wanted = (self.id.as_deref(), self.display_name.as_deref());
        let found = find(
            (LOCATIONS, "named location"),
            wanted,
            |answer| NamedLocation::from_listing(answer).map(|(_, location)| location),
            |location: &NamedLocation| (&location.id, &location.display_name),
            cx,
        )
        .await?;
        *self = as_model(&found)?;
        Ok(())
    }

    fn validate(config: View<'_>, found: &mut Diagnostics) {
        exactly_one(config, &["id", "display_name"], found);
    }
}
