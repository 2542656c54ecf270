//! Constraints of an attribute's value, each with a sentence for errors and documentation.

use std::sync::Arc;

use super::Test;
use super::nearest::nearest;
use crate::value::{Number, Value};

/// One requirement: a sentence, and the test of it.
#[derive(Clone)]
pub struct Check {
    /// Continues "must ..." in the documentation, such as "be a UUID".
    pub must: String,
    /// Whether it looks at a collection as a whole instead of at each element.
    pub whole: bool,
    /// The words that it takes, if those are all that it takes; or all but some that have a form instead of a name, such as ids.
    pub words: &'static [&'static str],
    /// Other names of the words. They are refused, with the word that each stands for.
    pub synonyms: &'static [(&'static str, &'static str)],
    test: Test,
}

impl Check {
    /// A requirement on known text.
    pub fn text(must: &str, holds: impl Fn(&str) -> bool + Send + Sync + 'static) -> Check {
        let says = must.to_owned();
        let test: Test = Arc::new(move |value| match value {
            Value::String(text) if !holds(text) => Err(format!("{} must {says}.", shown(text))),
            _ => Ok(()),
        });
        Check::new(must, false, test)
    }

    /// A requirement on a known whole number. A fraction, or a number that is too large, is for the type of the attribute to refuse.
    pub fn number(must: &str, holds: impl Fn(i64) -> bool + Send + Sync + 'static) -> Check {
        let says = must.to_owned();
        let test: Test = Arc::new(move |value| match value {
            Value::Number(number) if number.as_i64().is_some_and(|integer| !holds(integer)) => Err(format!("{number} must {says}.")),
            _ => Ok(()),
        });
        Check::new(must, false, test)
    }

    /// The requirement that every attribute of an integer type has: Terraform's numbers have fractions and no bounds.
    pub(crate) fn whole_number() -> Check {
        let test: Test = Arc::new(|value| match value {
            Value::Number(number) if number.as_i64().is_none() => Err(if number.is_integer() || number.is_infinite() {
                format!("{} must be a whole number from {} to {}.", shown_number(number), i64::MIN, i64::MAX)
            } else {
                format!("{} must be a whole number.", shown_number(number))
            }),
            _ => Ok(()),
        });
        Check::new("be a whole number", false, test)
    }

    /// A requirement on a list, set or map as a whole.
    pub fn elements(must: &str, holds: impl Fn(&[Value]) -> bool + Send + Sync + 'static) -> Check {
        let says = must.to_owned();
        let test: Test = Arc::new(move |value| match value {
            Value::List(elements) if !holds(elements) => Err(format!("It has {} elements; it must {says}.", elements.len())),
            _ => Ok(()),
        });
        Check::new(must, true, test)
    }

    fn new(must: &str, whole: bool, test: Test) -> Check {
        Check { must: must.to_owned(), whole, words: &[], synonyms: &[], test }
    }

    /// Has the refusal of a text name the value that is meant, where `meant` knows one that the check accepts.
    pub fn with_hint(self, meant: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Check {
        let test = self.test;
        let hinting: Test = Arc::new(move |value| {
            let meant = || value.as_str().and_then(&meant).filter(|meant| test(&Value::from(meant.as_str())).is_ok());
            test(value).map_err(|refusal| match meant() {
                Some(meant) => format!("{refusal} Did you mean `{meant}`?"),
                None => refusal,
            })
        });
        Check { test: hinting, ..self }
    }

    /// Has a refusal name the word that is meant: by its other name, or by one that differs little from what was written. Of a text with commas each part is
    /// a word.
    pub fn suggest(self, words: &'static [&'static str], synonyms: &'static [(&'static str, &'static str)]) -> Check {
        let test = self.test;
        let suggesting: Test = Arc::new(move |value| {
            test(value).map_err(|refusal| match value.as_str().and_then(|text| closest_value(text, words, synonyms)) {
                Some(closest_value) => format!("{refusal} Did you mean `{closest_value}`?"),
                None => refusal,
            })
        });
        Check { words, synonyms, test: suggesting, ..self }
    }

    /// Why a known value is refused, if it is.
    pub fn refusal(&self, value: &Value) -> Option<String> {
        (self.test)(value).err()
    }
}

/// The text with every unknown word in it replaced by the nearest one; none if a word has no nearest one.
fn closest_value(text: &str, words: &[&'static str], synonyms: &[(&'static str, &'static str)]) -> Option<String> {
    let word = |part: &str| words.iter().find(|word| **word == part).copied().or_else(|| nearest(part, words, synonyms));
    let closest_value = text.split(',').map(|part| word(part.trim())).collect::<Option<Vec<_>>>()?.join(",");
    Some(closest_value).filter(|closest_value| closest_value != text)
}

/// Text for a message: quoted, and cut when it is long.
fn shown(text: &str) -> String {
    const LONGEST: usize = 80;
    if text.chars().count() <= LONGEST {
        return format!("{text:?}");
    }
    let begin: String = text.chars().take(LONGEST).collect();
    format!("{begin:?}… ({} characters)", text.chars().count())
}

/// A number for a message, cut when it has many digits.
fn shown_number(number: &Number) -> String {
    const LONGEST: usize = 40;
    let text = number.to_string();
    if text.len() <= LONGEST { text } else { format!("{}… ({} characters)", text.get(..LONGEST).unwrap_or_default(), text.len()) }
}

/// A number of characters.
pub fn length(least: usize, most: usize) -> Check {
    Check::text(&format!("have {least} to {most} characters"), move |text| (least..=most).contains(&text.chars().count()))
}

/// Accepts one of these texts, case-sensitively. The error for any other text names the nearest of them.
pub fn one_of(words: &'static [&'static str]) -> Check {
    one_of_with_synonyms(words, &[])
}

/// [`one_of`] with synonyms, each with the value that it stands for. Synonyms are refused, and the error names the value.
pub fn one_of_with_synonyms(words: &'static [&'static str], synonyms: &'static [(&'static str, &'static str)]) -> Check {
    let list: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    Check::text(&format!("be one of {}", list.join(", ")), move |text| words.contains(&text)).suggest(words, synonyms)
}

/// An object id: a UUID in its usual form with dashes, in any case.
pub fn uuid() -> Check {
    Check::text("be a UUID such as `00000000-0000-0000-0000-000000000000`", is_uuid)
}

/// Whether this is a UUID in its usual form with dashes. Other spellings that parsers accept, such as without dashes, are not ids of the services.
pub fn is_uuid(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

/// At most so many elements.
pub fn at_most(most: usize) -> Check {
    Check::elements(&format!("have at most {most}"), move |elements| elements.len() <= most)
}

/// Two texts that differ in upper and lower case only.
pub fn same_but_case(one: &Value, other: &Value) -> bool {
    matches!((one, other), (Value::String(one), Value::String(other)) if one.to_lowercase() == other.to_lowercase())
}
