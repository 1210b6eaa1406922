//! `ivs-contract list`: lists what can be tested. It sends no requests.

use std::collections::HashMap;
use std::io::{self, BufWriter, Write};

use anyhow::Result;
use ivs_generators::{Generator, Plan, Polarity, Site};
use ivs_model::{GapScope, Model, ModelGap};
use ivs_runner::{Config, Selection, Suite, suite_cases};
use ivs_suites::SUITES;
use serde::ser::{SerializeSeq as _, Serializer as _};
use serde_json::{Value, json};

use super::arguments::{ListArguments, Listed};
use super::services::Services;
use crate::exit_status::ExitStatus;
use crate::selection::selection;
use crate::settings::OutputFormat;

pub(super) fn run(arguments: &ListArguments) -> Result<ExitStatus> {
    let services = Services::of(&arguments.models)?;
    let selection = selection(services.models, &arguments.selection.service, &arguments.selection.operation)?;
    let write = |rows: &mut RowWriter<'_>| match arguments.what {
        Listed::Operations => operations(services, &selection, rows),
        Listed::Cases => cases(services, &selection, rows),
        Listed::Sites => sites(services, &selection, rows),
        Listed::Faults => faults(rows),
    };
    let mut out = BufWriter::new(io::stdout().lock());
    let written = match arguments.output {
        OutputFormat::Json => write_json(&mut out, write),
        OutputFormat::Text => write(&mut |row| writeln!(out, "{}", row.text)),
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

/// Writes one row. A list of a large service has too many of them to hold them all.
type RowWriter<'a> = dyn FnMut(Row) -> io::Result<()> + 'a;

fn write_json(out: &mut impl Write, write: impl FnOnce(&mut RowWriter<'_>) -> io::Result<()>) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::pretty(&mut *out);
    let mut array = serializer.serialize_seq(None)?;
    write(&mut |row| Ok(array.serialize_element(&row.json)?))?;
    array.end()?;
    writeln!(out)
}

fn operations(services: Services, selection: &Selection, rows: &mut RowWriter<'_>) -> io::Result<()> {
    for model in services.models {
        for operation in model.operations.iter().filter(|operation| selection.holds(model, operation)) {
            let service = &model.service.id;
            let errors: Vec<&str> = operation.errors.iter().map(|&id| model.shape(id).name.as_str()).collect();
            rows(Row {
                text: operation.id.to_string(),
                json: json!({
                    "service": service,
                    "operation": operation.name,
                    "method": operation.method.as_str(),
                    "success_status": operation.success_status,
                    "paginated": operation.pagination.is_some(),
                    "errors": errors,
                }),
            })?;
        }
    }
    Ok(())
}

fn faults(rows: &mut RowWriter<'_>) -> io::Result<()> {
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
    ivs_emulator::FAULTS.iter().map(row).try_for_each(rows)
}

/// The systematic cases of the selected operations of a service, one operation at a time.
fn plans(services: Services, model: &'static Model, selection: &Selection) -> impl Iterator<Item = Plan> {
    let generator = Generator::new(model, services.knowledge, services.depth);
    let selected = model.operations.iter().filter(move |operation| selection.holds(model, operation));
    selected.map(move |operation| generator.plan(operation))
}

fn cases(services: Services, selection: &Selection, rows: &mut RowWriter<'_>) -> io::Result<()> {
    for plan in services.models.iter().flat_map(|model| plans(services, model, selection)) {
        for case in plan.cases {
            rows(Row {
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
            })?;
        }
    }
    let config = Config { selection: selection.clone(), depth: services.depth, ..Config::default() };
    // The cases of `validation` are listed above, with their inputs.
    let others: Vec<&dyn Suite> =
        SUITES.iter().copied().filter(|suite| suite.name().as_str() != "validation").collect();
    for id in suite_cases(services.models, services.knowledge, &others, &config) {
        rows(Row {
            json: json!({
                "id": id,
                "service": id.operation.service(),
                "operation": id.operation.name(),
                "suite": id.suite,
            }),
            text: id.to_string(),
        })?;
    }
    Ok(())
}

fn sites(services: Services, selection: &Selection, rows: &mut RowWriter<'_>) -> io::Result<()> {
    for model in services.models {
        for plan in plans(services, model, selection) {
            sites_of(model, &plan, rows)?;
        }
        if selection.holds_service(model) {
            model.gaps.iter().map(|gap| left_out(&model.service.id, gap)).try_for_each(&mut *rows)?;
        }
    }
    Ok(())
}

/// Writes the sites of one operation, and what its bounds leave out.
fn sites_of(model: &Model, plan: &Plan, rows: &mut RowWriter<'_>) -> io::Result<()> {
    let service = &model.service.id;
    let mut gaps: HashMap<&Site, Vec<(&str, &str)>> = HashMap::new();
    for gap in &plan.gaps {
        let polarity = if gap.polarity == Polarity::Valid { "valid" } else { "invalid" };
        gaps.entry(&gap.site).or_default().push((polarity, gap.reason.as_str()));
    }
    for site in &plan.sites {
        let kind = serde_json::to_value(site.site.kind).unwrap_or_default();
        let path = &*site.site.path;
        let gaps = gaps.get(&site.site).map_or(&[][..], Vec::as_slice);
        let remarks: Vec<String> =
            gaps.iter().map(|(polarity, reason)| format!("  (no {polarity} case: {reason})")).collect();
        rows(Row {
            text: format!("{} {path}#{}{}", site.operation, kind.as_str().unwrap_or_default(), remarks.concat()),
            json: json!({
                "service": service,
                "operation": site.operation.name(),
                "path": path,
                "kind": kind,
                "gaps": gaps.iter().map(|(polarity, reason)| json!({"polarity": polarity, "reason": reason})).collect::<Vec<_>>(),
            }),
        })?;
    }
    for cut in &plan.cuts {
        rows(Row {
            text: cut.to_string(),
            json: json!({
                "service": service,
                "operation": cut.operation.name(),
                "path": &*cut.path,
                "left_out": cut.bound.to_string(),
            }),
        })?;
    }
    Ok(())
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
