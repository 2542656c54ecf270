//! One declaration for the four kinds of grant: what each has of its own is given, the rest is the same.

/// Declares the model of a grant and makes it a resource. What it needs beside: `describe`, `place` (what
/// tells it from others), `find_place` (what of that is still to be found out), `from_import`, `validate_more`, `review_more`, and its condition, if it can have one.
macro_rules! grant {
    (
        $(#[$about:meta])*
        pub struct $name:ident as $resource:literal {
            $($(#[$own:meta])* pub $field:ident: $type:ty,)*
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, framework::Model)]
        pub struct $name {
            /// Identifier of the grant. Stable, unlike the service's schedule IDs.
            #[attr(use_state_for_unknown)]
            pub id: String,
            $($(#[$own])* pub $field: $type,)*
            /// When the grant ends: exactly one of `permanent`, `duration` and `end`. The policy limits it.
            #[attr(block)]
            pub expiration: $crate::pim::terms::Expiration,
            /// Time at which the grant begins. Omitted or in the past: immediately. A start that has passed is no difference.
            #[attr(semantic_equality($crate::attributes::instant::same), check($crate::attributes::instant::check()))]
            pub start: Option<String>,
            /// Justification recorded with the request. The service keeps it for about 45 days; after that the value in state is kept.
            #[attr(check(length(1, 500)))]
            pub justification: Option<String>,
            /// Ticket recorded with the request. Kept as `justification` is.
            #[attr(block)]
            pub ticket: Option<$crate::pim::terms::Ticket>,
            /// How long before its end a plan renews the grant for `expiration.duration`, counted from the apply. Omitted: a temporary grant ends, stays in
            /// state as `Expired` and is granted again only when an argument changes.
            #[attr(semantic_equality($crate::attributes::duration::same), check($crate::attributes::duration::between("PT1M", "P3650D")))]
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
            #[attr(output, semantic_equality($crate::attributes::instant::same))]
            pub effective_start: Option<String>,
            /// Time at which the grant ends, as reported by the service. Null if it is permanent.
            #[attr(output, semantic_equality($crate::attributes::instant::same))]
            pub effective_end: Option<String>,
        }

        impl $name {
            fn grant(&self) -> $crate::resources::pim::grant::Grant {
                let it = self.clone();
                $crate::resources::pim::grant::Grant {
                    id: it.id,
                    expiration: it.expiration,
                    start: it.start,
                    justification: it.justification,
                    ticket: it.ticket,
                    renew_before: it.renew_before,
                    adopt_existing: it.adopt_existing,
                    renewal_due: it.renewal_due,
                    schedule_id: it.schedule_id,
                    status: it.status,
                    effective_start: it.effective_start,
                    effective_end: it.effective_end,
                    condition: self.condition(),
                }
            }

            fn put(&mut self, grant: $crate::resources::pim::grant::Grant) {
                self.id = grant.id;
                self.expiration = grant.expiration;
                self.start = grant.start;
                self.justification = grant.justification;
                self.ticket = grant.ticket;
                self.renewal_due = grant.renewal_due;
                self.schedule_id = grant.schedule_id;
                self.status = grant.status;
                self.effective_start = grant.effective_start;
                self.effective_end = grant.effective_end;
                self.put_condition(grant.condition);
            }
        }

        impl framework::Resource for $name {
            type Api = $crate::services::Services;
            const NAME: &'static str = $resource;
            const MOVED_FROM: &'static [framework::moved::Source<Self>] = &[Self::PEER];
            const SUBCATEGORY: &'static str = "Privileged Identity Management";
            const TIMEOUTS: framework::Timeouts = framework::Timeouts::minutes(10);
            const WARNING_KINDS: &'static [&'static framework::WarningKind] = Self::WARNINGS;

            fn id(&self) -> &str {
                &self.id
            }

            fn describe(&self) -> String {
                self.describe()
            }

            fn planned_id(planned: framework::View<'_>) -> Option<String> {
                Self::planned_place(planned).map(|place| place.id())
            }

            async fn create(&mut self, cx: &mut framework::Context<$crate::services::Services>) -> framework::Result {
                self.find_place(cx).await?;
                let (place, mut grant) = (self.place(cx).await?, self.grant());
                let made = grant.create(&place, cx).await;
                self.put(grant);
                made
            }

            async fn read(&mut self, cx: &mut framework::Context<$crate::services::Services>) -> framework::Result<framework::Existence> {
                if !self.find_place(cx).await? {
                    return Ok(framework::Existence::Gone);
                }
                let (place, mut grant) = (self.place(cx).await?, self.grant());
                let read = grant.read(&place, cx).await;
                self.put(grant);
                read
            }

            async fn update(&mut self, prior: &Self, cx: &mut framework::Context<$crate::services::Services>) -> framework::Result {
                let (place, mut grant) = (self.place(cx).await?, self.grant());
                let updated = grant.update(&prior.grant(), &place, cx).await;
                self.put(grant);
                updated
            }

            async fn delete(&mut self, cx: &mut framework::Context<$crate::services::Services>) -> framework::Result {
                let place = self.place(cx).await?;
                self.grant().delete(&place, cx).await
            }

            fn import(id: &str) -> framework::Result<Self> {
                Self::from_import(id)
            }

            fn validate(config: framework::View<'_>, found: &mut framework::Diagnostics) {
                $crate::pim::terms::validate(config, found);
                Self::validate_more(config, found);
            }

            async fn plan_check(change: framework::Change<'_>, cx: &mut framework::Context<$crate::services::Services>) -> framework::Diagnostics {
                Self::review_more(change, cx).await
            }
        }
    };
}

pub(crate) use grant;
