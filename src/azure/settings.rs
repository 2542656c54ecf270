//! Settings of a [`Client`](super::Client): credential, cloud, tenants. Plain data, no I/O.

use std::sync::Arc;

use super::candidate::Candidate;
use super::credential_source::CredentialSource;

/// How the provider signs in and which cloud it talks to. Whether the credential is valid
/// shows on first use.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The credential that was chosen.
    pub way: CredentialSource,
    /// All credentials in the order in which they were considered, for errors.
    pub considered: Arc<[Candidate]>,
    /// Which of Microsoft's clouds; ignored where `metadata_host` is given.
    pub environment: Environment,
    /// Host (with an optional port) whose `/metadata/endpoints` names the endpoints of a cloud of its own.
    pub metadata_host: Option<String>,
    /// Other tenants whose tokens go along with requests to Azure Resource Manager, for what a request refers to there.
    pub auxiliary_tenant_ids: Vec<String>,
    /// Subscription of the Azure resources that do not name one themselves.
    pub subscription_id: Option<String>,
    /// The `User-Agent` of every request.
    pub user_agent: String,
}

/// One of the four clouds that Microsoft runs, by the names that `ARM_ENVIRONMENT` knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Environment {
    /// The worldwide cloud.
    #[default]
    Public,
    /// US Government L4 (GCC High).
    UsGovernment,
    /// US Government L5 (Department of Defense).
    UsGovernmentL5,
    /// China, operated by 21Vianet.
    China,
}

impl Environment {
    /// The names that [`named`](Self::named) accepts and that error messages list; the existing providers' own.
    pub const NAMES: [&str; 4] = ["public", "usgovernment", "usgovernmentl5", "china"];

    /// The environment of that name, in any case. `global` and `usgovernmentl4`, which azuread also accepts, are
    /// known too.
    pub fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "public" | "global" => Some(Self::Public),
            "usgovernment" | "usgovernmentl4" => Some(Self::UsGovernment),
            "usgovernmentl5" => Some(Self::UsGovernmentL5),
            "china" => Some(Self::China),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_environment_has_a_name() {
        for name in Environment::NAMES {
            assert!(Environment::named(name).is_some(), "{name}");
            assert_eq!(Environment::named(name), Environment::named(&name.to_uppercase()));
        }
        assert_eq!(Environment::named("german"), None);
    }
}
