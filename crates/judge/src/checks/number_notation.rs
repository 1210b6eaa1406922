//! Integers are written as integers.

use ivs_model::pointer::child;
use ivs_model::{Authority, ShapeKind};
use serde_json::Value;

use crate::check::{ResponseKind, Undecided, UniversalCheck};
use crate::explanation::Explanation;
use crate::response_view::ResponseView;
use crate::structure::{Structure, structures};
use crate::{CheckInfo, Grouping, Mismatch};

/// `60.0` and `6e1` equal 60 in JSON, but typed SDKs read an integer member with an integer parser and fail.
///
/// Right: `"durationSeconds": 60`. Wrong: `"durationSeconds": 60.0`.
pub(crate) struct NumberNotation;

static RULE: CheckInfo = CheckInfo {
    check: "number-notation",
    authority: Authority::Protocol,
    source: "restJson1: an integer is a JSON number without fraction and exponent (facts: integer-notation)",
    grouping: Grouping::Never,
};

/// Numbers up to here keep their value as floating point.
const EXACT: f64 = 9_007_199_254_740_992.0;

static EXPLANATION: Explanation = Explanation {
    demand: "Integer members are written without fraction and exponent.",
    right: &[r#"< {"durationSeconds":60}"#],
    wrong: &[r#"< {"durationSeconds":60.0}"#],
    causes: &["A value stored as floating point. Typed SDKs fail to parse it as an integer."],
};

impl UniversalCheck for NumberNotation {
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
        let mut mismatches: Vec<Mismatch> = Vec::new();
        for structure in structures(view) {
            for (member, number) in odd_integers(view, &structure) {
                let site = child(structure.site, member);
                if mismatches.iter().all(|known| known.site != site) {
                    let actual = format!("{number} with a fraction or an exponent");
                    let mismatch = Mismatch::new(site, "a number without fraction and exponent", actual);
                    mismatches.push(mismatch.at(child(structure.pointer, member)));
                }
            }
        }
        Ok(mismatches)
    }

    #[cfg(test)]
    fn found_in(&self) -> crate::test_exchange::FoundIn {
        tests::found_in()
    }
}

/// Returns the integer members, and lists and maps of integers, with a number that the parser had to read as floating point.
fn odd_integers<'v>(view: &'v ResponseView<'_>, structure: &Structure<'v>) -> Vec<(&'v str, f64)> {
    let members = view.model.members(Some(structure.shape)).iter();
    members
        .filter_map(|member| {
            let value = structure.members.get(&member.name)?;
            let number = odd(view, member.shape, value)?;
            Some((member.name.as_str(), number))
        })
        .collect()
}

fn odd(view: &ResponseView<'_>, shape: ivs_model::ShapeId, value: &Value) -> Option<f64> {
    match (&view.model.shape(shape).kind, value) {
        (ShapeKind::Integer { .. }, Value::Number(number)) if number.is_f64() => {
            // A true fraction is a wrong type, and told there.
            number.as_f64().filter(|number| number.fract() == 0.0 && number.abs() <= EXACT && *number != 0.0)
        }
        (ShapeKind::List { item, .. }, Value::Array(items)) => items.iter().find_map(|value| odd(view, *item, value)),
        (ShapeKind::Map { value: of, .. }, Value::Object(entries)) => {
            entries.values().find_map(|value| odd(view, *of, value))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::test_exchange::{FoundIn, answer, chat_room, create_room, with_body};

    pub(super) fn found_in() -> FoundIn {
        let decimals = chat_room().to_string().replace(":500", ":500.0");
        vec![("/maximumMessageLength", create_room(with_body(answer(200, chat_room()), decimals.as_bytes())))]
    }
}
