//! Configurations that Terraform generates of what exists (`terraform plan -generate-config-out`) are accepted as they are and plan nothing but the import,
//! for every resource in all its forms. Terraform generates with a call of the provider since 1.14, and from the schema before, so both are tried.

use std::collections::BTreeSet;

use emulator::tenant::{MANAGED_IDENTITY_ID, SERVICE_PRINCIPAL_ID};
use serde_json::json;

use crate::role_assignments::role_assignment::{cluster, group, subscription};
use crate::terraform_command::{newer_terraform, terraform};
use crate::test_tenant::TestTenant;

const BOTH: &str = "@Resource[Microsoft.Storage/storageAccounts:name] StringEquals 'a'";

/// Applies a configuration, and takes it over in another folder with nothing but import blocks.
fn is_taken_over(test: &str, resources: &[&str], configuration: fn(&TestTenant) -> String) {
    let test_tenant = TestTenant::new(&format!("generated_{test}"));
    let original = test_tenant.workspace(&configuration(&test_tenant));
    original.apply();
    test_tenant.advance("PT1H");
    original.plan_is_empty();
    let state = original.json(&["show", "-json"]);
    let (mut imports, mut types) = (String::new(), BTreeSet::new());
    let managed = state["values"]["root_module"]["resources"].as_array().unwrap();
    for (number, resource) in managed.iter().enumerate() {
        let kind = resource["type"].as_str().unwrap();
        types.insert(kind.trim_start_matches("aksaccess_").to_owned());
        imports += &format!("import {{\n  to = {kind}.r{number}\n  id = {}\n}}\n", resource["values"]["id"]);
    }
    assert_eq!(types, resources.iter().map(|name| (*name).to_owned()).collect(), "the resources of the row");
    for program in [Some(terraform()), newer_terraform(test)].into_iter().flatten() {
        let mut taken_over = test_tenant.workspace(&imports);
        taken_over.use_terraform(program);
        let said = taken_over.run(&["plan", "-no-color", "-generate-config-out=generated.tf"]);
        let generated = std::fs::read_to_string(taken_over.path().join("generated.tf")).unwrap_or_default();
        let expected = format!("Plan: {} to import, 0 to add, 0 to change, 0 to destroy.", managed.len());
        assert!(said.code == 0 && said.text.contains(&expected), "{}: {}\n{generated}", program.display(), said.text);
        taken_over.apply();
        taken_over.plan_is_empty();
    }
}

/// The table: a test for each row, the resources that it has, and the configuration.
macro_rules! rows {
    ($($test:ident: $($resource:literal)+ => $configuration:ident;)*) => {
        mod of {
            $(#[test]
            fn $test() {
                super::is_taken_over(stringify!($test), &[$($resource),+], super::$configuration);
            })*
        }

        const RESOURCES: &[&str] = &[$($($resource),+),*];
    };
}

rows! {
    the_directory: "administrative_unit_member" "group" "group_member" "group_members" "group_owner" "user" => the_directory;
    conditional_access: "authentication_context" "authentication_strength_policy" "conditional_access_policy" "named_location" => conditional_access;
    role_assignments: "cluster_aad_profile" "role_assignment" => role_assignments;
    grants_of_groups: "pim_group_assignment" "pim_group_eligibility" "pim_group_policy" => grants_of_groups;
    grants_of_roles: "pim_role_assignment" "pim_role_eligibility" "pim_role_policy" => grants_of_roles;
}

#[test]
fn every_resource_has_a_row() {
    let missing: Vec<_> =
        aksaccess_provider::resources::table().iter().map(|entry| entry.name).filter(|name| !RESOURCES.contains(name)).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

/// Resources of one type, each of these lines.
fn resources(kind: &str, forms: &[String]) -> String {
    let one = |(number, lines): (usize, &String)| format!("resource \"aksaccess_{kind}\" \"r{number}\" {{\n  {lines}\n}}\n");
    forms.iter().enumerate().map(one).collect()
}

fn the_directory(test_tenant: &TestTenant) -> String {
    let (users, groups) = test_tenant.populate(4, 4, 0);
    let unit = test_tenant.unit();
    test_tenant.add_owner(&groups[0], &users[3]);
    let user = |name: &str, lines: &str| format!("user_principal_name = \"{name}@contoso.com\"\n  display_name = {name:?}\n  {lines}");
    let group = |name: &str, lines: &str| format!("display_name = {name:?}\n  {lines}");
    [
        resources(
            "user",
            &[
                user("plain", ""),
                user("disabled", "account_enabled = false\n  user_type = \"Guest\"\n  mail_nickname = \"other\"\n  disable_strong_password = true"),
                user(
                    "full",
                    &format!(
                        "given_name = \"A\"\n  surname = \"B\"\n  other_mails = [\"a@b.example\"]\n  business_phones = [\"+1\"]\n  mobile_phone = \"+2\"\n  \
                         company_name = \"C\"\n  department = \"D\"\n  cost_center = \"E\"\n  division = \"F\"\n  job_title = \"G\"\n  employee_id = \"1\"\n  \
                         employee_type = \"Employee\"\n  employee_hire_date = \"2026-01-01T00:00:00Z\"\n  street_address = \"H\"\n  postal_code = \"1\"\n  city = \"I\"\n  \
                         state = \"J\"\n  country = \"K\"\n  usage_location = \"DE\"\n  preferred_language = \"de-DE\"\n  manager_id = {:?}\n  \
                         password = \"Correct-Horse-1\"\n  disable_password_expiration = true\n  on_destroy = \"purge\"",
                        users[0]
                    ),
                ),
            ],
        ),
        resources(
            "group",
            &[
                group("plain", ""),
                group("owned", &format!("owners = [{:?}, {SERVICE_PRINCIPAL_ID:?}]\n  description = \"d\"\n  mail_nickname = \"other\"", users[0])),
                group("dynamic", "dynamic_membership {\n    enabled = true\n    rule = \"user.department -eq \\\"Platform\\\"\"\n  }"),
                group("paused", "dynamic_membership {\n    enabled = false\n    rule = \"user.department -eq \\\"Platform\\\"\"\n  }"),
                group("roles", "assignable_to_role = true\n  prevent_duplicate_names = true\n  on_destroy = \"purge\""),
                group("team", "types = [\"Unified\"]\n  mail_enabled = true\n  mail_nickname = \"team\"\n  visibility = \"Private\""),
                group("unit", &format!("administrative_unit_ids = [{unit:?}]")),
            ],
        ),
        resources(
            "group_member",
            &[
                format!("group_id = {:?}\n  member_id = {:?}", groups[0], users[0]),
                format!("group_id = {:?}\n  member_id = {MANAGED_IDENTITY_ID:?}", groups[0]),
                format!("group_id = {:?}\n  member_id = {:?}", groups[0], groups[1]),
            ],
        ),
        resources(
            "group_members",
            &[
                format!("group_id = {:?}\n  members = {}", groups[2], json!([users[0], users[1], SERVICE_PRINCIPAL_ID])),
                format!("group_id = {:?}\n  members = []", groups[3]),
            ],
        ),
        resources("group_owner", &[format!("group_id = {:?}\n  owner_id = {:?}", groups[0], users[1])]),
        resources("administrative_unit_member", &[format!("administrative_unit_id = {unit:?}\n  member_id = {:?}", users[2])]),
    ]
    .concat()
}

fn conditional_access(test_tenant: &TestTenant) -> String {
    let (users, groups) = test_tenant.populate(1, 1, 0);
    let (user, group) = (&users[0], &groups[0]);
    let policy = |name: &str, lines: &str| format!("display_name = {name:?}\n  state = \"enabledForReportingButNotEnforced\"\n  {lines}");
    let conditions = |users: &str, applications: &str, more: &str| {
        format!("conditions {{\n    users {{\n      {users}\n    }}\n    applications {{ {applications} }}\n    {more}\n  }}")
    };
    let (everybody, all) = ("included_users = [\"All\"]", "included_applications = [\"All\"]");
    let mfa = "grant_controls { built_in_controls = [\"mfa\"] }";
    [
        resources(
            "named_location",
            &[
                "display_name = \"office\"\n  ip { ip_ranges = [\"203.0.113.0/24\", \"2001:db8::/48\"] }".to_owned(),
                "display_name = \"trusted\"\n  ip {\n    ip_ranges = [\"198.51.100.0/24\"]\n    trusted = true\n  }".to_owned(),
                "display_name = \"countries\"\n  country { countries_and_regions = [\"KP\", \"AQ\"] }".to_owned(),
                "display_name = \"unknown\"\n  country {\n    countries_and_regions = [\"DE\"]\n    country_lookup_method = \"authenticatorAppGps\"\n    \
                 include_unknown_countries_and_regions = true\n  }"
                    .to_owned(),
            ],
        ),
        resources(
            "authentication_strength_policy",
            &[
                "display_name = \"key\"\n  allowed_combinations = [\"fido2\"]".to_owned(),
                "display_name = \"both\"\n  description = \"d\"\n  allowed_combinations = [\"x509CertificateMultiFactor\", \"windowsHelloForBusiness\"]".to_owned(),
            ],
        ),
        resources(
            "authentication_context",
            &[
                "id = \"c7\"\n  display_name = \"seven\"".to_owned(),
                "id = \"c8\"\n  display_name = \"eight\"\n  description = \"d\"\n  published = false".to_owned(),
            ],
        ),
        resources(
            "conditional_access_policy",
            &[
                policy("mfa", &format!("{}\n  {mfa}", conditions(everybody, all, ""))),
                policy("off", &format!("{}\n  grant_controls {{ built_in_controls = [\"block\"] }}", conditions(everybody, all, "client_app_types = [\"exchangeActiveSync\", \"other\"]"))),
                policy(
                    "session",
                    &format!(
                        "{}\n  {mfa}\n  session_controls {{\n    sign_in_frequency = 8\n    sign_in_frequency_period = \"hours\"\n    persistent_browser_mode = \"never\"\n  }}",
                        conditions(&format!("{everybody}\n      excluded_groups = [{group:?}]\n      excluded_users = [{user:?}]"), all, "")
                    ),
                ),
                policy(
                    "risk",
                    &format!(
                        "{}\n  grant_controls {{\n    operator = \"AND\"\n    built_in_controls = [\"mfa\", \"passwordChange\"]\n  }}",
                        conditions(everybody, all, "user_risk_levels = [\"high\"]\n    platforms { included_platforms = [\"all\"] }")
                    ),
                ),
                policy("action", &format!("{}\n  {mfa}", conditions(everybody, "included_user_actions = [\"urn:user:registersecurityinfo\"]", "locations {\n      included_locations = [\"All\"]\n      excluded_locations = [\"AllTrusted\"]\n    }"))),
                policy("context", &format!("{}\n  grant_controls {{ authentication_strength_policy_id = \"00000000-0000-0000-0000-000000000004\" }}", conditions(everybody, "included_authentication_context_class_references = [\"c1\"]", ""))),
                policy(
                    "guests",
                    &format!(
                        "{}\n  {mfa}",
                        conditions(
                            "included_guests_or_external_users {\n        guest_or_external_user_types = [\"b2bCollaborationGuest\"]\n        external_tenants { membership_kind = \"all\" }\n      }",
                            all,
                            ""
                        )
                    ),
                ),
                policy(
                    "machines",
                    "conditions {\n    client_applications { included_service_principals = [\"ServicePrincipalsInMyTenant\"] }\n    \
                     applications { included_applications = [\"All\"] }\n  }\n  grant_controls { built_in_controls = [\"block\"] }",
                ),
                policy("devices", &format!("{}\n  {mfa}", conditions(everybody, all, "devices {\n      filter {\n        mode = \"exclude\"\n        rule = \"device.isCompliant -eq True\"\n      }\n    }"))),
            ],
        ),
    ]
    .concat()
}

fn role_assignments(test_tenant: &TestTenant) -> String {
    let team = test_tenant.group(json!({}));
    let (admins, cluster) = (test_tenant.group(json!({})), cluster());
    let of = |role: &str, lines: &str| format!("principal_id = {team:?}\n  role = {role:?}\n  {lines}");
    let at = |scope: &str| format!("scope = {scope:?}");
    let reader = "Azure Kubernetes Service RBAC Reader";
    [
        resources(
            "role_assignment",
            &[
                of(reader, &format!("cluster_id = {cluster:?}")),
                of(reader, &format!("cluster_id = {cluster:?}\n  namespace = \"dev\"")),
                of("Contributor", &format!("cluster_id = {cluster:?}\n  node_pool = \"nodepool1\"")),
                of("Contributor", &at(&format!("{cluster}/nodepools/nodepool1"))),
                of("Reader", &at(&group())),
                of("Reader", &at(&subscription())),
                of("Reader", &at("/providers/Microsoft.Management/managementGroups/mg-platform"))
                    .replace("mg-platform", emulator::tenant::TENANT_ID),
                of(
                    "Azure Kubernetes Service RBAC Writer",
                    &format!("{}\n  description = \"d\"\n  condition = \"{BOTH}\"\n  principal_type = \"Group\"", at(&group())),
                ),
                of("Reader", &at(&format!("{}/providers/Microsoft.Storage/storageAccounts/a", group()))),
            ],
        ),
        resources(
            "cluster_aad_profile",
            &[format!("cluster_id = {cluster:?}\n  admin_group_ids = [{admins:?}]\n  azure_rbac_enabled = true")],
        ),
    ]
    .concat()
}

const ENDS: [&str; 3] =
    ["expiration { duration = \"P7D\" }", "expiration { end = \"2031-01-01T00:00:00Z\" }", "expiration { permanent = true }"];

fn grants_of_groups(test_tenant: &TestTenant) -> String {
    let (users, groups) = test_tenant.populate(4, 3, 0);
    let policy = |number: usize, access: &str| {
        let allowed = "eligible_assignment { permanent_allowed = true }\n  active_assignment { permanent_allowed = true }";
        format!("group_id = {:?}\n  access = {access:?}\n  {allowed}", groups[number])
    };
    let grants = |number: usize| -> Vec<String> {
        let lasting = ENDS.iter().zip(&users).map(|(end, user)| {
            format!("depends_on = [aksaccess_pim_group_policy.r0, aksaccess_pim_group_policy.r1]\n  group_id = {:?}\n  principal_id = {user:?}\n  justification = \"on call\"\n  {end}", groups[number])
        });
        let owner = format!(
            "group_id = {:?}\n  access = \"owner\"\n  principal_id = {:?}\n  {}\n  justification = \"x\"\n  ticket {{\n    number = \"1\"\n    system = \"s\"\n  }}",
            groups[number], users[3], ENDS[0]
        );
        lasting.chain([owner]).collect()
    };
    let approval = format!(
        "{}\n  activation {{\n    maximum_duration = \"PT4H\"\n    require_approval = true\n    approvers {{\n      user_ids = [{:?}]\n      group_ids = [{:?}]\n    }}\n  }}\n  \
         notifications {{\n    activation {{\n      admin {{\n        default_recipients = false\n        additional_recipients = [\"a@b.example\"]\n      }}\n    }}\n  }}",
        policy(2, "member"),
        users[0],
        groups[0]
    );
    [
        resources(
            "pim_group_policy",
            &[policy(0, "member"), policy(1, "member"), approval, format!("group_id = {:?}\n  access = \"owner\"", groups[2])],
        ),
        resources("pim_group_eligibility", &grants(0)),
        resources("pim_group_assignment", &grants(1)),
    ]
    .concat()
}

fn grants_of_roles(test_tenant: &TestTenant) -> String {
    let users = test_tenant.users(8);
    let cluster = cluster();
    let placements = [
        format!("cluster_id = {cluster:?}"),
        format!("cluster_id = {cluster:?}\n  namespace = \"dev\""),
        format!("scope = {:?}", group()),
        format!("scope = {:?}", subscription()),
        format!("cluster_id = {cluster:?}\n  node_pool = \"nodepool1\""),
        format!("scope = \"{cluster}/nodepools/nodepool1\""),
    ];
    let role = "role = \"Azure Kubernetes Service RBAC Admin\"";
    let allowed = "eligible_assignment { permanent_allowed = true }\n  active_assignment { permanent_allowed = true }";
    let policies: Vec<String> =
        placements.iter().map(|at| format!("{role}\n  {at}\n  {allowed}\n  activation {{ maximum_duration = \"PT2H\" }}")).collect();
    let all: Vec<String> = (0..placements.len()).map(|number| format!("aksaccess_pim_role_policy.r{number}")).collect();
    let grants: Vec<String> = placements
        .iter()
        .zip(ENDS.iter().cycle())
        .zip(&users)
        .map(|((at, end), user)| {
            format!("depends_on = [{}]\n  principal_id = {user:?}\n  {role}\n  {at}\n  justification = \"on call\"\n  {end}", all.join(", "))
        })
        .chain([format!(
            "principal_id = {:?}\n  role = \"Azure Kubernetes Service RBAC Reader\"\n  scope = {:?}\n  condition = \"{BOTH}\"\n  justification = \"x\"\n  {}\n  ticket {{\n    number = \"1\"\n    system = \"s\"\n  }}",
            users[7],
            group(),
            ENDS[0]
        )])
        .collect();
    [resources("pim_role_policy", &policies), resources("pim_role_eligibility", &grants), resources("pim_role_assignment", &grants)]
        .concat()
}
