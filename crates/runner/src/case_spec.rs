//! One row of a suite's table of cases.

use std::borrow::Cow;

/// A case of a suite: its name, the check that it puts to the test, and how it runs. The name and the run stand in one place,
/// so that they cannot part.
#[derive(Debug, Clone)]
pub struct CaseSpec<R> {
    /// The last part of the case id.
    pub name: Cow<'static, str>,
    /// The name of the check.
    pub check: &'static str,
    /// How the case runs: a function, or what a function of the suite runs it by.
    pub run: R,
}

impl<R> CaseSpec<R> {
    /// A case whose name is known when the program is compiled.
    pub const fn new(name: &'static str, check: &'static str, run: R) -> Self {
        Self { name: Cow::Borrowed(name), check, run }
    }

    /// A case whose name is computed.
    pub fn computed(name: impl Into<Cow<'static, str>>, check: &'static str, run: R) -> Self {
        Self { name: name.into(), check, run }
    }
}
