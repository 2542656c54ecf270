//! Refinements of unknown values (docs/terraform-protocol.md#unknown-values).

use super::Number;

/// Refinements of an unknown value. Terraform sends these; ignoring them is allowed, losing them is not needed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Refinement {
    /// The value will not be null.
    pub not_null: bool,
    /// The rest, boxed because it is rare.
    pub bounds: Option<Box<Bounds>>,
}

/// Bounds of an unknown string, number or collection.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bounds {
    /// What a string will begin with.
    pub string_prefix: Option<String>,
    /// Lower bound of a number, and whether the bound itself is allowed.
    pub number_min: Option<(Number, bool)>,
    /// Upper bound of a number, and whether the bound itself is allowed.
    pub number_max: Option<(Number, bool)>,
    /// The least number of elements.
    pub length_min: Option<i64>,
    /// The greatest number of elements.
    pub length_max: Option<i64>,
}

impl Refinement {
    /// Nothing is known.
    pub const NONE: Refinement = Refinement { not_null: false, bounds: None };
}
