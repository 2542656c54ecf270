//! How much memory JSON takes when it is parsed, estimated before it is.
//!
//! An answer of 32 MiB can hold ten million empty objects, each of which becomes hundreds of bytes. The services' answers take a few times their size.

/// What an object takes as a map or a struct of optional fields, an array, and any other value.
const OBJECT: usize = 700;
const ARRAY: usize = 64;
const VALUE: usize = 64;
/// What is always allowed.
const ALLOWANCE: usize = 16 << 20;
/// How many times its own size an answer may take beyond that. A listing of users takes three times its size.
const MULTIPLE: usize = 8;

/// Whether parsing this takes more memory than an answer of the services of this size does.
pub(super) fn is_excessive(json: &[u8]) -> bool {
    // The smallest object has two bytes.
    json.len() * (OBJECT / 2) > ALLOWANCE && estimate(json) > ALLOWANCE + MULTIPLE * json.len()
}

/// Counts what begins a value, outside of strings.
fn estimate(json: &[u8]) -> usize {
    let (mut memory, mut is_text, mut is_escaped) = (0usize, false, false);
    for byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            _ if is_text => {}
            b'{' => memory += OBJECT,
            b'[' => memory += ARRAY,
            b',' | b':' => memory += VALUE,
            _ => {}
        }
    }
    memory
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_of_the_services_are_parsed() {
        let id = "0f1e2d3c-0000-4000-8000-00000000abcd";
        let user = json!({ "id": id, "userPrincipalName": "somebody.of.the.tenant@contoso.com", "displayName": "Somebody Of", "accountEnabled": true,
            "mail": null, "mailNickname": "somebody.of", "employeeId": null, "department": null, "jobTitle": null, "usageLocation": null,
            "userType": "Member", "onPremisesSyncEnabled": null });
        let group = json!({ "id": id, "members": vec![json!({ "@odata.type": "#microsoft.graph.user", "id": id }); 20] });
        for (item, count) in [(json!({ "id": id }), 20_000), (user, 50_000), (group, 999), (json!(id), 500_000)] {
            let page = json!({ "value": vec![item.clone(); count] }).to_string();
            assert!(!is_excessive(page.as_bytes()), "{item}: {} bytes", page.len());
        }
    }

    #[test]
    fn answers_that_take_many_times_their_size_are_not() {
        for item in ["{}", "[]", "0", "{\"a\":0}", "{\"a\":{\"b\":\"\"}}"] {
            let page = format!("{{\"value\":[{}]}}", vec![item; (32 << 20) / (item.len() + 1)].join(","));
            assert!(is_excessive(page.as_bytes()), "{item}");
        }
        let text = format!("\"{}\"", r#"\"{{{{,,,,"#.repeat(1 << 20));
        assert!(!is_excessive(text.as_bytes()), "brackets inside of text are text");
    }
}
