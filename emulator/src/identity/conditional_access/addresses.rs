//! Ranges of IP addresses.

use std::net::IpAddr;

use serde_json::Value;

/// The first and the last address of a range, if it is one of its `@odata.type`. Blocks of IPv6 addresses are accepted as `iPv4CidrRange`, too:
/// azuread sends them so.
pub fn range(range: &Value) -> Option<(IpAddr, IpAddr)> {
    let (first, last) = match range.get("cidrAddress") {
        Some(cidr) => block(cidr.as_str()?)?,
        None => (range["lowerAddress"].as_str()?.parse().ok()?, range["upperAddress"].as_str()?.parse().ok()?),
    };
    let four = range["@odata.type"].as_str()?.contains("iPv4");
    let fits = first.is_ipv4() == four || four && range.get("cidrAddress").is_some();
    (fits && first.is_ipv4() == last.is_ipv4() && first <= last).then_some((first, last))
}

/// The addresses of a block: `10.0.0.0/8`. Bits after the prefix do not count, as in the service's own examples.
fn block(cidr: &str) -> Option<(IpAddr, IpAddr)> {
    let (address, length) = cidr.split_once('/')?;
    let length: u32 = length.parse().ok()?;
    Some(match address.parse().ok()? {
        IpAddr::V4(address) if length <= 32 => {
            let mask = u32::MAX.checked_shr(length).unwrap_or(0);
            let first = u32::from(address) & !mask;
            (IpAddr::V4(first.into()), IpAddr::V4((first | mask).into()))
        }
        IpAddr::V6(address) if length <= 128 => {
            let mask = u128::MAX.checked_shr(length).unwrap_or(0);
            let first = u128::from(address) & !mask;
            (IpAddr::V6(first.into()), IpAddr::V6((first | mask).into()))
        }
        _ => return None,
    })
}

/// Whether a range is larger than the service takes: blocks of a prefix below 8 are refused (documented with "IP ranges" of
/// named locations).
pub fn is_too_large(range: &Value) -> bool {
    let length = range["cidrAddress"].as_str().and_then(|cidr| cidr.split_once('/')?.1.parse::<u32>().ok());
    length.is_some_and(|length| length < 8)
}

/// Whether an address is in a range.
pub fn contains(ranges: &Value, address: IpAddr) -> bool {
    let ranges = ranges.as_array().map(Vec::as_slice).unwrap_or_default();
    ranges.iter().filter_map(range).any(|(first, last)| first.is_ipv4() == address.is_ipv4() && first <= address && address <= last)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // tests may panic

    use serde_json::json;

    use super::*;

    #[test]
    fn addresses_are_in_ranges_or_not() {
        let v4 = |cidr: &str| json!([{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": cidr}]);
        let v6 = |cidr: &str| json!([{"@odata.type": "#microsoft.graph.iPv6CidrRange", "cidrAddress": cidr}]);
        for (ranges, address, expected) in [
            (v4("6.5.4.3/18"), "6.5.1.1", true),
            (v4("6.5.4.3/18"), "6.5.64.1", false),
            (v4("0.0.0.0/0"), "255.1.1.1", true),
            (v4("1.2.3.4/32"), "1.2.3.4", true),
            (v4("1.2.3.4/32"), "1.2.3.5", false),
            (v4("0.0.0.0/0"), "::1", false),
            (v6("2001:db8::/32"), "2001:db8:1::1", true),
            (v6("2001:db8::/32"), "2001:db9::1", false),
            (v6("::/0"), "::1", true),
            (v4("1.2.3.4/33"), "1.2.3.4", false),
            (v4("::1/128"), "::1", true),
            (v6("10.0.0.0/8"), "10.0.0.1", false),
        ] {
            assert_eq!(contains(&ranges, address.parse().unwrap()), expected, "{ranges} {address}");
        }
    }
}
