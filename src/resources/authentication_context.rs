//! `aksaccess_authentication_context`: a name by which an application, or Privileged Identity Management, asks for more than the sign-in.
//!
//! There are 99 IDs, of which the caller chooses one; a PATCH creates a context that does not exist; and a published context cannot be deleted
//! (the reference's page of the update).

use framework::{Change, Context, Diagnostic, Diagnostics, Existence, Model, Resource, Result, Timeouts, View, WarningKind};
use serde::Deserialize;
use serde_json::json;

use super::conditional_access_policy::{BUSY, announce_queue};
use super::policy_uses;
use crate::azure::{Error, Request};
use crate::client::consistency;
use crate::client::diagnose::could_not;
use crate::client::removal;
use crate::conditional_access::{CONTEXTS, values};
use crate::resources::listed::Listed;
use crate::services::Services;

/// Somebody has taken the id.
const EXISTS: WarningKind = WarningKind {
    id: "authentication_context_exists",
    about: "The id of an authentication context that is to be made is in use, and what has it would be changed.",
};

/// Manages an authentication context, `c1` to `c99`: a name that conditional access policies protect and that applications or Privileged Identity
/// Management ask for.
///
/// A context that exists under the same ID is adopted; the plan warns of that. Destroying unpublishes and deletes it, unless a conditional access
/// policy still protects it; the error names the policies. Needs the Microsoft Graph permission `AuthenticationContext.ReadWrite.All`, and
/// `Policy.Read.All` to delete.
#[derive(Clone, Debug, Model)]
pub struct AuthenticationContext {
    /// ID of the context: `c1` to `c99`.
    #[attr(identity, replace, check(values::authentication_context_id()))]
    pub id: String,
    /// Name of the context, as administrators see it.
    #[attr(check(length(1, 256)))]
    pub display_name: String,
    /// What it is for.
    #[attr(check(length(1, 1024)))]
    pub description: Option<String>,
    /// Whether applications can ask for it.
    #[attr(default(true))]
    pub published: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuthenticationContextResponse {
    id: String,
    display_name: Option<String>,
    description: Option<String>,
    is_available: Option<bool>,
}

impl AuthenticationContext {
    fn update_from_response(&mut self, answered: &AuthenticationContextResponse) {
        self.id = answered.id.clone();
        self.display_name = answered.display_name.clone().unwrap_or_default();
        self.description = answered.description.clone().filter(|text| !text.is_empty());
        self.published = answered.is_available.unwrap_or_default();
    }

    fn matches_response(&self, answered: &AuthenticationContextResponse) -> bool {
        let mut read = self.clone();
        read.update_from_response(answered);
        self.says_the_same(&read)
    }

    fn says_the_same(&self, other: &Self) -> bool {
        (&other.display_name, &other.description, other.published) == (&self.display_name, &self.description, self.published)
    }

    async fn patch(&self, cx: &mut Context<Services>) -> Result<(), Error> {
        let body = json!({ "displayName": self.display_name, "description": self.description, "isAvailable": self.published });
        let sent = cx.api.client().send(Request::patch(CONTEXTS.one).with("id", &self.id).json(&body)).await;
        cx.api.conditional_access().has_written(CONTEXTS);
        sent?;
        consistency::mark_written(cx);
        announce_queue(cx);
        Ok(())
    }
}

impl Listed for AuthenticationContext {
    type Answer = AuthenticationContextResponse;

    fn from_listing(answer: AuthenticationContextResponse) -> Option<(String, Self)> {
        let mut context = AuthenticationContext::import(&answer.id).ok()?;
        context.update_from_response(&answer);
        Some((context.display_name.clone(), context))
    }
}

impl Resource for AuthenticationContext {
    type Api = Services;
    const NAME: &'static str = "authentication_context";
    const SUBCATEGORY: &'static str = "Conditional Access";
    const TIMEOUTS: Timeouts = Timeouts::minutes(10);
    const WARNING_KINDS: &'static [&'static WarningKind] = &[&EXISTS, &policy_uses::REPLACED_IN_USE, &BUSY];

    fn id(&self) -> &str {
        &self.id
    }

    fn describe(&self) -> String {
        format!("the authentication context {}", self.id)
    }

    fn planned_id(planned: View<'_>) -> Option<String> {
        planned.get("id")
    }

    async fn create(&mut self, cx: &mut Context<Services>) -> Result {
        // The id is known from the beginning, and means that it exists only once it does.
        let id = std::mem::take(&mut self.id);
        let wanted = AuthenticationContext { id: id.clone(), ..self.clone() };
        wanted.patch(cx).await.map_err(could_not(format!("create {}", wanted.describe())))?;
        self.id = id;
        Ok(())
    }

    async fn read(&mut self, cx: &mut Context<Services>) -> Result<Existence> {
        let shows = |answered: &AuthenticationContextResponse| self.matches_response(answered);
        match cx
            .api
            .conditional_access()
            .listed::<AuthenticationContextResponse>(CONTEXTS, &self.id, consistency::stale_until(cx), shows)
            .await
        {
            Ok(answered) => {
                self.update_from_response(&answered);
                Ok(Existence::Found)
            }
            Err(error) if error.is_not_found() => Ok(Existence::Gone),
            Err(error) => Err(could_not(format!("read {}", self.describe()))(error)),
        }
    }

    async fn update(&mut self, prior: &Self, cx: &mut Context<Services>) -> Result {
        // An empty description that leaves the configuration changes nothing at the service.
        if self.says_the_same(prior) {
            return Ok(());
        }
        self.patch(cx).await.map_err(could_not(format!("update {}", self.describe())))
    }

    async fn delete(&mut self, cx: &mut Context<Services>) -> Result {
        let id = self.id.clone();
        policy_uses::refuse_if_used(&self.describe(), |policy| policy.names_context(&id), cx).await?;
        let what = || could_not(format!("delete {}", self.describe()));
        if self.published {
            let body = json!({ "isAvailable": false });
            match cx.api.client().send(Request::patch(CONTEXTS.one).with("id", &self.id).json(&body)).await {
                // Whether it is gone, the deletion finds out.
                Err(error) if error.is_not_found() => {}
                patched => drop(patched.map_err(what())?),
            }
        }
        let deleted = removal::delete(cx, CONTEXTS.one, &self.id).await;
        cx.api.conditional_access().has_written(CONTEXTS);
        deleted.map(drop).map_err(what())
    }

    fn import(id: &str) -> Result<Self> {
        let given = id.trim().trim_start_matches('/');
        let id = given.strip_prefix("identity/conditionalAccess/authenticationContextClassReferences/").unwrap_or(given);
        if values::authentication_context_id().refusal(&id.into()).is_some() {
            let detail = "Give its id, `c1` to `c99`, or `/identity/conditionalAccess/authenticationContextClassReferences/<id>`.";
            return Err(Diagnostic::error(format!("{given:?} is not the import id of an authentication context"), detail));
        }
        Ok(AuthenticationContext { id: id.to_owned(), ..AuthenticationContext::absent() })
    }

    async fn plan_check(change: Change<'_>, cx: &mut Context<Services>) -> Diagnostics {
        let mut found = Diagnostics::new();
        let Some(id) = change.planned.get::<String>("id") else { return found };
        if change.in_apply || !change.touches("id") || !cx.api.client().is_configured() {
            return found;
        }
        if let Some(old) = change.prior.and_then(|prior| prior.get::<String>("id")) {
            let because = "The id of an authentication context cannot be changed";
            let subject = format!("the authentication context {old}");
            policy_uses::warn_if_used(&subject, because, "id", |policy| policy.names_context(&old), cx, &mut found).await;
        }
        match cx.api.conditional_access().all_listed::<AuthenticationContextResponse>(CONTEXTS).await {
            Ok(all) => {
                if let Some(there) = all.into_iter().flatten().find(|answered| answered.id == id) {
                    let name = there.display_name.unwrap_or_default();
                    let detail = format!(
                        "It is called {name:?}. The apply makes it what the configuration says. To keep it as it is, choose another id."
                    );
                    found.add(
                        Diagnostic::warning(format!("The authentication context {id} exists already"), detail)
                            .at_attribute("id")
                            .of(&EXISTS),
                    );
                }
            }
            // Not being allowed to look is no reason to refuse.
            Err(error) => tracing::info!(%error, "not checked"),
        }
        found
    }
}
