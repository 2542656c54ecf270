//! Between the framework's types and the protocol's messages. One of the two files that know protobuf.

use crate::diagnostic::{Diagnostic, Result, Severity};
use crate::function::FunctionEntry;
use crate::printable::{printable, printable_line};
use crate::proto::tfplugin6 as proto;
use crate::schema::{Attribute, Block, Nesting, Object, Shape};
use crate::value::{Path, Step, Type, Value, json, msgpack};

/// A value out of a message. A missing message is null (docs/terraform-protocol.md#values).
pub(super) fn from_wire(message: Option<&proto::DynamicValue>, of: &Type) -> Result<Value> {
    let decoded = match message {
        Some(message) if !message.msgpack.is_empty() => msgpack::decode(&message.msgpack, of),
        Some(message) if !message.json.is_empty() => json::decode(&message.json, of),
        _ => return Ok(Value::Null),
    };
    decoded.map_err(|error| Diagnostic::error("A value from Terraform cannot be read", error.to_string()).at(error.path))
}

/// A value into a message.
pub(super) fn to_wire(value: &Value, of: &Type) -> Result<proto::DynamicValue> {
    let msgpack = msgpack::encode(value, of).map_err(|error| {
        Diagnostic::error("A value cannot be sent to Terraform", format!("{error}. This is a bug of the provider.")).at(error.path)
    })?;
    Ok(proto::DynamicValue { msgpack, json: Vec::new() })
}

/// A value into a message; of an object that cannot be written whole the attributes that can, and an error about the rest.
pub(super) fn to_wire_in_part(value: &Value, of: &Type) -> Result<(proto::DynamicValue, Option<Diagnostic>)> {
    let why = match to_wire(value, of) {
        Ok(whole) => return Ok((whole, None)),
        Err(why) => why,
    };
    let Value::Map(entries) = value else { return Err(why) };
    let nulls: std::collections::BTreeMap<String, Value> = entries.keys().map(|name| (name.clone(), Value::Null)).collect();
    let mut writable = nulls.clone();
    for (name, entry) in entries {
        let mut alone = nulls.clone();
        alone.insert(name.clone(), entry.clone());
        if to_wire(&Value::Map(alone), of).is_ok() {
            writable.insert(name.clone(), entry.clone());
        }
    }
    Ok((to_wire(&Value::Map(writable), of)?, Some(why)))
}

pub(super) fn path(path: &Path) -> proto::AttributePath {
    use proto::attribute_path::{Step as Message, step::Selector};
    let steps = path.0.iter().map(|step| Message {
        selector: Some(match step {
            Step::Attribute(name) => Selector::AttributeName(name.clone()),
            Step::Key(key) => Selector::ElementKeyString(key.clone()),
            Step::Index(index) => Selector::ElementKeyInt(*index),
        }),
    });
    proto::AttributePath { steps: steps.collect() }
}

pub(super) fn diagnostic(found: &Diagnostic) -> proto::Diagnostic {
    let severity = match found.severity {
        Severity::Error => proto::diagnostic::Severity::Error,
        Severity::Warning => proto::diagnostic::Severity::Warning,
    };
    proto::Diagnostic {
        severity: severity.into(),
        summary: printable_line(&found.summary),
        detail: printable(&found.detail),
        attribute: (!found.attribute.is_root()).then(|| path(&found.attribute)),
    }
}

pub(super) fn diagnostics<'a>(found: impl IntoIterator<Item = &'a Diagnostic>) -> Vec<proto::Diagnostic> {
    found.into_iter().map(diagnostic).collect()
}

pub(super) fn schema(object: &Object, version: i64) -> proto::Schema {
    proto::Schema { version, block: Some(block(object)) }
}

/// The signature of a function.
pub(super) fn function(of: &FunctionEntry) -> proto::Function {
    let parameters = of.parameters.attributes.iter().map(|parameter| proto::function::Parameter {
        name: parameter.name.clone(),
        r#type: parameter.shape.ty().to_json().into_bytes(),
        allow_null_value: parameter.nullable,
        allow_unknown_values: false,
        description: parameter.doc.clone(),
        description_kind: proto::StringKind::Markdown.into(),
    });
    proto::Function {
        parameters: parameters.collect(),
        r#return: Some(proto::function::Return { r#type: of.returns.to_json().into_bytes() }),
        summary: of.summary().to_owned(),
        description: of.parameters.doc.clone(),
        description_kind: proto::StringKind::Markdown.into(),
        ..Default::default()
    }
}

/// Why a function gave no result.
pub(super) fn function_error(argument: Option<usize>, why: &Diagnostic) -> proto::FunctionError {
    let function_argument = argument.and_then(|at| i64::try_from(at).ok());
    proto::FunctionError { text: printable(&format!("{}: {}", why.summary, why.detail)), function_argument }
}

fn block(object: &Object) -> proto::schema::Block {
    proto::schema::Block {
        attributes: object.attributes.iter().filter(|attribute| attribute.block.is_none()).map(attribute).collect(),
        block_types: object.attributes.iter().filter_map(nested_block).collect(),
        description: object.doc.clone(),
        description_kind: proto::StringKind::Markdown.into(),
        ..Default::default()
    }
}

fn nested_block(of: &Attribute) -> Option<proto::schema::NestedBlock> {
    use proto::schema::nested_block::NestingMode;
    let (Some(mode), Shape::Nested(_, object)) = (of.block, &of.shape) else { return None };
    let (nesting, times) = match mode {
        Block::Required => (NestingMode::Single, 1),
        Block::Optional => (NestingMode::Single, 0),
        Block::Group => (NestingMode::Group, 0),
    };
    let block = proto::schema::Block {
        description: of.doc.clone(),
        deprecated: of.deprecated.is_some(),
        deprecation_message: of.deprecated.clone().unwrap_or_default(),
        ..block(object)
    };
    Some(proto::schema::NestedBlock {
        type_name: of.name.clone(),
        block: Some(block),
        nesting: nesting.into(),
        min_items: times,
        max_items: times,
    })
}

fn attribute(of: &Attribute) -> proto::schema::Attribute {
    let (plain, nested) = match &of.shape {
        Shape::Plain(plain) => (plain.to_json().into_bytes(), None),
        Shape::Nested(nesting, object) => (Vec::new(), Some(nested(*nesting, object))),
    };
    proto::schema::Attribute {
        name: of.name.clone(),
        r#type: plain,
        nested_type: nested,
        description: of.doc.clone(),
        description_kind: proto::StringKind::Markdown.into(),
        required: of.required,
        optional: of.optional,
        computed: of.computed,
        // Terraform stores no write-only value, so there is nothing to hide; and two sensitive paths of one object make `plan -refresh-only` of Terraform 1.11
        // report changes, for it stores them in no order.
        sensitive: of.sensitive && !of.write_only,
        write_only: of.write_only,
        deprecated: of.deprecated.is_some(),
        deprecation_message: of.deprecated.clone().unwrap_or_default(),
    }
}

fn nested(nesting: Nesting, object: &Object) -> proto::schema::Object {
    use proto::schema::object::NestingMode;
    let nesting = match nesting {
        Nesting::Single => NestingMode::Single,
        Nesting::List => NestingMode::List,
        Nesting::Map => NestingMode::Map,
    };
    proto::schema::Object { attributes: object.attributes.iter().map(attribute).collect(), nesting: nesting.into(), ..Default::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where texts leave: every one of them passes `printable`.
    #[test]
    fn texts_of_others_control_no_terminal_and_have_no_credentials() {
        let hostile = "a\u{1b}[2K\u{9b}8m\u{202e}b\r\n https://u:hidden@h/x?sig=hidden";
        let found = Diagnostic::error(hostile, hostile);
        let sent = diagnostic(&found);
        let function = function_error(None, &found).text;
        for text in [&sent.summary, &sent.detail, &function] {
            assert!(!text.chars().any(|c| c != '\n' && crate::printable::is_control(c)) && !text.contains("hidden"), "{text:?}");
        }
        assert!(!sent.summary.contains('\n') && sent.detail.contains('\n'));
    }

    #[test]
    fn what_can_be_written_of_an_object_is_written() {
        let of = Type::object([("id".to_owned(), Type::String), ("size".to_owned(), Type::Number)]);
        let object = Value::Map([("id".to_owned(), Value::from("a")), ("size".to_owned(), Value::from("not a number"))].into());
        let Ok((written, Some(_))) = to_wire_in_part(&object, &of) else { unreachable!("the size cannot be written") };
        let expected = Value::Map([("id".to_owned(), Value::from("a")), ("size".to_owned(), Value::Null)].into());
        assert_eq!(from_wire(Some(&written), &of).ok(), Some(expected));
    }
}
