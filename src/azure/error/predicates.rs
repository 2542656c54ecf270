//! The questions that the rest of the provider asks about an error.

use super::{Detail, Error, Exchange, ServiceError, SignInError, Trouble};
use std::sync::Arc;

use percent_encoding::percent_decode_str;

use crate::azure::caller::Caller;
use crate::azure::challenge::Challenge;
use crate::azure::service::Service;

/// Text of a 404 or 400 about something that was named in a path, a body or a reference (docs/services/graph.md#responses-and-errors).
const MISSING_REFERENCE: &str = "does not exist or one of its queried reference-property objects are not present";

impl Error {
    /// What kept us from signing in, if that is what failed.
    pub fn sign_in(&self) -> Option<&SignInError> {
        match self {
            Self::SignIn(error) => Some(error),
            Self::Deadline(Some(last)) | Self::Stopped(Some(last)) => last.sign_in(),
            _ => None,
        }
    }

    /// Whether the object that was asked for does not exist (or not yet, or not on this replica).
    ///
    /// A 404 without a code of the service's own is none: it may come from a proxy. Nor is `SubscriptionNotFound`,
    /// which ARM also returns to a caller who is signed in to the wrong tenant: it does not mean that an object is gone.
    pub fn is_not_found(&self) -> bool {
        self.is(|error| {
            let code = error.code.as_str();
            error.status == 404 && code.ends_with("NotFound") && code != "SubscriptionNotFound"
        })
    }

    /// Whether Azure Resource Manager knows no such subscription, or none that the caller may see.
    pub fn is_unknown_subscription(&self) -> bool {
        self.is(|error| error.status == 404 && error.code == "SubscriptionNotFound")
    }

    /// Whether a reference that was to be added (a member, an owner) is there already.
    pub fn is_reference_exists(&self) -> bool {
        self.is(|error| error.status == 400 && error.says("One or more added object references already exist"))
    }

    /// Whether a reference that was to be removed is not there, or the object that it names does not exist.
    /// [`missing_object`](Self::missing_object) names it, if the service does.
    pub fn is_reference_missing(&self) -> bool {
        self.is(|error| {
            matches!(error.status, 400 | 404)
                && (error.says("One or more removed object references do not exist") || error.says(MISSING_REFERENCE))
        })
    }

    /// Whether the service found nothing to remove: no such object, no such reference, no such grant. A replica that lags says the same of what exists, so
    /// it is to be confirmed by a read.
    pub fn is_nothing_to_remove(&self) -> bool {
        self.is_not_found() || self.is_reference_missing() || self.is_grant_missing()
    }

    /// Whether an owner of a group cannot be removed because no other is left who counts (docs/services/graph.md#members-and-owners).
    pub fn is_last_owner(&self) -> bool {
        self.is(|error| error.status == 400 && error.says("must have at least one owner"))
    }

    /// The id in `Resource '<id>' does not exist ...`.
    pub fn missing_object(&self) -> Option<&str> {
        let error = self.service_error()?;
        error.says(MISSING_REFERENCE).then(|| quoted(&error.message, "Resource '"))?
    }

    /// Whether another object has the same value of `property` (its name as in the service's JSON).
    pub fn is_duplicate_property(&self, property: &str) -> bool {
        self.is(|error| {
            let conflict = |detail: &Detail| detail.code == "ObjectConflict" && detail.target.eq_ignore_ascii_case(property);
            let sentence = format!("Another object with the same value for property {property} already exists");
            matches!(error.status, 400 | 409) && (error.says(&sentence) || error.details.iter().any(conflict))
        })
    }

    /// Type and id of the other object in a conflict, if the service names it (`ConflictingObjects`).
    pub fn conflicting_object(&self) -> Option<(&str, &str)> {
        let error = self.service_error()?;
        let detail = error.details.iter().find(|detail| detail.code == "ConflictingObjects")?;
        detail.target.split_once('_')
    }

    /// Whether a person has not signed in yet with the code that they were shown.
    pub(in crate::azure) fn is_authorization_pending(&self) -> bool {
        matches!(self, Self::SignIn(error) if ["AADSTS70016", "authorization_pending"].contains(&error.code.as_str()))
    }

    /// Whether a client that polls for a sign-in by device code should poll less often.
    pub(in crate::azure) fn is_asked_too_often(&self) -> bool {
        matches!(self, Self::SignIn(error) if error.code == "slow_down")
    }

    /// The file that the managed identity endpoint of Azure Arc wants to have been read first.
    pub(in crate::azure) fn key_file(&self) -> Option<&str> {
        match self {
            Self::SignIn(error) => error.key_file.as_deref(),
            _ => None,
        }
    }

    /// Whether a quota of the directory or of the subscription is used up.
    pub fn is_quota(&self) -> bool {
        self.is(ServiceError::is_quota)
    }

    /// Whether the caller lacks a permission. A quota is not that, nor a proxy's 403.
    pub fn is_forbidden(&self) -> bool {
        self.is(|error| error.status == 403 && !error.code.is_empty() && !error.is_quota())
    }

    /// The error with who asked, if that is why the service refused.
    pub(in crate::azure) fn asked_by(mut self, caller: impl FnOnce() -> Caller) -> Self {
        if self.is_forbidden()
            && let Self::Service(error) = &mut self
        {
            error.caller = Some(Arc::new(caller()));
        }
        self
    }

    /// Who asked, what for and of whom, where the service refused because of who asked: method and path as the request's author wrote it.
    pub fn refused_caller(&self) -> Option<(&Caller, Service, String)> {
        let error = self.service_error().filter(|_| self.is_forbidden())?;
        let Exchange { service, method, template, .. } = &error.exchange;
        Some((error.caller.as_deref()?, *service, format!("{method} {template}")))
    }

    /// Whether the tenant lacks the licence for Privileged Identity Management (docs/services/pim.md#refusals): then it has none.
    pub fn is_unlicensed(&self) -> bool {
        self.is(|error| error.code == "AadPremiumLicenseRequired")
    }

    /// Whether what was to be assigned through Privileged Identity Management is assigned already (docs/services/pim.md#refusals and
    /// docs/services/pim.md#azure-roles). Azure Resource Manager gives role assignments the same code with another status.
    pub fn is_grant_exists(&self) -> bool {
        self.is(|error| matches!(error.status, 400 | 409) && error.code == "RoleAssignmentExists")
    }

    /// Whether what was to be changed or removed through Privileged Identity Management is not assigned.
    pub fn is_grant_missing(&self) -> bool {
        self.is(|error| matches!(error.code.as_str(), "RoleAssignmentDoesNotExist" | "RoleEligibilityDoesNotExist"))
    }

    /// Whether an assignment is too new to be removed: the service requires an age of five minutes (docs/services/pim.md#actions).
    pub fn is_within_minimum_duration(&self) -> bool {
        self.is(|error| error.code == "ActiveDurationTooShort")
    }

    /// Whether another request about the same assignment is still under way.
    pub fn is_request_pending(&self) -> bool {
        self.is(|error| error.code == "PendingRoleAssignmentRequest")
    }

    /// Whether there is a request of that name already, which is our own: names are random (docs/services/pim.md#azure-roles). Unverified: the code.
    pub fn is_request_exists(&self) -> bool {
        self.is(|error| error.code == "RoleAssignmentRequestExists")
    }

    /// Whether a policy has another id by now (docs/services/pim.md#policies-of-groups and docs/services/pim.md#policies-of-azure-roles).
    pub fn is_policy_gone(&self) -> bool {
        self.is_not_found() || self.is(|error| error.code == "InputPolicyNotFound")
    }

    /// Names of the rules of a policy that refuse an assignment, as in `The following policy rules failed: ["ExpirationRule"]`; empty if it is none of that.
    pub fn failed_policy_rules(&self) -> Vec<&str> {
        let failed = self.service_error().filter(|error| error.code == "RoleAssignmentRequestPolicyValidationFailed");
        let list = failed.and_then(|error| Some(error.message.split_once('[')?.1.split_once(']')?.0));
        list.into_iter()
            .flat_map(|list| list.split(','))
            .map(|name| name.trim().trim_matches('"'))
            .filter(|name| !name.is_empty())
            .collect()
    }

    /// What the token lacks for an activation, where the policy wants an authentication context: the claims that the service asks for in its text
    /// (docs/services/pim.md#refusals).
    pub fn challenge(&self) -> Option<Challenge> {
        let error = self.service_error().filter(|error| error.code == "RoleAssignmentRequestAcrsValidationFailed")?;
        let (_, claims) = error.message.split_once("claims=")?;
        Challenge::read(&percent_decode_str(claims).decode_utf8_lossy())
    }

    /// Whether the service refused because of who asked (401, 403). It would refuse again. Neither a quota is that nor a proxy's answer, which has no code of
    /// the service's.
    pub fn is_denied(&self) -> bool {
        self.is(|error| matches!(error.status, 401 | 403) && !error.code.is_empty() && !error.is_quota())
    }

    /// Whether the service refused the request itself, independently of the caller: the other answers from 400 to 499, but for "not found", for what is only a matter of time (408,
    /// 429), and for answers without a code of the service's, which may come from a proxy.
    pub fn is_rejected(&self) -> bool {
        let is_final = self.is(|error| (400..500).contains(&error.status) && ![408, 429].contains(&error.status) && !error.code.is_empty());
        is_final && !self.is_denied() && !self.is_not_found()
    }

    /// Whether a service, or something in front of it, answered that it failed or could not be reached: nothing is known by that.
    pub fn is_server_error(&self) -> bool {
        self.is_answer() && !(self.is_denied() || self.is_rejected() || self.is_not_found() || self.is_throttled())
    }

    /// Whether the service limits the rate, which is also why an operation's time may be over.
    pub fn is_throttled(&self) -> bool {
        match self {
            Self::Deadline(Some(last)) | Self::Stopped(Some(last)) => last.is_throttled(),
            error => error.is(|error| error.status == 429),
        }
    }

    /// What failed between us and the service, if there was no answer.
    pub(in crate::azure) fn trouble(&self) -> Option<Trouble> {
        match self {
            Self::Network(error) => Some(error.trouble),
            _ => None,
        }
    }

    /// Whether this error can mean that something that was just written has not reached the replica that was asked
    /// (docs/services/graph.md#creating-groups and docs/services/graph.md#replication). Each of these also has its ordinary meaning: believe it once the
    /// consistency window of the object has passed.
    pub fn is_not_yet_there(&self) -> bool {
        self.is_not_found()
            || self.is(|error| match error.status {
                400 => {
                    matches!(error.code.as_str(), "PrincipalNotFound" | "SubjectNotFound")
                        || error.says(MISSING_REFERENCE)
                        // What a group with an owner gets who is not replicated yet; also any impossible value.
                        || error.says("One or more property values specified are invalid")
                        || error.is_missing_policy_reference()
                }
                // The service principal itself is new.
                401 => error.code == "Authorization_IdentityNotFound",
                _ => false,
            })
    }

    /// Whether ARM knows no principal of that id (yet): it names it to nobody else (docs/services/resource-manager.md#refusals-of-role-assignments).
    pub fn is_principal_missing(&self) -> bool {
        self.is(|error| error.status == 400 && error.code == "PrincipalNotFound")
    }

    /// Whether a principal has that role at that scope already, by an assignment of another name.
    pub fn is_assignment_exists(&self) -> bool {
        self.is(|error| error.status == 409 && error.code == "RoleAssignmentExists")
    }

    /// The name of the assignment that exists already, with the dashes that the service leaves out; older answers do not have it
    /// (docs/services/resource-manager.md#refusals-of-role-assignments).
    pub fn existing_assignment(&self) -> Option<uuid::Uuid> {
        let error = self.service_error().filter(|_| self.is_assignment_exists())?;
        let (_, rest) = error.message.split_once("The ID of the existing role assignment is ")?;
        uuid::Uuid::try_parse(rest.split(|c: char| !c.is_ascii_hexdigit() && c != '-').next()?).ok()
    }

    /// Whether the name belongs to an assignment of something else. The status is unverified: 400 by the documentation's heading, 409 elsewhere.
    pub fn is_assignment_taken(&self) -> bool {
        self.is(|error| matches!(error.status, 400 | 409) && error.code == "RoleAssignmentUpdateNotPermitted")
    }

    /// Whether there is no role definition of the id that was asked for.
    pub fn is_role_missing(&self) -> bool {
        let codes = ["RoleDefinitionDoesNotExist", "InvalidRoleDefinitionId"];
        self.is_not_found() || self.is(|error| matches!(error.status, 400 | 404) && codes.contains(&error.code.as_str()))
    }

    /// Whether another operation on the same cluster is under way (docs/services/resource-manager.md#managed-clusters).
    pub fn is_busy(&self) -> bool {
        self.is(|error| error.status == 409 && error.code == "OperationNotAllowed" && error.says("in progress"))
    }

    /// Whether a write was accepted, and the operation that it began failed: something may have been changed.
    pub fn is_operation_failed(&self) -> bool {
        matches!(self, Self::Operation(_))
    }

    /// Whether the object was changed since it was read (docs/services/resource-manager.md#managed-clusters).
    pub fn is_stale(&self) -> bool {
        self.is(|error| (error.status == 409 && error.code == "EtagMismatch") || error.status == 412)
    }

    /// The action and the scope that ARM names when it refuses (docs/services/resource-manager.md#refusals-of-role-assignments).
    pub fn denied(&self) -> Option<(&str, &str)> {
        let error = self.service_error().filter(|_| self.is_forbidden() && self.linked_subscription().is_none())?;
        // A linked scope is named last, and is the one that lacks something.
        let (_, after) = error.message.rsplit_once("to perform action '")?;
        let (action, rest) = after.split_once('\'')?;
        let scope = ["over scope '", "on the linked scope(s) '", "on scope '"].iter().find_map(|before| rest.split_once(before))?.1;
        Some((action, scope.split('\'').next()?))
    }

    /// Whether the condition of a role assignment cannot be read (learn.microsoft.com/azure/role-based-access-control/conditions-troubleshoot; the code is not
    /// documented).
    pub fn is_invalid_condition(&self) -> bool {
        self.is(|error| error.status == 400 && error.says("role assignment condition is invalid"))
    }

    /// The subscription of another tenant that a request refers to without a token of that tenant, where ARM refuses because of it.
    pub fn linked_subscription(&self) -> Option<&str> {
        let error = self.service_error().filter(|error| error.code == "LinkedAuthorizationFailed")?;
        quoted(&error.message, "is not authorized to access linked subscription '")
    }

    /// Whether a policy names a location, strength or other object of conditional access that does not exist, or not yet: what a policy gets right after that
    /// object was created (docs/services/conditional-access.md#refusals). The number differs by kind, the sentence does not.
    pub fn is_missing_policy_reference(&self) -> bool {
        self.is(ServiceError::is_missing_policy_reference)
    }

    /// The number at the beginning of an error of conditional access, such as 1108, and its sentence (docs/services/conditional-access.md#refusals).
    pub fn conditional_access_number(&self) -> Option<(u16, &str)> {
        let error = self.service_error()?;
        let (number, sentence) = error.message.split_once(':')?;
        (error.status == 400).then(|| Some((number.trim().parse().ok()?, sentence.trim())))?
    }

    /// Whether security defaults stand in the way of a policy (docs/services/conditional-access.md#refusals).
    pub fn is_security_defaults(&self) -> bool {
        self.is(|error| error.status == 400 && error.says("Security Defaults is enabled in the tenant"))
    }

    /// Whether a page's token is too old, so that the listing must begin again.
    pub fn is_expired_page(&self) -> bool {
        self.is(|error| error.status == 400 && error.code == "Directory_ExpiredPageToken")
    }

    /// Whether the service did not accept the token; a new one may help, once.
    pub(in crate::azure) fn is_unauthenticated(&self) -> bool {
        self.is(|error| error.status == 401)
    }

    /// Whether the write may have taken effect although this is an error: look before doing it again.
    pub fn is_ambiguous(&self) -> bool {
        self.exchange().is_some_and(|exchange| exchange.ambiguous)
    }

    /// Whether an earlier attempt of the same request may have taken effect: then "not found" can be the answer to a
    /// second DELETE, and "already exists" to a second POST.
    pub fn is_repeated(&self) -> bool {
        self.exchange().is_some_and(|exchange| exchange.repeated)
    }

    /// Whether the operation's own end, by time or by command, is the reason.
    pub fn is_ended(&self) -> bool {
        matches!(self, Self::Deadline(_) | Self::Stopped(_))
    }

    /// Whether the service failed for as long as the operation had time, so that others who wait for the same result have it, too.
    pub fn is_outage(&self) -> bool {
        matches!(self, Self::Deadline(Some(_)))
    }

    /// The property, in camelCase as in the service's JSON, that the service complains about, if it names one.
    pub fn target(&self) -> Option<&str> {
        let error = self.service_error()?;
        let named = error.details.iter().find_map(|detail| {
            // `Group_<id>` is another object.
            let target = detail.target.as_str();
            (detail.code != "ConflictingObjects" && is_property(target)).then_some(target)
        });
        named.or_else(|| property_in(&error.message))
    }

    /// The code of the service's answer, e.g. `Request_BadRequest` or `AADSTS7000215`; for messages, not for decisions.
    pub fn code(&self) -> &str {
        match self {
            Self::Service(error) => &error.code,
            Self::SignIn(error) => &error.code,
            Self::Operation(error) => &error.code,
            Self::Deadline(Some(last)) | Self::Stopped(Some(last)) | Self::StillThere(Some(last)) => last.code(),
            _ => "",
        }
    }

    /// Whether a service gave an answer at all.
    pub fn is_answer(&self) -> bool {
        matches!(self, Self::Service(_))
    }

    /// The same error about an exchange inside the one that it is about.
    pub(in crate::azure) fn within(&self, part: impl Fn(&Exchange) -> Exchange) -> Self {
        match self.clone() {
            Self::Service(mut error) => {
                error.exchange = part(&error.exchange);
                Self::Service(error)
            }
            Self::Network(mut error) => {
                error.exchange = part(&error.exchange);
                Self::Network(error)
            }
            Self::Unreadable(mut error) => {
                error.exchange = part(&error.exchange);
                Self::Unreadable(error)
            }
            Self::Deadline(Some(last)) => Self::Deadline(Some(Box::new(last.within(part)))),
            Self::Stopped(Some(last)) => Self::Stopped(Some(Box::new(last.within(part)))),
            other => other,
        }
    }

    fn is(&self, question: impl Fn(&ServiceError) -> bool) -> bool {
        self.service_error().is_some_and(question)
    }

    fn service_error(&self) -> Option<&ServiceError> {
        match self {
            Self::Service(error) => Some(error),
            _ => None,
        }
    }

    /// The exchange that the error is about, if it got that far.
    pub fn exchange(&self) -> Option<&Exchange> {
        match self {
            Self::Service(error) => Some(&error.exchange),
            Self::Network(error) => Some(&error.exchange),
            Self::Unreadable(error) => Some(&error.exchange),
            Self::Deadline(Some(last)) | Self::Stopped(Some(last)) => last.exchange(),
            Self::SignIn(_) | Self::Operation(_) | Self::Invalid(_) | Self::Deadline(None) | Self::Stopped(None) | Self::StillThere(_) => {
                None
            }
        }
    }
}

impl ServiceError {
    fn says(&self, text: &str) -> bool {
        self.message.contains(text)
    }

    fn is_missing_policy_reference(&self) -> bool {
        self.status == 400 && self.says(" with id ") && self.says(" does not exist in the directory")
    }

    fn is_quota(&self) -> bool {
        matches!(self.code.as_str(), "Directory_QuotaExceeded" | "RoleAssignmentLimitExceeded")
    }
}

/// The sentences in which a property is named (docs/services/graph.md#creating-groups, docs/services/graph.md#members-and-owners and docs/services/graph.md#users).
fn property_in(message: &str) -> Option<&str> {
    const BEFORE: [&str; 5] =
        ["for property '", "same value for property ", "modified properties: '", "domain portion of the ", "forward-link '"];
    if message.contains("password does not comply") || message.contains("A password must be") {
        return Some("passwordProfile");
    }
    BEFORE.iter().find_map(|before| quoted(message, before)).filter(|name| is_property(name))
}

/// The word after `before`, up to a quote or a space.
fn quoted<'a>(message: &'a str, before: &str) -> Option<&'a str> {
    let (_, rest) = message.split_once(before)?;
    rest.split(['\'', ' ']).next()
}

fn is_property(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase()) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '.')
}
