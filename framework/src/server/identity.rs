//! Identities in the answers about resources (docs/terraform-protocol.md#identity).
//!
//! Terraform stores what the last read, apply or import answered, and nothing else: an answer without an identity erases the stored one.

use super::convert::{from_wire, to_wire};
use crate::diagnostic::Result;
use crate::identity;
use crate::proto::tfplugin6 as proto;
use crate::provider::Provider;
use crate::schema::{Attribute, Object};
use crate::service::Service;
use crate::value::{Value, json};

/// The version of every identity schema. A higher one would make it impossible to go back to an older version of the provider.
const VERSION: i64 = 0;

/// The identity schemas of all resources.
pub(super) fn schemas<P: Provider>(service: &Service<P>) -> proto::get_resource_identity_schemas::Response {
    let schemas = service.entries().map(|(name, entry)| (name.clone(), schema(&entry.object)));
    proto::get_resource_identity_schemas::Response { identity_schemas: schemas.collect(), diagnostics: Vec::new() }
}

fn schema(object: &Object) -> proto::ResourceIdentitySchema {
    let attribute = |attribute: &Attribute| proto::resource_identity_schema::IdentityAttribute {
        name: attribute.name.clone(),
        r#type: attribute.shape.ty().to_json().into_bytes(),
        required_for_import: true,
        optional_for_import: false,
        description: attribute.doc.clone(),
    };
    proto::ResourceIdentitySchema { version: VERSION, identity_attributes: identity::attributes(object).map(attribute).collect() }
}

/// The value of a message; none if there is none or it is null.
pub(super) fn value(object: &Object, message: Option<&proto::ResourceIdentityData>) -> Result<Option<Value>> {
    let data = message.and_then(|message| message.identity_data.as_ref());
    Ok(Some(from_wire(data, &identity::ty(object))?).filter(|value| !value.is_null()))
}

/// The identity to answer with an object: the one that Terraform sent, unless the object has another.
pub(super) fn answered(
    object: &Object,
    sent: Option<&proto::ResourceIdentityData>,
    state: &Value,
) -> Result<Option<proto::ResourceIdentityData>> {
    // An identity of another shape is of another version of the provider, and is replaced.
    let sent = value(object, sent).ok().flatten();
    identity::to_store(object, sent, state).map(|identity| message(object, &identity)).transpose()
}

pub(super) fn message(object: &Object, identity: &Value) -> Result<proto::ResourceIdentityData> {
    Ok(proto::ResourceIdentityData { identity_data: Some(to_wire(identity, &identity::ty(object))?) })
}

/// A stored identity of another version. What cannot be read of it is left out: the read that follows answers the identity again.
pub(super) fn upgraded(object: &Object, raw: Option<&proto::RawState>) -> Result<Option<proto::ResourceIdentityData>> {
    let stored = raw.and_then(|raw| json::decode(&raw.json, &identity::ty(object)).ok());
    stored.filter(|stored| identity::of(object, stored).is_some()).map(|stored| message(object, &stored)).transpose()
}
