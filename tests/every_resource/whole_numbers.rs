//! Every argument that is a whole number refuses fractions and numbers that are too large, by the schema.

use aksaccess_provider::Aksaccess;
use framework::schema::{Nesting, Object, Shape};
use framework::value::{Path, Type, Value};
use framework::{Diagnostics, Model, Provider, validate};

/// An object in which only the attribute at the end of the way is set, with one level for each step.
fn object(step: &[(String, Option<Nesting>)], value: &Value) -> Value {
    let Some(((name, nesting), rest)) = step.split_first() else { return value.clone() };
    let inner = object(rest, value);
    let inner = match nesting {
        Some(Nesting::List) => Value::List(vec![inner]),
        Some(Nesting::Map) => Value::object([("key", inner)]),
        _ => inner,
    };
    Value::object([(name.clone(), inner)])
}

/// The ways to all numbers that can be configured.
fn numbers(of: &Object, way: &[(String, Option<Nesting>)], found: &mut Vec<Vec<(String, Option<Nesting>)>>) {
    for attribute in of.attributes.iter().filter(|attribute| !attribute.is_output()) {
        let step = |nesting| [way, &[(attribute.name.clone(), nesting)]].concat();
        match &attribute.shape {
            Shape::Nested(nesting, inner) => numbers(inner, &step(Some(*nesting)), found),
            Shape::Plain(Type::Number) => found.push(step(None)),
            Shape::Plain(_) => {}
        }
    }
}

#[test]
fn fractions_and_numbers_that_are_too_large_are_refused() {
    let resources = aksaccess_provider::resources::table().into_iter().map(|entry| (entry.name.to_owned(), entry.object));
    let data_sources = aksaccess_provider::data_sources::table().into_iter().map(|entry| (format!("data {}", entry.name), entry.object));
    let ephemeral = Aksaccess::ephemeral().into_iter().map(|entry| (format!("ephemeral {}", entry.name), entry.object));
    let functions = Aksaccess::functions().into_iter().map(|function| (format!("function {}", function.name), function.parameters));
    let provider = ("provider".to_owned(), <Aksaccess as Provider>::Config::object());
    let mut count = 0;
    for (name, declared) in resources.chain(data_sources).chain(ephemeral).chain(functions).chain([provider]) {
        let mut ways = Vec::new();
        numbers(&declared, &[], &mut ways);
        for way in ways {
            count += 1;
            let place: Vec<&str> = way.iter().map(|(name, _)| name.as_str()).collect();
            for (number, refusal) in [
                ("1.5", "1.5 must be a whole number."),
                ("-0.25", "-0.25 must be a whole number."),
                ("1e30", "1000000000000000000000000000000 must be a whole number from -9223372036854775808 to 9223372036854775807."),
                ("9223372036854775808", "9223372036854775808 must be a whole number from -9223372036854775808 to 9223372036854775807."),
                ("1e9000", "(9001 characters) must be a whole number from -9223372036854775808 to 9223372036854775807."),
            ] {
                let mut found = Diagnostics::new();
                validate::object(&declared, &object(&way, &Value::Number(number.parse().unwrap())), true, &Path::root(), &mut found);
                let found = found.into_vec();
                let about: Vec<&str> =
                    found.iter().filter(|found| found.detail.contains("must be")).map(|found| found.detail.as_str()).collect();
                assert!(matches!(about.as_slice(), [only] if only.ends_with(refusal)), "{name} {} = {number}: {found:?}", place.join("."));
            }
        }
    }
    assert!(count >= 3, "only {count} numbers");
}
