//! Facts of the endpoint as a whole: the same departure in nearly all places becomes one Finding.

use std::collections::{BTreeMap, BTreeSet};

use ivs_model::{CaseId, FindingId, FindingScope, OperationId, SuiteName};

use crate::curl::quoted;
use crate::{Finding, Grouping};

/// Fewer places than this are never taken together.
const LEAST: usize = 3;

/// Where each check was put to the test: what "nearly all" is measured against.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tried {
    sites: BTreeMap<(String, OperationId), BTreeSet<String>>,
    exercised: BTreeMap<&'static str, BTreeSet<OperationId>>,
}

impl Tried {
    /// Notes that a check was asked at a site of an operation.
    pub(crate) fn site(&mut self, check: &str, operation: OperationId, site: &str) {
        self.sites.entry((check.to_owned(), operation)).or_default().insert(site.to_owned());
    }

    /// Notes that an operation answers, so that the universal checks were asked of it.
    pub(crate) fn operation(&mut self, operation: OperationId) {
        self.exercised.entry(operation.service()).or_default().insert(operation);
    }

    fn sites_of(&self, check: &str, scope: FindingScope) -> usize {
        let sites = scope.operation().and_then(|operation| self.sites.get(&(check.to_owned(), operation)));
        sites.map_or(0, BTreeSet::len)
    }

    /// Operations in which a check could have failed at this site: those that tried it, if any did so by name, else
    /// all that answer.
    fn operations_of(&self, check: &str, service: &str, site: &str) -> usize {
        let asked = self
            .sites
            .iter()
            .filter(|((its, on), sites)| {
                its == check && on.service() == service && (site == "*" || sites.contains(site))
            })
            .count();
        if asked > 0 { asked } else { self.exercised.get(service).map_or(0, BTreeSet::len) }
    }
}

/// Takes findings together where their rule allows it: first the sites of an operation (four in five failing), then
/// the operations of a service (two in three failing), each only from [`LEAST`] on.
pub(crate) fn group(findings: Vec<Finding>, tried: &Tried) -> Vec<Finding> {
    let by_site = merge(
        findings,
        |finding| (finding.grouping == Grouping::SitesAndOperations).then(|| (finding.check.clone(), finding.scope)),
        |(check, scope), members| members.len() >= LEAST && members.len() * 5 >= tried.sites_of(check, *scope) * 4,
        |merged, members| {
            merged.sites = members.iter().map(|member| member.site.clone()).collect();
            merged.site = "*".to_owned();
            merged.pointer = String::new();
            merged.scope
        },
    );
    merge(
        by_site,
        |finding| {
            let operation = finding.scope.operation().filter(|_| finding.grouping != Grouping::Never)?;
            Some((finding.check.clone(), operation.service(), finding.site.clone()))
        },
        |(check, service, site), members| {
            members.len() >= LEAST && members.len() * 3 >= tried.operations_of(check, service, site) * 2
        },
        |merged, members| {
            merged.operations = members.iter().map(|member| member.scope.operation_name().to_owned()).collect();
            let sites: BTreeSet<String> = members.iter().flat_map(|member| member.sites.iter().cloned()).collect();
            merged.sites = sites.into_iter().collect();
            FindingScope::Service(merged.scope.service())
        },
    )
}

/// Merges the findings of equal key where `enough` says so. The merged one shows one member, with its authority, texts and
/// exchange; it lists the other answers, each with its own expectation and authority.
fn merge<K: Ord>(
    findings: Vec<Finding>,
    key: impl Fn(&Finding) -> Option<K>,
    enough: impl Fn(&K, &[Finding]) -> bool,
    rename: impl Fn(&mut Finding, &[Finding]) -> FindingScope,
) -> Vec<Finding> {
    let mut groups: BTreeMap<K, Vec<Finding>> = BTreeMap::new();
    let mut merged = Vec::new();
    for finding in findings {
        match key(&finding) {
            Some(key) => groups.entry(key).or_default().push(finding),
            None => merged.push(finding),
        }
    }
    for (key, mut members) in groups {
        if !enough(&key, &members) {
            merged.append(&mut members);
            continue;
        }
        members.sort_by(|a, b| (a.scope.operation_name(), &a.site).cmp(&(b.scope.operation_name(), &b.site)));
        let Some(first) = members.iter().min_by(|a, b| rank(a).cmp(&rank(b))) else { continue };
        let mut one = first.clone();
        one.count = members.iter().map(|member| member.count).sum();
        one.seen.clear();
        members.iter().for_each(|member| one.take_answers_of(member));
        let scope = rename(&mut one, &members);
        one.identify(FindingId::new(one.check.as_str(), scope, one.site.as_str()));
        merged.push(one);
    }
    merged
}

/// Which of several findings speaks for them: the one on the firmest ground, then the one that takes the fewest requests to
/// replay, and then the same one in every run, whatever the order of arrival.
pub(crate) fn rank(finding: &Finding) -> impl Ord + '_ {
    let Finding { severity, authority, case, expected, actual_form, reproduce, exchange, .. } = finding;
    // The control of an operation takes the fewest requests. Of a list, it may show no item and no token. What the pool met
    // need not come again.
    let is_refused = exchange.as_ref().is_some_and(|shown| shown.response.status.is_some_and(|status| status >= 400));
    let is_list = case.operation.name().starts_with("List");
    let place = if is_list && case.suite.as_str() == "pagination" {
        0
    } else if case.suite != SuiteName::SETUP {
        2
    } else if *case == CaseId::control(case.operation) && !is_refused {
        1
    } else {
        3
    };
    // A control that was sent for another case takes that case to be sent again.
    let is_of_another = !reproduce.replay.contains(&format!(" {} ", quoted(&case.to_string())));
    (severity, authority, (place, is_of_another, case), expected, actual_form, &reproduce.curl, exchange)
}
