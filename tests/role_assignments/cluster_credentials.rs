//! `aksaccess_cluster_credentials` with the real Terraform: what is opened is seen by conditions and provisioners, and stored nowhere.

use serde_json::json;

use crate::role_assignments::role_assignment::cluster;
use crate::test_tenant::TestTenant;

const VERSION: &str = "2026-04-01";

/// The credentials, with a condition on them.
fn credentials(lines: &str, condition: &str) -> String {
    format!(
        "ephemeral \"aksaccess_cluster_credentials\" \"it\" {{\n  cluster_id = {:?}\n  {lines}\n  lifecycle {{\n    postcondition {{\n      \
         condition = {condition}\n      error_message = \"it is not so\"\n    }}\n  }}\n}}\n",
        cluster()
    )
}

#[test]
fn a_user_s_credentials_tell_how_to_sign_in() {
    let test_tenant = TestTenant::new("a_users_credentials");
    let is = "startswith(self.host, \"https://\") && self.exec.command == \"aksaccess\" && contains(self.exec.args, \"get-token\") \
              && startswith(self.cluster_ca_certificate, \"-----BEGIN CERTIFICATE-----\") && self.token == null \
              && yamldecode(self.kubeconfig)[\"current-context\"] == self.context";
    let used = "resource \"terraform_data\" \"it\" {\n  provisioner \"local-exec\" {\n    command = \"printf %s \\\"$KUBECONFIG_TEXT\\\" > kubeconfig\"\n    \
                environment = { KUBECONFIG_TEXT = ephemeral.aksaccess_cluster_credentials.it.kubeconfig }\n  }\n}\n";
    let workspace = test_tenant.workspace(&format!("{}{used}", credentials("", is)));
    workspace.apply();
    let kubeconfig = std::fs::read_to_string(workspace.path().join("kubeconfig")).unwrap();
    assert!(kubeconfig.contains("kube-token"), "{kubeconfig}");
    let state = std::fs::read_to_string(workspace.path().join("terraform.tfstate")).unwrap();
    assert!(!state.contains("kube-token") && !state.contains("hcp.eastus") && !state.contains("BEGIN CERTIFICATE"), "{state}");
    let azure =
        test_tenant.workspace(&credentials("format = \"azure\"", "self.exec == null && strcontains(self.kubeconfig, \"auth-provider\")"));
    azure.apply();
    test_tenant.workspace(&credentials("", "self.exec == null")).plan_fails(&["it is not so"]);
}

#[test]
fn the_local_administrator_s_credentials_are_had_or_refused_as_the_service_says() {
    let test_tenant = TestTenant::new("the_local_administrators_credentials");
    let workspace = test_tenant.workspace(&credentials("admin = true", "self.exec == null && length(self.token) > 10"));
    workspace.apply();
    let state = std::fs::read_to_string(workspace.path().join("terraform.tfstate")).unwrap_or_default();
    assert!(!state.contains("token"), "{state}");
    let mut closed = test_tenant.arm_api("GET", &cluster(), VERSION, None);
    closed["properties"]["disableLocalAccounts"] = json!(true);
    test_tenant.write_cluster(closed);
    workspace.plan_fails(&["Getting static credential isn't allowed because this cluster is set to disable local accounts."]);
    test_tenant.workspace(&credentials("", "self.token == null")).apply();
    let both = test_tenant.workspace(&credentials("admin = true\n  format = \"azure\"", "self.host != \"\""));
    both.fails(&["validate", "-no-color"], &["`format` is about users"]);
}
