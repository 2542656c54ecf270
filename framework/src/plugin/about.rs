//! Name, address and version of a provider's program.

/// Name, address and version of the program.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// Name of the program, for example `terraform-provider-aksaccess`. What follows `terraform-provider-` is the provider's
    /// local name and the end of the variable `TF_LOG_PROVIDER_<NAME>`.
    pub name: &'static str,
    /// Source address, for example `registry.terraform.io/aksaccess/aksaccess`.
    pub address: &'static str,
    /// Version of the program, for example `0.1.0`.
    pub version: &'static str,
    /// Crates whose log lines are the provider's own, for example `aksaccess_provider`. Lines of every other crate are limited to
    /// warnings, because an HTTP library's finer lines show headers, and with them tokens.
    pub crates: &'static [&'static str],
}

impl About {
    /// The provider's local name: `aksaccess`.
    pub(super) fn local_name(&self) -> &'static str {
        self.name.strip_prefix("terraform-provider-").unwrap_or(self.name)
    }

    /// The source address as one writes it: without the host that is the default of Terraform and, in its own way, of OpenTofu.
    pub(super) fn source(&self) -> &'static str {
        self.address.strip_prefix("registry.terraform.io/").unwrap_or(self.address)
    }
}
