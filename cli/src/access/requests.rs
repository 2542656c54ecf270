//! `aksaccess requests`, `approve`, `deny` and `revoke-sessions`.

use std::time::Duration;

use clap::Args;
use provider::azure::Request;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Record, could_not, print,
    session::{ACTIVATIONS, GroupSummary, SESSIONS, Session, SignIn},
};
use crate::failure::Failure;

const OWN_REQUESTS: &str = "/identityGovernance/privilegedAccess/group/assignmentScheduleRequests/filterByCurrentUser(on='principal')";
const REQUESTS_TO_APPROVE: &str =
    "/identityGovernance/privilegedAccess/group/assignmentScheduleRequests/filterByCurrentUser(on='approver')";
const STAGES: &str = "/identityGovernance/privilegedAccess/group/assignmentApprovals/{id}/stages";
const STAGE: &str = "/identityGovernance/privilegedAccess/group/assignmentApprovals/{id}/stages/{stage}";

/// How long anything may take: signing in in a browser, above all.
const TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// `aksaccess requests`
#[derive(Debug, Args)]
pub struct Requests {
    /// Mine that are done as well, as long as the service keeps them.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    sign_in: SignIn,
}

/// `aksaccess approve`
#[derive(Debug, Args)]
pub struct Approve {
    /// Request: its id, as `aksaccess requests` shows it.
    #[arg(value_name = "ID")]
    id: String,
    /// Why.
    #[arg(long, default_value = "Approved.")]
    justification: String,
    #[command(flatten)]
    sign_in: SignIn,
}

/// `aksaccess deny`
#[derive(Debug, Args)]
pub struct Deny {
    /// Request: its id, as `aksaccess requests` shows it.
    #[arg(value_name = "ID")]
    id: String,
    /// Why.
    #[arg(long)]
    justification: String,
    #[command(flatten)]
    sign_in: SignIn,
}

/// `aksaccess revoke-sessions`
#[derive(Debug, Args)]
pub struct RevokeSessions {
    /// User: their user principal name or object id.
    #[arg(value_name = "USER")]
    user: String,
    #[command(flatten)]
    sign_in: SignIn,
}

impl Requests {
    /// Does it. The number is the exit code.
    pub async fn run(self) -> Result<u8, Failure> {
        let session = self.sign_in.session(ACTIVATIONS, TIMEOUT)?;
        session.me().await?;
        let listed = async |template| session.list::<Record>(&Request::get(template)).await.map_err(could_not("list the requests"));
        let mine = listed(OWN_REQUESTS).await?.into_iter().filter(|record| self.all || record.state().is_to_come());
        let mut all: Vec<(&str, Record)> = mine.map(|record| ("mine", record)).collect();
        all.extend(
            listed(REQUESTS_TO_APPROVE)
                .await?
                .into_iter()
                .filter(|record| record.state().is_in_progress())
                .map(|record| ("to-decide", record)),
        );
        // The oldest first.
        all.sort_by(|(_, one), (_, two)| one.created_date_time.cmp(&two.created_date_time));
        let mut ids: Vec<&str> = all.iter().flat_map(|(_, record)| [record.group_id.as_str(), record.principal_id.as_str()]).collect();
        ids.sort_unstable();
        ids.dedup();
        let names = session.names(&ids).await;
        let values: Vec<Value> = all.iter().map(|(whose, record)| value(whose, record, &names)).collect();
        let lines: Vec<Vec<String>> = all.iter().map(|(whose, record)| request_lines(whose, record, &names)).collect();
        print(self.sign_in.json, &Value::Array(values), &lines)?;
        Ok(0)
    }
}

fn name<'n>(names: &'n [GroupSummary], id: &'n str) -> &'n str {
    names.iter().find(|one| one.id.eq_ignore_ascii_case(id)).map_or(id, GroupSummary::name)
}

fn value(whose: &str, record: &Record, names: &[GroupSummary]) -> Value {
    json!({
        "id": record.id, "whose": whose, "status": record.status, "access": record.access_id,
        "groupId": record.group_id, "group": name(names, &record.group_id),
        "principalId": record.principal_id, "principal": name(names, &record.principal_id),
        "createdDateTime": record.created_date_time, "duration": record.length(), "justification": record.justification,
    })
}

fn request_lines(whose: &str, record: &Record, names: &[GroupSummary]) -> Vec<String> {
    let (group, principal) = (name(names, &record.group_id), name(names, &record.principal_id));
    let justification = record.justification.as_deref().unwrap_or_default();
    let fields = [&record.id, whose, &record.status, principal, group, &record.access_id, record.length(), justification];
    fields.iter().map(|field| if field.is_empty() { "-".to_owned() } else { (*field).to_owned() }).collect()
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stage {
    id: String,
    #[serde(default)]
    assigned_to_me: Option<bool>,
    status: Option<String>,
}

/// Decides on a request.
async fn decide(id: &str, approve: bool, justification: &str, sign_in: &SignIn) -> Result<u8, Failure> {
    let session = sign_in.session(ACTIVATIONS, TIMEOUT)?;
    session.me().await?;
    let (verb, result, status) = if approve { ("approve", "Approve", "Approved") } else { ("deny", "Deny", "Denied") };
    let what = || could_not(format!("{verb} the request {id}"));
    let stage = open_stage(&session, id).await.map_err(what())?;
    let Some(stage) = stage else {
        return Err(Failure::new(format!("the request {id} does not wait for you: it has been decided, or others decide on it")));
    };
    let body = json!({"reviewResult": result, "justification": justification});
    session.send_without_answer(&Request::patch(STAGE).with("id", id).with("stage", &stage).json(&body)).await.map_err(what())?;
    print(sign_in.json, &json!({"id": id, "status": status}), &[vec![status.to_owned(), id.to_owned()]])?;
    Ok(0)
}

/// The stage of an approval that waits for the signed-in user.
async fn open_stage(session: &Session, id: &str) -> Result<Option<String>, provider::azure::Error> {
    let stages: Vec<Stage> = session.list(&Request::get(STAGES).with("id", id)).await?;
    let is_open = |stage: &&Stage| {
        let status = stage.status.as_deref().unwrap_or("InProgress");
        stage.assigned_to_me != Some(false) && ["InProgress", "Initializing"].contains(&status)
    };
    Ok(stages.iter().find(is_open).map(|stage| stage.id.clone()))
}

impl Approve {
    /// Does it. The number is the exit code.
    pub async fn run(self) -> Result<u8, Failure> {
        decide(&self.id, true, &self.justification, &self.sign_in).await
    }
}

impl Deny {
    /// Does it. The number is the exit code.
    pub async fn run(self) -> Result<u8, Failure> {
        decide(&self.id, false, &self.justification, &self.sign_in).await
    }
}

impl RevokeSessions {
    /// Does it. The number is the exit code.
    pub async fn run(self) -> Result<u8, Failure> {
        let session = self.sign_in.session(SESSIONS, TIMEOUT)?;
        let request = Request::post("/users/{id}/revokeSignInSessions").with("id", &self.user).repeatable();
        session.send_without_answer(&request).await.map_err(could_not(format!("end the sessions of {}", self.user)))?;
        let value = json!({"user": self.user, "status": "Revoked"});
        print(self.sign_in.json, &value, &[vec!["Revoked".to_owned(), self.user.clone()]])?;
        Ok(0)
    }
}
