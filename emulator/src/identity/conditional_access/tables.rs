//! Tables of conditional access in the store. Microsoft Graph shows and changes their rows.

/// The policies.
pub const POLICIES: &str = "conditionalAccessPolicies";
/// The named locations.
pub const NAMED_LOCATIONS: &str = "namedLocations";
/// The authentication strengths.
pub const STRENGTHS: &str = "authenticationStrengthPolicies";
/// The log of sign-ins.
pub const SIGN_INS: &str = "signIns";
