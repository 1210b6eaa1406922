//! What an endpoint names by an ARN is in the region that the request is signed for.

use ivs_model::Authority;
use ivs_model::pointer::child;

use crate::caller::{ArnParts, signed_region};
use crate::check::{ResponseKind, Undecided, UniversalCheck};
use crate::explanation::Explanation;
use crate::response_view::ResponseView;
use crate::structure::{Structure, structures};
use crate::{CheckInfo, Grouping, Mismatch};

/// Resources are regional: a call reaches those of the region in its credential scope, and no others. That all ARNs have one
/// account is judged over the whole run.
///
/// Right: `arn:aws:ivs:eu-west-1:…` in the answer to a call signed for eu-west-1. Wrong: `arn:aws:ivs:us-west-2:…` there.
pub(crate) struct ArnOfCaller;

pub(crate) static RULE: CheckInfo = CheckInfo {
    check: "arn-of-caller",
    authority: Authority::Documented,
    source: "an ARN holds the region and the account of the resource (facts: arn-region-account)",
    grouping: Grouping::Operations,
};

/// The member that names the resource itself.
pub(crate) const ARN: &str = "arn";

static EXPLANATION: Explanation = Explanation {
    demand: "An ARN that the endpoint creates has the region that the request is signed for. All ARNs of a run have the same account.",
    right: &[
        "> POST /CreateChannel, signed for eu-west-1",
        "< HTTP/1.1 200",
        r#"< {"channel":{"arn":"arn:aws:ivs:eu-west-1:123456789012:channel/abcdEFGHijkl"}}"#,
    ],
    wrong: &[
        "> POST /CreateChannel, signed for eu-west-1",
        "< HTTP/1.1 200",
        r#"< {"channel":{"arn":"arn:aws:ivs:us-east-1:123456789012:channel/abcdEFGHijkl"}}"#,
    ],
    causes: &[
        "A default region that is written into ARNs. Take it from the credential scope of the request.",
        "Two modules that build ARNs, one of them with another account.",
    ],
};

impl UniversalCheck for ArnOfCaller {
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
        let Some(region) = signed_region(view.request) else { return Ok(Vec::new()) };
        let mut mismatches: Vec<Mismatch> = Vec::new();
        for structure in structures(view) {
            let Some((arn, parts)) = own_arn(view, &structure) else { continue };
            let is_known = !mismatches.is_empty();
            if parts.region != region && !is_known {
                let mismatch = Mismatch::new("region", format!("an ARN of {region}"), format!("\"{arn}\""));
                mismatches.push(mismatch.at(child(structure.pointer, ARN)));
            }
        }
        Ok(mismatches)
    }

    #[cfg(test)]
    fn found_in(&self) -> crate::test_exchange::FoundIn {
        tests::found_in()
    }
}

/// Returns the ARN that the endpoint gives a resource. An ARN that the request names is an echo.
pub(crate) fn own_arn<'v>(view: &ResponseView<'_>, structure: &Structure<'v>) -> Option<(&'v str, ArnParts<'v>)> {
    let arn = structure.text(ARN)?;
    let parts = ArnParts::of(arn)?;
    let is_echo = String::from_utf8_lossy(&view.request.body).contains(arn);
    (!is_echo).then_some((arn, parts))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::test_exchange::{FoundIn, answer, answered, call};

    pub(super) fn found_in() -> FoundIn {
        let arn = "arn:aws:ivs:eu-west-1:123456789012:playback-key/abcdABCDefgh";
        let list = call("ivs.ListPlaybackKeyPairs", &json!({}));
        vec![("region", answered(list, answer(200, json!({"keyPairs": [{"arn": arn}]}))))]
    }
}
