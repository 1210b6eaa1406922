//! `ivs-contract list`: lists what can be tested. It sends no requests.

use std::io::{self, BufWriter, Write};

use anyhow::Result;
use ivs_generators::{Polarity, systematic};
use ivs_model::{GapScope, ModelGap};
use ivs_runner::{Config, Selection, Suite, suite_cases};
use ivs_suites::SUITES;
use serde_json::{Value, json};

use super::arguments::{ListArguments, Listed};
use super::services::Services;
use crate::exit_status::ExitStatus;
use crate::selection::selection;
use crate::settings::OutputFormat;

pub(super) fn run(arguments: &ListArguments) -> Result<ExitStatus> {
    let services = Services::of(&arguments.models)?;
    let selection = selection(services.models, &arguments.selection.service, &arguments.selection.operation)?;
    let rows = match arguments.what {
        Listed::Operations => operations(services, &selection),
        Listed::Cases => cases(services, &selection),
        Listed::Sites => sites(services, &selection),
        Listed::Faults => faults(),
    };
    let mut out = BufWriter::new(io::stdout().lock());
    let written = match arguments.output {
        OutputFormat::Json => write_json(&mut out, &rows),
        OutputFormat::Text => rows.iter().try_for_each(|row| writeln!(out, "{}", row.text)),
    };
    match written.and_then(|()| out.flush()) {
        // The reader has closed the pipe, as in `list cases | head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitStatus::Success),
        result => Ok(result.map(|()| ExitStatus::Success)?),
    }
}

/// One line of the list, as text and as JSON.
struct Row {
    text: String,
    json: Value,
}

fn write_json(out: &mut impl Write, rows: &[Row]) -> io::Result<()> {
    let values: Vec<&Value> = rows.iter().map(|row| &row.json).collect();
    serde_json::to_writer_pretty(&mut *out, &values)?;
    writeln!(out)
}

fn operations(services: Services, selection: &Selection) -> Vec<Row> {
    let mut rows = Vec::new();
    for model in services.models {
        for operation in model.operations.iter().filter(|operation| selection.holds(model, operation)) {
            let service = &model.service.id;
            let errors: Vec<&str> = operation.errors.iter().map(|&id| model.shape(id).name.as_str()).collect();
            rows.push(Row {
                text: operation.id.to_string(),
                json: json!({
                    "service": service,
                    "operation": operation.name,
                    "method": operation.method.as_str(),
                    "success_status": operation.success_status,
                    "paginated": operation.pagination.is_some(),
                    "errors": errors,
                }),
            });
        }
    }
    rows
}

fn faults() -> Vec<Row> {
    let row = |fault: &ivs_emulator::FaultInfo| {
        let area = fault.area.as_str();
        let operations = if fault.operations.is_empty() { "all".to_owned() } else { fault.operations.join(", ") };
        Row {
            text: format!("{:28} {area:12} {:22} {}  ({operations})", fault.name, fault.check, fault.summary),
            json: json!({
                "name": fault.name,
                "summary": fault.summary,
                "area": area,
                "operations": fault.operations,
                "suite": fault.suite,
                "check": fault.check,
            }),
        }
    };
    ivs_emulator::FAULTS.iter().map(row).collect()
}

fn cases(services: Services, selection: &Selection) -> Vec<Row> {
    let mut rows = Vec::new();
    for model in services.models {
        for case in systematic(model, services.knowledge).cases {
            if !model.operation(case.operation().name()).is_some_and(|operation| selection.holds(model, operation)) {
                continue;
            }
            rows.push(Row {
                text: case.id.to_string(),
                json: json!({
                    "id": case.id,
                    "service": case.operation().service(),
                    "operation": case.operation().name(),
                    "suite": case.id.suite,
                    "valid": case.is_valid(),
                    "input": case.input,
                    "sites": case.sites,
                }),
            });
        }
    }
    let config = Config { selection: selection.clone(), ..Config::default() };
    // The cases of `validation` are listed above, with their inputs.
    let others: Vec<&dyn Suite> =
        SUITES.iter().copied().filter(|suite| suite.name().as_str() != "validation").collect();
    let of_suites = suite_cases(services.models, services.knowledge, &others, &config);
    rows.extend(of_suites.into_iter().map(|id| Row {
        json: json!({
            "id": id,
            "service": id.operation.service(),
            "operation": id.operation.name(),
            "suite": id.suite,
        }),
        text: id.to_string(),
    }));
    rows
}

fn sites(services: Services, selection: &Selection) -> Vec<Row> {
    let mut rows = Vec::new();
    for model in services.models {
        let plan = systematic(model, services.knowledge);
        let service = &model.service.id;
        let held = |name: &str| model.operation(name).is_some_and(|operation| selection.holds(model, operation));
        for site in plan.sites.iter().filter(|site| held(site.operation.name())) {
            let kind = serde_json::to_value(site.site.kind).unwrap_or_default();
            let path = &site.site.path;
            let gaps: Vec<_> = plan
                .gaps
                .iter()
                .filter(|gap| gap.operation == site.operation && gap.site == site.site)
                .map(|gap| {
                    let polarity = if gap.polarity == Polarity::Valid { "valid" } else { "invalid" };
                    (polarity, gap.reason.as_str())
                })
                .collect();
            let remarks: Vec<String> =
                gaps.iter().map(|(polarity, reason)| format!("  (no {polarity} case: {reason})")).collect();
            rows.push(Row {
                text: format!("{} {path}#{}{}", site.operation, kind.as_str().unwrap_or_default(), remarks.concat()),
                json: json!({
                    "service": service,
                    "operation": site.operation.name(),
                    "path": path,
                    "kind": kind,
                    "gaps": gaps.iter().map(|(polarity, reason)| json!({"polarity": polarity, "reason": reason})).collect::<Vec<_>>(),
                }),
            });
        }
        if selection.holds_service(model) {
            rows.extend(model.gaps.iter().map(|gap| left_out(service, gap)));
        }
    }
    rows
}

/// The line of a part of the model file that has no site.
fn left_out(service: &str, gap: &ModelGap) -> Row {
    let operation = match &gap.scope {
        GapScope::Operation(operation) => Some(operation.name()),
        GapScope::File | GapScope::Shape(_) => None,
    };
    Row {
        text: gap.to_string(),
        json: json!({ "service": service, "operation": operation, "left_out": gap.to_string() }),
    }
}
