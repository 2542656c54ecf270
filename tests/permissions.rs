//! A missing permission is named, and a pipeline that only plans needs only what the pages say.

use std::path::Path;

use crate::world::World;

#[test]
fn zz_explore() {
    for folder in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/resources")).unwrap() {
        let folder = folder.unwrap().path();
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let world = World::new(&format!("zz_{name}"));
        let workspace = world.workspace("");
        std::fs::copy(folder.join("resource.tf"), workspace.path().join("example.tf")).unwrap();
        workspace.apply();
        let seen = || {
            let counted = world.control("GET", "requests", None);
            let keys = |part: &str| counted[part].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
            let mut all: Vec<String> = keys("http").into_iter().chain(keys("batched")).collect();
            all.sort();
            world.forget_requests();
            all.into_iter()
                .filter(|one| !one.contains("/oauth2/") && !one.contains("/metadata/") && !one.contains("$batch"))
                .collect::<Vec<_>>()
        };
        println!("== {name}\n  write {:?}", seen());
        workspace.plan_is_empty();
        println!("  read {:?}", seen());
        world.advance("PT6M");
        workspace.destroy();
        println!("  destroy {:?}", seen());
    }
}
