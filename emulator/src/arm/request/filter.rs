//! `$filter` of the authorization resource provider: functions and comparisons, joined by `and`.

use super::error::ArmError;

/// One condition of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// A function without arguments, in lower case: `atscope`, `astarget`.
    Function(String),
    /// `assignedTo('id')`
    AssignedTo(String),
    /// `property eq 'value'`; the property in lower case.
    Equals(String, String),
}

/// The conditions of a filter, all of which must hold.
pub fn parse(text: &str) -> Result<Vec<Term>, ArmError> {
    split(text).into_iter().map(|part| term(part.trim()).ok_or_else(|| unsupported(text))).collect()
}

/// 400 for a filter that is not known. Unverified: code and text.
pub fn unsupported(text: &str) -> ArmError {
    ArmError::bad_request(
        "UnsupportedQuery",
        format!(
            "The filter '{text}' is not supported. Supported filters are either 'atScope()' or 'principalId eq \
             '{{value}}' or assignedTo('{{value}}')'."
        ),
    )
}

/// The parts between the words `and` that are outside of quotes.
fn split(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let (mut start, mut quoted) = (0, false);
    for (at, c) in text.char_indices() {
        if c == '\'' {
            quoted = !quoted;
        }
        let word = text.get(at..at + 5).is_some_and(|word| word.eq_ignore_ascii_case(" and "));
        if word && !quoted && at >= start {
            out.push(text.get(start..at).unwrap_or_default());
            start = at + 5;
        }
    }
    out.push(text.get(start..).unwrap_or_default());
    out
}

fn term(part: &str) -> Option<Term> {
    if let Some((name, argument)) = part.split_once('(') {
        let argument = argument.trim_end().strip_suffix(')')?.trim();
        let name = name.trim().to_lowercase();
        return match argument {
            "" => Some(Term::Function(name)),
            argument if name == "assignedto" => Some(Term::AssignedTo(value(argument)?)),
            _ => None,
        };
    }
    let mut words = part.splitn(3, ' ').map(str::trim);
    let (property, operator, argument) = (words.next()?, words.next()?, words.next()?);
    if !operator.eq_ignore_ascii_case("eq") {
        return None;
    }
    Some(Term::Equals(property.to_lowercase(), value(argument)?))
}

/// A value in quotes, or without them as some clients send it.
fn value(text: &str) -> Option<String> {
    match text.strip_prefix('\'') {
        Some(rest) => Some(rest.strip_suffix('\'')?.replace("''", "'")),
        None if text.is_empty() || text.contains(['\'', ' ']) => None,
        None => Some(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)] // tests may panic

    use super::*;

    #[test]
    fn functions_and_comparisons() {
        let function = |name: &str| Term::Function(name.into());
        let equals = |name: &str, value: &str| Term::Equals(name.into(), value.into());
        for (text, terms) in [
            ("atScope()", vec![function("atscope")]),
            ("principalId eq 'a-b'", vec![equals("principalid", "a-b")]),
            ("principalId eq a-b", vec![equals("principalid", "a-b")]),
            ("atScope() and assignedTo('x')", vec![function("atscope"), Term::AssignedTo("x".into())]),
            (
                "roleName eq 'Read and write it''s' AND type eq 'CustomRole'",
                vec![equals("rolename", "Read and write it's"), equals("type", "CustomRole")],
            ),
        ] {
            assert_eq!(parse(text).unwrap(), terms, "{text}");
        }
        for text in ["", "atScope", "a ne 'b'", "assignedTo(x", "x('y')", "a eq 'b", "a eq b c"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
