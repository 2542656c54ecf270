//! House rules that no compiler checks.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Every file that git knows, or would know.
fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new("git").current_dir(root).args(["ls-files", "--cached", "--others", "--exclude-standard"]).output().unwrap();
    assert!(output.status.success(), "git lists the files");
    let names = String::from_utf8(output.stdout).unwrap();
    names.lines().map(|name| root.join(name)).filter(|path| path.is_file()).collect()
}

fn sources() -> impl Iterator<Item = (PathBuf, String)> {
    let rust = files().into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    rust.filter_map(|path| Some((path.clone(), std::fs::read_to_string(&path).ok()?)))
}

#[test]
fn files_begin_with_what_they_are() {
    for (path, text) in sources().filter(|(path, _)| !path.components().any(|part| part.as_os_str() == "proto")) {
        assert!(text.starts_with("//!"), "{} does not say what it is", path.display());
    }
}

#[test]
fn files_can_be_read_in_one_sitting() {
    for (path, text) in sources().filter(|(path, _)| !path.components().any(|part| part.as_os_str() == "proto")) {
        let lines = text.lines().count();
        assert!(lines <= 600, "{} has {lines} lines: two things live in one room", path.display());
    }
}

#[test]
fn nothing_is_promised_and_not_kept() {
    let promises = [concat!("to", "do!("), concat!("unimpl", "emented!("), concat!("dbg", "!("), concat!("FIX", "ME"), concat!("TO", "DO")];
    for (path, text) in sources() {
        for promise in promises {
            assert!(!text.contains(promise), "{} says {promise}", path.display());
        }
    }
}
