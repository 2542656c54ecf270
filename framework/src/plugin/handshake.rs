//! The handshake: variables of the environment that the host program sets, and the line that answers them (docs/terraform-protocol.md#handshake).

use std::env;
use std::ffi::OsString;

use super::failure::Failure;
use super::socket::Address;

/// Version of the handshake itself.
const CORE_PROTOCOL: u32 = 1;
/// Version of Terraform's provider protocol that is served.
pub(super) const PROTOCOL: u32 = 6;

/// What the host program wants.
#[derive(Debug)]
pub(super) struct Host {
    /// PEM of the one client that may connect; absent if Terraform has TLS off.
    pub client_certificate: Option<String>,
}

impl Host {
    pub fn from_environment() -> Result<Self, Failure> {
        Self::from_variables(|name| env::var_os(name))
    }

    fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, Failure> {
        let text = |name| variable(name).map(|value| value.to_string_lossy().into_owned());
        let offered = text("PLUGIN_PROTOCOL_VERSIONS").unwrap_or_default();
        // Terraform names its versions in random order.
        if !offered.split(',').any(|version| version.trim().parse() == Ok(PROTOCOL)) {
            let offered = if offered.is_empty() { "no version".into() } else { offered };
            return Err(Failure::Protocol { offered });
        }
        Ok(Self {
            // go-plugin too takes an empty variable for an absent one.
            client_certificate: text("PLUGIN_CLIENT_CERT").filter(|pem| !pem.is_empty()),
        })
    }
}

/// The handshake line without its end. `certificate` is the server's, in base64; empty means plaintext.
pub(super) fn line(address: &Address, certificate: &str) -> String {
    format!("{CORE_PROTOCOL}|{PROTOCOL}|{}|{}|grpc|{certificate}", address.network, address.text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    fn host(versions: Option<&str>, certificate: Option<&str>) -> Result<Host, Failure> {
        Host::from_variables(|name| match name {
            "PLUGIN_PROTOCOL_VERSIONS" => versions.map(OsString::from),
            "PLUGIN_CLIENT_CERT" => certificate.map(OsString::from),
            _ => None,
        })
    }

    #[test]
    fn six_is_found_in_any_order() {
        for versions in ["5,6", "6,5", "6", "4,5,6,7", "5, 6"] {
            assert!(host(Some(versions), None).is_ok(), "{versions}");
        }
    }

    #[test]
    fn without_six_there_is_a_refusal_that_says_so() {
        for (versions, said) in [(Some("5"), "offers 5;"), (Some("16,66"), "offers 16,66;"), (None, "offers no version;")] {
            let refusal = host(versions, None).unwrap_err().to_string();
            assert!(refusal.contains("protocol 6 only") && refusal.contains(said), "{refusal}");
        }
    }

    #[test]
    fn an_empty_certificate_is_none() {
        assert_eq!(host(Some("6"), Some("")).unwrap().client_certificate, None);
        assert_eq!(host(Some("6"), Some("PEM")).unwrap().client_certificate.as_deref(), Some("PEM"));
    }

    #[test]
    fn line_has_six_fields() {
        let address = Address { network: "unix", text: "/run/plugin.sock".into() };
        assert_eq!(line(&address, "TUlJ"), "1|6|unix|/run/plugin.sock|grpc|TUlJ");
        assert_eq!(line(&address, ""), "1|6|unix|/run/plugin.sock|grpc|");
    }
}
