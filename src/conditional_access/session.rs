//! Session controls as Microsoft Graph writes them: an object for each control, which says whether it is on.

use serde::{Deserialize, Serialize};

use super::controls::SessionControls;

/// Both steps of a sign-in are repeated (`signInFrequencyAuthenticationType`).
pub const BOTH_AUTHENTICATIONS: &str = "primaryAndSecondaryAuthentication";
/// A sign-in is required after some time (`signInFrequencyInterval`).
pub const TIME_BASED: &str = "timeBased";
/// A sign-in is required each time.
pub const EVERY_TIME: &str = "everyTime";

/// `conditionalAccessSessionControls`.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Session {
    application_enforced_restrictions: Option<Switch>,
    cloud_app_security: Option<CloudAppSecurity>,
    disable_resilience_defaults: Option<bool>,
    persistent_browser: Option<PersistentBrowser>,
    secure_sign_in_session: Option<Switch>,
    sign_in_frequency: Option<Frequency>,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
struct Switch {
    is_enabled: bool,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
struct CloudAppSecurity {
    is_enabled: bool,
    cloud_app_security_type: Option<String>,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
struct PersistentBrowser {
    is_enabled: bool,
    mode: Option<String>,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
struct Frequency {
    is_enabled: bool,
    #[serde(rename = "type")]
    period: Option<String>,
    value: Option<i64>,
    frequency_interval: Option<String>,
    authentication_type: Option<String>,
}

impl From<SessionControls> for Session {
    fn from(controls: SessionControls) -> Self {
        let switch = |is_enabled: bool| is_enabled.then_some(Switch { is_enabled });
        let every_time = controls.sign_in_frequency_interval == EVERY_TIME;
        let frequency = (every_time || controls.sign_in_frequency.is_some()).then_some(Frequency {
            is_enabled: true,
            period: controls.sign_in_frequency_period,
            value: controls.sign_in_frequency,
            frequency_interval: Some(controls.sign_in_frequency_interval),
            authentication_type: Some(controls.sign_in_frequency_authentication_type),
        });
        Session {
            application_enforced_restrictions: switch(controls.application_enforced_restrictions_enabled),
            cloud_app_security: controls
                .cloud_app_security_policy
                .map(|policy| CloudAppSecurity { is_enabled: true, cloud_app_security_type: Some(policy) }),
            disable_resilience_defaults: Some(controls.disable_resilience_defaults),
            persistent_browser: controls.persistent_browser_mode.map(|mode| PersistentBrowser { is_enabled: true, mode: Some(mode) }),
            secure_sign_in_session: switch(controls.secure_sign_in_session_enabled),
            sign_in_frequency: frequency,
        }
    }
}

impl From<Session> for SessionControls {
    fn from(session: Session) -> Self {
        let is_on = |switch: Option<Switch>| switch.is_some_and(|switch| switch.is_enabled);
        let frequency = session.sign_in_frequency.filter(|frequency| frequency.is_enabled).unwrap_or_default();
        SessionControls {
            application_enforced_restrictions_enabled: is_on(session.application_enforced_restrictions),
            cloud_app_security_policy: session
                .cloud_app_security
                .filter(|control| control.is_enabled)
                .and_then(|control| control.cloud_app_security_type),
            disable_resilience_defaults: session.disable_resilience_defaults.unwrap_or_default(),
            persistent_browser_mode: session.persistent_browser.filter(|control| control.is_enabled).and_then(|control| control.mode),
            secure_sign_in_session_enabled: is_on(session.secure_sign_in_session),
            sign_in_frequency: frequency.value,
            sign_in_frequency_period: frequency.period,
            sign_in_frequency_authentication_type: frequency.authentication_type.unwrap_or_else(|| BOTH_AUTHENTICATIONS.to_owned()),
            // Policies from before there was an interval have none.
            sign_in_frequency_interval: frequency.frequency_interval.unwrap_or_else(|| TIME_BASED.to_owned()),
        }
    }
}
