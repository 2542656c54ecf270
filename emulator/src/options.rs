//! What a caller chooses about an emulator.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

/// How an emulator is started. `Options::default()` is a tenant in memory on a free port of the loopback interface.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to listen. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// How the tenant behaves in time.
    pub profile: Profile,
    /// What every choice that looks like chance is made from, so that a run repeats.
    pub seed: u64,
    /// How long every answer takes at least, as if the service were far away.
    pub latency: Duration,
    /// Faults from the start on: a list of them, separated by `;`. Each has four words:
    ///
    /// ```text
    /// WHEN  METHOD  PATH  EFFECT
    /// 2     POST    /v1.0/groups         status=503
    /// 1     DELETE  /v1.0/groups/{id}    reset-after
    /// 5     *       /v1.0/*              throttle=10
    /// 1%    *       *                    any
    /// ```
    ///
    /// - WHEN: a number strikes the next so many calls that match; a percentage strikes that share of them, chosen from
    ///   the seed.
    /// - METHOD: an HTTP method, or `*`.
    /// - PATH: a path template as requests are counted by, `*`, or a beginning that ends in `*`.
    /// - EFFECT: `status=CODE` (answered instead of the call), `status-after=CODE` (the call takes effect, and is answered
    ///   so), `delay=SECONDS`, `reset-before` and `reset-after` (the connection ends without an answer, before or after the
    ///   call took effect), `truncate` (the call takes effect, half of its answer arrives), `html` (a gateway's page
    ///   instead of the call), `throttle` and `throttle=SECONDS` (429 without and with `Retry-After`), `expired-token`,
    ///   and `any`: one of them, chosen from the seed.
    ///
    /// Requests inside a batch are struck by `status`, `status-after`, `throttle` and `expired-token`.
    pub faults: Option<String>,
    /// Every exchange is appended to this file, one JSON line each.
    pub record: Option<PathBuf>,
    /// Folder that keeps the tenant: everything that was acknowledged survives, whatever happens to the process.
    /// Without it the tenant lives in memory. The certificate authority is kept there as well, unless
    /// [`Options::certificates`] names another folder.
    pub data: Option<PathBuf>,
    /// Folder that keeps the certificate authority and the signing key from one start to the next. Without it they
    /// are made anew and vanish with the emulator.
    pub certificates: Option<PathBuf>,
    /// How long access tokens are good for.
    pub token_lifetime: Duration,
    /// File that says what a fresh tenant holds beside what every tenant does: users, groups, resource groups, clusters and
    /// role assignments, as JSON. The first lines of the module `blueprint` show its form.
    pub blueprint: Option<PathBuf>,
    /// The program that kubeconfigs name as credential plugin, as in `aksaccess`.
    pub token_plugin: PathBuf,
    /// Where the agent of Azure Arc keeps its keys, if not in `/var/opt/azcmagent/tokens`, which is where clients look.
    pub arc_keys: Option<PathBuf>,
    /// Behaviours of the service that nobody could verify, each with the choice that was made.
    pub switches: Switches,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            profile: Profile::Instant,
            seed: 1,
            latency: Duration::ZERO,
            faults: None,
            record: None,
            data: None,
            certificates: None,
            blueprint: None,
            token_plugin: PathBuf::from("aksaccess"),
            token_lifetime: Duration::from_secs(crate::caller::LIFETIME.unsigned_abs()),
            arc_keys: None,
            switches: Switches::default(),
        }
    }
}

/// How a tenant behaves in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// Everything is so as soon as it is said.
    #[default]
    Instant,
    /// As the service is: replicas lag behind, and too many requests are refused.
    Realistic,
}

/// Behaviours that differ between sources, or change over time.
#[derive(Debug, Clone)]
pub struct Switches {
    /// Deleted security groups go to the bin for 30 days, as Microsoft 365 groups do (generally available since
    /// early 2026; service-behaviour section 1.6). Off: they are gone at once.
    pub security_groups_are_soft_deleted: bool,
    /// Where replicas lag behind, users are not shown it: Microsoft says that an application's requests hop from one replica
    /// to another more than a user's do, and not how much more (service-behaviour section 3).
    pub only_applications_see_lag: bool,
    /// A new conditional access policy on user actions is refused (1012) if it names `includeApplications`, even an empty
    /// list: seen in 2020. azuread sends the empty list today. Off: only a list with something in it is refused.
    pub empty_applications_beside_user_actions_are_refused: bool,
    /// An update of a conditional access policy merges what it says of `conditions` into what was there. That holds for
    /// `grantControls` (seen); of conditions one source says that what is left out is lost. Off: they are replaced as a whole.
    pub partial_conditions_are_merged: bool,
    /// A named location that a conditional access policy names cannot be deleted. The service's behaviour was not
    /// confirmed; it probably allows it.
    pub named_locations_in_use_cannot_be_deleted: bool,
    /// A policy that is on and keeps everybody out of everything is refused. The portal warns of one; the API is said to take it.
    pub locking_everybody_out_is_refused: bool,
    /// One request in a second is all that conditional access answers for the whole tenant; more are refused with 429,
    /// without `Retry-After`. Documented; in [`Profile::Realistic`] it is always so.
    pub conditional_access_answers_one_request_a_second: bool,
    /// The tenant has a licence for Privileged Identity Management. Off: it is refused with `AadPremiumLicenseRequired`
    /// (service-behaviour section 6.1).
    pub identity_governance_is_licensed: bool,
    /// Whoever asks for an activation can approve it, as an article about AKS has it. Off: nobody decides on their own
    /// request, as the documentation of Privileged Identity Management has it.
    pub approvers_decide_on_themselves: bool,
    /// The second PUT of a role assignment, which changes its description or condition, is answered with 201 as the
    /// first one is, and not with 200 (service-behaviour section 4.1).
    pub repeated_role_assignment_is_created: bool,
    /// A PUT that would change scope, role or principal of a role assignment is refused with 409, as a client's test has it,
    /// and not with 400, as the documentation has it (service-behaviour section 4.2).
    pub role_assignment_update_is_conflict: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            security_groups_are_soft_deleted: true,
            approvers_decide_on_themselves: false,
            only_applications_see_lag: false,
            empty_applications_beside_user_actions_are_refused: true,
            partial_conditions_are_merged: true,
            named_locations_in_use_cannot_be_deleted: false,
            locking_everybody_out_is_refused: false,
            conditional_access_answers_one_request_a_second: false,
            identity_governance_is_licensed: true,
            repeated_role_assignment_is_created: false,
            role_assignment_update_is_conflict: false,
        }
    }
}

impl Switches {
    /// Turns a switch by its name, with `-` or `_` between the words. The error is a sentence.
    pub fn turn(&mut self, name: &str, on: bool) -> Result<(), String> {
        let mut all = self.all();
        let wanted = name.replace('-', "_");
        match all.iter_mut().find(|(known, _)| *known == wanted) {
            Some((_, switch)) => {
                **switch = on;
                Ok(())
            }
            None => {
                let known: Vec<String> = all.iter().map(|(known, _)| known.replace('_', "-")).collect();
                Err(format!("there is no switch {name}; there are {}", known.join(", ")))
            }
        }
    }

    /// Every switch and its name. One that is missing here does not compile.
    fn all(&mut self) -> Vec<(&'static str, &mut bool)> {
        let Self {
            security_groups_are_soft_deleted,
            approvers_decide_on_themselves,
            only_applications_see_lag,
            empty_applications_beside_user_actions_are_refused,
            partial_conditions_are_merged,
            named_locations_in_use_cannot_be_deleted,
            locking_everybody_out_is_refused,
            conditional_access_answers_one_request_a_second,
            identity_governance_is_licensed,
            repeated_role_assignment_is_created,
            role_assignment_update_is_conflict,
        } = self;
        vec![
            ("security_groups_are_soft_deleted", security_groups_are_soft_deleted),
            ("approvers_decide_on_themselves", approvers_decide_on_themselves),
            ("only_applications_see_lag", only_applications_see_lag),
            ("empty_applications_beside_user_actions_are_refused", empty_applications_beside_user_actions_are_refused),
            ("partial_conditions_are_merged", partial_conditions_are_merged),
            ("named_locations_in_use_cannot_be_deleted", named_locations_in_use_cannot_be_deleted),
            ("locking_everybody_out_is_refused", locking_everybody_out_is_refused),
            ("conditional_access_answers_one_request_a_second", conditional_access_answers_one_request_a_second),
            ("identity_governance_is_licensed", identity_governance_is_licensed),
            ("repeated_role_assignment_is_created", repeated_role_assignment_is_created),
            ("role_assignment_update_is_conflict", role_assignment_update_is_conflict),
        ]
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // tests may panic

    use super::*;

    #[test]
    fn switches_are_turned_by_name() {
        let mut switches = Switches::default();
        assert_eq!(switches.turn("named-locations-in-use-cannot-be-deleted", true), Ok(()));
        assert!(switches.named_locations_in_use_cannot_be_deleted);
        let all: Vec<&str> = switches.all().into_iter().map(|(name, _)| name).collect();
        let refusal = switches.turn("weather", true).unwrap_err();
        assert!(all.iter().all(|name| refusal.contains(&name.replace('_', "-"))), "{refusal}");
    }
}
