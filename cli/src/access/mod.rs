//! The people's side of just-in-time access: a signed-in person asks, waits, decides and gives back.

pub mod activate;
pub mod requests;
mod session;

use provider::azure::Error;
use provider::pim::RequestState;
use serde::Deserialize;
use serde_json::Value;

use crate::failure::Failure;
use crate::terminal;

/// A request, as much of it as is shown.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    id: String,
    status: String,
    #[serde(default)]
    access_id: String,
    #[serde(default)]
    group_id: String,
    #[serde(default)]
    principal_id: String,
    justification: Option<String>,
    created_date_time: Option<String>,
    schedule_info: Option<Schedule>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Schedule {
    start_date_time: Option<String>,
    expiration: Option<Expiration>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Expiration {
    duration: Option<String>,
    end_date_time: Option<String>,
}

impl Record {
    /// Where it stands.
    fn state(&self) -> RequestState {
        RequestState::of(&self.status)
    }

    /// When it ends, if that is known.
    fn end(&self) -> Option<String> {
        let schedule = self.schedule_info.as_ref()?;
        let expiration = schedule.expiration.as_ref()?;
        if let Some(end) = &expiration.end_date_time {
            return Some(shorter(end));
        }
        let start: jiff::Timestamp = schedule.start_date_time.as_ref()?.parse().ok()?;
        let length: jiff::SignedDuration = expiration.duration.as_ref()?.parse().ok()?;
        Some(shorter(&start.checked_add(length).ok()?.to_string()))
    }

    /// For how long it was asked, as an ISO 8601 duration.
    fn length(&self) -> &str {
        let expiration = self.schedule_info.as_ref().and_then(|schedule| schedule.expiration.as_ref());
        expiration.and_then(|expiration| expiration.duration.as_deref()).unwrap_or_default()
    }
}

/// An instant without fractions of a second.
fn shorter(instant: &str) -> String {
    let whole = instant.parse::<jiff::Timestamp>().map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    whole.unwrap_or_else(|_| instant.to_owned())
}

/// Prints lines of fields between tabs, or one JSON value.
fn print(json: bool, value: &Value, lines: &[Vec<String>]) -> Result<(), Failure> {
    if json { terminal::print_json(value) } else { terminal::print_fields(lines) }
}

/// Why something could not be done, with what the rules of the policy want that refused it.
fn could_not(what: impl std::fmt::Display) -> impl Fn(Error) -> Failure {
    move |error| {
        let wants = error.failed_policy_rules().into_iter().map(|rule| match rule {
            "ExpirationRule" => "\n- the policy does not allow it for so long: give a shorter --duration".to_owned(),
            "JustificationRule" => "\n- the policy wants a --justification".to_owned(),
            "TicketingRule" => "\n- the policy wants --ticket-number and --ticket-system".to_owned(),
            "MfaRule" => "\n- the policy wants more than a password: sign in with --sign-in device-code".to_owned(),
            "EligibilityRule" => "\n- you are not eligible".to_owned(),
            other => format!("\n- {other}"),
        });
        let wants: String = wants.collect();
        let wants = match error.challenge() {
            None => wants,
            Some(challenge) => format!(
                "\nThe policy wants a sign-in with the authentication context {}. With the Azure CLI that is\n  az login --scope https://graph.microsoft.com/.default \
                 --claims-challenge {}",
                challenge.contexts().join(", "),
                challenge.base64()
            ),
        };
        let hint = if error.is_forbidden() {
            "\nEither you have no right to this, or the application that you signed in with lacks the permission."
        } else {
            ""
        };
        Failure::new(format!("could not {what}: {error}{wants}{hint}"))
    }
}
