//! Ranges of IP addresses.

use std::net::IpAddr;

use serde_json::Value;

/// The first and the last address of a range, if it is one of its `@odata.type`.
pub fn range(range: &Value) -> Option<(IpAddr, IpAddr)> {
    let (first, last) = match range.get("cidrAddress") {
        Some(cidr) => block(cidr.as_str()?)?,
        None => (range["lowerAddress"].as_str()?.parse().ok()?, range["upperAddress"].as_str()?.parse().ok()?),
    };
    let four = range["@odata.type"].as_str()?.contains("iPv4");
    (first.is_ipv4() == four && last.is_ipv4() == four && first <= last).then_some((first, last))
}

/// The addresses of a block: `10.0.0.0/8`. Bits behind the prefix do not count, as in the service's own examples.
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
