//! A tenant on your own machine: Microsoft Graph and the Microsoft identity platform's token endpoint over HTTPS,
//! for Terraform configurations, modules and scripts that shall run without a real tenant.
//!
//! ```no_run
//! # async fn example() -> Result<(), emulator::Error> {
//! let running = emulator::start(emulator::Options::default()).await?;
//! for (name, value) in running.environment() {
//!     println!("export {name}={value}");
//! }
//! running.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! # Modules
//!
//! | module | what it does |
//! |---|---|
//! | `running`, `serve`, `certificates`, `options` | a started emulator: its socket, TLS, its own certificate authority, its options |
//! | `app`, `http`, `outcome` | the HTTP service: one request in, one response out, counted and recorded on the way; what a handler decided |
//! | `emulator`, `database` | one tenant and its services; the data and the time that every service is handed |
//! | `tenant` | what a fresh tenant holds, its constants, and the seed file that adds to it |
//! | `directory` | users, groups, service principals, administrative units and the links between them |
//! | `identity` | discovery, sign-in, tokens, and conditional access, which decides whether a user gets one |
//! | `caller` | who calls a service: an access token in, a caller or a refusal out |
//! | `graph` | Microsoft Graph: a table of collections (`graph::rows`), and what they have in common |
//! | `pim` | schedules and policies of Privileged Identity Management, as the services have them in common |
//! | `arm` | Azure Resource Manager: a table of routes, resources as JSON, and who may do what |
//! | `kubernetes` | the Kubernetes API of each cluster: a table of resources, and who may do what with them |
//! | `store` | rows of JSON and links between them, their last few seconds, and their file; knows nothing of Graph |
//! | `switches` | behaviours that nobody could verify, each with the choice that was made |
//! | `private` | files and folders that only their user can read |
//! | `rate_limit`, `clock`, `random` | token buckets, the tenant's time, choices that repeat with their seed |
//! | `control` | the control API under `/emulator/` |
//! | `faults` | failures on request |
//! | `traffic` | what was exchanged, how often, and lately |
//! | `overview` | the tenant as a page, at `/` |
//!
//! # The control API
//!
//! Under `/emulator/`, without a token, neither counted nor recorded; JSON in and out. A mistake is answered with 400 and
//! a sentence.
//!
//! | request | what it does |
//! |---|---|
//! | `POST populate {"users":N,"groups":N,"members_per_group":N}` | adds what every replica knows; answers `{"users":[id],"groups":[id]}` |
//! | `GET clock`, `POST clock {"advance":"PT8H"}` or `{"stopped":true}` | shows or moves the tenant's time: activations end, bins are emptied, replicas catch up; stopped, it moves only so |
//! | `GET requests`, `DELETE requests` | counts by method and path template: `{"http":{"GET /v1.0/groups":3},"batched":{}}` |
//! | `POST faults {"faults":"2 POST /v1.0/groups status=503"}` or `[{"when":2,"method":"POST","path":"/v1.0/groups","effect":"status=503"}]` | arms faults; how they are written: [`Options::faults`] |
//! | `GET faults`, `DELETE faults` | what is armed and how often it struck; disarms |
//! | `POST pim-members {"group_id":"..","principal_id":"..","access":"member","duration":"PT8H"}` | somebody activates a membership (or `owner`ship) through PIM |
//! | `POST operations {"take":"PT5S"}`, `{"fail_next":{"code":"..","message":".."}}` or `{"busy":{"cluster_id":"..","duration":"PT30S"}}` | how long operations on clusters take, in what the next one fails; somebody else changes a cluster |
//! | `POST password {"user_principal_name":"..","password":".."}` | whether this is the user's password: `{"right":true}` |
//! | `POST applications {"application_id":"..","permissions":["Group.Read.All"]}` | changes an application, or makes one: its permissions (application and `delegated_permissions`), one more `secret` (`secret_expires`), `certificate` (PEM) or `federated` credential (`{"issuer":"..","subject":"..","audience":".."}`), whether it is `public` |
//! | `POST directory-roles {"user_principal_name":"..","roles":["User Administrator"]}` | whether a user may change what is not theirs |
//! | `GET permissions-used` | the permissions, the recommended one of each, that the calls since `DELETE requests` needed |
//! | `POST federated-tokens {"issuer":"..","subject":".."}` | a token in anybody's name, to be exchanged for Entra's |
//! | `GET device-codes`, `POST device-codes {"user_code":"..","user_principal_name":".."}` | the devices that wait for a person to sign in; signs them in (without a name: declines) |
//! | `POST sign-ins {"user_principal_name":"..","application":"<application id>","circumstances":{..}}` | a user signs in, to the AKS server if nothing else is said; conditional access decides; answers the entry of the sign-in log |
//! | `POST circumstances {"user_principal_name":"..","circumstances":{"device":{"isCompliant":true},"ip_address":"203.0.113.7","mfa":true}}` | where and on what a user (without a name: everybody) signs in from now on; without circumstances: forgets it |
//! | `GET /emulator` | this list, with examples |
//! | `POST reset` | a fresh tenant, no counts, no faults; clock and keys stay |
//!
//! # Sign-ins and conditional access
//!
//! The policies stand before the tokens that users get: a sign-in that does not pass is refused with `AADSTS53003` (blocked),
//! `53000` (device not compliant), `50076` (a second factor is wanted) and so on, and appears in `/auditLogs/signIns`. The place and the device
//! come from the request header `x-emulator-sign-in`, a JSON object such as
//! `{"device": {"isCompliant": true}, "country": "DE"}`, or else from `POST circumstances`; otherwise it is a computer at
//! 127.0.0.1 that nobody manages. The members are `ip_address`, `country`, `platform`, `client_app`, `device` (as Graph's
//! `deviceInfo`), `mfa`, `methods`, `sign_in_risk`, `user_risk`, `insider_risk`, `authentication_flow`, `password_changed`,
//! `terms_accepted`, `approved_application` and `protected_application`. A person who signs in with a device code has used a
//! second factor unless `mfa` says otherwise.
//!
//! # Invariants
//!
//! - Nothing here knows the provider: the truth is what is documented and observed about the services.
//! - Entities are untyped JSON. What is known about a type is its row in `graph::rows`; functions exist only where
//!   the service is odd.
//! - A handler decides first and writes then: all changes of a request are made together or not at all.
//! - Every behaviour that could not be verified says so in a comment, or is a switch ([`Switches`]).
//! - The clock only moves forward, and tokens do not notice.

mod app;
mod arm;
mod caller;
mod certificates;
mod clock;
mod control;
mod database;
mod directory;
mod emulator;
mod faults;
mod graph;
mod http;
mod identity;
mod kubernetes;
mod options;
mod outcome;
mod overview;
mod pim;
mod private;
mod random;
mod rate_limit;
mod running;
mod serve;
mod store;
mod switches;
pub mod tenant;
mod traffic;

pub use app::app;
pub use certificates::Error as CertificateError;
pub use emulator::{Emulator, Error};
pub use faults::FaultParseError;
pub use options::{Options, Profile};
pub use running::{Running, start};
pub use store::DiskError;
pub use switches::Switches;
pub use tenant::seed_file::SeedFileError;
