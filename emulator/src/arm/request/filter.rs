//! `$filter` of the authorization resource provider: functions and comparisons, joined by `and`.

use std::collections::VecDeque;

use super::error::ArmError;

/// One condition of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// A function without arguments, in lower case: `atscope`, `astarget`.
    Function(String),
    /// `assignedTo('id')`
    AssignedTo(String),
    /// `property eq 'value'`; the property in lower case.
    Equals(String, String),
}

/// The conditions of a filter, all of which must hold. Parentheses can enclose any part of it.
pub fn parse(text: &str) -> Result<Vec<Term>, ArmError> {
    let mut out = Vec::new();
    let mut parser = tokens(text).map(|tokens| Parser { tokens: tokens.into() });
    let parsed =
        parser.as_mut().and_then(|parser| parser.all(&mut out, 0)).filter(|()| parser.is_some_and(|parser| parser.tokens.is_empty()));
    parsed.map(|()| out).ok_or_else(|| unsupported(text))
}

/// 400 for a filter that is not known. Unverified: code and text.
pub fn unsupported(text: &str) -> ArmError {
    ArmError::bad_request(
        "UnsupportedQuery",
        format!(
            "The filter '{text}' is not supported. Supported filters are either 'atScope()' or 'principalId eq \
             '{{value}}' or assignedTo('{{value}}')'."
        ),
    )
}

/// Deepest nesting of parentheses.
const MAX_DEPTH: usize = 20;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Word(String),
    /// A value in quotes, without them. What it contains is never syntax.
    Quoted(String),
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut out = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        out.push(match c {
            c if c.is_whitespace() => continue,
            '(' => Token::Open,
            ')' => Token::Close,
            '\'' => {
                let mut value = String::new();
                loop {
                    match chars.next()? {
                        '\'' if chars.next_if_eq(&'\'').is_some() => value.push('\''),
                        '\'' => break,
                        c => value.push(c),
                    }
                }
                Token::Quoted(value)
            }
            c => {
                let mut word = String::from(c);
                while let Some(c) = chars.next_if(|c| !c.is_whitespace() && !"()'".contains(*c)) {
                    word.push(c);
                }
                Token::Word(word)
            }
        });
    }
    Some(out)
}

struct Parser {
    tokens: VecDeque<Token>,
}

impl Parser {
    fn all(&mut self, out: &mut Vec<Term>, depth: usize) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        loop {
            if self.take(&Token::Open) {
                self.all(out, depth + 1)?;
                self.take(&Token::Close).then_some(())?;
            } else {
                out.push(self.term()?);
            }
            match self.tokens.front() {
                Some(Token::Word(word)) if word.eq_ignore_ascii_case("and") => self.tokens.pop_front(),
                _ => return Some(()),
            };
        }
    }

    fn term(&mut self) -> Option<Term> {
        let Some(Token::Word(name)) = self.tokens.pop_front() else { return None };
        if self.take(&Token::Open) {
            if self.take(&Token::Close) {
                return Some(Term::Function(name.to_lowercase()));
            }
            let argument = self.value()?;
            return (self.take(&Token::Close) && name.eq_ignore_ascii_case("assignedTo")).then_some(Term::AssignedTo(argument));
        }
        let Some(Token::Word(operator)) = self.tokens.pop_front() else { return None };
        operator.eq_ignore_ascii_case("eq").then_some(())?;
        Some(Term::Equals(name.to_lowercase(), self.value()?))
    }

    /// A value in quotes, or without them as some clients send it.
    fn value(&mut self) -> Option<String> {
        match self.tokens.pop_front()? {
            Token::Quoted(value) | Token::Word(value) => Some(value),
            Token::Open | Token::Close => None,
        }
    }

    fn take(&mut self, wanted: &Token) -> bool {
        let found = self.tokens.front() == Some(wanted);
        if found {
            self.tokens.pop_front();
        }
        found
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)] // tests may panic

    use super::*;

    #[test]
    fn functions_and_comparisons() {
        let function = |name: &str| Term::Function(name.into());
        let equals = |name: &str, value: &str| Term::Equals(name.into(), value.into());
        for (text, terms) in [
            ("atScope()", vec![function("atscope")]),
            ("principalId eq 'a-b'", vec![equals("principalid", "a-b")]),
            ("principalId eq a-b", vec![equals("principalid", "a-b")]),
            ("(atScope() and assignedTo('x'))", vec![function("atscope"), Term::AssignedTo("x".into())]),
            ("(principalId eq 'a') and (atScope())", vec![equals("principalid", "a"), function("atscope")]),
            ("roleName eq 'Operator (a and b) eq, c'", vec![equals("rolename", "Operator (a and b) eq, c")]),
            ("atScope() and assignedTo('x')", vec![function("atscope"), Term::AssignedTo("x".into())]),
            (
                "roleName eq 'Read and write it''s' AND type eq 'CustomRole'",
                vec![equals("rolename", "Read and write it's"), equals("type", "CustomRole")],
            ),
        ] {
            assert_eq!(parse(text).unwrap(), terms, "{text}");
        }
        for text in [
            "",
            "atScope",
            "a ne 'b'",
            "(a eq 'b'",
            "a eq 'b')",
            "()",
            "a eq 'b' and",
            "a eq 'b' or c eq 'd'",
            "assignedTo(x",
            "x('y')",
            "a eq 'b",
            "a eq b c",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
