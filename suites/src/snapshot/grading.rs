//! What departs from a snapshot, and on whose word.

use ivs_canonical::{CanonicalExchange, Difference, DifferenceKind, StoredSnapshot};
use ivs_judge::{CheckInfo, Mismatch, Verdict};
use ivs_model::knowledge::{DefaultValue, Entry};
use ivs_model::{Authority, CaseId};
use ivs_runner::{CallKind, CanonicalCall, OperationUnderTest, SentCall, is_early_state};
use serde_json::Value;

use super::checks::{SNAPSHOT_ANSWER, SNAPSHOT_BODY};

/// One exchange to be graded.
pub(super) struct Grading<'a> {
    pub(super) under_test: &'a OperationUnderTest,
    pub(super) canonical_call: &'a CanonicalCall,
    pub(super) stored: &'a StoredSnapshot,
    pub(super) case: &'a CaseId,
}

impl Grading<'_> {
    /// The failure of an exchange that has another answer.
    pub(super) fn answer(&self, expected: &CanonicalExchange, call: &SentCall) -> Verdict {
        let departure = Mismatch::new(self.canonical_call.name.clone(), expected.answer(), call.answer.to_string())
            .because(self.stored.provenance.authority())
            .from_source(self.source());
        self.fail(vec![(&SNAPSHOT_ANSWER, departure)], call)
    }

    /// The failure of an exchange whose body differs in what the snapshot settles; none if it does not.
    pub(super) fn differences(
        &self,
        differences: &[Difference],
        actual: &CanonicalExchange,
        call: &SentCall,
    ) -> Option<Verdict> {
        let departures: Vec<_> = differences
            .iter()
            .filter_map(|difference| {
                let (authority, source) = self.authority(difference, actual)?;
                let site = format!("{}:{}", self.canonical_call.name, difference.site);
                let departure = Mismatch::new(site, difference.expected.clone(), difference.actual.clone())
                    .at(difference.pointer.clone())
                    .because(authority)
                    .from_source(source);
                Some((&SNAPSHOT_BODY, departure))
            })
            .collect();
        (!departures.is_empty()).then(|| self.fail(departures, call))
    }

    fn fail(&self, departures: Vec<(&CheckInfo, Mismatch)>, call: &SentCall) -> Verdict {
        let input = match &self.canonical_call.kind {
            CallKind::Valid { input, .. } | CallKind::Invalid { input, .. } => input,
            CallKind::Triggered(_) => &self.under_test.base,
        };
        let context = self.under_test.context(self.case).with_input(input);
        let finding =
            |(rule, departure): &(&CheckInfo, Mismatch)| self.under_test.finding(rule, departure, call, &context);
        Verdict::Fail(departures.iter().map(finding).collect())
    }

    /// Where the snapshot is, and where it comes from.
    fn source(&self) -> String {
        let (service, operation) = (self.under_test.service(), &self.under_test.operation.name);
        format!("snapshots/exchanges/{service}/{operation}.snap, {}", self.stored.provenance)
    }

    /// On whose word a difference counts; none if it does not: the universal checks judge it, or the endpoint may choose.
    fn authority(&self, difference: &Difference, actual: &CanonicalExchange) -> Option<(Authority, String)> {
        if matches!(
            difference.kind,
            DifferenceKind::Missing { required: true }
                | DifferenceKind::Added { modeled: false }
                | DifferenceKind::Type
        ) {
            return None;
        }
        let default = self.default(difference, actual);
        if let (DifferenceKind::Value, Some(default)) = (difference.kind, default) {
            return Some((default.authority, default.source().to_owned()));
        }
        match self.stored.provenance.authority() {
            // A default may be left out of the answer; whatever else an emulator chose, others may choose otherwise.
            Authority::Inferred
                if default.is_some() || !difference.echo && difference.kind != DifferenceKind::Identity =>
            {
                None
            }
            Authority::Observed if is_early_state(self.under_test, difference) => None,
            authority => Some((authority, self.source())),
        }
    }

    /// The documented default that the snapshot shows at this place.
    fn default(&self, difference: &Difference, actual: &CanonicalExchange) -> Option<&'static DefaultValue> {
        let run_context = &self.under_test.run_context;
        // A resource stands in the answer by itself, or under one name.
        let within =
            difference.site.get(1..).and_then(|site| site.find('/')).map(|slash| &difference.site[slash + 1..]);
        run_context.knowledge.defaults.iter().find(|default| {
            default.service == self.under_test.service()
                && default.operations.contains(&self.under_test.operation.name)
                && (default.member == difference.site || Some(default.member.as_str()) == within)
                && actual.input.pointer(&default.member).is_none()
                && default.when.iter().all(|condition| condition.is_met(&actual.input))
                && serde_json::from_str::<Value>(&difference.expected).is_ok_and(|shown| shown == default.value)
        })
    }
}
