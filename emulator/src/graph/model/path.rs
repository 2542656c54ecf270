//! Takes a Graph path apart: version, collection, object, and what comes after it.

use super::collection::{Collection, Collections, Service};
use crate::caller::Caller;

/// A path below `/v1.0` or `/beta`.
#[derive(Debug, Clone)]
pub struct Path {
    /// Whether it is `/beta`.
    pub beta: bool,
    /// The path as it was written, decoded, without the version: for links to the next page.
    pub written: String,
    /// The collection or singleton at its beginning.
    pub root: Root,
    /// The same as it was written: some collections are at several places.
    pub at: &'static str,
    /// One object of the collection.
    pub single: Option<ObjectSelector>,
    /// The segments after that.
    pub rest: Vec<String>,
}

/// The first segment of a path.
#[derive(Debug, Clone, Copy)]
pub enum Root {
    /// A collection of the table.
    Collection(&'static Collection),
    /// The deleted objects of a collection that has a bin of its own.
    Bin(&'static Collection),
    /// `/directoryObjects`: all of the directory by id.
    DirectoryObjects,
    /// `/directory/deletedItems`: what was deleted.
    DeletedItems,
    /// `/$batch`: many requests in one.
    Batch,
    /// `/identity/conditionalAccess/evaluate`: what would policies say?
    Evaluate,
    /// `/me`: the user that is calling, which an application is not.
    Me,
    /// Something that is not served.
    Unknown,
}

/// The key by which a path selects one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObjectSelector {
    /// By its id, or by the name that the collection accepts in its place.
    Id(String),
    /// By an alternate key.
    Alternate(&'static str, String),
}

impl Path {
    /// Takes the segments after the version apart.
    pub fn parse(collections: Collections, beta: bool, segments: &[String]) -> Self {
        let segments: &[String] = &segments.iter().map(|segment| canonical(segment)).collect::<Vec<_>>();
        let written = segments.iter().fold(String::new(), |path, segment| path + "/" + segment);
        let unknown =
            |rest: &[String]| Self { beta, written: written.clone(), root: Root::Unknown, at: "", single: None, rest: rest.to_vec() };
        for (root, name) in roots(collections, beta) {
            let parts: Vec<&str> = name.split('/').collect();
            let Some((head, tail)) = segments.split_at_checked(parts.len()) else { continue };
            let (Some((last_part, parts)), Some((last, head))) = (parts.split_last(), head.split_last()) else { continue };
            // The letter case of a path does not count.
            if !parts.iter().zip(head).all(|(one, two)| one.eq_ignore_ascii_case(two)) {
                continue;
            }
            let (last, parenthesis) = match last.split_once('(') {
                Some((name, inner)) => (name, inner.strip_suffix(')')),
                None => (last.as_str(), None),
            };
            if !last.eq_ignore_ascii_case(last_part) {
                continue;
            }
            let mut rest = tail;
            let single = match parenthesis {
                Some(inner) => match key_in_parentheses(root, inner) {
                    Some(single) => Some(single),
                    None => return unknown(segments),
                },
                None => match tail.split_first() {
                    Some((first, tail)) if is_key(root, first) => {
                        rest = tail;
                        Some(ObjectSelector::Id(first.clone()))
                    }
                    _ => None,
                },
            };
            return Self { beta, written: written.clone(), root, at: name, single, rest: rest.to_vec() };
        }
        unknown(segments)
    }

    /// The user that `/me` stands for: the caller. `None` for an application.
    pub fn of_caller(&self, users: &'static Collection, caller: &Caller) -> Option<Self> {
        let single = Some(ObjectSelector::Id(caller.object_id.clone()));
        caller.is_user().then(|| Self { root: Root::Collection(users), single, ..self.clone() })
    }

    /// Whether it is the beginning of others, and nothing itself.
    pub fn is_prefix(&self, collections: Collections) -> bool {
        let beginning = format!("{}/", self.written.trim_start_matches('/').to_lowercase());
        matches!(self.root, Root::Unknown) && roots(collections, self.beta).any(|(_, place)| place.to_lowercase().starts_with(&beginning))
    }

    /// The segment at which a path that nothing is served at stops being the beginning of one that is.
    pub fn unknown_segment(&self, collections: Collections) -> &str {
        let known = |count: usize| {
            let beginning = self.rest.iter().take(count).map(|segment| format!("{segment}/").to_lowercase()).collect::<String>();
            roots(collections, self.beta).any(|(_, place)| format!("{place}/").to_lowercase().starts_with(&beginning))
        };
        let first = (1..=self.rest.len()).find(|count| !known(*count)).unwrap_or(1);
        self.rest.get(first - 1).map_or("", |segment| segment.split('(').next().unwrap_or(segment))
    }

    /// The service that answers.
    pub fn service(&self) -> Service {
        match self.root {
            Root::Collection(row) | Root::Bin(row) => row.service,
            // It reads the same policies, and is paced with them (unverified).
            Root::Evaluate => Service::ConditionalAccess,
            _ => Service::Directory,
        }
    }

    /// The segments after the object, as plain text.
    pub fn rest(&self) -> Vec<&str> {
        self.rest.iter().map(String::as_str).collect()
    }

    /// The path with placeholders for ids, as the contract writes it: `/v1.0/groups/{id}/members/{memberId}/$ref`.
    pub fn template(&self) -> String {
        let mut out = String::from(if self.beta { "/beta" } else { "/v1.0" });
        if matches!(self.root, Root::Unknown) {
            for segment in &self.rest {
                out.push('/');
                out.push_str(if crate::directory::is_guid(segment) { "{id}" } else { segment });
            }
            return out;
        }
        out.push('/');
        out.push_str(self.at);
        match &self.single {
            Some(ObjectSelector::Id(_)) => out.push_str("/{id}"),
            Some(ObjectSelector::Alternate(property, _)) => out.push_str(&format!("({property}='{{{property}}}')")),
            None => {}
        }
        for (index, segment) in self.rest.iter().enumerate() {
            let literal = index == 0 || segment.starts_with('$') || segment.starts_with("microsoft.graph.");
            out.push('/');
            out.push_str(match (literal, self.rest.first().map(String::as_str)) {
                (true, _) => segment,
                (false, Some("rules" | "effectiveRules")) => "{ruleId}",
                (false, Some("stages" | "steps")) => "{stageId}",
                (false, _) => "{memberId}",
            });
        }
        out
    }
}

/// Functions and actions, which can be written with their namespace; Microsoft's SDKs do so.
const OPERATIONS: &[&str] = &[
    "cancel",
    "checkMemberGroups",
    "checkMemberObjects",
    "delta",
    "evaluate",
    "filterByCurrentUser",
    "getByIds",
    "getMemberGroups",
    "getMemberObjects",
    "restore",
    "revokeSignInSessions",
    "updateAllowedCombinations",
    "usage",
];

/// A segment in its usual form: operations without the namespace, and types with the whole of it, of which `graph` is the alias in the metadata and what
/// Microsoft's SDKs write. (A user whose name begins so has an `@` in it.)
fn canonical(segment: &str) -> String {
    let qualified = segment.strip_prefix("microsoft.graph.").or_else(|| segment.strip_prefix("graph."));
    let Some(name) = qualified else { return segment.to_owned() };
    let plain = name.split('(').next().unwrap_or(name);
    if OPERATIONS.contains(&plain) {
        name.to_owned()
    } else if !plain.is_empty() && plain.bytes().all(|letter| letter.is_ascii_alphanumeric()) {
        format!("microsoft.graph.{name}")
    } else {
        segment.to_owned()
    }
}

fn roots(collections: Collections, beta: bool) -> impl Iterator<Item = (Root, &'static str)> {
    let fixed = [
        (Root::DirectoryObjects, "directoryObjects"),
        (Root::DeletedItems, "directory/deletedItems"),
        (Root::Batch, "$batch"),
        (Root::Evaluate, "identity/conditionalAccess/evaluate"),
        (Root::Me, "me"),
    ];
    let collections = collections.iter().flat_map(move |row| {
        let in_beta = row.beta_aliases.iter().filter(move |_| beta);
        let places = std::iter::once(row.path).chain(row.aliases.iter().chain(in_beta).copied());
        places.map(|place| (Root::Collection(row), place)).chain(row.bin_path.map(|place| (Root::Bin(row), place)))
    });
    collections.chain(fixed)
}

/// Whether the segment after a collection names an object of it.
fn is_key(root: Root, segment: &str) -> bool {
    let function = ["getByIds", "delta", "delta()"].contains(&segment) || segment.starts_with("filterByCurrentUser(");
    let singleton = matches!(root, Root::Me | Root::Batch | Root::Evaluate) || matches!(root, Root::Collection(row) if row.singleton);
    !singleton && !segment.starts_with('$') && !segment.starts_with("microsoft.graph.") && !function
}

/// `'id'`, `id`, or `uniqueName='x'`.
fn key_in_parentheses(root: Root, inner: &str) -> Option<ObjectSelector> {
    let text = |quoted: &str| quoted.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).map(|text| text.replace("''", "'"));
    match (inner.split_once('='), root) {
        (Some((name, value)), Root::Collection(row)) if !name.starts_with('\'') => {
            let property = row.alternate_keys.iter().find(|known| **known == name.trim())?;
            Some(ObjectSelector::Alternate(property, text(value.trim())?))
        }
        _ => Some(ObjectSelector::Id(text(inner).unwrap_or_else(|| inner.to_owned()))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)] // tests may panic

    use super::*;
    use crate::graph::rows::COLLECTIONS;

    fn path(text: &str) -> Path {
        let segments: Vec<String> = text.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        Path::parse(COLLECTIONS, false, &segments)
    }

    #[test]
    fn templates_are_the_contracts() {
        let id = "7f2a9c1e-0000-4000-8000-000000000001";
        for (written, template) in [
            ("groups".to_owned(), "/v1.0/groups"),
            ("groups/$count".into(), "/v1.0/groups/$count"),
            (format!("groups/{id}"), "/v1.0/groups/{id}"),
            (format!("groups('{id}')"), "/v1.0/groups/{id}"),
            ("groups(uniqueName='a b')".into(), "/v1.0/groups(uniqueName='{uniqueName}')"),
            (format!("groups/{id}/members/$ref"), "/v1.0/groups/{id}/members/$ref"),
            (format!("groups/{id}/members/{id}/$ref"), "/v1.0/groups/{id}/members/{memberId}/$ref"),
            (format!("groups/{id}/members/microsoft.graph.user/$count"), "/v1.0/groups/{id}/members/microsoft.graph.user/$count"),
            (format!("groups/{id}/members/graph.user"), "/v1.0/groups/{id}/members/microsoft.graph.user"),
            ("groups/microsoft.graph.delta()".into(), "/v1.0/groups/delta()"),
            (format!("users/{id}/microsoft.graph.getMemberGroups"), "/v1.0/users/{id}/getMemberGroups"),
            ("users/a@contoso.com".into(), "/v1.0/users/{id}"),
            ("users/graph.a@contoso.com".into(), "/v1.0/users/{id}"),
            ("directory/administrativeUnits".into(), "/v1.0/directory/administrativeUnits"),
            ("directory/deletedItems/microsoft.graph.group".into(), "/v1.0/directory/deletedItems/microsoft.graph.group"),
            (format!("directory/deletedItems/{id}/restore"), "/v1.0/directory/deletedItems/{id}/restore"),
            ("$batch".into(), "/v1.0/$batch"),
            ("identity/conditionalaccess/Policies".into(), "/v1.0/identity/conditionalAccess/policies"),
            ("directoryObjects/getByIds".into(), "/v1.0/directoryObjects/getByIds"),
            (format!("no/{id}/such"), "/v1.0/no/{id}/such"),
        ] {
            assert_eq!(path(&written).template(), template, "{written}");
        }
    }

    #[test]
    fn a_quoted_key_is_unescaped() {
        assert_eq!(path("groups(uniqueName='it''s')").single, Some(ObjectSelector::Alternate("uniqueName", "it's".into())));
    }
}
