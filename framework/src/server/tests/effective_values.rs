//! What users write in several ways means one thing to the resource, and is stored as it was written.

use super::*;

/// What the resource was given: "s1" where nothing is worth a word.
pub(super) fn seen(machine: &Machine) -> String {
    match (machine.note.as_deref(), &machine.labels) {
        (None, None) => "s1".to_owned(),
        (note, labels) => format!("note {note:?}, labels {:?}", labels.iter().flatten().collect::<Vec<_>>()),
    }
}

fn labels(labels: &[&str]) -> Value {
    Value::List(labels.iter().map(|label| Value::from(*label)).collect())
}

#[tokio::test]
async fn a_required_argument_that_is_null_is_refused_before_anything_is_done() {
    let server = works().await;
    let config = machine(&[("note", Value::from("n"))]);
    let (found, state, _) = apply(&server, &Value::Null, &config, b"").await;
    assert!(summaries(&found).iter().all(|summary| *summary == "Missing required argument"), "{found:?}");
    assert!(state.is_null() && STORE.with(|store| store.lock().unwrap().is_empty()));
    // A change to null is no deletion either.
    let (server, _, state, private) = create("a").await;
    let (found, kept, _) = apply(&server, &state, &config, &private).await;
    assert_eq!((summaries(&found)[0], &kept), ("Missing required argument", &state));
}

#[tokio::test]
async fn an_element_that_is_null_is_refused_with_its_index() {
    let server = works().await;
    let list = Value::List(vec![Value::from("x"), Value::Null]);
    let (found, state, _) = apply(&server, &Value::Null, &machine(&[("name", Value::from("a")), ("labels", list)]), b"").await;
    assert_eq!((summaries(&found)[0], state.is_null()), ("Invalid value for labels[1]", true));
}

#[tokio::test]
async fn an_empty_text_means_not_set_and_is_stored() {
    let server = works().await;
    let config = machine(&[("name", Value::from("a")), ("note", Value::from(""))]);
    let (found, state, private) = apply(&server, &Value::Null, &config, b"").await;
    assert_eq!((summaries(&found), state.attribute("note"), state.attribute("serial")), (vec![], &Value::from(""), &Value::from("s1")));
    let (found, again, _) = apply(&server, &state, &config, &private).await;
    assert_eq!((summaries(&found), again), (vec![], state));
}

#[tokio::test]
async fn a_repeated_element_counts_once_and_is_stored() {
    let server = works().await;
    let written = labels(&["x", "X", "y"]);
    let config = machine(&[("name", Value::from("a")), ("labels", written.clone())]);
    let (found, state, _) = apply(&server, &Value::Null, &config, b"").await;
    assert_eq!((summaries(&found), state.attribute("labels")), (vec![], &written));
    assert_eq!(state.attribute("serial"), &Value::from("note None, labels [\"x\", \"y\"]"));
    // What the service answers is the same list.
    let read = Value::Map([("labels".to_owned(), labels(&["y", "x"]))].into());
    let reconciled = crate::state::reconcile(&Machine::object(), &state, read);
    assert_eq!(reconciled.attribute("labels"), &written);
}
