//! The values that conditions of conditional access policies can have, and that sign-ins are described with.

/// Levels of a risk.
pub const RISKS: &[&str] = &["low", "medium", "high", "hidden", "none"];
/// Kinds of client applications.
pub const CLIENT_APPS: &[&str] = &["all", "browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "easSupported", "other"];
/// Platforms of devices.
pub const PLATFORMS: &[&str] = &["android", "iOS", "windows", "windowsPhone", "macOS", "all", "linux"];
/// Ways from one device to another.
pub const TRANSFER_METHODS: &[&str] = &["none", "deviceCodeFlow", "authenticationTransfer"];
/// Kinds of users from elsewhere.
pub const GUEST_TYPES: &[&str] = &[
    "none",
    "internalGuest",
    "b2bCollaborationGuest",
    "b2bCollaborationMember",
    "b2bDirectConnectUser",
    "otherExternalUser",
    "serviceProvider",
];
