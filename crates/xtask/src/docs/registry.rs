//! Reads the rows of the pages from the registries of the other crates. No other file here names their types.

use ivs_generators::systematic;
use ivs_model::{Authority, bundled};
use ivs_suites::{Config, SuiteName, suite_cases};

use super::rows::{CheckRow, FaultRow, SettingRow, SuiteRow};
use super::summaries::Summaries;

/// Every check, ordered by name.
pub(super) fn checks(summaries: &Summaries) -> anyhow::Result<Vec<CheckRow>> {
    let universal: Vec<&str> = ivs_judge::checks().iter().map(|check| check.rule().check).collect();
    let row = |rule: &ivs_judge::Rule| {
        Ok(CheckRow {
            name: rule.check.to_owned(),
            demand: summaries.of_check(rule.check)?,
            authority: authority(rule.authority).to_owned(),
            source: rule.source.to_owned(),
            is_universal: universal.contains(&rule.check),
        })
    };
    let mut rows: Vec<CheckRow> = ivs_suites::all_rules().map(row).collect::<anyhow::Result<_>>()?;
    rows.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(rows)
}

fn authority(authority: Authority) -> &'static str {
    ivs_judge::authority_name(authority)
}

/// Every suite, in the order in which they run.
pub(super) fn suites(summaries: &Summaries) -> anyhow::Result<Vec<SuiteRow>> {
    let models = bundled::models();
    let validation = models.iter().flat_map(|model| systematic(model, bundled::knowledge()).cases);
    let mut ids: Vec<(&str, String)> =
        validation.map(|case| (SuiteName::Validation.as_str(), case.id.to_string())).collect();
    let others = suite_cases(models, bundled::knowledge(), &Config::default());
    ids.extend(others.into_iter().map(|(_, _, suite, id)| (suite.as_str(), id)));
    let row = |suite: SuiteName| {
        let name = suite.as_str();
        let own: Vec<&String> = ids.iter().filter(|(suite, _)| *suite == name).map(|(_, id)| id).collect();
        Ok(SuiteRow {
            name: name.to_owned(),
            description: summaries.of_suite(name)?,
            cases: own.len(),
            example: own.first().map(ToString::to_string),
        })
    };
    SuiteName::ALL.into_iter().map(row).collect()
}

/// Every planted fault, area by area.
pub(super) fn faults() -> Vec<FaultRow> {
    ivs_emulator::FAULTS
        .iter()
        .map(|fault| FaultRow {
            name: fault.name.to_owned(),
            area: fault.area.as_str().to_owned(),
            summary: fault.summary.to_owned(),
            operations: fault.operations.iter().map(ToString::to_string).collect(),
            suite: fault.suite.to_owned(),
            check: fault.check.to_owned(),
        })
        .collect()
}

/// Every key of `ivs-contract.toml`.
pub(super) fn settings() -> Vec<SettingRow> {
    ivs_contract::SETTINGS
        .iter()
        .map(|setting| SettingRow {
            key: setting.key.to_owned(),
            kind: setting.kind.to_owned(),
            default: setting.default.to_owned(),
            flag: setting.flag.map(str::to_owned),
            environment: setting.environment.map(str::to_owned),
            example: setting.example.to_owned(),
            description: setting.description.to_owned(),
        })
        .collect()
}

/// The command line.
pub(super) fn command() -> clap::Command {
    ivs_contract::command::command()
}
