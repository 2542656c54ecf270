//! Deleted users, which can be restored or permanently deleted for 30 days.

use framework::Context;
use serde::Deserialize;

use crate::azure::{Error, Request, odata_literal};
use crate::services::Services;

/// A user in the bin.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Deleted {
    id: String,
    user_principal_name: Option<String>,
    deleted_date_time: Option<String>,
}

/// The id of the user of that name who was deleted last, if there is one in the bin.
///
/// Unverified: whether the service keeps the name of a deleted user, or puts the id (without dashes) in front of it to set the name free. Both are found.
pub(super) async fn find(name: &str, cx: &Context<Services>) -> Result<Option<String>, Error> {
    let request = Request::get("/directory/deletedItems/microsoft.graph.user")
        .query("$filter", format!("endswith(userPrincipalName,{})", odata_literal(name)))
        .query("$select", "id,userPrincipalName,deletedDateTime")
        .query("$count", "true")
        .header("ConsistencyLevel", "eventual");
    let mut found: Vec<Deleted> = cx.api.client().list(request).await?;
    found.retain(|deleted| is_named(deleted, name));
    found.sort_by(|one, other| one.deleted_date_time.cmp(&other.deleted_date_time));
    Ok(found.pop().map(|deleted| deleted.id))
}

fn is_named(deleted: &Deleted, name: &str) -> bool {
    let Some(kept) = &deleted.user_principal_name else { return false };
    let (kept, name) = (kept.to_lowercase(), name.to_lowercase());
    kept == name || kept.strip_suffix(&name).is_some_and(|before| before == deleted.id.replace('-', "").to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deleted_user_is_known_by_the_name_it_had() {
        let deleted = |name: &str| Deleted {
            id: "0f1e2d3c-0000-4000-8000-00000000abcd".into(),
            user_principal_name: Some(name.into()),
            deleted_date_time: None,
        };
        for (kept, is) in [
            ("Anna@contoso.com", true),
            ("0f1e2d3c00004000800000000000abcdanna@contoso.com", true),
            ("johanna@contoso.com", false),
            ("0f1e2d3c00004000800000000000ffffanna@contoso.com", false),
        ] {
            assert_eq!(is_named(&deleted(kept), "anna@contoso.com"), is, "{kept}");
        }
    }
}
