//! Compares the modules of a crate with the table of its layers.

use std::{collections::BTreeSet, path::Path};

use super::modules::Modules;

/// Modules, with all that is inside of them, that may use each other and the layers named.
pub struct Layer {
    pub name: &'static str,
    /// Paths from the root of the crate, which is empty. A module belongs to the longest that it begins with.
    pub modules: &'static [&'static str],
    /// Layers above this one in the table.
    pub uses: &'static [&'static str],
}

/// The layers of a crate, the lowest first.
pub struct Crate {
    /// The folder of its sources.
    pub source: &'static str,
    pub layers: &'static [Layer],
    /// Names that a module (all of the crate, if it is empty) does not mention in paths and imports.
    pub forbidden: &'static [(&'static str, &'static [&'static str])],
    /// Modules whose folders still use each other in a circle.
    pub entangled: &'static [&'static str],
}

impl Crate {
    fn modules(&self) -> Modules {
        Modules::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(self.source))
    }

    /// Fails unless every module has a layer and uses what the layer may use; also if a layer does not use what it may.
    pub fn check_layers(&self) {
        self.fail_if_any(self.wrong_arrows(&self.modules()));
    }

    /// Fails if modules of different folders use each other in a circle.
    pub fn check_cycles(&self) {
        self.fail_if_any(self.wrong_cycles(&self.modules()));
    }

    /// Fails if a module mentions what is forbidden there.
    pub fn check_names(&self) {
        self.fail_if_any(self.wrong_names(&self.modules()));
    }

    /// Fails if one of these modules uses what is inside of `outer`, and not only what `outer` itself exports.
    pub fn check_interface(&self, outer: &str, users: &[&str]) {
        let modules = self.modules();
        let inside = format!("{outer}::");
        let of = |name: &str| users.iter().any(|user| name == *user || name.starts_with(&format!("{user}::")));
        let wrong = modules.0.iter().filter(|(name, _)| of(name)).flat_map(|(name, module)| {
            module
                .uses
                .iter()
                .filter(|used| used.starts_with(&inside))
                .map(move |used| format!("{name} uses the inside of {outer}: {used}"))
        });
        self.fail_if_any(wrong.collect());
    }

    fn fail_if_any(&self, wrong: BTreeSet<String>) {
        assert!(wrong.is_empty(), "{}:\n{}", self.source, wrong.into_iter().collect::<Vec<_>>().join("\n"));
    }

    /// What [`Crate::check_layers`] finds.
    pub fn wrong_arrows(&self, modules: &Modules) -> BTreeSet<String> {
        let mut wrong = BTreeSet::new();
        let arrows = self.layers.iter().flat_map(|layer| layer.uses.iter().map(move |used| (layer.name, *used)));
        let mut unused: BTreeSet<(&str, &str)> = arrows.collect();
        for (name, module) in &modules.0 {
            let Some(layer) = self.layer(name) else {
                wrong.insert(format!("{name} has no place in the table"));
                continue;
            };
            for (used, other) in module.uses.iter().filter_map(|used| Some((used, self.layer(used)?))) {
                unused.remove(&(layer.name, other.name));
                if layer.name != other.name && !layer.uses.contains(&other.name) {
                    wrong.insert(format!("{name} ({}) uses {used} ({})", layer.name, other.name));
                }
            }
        }
        wrong.extend(unused.iter().map(|(layer, used)| format!("{layer} does not use {used}: take the arrow away")));
        for (at, layer) in self.layers.iter().enumerate() {
            let is_lower = |used: &&str| self.layers[..at].iter().any(|lower| lower.name == *used);
            wrong.extend(
                layer.uses.iter().filter(|used| !is_lower(used)).map(|used| format!("{used} is not above {} in the table", layer.name)),
            );
        }
        wrong
    }

    /// What [`Crate::check_cycles`] finds.
    pub fn wrong_cycles(&self, modules: &Modules) -> BTreeSet<String> {
        let of_known = |chain: &[&str], unit: &str| belongs(chain[0], unit);
        let cycles = modules.cycles_between_folders();
        let new = cycles.iter().filter(|chain| !self.entangled.iter().any(|unit| of_known(chain, unit)));
        let untangled = self.entangled.iter().filter(|unit| !cycles.iter().any(|chain| of_known(chain, unit)));
        new.map(|chain| chain.join(" -> ")).chain(untangled.map(|unit| format!("{unit} has no cycle any more"))).collect()
    }

    /// What [`Crate::check_names`] finds.
    pub fn wrong_names(&self, modules: &Modules) -> BTreeSet<String> {
        let mut wrong = BTreeSet::new();
        for (unit, forbidden) in self.forbidden {
            let inside: Vec<_> = modules.0.iter().filter(|(name, _)| unit.is_empty() || belongs(name, unit)).collect();
            if inside.is_empty() {
                wrong.insert(format!("there is no {unit}"));
            }
            for (name, module) in inside {
                wrong.extend(forbidden.iter().filter(|one| module.names.contains(**one)).map(|one| format!("{name} mentions {one}")));
            }
        }
        wrong
    }

    fn layer(&self, module: &str) -> Option<&'static Layer> {
        let entries = self.layers.iter().flat_map(|layer| layer.modules.iter().map(move |unit| (layer, *unit)));
        entries.filter(|(_, unit)| belongs(module, unit)).max_by_key(|(_, unit)| unit.len()).map(|(layer, _)| layer)
    }
}

/// Whether a module is this one, or inside of it.
fn belongs(module: &str, unit: &str) -> bool {
    module == unit || (!unit.is_empty() && module.strip_prefix(unit).is_some_and(|rest| rest.starts_with("::")))
}
