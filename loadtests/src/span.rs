//! Lengths of time as people write them: `250ms`, `1.5s`, `1m30s`, `2h`.

use std::time::Duration;

/// A text that is no length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no length of time: write 500us, 250ms, 1.5s, 1m30s or 2h")]
pub struct SpanError {
    /// The text given.
    pub text: String,
}

/// Reads a length of time: numbers with units `us`, `ms`, `s`, `m`, `h`, one after the other.
///
/// # Errors
///
/// [`SpanError`] for anything else, a number without a unit included.
pub fn parse_span(text: &str) -> Result<Duration, SpanError> {
    let refused = || SpanError { text: text.to_owned() };
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(refused());
    }
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.').ok_or_else(refused)?;
        let (number, tail) = rest.split_at(digits);
        let unit_end = tail.find(|letter: char| letter.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let factor = match unit.trim() {
            "us" | "µs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return Err(refused()),
        };
        total += number.parse::<f64>().map_err(|_| refused())? * factor;
        rest = tail;
    }
    Duration::try_from_secs_f64(total).map_err(|_| refused())
}

/// A length of time with three significant digits, such as `1.23ms`.
#[must_use]
pub fn show_span(nanoseconds: u64) -> String {
    let value = nanoseconds as f64;
    let (value, unit) = match nanoseconds {
        0..1_000 => return format!("{nanoseconds}ns"),
        1_000..1_000_000 => (value / 1e3, "us"),
        1_000_000..1_000_000_000 => (value / 1e6, "ms"),
        _ => (value / 1e9, "s"),
    };
    let decimals = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.decimals$}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read() {
        let read = |text: &str| parse_span(text).unwrap().as_micros();
        assert_eq!(
            [read("500us"), read("250ms"), read("1.5s"), read("1m30s"), read("2h")],
            [500, 250_000, 1_500_000, 90_000_000, 7_200_000_000]
        );
    }

    #[test]
    fn what_is_no_length_of_time_is_refused() {
        for text in ["", "10", "s", "1x", "-1s", "1.2.3s", "1e99h", "10 %"] {
            assert!(parse_span(text).is_err(), "{text}");
        }
    }

    #[test]
    fn lengths_of_time_are_shown_with_three_digits() {
        assert_eq!([999, 1_230, 45_600_000, 7_890_000_000].map(show_span), ["999ns", "1.23us", "45.6ms", "7.89s"]);
    }
}
