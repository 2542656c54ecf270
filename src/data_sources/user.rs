//! `aksaccess_user`, looked up: one user by its id or one of its names.

use framework::{Context, DataSource, Diagnostics, Model, Result, View};

use super::lookup::{self, Key, LookupTarget};
use crate::azure::Request;
use crate::resources::{USER_MANAGER, USER_SELECT, User, UserResponse, user_reading};
use crate::services::Services;

/// Looks up one user: by `id`, `user_principal_name`, `mail`, `mail_nickname` or `employee_id`, exactly one of them.
#[derive(Clone, Debug, Model)]
pub struct UserData {
    /// Object ID of the user.
    #[attr(computed, case_insensitive, check(uuid()))]
    id: Option<String>,
    /// Name by which the user signs in.
    #[attr(computed, case_insensitive, check(length(1, 256)))]
    user_principal_name: Option<String>,
    /// Mail address.
    #[attr(computed, case_insensitive, check(length(1, 256)))]
    mail: Option<String>,
    /// Part of the mail address before the `@`.
    #[attr(computed, case_insensitive, check(length(1, 256)))]
    mail_nickname: Option<String>,
    /// Number of the employee in the organization.
    #[attr(computed, case_insensitive, check(length(1, 256)))]
    employee_id: Option<String>,
    /// Name of the user.
    #[attr(output)]
    display_name: Option<String>,
    /// Whether the user can sign in.
    #[attr(output)]
    account_enabled: Option<bool>,
    /// Whether the user belongs to the organization: `Member` or `Guest`.
    #[attr(output)]
    user_type: Option<String>,
    /// Given name.
    #[attr(output)]
    given_name: Option<String>,
    /// Family name.
    #[attr(output)]
    surname: Option<String>,
    /// Further mail addresses.
    #[attr(output)]
    other_mails: Option<Vec<String>>,
    /// Telephone numbers at work.
    #[attr(output)]
    business_phones: Option<Vec<String>>,
    /// Number of the mobile telephone.
    #[attr(output)]
    mobile_phone: Option<String>,
    /// Number of the telefax.
    #[attr(output)]
    fax_number: Option<String>,
    /// Name of the company.
    #[attr(output)]
    company_name: Option<String>,
    /// Department.
    #[attr(output)]
    department: Option<String>,
    /// Division of the organization.
    #[attr(output)]
    division: Option<String>,
    /// Cost center.
    #[attr(output)]
    cost_center: Option<String>,
    /// Job title.
    #[attr(output)]
    job_title: Option<String>,
    /// Place of the office.
    #[attr(output)]
    office_location: Option<String>,
    /// Object ID of the manager.
    #[attr(output)]
    manager_id: Option<String>,
    /// Kind of employee.
    #[attr(output)]
    employee_type: Option<String>,
    /// When the user began.
    #[attr(output)]
    employee_hire_date: Option<String>,
    /// Street, number and so on.
    #[attr(output)]
    street_address: Option<String>,
    /// Postal code.
    #[attr(output)]
    postal_code: Option<String>,
    /// City.
    #[attr(output)]
    city: Option<String>,
    /// State or province.
    #[attr(output)]
    state: Option<String>,
    /// Country or region.
    #[attr(output)]
    country: Option<String>,
    /// Country in which the user uses services.
    #[attr(output)]
    usage_location: Option<String>,
    /// Language.
    #[attr(output)]
    preferred_language: Option<String>,
    /// Age group.
    #[attr(output)]
    age_group: Option<String>,
    /// Whether somebody consented for a minor.
    #[attr(output)]
    consent_provided_for_minor: Option<String>,
    /// How the account came to be.
    #[attr(output)]
    creation_type: Option<String>,
    /// Whether an invited guest has accepted.
    #[attr(output)]
    external_user_state: Option<String>,
    /// Addresses for instant messages.
    #[attr(output)]
    im_addresses: Option<Vec<String>>,
    /// Every mail address under which the user is reached.
    #[attr(output)]
    proxy_addresses: Option<Vec<String>>,
    /// What ties the user to one of a directory on premises.
    #[attr(output)]
    onpremises_immutable_id: Option<String>,
    /// Whether the user comes from a directory on premises.
    #[attr(output)]
    onpremises_sync_enabled: Option<bool>,
    /// Distinguished name of the user on premises.
    #[attr(output)]
    onpremises_distinguished_name: Option<String>,
    /// Domain name of the user on premises.
    #[attr(output)]
    onpremises_domain_name: Option<String>,
    /// SAM account name of the user on premises.
    #[attr(output)]
    onpremises_sam_account_name: Option<String>,
    /// Security identifier (SID) of the user on premises.
    #[attr(output)]
    onpremises_security_identifier: Option<String>,
    /// User principal name on premises.
    #[attr(output)]
    onpremises_user_principal_name: Option<String>,
}

impl LookupTarget for User {
    type Answer = UserResponse;
    const NOUN: &'static str = "user";
    const COLLECTION: &'static str = "/users";
    const TYPE: &'static str = "user";

    fn select() -> &'static str {
        USER_SELECT.as_str()
    }

    fn of(answer: &UserResponse) -> Self {
        User::described_by(answer)
    }

    fn key(&self, property: &str) -> Option<&str> {
        match property {
            "id" => Some(&self.id),
            "userPrincipalName" => Some(&self.user_principal_name),
            "mail" => self.mail.as_deref(),
            "mailNickname" => self.mail_nickname.as_deref(),
            "employeeId" => self.employee_id.as_deref(),
            _ => None,
        }
    }
}

impl DataSource for UserData {
    type Api = Services;
    const NAME: &'static str = "user";
    const SUBCATEGORY: &'static str = "Directory";

    async fn read(&mut self, cx: &mut Context<Services>) -> Result {
        let addressed = [("id", &self.id), ("user_principal_name", &self.user_principal_name)];
        let named = [
            ("mail", "mail", &self.mail),
            ("mail_nickname", "mailNickname", &self.mail_nickname),
            ("employee_id", "employeeId", &self.employee_id),
        ];
        let found: User =
            if let Some((attribute, value)) = addressed.iter().find_map(|(attribute, value)| Some((*attribute, value.as_ref()?))) {
                lookup::addressed(&cx.api, Key { attribute, property: attribute }, value, user_reading(true).request(value)).await?
            } else if let Some((attribute, property, value)) =
                named.iter().find_map(|(name, property, value)| Some((*name, *property, value.as_ref()?)))
            {
                let request = Request::get("/users").query("$expand", USER_MANAGER);
                lookup::single(&cx.api, Key { attribute, property }, value, request, None).await?
            } else {
                return Ok(());
            };
        *self = lookup::as_model(&found)?;
        Ok(())
    }

    fn validate(config: View<'_>, found: &mut Diagnostics) {
        lookup::exactly_one(config, &["id", "user_principal_name", "mail", "mail_nickname", "employee_id"], found);
    }
}
