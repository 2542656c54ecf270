//! Named locations: ranges of addresses, and countries.

use serde_json::{Value, json};

use crate::{
    client::{Tenant, options},
    conditional_access::{LOCATIONS, POLICIES, anybody, refused_inside, with},
};

fn office() -> Value {
    json!({
        "@odata.type": "#microsoft.graph.ipNamedLocation", "displayName": "Office", "isTrusted": true,
        "ipRanges": [
            {"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "12.34.221.11/32"},
            {"@odata.type": "#microsoft.graph.iPv6CidrRange", "cidrAddress": "2001:0:9d38:90d6:0:0:0:0/63"},
        ],
    })
}

fn countries() -> Value {
    json!({"@odata.type": "#microsoft.graph.countryNamedLocation", "displayName": "Home", "countriesAndRegions": ["DE", "FR"]})
}

#[tokio::test]
async fn a_location_is_of_one_type_or_the_other() {
    let tenant = Tenant::start().await;
    let created = tenant.post(LOCATIONS, office()).await;
    let id = created.body["id"].as_str().unwrap().to_owned();
    let mut expected = office();
    let rest = json!({"id": id, "createdDateTime": created.body["createdDateTime"], "modifiedDateTime": null});
    expected.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    let mut read = tenant.get(&format!("{LOCATIONS}/{id}")).await.ok();
    read.as_object_mut().unwrap().remove("@odata.context");
    assert_eq!(read, expected);
    let country = tenant.post(LOCATIONS, countries()).await;
    assert_eq!(
        (&country.body["countryLookupMethod"], &country.body["includeUnknownCountriesAndRegions"]),
        (&json!("clientIpAddress"), &json!(false))
    );
    assert!(country.body.get("isTrusted").is_none());
    let listed = tenant.get(&format!("{LOCATIONS}?$filter=isof('microsoft.graph.countryNamedLocation')")).await.ok();
    assert_eq!((listed["value"].as_array().unwrap().len(), &listed["value"][0]["displayName"]), (1, &json!("Home")));
    tenant.patch(&format!("{LOCATIONS}/{id}"), with(with(office(), "/isTrusted", Value::Null), "/displayName", json!("HQ"))).await.empty();
    let read = tenant.get(&format!("{LOCATIONS}/{id}")).await.ok();
    assert_eq!((&read["displayName"], &read["isTrusted"]), (&json!("HQ"), &json!(true)));
    let ranges = json!([{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "6.5.4.3/18"}]);
    tenant.patch(&format!("{LOCATIONS}/{id}"), with(office(), "/ipRanges", ranges.clone())).await.empty();
    assert_eq!(tenant.get(&format!("{LOCATIONS}/{id}")).await.ok()["ipRanges"], ranges, "they are replaced as a whole");
}

#[tokio::test]
async fn what_is_no_location_is_refused() {
    let tenant = Tenant::start().await;
    let range = |kind: &str, cidr: &str| {
        with(office(), "/ipRanges", json!([{"@odata.type": format!("#microsoft.graph.{kind}"), "cidrAddress": cidr}]))
    };
    for (body, text) in [
        (with(office(), "/@odata.type", Value::Null), "1007: Incoming NamedLocation object"),
        (with(office(), "/displayName", Value::Null), "1007: "),
        (with(office(), "/countriesAndRegions", json!(["DE"])), "1007: "),
        (with(office(), "/ipRanges", json!([])), "1007: "),
        (with(office(), "/ipRanges", json!([{"cidrAddress": "1.2.3.4/32"}])), "1007: "),
        (range("iPv4CidrRange", "1.2.3.4"), "1041: "),
        (range("iPv4CidrRange", "10.0.0.0/7"), "1041: "),
        (range("iPv6CidrRange", "10.0.0.0/8"), "1041: "),
        (range("iPv6CidrRange", "2001:db8::/129"), "1041: "),
        (with(countries(), "/countriesAndRegions", json!(["Germany"])), "1043: "),
        (with(countries(), "/countriesAndRegions", json!([])), "1007: "),
        (with(countries(), "/countryLookupMethod", json!("guess")), "1007: "),
    ] {
        refused_inside(tenant.post(LOCATIONS, body).await, text);
    }
    let path = format!("{LOCATIONS}/{}", tenant.post(LOCATIONS, office()).await.created());
    for body in [json!({"displayName": "HQ"}), with(office(), "/ipRanges", Value::Null), countries()] {
        refused_inside(tenant.patch(&path, body).await, "1007: ");
    }
}

#[tokio::test]
async fn a_trusted_location_is_made_an_untrusted_one_first() {
    let tenant = Tenant::start().await;
    let id = tenant.post(LOCATIONS, office()).await.created();
    let path = format!("{LOCATIONS}/{id}");
    refused_inside(tenant.delete(&path).await, "1062: ");
    tenant.patch(&path, with(office(), "/isTrusted", json!(false))).await.empty();
    tenant.post(POLICIES, with(anybody(), "/conditions/locations", json!({"includeLocations": [id]}))).await.created();
    tenant.delete(&path).await.empty();
    let bin = format!("/v1.0/identity/conditionalAccess/deletedItems/namedLocations/{id}");
    assert_eq!(tenant.get(&bin).await.ok()["displayName"], "Office");
    refused_inside(tenant.post(POLICIES, with(anybody(), "/conditions/locations", json!({"includeLocations": [id]}))).await, "1040: ");
    tenant.send("POST", &format!("{bin}/restore"), None, &[]).await.ok();
    tenant.get(&path).await.ok();
}

#[tokio::test]
async fn a_location_in_use_can_be_kept_by_a_switch() {
    let mut options = options();
    options.switches.named_locations_in_use_cannot_be_deleted = true;
    let tenant = Tenant::with(options).await;
    let id = tenant.post(LOCATIONS, countries()).await.created();
    let policy = tenant.post(POLICIES, with(anybody(), "/conditions/locations", json!({"excludeLocations": [id]}))).await.created();
    refused_inside(tenant.delete(&format!("{LOCATIONS}/{id}")).await, "1061: ");
    tenant.delete(&format!("{POLICIES}/{policy}")).await.empty();
    tenant.delete(&format!("{LOCATIONS}/{id}")).await.empty();
}
