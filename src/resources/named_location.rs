//! `aksaccess_named_location`: ranges of addresses, or countries, that conditional access policies name.
//!
//! A trusted location must be made an untrusted one before it can be deleted (docs/services/conditional-access.md#changing-and-deleting).

use framework::moved::Source;
use framework::schema::Check;
use framework::value::Value;
use framework::{Change, Context, Diagnostic, Diagnostics, Existence, Model, Resource, Result, Timeouts, View, WarningKind};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use tokio::time::Instant;

use super::conditional_access_policy::{BUSY, announce_queue};
use super::existing;
use super::interrupted_creation::{self, MAY_EXIST};
use super::policy_uses;
use super::takeover::{azuread, by_id};
use crate::attributes::{import_id, ip_range};
use crate::azure::Request;
use crate::client::consistency;
use crate::client::diagnose::could_not;
use crate::client::removal;
use crate::client::restore;
use crate::conditional_access::LOCATIONS;
use crate::resources::listed::Listed;
use crate::services::Services;

/// Locations that were deleted in the last 30 days.
const BIN: &str = "/identity/conditionalAccess/deletedItems/namedLocations";

/// Officially assigned codes of ISO 3166-1, and `XK`, which Microsoft uses for Kosovo.
const COUNTRIES: &[&str] = &[
    "AD", "AE", "AF", "AG", "AI", "AL", "AM", "AO", "AQ", "AR", "AS", "AT", "AU", "AW", "AX", "AZ", "BA", "BB", "BD", "BE", "BF", "BG",
    "BH", "BI", "BJ", "BL", "BM", "BN", "BO", "BQ", "BR", "BS", "BT", "BV", "BW", "BY", "BZ", "CA", "CC", "CD", "CF", "CG", "CH", "CI",
    "CK", "CL", "CM", "CN", "CO", "CR", "CU", "CV", "CW", "CX", "CY", "CZ", "DE", "DJ", "DK", "DM", "DO", "DZ", "EC", "EE", "EG", "EH",
    "ER", "ES", "ET", "FI", "FJ", "FK", "FM", "FO", "FR", "GA", "GB", "GD", "GE", "GF", "GG", "GH", "GI", "GL", "GM", "GN", "GP", "GQ",
    "GR", "GS", "GT", "GU", "GW", "GY", "HK", "HM", "HN", "HR", "HT", "HU", "ID", "IE", "IL", "IM", "IN", "IO", "IQ", "IR", "IS", "IT",
    "JE", "JM", "JO", "JP", "KE", "KG", "KH", "KI", "KM", "KN", "KP", "KR", "KW", "KY", "KZ", "LA", "LB", "LC", "LI", "LK", "LR", "LS",
    "LT", "LU", "LV", "LY", "MA", "MC", "MD", "ME", "MF", "MG", "MH", "MK", "ML", "MM", "MN", "MO", "MP", "MQ", "MR", "MS", "MT", "MU",
    "MV", "MW", "MX", "MY", "MZ", "NA", "NC", "NE", "NF", "NG", "NI", "NL", "NO", "NP", "NR", "NU", "NZ", "OM", "PA", "PE", "PF", "PG",
    "PH", "PK", "PL", "PM", "PN", "PR", "PS", "PT", "PW", "PY", "QA", "RE", "RO", "RS", "RU", "RW", "SA", "SB", "SC", "SD", "SE", "SG",
    "SH", "SI", "SJ", "SK", "SL", "SM", "SN", "SO", "SR", "SS", "ST", "SV", "SX", "SY", "SZ", "TC", "TD", "TF", "TG", "TH", "TJ", "TK",
    "TL", "TM", "TN", "TO", "TR", "TT", "TV", "TW", "TZ", "UA", "UG", "UM", "US", "UY", "UZ", "VA", "VC", "VE", "VG", "VI", "VN", "VU",
    "WF", "WS", "XK", "YE", "YT", "ZA", "ZM", "ZW",
];
/// Codes that people write instead.
const COUNTRY_SYNONYMS: [(&str, &str); 4] = [("UK", "GB"), ("EN", "GB"), ("EL", "GR"), ("USA", "US")];

/// Manages a named location: ranges of IP addresses, which can be trusted, or countries and regions. Conditional access policies name it by its `id`.
///
/// A location that a conditional access policy names is not deleted; the error names the policies. Its kind cannot be changed: from `ip` to `country` or back
/// it is replaced, which needs `create_before_destroy = true` in its `lifecycle` block while policies name it; the plan warns of that. A deleted location can be
/// restored for 30 days, and `restore_deleted` restores it with its ID. Needs the Microsoft Graph permissions `Policy.Read.All` and
/// `Policy.ReadWrite.ConditionalAccess`.
#[derive(Clone, Debug, Model)]
pub struct NamedLocation {
    /// ID of the location.
    #[attr(identity, use_state_for_unknown)]
    pub id: String,
    /// Name of the location. Names need not be unique.
    #[attr(check(length(1, 256)))]
    pub display_name: String,
    /// Ranges of IP addresses. Either this or `country`.
    #[attr(block, replace_when(other_kind))]
    pub ip: Option<Ip>,
    /// Countries and regions. Either this or `ip`.
    #[attr(block, replace_when(other_kind))]
    pub country: Option<Country>,
    /// Restores the one deleted location of this name and kind instead of making another, with the ID that policies know.
    #[attr(default(false))]
    pub restore_deleted: bool,
}

/// Ranges of IP addresses.
#[derive(Clone, Debug, Model, PartialEq)]
pub struct Ip {
    /// Ranges of IPv4 and IPv6 addresses: blocks such as `203.0.113.0/24`. At most 2,000.
    #[attr(unordered, normalize(ip_range::key), check(some_of("range")), check(at_most(2000)), check(ip_range::check()))]
    pub ip_ranges: Vec<String>,
    /// Whether policies for `AllTrusted` locations mean this one, too.
    #[attr(default(false))]
    pub trusted: bool,
}

/// Countries and regions.
#[derive(Clone, Debug, Model, PartialEq)]
pub struct Country {
    /// Codes of two letters by ISO 3166-1, such as `DE`.
    #[attr(unordered, check(country_code()))]
    pub countries_and_regions: Vec<String>,
    /// How the country is found out: `clientIpAddress`, or `authenticatorAppGps`, which asks the user's phone.
    #[attr(default("clientIpAddress"), check(one_of_with_synonyms(&["clientIpAddress", "authenticatorAppGps"], &[("ip", "clientIpAddress")])))]
    pub country_lookup_method: String,
    /// Whether addresses of no known country are meant, too.
    #[attr(default(false))]
    pub include_unknown_countries_and_regions: bool,
}

fn other_kind(prior: &Value, planned: &Value) -> bool {
    prior.is_null() != planned.is_null()
}

fn country_code() -> Check {
    Check::text("be a code of ISO 3166-1 in two capital letters, such as `DE`", |text| COUNTRIES.contains(&text))
        .suggest(COUNTRIES, &COUNTRY_SYNONYMS)
}

fn some_of(noun: &'static str) -> Check {
    Check::elements(&format!("have at least one {noun}"), |elements| !elements.is_empty())
}

/// A location in an answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NamedLocationResponse {
    id: String,
    display_name: Option<String>,
    created_date_time: Option<String>,
    ip_ranges: Option<Vec<Json>>,
    is_trusted: Option<bool>,
    countries_and_regions: Option<Vec<String>>,
    country_lookup_method: Option<String>,
    include_unknown_countries_and_regions: Option<bool>,
}

impl NamedLocation {
    fn update_from_response(&mut self, answered: &NamedLocationResponse) {
        self.id = answered.id.clone();
        self.display_name = answered.display_name.clone().unwrap_or_default();
        self.ip = answered.ip_ranges.as_ref().map(|ranges| Ip {
            ip_ranges: ranges.iter().filter_map(ip_range::from_json).collect(),
            trusted: answered.is_trusted.unwrap_or_default(),
        });
        self.country = answered.countries_and_regions.as_ref().map(|countries| Country {
            countries_and_regions: countries.clone(),
            country_lookup_method: answered.country_lookup_method.clone().unwrap_or_else(|| "clientIpAddress".to_owned()),
            include_unknown_countries_and_regions: answered.include_unknown_countries_and_regions.unwrap_or_default(),
        });
    }

    /// The whole location: the service takes changes of a location with everything that its kind has.
    fn body(&self) -> Map<String, Json> {
        let mut body = Map::new();
        let mut set = |name: &str, value: Json| body.insert(name.to_owned(), value);
        set("displayName", json!(self.display_name));
        if let Some(ip) = &self.ip {
            set("@odata.type", json!("#microsoft.graph.ipNamedLocation"));
            set("isTrusted", json!(ip.trusted));
            set("ipRanges", ip.ip_ranges.iter().map(|range| ip_range::to_json(range)).collect());
        } else if let Some(country) = &self.country {
            set("@odata.type", json!("#microsoft.graph.countryNamedLocation"));
            set("countriesAndRegions", json!(country.countries_and_regions));
            set("countryLookupMethod", json!(country.country_lookup_method));
            set("includeUnknownCountriesAndRegions", json!(country.include_unknown_countries_and_regions));
        }
        body
    }

    fn matches_response(&self, answered: &NamedLocationResponse) -> bool {
        let mut read = self.clone();
        read.update_from_response(answered);
        crate::attributes::merge::same(&Json::Object(self.body()), &Json::Object(read.body()))
    }

    async fn patch(&self, cx: &mut Context<Services>) -> Result<(), crate::azure::Error> {
        let request = Request::patch(LOCATIONS.one).with("id", &self.id).json(&self.body());
        let sent = consistency::write(cx, &request).await;
        cx.api.conditional_access().has_written(LOCATIONS);
        sent.map(drop)
    }
}

impl NamedLocation {
    /// With `restore_deleted`: restores the one deleted location of this name and kind, and changes it to match the configuration. Returns whether there was one.
    async fn restore_by_name(&mut self, cx: &mut Context<Services>) -> Result<bool> {
        let deleted: Vec<NamedLocationResponse> = cx
            .api
            .client()
            .list(Request::get(BIN))
            .await
            .map_err(could_not(format!("look for {} among deleted locations", self.describe())))?;
        let is_this = |answered: &&NamedLocationResponse| {
            answered.display_name.as_ref() == Some(&self.display_name) && answered.ip_ranges.is_some() == self.ip.is_some()
        };
        let of_this_name: Vec<&NamedLocationResponse> = deleted.iter().filter(is_this).collect();
        let found = match of_this_name.as_slice() {
            [] => return Ok(false),
            [one] => one.id.clone(),
            several => {
                let ids: Vec<&str> = several.iter().map(|answered| answered.id.as_str()).collect();
                let detail = format!("Their ids are {}. Restore the right one, or set `restore_deleted = false`.", ids.join(", "));
                return Err(Diagnostic::error(format!("Several deleted locations are called {:?}", self.display_name), detail)
                    .at_attribute("restore_deleted"));
            }
        };
        cx.adopt(&found)?;
        let delete = Request::delete(LOCATIONS.one).with("id", &found);
        let request = Request::post("/identity/conditionalAccess/deletedItems/namedLocations/{id}/restore").with("id", &found);
        let restored = restore::restore(cx, request, LOCATIONS.request(&found)).await;
        cx.api.conditional_access().has_written(LOCATIONS);
        if let Err(failed) = restored {
            restore::undo(cx, delete, failed.is_untouched).await;
            cx.api.conditional_access().has_written(LOCATIONS);
            return Err(could_not(format!("restore {}", self.describe()))(failed.error));
        }
        self.id = found;
        if let Err(error) = self.patch(cx).await {
            restore::undo(cx, delete, false).await;
            cx.api.conditional_access().has_written(LOCATIONS);
            return Err(could_not(format!("update {}", self.describe()))(error));
        }
        announce_queue(cx);
        Ok(true)
    }
}

impl Listed for NamedLocation {
    type Answer = NamedLocationResponse;

    fn from_listing(answer: NamedLocationResponse) -> Option<(String, Self)> {
        let mut location = NamedLocation::absent();
        location.update_from_response(&answer);
        // A kind of location that the resource does not have.
        (location.ip.is_some() || location.country.is_some()).then(|| (location.display_name.clone(), location))
    }
}

impl Resource for NamedLocation {
    type Api = Services;
    const NAME: &'static str = "named_location";
    const MOVED_FROM: &'static [Source<Self>] = &[azuread("azuread_named_location", by_id)];
    const SUBCATEGORY: &'static str = "Conditional Access";
    const TIMEOUTS: Timeouts = Timeouts::minutes(10);
    const WARNING_KINDS: &'static [&'static WarningKind] = &[&policy_uses::REPLACED_IN_USE, &BUSY, &MAY_EXIST];

    fn id(&self) -> &str {
        &self.id
    }

    fn observe_state(&self, api: &Services) {
        api.conditional_access().note_object(&self.id);
    }

    fn describe(&self) -> String {
        if self.display_name.is_empty() {
            format!("the named location {}", self.id)
        } else {
            format!("the named location {:?}", self.display_name)
        }
    }

    async fn create(&mut self, cx: &mut Context<Services>) -> Result {
        let _search = cx.lock(&self.display_name).await;
        if self.restore_deleted && self.restore_by_name(cx).await? {
            return Ok(());
        }
        let what = could_not(format!("create {}", self.describe()));
        let began = Instant::now();
        let request = Request::post(LOCATIONS.all).json(&self.body());
        let send = || async { cx.api.client().send(request.clone()).await?.json() };
        let is_ours = |answered: &NamedLocationResponse| {
            cx.api.client().was_made_since(answered.created_date_time.as_deref(), began)
                && !cx.is_managed(&answered.id)
                && self.matches_response(answered)
        };
        let answered = cx.api.conditional_access().create_once(LOCATIONS, send, is_ours).await.map_err(what)?;
        self.update_from_response(&answered);
        cx.claim(&self.id)?;
        consistency::mark_written(cx);
        announce_queue(cx);
        Ok(())
    }

    async fn read(&mut self, cx: &mut Context<Services>) -> Result<Existence> {
        let shows = |answered: &NamedLocationResponse| self.matches_response(answered);
        match cx.api.conditional_access().listed::<NamedLocationResponse>(LOCATIONS, &self.id, consistency::stale_until(cx), shows).await {
            Ok(answered) => {
                self.update_from_response(&answered);
                Ok(Existence::Found)
            }
            Err(error) if error.is_not_found() => Ok(Existence::Gone),
            Err(error) => Err(could_not(format!("read {}", self.describe()))(error)),
        }
    }

    async fn update(&mut self, prior: &Self, cx: &mut Context<Services>) -> Result {
        if self.body() == prior.body() {
            return Ok(());
        }
        self.patch(cx).await.map_err(could_not(format!("update {}", self.describe())))
    }

    async fn delete(&mut self, cx: &mut Context<Services>) -> Result {
        let (subject, id) = (self.describe(), self.id.clone());
        let what = || could_not(format!("delete {subject}"));
        policy_uses::refuse_if_used(&subject, |policy| policy.names_location(&id), cx).await?;
        if let Some(ip) = self.ip.as_mut().filter(|ip| ip.trusted) {
            ip.trusted = false;
            match self.patch(cx).await {
                // Whether it is gone, the deletion finds out.
                Err(error) if error.is_not_found() => {}
                patched => patched.map_err(what())?,
            }
        }
        let deleted = removal::delete(cx, LOCATIONS.one, &self.id).await;
        cx.api.conditional_access().has_written(LOCATIONS);
        deleted.map(drop).map_err(what())
    }

    fn import(id: &str) -> Result<Self> {
        let id = import_id::object_id(id, "named location", "identity/conditionalAccess/namedLocations", "namedLocationId")?;
        Ok(NamedLocation { id, ..NamedLocation::absent() })
    }

    async fn plan_check(change: Change<'_>, cx: &mut Context<Services>) -> Diagnostics {
        let mut found = Diagnostics::new();
        let (name, is_ip) = (change.planned.get::<String>("display_name"), change.planned.is_set("ip"));
        let is_this = |there: &NamedLocationResponse| there.display_name == name && there.ip_ranges.is_some() == is_ip;
        if let Some(prior) = change.prior.filter(|prior| prior.is_set("ip") != is_ip && !change.in_apply && cx.api.client().is_configured())
        {
            let [id, old_name] = ["id", "display_name"].map(|name| prior.get::<String>(name).unwrap_or_default());
            let (because, at) = if is_ip {
                ("A location of countries cannot become one of addresses", "ip")
            } else {
                ("A location of addresses cannot become one of countries", "country")
            };
            let subject = format!("the named location {old_name:?}");
            policy_uses::warn_if_used(&subject, because, at, |policy| policy.names_location(&id), cx, &mut found).await;
        }
        existing::none_of_name(change, LOCATIONS, "named location", is_this, |there| &there.id, cx, &mut found).await;
        let created_at = |there: &NamedLocationResponse| (there.id.clone(), there.created_date_time.clone());
        interrupted_creation::check(change, LOCATIONS, Self::matches_response, created_at, cx, &mut found).await;
        found
    }

    fn validate(config: View<'_>, found: &mut Diagnostics) {
        match (config.says("ip"), config.says("country")) {
            // A block `country` with an empty list is a block in which nothing is set.
            (Some(false), Some(false)) => found.add(Diagnostic::error(
                "A named location needs addresses or countries",
                "Write a block `ip` with ranges of addresses, or a block `country` with a country or `include_unknown_countries_and_regions = true`.",
            )),
            (Some(true), Some(true)) => {
                found.error("country", "A named location is of one kind", "Ranges of addresses and countries are two locations.");
            }
            _ => {}
        }
    }
}
