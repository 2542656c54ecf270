//! `aksaccess_revoke_sign_in_sessions`: users have to sign in again.

use framework::{Action, Context, Diagnostic, Diagnostics, Model, Progress, Result, View};
use serde::Deserialize;

use crate::azure::{Listing, Request};
use crate::client::diagnose::could_not;
use crate::services::Services;

/// Revokes the sign-in sessions of a user, or of every user who is a member of a group, directly or through other groups: their refresh tokens and session cookies
/// are no longer valid, and conditional access policies apply when they sign in again.
///
/// Access tokens stay valid until they expire, mostly for an hour, and it takes some minutes until a revocation has an effect. Needs the Microsoft Graph permission
/// `User.RevokeSessions.All`, and for a group `GroupMember.Read.All`.
#[derive(Clone, Debug, Model)]
pub(super) struct RevokeSignInSessions {
    /// Object ID of the user. Either this or `group_id`.
    #[attr(case_insensitive, check(uuid()))]
    user_id: Option<String>,
    /// Object ID of the group whose users are meant. Either this or `user_id`.
    #[attr(case_insensitive, check(uuid()))]
    group_id: Option<String>,
}

/// So many requests are sent together: one batch (docs/services/graph.md#batches).
const AT_ONCE: usize = 20;

/// So many failures are named.
const NAMED: usize = 10;

#[derive(Deserialize)]
struct Member {
    id: String,
    #[serde(rename = "@odata.type")]
    kind: Option<String>,
}

impl Action for RevokeSignInSessions {
    type Api = Services;
    const NAME: &'static str = "revoke_sign_in_sessions";
    const SUBCATEGORY: &'static str = "Directory";

    async fn invoke(self, progress: &Progress, cx: &mut Context<Services>) -> Result {
        let users = match (&self.user_id, &self.group_id) {
            (Some(user), _) => vec![user.clone()],
            (None, Some(group)) => users_of(group, cx).await?,
            (None, None) => Vec::new(),
        };
        let (total, mut done, mut failed) = (users.len(), 0, Vec::new());
        progress.report(format!("Revoking the sessions of {total} {}.", if total == 1 { "user" } else { "users" }));
        for users in users.chunks(AT_ONCE) {
            let request = |id: &String| Request::post("/users/{id}/revokeSignInSessions").with("id", id).repeatable();
            let answers = cx.api.client().send_all(users.iter().map(request).collect()).await;
            for (user, answer) in users.iter().zip(answers) {
                match answer {
                    Ok(_) => done += 1,
                    Err(error) if error.is_ended() => return Err(interrupted(done, total, &error)),
                    Err(error) => failed.push((user, error)),
                }
            }
            progress.report(format!("Revoked the sessions of {done} of {total}."));
        }
        let Some((first, error)) = failed.first() else { return Ok(()) };
        let mut diagnostic = could_not(format!("revoke the sessions of {first}"))(error.clone());
        if failed.len() > 1 {
            let others: Vec<&str> = failed.iter().skip(1).take(NAMED).map(|(user, _)| user.as_str()).collect();
            let more = failed.len().saturating_sub(1 + NAMED);
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            diagnostic.detail.push_str(&format!("\n\nNor could the sessions of {}{more} be revoked.", others.join(", ")));
        }
        diagnostic.detail.push_str(&format!("\n\nThe sessions of {done} of {total} users were revoked."));
        Err(diagnostic)
    }

    fn validate(config: View<'_>, found: &mut Diagnostics) {
        let is_certain = |name: &str| config.is_set(name) && config.raw(name).is_wholly_known();
        if !config.is_set("user_id") && !config.is_set("group_id") {
            found.add(Diagnostic::error("It is not said whose sessions", "Give `user_id` or `group_id`."));
        }
        if is_certain("user_id") && is_certain("group_id") {
            found.error("group_id", "It is said twice whose sessions", "Give either `user_id` or `group_id`.");
        }
    }
}

fn interrupted(done: usize, total: usize, error: &crate::azure::Error) -> Diagnostic {
    Diagnostic::error("Not all sessions were revoked", format!("{error}\n\nThe sessions of {done} of {total} users were revoked."))
}

/// The users of a group, also through other groups.
async fn users_of(group: &str, cx: &Context<Services>) -> Result<Vec<String>> {
    let request = Request::get("/groups/{id}/transitiveMembers").with("id", group).query("$select", "id").query("$top", "999");
    let (mut listing, mut users) = (Listing::new(request), Vec::new());
    let what = || could_not(format!("list the members of the group {group}"));
    while let Some(page) = cx.api.client().next_page::<Member>(&mut listing).await.map_err(what())? {
        users.extend(page.into_iter().filter(|member| member.kind.as_deref() == Some("#microsoft.graph.user")).map(|member| member.id));
    }
    Ok(users)
}
