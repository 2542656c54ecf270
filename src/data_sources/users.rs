//! `aksaccess_users`: many users in a few requests.

use framework::{Context, DataSource, Diagnostics, Model, Result, View};

use super::lookup::{self, Key};
use crate::resources::User;
use crate::services::Services;

/// Looks up many users at once: by `ids`, `user_principal_names`, `mails`, `mail_nicknames` or `employee_ids`, exactly one of them, or all with `return_all`.
///
/// A thousand ids, or three hundred names, are one request. A user that is asked for twice is found once. The lists that are not given are those of
/// `users`, in its order, without the users that have no such value.
#[derive(Clone, Debug, Model)]
pub struct Users {
    /// Object IDs to look for.
    #[attr(computed, case_insensitive, check(uuid()))]
    ids: Option<Vec<String>>,
    /// User principal names to look for.
    #[attr(computed, case_insensitive, check(length(1, 256)))]
    user_principal_names: Option<Vec<String>>,
    /// Mail addresses to look for.
    #[attr(computed, case_insensitive, check(length(1, 256)))]
    mails: Option<Vec<String>>,
    /// Mail nicknames to look for.
    #[attr(computed, case_insensitive, check(length(1, 256)))]
    mail_nicknames: Option<Vec<String>>,
    /// Numbers of employees to look for.
    #[attr(computed, case_insensitive, check(length(1, 256)))]
    employee_ids: Option<Vec<String>>,
    /// Finds every user of the tenant. More than 1,000,000 are an error.
    return_all: Option<bool>,
    /// Whether to leave out what is not found instead of failing.
    ignore_missing: Option<bool>,
    /// The results, in the order of the request.
    #[attr(output)]
    users: Option<Vec<FoundUser>>,
}

/// A user that was found.
#[derive(Clone, Debug, Model)]
pub struct FoundUser {
    /// Object ID.
    #[attr(output)]
    id: Option<String>,
    /// Name by which the user signs in.
    #[attr(output)]
    user_principal_name: Option<String>,
    /// Name of the user.
    #[attr(output)]
    display_name: Option<String>,
    /// Whether the user can sign in.
    #[attr(output)]
    account_enabled: Option<bool>,
    /// Mail address.
    #[attr(output)]
    mail: Option<String>,
    /// Part of the mail address before the `@`.
    #[attr(output)]
    mail_nickname: Option<String>,
    /// Number of the employee in the organization.
    #[attr(output)]
    employee_id: Option<String>,
    /// Department.
    #[attr(output)]
    department: Option<String>,
    /// Job title.
    #[attr(output)]
    job_title: Option<String>,
    /// Country in which the user uses services.
    #[attr(output)]
    usage_location: Option<String>,
    /// Whether the user belongs to the organization: `Member` or `Guest`.
    #[attr(output)]
    user_type: Option<String>,
    /// Whether the user comes from a directory on premises.
    #[attr(output)]
    onpremises_sync_enabled: Option<bool>,
}

/// The arguments by which users are looked up, and the properties that they name.
const KEYS: [(&str, &str); 5] = [
    ("ids", "id"),
    ("user_principal_names", "userPrincipalName"),
    ("mails", "mail"),
    ("mail_nicknames", "mailNickname"),
    ("employee_ids", "employeeId"),
];

impl DataSource for Users {
    type Api = Services;
    const NAME: &'static str = "users";
    const SUBCATEGORY: &'static str = "Directory";

    async fn read(&mut self, cx: &mut Context<Services>) -> Result {
        let lists = [&self.ids, &self.user_principal_names, &self.mails, &self.mail_nicknames, &self.employee_ids];
        let asked = KEYS.iter().zip(lists).find_map(|((attribute, property), list)| Some((Key { attribute, property }, list.as_ref()?)));
        let found: Vec<FoundUser> = match asked {
            Some((key, values)) => {
                let users: Vec<User> = lookup::several(&cx.api, key, values, None, self.ignore_missing == Some(true)).await?;
                users.iter().map(lookup::as_model).collect::<Result<_>>()?
            }
            None if self.return_all == Some(true) => lookup::all::<User, FoundUser>(&cx.api, None).await?,
            None => Vec::new(),
        };
        let list = |value: fn(&FoundUser) -> Option<&str>| Some(found.iter().filter_map(|user| value(user).map(str::to_owned)).collect());
        self.ids = list(|user| user.id.as_deref());
        self.user_principal_names = list(|user| user.user_principal_name.as_deref());
        self.mails = list(|user| user.mail.as_deref());
        self.mail_nicknames = list(|user| user.mail_nickname.as_deref());
        self.employee_ids = list(|user| user.employee_id.as_deref());
        self.users = Some(found);
        Ok(())
    }

    fn validate(config: View<'_>, found: &mut Diagnostics) {
        lookup::exactly_one(config, &["ids", "user_principal_names", "mails", "mail_nicknames", "employee_ids", "return_all"], found);
    }
}
