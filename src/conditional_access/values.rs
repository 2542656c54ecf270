//! Values of conditions and controls as the service names them, their synonyms, and the checks of them.

use framework::schema::Check;
use framework::schema::check::is_uuid;

/// The application *Azure Kubernetes Service Microsoft Entra Server*, the same in every tenant.
pub const AKS_SERVER: &str = "6dae42f8-4368-4678-94ff-3960e28e3630";
/// How a configuration may spell it.
pub const AKS: &str = "AKS";

/// Levels of risk (`riskLevel`).
pub const RISK_LEVELS: [&str; 5] = ["low", "medium", "high", "hidden", "none"];
/// Platforms of devices (`conditionalAccessDevicePlatform`).
pub const PLATFORMS: [&str; 7] = ["android", "iOS", "windows", "windowsPhone", "macOS", "linux", "all"];

/// The id of an application, or the word for some of them, as the service spells it.
pub fn application_id(text: &str) -> &str {
    if text == AKS { AKS_SERVER } else { text }
}

/// Whether a policy is applied (`conditionalAccessPolicyState`).
pub const STATES: [&str; 3] = [ENABLED, "disabled", REPORT_ONLY];
/// The policy is applied.
pub const ENABLED: &str = "enabled";
/// The policy only writes down what it would do.
pub const REPORT_ONLY: &str = "enabledForReportingButNotEnforced";
/// Other names of states: those of the portal and of other tools.
pub const STATE_SYNONYMS: [(&str, &str); 7] = [
    ("reportOnly", REPORT_ONLY),
    ("report", REPORT_ONLY),
    ("audit", REPORT_ONLY),
    ("reporting", REPORT_ONLY),
    ("on", ENABLED),
    ("active", ENABLED),
    ("off", "disabled"),
];

/// Controls that the service brings along (`conditionalAccessGrantControl`).
pub const GRANT_CONTROLS: [&str; 8] = [
    "block",
    "mfa",
    "compliantDevice",
    "domainJoinedDevice",
    "approvedApplication",
    "compliantApplication",
    "passwordChange",
    "riskRemediation",
];
/// Kinds of guests (`conditionalAccessGuestOrExternalUserTypes`).
pub const GUEST_TYPES: [&str; 6] =
    ["internalGuest", "b2bCollaborationGuest", "b2bCollaborationMember", "b2bDirectConnectUser", "otherExternalUser", "serviceProvider"];
/// Kinds of client applications (`conditionalAccessClientApp`).
pub const CLIENT_APPS: [&str; 6] = ["all", "browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "easSupported", "other"];
/// Levels of insider risk (`conditionalAccessInsiderRiskLevels`).
pub const INSIDER_RISK_LEVELS: [&str; 3] = ["minor", "moderate", "elevated"];
/// Which tenants external users come from (`conditionalAccessExternalTenantsMembershipKind`).
pub const ALL_TENANTS: &str = "all";
/// Only the tenants that are listed.
pub const ENUMERATED_TENANTS: &str = "enumerated";

/// Other names of controls: those of the portal, of other tools, and of the settings of Privileged Identity Management.
pub const GRANT_CONTROL_SYNONYMS: [(&str, &str); 12] = [
    ("deny", "block"),
    ("blockAccess", "block"),
    ("multifactor", "mfa"),
    ("multifactorAuthentication", "mfa"),
    ("requireMultifactorAuthentication", "mfa"),
    ("hybridAzureADJoinedDevice", "domainJoinedDevice"),
    ("requireHybridAzureADJoinedDevice", "domainJoinedDevice"),
    ("approvedClientApp", "approvedApplication"),
    ("appProtectionPolicy", "compliantApplication"),
    ("compliantApp", "compliantApplication"),
    ("changePassword", "passwordChange"),
    ("requirePasswordChange", "passwordChange"),
];
/// Other names of kinds of client applications.
pub const CLIENT_APPS_SYNONYMS: [(&str, &str); 4] = [
    ("legacyAuthentication", "other"),
    ("legacy", "other"),
    ("mobile", "mobileAppsAndDesktopClients"),
    ("modern", "mobileAppsAndDesktopClients"),
];
/// Other names of platforms.
pub const PLATFORM_SYNONYMS: [(&str, &str); 5] =
    [("iPhone", "iOS"), ("iPadOS", "iOS"), ("mac", "macOS"), ("osx", "macOS"), ("macosx", "macOS")];
/// Other names of kinds of membership.
pub const MEMBERSHIP_KIND_SYNONYMS: [(&str, &str); 4] =
    [("any", "all"), ("some", "enumerated"), ("selected", "enumerated"), ("specific", "enumerated")];

/// What an id of an authentication context must be.
pub fn authentication_context_id() -> Check {
    Check::text("be one of `c1` to `c99`", |text| {
        text.strip_prefix('c')
            .is_some_and(|number| !number.starts_with('0') && number.parse().is_ok_and(|number: u8| (1..=99).contains(&number)))
    })
}

/// The form in which applications are compared.
pub fn application_key(text: &str) -> String {
    application_id(text).to_lowercase()
}

/// What the id of one application must be.
pub fn application() -> Check {
    Check::text("be a UUID or `AKS`", |text| text == AKS || is_uuid(text))
}

/// What the levels of insider risk must be.
pub fn insider_risk_levels() -> Check {
    let list: Vec<String> = INSIDER_RISK_LEVELS.iter().map(|level| format!("`{level}`")).collect();
    Check::text(&format!("be one of {}, or several with commas between them", list.join(", ")), |text| {
        !text.is_empty() && text.split(',').all(|level| INSIDER_RISK_LEVELS.contains(&level.trim()))
    })
    .suggest(&INSIDER_RISK_LEVELS, &[("low", "minor"), ("medium", "moderate"), ("high", "elevated")])
}
