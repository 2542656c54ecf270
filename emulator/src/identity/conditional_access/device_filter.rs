//! Filters for devices: `device.isCompliant -eq True -and device.trustType -ne "Workplace"`.
//!
//! A device that is not registered has no properties: operators that affirm do not hold for it, and those that deny do.

use serde_json::{Map, Value};

/// Maximum depth of parentheses.
const MAX_DEPTH: usize = 20;

/// Whether the rule holds for a device. The error: the rule is none.
pub fn holds(rule: &str, device: &Map<String, Value>) -> Result<bool, ()> {
    let tokens = tokens(rule)?;
    let mut parser = Parser { rest: &tokens, device, depth: 0 };
    let found = parser.or()?;
    if parser.rest.is_empty() { Ok(found) } else { Err(()) }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    ListOpen,
    ListClose,
    Comma,
    Word(String),
    Text(String),
}

fn tokens(rule: &str) -> Result<Vec<Token>, ()> {
    let mut out = Vec::new();
    let mut chars = rule.chars().peekable();
    while let Some(c) = chars.next() {
        out.push(match c {
            '(' => Token::Open,
            ')' => Token::Close,
            '[' => Token::ListOpen,
            ']' => Token::ListClose,
            ',' => Token::Comma,
            c if c.is_whitespace() => continue,
            '"' | '\'' => {
                let mut text = String::new();
                loop {
                    match chars.next() {
                        Some(end) if end == c => break Token::Text(text),
                        Some(other) => text.push(other),
                        None => return Err(()),
                    }
                }
            }
            first => {
                let mut word = String::from(first);
                while let Some(next) = chars.next_if(|next| !next.is_whitespace() && !"()[],\"'".contains(*next)) {
                    word.push(next);
                }
                Token::Word(word)
            }
        });
    }
    Ok(out)
}

struct Parser<'t> {
    rest: &'t [Token],
    device: &'t Map<String, Value>,
    depth: usize,
}

impl Parser<'_> {
    fn or(&mut self) -> Result<bool, ()> {
        let mut found = self.and()?;
        while self.word("-or") {
            found |= self.and()?;
        }
        Ok(found)
    }

    fn and(&mut self) -> Result<bool, ()> {
        let mut found = self.unary()?;
        while self.word("-and") {
            found &= self.unary()?;
        }
        Ok(found)
    }

    fn unary(&mut self) -> Result<bool, ()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(());
        }
        let found = if self.word("-not") {
            !self.unary()?
        } else if self.take(&Token::Open) {
            let inner = self.or()?;
            if !self.take(&Token::Close) {
                return Err(());
            }
            inner
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(found)
    }

    fn comparison(&mut self) -> Result<bool, ()> {
        let Some((Token::Word(name), rest)) = self.rest.split_first() else { return Err(()) };
        let name = name.strip_prefix("device.").ok_or(())?;
        let Some((Token::Word(operator), rest)) = rest.split_first() else { return Err(()) };
        self.rest = rest;
        let operator = operator.strip_prefix('-').ok_or(())?.to_lowercase();
        let wanted = self.values()?;
        let own = self.device.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        let own: Vec<String> = match own {
            Some(Value::Array(all)) => all.iter().map(plain).collect(),
            Some(Value::Null) | None => Vec::new(),
            Some(one) => vec![plain(one)],
        };
        let any = |test: fn(&str, &str) -> bool| own.iter().any(|one| wanted.iter().any(|two| test(one, two)));
        Ok(match operator.as_str() {
            "eq" | "in" => any(|one, two| one == two),
            "ne" | "notin" => !any(|one, two| one == two),
            "startswith" => any(|one, two| one.starts_with(two)),
            "notstartswith" => !any(|one, two| one.starts_with(two)),
            "endswith" => any(|one, two| one.ends_with(two)),
            "notendswith" => !any(|one, two| one.ends_with(two)),
            "contains" => any(|one, two| one.contains(two)),
            "notcontains" => !any(|one, two| one.contains(two)),
            _ => return Err(()),
        })
    }

    fn values(&mut self) -> Result<Vec<String>, ()> {
        if !self.take(&Token::ListOpen) {
            return Ok(vec![self.value()?]);
        }
        let mut all = vec![self.value()?];
        while self.take(&Token::Comma) {
            all.push(self.value()?);
        }
        if self.take(&Token::ListClose) { Ok(all) } else { Err(()) }
    }

    fn value(&mut self) -> Result<String, ()> {
        match self.rest.split_first() {
            Some((Token::Text(text) | Token::Word(text), rest)) => {
                self.rest = rest;
                Ok(text.to_lowercase())
            }
            _ => Err(()),
        }
    }

    fn word(&mut self, wanted: &str) -> bool {
        match self.rest.split_first() {
            Some((Token::Word(word), rest)) if word.eq_ignore_ascii_case(wanted) => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn take(&mut self, wanted: &Token) -> bool {
        match self.rest.split_first() {
            Some((token, rest)) if token == wanted => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }
}

/// A value as filters compare it: text without regard to case, also for `True`.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned).to_lowercase()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // tests may panic

    use serde_json::json;

    use super::*;

    #[test]
    fn rules_hold_or_do_not() {
        let device = json!({"isCompliant": true, "displayName": "LAPTOP-7", "trustType": "AzureAD", "physicalIds": ["[ZTDId]:1", "x"], "model": null});
        for (rule, expected) in [
            ("device.isCompliant -eq True", true),
            ("device.isCompliant -eq true -and device.trustType -ne \"Workplace\"", true),
            (
                "device.displayName -startsWith 'laptop' -and (device.trustType -eq \"ServerAD\" -or device.trustType -in [\"AzureAD\", \"Workplace\"])",
                true,
            ),
            ("device.displayName -notContains \"top\"", false),
            ("device.physicalIds -contains \"ZTDId\"", true),
            ("device.model -eq \"Surface\"", false),
            ("device.model -ne \"Surface\"", true),
            ("-not (device.trustType -eq \"AzureAD\")", false),
            ("device.extensionAttribute1 -notIn [\"SAW\"]", true),
        ] {
            assert_eq!(holds(rule, device.as_object().unwrap()), Ok(expected), "{rule}");
        }
        assert_eq!(holds("device.isCompliant -eq True", &Map::new()), Ok(false));
        assert_eq!(holds("device.isCompliant -ne True", &Map::new()), Ok(true), "a device that is not registered");
        for nonsense in [
            "",
            "device.a",
            "device.a -like \"b\"",
            "user.a -eq \"b\"",
            "(device.a -eq \"b\"",
            "device.a -eq \"b",
            "device.a -in [\"b\"",
            &"(".repeat(1000),
        ] {
            assert_eq!(holds(nonsense, &Map::new()), Err(()), "{nonsense}");
        }
    }
}
