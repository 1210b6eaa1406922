//! The check for timestamps in a given format.

use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, PrimitiveDateTime};

use crate::TimestampFormat;

impl TimestampFormat {
    /// Returns whether values of this format are JSON strings rather than numbers.
    #[must_use]
    pub fn is_text(self) -> bool {
        self != Self::EpochSeconds
    }

    /// Returns whether a value has this format. A date-time must be in UTC with a capital `T` and `Z`, as the Smithy
    /// specification requires. A fraction of a second is allowed.
    #[must_use]
    pub fn accepts(self, value: &Value) -> bool {
        match (self, value) {
            (Self::DateTime, Value::String(text)) => is_date_time(text),
            (Self::HttpDate, Value::String(text)) => is_http_date(text),
            (Self::EpochSeconds, Value::Number(_)) => true,
            _ => false,
        }
    }

    /// Returns the milliseconds since 1970 of a text in this format. A date-time may have an offset here.
    #[must_use]
    pub fn epoch_millis(self, text: &str) -> Option<i64> {
        let moment = match self {
            Self::DateTime => OffsetDateTime::parse(text, &Rfc3339).ok()?,
            Self::HttpDate => http_date(text)?.assume_utc(),
            Self::EpochSeconds => return None,
        };
        i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).ok()
    }
}

fn is_date_time(text: &str) -> bool {
    text.ends_with('Z') && text.as_bytes().get(10) == Some(&b'T') && OffsetDateTime::parse(text, &Rfc3339).is_ok()
}

fn is_http_date(text: &str) -> bool {
    http_date(text).is_some()
}

fn http_date(text: &str) -> Option<PrimitiveDateTime> {
    let format = time::macros::format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second][optional [.[subsecond]]] GMT"
    );
    PrimitiveDateTime::parse(text, format).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::TimestampFormat::{DateTime, EpochSeconds, HttpDate};

    #[test]
    fn a_date_time_is_in_utc_and_exists() {
        for text in ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.123456789Z", "2024-02-29T00:00:00Z"] {
            assert!(DateTime.accepts(&json!(text)), "{text}");
        }
        for text in [
            "2026-01-02T03:04:05",
            "2026-01-02T03:04:05+02:00",
            "2026-01-02t03:04:05z",
            "2026-01-02 03:04:05Z",
            "2026-02-29T00:00:00Z",
            "2026-01-02T24:00:00Z",
            "2026-01-02",
            "1767323045",
            "",
        ] {
            assert!(!DateTime.accepts(&json!(text)), "{text}");
        }
        assert!(!DateTime.accepts(&json!(1_767_323_045)));
    }

    #[test]
    fn an_http_date_names_its_weekday_and_gmt() {
        assert!(HttpDate.accepts(&json!("Fri, 02 Jan 2026 03:04:05 GMT")));
        assert!(HttpDate.accepts(&json!("Fri, 02 Jan 2026 03:04:05.25 GMT")));
        for text in ["Fri, 02 Jan 2026 03:04:05 UTC", "02 Jan 2026 03:04:05 GMT", "2026-01-02T03:04:05Z"] {
            assert!(!HttpDate.accepts(&json!(text)), "{text}");
        }
    }

    #[test]
    fn epoch_seconds_are_numbers_with_or_without_a_fraction() {
        assert!(EpochSeconds.accepts(&json!(1_767_323_045)));
        assert!(EpochSeconds.accepts(&json!(0.5)));
        assert!(!EpochSeconds.accepts(&json!("1767323045")));
    }

    #[test]
    fn a_moment_does_not_depend_on_its_writing() {
        let utc = DateTime.epoch_millis("2026-01-02T03:04:05Z");
        assert_eq!(utc, Some(1_767_323_045_000));
        assert_eq!(DateTime.epoch_millis("2026-01-02T05:04:05.000+02:00"), utc);
        assert_eq!(HttpDate.epoch_millis("Fri, 02 Jan 2026 03:04:05 GMT"), utc);
        assert_eq!(DateTime.epoch_millis("2026-01-02"), None);
        assert_eq!(EpochSeconds.epoch_millis("1767323045"), None);
    }
}
