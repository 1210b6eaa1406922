//! Durations and counts in arguments.

use std::time::Duration;

/// The longest duration that an option takes. A longer one is a typing error.
const MAX: Duration = Duration::from_secs(30 * 24 * 3600);

/// Parses a duration. A bare number is in seconds, as in `check`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<u64>().map(Duration::from_secs);
    let duration = seconds
        .or_else(|_| ivs_load::parse_duration(text))
        .map_err(|_| format!("invalid duration '{text}' (example: 90s)"))?;
    if duration.is_zero() || duration > MAX {
        Err(format!("'{text}' is out of range: a duration is above zero and at most 30 days (example: 90s)"))
    } else {
        Ok(duration)
    }
}

/// Parses a count of at least 1.
pub(super) fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("must be at least 1".to_owned()),
        Ok(number) => Ok(number),
        Err(error) => Err(format!("{error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_number_is_in_seconds() {
        assert_eq!(duration("90"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("1m30s"), Ok(Duration::from_secs(90)));
    }

    #[test]
    fn an_invalid_duration_is_named_with_an_example() {
        assert_eq!(duration("5x").unwrap_err(), "invalid duration '5x' (example: 90s)");
        assert!(duration("0s").unwrap_err().contains("above zero"));
        assert!(duration("31d").is_err() && duration("721h").is_err());
    }
}
