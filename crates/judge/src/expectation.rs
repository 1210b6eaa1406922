//! The verdict on a generated Case: the one evaluator, with what the Case itself adds to the evidence.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ivs_client::Exchange;
use ivs_generators::{Case, Control, Expectation, Site, SiteKind};
use ivs_model::ConstraintKind;
use serde_json::Value;

use crate::case_checks::{ACCEPTS_VALID, ECHOES_INPUT, REJECTS_INVALID};
use crate::checks::success_status;
use crate::shape_text::{constraint_name, requirement, source};
use crate::{Answer, CheckInfo, EchoEvidence, Evidence, Expected, Judge, Mismatch, RequestContext, Verdict, wire};

impl Judge<'_> {
    /// The verdict on a Case. `evidence` holds what the suite knows: the control, and whether a resource is missing. What the
    /// Case itself tells is added here. A panic while judging is indeterminate.
    #[must_use]
    pub fn expectation(
        &self,
        case: &Case,
        exchange: &Exchange,
        answer: &Answer,
        evidence: Evidence<'_>,
        context: &RequestContext<'_>,
    ) -> Verdict {
        catch_unwind(AssertUnwindSafe(|| {
            let evidence = Evidence {
                well_formed: case.is_valid(),
                externals: &case.effects.external,
                echo: self.echo(case, exchange, answer),
                ..evidence
            };
            let modeled = self.described(case.operation()).map_or(200, |(_, operation)| operation.success_status);
            let site = site_of(case);
            let pointer = case.mutation.as_ref().map_or("", |mutation| &*mutation.pointer);
            let expected = Expected::of(&case.expectation).at(&site, pointer).with_status(modeled);
            // What a call names may be gone, as after a restart of the endpoint: that is no refusal of the call.
            let misses = answer.status() == Some(404);
            if let Some(authority) = expected.refused_like_base(answer, &evidence).filter(|_| !misses) {
                self.note_declined(exchange, answer, context, authority);
            }
            expected.evaluate(answer, &evidence).verdict(|mismatch| {
                let (rule, mismatch) = self.explained(case, answer, mismatch, modeled);
                Verdict::Fail(vec![self.finding(rule, &mismatch, exchange, context)])
            })
        }))
        .unwrap_or_else(|_| Verdict::Indeterminate("the judge itself failed".to_owned()))
    }

    /// The check that a mismatch is of, and the mismatch with what the one constraint of the Case demands.
    fn explained(
        &self,
        case: &Case,
        answer: &Answer,
        mut mismatch: Mismatch,
        modeled: u16,
    ) -> (&'static CheckInfo, Mismatch) {
        let (why, source) = self.demand_of(case);
        match (&case.expectation, answer) {
            (Expectation::Rejected { .. }, _) => {
                mismatch.expected.push_str(&why);
                (&REJECTS_INVALID, sourced(mismatch, source))
            }
            // The same finding as that of the universal check, so that it is told once.
            (Expectation::Accepted { .. }, Answer::Success { status }) if *status != modeled => {
                (&success_status::RULE, mismatch)
            }
            (Expectation::Accepted { .. }, Answer::Success { .. }) => (&ECHOES_INPUT, mismatch),
            (Expectation::Accepted { .. }, _) => (&ACCEPTS_VALID, sourced(mismatch, source)),
        }
    }

    /// The constraint that a Case breaks, in words that follow the expected errors, and its source.
    fn demand_of(&self, case: &Case) -> (String, Option<String>) {
        let site = match (&case.mutation, case.sites.as_slice()) {
            (Some(mutation), _) => &mutation.site,
            (None, [site]) => site,
            (None, _) => return (String::new(), None),
        };
        let shape = self.described(case.operation()).and_then(|(model, operation)| {
            let shape = wire::shape_at(model, operation.input?, &site.path)?;
            Some((model, model.shape(shape)))
        });
        match shape {
            Some((model, shape)) => {
                let kind = constraint(site.kind);
                let place = if site.path.is_empty() { "the input" } else { &*site.path };
                (format!(": {place} {}", requirement(shape, kind)), Some(source(model, shape, kind)))
            }
            None => (String::new(), None),
        }
    }

    /// What a success shows of the values that the Case expects back.
    fn echo(&self, case: &Case, exchange: &Exchange, answer: &Answer) -> EchoEvidence {
        let Control::Echo(echoes) = &case.control else { return EchoEvidence::NotExpected };
        if !answer.is_success() {
            return EchoEvidence::NotExpected;
        }
        let Some((model, operation)) = self.described(case.operation()) else { return EchoEvidence::NotShown };
        let parsed = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap_or_default();
        let (Some(input), Some(output), Ok(response)) = (operation.input, operation.output, &exchange.outcome) else {
            return EchoEvidence::NotShown;
        };
        let sent = wire::read(model, input, Some(&parsed(&exchange.request.body)), None).value;
        let came = wire::read(model, output, Some(&parsed(&response.body)), Some(response)).value;
        let mut shown = EchoEvidence::NotShown;
        for echo in echoes {
            let Some(sent) = sent.pointer(&echo.input) else { continue };
            match came.pointer(&echo.output) {
                Some(came) if same(sent, came) => {
                    if !is_unset(sent) {
                        shown = EchoEvidence::Shown;
                    }
                }
                None if is_unset(sent) => {}
                came => {
                    let actual = if came.is_some() { "another value" } else { "no such member" };
                    return EchoEvidence::Differs { place: echo.output.clone(), actual };
                }
            }
        }
        shown
    }
}

/// Whether the value is what a service shows for a member that was never set (fact `response-unset-members`).
#[must_use]
pub fn is_unset(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        _ => false,
    }
}

/// Equality in the sense of the services: no order in lists, numbers by value, and members that the input left out do
/// not count.
#[must_use]
pub fn same(sent: &Value, came: &Value) -> bool {
    match (sent, came) {
        (Value::Number(sent), Value::Number(came)) => match (sent.as_i64(), came.as_i64()) {
            (Some(sent), Some(came)) => sent == came,
            // A float of the models is of single precision, and may come back so.
            _ => single(sent) == single(came),
        },
        (Value::Array(sent), Value::Array(came)) => {
            sent.len() == came.len() && sent.iter().all(|item| came.iter().any(|other| same(item, other)))
        }
        (Value::Object(sent), Value::Object(came)) => sent.iter().all(|(key, value)| match came.get(key) {
            Some(other) => same(value, other),
            None => is_unset(value),
        }),
        (sent, came) => sent == came || (is_unset(sent) && is_unset(came)),
    }
}

/// The number in single precision.
#[allow(clippy::cast_possible_truncation, reason = "that is what it is for")]
fn single(number: &serde_json::Number) -> Option<f32> {
    number.as_f64().map(|number| number as f32)
}

fn sourced(mismatch: Mismatch, source: Option<String>) -> Mismatch {
    match source {
        Some(source) => mismatch.from_source(source),
        None => mismatch,
    }
}

/// The place of a Case as identities name it.
fn site_of(case: &Case) -> String {
    let name = |site: &Site| format!("{}#{}", site.path, constraint_name(constraint(site.kind)));
    match (&case.mutation, case.sites.as_slice()) {
        (Some(mutation), _) => name(&mutation.site),
        (None, [site]) => name(site),
        (None, _) => String::new(),
    }
}

fn constraint(kind: SiteKind) -> ConstraintKind {
    match kind {
        SiteKind::Required => ConstraintKind::Required,
        SiteKind::Type => ConstraintKind::Type,
        SiteKind::MinLength => ConstraintKind::MinLength,
        SiteKind::MaxLength => ConstraintKind::MaxLength,
        SiteKind::MinValue => ConstraintKind::MinValue,
        SiteKind::MaxValue => ConstraintKind::MaxValue,
        SiteKind::Pattern => ConstraintKind::Pattern,
        SiteKind::Enum => ConstraintKind::Enum,
        SiteKind::UniqueItems => ConstraintKind::UniqueItems,
        SiteKind::Union => ConstraintKind::Union,
        SiteKind::TimestampFormat => ConstraintKind::TimestampFormat,
    }
}
