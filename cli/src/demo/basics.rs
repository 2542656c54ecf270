//! The first act of the demo: the life of a configuration, from nothing to nothing.

use super::{print_line, step};
use crate::failure::Failure;

/// The configuration that the demo begins with: the first half of Microsoft's article on privileged access to a cluster.
const BASIC_CONFIGURATION: &str = include_str!("../../../examples/aks-groups-and-roles/main.tf");

/// The line of one role assignment, behind which its description goes.
const ROLE_LINE: &str = "  role         = \"Azure Kubernetes Service RBAC Reader\"";

/// Runs this part of the demo. Blocks the thread.
pub fn run(stage: &super::DemoTenant) -> Result<(), Failure> {
    let workspace = stage.workspace()?;
    print_line("The configuration is examples/aks-groups-and-roles/main.tf.\n");
    workspace.write(BASIC_CONFIGURATION)?;
    step(
        "Three groups, two users, and their roles at a cluster: what would be done?",
        "terraform plan",
        &workspace.run(&["plan"])?,
        0,
        "Plan:",
    )?;
    step("Make them.", "terraform apply", &workspace.run(&["apply", "-auto-approve"])?, 0, "Apply complete!")?;
    step("Is anything left to do?", "terraform plan", &workspace.run(&["plan", "-detailed-exitcode"])?, 0, "No changes.")?;
    workspace
        .write(&BASIC_CONFIGURATION.replace(ROLE_LINE, &format!("{ROLE_LINE}\n  description  = \"Looks at the cluster every day\"")))?;
    step(
        "A role assignment gets a description. It stays the same assignment.",
        "terraform apply",
        &workspace.run(&["apply", "-auto-approve"])?,
        0,
        "Apply complete! Resources: 0 added, 1 changed, 0 destroyed.",
    )?;
    let admins = workspace.run(&["output", "-raw", "admin_group_id"])?.text;
    let elsewhere = stage.workspace()?;
    elsewhere.write(&import_of(admins.trim()))?;
    step(
        "Somebody else imports the administrators' group.",
        "terraform apply, with an import block",
        &elsewhere.run(&["apply", "-auto-approve"])?,
        0,
        "Apply complete!",
    )?;
    step("What was imported is as written.", "terraform plan", &elsewhere.run(&["plan", "-detailed-exitcode"])?, 0, "No changes.")?;
    step("Take everything away again.", "terraform destroy", &workspace.run(&["destroy", "-auto-approve"])?, 0, "Destroy complete!")?;
    print_line("That was the whole life of a configuration.\n");
    Ok(())
}

/// A configuration of the administrators' group alone, imported by its id.
fn import_of(id: &str) -> String {
    format!(
        r#"terraform {{
  required_providers {{
    aksaccess = {{ source = "aksaccess/aksaccess" }}
  }}
}}

import {{
  to = aksaccess_group.admin
  id = "{id}"
}}

resource "aksaccess_group" "admin" {{
  display_name  = "admin"
  mail_nickname = "admin"
}}
"#
    )
}
