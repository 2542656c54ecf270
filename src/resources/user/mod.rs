//! `aksaccess_user`: a user in Microsoft Entra ID.
//!
//! Most properties of users that can be written are in no answer unless they are selected by name, and the password never is
//! (docs/services/graph.md#users). So a creation is believed by what was sent, and a password is known to be done only by the answer to its request.

mod checks;
mod create;
mod deleted_items;
pub(crate) mod json;
mod password;

use framework::moved::{ForeignState, Source};
use framework::schema::check::is_uuid;
use framework::{Change, Context, Diagnostic, Diagnostics, Existence, Model, Resource, Result, Timeouts, View};
use secrecy::SecretString;
use serde_json::json;

use crate::attributes::{enumerations, import_id, instant};
use crate::azure::{Error, Request};
use crate::client::consistency;
use crate::client::diagnose::could_not;
use crate::client::removal;
use crate::resources::listed::Listed;
use crate::resources::takeover::{azuread, by_id};
use crate::services::Services;

/// Manages a user in Microsoft Entra ID.
///
/// Everything is updated in place, also the user principal name. What is omitted is empty, except where it says otherwise.
///
/// The password is given with `password`, which is kept in state, or with `password_wo` and `password_wo_version`, which is stored nowhere; when neither is
/// given, a new user gets a generated one, which is kept in `password`. The service never returns a password, so a change outside of Terraform is not noticed,
/// and after an import the password of the configuration is set again.
///
/// Attributes of azuread's `azuread_user` that are not here: `show_in_address_list` (Microsoft Graph takes it in its beta version only) and `about_me` (it is
/// kept in SharePoint, and to ask for it fails for users that have none).
#[derive(Clone, Debug, Model)]
pub struct User {
    /// Object ID of the user.
    #[attr(identity, use_state_for_unknown)]
    pub id: String,
    /// Name by which the user signs in, such as `anna@contoso.com`. Its domain must be one of the tenant's verified domains.
    #[attr(case_insensitive, check(checks::principal_name()))]
    pub user_principal_name: String,
    /// Name of the user.
    #[attr(check(length(1, 256)))]
    pub display_name: String,
    /// Whether the user can sign in.
    #[attr(default(true))]
    pub account_enabled: bool,
    /// Part of the mail address before the `@`. When omitted, that of the user principal name with which the user is made.
    #[attr(computed, use_state_for_unknown, computed_from(checks::nickname_of_name), check(checks::nickname()))]
    pub mail_nickname: Option<String>,
    /// The password. When omitted, and without `password_wo`, a new user gets a generated one of 24 characters, which is kept here.
    #[attr(computed, use_state_for_unknown, recompute_when(&["password_wo_version"]))]
    pub password: Option<SecretString>,
    /// The password, stored nowhere. Needs `password_wo_version`, and Terraform or OpenTofu 1.11 or newer.
    #[attr(write_only)]
    pub password_wo: Option<SecretString>,
    /// Another number sets the password of `password_wo` again.
    pub password_wo_version: Option<i64>,
    /// Whether the user must change the password at the next sign-in. The service does not return it; it is sent when it, or the password, changes.
    #[attr(default(false))]
    pub force_password_change: bool,
    /// Whether the password never expires.
    #[attr(default(false))]
    pub disable_password_expiration: bool,
    /// Whether weak passwords are allowed.
    #[attr(default(false))]
    pub disable_strong_password: bool,
    /// Whether the user belongs to the organization: `Member` or `Guest`. Omitted: not managed; a new user is a member.
    #[attr(computed, use_state_for_unknown, check(one_of_with_synonyms(&["Member", "Guest"], &[("internal", "Member"), ("employee", "Member"), ("external", "Guest"), ("b2b", "Guest")])))]
    pub user_type: Option<String>,
    /// Given name.
    #[attr(check(length(1, 64)))]
    pub given_name: Option<String>,
    /// Family name.
    #[attr(check(length(1, 64)))]
    pub surname: Option<String>,
    /// Mail address. Omitted: not managed.
    #[attr(computed, use_state_for_unknown, case_insensitive, check(checks::mail()))]
    pub mail: Option<String>,
    /// Further mail addresses.
    #[attr(unordered, case_insensitive, check(checks::mail()))]
    pub other_mails: Option<Vec<String>>,
    /// Telephone numbers at work. The service takes one at most.
    pub business_phones: Option<Vec<String>>,
    /// Number of the mobile telephone.
    #[attr(check(length(1, 64)))]
    pub mobile_phone: Option<String>,
    /// Number of the telefax.
    #[attr(check(length(1, 1024)))]
    pub fax_number: Option<String>,
    /// Name of the company.
    #[attr(check(length(1, 64)))]
    pub company_name: Option<String>,
    /// Department, on which rules of dynamic groups are often built.
    #[attr(check(length(1, 64)))]
    pub department: Option<String>,
    /// Division of the organization.
    #[attr(check(length(1, 1024)))]
    pub division: Option<String>,
    /// Cost center.
    #[attr(check(length(1, 1024)))]
    pub cost_center: Option<String>,
    /// Job title.
    #[attr(check(length(1, 128)))]
    pub job_title: Option<String>,
    /// Place of the office.
    #[attr(check(length(1, 1024)))]
    pub office_location: Option<String>,
    /// Object ID of the manager. Omitted: no manager that is managed here; one that was set here before is removed.
    #[attr(case_insensitive, check(uuid()))]
    pub manager_id: Option<String>,
    /// Number of the employee in the organization.
    #[attr(check(length(1, 1024)))]
    pub employee_id: Option<String>,
    /// Kind of employee, such as `Contractor`.
    #[attr(check(length(1, 1024)))]
    pub employee_type: Option<String>,
    /// When the user began, such as `2026-11-01T00:00:00Z`.
    #[attr(semantic_equality(instant::same), check(instant::check()))]
    pub employee_hire_date: Option<String>,
    /// Street, number and so on.
    #[attr(check(length(1, 1024)))]
    pub street_address: Option<String>,
    /// Postal code.
    #[attr(check(length(1, 1024)))]
    pub postal_code: Option<String>,
    /// City.
    #[attr(check(length(1, 1024)))]
    pub city: Option<String>,
    /// State or province.
    #[attr(check(length(1, 1024)))]
    pub state: Option<String>,
    /// Country or region.
    #[attr(check(length(1, 1024)))]
    pub country: Option<String>,
    /// Country in which the user uses services, as two capital letters such as `DE`. Licences need it.
    #[attr(check(checks::country()))]
    pub usage_location: Option<String>,
    /// Language, such as `de-DE`.
    #[attr(check(length(1, 1024)))]
    pub preferred_language: Option<String>,
    /// Age group: `Minor`, `NotAdult` or `Adult`.
    #[attr(check(one_of_with_synonyms(&["Minor", "NotAdult", "Adult"], &[("child", "Minor"), ("teenager", "NotAdult"), ("grown_up", "Adult")])))]
    pub age_group: Option<String>,
    /// Whether somebody consented for a minor: `Granted`, `Denied` or `NotRequired`.
    #[attr(check(one_of_with_synonyms(&["Granted", "Denied", "NotRequired"], &[("yes", "Granted"), ("no", "Denied"), ("none", "NotRequired")])))]
    pub consent_provided_for_minor: Option<String>,
    /// Ties the user to one of a directory on premises; needed where the domain is federated. Omitted: not managed.
    #[attr(computed, use_state_for_unknown)]
    pub onpremises_immutable_id: Option<String>,
    /// What destroying does: `delete` moves the user to the deleted items, from which it can be restored for 30 days; `purge` removes it from there, too.
    #[attr(default("delete"), check(enumerations::delete_or_purge()))]
    pub on_destroy: String,
    /// Whether to restore a deleted user with the same user principal name, if there is one, instead of creating one. Whether the service would create one
    /// beside it could not be verified.
    #[attr(default(false))]
    pub restore_deleted: bool,
    /// Whether to adopt a user with the same user principal name instead of failing. An adopted user is updated to match the configuration and is removed on
    /// destroy.
    #[attr(default(false))]
    pub adopt_existing: bool,
    /// How the account came to be, such as `Invitation`; null for an ordinary one.
    #[attr(output, use_state_for_unknown)]
    pub creation_type: Option<String>,
    /// Whether an invited guest has accepted.
    #[attr(output, use_state_for_unknown)]
    pub external_user_state: Option<String>,
    /// Addresses for instant messages.
    #[attr(output, use_state_for_unknown)]
    pub im_addresses: Option<Vec<String>>,
    /// Every mail address under which the user is reached.
    #[attr(output, use_state_for_unknown)]
    pub proxy_addresses: Option<Vec<String>>,
    /// Whether the user comes from a directory on premises. Such a user is managed there.
    #[attr(output, use_state_for_unknown)]
    pub onpremises_sync_enabled: Option<bool>,
    /// Distinguished name of the user on premises.
    #[attr(output, use_state_for_unknown)]
    pub onpremises_distinguished_name: Option<String>,
    /// Domain name of the user on premises.
    #[attr(output, use_state_for_unknown)]
    pub onpremises_domain_name: Option<String>,
    /// SAM account name of the user on premises.
    #[attr(output, use_state_for_unknown)]
    pub onpremises_sam_account_name: Option<String>,
    /// Security identifier (SID) of the user on premises.
    #[attr(output, use_state_for_unknown)]
    pub onpremises_security_identifier: Option<String>,
    /// User principal name on premises.
    #[attr(output, use_state_for_unknown)]
    pub onpremises_user_principal_name: Option<String>,
}

impl Listed for User {
    type Answer = json::UserResponse;

    fn from_listing(answer: json::UserResponse) -> Option<(String, Self)> {
        let mut user = User::import(&answer.id).ok()?;
        user.update_from_response(&answer);
        Some((user.user_principal_name.clone(), user))
    }
}

impl Resource for User {
    type Api = Services;
    const NAME: &'static str = "user";
    const MOVED_FROM: &'static [Source<Self>] = &[azuread("azuread_user", taken)];
    const SUBCATEGORY: &'static str = "Directory";
    const TIMEOUTS: Timeouts = Timeouts::minutes(10);

    fn id(&self) -> &str {
        &self.id
    }

    fn describe(&self) -> String {
        if self.user_principal_name.is_empty() {
            format!("the user {}", self.id)
        } else {
            format!("the user {:?}", self.user_principal_name)
        }
    }

    async fn create(&mut self, cx: &mut Context<Services>) -> Result {
        self.create_once(cx).await
    }

    fn observe_state(&self, api: &Services) {
        api.directory().note_principal(&self.id, "User");
    }

    async fn read(&mut self, cx: &mut Context<Services>) -> Result<Existence> {
        let imported = cx.just_imported();
        match self.answered(imported, cx).await {
            Ok(read) => self.update_from_response(&read),
            Err(error) if error.is_not_found() => return Ok(Existence::Gone),
            Err(error) => return Err(could_not(format!("read {}", self.describe()))(error)),
        }
        Ok(Existence::Found)
    }

    async fn update(&mut self, prior: &Self, cx: &mut Context<Services>) -> Result {
        self.apply_changes(prior, cx).await
    }

    async fn delete(&mut self, cx: &mut Context<Services>) -> Result {
        let deleted = removal::delete(cx, "/users/{id}", &self.id).await.map_err(could_not(format!("delete {}", self.describe())))?;
        if self.on_destroy == "purge"
            && let Err(error) = removal::purge(cx, "/directory/deletedItems/{id}", &self.id, deleted).await
        {
            // The user is gone for Terraform, and what is in the bin cannot be in state.
            let kept = format!("{error}\n\nIt is deleted, and stays in the bin for 30 days.");
            cx.warn(Diagnostic::warning(format!("Could not remove {} from the bin", self.describe()), kept));
        }
        Ok(())
    }

    fn import(id: &str) -> Result<Self> {
        let trimmed = id.trim();
        let name = trimmed.trim_start_matches('/').strip_prefix("users/").unwrap_or(trimmed);
        // The read that follows takes a name in place of the id, and finds the id.
        let id = if checks::is_principal_name(name) {
            name.to_owned()
        } else {
            import_id::object_id(id, "user", "users", "userId").map_err(|refused| {
                let detail = format!("{} A user principal name will do, too.", refused.detail);
                Diagnostic { detail, ..refused }
            })?
        };
        Ok(User { id, on_destroy: "delete".to_owned(), ..User::absent() })
    }

    fn import_by_identity(identified: Self) -> Result<Self> {
        // An identity never changes, and a name can.
        let id = import_id::object_id(&identified.id, "user", "users", "userId")?;
        Self::import(&id)
    }

    fn validate(config: View<'_>, found: &mut Diagnostics) {
        checks::validate(config, found);
    }

    fn declare(config: View<'_>, api: &Services) {
        if let Some(name) = config.get::<String>("user_principal_name") {
            api.directory().declare_name(checks::KIND, &name, true);
        }
    }

    fn conflicts(change: Change<'_>, api: &Services, found: &mut Diagnostics) {
        checks::name_is_declared_once(change, api, found);
    }

    async fn plan_check(change: Change<'_>, cx: &mut Context<Services>) -> Diagnostics {
        let mut found = Diagnostics::new();
        checks::domain_is_verified(change, cx, &mut found).await;
        checks::manager_exists(change, cx, &mut found).await;
        found
    }
}

/// azuread has the password and `force_password_change` in state, which the service never returns: they are kept.
fn taken(from: &ForeignState<'_>) -> Result<User> {
    let password = from.text("password").map(|password| SecretString::from(password.to_owned()));
    Ok(User { password, force_password_change: from.flag("force_password_change").unwrap_or_default(), ..by_id(from)? })
}

impl User {
    /// Reads the user: together with other users, or alone while a replica may not show the last write.
    async fn answered(&self, imported: bool, cx: &Context<Services>) -> Result<json::UserResponse, Error> {
        let reading = json::reading(imported || self.manager_id.is_some());
        if !is_uuid(&self.id) {
            // Imported by its name, which no listing is searched for.
            return cx.api.client().send(reading.request(&self.id)).await?.json();
        }
        if !consistency::may_be_stale(cx) {
            return cx.api.directory().object(reading, &self.id).await;
        }
        consistency::read(cx, &reading.request(&self.id), |read| imported || self.matches_response(read)).await
    }

    /// Changes the user from `prior` to `self`: one PATCH with all that differs, and then the manager.
    async fn apply_changes(&mut self, prior: &Self, cx: &mut Context<Services>) -> Result {
        let (mut body, mut changed) = self.changes(prior);
        let (profile, of_password) = self.password_change(prior);
        if !of_password.is_empty() {
            body.insert("passwordProfile".to_owned(), profile);
            changed.extend(of_password);
        }
        if !changed.is_empty() {
            let request = Request::patch("/users/{id}").with("id", &self.id).json(&body);
            consistency::write(cx, &request).await.map_err(|error| self.refused(format!("update {}", self.describe()), error))?;
            changed.iter().for_each(|attribute| cx.applied(attribute));
        }
        self.set_manager(prior.manager_id.as_deref(), cx).await
    }

    /// Gives the user the manager of the configuration, or none, if that is not what it was.
    async fn set_manager(&self, prior: Option<&str>, cx: &mut Context<Services>) -> Result {
        let what = || could_not(format!("set the manager of {}", self.describe()));
        match (&self.manager_id, prior) {
            (Some(manager), prior) if !prior.is_some_and(|prior| prior.eq_ignore_ascii_case(manager)) => {
                let address = cx.api.client().reference("users", manager).await.map_err(what())?;
                let request = Request::put("/users/{id}/manager/$ref").with("id", &self.id).json(&json!({ "@odata.id": address }));
                // Either of the two may be too new for the replica that answers.
                cx.api.client().send_until_visible(request).await.map_err(what()).map_err(|refused| refused.at_attribute("manager_id"))?;
            }
            (None, Some(_)) => {
                let remove = Request::delete("/users/{id}/manager/$ref").with("id", &self.id);
                let read = Request::get("/users/{id}/manager").with("id", &self.id).query("$select", "id");
                let removed = cx.api.client().remove(remove, read, consistency::stale_until(cx)).await;
                removed.map_err(what()).map_err(|refused| refused.at_attribute("manager_id"))?;
            }
            _ => return Ok(()),
        }
        consistency::mark_written(cx);
        cx.applied("manager_id");
        Ok(())
    }
}
