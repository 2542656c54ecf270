//! Whether a conditional access policy applies to a sign-in, and what it then asks for.
//!
//! The service evaluates sign-ins itself (*What If*, `POST /identity/conditionalAccess/evaluate`), but only against policies that exist: a planned policy is
//! evaluated here. The data source `conditional_access_evaluation` takes the service's answer about a policy and uses this evaluation to say which of its
//! conditions the sign-in leaves open; the guard against a lock-out uses it for the answer itself. `tests/conditional_access/guard.rs` holds both against each other.

mod controls;
mod evaluation;
mod principals;
mod sign_in;

pub(crate) use controls::Requirement;
pub(crate) use evaluation::{PolicyEffect, evaluate, undetermined};
pub(crate) use principals::{emergency_principals, principal};
pub(crate) use sign_in::{Circumstances, MODERN_CLIENTS, SignIn, SignInTarget, TERRAFORM_CLIENT, Who};
