//! What the status of a request of Privileged Identity Management means: one table, for the provider and for the program `aksaccess`.

/// Where a request stands, whatever the service calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestState {
    /// The service is not done with it: it waits for an approval, or is being provisioned.
    InProgress,
    /// It was accepted and takes effect at its start, which is still to come.
    Scheduled,
    /// It has taken effect.
    Provisioned,
    /// It was refused, taken back or revoked, or it failed: nothing exists because of it.
    Ended,
}

/// Every status that the two services document, with what it means
/// (learn.microsoft.com/graph/api/resources/privilegedaccessgroupassignmentschedulerequest,
/// learn.microsoft.com/rest/api/authorization/role-assignment-schedule-requests/get#status).
const STATUSES: [(&str, RequestState); 22] = [
    ("Accepted", RequestState::InProgress),
    ("AdminApproved", RequestState::InProgress),
    ("AdminDenied", RequestState::Ended),
    ("Canceled", RequestState::Ended),
    ("Denied", RequestState::Ended),
    ("Failed", RequestState::Ended),
    ("FailedAsResourceIsLocked", RequestState::Ended),
    ("Granted", RequestState::Scheduled),
    ("Invalid", RequestState::Ended),
    ("PendingAdminDecision", RequestState::InProgress),
    ("PendingApproval", RequestState::InProgress),
    ("PendingApprovalProvisioning", RequestState::InProgress),
    ("PendingEvaluation", RequestState::InProgress),
    ("PendingExternalProvisioning", RequestState::InProgress),
    ("PendingProvisioning", RequestState::InProgress),
    ("PendingRevocation", RequestState::InProgress),
    ("PendingScheduleCreation", RequestState::InProgress),
    ("Provisioned", RequestState::Provisioned),
    ("ProvisioningStarted", RequestState::InProgress),
    ("Revoked", RequestState::Ended),
    ("ScheduleCreated", RequestState::Scheduled),
    ("TimedOut", RequestState::Ended),
];

impl RequestState {
    /// The meaning of a status. An undocumented one is classified by its prefix (`Pending…`, `Failed…`), and else as still in progress: success is
    /// never assumed.
    pub fn of(status: &str) -> Self {
        let known = STATUSES.iter().find(|(name, _)| name.eq_ignore_ascii_case(status));
        known.map_or_else(|| if status.starts_with("Failed") { Self::Ended } else { Self::InProgress }, |(_, state)| *state)
    }

    /// Whether the service is not done with it yet. Not so of what only waits for its start.
    pub fn is_in_progress(self) -> bool {
        self == Self::InProgress
    }

    /// Whether it has not taken effect yet, and may still.
    pub fn is_to_come(self) -> bool {
        matches!(self, Self::InProgress | Self::Scheduled)
    }

    /// Whether it has ended without effect.
    pub fn has_ended(self) -> bool {
        self == Self::Ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_status_means_does_not_hang_on_its_case() {
        for (status, expected) in STATUSES {
            assert_eq!(RequestState::of(status), expected, "{status}");
            assert_eq!(RequestState::of(&status.to_lowercase()), expected, "{status}");
        }
    }

    #[test]
    fn what_nobody_has_documented_is_no_success() {
        assert_eq!(RequestState::of("PendingSomethingNew"), RequestState::InProgress);
        assert_eq!(RequestState::of("FailedAsTheMoonIsFull"), RequestState::Ended);
        assert_eq!(RequestState::of("Whatever"), RequestState::InProgress);
    }
}
