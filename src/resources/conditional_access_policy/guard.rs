//! The guard against a lock-out: evaluates a planned policy against the sign-ins that must stay possible.
//!
//! One rule: whom an enabled policy catches in every sign-in is an error, whom it may catch, depending on something of a sign-in that a plan cannot know, is a
//! warning, and whom it does not catch is nothing. It looks again in the apply walk, where more is known. A policy that the plan does not change is evaluated for
//! emergency access alone, and gives warnings: it is in force already, and the plan may be what ends that. The page of the resource says the same to users.

use framework::value::Path;
use framework::{Change, Context, Diagnostic, Diagnostics, View, WarningKind};

use crate::conditional_access::values;
use crate::policy_evaluation::{
    Circumstances, PolicyEffect, Requirement, SignIn, SignInTarget, Who, emergency_principals, evaluate, principal,
};
use crate::policy_evaluation::{MODERN_CLIENTS, TERRAFORM_CLIENT};
use crate::services::Services;

/// Nobody could sign in to anything.
pub(super) const LOCKS_EVERYBODY_OUT: WarningKind = WarningKind {
    id: "policy_locks_everybody_out",
    about: "A policy blocks all users from all applications, and nobody and nothing is left out.",
};
/// Everybody needs a device or an application that was prepared.
pub(super) const NEEDS_DEVICE: WarningKind = WarningKind {
    id: "policy_needs_device_of_everybody",
    about: "A policy lets nobody in to any application without a compliant or joined device, or an approved or protected application, and nobody and nothing is left out.",
};
/// Nobody is excluded from something that leaves a way in.
pub(super) const EXCLUDES_NOBODY: WarningKind = WarningKind {
    id: "policy_excludes_nobody",
    about: "A policy has all users, excludes nobody, and asks for something that can be done during the sign-in, or does not apply to every sign-in.",
};
/// An emergency access account would be caught.
pub(super) const CATCHES_EMERGENCY_ACCESS: WarningKind = WarningKind {
    id: "policy_catches_emergency_access",
    about: "A policy blocks, or asks more of, one of the provider's `emergency_access_principals`, who are taken to be Global Administrators.",
};
/// Terraform would lock itself out.
pub(super) const CATCHES_CALLER: WarningKind = WarningKind {
    id: "policy_catches_signed_in_principal",
    about: "A policy keeps the identity that Terraform signs in as from Microsoft Graph or Azure Resource Manager.",
};

/// Applications that the provider itself needs: Microsoft Graph, and Azure Resource Manager.
const NEEDED: [&str; 2] = ["00000003-0000-0000-c000-000000000000", "797f4846-ba00-4fd7-ba43-dac1f8f63013"];

/// Whom a policy catches.
struct Caught {
    by: String,
    /// Attributes of `conditions` that decide; none if it is caught in every sign-in.
    depends_on: Vec<&'static str>,
}

impl Caught {
    fn of(effect: PolicyEffect) -> Option<Self> {
        match effect {
            PolicyEffect::Applies { by } => Some(Caught { by, depends_on: Vec::new() }),
            PolicyEffect::MayApply { by, depends_on } => Some(Caught { by, depends_on }),
            PolicyEffect::DoesNotApply(_) | PolicyEffect::NotYetKnown => None,
        }
    }

    fn is_certain(&self) -> bool {
        self.depends_on.is_empty()
    }

    /// On what it depends, as a sentence; empty if on nothing.
    fn condition(&self) -> String {
        if self.is_certain() {
            return String::new();
        }
        let places: Vec<String> = self.depends_on.iter().map(|place| format!("`conditions.{place}`")).collect();
        format!(" Not every sign-in is caught: that depends on {}.", places.join(", "))
    }

    /// Why it is no error, as a sentence; empty if it is one.
    fn reservation(&self) -> String {
        self.condition().replacen(" Not every sign-in", " It is no error, because not every sign-in", 1)
    }
}

/// What is planned, and what is made of it.
struct Guard<'a, 'f> {
    conditions: View<'a>,
    asks: Requirement,
    is_enabled: bool,
    /// Whether the policy is in force already: then nothing that this plan applies is refused, for it may be what ends it.
    is_in_force: bool,
    found: &'f mut Diagnostics,
}

/// Looks at a planned policy.
pub(super) async fn plan_check(change: Change<'_>, cx: &mut Context<Services>, found: &mut Diagnostics) {
    if !["state", "conditions", "grant_controls"].iter().any(|attribute| change.touches(attribute)) {
        if !change.in_apply {
            unchanged_check(change.planned, cx, found).await;
        }
        return;
    }
    let is_enabled = match change.planned.get::<String>("state").as_deref() {
        Some(values::ENABLED) => true,
        Some(values::REPORT_ONLY) => false,
        _ => return,
    };
    // In the apply walk a warning would be shown twice.
    if change.in_apply && !is_enabled {
        return;
    }
    let Some(asks) = Requirement::of(change.planned) else { return };
    let mut guard = Guard { conditions: change.planned.inner("conditions"), asks, is_enabled, is_in_force: false, found };
    guard.everybody(change.in_apply);
    guard.emergency_access(cx, change.in_apply).await;
    if guard.asks.keeps_out() {
        guard.caller(cx, change.in_apply).await;
    }
}

/// Looks at a policy that stays as it is: whether it catches an emergency access principal by now.
pub(super) async fn unchanged_check(planned: View<'_>, cx: &mut Context<Services>, found: &mut Diagnostics) {
    if planned.get::<String>("state").as_deref() != Some(values::ENABLED) {
        return;
    }
    let Some(asks) = Requirement::of(planned) else { return };
    let mut guard = Guard { conditions: planned.inner("conditions"), asks, is_enabled: true, is_in_force: true, found };
    guard.emergency_access(cx, false).await;
}

impl Guard<'_, '_> {
    fn evaluate(&self, who: Who, target: SignInTarget, clients: &[&'static str]) -> Option<Caught> {
        Caught::of(evaluate(self.conditions, &SignIn { who, target, circumstances: Circumstances::with_clients(clients) }))
    }

    fn say(&mut self, is_error: bool, place: &str, summary: String, detail: String, warning_kind: &'static WarningKind, in_apply: bool) {
        let finding = match (is_error && self.is_enabled && !self.is_in_force, self.is_enabled) {
            (true, _) => Diagnostic::error(summary, detail),
            (false, _) if in_apply => return,
            (false, true) => Diagnostic::warning(summary, detail),
            (false, false) => Diagnostic::warning(summary, format!("{detail} For now it would only be reported.")),
        };
        self.found.add(finding.at(Path::nested(place)).of(warning_kind));
    }

    /// All users, of whom nobody is excluded.
    fn everybody(&mut self, in_apply: bool) {
        let Some(caught) = self.evaluate(Who::Everybody, SignInTarget::EveryApplication, &MODERN_CLIENTS) else { return };
        let locks_out = caught.is_certain() && self.asks.keeps_out();
        let (summary, does, warning_kind) = match (&self.asks, locks_out) {
            (Requirement::Block, true) => (
                "This policy would lock everybody out",
                "All users are blocked from all applications, the portals in which this could be undone among them.".to_owned(),
                &LOCKS_EVERYBODY_OUT,
            ),
            (Requirement::Prepared(controls), true) if controls.iter().all(|control| control.ends_with("Device")) => (
                "This policy would lock out everybody without a managed device",
                "All users need a compliant or joined device for all applications, also to set up the first such device, and to undo this."
                    .to_owned(),
                &NEEDS_DEVICE,
            ),
            (Requirement::Prepared(controls), true) => (
                "This policy would lock out everybody without a managed device or application",
                format!("All users need `{}` for all applications, also to undo this.", controls.join("`, `")),
                &NEEDS_DEVICE,
            ),
            (asks, _) => ("This policy excludes nobody", format!("It {} all users.", asks.verb()), &EXCLUDES_NOBODY),
        };
        let detail = format!(
            "{does} They are {}.{} Exclude emergency access accounts with `excluded_users` or `excluded_groups`, or narrow the conditions.",
            caught.by,
            caught.reservation()
        );
        self.say(locks_out, "conditions.users", summary.to_owned(), detail, warning_kind, in_apply);
    }

    async fn emergency_access(&mut self, cx: &Context<Services>, in_apply: bool) {
        for who in emergency_principals(self.conditions, &cx.api, in_apply).await {
            let (id, group) = match &who {
                Who::User(user) => (user.id.clone(), user.member_of.clone()),
                Who::ServicePrincipal(id) => (id.clone(), None),
                Who::Everybody => continue,
            };
            let Some(caught) = self.evaluate(who, SignInTarget::SomeApplication, &MODERN_CLIENTS) else { continue };
            let does = match (&self.asks, caught.is_certain()) {
                (Requirement::Block, true) => "blocks",
                (Requirement::Block, false) => "may block",
                (_, true) => "asks more of",
                (_, false) => "may ask more of",
            };
            let listed = match &group {
                Some(group) => format!("`emergency_access_principals` of the provider lists the group {group}, and it is a member."),
                None => "`emergency_access_principals` of the provider lists it.".to_owned(),
            };
            let advice = if self.is_in_force {
                ""
            } else {
                " If it only becomes a member of an excluded group in the same run, let the policy depend on that membership (`depends_on`)."
            };
            let detail = format!(
                "{listed} It is {}, and the policy {} it.{} Exclude it with `excluded_users` or `excluded_groups`.{advice}",
                caught.by,
                self.asks.verb(),
                if self.is_in_force { caught.condition() } else { caught.reservation() }
            );
            let policy = if self.is_in_force { "This policy, which is in force," } else { "This policy" };
            let summary = format!("{policy} {does} {id}, which is for emergencies");
            self.say(caught.is_certain(), "conditions.users", summary, detail, &CATCHES_EMERGENCY_ACCESS, in_apply);
        }
    }

    /// The identity that Terraform signs in as: whether it would be kept from what the provider needs.
    async fn caller(&mut self, cx: &Context<Services>, in_apply: bool) {
        let is_for_nobody = ["users", "client_applications"].iter().all(|place| self.conditions.says(place) == Some(false));
        if is_for_nobody || !cx.api.client().is_configured() {
            return;
        }
        let Ok(caller) = cx.api.client().caller().await else { return };
        let is_user = caller.is_user();
        let Some(id) = caller.object_id else { return };
        let (who, noun, place) = if is_user {
            (Who::User(principal(&id, self.conditions, &cx.api).await), "user", "conditions.users")
        } else {
            (Who::ServicePrincipal(id.clone()), "service principal", "conditions.client_applications")
        };
        let caught = NEEDED.iter().filter_map(|id| self.evaluate(who.clone(), SignInTarget::Application(id), &[TERRAFORM_CLIENT]));
        let Some(caught) = caught.min_by_key(|caught| caught.depends_on.len()) else { return };
        let would = if caught.is_certain() { "would" } else { "may" };
        let consequence = match &self.asks {
            Requirement::Block => "Kept out, Terraform could change nothing any more, this policy included.".to_owned(),
            asks => format!("The policy {} it. Without that, Terraform could change nothing any more, this policy included.", asks.verb()),
        };
        let detail = format!("It is the {noun} {id}, {}. {consequence}{} Exclude it.", caught.by, caught.reservation());
        let summary = format!("This policy {would} keep out the identity that Terraform signs in as");
        self.say(caught.is_certain(), place, summary, detail, &CATCHES_CALLER, in_apply);
    }
}
