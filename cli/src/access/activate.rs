//! `aksaccess activate` and `aksaccess deactivate`.

use std::time::Duration;

use clap::{Args, ValueEnum};
use provider::azure::{Backoff, Error, Request};
use provider::pim::RequestState;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{
    Record, could_not, print,
    session::{ACTIVATIONS, GroupSummary, Session, SignIn},
    shorter,
};
use crate::failure::Failure;
use crate::terminal::message;

const REQUESTS: &str = "/identityGovernance/privilegedAccess/group/assignmentScheduleRequests";
const REQUEST: &str = "/identityGovernance/privilegedAccess/group/assignmentScheduleRequests/{id}";
const OWN_INSTANCES: &str = "/identityGovernance/privilegedAccess/group/assignmentScheduleInstances/filterByCurrentUser(on='principal')";

/// Exit code of what was denied or came to nothing.
const EXIT_DENIED: u8 = 1;
/// Exit code of what still waits.
const EXIT_PENDING: u8 = 3;

/// How long anything may take besides waiting for an approval: signing in in a browser, above all.
const TIMEOUT: Duration = Duration::from_secs(15 * 60);
const LONGEST_ACTIVATION_PAUSE: Duration = Duration::from_secs(15);
/// Interval of progress messages while waiting.
const REMINDER: Duration = Duration::from_secs(60);

/// The type of access to a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Access {
    /// Membership.
    Member,
    /// Ownership.
    Owner,
}

impl Access {
    fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Owner => "owner",
        }
    }
}

/// `aksaccess activate`
#[derive(Debug, Args)]
pub struct Activate {
    /// Group: its object id or its name.
    #[arg(long, value_name = "GROUP")]
    group: String,
    /// Access to activate.
    #[arg(long, value_enum, default_value_t = Access::Member)]
    access: Access,
    /// For how long, such as PT1H or 1h; the policy says how long it can be.
    #[arg(long, value_name = "DURATION", default_value = "PT1H", value_parser = iso)]
    duration: String,
    /// Why.
    #[arg(long)]
    justification: String,
    /// Number of the ticket that asks for it.
    #[arg(long, value_name = "NUMBER")]
    ticket_number: Option<String>,
    /// System that the ticket is in.
    #[arg(long, value_name = "NAME")]
    ticket_system: Option<String>,
    /// How long to wait for an approval, as an ISO 8601 duration; PT0S does not wait.
    #[arg(long, value_name = "DURATION", default_value = "PT1H", value_parser = time)]
    wait: Duration,
    #[command(flatten)]
    sign_in: SignIn,
}

/// `aksaccess deactivate`
#[derive(Debug, Args)]
pub struct Deactivate {
    /// Group: its object id or its name.
    #[arg(long, value_name = "GROUP")]
    group: String,
    /// What to give back.
    #[arg(long, value_enum, default_value_t = Access::Member)]
    access: Access,
    #[command(flatten)]
    sign_in: SignIn,
}

/// A duration such as `PT1H` or `1h`, as ISO 8601, which is all that the service takes.
fn iso(text: &str) -> Result<String, String> {
    let length: jiff::SignedDuration = text.parse().map_err(|error| format!("{error}"))?;
    if length < jiff::SignedDuration::from_mins(5) {
        return Err("the service allows nothing shorter than five minutes, PT5M".into());
    }
    Ok(length.to_string())
}

fn time(text: &str) -> Result<Duration, String> {
    let length: jiff::SignedDuration = text.parse().map_err(|error| format!("{error}"))?;
    Duration::try_from(length).map_err(|_| "it must not be negative".into())
}

/// An active assignment.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ActiveAssignment {
    group_id: String,
    access_id: String,
    end_date_time: Option<String>,
}

impl Activate {
    /// Does it. The number is the exit code.
    pub async fn run(self) -> Result<u8, Failure> {
        let mut session = self.sign_in.session(ACTIVATIONS, TIMEOUT + self.wait)?;
        let me = session.me().await?;
        let group = session.group(&self.group).await?;
        let what = format!("activate the {} access to {:?}", self.access.name(), group.name());
        let request = Request::post(REQUESTS).json(&json!({
            "accessId": self.access.name(),
            "action": "selfActivate",
            "groupId": group.id,
            "principalId": me,
            "justification": self.justification,
            "scheduleInfo": {
                "startDateTime": session.now().to_string(),
                "expiration": {"type": "afterDuration", "duration": self.duration},
            },
            "ticketInfo": {"ticketNumber": self.ticket_number, "ticketSystem": self.ticket_system},
        }));
        let mut sent = session.send(&request).await;
        if let Some(challenge) = sent.as_ref().err().and_then(Error::challenge)
            && let Some(stronger) = self.sign_in.step_up(ACTIVATIONS, TIMEOUT + self.wait, challenge.clone())
        {
            message(format_args!(
                "aksaccess: the policy wants a sign-in with the authentication context {}: sign in again",
                challenge.contexts().join(", ")
            ));
            session = stronger?;
            if session.me().await? != me {
                return Err(Failure::new("somebody else has signed in: start again"));
            }
            sent = session.send(&request).await;
        }
        let record: Record = match sent {
            Ok(record) => record,
            Err(error) if error.is_grant_exists() => {
                let Some(until) = self.already(&session, &group).await else { return Err(could_not(what)(error)) };
                message(format_args!("aksaccess: it is active already"));
                self.report(&group, "Provisioned", "", Some(until))?;
                return Ok(0);
            }
            Err(error) => return Err(could_not(what)(error)),
        };
        let record = self.wait_until_final(&session, record).await.map_err(could_not(format!("wait for {:?}", group.name())))?;
        self.report(&group, &record.status, &record.id, record.end())?;
        Ok(match record.state() {
            RequestState::Provisioned => 0,
            RequestState::InProgress | RequestState::Scheduled => EXIT_PENDING,
            RequestState::Ended => EXIT_DENIED,
        })
    }

    /// Until when it is active already; empty for good.
    async fn already(&self, session: &Session, group: &GroupSummary) -> Option<String> {
        let all: Vec<ActiveAssignment> = session.list(&Request::get(OWN_INSTANCES)).await.ok()?;
        let mut of_group = all.into_iter().filter(|one| one.group_id == group.id && one.access_id == self.access.name());
        of_group.next().map(|one| one.end_date_time.map(|end| shorter(&end)).unwrap_or_default())
    }

    /// The request as it is when nothing is to come any more, or the time to wait is over.
    async fn wait_until_final(&self, session: &Session, mut record: Record) -> Result<Record, Error> {
        let (begun, mut said, mut backoff) = (Instant::now(), Instant::now(), Backoff::for_operation(LONGEST_ACTIVATION_PAUSE));
        if record.state().is_to_come() {
            message(format_args!("aksaccess: request {} is {}: somebody who may approve it has to", record.id, record.status));
        }
        while record.state().is_to_come() {
            let left = self.wait.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return Ok(record);
            }
            sleep(backoff.next_pause().min(left)).await;
            let id = record.id.clone();
            match session.send::<Record>(&Request::get(REQUEST).with("id", &id)).await {
                Ok(now) if now.status != record.status => {
                    message(format_args!("aksaccess: it is {} now", now.status));
                    record = now;
                }
                Ok(now) => record = now,
                // It is not readable yet: too recent.
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error),
            }
            if record.state().is_to_come() && said.elapsed() >= REMINDER {
                said = Instant::now();
                message(format_args!("aksaccess: still {} after {} minutes", record.status, begun.elapsed().as_secs() / 60));
            }
        }
        Ok(record)
    }

    fn report(&self, group: &GroupSummary, status: &str, request: &str, end: Option<String>) -> Result<(), Failure> {
        let access = self.access.name();
        let value = json!({
            "groupId": group.id, "group": group.name(), "access": access, "status": status,
            "requestId": if request.is_empty() { Value::Null } else { json!(request) }, "endDateTime": end,
        });
        let line = [status, group.name(), access, end.as_deref().unwrap_or("-"), if request.is_empty() { "-" } else { request }];
        print(self.sign_in.json, &value, &[line.iter().map(|&field| field.to_owned()).collect()])
    }
}

impl Deactivate {
    /// Does it. The number is the exit code.
    pub async fn run(self) -> Result<u8, Failure> {
        let session = self.sign_in.session(ACTIVATIONS, TIMEOUT)?;
        let me = session.me().await?;
        let group = session.group(&self.group).await?;
        let access = self.access.name();
        let request = Request::post(REQUESTS).json(&json!({
            "accessId": access, "action": "selfDeactivate", "groupId": group.id, "principalId": me,
        }));
        let status = match session.send::<Record>(&request).await {
            Ok(record) => record.status,
            Err(error) if error.is_grant_missing() => {
                message(format_args!("aksaccess: it was not active"));
                "Revoked".to_owned()
            }
            Err(error) if error.is_within_minimum_duration() => {
                return Err(Failure::new("the service takes nothing back in its first five minutes: try again then"));
            }
            Err(error) => return Err(could_not(format!("give the {access} access to {:?} back", group.name()))(error)),
        };
        let value = json!({"groupId": group.id, "group": group.name(), "access": access, "status": status});
        let line = vec![status, group.name().to_owned(), access.to_owned()];
        print(self.sign_in.json, &value, &[line])?;
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_spelling_of_a_duration_is_sent_as_iso_8601() {
        for (text, sent) in [("PT1H", "PT1H"), ("1h", "PT1H"), ("90m", "PT1H30M"), ("1h 30m", "PT1H30M"), ("pt30m", "PT30M")] {
            assert_eq!(super::iso(text).as_deref(), Ok(sent), "{text}");
        }
        for wrong in ["", "1", "an hour", "-PT1H", "PT4M"] {
            assert!(super::iso(wrong).is_err(), "{wrong}");
        }
    }
}
