//! A sign-in, as far as it is known.

use std::collections::HashSet;

use crate::conditional_access::values;

/// A sign-in that policies are evaluated against.
#[derive(Clone, Debug)]
pub(crate) struct SignIn<'a> {
    pub(crate) who: Who,
    pub(crate) target: SignInTarget,
    pub(crate) circumstances: Circumstances<'a>,
}

/// Who signs in.
#[derive(Clone, Debug)]
pub(crate) enum Who {
    /// Every user of the tenant: included only by a policy for all users that excludes nobody.
    Everybody,
    /// A user, or the members of a group.
    User(Principal),
    /// A service principal, by object ID.
    ServicePrincipal(String),
}

/// A user or group and what the directory says of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Principal {
    /// Object ID.
    pub(crate) id: String,
    /// Object IDs, in lower case, of all groups that it is in, itself included if it is one. None if they cannot be read.
    pub(crate) groups: Option<HashSet<String>>,
    /// Template IDs, in lower case, of the directory roles that it holds. None if they cannot be read.
    pub(crate) roles: Option<HashSet<String>>,
    /// Whether it counts as a Global Administrator where a policy includes that role.
    pub(crate) is_assumed_administrator: bool,
    pub(crate) guest: Guest,
    /// The emergency access group that it was found in, if it is not named itself.
    pub(crate) member_of: Option<String>,
}

/// As what kind of guest or external user somebody signs in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Guest {
    /// Could not be read.
    #[default]
    Unknown,
    /// As none.
    No,
    /// As this one of `conditionalAccessGuestOrExternalUserTypes`. The home tenant is not known.
    Kind(&'static str),
}

/// What is signed in to.
#[derive(Clone, Debug)]
pub(crate) enum SignInTarget {
    /// One application, by application ID.
    Application(&'static str),
    /// Some application: a policy that protects any has it.
    SomeApplication,
    /// Every application: a policy that leaves one out does not have all of it.
    EveryApplication,
}

/// The values that each property of a sign-in can have: one if it is known, all if nothing is known of it.
#[derive(Clone, Debug)]
pub(crate) struct Circumstances<'a> {
    pub(crate) client_apps: Vec<&'a str>,
    pub(crate) platforms: Vec<&'a str>,
    pub(crate) sign_in_risks: Vec<&'a str>,
    pub(crate) user_risks: Vec<&'a str>,
    pub(crate) service_principal_risks: Vec<&'a str>,
    pub(crate) insider_risks: Vec<&'a str>,
    pub(crate) transfer_methods: Vec<&'a str>,
    /// Whether the address or country is known: the service compares it.
    pub(crate) has_location: bool,
    /// Whether the device is known: the service compares it.
    pub(crate) has_device: bool,
}

/// Client applications with modern authentication, by which everybody can sign in who is not kept out.
pub(crate) const MODERN_CLIENTS: [&str; 2] = ["browser", "mobileAppsAndDesktopClients"];
/// What Terraform signs in with on behalf of a user.
pub(crate) const TERRAFORM_CLIENT: &str = "mobileAppsAndDesktopClients";

const CLIENTS: [&str; 5] = ["browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "easSupported", "other"];
const INSIDER_RISKS: [&str; 4] = ["none", "minor", "moderate", "elevated"];
const TRANSFER_METHODS: [&str; 3] = ["none", "deviceCodeFlow", "authenticationTransfer"];
/// A platform that the service could not recognize, which only `all` includes.
const UNRECOGNIZED: &str = "";

impl Default for Circumstances<'_> {
    /// Nothing is known.
    fn default() -> Self {
        let platforms = values::PLATFORMS.into_iter().filter(|platform| *platform != "all").chain([UNRECOGNIZED]);
        Circumstances {
            client_apps: CLIENTS.to_vec(),
            platforms: platforms.collect(),
            sign_in_risks: values::RISK_LEVELS.to_vec(),
            user_risks: values::RISK_LEVELS.to_vec(),
            service_principal_risks: values::RISK_LEVELS.to_vec(),
            insider_risks: INSIDER_RISKS.to_vec(),
            transfer_methods: TRANSFER_METHODS.to_vec(),
            has_location: false,
            has_device: false,
        }
    }
}

impl Circumstances<'_> {
    /// Nothing is known but that the client application is one of these.
    pub(crate) fn with_clients(client_apps: &[&'static str]) -> Self {
        Circumstances { client_apps: client_apps.to_vec(), ..Circumstances::default() }
    }
}
