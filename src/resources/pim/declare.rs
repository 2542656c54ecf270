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
            /// What tells it from every other: the same for its whole life, while the service's own ids change.
            #[attr(stable)]
            pub id: String,
            $($(#[$own])* pub $field: $type,)*
            /// When it ends: exactly one of `permanent`, `duration` and `end`. What the policy allows is the longest.
            pub expiration: $crate::resources::pim::terms::Expiration,
            /// When it begins. Left out, or in the past: at once. One that has passed is no difference.
            #[attr(same($crate::resources::instant::same), check($crate::resources::instant::check()))]
            pub start: Option<String>,
            /// Why. Only requests have it, which the service forgets after some weeks: it is read while it can be, and kept then.
            #[attr(check(length(1, 500)))]
            pub justification: Option<String>,
            /// Ticket that asked for it; as with `justification`.
            pub ticket: Option<$crate::resources::pim::terms::Ticket>,
            /// How long before its end a plan renews it for `expiration.duration`, counted from the apply. Without this, what is temporary ends, stays in state
            /// as `Expired` and is granted again only when an argument changes.
            #[attr(same($crate::duration::same), check($crate::duration::between("PT1M", "P3650D")))]
            pub renew_before: Option<String>,
            /// Whether one that exists already is taken over, and changed to what is configured. It is removed with the resource, then.
            #[attr(default(false))]
            pub adopt_existing: bool,
            /// Whether its end is nearer than `renew_before`: the plan that shows this becoming `false` renews it.
            #[attr(default(false), output)]
            pub renewal_due: bool,
            /// The service's id of its schedule, which is another after every change.
            #[attr(output)]
            pub schedule_id: Option<String>,
            /// Where it stands: `Provisioned`, one of the service's words for what is to come, or `Expired`.
            #[attr(output)]
            pub status: Option<String>,
            /// When it began or will begin, by the service.
            #[attr(output, same($crate::resources::instant::same))]
            pub effective_start: Option<String>,
            /// When it ends, by the service; null if never.
            #[attr(output, same($crate::resources::instant::same))]
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
            type Api = $crate::provider::Azure;
            const NAME: &'static str = $resource;
            const TAKES_OVER: &'static [framework::moved::Source<Self>] = &[Self::PEER];
            const SUBCATEGORY: &'static str = "Privileged Identity Management";
            const TIMEOUTS: framework::Timeouts = framework::Timeouts::minutes(10);
            const CONCERNS: &'static [&'static framework::Concern] = Self::WARNINGS;

            fn id(&self) -> &str {
                &self.id
            }

            fn subject(&self) -> String {
                self.describe()
            }

            fn in_state(&self, api: &$crate::provider::Azure) {
                api.manages(&self.id);
            }

            async fn create(&mut self, cx: &mut framework::Context<$crate::provider::Azure>) -> framework::Result {
                self.find_place(cx).await?;
                let (place, mut grant) = (self.place(cx).await?, self.grant());
                let made = grant.create(&place, cx).await;
                self.put(grant);
                made
            }

            async fn read(&mut self, cx: &mut framework::Context<$crate::provider::Azure>) -> framework::Result<framework::Existence> {
                if !self.find_place(cx).await? {
                    return Ok(framework::Existence::Gone);
                }
                let (place, mut grant) = (self.place(cx).await?, self.grant());
                let read = grant.read(&place, cx).await;
                self.put(grant);
                read
            }

            async fn update(&mut self, prior: &Self, cx: &mut framework::Context<$crate::provider::Azure>) -> framework::Result {
                let (place, mut grant) = (self.place(cx).await?, self.grant());
                let updated = grant.update(&prior.grant(), &place, cx).await;
                self.put(grant);
                updated
            }

            async fn delete(&mut self, cx: &mut framework::Context<$crate::provider::Azure>) -> framework::Result {
                let place = self.place(cx).await?;
                self.grant().delete(&place, cx).await
            }

            fn import(id: &str) -> framework::Result<Self> {
                Self::from_import(id)
            }

            fn validate(config: framework::View<'_>, found: &mut framework::Findings) {
                $crate::resources::pim::terms::validate(config, found);
                Self::validate_more(config, found);
            }

            async fn review(change: framework::Change<'_>, cx: &mut framework::Context<$crate::provider::Azure>) -> framework::Findings {
                Self::review_more(change, cx).await
            }
        }
    };
}

pub(crate) use grant;
