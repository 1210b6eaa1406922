//! Which exchanges a universal check has something to say of.

use ivs_client::Exchange;
use ivs_model::FindingId;
use serde_json::Value;

use crate::check::ResponseKind;
use crate::{Answer, checks, judge, stated_times, valid_calls};

/// Returns the responses that a universal check looks at, by its name; none if the check is one of a suite.
fn looks_at(check: &str) -> Option<ResponseKind> {
    // These judge several exchanges of a run.
    let of_runs = [
        (judge::DISTINCT.check, ResponseKind::Any),
        (stated_times::TIME_STAYS.check, ResponseKind::Success),
        (valid_calls::ANSWERS_VALID_CALL.check, ResponseKind::Success),
    ];
    let all = checks().iter().map(|check| (check.rule().check, check.looks_at())).chain(of_runs);
    all.into_iter().find(|(name, _)| *name == check).map(|(_, kind)| kind)
}

/// Whether a finding is one of the checks of every answer, so that it needs no verdict of its case.
#[must_use]
pub fn is_universal(finding: &FindingId) -> bool {
    looks_at(&finding.check).is_some()
}

/// Whether the check of a universal finding looks at successes only. A case that passes says nothing of it by itself.
#[must_use]
pub fn is_of_successes(finding: &FindingId) -> bool {
    looks_at(&finding.check) == Some(ResponseKind::Success)
}

/// Whether the check of a universal finding looked at this exchange, so that its silence is a pass. Refusals by rate, quota or
/// permission show nothing.
#[must_use]
pub fn is_evidence(finding: &FindingId, exchange: &Exchange, answer: &Answer) -> bool {
    let is_in_scope = finding.scope.service() == exchange.operation.service()
        && finding.scope.operation().is_none_or(|operation| operation == exchange.operation);
    let Ok(response) = &exchange.outcome else { return false };
    let has_place = || finding.site.is_empty() || response.json().is_ok_and(|body| has_place(&body, &finding.site));
    let is_needed_kind = match looks_at(&finding.check) {
        Some(ResponseKind::Success) => answer.is_success() && has_place(),
        Some(ResponseKind::Error) => response.status >= 400,
        Some(ResponseKind::Any) | None => true,
    };
    is_in_scope && is_needed_kind && !answer.is_absent() && !answer.is_inconclusive()
}

/// Whether a body has the place around a site, such as an item for `/channels/*/name`. Sites that are no places need none.
fn has_place(body: &Value, site: &str) -> bool {
    let Some((around, _)) = site.rsplit_once('/') else { return true };
    let mut places = vec![body];
    for part in around.split('/').skip(1) {
        places = match part {
            "*" => places.into_iter().flat_map(|place| members(place)).collect(),
            name => places.into_iter().filter_map(|place| place.get(name)).collect(),
        };
    }
    !places.is_empty()
}

fn members(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(object) => object.values().collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_list_says_nothing_of_its_items() {
        let body = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert!(!has_place(&body(r#"{"channels":[]}"#), "/channels/*/name"));
        assert!(has_place(&body(r#"{"channels":[{}]}"#), "/channels/*/name"));
        assert!(has_place(&body("{}"), "/nextToken") && has_place(&body("{}"), ""));
    }
}
