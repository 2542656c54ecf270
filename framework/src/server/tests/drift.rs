//! What was applied before and is only to be restored is refused by no check of a plan: a plan may be the first step of a destroy.

use super::*;

async fn read(server: &Server<Works>, state: &Value, private: &[u8]) -> Value {
    let request = proto::read_resource::Request {
        type_name: TYPE.to_owned(),
        current_state: dynamic(server, state),
        private: private.to_vec(),
        ..Default::default()
    };
    let answer = server.read_resource(Request::new(request)).await.unwrap().into_inner();
    value(server, answer.new_state.as_ref())
}

async fn planned(server: &Server<Works>, prior: &Value, config: &Value) -> Vec<i32> {
    let request = proto::plan_resource_change::Request {
        type_name: TYPE.to_owned(),
        prior_state: dynamic(server, prior),
        config: dynamic(server, config),
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
    assert_eq!(planned(&server, &Value::Null, &config("a", "of nobody")).await, [ERROR], "nothing was found to be gone");
    STORE.with(|store| store.lock().unwrap().clear());
    assert!(read(&server, &state, &private).await.is_null());
    assert_eq!(planned(&server, &Value::Null, &config("a", "of nobody")).await, [WARNING]);
    assert_eq!(planned(&server, &Value::Null, &config("b", "of nobody")).await, [ERROR], "another object");
    next_run(&server).await;
    assert_eq!(planned(&server, &Value::Null, &config("a", "of nobody")).await, [ERROR], "the next run looks for itself");
}

#[tokio::test]
async fn what_has_changed_may_be_planned_as_it_was() {
    let (server, _, state, private) = create("a").await;
    let noted = |note: &str| {
        machine(&[("id", Value::from("id of a")), ("name", Value::from("a")), ("note", Value::from(note)), ("serial", Value::from("s1"))])
    };
    next_run(&server).await;
    // Somebody has renamed it; the note is as it was applied.
    STORE.with(|store| store.lock().unwrap().get_mut("id of a").unwrap().0 = "renamed".to_owned());
    let prior = read(&server, &noted("of nobody"), &private).await;
    let config = |note: &str| machine(&[("name", Value::from("a")), ("note", Value::from(note))]);
    assert_eq!(planned(&server, &prior, &config("of nobody")).await, [WARNING]);
    next_run(&server).await;
    let prior = read(&server, &state, &private).await;
    assert_eq!(planned(&server, &prior, &config("of nobody")).await, [ERROR], "the note is new");
}
