//! `labelSelector` and `fieldSelector` of a list.

use serde_json::Value;

use super::status::Refusal;
use crate::http::Request;

/// A label or field selector of a list.
#[derive(Debug, Default)]
pub struct Selector {
    /// Path to the value, whether it must be equal, and the value; `None`: it must be there, or not.
    terms: Vec<(Vec<String>, bool, Option<String>)>,
}

impl Selector {
    /// The selectors of a request. Sets (`in`, `notin`) are not served.
    pub fn of(request: &Request) -> Result<Self, Refusal> {
        let mut terms = Vec::new();
        for (option, is_label) in [("labelSelector", true), ("fieldSelector", false)] {
            for term in request.option(option).unwrap_or_default().split(',').map(str::trim).filter(|term| !term.is_empty()) {
                if term.contains([' ', '(', ')']) {
                    return Err(Refusal::bad_request(format!(
                        "unable to parse requirement: '{term}': the emulator knows only '=', '!=' and names"
                    )));
                }
                let (name, equal, value) = if let Some((name, value)) = term.split_once("!=") {
                    (name, false, Some(value))
                } else if let Some((name, value)) = term.split_once("==").or_else(|| term.split_once('=')) {
                    (name, true, Some(value))
                } else {
                    (term.trim_start_matches('!'), !term.starts_with('!'), None)
                };
                let path = if is_label {
                    vec!["metadata".into(), "labels".into(), name.into()]
                } else {
                    name.split('.').map(str::to_owned).collect()
                };
                terms.push((path, equal, value.map(str::to_owned)));
            }
        }
        Ok(Self { terms })
    }

    /// Whether an object is shown.
    pub fn selects(&self, object: &Value) -> bool {
        self.terms.iter().all(|(path, equal, wanted)| {
            let value = path.iter().try_fold(object, |value, name| value.get(name)).and_then(Value::as_str);
            let holds = match wanted {
                Some(wanted) => value == Some(wanted),
                None => value.is_some(),
            };
            holds == *equal
        })
    }
}
