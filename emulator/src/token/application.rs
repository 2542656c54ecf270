//! Tokens for applications on their own behalf: the grant `client_credentials`.

use serde_json::Value;

use super::{
    clients::Client,
    endpoint::Request,
    errors::SignInError,
    tokens::{self, Issued},
};
use crate::store::Row;

/// Property of a service principal's row that holds its secrets; no answer shows it.
pub const SECRETS: &str = "~secrets";
/// The application permissions that it was granted.
pub const PERMISSIONS: &str = "~permissions";

/// How an application proved who it is, as `appidacr` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Not at all: a public client.
    None,
    /// With a secret.
    Secret,
}

impl Proof {
    /// `appidacr`
    pub fn code(self) -> &'static str {
        match self {
            Self::None => "0",
            Self::Secret => "1",
        }
    }
}

/// Answers the grant.
pub fn issue(request: &Request<'_>, client: &Client) -> Result<Issued, SignInError> {
    let Client::Registered(key, row) = client else { return Err(SignInError::no_credential()) };
    let proof = prove(request, client)?;
    let asked = request.asked()?;
    if !asked.scopes.is_empty() {
        return Err(SignInError::invalid_scope(request.field("scope").unwrap_or_default()));
    }
    tokens::for_application(request, &asked, client.app_id(), proof, key, permissions(row))
}

/// Lets an application prove who it is. Public clients cannot, and need not.
pub fn prove(request: &Request<'_>, client: &Client) -> Result<Proof, SignInError> {
    let Client::Registered(_, row) = client else { return Ok(Proof::None) };
    let secret = request.secret().ok_or_else(SignInError::no_credential)?;
    let right = strings(row, SECRETS).any(|known| known == secret);
    if right { Ok(Proof::Secret) } else { Err(SignInError::wrong_secret(client.app_id())) }
}

/// The application permissions of a service principal.
pub fn permissions(row: &Row) -> Vec<String> {
    strings(row, PERMISSIONS).map(str::to_owned).collect()
}

fn strings<'r>(row: &'r Row, property: &str) -> impl Iterator<Item = &'r str> {
    row.get(property).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}
