//! Reads the rows of the pages from the registries of the other crates. No other file here names their types.

use ivs_judge::{Report, ResultCell, ResultMatrix};
use ivs_model::{Authority, CaseId, bundled};
use ivs_runner::{Config, Suite, suite_cases};
use ivs_suites::SUITES;

use super::rows::{CheckRow, FaultRow, ResultRow, SettingRow, SuiteRow};

/// Every check, ordered by name.
pub(super) fn checks() -> Vec<CheckRow> {
    let universal: Vec<&str> = ivs_judge::checks().iter().map(|check| check.rule().check).collect();
    let mut rows: Vec<CheckRow> = ivs_suites::explained_checks()
        .map(|(info, text)| CheckRow {
            name: info.check.to_owned(),
            demand: text.demand.clone(),
            right: text.right.clone(),
            wrong: text.wrong.clone(),
            causes: text.causes.clone(),
            authority: authority(info.authority).to_owned(),
            source: info.source.to_owned(),
            is_universal: universal.contains(&info.check),
        })
        .collect();
    rows.sort_by(|one, other| one.name.cmp(&other.name));
    rows
}

fn authority(authority: Authority) -> &'static str {
    ivs_judge::authority_name(authority)
}

/// Every suite, in the order in which they run.
pub(super) fn suites() -> Vec<SuiteRow> {
    let ids = suite_cases(bundled::models(), bundled::knowledge(), SUITES, &Config::default());
    let row = |suite: &&dyn Suite| {
        let name = suite.name();
        let own: Vec<&CaseId> = ids.iter().filter(|id| id.suite == name).collect();
        SuiteRow {
            name: name.to_string(),
            description: suite.description().to_owned(),
            cases: own.len(),
            example: own.first().map(ToString::to_string),
        }
    };
    SUITES.iter().map(row).collect()
}

/// The suites of a JSON report, and the results of its operations.
pub(super) fn results(report: &[u8]) -> serde_json::Result<(Vec<String>, Vec<ResultRow>)> {
    let report: Report = serde_json::from_slice(report)?;
    let matrix = ResultMatrix::new(&report);
    let mark = |cell: &ResultCell| if cell.state == 'p' { "✓" } else { cell.mark }.to_owned();
    let mut rows = Vec::new();
    for service in &matrix.services {
        rows.extend(service.operations.iter().map(|row| ResultRow {
            operation: format!("{}.{}", service.service, row.operation),
            marks: row.cells.iter().map(mark).collect(),
            is_absent: row.absent,
        }));
    }
    Ok((matrix.suites.iter().map(ToString::to_string).collect(), rows))
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
