//! `$search`: quoted clauses `"property:text"`, joined by AND and OR.
//!
//! Words are searched in `displayName` and `description`; of any other text the beginning is compared, as `startsWith` does (reference page of
//! `List groups`).

use serde_json::Value;

use super::filter::starts_with_ignoring_case;
use crate::{
    graph::model::{collection::Collection, error::GraphError, property::Shape},
    store::Properties,
};

/// The properties that are searched by words.
const WORD_PROPERTIES: &[&str] = &["displayName", "description"];

/// A search: alternatives, each of them clauses that must all be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search(Vec<Vec<Clause>>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Clause {
    property: String,
    text: String,
}

/// Reads a search. AND binds stronger than OR.
pub fn parse(text: &str) -> Result<Search, String> {
    let wrong = || format!("Syntax error: character or clause that is not understood in '{text}'.");
    let mut alternatives = vec![Vec::new()];
    let mut rest = text.trim();
    loop {
        let inner = rest.strip_prefix('"').ok_or_else(wrong)?;
        let (clause, after) = inner.split_once('"').ok_or_else(wrong)?;
        let (property, value) = clause.split_once(':').ok_or_else(wrong)?;
        let clause = Clause { property: property.trim().to_owned(), text: value.trim().to_lowercase() };
        if let Some(last) = alternatives.last_mut() {
            last.push(clause);
        }
        rest = after.trim_start();
        if rest.is_empty() {
            return Ok(Search(alternatives));
        }
        rest = if let Some(after) = rest.strip_prefix("OR ") {
            alternatives.push(Vec::new());
            after.trim_start()
        } else {
            rest.strip_prefix("AND ").ok_or_else(wrong)?.trim_start()
        };
    }
}

impl Search {
    /// Refuses properties that are no text of the type. `None`: objects of mixed types, whose properties are not known. Unverified: the text.
    pub fn check(&mut self, collection: Option<&Collection>, beta: bool) -> Result<(), GraphError> {
        let Some(collection) = collection else { return Ok(()) };
        for clause in self.0.iter_mut().flatten() {
            match collection.property(&clause.property, beta).filter(|property| property.shape == Shape::Text) {
                Some(property) => property.name.clone_into(&mut clause.property),
                None => {
                    return Err(GraphError::unsupported_query(format!(
                        "Unsupported property '{}' in $search on resource '{}'.",
                        clause.property, collection.label
                    )));
                }
            }
        }
        Ok(())
    }

    /// Whether an object is found: every word of the text must begin a word of the property. (Unverified: how the
    /// service cuts words at digits and letter case.)
    pub fn matches(&self, row: &Properties) -> bool {
        self.0.iter().any(|all| all.iter().all(|clause| clause.matches(row)))
    }
}

impl Clause {
    fn matches(&self, row: &Properties) -> bool {
        let Some(value) = row.get(&self.property).and_then(Value::as_str) else { return false };
        if !WORD_PROPERTIES.contains(&self.property.as_str()) {
            return starts_with_ignoring_case(value, &self.text);
        }
        let words = || value.split(|c: char| !c.is_alphanumeric());
        let mut wanted = self.text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        wanted.all(|word| words().any(|one| starts_with_ignoring_case(one, word)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)] // tests may panic

    use serde_json::json;

    use super::*;

    #[test]
    fn words_are_found_by_their_beginning() {
        let row = json!({"displayName": "Platform Team (west)", "description": "keeps the clusters", "mail": "platform-team@contoso.com"});
        let row = row.as_object().unwrap();
        for (search, found) in [
            (r#""displayName:plat""#, true),
            (r#""displayName:team plat""#, true),
            (r#""displayName:form""#, false),
            (r#""mail:platform-t""#, true),
            (r#""mail:team""#, false),
            (r#""displayName:plat" AND "description:cluster""#, true),
            (r#""displayName:nope" OR "description:keeps""#, true),
            (r#""displayName:nope" AND "description:keeps""#, false),
        ] {
            assert_eq!(parse(search).unwrap().matches(row), found, "{search}");
        }
        for wrong in ["displayName:x", "\"displayName\"", "\"a:b\" XOR \"c:d\"", "\"a:b"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
