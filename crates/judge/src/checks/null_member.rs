//! What is unset is left out, not null.

use std::collections::BTreeMap;

use ivs_model::Authority;

use crate::check::{ResponseKind, Undecided, UniversalCheck};
use crate::explanation::Explanation;
use crate::response_view::ResponseView;
use crate::{CheckInfo, Grouping, Mismatch};

/// `"nextToken": null` on the last page. Clients read it as absent, so it is a warning.
pub(crate) struct NullMember;

static RULE: CheckInfo = CheckInfo {
    check: "null-member",
    authority: Authority::Inferred,
    source: "restJson1: a server should leave out what is unset (facts: response-unset-members; absent preferred)",
    grouping: Grouping::Operations,
};

static EXPLANATION: Explanation = Explanation {
    demand: "A member without a value is left out instead of being null.",
    right: &["> POST /ListChannels, last page", "< HTTP/1.1 200", r#"< {"channels":[]}"#],
    wrong: &["> POST /ListChannels, last page", "< HTTP/1.1 200", r#"< {"channels":[],"nextToken":null}"#],
    causes: &["A serializer that writes optional members as null."],
};

impl UniversalCheck for NullMember {
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
            .nulls
            .iter()
            .rev()
            .map(|place| (&place.site, Mismatch::new(place.site.clone(), "absent", "null").at(place.pointer.clone())))
            .collect();
        Ok(mismatches.into_values().collect())
    }

    #[cfg(test)]
    fn found_in(&self) -> crate::test_exchange::FoundIn {
        tests::found_in()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::test_exchange::{FoundIn, list};

    pub(super) fn found_in() -> FoundIn {
        vec![("/nextToken", list(json!({"channels": [], "nextToken": null})))]
    }
}
