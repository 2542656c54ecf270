//! Sign-in with a device code: the client shows a code, a person enters it in a browser, the client polls.
//! Codes live in memory: they are good for a quarter of an hour.

use std::{collections::HashMap, sync::Mutex};

use axum::http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    admission::Method,
    application,
    clients::Client,
    endpoint::{ADFS, TokenRequest, Version, tenant_refused},
    errors::SignInError,
    resource::TokenAudience,
    tokens::{self, Issued, User},
    user,
};
use crate::{
    directory::users,
    http::{Request, Response},
    identity::IdentityPlatform,
    tenant::ids,
};
use jiff::Timestamp;

/// How long a code is good for, in seconds.
const LIFETIME: i64 = 900;

/// The codes that were given out.
#[derive(Debug, Default)]
pub struct DeviceCodes(Mutex<HashMap<String, DeviceCode>>);

#[derive(Debug, Clone)]
struct DeviceCode {
    user_code: String,
    app_id: String,
    asked: TokenAudience,
    expires: i64,
    decision: Option<Decision>,
}

/// The decision about a device code.
#[derive(Debug, Clone)]
pub enum Decision {
    /// This user signs in.
    By(User),
    /// Nobody does.
    Declined,
}

/// A code that waits, for the control API.
#[derive(Debug, Serialize)]
pub struct Pending {
    /// The code that the person types.
    pub user_code: String,
    /// Application id of the client.
    pub client_id: String,
    /// The audience of the token.
    pub audience: String,
}

impl DeviceCodes {
    /// The codes that nobody has decided on.
    pub fn pending(&self, now: i64) -> Vec<Pending> {
        let mut out: Vec<Pending> = self
            .lock(now)
            .values()
            .filter(|one| one.decision.is_none())
            .map(|one| Pending { user_code: one.user_code.clone(), client_id: one.app_id.clone(), audience: one.asked.audience.clone() })
            .collect();
        out.sort_by(|one, two| one.user_code.cmp(&two.user_code));
        out
    }

    /// Decides on a code. Whether there is such a code that waits.
    pub fn decide(&self, user_code: &str, decision: Decision, now: i64) -> bool {
        let mut codes = self.lock(now);
        let found = codes.values_mut().find(|one| one.decision.is_none() && one.user_code.eq_ignore_ascii_case(user_code.trim()));
        match found {
            Some(waiting) => {
                waiting.decision = Some(decision);
                true
            }
            None => false,
        }
    }

    /// Forgets all codes.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clear();
    }

    fn lock(&self, now: i64) -> std::sync::MutexGuard<'_, HashMap<String, DeviceCode>> {
        let mut codes = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // An hour longer, in which a client gets the error that its code has expired.
        codes.retain(|_, one| one.expires + 3600 > now);
        codes
    }
}

/// Answers `POST /{tenant}/oauth2/v2.0/devicecode`.
pub fn begin(platform: &IdentityPlatform, tenant_name: &str, version: Version, request: &Request) -> Response {
    let request = TokenRequest::new(platform, version, request);
    match started(&request, tenant_name) {
        Ok(body) => Response::json(StatusCode::OK, body),
        Err(refusal) => refusal.respond(Timestamp::now()),
    }
}

fn started(request: &TokenRequest<'_>, tenant_name: &str) -> Result<Value, SignInError> {
    if !ids::is_this(tenant_name) && !ids::is_any(tenant_name) && tenant_name != ADFS {
        return Err(tenant_refused(tenant_name));
    }
    let client = request.client()?;
    let asked = request.asked()?;
    let platform = request.platform;
    let now = Timestamp::now().as_second();
    let (device_code, code) = (Uuid::new_v4().simple().to_string(), Uuid::new_v4().simple().to_string().to_uppercase());
    let user_code: String = code.chars().take(9).collect();
    let waiting =
        DeviceCode { user_code: user_code.clone(), app_id: client.app_id().to_owned(), asked, expires: now + LIFETIME, decision: None };
    platform.device_codes.lock(now).insert(device_code.clone(), waiting);
    let page = format!("https://{}/devicelogin", request.http.host);
    let mut body = json!({
        "user_code": user_code,
        "device_code": device_code,
        "verification_uri": page,
        "expires_in": LIFETIME,
        // The service says 5. Where everything else is instant, nobody waits for that either.
        "interval": if platform.lags { 5 } else { 1 },
        "message": format!("To sign in, use a web browser to open the page {page} and enter the code {user_code} to authenticate."),
    });
    if let (Version::One, Some(fields)) = (request.version, body.as_object_mut()) {
        fields.insert("verification_url".into(), json!(page));
        for name in ["expires_in", "interval"] {
            let text = fields.get(name).map(ToString::to_string);
            fields.insert(name.into(), json!(text));
        }
    }
    Ok(body)
}

/// Answers the grant of a client that polls.
pub fn redeem(request: &TokenRequest<'_>, client: &Client) -> Result<Issued, SignInError> {
    let proof = application::authenticate_client(request, client)?;
    let code = request.field("device_code").or_else(|| request.field("code")).ok_or_else(|| SignInError::missing_field("device_code"))?;
    let now = Timestamp::now().as_second();
    let waiting = request.platform.device_codes.lock(now).get(code).cloned().ok_or_else(SignInError::bad_device_code)?;
    if waiting.app_id != client.app_id() {
        return Err(SignInError::bad_device_code());
    }
    if waiting.expires <= now {
        return Err(SignInError::device_code_expired());
    }
    let signed_in = match waiting.decision {
        None => return Err(SignInError::authorization_pending()),
        Some(Decision::Declined) => return Err(SignInError::authorization_declined()),
        Some(Decision::By(user)) => user,
    };
    // A code is good once, whatever comes of it.
    request.platform.device_codes.lock(now).remove(code);
    // As the user is now: somebody may have disabled the account meanwhile.
    let row = request.platform.database.read().latest().get(users::TABLE, &signed_in.key);
    let user = User { row: row.ok_or_else(|| SignInError::unknown_user(&signed_in.key))?, ..signed_in };
    // Libraries send them with the code's request, or with this one, or with both.
    let mut asked = waiting.asked;
    asked.wanted.add(request.wanted()?);
    let user = user::admit(request, client, &asked, user, Method::DeviceCode)?;
    tokens::for_user(request, &asked, client, proof, &user)
}
