//! Objects that a resource created in this run manages are not destroyed in the same run.

use super::*;

#[tokio::test]
async fn an_object_created_in_this_run_is_not_destroyed_in_it() {
    let (server, found, state, private) = create("m").await;
    assert_eq!(found, vec![]);
    // The old object is the new one: it was made before the old one is destroyed.
    let (found, gone, _) = apply(&server, &state, &Value::Null, &private).await;
    assert_eq!((summaries(&found), gone.is_null()), (vec!["Not deleted: the machine \"m\""], true));
    assert_eq!(STORE.with(|store| store.lock().unwrap().len()), 1);
    // Another one is.
    let other = machine(&[("id", Value::from("id of n")), ("name", Value::from("n"))]);
    assert_eq!(apply(&server, &other, &Value::Null, b"").await.0, vec![]);
    // And in the next run this one is, too.
    next_run(&server).await;
    let (found, gone, _) = apply(&server, &state, &Value::Null, &private).await;
    assert_eq!((summaries(&found), gone.is_null()), (vec![], true));
    assert_eq!(STORE.with(|store| store.lock().unwrap().len()), 0);
}
