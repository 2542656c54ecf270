//! An error of the Azure client as the user sees it: what could not be done, what the service said, what to do about it.

use framework::Diagnostic;

use crate::azure::{Candidate, Error, SignInError};
use crate::permissions;

/// Turns an error into a diagnostic: `.map_err(could_not("create the group \"admins\""))`.
pub fn could_not(what: impl Into<String>) -> impl FnOnce(Error) -> Diagnostic {
    let what = what.into();
    move |error| diagnostic(&what, &error)
}

/// The error of a provider that cannot sign in, with the cause in the line that Terraform prints first.
pub fn could_not_sign_in(error: &Error) -> Diagnostic {
    match error.sign_in() {
        Some(refused) => {
            let with = refused.taken().map_or_else(String::new, |way| format!(" with {way}"));
            let summary = format!("The provider could not sign in{with}: {}", refused.cause());
            Diagnostic::error(summary, format!("{error}\n\n{}", sign_in_advice(refused)))
        }
        None => {
            let text = error.to_string();
            let cause = text.split_inclusive(". ").next().unwrap_or_default().trim();
            let detail = advice(error).map_or_else(|| text.clone(), |advice| format!("{text}\n\n{advice}"));
            Diagnostic::error(format!("The provider could not sign in: {cause}"), detail)
        }
    }
}

/// What to do about a failure to sign in, and which ways to sign in there were.
fn sign_in_advice(error: &SignInError) -> String {
    let ways = listed(&error.ways);
    match advice_on_code(&error.code) {
        Some(advice) if error.auxiliary_tenant.is_none() => format!("{advice}\n\n{ways}"),
        _ => ways,
    }
}

/// What to do about a code of the identity platform (learn.microsoft.com/entra/identity-platform/reference-error-codes).
fn advice_on_code(code: &str) -> Option<&'static str> {
    Some(match code {
        "AADSTS7000215" => {
            "Check client_secret (ARM_CLIENT_SECRET): it must be the value of a secret of the application, not the ID of the secret."
        }
        "AADSTS7000222" => {
            "Add a new client secret to the application, or sign in without one: with a federated credential or a managed identity."
        }
        "AADSTS700016" => "Check client_id (ARM_CLIENT_ID) and tenant_id (ARM_TENANT_ID): the tenant has no such application.",
        "AADSTS90002" | "AADSTS900023" => "Check tenant_id (ARM_TENANT_ID) and environment (ARM_ENVIRONMENT).",
        "AADSTS700027" => "Upload the certificate to the application, or sign in with one that was uploaded.",
        "AADSTS700024" => "The token that was exchanged is not valid at this time. Get a new one, and check the clock of this machine.",
        "AADSTS70021" | "AADSTS700211" | "AADSTS700212" | "AADSTS700213" => {
            "Compare issuer, subject and audience of the token with the federated credentials of the application."
        }
        "AADSTS53003" => "A conditional access policy blocks this sign-in. The sign-in logs of the tenant name it.",
        "AADSTS50076" | "AADSTS50079" => {
            "Sign in to the Azure CLI again, with multifactor authentication: az login --scope https://graph.microsoft.com/.default"
        }
        _ => return None,
    })
}

fn diagnostic(what: &str, error: &Error) -> Diagnostic {
    let advice = match error.sign_in() {
        None => refusals(error).or_else(|| claims_challenge_advice(error)).or_else(|| permissions::advice(error)).or_else(|| advice(error)),
        Some(refused) => Some(sign_in_advice(refused)),
    };
    let detail = match advice {
        Some(advice) => format!("{error}\n\n{advice}"),
        None => error.to_string(),
    };
    let diagnostic = Diagnostic::error(format!("Could not {what}"), detail);
    match error.target() {
        Some(property) => diagnostic.at_attribute(&attribute_of(property)),
        None => diagnostic,
    }
}

/// The ways in order, one reason a line.
pub(crate) fn listed(considered: &[Candidate]) -> String {
    let line = |ways: &[Candidate]| {
        let names: Vec<&str> = ways.iter().map(|one| one.way).collect();
        let reason = ways.first().and_then(|one| one.why_not.as_deref()).unwrap_or("taken, and failed");
        format!("\n  - {}: {reason}", names.join(", "))
    };
    let lines: String = considered.chunk_by(|one, next| one.why_not == next.why_not).map(line).collect();
    format!("Ways to sign in, in the order in which they are looked at:{lines}")
}

/// What to do, where the error alone does not say.
fn advice(error: &Error) -> Option<String> {
    if let Some((action, scope)) = error.denied() {
        return Some(role_advice(action, scope));
    }
    if error.is_unknown_subscription() {
        return Some(
            "ARM says the same of a subscription that the identity may not see. Check the ID of the subscription in the scope, that it belongs to the tenant that \
             Terraform signs in to, and that the identity has a role in it, such as `Reader`."
                .to_owned(),
        );
    }
    if let Some(subscription) = error.linked_subscription() {
        return Some(format!(
            "The subscription {subscription} belongs to another tenant. Name that tenant in the provider's `auxiliary_tenant_ids` \
             (ARM_AUXILIARY_TENANT_IDS), where the identity that Terraform signs in as must be known, too."
        ));
    }
    let advice = if error.is_forbidden() {
        Some("The identity that Terraform signs in as lacks a permission for this. Grant it, have an administrator consent, and run again.")
    } else if error.is_quota() {
        Some("A limit of the service is reached. Remove what is no longer needed; deleted objects count until they are gone for good.")
    } else if error.is_throttled() {
        Some(
            "The service limits the rate of requests and did so until the end of the operation. Run again later, with a smaller -parallelism, or with \
             a longer time in the `timeouts` block of the resource.",
        )
    } else if error.is_ambiguous() {
        Some("It is not known whether the service did it, because no answer says so. Look before you run again.")
    } else if matches!(error, Error::Deadline(_)) {
        Some("A longer time can be given in the `timeouts` block of the resource.")
    } else {
        None
    };
    advice.map(str::to_owned)
}

/// Which role allows an action of Azure Resource Manager, by the end of the action's name; the one that allows least comes first.
const ALLOWING: [(&str, &str); 8] = [
    ("/roleassignments/write", "`Role Based Access Control Administrator`, `User Access Administrator` or `Owner`"),
    ("/roleassignments/delete", "`Role Based Access Control Administrator`, `User Access Administrator` or `Owner`"),
    ("schedulerequests/write", "`Role Based Access Control Administrator`, `User Access Administrator` or `Owner`"),
    ("/managedclusters/listclusterusercredential/action", "`Azure Kubernetes Service Cluster User Role`"),
    ("/managedclusters/listclusteradmincredential/action", "`Azure Kubernetes Service Cluster Admin Role`"),
    ("/managedclusters/write", "`Azure Kubernetes Service Contributor Role`"),
    ("/write", "`Contributor`"),
    ("/read", "`Reader`"),
];

/// What lets the identity do what Azure Resource Manager refused.
fn role_advice(action: &str, scope: &str) -> String {
    let name = action.to_ascii_lowercase();
    let roles = ALLOWING.iter().find(|(end, _)| name.ends_with(end)).map(|(_, roles)| *roles);
    let scope = grantable_scope(scope);
    let role = roles.map_or_else(|| "a role".to_owned(), |roles| format!("the role {roles}, or another role"));
    format!(
        "Give the identity that Terraform signs in as {role} with the action {action}, at {scope} or above it. If it was given a moment ago, it may take some minutes to \
         have an effect; and ARM says the same of a scope that does not exist."
    )
}

/// The scope at which a role can be given: above what belongs to it, such as a role assignment or a request, whose whole ID a refusal names.
fn grantable_scope(refused: &str) -> &str {
    const AUTHORIZATION: &str = "/providers/microsoft.authorization/";
    const SUBSCRIPTION: &str = "/providers/microsoft.subscription/subscriptions/";
    // ASCII lower-casing keeps every byte in its place.
    let lower = refused.to_ascii_lowercase();
    let scope = lower.find(AUTHORIZATION).and_then(|at| refused.get(..at)).unwrap_or(refused);
    // Privileged Identity Management puts its provider before a subscription.
    let prefix = if lower.starts_with(SUBSCRIPTION) { SUBSCRIPTION.len() - "/subscriptions/".len() } else { 0 };
    let scope = scope.get(prefix..).unwrap_or(scope);
    if scope.is_empty() { "/" } else { scope }
}

/// What the rules of a policy want that refused an assignment (docs/services/pim.md#refusals).
fn refusals(error: &Error) -> Option<String> {
    let failed = error.failed_policy_rules();
    if failed.is_empty() {
        return None;
    }
    let wants = failed.into_iter().map(|rule| match rule {
        "ExpirationRule" => {
            "- ExpirationRule: the policy allows no permanent assignment, or not for so long. Shorten `expiration`.".to_owned()
        }
        "JustificationRule" => "- JustificationRule: set `justification`.".to_owned(),
        "TicketingRule" => "- TicketingRule: set `ticket`.".to_owned(),
        "MfaRule" => "- MfaRule: the caller must have signed in with multifactor authentication, which an application cannot.".to_owned(),
        "EligibilityRule" => "- EligibilityRule: only who is eligible can activate.".to_owned(),
        other => format!("- {other}"),
    });
    Some(format!("The policy that governs the assignment refuses it:\n{}", wants.collect::<Vec<_>>().join("\n")))
}

/// How to sign in where an activation wants an authentication context.
fn claims_challenge_advice(error: &Error) -> Option<String> {
    let challenge = error.challenge()?;
    Some(format!(
        "The policy wants a sign-in that satisfies the authentication context {}, which this one has not been asked for. Where Terraform signs in as the Azure CLI, run\n\n  az \
         login --scope https://graph.microsoft.com/.default --claims-challenge {}\n\nand then Terraform again. Conditional access policies say what satisfies the context.",
        challenge.contexts().join(", "),
        challenge.base64()
    ))
}

/// The attribute that stands for a property of the service's JSON. Ours are Microsoft's names in Terraform's spelling, but for these.
fn attribute_of(property: &str) -> String {
    match property {
        "passwordProfile" => return "password".to_owned(),
        "passwordPolicies" => return "disable_strong_password".to_owned(),
        "employeeOrgData" => return "division".to_owned(),
        "onPremisesImmutableId" => return "onpremises_immutable_id".to_owned(),
        "groupTypes" => return "types".to_owned(),
        "isAssignableToRole" => return "assignable_to_role".to_owned(),
        "membershipRule" | "membershipRuleProcessingState" => return "dynamic_membership".to_owned(),
        _ => {}
    }
    let mut name = String::with_capacity(property.len() + 4);
    for letter in property.chars() {
        if letter.is_uppercase() {
            name.push('_');
        }
        name.extend(letter.to_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::{attribute_of, grantable_scope, role_advice};

    #[test]
    fn a_role_is_given_at_the_scope_of_an_assignment() {
        let id = "/subscriptions/s/resourceGroups/g";
        let policy = "/providers/Microsoft.Subscription/subscriptions/s/providers/Microsoft.Authorization/roleManagementPolicies/p";
        for (refused, scope) in [
            (format!("{id}/providers/Microsoft.Authorization/roleAssignments/a"), id),
            (format!("{id}/providers/microsoft.authorization/roleEligibilityScheduleRequests/a"), id),
            (id.to_owned(), id),
            ("/providers/Microsoft.Authorization/roleAssignments/a".to_owned(), "/"),
            (policy.to_owned(), "/subscriptions/s"),
            ("/providers/Microsoft.Management/managementGroups/m".to_owned(), "/providers/Microsoft.Management/managementGroups/m"),
        ] {
            assert_eq!(grantable_scope(&refused), scope, "{refused}");
        }
    }

    #[test]
    fn a_role_that_would_allow_it_is_named() {
        for (action, role) in [
            ("Microsoft.Authorization/roleAssignments/write", "`Role Based Access Control Administrator`"),
            ("Microsoft.ContainerService/managedClusters/listClusterUserCredential/action", "`Azure Kubernetes Service Cluster User Role`"),
            ("Microsoft.ContainerService/managedClusters/write", "`Azure Kubernetes Service Contributor Role`"),
            ("Microsoft.Resources/subscriptions/resourceGroups/read", "`Reader`"),
        ] {
            let advice = role_advice(action, "/subscriptions/s");
            assert!(advice.contains(role) && advice.contains(action) && advice.contains("/subscriptions/s"), "{advice}");
        }
    }

    #[test]
    fn properties_have_attributes() {
        assert_eq!(attribute_of("mailNickname"), "mail_nickname");
        assert_eq!(attribute_of("owners"), "owners");
        assert_eq!(attribute_of("groupTypes"), "types");
    }
}
