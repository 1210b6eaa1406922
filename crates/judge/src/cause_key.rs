//! The way in which a finding departs from the contract: what findings of one cause share.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::Finding;

/// The check that compares name and status of an error. Its actual text has the status only.
const ERROR_STATUS: &str = "error-status";

/// The check that knows the name of an error from the operation. Its expected text has no status.
const ERROR_DECLARED: &str = "error-declared";

/// Stands for a value, a name or a place in the texts that findings of one cause share.
const VALUE: &str = "…";
/// Stand for an expected text, and for one that came, of which no more is shared.
const A_VALUE: &str = "a value";
const ANOTHER_VALUE: &str = "another value";

/// The longest part of the id of a cause. Longer ones are cut, and a checksum tells them apart.
const LONGEST_PART: usize = 32;

/// The way in which a finding departs. Values, names of members and places in texts do not tell departures apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CauseKey {
    /// The error has an expected name, with another status: the error is mapped to the wrong status, whichever check
    /// sees it.
    WrongStatus { expected: u16, actual: u16 },
    /// The error has an expected status, with another name.
    WrongName { status: u16, name: String },
    /// The error has an expected status, and no name.
    Nameless,
    /// A check expected one kind of answer, and another one came.
    Answer { check: String, expected: Kind, actual: String },
    /// A check expected something that no status tells.
    Text { check: String, expected: String, actual: String },
}

/// The kind of an expected answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A success, perhaps with some errors that are right, too.
    Success,
    /// An error.
    Rejected,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Rejected => "rejected",
        }
    }
}

/// An answer as the texts of findings state it: `400 ValidationException`, `status 422`, `500 without an error name`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stated<'t> {
    status: u16,
    name: Option<&'t str>,
}

impl CauseKey {
    /// Returns the key of a finding.
    pub(crate) fn of(finding: &Finding) -> Self {
        let check = finding.check.clone();
        let expected = Self::brief(&finding.expected);
        let wanted = stated(expected);
        let came = whole_answer(&finding.actual);
        match came {
            Some(came) if !wanted.is_empty() => Self::of_answers(check, &wanted, came, expected, &finding.actual),
            Some(Stated { status, name: Some(name) }) if check == ERROR_DECLARED => {
                Self::WrongName { status, name: name.to_owned() }
            }
            _ => {
                let text = |text: &str| without_values(text, &finding.site);
                Self::Text { check, expected: text(expected), actual: text(&finding.actual) }
            }
        }
    }

    fn of_answers(check: String, wanted: &[Stated<'_>], came: Stated<'_>, expected: &str, actual: &str) -> Self {
        let name = came.name.or_else(|| if check == ERROR_STATUS { name_after_for(expected) } else { None });
        let same_name = wanted.iter().filter(|it| it.name.is_some() && it.name == name).map(|it| it.status).min();
        let is_known_status = wanted.iter().any(|it| it.status == came.status && it.status >= 400);
        match (same_name, name) {
            (Some(expected), _) if expected != came.status => Self::WrongStatus { expected, actual: came.status },
            (_, Some(name)) if is_known_status => Self::WrongName { status: came.status, name: name.to_owned() },
            (_, None) if is_known_status => Self::Nameless,
            _ => {
                let is_success = wanted.iter().any(|it| it.status < 400);
                let kind = if is_success { Kind::Success } else { Kind::Rejected };
                let is_taken = kind == Kind::Rejected && (200..300).contains(&came.status);
                let actual = if is_taken { "success" } else { actual };
                Self::Answer { check, expected: kind, actual: actual.to_owned() }
            }
        }
    }

    /// Returns the name of the cause.
    pub(crate) fn id(&self) -> String {
        let joined = |parts: [&str; 3]| {
            let parts: Vec<String> = parts.iter().map(|it| part(it)).filter(|it| !it.is_empty()).collect();
            parts.join("/")
        };
        match self {
            Self::WrongStatus { expected, actual } => {
                joined(["wrong-error-status", &expected.to_string(), &actual.to_string()])
            }
            Self::WrongName { status, name } => joined(["wrong-error-name", &status.to_string(), name]),
            Self::Nameless => "no-error-name".to_owned(),
            Self::Answer { check, expected, actual } => joined([check, expected.name(), actual]),
            Self::Text { check, expected, actual } => joined([check, expected, actual]),
        }
    }

    /// Whether the error has an expected name with another status.
    pub(crate) fn is_wrong_status(&self) -> bool {
        matches!(self, Self::WrongStatus { .. })
    }

    /// Whether the error has no name.
    pub(crate) fn is_nameless(&self) -> bool {
        matches!(self, Self::Nameless)
    }

    /// Whether a text of a cause leaves out what its findings do not share.
    pub(crate) fn leaves_out(text: &str) -> bool {
        text.contains(VALUE) || text == A_VALUE || text == ANOTHER_VALUE
    }

    /// Returns what was expected, without values.
    pub(crate) fn expected(&self) -> &str {
        match self {
            Self::Text { expected, .. } if expected == VALUE => A_VALUE,
            Self::Text { expected, .. } => expected,
            Self::Answer { expected, .. } => expected.name(),
            Self::WrongStatus { .. } | Self::WrongName { .. } | Self::Nameless => {
                "an error that the operation declares"
            }
        }
    }

    /// Returns what came, without values.
    pub(crate) fn actual(&self) -> &str {
        match self {
            Self::Text { actual, .. } if actual == VALUE => ANOTHER_VALUE,
            Self::Text { actual, .. } | Self::Answer { actual, .. } => actual,
            Self::WrongName { name, .. } => name,
            Self::WrongStatus { .. } => "another status",
            Self::Nameless => "an error without a name",
        }
    }

    /// Returns an expected text without its reason.
    pub(crate) fn brief(expected: &str) -> &str {
        let end = expected.find(": /").or_else(|| expected.find(": the input must "));
        let expected = &expected[..end.unwrap_or(expected.len())];
        let is_answer = !stated(expected).is_empty();
        expected.find(" (").filter(|_| is_answer).map_or(expected, |end| &expected[..end])
    }

    /// Returns the errors that a text names, each with its status.
    pub(crate) fn errors(text: &str) -> BTreeSet<String> {
        let named = stated(text).into_iter().filter_map(|it| Some(format!("{} {}", it.status, it.name?)));
        named.collect()
    }

    /// Returns the statuses that a text names.
    pub(crate) fn statuses(text: &str) -> BTreeSet<u16> {
        let mut statuses: BTreeSet<u16> = stated(text).into_iter().map(|it| it.status).collect();
        statuses.extend(whole_answer(text).map(|it| it.status));
        statuses
    }
}

/// Returns the answers that an expected text states.
fn stated(text: &str) -> Vec<Stated<'_>> {
    static NAMED: LazyLock<Regex> = LazyLock::new(|| regex(r"\b([1-5]\d\d) ([A-Z]\w+)"));
    static FIRST: LazyLock<Regex> =
        LazyLock::new(|| regex(r"^(?:status )?([1-5]\d\d)(?: or ([1-5]\d\d))?(?:$| or | for |, as )"));
    let mut stated: Vec<Stated<'_>> = NAMED
        .captures_iter(text)
        .filter_map(|found| {
            Some(Stated { status: found.get(1)?.as_str().parse().ok()?, name: Some(found.get(2)?.as_str()) })
        })
        .collect();
    if let Some(found) = FIRST.captures(text) {
        let statuses = found.iter().skip(1).flatten().filter_map(|it| it.as_str().parse().ok());
        stated.extend(statuses.map(|status| Stated { status, name: name_after_for(text) }));
    } else if text == "success" || text.starts_with("success or ") || text.starts_with("success, or ") {
        stated.push(Stated { status: 200, name: None });
    }
    stated
}

/// Returns the error of `status 400 for ValidationException`.
fn name_after_for(text: &str) -> Option<&str> {
    let (_, name) = text.rsplit_once(" for ")?;
    name.chars().all(char::is_alphanumeric).then_some(name).filter(|name| name.starts_with(char::is_uppercase))
}

/// Returns the answer that a text states and nothing else.
fn whole_answer(text: &str) -> Option<Stated<'_>> {
    static WHOLE: LazyLock<Regex> =
        LazyLock::new(|| regex(r"^(?:status )?([1-5]\d\d)(?: ([A-Z]\w+)| without an error name|, too many calls)?$"));
    let found = WHOLE.captures(text)?;
    Some(Stated { status: found.get(1)?.as_str().parse().ok()?, name: found.get(2).map(|name| name.as_str()) })
}

/// Returns a text with `…` for every value, name and place, and for the members that a site names.
fn without_values(text: &str, site: &str) -> String {
    static VALUES: LazyLock<Regex> = LazyLock::new(|| {
        // JSON strings, code, references, JSON structures, names of shapes and members, numbers.
        regex(r#""(?:[^"\\]|\\.)*(?:"|$)|`[^`]*`|<[a-z][^<>]*>|\{.*\}|\[.*\]|\b(?:[A-Z][a-z]\w*|[a-z]+[A-Z]\w*)\b|\d+"#)
    });
    static PLACES: LazyLock<Regex> = LazyLock::new(|| regex(r"(^|\s)/[\w*/.-]+"));
    static LISTS: LazyLock<Regex> = LazyLock::new(|| regex(r"…(?:(?:, and|,| and| or)? ?…)+"));
    // A long structure is cut, and so no JSON any more.
    let is_structure = text.starts_with(['{', '[']);
    if is_structure || serde_json::from_str::<Value>(text).is_ok_and(|value| !value.is_null()) {
        return VALUE.to_owned();
    }
    let text = PLACES.replace_all(text, format!("${{1}}{VALUE}"));
    let text = VALUES.replace_all(&text, VALUE);
    let members: BTreeSet<&str> = members(site).collect();
    let words = text.split(' ').map(|word| if members.contains(word) { VALUE } else { word });
    let text = words.collect::<Vec<_>>().join(" ");
    LISTS.replace_all(&text, VALUE).into_owned()
}

/// Returns the members that a site names, if it is a place.
fn members(site: &str) -> impl Iterator<Item = &str> {
    let place = site.split('#').next().filter(|place| place.starts_with('/')).unwrap_or_default();
    place.split('/').filter(|member| !member.is_empty())
}

/// Returns a text as part of an id.
fn part(text: &str) -> String {
    let mut part = String::new();
    for character in text.chars() {
        if character.is_ascii_alphanumeric() {
            part.push(character.to_ascii_lowercase());
        } else if !part.is_empty() && !part.ends_with('-') {
            part.push('-');
        }
    }
    let part = part.trim_end_matches('-');
    if part.len() <= LONGEST_PART {
        return part.to_owned();
    }
    format!("{}-{:08x}", part[..LONGEST_PART - 9].trim_end_matches('-'), checksum(part))
}

/// The FNV-1a checksum of a text.
fn checksum(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |sum, byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

fn regex(pattern: &'static str) -> Regex {
    Regex::new(pattern).expect("the pattern is a constant, and a test compiles it")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of a finding with these texts.
    fn key(check: &str, site: &str, expected: &str, actual: &str) -> CauseKey {
        let mut finding = crate::finding::tests::finding(check, site);
        finding.expected = expected.to_owned();
        finding.actual = actual.to_owned();
        CauseKey::of(&finding)
    }

    fn id(check: &str, site: &str, expected: &str, actual: &str) -> String {
        key(check, site, expected, actual).id()
    }

    /// A proxy that turns each 400 into 422 is one cause, whichever check sees it.
    #[test]
    fn a_known_error_with_a_wrong_status_is_one_departure_for_all_checks() {
        for (check, expected, actual) in [
            ("error-status", "status 400 for ValidationException", "status 422"),
            (
                "rejects-invalid",
                "400 ValidationException: /name must have at most 128 characters",
                "422 ValidationException",
            ),
            ("rejects-malformed", "400 SerializationException or 400 ValidationException", "422 ValidationException"),
            ("verifies-signature", "400 IncompleteSignature or 403 IncompleteSignature", "422 IncompleteSignature"),
            ("stale-token", "a page, or 400 ValidationException", "422 ValidationException"),
        ] {
            assert_eq!(id(check, "", expected, actual), "wrong-error-status/400/422", "{check}");
        }
        let other = id("error-status", "", "status 404 for ResourceNotFoundException", "status 422");
        assert_eq!(other, "wrong-error-status/404/422");
    }

    #[test]
    fn a_known_status_with_another_name_is_one_departure_for_all_checks() {
        for (check, expected, actual) in [
            ("error-declared", "one of AccessDeniedException, ValidationException", "400 InvalidToken"),
            (
                "rejects-invalid",
                "400 ValidationException: /nextToken must have at most 1024 characters",
                "400 InvalidToken",
            ),
            ("bad-token", "400 ValidationException", "400 InvalidToken"),
        ] {
            assert_eq!(id(check, "", expected, actual), "wrong-error-name/400/invalidtoken", "{check}");
        }
        let nameless = id("rejects-invalid", "", "400 ValidationException", "400 without an error name");
        assert_eq!(nameless, "no-error-name");
    }

    #[test]
    fn what_a_check_takes_by_mistake_is_one_departure_at_all_sites() {
        let accepted = "rejects-invalid/rejected/success";
        for (expected, actual) in [
            ("400 ValidationException: /name must have at most 128 characters", "200"),
            ("400 ValidationException or 400 SerializationException: /tags must be a map", "204"),
            ("404 ResourceNotFoundException", "202"),
        ] {
            assert_eq!(id("rejects-invalid", "/name#max-length", expected, actual), accepted);
        }
        let expected = "400 ValidationException: /name must have at most 128 characters";
        for (actual, other) in [
            ("404 ResourceNotFoundException", "rejects-invalid/rejected/404-resourcenotfoundexception"),
            ("500 without an error name", "rejects-invalid/rejected/500-without-an-error-name"),
        ] {
            assert_eq!(id("rejects-invalid", "", expected, actual), other);
        }
        assert_eq!(id("accepts-valid", "", "200", "400 InvalidToken"), "accepts-valid/success/400-invalidtoken");
    }

    #[test]
    fn values_and_names_tell_no_departures_apart() {
        for (site, expected, actual, same) in [
            ("/preset", "\"A\"", "\"\"", ["{\"a\":1}", "true"]),
            ("/preset", "12", "[1,2]", ["{\"a\":[{\"b\":… (400 characters)", "{\"a\":1} as before"]),
            ("/a/*/url", "no member `url` in Summary", "a member `url`", ["no member `x` in Other", "a member `x`"]),
            ("/arn", "Channel with arn", "absent or empty", ["StreamKey with arn", "absent or empty"]),
            ("/f", "an empty list", "5 items that do not match", ["an empty list", "12 items that do not match"]),
            ("/f", "a text in `message`", "AnError: only in `a`", ["a text in `m`", "OtherError: only in `b`"]),
            ("/f", "one of OneError, TwoError", "<arn:1>", ["one of FourError", "<channel-arn:7>"]),
        ] {
            let other = key("a", site, same[0], same[1]);
            assert_eq!(key("a", site, expected, actual), other, "{expected}, {actual}");
        }
        let null = key("a", "/x", "absent", "null");
        assert_ne!(null, key("a", "/x", "absent", "\"null\""));
        assert_ne!(null, key("b", "/x", "absent", "null"));
        assert_eq!(null.id(), "a/absent/null");
    }

    #[test]
    fn ids_are_short() {
        let long = id("a-check", "", &"word ".repeat(100), "x");
        assert!(long.len() < 60 && long.starts_with("a-check/word-word-word-"), "{long}");
        assert_ne!(long, id("a-check", "", &"word ".repeat(101), "x"));
    }

    #[test]
    fn a_reason_is_no_part_of_what_is_expected() {
        for (text, brief) in [
            ("400 ValidationException: /arns must have at most 50 items", "400 ValidationException"),
            ("400 ValidationException: the input must be an object", "400 ValidationException"),
            ("400 ValidationException (a rule of the documentation is broken)", "400 ValidationException"),
            ("an item (of a batch)", "an item (of a batch)"),
        ] {
            assert_eq!(CauseKey::brief(text), brief);
        }
    }
}
