//! Scopes: where in the hierarchy of a tenant something holds.

use super::management_groups;
use crate::store::View;

/// A scope: the id of a management group, subscription, resource group or resource, or the root, whose text is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    text: String,
    key: String,
}

impl Scope {
    /// The scope of an id, its letter case kept. A slash at the end is no part of it, and `/` is the root.
    pub fn new(id: &str) -> Self {
        let text = id.trim_end_matches('/');
        Self { text: text.to_owned(), key: text.to_lowercase() }
    }

    /// As it was written; empty for the root.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// As properties show it: the root is `/`.
    pub fn shown(&self) -> &str {
        if self.text.is_empty() { "/" } else { &self.text }
    }

    /// In lower case: what scopes are compared by.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Whether the other scope is this one or lies below it in the path of ids. Management groups are above
    /// subscriptions by [`ancestors`] only.
    pub fn covers(&self, other: &Self) -> bool {
        other.key.strip_prefix(&self.key).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The id of the subscription that the scope is in, if it is in one.
    pub fn subscription(&self) -> Option<&str> {
        self.after("/subscriptions/")
    }

    /// The name of the resource group that the scope is in, if it is in one.
    pub fn resource_group(&self) -> Option<&str> {
        let subscription = self.subscription()?;
        let rest = self.text.get("/subscriptions/".len() + subscription.len()..)?;
        let start = rest.get(.."/resourcegroups/".len()).filter(|start| start.eq_ignore_ascii_case("/resourcegroups/"))?;
        rest.get(start.len()..)?.split('/').next()
    }

    /// The name of the management group that the scope is, if it is one.
    pub fn management_group(&self) -> Option<&str> {
        self.after(management_groups::PREFIX)
    }

    fn after(&self, prefix: &str) -> Option<&str> {
        let start = self.text.get(..prefix.len())?;
        if start.eq_ignore_ascii_case(prefix) { self.text.get(prefix.len()..)?.split('/').next() } else { None }
    }
}

/// The scopes above a scope, itself included, in lower case: what holds there holds here. The root comes first.
pub fn ancestors(view: View<'_>, scope: &Scope) -> Vec<String> {
    let mut out = vec![String::new()];
    if let Some(name) = scope.management_group() {
        out.extend(management_groups::line(view, name));
        return out;
    }
    if let Some(subscription) = scope.subscription() {
        out.extend(management_groups::line_of_subscription(view, subscription));
    }
    let mut key = String::new();
    for segment in scope.key().split('/').filter(|part| !part.is_empty()) {
        key.push('/');
        key.push_str(segment);
        out.push(key.clone());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_scope() {
        let scope = Scope::new("/Subscriptions/S1/resourcegroups/G1/providers/A.B/c/d/");
        assert_eq!((scope.subscription(), scope.resource_group(), scope.management_group()), (Some("S1"), Some("G1"), None));
        assert_eq!(scope.key(), "/subscriptions/s1/resourcegroups/g1/providers/a.b/c/d");
        let group = Scope::new("/providers/Microsoft.Management/managementGroups/team");
        assert_eq!((group.subscription(), group.management_group()), (None, Some("team")));
        assert_eq!((Scope::new("/").text(), Scope::new("/").shown()), ("", "/"));
    }

    #[test]
    fn a_scope_covers_what_is_below_it_by_whole_segments() {
        let (group, other) = (Scope::new("/subscriptions/s/resourceGroups/g"), Scope::new("/subscriptions/s/resourceGroups/g2"));
        assert!(group.covers(&Scope::new("/SUBSCRIPTIONS/s/resourcegroups/G/providers/a/b/c")));
        assert!(group.covers(&group) && !group.covers(&other));
        assert!(Scope::new("/").covers(&group));
    }
}
