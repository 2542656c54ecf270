//! Membership rules of dynamic groups, as far as they are about users
//! (learn.microsoft.com/entra/identity/users/groups-dynamic-membership).
//!
//! Rules about devices are read, and match nobody. `-match` and `-notMatch` are read, and compared as a part of the text unless the expression has
//! signs of a regular expression: then the rule is refused, because the emulator has no such engine.

use serde_json::Value;

/// A rule.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// All of them.
    And(Vec<Rule>),
    /// One of them.
    Or(Vec<Rule>),
    /// Not this one.
    Not(Box<Rule>),
    /// `user.department -eq "Sales"`
    Compare(Property, Operator, Operand),
    /// `user.otherMails -any (_ -contains "contoso")`; the flag: every element, and not one.
    Elements(Property, bool, Box<Rule>),
    /// `Direct Reports for "id"`
    DirectReports(String),
    /// `user.memberOf -any (group.objectId -in ['id'])`
    MemberOf(Vec<String>),
}

/// A property: of `user`, of `device`, or of an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// `user`, `device`, `assignedPlan`, or `_` for the element itself.
    pub object: String,
    /// Its name; empty for the element itself.
    pub name: String,
}

/// An operator without its negation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    StartsWith,
    Contains,
    In,
    GreaterOrEqual,
    LessOrEqual,
}

/// An operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operator {
    comparison: Comparison,
    negated: bool,
}

/// The right side of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// Text, boolean or null.
    One(Value),
    /// A list of texts.
    List(Vec<String>),
}

/// What a rule is evaluated for.
pub trait Subject {
    /// A property of the user.
    fn property(&self, name: &str) -> Value;
    /// Whether the user is a member of a group.
    fn is_member_of(&self, group: &str) -> bool;
    /// Whether the user reports to this one.
    fn reports_to(&self, manager: &str) -> bool;
}

/// Deepest nesting.
const MAX_DEPTH: usize = 20;

const OPERATORS: &[(&str, Comparison, bool)] = &[
    ("eq", Comparison::Equal, false),
    ("ne", Comparison::Equal, true),
    ("startsWith", Comparison::StartsWith, false),
    ("notStartsWith", Comparison::StartsWith, true),
    ("contains", Comparison::Contains, false),
    ("notContains", Comparison::Contains, true),
    ("match", Comparison::Contains, false),
    ("notMatch", Comparison::Contains, true),
    ("in", Comparison::In, false),
    ("notIn", Comparison::In, true),
    ("ge", Comparison::GreaterOrEqual, false),
    ("le", Comparison::LessOrEqual, false),
];

/// Reads a rule. `is_attribute` says whether users or devices have an attribute.
///
/// # Errors
///
/// What is wrong, as a sentence.
pub fn parse(text: &str, is_attribute: impl Fn(&str) -> bool) -> Result<Rule, String> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens: &tokens, is_attribute: &is_attribute };
    let rule = parser.or(0)?;
    match parser.tokens.first() {
        None => Ok(rule),
        Some(token) => Err(format!("{token:?} was not expected")),
    }
}

impl Rule {
    /// Whether the rule holds for a user.
    pub fn holds(&self, subject: &dyn Subject) -> bool {
        self.holds_for(subject, None)
    }

    fn holds_for(&self, subject: &dyn Subject, element: Option<&Value>) -> bool {
        match self {
            Self::And(all) => all.iter().all(|one| one.holds_for(subject, element)),
            Self::Or(all) => all.iter().any(|one| one.holds_for(subject, element)),
            Self::Not(inner) => !inner.holds_for(subject, element),
            Self::DirectReports(manager) => subject.reports_to(manager),
            Self::MemberOf(groups) => groups.iter().any(|group| subject.is_member_of(group)),
            Self::Compare(property, operator, operand) => match (property.object.as_str(), element) {
                ("device", _) => false,
                ("user", _) => operator.holds(&subject.property(&property.name), operand),
                (_, Some(element)) if property.name.is_empty() => operator.holds(element, operand),
                (_, Some(element)) => operator.holds(&element[&property.name], operand),
                (_, None) => false,
            },
            Self::Elements(property, every, inner) => {
                let value = if property.object == "user" { subject.property(&property.name) } else { Value::Null };
                let elements = value.as_array().map(Vec::as_slice).unwrap_or_default();
                let holds = |element: &Value| inner.holds_for(subject, Some(element));
                if *every { elements.iter().all(holds) } else { elements.iter().any(holds) }
            }
        }
    }
}

impl Operator {
    fn holds(self, value: &Value, operand: &Operand) -> bool {
        let text = |value: &Value| match value {
            Value::String(text) => Some(text.to_lowercase()),
            Value::Bool(flag) => Some(flag.to_string()),
            _ => None,
        };
        let found = match (operand, text(value)) {
            (Operand::List(list), Some(value)) => list.iter().any(|one| one.to_lowercase() == value),
            (Operand::List(_), None) => false,
            // An empty text is no value in the directory.
            (Operand::One(Value::Null), value) => value.is_none_or(|value| value.is_empty()),
            (Operand::One(_), None) => false,
            (Operand::One(wanted), Some(value)) => {
                let wanted = text(wanted).unwrap_or_default();
                match self.comparison {
                    Comparison::Equal | Comparison::In => value == wanted,
                    Comparison::StartsWith => value.starts_with(&wanted),
                    Comparison::Contains => value.contains(&wanted),
                    Comparison::GreaterOrEqual => value >= wanted,
                    Comparison::LessOrEqual => value <= wanted,
                }
            }
        };
        found != self.negated
    }
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

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut out = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        out.push(match c {
            c if c.is_whitespace() => continue,
            '(' => Token::Open,
            ')' => Token::Close,
            '[' => Token::ListOpen,
            ']' => Token::ListClose,
            ',' => Token::Comma,
            quote @ ('"' | '\'') => {
                let mut value = String::new();
                loop {
                    match chars.next() {
                        // The escape of the rule syntax.
                        Some('`') => value.extend(chars.next()),
                        Some(c) if c == quote => break,
                        Some(c) => value.push(c),
                        None => return Err("a text has no end".to_owned()),
                    }
                }
                Token::Text(value)
            }
            c => {
                let mut word = String::from(c);
                while let Some(c) = chars.next_if(|c| !c.is_whitespace() && !"()[],\"'".contains(*c)) {
                    word.push(c);
                }
                Token::Word(word)
            }
        });
    }
    Ok(out)
}

struct Parser<'t> {
    tokens: &'t [Token],
    is_attribute: &'t dyn Fn(&str) -> bool,
}

impl Parser<'_> {
    fn or(&mut self, depth: usize) -> Result<Rule, String> {
        let mut all = vec![self.and(depth)?];
        while self.keyword("or") {
            all.push(self.and(depth)?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Rule::Or(all) })
    }

    fn and(&mut self, depth: usize) -> Result<Rule, String> {
        let mut all = vec![self.unary(depth)?];
        while self.keyword("and") {
            all.push(self.unary(depth)?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Rule::And(all) })
    }

    fn unary(&mut self, depth: usize) -> Result<Rule, String> {
        if depth > MAX_DEPTH {
            return Err("it is nested too deeply".to_owned());
        }
        if self.keyword("not") {
            return Ok(Rule::Not(Box::new(self.unary(depth + 1)?)));
        }
        if self.take(&Token::Open) {
            let inner = self.or(depth + 1)?;
            return if self.take(&Token::Close) { Ok(inner) } else { Err("a parenthesis is not closed".to_owned()) };
        }
        self.comparison(depth)
    }

    fn comparison(&mut self, depth: usize) -> Result<Rule, String> {
        let word = self.word().ok_or("an expression was expected")?;
        if word.eq_ignore_ascii_case("direct") {
            let rest = [self.word(), self.word()].map(|word| word.unwrap_or_default().to_lowercase());
            let Some(Token::Text(id)) = self.next() else { return Err("the object id of a manager was expected".to_owned()) };
            return if rest == ["reports", "for"] {
                Ok(Rule::DirectReports(id))
            } else {
                Err("Direct Reports for \"id\" was expected".to_owned())
            };
        }
        let property = self.property(&word)?;
        let name = self.word().unwrap_or_default();
        let name = name.strip_prefix('-').unwrap_or(&name);
        if let Some(every) =
            [("any", false), ("all", true)].iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, every)| *every)
        {
            if !self.take(&Token::Open) {
                return Err(format!("-{name} needs an expression in parentheses"));
            }
            if property.object == "user" && property.name.eq_ignore_ascii_case("memberOf") {
                return self.member_of();
            }
            let inner = self.or(depth + 1)?;
            return if self.take(&Token::Close) {
                Ok(Rule::Elements(property, every, Box::new(inner)))
            } else {
                Err("a parenthesis is not closed".to_owned())
            };
        }
        let known = OPERATORS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name));
        let (_, comparison, negated) = *known.ok_or_else(|| format!("-{name} is no operator"))?;
        let operand = self.operand()?;
        if matches!(operand, Operand::List(_)) != (comparison == Comparison::In) {
            return Err(format!("-{name} has a value of the wrong kind"));
        }
        let is_match = name.to_ascii_lowercase().ends_with("match");
        if let (true, Operand::One(Value::String(text))) = (is_match, &operand)
            && text.contains(['\\', '[', ']', '(', ')', '*', '+', '?', '^', '$', '|', '{'])
        {
            return Err("the emulator does not evaluate regular expressions".to_owned());
        }
        Ok(Rule::Compare(property, Operator { comparison, negated }, operand))
    }

    /// After `user.memberOf -any (`.
    fn member_of(&mut self) -> Result<Rule, String> {
        let property = self.word().unwrap_or_default();
        let operator = self.word().unwrap_or_default();
        let is_in = operator.trim_start_matches('-').eq_ignore_ascii_case("in");
        match self.operand()? {
            Operand::List(groups) if property.eq_ignore_ascii_case("group.objectId") && is_in && self.take(&Token::Close) => {
                Ok(Rule::MemberOf(groups))
            }
            _ => Err("memberOf is compared by group.objectId -in ['id']".to_owned()),
        }
    }

    fn property(&self, word: &str) -> Result<Property, String> {
        if word == "_" {
            return Ok(Property { object: "_".into(), name: String::new() });
        }
        let (object, name) = word.split_once('.').ok_or_else(|| format!("{word} is no property"))?;
        let lower = object.to_lowercase();
        match lower.as_str() {
            "user" | "device" if (self.is_attribute)(name) => Ok(Property { object: lower, name: name.to_owned() }),
            "user" | "device" => Err(format!("there is no attribute {name}")),
            // Members of elements: assignedPlan.servicePlanId.
            "assignedplan" | "employeeorgdata" => Ok(Property { object: lower, name: name.to_owned() }),
            _ => Err(format!("{word} is no property")),
        }
    }

    fn operand(&mut self) -> Result<Operand, String> {
        match self.next() {
            Some(Token::Text(text)) => Ok(Operand::One(Value::String(text))),
            Some(Token::Word(word)) => match word.to_lowercase().as_str() {
                "true" => Ok(Operand::One(Value::Bool(true))),
                "false" => Ok(Operand::One(Value::Bool(false))),
                "null" | "$null" => Ok(Operand::One(Value::Null)),
                _ => Err(format!("{word} is no value: texts have quotes")),
            },
            Some(Token::ListOpen) => {
                let mut list = Vec::new();
                loop {
                    match (self.next(), self.next()) {
                        (Some(Token::Text(text)), Some(Token::Comma)) => list.push(text),
                        (Some(Token::Text(text)), Some(Token::ListClose)) => {
                            list.push(text);
                            return Ok(Operand::List(list));
                        }
                        _ => return Err("a list has texts with commas between them".to_owned()),
                    }
                }
            }
            _ => Err("a value was expected".to_owned()),
        }
    }

    /// A keyword, with or without the hyphen.
    fn keyword(&mut self, wanted: &str) -> bool {
        let found =
            matches!(self.tokens.first(), Some(Token::Word(word)) if word.strip_prefix('-').unwrap_or(word).eq_ignore_ascii_case(wanted));
        if found {
            self.next();
        }
        found
    }

    fn word(&mut self) -> Option<String> {
        match self.tokens.first() {
            Some(Token::Word(word)) => {
                let word = word.clone();
                self.next();
                Some(word)
            }
            _ => None,
        }
    }

    fn take(&mut self, wanted: &Token) -> bool {
        let found = self.tokens.first() == Some(wanted);
        if found {
            self.next();
        }
        found
    }

    fn next(&mut self) -> Option<Token> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first.clone())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // tests may panic

    use serde_json::json;

    use super::*;

    struct Ada;

    impl Subject for Ada {
        fn property(&self, name: &str) -> Value {
            match name.to_lowercase().as_str() {
                "department" => json!("Sales"),
                "accountenabled" => json!(true),
                "othermails" => json!(["ada@example.com", "ada@contoso.com"]),
                "assignedplans" => json!([{"servicePlanId": "p1", "capabilityStatus": "Enabled"}]),
                _ => Value::Null,
            }
        }

        fn is_member_of(&self, group: &str) -> bool {
            group == "g1"
        }

        fn reports_to(&self, manager: &str) -> bool {
            manager == "m1"
        }
    }

    fn rule(text: &str) -> Result<Rule, String> {
        parse(text, |name| name != "nonsense")
    }

    #[test]
    fn rules_hold_or_do_not() {
        for (text, expected) in [
            (r#"user.department -eq "sales""#, true),
            (r#"user.department -ne "sales""#, false),
            (r#"(user.department -startsWith "Sa") -and (user.accountEnabled -eq true)"#, true),
            (r#"user.department -contains "x" or user.department -in ["Sales","Marketing"]"#, true),
            (r#"user.department -notIn ["Sales"]"#, false),
            (r#"-not (user.department -eq "Sales")"#, false),
            (r#"not user.department -eq "x" and user.city -eq null"#, true),
            (r#"user.city -ne $null"#, false),
            (r#"user.city -notContains "x""#, true),
            (r#"user.otherMails -any (_ -contains "contoso")"#, true),
            (r#"user.otherMails -all (_ -contains "contoso")"#, false),
            (r#"user.assignedPlans -any (assignedPlan.servicePlanId -eq "p1" -and assignedPlan.capabilityStatus -eq "Enabled")"#, true),
            (r#"user.memberof -any (group.objectId -in ['g1', 'g2'])"#, true),
            (r#"Direct Reports for "m1""#, true),
            (r#"Direct Reports for "m2""#, false),
            (r#"device.deviceOSType -eq "Windows""#, false),
            (r#"user.department -match "ale""#, true),
            (r#"user.department -eq "a `"quoted`" text""#, false),
            // And binds stronger than or.
            (r#"user.department -eq "Sales" -or user.department -eq "x" -and user.city -eq "y""#, true),
        ] {
            assert_eq!(rule(text).unwrap().holds(&Ada), expected, "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "nonsense",
            "user.department",
            r#"user.department "Sales""#,
            r#"user.department -like "Sales""#,
            "user.department -eq Sales",
            r#"user.department -eq "Sales"#,
            r#"user.nonsense -eq "x""#,
            r#"(user.department -eq "x""#,
            r#"user.department -eq "x")"#,
            r#"user.department -in "x""#,
            r#"user.department -eq ["x"]"#,
            r#"user.department -eq "x" -and"#,
            r#"group.displayName -eq "x""#,
            r#"user.department -match "^S.*""#,
            "user.otherMails -any _",
        ] {
            assert!(rule(text).is_err(), "{text}");
        }
        assert!(rule(&"(".repeat(5000)).is_err());
    }
}
