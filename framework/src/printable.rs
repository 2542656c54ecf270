//! Text of services and other people as it may go to a terminal or a log: nothing in it controls a terminal, and no address in it has credentials.
//!
//! Every text passes through here where it leaves the process: diagnostics (`server/convert.rs`), names of results and messages of actions (`server/streams.rs`), the log (`plugin/log/line.rs`), and what the companion program
//! prints.

/// Names of query parameters whose values are secrets: those of OAuth 2.0 (RFC 6749, RFC 7521) and of Azure's shared access signatures.
const SECRET_PARAMETERS: [&str; 11] =
    ["access_token", "client_assertion", "client_secret", "code", "id_token", "password", "refresh_token", "sas", "secret", "sig", "token"];
/// What stands in place of a secret.
const REDACTED: &str = "REDACTED";

/// Text without credentials in addresses and without characters that control a terminal or the direction of writing: each is shown by its number instead.
/// Line ends stay.
pub fn printable(text: &str) -> String {
    let text = without_credentials(text);
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => shown.push('\n'),
            '\t' | '\r' => shown.push(' '),
            character if is_control(character) => shown.extend(character.escape_unicode()),
            character => shown.push(character),
        }
    }
    shown
}

/// As [`printable`], in one line.
pub fn printable_line(text: &str) -> String {
    printable(text).replace('\n', " ")
}

/// JSON text in which such characters are escaped as JSON has it; its strings keep their values.
pub fn printable_json(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for character in json.chars() {
        if character == '\n' || !is_control(character) {
            shown.push(character);
        } else {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                shown.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    shown
}

/// C0, DEL and C1; line and paragraph separators; and what turns the direction of writing (unicode.org/reports/tr9, explicit directional formatting characters).
pub fn is_control(character: char) -> bool {
    character.is_control() || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text with every address in it without user information and without the values of query parameters that are secrets.
fn without_credentials(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + "://".len());
        shown.push_str(before);
        let end =
            after.find(|character: char| character.is_whitespace() || matches!(character, '"' | '<' | '>' | '`')).unwrap_or(after.len());
        let (address, after) = after.split_at(end);
        shown.push_str(&without_secret_parameters(without_user_information(address)));
        rest = after;
    }
    shown.push_str(rest);
    shown
}

/// An address, without its scheme, from its host on.
fn without_user_information(address: &str) -> &str {
    let authority = address.find(['/', '?', '#', '\\']).unwrap_or(address.len());
    let (authority, rest) = address.split_at(authority);
    if let Some(at) = authority.rfind('@') {
        return address.get(at + 1..).unwrap_or_default();
    }
    // A password with a slash in it, which no parser takes: what stands after the colon is no port.
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    match (authority.trim_start_matches('[').rsplit_once(':'), rest.rfind('@')) {
        (Some((host, port)), Some(at)) if !is_port(port) && !host.contains(']') => rest.get(at + 1..).unwrap_or_default(),
        _ => address,
    }
}

fn without_secret_parameters(address: &str) -> String {
    let Some((path, query)) = address.split_once(['?', '#']) else { return address.to_owned() };
    let mark = address.get(path.len()..=path.len()).unwrap_or_default();
    let parameters: Vec<String> = query
        .split('&')
        .map(|parameter| match parameter.split_once('=') {
            Some((name, _)) if SECRET_PARAMETERS.iter().any(|secret| name.eq_ignore_ascii_case(secret)) => format!("{name}={REDACTED}"),
            _ => parameter.to_owned(),
        })
        .collect();
    format!("{path}{mark}{}", parameters.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_controls_a_terminal_is_shown_by_its_number() {
        assert_eq!(printable("harmless\u{1b}[2K\u{9b}8m\u{7f}\u{202e}x"), r"harmless\u{1b}[2K\u{9b}8m\u{7f}\u{202e}x");
        assert_eq!(printable_line("a\tb\r\nc é ü 你好"), "a b  c é ü 你好");
        let all: String = (0..=0x2100).filter_map(char::from_u32).collect();
        assert!(!printable_line(&all).chars().any(is_control));
    }

    #[test]
    fn json_keeps_its_values() {
        let all: String = (0..=0x2100).filter_map(char::from_u32).collect();
        let json = serde_json::json!({ "a": all, "b": ["\u{1b}[8m"] });
        let shown = printable_json(&format!("{json:#}"));
        assert!(!shown.chars().any(|character| character != '\n' && is_control(character)));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).ok(), Some(json));
    }

    #[test]
    fn addresses_lose_their_credentials() {
        for (text, shown) in [
            ("https://user:hidden@proxy/x failed", "https://proxy/x failed"),
            ("by http://hidden@proxy:8080: refused", "by http://proxy:8080: refused"),
            ("(https://u:hi@dden@h?a=1)", "(https://h?a=1)"),
            ("https://u:hid/den@proxy:8080/x", "https://proxy:8080/x"),
            ("\"socks5://u:hidden@h\" and https://v:hidden@i", "\"socks5://h\" and https://i"),
            ("HTTPS://U:hidden@H/a", "HTTPS://H/a"),
            ("https://h/a?sig=hidden&b=1#x", "https://h/a?sig=REDACTED&b=1#x"),
            ("https://h/?Client_Secret=hidden", "https://h/?Client_Secret=REDACTED"),
            ("https://u:hidden@h/a?token=hidden x", "https://h/a?token=REDACTED x"),
        ] {
            assert_eq!(printable(text), shown);
        }
        for kept in [
            "https://graph.microsoft.com/v1.0/users/ann@contoso.com",
            "https://localhost:8443/users/ann@contoso.com",
            "https://[::1]:8443/users/ann@contoso.com?$select=id",
            "ann@contoso.com: no such user",
            "a://",
            "https://h?$skiptoken=abc&api-version=2022-04-01",
        ] {
            assert_eq!(printable(kept), kept);
        }
    }
}
