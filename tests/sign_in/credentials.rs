//! Every way in, through the real Terraform: what succeeds, and what is said about what does not.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::test_tenant::{TestTenant, Workspace, flat};

/// A data source that needs a token at plan time and returns the identity that it was issued to.
const WHO: &str = "data \"aksaccess_client_config\" \"it\" {}\noutput \"it\" {\n  value = data.aksaccess_client_config.it\n}\n";

/// A workspace without any sign-in but for these variables.
fn workspace<'a>(test_tenant: &'a TestTenant, variables: &[(&str, &str)]) -> Workspace<'a> {
    let mut workspace = test_tenant.workspace(WHO);
    workspace.set("ARM_CLIENT_ID", "");
    workspace.set("ARM_CLIENT_SECRET", "");
    for (name, value) in variables {
        workspace.set(name, value);
    }
    workspace
}

/// The object id that signs in.
fn who(test_tenant: &TestTenant, variables: &[(&str, &str)]) -> Value {
    let workspace = workspace(test_tenant, variables);
    workspace.apply();
    workspace.output("it")["object_id"].clone()
}

/// What a plan says that must not succeed.
#[track_caller]
fn refused(test_tenant: &TestTenant, variables: &[(&str, &str)], messages: &[&str]) -> String {
    flat(&workspace(test_tenant, variables).plan_fails(messages).text)
}

const APP: (&str, &str) = ("ARM_CLIENT_ID", emulator::tenant::CLIENT_ID);
const OIDC: (&str, &str) = ("ARM_USE_OIDC", "true");

#[test]
fn a_secret_signs_in_from_the_environment_and_from_a_file() {
    let test_tenant = TestTenant::new("sign_in_secret");
    let me = json!(emulator::tenant::SERVICE_PRINCIPAL_ID);
    assert_eq!(who(&test_tenant, &[APP, ("ARM_CLIENT_SECRET", emulator::tenant::CLIENT_SECRET)]), me);
    let folder = tempfile::tempdir().unwrap();
    let (id, secret) = (folder.path().join("id"), folder.path().join("secret"));
    std::fs::write(&id, format!("{}\n", emulator::tenant::CLIENT_ID)).unwrap();
    std::fs::write(&secret, format!("{}\n", emulator::tenant::CLIENT_SECRET)).unwrap();
    let (id, secret) = (id.to_str().unwrap(), secret.to_str().unwrap());
    assert_eq!(who(&test_tenant, &[("ARM_CLIENT_ID_FILE_PATH", id), ("ARM_CLIENT_SECRET_FILE_PATH", secret)]), me);
    let other = "99999999-9999-4999-8999-999999999999";
    refused(
        &test_tenant,
        &[("ARM_CLIENT_ID", other), ("ARM_CLIENT_ID_FILE_PATH", id), ("ARM_CLIENT_SECRET_FILE_PATH", secret)],
        &["signing in with a client secret failed: client_id was given, and the file"],
    );
    let said =
        refused(&test_tenant, &[APP, ("ARM_CLIENT_SECRET", "wrong")], &["AADSTS7000215: Invalid client secret provided.", "(trace id "]);
    for line in [
        "- a client certificate: neither client_certificate (ARM_CLIENT_CERTIFICATE)",
        "- a client secret: taken, and failed",
        "- the Azure CLI: not looked at, because one before it was taken",
    ] {
        assert!(said.contains(line), "{said}");
    }
    refused(
        &test_tenant,
        &[("ARM_CLIENT_ID", other), ("ARM_CLIENT_SECRET", "x")],
        &["AADSTS700016: Application with identifier '99999999-9999-4999-8999-999999999999' was not found"],
    );
    refused(&test_tenant, &[APP, ("ARM_CLIENT_SECRET", "x"), ("ARM_TENANT_ID", other)], &["AADSTS90002: Tenant '99999999"]);
    refused(
        &test_tenant,
        &[("ARM_CLIENT_SECRET", "x")],
        &["The provider cannot sign in with a client secret: client_id is missing (ARM_CLIENT_ID)"],
    );
}

#[test]
fn an_expired_secret_is_reported_with_the_services_message() {
    let test_tenant = TestTenant::new("sign_in_expired_secret");
    let body = json!({ "secret": "old", "secret_expires": "2020-01-01T00:00:00Z" });
    let made = test_tenant.control("POST", "applications", Some(body));
    let id = made["application_id"].as_str().unwrap();
    refused(
        &test_tenant,
        &[("ARM_CLIENT_ID", id), ("ARM_CLIENT_SECRET", "old")],
        &["AADSTS7000222: The provided client secret keys for app", "are expired"],
    );
}

/// A certificate and its key in PEM.
fn certificate() -> (String, String) {
    let key = rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048).unwrap();
    let made = rcgen::CertificateParams::new(vec!["pipeline".to_owned()]).unwrap().self_signed(&key).unwrap();
    (made.pem(), key.serialize_pem())
}

#[test]
fn a_certificate_signs_in() {
    let test_tenant = TestTenant::new("sign_in_certificate");
    let (pem, key) = certificate();
    let body = json!({ "display_name": "pipeline", "certificate": pem });
    let made = test_tenant.control("POST", "applications", Some(body));
    let id = made["application_id"].as_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("it.pem");
    std::fs::write(&path, format!("{pem}{key}")).unwrap();
    let path = path.to_str().unwrap();
    assert_eq!(who(&test_tenant, &[("ARM_CLIENT_ID", id), ("ARM_CLIENT_CERTIFICATE_PATH", path)]), made["object_id"]);
    refused(
        &test_tenant,
        &[APP, ("ARM_CLIENT_CERTIFICATE_PATH", path)],
        &["signing in with a client certificate failed: AADSTS700027: The certificate with identifier used to sign the client assertion"],
    );
    refused(
        &test_tenant,
        &[APP, ("ARM_CLIENT_CERTIFICATE_PATH", "/no/such/file")],
        &["the client_certificate file /no/such/file cannot be read"],
    );
    refused(&test_tenant, &[APP, ("ARM_CLIENT_CERTIFICATE", "bm9uc2Vuc2U=")], &["it is no PKCS#12 (PFX) file, or the password is wrong"]);
}

#[test]
fn a_pipelines_token_signs_in() {
    let test_tenant = TestTenant::new("sign_in_token");
    let me = json!(emulator::tenant::SERVICE_PRINCIPAL_ID);
    let trusted = json!({ "issuer": "https://issuer.example", "subject": "job" });
    test_tenant.control("POST", "applications", Some(json!({ "application_id": emulator::tenant::CLIENT_ID, "federated": trusted })));
    let issued = |body: Value| test_tenant.control("POST", "federated-tokens", Some(body))["token"].as_str().unwrap().to_owned();
    let good = issued(trusted.clone());
    assert_eq!(who(&test_tenant, &[APP, OIDC, ("ARM_OIDC_TOKEN", &good)]), me);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, &good).unwrap();
    let path = path.to_str().unwrap();
    assert_eq!(who(&test_tenant, &[APP, OIDC, ("ARM_OIDC_TOKEN_FILE_PATH", path)]), me);
    let cluster = [
        ("ARM_USE_AKS_WORKLOAD_IDENTITY", "true"),
        ("ARM_TENANT_ID", ""),
        ("AZURE_TENANT_ID", emulator::tenant::TENANT_ID),
        ("AZURE_CLIENT_ID", emulator::tenant::CLIENT_ID),
        ("AZURE_FEDERATED_TOKEN_FILE", path),
    ];
    assert_eq!(who(&test_tenant, &cluster), me);
    let old = issued(json!({ "issuer": "https://issuer.example", "subject": "job", "lifetime": -600 }));
    refused(&test_tenant, &[APP, OIDC, ("ARM_OIDC_TOKEN", &old)], &["AADSTS700024: Client assertion is not within its valid time range"]);
    let other = issued(json!({ "issuer": "https://issuer.example", "subject": "another job" }));
    refused(
        &test_tenant,
        &[APP, OIDC, ("ARM_OIDC_TOKEN", &other)],
        &["AADSTS700213: No matching federated identity record found for presented assertion subject 'another job'"],
    );
}

#[test]
fn jobs_of_github_and_azure_pipelines_sign_in() {
    let test_tenant = TestTenant::new("sign_in_jobs");
    let me = json!(emulator::tenant::SERVICE_PRINCIPAL_ID);
    let url = format!("https://{}/fixtures/github/token?api-version=2.0", test_tenant.host());
    let github = [
        APP,
        OIDC,
        ("ACTIONS_ID_TOKEN_REQUEST_URL", url.as_str()),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", emulator::tenant::GITHUB_REQUEST_TOKEN),
    ];
    assert_eq!(who(&test_tenant, &github), me);
    refused(
        &test_tenant,
        &[APP, OIDC, github[2], ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "wrong")],
        &["signing in with GitHub Actions failed: GitHub's token endpoint answered 401"],
    );
    refused(
        &test_tenant,
        &[APP, OIDC, github[2]],
        &["The provider cannot sign in with GitHub Actions: oidc_request_url is set, and oidc_request_token"],
    );
    let url = format!("https://{}/fixtures/azure-pipelines/token", test_tenant.host());
    let pipelines = [
        APP,
        OIDC,
        ("SYSTEM_OIDCREQUESTURI", url.as_str()),
        ("SYSTEM_ACCESSTOKEN", emulator::tenant::PIPELINES_ACCESS_TOKEN),
        ("ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", emulator::tenant::SERVICE_CONNECTION_ID),
    ];
    assert_eq!(who(&test_tenant, &pipelines), me);
    refused(
        &test_tenant,
        &[APP, OIDC, pipelines[2], pipelines[3], ("ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", "other")],
        &["Azure Pipelines' token endpoint answered 404"],
    );
}

#[test]
fn a_managed_identity_signs_in() {
    let test_tenant = TestTenant::new("sign_in_managed_identity");
    let machine = json!(emulator::tenant::MANAGED_IDENTITY_ID);
    let endpoint = format!("https://{}/metadata/identity/oauth2/token", test_tenant.host());
    let msi = [("ARM_USE_MSI", "true"), ("ARM_MSI_ENDPOINT", endpoint.as_str())];
    assert_eq!(who(&test_tenant, &msi), machine);
    assert_eq!(who(&test_tenant, &[msi[0], msi[1], ("ARM_CLIENT_ID", emulator::tenant::MANAGED_IDENTITY_CLIENT_ID)]), machine);
    refused(
        &test_tenant,
        &[msi[0], msi[1], APP],
        &["signing in with a managed identity failed: the managed identity endpoint answered 400 invalid_request: Identity not found"],
    );
    // App Service says by variables of its own where its tokens are.
    let endpoint = format!("https://{}/msi/token", test_tenant.host());
    let app = [msi[0], ("IDENTITY_ENDPOINT", endpoint.as_str()), ("IDENTITY_HEADER", emulator::tenant::IDENTITY_HEADER)];
    assert_eq!(who(&test_tenant, &app), machine);
    refused(&test_tenant, &[app[0], app[1], ("IDENTITY_HEADER", "wrong")], &["the managed identity endpoint answered 401"]);
}

#[test]
fn keys_of_azure_arc_are_read_from_its_agents_folder_only() {
    // The agent is no part of the published contract that recorded traffic is compared with.
    let test_tenant = TestTenant::with(emulator::Options::default());
    let endpoint = format!("https://{}/arc/metadata/identity/oauth2/token", test_tenant.host());
    let base = format!("https://{}/arc", test_tenant.host());
    // As the agent sets it.
    let agent = [("ARM_USE_MSI", "true"), ("IDENTITY_ENDPOINT", endpoint.as_str()), ("IMDS_ENDPOINT", base.as_str())];
    refused(
        &test_tenant,
        &[agent[0], agent[1], agent[2], APP],
        &["The provider cannot sign in with a managed identity: client_id is set, and a machine of Azure Arc has no identity but its own"],
    );
    // Keys are read from the agent's own folder only: not from the one of the emulator, and not from any other that an impostor names.
    refused(
        &test_tenant,
        &[("ARM_USE_MSI", "true"), ("ARM_MSI_ENDPOINT", &endpoint)],
        &[
            "signing in with a managed identity failed: the managed identity endpoint wants a key, as Azure Arc does, and it names the key file",
        ],
    );
    let asked = test_tenant.control("GET", "requests", None);
    assert_eq!(asked["http"]["GET /arc/metadata/identity/oauth2/token"], json!(1), "{asked}");
}

#[test]
fn a_metadata_service_that_is_being_updated_is_asked_again() {
    let test_tenant = TestTenant::new("sign_in_metadata_service_is_updated");
    let endpoint = format!("https://{}/metadata/identity/oauth2/token", test_tenant.host());
    test_tenant.arm("1 GET /metadata/identity/oauth2/token status=404; 1 GET /metadata/identity/oauth2/token status=410; 1 GET /metadata/identity/oauth2/token throttle=1; 1 GET /metadata/identity/oauth2/token status=502");
    assert_eq!(
        who(&test_tenant, &[("ARM_USE_MSI", "true"), ("ARM_MSI_ENDPOINT", &endpoint)]),
        json!(emulator::tenant::MANAGED_IDENTITY_ID)
    );
}

#[test]
fn what_belongs_to_another_tenant_is_reached_with_its_token() {
    let test_tenant = TestTenant::new("sign_in_auxiliary_tenants");
    let (tenant, subscription) = ("66666666-6666-4666-8666-000000000001", "44444444-4444-4444-8444-000000000009");
    test_tenant.control("POST", "tenants", Some(json!({ "tenant_id": tenant, "subscription_ids": [subscription] })));
    let team = test_tenant.group(json!({}));
    let identity = format!("/subscriptions/{subscription}/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/it");
    let assignment = |block: &str| {
        format!(
            "provider \"aksaccess\" {{\n{block}\n}}\nresource \"aksaccess_role_assignment\" \"it\" {{\n  principal_id = {team:?}\n  role = \"Reader\"\n  \
             scope = {:?}\n  delegated_managed_identity_resource_id = {identity:?}\n}}\n",
            crate::role_assignments::role_assignment::group()
        )
    };
    let mut workspace = test_tenant.workspace(&assignment(""));
    workspace.fails(
        &["apply", "-auto-approve", "-no-color"],
        &[
            "403 LinkedAuthorizationFailed",
            &format!(
                "The subscription {subscription} belongs to another tenant. Name that tenant in the provider's `auxiliary_tenant_ids`"
            ),
        ],
    );
    workspace.write(&assignment(&format!("  auxiliary_tenant_ids = [{tenant:?}]")));
    test_tenant.forget_requests();
    workspace.apply();
    let asked = test_tenant.control("GET", "requests", None)["http"]["POST /{tenant}/oauth2/v2.0/token"].clone();
    // In the plan and in the apply one for Graph, by which the provider signs in; in the apply one for Resource Manager, and the other tenant's.
    assert_eq!(asked, json!(4));
    workspace.plan_is_empty();
    workspace.write(&assignment(""));
    workspace.set("ARM_AUXILIARY_TENANT_IDS", tenant);
    workspace.plan_is_empty();
    let other = "66666666-6666-4666-8666-000000000002";
    workspace.set("ARM_AUXILIARY_TENANT_IDS", &format!("{tenant};{other}"));
    workspace.plan_fails(&[&format!(
        "signing in to the auxiliary tenant {other} with a client secret failed: AADSTS90002: Tenant '{other}' not found."
    )]);
    workspace.set("ARM_AUXILIARY_TENANT_IDS", "a;b;c;d");
    workspace.plan_fails(&["ARM_AUXILIARY_TENANT_IDS names too many tenants"]);
    workspace.write(&assignment("  auxiliary_tenant_ids = [\"a\", \"b\", \"c\", \"d\"]"));
    workspace.plan_fails(&["must have at most 3"]);
    workspace.set("ARM_AUXILIARY_TENANT_IDS", tenant);
    workspace.set("ARM_CLIENT_SECRET", "");
    workspace.set("ARM_USE_MSI", "true");
    workspace.write(&assignment(""));
    workspace.plan_fails(&["auxiliary_tenant_ids is set, and a managed identity gives tokens of one tenant only"]);
}

/// A folder with a program `az` that says this.
pub fn az(script: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("az");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let search = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    (folder, search)
}

#[test]
fn the_azure_cli_account_signs_in() {
    let test_tenant = TestTenant::new("sign_in_cli");
    let (person, token) = test_tenant.person("anna");
    let answer = json!({ "accessToken": token, "expires_on": 4_000_000_000_i64, "tokenType": "Bearer" });
    let (folder, path) = az(&format!("echo \"$@\" > \"$(dirname \"$0\")/asked\"\ncat <<'EOF'\n{answer}\nEOF"));
    assert_eq!(who(&test_tenant, &[("PATH", &path)]), json!(person));
    let asked = std::fs::read_to_string(folder.path().join("asked")).unwrap();
    let expected = format!(
        "account get-access-token -o json --scope https://{}/.default --tenant {}\n",
        test_tenant.host(),
        emulator::tenant::TENANT_ID
    );
    assert_eq!(asked, expected);
    let (_folder, path) = az("echo \"ERROR: Please run 'az login' to setup account.\" >&2\nexit 1");
    refused(&test_tenant, &[("PATH", &path)], &["signing in with the Azure CLI failed", "Please run 'az login' to setup account."]);
    let (_folder, path) = az("exit 127");
    refused(&test_tenant, &[("PATH", &path)], &["signing in with the Azure CLI failed", "not found on PATH"]);
    refused(
        &test_tenant,
        &[("ARM_USE_CLI", "false")],
        &["The provider has nothing to sign in with", "- the Azure CLI: use_cli (ARM_USE_CLI) is false"],
    );
}

#[test]
fn an_endpoint_that_hangs_ends_with_the_operation() {
    let test_tenant = TestTenant::new("sign_in_hangs");
    let team = test_tenant.group(json!({}));
    // Plan and apply sign in to Graph; the resource asks for Resource Manager's token.
    test_tenant.arm("2 POST /{tenant}/oauth2/v2.0/token delay=0; 9 POST /{tenant}/oauth2/v2.0/token delay=30");
    let mut workspace = workspace(&test_tenant, &[APP, ("ARM_CLIENT_SECRET", emulator::tenant::CLIENT_SECRET)]);
    workspace.write(&format!(
        "resource \"aksaccess_role_assignment\" \"it\" {{\n  principal_id = {team:?}\n  role = \"Reader\"\n  scope = {:?}\n  timeouts {{\n    create = \"2s\"\n  }}\n}}\n",
        crate::role_assignments::role_assignment::group()
    ));
    workspace.set("TF_IN_AUTOMATION", "1");
    workspace.fails(
        &["apply", "-auto-approve", "-no-color"],
        &["the time for this operation is over; the last try failed: signing in with a client secret failed: there was no answer"],
    );
    assert_eq!(workspace.addresses(), Vec::<String>::new());
}

/// Thirty groups, made ten at a time, each of which takes a second.
const GROUPS: &str = "resource \"aksaccess_group\" \"it\" {\n  count = 30\n  display_name = \"g${count.index}\"\n}\n";

/// A tenant whose tokens live for two seconds, and whose groups take one.
fn short_lived() -> TestTenant {
    let test_tenant = TestTenant::with(emulator::Options { token_lifetime: std::time::Duration::from_secs(4), ..Default::default() });
    test_tenant.arm("1000 POST /v1.0/groups delay=2");
    test_tenant
}

/// Applies, which must succeed, and returns the number of requests to each of these.
fn asked(test_tenant: &TestTenant, variables: &[(&str, &str)], templates: &[&str]) -> Vec<u64> {
    let workspace = workspace(test_tenant, variables);
    workspace.write(GROUPS);
    test_tenant.forget_requests();
    workspace.apply();
    let counted = test_tenant.control("GET", "requests", None)["http"].clone();
    templates.iter().map(|template| counted[template].as_u64().unwrap_or_default()).collect()
}

/// Three rounds of two seconds or more, a token for each three seconds, or less where its expiry is in whole seconds; not one for each request.
const RENEWED: std::ops::Range<u64> = 2..20;

#[test]
fn a_token_that_lives_for_seconds_is_renewed_in_the_middle_of_a_run() {
    let token = "POST /{tenant}/oauth2/v2.0/token";
    let test_tenant = short_lived();
    let counts = asked(&test_tenant, &[APP, ("ARM_CLIENT_SECRET", emulator::tenant::CLIENT_SECRET)], &[token]);
    assert!(RENEWED.contains(&counts[0]), "a client secret: {counts:?}");

    let test_tenant = short_lived();
    let (pem, key) = certificate();
    test_tenant.control("POST", "applications", Some(json!({ "application_id": emulator::tenant::CLIENT_ID, "certificate": pem })));
    let counts = asked(&test_tenant, &[APP, ("ARM_CLIENT_CERTIFICATE", &format!("{pem}{key}"))], &[token]);
    assert!(RENEWED.contains(&counts[0]), "a certificate: {counts:?}");

    // The issuer is asked each time: its tokens live for minutes only.
    let test_tenant = short_lived();
    let url = format!("https://{}/fixtures/github/token?api-version=2.0", test_tenant.host());
    let github = [APP, OIDC, ("ARM_OIDC_REQUEST_URL", &url), ("ARM_OIDC_REQUEST_TOKEN", emulator::tenant::GITHUB_REQUEST_TOKEN)];
    let counts = asked(&test_tenant, &github, &[token, "GET /fixtures/github/token"]);
    assert!(RENEWED.contains(&counts[0]) && counts[1] == counts[0], "GitHub Actions: {counts:?}");
}

#[test]
fn other_tokens_that_live_for_seconds_are_renewed_in_the_middle_of_a_run() {
    let token = "POST /{tenant}/oauth2/v2.0/token";
    let test_tenant = short_lived();
    let url = format!("https://{}/fixtures/azure-pipelines/token", test_tenant.host());
    let pipelines = [
        APP,
        OIDC,
        ("SYSTEM_OIDCREQUESTURI", url.as_str()),
        ("SYSTEM_ACCESSTOKEN", emulator::tenant::PIPELINES_ACCESS_TOKEN),
        ("ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", emulator::tenant::SERVICE_CONNECTION_ID),
    ];
    let counts = asked(&test_tenant, &pipelines, &[token, "POST /fixtures/azure-pipelines/token"]);
    assert!(RENEWED.contains(&counts[0]) && counts[1] == counts[0], "Azure Pipelines: {counts:?}");

    let test_tenant = short_lived();
    let machine = json!({ "application_id": emulator::tenant::MANAGED_IDENTITY_CLIENT_ID, "permissions": ["Group.ReadWrite.All"] });
    test_tenant.control("POST", "applications", Some(machine));
    for (path, name) in [("/metadata/identity/oauth2/token", "ARM_MSI_ENDPOINT"), ("/msi/token", "IDENTITY_ENDPOINT")] {
        let endpoint = format!("https://{}{path}", test_tenant.host());
        let machine = [("ARM_USE_MSI", "true"), (name, endpoint.as_str()), ("IDENTITY_HEADER", emulator::tenant::IDENTITY_HEADER)];
        let counts = asked(&test_tenant, &machine, &[&format!("GET {path}")]);
        assert!(RENEWED.contains(&counts[0]), "a managed identity by {path}: {counts:?}");
    }

    // The CLI is asked again when what it gave is nearly over.
    let test_tenant = TestTenant::with(emulator::Options::default());
    test_tenant.arm("1000 POST /v1.0/groups delay=1");
    let (_, given) = test_tenant.person("anna");
    let (folder, path) = az(&format!(
        "echo asked >> \"$(dirname \"$0\")/asked\"\necho \"{{\\\"accessToken\\\": \\\"{given}\\\", \\\"expires_on\\\": $(($(date +%s) + 2)), \\\"tokenType\\\": \\\"Bearer\\\"}}\""
    ));
    asked(&test_tenant, &[("PATH", &path)], &[]);
    let times = std::fs::read_to_string(folder.path().join("asked")).unwrap().lines().count() as u64;
    assert!(RENEWED.contains(&times), "the Azure CLI: {times}");
}
