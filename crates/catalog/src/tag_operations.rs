//! The tag operations of a service, found in the model by the locations of their members.

use ivs_model::{Location, Member, Model, Operation, ShapeId, ShapeKind, validate};
use serde_json::{Map, Value, json};

use crate::OperationEffects;

/// The tag operations of one service.
#[derive(Debug, Clone, Copy)]
pub struct TagOperations<'m> {
    /// The short name of the service.
    pub service: &'m str,
    /// The operation that adds tags.
    pub tagger: &'m Operation,
    /// The operation that lists tags.
    pub reader: &'m Operation,
    /// The operation that removes tags.
    pub untagger: &'m Operation,
    /// The label that names the resource.
    arn: &'m str,
    /// The member that takes tags.
    pub tags: &'m str,
    /// The member that takes keys to remove.
    keys: &'m str,
    /// The output member that lists tags.
    pub shown: &'m str,
    /// The shape of tags.
    shape: ShapeId,
}

/// The role of an operation in tagging.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagRole {
    /// The operation adds tags.
    Tagger,
    /// The operation removes tags.
    Untagger,
    /// The operation lists tags.
    Reader,
    /// The operation creates a resource with tags.
    Creator,
}

fn is_map(model: &Model, member: &Member) -> bool {
    matches!(model.shape(member.shape).kind, ShapeKind::Map { .. })
}

impl<'m> TagOperations<'m> {
    /// Returns the tag operations of the service, if it has all three.
    #[must_use]
    pub fn of(model: &'m Model) -> Option<Self> {
        let labelled = |operation: &&'m Operation| label(model, operation).is_some();
        let mut operations = model.operations.iter().filter(labelled);
        let with = |location: Location, operation: &'m Operation| {
            model.members(operation.input).iter().find(|member| member.location == location)
        };
        let (mut tagger, mut untagger, mut reader) = (None, None, None);
        operations.by_ref().for_each(|operation| {
            let map = with(Location::Body, operation).filter(|member| is_map(model, member));
            let keys = with(Location::Query, operation);
            let shown = model.members(operation.output).iter().find(|member| is_map(model, member));
            match (map, keys, shown) {
                (Some(map), _, _) => tagger = Some((operation, map)),
                (_, Some(keys), _) => untagger = Some((operation, keys)),
                (_, _, Some(shown)) => reader = Some((operation, shown)),
                _ => {}
            }
        });
        let ((tagger, tags), (untagger, keys), (reader, shown)) = (tagger?, untagger?, reader?);
        Some(Self {
            service: &model.service.id,
            tagger,
            reader,
            untagger,
            arn: label(model, tagger)?,
            tags: &tags.name,
            keys: &keys.name,
            shown: &shown.name,
            shape: tags.shape,
        })
    }

    /// Returns the role of an operation in tagging, if it has one.
    pub(crate) fn role(&self, model: &Model, operation: &Operation, effects: &OperationEffects) -> Option<TagRole> {
        let takes_tags = || {
            let members = model.members(operation.input);
            members.iter().any(|member| member.location == Location::Body && member.shape == self.shape)
        };
        match &operation.name {
            name if *name == self.tagger.name => Some(TagRole::Tagger),
            name if *name == self.untagger.name => Some(TagRole::Untagger),
            name if *name == self.reader.name => Some(TagRole::Reader),
            _ if !effects.creates.is_empty() && takes_tags() => Some(TagRole::Creator),
            _ => None,
        }
    }

    /// Returns the input that adds tags.
    #[must_use]
    pub fn add(&self, arn: &str, tags: &Map<String, Value>) -> Value {
        json!({ self.arn: arn, self.tags: tags })
    }

    /// Returns the input that removes tags.
    #[must_use]
    pub fn remove(&self, arn: &str, keys: &[&str]) -> Value {
        json!({ self.arn: arn, self.keys: keys })
    }

    /// Returns the input that lists tags.
    #[must_use]
    pub fn list(&self, arn: &str) -> Value {
        json!({ self.arn: arn })
    }

    /// Returns the maximum number of tags.
    #[must_use]
    pub fn most(&self, model: &Model) -> u64 {
        model.shape(self.shape).max_length.unwrap_or(50)
    }

    /// Returns whether the model takes a text as the key and the value of a tag.
    #[must_use]
    pub fn takes(&self, model: &Model, text: &str) -> bool {
        validate(model, self.shape, &json!({ text: text })).is_empty()
    }

    /// Returns whether a path of an input leads into tags or their keys.
    #[must_use]
    pub fn is_text_of_tags(&self, path: &str) -> bool {
        let member = path.split('/').nth(1);
        member == Some(self.tags) || member == Some(self.keys)
    }

    /// Returns whether the model says of which characters tags are.
    #[must_use]
    pub fn restricts_text(&self, model: &Model) -> bool {
        match model.shape(self.shape).kind {
            ShapeKind::Map { key, .. } => model.shape(key).pattern.is_some(),
            _ => false,
        }
    }
}

/// Returns the member in the path, if the operation has exactly one.
fn label<'m>(model: &'m Model, operation: &Operation) -> Option<&'m str> {
    let mut labels = model.members(operation.input).iter().filter(|member| member.location == Location::Label);
    labels.next().filter(|_| labels.next().is_none()).map(|member| member.name.as_str())
}

#[cfg(test)]
mod tests {
    use ivs_model::bundled;

    use super::*;

    #[test]
    fn every_service_has_three_tag_operations() {
        for model in bundled::models() {
            let tag_operations = TagOperations::of(model).expect("the service tags");
            let names = [&tag_operations.tagger.name, &tag_operations.untagger.name, &tag_operations.reader.name];
            assert_eq!(names, ["TagResource", "UntagResource", "ListTagsForResource"], "{}", model.service.id);
            assert_eq!(
                (tag_operations.arn, tag_operations.tags, tag_operations.keys, tag_operations.shown),
                ("resourceArn", "tags", "tagKeys", "tags")
            );
        }
    }
}
