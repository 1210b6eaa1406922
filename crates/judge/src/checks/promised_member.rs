//! An output shows the members that a caller cannot do without, also where the model leaves them optional.

use ivs_model::Authority;
use ivs_model::pointer::child;

use crate::check::{ResponseKind, Undecided, UniversalCheck};
use crate::explanation::Explanation;
use crate::response_view::ResponseView;
use crate::structure::structures;
use crate::{CheckInfo, Grouping, Mismatch};

/// The model requires few members of outputs. AWS documents more, such as the stream key of a new channel.
///
/// Right: `{"channel": {…}, "streamKey": {…}}`. Wrong: `{"channel": {…}}`, or a `streamKey` without `value`.
pub(crate) struct PromisedMember;

static RULE: CheckInfo = CheckInfo {
    check: "promised-member",
    authority: Authority::Documented,
    source: "the documentation of the output (facts: response-shows-resource)",
    grouping: Grouping::Never,
};

static EXPLANATION: Explanation = Explanation {
    demand: "An output has the members that its documentation promises, also where the model leaves them optional.",
    right: &["> POST /CreateChannel", r#"< {"channel":{…},"streamKey":{"value":"sk_us-east-1_…",…}}"#],
    wrong: &["> POST /CreateChannel", r#"< {"channel":{…}}"#],
    causes: &["A response that has the required members of the model only. The models require few members of outputs."],
};

impl UniversalCheck for PromisedMember {
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
        let mut mismatches: Vec<Mismatch> = Vec::new();
        for structure in structures(view) {
            let promises = view.knowledge.promises.iter();
            for promise in promises.filter(|promise| promise.covers(view.operation.id, structure.name)) {
                for member in promise.members.iter().filter(|member| !structure.members.contains_key(*member)) {
                    let (site, pointer) = (child(structure.site, member), child(structure.pointer, member));
                    // A member that is null is told once, by the check for that.
                    let is_null = view.reading().is_some_and(|(_, it)| it.nulls.iter().any(|at| at.site == site));
                    if is_null || mismatches.iter().any(|known| known.site == site) {
                        continue;
                    }
                    let mismatch = Mismatch::new(site, format!("{} with {member}", structure.name), "absent or empty");
                    let mismatch = mismatch.at(pointer).because(promise.authority);
                    mismatches.push(mismatch.from_source(promise.source.clone()));
                }
            }
        }
        Ok(mismatches)
    }

    #[cfg(test)]
    fn found_in(&self) -> crate::test_exchange::FoundIn {
        tests::found_in()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::test_exchange::{FoundIn, answer, channel, create};

    pub(super) fn found_in() -> FoundIn {
        vec![("/streamKey", create(answer(200, json!({"channel": channel()["channel"]}))))]
    }
}
