//! The second act of the demo: Microsoft's article on conditional access for clusters, as the example in HCL, applied and then verified by sign-ins.

use serde_json::{Value, json};
use tokio::runtime::Handle;

use super::{print_line, step};
use crate::control::control;
use crate::failure::Failure;

/// The example, as it stands.
const EXAMPLE: &str = include_str!("../../../examples/conditional-access-for-aks/main.tf");

/// Who administers clusters.
const PEOPLE: &str = r#"terraform {
  required_providers {
    aksaccess = { source = "aksaccess/aksaccess" }
  }
}

resource "aksaccess_user" "administrators" {
  for_each            = toset(["anna", "ben"])
  user_principal_name = "${each.key}@contoso.com"
  display_name        = title(each.key)
}

output "ids" {
  value = [for user in aksaccess_user.administrators : user.id]
}
"#;

/// Runs this part of the demo. Blocks the thread.
pub fn run(stage: &super::DemoTenant) -> Result<(), Failure> {
    let runtime = Handle::current();
    let ask = |path: &str, body: &Value| runtime.block_on(control(&stage.tenant, "POST", path, body));
    let people = stage.workspace()?;
    people.write(PEOPLE)?;
    step("Two people.", "terraform apply", &people.run(&["apply", "-auto-approve"])?, 0, "Apply complete!")?;
    let ids: Value = serde_json::from_str(people.run(&["output", "-json", "ids"])?.text.trim()).unwrap_or_default();
    let workspace = stage.workspace()?;
    workspace.write(EXAMPLE)?;
    workspace.file("terraform.tfvars.json", &json!({ "administrators": ids }).to_string())?;
    step(
        "Administrators get into clusters from a compliant device only: conditional access, as in Microsoft's article.",
        "terraform apply",
        &workspace.run(&["apply", "-auto-approve"])?,
        0,
        "Apply complete!",
    )?;
    let [first, second] = ["anna@contoso.com", "ben@contoso.com"];
    ask("sign-ins", &json!({ "user_principal_name": first, "circumstances": { "platform": "windows" } }))?;
    ask("sign-ins", &json!({ "user_principal_name": second, "circumstances": { "device": { "isCompliant": true } } }))?;
    print_line("One administrator signs in from a device that nobody knows, another from one that is compliant.\n");
    let applied = workspace.run(&["apply", "-auto-approve"])?;
    if applied.text.contains("Check block assertion failed") {
        return Err(Failure::new(format!("the verification failed:\n{}", applied.text)));
    }
    step("What does the log of sign-ins say? The configuration asks, and checks it.", "terraform apply", &applied, 0, "Apply complete!")?;
    for (name, who) in [("kept_out", first), ("let_in", second)] {
        let listed: Value = serde_json::from_str(workspace.run(&["output", "-json", name])?.text.trim()).unwrap_or_default();
        if listed != json!([who]) {
            return Err(Failure::new(format!("{name} should be {who}, and is {listed}")));
        }
        print_line(&format!("  {name} = {listed}"));
    }
    print_line("");
    step("And away again.", "terraform destroy", &workspace.run(&["destroy", "-auto-approve"])?, 0, "Destroy complete!")?;
    let gone = people.run(&["destroy", "-auto-approve"])?;
    if gone.code == 0 { Ok(()) } else { Err(Failure::new(format!("terraform destroy failed:\n{}", gone.text))) }
}
