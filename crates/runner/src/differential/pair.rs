//! Two answers to one request, and what their differences amount to.

use ivs_judge::{CheckInfo, Finding, Grouping, Mismatch, Verdict};
use ivs_model::{Authority, CaseId};
use serde_json::Value;

use super::side::Shown;
use crate::capture::{PUT, is_early_state};
use crate::case_context::{CaseResult, indeterminate};
use crate::operation_under_test::OperationUnderTest;
use ivs_canonical::{Difference, DifferenceKind, compare};

/// Two endpoints answer alike.
pub static DIFFERS: CheckInfo = CheckInfo {
    check: "differs",
    authority: Authority::Inferred,
    source: "the answer of the endpoint that is compared with",
    grouping: Grouping::Operations,
};

/// The facts that a finding about a difference reports.
pub(super) struct DifferenceReport<'a> {
    /// The operation at the target.
    pub(super) under_test: &'a OperationUnderTest,
    /// The id of the case.
    pub(super) case: &'a CaseId,
    /// The stable name of what was sent, for a difference of the answer as a whole.
    pub(super) site: &'a str,
    /// The input as the generator wrote it.
    pub(super) input: &'a Value,
    /// On whose word the other endpoint is right.
    pub(super) authority: Authority,
    /// The endpoint that is compared with, and what came before the call.
    pub(super) source: String,
    /// How to see the difference again.
    pub(super) replay: String,
}

/// Whether two answers can be compared at all.
pub(super) fn comparable(target: &CaseResult<Shown>, against: &CaseResult<Shown>) -> Result<(), Verdict> {
    let (target, against) = match (target, against) {
        (Err(verdict), _) | (_, Err(verdict)) => return Err(verdict.clone()),
        (Ok(target), Ok(against)) => (target, against),
    };
    for (side, shown) in [("the target", target), ("the other endpoint", against)] {
        if let Some(missing) = &shown.call.missing {
            return Err(indeterminate(format!("the input names a resource that does not exist at {side}: {missing}")));
        }
        if shown.call.answer.is_account_error() && target.call.answer != against.call.answer {
            return Err(indeterminate(format!("{side} answers {}, which may be about the account", shown.call.answer)));
        }
    }
    Ok(())
}

/// Everything in which two answers differ.
pub(super) fn differences(under_test: &OperationUnderTest, target: &Shown, against: &Shown) -> Vec<Difference> {
    let mut found =
        compare(under_test.model, under_test.operation, &against.canonical, &target.canonical, &PUT).differences;
    // How soon a state passes is nobody's fault.
    found.retain(|difference| !is_early_state(under_test, difference));
    found
}

impl DifferenceReport<'_> {
    /// A finding for each difference.
    pub(super) fn findings(&self, differences: &[Difference], target: &Shown) -> Vec<Finding> {
        differences.iter().map(|difference| self.finding(difference, target)).collect()
    }

    fn finding(&self, difference: &Difference, target: &Shown) -> Finding {
        // A difference in the body is one of the operation, whatever was sent.
        let site = match difference.kind {
            DifferenceKind::Answer => self.site.to_owned(),
            _ => format!("body:{}", difference.site),
        };
        let departure = Mismatch::new(site, difference.expected.clone(), difference.actual.clone())
            .at(difference.pointer.clone())
            .because(self.authority)
            .from_source(self.source.clone());
        let context = self.under_test.context(self.case).with_input(self.input);
        let mut finding = self.under_test.finding(&DIFFERS, &departure, &target.call, &context);
        finding.reproduce.replay.clone_from(&self.replay);
        finding
    }
}
