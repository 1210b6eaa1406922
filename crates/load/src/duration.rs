//! Durations as text: `250ms`, `1.5s`, `1m30s`, `2h`.

use std::time::Duration;

/// A text that is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid duration '{text}' (examples: 500us, 250ms, 1.5s, 1m30s, 2h)")]
pub struct DurationError {
    /// The text given.
    pub text: String,
}

/// Parses a duration: numbers with the units `us`, `ms`, `s`, `m`, `h`, one after another.
///
/// # Errors
///
/// [`DurationError`] for anything else, including a number without a unit.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let refused = || DurationError { text: text.to_owned() };
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

/// Formats nanoseconds with three significant digits, such as `1.23ms`.
#[must_use]
pub fn format_duration(nanoseconds: u64) -> String {
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
    fn durations_are_parsed() {
        let read = |text: &str| parse_duration(text).unwrap().as_micros();
        assert_eq!(
            [read("500us"), read("250ms"), read("1.5s"), read("1m30s"), read("2h")],
            [500, 250_000, 1_500_000, 90_000_000, 7_200_000_000]
        );
    }

    #[test]
    fn invalid_durations_are_refused() {
        for text in ["", "10", "s", "1x", "-1s", "1.2.3s", "1e99h", "10 %"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_are_formatted_with_three_digits() {
        assert_eq!(
            [999, 1_230, 45_600_000, 7_890_000_000].map(format_duration),
            ["999ns", "1.23us", "45.6ms", "7.89s"]
        );
    }
}
