//! Cuts: the bounds on the cases of one operation, and the parts of its input that they leave out.

use std::fmt;
use std::num::NonZeroUsize;

use ivs_model::OperationId;

use crate::SitePath;

/// The number of steps from an input to the deepest places that have cases.
///
/// Inputs of some services are so deep, and use the same structures at so many places, that one operation has 100,000
/// sites. The services of IVS have no place deeper than 7.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Depth(NonZeroUsize);

impl Depth {
    /// Creates a depth of that many steps. Places of depth 1 are the members of an input.
    #[must_use]
    pub const fn new(steps: NonZeroUsize) -> Self {
        Self(steps)
    }

    /// Returns the number of steps.
    #[must_use]
    pub const fn steps(self) -> usize {
        self.0.get()
    }
}

impl Default for Depth {
    fn default() -> Self {
        const DEFAULT: NonZeroUsize = NonZeroUsize::new(12).expect("it is not zero");
        Self(DEFAULT)
    }
}

/// The greatest number of values of one enumeration that have cases at one place.
pub(crate) const MOST_VALUES: usize = 32;

/// One part of an operation's input that a bound leaves out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// The operation.
    pub operation: OperationId,
    /// The last place with cases, or the place of the enumeration.
    pub path: SitePath,
    /// The bound.
    pub bound: Bound,
}

/// A bound on the cases of an operation, with the number of what it leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// The sites below the place are too deep.
    Depth {
        /// The greatest depth.
        depth: Depth,
        /// The number of sites below the place.
        sites: u64,
    },
    /// The enumeration has too many values.
    Values {
        /// The number of values that have cases.
        most: usize,
        /// The number of values without a case.
        values: usize,
    },
}

impl fmt::Display for Bound {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Depth { depth, sites } => {
                let plural = if *sites == 1 { "" } else { "s" };
                write!(formatter, "{sites} site{plural} deeper than {} not tested (see --depth)", depth.steps())
            }
            Self::Values { most, values } => {
                write!(formatter, "{values} values not tested: at one place the first {most} of an enumeration are")
            }
        }
    }
}

impl fmt::Display for Cut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}: {}", self.operation, self.path, self.bound)
    }
}
