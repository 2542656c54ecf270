//! The token endpoint's refusals (service-behaviour section 11.2).

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use crate::answer::Answer;

/// A refusal with its AADSTS number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInError {
    /// The secret is not the application's.
    WrongSecret {
        /// Application id that was named.
        client: String,
    },
    /// No such application in the tenant.
    UnknownApplication {
        /// What was named.
        client: String,
    },
    /// No such tenant.
    UnknownTenant {
        /// What was named.
        tenant: String,
    },
    /// The scope is no resource's `/.default`.
    InvalidScope {
        /// What was asked for.
        scope: String,
    },
    /// A form field is missing.
    MissingField {
        /// Its name.
        name: &'static str,
    },
    /// Nothing is wrong with the request; the service has a bad day.
    Transient {
        /// HTTP status.
        status: StatusCode,
    },
    /// A grant that is not served.
    UnsupportedGrant {
        /// What was asked for.
        grant: String,
    },
}

impl SignInError {
    fn parts(&self) -> (u32, StatusCode, &'static str, String) {
        match self {
            Self::WrongSecret { client } => (
                7_000_215,
                StatusCode::UNAUTHORIZED,
                "invalid_client",
                format!(
                    "Invalid client secret provided. Ensure the secret being sent in the request is the client secret \
                 value, not the client secret ID, for a secret added to app '{client}'."
                ),
            ),
            Self::UnknownApplication { client } => (
                700_016,
                StatusCode::BAD_REQUEST,
                "unauthorized_client",
                format!(
                    "Application with identifier '{client}' was not found in the directory '{}'. This can happen if the \
                 application has not been installed by the administrator of the tenant or consented to by any user \
                 in the tenant. You may have sent your authentication request to the wrong tenant.",
                    crate::tenant::ORGANIZATION
                ),
            ),
            Self::UnknownTenant { tenant } => (
                90_002,
                StatusCode::BAD_REQUEST,
                "invalid_tenant",
                format!(
                    "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into \
                 the correct cloud. Check with your subscription administrator, this may happen if there are no \
                 active subscriptions for the tenant."
                ),
            ),
            Self::InvalidScope { scope } => (
                70_011,
                StatusCode::BAD_REQUEST,
                "invalid_scope",
                format!(
                    "The provided request must include a 'scope' input parameter. The provided value for the input \
                 parameter 'scope' is not valid. The scope {scope} is not valid."
                ),
            ),
            // Unverified: which number comes with which status.
            Self::Transient { status } => {
                (90_033, *status, "temporarily_unavailable", "A transient error has occurred. Please try again.".to_owned())
            }
            // Unverified: the status of the two below.
            Self::MissingField { name } => (
                900_144,
                StatusCode::BAD_REQUEST,
                "invalid_request",
                format!("The request body must contain the following parameter: '{name}'."),
            ),
            Self::UnsupportedGrant { grant } => (
                70_003,
                StatusCode::BAD_REQUEST,
                "unsupported_grant_type",
                format!("The app requested an unsupported grant type '{grant}'."),
            ),
        }
    }

    /// The answer, with the trace that every refusal carries: inline, as the newer ones have it.
    pub fn answer(&self, now: Timestamp) -> Answer {
        let (number, status, error, text) = self.parts();
        let (trace, correlation) = (Uuid::new_v4().to_string(), Uuid::new_v4().to_string());
        let timestamp = now.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
        Answer::json(
            status,
            json!({
                "error": error,
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
