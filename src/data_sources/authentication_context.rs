//! `aksaccess_authentication_context`: authentication context by ID or name.

use framework::{Context, DataSource, Diagnostics, Model, Result, View};

use super::conditional_access_lookup::find;
use super::lookup::{as_model, exactly_one};
use crate::conditional_access::{CONTEXTS, values};
use crate::resources::{AuthenticationContext, Listed};
use crate::services::Services;

/// Looks up an authentication context, which conditional access policies and the activations of PIM ask for.
///
/// Needs the Microsoft Graph permission `Policy.Read.All`.
#[derive(Clone, Debug, Model)]
pub struct AuthenticationContextData {
    /// ID to look for. Either this or `display_name`.
    #[attr(computed, check(values::authentication_context_id()))]
    id: Option<String>,
    /// Name to look for. Either this or `id`.
    #[attr(computed, check(length(1, 256)))]
    display_name: Option<String>,
    /// What it is for.
    #[attr(output)]
    description: Option<String>,
    /// Whether applications can ask for it.
    #[attr(output)]
    published: Option<bool>,
}

impl DataSource for AuthenticationContextData {
    type Api = Services;
    const NAME: &'static str = "authentication_context";
    const SUBCATEGORY: &'static str = "Conditional Access";

    async fn read(&mut self, cx: &mut Context<Services>) -> Result {
        let wanted = (self.id.as_deref(), self.display_name.as_deref());
        let found = find(
            (CONTEXTS, "authentication context"),
            wanted,
            |answer| AuthenticationContext::from_listing(answer).map(|(_, context)| context),
            |context: &AuthenticationContext| (&context.id, &context.display_name),
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
