//! Whether a user gets a token: the one place where what the tenant thinks of a sign-in is decided, after the user has
//! proved who they are and before anything is issued. Applications are not asked here.

use super::{Resource, SignInError};
use crate::{
    call::Call,
    emulator::Emulator,
    store::{Key, Row},
};

/// A user's sign-in that is about to succeed.
#[derive(Debug)]
pub struct SignIn<'a> {
    /// Object id of the user.
    pub user: &'a Key,
    /// The user.
    pub row: &'a Row,
    /// Application id of the client that signs the user in.
    pub client: &'a str,
    /// Who will accept the token.
    pub resource: Resource,
    /// How the user proved who they are.
    pub method: Method,
    /// The request, with whatever its headers and form say of the place and the device.
    pub call: &'a Call,
}

/// How a user proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Name and password, in one request.
    Password,
    /// In a browser, elsewhere; the client waited with a device code.
    DeviceCode,
    /// Earlier; the client holds a refresh token.
    RefreshToken,
}

/// Refuses a sign-in, or lets it pass.
pub fn admitted(_emulator: &Emulator, sign_in: &SignIn<'_>) -> Result<(), SignInError> {
    tracing::debug!(
        request = %sign_in.call.id,
        user = %sign_in.user,
        client = sign_in.client,
        resource = ?sign_in.resource.applications(),
        method = ?sign_in.method,
        "a user signs in"
    );
    // Unverified: that a password is looked at before this.
    if sign_in.row.get("accountEnabled") == Some(&false.into()) {
        return Err(SignInError::disabled_user());
    }
    Ok(())
}
