//! Which filters the directory supports, and which of them need advanced queries.

use serde_json::Value;

use super::{Comparison, Expr, Function, Path};
use crate::graph::model::{
    collection::{Collection, Service},
    error::GraphError,
};

/// Most expressions that one `in`, or one chain of `or`, can have. Unverified: widely stated (docs/services/graph.md#queries).
const MAX_ALTERNATIVES: usize = 15;

/// Refuses what the service would refuse. `collection` is `None` for objects of mixed types, whose properties are
/// not known beforehand. `advanced`: the request has `ConsistencyLevel: eventual` and `$count=true`.
pub fn check(filter: &Expr, collection: Option<&Collection>, beta: bool, advanced: bool) -> Result<(), GraphError> {
    Checker { collection, beta, advanced }.expr(filter, false)
}

struct Checker<'a> {
    collection: Option<&'a Collection>,
    beta: bool,
    advanced: bool,
}

impl Checker<'_> {
    fn expr(&self, expr: &Expr, negated: bool) -> Result<(), GraphError> {
        match expr {
            Expr::And(all) => all.iter().try_for_each(|one| self.expr(one, negated)),
            Expr::Or(all) => {
                too_many(all.len())?;
                all.iter().try_for_each(|one| self.expr(one, negated))
            }
            Expr::Not(inner) => {
                self.needs_advanced("Not")?;
                self.expr(inner, true)
            }
            Expr::Compare(path, comparison, value) => {
                if path.last().is_some_and(|last| last == "$count") {
                    // Unverified: the operator's name in the text.
                    self.needs_advanced("Count")?;
                    // Documented (learn.microsoft.com/graph/aad-advanced-queries). Unverified: the text, and that no collection takes more.
                    let is_documented = matches!(comparison, Comparison::Eq | Comparison::Ne) && [0, 1].map(Value::from).contains(value);
                    if !is_documented && self.collection.is_none_or(|row| row.service == Service::Directory) {
                        return Err(GraphError::unsupported_query(
                            "Only 'eq' and 'ne' with 0 or 1 are supported for '$count' in a filter.",
                        ));
                    }
                }
                if *comparison == Comparison::Ne {
                    self.needs_advanced("NotEqualsMatch")?;
                }
                if value.is_null() {
                    self.advanced(path, "null")?;
                }
                self.property(path, comparison.name(), negated)
            }
            Expr::In(path, values) => {
                too_many(values.len())?;
                self.property(path, "in", negated)
            }
            Expr::Request(function, path, _) => {
                if *function == Function::EndsWith {
                    self.needs_advanced("EndsWith")?;
                }
                self.property(path, function.name(), negated)
            }
            // What has one type only says so nowhere, and is of no other.
            Expr::IsOf(_) => Ok(()),
            Expr::Flag(path) => self.property(path, "eq", negated),
            // The elements are those of a property, or other objects.
            Expr::Any(path, inner) => {
                self.known(path)?;
                match inner {
                    Some((variable, inner)) => self.inside_any(path, variable, inner),
                    None => Ok(()),
                }
            }
        }
    }

    /// Checks what is asked of the elements of a property or of related objects. Of those only the id can be compared. Unverified: the text.
    fn inside_any(&self, path: &Path, variable: &str, inner: &Expr) -> Result<(), GraphError> {
        let is_link = matches!((self.collection, path.as_slice()), (Some(collection), [name]) if collection.link(name).is_some());
        match inner {
            Expr::And(all) | Expr::Or(all) => all.iter().try_for_each(|one| self.inside_any(path, variable, one)),
            Expr::Not(inner) => self.inside_any(path, variable, inner),
            Expr::Request(Function::EndsWith, ..) => self.needs_advanced("EndsWith"),
            Expr::Compare(of, ..) | Expr::In(of, _) if is_link && of.as_slice() != [variable, "id"] => Err(self.navigation(path)),
            Expr::Request(..) | Expr::Flag(_) if is_link => Err(self.navigation(path)),
            _ => Ok(()),
        }
    }

    fn navigation(&self, path: &Path) -> GraphError {
        let label = self.collection.map_or("DirectoryObject", |collection| collection.label);
        GraphError::unsupported_query(format!(
            "Unsupported or invalid query filter clause specified for property '{}' of resource '{label}'.",
            path.join("/")
        ))
    }

    fn property(&self, path: &Path, operator: &str, negated: bool) -> Result<(), GraphError> {
        self.known(path)?;
        if let (Some(collection), [first, rest @ ..]) = (self.collection, path.as_slice())
            && collection.link(first).is_some()
            && rest.first().is_none_or(|next| next != "$count")
        {
            return Err(self.navigation(path));
        }
        let (Some(collection), [name]) = (self.collection, path.as_slice()) else { return Ok(()) };
        // Other services than the directory are plain OData (unverified: without exception).
        if collection.service != Service::Directory {
            return Ok(());
        }
        let Some(property) = collection.property(name, self.beta) else { return Ok(()) };
        let has = |wanted: &str| property.filter.split(' ').any(|one| one == wanted);
        if has(operator) && (!negated || has("not")) {
            return self.advanced(path, operator);
        }
        // Unverified: the text.
        Err(GraphError::unsupported_query(format!(
            "Unsupported or invalid query filter clause specified for property '{}' of resource '{}'.",
            property.name, collection.label
        )))
    }

    /// Refuses what needs an advanced query in another one: an operator of a property, or `null` as its value
    /// (learn.microsoft.com/graph/aad-advanced-queries).
    fn advanced(&self, path: &Path, operator: &str) -> Result<(), GraphError> {
        let (Some(collection), [name]) = (self.collection, path.as_slice()) else { return Ok(()) };
        let property = collection.property(name, self.beta).filter(|_| collection.service == Service::Directory);
        if property.is_some_and(|property| property.advanced.split(' ').any(|one| one == operator)) {
            return self.needs_advanced(&format!("{operator}' of the property '{name}"));
        }
        Ok(())
    }

    fn known(&self, path: &Path) -> Result<(), GraphError> {
        let (Some(collection), Some(first)) = (self.collection, path.first()) else { return Ok(()) };
        let known = collection.property(first, self.beta).is_some() || collection.link(first).is_some();
        if known {
            return Ok(());
        }
        // Unverified: the text.
        Err(GraphError::malformed(format!(
            "Invalid filter clause: Could not find a property named '{first}' on type 'microsoft.graph.{}'.",
            collection.kind
        )))
    }

    fn needs_advanced(&self, operator: &str) -> Result<(), GraphError> {
        if self.advanced {
            return Ok(());
        }
        // Unverified: the text.
        Err(GraphError::unsupported_query(format!(
            "Operator '{operator}' is not supported because the required parameters might be missing. Try adding \
             $count=true query parameter and ConsistencyLevel:eventual header. Refer to \
             https://aka.ms/graph-docs/advanced-queries for more information"
        )))
    }
}

fn too_many(count: usize) -> Result<(), GraphError> {
    if count <= MAX_ALTERNATIVES {
        return Ok(());
    }
    Err(GraphError::unsupported_query(format!(
        "Too many child clauses specified in search filter expression containing 'OR' operators: {count}. Max \
         allowed: {MAX_ALTERNATIVES}."
    )))
}
