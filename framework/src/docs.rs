//! The registry's documentation pages, from the declarations and the files under `examples/` (docs/terraform-protocol.md#registry-pages).

use std::fmt::Write;

use crate::action::ActionEntry;
use crate::data_source::DataEntry;
use crate::entry::Entry;
use crate::ephemeral::EphemeralEntry;
use crate::function::FunctionEntry;
use crate::identity;
use crate::list_resource::ListEntry;
use crate::moved;
use crate::schema::{Attribute, Block, Nesting, Object, Shape};
use crate::value::{Type, Value};
use crate::warning_kind::SILENCE;

/// What stands beside the schema on the page of a resource.
#[derive(Clone, Copy, Debug, Default)]
pub struct Examples<'a> {
    /// `examples/resources/<type>/resource.tf`.
    pub usage: &'a str,
    /// `examples/resources/<type>/import.tf`: an `import` block.
    pub import_block: &'a str,
    /// `examples/resources/<type>/import-by-identity.tf`: an `import` block with the identity.
    pub import_by_identity: &'a str,
    /// `examples/resources/<type>/import.sh`: the command.
    pub import_command: &'a str,
    /// More of the page, in Markdown, between the schema and the import; empty if there is nothing.
    pub section: &'a str,
}

/// The page of a resource.
pub fn resource<A>(provider: &str, entry: &Entry<A>, examples: Examples<'_>) -> String {
    let name = format!("{provider}_{}", entry.name);
    let mut page = heading(&format!("{name} Resource - {provider}"), Some(entry.subcategory), &entry.object.doc);
    let _ =
        write!(page, "# {name} (Resource)\n\n{}\n\n## Example Usage\n\n```terraform\n{}\n```\n\n", entry.object.doc, examples.usage.trim());
    page.push_str(&schema(&entry.object));
    if !entry.warning_kinds.is_empty() {
        let _ = write!(page, "\n## Warnings\n\nEach can be silenced with `{SILENCE}` in the provider block.\n\n");
        for warning_kind in entry.warning_kinds {
            let _ = writeln!(page, "- `{}` {}", warning_kind.id, warning_kind.about);
        }
    }
    push_section(&mut page, examples.section);
    let _ = write!(
        page,
        "\n## Import\n\nIn Terraform v1.12.0 and later, and in OpenTofu v1.12.0 and later, the `import` block can be used with the `identity` attribute, for \
         example:\n\n```terraform\n{}\n```\n\n{}\nIn Terraform v1.5.0 and later, and in OpenTofu, the `import` block can be used with the `id` attribute, for \
         example:\n\n```terraform\n{}\n```\n\nThe command `terraform import` can be used, for example:\n\n```shell\n{}\n```\n",
        examples.import_by_identity.trim(),
        identity_schema(&entry.object),
        examples.import_block.trim(),
        examples.import_command.trim()
    );
    if let Some((_, first)) = entry.moved_from.first() {
        let _ = write!(
            page,
            "\n## Moving from another provider\n\nIn Terraform v1.8.0 and later, and in OpenTofu v1.10.0 and later, a `moved` block takes over what {} holds in state, without \
             an import. Put it beside the resource that takes the place of the old one. The object is read before anything is planned.\n\n```terraform\nmoved {{\n  from = \
             {first}.example\n  to   = {name}.example\n}}\n```\n",
            moved::named(&entry.moved_from)
        );
    }
    page
}

/// The identity schema on the page of a resource.
fn identity_schema(object: &Object) -> String {
    let mut text = "### Identity Schema\n\n#### Required\n\n".to_owned();
    for attribute in identity::attributes(object) {
        let _ = writeln!(text, "- `{}` (String) {}", attribute.name, attribute.doc.replace("\n\n", " ").replace('\n', " "));
    }
    text
}

/// More of a page, if there is any.
fn push_section(page: &mut String, section: &str) {
    if !section.is_empty() {
        let _ = write!(page, "\n{}\n", section.trim_end());
    }
}

/// The page of a data source; `usage` is `examples/data-sources/<type>/data-source.tf`, and `section` more of the page, in Markdown.
pub fn data_source<A>(provider: &str, entry: &DataEntry<A>, usage: &str, section: &str) -> String {
    let name = format!("{provider}_{}", entry.name);
    let mut page = heading(&format!("{name} Data Source - {provider}"), Some(entry.subcategory), &entry.object.doc);
    let _ = write!(page, "# {name} (Data Source)\n\n{}\n\n## Example Usage\n\n```terraform\n{}\n```\n\n", entry.object.doc, usage.trim());
    page.push_str(&schema(&entry.object));
    push_section(&mut page, section);
    page
}

/// The page of an ephemeral resource; `usage` is `examples/ephemeral-resources/<type>/ephemeral-resource.tf`, and `section` more of the page.
pub fn ephemeral<A>(provider: &str, entry: &EphemeralEntry<A>, usage: &str, section: &str) -> String {
    let name = format!("{provider}_{}", entry.name);
    let mut page = heading(&format!("{name} Ephemeral Resource - {provider}"), Some(entry.subcategory), &entry.object.doc);
    let _ = write!(
        page,
        "# {name} (Ephemeral Resource)\n\n{}\n\nNeeds Terraform 1.10 or OpenTofu 1.11, or newer.\n\n## Example Usage\n\n```terraform\n{}\n```\n\n",
        entry.object.doc,
        usage.trim()
    );
    page.push_str(&schema(&entry.object));
    push_section(&mut page, section);
    page
}

/// The page of a list resource; `usage` is `examples/list-resources/<type>/list-resource.tfquery.hcl`, and `section` more of the page.
pub fn list_resource<A>(provider: &str, entry: &ListEntry<A>, usage: &str, section: &str) -> String {
    let name = format!("{provider}_{}", entry.name);
    let mut page = heading(&format!("{name} List Resource - {provider}"), Some(entry.subcategory), &entry.object.doc);
    let _ = write!(
        page,
        "# {name} (List Resource)\n\n{}\n\nNeeds Terraform 1.14 or newer: `terraform query` lists, and with `-generate-config-out` writes the configuration \
         and the `import` blocks of what it found.\n\n## Example Usage\n\n```terraform\n{}\n```\n\n",
        entry.object.doc,
        usage.trim()
    );
    page.push_str(&schema(&entry.object));
    push_section(&mut page, section);
    page
}

/// The page of an action; `usage` is `examples/actions/<type>/action.tf`, and `section` more of the page.
pub fn action<A>(provider: &str, entry: &ActionEntry<A>, usage: &str, section: &str) -> String {
    let name = format!("{provider}_{}", entry.name);
    let mut page = heading(&format!("{name} Action - {provider}"), Some(entry.subcategory), &entry.object.doc);
    let _ = write!(
        page,
        "# {name} (Action)\n\n{}\n\nNeeds Terraform 1.14 or newer.\n\n## Example Usage\n\n```terraform\n{}\n```\n\n",
        entry.object.doc,
        usage.trim()
    );
    page.push_str(&schema(&entry.object));
    push_section(&mut page, section);
    page
}

/// The page of a function; `usage` is `examples/functions/<name>/function.tf`.
pub fn function(provider: &str, of: &FunctionEntry, usage: &str) -> String {
    let mut page = heading(&format!("{} function - {provider}", of.name), None, &of.parameters.doc);
    let plain = |of: &Type| type_name(&Shape::Plain(of.clone())).to_lowercase();
    let parameters: Vec<String> =
        of.parameters.attributes.iter().map(|parameter| format!("{} {}", parameter.name, plain(&parameter.shape.ty()))).collect();
    let _ = write!(
        page,
        "# function: {}\n\n{}\n\n## Example Usage\n\n```terraform\n{}\n```\n\n## Signature\n\n```text\n{}({}) {}\n```\n\n## Arguments\n\n",
        of.name,
        of.parameters.doc,
        usage.trim(),
        of.name,
        parameters.join(", "),
        plain(&of.returns)
    );
    for (at, parameter) in of.parameters.attributes.iter().enumerate() {
        let _ = writeln!(page, "{}. {}", at + 1, line(parameter, &parameter.name).trim_start_matches("- "));
    }
    page
}

/// The front page: the provider and its configuration.
pub fn index(provider: &str, config: &Object, usage: &str) -> String {
    let mut page = heading(&format!("{provider} Provider"), None, &config.doc);
    let _ = write!(page, "# {provider} Provider\n\n{}\n\n## Example Usage\n\n```terraform\n{}\n```\n\n", config.doc, usage.trim());
    page.push_str(&schema(config));
    page.push_str(VALUES);
    page
}

/// What holds for the values of every argument ([`crate::effective`]).
const VALUES: &str = "
## Null, Empty and Repeated Values

These rules hold for every resource and data source:

- A required argument must not be null, and neither must an element of a list. Both are errors, also where the value becomes known only during the apply.
- An empty text (`\"\"`) in an optional argument means that the argument is not set, like null: empty columns of a CSV file and `default = \"\"` can be passed on as they
  are. Where an empty text is a value of its own, the description of the argument says so.
- An empty list is a value: it removes all elements.
- Where the order of a list is not significant, a repeated element counts once, also in another letter case where the elements are compared without regard to case. The list
  stays in state as it was written.
";

/// The attributes and blocks, and a section for each nested object.
fn schema(object: &Object) -> String {
    let mut nested = Vec::new();
    let mut text = format!("## Schema\n{}", attributes(object, "", &mut nested));
    for (path, object) in nested {
        text.push_str(&nested_section(&path, &object));
    }
    text
}

fn heading(title: &str, subcategory: Option<&str>, doc: &str) -> String {
    let summary = doc.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    let subcategory = subcategory.map(|name| format!("subcategory: \"{name}\"\n")).unwrap_or_default();
    format!("---\npage_title: \"{title}\"\n{subcategory}description: |-\n  {summary}\n---\n\n")
}

fn nested_section(path: &str, object: &Object) -> String {
    let mut deeper = Vec::new();
    let mut section = format!("\n<a id=\"nestedschema--{}\"></a>\n### Nested Schema for `{path}`\n", path.replace('.', "--"));
    section.push_str(&attributes(object, path, &mut deeper));
    for (path, object) in deeper {
        section.push_str(&nested_section(&path, &object));
    }
    section
}

/// The attributes of an object in three lists; nested objects are noted for sections of their own.
fn attributes(object: &Object, at: &str, nested: &mut Vec<(String, Object)>) -> String {
    let mut text = String::new();
    let level = if at.is_empty() { "###" } else { "####" };
    type Belongs = fn(&Attribute) -> bool;
    let groups: [(&str, Belongs); 3] = [("Required", |a| a.required), ("Optional", |a| a.optional), ("Read-Only", Attribute::is_output)];
    for (title, belongs) in groups {
        let mut sorted: Vec<&Attribute> = object.attributes.iter().filter(|attribute| belongs(attribute)).collect();
        sorted.sort_by(|one, other| one.name.cmp(&other.name));
        if sorted.is_empty() {
            continue;
        }
        let _ = write!(text, "\n{level} {title}\n\n");
        for attribute in sorted {
            let path = if at.is_empty() { attribute.name.clone() } else { format!("{at}.{}", attribute.name) };
            let _ = writeln!(text, "{}", line(attribute, &path));
            if let Shape::Nested(_, inner) = &attribute.shape {
                nested.push((path, inner.clone()));
            }
        }
    }
    text
}

fn line(attribute: &Attribute, path: &str) -> String {
    let mut marks = vec![match attribute.block {
        None => type_name(&attribute.shape),
        Some(Block::Required) => "Block, Required".to_owned(),
        Some(Block::Optional | Block::Group) => "Block, Optional".to_owned(),
    }];
    if attribute.sensitive {
        marks.push("Sensitive".to_owned());
    }
    if attribute.write_only {
        marks.push("Write-only".to_owned());
    }
    if attribute.deprecated.is_some() {
        marks.push("Deprecated".to_owned());
    }
    let mut text = format!("- `{}` ({}) {}", attribute.name, marks.join(", "), attribute.doc.replace("\n\n", " ").replace('\n', " "));
    let each = if matches!(attribute.shape, Shape::Plain(Type::List(_) | Type::Set(_) | Type::Map(_))) { "Each must" } else { "Must" };
    for check in &attribute.checks {
        let _ = write!(text, " {} {}.", if check.whole { "Must" } else { each }, check.must);
    }
    if let Some(default) = attribute.default.as_ref().and_then(shown) {
        let _ = write!(text, " Defaults to `{default}`.");
    }
    if let Some(removed) = attribute.reset_to.as_ref().and_then(shown) {
        let _ = write!(text, " Removed from the configuration, it returns to `{removed}`.");
    }
    if attribute.unordered {
        text.push_str(" Order is not significant.");
    }
    if let Some(why) = &attribute.deprecated {
        let _ = write!(text, " Deprecated: {why}");
    }
    if matches!(attribute.shape, Shape::Nested(..)) {
        let _ = write!(text, " (see [below for nested schema](#nestedschema--{}))", path.replace('.', "--"));
    }
    text
}

fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(format!("{text:?}")),
        Value::List(elements) if elements.is_empty() => Some("[]".to_owned()),
        _ => None,
    }
}

fn type_name(shape: &Shape) -> String {
    fn plain(of: &Type) -> String {
        match of {
            Type::Bool => "Boolean".to_owned(),
            Type::Number => "Number".to_owned(),
            Type::String => "String".to_owned(),
            Type::Dynamic => "Dynamic".to_owned(),
            Type::List(element) => format!("List of {}", plain(element)),
            Type::Set(element) => format!("Set of {}", plain(element)),
            Type::Map(element) => format!("Map of {}", plain(element)),
            Type::Tuple(_) => "Tuple".to_owned(),
            Type::Object(_) => "Object".to_owned(),
        }
    }
    match shape {
        Shape::Plain(of) => plain(of),
        Shape::Nested(Nesting::Single, _) => "Attributes".to_owned(),
        Shape::Nested(Nesting::List, _) => "Attributes List".to_owned(),
        Shape::Nested(Nesting::Map, _) => "Attributes Map".to_owned(),
    }
}
