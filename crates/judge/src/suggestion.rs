//! The known name that a wrong one was probably meant to be.

/// Returns the candidate that is most like a name, if one is like it at all. Case does not count.
///
/// ```
/// let suites = ["validation", "errors", "pagination"];
/// assert_eq!(ivs_judge::closest("Validaton", suites), Some("validation"));
/// assert_eq!(ivs_judge::closest("xyz", suites), None);
/// ```
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    let score = |candidate: &str| {
        let candidate = candidate.to_lowercase();
        // A part of a longer name: `Channel` for `CreateChannel`.
        let contained = if name.len() >= 4 && candidate.contains(&name) { 0.86 } else { 0.0 };
        strsim::jaro_winkler(&name, &candidate).max(contained)
    };
    candidates
        .into_iter()
        .map(|candidate| (score(candidate), candidate))
        .filter(|(score, _)| *score > 0.85)
        .max_by(|(one, a), (other, b)| one.total_cmp(other).then_with(|| b.cmp(a)))
        .map(|(_, candidate)| candidate)
}
