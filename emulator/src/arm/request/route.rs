//! Routing of requests to operations: the table of routes, matched as Azure Resource Manager does, without regard to
//! the case of literal segments.

use axum::http::Method;

use super::{
    context::{Context, Outcome},
    error::ArmError,
};

/// The function that answers an operation.
pub type Handler = fn(&Context<'_>) -> Result<Outcome, ArmError>;

/// As the newest api-version of a route: its service brings out a new one every few weeks, and clients are newer than what is written here. They are
/// answered as the newest that is known.
pub const OPEN_ENDED_VERSION: &str = "9999-12-31";

/// One path and what can be done with it.
#[derive(Debug)]
pub struct Route {
    /// The path as the contract writes it. `{name}` stands for one segment, `{scope}` at the beginning for any number
    /// of them, also none.
    pub path: &'static str,
    /// The oldest api-version that is served.
    pub since: &'static str,
    /// The newest, or [`OPEN_ENDED_VERSION`].
    pub until: &'static str,
    /// The methods.
    pub operations: &'static [Operation],
}

/// One method of a route.
#[derive(Debug)]
pub struct Operation {
    /// HTTP method.
    pub method: Method,
    /// The action that the caller must be allowed, at the scope of the path; empty where the handler decides by itself.
    pub action: &'static str,
    /// The handler.
    pub handler: Handler,
}

/// An operation, for tables.
pub const fn operation(method: Method, action: &'static str, handler: Handler) -> Operation {
    Operation { method, action, handler }
}

/// The values of the placeholders of a route's path. `scope` is always there: what the path's
/// `{scope}` stands for, or else the path as far as it names something.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameters(Vec<(&'static str, String)>);

impl Parameters {
    /// The segments that a placeholder stands for; empty when the route has no such placeholder.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }
}

impl Route {
    /// The values of the placeholders, if the path is this route's.
    pub fn matches(&self, segments: &[String]) -> Option<Parameters> {
        let mut wanted: Vec<&'static str> = self.path.split('/').filter(|part| !part.is_empty()).collect();
        let mut found = Vec::new();
        let mut rest = segments;
        if wanted.first() == Some(&"{scope}") {
            wanted.remove(0);
            let (scope, tail) = segments.split_at_checked(segments.len().checked_sub(wanted.len())?)?;
            found.push(("scope", scope.iter().map(|segment| format!("/{segment}")).collect::<String>()));
            rest = tail;
        }
        if wanted.len() != rest.len() {
            return None;
        }
        let mut named = 0;
        for (index, (wanted, segment)) in wanted.into_iter().zip(rest).enumerate() {
            match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(name) => {
                    found.push((name, segment.clone()));
                    named = index + 1;
                }
                None if wanted.eq_ignore_ascii_case(segment) => {}
                None => return None,
            }
        }
        if found.first().is_none_or(|(name, _)| *name != "scope") {
            let scope = rest.iter().take(named).map(|segment| format!("/{segment}")).collect();
            found.push(("scope", scope));
        }
        Some(Parameters(found))
    }

    /// The handler of a method.
    pub fn operation(&self, method: &Method) -> Option<&'static Operation> {
        self.operations.iter().find(|operation| operation.method == *method)
    }

    /// Refuses a request without an api-version, or with one that the route does not know.
    ///
    /// The services know a list of versions for each type, and that list is not published whole; whatever looks like a
    /// version between the oldest and the newest is taken for one of them. `today`, as `2026-11-25`: no version is from the future.
    pub fn check_version(&self, version: &str, today: &str) -> Result<(), ArmError> {
        if version.is_empty() {
            return Err(ArmError::no_version());
        }
        let date = version.strip_suffix("-preview").unwrap_or(version);
        let until = self.until.min(today);
        let known = date.len() == 10 && date.parse::<jiff::civil::Date>().is_ok() && (self.since..=until).contains(&date);
        if known { Ok(()) } else { Err(ArmError::unknown_version(version, self.since, until)) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)] // tests may panic

    use super::*;

    fn route(path: &'static str) -> Route {
        Route { path, since: "2018-01-01", until: "2022-04-01", operations: &[] }
    }

    fn segments(path: &str) -> Vec<String> {
        path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    #[test]
    fn a_scope_is_any_number_of_segments() {
        let route = route("/{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}");
        for (path, scope) in [
            ("/providers/microsoft.authorization/ROLEASSIGNMENTS/a", ""),
            ("/subscriptions/s/providers/Microsoft.Authorization/roleAssignments/a", "/subscriptions/s"),
            (
                "/subscriptions/s/resourceGroups/g/providers/A.B/c/d/providers/Microsoft.Authorization/roleAssignments/a",
                "/subscriptions/s/resourceGroups/g/providers/A.B/c/d",
            ),
        ] {
            let found = route.matches(&segments(path)).unwrap();
            assert_eq!((found.get("scope"), found.get("roleAssignmentName")), (scope, "a"), "{path}");
        }
        assert_eq!(route.matches(&segments("/subscriptions/s/providers/Microsoft.Authorization/roleAssignments")), None);
        assert_eq!(route.matches(&segments("/a")), None);
    }

    #[test]
    fn without_a_scope_it_is_what_the_path_names() {
        for (path, called, scope) in [
            ("/subscriptions", "/subscriptions", ""),
            ("/subscriptions/{s}/providers/A.B/cs", "/subscriptions/x/providers/A.B/cs", "/subscriptions/x"),
            ("/subscriptions/{s}/cs/{c}/start", "/subscriptions/x/cs/y/start", "/subscriptions/x/cs/y"),
        ] {
            assert_eq!(route(path).matches(&segments(called)).unwrap().get("scope"), scope);
        }
    }

    #[test]
    fn versions_are_dates_in_a_range() {
        let route = route("/subscriptions");
        let today = "2026-11-25";
        for good in ["2018-01-01", "2018-01-01-preview", "2020-10-01", "2022-04-01"] {
            route.check_version(good, today).unwrap();
        }
        for bad in ["", "2022-04-02", "2017-12-31", "2020-13-01", "latest", "2020-10-01-beta"] {
            assert!(route.check_version(bad, today).is_err(), "{bad:?}");
        }
        let growing = Route { until: OPEN_ENDED_VERSION, ..route };
        growing.check_version("2026-11-25", today).unwrap();
        assert!(growing.check_version("2026-11-26", today).is_err());
    }
}
