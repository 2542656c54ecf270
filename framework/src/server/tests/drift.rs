//! What was applied before and is only to be restored is refused by no check of a plan: a plan may be the first step of a destroy.

use super::*;

/// What is read, and what is remembered beside it.
async fn read(server: &Server<Works>, state: &Value, private: &[u8]) -> (Value, Vec<u8>) {
    let request = proto::read_resource::Request {
        type_name: TYPE.to_owned(),
        current_state: dynamic(server, state),
        private: private.to_vec(),
        ..Default::default()
    };
    let answer = server.read_resource(Request::new(request)).await.unwrap().into_inner();
    (value(server, answer.new_state.as_ref()), answer.private)
}

async fn planned(server: &Server<Works>, prior: &Value, private: &[u8], config: &Value) -> Vec<i32> {
    let request = proto::plan_resource_change::Request {
        type_name: TYPE.to_owned(),
        prior_state: dynamic(server, prior),
        config: dynamic(server, config),
        prior_private: private.to_vec(),
        ..Default::default()
    };
    let answer = server.plan_resource_change(Request::new(request)).await.unwrap().into_inner();
    answer.diagnostics.into_iter().map(|found| found.severity).collect()
}

const ERROR: i32 = proto::diagnostic::Severity::Error as i32;
const WARNING: i32 = proto::diagnostic::Severity::Warning as i32;

#[tokio::test]
async fn what_is_gone_may_be_planned_as_it_was() {
    let config = |name: &str, note: &str| machine(&[("name", Value::from(name)), ("note", Value::from(note))]);
    let server = works().await;
    // The test's apply goes on after the error of the plan, as if the check had come later.
    let (_, state, private) = apply(&server, &Value::Null, &config("a", "of nobody"), b"").await;
    next_run(&server).await;
    assert_eq!(planned(&server, &Value::Null, b"", &config("a", "of nobody")).await, [ERROR], "nothing was found to be gone");
    STORE.with(|store| store.lock().unwrap().clear());
    assert!(read(&server, &state, &private).await.0.is_null());
    assert_eq!(planned(&server, &Value::Null, b"", &config("a", "of nobody")).await, [WARNING]);
    assert_eq!(planned(&server, &Value::Null, b"", &config("b", "of nobody")).await, [ERROR], "another object");
    next_run(&server).await;
    assert_eq!(planned(&server, &Value::Null, b"", &config("a", "of nobody")).await, [ERROR], "the next run looks for itself");
}

#[tokio::test]
async fn what_has_changed_may_be_planned_as_it_was() {
    let (server, _, _, made) = create("a").await;
    let noted = |note: &str| {
        machine(&[("id", Value::from("id of a")), ("name", Value::from("a")), ("note", Value::from(note)), ("serial", Value::from("s1"))])
    };
    let config = |note: &str| machine(&[("name", Value::from("a")), ("note", Value::from(note))]);
    next_run(&server).await;
    // Somebody has renamed it; the note is as it was applied.
    STORE.with(|store| store.lock().unwrap().get_mut("id of a").unwrap().0 = "renamed".to_owned());
    let (prior, private) = read(&server, &noted("of nobody"), &made).await;
    assert_eq!(planned(&server, &prior, &private, &config("of nobody")).await, [WARNING]);
    // What was read is stored, and the next run begins with it.
    next_run(&server).await;
    let (prior, private) = read(&server, &prior, &private).await;
    assert_eq!(planned(&server, &prior, &private, &config("of nobody")).await, [WARNING]);
    STORE.with(|store| store.lock().unwrap().get_mut("id of a").unwrap().0 = "a".to_owned());
    let (prior, private) = read(&server, &prior, &private).await;
    assert_eq!(private, made, "it is again what was applied");
    next_run(&server).await;
    let prior = machine(&[("note", Value::from("quiet")), ("id", prior.attribute("id").clone()), ("name", Value::from("a"))]);
    let (prior, private) = read(&server, &prior, &private).await;
    assert_eq!(planned(&server, &prior, &private, &config("of nobody")).await, [ERROR], "the note is new");
}

#[tokio::test]
async fn what_refers_to_something_deleted_may_be_planned() {
    let server = works().await;
    let config = |note: &str| machine(&[("name", Value::from("a")), ("note", Value::from(note))]);
    assert_eq!(planned(&server, &Value::Null, b"", &config("of deleted")).await, [WARNING]);
    assert_eq!(planned(&server, &Value::Null, b"", &config("of missing")).await, [ERROR]);
}
