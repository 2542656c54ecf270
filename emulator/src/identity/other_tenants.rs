//! Other tenants, as much of them as Azure Resource Manager looks at: which subscriptions are theirs, and tokens for applications that are registered there
//! as well (learn.microsoft.com/azure/azure-resource-manager/management/authenticate-multi-tenant). Nothing else of them exists.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use uuid::Uuid;

use super::{endpoint::TokenRequest, errors::SignInError, tokens::Issued};
use crate::caller::Claims;

/// The other tenants and their subscriptions, all ids in lower case.
#[derive(Debug, Default)]
pub struct OtherTenants(Mutex<BTreeMap<String, Vec<String>>>);

impl OtherTenants {
    /// Makes a tenant known. Every application of this tenant is taken to be at home there, too.
    pub fn add(&self, tenant: &str, subscriptions: &[String]) {
        let subscriptions = subscriptions.iter().map(|id| id.to_lowercase()).collect();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(tenant.to_lowercase(), subscriptions);
    }

    /// Forgets all of them.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Whether there is this tenant.
    pub fn has(&self, tenant: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&tenant.to_lowercase())
    }

    /// The tenant that a subscription belongs to, if it is one of these.
    pub fn tenant_of(&self, subscription: &str) -> Option<String> {
        let subscription = subscription.to_lowercase();
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|(_, subscriptions)| subscriptions.contains(&subscription)).map(|(tenant, _)| tenant.clone())
    }
}

/// The registration of an application in another tenant: the same one, as the service principal that it is there, without the permissions granted here.
pub fn issued(request: &TokenRequest<'_>, issued: Issued, tenant: &str) -> Result<Issued, SignInError> {
    let signer = &request.platform.signer;
    let failed = || SignInError::transient(axum::http::StatusCode::INTERNAL_SERVER_ERROR);
    let claims: Claims = signer.decode(&issued.access_token).map_err(|_| failed())?;
    let tid = tenant.to_lowercase();
    let oid = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{tid} {}", claims.appid).as_bytes()).to_string();
    let claims = Claims { iss: format!("https://sts.windows.net/{tid}/"), tid, sub: oid.clone(), oid, roles: Vec::new(), ..claims };
    Ok(Issued { access_token: signer.sign(&claims).map_err(|_| failed())?, ..issued })
}
