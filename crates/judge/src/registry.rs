//! The list of everything that this crate judges by.

use crate::checks::checks;
use crate::{CheckInfo, case_checks, judge, stated_times, valid_calls};

/// Everything that this crate judges by: the universal checks, what only a whole run shows, and what a Case owes.
pub fn rules() -> impl Iterator<Item = &'static CheckInfo> {
    let owed = [&case_checks::REJECTS_INVALID, &case_checks::ACCEPTS_VALID, &case_checks::ECHOES_INPUT];
    checks()
        .iter()
        .map(|check| check.rule())
        .chain([&judge::DISTINCT, &stated_times::TIME_STAYS, &valid_calls::ANSWERS_VALID_CALL])
        .chain(owed)
}
