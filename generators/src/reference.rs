//! References to resources: which members name one, of which kind, and the placeholders that stand for them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use ivs_model::knowledge::ExternalKind;
use ivs_model::{Knowledge, Model, Operation, OperationId, Shape, ShapeId, bundled};
use serde_json::Value;

use crate::field_path::field_path_at;
use crate::pattern_generator::{Alphabet, PatternGenerator};

/// A resource's value that a pool fills in, written `{channel.arn}`, `{channel.arn#2}` or `{channel.absent#3}`.
///
/// The same placeholder twice in one input means the same resource; different numbers mean different resources.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Placeholder {
    /// The kind of resource, as its ARN names it: `channel`, `stream-key`, `stage`, `key` for public key material.
    pub kind: String,
    /// Which of its values: `arn`, `id`, `pem`; or `absent`, an ARN of that kind which names nothing.
    pub field: String,
    /// Which of several of the kind; the first is 1.
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

/// A text that is no placeholder.
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

impl Placeholder {
    /// All placeholders in a value, map keys aside.
    #[must_use]
    pub fn all_in(value: &Value) -> BTreeSet<Self> {
        let mut found = BTreeSet::new();
        collect(value, &mut found);
        found
    }

    /// The value with each placeholder replaced by what `fill` gives for it; `None` as soon as it gives nothing.
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

/// The form of the ARNs that a pattern takes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ArnForm {
    service: String,
    /// The kind of resource; `None` where the pattern leaves it open.
    kind: Option<String>,
    /// What stands between kind and id.
    separator: char,
}

impl ArnForm {
    fn of(pattern_generator: &PatternGenerator) -> Option<Self> {
        let span = pattern_generator.span();
        let pieces = (span.min.max(1)..=span.max.unwrap_or(usize::MAX).min(span.min + 120))
            .find_map(|length| pattern_generator.pieces(length, Alphabet::Plain, 0))?;
        let text: String = pieces.iter().map(|piece| piece.character).collect();
        let mut parts = text.splitn(6, ':');
        let ("arn", _partition, service) = (parts.next()?, parts.next()?, parts.next()?) else {
            return None;
        };
        let resource = parts.nth(2)?;
        let separator = resource.chars().find(|character| matches!(character, '/' | ':'))?;
        let (kind, _id) = resource.split_once(separator)?;
        let start = text.len() - resource.len();
        // An ARN is ASCII here, so that bytes and characters count alike.
        let is_fixed = pieces.get(start..start + kind.len())?.iter().all(|piece| piece.class.is_none());
        Some(Self { service: service.to_owned(), kind: is_fixed.then(|| kind.to_owned()), separator })
    }
}

/// What a member that names a resource, or a thing outside the service, names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    /// The kind of resource.
    pub(crate) kind: String,
    /// Which of its values.
    pub(crate) field: &'static str,
    /// Whether it stands outside the three services, so that no operation makes one.
    pub(crate) external: bool,
}

impl Reference {
    fn arn(kind: &str) -> Self {
        Self { kind: kind.to_owned(), field: "arn", external: false }
    }

    pub(crate) fn placeholder(&self, variant: u64) -> String {
        let number = variant + 1;
        Placeholder { kind: self.kind.clone(), field: self.field.to_owned(), number }.to_string()
    }
}

/// All references of a Model: inferred from the ARN shapes, with what knowledge adds.
#[derive(Debug, Clone)]
pub(crate) struct References {
    /// By shape: references to resources.
    by_shape: Vec<Option<Reference>>,
    /// By operation and path: things outside the services.
    externals: BTreeMap<(OperationId, String), Reference>,
    /// The operations whose items may name what is not there.
    batches: BTreeSet<OperationId>,
    samples: Samples,
}

impl References {
    pub(crate) fn of(
        model: &Model,
        knowledge: &Knowledge,
        pattern_generators: &[Option<Arc<PatternGenerator>>],
    ) -> Self {
        let service = model.service.id.as_str();
        let forms: Vec<Option<ArnForm>> =
            pattern_generators.iter().map(|pattern_generator| ArnForm::of(pattern_generator.as_ref()?)).collect();
        let samples = Samples::from_forms(service, &forms, knowledge);
        let by_shape: Vec<Option<Reference>> = forms
            .iter()
            .zip(&model.shapes)
            .map(|(form, shape)| {
                let kind = form.as_ref()?.kind.clone()?;
                // Where the pattern asks for an ARN of another manner, it is a text like any other.
                let sample = samples.sample(&Placeholder { kind: kind.clone(), field: "arn".to_owned(), number: 1 });
                let fits = shape.pattern.as_ref()?.matches(&sample) && is_of_length(shape, &sample);
                fits.then(|| Reference::arn(&kind))
            })
            .collect();
        let mut references = Self {
            by_shape,
            externals: externals(service, knowledge),
            batches: model
                .operations
                .iter()
                .map(|operation| operation.id)
                .filter(|operation| knowledge.batch(*operation).is_some())
                .collect(),
            samples,
        };
        let taggable = knowledge
            .taggables
            .iter()
            .find(|taggable| taggable.service == service)
            .map(|taggable| taggable.resource.clone())
            .or_else(|| references.most_needed(model));
        // The shape of a thing outside names it at other places too, such as a filter.
        for (shape, reference) in references.external_shapes(model) {
            references.by_shape[shape.index()] = Some(reference);
        }
        for (reference, form) in references.by_shape.iter_mut().zip(&forms) {
            if form.as_ref().is_some_and(|form| form.kind.is_none()) {
                *reference = taggable.as_deref().map(Reference::arn);
            }
        }
        references
    }

    /// What the place names, if it names anything.
    pub(crate) fn at(&self, operation: &Operation, path: &str, shape: ShapeId) -> Option<&Reference> {
        // A tuple of owned strings is the key, hence the walk over this short list.
        self.externals
            .iter()
            .find(|((of, at), _)| *of == operation.id && at == path)
            .map(|(_, reference)| reference)
            .or_else(|| self.by_shape[shape.index()].as_ref())
    }

    /// What a shape names, whatever the place.
    pub(crate) fn of_shape(&self, shape: ShapeId) -> Option<&Reference> {
        self.by_shape[shape.index()].as_ref()
    }

    /// The kind of the thing outside the services that the place names.
    pub(crate) fn external(&self, operation: &Operation, path: &str) -> Option<String> {
        self.externals.get(&(operation.id, path.to_owned())).map(|reference| reference.kind.clone())
    }

    /// Whether a kind is one of things outside the services.
    pub(crate) fn is_external(&self, kind: &str) -> bool {
        self.externals.values().any(|reference| reference.kind == kind)
    }

    /// Whether the place takes the token of a page.
    pub(crate) fn is_page_token(&self, operation: &Operation, path: &str) -> bool {
        operation
            .pagination
            .as_ref()
            .is_some_and(|pagination| path.strip_prefix('/') == Some(pagination.input_token.as_str()))
    }

    /// Whether items of the operation's input may name what is not there, at no harm to the call
    /// (fact `batch-partial-failure`).
    pub(crate) fn is_batch(&self, operation: &Operation) -> bool {
        self.batches.contains(&operation.id)
    }

    /// The samples for this model's placeholders.
    pub(crate) fn samples(&self) -> &Samples {
        &self.samples
    }

    /// The shapes of ARNs of things outside the services.
    fn external_shapes(&self, model: &Model) -> Vec<(ShapeId, Reference)> {
        self.externals
            .iter()
            .filter(|(_, reference)| reference.field == "arn")
            .filter_map(|((operation, path), reference)| {
                let field_path = field_path_at(model, model.operation(operation.name())?, path)?;
                Some((field_path.shape, reference.clone()))
            })
            .collect()
    }

    /// The kind that most operations need: the one to try where any kind will do.
    fn most_needed(&self, model: &Model) -> Option<String> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for member in model.operations.iter().flat_map(|operation| model.members(operation.input)) {
            if let Some(reference) = self.by_shape[member.shape.index()].as_ref().filter(|_| member.required) {
                *counts.entry(&reference.kind).or_default() += 1;
            }
        }
        // The first of the most frequent, so that the choice does not hang on the order of shapes.
        let most = counts.values().copied().max()?;
        counts.into_iter().find(|(_, count)| *count == most).map(|(kind, _)| kind.to_owned())
    }
}

fn is_of_length(shape: &Shape, text: &str) -> bool {
    let length = text.chars().count() as u64;
    shape.min_length.is_none_or(|min| length >= min) && shape.max_length.is_none_or(|max| length <= max)
}

fn externals(service: &str, knowledge: &Knowledge) -> BTreeMap<(OperationId, String), Reference> {
    knowledge
        .externals
        .iter()
        .filter(|external| external.service == service)
        .flat_map(|external| {
            let (kind, field) = external_names(external.kind);
            let reference = Reference { kind: kind.to_owned(), field, external: true };
            external
                .operations
                .iter()
                .map(move |name| ((OperationId::new(service, name), external.member.clone()), reference.clone()))
        })
        .collect()
}

/// The kind of public keys, `{key.pem}`: they are part of the program (see [`bundled::keys`]).
pub(crate) const KEY: &str = "key";

/// The placeholder of a thing outside the services.
fn external_names(kind: ExternalKind) -> (&'static str, &'static str) {
    match kind {
        ExternalKind::S3Bucket => ("s3-bucket", "name"),
        ExternalKind::P384PublicKey => (KEY, "pem"),
        ExternalKind::LambdaFunction => ("lambda-function", "arn"),
        ExternalKind::MediaTailorPlaybackConfiguration => ("media-tailor-playback-configuration", "arn"),
        ExternalKind::LogGroup => ("log-group", "name"),
        ExternalKind::DeliveryStream => ("delivery-stream", "name"),
    }
}

/// Well-formed values for the placeholders of one service that name nothing: for checks that need the form alone.
#[derive(Debug, Clone)]
pub struct Samples {
    /// By kind: the service and the separator in its ARN.
    arns: BTreeMap<String, (String, char)>,
    /// By kind of external thing.
    externals: BTreeMap<&'static str, String>,
}

impl Samples {
    /// The samples for the placeholders of a model's inputs.
    #[must_use]
    pub fn of(model: &Model, knowledge: &Knowledge) -> Self {
        let forms: Vec<Option<ArnForm>> =
            model.shapes.iter().map(|shape| ArnForm::of(&PatternGenerator::new(shape.pattern.as_ref()?)?)).collect();
        Self::from_forms(&model.service.id, &forms, knowledge)
    }

    fn from_forms(service: &str, forms: &[Option<ArnForm>], knowledge: &Knowledge) -> Self {
        let arns = forms
            .iter()
            .flatten()
            .filter_map(|form| Some((form.kind.clone()?, (form.service.clone(), form.separator))))
            .collect();
        let externals = knowledge
            .externals
            .iter()
            .filter(|external| external.service == service)
            .filter_map(|external| Some((external_names(external.kind).0, external.sample.clone()?)))
            .collect();
        Self { arns, externals }
    }

    /// The sample for one placeholder.
    #[must_use]
    pub fn sample(&self, placeholder: &Placeholder) -> String {
        let Placeholder { kind, field, number } = placeholder;
        let id = format!("{}{number:0>8}", if field == "absent" { "Gone" } else { "Here" });
        if field == "pem" {
            let keys = bundled::keys().p384;
            let index = usize::try_from(number - 1).unwrap_or(0) % keys.len();
            return keys[index].to_owned();
        }
        if let Some(sample) = self.externals.get(kind.as_str()) {
            return if *number == 1 { sample.clone() } else { format!("{sample}{number}") };
        }
        match (field.as_str(), self.arns.get(kind)) {
            ("arn" | "absent", Some((service, separator))) => {
                format!("arn:aws:{service}:us-west-2:123456789012:{kind}{separator}{id}")
            }
            _ => id,
        }
    }

    /// The value with a sample for each placeholder.
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
