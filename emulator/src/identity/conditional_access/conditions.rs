//! Whether a policy applies to a sign-in.

use serde_json::{Map, Value};

use super::{
    addresses, device_filter,
    sign_in_context::{SignInContext, SignInIdentity, SignInTarget, groups_and_roles},
};
use crate::{identity::conditional_access::tables, store::View};

/// Why a policy does not apply, in Graph's words: a member of `whatIfAnalysisReasons`.
pub type Reason = &'static str;

/// A policy that asks for what is not known.
const NOT_ENOUGH_INFORMATION: Reason = "notEnoughInformation";

/// The applications that `Office365` stands for, as far as they are listed here: Exchange, SharePoint, Teams, Office.
const OFFICE_365_APPLICATIONS: &[&str] = &[
    "00000002-0000-0ff1-ce00-000000000000",
    "00000003-0000-0ff1-ce00-000000000000",
    "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe",
    "4765445b-32c6-49b0-83e6-1d93765276ca",
];
/// The applications that `MicrosoftAdminPortals` stands for, as far as they are listed here: the Azure and Microsoft 365
/// portals.
const ADMIN_PORTALS: &[&str] = &["c44b4083-3bb0-49c1-b47d-974e53cbdf3c", "00000006-0000-0ff1-ce00-000000000000"];

/// Says why a policy does not apply to a situation, whether or not the policy is on.
pub fn applies(view: View<'_>, policy: &Map<String, Value>, situation: &SignInContext) -> Result<(), Reason> {
    let conditions = policy.get("conditions").ok_or("emptyPolicy")?;
    let one = Conditions { view, all: conditions, situation };
    one.who()?;
    one.target()?;
    one.platform()?;
    one.device()?;
    one.client()?;
    one.location()?;
    one.risks()?;
    one.flow()
}

struct Conditions<'c> {
    view: View<'c>,
    all: &'c Value,
    situation: &'c SignInContext,
}

impl Conditions<'_> {
    fn at(&self, path: &str) -> &Value {
        self.all.pointer(path).unwrap_or(&Value::Null)
    }

    fn list(&self, path: &str) -> Vec<&str> {
        self.at(path).as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    }

    fn who(&self) -> Result<(), Reason> {
        match &self.situation.who {
            SignInIdentity::User { id, guest, home } => {
                let (groups, roles) = groups_and_roles(self.view, id);
                let named = |side: &str| {
                    let users = self.list(&format!("/users/{side}Users"));
                    let is = |one: &&str| match *one {
                        "All" => true,
                        "GuestsOrExternalUsers" => guest.is_some(),
                        other => other.eq_ignore_ascii_case(id),
                    };
                    let groups = groups
                        .iter()
                        .any(|group| self.list(&format!("/users/{side}Groups")).iter().any(|one| one.eq_ignore_ascii_case(group)));
                    let roles =
                        roles.iter().any(|role| self.list(&format!("/users/{side}Roles")).iter().any(|one| one.eq_ignore_ascii_case(role)));
                    users.iter().any(is)
                        || groups
                        || roles
                        || is_guest(self.at(&format!("/users/{side}GuestsOrExternalUsers")), guest.as_deref(), home.as_deref())
                };
                if named("include") && !named("exclude") { Ok(()) } else { Err("users") }
            }
            SignInIdentity::ServicePrincipal(id) => {
                let named = |side: &str| {
                    let all = self.list(&format!("/clientApplications/{side}ServicePrincipals"));
                    all.iter().any(|one| *one == "ServicePrincipalsInMyTenant" || one.eq_ignore_ascii_case(id))
                };
                if named("include") && !named("exclude") { Ok(()) } else { Err("workloadIdentities") }
            }
        }
    }

    fn target(&self) -> Result<(), Reason> {
        match &self.situation.target {
            SignInTarget::Applications(ids) => {
                let named = |side: &str| {
                    let all = self.list(&format!("/applications/{side}Applications"));
                    ids.iter().any(|id| all.iter().any(|one| is_application(one, id)))
                };
                // Applications here have no custom security attributes, so a filter finds none of them.
                if named("include") && !named("exclude") { Ok(()) } else { Err("application") }
            }
            SignInTarget::UserAction(action) => {
                if self.list("/applications/includeUserActions").contains(&action.as_str()) {
                    Ok(())
                } else {
                    Err("userActions")
                }
            }
            SignInTarget::Context(id) => {
                let all = self.list("/applications/includeAuthenticationContextClassReferences");
                if all.contains(&id.as_str()) { Ok(()) } else { Err("authenticationContext") }
            }
        }
    }

    fn platform(&self) -> Result<(), Reason> {
        let (included, excluded) = (self.list("/platforms/includePlatforms"), self.list("/platforms/excludePlatforms"));
        if included.is_empty() && excluded.is_empty() || included.contains(&"all") && excluded.is_empty() {
            return Ok(());
        }
        let platform = self.situation.platform.as_deref().ok_or(NOT_ENOUGH_INFORMATION)?;
        let right = (included.contains(&"all") || included.contains(&platform)) && !excluded.contains(&platform);
        if right { Ok(()) } else { Err("devicePlatform") }
    }

    fn device(&self) -> Result<(), Reason> {
        let filter = self.at("/devices/deviceFilter");
        let Some(rule) = filter["rule"].as_str() else { return Ok(()) };
        let device = self.situation.device.as_ref().ok_or(NOT_ENOUGH_INFORMATION)?;
        let found = device_filter::holds(rule, device).map_err(|_| "invalidCondition")?;
        if found == (filter["mode"] == "include") { Ok(()) } else { Err("devices") }
    }

    fn client(&self) -> Result<(), Reason> {
        let kinds = self.list("/clientAppTypes");
        if kinds.is_empty() || kinds.contains(&"all") {
            return Ok(());
        }
        let kind = self.situation.client_app.as_deref().ok_or(NOT_ENOUGH_INFORMATION)?;
        if kind == "all" || kinds.contains(&kind) { Ok(()) } else { Err("clientApps") }
    }

    fn location(&self) -> Result<(), Reason> {
        let (included, excluded) = (self.list("/locations/includeLocations"), self.list("/locations/excludeLocations"));
        if included.is_empty() && excluded.is_empty() || included.contains(&"All") && excluded.is_empty() {
            return Ok(());
        }
        let inside = |all: &[&str]| all.iter().try_fold(false, |found, one| Ok::<_, Reason>(found || self.is_in(one)?));
        if (included.contains(&"All") || inside(&included)?) && !inside(&excluded)? { Ok(()) } else { Err("location") }
    }

    fn is_in(&self, location: &str) -> Result<bool, Reason> {
        let is_in = |row: &Map<String, Value>| match row.get("ipRanges") {
            Some(ranges) => Ok(addresses::contains(ranges, self.situation.address.ok_or(NOT_ENOUGH_INFORMATION)?)),
            None => match self.situation.country.as_deref().ok_or(NOT_ENOUGH_INFORMATION)? {
                "" => Ok(row.get("includeUnknownCountriesAndRegions") == Some(&Value::Bool(true))),
                country => {
                    Ok(row.get("countriesAndRegions").and_then(Value::as_array).is_some_and(|all| all.iter().any(|one| one == country)))
                }
            },
        };
        match location {
            "All" => Ok(true),
            "AllTrusted" => {
                let mut trusted =
                    self.view.rows(tables::NAMED_LOCATIONS, None).filter(|(_, row)| row.get("isTrusted") == Some(&Value::Bool(true)));
                trusted.try_fold(false, |found, (_, row)| Ok(found || is_in(&row)?))
            }
            // Addresses that multifactor authentication trusts are set elsewhere, and not here; a location that is gone has none.
            id => self.view.get(tables::NAMED_LOCATIONS, &id.to_lowercase()).map_or(Ok(false), |row| is_in(&row)),
        }
    }

    fn risks(&self) -> Result<(), Reason> {
        let situation = self.situation;
        let user = matches!(situation.who, SignInIdentity::User { .. });
        for (path, level, reason, of_user) in [
            ("/signInRiskLevels", &situation.sign_in_risk, "signInRisk", true),
            ("/userRiskLevels", &situation.user_risk, "userRisk", true),
            // Graph has no reason of its own for this one.
            ("/servicePrincipalRiskLevels", &situation.service_principal_risk, "workloadIdentities", false),
        ] {
            let levels = self.list(path);
            if !levels.is_empty() && of_user == user && !levels.contains(&level.as_deref().ok_or(NOT_ENOUGH_INFORMATION)?) {
                return Err(reason);
            }
        }
        match self.at("/insiderRiskLevels").as_str() {
            Some(levels) if !levels.split(',').any(|level| Some(level) == situation.insider_risk.as_deref()) => {
                Err(if situation.insider_risk.is_none() { NOT_ENOUGH_INFORMATION } else { "insiderRisk" })
            }
            _ => Ok(()),
        }
    }

    fn flow(&self) -> Result<(), Reason> {
        let methods = self.at("/authenticationFlows/transferMethods").as_str().unwrap_or("none");
        if methods == "none" {
            return Ok(());
        }
        let flow = self.situation.flow.as_deref().ok_or(NOT_ENOUGH_INFORMATION)?;
        if methods.split(',').any(|method| method == flow) { Ok(()) } else { Err("authenticationFlow") }
    }
}

fn is_application(named: &str, id: &str) -> bool {
    match named {
        "All" => true,
        "Office365" => OFFICE_365_APPLICATIONS.contains(&id),
        "MicrosoftAdminPortals" => ADMIN_PORTALS.contains(&id),
        other => other.eq_ignore_ascii_case(id),
    }
}

fn is_guest(condition: &Value, guest: Option<&str>, home: Option<&str>) -> bool {
    let (Some(types), Some(guest)) = (condition["guestOrExternalUserTypes"].as_str(), guest) else { return false };
    let tenants = &condition["externalTenants"];
    let from = match tenants["members"].as_array() {
        Some(members) => home.is_some_and(|home| members.iter().any(|one| one.as_str().is_some_and(|one| one.eq_ignore_ascii_case(home)))),
        None => true,
    };
    // An internal guest is from here, whatever the tenants.
    types.split(',').any(|one| one == guest) && (from || guest == "internalGuest")
}
