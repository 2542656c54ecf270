//! A value that is near one of an enumeration, or its other name, by the schema: it is refused, and the error names the value that is meant.

use std::collections::BTreeMap;

use aksaccess_provider::Aksaccess;
use framework::schema::{Attribute, Check, Object, Shape};
use framework::value::Value as Given;
use framework::{Model, Provider};
use serde_json::{Value, json};

use crate::every_resource::hostile_schema::{base, companions, put};
use crate::test_tenant::TestTenant;

/// An enumerated argument: what has it, and the way to it.
struct Enumerated<'a> {
    kind: &'static str,
    name: &'a str,
    way: Vec<&'a Attribute>,
}

impl Enumerated<'_> {
    fn place(&self) -> String {
        let way: Vec<&str> = self.way.iter().map(|attribute| attribute.name.as_str()).collect();
        format!("{} {}.{}", self.kind, self.name, way.join("."))
    }

    fn check(&self) -> &Check {
        self.way.last().unwrap().checks.iter().find(|check| !check.words.is_empty()).unwrap()
    }
}

/// What is configured, by kind and name.
fn configured() -> Vec<(&'static str, &'static str, Object)> {
    let resources = aksaccess_provider::resources::table().into_iter().map(|entry| ("resource", entry.name, entry.object));
    let data_sources = aksaccess_provider::data_sources::table().into_iter().map(|entry| ("data", entry.name, entry.object));
    let ephemeral = aksaccess_provider::ephemeral::table().into_iter().map(|entry| ("ephemeral", entry.name, entry.object));
    let provider = ("provider", "aksaccess", <Aksaccess as Provider>::Config::object());
    resources.chain(data_sources).chain(ephemeral).chain([provider]).collect()
}

/// Every argument with that which the condition finds among its checks.
fn arguments<'a>(object: &'a Object, way: &[&'a Attribute], holds: &dyn Fn(&Check) -> bool, found: &mut Vec<Vec<&'a Attribute>>) {
    for attribute in object.attributes.iter().filter(|attribute| !attribute.is_output()) {
        let way = [way, &[attribute]].concat();
        if let Shape::Nested(_, inside) = &attribute.shape {
            arguments(inside, &way, holds, found);
        } else if attribute.checks.iter().any(holds) {
            found.push(way);
        }
    }
}

fn enumerated<'a>(of: &'a [(&'static str, &'static str, Object)]) -> Vec<Enumerated<'a>> {
    let mut all = Vec::new();
    for (kind, name, object) in of {
        let mut ways = Vec::new();
        arguments(object, &[], &|check| !check.words.is_empty(), &mut ways);
        all.extend(ways.into_iter().map(|way| Enumerated { kind, name, way }));
    }
    all
}

/// Between the words of a name.
fn joined(word: &str, by: &str) -> String {
    let mut text = String::new();
    for character in word.chars() {
        if character.is_uppercase() && !text.is_empty() {
            text.push_str(by);
        }
        text.extend(character.to_lowercase());
    }
    text
}

/// What people write for a word: in other cases, as other languages join words, with a letter too few or two of them exchanged.
fn near_misses(word: &str) -> Vec<String> {
    let mut texts =
        vec![word.to_uppercase(), word.to_lowercase(), joined(word, "_"), joined(word, "-"), joined(word, " "), format!(" {word} ")];
    // In a short word there is too little left.
    if word.chars().count() >= 6 {
        let (begin, end) = word.split_at(word.char_indices().nth(3).unwrap().0);
        texts.push(format!("{begin}{}", &end[end.char_indices().nth(1).unwrap().0..]));
        let mut letters: Vec<char> = word.chars().collect();
        letters.swap(1, 2);
        texts.push(letters.into_iter().collect());
    }
    texts
}

#[test]
fn what_is_near_a_value_is_refused_with_the_value_that_is_meant() {
    let of = configured();
    let all = enumerated(&of);
    assert!(all.len() > 40, "{}", all.len());
    for one in &all {
        let check = one.check();
        let refusal = |text: &str| check.refusal(&Given::from(text));
        for word in check.words {
            assert_eq!(refusal(word), None, "{}", one.place());
            for text in near_misses(word).iter().filter(|text| refusal(text).is_some()) {
                let refused = refusal(text).unwrap();
                let named = refused.ends_with(&format!("Did you mean `{word}`?"));
                assert!(named, "{}: {text:?} for {word:?}: {refused}", one.place());
            }
        }
        for (synonym, word) in check.synonyms {
            assert!(check.words.contains(word), "{}: {word}", one.place());
            let refused = refusal(synonym).unwrap_or_else(|| panic!("{}: {synonym} is taken", one.place()));
            assert!(refused.ends_with(&format!("Did you mean `{word}`?")), "{}: {synonym}: {refused}", one.place());
        }
    }
}

/// Ids that are counted are no names.
const COUNTED: &str = "be one of `c1` to `c99`";

#[test]
fn every_enumeration_knows_its_words() {
    let mut without = Vec::new();
    for (kind, name, object) in &configured() {
        let mut ways = Vec::new();
        let lists_words = |check: &Check| {
            check.must.contains("one of `")
                && check.words.is_empty()
                && !check.must.starts_with(COUNTED)
                && !check.must.contains("none of them")
        };
        arguments(object, &[], &lists_words, &mut ways);
        without.extend(ways.into_iter().map(|way| Enumerated { kind, name, way }.place()));
    }
    assert_eq!(without, Vec::<String>::new());
}

/// What an argument needs beside it.
fn beside(place: &str) -> Value {
    match place {
        place if place.contains(".external_tenants.") => {
            let side = if place.contains(".included_") { "included_guests_or_external_users" } else { "excluded_guests_or_external_users" };
            let users = json!({ "included_users": ["None"], side: { "guest_or_external_user_types": ["serviceProvider"] } });
            json!({ "conditions": { "users": users, "applications": { "included_applications": ["AKS"] } } })
        }
        place if place.starts_with("named_location.country.") => json!({ "ip": null, "country": { "countries_and_regions": ["DE"] } }),
        // A filter has a rule and a mode.
        place => companions(&place.replace(".filter.mode", ".filter.rule")),
    }
}

#[test]
fn terraform_shows_the_value_that_is_meant() {
    let test_tenant = TestTenant::new("values_that_are_nearly_right");
    let workspace = test_tenant.workspace("");
    let of = configured();
    let all = enumerated(&of);
    let mut expected = BTreeMap::new();
    for (at, one) in all.iter().filter(|one| one.kind != "provider").enumerate() {
        // The first word for which there is such a text: what is wrong is its case, or a character.
        let refused = |text: &String| one.check().refusal(&Given::from(text.as_str())).is_some();
        let found = one.check().words.iter().find_map(|word| Some((near_misses(word).into_iter().find(refused)?, word)));
        let (text, word) = found.unwrap_or_else(|| panic!("{} takes everything", one.place()));
        let place = one.place();
        let mut configured = base(one.kind, one.name).as_object().unwrap().clone();
        configured.extend(beside(place.split_once(' ').unwrap().1).as_object().unwrap().clone());
        put(&mut configured, &one.way, &text);
        let file = format!("c{at}.tf.json");
        workspace.file(&file, &json!({ one.kind: { format!("aksaccess_{}", one.name): { format!("c{at}"): configured } } }).to_string());
        expected.insert(file, (place, format!("Did you mean `{word}`?")));
    }
    let output = workspace.command(&["validate", "-json"]).output().unwrap();
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    for one in said["diagnostics"].as_array().unwrap().iter().filter(|one| one["severity"] == "error") {
        let file = one["range"]["filename"].as_str().unwrap_or_default();
        if expected.get(file).is_some_and(|(_, says)| one["detail"].as_str().is_some_and(|detail| detail.contains(says))) {
            expected.remove(file);
        }
    }
    assert!(expected.is_empty(), "not said: {:?}", expected.values());
}
