//! Errors of Privileged Identity Management: the codes and texts that both services share.

/// Why a request or a rule is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The schedule, or the request as a whole, makes no sense.
    Invalid,
    /// Shorter than the floor, or removed before it.
    TooShort,
    /// There is such an assignment already.
    Exists,
    /// There is no such assignment.
    Missing,
    /// The principal is not known here, or not yet.
    NoSuchObject,
    /// A request of the same kind is waiting.
    Pending,
    /// The policy's rules that the request breaks, by the names that the service gives them.
    Policy(Vec<&'static str>),
    /// An authentication context is required that the token does not have: its claim value.
    Context(String),
    /// A rule with values that it cannot have.
    InvalidPolicy,
    /// MFA cannot be switched on while an authentication context is required.
    MfaAndContext,
    /// A rule that was damaged by an earlier write.
    BrokenRule(String),
}

impl Refusal {
    /// The code, which clients match on.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid => "InvalidRoleAssignmentRequest",
            Self::TooShort => "ActiveDurationTooShort",
            Self::Exists => "RoleAssignmentExists",
            Self::Missing => "RoleAssignmentDoesNotExist",
            Self::NoSuchObject => "SubjectNotFound",
            Self::Pending => "PendingRoleAssignmentRequest",
            Self::Policy(_) => "RoleAssignmentRequestPolicyValidationFailed",
            Self::Context(_) => "RoleAssignmentRequestAcrsValidationFailed",
            Self::InvalidPolicy => "InvalidPolicy",
            Self::MfaAndContext => "MfaAndAcrsConflict",
            // Unverified: the code.
            Self::BrokenRule(_) => "InvalidPolicyRule",
        }
    }

    /// The text, misspellings included.
    pub fn message(&self) -> String {
        match self {
            Self::Invalid => "The role assignment request is invalid.".into(),
            Self::TooShort => "The Active duration is too short. Miniumum Required is 5 minutes.".into(),
            Self::Exists => "The Role assignment already exists.".into(),
            Self::Missing => "The Role assignment does not exist.".into(),
            Self::NoSuchObject => "The subject is not found.".into(),
            // Unverified: the text.
            Self::Pending => "There is already an existing pending Role assignment request.".into(),
            Self::Policy(rules) => {
                let names: Vec<String> = rules.iter().map(|rule| format!("\"{rule}\"")).collect();
                format!("The following policy rules failed: [{}]", names.join(","))
            }
            Self::Context(value) => {
                let claims = format!("{{\"access_token\":{{\"acrs\":{{\"essential\":true,\"value\":\"{value}\"}}}}}}");
                format!("&claims={}", crate::http::text::percent_encode(&claims))
            }
            Self::InvalidPolicy => "The policy is invalid.".into(),
            Self::MfaAndContext => "The Mfa and Acrs policy settings cannot be enabled simultaneously.".into(),
            Self::BrokenRule(id) => format!("The policy rule id {id} is invalid."),
        }
    }
}
