//! Server-made values as references: `<channel-arn:1>` for the first channel ARN of a finding, so that two runs on the
//! same seed read the same.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::Value;

use crate::run_values::RunValues;

/// What looks made by a server. ARNs also in percent-encoded form; the last alternative is an opaque id or token.
static MADE: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = [
        r"(?P<pem>-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\\\s]*-----END PUBLIC KEY-----)".to_owned(),
        r"(?P<fingerprint>\b[0-9a-f]{2}(?::[0-9a-f]{2}){15}\b)".to_owned(),
        arn_pattern(),
        r"(?P<signature>\b[0-9a-f]{64}\b)".to_owned(),
        r"(?P<uuid>\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b)".to_owned(),
        r"(?P<time>\b[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]+)?(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})?|\b[0-9]{8}T[0-9]{6}Z|\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT|\b1[0-9]{9}(?:[0-9]{3}|\.[0-9]+)?\b)"
            .to_owned(),
        r"(?P<id>[A-Za-z0-9_+=-]{12,})".to_owned(),
    ]
    .join("|");
    Regex::new(&pattern).expect("the pattern is a constant, and a test compiles it")
});

/// ARNs alone.
static ARN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(&arn_pattern()).expect("the pattern is a constant, and a test compiles it"));

fn arn_pattern() -> String {
    const COLON: &str = "(?::|%3[Aa]|%253[Aa])";
    const SLASH: &str = r"(?:/|%2[Ff]|%252[Ff]|\\/)";
    format!(
        "(?P<arn>arn{COLON}aws{COLON}ivs(?:chat)?{COLON}[a-z0-9-]*{COLON}[0-9]*{COLON}(?P<kind>[a-z-]+){SLASH}[A-Za-z0-9-]+)"
    )
}

/// The ARNs in a text, decoded, with the kind of resource that each names.
pub(crate) fn arns(text: &str) -> impl Iterator<Item = (String, String)> {
    ARN.captures_iter(text).filter_map(|found| Some((decoded(found.name("arn")?.as_str()), found["kind"].to_owned())))
}

/// Breaks up the ARNs whose id the harness has made up: they name nothing, are the same in every run, and need no reference.
pub(crate) fn break_made_up(text: &str, with: char) -> String {
    const PIECE: usize = 6;
    let with = with.to_string();
    let is_made_up = |arn: &str| {
        let id = arn.rsplit('/').next().unwrap_or_default();
        let digits = id.trim_start_matches(|character: char| character.is_ascii_alphabetic());
        digits.len() > 4
            && digits.len() < id.len()
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && digits.starts_with("00")
    };
    // In short pieces, since a part of it would pass for an id.
    let broken = |arn: &str| arn.as_bytes().chunks(PIECE).map(String::from_utf8_lossy).collect::<Vec<_>>().join(&with);
    ARN.replace_all(text, |found: &Captures<'_>| {
        let arn = &found[0];
        if is_made_up(&decoded(arn)) { broken(arn) } else { arn.to_owned() }
    })
    .into_owned()
}

/// The references of one finding, numbered by first appearance.
#[derive(Debug, Clone, Default)]
pub(crate) struct References {
    literals: String,
    run_values: RunValues,
    named: BTreeMap<String, String>,
    counts: BTreeMap<String, u32>,
}

impl References {
    /// References for a request made from this input. What stands in it literally is the same in every run and
    /// stays as it is.
    pub(crate) fn new(input: Option<&Value>) -> Self {
        let mut literals = String::new();
        if let Some(input) = input {
            gather(input, &mut literals);
        }
        Self { literals, ..Self::default() }
    }

    /// Leaves the values of this text as they are, wherever they stand: the wrong value of a finding is no reference.
    pub(crate) fn keep(&mut self, text: &str) {
        self.literals.push_str(text);
        self.literals.push('\n');
    }

    /// The same, knowing the values that are new in this run.
    pub(crate) fn with_run_values(self, run_values: RunValues) -> Self {
        Self { run_values, ..self }
    }

    /// The text with every value replaced that the server or this run made.
    pub(crate) fn replace(&mut self, text: &str) -> String {
        let text = &self.run_values.replace(text);
        MADE.replace_all(text, |found: &Captures<'_>| {
            let whole = &found[0];
            let value = decoded(whole);
            if self.literals.contains(&value) {
                return whole.to_owned();
            }
            let kind = if found.name("arn").is_some() {
                format!("{}-arn", &found["kind"])
            } else if found.name("pem").is_some() {
                "public-key".to_owned()
            } else if found.name("fingerprint").is_some() {
                "fingerprint".to_owned()
            } else if found.name("signature").is_some() {
                "signature".to_owned()
            } else if found.name("uuid").is_some() {
                "uuid".to_owned()
            } else if found.name("time").is_some() {
                "time".to_owned()
            } else if is_opaque(whole) {
                "id".to_owned()
            } else {
                return whole.to_owned();
            };
            self.name(value, kind)
        })
        .into_owned()
    }

    fn name(&mut self, value: String, kind: String) -> String {
        let counts = &mut self.counts;
        self.named
            .entry(value)
            .or_insert_with(|| {
                let number = counts.entry(kind.clone()).or_insert(0);
                *number += 1;
                format!("<{kind}:{number}>")
            })
            .clone()
    }
}

/// An id mixes letters and digits; words, header names and option names do not, or are joined by dashes, and
/// values of enumerations (`FRAGMENTED_MP4`) are in capitals joined by underscores.
fn is_opaque(text: &str) -> bool {
    if text.contains('_') && text.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_')) {
        return false;
    }
    let longest = text.split(['-', '_', '=']).map(str::len).max().unwrap_or_default();
    longest >= 8
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// ARN separators and line ends only: all that the pattern lets through encoded.
fn decoded(text: &str) -> String {
    text.replace("%25", "%")
        .replace("%3A", ":")
        .replace("%3a", ":")
        .replace("%2F", "/")
        .replace("%2f", "/")
        .replace("\\/", "/")
        .replace("\\n", "\n")
}

fn gather(value: &Value, into: &mut String) {
    match value {
        Value::String(text) => {
            into.push_str(text);
            into.push('\n');
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, into)),
        Value::Object(object) => {
            for (key, value) in object {
                into.push_str(key);
                into.push('\n');
                gather(value, into);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_harness_has_made_up_stays_readable() {
        let keep = |text: &str| {
            let broken = break_made_up(text, '\u{e005}');
            References::new(None).replace(&broken).replace('\u{e005}', "")
        };
        for arn in [
            "arn:aws:ivs:us-west-2:123456789012:channel/Nobody000001",
            "arn%3Aaws%3Aivs%3Aus-west-2%3A123456789012%3Astage%2FAbsent000012",
        ] {
            assert_eq!(keep(arn), arn);
        }
        assert_eq!(keep("arn:aws:ivs:us-west-2:123456789012:channel/lUbFC5bfjF5x"), "<channel-arn:1>");
    }
    use serde_json::json;

    const ARN: &str = "arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh";

    #[test]
    fn the_same_value_keeps_its_reference_in_any_encoding() {
        let mut references = References::new(None);
        let encoded = ARN.replace(':', "%3A").replace('/', "%2F");
        assert_eq!(references.replace(&format!("{ARN} {encoded}")), "<channel-arn:1> <channel-arn:1>");
        assert_eq!(references.replace(&ARN.replace("abcd", "wxyz")), "<channel-arn:2>");
    }

    #[test]
    fn ids_times_and_tokens_are_server_made() {
        let mut references = References::new(None);
        for (text, expected) in [
            ("fbc789c1-2c56-4ce6-a30a-d99275dc4481", "<uuid:1>"),
            ("st-1A2b3C4d5E6f7G8h9I0jK1L2", "<id:1>"),
            ("2026-11-22T05:18:03Z", "<time:1>"),
            ("20261122T051803Z", "<time:2>"),
            ("1763788683", "<time:3>"),
            ("1763788683.123", "<time:4>"),
            ("eyJhbGciOiJIUzI1NiJ9", "<id:2>"),
        ] {
            assert_eq!(references.replace(text), expected, "{text}");
        }
    }

    #[test]
    fn public_keys_and_fingerprints_are_of_one_run() {
        let mut references = References::new(None);
        let pem = ivs_model::bundled::keys().p384[0].trim();
        let body = json!({ "publicKeyMaterial": pem }).to_string();
        assert_eq!(references.replace(&body), r#"{"publicKeyMaterial":"<public-key:1>"}"#);
        assert_eq!(references.replace(&format!("{} is", ["0f"; 16].join(":"))), "<fingerprint:1> is");
        let (_, wrong) = ivs_model::bundled::keys().wrong[1];
        let input = json!({ "publicKeyMaterial": wrong });
        assert_eq!(References::new(Some(&input)).replace(&input.to_string()), input.to_string());
    }

    #[test]
    fn words_and_literals_stay() {
        let name = "a1".repeat(64);
        let input = json!({"name": name, "arn": ARN});
        let mut references = References::new(Some(&input));
        for text in
            ["application/json", "CreateChannel", "x-amz-content-sha256", "ServiceQuotaExceededException", ARN, &name]
        {
            assert_eq!(references.replace(text), text);
        }
    }

    #[test]
    fn the_pattern_compiles_and_leaves_no_arn_of_the_services() {
        let mut references = References::new(None);
        let text = "arn:aws:ivschat:eu-west-1:1:room/a and arn:aws:ivs:r:2:stage/b-c";
        assert_eq!(references.replace(text), "<room-arn:1> and <stage-arn:1>");
    }
}
