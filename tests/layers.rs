//! The layers of the crates: which module may use which.
//!
//! The tables are the rule: a module that is in no row fails the test, so that a new one must be given its place, and an arrow that nobody uses
//! any more fails it, too. An arrow leads upward in the table, so that layers do not use each other in a circle.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // tests may panic

#[path = "layers/check.rs"]
mod check;
#[path = "layers/modules.rs"]
mod modules;

use check::{Crate, Layer};

/// A layer: its name, its modules, and the layers that they may use.
const fn layer(name: &'static str, modules: &'static [&'static str], uses: &'static [&'static str]) -> Layer {
    Layer { name, modules, uses }
}

const EMULATOR: Crate = Crate {
    source: "emulator/src",
    layers: &[
        layer("values", &["clock", "random", "switches", "tenant::ids"], &[]),
        layer("http", &["http"], &[]),
        layer("rate limit", &["rate_limit"], &[]),
        layer("private files", &["private"], &[]),
        layer("certificates", &["certificates"], &["private files"]),
        layer("store", &["store"], &["values", "private files"]),
        layer("outcome", &["outcome"], &["http", "store"]),
        layer("database", &["database"], &["values", "store"]),
        layer("caller", &["caller"], &["values", "http"]),
        layer("traffic", &["traffic"], &["http"]),
        layer("faults", &["faults"], &["values", "http"]),
        layer("directory", &["directory"], &["store"]),
        layer("identity", &["identity"], &["values", "private files", "http", "store", "database", "caller", "directory"]),
        layer("pim", &["pim"], &["values", "http", "store", "directory"]),
        layer(
            "graph",
            &["graph"],
            &[
                "values",
                "http",
                "rate limit",
                "store",
                "outcome",
                "database",
                "caller",
                "traffic",
                "faults",
                "directory",
                "identity",
                "pim",
            ],
        ),
        layer("arm", &["arm"], &["values", "http", "rate limit", "store", "outcome", "database", "caller", "directory", "identity", "pim"]),
        layer("kubernetes", &["kubernetes"], &["values", "http", "store", "database", "caller", "directory", "identity", "arm"]),
        layer("options", &["options"], &["values", "caller"]),
        layer("fixture", &["tenant::fixture", "tenant::seed_file"], &["values", "store", "directory", "identity", "graph", "arm"]),
        layer(
            "emulator",
            &["emulator"],
            &[
                "http",
                "rate limit",
                "private files",
                "certificates",
                "store",
                "database",
                "caller",
                "traffic",
                "faults",
                "directory",
                "identity",
                "pim",
                "graph",
                "arm",
                "kubernetes",
                "options",
                "fixture",
            ],
        ),
        layer(
            "control",
            &["control", "overview"],
            &["values", "store", "caller", "traffic", "faults", "directory", "identity", "pim", "graph", "arm", "fixture", "emulator"],
        ),
        layer(
            "app",
            &["app", "serve", "running"],
            &["values", "http", "certificates", "traffic", "faults", "identity", "options", "emulator", "control"],
        ),
        layer("root", &["", "tenant"], &["values", "certificates", "store", "faults", "options", "fixture", "emulator", "app"]),
    ],
    forbidden: &[("", &["aksaccess_provider", "framework"])],
    entangled: &[],
};

const FRAMEWORK: Crate = Crate {
    source: "framework/src",
    layers: &[
        layer("values", &["value"], &[]),
        layer("declarations", &["schema", "model", "view", "timeouts"], &["values"]),
        layer("diagnostics", &["diagnostic", "warning_kind"], &["values"]),
        layer("states", &["state", "private", "effective"], &["values", "declarations"]),
        layer("plan", &["plan"], &["values", "declarations", "states"]),
        layer("checks", &["validate", "drift", "identity"], &["values", "declarations", "diagnostics", "states"]),
        layer("moved", &["moved"], &["diagnostics"]),
        layer("protocol", &["proto"], &[]),
        layer("texts", &["printable"], &[]),
        layer("plugin", &["plugin"], &["texts", "protocol"]),
        layer(
            "resources",
            &["resource", "managed_objects", "entry", "data_source", "ephemeral", "list_resource", "action", "function", "provider"],
            &["values", "declarations", "diagnostics", "states", "plan", "checks", "moved", "plugin"],
        ),
        layer("docs", &["docs"], &["values", "declarations", "diagnostics", "checks", "moved", "resources"]),
        layer("service", &["service", "configured"], &["values", "declarations", "diagnostics", "states", "plan", "checks", "resources"]),
        layer(
            "server",
            &["server"],
            &["values", "declarations", "diagnostics", "states", "checks", "texts", "protocol", "plugin", "resources", "service"],
        ),
        layer("root", &[""], &["declarations", "diagnostics", "plugin", "resources", "server"]),
    ],
    forbidden: &[("", &["azure", "azure_core", "azure_identity", "reqwest"])],
    entangled: &[],
};

const PROGRAM: Crate = Crate {
    source: "cli/src",
    layers: &[
        layer("failure", &["failure"], &[]),
        layer("terminal", &["terminal"], &["failure"]),
        layer("processes", &["control", "terraform"], &["failure", "terminal"]),
        layer("commands", &["access", "bench", "demo", "emulator", "kube_token"], &["failure", "terminal", "processes"]),
        layer("root", &[""], &["terminal", "commands"]),
    ],
    forbidden: &[],
    entangled: &[],
};

const PROVIDER: Crate = Crate {
    source: "src",
    layers: &[
        Layer { name: "azure", modules: &["azure"], uses: &[] },
        Layer { name: "permissions", modules: &["permissions"], uses: &["azure"] },
        Layer { name: "client", modules: &["client"], uses: &["azure", "permissions"] },
        Layer { name: "directory", modules: &["directory"], uses: &["azure", "client"] },
        Layer { name: "arm", modules: &["arm"], uses: &["azure", "client"] },
        Layer { name: "attributes", modules: &["attributes"], uses: &["client", "arm"] },
        Layer { name: "conditional access", modules: &["conditional_access"], uses: &["azure", "client", "attributes"] },
        Layer { name: "pim", modules: &["pim"], uses: &["azure", "client", "attributes"] },
        Layer { name: "services", modules: &["services"], uses: &["client", "directory", "conditional access", "arm", "pim"] },
        Layer {
            name: "policy evaluation",
            modules: &["policy_evaluation"],
            uses: &["azure", "directory", "conditional access", "services"],
        },
        Layer {
            name: "resources",
            modules: &["resources"],
            uses: &["azure", "client", "directory", "conditional access", "arm", "attributes", "pim", "services", "policy evaluation"],
        },
        Layer {
            name: "data sources",
            modules: &["data_sources", "ephemeral", "functions", "lists", "actions"],
            uses: &[
                "azure",
                "client",
                "directory",
                "arm",
                "attributes",
                "conditional access",
                "pim",
                "services",
                "policy evaluation",
                "resources",
            ],
        },
        Layer {
            name: "provider",
            modules: &["provider"],
            uses: &["azure", "client", "conditional access", "services", "resources", "data sources"],
        },
        Layer { name: "root", modules: &[""], uses: &["provider"] },
    ],
    forbidden: &[("azure", &["framework", "resources", "provider"]), ("resources", &["reqwest", "StatusCode"])],
    entangled: &[],
};

#[test]
fn the_provider_keeps_to_its_layers() {
    PROVIDER.check_layers();
}

#[test]
fn data_sources_and_others_use_what_resources_export() {
    PROVIDER.check_interface("resources", &["data_sources", "ephemeral", "functions", "lists", "actions"]);
}

#[test]
fn the_provider_has_no_cycle_between_folders() {
    PROVIDER.check_cycles();
}

#[test]
fn the_emulator_keeps_to_its_layers() {
    EMULATOR.check_layers();
}

#[test]
fn the_emulator_has_no_cycle_between_folders() {
    EMULATOR.check_cycles();
}

#[test]
fn the_emulator_knows_nothing_of_the_provider() {
    EMULATOR.check_names();
}

#[test]
fn the_framework_keeps_to_its_layers() {
    FRAMEWORK.check_layers();
}

#[test]
fn the_framework_has_no_cycle_between_folders() {
    FRAMEWORK.check_cycles();
}

#[test]
fn the_framework_knows_nothing_of_azure() {
    FRAMEWORK.check_names();
}

#[test]
fn the_program_keeps_to_its_layers() {
    PROGRAM.check_layers();
}

#[test]
fn the_program_has_no_cycle_between_folders() {
    PROGRAM.check_cycles();
}

#[test]
fn the_client_knows_nothing_of_terraform_and_resources_nothing_of_http() {
    PROVIDER.check_names();
}

/// Files of a crate that breaks its rules, each in a folder of its own but for the root.
const BAD: &[(&str, &str)] = &[
    ("lib.rs", "mod low; mod middle; mod high; mod new;"),
    (
        "low/mod.rs",
        "use crate::middle::Middle; pub(in crate::high) fn h() {} #[cfg(test)] mod cases; #[cfg(test)] mod tests { use crate::high::High; }",
    ),
    ("low/cases.rs", "use crate::high::High;"),
    ("middle/mod.rs", "fn f() { assert!(super::low::g() == reqwest::get()); } mod inner { use super::super::high::High; }"),
    ("high/mod.rs", "use crate::{\n    low::{self, Low},\n};"),
    ("new.rs", "//! Has no row."),
];

const RULES: Crate = Crate {
    source: "",
    layers: &[
        layer("low", &["low"], &[]),
        layer("middle", &["middle"], &["low"]),
        layer("high", &["high"], &["low", "middle"]),
        layer("root", &[""], &[]),
    ],
    forbidden: &[("middle", &["reqwest"]), ("high", &["reqwest"])],
    entangled: &["high"],
};

#[test]
fn what_breaks_the_rules_is_found_and_tests_may_use_everything() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in BAD {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let modules = modules::Modules::read(folder.path());
    let found = |wrong: std::collections::BTreeSet<String>| wrong.into_iter().collect::<Vec<_>>();
    assert_eq!(
        found(RULES.wrong_arrows(&modules)),
        [
            "high does not use middle: take the arrow away",
            "low (low) uses middle (middle)",
            "middle (middle) uses high (high)",
            "new has no place in the table",
        ]
    );
    assert_eq!(found(RULES.wrong_cycles(&modules)), ["high has no cycle any more", "low -> middle -> low"]);
    assert_eq!(found(RULES.wrong_names(&modules)), ["middle mentions reqwest"]);
}
