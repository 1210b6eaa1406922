//! The shapes of a Smithy file, with mixins and applied traits resolved.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::traits::Traits;
use crate::GapReason;
use crate::read::ReadError;
use crate::read::object::{Object, wrong};

/// The shapes of a file by id, and the traits that `apply` statements add.
pub(super) struct Ast<'a> {
    pub(super) shapes: HashMap<&'a str, Object<'a>>,
    /// The applied traits by shape id or `shape$member`.
    pub(super) applied: HashMap<&'a str, Object<'a>>,
    /// The shapes with an unknown key, or with an unknown or inexpressible trait.
    gaps: HashMap<&'a str, GapReason>,
}

impl<'a> Ast<'a> {
    pub(super) fn new(value: &'a Value) -> Result<Self, ReadError> {
        let top = Object::new(value, String::new())?;
        if !["1", "1.0", "2", "2.0"].contains(&top.require_string("smithy")?) {
            return Err(wrong("Smithy version 1.0 or 2.0", top.place_of("smithy")));
        }
        let mut ast = Self { shapes: HashMap::new(), applied: HashMap::new(), gaps: HashMap::new() };
        for entry in top.require_object("shapes")?.objects() {
            let (id, object) = entry?;
            let shape_id = shape_of(id);
            if let Err(error) = check_keys(&object).and_then(|()| each_traits_of(&object, &mut |traits| traits.check()))
            {
                ast.gaps.entry(shape_id).or_insert(error.into_gap()?);
            }
            let table = if object.require_string("type")? == "apply" { &mut ast.applied } else { &mut ast.shapes };
            table.insert(id, object);
        }
        for (id, object) in &ast.applied {
            ast.shape(shape_of(id), object.place())?;
        }
        ast.check_acyclic()?;
        Ok(ast)
    }

    /// Returns the reason why a shape cannot be expressed: its own, or that of one of its mixins.
    pub(super) fn gap(&self, id: &str) -> Result<Option<&GapReason>, ReadError> {
        if let Some(reason) = self.gaps.get(id) {
            return Ok(Some(reason));
        }
        let Some(object) = self.shapes.get(id) else { return Ok(None) };
        for (mixin, _) in self.targets(object, "mixins")? {
            if let Some(reason) = self.gap(mixin)? {
                return Ok(Some(reason));
            }
        }
        Ok(None)
    }

    /// Rejects mixins and resources that contain themselves, since a walk over them would not end.
    fn check_acyclic(&self) -> Result<(), ReadError> {
        let mut done: HashSet<&str> = HashSet::new();
        for root in self.shapes.keys() {
            // A depth-first walk: each entry is left (`true`) after all its children have been entered and left.
            let mut path: HashSet<&str> = HashSet::new();
            let mut open = vec![(*root, false)];
            while let Some((id, leave)) = open.pop() {
                if leave {
                    path.remove(id);
                    done.insert(id);
                    continue;
                }
                let Some(object) = self.shapes.get(id).filter(|_| !done.contains(id)) else { continue };
                if !path.insert(id) {
                    return Err(wrong("mixins and resources without cycles", object.place().to_owned()));
                }
                open.push((id, true));
                for key in ["mixins", "resources"] {
                    open.extend(self.targets(object, key)?.into_iter().map(|(target, _)| (target, false)));
                }
            }
        }
        Ok(())
    }

    pub(super) fn each_traits(
        &self,
        mut see: impl FnMut(&Traits<'a>) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        self.shapes.values().chain(self.applied.values()).try_for_each(|object| each_traits_of(object, &mut see))
    }

    pub(super) fn shape(&self, id: &str, place: &str) -> Result<Object<'a>, ReadError> {
        self.shapes
            .get(id)
            .cloned()
            .ok_or_else(|| ReadError::MissingShape { shape: id.to_owned(), place: place.to_owned() })
    }

    /// Returns the only service of the file.
    pub(super) fn service(&self) -> Result<(&'a str, Object<'a>), ReadError> {
        let is_service = |object: &Object<'_>| matches!(object.string("type"), Ok(Some("service")));
        let mut services = self.shapes.iter().filter(|(_, object)| is_service(object));
        match (services.next(), services.next()) {
            (Some((id, object)), None) => Ok((id, object.clone())),
            _ => Err(wrong("exactly one service among the shapes", "/shapes".to_owned())),
        }
    }

    /// Returns all traits of a shape: its own, those applied to it, those of its mixins.
    pub(super) fn traits(&self, id: &str, object: &Object<'a>) -> Result<Traits<'a>, ReadError> {
        let mut traits = Traits::default();
        traits.add(object)?;
        if let Some(applied) = self.applied.get(id) {
            traits.add(applied)?;
        }
        for (mixin, place) in self.targets(object, "mixins")?.into_iter().rev() {
            let mixin_object = self.shape(mixin, &place)?;
            traits.inherit(&self.traits(mixin, &mixin_object)?);
        }
        Ok(traits)
    }

    /// Returns the members of a structure, union or enumeration with all their traits. Members of mixins come first.
    pub(super) fn members(&self, id: &str, object: &Object<'a>) -> Result<Vec<AstMember<'a>>, ReadError> {
        let mut members: Vec<AstMember<'a>> = Vec::new();
        for (mixin, place) in self.targets(object, "mixins")? {
            for member in self.members(mixin, &self.shape(mixin, &place)?)? {
                members.retain(|known| known.name != member.name);
                members.push(member);
            }
        }
        if let Some(own) = object.object("members")? {
            for entry in own.objects() {
                let (name, member) = entry?;
                member.know(&["target", "traits"], &[])?;
                match members.iter_mut().find(|known| known.name == name) {
                    // A repeated member of a mixin adds its traits.
                    Some(known) => known.traits.add(&member)?,
                    None => members.push(AstMember::new(name, &member)?),
                }
            }
        }
        for member in &mut members {
            if let Some(applied) = self.applied.get(format!("{id}${}", member.name).as_str()) {
                member.traits.add(applied)?;
            }
        }
        Ok(members)
    }

    /// Returns the ids in a list of `{"target": id}`, each with its pointer.
    pub(super) fn targets(&self, object: &Object<'a>, key: &str) -> Result<Vec<(&'a str, String)>, ReadError> {
        object.list_of_objects(key)?.iter().map(target).collect()
    }

    /// Returns the operations of a service or resource, including those of its resources.
    pub(super) fn operations(&self, object: &Object<'a>) -> Result<Vec<(&'a str, String)>, ReadError> {
        let mut operations = self.targets(object, "operations")?;
        operations.extend(self.targets(object, "collectionOperations")?);
        for key in ["create", "put", "read", "update", "delete", "list"] {
            operations.extend(object.object(key)?.iter().map(target).collect::<Result<Vec<_>, _>>()?);
        }
        for (resource, place) in self.targets(object, "resources")? {
            operations.extend(self.operations(&self.shape(resource, &place)?)?);
        }
        Ok(operations)
    }
}

/// Returns the shape of an id that may name a member.
fn shape_of(id: &str) -> &str {
    id.split_once('$').map_or(id, |(shape, _)| shape)
}

/// Visits the traits of a shape, and those of each of its members.
fn each_traits_of<'a>(
    object: &Object<'a>,
    see: &mut impl FnMut(&Traits<'a>) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let mut see_object = |object: &Object<'a>| {
        let mut traits = Traits::default();
        traits.add(object)?;
        see(&traits)
    };
    see_object(object)?;
    for key in ["member", "key", "value"] {
        object.object(key)?.iter().try_for_each(&mut see_object)?;
    }
    if let Some(members) = object.object("members")? {
        for member in members.objects() {
            see_object(&member?.1)?;
        }
    }
    Ok(())
}

/// Rejects keys that a shape of this type does not have.
fn check_keys(object: &Object<'_>) -> Result<(), ReadError> {
    let read: &[&str] = match object.require_string("type")? {
        "structure" | "union" | "enum" | "intEnum" => &["members"],
        "list" | "set" => &["member"],
        "map" => &["key", "value"],
        "service" => &["version", "operations", "resources", "errors", "rename"],
        "operation" => &["input", "output", "errors"],
        "resource" => &[
            "identifiers",
            "properties",
            "create",
            "put",
            "read",
            "update",
            "delete",
            "list",
            "operations",
            "collectionOperations",
            "resources",
        ],
        "apply" | "blob" | "boolean" | "string" | "byte" | "short" | "integer" | "long" | "float" | "double"
        | "bigInteger" | "bigDecimal" | "timestamp" | "document" => &[],
        _ => return Err(wrong("a shape type of Smithy", object.place_of("type"))),
    };
    object.know(&[read, &["type", "traits", "mixins"]].concat(), &[])
}

pub(super) fn target<'a>(reference: &Object<'a>) -> Result<(&'a str, String), ReadError> {
    reference.know(&["target"], &["traits"])?;
    Ok((reference.require_string("target")?, reference.place_of("target")))
}

/// A member with its target and all its traits.
pub(super) struct AstMember<'a> {
    pub(super) name: &'a str,
    pub(super) target: &'a str,
    pub(super) place: String,
    pub(super) traits: Traits<'a>,
}

impl<'a> AstMember<'a> {
    pub(super) fn new(name: &'a str, object: &Object<'a>) -> Result<Self, ReadError> {
        let (target, place) = target(object)?;
        let mut traits = Traits::default();
        traits.add(object)?;
        Ok(Self { name, target, place, traits })
    }
}
