//! Reading conditions.

use super::{Attribute, Condition, Operand, Operator, Quantifier, Source};

/// Reads a condition; `None`: it is none.
pub fn parse(text: &str) -> Option<Condition> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0 };
    let condition = parser.condition()?;
    parser.peek().is_none().then_some(condition)
}

/// Maximum depth of parentheses.
const MAX_DEPTH: usize = 64;

#[derive(Debug, Clone, PartialEq)]
enum Token {
    /// A word, a number or a GUID.
    Word(String),
    /// A quoted text.
    Text(String),
    /// `@Resource[name]`
    Attribute(Attribute),
    /// `(`, `)`, `{`, `}`, `,`, `!`
    Sign(char),
    And,
    Or,
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut out = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, after) = match first {
            '(' | ')' | '{' | '}' | ',' | '!' => (Token::Sign(first), rest.get(1..)?),
            '&' => (Token::And, rest.strip_prefix("&&")?),
            '|' => (Token::Or, rest.strip_prefix("||")?),
            '\'' => {
                let (text, after) = rest.get(1..)?.split_once('\'')?;
                (Token::Text(text.to_owned()), after)
            }
            '@' => {
                let (source, after) = rest.get(1..)?.split_once('[')?;
                let source = match source.to_lowercase().as_str() {
                    "resource" => Source::Resource,
                    "request" => Source::Request,
                    "principal" => Source::Principal,
                    "environment" => Source::Environment,
                    _ => return None,
                };
                let (name, after) = after.split_once(']').filter(|(name, _)| !name.trim().is_empty())?;
                (Token::Attribute(Attribute { source, name: name.trim().to_owned() }), after)
            }
            _ => {
                let is_part = |c: char| c.is_ascii_alphanumeric() || ['-', ':', '.', '_'].contains(&c);
                let (word, after) = rest.split_at(rest.find(|c| !is_part(c)).unwrap_or(rest.len()));
                let token = match word.to_lowercase().as_str() {
                    "" => return None,
                    "and" => Token::And,
                    "or" => Token::Or,
                    "not" => Token::Sign('!'),
                    _ => Token::Word(word.to_owned()),
                };
                (token, after)
            }
        };
        out.push(token);
        rest = after.trim_start();
    }
    Some(out)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        self.at += 1;
        token
    }

    fn consume(&mut self, wanted: &Token) -> Option<()> {
        (self.peek()? == wanted).then(|| self.at += 1)
    }

    /// Parts that are all joined by AND or all by OR: a mixture needs parentheses.
    fn condition(&mut self) -> Option<Condition> {
        let mut parts = vec![self.part()?];
        let joint = self.peek().filter(|token| [Token::And, Token::Or].contains(token)).cloned();
        if let Some(joint) = &joint {
            while self.consume(joint).is_some() {
                parts.push(self.part()?);
            }
            if matches!(self.peek(), Some(Token::And | Token::Or)) {
                return None;
            }
        }
        match joint {
            None => parts.pop(),
            Some(Token::And) => Some(Condition::All(parts)),
            Some(_) => Some(Condition::Any(parts)),
        }
    }

    fn part(&mut self) -> Option<Condition> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let part = match self.peek()? {
            Token::Sign('!') => {
                self.at += 1;
                Condition::Not(Box::new(self.part()?))
            }
            Token::Sign('(') => {
                self.at += 1;
                let inside = self.condition()?;
                self.consume(&Token::Sign(')'))?;
                inside
            }
            Token::Word(word) if word.eq_ignore_ascii_case("ActionMatches") => {
                self.at += 1;
                Condition::ActionMatches(self.set()?)
            }
            Token::Word(word) if word.eq_ignore_ascii_case("SubOperationMatches") => {
                self.at += 1;
                Condition::SubOperationMatches(self.set()?)
            }
            Token::Word(word) if ["exists", "notexists"].contains(&word.to_lowercase().as_str()) => {
                let negated = word.len() > "exists".len();
                self.at += 1;
                let Token::Attribute(attribute) = self.next()? else { return None };
                let exists = Condition::Exists(attribute);
                if negated { Condition::Not(Box::new(exists)) } else { exists }
            }
            _ => self.comparison()?,
        };
        self.depth -= 1;
        Some(part)
    }

    fn comparison(&mut self) -> Option<Condition> {
        let left = self.operand()?;
        let Token::Word(operator) = self.next()? else { return None };
        let (quantifier, base) = match operator.split_once(':') {
            Some((quantifier, base)) => (Quantifier::from_name(quantifier)?, base),
            None => (Quantifier::ANY_OF_ANY, operator.as_str()),
        };
        Some(Condition::Compare(left, quantifier, Operator::from_name(base)?, self.operand()?))
    }

    fn operand(&mut self) -> Option<Operand> {
        match self.peek()? {
            Token::Sign('{') => self.set().map(Operand::Values),
            _ => match self.next()? {
                Token::Attribute(attribute) => Some(Operand::Attribute(attribute)),
                Token::Text(value) | Token::Word(value) => Some(Operand::Values(vec![value])),
                _ => None,
            },
        }
    }

    /// `{'a', 'b'}`
    fn set(&mut self) -> Option<Vec<String>> {
        self.consume(&Token::Sign('{'))?;
        let mut values = Vec::new();
        loop {
            match self.next()? {
                Token::Text(value) | Token::Word(value) => values.push(value),
                _ => return None,
            }
            if self.consume(&Token::Sign(',')).is_none() {
                self.consume(&Token::Sign('}'))?;
                return Some(values);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_condition_is_refused() {
        for wrong in [
            "",
            "a",
            "ActionMatches",
            "ActionMatches{}",
            "ActionMatches{'a'",
            "(ActionMatches{'a'}",
            "ActionMatches{'a'})",
            "ActionMatches{'a'} AND",
            "ActionMatches{'a'} AND ActionMatches{'b'} OR ActionMatches{'c'}",
            "@Resource[a] Equals 'b'",
            "@Resource[a] StringEquals",
            "@Resource[] StringEquals 'b'",
            "@Planet[a] StringEquals 'b'",
            "@Resource[a] ForSomeOfAnyValues:StringEquals {'b'}",
            "@Resource[a] StringEquals 'b",
            "Exists 'a'",
            "@Resource[a] StringEquals 'b' 'c'",
            &"(".repeat(1000),
            &"!".repeat(1000),
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn other_spellings_mean_the_same() {
        let plain = parse("!(ActionMatches{'a'}) OR (@Request[b:c] StringEquals 'd' AND @Request[b:e] StringEquals 'f')");
        let other = parse("(NOT ActionMatches {'a'})\n || ( @request[ b:c ] stringEquals 'd' && @Request[b:e] STRINGEQUALS 'f' )");
        assert!(plain.is_some());
        assert_eq!(plain, other);
        assert!(parse("@Resource[Microsoft.Storage/storageAccounts/blobServices/containers/blobs/tags:Project<$key_case_sensitive$>] StringEquals 'x'").is_some());
    }
}
