//! Bounds of numeric ranges, compared by value.

use std::cmp::Ordering;

/// A bound of a numeric range. Two numbers compare by value, in any notation.
#[derive(Debug, Clone, Copy)]
pub enum Number {
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Float(f64),
}

impl Number {
    /// Returns the value as a double. Whole numbers beyond 2^53 are rounded.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Integer(value) => value as f64,
            Self::Float(value) => value,
        }
    }

    /// Returns the value as an `i64`, if it is a whole number in that range.
    #[must_use]
    pub fn as_i64(self) -> Option<i64> {
        match self {
            Self::Integer(value) => Some(value),
            Self::Float(value) => whole(value),
        }
    }

    /// Converts a JSON number.
    pub(crate) fn from_json(number: &serde_json::Number) -> Option<Self> {
        match number.as_i64() {
            Some(value) => Some(Self::Integer(value)),
            None => {
                let value = number.as_f64()?;
                Some(whole(value).map_or(Self::Float(value), Self::Integer))
            }
        }
    }
}

/// Converts a double to a whole number, if it has no fraction and fits `i64`.
fn whole(value: f64) -> Option<i64> {
    // 2^63 is a double but not an i64, so the upper comparison is strict.
    let fits = value >= i64::MIN as f64 && value < i64::MAX as f64;
    (fits && value.fract() == 0.0).then_some(value as i64)
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Integer(left), Self::Integer(right)) => Some(left.cmp(right)),
            _ => self.as_f64().partial_cmp(&other.as_f64()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Number::{Float, Integer};

    #[test]
    fn numbers_compare_by_value_in_any_notation() {
        assert!(Integer(5) > Float(1.5));
        assert!(Float(1.5) < Integer(2));
        assert_eq!(Integer(60), Float(60.0));
        assert!(Integer(i64::MAX) > Integer(i64::MAX - 1));
    }

    #[test]
    fn a_double_of_two_to_the_sixty_third_does_not_fit_i64() {
        assert_eq!(Float(9_223_372_036_854_775_808.0).as_i64(), None);
        assert_eq!(Float(-9_223_372_036_854_775_808.0).as_i64(), Some(i64::MIN));
        assert_eq!(Float(0.5).as_i64(), None);
    }
}
