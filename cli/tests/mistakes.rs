//! What is wrong with how the emulator is started: one line that says what, and exit code 2.

use std::{fs, net::TcpListener};

use crate::aksaccess;

/// What is said of an emulator with these options, which cannot be.
fn said(options: &[&str]) -> String {
    let output = aksaccess(&[&["emulator", "exec"], options, &["--", "true"]].concat()).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), text.lines().count()), (Some(2), 1), "{options:?}: {text}");
    assert!(text.starts_with("aksaccess: "), "{text}");
    text
}

#[test]
fn a_port_in_use() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    assert!(said(&["--listen", &address]).contains(&format!("cannot listen at {address}")));
    assert!(said(&["--listen", "here"]).contains("'here'"));
}

#[test]
fn a_data_folder_that_is_none_or_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("file"), "").unwrap();
    assert!(said(&["--data", &path("file")]).contains("cannot use the folder"));
    assert!(said(&["--data", &path("file/below")]).contains("cannot use the folder"));
    // Made by an emulator, and cut off; and something else altogether.
    assert_eq!(aksaccess(&["emulator", "exec", "--data", &path("data"), "--", "true"]).output().unwrap().status.code(), Some(0));
    let store = path("data/tenant.redb");
    let whole = fs::read(&store).unwrap();
    for bytes in [&whole[..whole.len() / 2], b"nonsense ".repeat(1000).as_slice(), b"nonsense"] {
        fs::write(&store, bytes).unwrap();
        let text = said(&["--data", &path("data")]);
        assert!(text.contains("tenant.redb is damaged") && text.contains("delete it"), "{text}");
    }
    fs::write(&store, whole).unwrap();
    fs::write(path("data/authority.pem"), "nonsense").unwrap();
    assert!(said(&["--data", &path("data")]).contains("authority.pem holds no certificate"));
}

#[test]
fn a_data_folder_that_another_emulator_works_with() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let program = env!("CARGO_BIN_EXE_aksaccess");
    let inner = format!("{program} emulator exec --data {data} -- true; test $? = 2");
    let output = aksaccess(&["emulator", "exec", "--data", data, "--", "sh", "-c", &inner]).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("tenant.redb is in use by another emulator"), "{text}");
}

#[test]
fn a_seed_that_describes_no_tenant() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("half.json"), "{").unwrap();
    fs::write(path("word.json"), r#"{"user": []}"#).unwrap();
    fs::write(path("sense.json"), r#"{"groups": [{"display_name": "a", "members": ["b"]}]}"#).unwrap();
    fs::write(path("bytes.json"), [0xff, 0xfe]).unwrap();
    for (name, part) in [
        ("none.json", "cannot read"),
        ("", "cannot read"),
        ("bytes.json", "cannot read"),
        ("half.json", "line 1"),
        ("word.json", "unknown field `user`"),
        ("sense.json", "there is no user or group 'b'"),
    ] {
        let text = said(&["--seed", &path(name)]);
        assert!(text.contains(part) && text.contains(name), "{text}");
    }
    assert!(said(&["--seed", "7"]).contains("--random-seed 7"));
    assert!(said(&["--random-seed", "seven"]).contains("'seven'"));
}

#[test]
fn a_fault_or_a_switch_that_is_none() {
    assert!(said(&["--faults", "2 * * explode"]).contains("'explode' is no effect (there are status=CODE"));
    let text = said(&["--switch", "weather=on"]);
    assert!(text.contains("there is no switch weather; there are security-groups-are-soft-deleted"), "{text}");
    for wrong in ["security-groups-are-soft-deleted", "security-groups-are-soft-deleted=maybe"] {
        assert!(said(&["--switch", wrong]).contains("NAME=on or NAME=off"));
    }
    let right = ["emulator", "exec", "--switch", "security-groups-are-soft-deleted=off", "--", "true"];
    assert_eq!(aksaccess(&right).output().unwrap().status.code(), Some(0), "what it does is the library's to test");
}

#[test]
fn what_cannot_be_written_or_run() {
    assert!(said(&["--record", "/no/such/folder/file"]).contains("cannot record to /no/such/folder/file"));
    assert!(said(&["--latency", "soon"]).contains("'soon'"));
    assert!(said(&["--profile", "slow"]).contains("instant, realistic"));
    let output = aksaccess(&["emulator", "exec", "--", "/no/such/program"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let output = aksaccess(&["emulator", "start", "--nonsense"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("--nonsense"));
}
