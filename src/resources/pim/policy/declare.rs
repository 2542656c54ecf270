//! One declaration for the policies of groups and of roles: what each has of its own is given, the rest is the same.

/// Declares the model of a policy and makes it a resource. What it needs beside: `governed` (whose it is), `describe`, `find_place`, `from_import`,
/// `validate_more` and `review_more`.
macro_rules! policy {
    (
        $(#[$about:meta])*
        pub struct $name:ident as $resource:literal {
            $($(#[$own:meta])* pub $field:ident: $type:ty,)*
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, framework::Model)]
        pub struct $name {
            /// Identifier of the policy. Stable, unlike the service's own ID.
            #[attr(stable)]
            pub id: String,
            $($(#[$own])* pub $field: $type,)*
            /// Conditions of an activation.
            #[attr(computed, stable)]
            pub activation: Option<$crate::pim::settings::Activation>,
            /// Conditions for creating an eligibility.
            #[attr(computed, stable)]
            pub eligible_assignment: Option<$crate::pim::settings::EligibleAssignment>,
            /// Conditions for creating an active assignment.
            #[attr(computed, stable)]
            pub active_assignment: Option<$crate::pim::settings::ActiveAssignment>,
            /// Who gets mail when.
            #[attr(computed, stable)]
            pub notifications: Option<$crate::pim::settings::Notifications>,
            /// What destroying does: `reset` puts every setting back to the service's default; `keep` leaves the policy as it is.
            #[attr(default("reset"), check(one_of(&["reset", "keep"])))]
            pub on_destroy: String,
        }

        impl $name {
            fn settings(&self) -> $crate::pim::Settings {
                $crate::pim::Settings {
                    activation: self.activation.clone().unwrap_or_default(),
                    eligible: self.eligible_assignment.clone().unwrap_or_default(),
                    active: self.active_assignment.clone().unwrap_or_default(),
                    notifications: self.notifications.clone().unwrap_or_default(),
                }
            }

            fn take(&mut self, governed: &$crate::pim::Governed, settings: $crate::pim::Settings) {
                self.id = governed.id();
                self.activation = Some(settings.activation);
                self.eligible_assignment = Some(settings.eligible);
                self.active_assignment = Some(settings.active);
                self.notifications = Some(settings.notifications);
            }

            async fn write(&mut self, cx: &mut framework::Context<$crate::services::Services>) -> framework::Result {
                self.find_place(cx).await?;
                let governed = self.governed()?;
                let settings = governed.change(&self.settings(), cx).await?;
                self.take(&governed, settings);
                $crate::client::recent::wrote(cx);
                Ok(())
            }
        }

        impl framework::Resource for $name {
            type Api = $crate::services::Services;
            const NAME: &'static str = $resource;
            const TAKES_OVER: &'static [framework::moved::Source<Self>] = &[Self::PEER];
            const SUBCATEGORY: &'static str = "Privileged Identity Management";
            const TIMEOUTS: framework::Timeouts = framework::Timeouts::minutes(10);
            const CONCERNS: &'static [&'static framework::Concern] = $crate::resources::pim::review::POLICY_CONCERNS;

            fn id(&self) -> &str {
                &self.id
            }

            fn subject(&self) -> String {
                self.describe()
            }

            async fn create(&mut self, cx: &mut framework::Context<$crate::services::Services>) -> framework::Result {
                self.write(cx).await
            }

            async fn read(&mut self, cx: &mut framework::Context<$crate::services::Services>) -> framework::Result<framework::Existence> {
                if !self.find_place(cx).await? {
                    return Ok(framework::Existence::Gone);
                }
                let governed = self.governed()?;
                let Some(settings) = governed.read(&self.settings(), cx).await? else { return Ok(framework::Existence::Gone) };
                self.take(&governed, settings);
                Ok(framework::Existence::Found)
            }

            async fn update(&mut self, _: &Self, cx: &mut framework::Context<$crate::services::Services>) -> framework::Result {
                self.write(cx).await
            }

            async fn delete(&mut self, cx: &mut framework::Context<$crate::services::Services>) -> framework::Result {
                if self.on_destroy == "keep" { Ok(()) } else { self.governed()?.reset(cx).await }
            }

            fn import(id: &str) -> framework::Result<Self> {
                Ok(Self { on_destroy: "reset".to_owned(), ..Self::from_import(id)? })
            }

            fn validate(config: framework::View<'_>, found: &mut framework::Findings) {
                $crate::resources::pim::policy::checks::validate(config, found);
                Self::validate_more(config, found);
            }

            async fn review(change: framework::Change<'_>, cx: &mut framework::Context<$crate::services::Services>) -> framework::Findings {
                Self::review_more(change, cx).await
            }
        }
    };
}

pub(crate) use policy;
