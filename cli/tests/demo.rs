//! `aksaccess demo`, act by act: the README's first command.

use std::{path::Path, process::Command};

use crate::aksaccess;
use crate::terraform_command::terraform;

/// The program as it is called outside of Cargo; inside, it builds the provider first, which the tests need only where there is none.
fn demo(act: &str) -> Command {
    let mut command = aksaccess(&["demo", act]);
    command.env("TERRAFORM", terraform());
    if Path::new(env!("CARGO_BIN_EXE_aksaccess")).with_file_name("terraform-provider-aksaccess").is_file() {
        command.env_remove("CARGO");
    }
    command
}

/// The output of a part of the demo, which fails if a step has an unexpected result.
fn played(mut command: Command) -> String {
    let output = command.output().unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert_eq!(output.status.code(), Some(0), "{out}\n{err}");
    out
}

/// That these stand in a text in this order.
fn in_order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part:?} is missing, or comes too early, in:\n{text}"));
        rest = &rest[at + part.len()..];
    }
}

const EXPECTED_STEPS: [&str; 10] = [
    "$ terraform apply\n  Apply complete! Resources: 14 added",
    "$ terraform plan\n  No changes.",
    "and may not.",
    "Error from server (Forbidden): secrets is forbidden: User \"n01@contoso.com\" cannot list",
    "n01 $ aksaccess activate --group admin --duration PT8H --justification \"a pod does not start\"",
    "p01 $ aksaccess requests\n",
    "p01 $ aksaccess approve ",
    "  Approved ",
    "  Provisioned admin member ",
    "$ GET /api/v1/namespaces/kube-system/secrets, with that token\n  Error from server (Forbidden)",
];

const EXPECTED_END: [&str; 4] = [
    "  konnectivity-certs",
    "  No changes.",
    "Eight hours later",
    "Error from server (Forbidden): secrets is forbidden: User \"n01@contoso.com\" cannot list",
];

#[test]
fn a_configuration_lives() {
    in_order(&played(demo("basics")), &["Plan: ", "Apply complete!", "No changes.", "1 changed", "No changes.", "Destroy complete!"]);
}

#[test]
fn conditional_access_is_verified() {
    in_order(
        &played(demo("conditional-access")),
        &["kept_out = [\"anna@contoso.com\"]", "let_in = [\"ben@contoso.com\"]", "Destroy complete!"],
    );
}

#[test]
#[ignore = "needs kubectl on the PATH; .ci/run runs it"]
fn somebody_asks_another_approves_and_it_ends() {
    let output = played(demo("just-in-time"));
    in_order(
        &output,
        &[&EXPECTED_STEPS[..], &["$ kubectl get secrets --namespace kube-system"], &EXPECTED_END[..], &["Destroy complete!"]].concat(),
    );
}

#[test]
fn without_kubectl_the_api_is_asked() {
    let mut command = demo("just-in-time");
    command.env("PATH", "").env_remove("CARGO");
    let output = played(command);
    assert!(output.contains("There is no kubectl on the PATH") && !output.contains("$ kubectl"), "{output}");
    let api = "$ GET /api/v1/namespaces/kube-system/secrets";
    in_order(&output, &[&EXPECTED_STEPS[..], &[api], &EXPECTED_END[..], &["Destroy complete!"]].concat());
}
