//! The tenant as an organization: its id and its verified domains, read once per process.

use serde::Deserialize;
use tokio::sync::OnceCell;

use super::Directory;
use crate::azure::{Error, Request};

/// What is known of the organization; nothing, if the caller may not read it.
#[derive(Debug, Default)]
pub(super) struct OrganizationCache(OnceCell<Option<Organization>>);

/// The tenant.
#[derive(Debug)]
pub struct Organization {
    /// Its id.
    pub tenant_id: String,
    /// Names of its verified domains.
    pub domains: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrganizationResponse {
    id: String,
    #[serde(default)]
    verified_domains: Vec<Domain>,
}

#[derive(Deserialize)]
struct Domain {
    name: Option<String>,
}

impl<'a> Directory<'a> {
    /// The tenant; none if the caller may not read it, which is found out once.
    pub async fn organization(&self) -> Result<Option<&'a Organization>, Error> {
        let known = self.state.organization.0.get_or_try_init(|| self.read_organization()).await?;
        Ok(known.as_ref())
    }

    /// The tenant's verified domains, if they can be read.
    pub async fn verified_domains(&self) -> Result<Option<&'a [String]>, Error> {
        Ok(self.organization().await?.map(|organization| organization.domains.as_slice()))
    }

    /// `/organization` and not `/domains`: it needs fewer permissions, and names the verified domains, too.
    async fn read_organization(&self) -> Result<Option<Organization>, Error> {
        match self.client.list::<OrganizationResponse>(Request::get("/organization").query("$select", "id,verifiedDomains")).await {
            Ok(mut tenants) => Ok(tenants.pop().map(|tenant| Organization {
                tenant_id: tenant.id,
                domains: tenant.verified_domains.into_iter().filter_map(|domain| domain.name).collect(),
            })),
            Err(error) if error.is_forbidden() => Ok(None),
            Err(error) => Err(error),
        }
    }
}
