//! What clients ask before they sign in: the endpoints of the cloud, the OpenID configuration, the keys.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::SignInError;
use crate::answer::Answer;
use crate::tenant;

/// `/metadata/endpoints`: one object that names every endpoint of the cloud (service-behaviour section 11.5).
/// What the emulator serves points to itself; the rest keeps the names of the public cloud.
pub fn endpoints(host: &str) -> Value {
    json!({
        // The public cloud's name: clients choose nothing but defaults by it.
        "name": "AzureCloud",
        "portal": "https://portal.azure.com",
        "authentication": {
            "loginEndpoint": format!("https://{host}"),
            "audiences": [format!("https://{host}"), "https://management.core.windows.net/", "https://management.azure.com/"],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "resourceManager": format!("https://{host}"),
        "microsoftGraphResourceId": format!("https://{host}"),
        "graph": format!("https://{host}"),
        "graphAudience": format!("https://{host}"),
        "activeDirectoryDataLake": "https://datalake.azure.net/",
        "batch": "https://batch.core.windows.net/",
        "media": "https://rest.media.azure.net",
        "ossrDbmsResourceId": "https://ossrdbms-aad.database.windows.net",
        "logAnalyticsResourceId": "https://api.loganalytics.io",
        "synapseAnalyticsResourceId": "https://dev.azuresynapse.net",
        "attestationResourceId": "https://attest.azure.net",
        "suffixes": {
            "storage": "core.windows.net",
            "keyVaultDns": "vault.azure.net",
            "acrLoginServer": "azurecr.io",
            "sqlServerHostname": "database.windows.net",
            "azureDataLakeStoreFileSystem": "azuredatalakestore.net",
            "azureDataLakeAnalyticsCatalogAndJob": "azuredatalakeanalytics.net",
            "azureFrontDoorEndpointSuffix": "azurefd.net",
            "mhsmDns": "managedhsm.azure.net",
            "mysqlServerEndpoint": "mysql.database.azure.com",
            "postgresqlServerEndpoint": "postgres.database.azure.com",
            "mariadbServerEndpoint": "mariadb.database.azure.com",
            "storageSyncEndpointSuffix": "afs.azure.net",
            "synapseAnalytics": "dev.azuresynapse.net",
            "attestationEndpoint": "attest.azure.net",
        },
    })
}

/// `/{tenant}/v2.0/.well-known/openid-configuration`.
pub fn openid_configuration(host: &str, tenant_name: &str) -> Result<Answer, SignInError> {
    // `common` and `organizations` are not tenants of their own, but every client may ask for them.
    let known = tenant::is_this(tenant_name) || ["common", "organizations"].contains(&tenant_name);
    if !known {
        return Err(SignInError::UnknownTenant { tenant: tenant_name.into() });
    }
    let base = format!("https://{host}/{tenant_name}");
    Ok(Answer::json(
        StatusCode::OK,
        json!({
            "token_endpoint": format!("{base}/oauth2/v2.0/token"),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "jwks_uri": format!("{base}/discovery/v2.0/keys"),
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": format!("https://{host}/{}/v2.0", tenant::TENANT_ID),
            "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
            "claims_supported": ["sub", "iss", "aud", "exp", "iat", "tid", "oid", "ver"],
            "cloud_instance_name": host,
            "msgraph_host": host,
            "tenant_region_scope": "WW",
        }),
    ))
}
