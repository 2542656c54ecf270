//! Named locations: ranges of addresses, or countries.

use serde_json::{Map, Value, json};

use crate::{
    clock::ticks,
    graph::model::{
        collection::{Collection, Service},
        complex::{self, Complex},
        context::{Context, FoundObject},
        draft::Draft,
        error::GraphError,
        property::{complexes, flag, instant, text, texts},
    },
    identity::conditional_access::tables,
    store::Row,
};

/// The row.
pub static NAMED_LOCATIONS: Collection = Collection {
    path: "identity/conditionalAccess/namedLocations",
    table: tables::NAMED_LOCATIONS,
    bin: Some("deletedItems/namedLocations"),
    bin_path: Some("identity/conditionalAccess/deletedItems/namedLocations"),
    kind: "namedLocation",
    label: "NamedLocation",
    service: Service::ConditionalAccess,
    properties: &[
        text("id").by_service(),
        instant("createdDateTime").by_service(),
        instant("deletedDateTime").when_set().by_service(),
        text("displayName").required().max(256),
        instant("modifiedDateTime").by_service(),
    ],
    derived: &[&IP, &COUNTRY],
    on_create: Some(create),
    on_update: Some(update),
    on_delete: Some(may_delete),
    deletable: true,
    ..Collection::DEFAULT
};

static IP: Complex = Complex::new("ipNamedLocation", &[complexes("ipRanges", &RANGE), flag("isTrusted")]);

static COUNTRY: Complex = Complex::new(
    "countryNamedLocation",
    &[
        texts("countriesAndRegions"),
        text("countryLookupMethod").one_of(&["clientIpAddress", "authenticatorAppGps"]),
        flag("includeUnknownCountriesAndRegions"),
    ],
);

static RANGE: Complex = Complex::one_of("ipRange", &[&V4_CIDR, &V6_CIDR, &V4, &V6]);
static V4_CIDR: Complex = Complex::new("iPv4CidrRange", &[text("cidrAddress").required()]);
static V6_CIDR: Complex = Complex::new("iPv6CidrRange", &[text("cidrAddress").required()]);
static V4: Complex = Complex::new("iPv4Range", &[text("lowerAddress").required(), text("upperAddress").required()]);
static V6: Complex = Complex::new("iPv6Range", &[text("lowerAddress").required(), text("upperAddress").required()]);

/// Most locations of ranges (docs/services/conditional-access.md#policies).
const MAX_IP_LOCATIONS: usize = 195;
/// Most ranges of one location. Unverified.
const MAX_RANGES: usize = 2000;

fn create(context: &Context<'_>, draft: &mut Draft) -> Result<(), GraphError> {
    complete(&Map::new(), draft)?;
    let ranges = |row: &Map<String, Value>| row.contains_key("ipRanges");
    if ranges(&draft.values) && context.truth.rows(NAMED_LOCATIONS.table, None).filter(|(_, row)| ranges(row)).count() >= MAX_IP_LOCATIONS {
        // Unverified: number and text.
        return Err(GraphError::numbered(1009, format!("The number of NamedLocation objects exceeds the limit of {MAX_IP_LOCATIONS}.")));
    }
    draft.values.insert("createdDateTime".into(), json!(ticks(context.now)));
    Ok(())
}

fn update(context: &Context<'_>, row: &Row, draft: &mut Draft) -> Result<(), GraphError> {
    // The ranges cannot be left out (docs/services/conditional-access.md#changing-and-deleting), nor can the type change. The name can: azuread sends
    // only what changed.
    let needed: &[&str] = if row.contains_key("ipRanges") { &["ipRanges"] } else { &[] };
    let changed =
        NAMED_LOCATIONS.properties_of(row).filter(|property| draft.values.contains_key(property.name)).count() < draft.values.len();
    if changed || needed.iter().any(|name| !draft.values.contains_key(*name)) {
        return Err(GraphError::not_of_schema(NAMED_LOCATIONS.label));
    }
    draft.values.insert("@odata.type".into(), row.get("@odata.type").cloned().unwrap_or_default());
    complete(row, draft)?;
    draft.values.insert("modifiedDateTime".into(), json!(ticks(context.now)));
    Ok(())
}

/// Fills up what a client gave, and finds it good.
fn complete(old: &Map<String, Value>, draft: &mut Draft) -> Result<(), GraphError> {
    let refused = || GraphError::not_of_schema(NAMED_LOCATIONS.label);
    let kind = complex::named(NAMED_LOCATIONS.derived, &draft.values).ok_or_else(refused)?;
    for member in kind.members {
        let given = draft.values.remove(member.name).or_else(|| old.get(member.name).cloned()).unwrap_or_default();
        let value = match complex::complete(member, given).map_err(|_| refused())? {
            Value::Null if member.name == "countryLookupMethod" => json!("clientIpAddress"),
            Value::Null => json!(false),
            value => value,
        };
        draft.values.insert(member.name.into(), value);
    }
    // Unverified: number and text of what follows.
    let empty = |name: &str| draft.values.get(name).and_then(Value::as_array).is_some_and(Vec::is_empty);
    if empty("ipRanges") || empty("countriesAndRegions") && draft.values["includeUnknownCountriesAndRegions"] != json!(true) {
        return Err(refused());
    }
    let ranges = draft.values.get("ipRanges").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if ranges.len() > MAX_RANGES {
        return Err(GraphError::numbered(1042, format!("The number of IP ranges exceeds the limit of {MAX_RANGES}.")));
    }
    if let Some(wrong) = ranges.iter().find(|range| {
        crate::identity::conditional_access::addresses::range(range).is_none()
            || crate::identity::conditional_access::addresses::is_too_large(range)
    }) {
        let text = wrong["cidrAddress"].as_str().or_else(|| wrong["lowerAddress"].as_str()).unwrap_or_default();
        return Err(GraphError::numbered(1041, format!("Invalid IP address range: {text}.")));
    }
    let countries = draft.values.get("countriesAndRegions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let is_country = |code: &str| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    match countries.iter().find(|code| !code.as_str().is_some_and(is_country)) {
        Some(wrong) => Err(GraphError::numbered(1043, format!("Invalid country or region: {}.", wrong.as_str().unwrap_or_default()))),
        None => Ok(()),
    }
}

/// A trusted location must be made an untrusted one first. Unverified: number and text. Whether a policy uses it is not
/// asked, unless the switch says so.
fn may_delete(context: &Context<'_>, found: &FoundObject) -> Result<(), GraphError> {
    if found.row.get("isTrusted") == Some(&json!(true)) {
        return Err(GraphError::numbered(1062, "A trusted NamedLocation cannot be deleted. Mark it as not trusted first."));
    }
    let used = super::policies_with(context, "locations", &found.key);
    if used.is_empty() || !context.config.switches.named_locations_in_use_cannot_be_deleted {
        return Ok(());
    }
    Err(GraphError::numbered(1061, format!("NamedLocation with id {} is used by {} and cannot be deleted.", found.key, used.join(", "))))
}
