//! The explanation of a universal check, in the file of the check.

/// Explains a universal check to a person. `ivs-contract explain` and `docs/checks.md` show it as a
/// [`CheckText`](crate::CheckText).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explanation {
    /// The demand, in a sentence or two.
    pub demand: &'static str,
    /// The lines of an exchange that meets the demand: `>` precedes those of the request, `<` those of the response.
    pub right: &'static [&'static str],
    /// The lines of an exchange that does not.
    pub wrong: &'static [&'static str],
    /// The usual causes of a finding in an endpoint.
    pub causes: &'static [&'static str],
}
