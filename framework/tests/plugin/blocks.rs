//! Nested blocks with the real Terraform: `examples/blocks_provider.rs`.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::process::{example, output};
use crate::terraform::{Overridden, overridden};

/// A configuration beside the provider block, and the file that is the service.
struct TestTenant {
    of: Overridden,
}

/// What Terraform did.
struct Ran {
    code: Option<i32>,
    text: String,
}

impl TestTenant {
    fn new() -> Self {
        let world = TestTenant { of: overridden("blocks", &example("blocks_provider")) };
        let file = world.file();
        let provider = format!(
            "terraform {{\n  required_providers {{\n    blocks = {{\n      source = \"aksaccess/blocks\"\n    }}\n  }}\n}}\nprovider \"blocks\" {{\n  file = {:?}\n}}\n",
            file.display()
        );
        std::fs::write(world.of.path().join("provider.tf"), provider).unwrap();
        world
    }

    fn file(&self) -> PathBuf {
        self.of.path().join("service.json")
    }

    fn service(&self) -> Value {
        std::fs::read(self.file()).map_or(json!({}), |bytes| serde_json::from_slice(&bytes).unwrap())
    }

    fn policy(&self) -> Value {
        self.service()["id-of-p"].clone()
    }

    /// Somebody else changes the policy.
    fn change(&self, change: impl FnOnce(&mut Value)) {
        let mut service = self.service();
        change(&mut service["id-of-p"]);
        std::fs::write(self.file(), service.to_string()).unwrap();
    }

    fn configure(&self, text: &str) {
        std::fs::write(self.of.path().join("main.tf"), text).unwrap();
    }

    async fn run(&self, arguments: &[&str]) -> Ran {
        let ran = output(self.of.terraform().args(arguments)).await;
        Ran { code: ran.status.code(), text: String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned() }
    }

    async fn succeeds(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments).await;
        assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.text);
        ran.text
    }

    /// Applies a configuration, after which nothing is left to do.
    async fn applies(&self, text: &str) -> String {
        self.configure(text);
        let applied = self.succeeds(&["apply", "-auto-approve", "-no-color"]).await;
        self.plans_nothing().await;
        applied
    }

    async fn plans_nothing(&self) {
        let again = self.run(&["plan", "-detailed-exitcode", "-no-color"]).await;
        assert_eq!(again.code, Some(0), "a second plan is not empty: {}", again.text);
    }

    async fn state(&self) -> Value {
        let shown: Value = serde_json::from_str(&self.succeeds(&["show", "-json"]).await).unwrap();
        let resources = shown["values"]["root_module"]["resources"].as_array().cloned().unwrap_or_default();
        resources.iter().find(|resource| resource["address"] == "blocks_policy.p").map_or(Value::Null, |policy| policy["values"].clone())
    }
}

fn policy(inside: &str) -> String {
    format!("resource \"blocks_policy\" \"p\" {{\n  name = \"p\"\n{inside}\n}}\n")
}

/// With the block that must be there.
fn with(inside: &str) -> String {
    policy(&format!("  conditions {{\n    users = [\"a\"]\n  }}\n{inside}"))
}

#[tokio::test]
async fn the_schema_says_which_blocks_there_are() {
    let world = TestTenant::new();
    world.configure("");
    let schema: Value = serde_json::from_str(&world.succeeds(&["providers", "schema", "-json"]).await).unwrap();
    let schema = &schema["provider_schemas"]["registry.terraform.io/aksaccess/blocks"];
    let blocks = &schema["resource_schemas"]["blocks_policy"]["block"]["block_types"];
    let of = |block: &Value| (block["nesting_mode"].as_str().unwrap().to_owned(), block["min_items"].as_i64(), block["max_items"].as_i64());
    assert_eq!(of(&blocks["settings"]), ("group".to_owned(), None, None));
    assert_eq!(of(&blocks["settings"]["block"]["block_types"]["approvers"]), ("group".to_owned(), None, None));
    assert_eq!(of(&blocks["conditions"]), ("single".to_owned(), Some(1), Some(1)));
    assert_eq!(of(&blocks["controls"]), ("single".to_owned(), None, None));
    assert_eq!(of(&blocks["timeouts"]), ("single".to_owned(), None, None));
    assert_eq!(schema["resource_schemas"]["blocks_policy"]["block"]["attributes"]["name"]["required"], true);
    assert_eq!(schema["data_source_schemas"]["blocks_policy"]["block"]["block_types"]["by"]["min_items"], 1);
}

#[tokio::test]
async fn an_argument_that_a_block_does_not_have_is_refused_at_every_level() {
    let world = TestTenant::new();
    for (wrong, says) in [
        (with("  settings {\n    limt = 3\n  }"), "An argument named \"limt\" is not expected here"),
        (with("  settings {\n    approvers {\n      groups = []\n    }\n  }"), "An argument named \"groups\" is not expected here"),
        (
            policy("  conditions {\n    users = []\n    filter {\n      rules = \"x\"\n    }\n  }"),
            "An argument named \"rules\" is not expected here",
        ),
        (with("  timeouts {\n    make = \"1m\"\n  }"), "An argument named \"make\" is not expected here"),
        (with("  setting {\n    limit = 3\n  }"), "Blocks of type \"setting\" are not expected here"),
        (policy(""), "A block of type \"conditions\" is required here"),
        (with("  conditions {\n    users = []\n  }"), "Only one block of type \"conditions\" is allowed"),
        (
            policy("  dynamic \"conditions\" {\n    for_each = []\n    content {\n      users = []\n    }\n  }"),
            "A block of type \"conditions\" is required here",
        ),
        (policy("  conditions {\n    users = null\n  }"), "`conditions.users` is null, and a value is required"),
        (with("  controls {\n    operator = \"XOR\"\n  }"), "\"XOR\" must be one of `AND`, `OR`"),
    ] {
        world.configure(&wrong);
        let refused = world.run(&["validate", "-no-color"]).await;
        assert!(
            refused.code == Some(1)
                && refused.text.replace(['\n', '│'], " ").split_whitespace().collect::<Vec<_>>().join(" ").contains(says),
            "{wrong}\n{}",
            refused.text
        );
    }
}

#[tokio::test]
async fn a_group_keeps_what_was_never_mentioned_and_takes_back_what_leaves() {
    let world = TestTenant::new();
    world.applies(&with("")).await;
    assert_eq!(world.state().await["settings"], json!({ "limit": 8, "approvers": { "users": [] } }));
    // Somebody else sets what the configuration never mentioned.
    world.change(|policy| policy["settings"] = json!({ "limit": 8, "approvers": { "users": ["x", "y"] } }));
    world.plans_nothing().await;
    world.applies(&with("  settings {\n    limit = 3\n  }")).await;
    assert_eq!(world.policy()["settings"], json!({ "limit": 3, "approvers": { "users": ["x", "y"] } }));
    // What leaves goes back, also with the whole block, or with null for every argument.
    for left_out in ["", "  settings {}", "  settings {\n    limit = null\n    approvers {\n      users = null\n    }\n  }"] {
        world.applies(&with("  settings {\n    limit = 3\n  }")).await;
        world.applies(&with(left_out)).await;
        assert_eq!(world.policy()["settings"], json!({ "limit": 8, "approvers": { "users": ["x", "y"] } }), "{left_out:?}");
    }
    // The order of a list without order is none.
    world.applies(&with("  settings {\n    approvers {\n      users = [\"y\", \"x\"]\n    }\n  }")).await;
    world.applies(&with("  settings {\n    approvers {\n      users = [\"x\", \"y\"]\n    }\n  }")).await;
    // References need no index, and drift of what is mentioned shows.
    world
        .applies(&format!(
            "{}output \"limit\" {{\n  value = blocks_policy.p.settings.limit\n}}\n",
            with("  settings {\n    limit = 5\n  }")
        ))
        .await;
    assert_eq!(world.succeeds(&["output", "-raw", "limit"]).await, "5");
    world.change(|policy| policy["settings"]["limit"] = json!(9));
    world.succeeds(&["apply", "-auto-approve"]).await;
    assert_eq!(world.policy()["settings"]["limit"], 5);
    world.succeeds(&["destroy", "-auto-approve"]).await;
    assert_eq!(world.service(), json!({}));
}

#[tokio::test]
async fn a_block_without_content_and_an_absent_one_are_equal() {
    let world = TestTenant::new();
    let empty = policy("  conditions {\n    users = [\"a\"]\n    filter {}\n  }\n  controls {}");
    for (one, other) in [(empty.clone(), with("")), (with(""), empty.clone())] {
        world.applies(&one).await;
        let revision = world.policy()["revision"].clone();
        world.applies(&other).await;
        assert_eq!(world.policy()["revision"], revision, "the service was asked to change nothing");
    }
    // A service that answers an empty object, or none, makes no difference in either form.
    for found in [json!(null), json!({ "operator": "OR", "built_in": [] })] {
        for form in [&empty, &with("")] {
            world.applies(form).await;
            world.change(|policy| policy["controls"] = found.clone());
            world.plans_nothing().await;
        }
    }
    // What has content is taken away where the configuration has no block, or one without content.
    for form in [&empty, &with("")] {
        world.applies(&with("  controls {\n    built_in = [\"mfa\"]\n  }")).await;
        assert_eq!(world.policy()["controls"], json!({ "operator": "OR", "built_in": ["mfa"] }));
        world.applies(form).await;
        assert_eq!(world.policy()["controls"], Value::Null);
    }
}

#[tokio::test]
async fn blocks_over_something_unknown_become_what_they_become() {
    let world = TestTenant::new();
    let seed = "resource \"blocks_seed\" \"s\" {}\n";
    for (block, count) in [("settings", 0), ("settings", 1), ("controls", 0), ("controls", 1), ("filter", 0), ("filter", 1)] {
        let each = format!("for_each = [for at in range({count}) : at if blocks_seed.s.id != \"\"]");
        let content = |content: &str| format!("  dynamic {block:?} {{\n    {each}\n    content {{\n      {content}\n    }}\n  }}\n");
        let configured = match block {
            "settings" => with(&content("limit = 3")),
            "controls" => with(&content("built_in = [blocks_seed.s.id]")),
            _ => policy(&format!("  conditions {{\n    users = [\"a\"]\n{}  }}\n", content("rule = \"r\"\n      mode = \"m\""))),
        };
        world.applies(&format!("{seed}{configured}")).await;
        let made = world.policy();
        match block {
            "settings" => assert_eq!(made["settings"]["limit"], if count == 0 { 8 } else { 3 }),
            "controls" => assert_eq!(made["controls"].is_null(), count == 0, "{made}"),
            _ => assert_eq!(made["conditions"]["filter"].is_null(), count == 0, "{made}"),
        }
        world.succeeds(&["destroy", "-auto-approve"]).await;
    }
}

#[tokio::test]
async fn an_import_takes_groups_as_they_are_and_plans_to_remove_blocks_that_are_not_configured() {
    let world = TestTenant::new();
    world.applies(&with("  settings {\n    limit = 5\n  }\n  controls {\n    built_in = [\"mfa\"]\n  }")).await;
    world.succeeds(&["state", "rm", "blocks_policy.p"]).await;
    let import = "import {\n  to = blocks_policy.p\n  id = \"id-of-p\"\n}\n";
    world.configure(import);
    world.succeeds(&["plan", "-generate-config-out=generated.tf"]).await;
    let generated = std::fs::read_to_string(world.of.path().join("generated.tf")).unwrap();
    for line in ["settings {", "limit = 5", "conditions {", "controls {", "built_in = [\"mfa\"]"] {
        assert!(generated.split_whitespace().collect::<Vec<_>>().join(" ").contains(line), "{line}: {generated}");
    }
    assert!(!generated.contains("timeouts") && !generated.contains("filter"), "{generated}");
    world.succeeds(&["apply", "-auto-approve"]).await;
    world.plans_nothing().await;
    assert_eq!(world.policy()["revision"], 1, "the import changed nothing");
    std::fs::remove_file(world.of.path().join("generated.tf")).unwrap();
    world.succeeds(&["state", "rm", "blocks_policy.p"]).await;
    world.applies(&format!("{import}{}", with(""))).await;
    assert_eq!((&world.policy()["settings"]["limit"], &world.policy()["controls"]), (&json!(5), &Value::Null));
}

#[tokio::test]
async fn changes_inside_of_blocks_can_be_ignored() {
    let world = TestTenant::new();
    let ignoring = with(
        "  settings {\n    limit = 3\n  }\n  controls {\n    built_in = [\"mfa\"]\n  }\n  lifecycle {\n    ignore_changes = [settings.limit, controls]\n  }",
    );
    world.applies(&ignoring).await;
    world.change(|policy| {
        policy["settings"]["limit"] = json!(7);
        policy["controls"] = json!({ "operator": "AND", "built_in": ["block"] });
    });
    world.plans_nothing().await;
}

#[tokio::test]
async fn a_data_source_takes_blocks_and_timeouts() {
    let world = TestTenant::new();
    let data = "data \"blocks_policy\" \"p\" {\n  by {\n    id = blocks_policy.p.id\n  }\n  timeouts {\n    read = \"1m\"\n  }\n}\noutput \"limit\" {\n  value = data.blocks_policy.p.limit\n}\n";
    world.applies(&format!("{}{data}", with("  settings {\n    limit = 4\n  }"))).await;
    assert_eq!(world.succeeds(&["output", "-raw", "limit"]).await, "4");
}

#[tokio::test]
async fn timeouts_change_nothing_at_the_service() {
    let world = TestTenant::new();
    world.applies(&with("")).await;
    for timeouts in ["  timeouts {\n    create = \"3m\"\n  }", "  timeouts {}", ""] {
        world.applies(&with(timeouts)).await;
        assert_eq!(world.policy()["revision"], 1);
    }
    world.applies(&with("  timeouts {\n    create = \"3m\"\n  }")).await;
    assert_eq!(world.state().await["timeouts"]["create"], "3m");
}
