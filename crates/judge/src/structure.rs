//! Every structure of an output, with its place.

use ivs_model::pointer::child;
use ivs_model::{Model, ShapeId, ShapeKind};
use serde_json::{Map, Value};

use crate::response_view::ResponseView;

/// One structure of an output, by the names of its members.
#[derive(Debug, Clone)]
pub(crate) struct Structure<'v> {
    /// The name of its shape.
    pub(crate) name: &'v str,
    /// Its shape.
    pub(crate) shape: ShapeId,
    /// Its members that are set.
    pub(crate) members: &'v Map<String, Value>,
    /// JSON pointer to it.
    pub(crate) pointer: String,
    /// The same with `*` for list items and map values.
    pub(crate) site: String,
}

impl<'v> Structure<'v> {
    /// Returns a member that is a text.
    pub(crate) fn text(&self, member: &str) -> Option<&'v str> {
        self.members.get(member)?.as_str()
    }
}

/// Returns every structure in the output of a successful, valid call; none of any other answer.
///
/// The answer to an invalid input that the endpoint wrongly takes says nothing of outputs.
pub(crate) fn structures<'v>(view: &'v ResponseView<'_>) -> Vec<Structure<'v>> {
    let mut found = Vec::new();
    if let (true, true, Some((shape, reading))) = (view.is_success(), view.context.well_formed, view.reading()) {
        collect(view.model, shape, &reading.value, "", "", &mut found);
    }
    found
}

fn collect<'v>(
    model: &'v Model,
    id: ShapeId,
    value: &'v Value,
    pointer: &str,
    site: &str,
    found: &mut Vec<Structure<'v>>,
) {
    let shape = model.shape(id);
    match (&shape.kind, value) {
        (ShapeKind::Structure { members } | ShapeKind::Union { members }, Value::Object(set)) => {
            let (pointer, site) = (pointer.to_owned(), site.to_owned());
            for member in members {
                if let Some(value) = set.get(&member.name) {
                    let (pointer, site) = (child(&pointer, &member.name), child(&site, &member.name));
                    collect(model, member.shape, value, &pointer, &site, found);
                }
            }
            found.push(Structure { name: &shape.name, shape: id, members: set, pointer, site });
        }
        (ShapeKind::List { item, .. }, Value::Array(items)) => {
            for (index, value) in items.iter().enumerate() {
                let pointer = child(pointer, &index.to_string());
                collect(model, *item, value, &pointer, &child(site, "*"), found);
            }
        }
        (ShapeKind::Map { value: of, .. }, Value::Object(entries)) => {
            for (key, value) in entries {
                collect(model, *of, value, &child(pointer, key), &child(site, "*"), found);
            }
        }
        _ => {}
    }
}
