//! The real Terraform, run against an emulator with the provider that was built here: what the demo and the benchmark share.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::failure::Failure;

/// The provider's executable.
pub const PROVIDER: &str = "terraform-provider-aksaccess";

/// A folder with a configuration, and how to run Terraform in it.
pub struct Workspace {
    folder: tempfile::TempDir,
    settings: Vec<(String, String)>,
}

/// The result of a command.
pub struct CommandResult {
    /// Its exit code.
    pub code: i32,
    /// What it printed.
    pub text: String,
}

/// The client: the environment variable TERRAFORM, else `terraform`, else `tofu`, else, run by Cargo, the Terraform that `.ci/terraform` installs.
pub fn client() -> Result<PathBuf, Failure> {
    let named = std::env::var_os("TERRAFORM").map(PathBuf::from);
    let candidates = named.clone().map_or_else(|| vec![PathBuf::from("terraform"), PathBuf::from("tofu")], |named| vec![named]);
    let works = |program: &PathBuf| Command::new(program).arg("version").output().is_ok_and(|output| output.status.success());
    let found = candidates.into_iter().find(works);
    found.or_else(|| if named.is_none() { install_client() } else { None }).ok_or_else(|| {
        Failure::new("there is no Terraform: install Terraform or OpenTofu 1.8 or newer and put it on the PATH, or name it in the environment variable TERRAFORM")
    })
}

/// Only in a clone of the repository, whose script says on the error output why it fails.
fn install_client() -> Option<PathBuf> {
    let script = Path::new(&std::env::var_os("CARGO_MANIFEST_DIR")?).join("../.ci/terraform");
    crate::terminal::message(format_args!("There is no Terraform on the PATH: {} installs one.", script.display()));
    let output = Command::new(script).stderr(std::process::Stdio::inherit()).output().ok()?;
    let path = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (output.status.success() && !path.is_empty()).then(|| PathBuf::from(path))
}

/// The provider beside this program. Run by Cargo, it is built first, so that one command does for both.
pub fn provider() -> Result<PathBuf, Failure> {
    let own = std::env::current_exe().map_err(|error| Failure::new(format!("cannot tell where this program is: {error}")))?;
    let path = own.with_file_name(format!("{PROVIDER}{}", std::env::consts::EXE_SUFFIX));
    // Without `--package`: then Cargo chooses features for the whole workspace, as it did for this program, and builds nothing twice.
    if let (Some(cargo), Some(manifest)) = (std::env::var_os("CARGO"), std::env::var_os("CARGO_MANIFEST_DIR")) {
        let mut build = Command::new(cargo);
        build.current_dir(Path::new(&manifest).join("..")).args(["build", "--bin", PROVIDER]);
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        let built = build.status().map_err(|error| Failure::new(format!("cannot run cargo: {error}")))?;
        if !built.success() {
            return Err(Failure::new("the provider could not be built"));
        }
    }
    if path.is_file() { Ok(path) } else { Err(Failure::new(format!("{} is missing: build it with `cargo build`", path.display()))) }
}

impl Workspace {
    /// An empty folder in which Terraform finds this provider and, through the environment, the tenant.
    pub fn new(provider: &Path, environment: Vec<(String, String)>) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::new(format!("cannot make a working folder: {error}"));
        let folder = tempfile::Builder::new().prefix("aksaccess-").tempdir().map_err(failed)?;
        let binaries = provider.parent().unwrap_or(Path::new("."));
        let config = folder.path().join("terraform.rc");
        let text =
            format!("provider_installation {{\n  dev_overrides {{\n    \"aksaccess/aksaccess\" = {binaries:?}\n  }}\n  direct {{}}\n}}\n");
        std::fs::write(&config, text).map_err(failed)?;
        let mut settings = environment;
        settings.push(("TF_CLI_CONFIG_FILE".to_owned(), config.display().to_string()));
        settings.extend([("CHECKPOINT_DISABLE", "1"), ("TF_IN_AUTOMATION", "1")].map(|(name, value)| (name.to_owned(), value.to_owned())));
        Ok(Workspace { folder, settings })
    }

    /// Writes the configuration.
    pub fn write(&self, configuration: &str) -> Result<(), Failure> {
        self.file("main.tf", configuration)
    }

    /// Writes a file of the folder.
    pub fn file(&self, name: &str, text: &str) -> Result<(), Failure> {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).map_err(|error| Failure::new(format!("cannot write {}: {error}", path.display())))
    }

    /// A Terraform command, ready to be run.
    pub fn command(&self, arguments: &[&str]) -> Result<Command, Failure> {
        let mut command = Command::new(client()?);
        command.current_dir(self.folder.path()).args(arguments).arg("-no-color");
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        Ok(command)
    }

    /// Runs Terraform.
    pub fn run(&self, arguments: &[&str]) -> Result<CommandResult, Failure> {
        let Output { status, stdout, stderr } =
            self.command(arguments)?.output().map_err(|error| Failure::new(format!("cannot run Terraform: {error}")))?;
        let text = [stdout, stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        Ok(CommandResult { code: status.code().unwrap_or(-1), text })
    }
}
