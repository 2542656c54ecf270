//! Tests of the client as a whole, against a scripted network and with paused time: requests are counted exactly.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests may panic")]

mod batch;
mod ends;
mod outages;
mod paging;
mod rate_limiter;
mod retries;
mod retry_until;
mod secrets;
mod sign_in;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::http::Sender;
pub(crate) use super::http::script::{Line, Script, Seen, error, says, status, trouble};
use super::*;

const LOGIN: &str = "login.microsoftonline.com";
pub(crate) const GRAPH: &str = "graph.microsoft.com";
const ARM: &str = "management.azure.com";

const SECRET: &str = "correct~horse~battery";

fn settings() -> Settings {
    settings_in("11111111-1111-1111-1111-111111111111")
}

fn settings_in(tenant_id: &str) -> Settings {
    let client_id = Text::given("client_id", "22222222-2222-2222-2222-222222222222");
    let application = Application { tenant_id: tenant_id.to_owned(), client_id };
    Settings {
        way: CredentialSource::ClientSecret(application, Text::given("client_secret", SECRET)),
        considered: Arc::new([Candidate { way: "a client secret", why_not: None }]),
        environment: Environment::Public,
        metadata_host: None,
        auxiliary_tenant_ids: Vec::new(),
        subscription_id: None,
        user_agent: "test".to_owned(),
    }
}

/// A client whose token endpoint gives `token-0`, `token-1`, ... and whose services play the script.
pub(crate) fn client(play: impl Fn(usize, &Seen) -> Line + Send + Sync + 'static) -> (Arc<Client>, Arc<Script>) {
    client_with(settings(), move |nth, seen| if seen.host == LOGIN { token(nth, 3599) } else { play(nth, seen) })
}

fn client_with(settings: Settings, play: impl Fn(usize, &Seen) -> Line + Send + Sync + 'static) -> (Arc<Client>, Arc<Script>) {
    let script = Script::new(play);
    (Client::over(settings, Sender::new(Box::new(Arc::clone(&script)))).unwrap(), script)
}

/// A client whose services say these lines, one after the other; the last one again and again.
fn lines(lines: Vec<Line>) -> (Arc<Client>, Arc<Script>) {
    client(move |nth, _| lines[nth.min(lines.len() - 1)].clone())
}

fn token(nth: usize, expires_in: u64) -> Line {
    says(200, json!({"token_type": "Bearer", "expires_in": expires_in, "access_token": format!("token-{nth}")}))
}

pub(crate) fn operation_context(seconds: u64) -> OperationContext {
    OperationContext::new(Duration::from_secs(seconds), CancellationToken::new())
}

pub(crate) fn hour() -> OperationContext {
    operation_context(3600)
}

fn group() -> Value {
    json!({"id": "g"})
}

/// Handlers run on any thread of the runtime; this only has to compile.
#[tokio::test(start_paused = true)]
async fn futures_can_move_between_threads() {
    fn movable<F: Future + Send>(future: F) -> F {
        future
    }
    let (client, _) = lines(vec![says(200, json!({"value": [], "responses": []}))]);
    let (request, operation_context) = (Request::get("/groups"), hour());
    movable(client.endpoints(&operation_context)).await.unwrap();
    movable(client.send(&request, &operation_context)).await.unwrap();
    movable(client.list::<Value>(&request, &operation_context)).await.unwrap();
    assert_eq!(movable(client.batch(std::slice::from_ref(&request), &operation_context)).await.len(), 1);
    movable(client.retry_until_found(Api::Graph, None, &operation_context, || client.send(&request, &operation_context))).await.unwrap();
}
