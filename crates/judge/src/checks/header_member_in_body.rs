//! Members bound to headers do not stand in the body.

use ivs_model::Authority;

use crate::check::{ResponseKind, Undecided, UniversalCheck};
use crate::explanation::Explanation;
use crate::response_view::ResponseView;
use crate::{CheckInfo, Grouping, Mismatch};

/// The CORS members of some outputs, and the error type of errors.
pub(crate) struct HeaderMemberInBody;

static RULE: CheckInfo = CheckInfo {
    check: "header-member-in-body",
    authority: Authority::Model,
    source: "the model's `httpHeader` trait: such a member is bound to the header alone (facts: P12)",
    grouping: Grouping::Operations,
};

static EXPLANATION: Explanation = Explanation {
    demand: "Members that the model binds to headers are in the headers only, not in the body.",
    right: &["< HTTP/1.1 200", "< access-control-allow-origin: *", r#"< {"playbackRestrictionPolicy":{…}}"#],
    wrong: &["< HTTP/1.1 200", r#"< {"accessControlAllowOrigin":"*","playbackRestrictionPolicy":{…}}"#],
    causes: &["A serializer that ignores the `httpHeader` trait (`location: header` in botocore's models)."],
};

impl UniversalCheck for HeaderMemberInBody {
    fn rule(&self) -> &'static CheckInfo {
        &RULE
    }

    fn explanation(&self) -> &'static Explanation {
        &EXPLANATION
    }

    fn looks_at(&self) -> ResponseKind {
        ResponseKind::Any
    }

    fn judge(&self, view: &ResponseView<'_>) -> Result<Vec<Mismatch>, Undecided> {
        let (true, Some((_, reading))) = (view.is_success() || view.is_error(), view.reading()) else {
            return Ok(Vec::new());
        };
        let mismatches = reading.header_bound.iter().map(|place| {
            Mismatch::new(place.site.clone(), "in the header only", "a member of the body").at(place.pointer.clone())
        });
        Ok(mismatches.collect())
    }

    #[cfg(test)]
    fn found_in(&self) -> crate::test_exchange::FoundIn {
        tests::found_in()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::test_exchange::{ARN, FoundIn, answer, answered, call};

    pub(super) fn found_in() -> FoundIn {
        let batch = call("ivs.BatchGetChannel", &json!({"arns": [ARN]}));
        vec![("/accessControlAllowOrigin", answered(batch, answer(200, json!({"accessControlAllowOrigin": "*"}))))]
    }
}
