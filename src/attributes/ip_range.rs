//! Ranges of IP addresses: blocks such as `203.0.113.0/24`, and from one address to another such as `203.0.113.7-203.0.113.9`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use framework::schema::Check;
use serde_json::{Value, json};

/// A range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IpRange {
    /// A block: its first address, and how many bits all of its addresses share.
    Block(IpAddr, u8),
    /// From one address to another.
    Between(IpAddr, IpAddr),
}

impl FromStr for IpRange {
    type Err = ();

    /// Reads a range; bits of an address that a block does not count are dropped.
    fn from_str(text: &str) -> Result<Self, ()> {
        if let Some((lower, upper)) = text.split_once('-') {
            let (lower, upper): (IpAddr, IpAddr) = (lower.trim().parse().map_err(drop)?, upper.trim().parse().map_err(drop)?);
            return if lower.is_ipv4() == upper.is_ipv4() && lower <= upper { Ok(IpRange::Between(lower, upper)) } else { Err(()) };
        }
        let (address, length) = text.split_once('/').ok_or(())?;
        let length: u8 = length.parse().map_err(drop)?;
        let first = match address.parse().map_err(drop)? {
            IpAddr::V4(address) if length <= 32 => {
                IpAddr::V4((u32::from(address) & u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0)).into())
            }
            IpAddr::V6(address) if length <= 128 => {
                IpAddr::V6((u128::from(address) & u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0)).into())
            }
            _ => return Err(()),
        };
        Ok(IpRange::Block(first, length))
    }
}

impl fmt::Display for IpRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IpRange::Block(first, length) => write!(f, "{first}/{length}"),
            IpRange::Between(lower, upper) => write!(f, "{lower}-{upper}"),
        }
    }
}

impl IpRange {
    fn json(self) -> Value {
        let version = |address: IpAddr| if address.is_ipv4() { "iPv4" } else { "iPv6" };
        match self {
            IpRange::Block(first, _) => {
                json!({ "@odata.type": format!("#microsoft.graph.{}CidrRange", version(first)), "cidrAddress": self.to_string() })
            }
            IpRange::Between(lower, upper) => json!({
                "@odata.type": format!("#microsoft.graph.{}Range", version(lower)),
                "lowerAddress": lower.to_string(),
                "upperAddress": upper.to_string()
            }),
        }
    }
}

/// A range as Microsoft Graph writes it. An invalid range is sent as it is, and the service refuses it.
pub(crate) fn to_json(text: &str) -> Value {
    text.parse().map_or_else(|()| json!({ "@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": text }), IpRange::json)
}

/// A range out of an answer, in its shortest form.
pub(crate) fn from_json(json: &Value) -> Option<String> {
    let text = |name: &str| json.get(name).and_then(Value::as_str);
    let range = match (text("cidrAddress"), text("lowerAddress"), text("upperAddress")) {
        (Some(cidr), _, _) => cidr.to_owned(),
        (None, Some(lower), Some(upper)) => format!("{lower}-{upper}"),
        _ => return None,
    };
    Some(key(&range))
}

/// The comparison key of a range: its shortest form.
pub(crate) fn key(text: &str) -> String {
    text.parse().map_or_else(|()| text.to_lowercase(), |range: IpRange| range.to_string())
}

/// What a range must be.
pub(crate) fn check() -> Check {
    Check::text(
        "be a range of IP addresses such as `203.0.113.0/24`, `2001:db8::/32` or `203.0.113.7-203.0.113.9`, with no bit set behind the prefix",
        |text| match text.parse() {
            Ok(IpRange::Block(first, _)) => text.split_once('/').and_then(|(address, _)| address.parse().ok()) == Some(first),
            Ok(IpRange::Between(..)) => true,
            Err(()) => false,
        },
    )
    .with_hint(meant)
}

/// The range that is meant by a text which is none: the network of an address with host bits, the block of a single address, and a range from the lower to
/// the upper address.
fn meant(text: &str) -> Option<String> {
    let text = text.trim();
    if let Ok(range) = text.parse::<IpRange>() {
        return Some(range.to_string());
    }
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(format!("{address}/{}", if address.is_ipv4() { 32 } else { 128 }));
    }
    let (upper, lower) = text.split_once('-')?;
    Some(format!("{}-{}", lower.trim(), upper.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_have_one_shortest_form() {
        for (text, shortest) in [
            ("203.0.113.0/24", "203.0.113.0/24"),
            ("203.0.113.9/24", "203.0.113.0/24"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("203.0.113.9/32", "203.0.113.9/32"),
            ("2001:DB8:0:0::/32", "2001:db8::/32"),
            ("2001:db8::1/128", "2001:db8::1/128"),
            ("::/0", "::/0"),
            ("203.0.113.7 - 203.0.113.9", "203.0.113.7-203.0.113.9"),
        ] {
            assert_eq!(key(text), shortest);
            assert_eq!(from_json(&to_json(text)).as_deref(), Some(shortest), "{text}");
        }
        for wrong in ["", "203.0.113.0", "203.0.113.0/33", "203.0.113/24", "2001:db8::/129", "203.0.113.9-203.0.113.7", "::1-203.0.113.7"] {
            assert!(wrong.parse::<IpRange>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_block_names_its_first_address() {
        use framework::value::Value;
        assert!(check().refusal(&Value::from("203.0.113.9/24")).is_some());
        assert!(check().refusal(&Value::from("2001:DB8::/32")).is_none());
        for (written, meant) in [
            ("198.51.100.77/22", Some("198.51.100.0/22")),
            ("2001:db8::1/32", Some("2001:db8::/32")),
            ("203.0.113.9", Some("203.0.113.9/32")),
            ("2001:db8::1", Some("2001:db8::1/128")),
            ("203.0.113.9-203.0.113.7", Some("203.0.113.7-203.0.113.9")),
            ("::1-203.0.113.7", None),
            ("203.0.113/24", None),
            ("office", None),
        ] {
            let refusal = check().refusal(&Value::from(written)).unwrap_or_default();
            let hint = refusal.split_once("Did you mean `").and_then(|(_, hint)| hint.strip_suffix("`?"));
            assert_eq!(hint, meant, "{refusal}");
        }
    }
}
