//! `aksaccess_authentication_strength_policy`: combinations of authentication methods that are good enough for a conditional access policy.
//!
//! Names are changed by a PATCH, combinations by an action, and what is asked of a security key or a certificate is an object of its own
//! below the policy. So an update takes away first what is asked of combinations that leave, and adds last what is asked of new ones.

use framework::moved::Source;
use framework::{Change, Context, Diagnostics, Existence, Model, Resource, Result, Timeouts, View, WarningKind};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use tokio::time::Instant;

use super::interrupted_creation::{self, MAY_EXIST};
use super::policy_uses;
use super::takeover::{azuread, by_id};
use crate::attributes::{import_id, merge};
use crate::azure::{Error, Request};
use crate::client::consistency;
use crate::client::diagnose::could_not;
use crate::client::removal;
use crate::conditional_access::STRENGTHS;
use crate::services::Services;

/// Combinations that ask something of their own.
const FIDO2: &str = "fido2";
const MULTI_FACTOR: &str = "x509CertificateMultiFactor";
const SINGLE_FACTOR: &str = "x509CertificateSingleFactor";

/// Methods (`authenticationMethodModes`).
const METHODS: [&str; 17] = [
    "password",
    "voice",
    "hardwareOath",
    "softwareOath",
    "sms",
    "fido2",
    "windowsHelloForBusiness",
    "microsoftAuthenticatorPush",
    "deviceBasedPush",
    "temporaryAccessPassOneTime",
    "temporaryAccessPassMultiUse",
    "email",
    "x509CertificateSingleFactor",
    "x509CertificateMultiFactor",
    "federatedSingleFactor",
    "federatedMultiFactor",
    "qrCodePin",
];

/// Manages a custom authentication strength: the combinations of authentication methods that a conditional access policy accepts, which names it in
/// `grant_controls.authentication_strength_policy_id`.
///
/// Every tenant has three that cannot be changed: `00000000-0000-0000-0000-000000000002` (multifactor authentication), `...03` (passwordless) and `...04`
/// (resistant to phishing). A strength that a policy asks for is not deleted; the error names the policies. Needs the Microsoft Graph permissions
/// `Policy.ReadWrite.AuthenticationMethod` and, to delete, `Policy.Read.All`.
#[derive(Clone, Debug, Model)]
pub struct AuthenticationStrengthPolicy {
    /// ID of the authentication strength.
    #[attr(identity, use_state_for_unknown)]
    pub id: String,
    /// Name of the authentication strength.
    #[attr(check(length(1, 256)))]
    pub display_name: String,
    /// What it is for.
    #[attr(check(length(1, 1024)))]
    pub description: Option<String>,
    /// Combinations, each one method such as `fido2`, or two with a comma such as `password,microsoftAuthenticatorPush`, in either order.
    #[attr(unordered, normalize(combination_key), check(some()), check(combination()))]
    pub allowed_combinations: Vec<String>,
    /// Models of security keys that are accepted, by their authenticator attestation GUIDs (AAGUIDs). Omitted: every model. Needs `fido2` among the combinations.
    #[attr(unordered, case_insensitive, check(some()), check(uuid()))]
    pub fido2_allowed_aaguids: Option<Vec<String>>,
    /// What is asked of a certificate that counts as several factors. Needs `x509CertificateMultiFactor` among the combinations.
    #[attr(block)]
    pub x509_certificate_multi_factor: Option<Certificate>,
    /// What is asked of a certificate that counts as one factor. Needs `x509CertificateSingleFactor` among the combinations.
    #[attr(block)]
    pub x509_certificate_single_factor: Option<Certificate>,
}

/// What is asked of a certificate.
#[derive(Clone, Debug, Model, PartialEq)]
pub struct Certificate {
    /// Subject key identifiers (SKIs) of the issuers that are accepted.
    #[attr(unordered, case_insensitive, check(length(1, 256)))]
    pub allowed_issuer_skis: Option<Vec<String>>,
    /// Object identifiers (OIDs) of the policies that are accepted.
    #[attr(unordered, check(length(1, 256)))]
    pub allowed_policy_oids: Option<Vec<String>>,
}

/// Other names of methods.
const METHOD_SYNONYMS: [(&str, &str); 10] = [
    ("passkey", "fido2"),
    ("security_key", "fido2"),
    ("phone", "voice"),
    ("text_message", "sms"),
    ("authenticator", "microsoftAuthenticatorPush"),
    ("tap", "temporaryAccessPassOneTime"),
    ("temporary_access_pass", "temporaryAccessPassOneTime"),
    ("totp", "softwareOath"),
    ("certificate", "x509CertificateMultiFactor"),
    ("hello", "windowsHelloForBusiness"),
];

fn methods(text: &str) -> Vec<&str> {
    let mut methods: Vec<&str> = text.split(',').map(str::trim).collect();
    methods.sort_unstable();
    methods
}

/// The methods of a combination have no order.
fn combination_key(text: &str) -> String {
    methods(text).join(",")
}

fn combination() -> framework::schema::Check {
    let known: Vec<String> = METHODS.iter().map(|method| format!("`{method}`")).collect();
    let must = format!("be one of the methods {}, or two of them with a comma", known.join(", "));
    framework::schema::Check::text(&must, |text| {
        let methods = methods(text);
        methods.len() <= 2 && methods.iter().all(|method| METHODS.contains(method))
    })
    .suggest(&METHODS, &METHOD_SYNONYMS)
}

fn some() -> framework::schema::Check {
    framework::schema::Check::elements("have at least one", |elements| !elements.is_empty())
}

/// A strength in an answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuthenticationStrengthResponse {
    pub(crate) id: String,
    pub(crate) display_name: Option<String>,
    pub(crate) description: Option<String>,
    created_date_time: Option<String>,
    /// `builtIn` or `custom`.
    pub(crate) policy_type: Option<String>,
    #[serde(default)]
    pub(crate) allowed_combinations: Vec<String>,
    /// Part of the answers on the reference's pages, although it is a relationship; read by a request of its own if it is not there.
    combination_configurations: Option<Vec<Configuration>>,
}

/// What is asked of some combinations.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Configuration {
    id: String,
    #[serde(default)]
    applies_to_combinations: Vec<String>,
    #[serde(rename = "allowedAAGUIDs", default)]
    allowed_aaguids: Vec<String>,
    #[serde(default)]
    allowed_issuer_skis: Vec<String>,
    #[serde(rename = "allowedPolicyOIDs", default)]
    allowed_policy_oids: Vec<String>,
}

impl Configuration {
    /// What is asked, without saying of which combinations.
    fn asks(&self) -> Json {
        if self.applies_to_combinations.iter().any(|combination| combination == FIDO2) {
            json!({ "allowedAAGUIDs": self.allowed_aaguids })
        } else {
            json!({ "allowedIssuerSkis": self.allowed_issuer_skis, "allowedPolicyOIDs": self.allowed_policy_oids })
        }
    }
}

impl Certificate {
    fn json(&self) -> Json {
        json!({
            "allowedIssuerSkis": self.allowed_issuer_skis.clone().unwrap_or_default(),
            "allowedPolicyOIDs": self.allowed_policy_oids.clone().unwrap_or_default()
        })
    }
}

impl AuthenticationStrengthPolicy {
    fn update_from_response(&mut self, answered: &AuthenticationStrengthResponse) {
        self.id = answered.id.clone();
        self.display_name = answered.display_name.clone().unwrap_or_default();
        self.description = answered.description.clone().filter(|text| !text.is_empty());
        self.allowed_combinations = answered.allowed_combinations.clone();
        let of = |combination: &str| {
            let mut all = answered.combination_configurations.iter().flatten();
            all.find(|configuration| configuration.applies_to_combinations.iter().any(|named| named == combination))
        };
        let some = |list: &Vec<String>| (!list.is_empty()).then(|| list.clone());
        self.fido2_allowed_aaguids = of(FIDO2).and_then(|configuration| some(&configuration.allowed_aaguids));
        let certificate = |configuration: &Configuration| Certificate {
            allowed_issuer_skis: some(&configuration.allowed_issuer_skis),
            allowed_policy_oids: some(&configuration.allowed_policy_oids),
        };
        self.x509_certificate_multi_factor = of(MULTI_FACTOR).map(certificate);
        self.x509_certificate_single_factor = of(SINGLE_FACTOR).map(certificate);
    }

    /// What is asked of each combination that something is asked of.
    fn asked(&self) -> Vec<(&'static str, Json)> {
        let fido2 = self.fido2_allowed_aaguids.as_ref().map(|aaguids| (FIDO2, json!({ "allowedAAGUIDs": aaguids })));
        let multi = self.x509_certificate_multi_factor.as_ref().map(|certificate| (MULTI_FACTOR, certificate.json()));
        let single = self.x509_certificate_single_factor.as_ref().map(|certificate| (SINGLE_FACTOR, certificate.json()));
        [fido2, multi, single].into_iter().flatten().collect()
    }

    fn matches_response(&self, answered: &AuthenticationStrengthResponse) -> bool {
        let mut read = self.clone();
        read.update_from_response(answered);
        let same = |one: &Self, other: &Self| {
            let asked = |policy: &Self| policy.asked().into_iter().map(|(combination, asks)| (combination.to_owned(), asks)).collect();
            merge::same(&Json::Object(asked(one)), &Json::Object(asked(other)))
        };
        (&read.display_name, &read.description) == (&self.display_name, &self.description)
            && keys(&read.allowed_combinations) == keys(&self.allowed_combinations)
            && same(&read, self)
    }

    /// The configurations that there are, asked for if the answer leaves them open.
    async fn configurations(answered: &mut AuthenticationStrengthResponse, cx: &Context<Services>) -> Result<Vec<Configuration>, Error> {
        if answered.combination_configurations.is_none() {
            let request = Request::get("/identity/conditionalAccess/authenticationStrength/policies/{id}/combinationConfigurations");
            answered.combination_configurations = Some(cx.api.client().list(request.with("id", &answered.id)).await?);
        }
        Ok(answered.combination_configurations.clone().unwrap_or_default())
    }
}

fn keys(combinations: &[String]) -> Vec<String> {
    let mut keys: Vec<String> = combinations.iter().map(|combination| combination_key(combination)).collect();
    keys.sort_unstable();
    keys
}

fn configuration_body(combination: &str, asks: &Json) -> Map<String, Json> {
    let kind = if combination == FIDO2 { "fido2" } else { "x509Certificate" };
    let mut body = Map::new();
    body.insert("@odata.type".to_owned(), json!(format!("#microsoft.graph.{kind}CombinationConfiguration")));
    body.insert("appliesToCombinations".to_owned(), json!([combination]));
    body.extend(asks.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())));
    body
}

/// What is to be done to the configurations that there are.
#[derive(Debug, Default, PartialEq)]
struct Steps {
    /// By id.
    removed: Vec<String>,
    changed: Vec<(String, &'static str)>,
    added: Vec<&'static str>,
}

/// One configuration can ask the same of several combinations. It stays if that is still so for all of them; one of a single combination is changed in
/// place.
fn steps(there: &[Configuration], asked: &[(&'static str, Json)]) -> Steps {
    let mut steps = Steps { added: asked.iter().map(|(combination, _)| *combination).collect(), ..Steps::default() };
    for configuration in there {
        let of = |combination: &String| asked.iter().find(|(asked, _)| asked == combination);
        let named: Vec<_> = configuration.applies_to_combinations.iter().map(of).collect();
        let stays = !named.is_empty() && named.iter().all(|asked| asked.is_some_and(|(_, asks)| merge::same(asks, &configuration.asks())));
        match named.as_slice() {
            _ if stays => {}
            [Some((combination, _))] => steps.changed.push((configuration.id.clone(), combination)),
            _ => {
                steps.removed.push(configuration.id.clone());
                continue;
            }
        }
        steps.added.retain(|combination| !configuration.applies_to_combinations.iter().any(|named| named == combination));
    }
    steps
}

const CONFIGURATIONS: &str = "/identity/conditionalAccess/authenticationStrength/policies/{id}/combinationConfigurations";
const CONFIGURATION: &str = "/identity/conditionalAccess/authenticationStrength/policies/{id}/combinationConfigurations/{configuration}";

impl AuthenticationStrengthPolicy {
    /// A strength in a listing: with what is asked of its combinations, if that is wanted. None of those that every tenant has: they cannot be changed.
    pub(crate) async fn from_listing(
        mut answered: AuthenticationStrengthResponse,
        whole: bool,
        cx: &Context<Services>,
    ) -> Result<Option<Self>> {
        if answered.policy_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("builtIn")) {
            return Ok(None);
        }
        if whole {
            let what = could_not(format!("read the authentication strength {}", answered.id));
            Self::configurations(&mut answered, cx).await.map_err(what)?;
        }
        let mut strength = AuthenticationStrengthPolicy::absent();
        strength.update_from_response(&answered);
        Ok(Some(strength))
    }
}

impl Resource for AuthenticationStrengthPolicy {
    type Api = Services;
    const NAME: &'static str = "authentication_strength_policy";
    const MOVED_FROM: &'static [Source<Self>] = &[azuread("azuread_authentication_strength_policy", by_id)];
    const SUBCATEGORY: &'static str = "Conditional Access";
    const TIMEOUTS: Timeouts = Timeouts::minutes(10);
    const WARNING_KINDS: &'static [&'static WarningKind] = &[&MAY_EXIST];

    fn id(&self) -> &str {
        &self.id
    }

    fn observe_state(&self, api: &Services) {
        api.conditional_access().note_object(&self.id);
    }

    fn describe(&self) -> String {
        if self.display_name.is_empty() {
            format!("the authentication strength {}", self.id)
        } else {
            format!("the authentication strength {:?}", self.display_name)
        }
    }

    async fn create(&mut self, cx: &mut Context<Services>) -> Result {
        let what = could_not(format!("create {}", self.describe()));
        let _search = cx.lock(&self.display_name).await;
        let began = Instant::now();
        let mut body = json!({ "displayName": self.display_name, "allowedCombinations": self.allowed_combinations });
        if let Some(description) = &self.description {
            body["description"] = json!(description);
        }
        let configurations: Vec<_> = self.asked().iter().map(|(combination, asks)| configuration_body(combination, asks)).collect();
        if !configurations.is_empty() {
            body["combinationConfigurations"] = json!(configurations);
        }
        let request = Request::post(STRENGTHS.all).json(&body);
        let send = || async { cx.api.client().send(request.clone()).await?.json() };
        let is_ours = |answered: &AuthenticationStrengthResponse| {
            cx.api.client().was_made_since(answered.created_date_time.as_deref(), began)
                && !cx.is_managed(&answered.id)
                && self.matches_response(answered)
        };
        let answered: AuthenticationStrengthResponse =
            cx.api.conditional_access().create_once(STRENGTHS, send, is_ours).await.map_err(what)?;
        self.id = answered.id;
        cx.claim(&self.id)?;
        consistency::mark_written(cx);
        Ok(())
    }

    async fn read(&mut self, cx: &mut Context<Services>) -> Result<Existence> {
        let what = || could_not(format!("read {}", self.describe()));
        let shows =
            |answered: &AuthenticationStrengthResponse| answered.combination_configurations.is_none() || self.matches_response(answered);
        match cx
            .api
            .conditional_access()
            .listed::<AuthenticationStrengthResponse>(STRENGTHS, &self.id, consistency::stale_until(cx), shows)
            .await
        {
            Ok(mut answered) => {
                Self::configurations(&mut answered, cx).await.map_err(what())?;
                self.update_from_response(&answered);
                Ok(Existence::Found)
            }
            Err(error) if error.is_not_found() => Ok(Existence::Gone),
            Err(error) => Err(what()(error)),
        }
    }

    async fn update(&mut self, prior: &Self, cx: &mut Context<Services>) -> Result {
        let what = || could_not(format!("update {}", self.describe()));
        let changed = self.change(prior, cx).await;
        cx.api.conditional_access().has_written(STRENGTHS);
        consistency::mark_written(cx);
        changed.map_err(what())
    }

    async fn delete(&mut self, cx: &mut Context<Services>) -> Result {
        let id = self.id.clone();
        policy_uses::refuse_if_used(&self.describe(), |policy| policy.names_strength(&id), cx).await?;
        let deleted = removal::delete(cx, STRENGTHS.one, &self.id).await;
        cx.api.conditional_access().has_written(STRENGTHS);
        deleted.map(drop).map_err(could_not(format!("delete {}", self.describe())))
    }

    fn import(id: &str) -> Result<Self> {
        let id = import_id::object_id(id, "authentication strength", "policies/authenticationStrengthPolicies", "policyId")?;
        Ok(AuthenticationStrengthPolicy { id, ..AuthenticationStrengthPolicy::absent() })
    }

    async fn plan_check(change: Change<'_>, cx: &mut Context<Services>) -> Diagnostics {
        let mut found = Diagnostics::new();
        let created_at = |there: &AuthenticationStrengthResponse| (there.id.clone(), there.created_date_time.clone());
        interrupted_creation::check(change, STRENGTHS, Self::matches_response, created_at, cx, &mut found).await;
        found
    }

    fn validate(config: View<'_>, found: &mut Diagnostics) {
        let Some(combinations) = config.texts("allowed_combinations") else { return };
        let needs = [
            ("fido2_allowed_aaguids", FIDO2),
            ("x509_certificate_multi_factor", MULTI_FACTOR),
            ("x509_certificate_single_factor", SINGLE_FACTOR),
        ];
        for (attribute, combination) in needs {
            if config.says(attribute) == Some(true) && !combinations.contains(&combination) {
                let detail = format!("Add `{combination}` to `allowed_combinations`, or leave `{attribute}` out.");
                found.error(attribute, "It is about a combination that is not allowed", detail);
            }
        }
    }
}

impl AuthenticationStrengthPolicy {
    async fn change(&self, prior: &Self, cx: &mut Context<Services>) -> Result<(), Error> {
        if (&self.display_name, &self.description) != (&prior.display_name, &prior.description) {
            let body = json!({ "displayName": self.display_name, "description": self.description });
            consistency::write(cx, &Request::patch(STRENGTHS.one).with("id", &self.id).json(&body)).await?;
            cx.applied("display_name");
            cx.applied("description");
        }
        let (asked, steps) = if self.asked() == prior.asked() && prior.asked().is_empty() {
            (Vec::new(), Steps::default())
        } else {
            let mut answered: AuthenticationStrengthResponse = cx.api.client().send(STRENGTHS.request(&self.id)).await?.json()?;
            let there = Self::configurations(&mut answered, cx).await?;
            let asked = self.asked();
            let steps = steps(&there, &asked);
            (asked, steps)
        };
        for id in &steps.removed {
            cx.api.client().send(Request::delete(CONFIGURATION).with("id", &self.id).with("configuration", id)).await?;
        }
        if keys(&self.allowed_combinations) != keys(&prior.allowed_combinations) {
            let body = json!({ "allowedCombinations": self.allowed_combinations });
            let request = Request::post("/policies/authenticationStrengthPolicies/{id}/updateAllowedCombinations");
            cx.api.client().send(request.with("id", &self.id).json(&body).repeatable()).await?;
            cx.applied("allowed_combinations");
        }
        let body_of = |combination: &str| {
            let asks = asked.iter().find(|(asked, _)| *asked == combination).map(|(_, asks)| asks.clone()).unwrap_or_default();
            configuration_body(combination, &asks)
        };
        for (id, combination) in &steps.changed {
            let request = Request::patch(CONFIGURATION).with("id", &self.id).with("configuration", id);
            cx.api.client().send(request.json(&body_of(combination))).await?;
        }
        for combination in &steps.added {
            cx.api.client().send(Request::post(CONFIGURATIONS).with("id", &self.id).json(&body_of(combination))).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configuration(id: &str, combinations: &[&str], skis: &[&str]) -> Configuration {
        let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        Configuration {
            id: id.to_owned(),
            applies_to_combinations: owned(combinations),
            allowed_aaguids: Vec::new(),
            allowed_issuer_skis: owned(skis),
            allowed_policy_oids: Vec::new(),
        }
    }

    #[test]
    fn configurations_are_kept_changed_or_made_anew() {
        let asks = |ski: &str| json!({ "allowedIssuerSkis": [ski], "allowedPolicyOIDs": [] });
        let shared = configuration("1", &[MULTI_FACTOR, SINGLE_FACTOR], &["a"]);
        let both = [(MULTI_FACTOR, asks("A")), (SINGLE_FACTOR, asks("a"))];
        assert_eq!(steps(std::slice::from_ref(&shared), &both), Steps::default());
        let apart = [(MULTI_FACTOR, asks("a")), (SINGLE_FACTOR, asks("b"))];
        let again = Steps { removed: vec!["1".to_owned()], added: vec![MULTI_FACTOR, SINGLE_FACTOR], ..Steps::default() };
        assert_eq!(steps(&[shared], &apart), again);
        let single = configuration("2", &[MULTI_FACTOR], &["a"]);
        let changed = Steps { changed: vec![("2".to_owned(), MULTI_FACTOR)], ..Steps::default() };
        assert_eq!(steps(std::slice::from_ref(&single), &[(MULTI_FACTOR, asks("b"))]), changed);
        let removed = Steps { removed: vec!["2".to_owned()], added: vec![FIDO2], ..Steps::default() };
        assert_eq!(steps(&[single], &[(FIDO2, json!({}))]), removed);
    }
}
