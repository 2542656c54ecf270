//! The attributes that every grant has, whatever it grants.

use framework::Model;

use crate::attributes::{duration, instant};
use crate::pim::terms::{Expiration, Ticket};

/// Duration, reason and status of a grant.
#[derive(Clone, Debug, Model)]
pub struct GrantTerms {
    /// Identifier of the grant. Stable, unlike the service's schedule IDs.
    #[attr(use_state_for_unknown)]
    pub id: String,
    /// When the grant ends: exactly one of `permanent`, `duration` and `end`. The policy limits it.
    #[attr(block)]
    pub expiration: Expiration,
    /// Time at which the grant begins. Omitted or in the past: immediately. A start that has passed is no difference.
    #[attr(semantic_equality(instant::same), check(instant::check()))]
    pub start: Option<String>,
    /// Justification recorded with the request. The service keeps it for about 45 days; after that the value in state is kept.
    #[attr(check(length(1, 500)))]
    pub justification: Option<String>,
    /// Ticket recorded with the request. Kept as `justification` is.
    #[attr(block)]
    pub ticket: Option<Ticket>,
    /// How long before its end a plan renews the grant for `expiration.duration`, counted from the apply. Omitted: a temporary grant ends, stays in
    /// state as `Expired` and is granted again only when an argument changes.
    #[attr(semantic_equality(duration::same), check(duration::between("PT1M", "P3650D")))]
    pub renew_before: Option<String>,
    /// Whether to adopt a grant that already exists instead of failing. An adopted grant is updated to match the configuration and is removed on
    /// destroy.
    #[attr(default(false))]
    pub adopt_existing: bool,
    /// Whether the end is nearer than `renew_before`. A plan that changes this to `false` renews the grant.
    #[attr(default(false), output)]
    pub renewal_due: bool,
    /// ID of the schedule in the service. It changes with every request.
    #[attr(output)]
    pub schedule_id: Option<String>,
    /// Status of the grant: `Provisioned`, `Expired`, or the service's status of a request that is not done.
    #[attr(output)]
    pub status: Option<String>,
    /// Time at which the grant begins or began, as reported by the service.
    #[attr(output, semantic_equality(instant::same))]
    pub effective_start: Option<String>,
    /// Time at which the grant ends, as reported by the service. Null if it is permanent.
    #[attr(output, semantic_equality(instant::same))]
    pub effective_end: Option<String>,
}
