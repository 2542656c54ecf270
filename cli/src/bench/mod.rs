//! `aksaccess bench`: the figures that the README names, measured on this machine.
//!
//! Times are medians of pairs taken in turn in one run, and only their ratio means anything; sizes are exact.

mod scale;
mod state;
mod tenant;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::terraform::{self, PROVIDER, Workspace};

/// Number of timed pairs.
const PAIRS: usize = 15;

const NO_PROVIDER: &str = "output \"nothing\" {\n  value = 1\n}\n";

const ONE_GROUP: &str = "terraform {\n  required_providers {\n    aksaccess = { source = \"aksaccess/aksaccess\" }\n  }\n}\nresource \"aksaccess_group\" \"one\" {\n  display_name = \"one\"\n}\n";

/// Measures a large tenant of the emulator, and prints.
pub async fn tenant() -> Result<(), Failure> {
    tenant::run().await
}

/// Measures and prints.
pub async fn run(large: bool) -> Result<(), Failure> {
    let handle = tokio::runtime::Handle::current();
    let measured = tokio::task::spawn_blocking(move || measure(large, &handle)).await;
    measured.map_err(|error| Failure::new(error.to_string()))?
}

fn measure(large: bool, handle: &tokio::runtime::Handle) -> Result<(), Failure> {
    if cfg!(debug_assertions) {
        print_line("This is a debug build: sizes and times say nothing. Use `cargo run --release --bin aksaccess -- bench`.");
    }
    let provider = terraform::provider()?;
    size(&provider)?;
    let (empty, group) = (Workspace::new(&provider, Vec::new())?, Workspace::new(&provider, Vec::new())?);
    empty.write(NO_PROVIDER)?;
    group.write(ONE_GROUP)?;
    memory(&group)?;
    validate(&empty, &group)?;
    if large { scale::run(&provider, handle) } else { Ok(()) }
}

fn size(provider: &Path) -> Result<(), Failure> {
    let bytes = std::fs::metadata(provider).map_err(|error| Failure::new(error.to_string()))?.len();
    print_line(&format!("provider binary: {:.1} MiB (at most 15)", mebibytes(bytes)));
    Ok(())
}

/// The most memory that a provider process has while Terraform asks it for its schema.
fn memory(workspace: &Workspace) -> Result<(), Failure> {
    if !cfg!(target_os = "linux") {
        print_line("provider memory after the schema: only measured on Linux");
        return Ok(());
    }
    let mut command = workspace.command(&["providers", "schema", "-json"])?;
    let mut peaks = Vec::new();
    for _ in 0..5 {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().map_err(|error| Failure::new(error.to_string()))?;
        let mut peak = 0;
        while child.try_wait().map_err(|error| Failure::new(error.to_string()))?.is_none() {
            peak = peak.max(providers_peak());
            std::thread::sleep(Duration::from_micros(200));
        }
        peaks.push(peak);
    }
    let most = peaks.iter().max().copied().unwrap_or_default();
    print_line(&format!("provider memory, peak, through the schema: {:.1} MiB (at most 15)", mebibytes(most * 1024)));
    Ok(())
}

/// The kernel's own mark of the largest resident size of any provider process there is now, in KiB.
fn providers_peak() -> u64 {
    let Ok(processes) = std::fs::read_dir("/proc") else { return 0 };
    let peak = |folder: &Path| -> Option<u64> {
        let status = std::fs::read_to_string(folder.join("status")).ok()?;
        // The kernel cuts names to 15 characters.
        let name = status.lines().next()?.strip_prefix("Name:")?.trim();
        if !PROVIDER.starts_with(name) || name.len() < 15 {
            return None;
        }
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.trim().strip_suffix("kB")?.trim().parse().ok()
    };
    processes.filter_map(|entry| peak(&entry.ok()?.path())).max().unwrap_or_default()
}

/// `terraform validate` of one group against one of a configuration without providers.
fn validate(empty: &Workspace, group: &Workspace) -> Result<(), Failure> {
    let (mut without, mut with, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for pair in 0..=PAIRS {
        let (one, other) = (timed(empty.command(&["validate"])?)?, timed(group.command(&["validate"])?)?);
        // The first pair only warms up.
        if pair > 0 {
            without.push(one.as_secs_f64());
            with.push(other.as_secs_f64());
            ratios.push(other.as_secs_f64() / one.as_secs_f64());
        }
    }
    print_line(&format!(
        "terraform validate: {:.0} ms without providers, {:.0} ms with one group; ratio {:.2} (at most 2.2), median of {PAIRS} pairs",
        median(&mut without) * 1000.0,
        median(&mut with) * 1000.0,
        median(&mut ratios)
    ));
    Ok(())
}

fn timed(mut command: Command) -> Result<Duration, Failure> {
    let started = Instant::now();
    let output = command.output().map_err(|error| Failure::new(error.to_string()))?;
    if !output.status.success() {
        return Err(Failure::new(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    Ok(started.elapsed())
}

fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / (1024.0 * 1024.0)
}

fn print_line(text: &str) {
    // A closed standard output is ignored: what was measured or shown stays so.
    _ = crate::terminal::print(text);
}
