//! A success has the status that the model gives it, unless the status is a member of the output.

use ivs_model::{Authority, Location};

use crate::check::{ResponseKind, Undecided, UniversalCheck};
use crate::explanation::Explanation;
use crate::response_view::ResponseView;
use crate::{CheckInfo, Grouping, Mismatch};

/// `DeleteChannel` is 204 and no 200 (facts `P01`, `P02`, `P03`).
pub(crate) struct SuccessStatus;

/// The rule, which an accepted case is judged by as well.
pub(crate) static RULE: CheckInfo = CheckInfo {
    check: "success-status",
    authority: Authority::Model,
    source: "the model's `http` trait: status of the operation (facts: P01, P03)",
    grouping: Grouping::Operations,
};

static EXPLANATION: Explanation = Explanation {
    demand: "A success has the status that the model gives the operation.",
    right: &["> POST /DeleteChannel", "< HTTP/1.1 204"],
    wrong: &["> POST /DeleteChannel", "< HTTP/1.1 200", "< {}"],
    causes: &["One success status for all operations. Seven operations of ivs and two of ivschat have 204."],
};

impl UniversalCheck for SuccessStatus {
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
        let (status, modeled) = (view.response.status, view.operation.success_status);
        let is_member = || {
            let outputs = view.model.members(view.operation.output);
            outputs.iter().any(|member| member.location == Location::StatusCode)
        };
        if !view.is_success() || status == modeled || is_member() {
            return Ok(Vec::new());
        }
        Ok(vec![Mismatch::new("", format!("status {modeled}"), format!("status {status}"))])
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
        vec![("", answered(call("ivs.DeleteChannel", &json!({"arn": ARN})), answer(200, json!({}))))]
    }
}
