//! The types inside of a conditional access policy.

use crate::{
    graph::model::{
        complex::Complex,
        property::{complex, flag, names, number, object, text, texts},
    },
    identity::conditional_access::values,
};

/// Actions that can be protected in the place of a sign-in to an application.
const USER_ACTIONS: &[&str] = &["urn:user:registersecurityinfo", "urn:user:registerdevice"];
/// Controls that a sign-in can require.
pub const GRANT_CONTROLS: &[&str] = &[
    "block",
    "mfa",
    "compliantDevice",
    "domainJoinedDevice",
    "approvedApplication",
    "compliantApplication",
    "passwordChange",
    "riskRemediation",
];

/// `conditions`
pub static CONDITIONS: Complex = Complex::new(
    "conditionalAccessConditionSet",
    &[
        names("agentIdRiskLevels").one_of(&["low", "medium", "high"]).beta(),
        object("agents").beta(),
        complex("applications", &APPLICATIONS),
        complex("authenticationFlows", &AUTHENTICATION_FLOWS),
        complex("clientApplications", &CLIENT_APPLICATIONS),
        texts("clientAppTypes").one_of(values::CLIENT_APPS),
        complex("devices", &DEVICES),
        names("insiderRiskLevels").one_of(&["minor", "moderate", "elevated"]),
        complex("locations", &LOCATIONS),
        complex("platforms", &PLATFORM_CONDITION),
        texts("servicePrincipalRiskLevels").one_of(values::RISKS),
        texts("signInRiskLevels").one_of(values::RISKS),
        texts("userRiskLevels").one_of(values::RISKS),
        complex("users", &USERS),
    ],
);

static APPLICATIONS: Complex = Complex::new(
    "conditionalAccessApplications",
    &[
        complex("applicationFilter", &FILTER),
        object("globalSecureAccess").beta(),
        texts("excludeApplications"),
        texts("includeApplications"),
        texts("includeAuthenticationContextClassReferences"),
        texts("includeUserActions").one_of(USER_ACTIONS),
    ],
);

static FILTER: Complex =
    Complex::new("conditionalAccessFilter", &[text("mode").required().one_of(&["include", "exclude"]), text("rule").required()]);

static AUTHENTICATION_FLOWS: Complex =
    Complex::new("conditionalAccessAuthenticationFlows", &[names("transferMethods").required().one_of(values::TRANSFER_METHODS)]);

static CLIENT_APPLICATIONS: Complex = Complex::new(
    "conditionalAccessClientApplications",
    &[texts("excludeServicePrincipals"), texts("includeServicePrincipals"), complex("servicePrincipalFilter", &FILTER)],
);

static DEVICES: Complex = Complex::new("conditionalAccessDevices", &[complex("deviceFilter", &FILTER)]);

static LOCATIONS: Complex = Complex::new("conditionalAccessLocations", &[texts("excludeLocations"), texts("includeLocations")]);

static PLATFORM_CONDITION: Complex = Complex::new(
    "conditionalAccessPlatforms",
    &[texts("excludePlatforms").one_of(values::PLATFORMS), texts("includePlatforms").one_of(values::PLATFORMS)],
);

static USERS: Complex = Complex::new(
    "conditionalAccessUsers",
    &[
        texts("excludeGroups"),
        complex("excludeGuestsOrExternalUsers", &GUESTS),
        texts("excludeRoles"),
        texts("excludeUsers"),
        texts("includeGroups"),
        complex("includeGuestsOrExternalUsers", &GUESTS),
        texts("includeRoles"),
        texts("includeUsers"),
    ],
);

static GUESTS: Complex = Complex::new(
    "conditionalAccessGuestsOrExternalUsers",
    &[complex("externalTenants", &EXTERNAL_TENANTS), names("guestOrExternalUserTypes").required().one_of(values::GUEST_TYPES)],
);

static EXTERNAL_TENANTS: Complex =
    Complex::one_of("conditionalAccessExternalTenants", &[&ALL_EXTERNAL_TENANTS, &ENUMERATED_EXTERNAL_TENANTS])
        .discriminated_by("membershipKind", &[("all", &ALL_EXTERNAL_TENANTS), ("enumerated", &ENUMERATED_EXTERNAL_TENANTS)]);

const MEMBERSHIP_KINDS: &[&str] = &["all", "enumerated"];

static ALL_EXTERNAL_TENANTS: Complex =
    Complex::new("conditionalAccessAllExternalTenants", &[text("membershipKind").one_of(MEMBERSHIP_KINDS)]);

static ENUMERATED_EXTERNAL_TENANTS: Complex =
    Complex::new("conditionalAccessEnumeratedExternalTenants", &[texts("members"), text("membershipKind").one_of(MEMBERSHIP_KINDS)]);

/// `grantControls`
pub static GRANT: Complex = Complex::new(
    "conditionalAccessGrantControls",
    &[
        complex("authenticationStrength", &STRENGTH_REFERENCE),
        texts("builtInControls").one_of(GRANT_CONTROLS),
        texts("customAuthenticationFactors"),
        text("operator").one_of(&["AND", "OR"]),
        texts("termsOfUse"),
    ],
);

/// An authentication strength inside of a policy: the id counts, and the rest is what a client has read there before.
static STRENGTH_REFERENCE: Complex = Complex::new(
    "authenticationStrengthPolicy",
    &[
        text("id").required(),
        texts("allowedCombinations"),
        crate::graph::model::property::objects("combinationConfigurations"),
        text("createdDateTime"),
        text("description"),
        text("displayName"),
        text("modifiedDateTime"),
        text("policyType"),
        text("requirementsSatisfied"),
    ],
);

/// `sessionControls`
pub static SESSION: Complex = Complex::new(
    "conditionalAccessSessionControls",
    &[
        complex("applicationEnforcedRestrictions", &APPLICATION_ENFORCED),
        complex("cloudAppSecurity", &CLOUD_APP_SECURITY),
        complex("continuousAccessEvaluation", &CONTINUOUS_ACCESS_EVALUATION).beta(),
        flag("disableResilienceDefaults"),
        complex("globalSecureAccessFilteringProfile", &FILTERING_PROFILE).beta(),
        complex("persistentBrowser", &PERSISTENT_BROWSER),
        complex("secureSignInSession", &SECURE_SIGN_IN),
        complex("signInFrequency", &SIGN_IN_FREQUENCY),
    ],
);

/// Of beta alone (<https://learn.microsoft.com/graph/api/resources/continuousaccessevaluationsessioncontrol?view=graph-rest-beta>).
static CONTINUOUS_ACCESS_EVALUATION: Complex =
    Complex::new("continuousAccessEvaluationSessionControl", &[text("mode").one_of(&["strictEnforcement", "disabled", "strictLocation"])]);

/// Of beta alone (<https://learn.microsoft.com/graph/api/resources/globalsecureaccessfilteringprofilesessioncontrol?view=graph-rest-beta>).
static FILTERING_PROFILE: Complex =
    Complex::new("globalSecureAccessFilteringProfileSessionControl", &[flag("isEnabled"), text("profileId")]);

static APPLICATION_ENFORCED: Complex = Complex::new("applicationEnforcedRestrictionsSessionControl", &[flag("isEnabled")]);

static CLOUD_APP_SECURITY: Complex = Complex::new(
    "cloudAppSecuritySessionControl",
    &[text("cloudAppSecurityType").one_of(&["mcasConfigured", "monitorOnly", "blockDownloads"]), flag("isEnabled")],
);

static PERSISTENT_BROWSER: Complex =
    Complex::new("persistentBrowserSessionControl", &[flag("isEnabled"), text("mode").one_of(&["always", "never"])]);

static SECURE_SIGN_IN: Complex = Complex::new("secureSignInSessionControl", &[flag("isEnabled")]);

static SIGN_IN_FREQUENCY: Complex = Complex::new(
    "signInFrequencySessionControl",
    &[
        text("authenticationType").one_of(&["primaryAndSecondaryAuthentication", "secondaryAuthentication"]),
        text("frequencyInterval").one_of(&["timeBased", "everyTime"]),
        flag("isEnabled"),
        text("type").one_of(&["days", "hours"]),
        number("value"),
    ],
);
