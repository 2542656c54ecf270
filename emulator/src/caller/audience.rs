//! The services that accept access tokens, and the names by which tokens and requests call them.

/// A resource that accepts tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// Microsoft Graph.
    Graph,
    /// Azure Resource Manager.
    Arm,
    /// The Kubernetes API of AKS clusters with Microsoft Entra integration.
    Kubernetes,
    /// The emulator's own address, which is Graph's and Resource Manager's at once.
    Here,
}

/// Application id of Microsoft Graph.
pub const GRAPH_APP: &str = "00000003-0000-0000-c000-000000000000";
/// Application id of the Windows Azure Service Management API, which Resource Manager is to the directory.
pub const RESOURCE_MANAGER_APP: &str = "797f4846-ba00-4fd7-ba43-dac1f8f63013";
/// Application id of the Azure Kubernetes Service AAD Server.
pub const KUBERNETES_APP: &str = "6dae42f8-4368-4678-94ff-3960e28e3630";

/// Names that stand for a resource besides the emulator's own address.
const NAMES: &[(&str, Resource)] = &[
    ("https://graph.microsoft.com", Resource::Graph),
    (GRAPH_APP, Resource::Graph),
    ("https://management.azure.com", Resource::Arm),
    ("https://management.core.windows.net", Resource::Arm),
    (RESOURCE_MANAGER_APP, Resource::Arm),
    (KUBERNETES_APP, Resource::Kubernetes),
];

impl Resource {
    /// The resource of an audience or of a name in a request, with or without a slash at its end.
    pub fn named(name: &str, host: &str) -> Option<Self> {
        let name = name.strip_prefix("spn:").unwrap_or(name).trim_end_matches('/');
        let known = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, resource)| *resource);
        known.or_else(|| name.strip_prefix("https://").is_some_and(|own| own.eq_ignore_ascii_case(host)).then_some(Self::Here))
    }

    /// Whether a token for `self` is good for `wanted`.
    pub fn serves(self, wanted: Self) -> bool {
        self == wanted || (self == Self::Here && wanted != Self::Kubernetes)
    }

    /// The application ids under which the directory knows it: what conditional access policies name.
    pub fn applications(self) -> &'static [&'static str] {
        match self {
            Self::Graph => &[GRAPH_APP],
            Self::Arm => &[RESOURCE_MANAGER_APP],
            Self::Kubernetes => &[KUBERNETES_APP],
            Self::Here => &[RESOURCE_MANAGER_APP, GRAPH_APP],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_address_is_not_the_clusters() {
        assert!(Resource::Here.serves(Resource::Graph) && Resource::Here.serves(Resource::Arm));
        assert!(!Resource::Here.serves(Resource::Kubernetes) && !Resource::Graph.serves(Resource::Arm));
    }
}
