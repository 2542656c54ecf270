//! Debugging: the variable that makes Terraform use a process that already runs (docs/terraform-protocol.md#debugging).

use super::about::About;
use super::handshake::PROTOCOL;
use super::socket::Address;

/// The variable, ready to be pasted into a shell.
pub(super) fn reattach(about: &About, address: &Address) -> String {
    let providers = serde_json::json!({
        about.source(): {
            "Protocol": "grpc",
            // Only honoured with `Test`, without which 1.11.4 takes it for protocol 5 and crashes.
            "ProtocolVersion": PROTOCOL,
            "Test": true,
            "Pid": std::process::id(),
            "Addr": { "Network": address.network, "String": address.text },
        }
    });
    format!("TF_REATTACH_PROVIDERS='{}'", providers.to_string().replace('\'', r"'\''"))
}
