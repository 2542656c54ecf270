//! Reads a filter: the grammar of OData, as far as the directory goes.

use serde_json::{Value, json};

use super::{
    Comparison, Expr, Function, Path,
    lexer::{Token, tokens},
};

/// How deep parentheses may go, so that no filter can exhaust the stack.
const MAX_DEPTH: usize = 50;

/// Reads a filter. The error is a sentence of the service's kind.
pub fn parse(text: &str) -> Result<Expr, String> {
    let tokens = tokens(text).map_err(|at| format!("There is an unterminated or unknown token at position {at} in '{text}'."))?;
    let mut parser = Parser { tokens: &tokens, text, depth: 0 };
    let expr = parser.or()?;
    match parser.tokens.first() {
        None => Ok(expr),
        Some(_) => Err(parser.unexpected()),
    }
}

struct Parser<'t> {
    tokens: &'t [(Token, usize)],
    text: &'t str,
    depth: usize,
}

impl Parser<'_> {
    fn or(&mut self) -> Result<Expr, String> {
        let mut all = vec![self.and()?];
        while self.word("or") {
            all.push(self.and()?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Expr::Or(all) })
    }

    fn and(&mut self) -> Result<Expr, String> {
        let mut all = vec![self.unary()?];
        while self.word("and") {
            all.push(self.unary()?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Expr::And(all) })
    }

    fn unary(&mut self) -> Result<Expr, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("The filter is nested too deeply.".into());
        }
        let expr = if self.word("not") {
            Expr::Not(Box::new(self.unary()?))
        } else if self.take(&Token::Open) {
            let inner = self.or()?;
            self.expect(&Token::Close)?;
            inner
        } else {
            self.predicate()?
        };
        self.depth -= 1;
        Ok(expr)
    }

    fn predicate(&mut self) -> Result<Expr, String> {
        let Some(word) = self.next_word() else { return Err(self.unexpected()) };
        if self.take(&Token::Open) {
            return self.request(&word);
        }
        let path: Path = word.split('/').map(str::to_owned).collect();
        if self.word("in") {
            self.expect(&Token::Open)?;
            let mut values = vec![self.literal()?];
            while self.take(&Token::Comma) {
                values.push(self.literal()?);
            }
            self.expect(&Token::Close)?;
            return Ok(Expr::In(path, values));
        }
        for comparison in [Comparison::Eq, Comparison::Ne, Comparison::Gt, Comparison::Ge, Comparison::Lt, Comparison::Le] {
            if self.word(comparison.name()) {
                return Ok(Expr::Compare(path, comparison, self.literal()?));
            }
        }
        Ok(Expr::Flag(path))
    }

    /// After `name(`.
    fn request(&mut self, name: &str) -> Result<Expr, String> {
        if let Some((path, _)) = name.rsplit_once('/').filter(|(_, last)| last.eq_ignore_ascii_case("any")) {
            let path = path.split('/').map(str::to_owned).collect();
            if self.take(&Token::Close) {
                return Ok(Expr::Any(path, None));
            }
            let variable = self.next_word().ok_or_else(|| self.unexpected())?;
            self.expect(&Token::Colon)?;
            let inner = self.or()?;
            self.expect(&Token::Close)?;
            return Ok(Expr::Any(path, Some((variable, Box::new(inner)))));
        }
        if name.eq_ignore_ascii_case("isof") {
            let Value::String(kind) = self.literal()? else { return Err(self.unexpected()) };
            self.expect(&Token::Close)?;
            return Ok(Expr::IsOf(kind));
        }
        let function = [Function::StartsWith, Function::EndsWith, Function::Contains]
            .into_iter()
            .find(|function| function.name().eq_ignore_ascii_case(name))
            .ok_or_else(|| format!("An unknown function with name '{name}' was found."))?;
        let path = self.next_word().ok_or_else(|| self.unexpected())?;
        self.expect(&Token::Comma)?;
        let Value::String(text) = self.literal()? else { return Err(self.unexpected()) };
        self.expect(&Token::Close)?;
        // `startswith(a,'b') eq true` says the same as without the comparison.
        if self.word("eq") && self.literal()? != json!(true) {
            return Err(self.unexpected());
        }
        Ok(Expr::Request(function, path.split('/').map(str::to_owned).collect(), text))
    }

    fn literal(&mut self) -> Result<Value, String> {
        match self.tokens.split_first() {
            Some(((Token::Text(text), _), rest)) => {
                self.tokens = rest;
                Ok(json!(text))
            }
            Some(((Token::Word(word), _), rest)) => {
                self.tokens = rest;
                Ok(match word.to_ascii_lowercase().as_str() {
                    "true" => json!(true),
                    "false" => json!(false),
                    "null" => Value::Null,
                    // A bare GUID or instant is compared as text, like every property that holds one.
                    _ => word.parse::<i64>().map_or_else(|_| json!(word), |number| json!(number)),
                })
            }
            _ => Err(self.unexpected()),
        }
    }

    fn next_word(&mut self) -> Option<String> {
        match self.tokens.split_first() {
            Some(((Token::Word(word), _), rest)) => {
                self.tokens = rest;
                Some(word.clone())
            }
            _ => None,
        }
    }

    /// Takes an operator, whose letter case does not count.
    fn word(&mut self, wanted: &str) -> bool {
        match self.tokens.split_first() {
            Some(((Token::Word(word), _), rest)) if word.eq_ignore_ascii_case(wanted) => {
                self.tokens = rest;
                true
            }
            _ => false,
        }
    }

    fn take(&mut self, wanted: &Token) -> bool {
        match self.tokens.split_first() {
            Some(((token, _), rest)) if token == wanted => {
                self.tokens = rest;
                true
            }
            _ => false,
        }
    }

    fn expect(&mut self, wanted: &Token) -> Result<(), String> {
        if self.take(wanted) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> String {
        let at = self.tokens.first().map_or(self.text.len(), |(_, at)| *at);
        format!("Syntax error at position {at} in '{}'.", self.text)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)] // tests may panic

    use super::*;

    fn path(text: &str) -> Path {
        text.split('/').map(str::to_owned).collect()
    }

    #[test]
    fn precedence_and_parentheses() {
        let a = || Expr::Compare(path("a"), Comparison::Eq, json!("x"));
        let b = || Expr::Flag(path("b"));
        let c = || Expr::In(path("c"), vec![json!(1), Value::Null]);
        assert_eq!(parse("a eq 'x' and b or c in (1, null)").unwrap(), Expr::Or(vec![Expr::And(vec![a(), b()]), c()]));
        assert_eq!(
            parse("a eq 'x' and (b or not c in (1,null))").unwrap(),
            Expr::And(vec![a(), Expr::Or(vec![b(), Expr::Not(Box::new(c()))])])
        );
    }

    #[test]
    fn quotes_instants_and_lambdas() {
        assert_eq!(
            parse("displayName eq 'it''s, (not) over'").unwrap(),
            Expr::Compare(path("displayName"), Comparison::Eq, json!("it's, (not) over"))
        );
        assert_eq!(
            parse("createdDateTime ge 2026-11-21T10:00:00Z").unwrap(),
            Expr::Compare(path("createdDateTime"), Comparison::Ge, json!("2026-11-21T10:00:00Z"))
        );
        assert_eq!(
            parse("groupTypes/any(c:c eq 'Unified')").unwrap(),
            Expr::Any(path("groupTypes"), Some(("c".into(), Box::new(Expr::Compare(path("c"), Comparison::Eq, json!("Unified"))))))
        );
        assert_eq!(parse("members/any()").unwrap(), Expr::Any(path("members"), None));
        assert_eq!(parse("isof('microsoft.graph.user')").unwrap(), Expr::IsOf("microsoft.graph.user".into()));
        assert_eq!(parse("startsWith(displayName,'a')").unwrap(), Expr::Request(Function::StartsWith, path("displayName"), "a".into()));
    }

    #[test]
    fn operators_and_functions_are_the_same_in_any_case() {
        for (one, two) in [
            ("NOT a EQ 'x' AND b OR c IN (1, NULL)", "not a eq 'x' and b or c in (1, null)"),
            ("STARTSWITH(a,'X') Or a Ne 'or'", "startswith(a,'X') or a ne 'or'"),
            ("groupTypes/ANY(c:c EQ 'Unified')", "groupTypes/any(c:c eq 'Unified')"),
            ("a Ge 1 and b EQ TRUE", "a ge 1 and b eq true"),
        ] {
            assert_eq!(parse(one).unwrap(), parse(two).unwrap(), "{one}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "a eq", "a eq 'x", "a eq 'x' b", "(a", "in (1)", "nope(a,'b')", "a & b", "a in ()"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&"(".repeat(10_000)).is_err());
        assert!(parse(&"not ".repeat(10_000)).is_err());
    }
}
