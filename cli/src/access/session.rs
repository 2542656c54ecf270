//! Who signs in, and where: the same cloud options as the provider's, and the ways of people.

use std::{sync::Arc, time::Duration};

use clap::{Args, ValueEnum};
use provider::azure::{
    Caller, Challenge, Client, CredentialSource, DeviceCode, Environment, Error, OperationContext, Request, Settings, User, UserProof,
    odata_literal,
};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::could_not;
use crate::failure::Failure;

/// Application id of Microsoft Graph Command Line Tools, a public client of Microsoft's own that asks for the permissions
/// it needs. The Azure CLI's token has none for Privileged Identity Management.
const CLIENT_ID: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";

/// What is needed to ask, decide and give back.
pub const ACTIVATIONS: &[&str] = &["PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup", "GroupMember.Read.All"];
/// What is needed to end somebody's sessions.
pub const SESSIONS: &[&str] = &["User.RevokeSessions.All"];

/// Options of the sign-in.
#[derive(Debug, Args)]
pub struct SignIn {
    /// Directory (tenant) to sign in to: its id or one of its domain names. ARM_TENANT_ID.
    #[arg(long, value_name = "ID")]
    tenant_id: Option<String>,
    /// Cloud: public, usgovernment, usgovernmentl5 or china. ARM_ENVIRONMENT.
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// Host, with an optional port, whose /metadata/endpoints names the endpoints of another cloud, such as the emulator.
    /// ARM_METADATA_HOSTNAME.
    #[arg(long, value_name = "HOST")]
    metadata_host: Option<String>,
    /// Application (client) id of the public client to sign in with. AKSACCESS_CLIENT_ID; without it, Microsoft Graph
    /// Command Line Tools.
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// How to sign in. Without it: with AKSACCESS_ACCESS_TOKEN (for Microsoft Graph), else with AZURE_USERNAME and
    /// AZURE_PASSWORD, whichever is set, else with a device code.
    #[arg(long, value_enum)]
    sign_in: Option<Method>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// How to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Method {
    /// In a browser, on whatever machine, with a code that is shown.
    DeviceCode,
    /// The account that is signed in to the Azure CLI. Its token lacks the permissions for Privileged Identity Management, unless
    /// an administrator has granted them.
    AzureCli,
    /// With AZURE_USERNAME and AZURE_PASSWORD.
    Password,
    /// With the token for Microsoft Graph in AKSACCESS_ACCESS_TOKEN.
    Token,
}

/// A signed-in person.
pub struct Session {
    client: Arc<Client>,
    budget: OperationContext,
}

/// The id and the names of a group or user.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupSummary {
    /// Object id.
    pub id: String,
    /// Its name.
    pub display_name: Option<String>,
    /// The name of a user that they sign in with.
    pub user_principal_name: Option<String>,
}

impl GroupSummary {
    /// The name to display.
    pub fn name(&self) -> &str {
        self.user_principal_name.as_deref().or(self.display_name.as_deref()).unwrap_or(&self.id)
    }
}

/// A variable of the environment that says something.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl SignIn {
    /// Signs in when something is asked for first; the work may take so long.
    pub fn session(&self, permissions: &'static [&'static str], time: Duration) -> Result<Session, Failure> {
        self.challenged(permissions, time, None)
    }

    /// Signs in once more, with what a service wants the token to say; `None` if who is signed in elsewhere has to do that there.
    pub fn step_up(&self, permissions: &'static [&'static str], time: Duration, challenge: Challenge) -> Option<Result<Session, Failure>> {
        let here = matches!(self.method(), Method::DeviceCode | Method::Password);
        here.then(|| self.challenged(permissions, time, Some(challenge)))
    }

    fn challenged(&self, permissions: &'static [&'static str], time: Duration, challenge: Option<Challenge>) -> Result<Session, Failure> {
        let given = |argument: &Option<String>, name: &str| argument.clone().filter(|value| !value.is_empty()).or_else(|| variable(name));
        let environment = given(&self.environment, "ARM_ENVIRONMENT").unwrap_or_else(|| "public".into());
        let environment = Environment::named(&environment).ok_or_else(|| {
            Failure::new(format!("there is no environment {environment:?}: it is one of {}", Environment::NAMES.join(", ")))
        })?;
        let tenant_id = given(&self.tenant_id, "ARM_TENANT_ID");
        let client_id = given(&self.client_id, "AKSACCESS_CLIENT_ID").unwrap_or_else(|| CLIENT_ID.into());
        let user = |proof| {
            let tenant_id = tenant_id.clone().unwrap_or_else(|| "organizations".into());
            CredentialSource::User(User { tenant_id, client_id, permissions, proof, challenge })
        };
        let way = match self.method() {
            Method::DeviceCode => user(UserProof::DeviceCode(print_device_code)),
            Method::AzureCli => CredentialSource::AzureCli { tenant_id },
            Method::Password => {
                let username = required_variable("AZURE_USERNAME")?;
                user(UserProof::Password { username, password: SecretString::from(required_variable("AZURE_PASSWORD")?) })
            }
            Method::Token => CredentialSource::Token(SecretString::from(required_variable("AKSACCESS_ACCESS_TOKEN")?)),
        };
        let settings = Settings {
            way,
            considered: Arc::default(),
            environment,
            metadata_host: given(&self.metadata_host, "ARM_METADATA_HOSTNAME"),
            auxiliary_tenant_ids: Vec::new(),
            subscription_id: None,
            user_agent: format!("aksaccess/{}", env!("CARGO_PKG_VERSION")),
        };
        let client = Client::new(settings).map_err(could_not("sign in"))?;
        Ok(Session { client, budget: OperationContext::new(time, CancellationToken::new()) })
    }

    fn method(&self) -> Method {
        let is_set = |name| variable(name).is_some();
        self.sign_in.unwrap_or_else(|| {
            if is_set("AKSACCESS_ACCESS_TOKEN") {
                Method::Token
            } else if is_set("AZURE_USERNAME") && is_set("AZURE_PASSWORD") {
                Method::Password
            } else {
                Method::DeviceCode
            }
        })
    }
}

fn required_variable(name: &str) -> Result<String, Failure> {
    variable(name).ok_or_else(|| Failure::new(format!("{name} is not set, and needed to sign in this way")))
}

/// The code goes where no script reads.
fn print_device_code(code: &DeviceCode) {
    crate::terminal::message(format_args!("aksaccess: {}", code.message));
}

impl Session {
    /// The object id of the signed-in user.
    pub async fn me(&self) -> Result<String, Failure> {
        let caller: Caller = self.client.caller(&self.budget).await.map_err(could_not("sign in"))?;
        if !caller.is_user() {
            return Err(Failure::new("an application is signed in: only people can do this"));
        }
        caller.object_id.ok_or_else(|| Failure::new("the token does not say whose it is"))
    }

    /// Sends a request and reads the answer.
    pub async fn send<T: serde::de::DeserializeOwned>(&self, request: &Request) -> Result<T, Error> {
        self.client.send(request, &self.budget).await?.json()
    }

    /// Sends a request whose answer has no body.
    pub async fn send_without_answer(&self, request: &Request) -> Result<(), Error> {
        self.client.send(request, &self.budget).await.map(|_| ())
    }

    /// All of a collection.
    pub async fn list<T: serde::de::DeserializeOwned>(&self, request: &Request) -> Result<Vec<T>, Error> {
        self.client.list(request, &self.budget).await
    }

    /// The time by the service's clock.
    pub fn now(&self) -> jiff::Timestamp {
        self.client.now(provider::azure::Api::Graph)
    }

    /// The group of that id or name.
    pub async fn group(&self, wanted: &str) -> Result<GroupSummary, Failure> {
        let what = format!("find the group {wanted:?}");
        if uuid::Uuid::try_parse(wanted).is_ok() {
            let request = Request::get("/groups/{id}").with("id", wanted).query("$select", "id,displayName");
            return match self.send(&request).await {
                Ok(found) => Ok(found),
                // A user without permission to read a group can still be eligible for it.
                Err(error) if error.is_forbidden() => {
                    Ok(GroupSummary { id: wanted.to_owned(), display_name: None, user_principal_name: None })
                }
                Err(error) => Err(could_not(what)(error)),
            };
        }
        let request = Request::get("/groups")
            .query("$filter", format!("displayName eq {}", odata_literal(wanted)))
            .query("$select", "id,displayName");
        let found: Vec<GroupSummary> = self.list(&request).await.map_err(could_not(&what))?;
        match found.as_slice() {
            [one] => Ok(one.clone()),
            [] => Err(Failure::new(format!("there is no group {wanted:?}"))),
            several => {
                let ids: Vec<&str> = several.iter().map(|one| one.id.as_str()).collect();
                Err(Failure::new(format!("there are several groups {wanted:?}: give one of their ids, {}", ids.join(", "))))
            }
        }
    }

    /// Display names by object id; empty without the permission to read them.
    pub async fn names(&self, ids: &[&str]) -> Vec<GroupSummary> {
        if ids.is_empty() {
            return Vec::new();
        }
        let request = Request::post("/directoryObjects/getByIds")
            .json(&json!({"ids": ids}))
            .query("$select", "id,displayName,userPrincipalName")
            .reads();
        self.list(&request).await.unwrap_or_default()
    }
}
