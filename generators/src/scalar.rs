//! Values of shapes without nested values.

use ivs_model::{Number, Shape, ShapeKind, TimestampFormat};
use serde_json::{Value, json};

use crate::pattern_generator::Alphabet;

/// The characters of a string without a pattern.
const LETTERS: [char; 26] = [
    'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w',
    'x', 'y', 'z',
];

/// The characters of a string that tests encodings: those that JSON escapes, those that URLs escape, and non-ASCII
/// ones.
const WIDE: [char; 16] =
    ['a', 'B', '0', ' ', '-', '_', '"', '\\', '/', '%', '+', '&', 'é', '字', '\u{1F600}', '\u{10400}'];

/// Returns the length bounds of a shape.
pub(crate) fn boundaries(shape: &Shape) -> (usize, usize) {
    let boundary =
        |length: Option<u64>, absent| length.map_or(absent, |length| usize::try_from(length).unwrap_or(usize::MAX));
    (boundary(shape.min_length, 0), boundary(shape.max_length, usize::MAX))
}

/// Returns a small number within the bounds.
pub(crate) fn number(shape: &Shape, variant: u64) -> Value {
    let least = shape.min_value.map_or(1, |boundary| ceiling(boundary).max(1));
    let least = shape.max_value.map_or(least, |boundary| least.min(floor(boundary)));
    let offset = i64::try_from(variant).unwrap_or(0);
    let value = match shape.max_value {
        Some(boundary) => least + offset % (floor(boundary) - least + 1).max(1),
        None => least + offset % 100,
    };
    match shape.kind {
        ShapeKind::Integer { .. } => json!(value),
        _ => json!(value as f64),
    }
}

/// Returns the smallest whole number at or above a bound.
pub(crate) fn ceiling(boundary: Number) -> i64 {
    boundary.as_i64().unwrap_or_else(|| boundary.as_f64().ceil() as i64)
}

/// Returns the largest whole number at or below a bound.
pub(crate) fn floor(boundary: Number) -> i64 {
    boundary.as_i64().unwrap_or_else(|| boundary.as_f64().floor() as i64)
}

/// Returns characters that differ by variant at the end.
pub(crate) fn plain_text(length: usize, alphabet: Alphabet, mut variant: u64) -> String {
    let choices: &[char] = match alphabet {
        Alphabet::Plain => &LETTERS,
        Alphabet::Wide => &WIDE,
        Alphabet::Astral => &['\u{1F600}'],
    };
    let mut letters = vec![choices[0]; length];
    for letter in letters.iter_mut().rev() {
        let count = choices.len() as u64;
        *letter = choices[usize::try_from(variant % count).unwrap_or(0)];
        variant /= count;
    }
    letters.into_iter().collect()
}

/// Returns base64 of that many zero bytes.
pub(crate) fn base64(bytes: u64) -> String {
    let groups = usize::try_from(bytes / 3).unwrap_or(0);
    let rest = match bytes % 3 {
        0 => "",
        1 => "AA==",
        _ => "AAA=",
    };
    "AAAA".repeat(groups) + rest
}

/// Returns a timestamp in the future of any run: a second of 2037, by variant.
pub(crate) fn timestamp(format: TimestampFormat, variant: u64) -> Value {
    let second = variant % 60;
    match format {
        TimestampFormat::DateTime => json!(format!("2037-01-02T03:04:{second:02}Z")),
        TimestampFormat::HttpDate => json!(format!("Fri, 02 Jan 2037 03:04:{second:02} GMT")),
        TimestampFormat::EpochSeconds => json!(2_114_391_840_u64 + second),
    }
}
