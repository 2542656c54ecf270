//! `aksaccess_authentication_strength_policy`: an authentication strength by ID or name.

use framework::{Context, DataSource, Diagnostics, Model, Result, View};

use super::conditional_access_lookup::find;
use super::lookup::exactly_one;
use crate::conditional_access::STRENGTHS;
use crate::resources::AuthenticationStrengthResponse;
use crate::services::Services;

/// Looks up an authentication strength: one of the three that every tenant has, or one that was made in the tenant. Conditional access policies name it by its
/// `id`.
///
/// Needs the Microsoft Graph permission `Policy.Read.All`.
#[derive(Clone, Debug, Model)]
pub struct AuthenticationStrengthData {
    /// ID to look for. Either this or `display_name`.
    #[attr(computed, case_insensitive, check(uuid()))]
    id: Option<String>,
    /// Name to look for. Either this or `id`.
    #[attr(computed, check(length(1, 256)))]
    display_name: Option<String>,
    /// What it is for.
    #[attr(output)]
    description: Option<String>,
    /// Combinations of methods that it accepts.
    #[attr(output)]
    allowed_combinations: Option<Vec<String>>,
    /// `builtIn` or `custom`.
    #[attr(output)]
    policy_type: Option<String>,
}

/// ID and name.
fn key(strength: &AuthenticationStrengthResponse) -> (&str, &str) {
    (&strength.id, strength.display_name.as_deref().unwrap_or_default())
}

impl DataSource for AuthenticationStrengthData {
    type Api = Services;
    const NAME: &'static str = "authentication_strength_policy";
    const SUBCATEGORY: &'static str = "Conditional Access";

    async fn read(&mut self, cx: &mut Context<Services>) -> Result {
        let wanted = (self.id.as_deref(), self.display_name.as_deref());
        let found = find((STRENGTHS, "authentication strength"), wanted, Some, key, cx).await?;
        self.id = Some(found.id);
        self.display_name = found.display_name;
        self.description = found.description.filter(|text| !text.is_empty());
        self.allowed_combinations = Some(found.allowed_combinations);
        self.policy_type = found.policy_type;
        Ok(())
    }

    fn validate(config: View<'_>, found: &mut Diagnostics) {
        exactly_one(config, &["id", "display_name"], found);
    }
}
