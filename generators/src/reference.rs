//! Placeholders: the references to resources that a pool fills in, and samples of their values.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use ivs_catalog::{ArnForm, CHOSEN, ResourceReference, ServiceCatalog, external_type, is_external_type};
use ivs_model::{Knowledge, Model, bundled};
use serde_json::Value;

/// A resource's value that a pool fills in, written `{channel.arn}`, `{channel.arn#2}` or `{channel.absent#3}`.
///
/// The same placeholder twice in one input means the same resource; different numbers mean different resources.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Placeholder {
    /// The resource type, as in its ARN: `channel`, `stream-key`, `stage`, `key` for public key material.
    pub kind: String,
    /// The field: `arn`, `id`, `pem`; `absent`, the ARN of a resource that does not exist, or `absent-id` and the like;
    /// `new` for a name that the caller chooses.
    pub field: String,
    /// The number among several resources of the type, from 1.
    pub number: u64,
}

impl fmt::Display for Placeholder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, field, number } = self;
        if *number == 1 {
            write!(formatter, "{{{kind}.{field}}}")
        } else {
            write!(formatter, "{{{kind}.{field}#{number}}}")
        }
    }
}

/// A text that is not a placeholder.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a placeholder such as {{channel.arn}} or {{channel.arn#2}}")]
pub struct PlaceholderError(String);

impl FromStr for Placeholder {
    type Err = PlaceholderError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let inner = text.strip_prefix('{')?.strip_suffix('}')?;
            let (kind, rest) = inner.split_once('.')?;
            let (field, number) = match rest.split_once('#') {
                Some((field, number)) => (field, number.parse().ok().filter(|number| *number > 1)?),
                None => (rest, 1),
            };
            let is_word =
                |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            (is_word(kind) && is_word(field)).then(|| Self { kind: kind.to_owned(), field: field.to_owned(), number })
        };
        parse().ok_or_else(|| PlaceholderError(text.to_owned()))
    }
}

/// The field of ARNs that name nothing. Other fields follow after a hyphen.
const ABSENT: &str = "absent";
/// The kind of the values that steps of a situation keep.
const KEPT: &str = "kept";

impl Placeholder {
    /// Returns whether the value names a resource of the services that exists.
    #[must_use]
    pub fn names_resource(&self) -> bool {
        !self.is_absent() && !self.is_chosen() && self.kind != KEPT && !is_external_type(&self.kind)
    }

    /// Returns whether the value names a resource that does not exist.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        self.absent_field().is_some()
    }

    /// Returns the field whose value names nothing, if so.
    #[must_use]
    pub fn absent_field(&self) -> Option<&str> {
        let rest = self.field.strip_prefix(ABSENT)?;
        if rest.is_empty() { Some("arn") } else { rest.strip_prefix('-') }
    }

    /// Returns whether the value is a name that the caller chooses, another one at each call.
    #[must_use]
    pub fn is_chosen(&self) -> bool {
        self.field == CHOSEN
    }

    /// Returns the placeholder of the same field that names nothing.
    #[must_use]
    pub fn absent(&self) -> Self {
        let field = if self.field == "arn" { ABSENT.to_owned() } else { format!("{ABSENT}-{}", self.field) };
        Self { field, ..self.clone() }
    }

    /// Returns the placeholder that stands for the resource as a whole.
    #[must_use]
    pub fn of_resource(&self) -> Self {
        Self { field: "arn".to_owned(), ..self.clone() }
    }

    /// Returns all placeholders in a value, except in map keys.
    #[must_use]
    pub fn all_in(value: &Value) -> BTreeSet<Self> {
        let mut found = BTreeSet::new();
        collect(value, &mut found);
        found
    }

    /// Replaces each placeholder by the result of `fill`; `None` if `fill` returns `None` for one.
    pub fn fill(value: &Value, fill: &mut impl FnMut(&Self) -> Option<String>) -> Option<Value> {
        Some(match value {
            Value::String(text) => match text.parse::<Self>() {
                Ok(placeholder) => Value::String(fill(&placeholder)?),
                Err(_) => value.clone(),
            },
            Value::Array(items) => {
                Value::Array(items.iter().map(|item| Self::fill(item, fill)).collect::<Option<_>>()?)
            }
            Value::Object(members) => Value::Object(
                members
                    .iter()
                    .map(|(name, member)| Some((name.clone(), Self::fill(member, fill)?)))
                    .collect::<Option<_>>()?,
            ),
            other => other.clone(),
        })
    }
}

fn collect(value: &Value, found: &mut BTreeSet<Placeholder>) {
    match value {
        Value::String(text) => found.extend(text.parse::<Placeholder>().ok()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(members) => members.values().for_each(|member| collect(member, found)),
        _ => {}
    }
}

/// Returns the placeholder of the resource that a member names. Different variants give different ones.
pub(crate) fn placeholder(reference: &ResourceReference, variant: u64) -> String {
    let ResourceReference { resource_type, field, .. } = reference;
    Placeholder { kind: resource_type.clone(), field: field.clone().into_owned(), number: variant + 1 }.to_string()
}

/// Well-formed values for the placeholders of one service. They do not name existing resources and serve for checks of
/// the form.
#[derive(Debug, Clone)]
pub struct Samples {
    /// The samples by resource type.
    arns: BTreeMap<String, ArnForm>,
    /// The samples by type of external resource.
    externals: BTreeMap<&'static str, String>,
}

impl Samples {
    /// Returns the samples for the placeholders of a model's inputs.
    #[must_use]
    pub fn of(model: &Model, knowledge: &Knowledge) -> Self {
        Self::of_catalog(&ServiceCatalog::shared(model, knowledge), knowledge)
    }

    pub(crate) fn of_catalog(catalog: &ServiceCatalog<'_>, knowledge: &Knowledge) -> Self {
        let service = &catalog.model().service.id;
        let externals = knowledge
            .externals
            .iter()
            .filter(|external| external.service == *service)
            .filter_map(|external| Some((external_type(external.kind).0, external.sample.clone()?)))
            .collect();
        Self { arns: catalog.arn_forms().clone(), externals }
    }

    /// Returns the sample for one placeholder.
    #[must_use]
    pub fn sample(&self, placeholder: &Placeholder) -> String {
        let Placeholder { kind, field, number } = placeholder;
        let id = format!("{}{number:0>8}", if placeholder.is_absent() { "Gone" } else { "Here" });
        if field == "pem" {
            let keys = bundled::keys().p384;
            let index = usize::try_from(number - 1).unwrap_or(0) % keys.len();
            return keys[index].to_owned();
        }
        if let Some(sample) = self.externals.get(kind.as_str()) {
            return if *number == 1 { sample.clone() } else { format!("{sample}{number}") };
        }
        let form = self.arns.get(kind).filter(|_| matches!(field.as_str(), "arn" | "absent"));
        form.and_then(|form| form.arn(&id)).unwrap_or(id)
    }

    /// Replaces each placeholder in a value by its sample.
    #[must_use]
    pub fn fill(&self, value: &Value) -> Value {
        Placeholder::fill(value, &mut |placeholder| Some(self.sample(placeholder))).unwrap_or(Value::Null)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn placeholder_reads_what_it_writes() {
        for text in ["{channel.arn}", "{stream-key.arn#2}", "{channel.absent#50}", "{key.pem}"] {
            assert_eq!(text.parse::<Placeholder>().expect("it is one").to_string(), text);
        }
        for text in ["channel.arn", "{channel}", "{channel.arn#1}", "{channel.arn#x}", "{.arn}", "{a b.arn}", "{}", ""]
        {
            assert!(text.parse::<Placeholder>().is_err(), "{text}");
        }
    }

    #[test]
    fn filling_stops_at_the_first_placeholder_without_a_value() {
        let input = json!({"arns": ["{channel.arn}", "{channel.arn#2}"]});
        let filled = Placeholder::fill(&input, &mut |placeholder| Some(placeholder.number.to_string()));
        assert_eq!(filled, Some(json!({"arns": ["1", "2"]})));
        assert_eq!(Placeholder::fill(&input, &mut |placeholder| (placeholder.number == 1).then(String::new)), None);
        assert_eq!(Placeholder::all_in(&input).len(), 2);
    }
}
