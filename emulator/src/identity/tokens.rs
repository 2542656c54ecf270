//! Makes tokens, once it is decided that somebody gets them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use serde_json::{Value, json};

use super::{application::ClientProof, clients::Client, endpoint::TokenRequest, errors::SignInError, resource::TokenAudience};
use crate::{
    caller::{Claims, GRANT, Grant, Resource},
    directory::principals::groups_of,
    identity::IdentityPlatform,
    random,
    store::{Key, Row},
    tenant::ids,
};
use jiff::Timestamp;

/// The family that Microsoft's own command lines share refresh tokens in.
pub const FAMILY: &str = "1";
/// Most groups that an access token names; with more, it names a source of them instead
/// (learn.microsoft.com/entra/identity-platform/access-token-claims-reference#groups-overage-claim).
const MAX_GROUPS: usize = 200;
/// How long a refresh token is good for, in seconds: 90 days.
const GRANT_LIFETIME: i64 = 90 * 24 * 3600;

/// The result of a token request.
#[derive(Debug, Clone, Default)]
pub struct Issued {
    /// The access token.
    pub access_token: String,
    /// Seconds that it is good for.
    pub expires_in: i64,
    /// Seconds since 1970 until when.
    pub expires_on: i64,
    /// Seconds since 1970 from when on.
    pub not_before: i64,
    /// Who it is for.
    pub audience: String,
    /// The delegated permissions in it, each with its resource.
    pub scope: Option<String>,
    /// For the next access token without the user.
    pub refresh_token: Option<String>,
    /// Who the user is, for the client itself.
    pub id_token: Option<String>,
    /// The user's home, which Microsoft's libraries ask for.
    pub client_info: Option<String>,
    /// Whether the refresh token is good for a family of clients.
    pub family: bool,
}

/// A user who signed in.
#[derive(Debug, Clone)]
pub struct User {
    /// Object id.
    pub key: Key,
    /// Their row.
    pub row: Row,
    /// When they proved who they are, by the tenant's clock, in seconds since 1970.
    pub auth_time: i64,
    /// How often their sessions had been revoked by then.
    pub session: u64,
    /// How they proved it.
    pub amr: Vec<String>,
}

impl User {
    fn text(&self, property: &str) -> String {
        self.row.get(property).and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}

/// A token for an application on its own behalf.
pub fn for_application(
    platform: &IdentityPlatform,
    asked: &TokenAudience,
    app_id: &str,
    proof: ClientProof,
    key: &Key,
    permissions: Vec<String>,
) -> Result<Issued, SignInError> {
    let of_graph = asked.resource.serves(Resource::Graph);
    let claims = Claims {
        appid: app_id.to_owned(),
        appidacr: proof.code().to_owned(),
        idtyp: "app".to_owned(),
        oid: key.to_string(),
        sub: key.to_string(),
        roles: if of_graph { permissions } else { Vec::new() },
        ..common(platform, asked, key)
    };
    access(platform, asked, &claims)
}

/// Tokens for a client on behalf of a user.
pub fn for_user(
    request: &TokenRequest<'_>,
    asked: &TokenAudience,
    client: &Client,
    proof: ClientProof,
    user: &User,
) -> Result<Issued, SignInError> {
    let graph = client.graph_scopes(if asked.resource == Resource::Graph { &asked.scopes } else { &[] });
    let scopes = match asked.resource {
        Resource::Graph => graph?,
        Resource::Arm => vec!["user_impersonation".to_owned()],
        Resource::Here => std::iter::once("user_impersonation".to_owned()).chain(graph?).collect(),
        // Unverified, but nobody looks at it.
        Resource::Kubernetes => vec!["user.read".to_owned()],
    };
    let name = user.text("userPrincipalName");
    let claims = Claims {
        appid: client.app_id().to_owned(),
        appidacr: proof.code().to_owned(),
        idtyp: "user".to_owned(),
        oid: user.key.to_string(),
        sub: pairwise(&user.key, client.app_id()),
        scp: Some(scopes.join(" ")),
        upn: Some(name.clone()),
        unique_name: Some(name),
        name: Some(user.text("displayName")),
        amr: user.amr.clone(),
        // A user who is let in has satisfied them all. Unverified: that contexts which are satisfied but not asked for are left out.
        acrs: asked.wanted.contexts.clone(),
        xms_cc: asked.wanted.capabilities.clone(),
        ..common(request.platform, asked, &user.key)
    };
    let mut issued = access(request.platform, asked, &claims)?;
    issued.scope = Some(scopes.iter().map(|scope| format!("{}/{scope}", asked.audience)).collect::<Vec<_>>().join(" "));
    if asked.offline {
        let grant = Grant {
            typ: GRANT.to_owned(),
            oid: claims.oid.clone(),
            appid: claims.appid.clone(),
            iat: claims.iat,
            auth_time: user.auth_time,
            session: user.session,
            exp: claims.iat + GRANT_LIFETIME,
            amr: user.amr.clone(),
        };
        issued.refresh_token = Some(sign(request.platform, &grant)?);
        issued.family = client.is_in_family();
    }
    if asked.openid {
        issued.id_token = Some(sign(request.platform, &id_claims(request, &claims))?);
    }
    if request.field("client_info").is_some() {
        let info = json!({"uid": user.key.as_ref(), "utid": ids::TENANT_ID}).to_string();
        issued.client_info = Some(URL_SAFE_NO_PAD.encode(info));
    }
    Ok(issued)
}

/// The claims that tokens of users and applications have in common.
fn common(platform: &IdentityPlatform, asked: &TokenAudience, holder: &str) -> Claims {
    let issued = Timestamp::now().as_second();
    let claims = Claims {
        aud: asked.audience.clone(),
        iss: format!("https://sts.windows.net/{}/", ids::TENANT_ID),
        iat: issued,
        nbf: issued,
        exp: issued + platform.token_lifetime,
        tid: ids::TENANT_ID.to_owned(),
        ver: "1.0".to_owned(),
        ..Claims::default()
    };
    if asked.resource != Resource::Kubernetes {
        return claims;
    }
    let groups = groups_of(platform.database.read().latest(), holder);
    let fits = groups.len() <= MAX_GROUPS;
    Claims {
        exp: claims.exp + longer_by(platform.token_lifetime),
        groups: fits.then(|| groups.iter().map(ToString::to_string).collect()),
        claim_names: (!fits).then(|| json!({"groups": "src1"})),
        emulator_issued_at: Some(platform.database.now().as_second()),
        ..claims
    }
}

/// Seconds that a token for a cluster is valid beyond the shortest lifetime: the service chooses it at random, up to a quarter more
/// (learn.microsoft.com/entra/identity-platform/access-tokens#token-lifetime). Unverified: the longest.
fn longer_by(lifetime: i64) -> i64 {
    let quarter = u64::try_from(lifetime / 4).unwrap_or_default();
    let seed = uuid::Uuid::new_v4().as_u64_pair().0;
    i64::try_from(random::within(seed, 0, 0, 0..=quarter)).unwrap_or_default()
}

fn access(platform: &IdentityPlatform, asked: &TokenAudience, claims: &Claims) -> Result<Issued, SignInError> {
    Ok(Issued {
        access_token: sign(platform, claims)?,
        expires_in: claims.exp - claims.iat,
        expires_on: claims.exp,
        not_before: claims.nbf,
        audience: asked.audience.clone(),
        ..Issued::default()
    })
}

/// The id token's claims. Its audience is the client.
fn id_claims(request: &TokenRequest<'_>, claims: &Claims) -> Value {
    json!({
        "aud": claims.appid,
        "iss": format!("https://{}/{}/v2.0", request.http.host, ids::TENANT_ID),
        "iat": claims.iat, "nbf": claims.nbf, "exp": claims.exp,
        "sub": claims.sub, "oid": claims.oid, "tid": claims.tid,
        "name": claims.name, "preferred_username": claims.upn, "upn": claims.upn, "unique_name": claims.upn,
        "ver": "2.0",
    })
}

fn pairwise(user: &str, app_id: &str) -> String {
    let id = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, format!("{user} {app_id}").as_bytes());
    URL_SAFE_NO_PAD.encode(id.as_bytes())
}

fn sign(platform: &IdentityPlatform, claims: &impl Serialize) -> Result<String, SignInError> {
    platform.signer.sign(claims).map_err(|error| {
        tracing::error!(%error, "a token could not be signed");
        SignInError::transient(axum::http::StatusCode::INTERNAL_SERVER_ERROR)
    })
}
