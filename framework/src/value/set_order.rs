//! The order of set elements.
//!
//! Terraform writes strings by their bytes and numbers ascending, then unknown values, then null (docs/terraform-protocol.md#sets-and-strings). It leaves the
//! order of other elements open; here lists, tuples, maps and objects are compared element by element.

use std::cmp::Ordering;

use super::Value;

/// Sorts the elements and removes duplicates. Elements that are unknown, or unknown in part, are never duplicates: they may
/// still turn out to be different.
pub(super) fn sort_set(elements: &mut Vec<Value>) {
    elements.sort_by(compare);
    elements.dedup_by(|this, kept| same_element(this, kept));
}

/// The elements as references, in order and without duplicates, for a writer that must not rely on its caller's care.
pub(super) fn sorted_set(elements: &[Value]) -> Vec<&Value> {
    let mut elements: Vec<&Value> = elements.iter().collect();
    elements.sort_by(|this, that| compare(this, that));
    elements.dedup_by(|this, kept| same_element(this, kept));
    elements
}

fn same_element(this: &Value, that: &Value) -> bool {
    compare(this, that) == Ordering::Equal && this.is_wholly_known() && that.is_wholly_known()
}

/// A total order that agrees with equality for values of one type that are wholly known.
fn compare(this: &Value, that: &Value) -> Ordering {
    match (this, that) {
        (Value::Bool(this), Value::Bool(that)) => this.cmp(that),
        (Value::Number(this), Value::Number(that)) => this.cmp(that),
        (Value::String(this), Value::String(that)) => this.cmp(that),
        (Value::List(this), Value::List(that)) => {
            let differences = this.iter().zip(that).map(|(this, that)| compare(this, that));
            first_difference(differences).then(this.len().cmp(&that.len()))
        }
        (Value::Map(this), Value::Map(that)) => {
            let differences =
                this.iter().zip(that).map(|((this_key, this), (that_key, that))| this_key.cmp(that_key).then_with(|| compare(this, that)));
            first_difference(differences).then(this.len().cmp(&that.len()))
        }
        (Value::Dynamic(this), Value::Dynamic(that)) => compare(&this.1, &that.1).then_with(|| this.0.cmp(&that.0)),
        _ => rank(this).cmp(&rank(that)),
    }
}

fn first_difference(mut differences: impl Iterator<Item = Ordering>) -> Ordering {
    differences.find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
}

/// Known values before unknown ones before null. Among known values of one type it decides nothing.
fn rank(value: &Value) -> u8 {
    match value {
        Value::Bool(_) => 0,
        Value::Number(_) => 1,
        Value::String(_) => 2,
        Value::List(_) => 3,
        Value::Map(_) => 4,
        Value::Dynamic(_) => 5,
        Value::Encoded(_) => 6,
        Value::Unknown(_) => 6,
        Value::Null => 7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(elements: Vec<Value>) -> Vec<Value> {
        let mut elements = elements;
        sort_set(&mut elements);
        elements
    }

    #[test]
    fn numbers_ascend_then_unknown_then_null() {
        let [minus, one, nine, ten] = [-1i64, 1, 9, 10].map(Value::from);
        let given = vec![
            Value::Null,
            ten.clone(),
            Value::UNKNOWN,
            nine.clone(),
            Value::Null,
            minus.clone(),
            one.clone(),
            ten.clone(),
            Value::UNKNOWN,
        ];
        assert_eq!(sorted(given), [minus, one, nine, ten, Value::UNKNOWN, Value::UNKNOWN, Value::Null]);
    }

    #[test]
    fn objects_that_are_unknown_in_part_stay_apart() {
        let object = |a: Value| Value::object([("a", a), ("b", Value::from("x"))]);
        let given = vec![object(Value::UNKNOWN), object(Value::Null), object(Value::UNKNOWN), object(Value::Null), object(1i64.into())];
        assert_eq!(sorted(given), [object(1i64.into()), object(Value::UNKNOWN), object(Value::UNKNOWN), object(Value::Null)]);
    }

    #[test]
    fn strings_go_by_bytes() {
        let given = ["é", "z", "a", "A", ""].map(Value::from).to_vec();
        assert_eq!(sorted(given), ["", "A", "a", "z", "é"].map(Value::from));
    }
}
