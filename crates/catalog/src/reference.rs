//! The input members that name a resource of the services or an external resource.

use std::borrow::Cow;
use std::collections::BTreeMap;

use ivs_model::knowledge::{ExternalKind, NameOrigin};
use ivs_model::{Knowledge, Model, Operation, OperationId, Shape, ShapeId, ShapeKind};

use crate::ArnForm;

/// The type name of public keys, which are part of the program (see [`ivs_model::bundled::keys`]).
pub const PUBLIC_KEY: &str = "key";

/// The field of a value that the caller chooses for a resource to be created.
pub const CHOSEN: &str = "new";

/// The resource that a member names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceReference {
    /// The resource type, as written in the ARN, or the type of the external resource.
    pub resource_type: String,
    /// The value that the member takes: `arn`, `name` or `pem`, or what a pack calls it; [`CHOSEN`] if the caller
    /// chooses it.
    pub field: Cow<'static, str>,
    /// True for an external resource, which no operation creates.
    pub is_external: bool,
}

impl ResourceReference {
    fn arn(resource_type: &str) -> Self {
        Self { resource_type: resource_type.to_owned(), field: Cow::Borrowed("arn"), is_external: false }
    }

    /// Returns whether the member names a resource that exists already, and that is one of the services.
    #[must_use]
    pub fn is_of_existing(&self) -> bool {
        !self.is_external && self.field != CHOSEN
    }
}

/// A member of an operation's input that names a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputReference {
    /// JSON pointer into the input; list items and map values as `*`.
    pub path: String,
    /// True if the member is a required top-level member of the input.
    pub is_required: bool,
    /// The named resource.
    pub reference: ResourceReference,
}

/// Returns the type name of a kind of external resource, and the field that inputs take.
#[must_use]
pub fn external_type(kind: ExternalKind) -> (&'static str, &'static str) {
    match kind {
        ExternalKind::S3Bucket => ("s3-bucket", "name"),
        ExternalKind::P384PublicKey => (PUBLIC_KEY, "pem"),
        ExternalKind::LambdaFunction => ("lambda-function", "arn"),
        ExternalKind::MediaTailorPlaybackConfiguration => ("media-tailor-playback-configuration", "arn"),
        ExternalKind::LogGroup => ("log-group", "name"),
        ExternalKind::DeliveryStream => ("delivery-stream", "name"),
    }
}

/// Returns whether a type name is that of an external resource.
#[must_use]
pub fn is_external_type(name: &str) -> bool {
    let kinds = [
        ExternalKind::S3Bucket,
        ExternalKind::P384PublicKey,
        ExternalKind::LambdaFunction,
        ExternalKind::MediaTailorPlaybackConfiguration,
        ExternalKind::LogGroup,
        ExternalKind::DeliveryStream,
    ];
    kinds.into_iter().any(|kind| external_type(kind).0 == name)
}

/// All references of a model, from the patterns of ARNs and from the knowledge.
#[derive(Debug, Clone)]
pub(crate) struct References {
    /// The references by shape.
    by_shape: Vec<Option<ResourceReference>>,
    /// The external resources by operation and path.
    externals: BTreeMap<OperationId, Vec<(String, ResourceReference)>>,
    /// The resources that a pack describes, by operation and path; `None` where only given values fit.
    described: BTreeMap<OperationId, Vec<(String, Option<ResourceReference>)>>,
    /// The ARN forms by resource type.
    arn_forms: BTreeMap<String, ArnForm>,
}

impl References {
    pub(crate) fn of(model: &Model, knowledge: &Knowledge) -> Self {
        let service = model.service.id.as_str();
        let forms: Vec<Option<ArnForm>> =
            model.shapes.iter().map(|shape| shape.pattern.as_ref().and_then(ArnForm::of)).collect();
        let by_shape = forms.iter().zip(&model.shapes).map(|(form, shape)| of_shape(form.as_ref()?, shape)).collect();
        let named = |form: &ArnForm| Some((form.resource_type.clone()?, form.clone()));
        let mut references = Self {
            by_shape,
            externals: externals(service, knowledge),
            described: described(model, knowledge),
            arn_forms: forms.iter().flatten().filter_map(named).collect(),
        };
        let taggable = knowledge
            .taggables
            .iter()
            .find(|taggable| taggable.service == service)
            .map(|taggable| taggable.resource.clone())
            .or_else(|| references.most_needed(model));
        // The shape of an external resource occurs at other places too, such as in a filter.
        for (shape, reference) in references.external_shapes(model) {
            references.by_shape[shape.index()] = Some(reference);
        }
        // Where any resource type is accepted, the first taggable one is used.
        for (reference, form) in references.by_shape.iter_mut().zip(&forms) {
            if form.as_ref().is_some_and(|form| form.resource_type.is_none()) {
                *reference = taggable.as_deref().map(ResourceReference::arn);
            }
        }
        references
    }

    /// Returns the resource that a path of the operation's input names.
    pub(crate) fn at(&self, operation: OperationId, path: &str, shape: ShapeId) -> Option<&ResourceReference> {
        let described = self.described.get(&operation).and_then(|at| at.iter().find(|(known, _)| known == path));
        if let Some((_, reference)) = described {
            return reference.as_ref();
        }
        self.external(operation, path).or_else(|| self.of_shape(shape))
    }

    /// Returns the resource that a shape names, at any path.
    pub(crate) fn of_shape(&self, shape: ShapeId) -> Option<&ResourceReference> {
        self.by_shape[shape.index()].as_ref()
    }

    /// Returns the external resource that a path names.
    pub(crate) fn external(&self, operation: OperationId, path: &str) -> Option<&ResourceReference> {
        self.externals.get(&operation)?.iter().find(|(at, _)| at == path).map(|(_, reference)| reference)
    }

    /// Returns the form of the ARNs of each resource type.
    pub(crate) fn arn_forms(&self) -> &BTreeMap<String, ArnForm> {
        &self.arn_forms
    }

    /// Returns all members of an input that name a resource, at any depth.
    pub(crate) fn in_input(&self, model: &Model, operation: &Operation) -> Vec<InputReference> {
        let mut found = Vec::new();
        if let Some(input) = operation.input {
            self.collect(model, operation, input, "", &mut vec![input], &mut found);
        }
        found
    }

    fn collect(
        &self,
        model: &Model,
        operation: &Operation,
        shape: ShapeId,
        path: &str,
        open: &mut Vec<ShapeId>,
        found: &mut Vec<InputReference>,
    ) {
        let children: Vec<(String, ShapeId, bool)> = match &model.shape(shape).kind {
            ShapeKind::Structure { members } | ShapeKind::Union { members } => {
                members.iter().map(|member| (member.name.clone(), member.shape, member.required)).collect()
            }
            ShapeKind::List { item: inner, .. } | ShapeKind::Map { value: inner, .. } => {
                vec![("*".to_owned(), *inner, false)]
            }
            _ => return,
        };
        for (name, child, required) in children {
            let path = ivs_model::pointer::child(path, &name);
            if let Some(reference) = self.at(operation.id, &path, child) {
                let is_required = required && open.len() == 1;
                found.push(InputReference { path: path.clone(), is_required, reference: reference.clone() });
            }
            // A recursive shape contains the same references again.
            if !open.contains(&child) {
                open.push(child);
                self.collect(model, operation, child, &path, open, found);
                open.pop();
            }
        }
    }

    /// Returns the shapes of ARNs of external resources.
    fn external_shapes(&self, model: &Model) -> Vec<(ShapeId, ResourceReference)> {
        let externals = self.externals.iter().flat_map(|(operation, at)| at.iter().map(move |it| (operation, it)));
        externals
            .filter(|(_, (_, reference))| reference.field == "arn")
            .filter_map(|(operation, (path, reference))| {
                let input = model.operation(operation.name())?.input?;
                Some((model.shape_at(input, path)?, reference.clone()))
            })
            .collect()
    }

    /// Returns the resource type that most operations need. It is used where any type is accepted.
    fn most_needed(&self, model: &Model) -> Option<String> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for member in model.operations.iter().flat_map(|operation| model.members(operation.input)) {
            if let Some(reference) = self.of_shape(member.shape).filter(|_| member.required) {
                *counts.entry(&reference.resource_type).or_default() += 1;
            }
        }
        // Takes the first of the most frequent types, so that the choice does not depend on the order of shapes.
        let most = counts.values().copied().max()?;
        counts.into_iter().find(|(_, count)| *count == most).map(|(name, _)| name.to_owned())
    }
}

/// Returns the resource that a shape names, by the form of its ARNs.
fn of_shape(form: &ArnForm, shape: &Shape) -> Option<ResourceReference> {
    // A shape with ARNs of another form counts as plain text.
    let sample = form.arn("Here00000001")?;
    let fits = shape.pattern.as_ref()?.matches(&sample) && is_of_length(shape, &sample);
    let resource_type = form.resource_type.as_deref().filter(|_| fits)?;
    Some(ResourceReference::arn(resource_type))
}

fn is_of_length(shape: &Shape, text: &str) -> bool {
    let length = text.chars().count() as u64;
    shape.min_length.is_none_or(|min| length >= min) && shape.max_length.is_none_or(|max| length <= max)
}

fn externals(service: &str, knowledge: &Knowledge) -> BTreeMap<OperationId, Vec<(String, ResourceReference)>> {
    let mut externals: BTreeMap<OperationId, Vec<(String, ResourceReference)>> = BTreeMap::new();
    for external in knowledge.externals.iter().filter(|external| external.service == service) {
        let (resource_type, field) = external_type(external.kind);
        let reference = ResourceReference {
            resource_type: resource_type.to_owned(),
            field: Cow::Borrowed(field),
            is_external: true,
        };
        for name in &external.operations {
            let at = externals.entry(OperationId::new(service, name)).or_default();
            at.push((external.member.clone(), reference.clone()));
        }
    }
    externals
}

/// The references that a pack describes, and the places where only given values fit.
fn described(model: &Model, knowledge: &Knowledge) -> BTreeMap<OperationId, Vec<(String, Option<ResourceReference>)>> {
    let mut described: BTreeMap<OperationId, Vec<(String, Option<ResourceReference>)>> = BTreeMap::new();
    let kinds: Vec<_> = knowledge.resource_kinds.iter().filter(|kind| kind.service == model.service.id).collect();
    let givens: Vec<_> = knowledge.givens.iter().filter(|given| given.service == model.service.id).collect();
    for operation in &model.operations {
        let Some(input) = operation.input else { continue };
        let has = |path: &str| model.shape_at(input, path).is_some();
        let mut places = Vec::new();
        for given in givens.iter().filter(|given| given.covers(operation.id, &given.member)) {
            places.push((given.member.clone(), None));
        }
        let (mut named, mut usual) = (Vec::new(), Vec::new());
        for kind in &kinds {
            let reference = |field: Cow<'static, str>| {
                Some(ResourceReference { resource_type: kind.resource.clone(), field, is_external: false })
            };
            for named_by in &kind.named_by {
                if let NameOrigin::Chosen(path) = &named_by.from
                    && kind.is_created_by(operation.id)
                {
                    named.push((path.clone(), reference(Cow::Borrowed(CHOSEN))));
                }
                if kind.is_named_in(named_by, operation.id) {
                    // An entry that names its operations takes precedence.
                    let places = if named_by.operations.is_empty() { &mut usual } else { &mut named };
                    let members = named_by.members.iter().filter(|member| has(member));
                    places.extend(members.map(|path| (path.clone(), reference(Cow::Owned(named_by.field.clone())))));
                }
            }
        }
        places.extend(named);
        places.extend(usual);
        if !places.is_empty() {
            described.insert(operation.id, places);
        }
    }
    described
}
