//! Comparisons of conditions.

use jiff::Timestamp;
use uuid::Uuid;

/// A comparison operator such as `StringEquals`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Operator {
    kind: Kind,
    ignore_case: bool,
    negated: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Equal,
    StartsWith,
    Like,
    Guid,
    Number(Order),
    Time(Order),
    Bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A cross-product comparison operator such as `ForAnyOfAllValues`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantifier {
    all_on_the_left: bool,
    all_on_the_right: bool,
}

impl Quantifier {
    /// The quantifier of single values.
    pub const ANY_OF_ANY: Self = Self { all_on_the_left: false, all_on_the_right: false };

    /// The operator of this name, which is compared without regard to case.
    pub fn from_name(name: &str) -> Option<Self> {
        let (all_on_the_left, all_on_the_right) = match name.to_lowercase().as_str() {
            "foranyofanyvalues" => (false, false),
            "forallofanyvalues" => (true, false),
            "foranyofallvalues" => (false, true),
            "forallofallvalues" => (true, true),
            _ => return None,
        };
        Some(Self { all_on_the_left, all_on_the_right })
    }

    /// Whether the values compare.
    pub fn holds(self, base: Operator, left: &[String], right: &[String]) -> bool {
        let one = |one: &String| {
            let mut compared = right.iter().map(|other| base.holds(one, other));
            if self.all_on_the_right { compared.all(|holds| holds) } else { compared.any(|holds| holds) }
        };
        if self.all_on_the_left { left.iter().all(one) } else { left.iter().any(one) }
    }
}

impl Operator {
    /// The operator of this name, which is compared without regard to case.
    pub fn from_name(name: &str) -> Option<Self> {
        let name = name.to_lowercase();
        let (kind, rest) = if let Some(rest) = name.strip_prefix("string") {
            return Self::text(rest);
        } else if let Some(rest) = name.strip_prefix("guid") {
            (Kind::Guid, rest)
        } else if let Some(rest) = name.strip_prefix("bool") {
            (Kind::Bool, rest)
        } else if let Some(rest) = name.strip_prefix("numeric") {
            return Self::ordered(rest, Kind::Number);
        } else {
            return Self::ordered(name.strip_prefix("datetime")?, Kind::Time);
        };
        let negated = match rest {
            "equals" => false,
            "notequals" => true,
            _ => return None,
        };
        Some(Self { kind, ignore_case: true, negated })
    }

    fn text(rest: &str) -> Option<Self> {
        let (rest, negated) = rest.strip_prefix("not").map_or((rest, false), |rest| (rest, true));
        let (rest, ignore_case) = rest.strip_suffix("ignorecase").map_or((rest, false), |rest| (rest, true));
        let kind = match rest {
            "equals" => Kind::Equal,
            "startswith" => Kind::StartsWith,
            "like" => Kind::Like,
            _ => return None,
        };
        Some(Self { kind, ignore_case, negated })
    }

    fn ordered(rest: &str, kind: fn(Order) -> Kind) -> Option<Self> {
        let (order, negated) = match rest {
            "equals" => (Order::Equal, false),
            "notequals" => (Order::Equal, true),
            "lessthan" => (Order::Less, false),
            "lessthanequals" => (Order::LessOrEqual, false),
            "greaterthan" => (Order::Greater, false),
            "greaterthanequals" => (Order::GreaterOrEqual, false),
            _ => return None,
        };
        Some(Self { kind: kind(order), ignore_case: false, negated })
    }

    fn holds(self, left: &str, right: &str) -> bool {
        let (left, right) =
            if self.ignore_case { (left.to_lowercase(), right.to_lowercase()) } else { (left.to_owned(), right.to_owned()) };
        let holds = match self.kind {
            Kind::Equal | Kind::Bool => left == right,
            Kind::StartsWith => left.starts_with(&right),
            Kind::Like => like(&left, &right),
            Kind::Guid => matches!((Uuid::parse_str(&left), Uuid::parse_str(&right)), (Ok(one), Ok(other)) if one == other),
            Kind::Number(order) => order.holds(left.parse::<i64>().ok(), right.parse::<i64>().ok()),
            Kind::Time(order) => order.holds(left.parse::<Timestamp>().ok(), right.parse::<Timestamp>().ok()),
        };
        holds != self.negated
    }
}

impl Order {
    fn holds<T: Ord>(self, left: Option<T>, right: Option<T>) -> bool {
        let (Some(left), Some(right)) = (left, right) else { return false };
        match self {
            Self::Equal => left == right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

/// Whether a text is what a pattern says: `*` stands for any characters, `?` for one, and a backslash takes its meaning from either.
fn like(text: &str, pattern: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => text.is_empty(),
        Some('*') => {
            let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            ends.into_iter().any(|at| text.get(at..).is_some_and(|text| like(text, rest.as_str())))
        }
        Some(wanted) => {
            let any = wanted == '?';
            let wanted = if wanted == '\\' { rest.next().unwrap_or('\\') } else { wanted };
            let mut text = text.chars();
            text.next().is_some_and(|found| (any || found == wanted) && like(text.as_str(), rest.as_str()))
        }
    }
}
