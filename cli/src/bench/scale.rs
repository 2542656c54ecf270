//! Large configurations on a tenant that answers after 50 ms: time, requests and memory, and beside each the same graph made of
//! `terraform_data`, which is Terraform's own floor.

use std::fmt::Write;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::runtime::Handle;

use super::{mebibytes, median, print_line, providers_peak, state};
use crate::control::control;
use crate::failure::Failure;
use crate::terraform::Workspace;

/// Latency of the tenant.
const LATENCY: Duration = Duration::from_millis(50);

/// How often a plan is timed, beside the floor each time. A change is made once.
const PLANS: usize = 7;

const REQUIRED_PROVIDERS: &str = "terraform {\n  required_providers {\n    aksaccess = { source = \"aksaccess/aksaccess\" }\n  }\n}\n";

/// A large configuration.
struct LargeConfiguration {
    what: String,
    /// What the tenant holds before: the body of the control API's `populate`.
    tenant: Value,
    /// The configuration, from the ids of users and groups that `populate` answered.
    configuration: fn(&Ids, usize) -> String,
    /// How many objects the configuration manages.
    size: usize,
    /// For Terraform.
    parallelism: usize,
    /// Whether the tenant holds it all before, and so does the state: only planned then, for making thousands takes many minutes of Terraform's own time.
    there: bool,
}

/// Ids of what the tenant was filled with.
struct Ids {
    users: Vec<String>,
    groups: Vec<String>,
}

impl Ids {
    /// Every user with every group.
    fn pairs(&self) -> impl Iterator<Item = (&String, &String)> {
        self.groups.iter().flat_map(|group| self.users.iter().map(move |user| (group, user)))
    }
}

/// Measures every case and prints a table.
pub fn run(provider: &Path, handle: &Handle) -> Result<(), Failure> {
    print_line("\n| case | step | time | Terraform's floor | HTTP requests | provider memory, peak |\n|---|---|---|---|---|---|");
    for case in cases() {
        measure(&case, provider, handle)?;
    }
    Ok(())
}

fn cases() -> Vec<LargeConfiguration> {
    let case = |what: &str, tenant: Value, configuration, size| LargeConfiguration {
        what: what.to_owned(),
        tenant,
        configuration,
        size,
        parallelism: 10,
        there: false,
    };
    let planned = |what: &str, tenant: Value, size| LargeConfiguration { there: true, ..case(what, tenant, memberships, size) };
    vec![
        case("200 memberships in one group", json!({ "users": 200, "groups": 1 }), memberships, 200),
        LargeConfiguration {
            parallelism: 20,
            ..case("200 memberships in one group, -parallelism=20", json!({ "users": 200, "groups": 1 }), memberships, 200)
        },
        planned("1,000 memberships in 10 groups", json!({ "users": 100, "groups": 10, "members_per_group": 100 }), 1000),
        planned("5,000 memberships in 10 groups", json!({ "users": 500, "groups": 10, "members_per_group": 500 }), 5000),
        case("a group of 7,000 members in one resource", json!({ "users": 7000, "groups": 1 }), authoritative_list, 1),
        case("1,000 groups in a tenant of 1,200", json!({ "groups": 200 }), groups, 1000),
        case("10 groups in a tenant of 50,000", json!({ "groups": 50_000 }), groups, 10),
    ]
}

fn memberships(ids: &Ids, size: usize) -> String {
    let mut text = String::from(REQUIRED_PROVIDERS);
    for (at, (group, user)) in ids.pairs().take(size).enumerate() {
        let _ = write!(text, "resource \"aksaccess_group_member\" \"m{at}\" {{\n  group_id  = {group:?}\n  member_id = {user:?}\n}}\n");
    }
    text
}

fn authoritative_list(ids: &Ids, _size: usize) -> String {
    let group = ids.groups.first().map(String::as_str).unwrap_or_default();
    format!(
        "{REQUIRED_PROVIDERS}resource \"aksaccess_group_members\" \"all\" {{\n  group_id = {group:?}\n  members = {}\n}}\n",
        json!(ids.users)
    )
}

fn groups(_ids: &Ids, size: usize) -> String {
    let mut text = String::from(REQUIRED_PROVIDERS);
    for at in 0..size {
        let _ = write!(text, "resource \"aksaccess_group\" \"g{at}\" {{\n  display_name = \"g{at}\"\n}}\n");
    }
    text
}

/// The same graph without a provider.
fn without_provider(configuration: &str) -> String {
    let mut text = String::new();
    for line in configuration.lines().skip(REQUIRED_PROVIDERS.lines().count()) {
        match line.split('"').nth(3) {
            Some(name) if line.starts_with("resource ") => {
                let _ = writeln!(text, "resource \"terraform_data\" \"{name}\" {{\n  input = {{");
            }
            _ if line == "}" => text.push_str("  }\n}\n"),
            _ => {
                let _ = writeln!(text, "  {line}");
            }
        }
    }
    text
}

fn measure(case: &LargeConfiguration, provider: &Path, handle: &Handle) -> Result<(), Failure> {
    let options = emulator::Options { latency: LATENCY, ..Default::default() };
    let tenant = handle.block_on(emulator::start(options)).map_err(|error| Failure::new(error.to_string()))?;
    let control = |method: &str, path: &str, body: Value| handle.block_on(control(&tenant.emulator(), method, path, &body));
    let filled = control("POST", "populate", case.tenant.clone())?;
    let list = |name: &str| filled[name].as_array().into_iter().flatten().filter_map(|id| id.as_str().map(str::to_owned)).collect();
    let ids = Ids { users: list("users"), groups: list("groups") };
    let configuration = (case.configuration)(&ids, case.size);
    let (ours, floors) = (Workspace::new(provider, tenant.environment())?, Workspace::new(provider, Vec::new())?);
    ours.write(&configuration)?;
    floors.write(&without_provider(&configuration))?;
    let parallelism = format!("-parallelism={}", case.parallelism);
    let apply = vec!["apply", "-auto-approve"];
    if case.there {
        ours.file("terraform.tfstate", &state::memberships(ids.pairs().take(case.size)).to_string())?;
        floors.file("terraform.tfstate", &state::without_provider(ids.pairs().take(case.size)).to_string())?;
    }
    let plan = ("plan", vec!["plan", "-detailed-exitcode"], PLANS);
    let steps = if case.there { vec![plan] } else { vec![("create", apply, 1), plan, ("destroy", vec!["destroy", "-auto-approve"], 1)] };
    for (step, arguments, times) in steps {
        let arguments: Vec<&str> = arguments.into_iter().chain([parallelism.as_str()]).collect();
        let (mut ours_took, mut floor_took, mut ratios, mut requests, mut peak) = (Vec::new(), Vec::new(), Vec::new(), 0, 0);
        for _ in 0..times {
            control("DELETE", "requests", Value::Null)?;
            let (time, most) = watched(&ours, &arguments)?;
            let counted = control("GET", "requests", Value::Null)?;
            requests = counted["http"].as_object().into_iter().flatten().filter_map(|(_, count)| count.as_u64()).sum();
            let (bare, _) = watched(&floors, &arguments)?;
            let (time, bare) = (time.as_secs_f64(), bare.as_secs_f64());
            ours_took.push(time);
            floor_took.push(bare);
            ratios.push(time / bare);
            peak = peak.max(most);
        }
        print_line(&format!(
            "| {} | {step} | {:.1} s | {:.1} s ({:.2} times) | {requests} | {:.1} MiB |",
            case.what,
            median(&mut ours_took),
            median(&mut floor_took),
            median(&mut ratios),
            mebibytes(peak * 1024)
        ));
    }
    handle.block_on(tenant.stop());
    Ok(())
}

/// Runs Terraform and watches the memory of the provider's processes.
fn watched(workspace: &Workspace, arguments: &[&str]) -> Result<(Duration, u64), Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("cannot run Terraform: {error}"));
    let started = Instant::now();
    let mut child = workspace.command(arguments)?.stdout(Stdio::null()).stderr(Stdio::null()).spawn().map_err(failed)?;
    let mut peak = 0;
    let status = loop {
        peak = peak.max(providers_peak());
        match child.try_wait().map_err(failed)? {
            Some(status) => break status,
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    if !status.success() {
        let said = workspace.run(arguments)?;
        return Err(Failure::new(format!("terraform {} failed:\n{}", arguments.join(" "), said.text)));
    }
    Ok((started.elapsed(), peak))
}
