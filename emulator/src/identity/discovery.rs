//! Discovery: the endpoints of the cloud, the OpenID configuration and the keys.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::errors::SignInError;
use crate::{
    http::{Request, Response},
    tenant::ids,
};

/// `/metadata/endpoints`: one object that names every endpoint of the cloud (docs/services/sign-in.md#what-clients-ask-first).
/// Addresses of services that the emulator serves point to itself; the others keep the names of the public cloud.
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

/// `/adfs/.well-known/openid-configuration`: for clients that take the emulator for Active Directory Federation
/// Services because of its address.
pub fn adfs_configuration(host: &str) -> Response {
    let base = format!("https://{host}/adfs");
    Response::json(
        StatusCode::OK,
        json!({
            "issuer": base,
            "authorization_endpoint": format!("{base}/oauth2/authorize/"),
            "token_endpoint": format!("{base}/oauth2/token/"),
            "device_authorization_endpoint": format!("{base}/oauth2/devicecode"),
            "jwks_uri": format!("{base}/discovery/keys"),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic", "private_key_jwt"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "response_modes_supported": ["query", "fragment", "form_post"],
            "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials", "password",
                "urn:ietf:params:oauth:grant-type:device_code"],
            "subject_types_supported": ["pairwise"],
            "scopes_supported": ["openid", "profile", "email", "user_impersonation"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }),
    )
}

/// `/common/discovery/instance`: the names that this cloud goes by (docs/services/sign-in.md#endpoints). It has one.
pub fn instance(host: &str, request: &Request) -> Response {
    let authority = request.option("authorization_endpoint").unwrap_or_default();
    let tenant = authority.strip_prefix("https://").and_then(|rest| rest.split('/').nth(1)).filter(|name| !name.is_empty());
    let tenant = tenant.unwrap_or("common");
    Response::json(
        StatusCode::OK,
        json!({
            "tenant_discovery_endpoint": format!("https://{host}/{tenant}/v2.0/.well-known/openid-configuration"),
            "api-version": "1.1",
            "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
        }),
    )
}

/// `/common/userrealm/{name}`: whether a user signs in here or with somebody else. Unverified: the body in detail;
/// Microsoft's libraries look at `account_type`.
pub fn user_realm(host: &str, name: &str) -> Response {
    let domain = name.rsplit_once('@').map_or("", |(_, domain)| domain);
    let mut body = json!({
        "ver": "1.0",
        "account_type": "Unknown",
        "cloud_instance_name": host,
        "cloud_audience_urn": "urn:federation:MicrosoftOnline",
    });
    if let (true, Some(fields)) = (ids::is_verified_domain(domain), body.as_object_mut()) {
        fields.insert("account_type".into(), json!("Managed"));
        fields.insert("domain_name".into(), json!(domain));
    }
    Response::json(StatusCode::OK, body)
}

/// `/{tenant}/v2.0/.well-known/openid-configuration`.
pub fn openid_configuration(host: &str, tenant_name: &str) -> Result<Response, SignInError> {
    // `common` and `organizations` are not tenants of their own, but every client may ask for them.
    if !ids::is_this(tenant_name) && !ids::is_any(tenant_name) {
        return Err(SignInError::unknown_tenant(tenant_name));
    }
    let base = format!("https://{host}/{tenant_name}");
    Ok(Response::json(
        StatusCode::OK,
        json!({
            "device_authorization_endpoint": format!("{base}/oauth2/v2.0/devicecode"),
            "token_endpoint": format!("{base}/oauth2/v2.0/token"),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "jwks_uri": format!("{base}/discovery/v2.0/keys"),
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": format!("https://{host}/{}/v2.0", ids::TENANT_ID),
            "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
            "claims_supported": ["sub", "iss", "aud", "exp", "iat", "tid", "oid", "ver"],
            "cloud_instance_name": host,
            "msgraph_host": host,
            "tenant_region_scope": "WW",
        }),
    ))
}
