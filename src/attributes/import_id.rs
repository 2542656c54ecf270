//! The spellings of an import id: the object id alone, the service's path, or the address of the object's page in a portal.

use framework::schema::check::is_uuid;
use framework::{Diagnostic, Result};

/// The object id in `id`, which may be `<id>`, `/<collection>/<id>`, or a portal address with `<key>/<id>` in it.
pub fn object_id(id: &str, noun: &str, collection: &str, portal_key: &str) -> Result<String> {
    let trimmed = id.trim();
    let path = trimmed.trim_start_matches('/').strip_prefix(collection).and_then(|rest| rest.strip_prefix('/'));
    let portal = trimmed.starts_with("https://").then(|| after(trimmed, portal_key)).flatten();
    match path.or(portal).unwrap_or(trimmed) {
        found if is_uuid(found) => Ok(found.to_lowercase()),
        _ => Err(Diagnostic::error(
            format!("{id:?} is not the import id of a {noun}"),
            format!(
                "Give its object id (a UUID), `/{collection}/<object id>`, or the address of its page in the Azure or Entra portal, in which `{portal_key}/<object id>` stands."
            ),
        )),
    }
}

/// The object ids of group and member in `<group>/<member>`, or in azuread's `<group>/member/<member>`.
pub fn membership(id: &str) -> Result<(String, String)> {
    reference(id, "membership", ("group", "group"), "member")
}

/// The object ids in `<from>/<to>`, or in azuread's `<from>/to/<to>`, of a reference from one object to another. `from` is what the first is, and one
/// name of it; `to` is the name of the second.
pub fn reference(id: &str, what: &str, (from, first): (&str, &str), to: &str) -> Result<(String, String)> {
    let segments: Vec<&str> = id.trim().split('/').collect();
    match segments.as_slice() {
        [from, other] if is_uuid(from) && is_uuid(other) => Ok((from.to_lowercase(), other.to_lowercase())),
        [from, word, other] if *word == to && is_uuid(from) && is_uuid(other) => Ok((from.to_lowercase(), other.to_lowercase())),
        _ => Err(Diagnostic::error(
            format!("{id:?} is not the import id of a {what}"),
            format!(
                "Give the object ids (UUIDs) of the {from} and of the {to} with a slash between them, `<{first}>/<{to}>`, or azuread's `<{first}>/{to}/<{to}>`."
            ),
        )),
    }
}

/// The path segment after `<key>/`, in any case.
fn after<'a>(address: &'a str, key: &str) -> Option<&'a str> {
    let mut segments = address.split(['/', '?', '&', '=']);
    segments.by_ref().find(|segment| segment.eq_ignore_ascii_case(key))?;
    segments.next()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[test]
    fn every_spelling_names_the_same_group() {
        let id = "0f1e2d3c-0000-4000-8000-00000000abcd";
        for spelling in [
            id.to_owned(),
            id.to_uppercase(),
            format!("/groups/{id}"),
            format!("groups/{id}"),
            format!("https://portal.azure.com/#view/Microsoft_AAD_IAM/GroupDetailsMenuBlade/~/Overview/groupId/{id}"),
            format!("https://entra.microsoft.com/#view/Microsoft_AAD_IAM/GroupDetailsMenuBlade/~/Overview/groupId/{id}/menuId/"),
        ] {
            assert_eq!(object_id(&spelling, "group", "groups", "groupId").unwrap(), id, "{spelling}");
        }
    }

    #[test]
    fn a_membership_is_a_group_and_a_member() {
        let (group, member) = ("0f1e2d3c-0000-4000-8000-00000000abcd", "0f1e2d3c-0000-4000-8000-000000000001");
        for spelling in [format!("{group}/{member}"), format!("{group}/member/{member}"), format!(" {}/{member} ", group.to_uppercase())] {
            assert_eq!(membership(&spelling).unwrap(), (group.to_owned(), member.to_owned()), "{spelling}");
        }
        for wrong in ["", group, "a/b", &format!("{group}/owner/{member}"), &format!("/{group}/{member}"), &format!("{group}/{member}/")] {
            assert!(membership(wrong).unwrap_err().detail.contains("`<group>/<member>`"), "{wrong}");
        }
    }

    #[test]
    fn other_ids_are_refused_with_the_expected_form() {
        for wrong in [
            "",
            "admins",
            "/users/0f1e2d3c-0000-4000-8000-00000000abcd",
            "0f1e2d3c00004000800000000000abcd",
            "https://portal.azure.com/",
            "groups/x/y",
        ] {
            let refused = object_id(wrong, "group", "groups", "groupId").unwrap_err();
            assert!(refused.detail.contains("`/groups/<object id>`"), "{wrong}: {}", refused.detail);
        }
    }
}
