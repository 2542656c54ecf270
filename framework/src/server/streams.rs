//! The two calls that answer with a stream: the results of a list resource, and the progress of an action.
//!
//! The work is a task of its own: the body of a stream is polled by the connection and dropped with it, and an action must go on when nobody listens.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::convert::{diagnostic, diagnostics, from_wire, to_wire};
use super::identity;
use crate::diagnostic::{Diagnostic, Result as Outcome};
use crate::list_resource::{Item, Wanted};
use crate::plugin::catching;
use crate::printable::{printable, printable_line};
use crate::proto::tfplugin6 as proto;
use crate::proto::tfplugin6::invoke_action::event;
use crate::provider::Provider;
use crate::schema::Object;
use crate::service::Service;

/// So many events wait for Terraform.
const BUFFERED_EVENTS: usize = 64;

/// After so long without a message the user is shown that an action is still running: Terraform shows nothing by itself.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// A stream of events.
pub(super) type Events<T> = ReceiverStream<Result<T, Status>>;

/// Where a task puts events, and the stream that it answers.
pub(super) fn channel<T>() -> (mpsc::Sender<Result<T, Status>>, Events<T>) {
    let (sender, receiver) = mpsc::channel(BUFFERED_EVENTS);
    (sender, ReceiverStream::new(receiver))
}

/// Lists, and sends each result, then warnings or an error.
pub(super) async fn list<P: Provider>(
    service: Arc<Service<P>>,
    request: proto::list_resource::Request,
    events: mpsc::Sender<Result<proto::list_resource::Event, Status>>,
) {
    let work = async {
        let object = &service.entry(&request.type_name)?.object;
        let config = from_wire(request.config.as_ref(), &service.list_entry(&request.type_name)?.object.ty())?;
        let limit = u64::try_from(request.limit).unwrap_or_default();
        let wanted = Wanted { include_resource: request.include_resource_object, limit };
        let (items, mut listed) = mpsc::channel(1);
        let send = async {
            while let Some(item) = listed.recv().await {
                if events.send(Ok(event_of(object, item)?)).await.is_err() {
                    break;
                }
            }
            // The listing ends when nobody takes its results.
            drop(listed);
            Ok(())
        };
        let (done, sent) = tokio::join!(service.list(&request.type_name, config, wanted, items), send);
        sent.and(done)
    };
    let done = catching(work).await.unwrap_or_else(|said| Err(panicked(&said)));
    let last = match done {
        Ok(warnings) if warnings.is_empty() => return,
        Ok(warnings) => diagnostics(&warnings),
        Err(why) => {
            tracing::debug!(summary = why.summary, "list refused");
            vec![diagnostic(&why)]
        }
    };
    let _ = events.send(Ok(proto::list_resource::Event { diagnostic: last, ..Default::default() })).await;
}

fn event_of(object: &Object, item: Item) -> Outcome<proto::list_resource::Event> {
    Ok(proto::list_resource::Event {
        identity: Some(identity::message(object, &item.identity)?),
        display_name: printable_line(&item.display_name),
        resource_object: item.object.map(|value| to_wire(&value, &object.ty())).transpose()?,
        diagnostic: Vec::new(),
    })
}

/// Does an action: sends its messages, and once what came of it. After an interruption no message is sent: Terraform does not listen to a second one, and
/// ends with a panic.
pub(super) async fn invoke<P: Provider>(
    service: Arc<Service<P>>,
    request: proto::invoke_action::Request,
    stop: CancellationToken,
    events: mpsc::Sender<Result<proto::invoke_action::Event, Status>>,
) {
    let (messages, mut said) = mpsc::unbounded_channel::<String>();
    let report = async {
        let began = tokio::time::Instant::now();
        loop {
            let message = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                message = said.recv() => match message {
                    Some(message) => message,
                    None => break,
                },
                () = tokio::time::sleep(HEARTBEAT) => format!("Still running after {} seconds.", began.elapsed().as_secs()),
            };
            let message = printable(&message);
            if events.send(Ok(event_with(event::Type::Progress(event::Progress { message })))).await.is_err() {
                break;
            }
        }
    };
    let work = async {
        let config = from_wire(request.config.as_ref(), &service.action_entry(&request.action_type)?.object.ty())?;
        Ok(service.invoke(&request.action_type, config, messages).await)
    };
    let (done, ()) = tokio::join!(catching(work), report);
    let found = match done {
        Ok(Ok(found)) => found,
        Ok(Err(why)) => vec![why],
        Err(said) => vec![panicked(&said)],
    };
    let _ = events.send(Ok(event_with(event::Type::Completed(event::Completed { diagnostics: diagnostics(&found) })))).await;
}

fn event_with(of: event::Type) -> proto::invoke_action::Event {
    proto::invoke_action::Event { r#type: Some(of) }
}

fn panicked(said: &str) -> Diagnostic {
    Diagnostic::error("The provider failed", format!("This is a bug of the provider: {said}."))
}
