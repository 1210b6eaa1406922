//! An output has no members but those of its shape.

use std::collections::BTreeMap;

use ivs_model::{Authority, Model, ShapeKind};

use crate::check::{Check, Undecided};
use crate::subject::Subject;
use crate::{Departure, Grouping, Rule};

/// A summary that carries the members of the whole resource. A name that the service's model has nowhere is a
/// warning: the service may be newer than the model.
pub(crate) struct UnmodeledMember;

static RULE: Rule = Rule {
    check: "unmodeled-member",
    authority: Authority::Model,
    source: "the model's output shape (facts section 10, C08)",
    grouping: Grouping::Never,
};

impl Check for UnmodeledMember {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn judge(&self, subject: &Subject<'_>) -> Result<Vec<Departure>, Undecided> {
        let (true, Some((_, reading))) = (subject.is_success(), subject.reading()) else { return Ok(Vec::new()) };
        let departures: BTreeMap<&String, Departure> = reading
            .unknown
            .iter()
            .rev()
            .map(|place| {
                let departure = Departure::new(
                    place.site.clone(),
                    format!("no member `{}` in {}", place.name, place.holder),
                    format!("a member `{}`", place.name),
                )
                .at(place.pointer.clone())
                .from_source(format!("the model of {}, {}", subject.model.service.id, place.holder));
                let known = knows(subject.model, &place.name);
                (&place.site, if known { departure } else { departure.because(Authority::Inferred) })
            })
            .collect();
        Ok(departures.into_values().collect())
    }
}

fn knows(model: &Model, name: &str) -> bool {
    model.shapes.iter().any(|shape| match &shape.kind {
        ShapeKind::Structure { members } | ShapeKind::Union { members } => {
            members.iter().any(|member| member.wire_name == name)
        }
        _ => false,
    })
}
