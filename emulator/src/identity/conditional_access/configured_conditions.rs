//! Sign-in conditions of users that the control API configured, for clients that cannot send them.

use std::{collections::HashMap, sync::Mutex};

use super::sign_in_context::SignInConditions;
use crate::http::Request;

/// Name of the request header that sets it for one request to the token endpoint, as the JSON of [`SignInConditions`].
const HEADER: &str = "x-emulator-sign-in";

/// By user principal name in lower case; under the empty name for everybody else.
#[derive(Debug, Default)]
pub struct ConfiguredConditions(Mutex<HashMap<String, SignInConditions>>);

impl ConfiguredConditions {
    /// Sets it for a user, or for all users without their own. `None` removes it.
    pub fn set(&self, user: Option<&str>, circumstances: Option<SignInConditions>) {
        let name = user.unwrap_or_default().to_lowercase();
        match circumstances {
            Some(circumstances) => self.lock().insert(name, circumstances),
            None => self.lock().remove(&name),
        };
    }

    /// The conditions configured for a user.
    pub fn of(&self, user: &str) -> SignInConditions {
        let configured = self.lock();
        configured.get(&user.to_lowercase()).or_else(|| configured.get("")).cloned().unwrap_or_default()
    }

    /// The conditions that a request states, or else those configured for the user. The error: a sentence about the header.
    pub fn of_request(&self, request: &Request, user: &str) -> Result<SignInConditions, String> {
        let Some(header) = request.header(HEADER) else { return Ok(self.of(user)) };
        let configured: SignInConditions =
            serde_json::from_str(header).map_err(|error| format!("the header {HEADER} is not understood: {error}"))?;
        match configured.problem() {
            Some(wrong) => Err(format!("the header {HEADER} is not understood: {wrong}")),
            None => Ok(configured),
        }
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, SignInConditions>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
