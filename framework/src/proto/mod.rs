//! The messages and services of `proto/`, as Rust.
//!
//! The files beside this one are generated and committed, so that building needs neither `protoc` nor a build script. After a
//! change in `proto/`, `UPDATE_GENERATED=1 cargo test generated_proto_is_fresh` writes them anew.

use std::fmt;

#[allow(missing_docs, clippy::all, reason = "generated; proto/tfplugin6.proto has the words")]
#[rustfmt::skip]
pub mod tfplugin6;

#[allow(missing_docs, clippy::all, reason = "generated; proto/grpc_*.proto have the words")]
#[rustfmt::skip]
pub mod plugin;

#[allow(missing_docs, clippy::all, reason = "generated; proto/health.proto has the words")]
#[rustfmt::skip]
#[path = "grpc.health.v1.rs"]
pub mod health;

/// Tells the size only: a value may hold secrets, and `{:?}` of a request must be safe to log.
impl fmt::Debug for tfplugin6::DynamicValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamicValue").field("msgpack_bytes", &self.msgpack.len()).field("json_bytes", &self.json.len()).finish()
    }
}

/// Tells the size only, as for [`tfplugin6::DynamicValue`].
impl fmt::Debug for tfplugin6::RawState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawState").field("json_bytes", &self.json.len()).field("flatmap_entries", &self.flatmap.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests may panic")]

    use std::fs;
    use std::path::Path;

    use super::tfplugin6::{DynamicValue, RawState, plan_resource_change};

    const SOURCES: [&str; 5] = ["tfplugin6.proto", "grpc_controller.proto", "grpc_stdio.proto", "grpc_broker.proto", "health.proto"];
    const GENERATED: [&str; 3] = ["tfplugin6.rs", "plugin.rs", "grpc.health.v1.rs"];

    #[test]
    fn generated_proto_is_fresh() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let descriptors = protox::compile(SOURCES, [here.join("../proto")]).expect("proto/ compiles");
        let rpcs: usize = descriptors
            .file
            .iter()
            .filter(|file| file.package() == "tfplugin6")
            .flat_map(|file| &file.service)
            .map(|service| service.method.len())
            .sum();
        assert_eq!(rpcs, 36, "RPCs of protocol 6.11");

        let fresh = tempfile::tempdir().unwrap();
        tonic_prost_build::configure()
            .generate_default_stubs(true)
            .btree_map(".")
            .skip_debug(["tfplugin6.DynamicValue", "tfplugin6.RawState"])
            .out_dir(fresh.path())
            .compile_fds(descriptors)
            .expect("Rust can be generated");

        for name in GENERATED {
            let committed = here.join("src/proto").join(name);
            let wanted = fs::read_to_string(fresh.path().join(name)).unwrap();
            if std::env::var_os("UPDATE_GENERATED").is_some_and(|value| value == "1") {
                fs::write(&committed, &wanted).unwrap();
            }
            assert!(
                fs::read_to_string(&committed).unwrap_or_default() == wanted,
                "{} does not match proto/: run UPDATE_GENERATED=1 cargo test generated_proto_is_fresh",
                committed.display()
            );
        }
    }

    #[test]
    fn debug_of_a_request_shows_no_value() {
        let secret = b"hunter2".to_vec();
        let request = plan_resource_change::Request {
            config: Some(DynamicValue { msgpack: secret.clone(), json: secret.clone() }),
            ..Default::default()
        };
        let raw = RawState { json: secret, flatmap: [("password".into(), "hunter2".into())].into() };
        let shown = format!("{request:?} {raw:?}");
        let bytes = format!("{:?}", b"hunter2");
        assert!(!shown.contains("hunter2") && !shown.contains(&bytes), "{shown}");
        assert!(shown.contains("msgpack_bytes: 7"), "{shown}");
    }
}
