//! Timestamps are written as the model says.

use ivs_model::{Authority, ConstraintKind, TimestampFormat};

use crate::check::{ResponseKind, Undecided, UniversalCheck};
use crate::explanation::Explanation;
use crate::response_view::ResponseView;
use crate::shape_text::broken_outputs;
use crate::{CheckInfo, Grouping, Mismatch};

/// ISO 8601 in UTC for these services, never a local time.
///
/// Smithy lets nobody write an offset, and lets clients expect none. An offset of zero names the same text of the clock, so
/// that no client is misled: it is no finding.
pub(crate) struct OutputTimestamp;

static RULE: CheckInfo = CheckInfo {
    check: "output-timestamp",
    authority: Authority::Protocol,
    source: "restJson1 and the model's `timestampFormat` (facts: response-timestamps, P10)",
    grouping: Grouping::Never,
};

static EXPLANATION: Explanation = Explanation {
    demand: "Timestamps have the format of the model: for these services ISO 8601 in UTC.",
    right: &[r#"< {"stage":{…},"startTime":"2026-03-01T12:00:00Z"}"#],
    wrong: &[r#"< {"stage":{…},"startTime":"2026-03-01T14:00:00+02:00"}"#],
    causes: &["Local time.", "Seconds since 1970, which is the default of restJson1 that the models override."],
};

impl UniversalCheck for OutputTimestamp {
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
        let broken = broken_outputs(view, |kind| matches!(kind, ConstraintKind::TimestampFormat));
        let value = view.reading().map(|(_, reading)| &reading.value);
        let judged = broken.into_iter().filter_map(|mismatch| {
            let text = value.and_then(|value| value.pointer(&mismatch.pointer)?.as_str()).unwrap_or_default();
            match Offset::of(text) {
                Some(Offset::Zero) => None,
                Some(Offset::Other) => Some(mismatch.because(Authority::Protocol).from_source(
                    "Smithy, the trait `timestampFormat`: a date-time is in UTC (facts: response-timestamps)",
                )),
                None => Some(mismatch),
            }
        });
        Ok(judged.collect())
    }

    #[cfg(test)]
    fn found_in(&self) -> crate::test_exchange::FoundIn {
        tests::found_in()
    }
}

/// The offset from UTC that a timestamp states in numbers.
#[derive(Debug, PartialEq, Eq)]
enum Offset {
    Zero,
    Other,
}

impl Offset {
    /// Reads the offset; `None` if the text is no timestamp, or has none.
    fn of(text: &str) -> Option<Self> {
        TimestampFormat::DateTime.epoch_millis(text)?;
        let offset = text.get(text.len().checked_sub(6)?..).filter(|offset| offset.starts_with(['+', '-']))?;
        Some(if &offset[1..] == "00:00" { Self::Zero } else { Self::Other })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::test_exchange::{ARN, FoundIn, answer, answered, call};

    pub(super) fn found_in() -> FoundIn {
        let stream = json!({"channelArn": ARN, "state": "LIVE", "startTime": "2026-01-02T03:04:05+02:00"});
        let get = call("ivs.GetStream", &json!({"channelArn": ARN}));
        vec![("/stream/startTime#timestamp-format", answered(get, answer(200, json!({ "stream": stream }))))]
    }

    #[test]
    fn only_a_numeric_offset_is_one() {
        assert_eq!(Offset::of("2026-11-28T21:37:58.850267+00:00"), Some(Offset::Zero));
        assert_eq!(Offset::of("2026-11-28T21:37:58-08:00"), Some(Offset::Other));
        assert_eq!(Offset::of("2026-11-28T21:37:58Z"), None);
        assert_eq!(Offset::of("yesterday"), None);
    }
}
