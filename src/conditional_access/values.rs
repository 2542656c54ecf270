//! Values of conditions, as the service names them.

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
