//! Roles and bindings of Kubernetes, impersonation, reviews and watches.

use serde_json::{Value, json};

use crate::{
    arm_roles::cluster,
    client::{Tenant, user},
    kubernetes::Kubernetes,
};

const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";
const AUTHORIZATION: &str = "/apis/authorization.k8s.io/v1";
const MERGE: [(&str, &str); 1] = [("content-type", "application/merge-patch+json")];

/// A user; their object id.
async fn person(tenant: &Tenant, alias: &str) -> String {
    let mut body = user(alias);
    body["passwordProfile"]["forceChangePasswordNextSignIn"] = json!(false);
    tenant.post("/v1.0/users", body).await.created()
}

/// A cluster that uses bindings of Kubernetes, with a group of administrators that a01 is in and a group of developers that d01 is in; the groups.
async fn without_azure_rbac(tenant: &Tenant) -> (String, String) {
    let (admins, developers) = (tenant.group("admins").await, tenant.group("developers").await);
    let (a01, d01) = (person(tenant, "a01").await, person(tenant, "d01").await);
    tenant.link(&admins, "members", &a01).await.empty();
    tenant.link(&developers, "members", &d01).await.empty();
    let profile = json!({"managed": true, "enableAzureRBAC": false, "adminGroupObjectIDs": [admins]});
    assert_eq!(tenant.post(&format!("{}/resetAADProfile?api-version=2024-05-01", cluster()), profile).await.status, 202);
    (admins, developers)
}

fn binding(name: &str, role: &str, group: &str) -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": role},
        "subjects": [{"kind": "Group", "name": group, "apiGroup": "rbac.authorization.k8s.io"}],
    })
}

#[tokio::test]
async fn bindings_of_groups_decide_where_roles_of_azure_do_not() {
    let tenant = Tenant::start().await;
    let (admins, developers) = without_azure_rbac(&tenant).await;
    let (admin, developer) = (Kubernetes::of(&tenant, "a01@contoso.com").await, Kubernetes::of(&tenant, "d01@contoso.com").await);
    let bound = admin.get(&format!("{RBAC}/clusterrolebindings/aks-cluster-admin-binding-aad")).await.ok();
    assert_eq!((&bound["subjects"][0]["name"], &bound["roleRef"]["name"]), (&json!(admins), &json!("cluster-admin")));
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "dev"}});
    assert_eq!(admin.send("POST", "/api/v1/namespaces", Some(namespace.clone()), "").await.status, 201);
    assert_eq!(admin.send("POST", "/api/v1/namespaces", Some(namespace), "").await.status, 409);
    let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "dev-access"},
        "rules": [{"apiGroups": ["", "apps"], "resources": ["pods", "deployments"], "verbs": ["get", "list"]}]});
    let (roles, bindings) = (format!("{RBAC}/namespaces/dev/roles"), format!("{RBAC}/namespaces/dev/rolebindings"));
    let created = admin.send("POST", &roles, Some(role), "").await;
    assert_eq!((created.status, &created.body["metadata"]["namespace"]), (201, &json!("dev")));
    assert_eq!(developer.get("/api/v1/namespaces/dev/pods").await.status, 403);
    assert_eq!(admin.send("POST", &bindings, Some(binding("dev", "dev-access", &developers)), "").await.status, 201);
    assert_eq!(developer.get("/api/v1/namespaces/dev/pods").await.ok()["items"], json!([]));
    let refused = developer.get("/api/v1/namespaces/default/pods").await;
    let text = "pods is forbidden: User \"d01@contoso.com\" cannot list resource \"pods\" in API group \"\" in the namespace \"default\"";
    assert_eq!((refused.status, &refused.body["message"]), (403, &json!(text)));
    assert_eq!(developer.get("/api/v1/namespaces/dev/secrets").await.status, 403);
    // Changed, and taken away again.
    let patch = json!({"rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["*"]}]});
    let patched = admin.send_with("PATCH", &format!("{roles}/dev-access"), Some(patch), &MERGE).await.ok();
    assert_eq!(patched["metadata"]["resourceVersion"], "1002");
    assert_eq!(developer.get("/api/v1/namespaces/dev/secrets").await.status, 200);
    assert_eq!(developer.get("/api/v1/namespaces/dev/pods").await.status, 403);
    admin.send("DELETE", &format!("{bindings}/dev"), None, "").await.ok();
    assert_eq!(developer.get("/api/v1/namespaces/dev/secrets").await.status, 403);
    assert_eq!(admin.send("DELETE", &format!("{bindings}/dev"), None, "").await.status, 404);
    // A cluster takes what is in it along.
    tenant.delete(&format!("{}?api-version=2024-05-01", cluster())).await;
}

#[tokio::test]
async fn nobody_gives_more_than_they_have() {
    let tenant = Tenant::start().await;
    let (_, developers) = without_azure_rbac(&tenant).await;
    let (admin, developer) = (Kubernetes::of_administrator(&tenant).await, Kubernetes::of(&tenant, "d01@contoso.com").await);
    let (roles, bindings) = (format!("{RBAC}/namespaces/default/roles"), format!("{RBAC}/namespaces/default/rolebindings"));
    let role = |name: &str, resource: &str| json!({"metadata": {"name": name}, "rules": [{"apiGroups": ["rbac.authorization.k8s.io", ""], "resources": [resource], "verbs": ["*"]}]});
    for (name, resource) in [("writers", "*"), ("all-secrets", "secrets")] {
        let mut body = role(name, resource);
        if name == "writers" {
            body["rules"] = json!([{"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles", "rolebindings"], "verbs": ["create", "update"]}]);
        }
        assert_eq!(admin.send("POST", &roles, Some(body), "").await.status, 201);
    }
    assert_eq!(admin.send("POST", &bindings, Some(binding("writers", "writers", &developers)), "").await.status, 201);
    for (path, body) in [(&roles, role("mine", "secrets")), (&bindings, binding("mine", "all-secrets", &developers))] {
        let refused = developer.send("POST", path, Some(body), "").await;
        let text = refused.body["message"].as_str().unwrap_or_default();
        assert!(refused.status == 403 && text.contains("attempting to grant RBAC permissions not currently held"), "{}", refused.body);
    }
    // What they have, they can give.
    assert_eq!(developer.send("POST", &bindings, Some(binding("others", "writers", &developers)), "").await.status, 201);
    for (path, body, status) in [
        (&roles, json!({"metadata": {"name": "x"}, "rules": [{"resources": ["pods"]}]}), 422),
        (&roles, json!({"metadata": {}}), 422),
        (&bindings, json!({"metadata": {"name": "x"}, "roleRef": {"kind": "Role"}}), 422),
        (&roles, json!({"kind": "RoleBinding", "metadata": {"name": "x"}}), 400),
    ] {
        let answer = admin.send("POST", path, Some(body.clone()), "").await;
        assert_eq!(answer.status, status, "{body}: {}", answer.body);
    }
    let mut other = binding("writers", "all-secrets", &developers);
    other["metadata"]["namespace"] = json!("default");
    assert_eq!(admin.send("PUT", &format!("{bindings}/writers"), Some(other), "").await.status, 422, "roleRef cannot be changed");
    let yaml =
        admin.send_with("PATCH", &format!("{roles}/writers"), Some(json!({})), &[("content-type", "application/apply-patch+yaml")]).await;
    assert_eq!(yaml.status, 415);
}

#[tokio::test]
async fn impersonation_is_decided_by_rbac_and_then_counts() {
    let tenant = Tenant::start().await;
    let ben = person(&tenant, "ben").await;
    let admin = Kubernetes::of_administrator(&tenant).await;
    let secrets = "/api/v1/namespaces/kube-system/secrets";
    let status = async |api: &Kubernetes<'_>, headers: &[(&str, &str)]| api.send_with("GET", secrets, None, headers).await.status;
    assert_eq!(status(&admin, &[]).await, 200);
    for headers in [
        &[("impersonate-user", "ben@contoso.com")][..],
        &[("impersonate-user", "system:serviceaccount:default:default")],
        &[("impersonate-user", "x"), ("impersonate-group", "developers")],
        &[("impersonate-user", "x"), ("impersonate-extra-oid", ben.as_str())],
    ] {
        assert_eq!(status(&admin, headers).await, 403, "{headers:?}");
    }
    assert_eq!(status(&admin, &[("impersonate-user", "x"), ("impersonate-group", "system:masters")]).await, 200);
    for header in ["impersonate-group", "impersonate-uid", "impersonate-extra-oid"] {
        assert_eq!(status(&admin, &[(header, "x")]).await, 500, "{header} without a user");
    }
    let as_ben = admin.send_with("GET", secrets, None, &[("impersonate-user", "ben@contoso.com")]).await;
    assert!(as_ben.body["message"].as_str().unwrap().contains("Azure does not have opinion for this non AAD user"), "{}", as_ben.body);
    let who = [("impersonate-user", "ben@contoso.com"), ("impersonate-uid", "7"), ("impersonate-extra-team", "blue")];
    let review = admin.send_with("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", Some(json!({})), &who).await;
    let expected = json!({"username": "ben@contoso.com", "uid": "7", "groups": ["system:authenticated"], "extra": {"team": ["blue"]}});
    assert_eq!(review.body["status"]["userInfo"], expected);
    // Who may not impersonate is refused, whoever it is.
    let api = Kubernetes::of(&tenant, "ben@contoso.com").await;
    let refused = api.send_with("GET", secrets, None, &[("impersonate-user", "anna@contoso.com")]).await;
    let text = refused.body["message"].as_str().unwrap();
    assert!(
        text.starts_with("users \"anna@contoso.com\" is forbidden: User \"ben@contoso.com\" cannot impersonate resource \"users\""),
        "{text}"
    );
}

#[tokio::test]
async fn reviews_answer_for_others_and_list_rules() {
    let tenant = Tenant::start().await;
    let (_, developers) = without_azure_rbac(&tenant).await;
    let (admin, developer) = (Kubernetes::of(&tenant, "a01@contoso.com").await, Kubernetes::of(&tenant, "d01@contoso.com").await);
    let mut body = binding("viewers", "view", &developers);
    body["roleRef"]["kind"] = json!("ClusterRole");
    assert_eq!(admin.send("POST", &format!("{RBAC}/namespaces/default/rolebindings"), Some(body), "").await.status, 201);
    let spec = |groups: Value, namespace: &str| json!({"spec": {"user": "somebody", "groups": groups, "resourceAttributes": {"verb": "list", "namespace": namespace, "resource": "pods"}}});
    let reviews = format!("{AUTHORIZATION}/subjectaccessreviews");
    for (groups, namespace, allowed) in
        [(json!([developers]), "default", true), (json!([developers]), "other", false), (json!([]), "default", false)]
    {
        let answer = admin.send("POST", &reviews, Some(spec(groups, namespace)), "").await;
        assert_eq!((answer.status, &answer.body["status"]["allowed"]), (201, &json!(allowed)), "{}", answer.body);
    }
    assert_eq!(
        developer.send("POST", &reviews, Some(spec(json!([]), "default")), "").await.status,
        403,
        "only who may create them asks about others"
    );
    let rules = json!({"spec": {"namespace": "default"}});
    let listed = developer.send("POST", &format!("{AUTHORIZATION}/selfsubjectrulesreviews"), Some(rules), "").await.body;
    let pods = listed["status"]["resourceRules"]
        .as_array()
        .unwrap()
        .iter()
        .any(|rule| rule["resources"].as_array().unwrap().contains(&json!("pods")));
    assert!(
        pods && listed["status"]["incomplete"] == false && !listed["status"]["nonResourceRules"].as_array().unwrap().is_empty(),
        "{listed}"
    );
    let path = json!({"spec": {"nonResourceAttributes": {"verb": "get", "path": "/version"}}});
    let answer = developer.send("POST", &format!("{AUTHORIZATION}/selfsubjectaccessreviews"), Some(path), "").await;
    assert_eq!(answer.body["status"]["allowed"], true);
}

#[tokio::test]
async fn every_resource_is_read_explained_and_has_the_required_members() {
    let tenant = Tenant::start().await;
    let api = Kubernetes::of_administrator(&tenant).await;
    let mut seen = 0;
    for group in ["/api/v1", "/apis/apps/v1", RBAC] {
        let resources = api.get(group).await.ok()["resources"].clone();
        let document = api.get(&format!("/openapi/v3{group}")).await.ok();
        for resource in resources.as_array().unwrap().iter().filter(|one| one["verbs"].as_array().unwrap().contains(&json!("list"))) {
            let (name, kind) = (resource["name"].as_str().unwrap(), resource["kind"].as_str().unwrap());
            let list = api.get(&format!("{group}/{name}")).await.ok();
            assert_eq!(list["kind"], format!("{kind}List"));
            let schemas = document["components"]["schemas"].as_object().unwrap();
            let schema = schemas.values().find(|schema| schema["x-kubernetes-group-version-kind"][0]["kind"] == kind).unwrap();
            assert!(!schema["description"].as_str().unwrap().is_empty(), "{kind}");
            for one in list["items"].as_array().unwrap() {
                seen += 1;
                for member in one.as_object().unwrap().keys() {
                    assert!(schema["properties"].get(member).is_some(), "{kind} has {member}, which its schema does not have");
                }
                for pointer in required(kind) {
                    assert!(one.pointer(pointer).is_some_and(|value| !value.is_null()), "{kind} lacks {pointer}: {one}");
                }
            }
        }
    }
    assert!(seen > 60, "{seen}");
    let index = api.get("/openapi/v3").await.ok();
    assert!(index["paths"]["apis/apps/v1"]["serverRelativeURL"].as_str().unwrap().starts_with("/openapi/v3/apis/apps/v1"));
}

/// Members that the API's description marks as required, which typed clients look for (kubernetes.io/docs/reference/kubernetes-api).
fn required(kind: &str) -> &'static [&'static str] {
    match kind {
        "Node" => &[
            "/status/nodeInfo/architecture",
            "/status/nodeInfo/bootID",
            "/status/nodeInfo/containerRuntimeVersion",
            "/status/nodeInfo/kernelVersion",
            "/status/nodeInfo/kubeProxyVersion",
            "/status/nodeInfo/kubeletVersion",
            "/status/nodeInfo/machineID",
            "/status/nodeInfo/operatingSystem",
            "/status/nodeInfo/osImage",
            "/status/nodeInfo/systemUUID",
        ],
        "Pod" => &["/spec/containers/0/name", "/status/containerStatuses/0/imageID"],
        "Deployment" | "ReplicaSet" => &["/spec/selector", "/status/replicas"],
        "DaemonSet" => &[
            "/spec/selector",
            "/spec/template",
            "/status/currentNumberScheduled",
            "/status/desiredNumberScheduled",
            "/status/numberMisscheduled",
            "/status/numberReady",
        ],
        "Event" => &["/involvedObject", "/metadata/name"],
        "RoleBinding" | "ClusterRoleBinding" => &["/roleRef/apiGroup", "/roleRef/kind", "/roleRef/name"],
        _ => &["/metadata/name", "/metadata/uid"],
    }
}

#[tokio::test]
async fn a_watch_stays_open_and_reports_changes() {
    let tenant = Tenant::start().await;
    let api = Kubernetes::of_administrator(&tenant).await;
    let namespaces = "/api/v1/namespaces";
    let version = api.get(namespaces).await.ok()["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    let path = format!("{namespaces}?watch=true&resourceVersion={version}&timeoutSeconds=30");
    let mut answer = api.request("GET", &path).header("accept-encoding", "gzip").send().await.unwrap();
    let body = json!({"metadata": {"name": "dev"}});
    assert_eq!(api.send("POST", namespaces, Some(body), "").await.status, 201);
    let event = async |answer: &mut reqwest::Response| -> Value {
        let chunk = tokio::time::timeout(std::time::Duration::from_secs(20), answer.chunk()).await.unwrap().unwrap().unwrap();
        serde_json::from_slice(&chunk).unwrap()
    };
    let added = event(&mut answer).await;
    assert_eq!((&added["type"], &added["object"]["metadata"]["name"]), (&json!("ADDED"), &json!("dev")));
    api.send("DELETE", "/api/v1/namespaces/dev", None, "").await.ok();
    assert_eq!(event(&mut answer).await["type"], "DELETED");
    // Without a resource version everything that is there comes first; and it ends when the client said.
    let all = api.get(&format!("{namespaces}?watch=1&timeoutSeconds=1")).await;
    let lines: Vec<Value> = all.body.as_str().unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 4);
}
