//! Conditions of role assignments: Azure's attribute-based access control, language version 2.0, as
//! learn.microsoft.com/azure/role-based-access-control/conditions-format describes it.
//!
//! Evaluated are attributes of role assignments (learn.microsoft.com/azure/role-based-access-control/conditions-authorization-actions-attributes)
//! and of custom resources in clusters (learn.microsoft.com/azure/aks/manage-entra-id-authorization). An attribute that is not known here, such as one of
//! a storage account, has no value. Unverified: that a comparison with what has no value is false, also a negated one; and whether a condition is refused
//! whose actions the role does not have. Here it is taken, and has no effect on anything else, as the documentation describes conditions.

mod operators;
mod parse;
mod patterns;

use operators::{Operator, Quantifier};
pub use parse::parse;
pub use patterns::matches;

/// The source of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The resource that the action is about.
    Resource,
    /// The action.
    Request,
    /// The principal that acts.
    Principal,
    /// When, and from where.
    Environment,
}

/// An attribute's name, without its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    source: Source,
    name: String,
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// The values of an attribute.
    Attribute(Attribute),
    /// Values that are written down.
    Values(Vec<String>),
}

/// A condition, or a part of one.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// All of these.
    All(Vec<Condition>),
    /// At least one of these.
    Any(Vec<Condition>),
    /// Not this.
    Not(Box<Condition>),
    /// The action is what one of the patterns says.
    ActionMatches(Vec<String>),
    /// The part of the action is one of these. Nothing that is served here has parts.
    SubOperationMatches(Vec<String>),
    /// The attribute has a value.
    Exists(Attribute),
    /// A comparison.
    Compare(Operand, Quantifier, Operator, Operand),
}

/// An action and its attributes, for which conditions are evaluated.
#[derive(Debug, Clone, Default)]
pub struct RequestedAction<'a> {
    /// The action, of the control plane or of the data plane.
    pub action: &'a str,
    /// Its known attributes: source, name and value.
    pub attributes: Vec<(Source, &'static str, String)>,
}

impl Condition {
    /// Whether it is fulfilled.
    pub fn holds(&self, asked: &RequestedAction<'_>) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(asked)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(asked)),
            Self::Not(part) => !part.holds(asked),
            Self::ActionMatches(patterns) => patterns.iter().any(|pattern| matches(pattern, asked.action)),
            Self::SubOperationMatches(_) => false,
            Self::Exists(attribute) => !asked.values(attribute).is_empty(),
            Self::Compare(left, quantifier, base, right) => {
                let values = |operand: &Operand| match operand {
                    Operand::Attribute(attribute) => asked.values(attribute),
                    Operand::Values(values) => values.clone(),
                };
                let (left, right) = (values(left), values(right));
                !left.is_empty() && !right.is_empty() && quantifier.holds(*base, &left, &right)
            }
        }
    }
}

impl RequestedAction<'_> {
    fn values(&self, wanted: &Attribute) -> Vec<String> {
        let is_it = |(source, name, _): &&(Source, &str, String)| *source == wanted.source && name.eq_ignore_ascii_case(&wanted.name);
        self.attributes.iter().filter(is_it).map(|(_, _, value)| value.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // tests may panic

    use super::*;

    const WRITE: &str = "Microsoft.Authorization/roleAssignments/write";
    const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";

    fn assigning(role: &str, kind: &str) -> RequestedAction<'static> {
        let attributes = vec![
            (Source::Request, "Microsoft.Authorization/roleAssignments:RoleDefinitionId", role.to_owned()),
            (Source::Request, "Microsoft.Authorization/roleAssignments:PrincipalType", kind.to_owned()),
        ];
        RequestedAction { action: WRITE, attributes }
    }

    /// As the portal writes it for somebody who may give two roles to groups.
    #[test]
    fn delegation_is_constrained() {
        let condition = parse(
            "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR \
             (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {7f6c6a51-bcf8-42ba-9220-52d62157d7db, \
             acdd72a7-3385-48ef-bd42-f606fba81ae7} AND @Request[Microsoft.Authorization/roleAssignments:PrincipalType] \
             ForAnyOfAnyValues:StringEqualsIgnoreCase {'Group'}))",
        )
        .unwrap();
        assert!(condition.holds(&assigning(&READER.to_uppercase(), "group")));
        assert!(!condition.holds(&assigning(READER, "User")));
        assert!(!condition.holds(&assigning("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Group")));
        let reading = RequestedAction { action: "Microsoft.Authorization/roleAssignments/read", ..assigning(READER, "User") };
        assert!(condition.holds(&reading), "other actions are let pass");
    }

    #[test]
    fn comparisons_are_as_the_documentation_has_them() {
        for (condition, expected) in [
            ("{'red', 'blue'} ForAnyOfAnyValues:StringEquals {'blue', 'green'}", true),
            ("{'red', 'blue'} ForAnyOfAnyValues:StringEquals {'orange', 'green'}", false),
            ("{'red', 'blue'} ForAllOfAnyValues:StringEquals {'orange', 'red', 'blue'}", true),
            ("{'red', 'blue'} ForAllOfAnyValues:StringEquals {'red', 'green'}", false),
            ("{10, 20} ForAnyOfAllValues:NumericLessThan {15, 18}", true),
            ("{10, 20} ForAllOfAllValues:NumericLessThan {5, 15, 18}", false),
            ("{10, 20} ForAllOfAllValues:NumericLessThan {25, 30}", true),
            ("'abcd' StringLike 'a*c?'", true),
            ("'abcd' StringLike 'A*C?'", false),
            ("'abcd' stringLikeIgnoreCase 'A*C?'", true),
            ("'abcd' StringLike 'a*c'", false),
            ("'a*c' StringLike 'a\\*c'", true),
            ("'abc' StringLike 'a\\*c'", false),
            ("'abcd' StringStartsWith 'ab'", true),
            ("'abcd' StringNotEquals 'abcd'", false),
            ("true BoolEquals true", true),
            ("'2026-11-25T00:00:00Z' DateTimeLessThan '2026-11-25T00:00:00.5Z'", true),
            ("not exists @Principal[Microsoft.Directory/CustomSecurityAttributes/Id:Engineering_Project]", true),
            ("@Resource[Microsoft.Storage/storageAccounts:name] StringNotEquals 'a'", false),
        ] {
            assert_eq!(parse(condition).unwrap().holds(&RequestedAction::default()), expected, "{condition}");
        }
    }
}
