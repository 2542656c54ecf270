//! A provider with a nested block of each kind, whose service is a file: `tests/plugin/blocks.rs` drives it with Terraform.
//!
//! The service has settings of its own for each policy, and an object without content is nothing to it, as with the services that the framework is made for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use framework::plugin::About;
use framework::value::{Path as Place, Value, json};
use framework::{Configuration, Context, DataEntry, DataSource, Diagnostic, Entry, Existence, Limits, Model, Provider, Resource, Result};

/// Policies in a file.
struct Blocks;

/// Where the policies are.
#[derive(Model)]
struct Config {
    /// The file.
    file: String,
}

/// The objects of the file, by id.
type Objects = BTreeMap<String, serde_json::Value>;

impl Provider for Blocks {
    type Config = Config;
    type Client = PathBuf;
    type Api = PathBuf;
    const NAME: &'static str = "blocks";

    fn resources() -> Vec<Entry<PathBuf>> {
        vec![Entry::of::<Policy>(), Entry::of::<Seed>()]
    }
    fn data_sources() -> Vec<DataEntry<PathBuf>> {
        vec![DataEntry::of::<Found>()]
    }
    async fn configure(configured: Configuration<Config>, _: Limits) -> Result<PathBuf> {
        Ok(configured.config.file.into())
    }
    fn api(client: &Arc<PathBuf>, _: Limits) -> PathBuf {
        client.as_ref().clone()
    }
}

fn load(file: &Path) -> Objects {
    std::fs::read(file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

fn save(file: &Path, objects: &Objects) -> Result {
    let failed = |why: String| Diagnostic::error("The file cannot be written", why);
    std::fs::write(file, serde_json::to_vec_pretty(objects).map_err(|why| failed(why.to_string()))?).map_err(|why| failed(why.to_string()))
}

/// Something whose id is not known before it exists.
#[derive(Clone, Debug, Model)]
struct Seed {
    /// The id.
    #[attr(use_state_for_unknown)]
    id: String,
    /// What it is for.
    #[attr(default(""))]
    text: String,
}

impl Resource for Seed {
    type Api = PathBuf;
    const NAME: &'static str = "seed";
    const SUBCATEGORY: &'static str = "Blocks";

    fn id(&self) -> &str {
        &self.id
    }
    fn describe(&self) -> String {
        "the seed".to_owned()
    }
    async fn create(&mut self, _: &mut Context<PathBuf>) -> Result {
        self.id = "grown".to_owned();
        Ok(())
    }
    async fn read(&mut self, _: &mut Context<PathBuf>) -> Result<Existence> {
        Ok(Existence::Found)
    }
    async fn update(&mut self, _: &Self, _: &mut Context<PathBuf>) -> Result {
        Ok(())
    }
    async fn delete(&mut self, _: &mut Context<PathBuf>) -> Result {
        Ok(())
    }
    fn import(id: &str) -> Result<Self> {
        Ok(Seed { id: id.to_owned(), ..Seed::absent() })
    }
}

/// A policy.
#[derive(Clone, Debug, Model)]
struct Policy {
    /// The id: that of its name.
    #[attr(use_state_for_unknown)]
    id: String,
    #[attr(flatten)]
    naming: Naming,
    /// How often the service was asked to change it.
    #[attr(output)]
    revision: Option<i64>,
    /// Settings that every policy has.
    #[attr(group_block)]
    settings: Settings,
    /// What it is about.
    #[attr(block)]
    conditions: Conditions,
    /// What it asks for.
    #[attr(block)]
    controls: Option<Controls>,
}

/// How it is called.
#[derive(Clone, Debug, Model)]
struct Naming {
    /// The name.
    #[attr(replace, check(length(1, 20)))]
    name: String,
}

/// Settings that every policy has.
#[derive(Clone, Debug, Model, PartialEq)]
struct Settings {
    /// A limit. The service has 8.
    #[attr(computed, use_state_for_unknown, reset_to(8))]
    limit: Option<i64>,
    /// Who approves.
    #[attr(group_block)]
    approvers: Approvers,
}

/// Who approves.
#[derive(Clone, Debug, Model, PartialEq)]
struct Approvers {
    /// Users.
    #[attr(computed, use_state_for_unknown, unordered, reset_to(Value::List(Vec::new())))]
    users: Option<Vec<String>>,
}

/// What it is about.
#[derive(Clone, Debug, Model, PartialEq)]
struct Conditions {
    /// Which users.
    users: Vec<String>,
    /// Which devices.
    #[attr(block)]
    filter: Option<Filter>,
}

/// A filter.
#[derive(Clone, Debug, Model, PartialEq)]
struct Filter {
    /// Its rule.
    rule: Option<String>,
    /// Whether what it finds is meant, or all else.
    mode: Option<String>,
}

/// What it asks for.
#[derive(Clone, Debug, Model, PartialEq)]
struct Controls {
    /// How they are combined.
    #[attr(default("OR"), check(one_of(&["AND", "OR"])))]
    operator: String,
    /// Which.
    built_in: Option<Vec<String>>,
}

impl Policy {
    /// Puts it into the file: what is not given is as it was, or as the service has it.
    fn write(&mut self, prior: Option<&Self>, file: &Path) -> Result {
        self.settings.limit = self.settings.limit.or(prior.and_then(|prior| prior.settings.limit)).or(Some(8));
        let approvers = self.settings.approvers.users.take().or_else(|| prior.and_then(|prior| prior.settings.approvers.users.clone()));
        self.settings.approvers.users = Some(approvers.unwrap_or_default());
        let mut objects = load(file);
        let before = objects.get(&self.id).and_then(|object| object["revision"].as_i64());
        self.revision = Some(before.unwrap_or_default() + 1);
        let text = json::encode(&Model::to_value(self), &Policy::object().ty())
            .map_err(|why| Diagnostic::error("Not written", why.to_string()))?;
        objects.insert(self.id.clone(), serde_json::from_str(&text).map_err(|why| Diagnostic::error("Not written", why.to_string()))?);
        save(file, &objects)
    }

    /// What the file has of that id. What says nothing is nothing to this service.
    fn find(id: &str, file: &Path) -> Result<Option<Self>> {
        let Some(found) = load(file).remove(id) else { return Ok(None) };
        let unreadable = |why: String| Diagnostic::error("The file cannot be read", why);
        let value = json::decode(found.to_string().as_bytes(), &Policy::object().ty()).map_err(|why| unreadable(why.to_string()))?;
        <Policy as Model>::from_value(&value, &Place::root()).map(Some).map_err(|why| unreadable(why.to_string()))
    }
}

impl Resource for Policy {
    type Api = PathBuf;
    const NAME: &'static str = "policy";
    const SUBCATEGORY: &'static str = "Blocks";

    fn id(&self) -> &str {
        &self.id
    }
    fn describe(&self) -> String {
        format!("the policy {:?}", self.naming.name)
    }
    async fn create(&mut self, cx: &mut Context<PathBuf>) -> Result {
        self.id = format!("id-of-{}", self.naming.name);
        self.write(None, &cx.api)
    }
    async fn read(&mut self, cx: &mut Context<PathBuf>) -> Result<Existence> {
        let Some(found) = Policy::find(&self.id, &cx.api)? else { return Ok(Existence::Gone) };
        *self = found;
        Ok(Existence::Found)
    }
    async fn update(&mut self, prior: &Self, cx: &mut Context<PathBuf>) -> Result {
        self.write(Some(prior), &cx.api)
    }
    async fn delete(&mut self, cx: &mut Context<PathBuf>) -> Result {
        let mut objects = load(&cx.api);
        objects.remove(&self.id);
        save(&cx.api, &objects)
    }
    fn import(id: &str) -> Result<Self> {
        Ok(Policy { id: id.to_owned(), ..Policy::absent() })
    }
}

/// A policy that is there already.
#[derive(Clone, Debug, Model)]
struct Found {
    /// By what it is found.
    #[attr(block)]
    by: By,
    /// Its limit.
    #[attr(output)]
    limit: Option<i64>,
}

/// By what it is found.
#[derive(Clone, Debug, Model)]
struct By {
    /// The id.
    id: String,
}

impl DataSource for Found {
    type Api = PathBuf;
    const NAME: &'static str = "policy";
    const SUBCATEGORY: &'static str = "Blocks";
    const TIMEOUT: Duration = Duration::from_secs(60);

    async fn read(&mut self, cx: &mut Context<PathBuf>) -> Result {
        self.limit = Policy::find(&self.by.id, &cx.api)?.and_then(|found| found.settings.limit);
        Ok(())
    }
}

fn main() -> ExitCode {
    framework::serve::<Blocks>(&About {
        name: "terraform-provider-blocks",
        address: "registry.terraform.io/aksaccess/blocks",
        version: "0.0.0",
        crates: &["blocks_provider"],
    })
}
