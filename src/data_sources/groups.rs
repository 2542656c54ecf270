//! `aksaccess_groups`: many groups in a few requests.

use framework::{Context, DataSource, Diagnostic, Diagnostics, Model, Result, View};

use super::group::Flags;
use super::lookup::{self, Key};
use crate::azure::odata_literal;
use crate::resources::Group;
use crate::services::Services;

/// Looks up many groups at once: by `ids`, `display_names` or `display_name_prefix`, exactly one of them, or all with `return_all`.
///
/// A thousand ids, or three hundred names, are one request. When several groups have a name that is asked for, the error names their ids.
#[derive(Clone, Debug, Model)]
pub struct Groups {
    /// Object IDs to look for.
    #[attr(computed, case_insensitive, check(uuid()))]
    ids: Option<Vec<String>>,
    /// Names to look for.
    #[attr(computed, case_insensitive, check(length(1, 256)))]
    display_names: Option<Vec<String>>,
    /// Finds every group whose name begins so.
    #[attr(check(length(1, 256)))]
    display_name_prefix: Option<String>,
    /// Finds every group of the tenant. More than 1,000,000 are an error.
    return_all: Option<bool>,
    /// Whether to leave out what is not found instead of failing.
    ignore_missing: Option<bool>,
    /// Looks only for groups that have a mail address, or that have none.
    mail_enabled: Option<bool>,
    /// Looks only for groups that can be given access to resources, or that cannot.
    security_enabled: Option<bool>,
    /// The results, in the order of the request.
    #[attr(output)]
    groups: Option<Vec<FoundGroup>>,
}

/// A group that was found.
#[derive(Clone, Debug, Model)]
pub struct FoundGroup {
    /// Object ID.
    #[attr(output)]
    id: Option<String>,
    /// Name.
    #[attr(output)]
    display_name: Option<String>,
    /// What it is for.
    #[attr(output)]
    description: Option<String>,
    /// Part of the mail address before the `@`.
    #[attr(output)]
    mail_nickname: Option<String>,
    /// Mail address of a Microsoft 365 group.
    #[attr(output)]
    mail: Option<String>,
    /// Whether it has a mail address.
    #[attr(output)]
    mail_enabled: Option<bool>,
    /// Whether access to resources can be given to it.
    #[attr(output)]
    security_enabled: Option<bool>,
    /// Kinds of group.
    #[attr(output)]
    types: Option<Vec<String>>,
    /// Whether it can be given Microsoft Entra roles.
    #[attr(output)]
    assignable_to_role: Option<bool>,
    /// Whether it comes from a directory on premises.
    #[attr(output)]
    onpremises_sync_enabled: Option<bool>,
}

impl DataSource for Groups {
    type Api = Services;
    const NAME: &'static str = "groups";
    const SUBCATEGORY: &'static str = "Directory";

    async fn read(&mut self, cx: &mut Context<Services>) -> Result {
        let flags = Flags { mail_enabled: self.mail_enabled, security_enabled: self.security_enabled };
        let ignore_missing = self.ignore_missing == Some(true);
        let given: Vec<Group> = if let Some(ids) = &self.ids {
            lookup::several(&cx.api, Key { attribute: "ids", property: "id" }, ids, None, ignore_missing).await?
        } else if let Some(names) = &self.display_names {
            let key = Key { attribute: "display_names", property: "displayName" };
            lookup::several(&cx.api, key, names, flags.filter().as_deref(), ignore_missing).await?
        } else {
            let prefix = self.display_name_prefix.as_ref().map(|prefix| format!("startswith(displayName,{})", odata_literal(prefix)));
            let filter: Vec<String> = prefix.into_iter().chain(flags.filter()).collect();
            // The filter has the flags.
            let found = lookup::all::<Group, FoundGroup>(&cx.api, (!filter.is_empty()).then(|| filter.join(" and "))).await?;
            self.keep(found);
            return Ok(());
        };
        let (fitting, others): (Vec<Group>, Vec<Group>) = given.into_iter().partition(|group| flags.passes(group));
        if !others.is_empty() && !ignore_missing {
            let ids: Vec<&str> = others.iter().map(|group| group.id.as_str()).collect();
            let detail = format!("Not as `mail_enabled` and `security_enabled` say: {}.", ids.join(", "));
            return Err(Diagnostic::error(format!("{} of the groups are of another kind", ids.len()), detail).at_attribute("ids"));
        }
        self.keep(fitting.iter().map(lookup::as_model).collect::<Result<_>>()?);
        Ok(())
    }

    fn validate(config: View<'_>, found: &mut Diagnostics) {
        lookup::exactly_one(config, &["ids", "display_names", "display_name_prefix", "return_all"], found);
    }
}

impl Groups {
    fn keep(&mut self, found: Vec<FoundGroup>) {
        self.ids = Some(found.iter().filter_map(|group| group.id.clone()).collect());
        self.display_names = Some(found.iter().filter_map(|group| group.display_name.clone()).collect());
        self.groups = Some(found);
    }
}
