//! `ivs-contract call SERVICE OPERATION`: sends one signed request and judges the response by the universal checks.

use std::io::Read as _;

use anyhow::{Context as _, Result, anyhow, bail};
use ivs_client::{Caller as _, Exchange, Signing, encode};
use ivs_generators::{Depth, Generator, Placeholder, Samples};
use ivs_judge::render::{Console, counted};
use ivs_judge::{ExchangePrinter, Judge, RequestContext, Severity, closest, plain};
use ivs_model::{CaseId, Model, Operation, bundled, validate};
use serde_json::{Value, json};

use super::arguments::{CallArguments, GlobalArguments};
use super::query;
use super::terminal::{print_notes, print_text};
use super::trace::TraceLayer;
use super::value_output::{ValueFormat, render};
use crate::exit_status::ExitStatus;
use crate::selection;
use crate::settings::SettingsFile;
use crate::target;

pub(super) async fn run(arguments: &CallArguments, global: &GlobalArguments) -> Result<ExitStatus> {
    let (model, operation) = operation(&arguments.service, &arguments.operation)?;
    if arguments.skeleton {
        print_text(&render(&skeleton(model, operation)?, ValueFormat::Json, &operation.name)?)?;
        return Ok(ExitStatus::Success);
    }
    let query = arguments.query.as_deref().map(query::compile).transpose()?;
    let input = input(arguments.input.as_deref())?;
    let is_valid = check_input(model, operation, &input, arguments.unchecked)?;
    let request = encode(model, operation, &input)
        .with_context(|| format!("the input of {} cannot be sent over HTTP", operation.id))?;

    let file = SettingsFile::read(arguments.config.config.as_deref())?;
    print_notes(&file.notes);
    let resolved = target::resolve(&arguments.target, &file, bundled::models()).await?;
    let service = operation.id.service();
    if !resolved.services.is_empty() && !resolved.services.iter().any(|known| known == service) {
        bail!("no endpoint URL for {service}. Set one with --endpoint-url or --endpoint-url-{service}");
    }
    let is_write = ivs_catalog::bundled().operation(operation.id).is_none_or(|facts| facts.access.is_write());
    if is_write && !resolved.allow_writes {
        bail!("{} writes. Writes to a non-loopback endpoint require --allow-writes ACCOUNT_ID", operation.id);
    }
    if is_write && !resolved.is_loopback() {
        eprintln!("note: `call` does not delete what it creates");
    }
    let reproducer = resolved.reproducer(0).await?;
    let is_signed = resolved.sign_requests;
    let client = TraceLayer::new(resolved.caller()?, bundled::models(), global.debug, reproducer.clone());
    let signing = if is_signed { Signing::Valid } else { Signing::Unsigned };
    let exchange = client.send(operation.id, request, &signing).await;
    if let Some(emulator) = resolved.emulator {
        emulator.stop().await;
    }

    let case = CaseId::control(operation.id);
    let context = RequestContext { well_formed: is_valid, signed: is_signed, ..RequestContext::valid(&case) };
    let judge = Judge::new(bundled::models(), bundled::knowledge(), reproducer.clone());
    let mut findings = judge.universal(&exchange, &context).findings;
    findings.sort_by(|one, other| (one.severity, &one.identity).cmp(&(other.severity, &other.identity)));
    let mut judged = Vec::new();
    for finding in &findings {
        Console { color: false }.finding(finding, &mut judged)?;
    }
    let judged = String::from_utf8_lossy(&judged).into_owned();
    let (line, status) = verdict(&exchange, &findings.iter().map(|finding| finding.severity).collect::<Vec<_>>());

    if arguments.output.is_none() && query.is_none() {
        let printer = ExchangePrinter::new(bundled::models(), reproducer);
        print_text(&format!("{}\n\n{judged}{}\n", printer.show(&exchange), plain(&line)))?;
        return Ok(status);
    }
    eprint!("{judged}");
    eprintln!("{}", plain(&line));
    let Ok(response) = &exchange.outcome else { return Ok(status) };
    let body = if response.body.is_empty() { json!({}) } else { body(&response.body)? };
    let shown = match &query {
        Some(query) => query::search(query, &body)?,
        None => body,
    };
    print_text(&render(&shown, arguments.output.unwrap_or(ValueFormat::Json), &operation.name)?)?;
    Ok(status)
}

/// Returns the operation of these names. The operation may be written as in the AWS CLI, such as `create-channel`.
fn operation(service: &str, name: &str) -> Result<(&'static Model, &'static Operation)> {
    let service = selection::service(bundled::models(), service)?;
    let model = bundled::model(service).ok_or_else(|| anyhow!("'{service}' is not a service"))?;
    let joined = name.replace('-', "");
    if let Some(found) = model.operations.iter().find(|operation| operation.name.eq_ignore_ascii_case(&joined)) {
        return Ok((model, found));
    }
    let others: Vec<&str> = bundled::models()
        .iter()
        .filter(|other| other.operations.iter().any(|operation| operation.name.eq_ignore_ascii_case(&joined)))
        .map(|other| other.service.id.as_str())
        .collect();
    if let Some(other) = others.first() {
        bail!("{service} has no operation '{name}', but {other} has (ivs-contract call {other} {name})");
    }
    match closest(&joined, model.operations.iter().map(|operation| operation.name.as_str())) {
        Some(closest) => bail!("{service} has no operation '{name}'. Did you mean '{closest}'?"),
        None => bail!("{service} has no operation '{name}'. See `ivs-contract list operations --service {service}`"),
    }
}

/// Reads the input: JSON, `@FILE`, or `@-` for stdin.
fn input(argument: Option<&str>) -> Result<Value> {
    let text = match argument {
        None => return Ok(json!({})),
        Some("@-") => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).context("cannot read the input from stdin")?;
            text
        }
        Some(argument) => match argument.strip_prefix('@') {
            Some(path) => {
                std::fs::read_to_string(path).with_context(|| format!("cannot read the input file {path}"))?
            }
            None => argument.to_owned(),
        },
    };
    serde_json::from_str(&text).map_err(|error| {
        anyhow!("the input is not JSON: {error} (example: --input '{{\"name\":\"live\"}}', or --input @input.json)")
    })
}

/// Returns whether the model allows the input. An input that it forbids is an error, unless the user wants to send it.
fn check_input(model: &Model, operation: &Operation, input: &Value, unchecked: bool) -> Result<bool> {
    let violations = match operation.input {
        Some(shape) => validate(model, shape, input),
        None => Vec::new(),
    };
    if violations.is_empty() || unchecked {
        return Ok(violations.is_empty());
    }
    let lines: Vec<String> = violations
        .iter()
        .map(|violation| {
            let kind = serde_json::to_value(violation.constraint).unwrap_or_default();
            let place = if violation.pointer.is_empty() { "the input" } else { &violation.pointer };
            format!("  {place} violates {}", kind.as_str().unwrap_or_default())
        })
        .collect();
    bail!(
        "the model of {} forbids this input:\n{}\nSee a valid one with --skeleton, or send it with --unchecked",
        operation.id,
        lines.join("\n")
    );
}

/// Returns a valid input with as many members as the generators have for one input.
fn skeleton(model: &Model, operation: &Operation) -> Result<Value> {
    let cases = Generator::new(model, bundled::knowledge(), Depth::default()).plan(operation).cases;
    let valid = cases.iter().filter(|case| case.is_valid());
    let size =
        |input: &Value| (input.as_object().map_or(0, serde_json::Map::len), std::cmp::Reverse(input.to_string().len()));
    let Some(case) = valid.max_by_key(|case| size(&case.input.value())) else {
        bail!("no valid input of {} can be generated", operation.id)
    };
    let samples = Samples::of(model, bundled::knowledge());
    Placeholder::fill(&case.input.value(), &mut |placeholder| Some(samples.sample(placeholder)))
        .ok_or_else(|| anyhow!("no valid input of {} can be generated", operation.id))
}

fn body(bytes: &[u8]) -> Result<Value> {
    serde_json::from_slice(bytes).map_err(|error| anyhow!("the response has no JSON body: {error}"))
}

/// Returns the last line and the exit status.
fn verdict(exchange: &Exchange, findings: &[Severity]) -> (String, ExitStatus) {
    let response = match &exchange.outcome {
        Ok(response) => response,
        Err(failure) => return (format!("INDETERMINATE: no response: {failure}"), ExitStatus::Inconclusive),
    };
    let errors = findings.iter().filter(|severity| **severity == Severity::Error).count();
    let warnings = findings.len() - errors;
    if findings.is_empty() {
        return (format!("PASS: status {}, no findings", response.status), ExitStatus::Success);
    }
    let found = format!(
        "status {}, {}, {}",
        response.status,
        counted(errors as u64, "error"),
        counted(warnings as u64, "warning")
    );
    if errors == 0 {
        (format!("PASS: {found}"), ExitStatus::Success)
    } else {
        (format!("FAIL: {found}"), ExitStatus::Findings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_a_skeleton_that_the_model_allows() {
        for model in bundled::models() {
            for operation in &model.operations {
                let input = skeleton(model, operation).unwrap();
                assert!(check_input(model, operation, &input, false).unwrap(), "{}: {input}", operation.id);
                encode(model, operation, &input).unwrap();
            }
        }
    }

    #[test]
    fn operations_are_found_in_the_notation_of_the_aws_cli() {
        for name in ["CreateChannel", "create-channel", "createchannel"] {
            assert_eq!(operation("IVS", name).unwrap().1.name, "CreateChannel");
        }
        let error = |service, name| operation(service, name).unwrap_err().to_string();
        assert!(error("ivs", "CreateRoom").contains("ivschat has"));
        assert!(error("ivs", "CreateChannell").contains("Did you mean 'CreateChannel'?"));
        assert!(error("ivschatt", "CreateRoom").contains("Did you mean 'ivschat'?"));
    }
}
