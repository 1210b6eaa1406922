//! An output has no members but those of its shape.

use std::collections::BTreeMap;

use ivs_model::{Authority, Model, ShapeKind};

use crate::check::{ResponseKind, Undecided, UniversalCheck};
use crate::explanation::Explanation;
use crate::response_view::ResponseView;
use crate::{CheckInfo, Grouping, Mismatch};

/// A summary that carries the members of the whole resource. A name that the service's model has nowhere is a
/// warning: the service may be newer than the model.
pub(crate) struct UnmodeledMember;

static RULE: CheckInfo = CheckInfo {
    check: "unmodeled-member",
    authority: Authority::Model,
    source: "the model's output shape (facts: C08)",
    grouping: Grouping::Never,
};

static EXPLANATION: Explanation = Explanation {
    demand: "An output has no members other than those of its model shape.",
    right: &["> POST /ListStreamKeys", r#"< {"streamKeys":[{"arn":"…","channelArn":"…","tags":{}}]}"#],
    wrong: &[
        "> POST /ListStreamKeys",
        r#"< {"streamKeys":[{"arn":"…","channelArn":"…","tags":{},"value":"sk_us-east-1_…"}]}"#,
    ],
    causes: &[
        "Lists that show the whole resource where the model has a summary.",
        "Internal members that are serialized, too.",
    ],
};

impl UniversalCheck for UnmodeledMember {
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
        let (true, Some((_, reading))) = (view.is_success(), view.reading()) else { return Ok(Vec::new()) };
        let mismatches: BTreeMap<&String, Mismatch> = reading
            .unknown
            .iter()
            .rev()
            .map(|place| {
                let mismatch = Mismatch::new(
                    place.site.clone(),
                    format!("no member `{}` in {}", place.name, place.holder),
                    format!("a member `{}`", place.name),
                )
                .at(place.pointer.clone())
                .from_source(format!("the model of {}, {}", view.model.service.id, place.holder));
                let known = knows(view.model, &place.name);
                (&place.site, if known { mismatch } else { mismatch.because(Authority::Inferred) })
            })
            .collect();
        Ok(mismatches.into_values().collect())
    }

    #[cfg(test)]
    fn found_in(&self) -> crate::test_exchange::FoundIn {
        tests::found_in()
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::test_exchange::{ARN, FoundIn, list};

    pub(super) fn found_in() -> FoundIn {
        vec![(
            "/channels/*/playbackUrl",
            list(json!({"channels": [{"arn": ARN, "playbackUrl": "https://example.net"}]})),
        )]
    }
}
