//! `$filter`: read into a tree, checked against what the service supports, and then asked of objects.

mod check;
mod eval;
mod lexer;
mod parser;

pub use check::check;
pub use eval::{Scope, holds, starts_with_ignoring_case};
pub use parser::parse;

use serde_json::Value;

/// A filter.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// All of them.
    And(Vec<Expr>),
    /// One of them.
    Or(Vec<Expr>),
    /// Not this.
    Not(Box<Expr>),
    /// `path eq value` and the like.
    Compare(Path, Comparison, Value),
    /// `path in (a, b)`
    In(Path, Vec<Value>),
    /// `startswith(path, 'text')` and the like.
    Request(Function, Path, String),
    /// `path/any(x: ...)`; without an expression: is there any?
    Any(Path, Option<(String, Box<Expr>)>),
    /// `isof('microsoft.graph.type')`
    IsOf(String),
    /// A boolean property by itself.
    Flag(Path),
}

/// `a/b/c`
pub type Path = Vec<String>;

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
}

impl Comparison {
    /// The operator's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Lt => "lt",
            Self::Le => "le",
        }
    }
}

/// Functions that answer yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// `startswith`
    StartsWith,
    /// `endswith`
    EndsWith,
    /// `contains`, which the directory does not support anywhere.
    Contains,
}

impl Function {
    /// The function's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::StartsWith => "startswith",
            Self::EndsWith => "endswith",
            Self::Contains => "contains",
        }
    }
}

impl Expr {
    /// The text that the filter demands of a property, if it demands one.
    pub fn required_value(&self, property: &str) -> Option<&str> {
        match self {
            Self::Compare(path, Comparison::Eq, value) if path.len() == 1 && path.first().is_some_and(|name| name == property) => {
                value.as_str()
            }
            Self::And(all) => all.iter().find_map(|one| one.required_value(property)),
            _ => None,
        }
    }
}
