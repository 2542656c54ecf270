//! The token endpoint's refusals (docs/services/sign-in.md#token-errors).

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::conditional_access::UnmetControl;
use crate::{http::Response, tenant::ids};

/// A refusal with its AADSTS number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInError {
    /// The number after `AADSTS`.
    pub number: u32,
    /// HTTP status.
    pub status: StatusCode,
    /// The OAuth error, by which libraries decide what to do.
    pub error: &'static str,
    /// The message shown to people, without the number before it and the trace after it.
    pub text: String,
}

impl SignInError {
    /// A refusal.
    pub fn new(number: u32, status: StatusCode, error: &'static str, text: impl Into<String>) -> Self {
        Self { number, status, error, text: text.into() }
    }

    /// The secret is not the application's.
    pub fn wrong_secret(client: &str) -> Self {
        Self::new(
            7_000_215,
            StatusCode::UNAUTHORIZED,
            "invalid_client",
            format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret \
                 value, not the client secret ID, for a secret added to app '{client}'."
            ),
        )
    }

    /// The secret was the application's, and is too old.
    pub fn expired_secret(client: &str) -> Self {
        Self::invalid_client(
            7_000_222,
            format!(
                "The provided client secret keys for app '{client}' are expired. Visit the Azure portal to create new keys \
                 for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added \
                 security: https://aka.ms/certCreds."
            ),
        )
    }

    /// A confidential application did not prove who it is.
    pub fn no_credential() -> Self {
        Self::new(
            7_000_218,
            StatusCode::UNAUTHORIZED,
            "invalid_client",
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        )
    }

    /// The assertion's certificate is not registered with the application. Unverified: the status of this and of the
    /// other refusals of assertions.
    pub fn unregistered_certificate(client: &str) -> Self {
        Self::invalid_client(
            700_027,
            format!(
                "The certificate with identifier used to sign the client assertion is not registered on application. \
                 [Reason - The key was not found., Please visit the Azure Portal, Graph Explorer or directly use MS Graph to \
                 see configured keys for app Id '{client}'.]"
            ),
        )
    }

    /// The assertion's signature is wrong.
    pub fn bad_signature(client: &str) -> Self {
        let reason = format!("Client assertion failed signature validation for application '{client}'.");
        Self::invalid_client(700_027, reason)
    }

    /// The assertion is no JWT.
    pub fn malformed_assertion() -> Self {
        let text = "JWT token is invalid or malformed.";
        Self::new(50_027, StatusCode::BAD_REQUEST, "invalid_request", text)
    }

    /// The assertion is not valid yet or expired. Times as the service writes them, to seconds.
    pub fn assertion_out_of_time(client: &str, now: Timestamp, from: i64, until: i64) -> Self {
        let written = |second: i64| Timestamp::from_second(second).unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%S.0000000Z").to_string();
        Self::invalid_client(
            700_024,
            format!(
                "Client assertion is not within its valid time range. Current time: {}, assertion valid from {}, expiry time of \
                 assertion {}. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials \
                 for app '{client}'.",
                written(now.as_second()),
                written(from),
                written(until)
            ),
        )
    }

    /// The assertion is about somebody else.
    pub fn wrong_issuer_or_subject(client: &str) -> Self {
        let text = format!("Client assertion contains an invalid issuer or subject: both must be the client id '{client}'.");
        Self::invalid_client(700_021, text)
    }

    /// The assertion is for somebody else.
    pub fn wrong_assertion_audience(audience: &str) -> Self {
        let text = format!("Assertion audience claim does not match the Realm issuer. Review the documentation: '{audience}'.");
        Self::invalid_client(700_023, text)
    }

    /// No federated credential of the application has this issuer, subject or audience.
    pub fn no_such_federated(number: u32, what: &str, value: &str) -> Self {
        Self::invalid_client(
            number,
            format!(
                "No matching federated identity record found for presented assertion {what} '{value}'. Check your federated \
                 identity credential Subject, Audience and Issuer against the presented assertion. \
                 https://learn.microsoft.com/entra/workload-id/workload-identity-federation"
            ),
        )
    }

    /// The assertion is of a type that nobody knows.
    pub fn unsupported_assertion_type(kind: &str) -> Self {
        let text = format!("The value '{kind}' of the parameter 'client_assertion_type' is not supported.");
        Self::new(90_013, StatusCode::BAD_REQUEST, "invalid_request", text)
    }

    /// No such application in the tenant.
    pub fn unknown_application(client: &str) -> Self {
        Self::new(
            700_016,
            StatusCode::BAD_REQUEST,
            "unauthorized_client",
            format!(
                "Application with identifier '{client}' was not found in the directory '{}'. This can happen if the \
                 application has not been installed by the administrator of the tenant or consented to by any user \
                 in the tenant. You may have sent your authentication request to the wrong tenant.",
                ids::ORGANIZATION
            ),
        )
    }

    /// No such tenant.
    pub fn unknown_tenant(name: &str) -> Self {
        Self::new(
            90_002,
            StatusCode::BAD_REQUEST,
            "invalid_tenant",
            format!(
                "Tenant '{name}' not found. Check to make sure you have the correct tenant ID and are signing into \
                 the correct cloud. Check with your subscription administrator, this may happen if there are no \
                 active subscriptions for the tenant."
            ),
        )
    }

    /// The segment with the tenant's name names no tenant.
    pub fn invalid_tenant_name(name: &str) -> Self {
        let text = format!("Specified tenant identifier '{name}' is neither a valid DNS name, nor a valid external domain.");
        Self::new(900_023, StatusCode::BAD_REQUEST, "invalid_request", text)
    }

    /// The scope is no resource's `/.default`.
    pub fn invalid_scope(scope: &str) -> Self {
        Self::new(
            70_011,
            StatusCode::BAD_REQUEST,
            "invalid_scope",
            format!(
                "The provided request must include a 'scope' input parameter. The provided value for the input \
                 parameter 'scope' is not valid. The scope {scope} is not valid."
            ),
        )
    }

    /// No such resource in the tenant. Unverified: the status.
    pub fn unknown_resource(resource: &str) -> Self {
        Self::new(
            500_011,
            StatusCode::BAD_REQUEST,
            "invalid_resource",
            format!(
                "The resource principal named {resource} was not found in the tenant named {}. This can happen if the \
                 application has not been installed by the administrator of the tenant or consented to by any user in \
                 the tenant. You might have sent your authentication request to the wrong tenant.",
                ids::ORGANIZATION
            ),
        )
    }

    /// Nobody has consented that the application acts so for users.
    pub fn not_consented(client: &str) -> Self {
        Self::new(
            65_001,
            StatusCode::BAD_REQUEST,
            "invalid_grant",
            format!(
                "The user or administrator has not consented to use the application with ID '{client}'. Send an \
                 interactive authorization request for this user and resource."
            ),
        )
    }

    /// No such user. The words are the service's; unverified: the status of this and the next ones.
    pub fn unknown_user(name: &str) -> Self {
        Self::invalid_grant(
            50_034,
            format!(
                "The user account {name} does not exist in the {} directory. To sign into this application, the account \
                 must be added to the directory.",
                ids::TENANT_ID
            ),
        )
    }

    /// Not the user's password.
    pub fn wrong_password() -> Self {
        Self::invalid_grant(50_126, "Error validating credentials due to invalid username or password.")
    }

    /// Too many wrong passwords in a row.
    pub fn locked_user() -> Self {
        Self::invalid_grant(50_053, "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.")
    }

    /// The user's account is disabled.
    pub fn disabled_user() -> Self {
        Self::invalid_grant(50_057, "The user account is disabled.")
    }

    /// The user must choose another password first, and cannot do so in this grant.
    pub fn password_expired() -> Self {
        Self::invalid_grant(50_055, "The password is expired.")
    }

    /// Conditional access asks for what is not there.
    pub fn conditional_access(missing: &UnmetControl, resource: &str) -> Self {
        Self::invalid_grant(missing.number, missing.text.replace("the resource", &format!("'{resource}'")))
    }

    /// The claims request is not valid JSON. Unverified: the number and the text.
    pub fn invalid_claims() -> Self {
        Self::new(
            900_144,
            StatusCode::BAD_REQUEST,
            "invalid_request",
            "The request body contains a parameter 'claims' that is no JSON object.",
        )
    }

    /// A header of the emulator's own is none.
    pub fn unreadable(wrong: &str) -> Self {
        Self::new(9_000_000, StatusCode::BAD_REQUEST, "invalid_request", wrong)
    }

    /// The refresh token is none of ours, or not this client's.
    pub fn bad_refresh_token() -> Self {
        Self::invalid_grant(9_002_313, "Invalid request. TokenRequest is malformed or invalid.")
    }

    /// The refresh token was good, and is no more.
    pub fn refresh_token_expired() -> Self {
        Self::invalid_grant(700_082, "The refresh token has expired due to inactivity.")
    }

    /// The user's sessions were revoked, or the password changed, after the refresh token was issued.
    pub fn refresh_token_revoked() -> Self {
        Self::invalid_grant(50_173, "The provided grant has expired due to it being revoked, a fresh auth token is needed.")
    }

    /// The device code is known, and nobody has signed in with it yet.
    pub fn authorization_pending() -> Self {
        Self::new(
            70_016,
            StatusCode::BAD_REQUEST,
            "authorization_pending",
            "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
        )
    }

    /// Somebody said no.
    pub fn authorization_declined() -> Self {
        Self::new(70_018, StatusCode::BAD_REQUEST, "authorization_declined", "User declined to authorize the device.")
    }

    /// The device code is too old.
    pub fn device_code_expired() -> Self {
        Self::new(
            70_020,
            StatusCode::BAD_REQUEST,
            "expired_token",
            "The provided value for the input parameter 'device_code' is not valid. This device code has expired.",
        )
    }

    /// The device code is none of ours.
    pub fn bad_device_code() -> Self {
        Self::new(
            70_000,
            StatusCode::BAD_REQUEST,
            "bad_verification_code",
            "The provided value for the input parameter 'device_code' is not valid.",
        )
    }

    /// Nothing is wrong with the request; the service has a bad day. Unverified: which number comes with which status.
    pub fn transient(status: StatusCode) -> Self {
        Self::new(90_033, status, "temporarily_unavailable", "A transient error has occurred. Please try again.")
    }

    /// A form field is missing. Unverified: the status.
    pub fn missing_field(name: &str) -> Self {
        let text = format!("The request body must contain the following parameter: '{name}'.");
        Self::new(900_144, StatusCode::BAD_REQUEST, "invalid_request", text)
    }

    /// A grant that is not served. Unverified: the status.
    pub fn unsupported_grant(grant: &str) -> Self {
        let text = format!("The app requested an unsupported grant type '{grant}'.");
        Self::new(70_003, StatusCode::BAD_REQUEST, "unsupported_grant_type", text)
    }

    fn invalid_client(number: u32, text: impl Into<String>) -> Self {
        Self::new(number, StatusCode::UNAUTHORIZED, "invalid_client", text)
    }

    fn invalid_grant(number: u32, text: impl Into<String>) -> Self {
        Self::new(number, StatusCode::BAD_REQUEST, "invalid_grant", text)
    }

    /// The answer, with the trace that every refusal carries: inline, as the newer ones have it.
    pub fn respond(&self, now: Timestamp) -> Response {
        let (trace, correlation) = (Uuid::new_v4().to_string(), Uuid::new_v4().to_string());
        let timestamp = now.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
        let Self { number, text, .. } = self;
        Response::json(
            self.status,
            json!({
                "error": self.error,
                "error_description": format!(
                    "AADSTS{number}: {text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {timestamp}"
                ),
                "error_codes": [number],
                "timestamp": timestamp,
                "trace_id": trace,
                "correlation_id": correlation,
                "error_uri": format!("https://login.microsoftonline.com/error?code={number}"),
            }),
        )
    }
}
