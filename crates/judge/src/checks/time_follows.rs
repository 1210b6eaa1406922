//! Times follow from the time of the call and from the input.

use ivs_model::knowledge::TimeRule;
use ivs_model::{Authority, TimestampFormat};
use serde_json::Value;

use crate::caller::time_of;
use crate::check::{ResponseKind, Undecided, UniversalCheck};
use crate::explanation::Explanation;
use crate::response_view::ResponseView;
use crate::{CheckInfo, Grouping, Mismatch};

/// A resource is created when it is created, and a token expires after the duration that was asked for, or the default.
///
/// Right: `expirationTime` half an hour ahead for `"duration": 30`. Wrong: 12 hours ahead, or a time of 1970.
pub(crate) struct TimeFollows;

static RULE: CheckInfo = CheckInfo {
    check: "time-follows",
    authority: Authority::Documented,
    source: "the documentation of the member (facts: R01, H02)",
    grouping: Grouping::Never,
};

static EXPLANATION: Explanation = Explanation {
    demand: "Times in an output follow from the time of the call and from the input.",
    right: &[
        "> POST /CreateChatToken at 12:00",
        r#"> {"sessionDurationInMinutes":30,…}"#,
        r#"< {"token":"…","sessionExpirationTime":"2026-03-01T12:30:00Z",…}"#,
    ],
    wrong: &[
        "> POST /CreateChatToken at 12:00",
        r#"> {"sessionDurationInMinutes":30,…}"#,
        r#"< {"token":"…","sessionExpirationTime":"2026-03-02T12:00:00Z",…}"#,
    ],
    causes: &["A constant time in a canned response.", "A duration read in seconds instead of minutes, or ignored."],
};

impl UniversalCheck for TimeFollows {
    fn rule(&self) -> &'static CheckInfo {
        &RULE
    }

    fn explanation(&self) -> &'static Explanation {
        &EXPLANATION
    }

    fn looks_at(&self) -> ResponseKind {
        ResponseKind::Success
    }

    fn judge(&self, view: &ResponseView<'_>) -> Result<Vec<Mismatch>, Undecided> {
        let (true, true, Some((_, reading))) = (view.is_success(), view.context.well_formed, view.reading()) else {
            return Ok(Vec::new());
        };
        let Some((called, inexact)) = time_of(view.request, view.response) else { return Ok(Vec::new()) };
        let input: Value = serde_json::from_slice(&view.request.body).unwrap_or_default();
        let mut mismatches = Vec::new();
        for rule in view.knowledge.time_rules.iter().filter(|rule| rule.covers(view.operation.id)) {
            let departs = places(&rule.member, &reading.value).into_iter().find_map(|(pointer, index, value)| {
                // What is no timestamp is told by the check for that.
                let stated = TimestampFormat::DateTime.epoch_millis(value.as_str()?)?;
                let (minutes, origin) = minutes(rule, &input, index);
                let late = stated - (called + minutes * 60_000);
                let is_right = late.abs() <= rule.within_seconds * 1000 + inexact;
                (!is_right).then(|| departure(rule, pointer, minutes, origin, late))
            });
            mismatches.extend(departs);
        }
        Ok(mismatches)
    }

    #[cfg(test)]
    fn found_in(&self) -> crate::test_exchange::FoundIn {
        tests::found_in()
    }
}

/// Returns the values at a pointer with at most one `*`, each with its own pointer and the index that stands there.
fn places<'v>(member: &str, output: &'v Value) -> Vec<(String, Option<usize>, &'v Value)> {
    let Some((list, rest)) = member.split_once("/*") else {
        return output.pointer(member).map(|value| (member.to_owned(), None, value)).into_iter().collect();
    };
    let items = output.pointer(list).and_then(Value::as_array).map_or(0, Vec::len);
    (0..items)
        .filter_map(|index| {
            let pointer = format!("{list}/{index}{rest}");
            let value = output.pointer(&pointer)?;
            Some((pointer, Some(index), value))
        })
        .collect()
}

/// Returns the minutes after the call, and whether the input says so.
fn minutes(rule: &TimeRule, input: &Value, index: Option<usize>) -> (i64, bool) {
    let pointer = rule.minutes.as_deref().map(|pointer| match index {
        Some(index) => pointer.replacen('*', &index.to_string(), 1),
        None => pointer.to_owned(),
    });
    let stated = pointer.and_then(|pointer| input.pointer(&pointer)?.as_i64());
    stated.map_or((rule.default_minutes, false), |minutes| (minutes, true))
}

fn departure(rule: &TimeRule, pointer: String, minutes: i64, is_stated: bool, late: i64) -> Mismatch {
    let expected = match (minutes, is_stated) {
        (0, _) => "the time of the call".to_owned(),
        (minutes, true) => format!("{minutes} minutes after the call, as the input says"),
        (minutes, false) => format!("{minutes} minutes after the call, the default"),
    };
    let actual = if late > 0 { format!("{} later", span(late)) } else { format!("{} earlier", span(-late)) };
    let mismatch = Mismatch::new(rule.member.clone(), expected, actual).at(pointer).because(rule.authority);
    mismatch.from_source(rule.source.clone())
}

/// Returns a length of time in words, so coarse that it is the same in the next run.
fn span(millis: i64) -> String {
    const MINUTE: i64 = 60_000;
    match millis {
        0..120_000 => "a minute or two".to_owned(),
        120_000..7_200_000 => format!("about {} minutes", (millis + MINUTE / 2) / MINUTE),
        7_200_000..172_800_000 => format!("about {} hours", (millis + 30 * MINUTE) / (60 * MINUTE)),
        172_800_000..63_072_000_000 => "days".to_owned(),
        _ => "years".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::test_exchange::{FoundIn, answer, chat_room, create_room, with};

    pub(super) fn found_in() -> FoundIn {
        vec![("/createTime", create_room(answer(200, with(chat_room(), "/createTime", json!("1970-01-01T00:00:00Z")))))]
    }

    #[test]
    fn spans_are_coarse() {
        assert_eq!(span(61_000), "a minute or two");
        assert_eq!(span(30 * 60_000 + 400), "about 30 minutes");
        assert_eq!(span(12 * 3_600_000 - 900), "about 12 hours");
        assert_eq!(span(5 * 86_400_000), "days");
        assert_eq!(span(56 * 365 * 86_400_000), "years");
    }
}
