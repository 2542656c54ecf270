//! Nothing secret in what Terraform prints, logs at the most talkative level, plans and stores, whichever way somebody signs in.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use emulator::tenant;
use p12_keystore::{KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain};
use serde_json::json;

use crate::role_assignments::role_assignment::cluster;
use crate::test_tenant::{TestTenant, Workspace};

/// What every way is tried with.
const GROUP: &str = "resource \"aksaccess_group\" \"it\" {\n  display_name = \"g\"\n}\n";

/// The beginning of every token of the identity platform and of those who vouch for somebody: a JSON object in base64.
const TOKEN: &str = "eyJ";

/// A secret as it may show: as it is, encoded, or as a part of something that was encoded.
fn spellings(secret: &str) -> Vec<String> {
    let percent = percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC).to_string();
    let base64 = STANDARD.encode(secret);
    vec![secret.to_owned(), percent, base64.trim_end_matches('=').to_owned()]
}

/// A state, what the provider keeps beside the attributes decoded.
fn opened(state: &str) -> String {
    let line = |line: &str| match line.trim().strip_prefix("\"private\": \"").and_then(|rest| rest.split('"').next()) {
        Some(base64) => format!("private: {}\n", String::from_utf8(STANDARD.decode(base64).unwrap()).unwrap()),
        None => format!("{line}\n"),
    };
    state.lines().map(line).collect()
}

/// Plans, applies, plans again and destroys; whatever comes of it, none of these may be seen.
fn keeps(workspace: &mut Workspace<'_>, succeeds: bool, secrets: &[&str]) {
    let log = workspace.path().join("log");
    workspace.set("TF_LOG", "TRACE");
    workspace.set("TF_LOG_PATH", log.to_str().unwrap());
    let mut seen = String::new();
    for arguments in [
        ["plan", "-out=plan", "-no-color", "-input=false"].as_slice(),
        &["apply", "-auto-approve", "-no-color"],
        &["plan", "-out=again", "-no-color", "-input=false"],
        &["show", "-json", "again"],
        &["show", "-json"],
        &["destroy", "-auto-approve", "-no-color"],
    ] {
        let said = workspace.run(arguments);
        assert!(said.code == 0 || !succeeds, "{arguments:?}: {}", said.text);
        seen.push_str(&said.text);
        for state in ["terraform.tfstate", "terraform.tfstate.backup"] {
            seen.push_str(&opened(&std::fs::read_to_string(workspace.path().join(state)).unwrap_or_default()));
        }
    }
    let log = std::fs::read_to_string(log).unwrap();
    let ours = log.lines().filter(|line| line.contains("provider.terraform-provider-aksaccess")).count();
    assert!(ours > 10, "the provider wrote {ours} lines");
    seen.push_str(&log);
    for secret in secrets.iter().flat_map(|secret| spellings(secret)).chain([TOKEN.to_owned()]) {
        if let Some(line) = seen.lines().find(|line| line.contains(&secret)) {
            panic!("{secret} is seen: {line}");
        }
    }
}

/// A workspace without any sign-in but for these variables.
fn signed_in<'a>(test_tenant: &'a TestTenant, configuration: &str, variables: &[(&str, &str)]) -> Workspace<'a> {
    let mut workspace = test_tenant.workspace(configuration);
    workspace.set("ARM_CLIENT_SECRET", "");
    for (name, value) in variables {
        workspace.set(name, value);
    }
    workspace
}

#[test]
fn a_client_secret_is_seen_nowhere() {
    let test_tenant = TestTenant::new("secrets_client_secret");
    keeps(&mut test_tenant.workspace(GROUP), true, &[tenant::CLIENT_SECRET]);
    // In the configuration, and wrong.
    let wrong = "Wr0ng~secret/with?signs&=";
    let block = format!("provider \"aksaccess\" {{\n  client_secret = {wrong:?}\n}}\n{GROUP}");
    keeps(&mut signed_in(&test_tenant, &block, &[]), false, &[wrong]);
}

#[test]
fn a_certificate_its_key_and_its_password_are_seen_nowhere() {
    const PASSWORD: &str = "Certificate-Passw0rd";
    let test_tenant = TestTenant::new("secrets_certificate");
    let key = rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048).unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["pipeline".to_owned()]).unwrap().self_signed(&key).unwrap();
    let made = test_tenant.control(
        "POST",
        "applications",
        Some(json!({ "display_name": "pipeline", "certificate": certificate.pem(),
        "permissions": ["Group.ReadWrite.All"] })),
    );
    let id = ("ARM_CLIENT_ID", made["application_id"].as_str().unwrap());
    let chain = PrivateKeyChain::new(
        "pipeline",
        PrivateKey::from_der(&key.serialize_der()).unwrap(),
        [p12_keystore::Certificate::from_der(certificate.der()).unwrap()],
    );
    let mut store = KeyStore::new();
    store.add_entry("pipeline", KeyStoreEntry::PrivateKeyChain(chain));
    let pfx = STANDARD.encode(store.writer(PASSWORD).write().unwrap());
    // Of each line of the key, and of the encoded file, some part from the middle.
    let pem = key.serialize_pem();
    let middle = |text: &str| text.chars().skip(text.len() / 2).take(40).collect::<String>();
    let (of_pem, of_pfx) = (pem.lines().nth(5).unwrap().to_owned(), middle(&pfx));
    let with = [id, ("ARM_CLIENT_CERTIFICATE", pfx.as_str()), ("ARM_CLIENT_CERTIFICATE_PASSWORD", PASSWORD)];
    keeps(&mut signed_in(&test_tenant, GROUP, &with), true, &[PASSWORD, &of_pfx]);
    let text = format!("{}{pem}", certificate.pem());
    keeps(&mut signed_in(&test_tenant, GROUP, &[id, ("ARM_CLIENT_CERTIFICATE", &text)]), true, &[&of_pem]);
    // With a password that is wrong, and broken off.
    let with = [id, ("ARM_CLIENT_CERTIFICATE", pfx.as_str()), ("ARM_CLIENT_CERTIFICATE_PASSWORD", "An0ther-Passw0rd")];
    keeps(&mut signed_in(&test_tenant, GROUP, &with), false, &["An0ther-Passw0rd", &of_pfx]);
    let broken = text.replace("-----END PRIVATE KEY-----", "");
    keeps(&mut signed_in(&test_tenant, GROUP, &[id, ("ARM_CLIENT_CERTIFICATE", &broken)]), false, &[&of_pem]);
}

#[test]
fn tokens_of_pipelines_and_what_they_are_asked_for_with_are_seen_nowhere() {
    let test_tenant = TestTenant::new("secrets_pipelines");
    let app = [("ARM_CLIENT_ID", tenant::CLIENT_ID), ("ARM_USE_OIDC", "true")];
    let trusted = json!({ "issuer": "https://issuer.example", "subject": "job" });
    test_tenant.control("POST", "applications", Some(json!({ "application_id": tenant::CLIENT_ID, "federated": trusted })));
    let issued = |subject: &str| {
        let body = json!({ "issuer": "https://issuer.example", "subject": subject });
        test_tenant.control("POST", "federated-tokens", Some(body))["token"].as_str().unwrap().to_owned()
    };
    for (subject, succeeds) in [("job", true), ("another", false)] {
        let token = issued(subject);
        let signature = token.rsplit('.').next().unwrap();
        let with = [app[0], app[1], ("ARM_OIDC_TOKEN", token.as_str())];
        keeps(&mut signed_in(&test_tenant, GROUP, &with), succeeds, &[signature]);
    }
    let github = format!("https://{}/fixtures/github/token?api-version=2.0", test_tenant.host());
    let pipelines = format!("https://{}/fixtures/azure-pipelines/token", test_tenant.host());
    for (right, succeeds) in [(true, true), (false, false)] {
        let token = |known: &'static str| if right { known } else { "Wr0ng-request-token" };
        let with = [
            app[0],
            app[1],
            ("ACTIONS_ID_TOKEN_REQUEST_URL", &github),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", token(tenant::GITHUB_REQUEST_TOKEN)),
        ];
        keeps(&mut signed_in(&test_tenant, GROUP, &with), succeeds, &[with[3].1]);
        let with = [
            app[0],
            app[1],
            ("SYSTEM_OIDCREQUESTURI", &pipelines),
            ("SYSTEM_ACCESSTOKEN", token(tenant::PIPELINES_ACCESS_TOKEN)),
            ("ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", tenant::SERVICE_CONNECTION_ID),
        ];
        keeps(&mut signed_in(&test_tenant, GROUP, &with), succeeds, &[with[3].1]);
    }
}

#[test]
fn what_managed_identities_and_the_azure_cli_sign_in_with_is_seen_nowhere() {
    let test_tenant = TestTenant::new("secrets_managed_identity");
    test_tenant.control(
        "POST",
        "applications",
        Some(json!({ "application_id": tenant::MANAGED_IDENTITY_CLIENT_ID, "permissions": ["Group.ReadWrite.All"] })),
    );
    let (machine, app) =
        (format!("https://{}/metadata/identity/oauth2/token", test_tenant.host()), format!("https://{}/msi/token", test_tenant.host()));
    keeps(
        &mut signed_in(&test_tenant, GROUP, &[("ARM_CLIENT_ID", ""), ("ARM_USE_MSI", "true"), ("ARM_MSI_ENDPOINT", &machine)]),
        true,
        &[],
    );
    for (header, succeeds) in [(tenant::IDENTITY_HEADER, true), ("Wr0ng-identity-header", false)] {
        let with = [("ARM_CLIENT_ID", ""), ("ARM_USE_MSI", "true"), ("IDENTITY_ENDPOINT", app.as_str()), ("IDENTITY_HEADER", header)];
        keeps(&mut signed_in(&test_tenant, GROUP, &with), succeeds, &[header]);
    }
    let (_, token) = test_tenant.person("anna");
    let answer = json!({ "accessToken": token, "expires_on": 4_000_000_000_i64, "tokenType": "Bearer" });
    // What the CLI says beside its answer is not trusted to be without secrets, either.
    let (_folder, path) = crate::sign_in::credentials::az(&format!("echo 'WARNING: Chatty-S3cret' >&2\ncat <<'EOF'\n{answer}\nEOF"));
    let groups = "data \"aksaccess_client_config\" \"it\" {}\ndata \"aksaccess_groups\" \"it\" {\n  display_names = [\"x\"]\n  ignore_missing = true\n}\n";
    let signature = token.rsplit('.').next().unwrap();
    keeps(&mut signed_in(&test_tenant, groups, &[("ARM_CLIENT_ID", ""), ("PATH", &path)]), true, &[signature, "Chatty-S3cret"]);
}

#[test]
fn a_write_only_password_is_seen_nowhere() {
    const PASSWORD: &str = "Write-0nly-Passw0rd";
    let test_tenant = TestTenant::new("secrets_write_only");
    // A constant of the configuration would be in the plan, which has a copy of it.
    let user = "variable \"password\" {\n  type = string\n  ephemeral = true\n}\nresource \"aksaccess_user\" \"it\" {\n  \
                user_principal_name = \"anna@contoso.com\"\n  display_name = \"Anna\"\n  password_wo = var.password\n  password_wo_version = 1\n}\n";
    // The second is refused by the service.
    for (password, succeeds) in [(PASSWORD, true), ("sh0rt~", false)] {
        let mut workspace = test_tenant.workspace(user);
        workspace.set("TF_VAR_password", password);
        keeps(&mut workspace, succeeds, &[password, tenant::CLIENT_SECRET]);
    }
}

#[test]
fn the_credentials_of_a_cluster_are_seen_nowhere() {
    let test_tenant = TestTenant::new("secrets_cluster_credentials");
    let answer = test_tenant.arm_api("POST", &format!("{}/listClusterAdminCredential", cluster()), "2026-04-01", None);
    let kubeconfig = answer["kubeconfigs"][0]["value"].as_str().unwrap();
    let text: serde_json::Value = serde_json::from_slice(&STANDARD.decode(kubeconfig).unwrap()).unwrap();
    let token = text["users"][0]["user"]["token"].as_str().unwrap();
    let ephemeral =
        format!("ephemeral \"aksaccess_cluster_credentials\" \"it\" {{\n  cluster_id = {:?}\n  admin = true\n}}\n{GROUP}", cluster());
    let middle: String = kubeconfig.chars().skip(kubeconfig.len() / 2).take(60).collect();
    keeps(&mut test_tenant.workspace(&ephemeral), true, &[token, &middle]);
}
