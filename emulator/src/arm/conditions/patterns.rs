//! Patterns of actions, as roles and conditions have them.

/// Whether an action is what a pattern says; `*` stands for anything, also for nothing, and letter case counts nowhere.
pub fn matches(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_lowercase(), action.to_lowercase());
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|start| action.strip_prefix(start)) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, action, expected) in [
            ("*", "A/b/read", true),
            ("*/read", "A/b/c/READ", true),
            ("*/read", "A/b/write", false),
            ("A/*/write", "a/roleAssignments/Write", true),
            ("A/*/write", "a/write", false),
            ("A/b/read", "A/b/read", true),
            ("A/b/read", "A/b/readme", false),
            ("A/b/*", "A/b/c/d/delete", true),
            ("A/*/c/*/e", "A/b/c/d/e", true),
            ("A/b*b", "A/b", false),
        ] {
            assert_eq!(matches(pattern, action), expected, "{pattern} {action}");
        }
    }
}
