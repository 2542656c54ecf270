//! The Terraform that the tests of the provider and of the program `aksaccess` run.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The absolute path of Terraform: what the environment variable `TERRAFORM` names, else `terraform` on the PATH, else one that `.ci/terraform` installs.
///
/// # Panics
///
/// If there is none and none can be installed, or if what `TERRAFORM` names does not run.
pub fn terraform() -> &'static Path {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    FOUND.get_or_init(|| {
        let runs = |program: &Path| Command::new(program).arg("version").output().is_ok_and(|output| output.status.success());
        let named = std::env::var_os("TERRAFORM").map(PathBuf::from);
        if let Some(program) = named {
            assert!(runs(&program), "the environment variable TERRAFORM names {}, which does not run", program.display());
            return program;
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut on_path = std::env::split_paths(&path).map(|folder| folder.join("terraform"));
        on_path.find(|program| runs(program)).unwrap_or_else(install)
    })
}

/// A Terraform of at least version 1.14, which has what older versions lack: identity, `terraform query`, actions. It is [`terraform`] if that is new enough,
/// else one that `.ci/terraform` installs. None if that fails: the test of this name is then skipped, and says so.
#[allow(dead_code, reason = "the tests of the program `aksaccess` do not need it")]
pub fn newer_terraform(test: &str) -> Option<&'static Path> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        let minor = |program: &Path| -> Option<u32> {
            let output = Command::new(program).args(["version", "-json"]).output().ok()?;
            let version: serde_json::Value = serde_json::from_slice(&output.stdout).ok()?;
            version["terraform_version"].as_str()?.split('.').nth(1)?.parse().ok()
        };
        [terraform().to_owned()].into_iter().chain(installed().ok()).find(|program| minor(program).is_some_and(|minor| minor >= 14))
    });
    if found.is_none() {
        eprintln!("SKIPPED: {test}: it needs Terraform 1.14 or newer; there is none, and .ci/terraform could not install it");
    }
    found.as_deref()
}

fn install() -> PathBuf {
    installed().unwrap_or_else(|why| {
        panic!(
            "these tests run the real terraform; there is none on the PATH, and .ci/terraform could not install it: {why}\n\
             Install Terraform 1.8 or newer (developer.hashicorp.com/terraform/install) and put it on the PATH"
        )
    })
}

/// The path of the Terraform that `.ci/terraform` installs, or what it said.
fn installed() -> Result<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().find(|folder| folder.join(".ci/terraform").is_file());
    let output = Command::new(root.expect("a clone of the repository").join(".ci/terraform")).output().expect("a shell");
    let text = |bytes| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(PathBuf::from(text(&output.stdout))) } else { Err(text(&output.stderr)) }
}
