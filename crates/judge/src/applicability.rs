//! Which exchanges a universal check has something to say of.

use ivs_client::Exchange;
use ivs_model::FindingId;
use serde_json::Value;

use crate::{Answer, checks, judge, valid_calls};

/// Checks of successes only.
const OF_SUCCESSES: [&str; 9] = [
    "empty-204",
    "null-member",
    "output-bound",
    "output-enum",
    "output-required",
    "output-timestamp",
    "output-type",
    "success-status",
    "unmodeled-member",
];

/// Checks of errors only.
const OF_ERRORS: [&str; 6] =
    ["error-declared", "error-names-agree", "error-shape", "error-status", "error-text", "error-type-header"];

/// Whether a finding is one of the checks of every answer, so that it needs no verdict of its case.
#[must_use]
pub fn is_universal(finding: &FindingId) -> bool {
    let of_runs = [judge::DISTINCT.check, valid_calls::ANSWERS_VALID_CALL.check];
    checks().iter().map(|check| check.rule().check).chain(of_runs).any(|check| check == &*finding.check)
}

/// Whether the check of a universal finding looks at successes only. A case that passes says nothing of it by itself.
#[must_use]
pub fn is_of_successes(finding: &FindingId) -> bool {
    OF_SUCCESSES.contains(&&*finding.check)
}

/// Whether the check of a universal finding looked at this exchange, so that its silence is a pass. Refusals by rate, quota or
/// permission show nothing.
#[must_use]
pub fn is_evidence(finding: &FindingId, exchange: &Exchange, answer: &Answer) -> bool {
    let is_in_scope = finding.scope.service() == exchange.operation.service()
        && finding.scope.operation().is_none_or(|operation| operation == exchange.operation);
    let Ok(response) = &exchange.outcome else { return false };
    let check = &*finding.check;
    let is_needed_kind = if OF_SUCCESSES.contains(&check) || check == valid_calls::ANSWERS_VALID_CALL.check {
        answer.is_success()
    } else if OF_ERRORS.contains(&check) {
        response.status >= 400
    } else {
        true
    };
    is_in_scope
        && is_needed_kind
        && !answer.is_absent()
        && !answer.is_inconclusive()
        && (!OF_SUCCESSES.contains(&check)
            || finding.site.is_empty()
            || response.json().is_ok_and(|body| has_place(&body, &finding.site)))
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

    #[test]
    fn every_name_is_a_check() {
        let known: Vec<&str> = checks().iter().map(|check| check.rule().check).collect();
        for name in OF_SUCCESSES.iter().chain(&OF_ERRORS) {
            assert!(known.contains(name), "{name}");
        }
    }
}
