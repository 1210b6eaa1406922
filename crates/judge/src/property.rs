//! The properties of requests that an endpoint can be seen to check. A control belongs to one of them.

use std::fmt;

/// A property of requests. A rejection shows that the endpoint checks the property which the rejected request broke, and no
/// other one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Property {
    /// The request is signed with a known key.
    Signature,
    /// The body is a JSON object.
    Body,
    /// Method, path, query and headers lead to the operation.
    Envelope,
    /// The input keeps the constraints of the model.
    Values,
    /// The resources that the input names exist, in a state that allows the call.
    Resources,
}

impl Property {
    /// All properties.
    pub const ALL: [Self; 5] = [Self::Signature, Self::Body, Self::Envelope, Self::Values, Self::Resources];

    const fn bit(self) -> u8 {
        1 << self as u8
    }

    fn describe(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::Body => "body",
            Self::Envelope => "method, path or headers",
            Self::Values => "values",
            Self::Resources => "resources",
        }
    }
}

/// A set of properties.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PropertySet(u8);

impl PropertySet {
    /// The empty set.
    pub const NONE: Self = Self(0);

    /// The set of these properties.
    #[must_use]
    pub const fn of(properties: &[Property]) -> Self {
        let mut bits = 0;
        let mut index = 0;
        while index < properties.len() {
            bits |= properties[index].bit();
            index += 1;
        }
        Self(bits)
    }

    /// Returns the set of the properties with these bits, as of [`PropertySet::bits`].
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// Returns one bit for each property.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether the two sets have a property in common.
    #[must_use]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl From<Property> for PropertySet {
    fn from(property: Property) -> Self {
        Self(property.bit())
    }
}

impl fmt::Display for PropertySet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = Property::ALL.into_iter().filter(|property| self.intersects((*property).into()));
        let names: Vec<&str> = held.map(Property::describe).collect();
        formatter.write_str(&names.join(" or "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_its_properties_and_no_others() {
        let both = PropertySet::of(&[Property::Body, Property::Values]);
        for property in Property::ALL {
            let is_held = matches!(property, Property::Body | Property::Values);
            assert_eq!(both.intersects(property.into()), is_held, "{property:?}");
            assert!(!PropertySet::NONE.intersects(property.into()));
        }
        assert_eq!(both.to_string(), "body or values");
        assert_eq!(PropertySet::from_bits(both.bits()), both);
    }
}
