//! An object that existed before is in state whole or not at all, and in the state of one resource.

use super::*;

/// Adopts an object whose name begins with "there"; the rest of the name selects the fault.
pub(super) async fn adopt(machine: &mut Machine, cx: &mut Context<Api>) -> diagnostic::Result {
    let _looking = cx.lock("there").await;
    cx.adopt("THERE")?;
    machine.id = "there".to_owned();
    match machine.name.as_str() {
        "there, panics" => panic!("half done"),
        "there, refused" => return Err(Diagnostic::error("Refused", "No.")),
        "there, changed and refused" => {
            cx.applied("note");
            return Err(Diagnostic::error("Refused", "No."));
        }
        _ => {}
    }
    cx.api.store.lock().unwrap().insert(machine.id.clone(), (machine.name.clone(), None));
    machine.serial = Some("s0".to_owned());
    Ok(())
}

async fn create_on(server: &Server<Works>, name: &str) -> (Vec<proto::Diagnostic>, Value) {
    let (found, state, _) = apply(server, &Value::Null, &machine(&[("name", Value::from(name))]), b"").await;
    (found, state)
}

async fn read(server: &Server<Works>, state: &Value, private: &[u8]) {
    let request = proto::read_resource::Request {
        type_name: TYPE.to_owned(),
        current_state: dynamic(server, state),
        private: private.to_vec(),
        ..Default::default()
    };
    let answer = server.read_resource(Request::new(request)).await.unwrap().into_inner();
    assert_eq!((answer.diagnostics, value(server, answer.new_state.as_ref()).is_null()), (vec![], false));
}

#[tokio::test]
async fn an_adoption_that_fails_stores_nothing_and_says_what_was_changed() {
    for (name, said) in [
        ("there, refused", "None of its attributes was changed"),
        ("there, changed and refused", "changed already: `note`"),
        ("there, panics", "None of its attributes was changed"),
    ] {
        let (server, found, state, _) = create(name).await;
        assert!(state.is_null(), "{name}: {state:?}");
        let [error] = found.as_slice() else { panic!("{found:?}") };
        assert!(error.detail.contains(said) && error.detail.contains("THERE existed before and is not in state"), "{}", error.detail);
        // It is free again: the next apply adopts it.
        let (found, state) = create_on(&server, "there").await;
        assert_eq!((found, state.is_null()), (vec![], false));
    }
}

#[tokio::test]
async fn one_object_is_adopted_by_one_resource() {
    let (server, found, state, private) = create("there").await;
    assert_eq!(found, vec![]);
    let (found, second) = create_on(&server, "there, too").await;
    assert_eq!((summaries(&found), second.is_null()), (vec!["The object is managed by this configuration already"], true));
    // What is in state is held as well, and free when it is deleted.
    next_run(&server).await;
    read(&server, &state, &private).await;
    let (found, second) = create_on(&server, "there, too").await;
    assert_eq!((summaries(&found), second.is_null()), (vec!["The object is managed by this configuration already"], true));
    let (found, gone, _) = apply(&server, &state, &Value::Null, &private).await;
    assert_eq!((summaries(&found), gone.is_null()), (vec![], true));
    assert_eq!(create_on(&server, "there").await.0, vec![]);
}
