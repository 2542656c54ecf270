//! The layers of the crates: which module may use which.
//!
//! The tables are the rule. A module that is in no row of its crate's table fails the test, so a new one must be given its place; an arrow that
//! nobody uses any more fails it, too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // tests may panic

#[path = "layers/modules.rs"]
mod modules;

use std::{collections::BTreeSet, path::Path};

use modules::Modules;

/// Modules that may use the same layers. They do not use each other, unless one is inside of the other.
struct Layer {
    name: &'static str,
    modules: &'static [&'static str],
    /// The layers that they may use, all of which stand above in the table.
    uses: &'static [&'static str],
}

/// The layers of a crate, the lowest first.
struct Crate {
    source: &'static str,
    layers: &'static [Layer],
    /// Names that a module (all of the crate, if it is empty) does not mention in paths and imports.
    forbidden: &'static [(&'static str, &'static [&'static str])],
    /// Modules whose folders still use each other in a circle.
    entangled: &'static [&'static str],
}

const EMULATOR: Crate = Crate {
    source: "emulator/src",
    layers: &[
        Layer { name: "values", modules: &["clock", "random", "switches", "tenant::ids", "rate_limit", "certificates"], uses: &[] },
        Layer { name: "store", modules: &["store", "http"], uses: &["values"] },
        Layer { name: "database", modules: &["database", "caller", "traffic", "faults"], uses: &["values", "store"] },
        Layer { name: "directory", modules: &["directory"], uses: &["store"] },
        Layer { name: "identity", modules: &["identity", "pim"], uses: &["values", "store", "database", "directory"] },
        Layer { name: "services", modules: &["graph", "arm"], uses: &["values", "store", "database", "directory", "identity"] },
        Layer { name: "kubernetes", modules: &["kubernetes"], uses: &["values", "store", "database", "directory", "identity", "services"] },
        Layer { name: "fixture", modules: &["tenant::fixture"], uses: &["values", "store", "directory", "identity", "services"] },
        Layer { name: "seed file", modules: &["tenant::seed_file"], uses: &["values", "store", "directory", "services"] },
        Layer { name: "options", modules: &["options"], uses: &["values", "database"] },
        Layer {
            name: "emulator",
            modules: &["emulator"],
            uses: &["values", "store", "database", "directory", "identity", "services", "kubernetes", "fixture", "seed file", "options"],
        },
        Layer {
            name: "control",
            modules: &["control", "overview"],
            uses: &["values", "store", "database", "directory", "identity", "services", "fixture", "emulator"],
        },
        Layer { name: "app", modules: &["app", "serve"], uses: &["store", "database", "identity", "control", "emulator"] },
        Layer { name: "running", modules: &["running"], uses: &["values", "options", "emulator", "app"] },
        // It declares modules and re-exports what is public.
        Layer {
            name: "root",
            modules: &["tenant", ""],
            uses: &["values", "store", "database", "seed file", "options", "emulator", "app", "running"],
        },
    ],
    forbidden: &[("", &["aksaccess_provider", "framework"])],
    entangled: &[],
};

const PROVIDER: Crate = Crate {
    source: "src",
    layers: &[],
    forbidden: &[("azure", &["framework", "resources", "provider"]), ("resources", &["reqwest", "StatusCode"])],
    entangled: &[],
};

#[test]
fn the_emulator_keeps_to_its_layers() {
    check_layers(&EMULATOR);
}

#[test]
fn the_emulator_has_no_cycle_between_folders() {
    check_cycles(&EMULATOR);
}

#[test]
fn the_emulator_knows_nothing_of_the_provider() {
    check_names(&EMULATOR);
}

#[test]
fn the_client_knows_nothing_of_terraform_and_resources_nothing_of_http() {
    check_names(&PROVIDER);
}

fn read(krate: &Crate) -> Modules {
    Modules::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(krate.source))
}

/// Every module has a place in the table, and uses what the table allows.
fn check_layers(krate: &Crate) {
    let Modules(modules) = read(krate);
    let mut wrong = BTreeSet::new();
    let arrows = krate.layers.iter().flat_map(|layer| layer.uses.iter().map(move |used| (layer.name, *used)));
    let mut unused: BTreeSet<(&str, &str)> = arrows.collect();
    for (name, module) in &modules {
        let Some((layer, unit)) = place(krate, name) else {
            wrong.insert(format!("{name} has no place in the table"));
            continue;
        };
        for (used, (other, other_unit)) in module.uses.iter().filter_map(|used| Some((used, place(krate, used)?))) {
            unused.remove(&(layer.name, other.name));
            if unit != other_unit && !layer.uses.contains(&other.name) {
                wrong.insert(format!("{name} ({}) uses {used} ({})", layer.name, other.name));
            }
        }
    }
    wrong.extend(unused.iter().map(|(layer, used)| format!("{layer} does not use {used}: take the arrow away")));
    for (at, layer) in krate.layers.iter().enumerate() {
        let is_below = |used: &&str| krate.layers[..at].iter().any(|lower| lower.name == *used);
        wrong.extend(layer.uses.iter().filter(|used| !is_below(used)).map(|used| format!("{used} is not below {}", layer.name)));
    }
    fail_if_any(krate, wrong);
}

/// Modules of different folders do not use each other in a circle.
fn check_cycles(krate: &Crate) {
    let modules = read(krate);
    let (known, new): (Vec<_>, Vec<_>) =
        modules.cycles_between_folders().into_iter().partition(|chain| krate.entangled.iter().any(|unit| belongs(chain[0], unit)));
    let still = |unit: &&str| known.iter().any(|chain| belongs(chain[0], unit));
    let untangled = krate.entangled.iter().filter(|unit| !still(unit)).map(|unit| format!("{unit} has no cycle any more"));
    fail_if_any(krate, new.into_iter().map(|chain| chain.join(" -> ")).chain(untangled).collect());
}

/// No module mentions what it should not know of.
fn check_names(krate: &Crate) {
    let Modules(modules) = read(krate);
    let mut wrong = BTreeSet::new();
    for (unit, forbidden) in krate.forbidden {
        for (name, module) in modules.iter().filter(|(name, _)| unit.is_empty() || belongs(name, unit)) {
            let mentioned = forbidden.iter().filter(|one| module.names.contains(**one));
            wrong.extend(mentioned.map(|one| format!("{name} mentions {one}")));
        }
        assert!(modules.keys().any(|name| belongs(name, unit)), "{} has no module {unit}", krate.source);
    }
    fail_if_any(krate, wrong);
}

fn fail_if_any(krate: &Crate, wrong: BTreeSet<String>) {
    assert!(wrong.is_empty(), "{}:\n{}", krate.source, wrong.into_iter().collect::<Vec<_>>().join("\n"));
}

/// The layer that a module belongs to, and the entry of its row: the longest that the module begins with.
fn place(krate: &Crate, module: &str) -> Option<(&'static Layer, &'static str)> {
    let entries = krate.layers.iter().flat_map(|layer| layer.modules.iter().map(move |unit| (layer, *unit)));
    entries.filter(|(_, unit)| belongs(module, unit)).max_by_key(|(_, unit)| unit.len())
}

/// Whether a module is one of the table, or inside of it.
fn belongs(module: &str, unit: &str) -> bool {
    module == unit || (!unit.is_empty() && module.strip_prefix(unit).is_some_and(|rest| rest.starts_with("::")))
}

#[test]
fn imports_and_inline_paths_are_found_and_tests_are_not() {
    let text = "use crate::{a::{self, b}, c as d,}; fn f() { json!({\"x\": super::e::F}); crate::g::h() } #[cfg(test)] mod tests { use crate::z; }";
    let paths: Vec<String> = modules::paths(text).iter().map(|path| path.join("::")).collect();
    assert_eq!(paths, ["crate::a", "crate::a::b", "crate::c", "super::e::F", "crate::g::h"]);
}
