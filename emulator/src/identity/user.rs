//! Tokens for users: the grants `password` and `refresh_token`.

use serde_json::Value;

use super::{
    admission::{self, Method, SECOND_FACTOR, SignIn},
    application,
    clients::Client,
    endpoint::TokenRequest,
    errors::SignInError,
    resource::TokenAudience,
    tokens::{self, Issued, User},
};
use crate::{caller::TokenError, directory::users, identity::IdentityPlatform, store::Row};
use jiff::Timestamp;

/// Answers the grant `password`.
pub fn by_password(request: &TokenRequest<'_>, client: &Client) -> Result<Issued, SignInError> {
    let proof = application::authenticate_client(request, client)?;
    let asked = request.asked()?;
    let (name, password) = (request.required("username")?, request.required("password")?);
    let user = with_password(request.platform, name, password)?;
    let user = admit(request, client, &asked, user, Method::Password)?;
    tokens::for_user(request, &asked, client, proof, &user)
}

/// Answers the grant `refresh_token`.
pub fn by_refresh_token(request: &TokenRequest<'_>, client: &Client) -> Result<Issued, SignInError> {
    let proof = application::authenticate_client(request, client)?;
    let mut asked = request.asked()?;
    // The old token goes on being good, but libraries expect another.
    asked.offline = true;
    let now = Timestamp::now().as_second();
    let grant = request.platform.signer.verify_grant(request.required("refresh_token")?, now).map_err(|refused| match refused {
        TokenError::Malformed => SignInError::bad_refresh_token(),
        TokenError::Expired(_) => SignInError::refresh_token_expired(),
    })?;
    if !client.shares_refresh_tokens_with(&grant.appid) {
        return Err(SignInError::bad_refresh_token());
    }
    let row =
        request.platform.database.read().latest().get(users::TABLE, &grant.oid).ok_or_else(|| SignInError::unknown_user(&grant.oid))?;
    if sessions_revoked(&row) != grant.session {
        return Err(SignInError::refresh_token_revoked());
    }
    let user = User { key: grant.oid.into(), row, auth_time: grant.auth_time, session: grant.session, amr: grant.amr };
    let user = admit(request, client, &asked, user, Method::RefreshToken)?;
    tokens::for_user(request, &asked, client, proof, &user)
}

/// The user of that name, if this is their password and they need not change it first.
pub fn with_password(platform: &IdentityPlatform, name: &str, password: &str) -> Result<User, SignInError> {
    let found = named(platform, name)?;
    let now = platform.database.now().as_second();
    if platform.lockout.is_locked(&found.key, now) {
        return Err(SignInError::locked_user());
    }
    let right = users::is_password(platform.database.read().latest(), name, password) == Some(true);
    platform.lockout.count(&found.key, right, now);
    if !right {
        return Err(SignInError::wrong_password());
    }
    if users::must_change_password(&found.row) {
        return Err(SignInError::password_expired());
    }
    Ok(User { amr: vec!["pwd".to_owned()], ..found })
}

/// The user of that name, as signed in just now by means that are not recorded.
pub fn named(platform: &IdentityPlatform, name: &str) -> Result<User, SignInError> {
    let store = platform.database.read();
    let view = store.latest();
    let (key, row) = users::named(view, name).ok_or_else(|| SignInError::unknown_user(name))?;
    let session = sessions_revoked(&row);
    Ok(User { key, row, auth_time: platform.database.now().as_second(), session, amr: Vec::new() })
}

/// Asks the tenant whether the user gets the token. The token says whether a second factor was used.
pub fn admit(
    request: &TokenRequest<'_>,
    client: &Client,
    asked: &TokenAudience,
    mut user: User,
    method: Method,
) -> Result<User, SignInError> {
    let sign_in = SignIn {
        user: &user.key,
        row: &user.row,
        client: client.app_id(),
        resource: asked.resource,
        contexts: &asked.wanted.contexts,
        method,
        amr: &user.amr,
        auth_time: user.auth_time,
        request: request.http,
    };
    let mfa = admission::check_sign_in(request.platform, &sign_in)?;
    if mfa && !user.amr.iter().any(|method| method == SECOND_FACTOR) {
        user.amr.push(SECOND_FACTOR.to_owned());
    }
    Ok(user)
}

/// How often the sessions of a user were revoked. Instants would not do: the tenant's clock can stand still.
fn sessions_revoked(row: &Row) -> u64 {
    row.get(users::SESSIONS_REVOKED).and_then(Value::as_u64).unwrap_or_default()
}
