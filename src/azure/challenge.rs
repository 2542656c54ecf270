//! Claims challenges (learn.microsoft.com/entra/identity-platform/claims-challenge).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The claims that a service requires in a token before it accepts a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge(serde_json::Value);

impl Challenge {
    /// Reads the JSON of a challenge, as `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`.
    pub(super) fn read(claims: &str) -> Option<Self> {
        // Text after the JSON is ignored.
        let mut values = serde_json::Deserializer::from_str(claims).into_iter::<serde_json::Value>();
        values.next()?.ok().filter(|claims| claims["access_token"].is_object()).map(Self)
    }

    /// The required authentication contexts, as `c1`.
    pub fn contexts(&self) -> Vec<&str> {
        let wanted = &self.0["access_token"]["acrs"];
        let several = wanted["values"].as_array().into_iter().flatten();
        std::iter::once(&wanted["value"]).chain(several).filter_map(serde_json::Value::as_str).collect()
    }

    /// The challenge as the Azure CLI takes it: `az login --claims-challenge`.
    pub fn base64(&self) -> String {
        STANDARD.encode(self.0.to_string())
    }

    /// The `claims` of a request for a token. They also declare that the client understands challenges, without which the service
    /// refuses the token (docs/services/pim.md#refusals).
    pub(super) fn claims(&self) -> String {
        let mut claims = self.0.clone();
        claims["access_token"]["xms_cc"] = serde_json::json!({ "values": ["cp1"] });
        claims.to_string()
    }
}
