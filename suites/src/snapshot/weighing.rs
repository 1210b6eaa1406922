//! What departs from a snapshot, and on whose word.

use ivs_judge::{CheckInfo, Mismatch, Verdict};
use ivs_model::knowledge::{DefaultValue, Entry, Lifecycle};
use ivs_model::{Authority, CaseId};
use serde_json::Value;

use super::shot::{Means, Shot};
use super::store::Stored;
use crate::canonical::{Canonical, Difference, Way};
use crate::rules::{SNAPSHOT_ANSWER, SNAPSHOT_BODY};
use crate::subject::{Call, Subject};

/// One exchange to be weighed.
pub(super) struct Weighing<'a> {
    pub(super) subject: &'a Subject,
    pub(super) shot: &'a Shot,
    pub(super) stored: &'a Stored,
    pub(super) case: &'a CaseId,
}

impl Weighing<'_> {
    /// The failure of an exchange that has another answer.
    pub(super) fn answer(&self, expected: &Canonical, call: &Call) -> Verdict {
        let departure = Mismatch::new(self.shot.name.clone(), expected.answer(), call.answer.to_string())
            .because(self.stored.provenance.authority())
            .from_source(self.source());
        self.fail(vec![(&SNAPSHOT_ANSWER, departure)], call)
    }

    /// The failure of an exchange whose body differs in what the snapshot settles; none if it does not.
    pub(super) fn differences(&self, differences: &[Difference], actual: &Canonical, call: &Call) -> Option<Verdict> {
        let departures: Vec<_> = differences
            .iter()
            .filter_map(|difference| {
                let (authority, source) = self.authority(difference, actual)?;
                let site = format!("{}:{}", self.shot.name, difference.site);
                let departure = Mismatch::new(site, difference.expected.clone(), difference.actual.clone())
                    .at(difference.pointer.clone())
                    .because(authority)
                    .from_source(source);
                Some((&SNAPSHOT_BODY, departure))
            })
            .collect();
        (!departures.is_empty()).then(|| self.fail(departures, call))
    }

    fn fail(&self, departures: Vec<(&CheckInfo, Mismatch)>, call: &Call) -> Verdict {
        let input = match &self.shot.means {
            Means::Valid { input, .. } | Means::Invalid { input, .. } => input,
            Means::Triggered(_) => &self.subject.base,
        };
        let context = self.subject.context(self.case).with_input(input);
        let finding =
            |(rule, departure): &(&CheckInfo, Mismatch)| self.subject.finding(rule, departure, call, &context);
        Verdict::Fail(departures.iter().map(finding).collect())
    }

    /// Where the snapshot is, and where it comes from.
    fn source(&self) -> String {
        let (service, operation) = (self.subject.service(), &self.subject.operation.name);
        format!("snapshots/exchanges/{service}/{operation}.snap, {}", self.stored.provenance)
    }

    /// On whose word a difference counts; none if it does not: the universal checks judge it, or the endpoint may choose.
    fn authority(&self, difference: &Difference, actual: &Canonical) -> Option<(Authority, String)> {
        if matches!(difference.way, Way::Missing { required: true } | Way::Added { modeled: false } | Way::Type) {
            return None;
        }
        let default = self.default(difference, actual);
        if let (Way::Value, Some(default)) = (difference.way, default) {
            return Some((default.authority, default.source().to_owned()));
        }
        match self.stored.provenance.authority() {
            // A default may be left out of the answer; whatever else an emulator chose, others may choose otherwise.
            Authority::Inferred if default.is_some() || !difference.echo && difference.way != Way::Identity => None,
            Authority::Observed if is_early_state(self.subject, difference) => None,
            authority => Some((authority, self.source())),
        }
    }

    /// The documented default that the snapshot shows at this place.
    fn default(&self, difference: &Difference, actual: &Canonical) -> Option<&'static DefaultValue> {
        let session = &self.subject.session;
        // A resource stands in the answer by itself, or under one name.
        let within =
            difference.site.get(1..).and_then(|site| site.find('/')).map(|slash| &difference.site[slash + 1..]);
        session.knowledge.defaults.iter().find(|default| {
            default.service == self.subject.service()
                && default.operations.contains(&self.subject.operation.name)
                && (default.member == difference.site || Some(default.member.as_str()) == within)
                && actual.input.pointer(&default.member).is_none()
                && default.when.iter().all(|condition| condition.is_met(&actual.input))
                && serde_json::from_str::<Value>(&difference.expected).is_ok_and(|shown| shown == default.value)
        })
    }
}

/// Whether the difference is one of states that pass by themselves: how soon they do is up to the endpoint.
pub(crate) fn is_early_state(subject: &Subject, difference: &Difference) -> bool {
    let early = |lifecycle: &Lifecycle, shown: &str| {
        let states = lifecycle.initial.iter().chain(&lifecycle.passing).chain(&lifecycle.usable);
        states.into_iter().any(|state| format!("\"{state}\"") == shown)
    };
    let Difference { site, expected, actual, .. } = difference;
    site.ends_with("/state")
        && subject.session.knowledge.lifecycles.iter().any(|lifecycle| {
            lifecycle.service == subject.service() && early(lifecycle, expected) && early(lifecycle, actual)
        })
}
