//! Models that share attributes by `#[attr(flatten)]`.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::time::Duration;

use framework::data_source::{DataEntry, DataSource};
use framework::plan::{Walk, plan};
use framework::schema::lint_schema;
use framework::value::{Path, Value};
use framework::{Context, Model, docs};

/// What every grant has.
#[derive(Clone, Debug, Model, PartialEq)]
struct Terms {
    /// When it ends.
    end: Option<String>,
    /// Where it stands.
    #[attr(output)]
    status: Option<String>,
    #[attr(flatten)]
    reason: Reason,
}

/// Why.
#[derive(Clone, Debug, Model, PartialEq)]
struct Reason {
    /// Justification.
    #[attr(default("none"), check(length(1, 5)))]
    justification: String,
}

/// A grant.
#[derive(Clone, Debug, Model, PartialEq)]
struct Grant {
    #[attr(flatten)]
    terms: Terms,
    /// Whose.
    principal: String,
}

/// A grant of which nothing is its own.
#[derive(Clone, Debug, Model, PartialEq)]
struct Bare {
    #[attr(flatten)]
    terms: Terms,
}

/// Two attributes of one name.
#[derive(Model)]
struct Twice {
    /// Its own.
    #[allow(dead_code, reason = "only its schema is looked at")]
    end: String,
    #[attr(flatten)]
    #[allow(dead_code, reason = "only its schema is looked at")]
    terms: Terms,
}

impl DataSource for Grant {
    type Api = ();
    const NAME: &'static str = "grant";
    const SUBCATEGORY: &'static str = "Grants";
    const TIMEOUT: Duration = Duration::from_secs(60);

    async fn read(&mut self, _: &mut Context<()>) -> framework::Result {
        Ok(())
    }
}

fn grant() -> Grant {
    Grant {
        terms: Terms { end: Some("today".to_owned()), status: None, reason: Reason { justification: "why".to_owned() } },
        principal: "p".to_owned(),
    }
}

fn value(justification: Value, status: Value) -> Value {
    Value::object([("end", Value::from("today")), ("status", status), ("justification", justification), ("principal", Value::from("p"))])
}

#[test]
fn the_attributes_of_a_flattened_model_are_those_of_the_model_around_it() {
    let names: Vec<String> = Grant::object().attributes.into_iter().map(|attribute| attribute.name).collect();
    assert_eq!(names, ["end", "status", "justification", "principal"]);
    assert_eq!(lint_schema("grant", &Grant::object()), Vec::<String>::new());
    assert_eq!(lint_schema("bare", &Bare::object()), Vec::<String>::new());
}

#[test]
fn values_are_flat_in_both_directions() {
    let flat = value(Value::from("why"), Value::Null);
    assert_eq!(Model::to_value(&grant()), flat);
    assert_eq!(<Grant as Model>::from_value(&flat, &Path::root()).unwrap(), grant());
    assert_eq!(<Bare as Model>::from_value(&flat, &Path::root()).unwrap().terms, grant().terms);
    assert_eq!(<Grant as Model>::from_value(&Value::object::<&str>([]), &Path::root()).unwrap(), <Grant as Model>::absent());
}

#[test]
fn a_value_that_does_not_fit_is_named_where_the_user_sees_it() {
    let wrong = <Grant as Model>::from_value(&value(Value::from(7), Value::Null), &Path::root()).unwrap_err();
    assert_eq!(wrong.at, Path::attribute("justification"));
}

#[test]
fn flags_of_flattened_attributes_count_in_plans_and_documentation() {
    let planned = plan(&Grant::object(), &value(Value::Null, Value::Null), &Value::Null, Walk::Apply).planned;
    assert_eq!(planned, value(Value::from("none"), Value::UNKNOWN));
    let page = docs::data_source("works", &DataEntry::of::<Grant>(), "", "");
    for line in [
        "- `principal` (String) Whose.",
        "- `end` (String) When it ends.",
        "- `justification` (String) Justification. Must have 1 to 5 characters. Defaults to `\"none\"`.",
        "- `status` (String) Where it stands.",
    ] {
        assert!(page.contains(line), "{line} is missing:\n{page}");
    }
    assert!(!page.contains("terms") && !page.contains("nestedschema--reason"), "{page}");
}

#[test]
fn two_attributes_of_one_name_are_a_fault_of_the_schema() {
    assert!(lint_schema("twice", &Twice::object()).iter().any(|fault| fault.contains("twice.end: another attribute has the same name")));
}
