//! A framework for Terraform and OpenTofu providers, plugin protocol 6.
//!
//! # Layout
//!
//! - [`plugin`]: being a plugin at all: handshake, TLS, logs, signals, shutdown. Only it touches stdout.
//! - [`value`]: dynamic values, their types, and the bytes they travel as.
//! - [`schema`]: the declaration of attributes; [`model`]: structs that stand for it, by `#[derive(Model)]`.
//! - [`resource`], [`data_source`], [`ephemeral`], [`list_resource`], [`mod@action`], [`mod@function`] and [`provider`]: what an author writes; [`entry`]: a row of the table of resources.
//! - [`warning_kind`]: findings that the provider block can silence; [`moved`]: state of other providers that is taken over.
//! - [`mod@identity`]: what names an object at its service, as Terraform stores it beside the state.
//! - [`plan`]: what will be, as a pure function; [`state`]: what is stored.
//! - `service`: the handling of each call of the protocol; [`server`]: the gRPC surface.
//! - [`docs`]: the registry's pages, from the same declarations.
//!
//! # Invariants
//!
//! Planning does no I/O. Resource code never sees an unknown value. Only `server` (and `plugin`, for its own small services) knows
//! protobuf. A handler that fails or panics never loses an object that exists.

// The derive macro names this crate by path, also in the crate's own tests.
extern crate self as framework;

pub mod action;
mod configured;
pub mod data_source;
pub mod diagnostic;
pub mod docs;
mod drift;
mod effective;
pub mod entry;
pub mod ephemeral;
pub mod function;
pub mod identity;
pub mod list_resource;
mod managed_objects;
pub mod model;
pub mod moved;
pub mod plan;
pub mod plugin;
pub mod printable;
pub mod private;
pub mod proto;
pub mod provider;
pub mod resource;
pub mod schema;
pub mod server;
mod service;
pub mod state;
pub mod timeouts;
pub mod validate;
pub mod value;
pub mod view;
pub mod warning_kind;

pub use action::{Action, ActionEntry, Progress};
pub use data_source::{DataEntry, DataSource};
pub use diagnostic::{Diagnostic, Diagnostics, Result, Severity};
pub use entry::Entry;
pub use ephemeral::{Ephemeral, EphemeralEntry};
pub use function::{Function, FunctionEntry};
pub use list_resource::{ListEntry, ListResource, Results};
pub use macros::Model;
pub use model::Model;
pub use plugin::About;
pub use provider::{Configuration, Provider};
pub use resource::{Change, Context, Existence, Limits, Resource};
pub use timeouts::Timeouts;
pub use view::View;
pub use warning_kind::WarningKind;

/// Runs a provider as a plugin of Terraform, or prints its usage if it was started by hand. The body of `main`.
pub fn serve<P: Provider>(about: &About) -> std::process::ExitCode {
    plugin::serve(about, server::Server::<P>::new)
}
