//! Broken values that this run itself has sent. An endpoint that wrongly takes one shows it again in every listing;
//! the fault is the taking, and it is told there.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{PoisonError, RwLock};

use ivs_client::decode_percent;
use ivs_model::{ConstraintKind, Violation};
use serde_json::Value;

use crate::mask::percent_encoded;

/// The values of all invalid inputs, at any depth, and what endpoints may make of those that they took.
#[derive(Debug, Default)]
pub(crate) struct Announced {
    values: RwLock<HashSet<u64>>,
    taken: RwLock<Taken>,
}

/// What was broken in requests that the endpoint took.
#[derive(Debug, Default)]
struct Taken {
    /// Broken values as texts: a number may be shown as a text, and a name in the ARN of its resource.
    texts: HashSet<String>,
    /// The names of required members that were left out.
    omitted: HashSet<String>,
}

impl Announced {
    /// Takes note of a value and all values within.
    pub(crate) fn add(&self, value: &Value) {
        let mut found = Vec::new();
        gather(value, &mut found);
        // A poisoned lock means that another thread panicked between two inserts: the set is still whole.
        let mut set = self.values.write().unwrap_or_else(PoisonError::into_inner);
        set.extend(found);
    }

    /// Takes note of what is broken in an input that the endpoint took.
    pub(crate) fn note_taken(&self, input: &Value, violations: &[Violation]) {
        for violation in violations {
            let name = violation.pointer.rsplit('/').next().unwrap_or_default();
            if violation.constraint == ConstraintKind::Required {
                let mut taken = self.taken.write().unwrap_or_else(PoisonError::into_inner);
                taken.omitted.insert(name.to_lowercase());
            } else if violation.of_key {
                self.note_taken_text(name);
            } else {
                match input.pointer(&violation.pointer) {
                    Some(Value::String(text)) => self.note_taken_text(text),
                    Some(Value::Number(number)) => self.note_taken_text(&number.to_string()),
                    // As Python writes it, too.
                    Some(Value::Bool(true)) => ["true", "True"].iter().for_each(|text| self.note_taken_text(text)),
                    Some(Value::Bool(false)) => ["false", "False"].iter().for_each(|text| self.note_taken_text(text)),
                    _ => {}
                }
            }
        }
    }

    /// Takes note of a text of no right form in a request that the endpoint took, such as a part of the path.
    pub(crate) fn note_taken_text(&self, text: &str) {
        let forms = [text.to_owned(), percent_encoded(text), decode_percent(text)];
        let mut taken = self.taken.write().unwrap_or_else(PoisonError::into_inner);
        taken.texts.extend(forms.into_iter().filter(|form| !form.is_empty()));
    }

    /// Whether the value has been sent.
    pub(crate) fn holds(&self, value: &Value) -> bool {
        self.values.read().unwrap_or_else(PoisonError::into_inner).contains(&digest(value))
    }

    /// Whether what breaks the constraint in an output comes from a broken request that the endpoint took.
    pub(crate) fn explains(&self, output: &Value, violation: &Violation) -> bool {
        let value = output.pointer(&violation.pointer);
        if value.is_some_and(|value| self.holds(value)) {
            return true;
        }
        let taken = self.taken.read().unwrap_or_else(PoisonError::into_inner);
        match (violation.constraint, value) {
            (ConstraintKind::Required, _) => {
                let name = violation.pointer.rsplit('/').next().unwrap_or_default();
                taken.omitted.contains(&name.to_lowercase())
            }
            (_, Some(Value::String(text))) if !taken.texts.is_empty() => {
                parts(text).any(|part| taken.texts.contains(part))
            }
            _ => false,
        }
    }
}

/// Returns the text and every part of it that begins and ends beside a colon or a slash, as a name in an ARN does.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let is_separator = |(_, byte): &(usize, u8)| matches!(byte, b':' | b'/');
    let separators: Vec<usize> = text.bytes().enumerate().filter(is_separator).map(|(at, _)| at).collect();
    let starts: Vec<usize> = std::iter::once(0).chain(separators.iter().map(|at| at + 1)).collect();
    let ends: Vec<usize> = separators.into_iter().chain([text.len()]).collect();
    let pairs = starts.into_iter().enumerate().flat_map(move |(index, start)| {
        let ends: Vec<usize> = ends[index..].to_vec();
        ends.into_iter().map(move |end| (start, end))
    });
    pairs.map(|(start, end)| &text[start..end])
}

fn gather(value: &Value, into: &mut Vec<u64>) {
    into.push(digest(value));
    match value {
        Value::Array(items) => items.iter().for_each(|item| gather(item, into)),
        Value::Object(object) => object.values().for_each(|value| gather(value, into)),
        _ => {}
    }
}

fn digest(value: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.to_string().hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn violation(pointer: &str, constraint: ConstraintKind) -> Violation {
        Violation { pointer: pointer.to_owned(), constraint, of_key: false }
    }

    fn explains(announced: &Announced, output: &Value, pointer: &str, constraint: ConstraintKind) -> bool {
        announced.explains(output, &violation(pointer, constraint))
    }

    #[test]
    fn a_broken_value_is_known_again_in_an_arn_and_as_a_text() {
        let announced = Announced::default();
        let arn = |name: &str| json!({ "Arn": format!("arn:aws:scheduler:us-west-2:123456789012:schedule/{name}/b") });
        let shown =
            |announced: &Announced, name: &str| explains(announced, &arn(name), "/Arn", ConstraintKind::Pattern);
        assert!(!shown(&announced, "a b"));
        let input = json!({ "Name": "a b", "State": 7, "Source": true, "Path": "a/b c" });
        let broken = [
            violation("/Name", ConstraintKind::Pattern),
            violation("/State", ConstraintKind::Type),
            violation("/Source", ConstraintKind::Type),
            violation("/Path", ConstraintKind::Pattern),
        ];
        announced.note_taken(&input, &broken);
        for name in ["a b", "a%20b", "a/b c"] {
            assert!(shown(&announced, name), "{name}");
        }
        for name in ["a c", "xa b", "b", "A b"] {
            assert!(!shown(&announced, name), "{name}");
        }
        for text in ["7", "True"] {
            assert!(explains(&announced, &json!({ "State": text }), "/State", ConstraintKind::Enum), "{text}");
        }
        assert!(!explains(&announced, &json!({ "State": "17" }), "/State", ConstraintKind::Enum));
    }

    #[test]
    fn a_member_that_was_left_out_may_be_absent_from_an_output() {
        let announced = Announced::default();
        let absent = |name: &str| explains(&announced, &json!({}), name, ConstraintKind::Required);
        assert!(!absent("/Items/0/DeploymentMode"));
        announced.note_taken(&json!({}), &[violation("/deploymentMode", ConstraintKind::Required)]);
        assert!(absent("/Items/0/DeploymentMode"));
        assert!(!absent("/Items/0/EngineType"));
    }

    #[test]
    fn a_part_of_a_path_is_known_again_decoded() {
        let announced = Announced::default();
        announced.note_taken_text("name%FF%FE");
        let output = json!({ "Name": "name\u{fffd}\u{fffd}" });
        assert!(explains(&announced, &output, "/Name", ConstraintKind::Pattern));
    }
}
