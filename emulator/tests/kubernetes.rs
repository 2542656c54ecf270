//! The Kubernetes API of a cluster: who is let in, and what they may do.

use base64::{Engine, engine::general_purpose::STANDARD};
use emulator::{Options, Profile};
use serde_json::{Value, json};

use crate::{
    arm_roles::{cluster, group},
    client::{Answer, Tenant, options, user},
    user_sign_in::by_password,
};

const RBAC_READER: &str = "7f6c6a51-bcf8-42ba-9220-52d62157d7db";
const RBAC_ADMIN: &str = "3498e952-d568-435e-9b2c-8d77e338d7f7";
const PASSWORD: &str = "Correct-Horse-1";
const NO_ROLE: &str = "User does not have access to the resource in Azure. Update role assignment to allow access.";
const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

/// A cluster's API, and a person who has signed in to it.
pub struct Kubernetes<'a> {
    tenant: &'a Tenant,
    path: String,
    token: String,
}

async fn kubeconfig(tenant: &Tenant, kind: &str) -> Value {
    let path = format!("{}/{kind}?api-version=2024-05-01", cluster());
    let answer = tenant.post(&path, json!({})).await.ok();
    serde_json::from_slice(&STANDARD.decode(answer["kubeconfigs"][0]["value"].as_str().unwrap()).unwrap()).unwrap()
}

impl<'a> Kubernetes<'a> {
    async fn with(tenant: &'a Tenant, token: String) -> Self {
        let config = kubeconfig(tenant, "listClusterUserCredential").await;
        let server = config["clusters"][0]["cluster"]["server"].as_str().unwrap();
        Self { tenant, path: server.strip_prefix(&tenant.running.url()).unwrap().to_owned(), token }
    }

    pub async fn of(tenant: &'a Tenant, name: &str) -> Self {
        let scope = "6dae42f8-4368-4678-94ff-3960e28e3630/.default";
        let token = by_password(tenant, name, PASSWORD, scope).await.ok()["access_token"].as_str().unwrap().to_owned();
        Self::with(tenant, token).await
    }

    /// The API with the credential of the local administrator.
    pub async fn of_administrator(tenant: &'a Tenant) -> Self {
        let config = kubeconfig(tenant, "listClusterAdminCredential").await;
        Self::with(tenant, config["users"][0]["user"]["token"].as_str().unwrap().to_owned()).await
    }

    pub async fn send(&self, method: &str, path: &str, body: Option<Value>, accept: &str) -> Answer {
        self.send_with(method, path, body, &[("accept", accept)]).await
    }

    pub async fn send_with(&self, method: &str, path: &str, body: Option<Value>, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.request(method, path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.body(body.to_string());
        }
        crate::client::read(request.send().await.unwrap()).await
    }

    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}{}{path}", self.tenant.running.url(), self.path);
        self.tenant.client.request(method.parse().unwrap(), url).bearer_auth(&self.token)
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None, "application/json").await
    }

    async fn may(&self, verb: &str, namespace: &str, resource: &str) -> bool {
        self.may_in(verb, namespace, "", resource).await
    }

    pub async fn may_in(&self, verb: &str, namespace: &str, group: &str, resource: &str) -> bool {
        let spec = json!({"resourceAttributes": {"verb": verb, "namespace": namespace, "group": group, "resource": resource}});
        let answer = self.send("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", Some(json!({"spec": spec})), "").await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.body["status"]["allowed"].as_bool().unwrap()
    }
}

async fn person(tenant: &Tenant, alias: &str) -> String {
    let mut body = user(alias);
    body["passwordProfile"] = json!({"password": PASSWORD, "forceChangePasswordNextSignIn": false});
    tenant.post("/v1.0/users", body).await.created()
}

async fn assign(tenant: &Tenant, scope: &str, role: &str, principal: &str) -> String {
    static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(1);
    let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let path =
        format!("{scope}/providers/Microsoft.Authorization/roleAssignments/99999999-0000-4000-8001-{number:012}?api-version=2022-04-01");
    let role = format!("/providers/Microsoft.Authorization/roleDefinitions/{role}");
    let body = json!({"properties": {"roleDefinitionId": role, "principalId": principal}});
    assert_eq!(tenant.send("PUT", &path, Some(body), &[]).await.status, 201);
    path
}

#[track_caller]
fn forbidden(answer: &Answer, text: &str) {
    assert_eq!((answer.status, &answer.body["reason"], &answer.body["message"]), (403, &json!("Forbidden"), &json!(text)));
}

#[tokio::test]
async fn a_reader_reads_pods_and_no_secrets() {
    let tenant = Tenant::start().await;
    let (outer, inner, n01) = (tenant.group("outer").await, tenant.group("default").await, person(&tenant, "n01").await);
    tenant.link(&outer, "members", &inner).await.empty();
    tenant.link(&inner, "members", &n01).await.empty();
    let api = Kubernetes::of(&tenant, "n01@contoso.com").await;
    let pods = "/api/v1/namespaces/kube-system/pods";
    let text = format!(
        "pods is forbidden: User \"n01@contoso.com\" cannot list resource \"pods\" in API group \"\" in the namespace \"kube-system\": {NO_ROLE}"
    );
    forbidden(&api.get(pods).await, &text);
    assign(&tenant, &group(), RBAC_READER, &outer).await;
    let list = api.get(pods).await.ok();
    assert_eq!((&list["kind"], list["items"].as_array().unwrap().len()), (&json!("PodList"), 10));
    let text = format!(
        "secrets is forbidden: User \"n01@contoso.com\" cannot list resource \"secrets\" in API group \"\" in the namespace \"kube-system\": \
         {NO_ROLE}"
    );
    forbidden(&api.get("/api/v1/namespaces/kube-system/secrets").await, &text);
    let text = format!(
        "nodes is forbidden: User \"n01@contoso.com\" cannot list resource \"nodes\" in API group \"\" at the cluster scope: {NO_ROLE}"
    );
    forbidden(&api.get("/api/v1/nodes").await, &text);
    let delete = api.send("DELETE", "/apis/apps/v1/namespaces/kube-system/deployments/coredns", None, "").await;
    let text = format!(
        "deployments.apps \"coredns\" is forbidden: User \"n01@contoso.com\" cannot delete resource \"deployments\" in API group \"apps\" in \
         the namespace \"kube-system\": {NO_ROLE}"
    );
    forbidden(&delete, &text);
    assert_eq!(delete.body["details"], json!({"name": "coredns", "group": "apps", "kind": "deployments"}));
    assert!(api.may("list", "default", "pods").await && !api.may("list", "default", "secrets").await);
}

/// A group with administrator access to the cluster.
async fn administrators(tenant: &Tenant) -> String {
    let admins = tenant.group("admins").await;
    assign(tenant, &cluster(), RBAC_ADMIN, &admins).await;
    admins
}

#[tokio::test]
async fn access_follows_the_token() {
    let tenant = Tenant::start().await;
    let (admins, n01) = (administrators(&tenant).await, person(&tenant, "n01").await);
    let early = Kubernetes::of(&tenant, "n01@contoso.com").await;
    tenant.link(&admins, "members", &n01).await.empty();
    assert!(!early.may("list", "default", "secrets").await, "a token from before the membership has none of its groups");
    let during = Kubernetes::of(&tenant, "n01@contoso.com").await;
    assert!(during.may("list", "default", "secrets").await);
    let token = crate::user_sign_in::claims(&json!(during.token));
    assert_eq!(token["groups"], json!([admins]));
    let lifetime = token["exp"].as_i64().unwrap() - token["iat"].as_i64().unwrap();
    assert!((3599..=4500).contains(&lifetime), "{lifetime}");
    tenant.delete(&format!("/v1.0/groups/{admins}/members/{n01}/$ref")).await.empty();
    assert!(during.may("list", "default", "secrets").await, "and one from during it keeps them");
    tenant.post("/emulator/clock", json!({"advance": "PT59M"})).await.ok();
    assert!(during.may("list", "default", "secrets").await);
    // A client has a new token by then.
    tenant.post("/emulator/clock", json!({"advance": "PT17M"})).await.ok();
    assert!(!during.may("list", "default", "secrets").await);
    // Roles that are assigned to the user are not in the token: they hold at once.
    assign(&tenant, &cluster(), RBAC_ADMIN, &n01).await;
    assert!(early.may("list", "default", "secrets").await);
}

#[tokio::test]
async fn access_follows_the_directory_by_a_switch_and_where_groups_do_not_fit_into_a_token() {
    let mut switches = emulator::Switches::default();
    switches.turn("cluster-access-follows-the-token", false).unwrap();
    let tenant = Tenant::with(Options { switches, ..options() }).await;
    let (admins, n01) = (administrators(&tenant).await, person(&tenant, "n01").await);
    let early = Kubernetes::of(&tenant, "n01@contoso.com").await;
    tenant.link(&admins, "members", &n01).await.empty();
    assert!(early.may("list", "default", "secrets").await);
    let tenant = Tenant::start().await;
    let (admins, n01) = (administrators(&tenant).await, person(&tenant, "n01").await);
    let many = tenant.post("/emulator/populate", json!({"groups": 201})).await.ok();
    for group in many["groups"].as_array().unwrap() {
        tenant.link(group.as_str().unwrap(), "members", &n01).await.empty();
    }
    let early = Kubernetes::of(&tenant, "n01@contoso.com").await;
    let token = crate::user_sign_in::claims(&json!(early.token));
    assert_eq!((&token["groups"], &token["_claim_names"]["groups"]), (&Value::Null, &json!("src1")));
    tenant.link(&admins, "members", &n01).await.empty();
    assert!(early.may("list", "default", "secrets").await);
}

#[tokio::test]
async fn a_namespace_is_a_scope() {
    let tenant = Tenant::start().await;
    let p01 = person(&tenant, "p01").await;
    let api = Kubernetes::of(&tenant, "p01@contoso.com").await;
    let assignment = assign(&tenant, &format!("{}/namespaces/kube-system", cluster()), RBAC_ADMIN, &p01).await;
    let secrets = api.get("/api/v1/namespaces/kube-system/secrets").await.ok();
    assert_eq!(secrets["items"][1]["metadata"]["name"], "konnectivity-certs");
    for (verb, namespace, resource, allowed) in [
        ("delete", "kube-system", "pods", true),
        ("get", "kube-system", "namespaces", true),
        ("update", "kube-system", "resourcequotas", false),
        ("list", "default", "pods", false),
        ("list", "", "pods", false),
    ] {
        assert_eq!(api.may(verb, namespace, resource).await, allowed, "{verb} {namespace}/{resource}");
    }
    tenant.delete(&assignment).await.ok();
    assert!(!api.may("delete", "kube-system", "pods").await);
    assign(&tenant, &format!("{}/managedNamespaces/team", cluster()), RBAC_READER, &p01).await;
    assert!(api.may("list", "team", "pods").await);
}

#[tokio::test]
async fn admin_groups_may_everything_and_without_azure_rbac_nobody_else() {
    let tenant = Tenant::start().await;
    let (admins, a01, n01) = (tenant.group("admins").await, person(&tenant, "a01").await, person(&tenant, "n01").await);
    tenant.link(&admins, "members", &a01).await.empty();
    assign(&tenant, &cluster(), RBAC_READER, &n01).await;
    let profile = json!({"managed": true, "enableAzureRBAC": false, "adminGroupObjectIDs": [admins]});
    let reset = format!("{}/resetAADProfile?api-version=2024-05-01", cluster());
    assert_eq!(tenant.post(&reset, profile).await.status, 202);
    let api = Kubernetes::of(&tenant, "a01@contoso.com").await;
    assert_eq!(api.get("/api/v1/nodes").await.ok()["items"].as_array().unwrap().len(), 3);
    assert!(api.may("*", "", "*").await);
    let api = Kubernetes::of(&tenant, "n01@contoso.com").await;
    let text = "pods is forbidden: User \"n01@contoso.com\" cannot list resource \"pods\" in API group \"\" in the namespace \"default\"";
    forbidden(&api.get("/api/v1/namespaces/default/pods").await, text);
}

#[tokio::test]
async fn only_tokens_for_the_server_application_are_accepted() {
    let tenant = Tenant::start().await;
    for token in [tenant.token.clone(), "nonsense".into(), String::new()] {
        let api = Kubernetes::with(&tenant, token).await;
        let answer = api.get("/api/v1/pods").await;
        assert_eq!((answer.status, &answer.body["message"]), (401, &json!("Unauthorized")));
    }
    let config = kubeconfig(&tenant, "listClusterAdminCredential").await;
    let api = Kubernetes::with(&tenant, config["users"][0]["user"]["token"].as_str().unwrap().to_owned()).await;
    assert_eq!(api.get("/api/v1/secrets").await.ok()["items"].as_array().unwrap().len(), 2);
    let mut nowhere = Kubernetes::with(&tenant, api.token.clone()).await;
    nowhere.path = "/kubernetes/nowhere".into();
    assert_eq!(nowhere.get("/version").await.status, 404);
}

#[tokio::test]
async fn objects_are_listed_printed_selected_and_not_written() {
    let tenant = Tenant::start().await;
    let config = kubeconfig(&tenant, "listClusterAdminCredential").await;
    let api = Kubernetes::with(&tenant, config["users"][0]["user"]["token"].as_str().unwrap().to_owned()).await;
    let table = api.send("GET", "/api/v1/namespaces/kube-system/pods", None, TABLE).await.ok();
    let headings: Vec<&str> = table["columnDefinitions"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(headings[..5], ["Name", "Ready", "Status", "Restarts", "Age"]);
    let first = table["rows"][0]["cells"].as_array().unwrap();
    assert_eq!(first[..4], [json!("azure-ip-masq-agent-2rdd9"), json!("1/1"), json!("Running"), json!("0")]);
    let one = api.get("/apis/apps/v1/namespaces/kube-system/deployments/coredns").await.ok();
    assert_eq!((&one["kind"], &one["apiVersion"], &one["metadata"]["name"]), (&json!("Deployment"), &json!("apps/v1"), &json!("coredns")));
    let missing = api.get("/api/v1/namespaces/kube-system/pods/none").await;
    assert_eq!((missing.status, &missing.body["message"]), (404, &json!("pods \"none\" not found")));
    let some = api.get("/api/v1/pods?labelSelector=k8s-app%3Dkube-dns&fieldSelector=status.phase%3DRunning").await.ok();
    assert_eq!(some["items"].as_array().unwrap().len(), 1);
    assert_eq!(api.get("/api/v1/namespaces/default/pods").await.ok()["items"], json!([]));
    let written = api.send("POST", "/api/v1/namespaces/default/configmaps", Some(json!({})), "").await;
    assert_eq!((written.status, &written.body["reason"]), (405, &json!("MethodNotAllowed")));
    assert_eq!(api.get("/api/v1/namespaces/default/widgets").await.status, 404);
}

#[tokio::test]
async fn discovery_is_old_and_new() {
    let tenant = Tenant::start().await;
    person(&tenant, "n01").await;
    // Who has signed in may look around.
    let api = Kubernetes::of(&tenant, "n01@contoso.com").await;
    assert_eq!(api.get("/version").await.ok()["gitVersion"], "v1.32.7");
    assert_eq!(api.get("/api").await.ok()["versions"], json!(["v1"]));
    let groups = api.get("/apis").await.ok();
    assert_eq!((&groups["kind"], &groups["groups"][0]["name"]), (&json!("APIGroupList"), &json!("apps")));
    let list = api.get("/api/v1").await.ok();
    assert!(list["resources"].as_array().unwrap().iter().any(|one| one["name"] == "pods" && one["namespaced"] == true));
    assert_eq!(api.get("/apis/apps/v1").await.ok()["groupVersion"], "apps/v1");
    assert_eq!(api.get("/apis/apps/v2").await.status, 404);
    let accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
    let all = api.send("GET", "/apis", None, accept).await;
    assert!(all.headers["content-type"].to_str().unwrap().contains("v=v2;as=APIGroupDiscoveryList"));
    assert_eq!(all.ok()["items"][0]["versions"][0]["resources"][0]["resource"], "deployments");
}

#[tokio::test]
async fn a_new_assignment_takes_minutes_to_take_effect_where_things_take_their_time() {
    let tenant = Tenant::with(Options { profile: Profile::Realistic, ..options() }).await;
    let added = tenant.post("/emulator/populate", json!({"groups": 1})).await.ok();
    let n01 = person(&tenant, "n01").await;
    let team = added["groups"][0].as_str().unwrap();
    // The directory is late, too.
    tenant.post("/emulator/clock", json!({"advance": "PT1M"})).await.ok();
    tenant.link(team, "members", &n01).await.empty();
    let api = Kubernetes::of(&tenant, "n01@contoso.com").await;
    assign(&tenant, &cluster(), RBAC_READER, team).await;
    assert!(!api.may("list", "default", "pods").await);
    tenant.post("/emulator/clock", json!({"advance": "PT6M"})).await.ok();
    assert!(api.may("list", "default", "pods").await);
}
