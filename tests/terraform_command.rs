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

fn install() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().find(|folder| folder.join(".ci/terraform").is_file());
    let output = Command::new(root.expect("a clone of the repository").join(".ci/terraform")).output().expect("a shell");
    let text = |bytes| String::from_utf8_lossy(bytes).trim().to_owned();
    assert!(
        output.status.success(),
        "these tests run the real terraform; there is none on the PATH, and .ci/terraform could not install it: {}\n\
         Install Terraform 1.8 or newer (developer.hashicorp.com/terraform/install) and put it on the PATH",
        text(&output.stderr)
    );
    PathBuf::from(text(&output.stdout))
}
