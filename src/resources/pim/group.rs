//! What eligibilities and active assignments of groups have in common: how they are named.

use framework::moved::{ForeignState, Source};
use framework::schema::check::is_uuid;
use framework::{Context, Diagnostic, Resource, Result, View};
use serde::Deserialize;

use crate::azure::Request;
use crate::client::diagnose::could_not;
use crate::pim::{ACCESS, Kind};
use crate::resources::takeover::azuread;
use crate::services::Services;

/// What an import id says. The principal is not known of a schedule's id.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Named {
    pub(super) group: String,
    pub(super) access: String,
    pub(super) principal: String,
    pub(super) schedule: Option<String>,
}

/// Reads an import id: `<group>/<access>/<principal>`, or the service's id of the schedule, `<group>_<access>_<guid>`, as azuread has it.
pub(super) fn named(id: &str) -> Result<Named> {
    let trimmed = id.trim();
    let slashed: Vec<&str> = trimmed.split('/').collect();
    let joined: Vec<&str> = trimmed.split('_').collect();
    let known = |access: &str| ACCESS.contains(&access.to_lowercase().as_str());
    match (slashed.as_slice(), joined.as_slice()) {
        ([group, access, principal], _) if is_uuid(group) && known(access) && is_uuid(principal) => {
            Ok(Named { group: group.to_lowercase(), access: access.to_lowercase(), principal: principal.to_lowercase(), schedule: None })
        }
        (_, [group, access, guid]) if is_uuid(group) && known(access) && is_uuid(guid) => Ok(Named {
            group: group.to_lowercase(),
            access: access.to_lowercase(),
            principal: String::new(),
            schedule: Some(trimmed.to_owned()),
        }),
        _ => Err(Diagnostic::error(
            format!("{id:?} is not the import id of a grant"),
            "Give the object ids of the group and of the principal with `member` or `owner` between them, `<group>/member/<principal>`, or the service's id of the \
             schedule, `<group>_member_<guid>`, which azuread uses.",
        )),
    }
}

/// azuread's resource of that kind. Its id is that of a schedule, which is another one after every request.
pub(super) const fn peer<R: Resource>(kind: Kind, take: fn(&ForeignState<'_>) -> Result<R>) -> Source<R> {
    let type_name = match kind {
        Kind::Eligibility => "azuread_privileged_access_group_eligibility_schedule",
        Kind::Assignment => "azuread_privileged_access_group_assignment_schedule",
    };
    azuread(type_name, take)
}

/// The import id of azuread's object.
pub(super) fn id_in(from: &ForeignState<'_>) -> Result<String> {
    Ok(format!("{}/{}/{}", from.required("group_id")?, from.required("assignment_type")?, from.required("principal_id")?))
}

/// The access in a configuration, which may leave it to its default, or in a plan; none while it is unknown.
pub(crate) fn planned_access(planned: View<'_>) -> Option<String> {
    Some(planned.get::<Option<String>>("access")?.unwrap_or_else(|| "member".to_owned()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Schedule {
    principal_id: Option<String>,
}

/// Whose schedule that is; none if there is none of that id.
pub(super) async fn principal_of(kind: Kind, schedule: &str, cx: &Context<Services>) -> Result<Option<String>> {
    let template = match kind {
        Kind::Eligibility => "/identityGovernance/privilegedAccess/group/eligibilitySchedules/{id}",
        Kind::Assignment => "/identityGovernance/privilegedAccess/group/assignmentSchedules/{id}",
    };
    match cx.api.client().send(Request::get(template).with("id", schedule)).await.and_then(|answer| answer.json::<Schedule>()) {
        Ok(found) => Ok(found.principal_id),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(could_not(format!("read the schedule {schedule}"))(error)),
    }
}

/// Declares the grant of an access to a group, which is the same for eligibilities and active assignments but for its kind and what is to be said about it.
macro_rules! group_grant {
    ($(#[$about:meta])* pub struct $name:ident as $resource:literal, $kind:expr) => {
        $crate::resources::pim::declarations::grant! {
            $(#[$about])*
            pub struct $name as $resource {
                /// Object ID of the group. It must be neither dynamic nor synchronised from on premises.
                #[attr(replace, case_insensitive, check(uuid()))]
                pub group_id: String,
                /// Object ID of the user, group or service principal.
                #[attr(replace, case_insensitive, check(uuid()))]
                pub principal_id: String,
                /// Type of access to the group: `member` or `owner`.
                #[attr(default("member"), replace, check(one_of($crate::pim::ACCESS)))]
                pub access: String,
            }
        }

        impl $name {
            const PEER: framework::moved::Source<Self> = $crate::resources::pim::group::peer($kind, Self::taken);
            const WARNINGS: &'static [&'static framework::WarningKind] = $crate::resources::pim::plan_checks::GRANT_WARNINGS;

            fn describe(&self) -> String {
                format!("{} of {} as {} of the group {}", $kind.word(), self.principal_id, self.access, self.group_id)
            }

            /// The service forgets justification, ticket and length after some weeks, so azuread's state is asked for them, too.
            fn taken(from: &framework::moved::ForeignState<'_>) -> Result<Self> {
                let ticket = $crate::pim::terms::Ticket::taken(from, "ticket_number", "ticket_system");
                let justification = from.text("justification").map(str::to_owned);
                let expiration = $crate::pim::terms::Expiration::taken(from.text("duration").map(str::to_owned));
                Ok($name { justification, ticket, expiration, ..Self::from_import(&$crate::resources::pim::group::id_in(from)?)? })
            }

            fn planned_place(planned: View<'_>) -> Option<GrantKey> {
                let access = $crate::resources::pim::group::planned_access(planned)?;
                $crate::pim::grant_key::of_group($kind, &planned.get::<String>("group_id")?, &planned.get::<String>("principal_id")?, &access).ok()
            }

            async fn place(&self, _: &Context<Services>) -> Result<GrantKey> {
                $crate::pim::grant_key::of_group($kind, &self.group_id, &self.principal_id, &self.access)
            }

            /// An import by the id of a schedule does not know the principal yet.
            async fn find_place(&mut self, cx: &Context<Services>) -> Result<bool> {
                if !self.principal_id.is_empty() {
                    return Ok(true);
                }
                let schedule = self.schedule_id.clone().unwrap_or_default();
                let Some(principal) = $crate::resources::pim::group::principal_of($kind, &schedule, cx).await? else { return Ok(false) };
                self.principal_id = principal;
                Ok(true)
            }

            fn from_import(id: &str) -> Result<Self> {
                let named = $crate::resources::pim::group::named(id)?;
                Ok($name {
                    id: id.to_owned(),
                    group_id: named.group,
                    access: named.access,
                    principal_id: named.principal,
                    schedule_id: named.schedule,
                    ..$name::absent()
                })
            }

            async fn review_more(change: Change<'_>, cx: &mut Context<Services>) -> Diagnostics {
                $crate::resources::pim::plan_checks::group_grant($kind, change, cx).await
            }

            fn validate_more(_: View<'_>, _: &mut Diagnostics) {}

            /// Memberships and ownerships have none.
            fn condition(&self) -> Option<(String, String)> {
                None
            }

            fn put_condition(&mut self, _: Option<(String, String)>) {}
        }
    };
}

pub(super) use group_grant;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[test]
    fn every_spelling_names_the_same_grant() {
        let (group, principal) = ("0f1e2d3c-0000-4000-8000-00000000abcd", "0f1e2d3c-0000-4000-8000-000000000001");
        let expected = Named { group: group.into(), access: "member".into(), principal: principal.into(), schedule: None };
        for id in [format!("{group}/member/{principal}"), format!(" {}/Member/{principal}", group.to_uppercase())] {
            assert_eq!(named(&id).unwrap(), expected, "{id}");
        }
        let schedule = format!("{group}_owner_{principal}");
        assert_eq!(
            named(&schedule).unwrap(),
            Named { group: group.into(), access: "owner".into(), principal: String::new(), schedule: Some(schedule.clone()) }
        );
        for wrong in ["", group, "a/member/b", &format!("{group}/guest/{principal}"), &format!("{group}/{principal}")] {
            assert!(named(wrong).unwrap_err().detail.contains("`<group>/member/<principal>`"), "{wrong}");
        }
    }
}
