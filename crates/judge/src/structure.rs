//! Every structure of an output, with its place.

use ivs_model::pointer::child;
use ivs_model::{Model, ShapeId, ShapeKind};
use serde_json::{Map, Value};

use crate::response_view::{Place, ResponseView};

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
    pub(crate) pointer: &'v str,
    /// The same with `*` for list items and map values.
    pub(crate) site: &'v str,
}

impl<'v> Structure<'v> {
    /// Returns a member that is a text.
    pub(crate) fn text(&self, member: &str) -> Option<&'v str> {
        self.members.get(member)?.as_str()
    }
}

/// Returns every structure in the output of a successful, valid call; none of any other answer.
///
/// The answer to an invalid input that the endpoint wrongly takes says nothing of outputs. Their places are written once for each
/// answer, however many checks look at them.
pub(crate) fn structures<'v>(view: &'v ResponseView<'_>) -> Vec<Structure<'v>> {
    let (true, true, Some((shape, reading))) = (view.is_success(), view.context.well_formed, view.reading()) else {
        return Vec::new();
    };
    let places = view.places.get_or_init(|| {
        let mut places = Vec::new();
        note_places(view.model, shape, &reading.value, ("", ""), &mut places);
        places
    });
    let mut found = Vec::with_capacity(places.len());
    collect(view.model, shape, &reading.value, places, &mut found);
    found
}

/// Writes down the places of all structures, in the order of [`collect`].
fn note_places(model: &Model, id: ShapeId, value: &Value, (pointer, site): (&str, &str), places: &mut Vec<Place>) {
    match (&model.shape(id).kind, value) {
        (ShapeKind::Structure { members } | ShapeKind::Union { members }, Value::Object(set)) => {
            for member in members {
                if let Some(value) = set.get(&member.name) {
                    let (pointer, site) = (child(pointer, &member.name), child(site, &member.name));
                    note_places(model, member.shape, value, (&pointer, &site), places);
                }
            }
            places.push((pointer.to_owned(), site.to_owned()));
        }
        (ShapeKind::List { item, .. }, Value::Array(items)) => {
            let site = child(site, "*");
            for (index, value) in items.iter().enumerate() {
                note_places(model, *item, value, (&child(pointer, &index.to_string()), &site), places);
            }
        }
        (ShapeKind::Map { value: of, .. }, Value::Object(entries)) => {
            let site = child(site, "*");
            for (key, value) in entries {
                note_places(model, *of, value, (&child(pointer, key), &site), places);
            }
        }
        _ => {}
    }
}

fn collect<'v>(model: &'v Model, id: ShapeId, value: &'v Value, places: &'v [Place], found: &mut Vec<Structure<'v>>) {
    let shape = model.shape(id);
    match (&shape.kind, value) {
        (ShapeKind::Structure { members } | ShapeKind::Union { members }, Value::Object(set)) => {
            for member in members {
                if let Some(value) = set.get(&member.name) {
                    collect(model, member.shape, value, places, found);
                }
            }
            let (pointer, site) = &places[found.len()];
            found.push(Structure { name: &shape.name, shape: id, members: set, pointer, site });
        }
        (ShapeKind::List { item, .. }, Value::Array(items)) => {
            items.iter().for_each(|value| collect(model, *item, value, places, found));
        }
        (ShapeKind::Map { value: of, .. }, Value::Object(entries)) => {
            entries.values().for_each(|value| collect(model, *of, value, places, found));
        }
        _ => {}
    }
}
