//! Asks a filter of an object.

use std::{borrow::Cow, cmp::Ordering};

use jiff::Timestamp;
use serde_json::Value;

use super::{Comparison, Expr, Function, Path};

/// The properties for which a filter is evaluated.
pub trait Scope {
    /// The property's value; null when there is none.
    fn property(&self, name: &str) -> Cow<'_, Value>;
    /// The ids of the objects that a relationship leads to; `None` when there is no such relationship.
    fn related(&self, name: &str) -> Option<Vec<Box<dyn Scope + '_>>>;
}

/// Whether the filter holds for the object.
pub fn holds(filter: &Expr, scope: &dyn Scope) -> bool {
    match filter {
        Expr::And(all) => all.iter().all(|one| holds(one, scope)),
        Expr::Or(all) => all.iter().any(|one| holds(one, scope)),
        Expr::Not(inner) => !holds(inner, scope),
        Expr::Compare(path, comparison, wanted) => compare(&value(scope, path), *comparison, wanted),
        Expr::In(path, wanted) => {
            let value = value(scope, path);
            wanted.iter().any(|wanted| compare(&value, Comparison::Eq, wanted))
        }
        Expr::Request(function, path, text) => request(*function, &value(scope, path), text),
        Expr::IsOf(kind) => scope.property("@odata.type").as_str().is_some_and(|own| own.trim_start_matches('#') == kind),
        Expr::Flag(path) => *value(scope, path) == Value::Bool(true),
        Expr::Any(path, inner) => any(scope, path, inner.as_ref().map(|(name, expr)| (name.as_str(), &**expr))),
    }
}

fn any(scope: &dyn Scope, path: &Path, inner: Option<(&str, &Expr)>) -> bool {
    if let [name] = path.as_slice()
        && let Some(others) = scope.related(name)
    {
        return match inner {
            None => !others.is_empty(),
            Some((variable, expr)) => others.iter().any(|other| holds(expr, &Object { variable, scope: &**other })),
        };
    }
    let value = value(scope, path);
    let elements = value.as_array().map(Vec::as_slice).unwrap_or_default();
    match inner {
        None => !elements.is_empty(),
        Some((variable, expr)) => elements.iter().any(|value| holds(expr, &Element { variable, value })),
    }
}

fn value<'s>(scope: &'s dyn Scope, path: &Path) -> Cow<'s, Value> {
    let Some((first, rest)) = path.split_first() else { return Cow::Owned(Value::Null) };
    if let [name] = rest
        && name == "$count"
    {
        let related = scope.related(first).map(|all| all.len());
        let count = related.or_else(|| scope.property(first).as_array().map(Vec::len));
        return Cow::Owned(count.map_or(Value::Null, Value::from));
    }
    let mut value = scope.property(first);
    for name in rest {
        value = match value.get(name) {
            Some(inner) => Cow::Owned(inner.clone()),
            None => Cow::Owned(Value::Null),
        };
    }
    value
}

/// Compares as the directory does: text without regard to case, instants as instants, nothing with null but equality.
fn compare(value: &Value, comparison: Comparison, wanted: &Value) -> bool {
    let order = match (value, wanted) {
        (Value::String(one), Value::String(two)) => Some(text_order(one, two)),
        (Value::Number(one), Value::Number(two)) => one.as_f64().zip(two.as_f64()).and_then(|(one, two)| one.partial_cmp(&two)),
        (one, two) if one == two => Some(Ordering::Equal),
        _ => None,
    };
    match comparison {
        Comparison::Eq => order == Some(Ordering::Equal),
        Comparison::Ne => order != Some(Ordering::Equal),
        Comparison::Gt => order == Some(Ordering::Greater),
        Comparison::Ge => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        Comparison::Lt => order == Some(Ordering::Less),
        Comparison::Le => matches!(order, Some(Ordering::Less | Ordering::Equal)),
    }
}

fn text_order(one: &str, two: &str) -> Ordering {
    let may_be_instant = |text: &str| text.len() >= 20 && text.starts_with(|first: char| first.is_ascii_digit());
    if !may_be_instant(one) || !may_be_instant(two) {
        return compare_ignoring_case(one, two);
    }
    match (one.parse::<Timestamp>(), two.parse::<Timestamp>()) {
        (Ok(one), Ok(two)) => one.cmp(&two),
        _ => compare_ignoring_case(one, two),
    }
}

fn compare_ignoring_case(one: &str, two: &str) -> Ordering {
    if one.is_ascii() && two.is_ascii() {
        return one.bytes().map(|byte| byte.to_ascii_lowercase()).cmp(two.bytes().map(|byte| byte.to_ascii_lowercase()));
    }
    one.to_lowercase().cmp(&two.to_lowercase())
}

/// Whether a text begins with another, without regard to case.
pub fn starts_with_ignoring_case(text: &str, start: &str) -> bool {
    if text.is_ascii() && start.is_ascii() {
        return text.get(..start.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(start));
    }
    text.to_lowercase().starts_with(&start.to_lowercase())
}

fn request(function: Function, value: &Value, text: &str) -> bool {
    let one = |value: &Value| {
        let Some(value) = value.as_str() else { return false };
        match function {
            Function::StartsWith => starts_with_ignoring_case(value, text),
            Function::EndsWith => value.to_lowercase().ends_with(&text.to_lowercase()),
            Function::Contains => value.to_lowercase().contains(&text.to_lowercase()),
        }
    };
    match value {
        Value::Array(all) => all.iter().any(one),
        value => one(value),
    }
}

/// An element of a property that is a list, by the name of the lambda's variable.
struct Element<'v> {
    variable: &'v str,
    value: &'v Value,
}

impl Scope for Element<'_> {
    fn property(&self, name: &str) -> Cow<'_, Value> {
        if name == self.variable { Cow::Borrowed(self.value) } else { Cow::Owned(Value::Null) }
    }

    fn related(&self, _: &str) -> Option<Vec<Box<dyn Scope + '_>>> {
        None
    }
}

/// Another object, whose properties come after the lambda's variable: `m/id`.
struct Object<'v> {
    variable: &'v str,
    scope: &'v dyn Scope,
}

impl Scope for Object<'_> {
    fn property(&self, name: &str) -> Cow<'_, Value> {
        if name != self.variable {
            return Cow::Owned(Value::Null);
        }
        // Only the id of a related object can be asked for; as an object, so that `m/id` finds it.
        Cow::Owned(serde_json::json!({"id": self.scope.property("id")}))
    }

    fn related(&self, _: &str) -> Option<Vec<Box<dyn Scope + '_>>> {
        None
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)] // tests may panic

    use serde_json::json;

    use super::*;
    use crate::graph::query::filter::parse;

    struct TestScope(Value);

    impl Scope for TestScope {
        fn property(&self, name: &str) -> Cow<'_, Value> {
            self.0.get(name).map_or(Cow::Owned(Value::Null), Cow::Borrowed)
        }

        fn related(&self, name: &str) -> Option<Vec<Box<dyn Scope + '_>>> {
            (name == "members").then(|| vec![Box::new(TestScope(json!({"id": "m1"}))) as Box<dyn Scope>])
        }
    }

    #[test]
    fn filters_hold_or_do_not() {
        let group = TestScope(json!({
            "displayName": "Platform Team", "mailEnabled": false, "groupTypes": ["Unified"],
            "createdDateTime": "2026-11-21T10:00:00Z", "info": {"a": "b"},
        }));
        for (filter, expected) in [
            ("displayName eq 'platform team'", true),
            ("displayName ne 'platform team'", false),
            ("startswith(displayName,'PLAT')", true),
            ("endswith(displayName,'team') and not (mailEnabled eq true)", true),
            ("displayName in ('a','Platform Team')", true),
            ("description eq null", true),
            ("mailEnabled eq false", true),
            ("mailEnabled", false),
            ("groupTypes/any(c:c eq 'Unified')", true),
            ("not groupTypes/any(c:c eq 'Unified')", false),
            ("members/any(m:m/id eq 'm1')", true),
            ("members/any(m:m/id eq 'm2')", false),
            ("members/any()", true),
            ("members/$count eq 1", true),
            ("members/$count ne 1", false),
            ("groupTypes/$count gt 1", false),
            ("createdDateTime ge 2026-11-21T11:00:00+02:00", true),
            ("createdDateTime gt 2026-11-21T10:00:00Z", false),
            ("displayName gt null", false),
            ("info/a eq 'b'", true),
        ] {
            assert_eq!(holds(&parse(filter).unwrap(), &group), expected, "{filter}");
        }
    }
}
