//! The context of a sign-in: identity, target and conditions.

use std::net::IpAddr;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    directory::{principals::groups_of, roles},
    identity::conditional_access::values,
    store::{Key, Row, View},
};

/// A sign-in as policies see it. What is `None` is not known, and a policy that asks for it does not apply.
#[derive(Debug, Clone)]
pub struct SignInContext {
    /// The identity that signs in.
    pub who: SignInIdentity,
    /// To what.
    pub target: SignInTarget,
    /// Kind of the client application.
    pub client_app: Option<String>,
    /// Platform of the device; empty when the service does not know it.
    pub platform: Option<String>,
    /// Address of the client.
    pub address: Option<IpAddr>,
    /// Country of the client, two letters; empty when the service does not know it.
    pub country: Option<String>,
    /// Properties of the device, as `deviceInfo` has them; empty for one that is not registered.
    pub device: Option<Map<String, Value>>,
    /// Risk of the sign-in.
    pub sign_in_risk: Option<String>,
    /// Risk of the user.
    pub user_risk: Option<String>,
    /// Risk of the service principal.
    pub service_principal_risk: Option<String>,
    /// Insider risk of the user.
    pub insider_risk: Option<String>,
    /// How the sign-in came from another device, or `none`.
    pub flow: Option<String>,
}

/// The identity that signs in.
#[derive(Debug, Clone)]
pub enum SignInIdentity {
    /// A user.
    User {
        /// Object id.
        id: Key,
        /// Which kind of guest or external user, if one.
        guest: Option<String>,
        /// The tenant that an external user is from, if known.
        home: Option<String>,
    },
    /// An application of this tenant, by object id.
    ServicePrincipal(Key),
}

/// The target of a sign-in: applications, a user action or an authentication context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInTarget {
    /// Applications, by application id; the sign-in is for all of them at once.
    Applications(Vec<String>),
    /// Registration of something, as policies name it.
    UserAction(String),
    /// The resources that an authentication context protects.
    Context(String),
}

impl SignInIdentity {
    /// A user as the directory has them.
    pub fn user(id: Key, row: &Row) -> Self {
        let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
        let external = text("userPrincipalName").contains("#EXT#");
        let guest = match (text("userType"), external) {
            ("Guest", true) => Some("b2bCollaborationGuest"),
            ("Guest", false) => Some("internalGuest"),
            (_, true) => Some("b2bCollaborationMember"),
            (_, false) => None,
        };
        Self::User { id, guest: guest.map(str::to_owned), home: None }
    }
}

/// The conditions of a sign-in, as tests and scripts configure them. What is not configured is as on a computer that nobody
/// manages, without any risk.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignInConditions {
    /// Address of the client; `127.0.0.1`.
    pub ip_address: Option<IpAddr>,
    /// Country of the client, two letters.
    pub country: Option<String>,
    /// Platform of the device.
    pub platform: Option<String>,
    /// Kind of the client application; `mobileAppsAndDesktopClients`.
    pub client_app: Option<String>,
    /// The device, with the properties of Graph's `deviceInfo`: `{"isCompliant": true, "trustType": "AzureAD"}`.
    pub device: Map<String, Value>,
    /// Whether the user used a second factor.
    pub mfa: Option<bool>,
    /// The combination of methods that the user used, as authentication strengths name it.
    pub methods: Option<String>,
    /// Risk of the sign-in; `none`.
    pub sign_in_risk: Option<String>,
    /// Risk of the user; `none`.
    pub user_risk: Option<String>,
    /// Insider risk of the user; `none`.
    pub insider_risk: Option<String>,
    /// `deviceCodeFlow` or `authenticationTransfer`; `none`.
    pub authentication_flow: Option<String>,
    /// Whether the user changed the password on the way.
    pub password_changed: bool,
    /// Whether the user accepted the terms of use.
    pub terms_accepted: bool,
    /// Whether the application is an approved one.
    pub approved_application: bool,
    /// Whether the application is under a protection policy.
    pub protected_application: bool,
}

impl SignInConditions {
    /// The first invalid value, as a sentence; `None` if all are valid.
    pub fn problem(&self) -> Option<String> {
        let one_of = |name: &str, value: &Option<String>, known: &[&str]| {
            let value = value.as_ref().filter(|value| !known.contains(&value.as_str()))?;
            Some(format!("{name} is one of {}, not '{value}'", known.join(", ")))
        };
        let country = self.country.as_ref().filter(|code| code.len() != 2 || !code.bytes().all(|byte| byte.is_ascii_uppercase()));
        one_of("platform", &self.platform, values::PLATFORMS)
            .or_else(|| one_of("client_app", &self.client_app, values::CLIENT_APPS))
            .or_else(|| one_of("sign_in_risk", &self.sign_in_risk, values::RISKS))
            .or_else(|| one_of("user_risk", &self.user_risk, values::RISKS))
            .or_else(|| one_of("insider_risk", &self.insider_risk, &["none", "minor", "moderate", "elevated"]))
            .or_else(|| one_of("authentication_flow", &self.authentication_flow, values::TRANSFER_METHODS))
            .or_else(|| country.map(|code| format!("country is two capital letters, not '{code}'")))
    }

    /// The situation of a sign-in in which everything is known.
    pub fn of(&self, who: SignInIdentity, target: SignInTarget) -> SignInContext {
        let or = |value: &Option<String>, otherwise: &str| Some(value.clone().unwrap_or_else(|| otherwise.to_owned()));
        SignInContext {
            who,
            target,
            client_app: or(&self.client_app, "mobileAppsAndDesktopClients"),
            platform: or(&self.platform, ""),
            address: Some(self.address()),
            country: or(&self.country, ""),
            device: Some(self.device.clone()),
            sign_in_risk: or(&self.sign_in_risk, "none"),
            user_risk: or(&self.user_risk, "none"),
            service_principal_risk: Some("none".to_owned()),
            insider_risk: or(&self.insider_risk, "none"),
            flow: or(&self.authentication_flow, "none"),
        }
    }

    /// Address of the client.
    pub fn address(&self) -> IpAddr {
        self.ip_address.unwrap_or(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST))
    }
}

/// The groups that somebody is in, directly or through others, and the directory roles that they have by themselves or by
/// a group.
pub fn groups_and_roles(view: View<'_>, principal: &str) -> (Vec<Key>, Vec<String>) {
    let groups = groups_of(view, principal);
    let mut roles = roles::roles_of(view, principal);
    for group in &groups {
        roles.extend(roles::roles_of(view, group));
    }
    (groups, roles)
}
