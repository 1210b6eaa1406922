//! What a Case owes held against what came, with the control that makes a pass mean something.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ivs_client::Exchange;
use ivs_generators::{Case, Control, Echo, Expectation, ExpectedError, Site, SiteKind};
use ivs_model::{Authority, ConstraintKind};
use serde_json::Value;

use crate::checks::success_status;
use crate::shape_text::{constraint_name, demand, source};
use crate::{Answer, CheckInfo, Grouping, Judge, Mismatch, RequestContext, Verdict, wire};

/// A request that breaks a constraint is rejected with an expected code and status.
pub(crate) static REJECTS_INVALID: CheckInfo = CheckInfo {
    check: "rejects-invalid",
    authority: Authority::Model,
    source: "the constraints of the service model",
    grouping: Grouping::Never,
};

/// A request that keeps every constraint is not rejected as invalid.
pub(crate) static ACCEPTS_VALID: CheckInfo = CheckInfo {
    check: "accepts-valid",
    authority: Authority::Model,
    source: "the constraints of the service model",
    grouping: Grouping::Never,
};

/// The output shows the value that the input set.
pub(crate) static ECHOES_INPUT: CheckInfo = CheckInfo {
    check: "echoes-input",
    authority: Authority::Inferred,
    source: "members of equal name and shape in input and output",
    grouping: Grouping::Never,
};

/// What the answer to a Case shows of its echoes.
#[derive(Debug, PartialEq, Eq)]
enum Shown {
    /// At least one value came back that is not what an unset member would show.
    Yes,
    /// Nothing that tells.
    Nothing,
    /// Another value came back, or none, at this place.
    Otherwise(String, &'static str),
}

impl Judge<'_> {
    /// The verdict on a Case. `control` is the exchange that [`Case::control`] asks for: the valid or invalid twin, or
    /// a read-back where echoes are to be found. Without a control that tells the difference there is no pass; a
    /// panic while judging is indeterminate.
    #[must_use]
    pub fn expectation(
        &self,
        case: &Case,
        exchange: &Exchange,
        control: Option<&Exchange>,
        context: &RequestContext<'_>,
    ) -> Verdict {
        catch_unwind(AssertUnwindSafe(|| match &case.expectation {
            Expectation::Rejected { errors, authority, code_authority } => {
                self.rejected(case, exchange, control, context, errors, (*authority, *code_authority))
            }
            Expectation::Accepted { authority, unless } => {
                self.accepted(case, exchange, control, context, *authority, unless)
            }
        }))
        .unwrap_or_else(|_| Verdict::Indeterminate("the judge itself failed".to_owned()))
    }

    fn rejected(
        &self,
        case: &Case,
        exchange: &Exchange,
        control: Option<&Exchange>,
        context: &RequestContext<'_>,
        errors: &[ExpectedError],
        (authority, code_authority): (Authority, Authority),
    ) -> Verdict {
        let answer = self.answer(exchange);
        if is_one_of(&answer, errors) {
            return match control.map(|control| self.answer(control)) {
                None => Verdict::Indeterminate("no valid twin was sent".to_owned()),
                Some(twin) if twin == answer => {
                    Verdict::Indeterminate(format!("the valid twin is answered by {twin} too"))
                }
                Some(twin) if is_inconclusive(&twin) => Verdict::Indeterminate(format!("the valid twin got {twin}")),
                Some(_) => Verdict::Pass,
            };
        }
        if of_the_account(&answer) {
            return Verdict::Indeterminate(format!("answered by {answer}, which tells of the account"));
        }
        let because = match &answer {
            Answer::None(_) => return Verdict::Indeterminate(answer.to_string()),
            Answer::Success { .. } if !speaks_json(exchange) => {
                return Verdict::Indeterminate("the answer is no JSON".to_owned());
            }
            // A rejection it is, though by another name: that rests on the authority of the code.
            Answer::Error { status, .. } | Answer::Nameless { status } | Answer::Absent { status, .. }
                if *status < 500 =>
            {
                code_authority
            }
            _ => authority,
        };
        let pointer = case.mutation.as_ref().map_or("", |mutation| mutation.pointer.as_str());
        let (why, source) = self.demand_of(case);
        let expected = format!("{}{why}", listed(errors));
        let mismatch = Mismatch::new(site_of(case), expected, answer.to_string()).at(pointer).because(because);
        self.failed(&REJECTS_INVALID, sourced(mismatch, source), exchange, context)
    }

    fn accepted(
        &self,
        case: &Case,
        exchange: &Exchange,
        control: Option<&Exchange>,
        context: &RequestContext<'_>,
        authority: Authority,
        unless: &[ExpectedError],
    ) -> Verdict {
        let answer = self.answer(exchange);
        let modeled = self.described(case.operation()).map_or(200, |(_, operation)| operation.success_status);
        let taken = match &answer {
            Answer::Success { status } if *status == modeled => true,
            Answer::Success { status } => {
                // The same finding as that of the universal check, so that it is told once.
                let mismatch = Mismatch::new("", format!("status {modeled}"), format!("status {status}"));
                return self.failed(&success_status::RULE, mismatch, exchange, context);
            }
            answer if is_one_of(answer, unless) => false,
            answer if of_the_account(answer) || matches!(answer, Answer::None(_)) => {
                return Verdict::Indeterminate(format!("a valid call got {answer}"));
            }
            answer if !case.effects.external.is_empty() && answer.status().is_some_and(|status| status < 500) => {
                let names = case.effects.external.join(", ");
                return Verdict::Indeterminate(format!("the input names things outside: {names}"));
            }
            answer => {
                // A base call that fails the same way fails for all its sites: one finding, not one for each.
                let base = control.map(|control| self.answer(control)).is_some_and(|control| control == *answer);
                let site = if base { String::new() } else { site_of(case) };
                let mut expected = modeled.to_string();
                if !unless.is_empty() {
                    expected = format!("{expected} or {}", listed(unless));
                }
                let (_, source) = self.demand_of(case);
                let mismatch = Mismatch::new(site, expected, answer.to_string()).because(authority);
                return self.failed(&ACCEPTS_VALID, sourced(mismatch, source), exchange, context);
            }
        };
        match &case.control {
            Control::Echo(echoes) if taken => match self.shown(case, exchange, control.unwrap_or(exchange), echoes) {
                Shown::Yes => Verdict::Pass,
                Shown::Nothing => Verdict::Indeterminate("nothing of the input comes back".to_owned()),
                Shown::Otherwise(place, actual) => {
                    let expected = "the value of the input";
                    let mismatch = Mismatch::new(place.clone(), expected, actual).at(place);
                    self.failed(&ECHOES_INPUT, mismatch, exchange, context)
                }
            },
            Control::InvalidTwin { errors, .. } => match control.map(|control| self.answer(control)) {
                Some(twin) if is_one_of(&twin, errors) && twin != answer => Verdict::Pass,
                Some(twin) => Verdict::Indeterminate(format!("the invalid twin got {twin}")),
                None => Verdict::Indeterminate("no invalid twin was sent".to_owned()),
            },
            Control::Echo(_) | Control::ValidTwin(_) | Control::Unavailable => {
                Verdict::Indeterminate(format!("{answer}, and no control tells whether the input was looked at"))
            }
        }
    }

    fn failed(
        &self,
        rule: &CheckInfo,
        mismatch: Mismatch,
        exchange: &Exchange,
        context: &RequestContext<'_>,
    ) -> Verdict {
        Verdict::Fail(vec![self.finding(rule, &mismatch, exchange, context)])
    }

    /// What the one constraint of a Case demands, in words to follow the expected errors, and where it stands.
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
                (format!(", since {} is to be {}", site.path, demand(shape, kind)), Some(source(model, shape, kind)))
            }
            None => (String::new(), None),
        }
    }

    fn shown(&self, case: &Case, exchange: &Exchange, answer: &Exchange, echoes: &[Echo]) -> Shown {
        let Some((model, operation)) = self.described(case.operation()) else { return Shown::Nothing };
        let parsed = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap_or_default();
        let (Some(input), Some(output), Ok(response)) = (operation.input, operation.output, &answer.outcome) else {
            return Shown::Nothing;
        };
        let sent = wire::read(model, input, Some(&parsed(&exchange.request.body)), None).value;
        let came = wire::read(model, output, Some(&parsed(&response.body)), Some(response)).value;
        let mut shown = Shown::Nothing;
        for echo in echoes {
            let Some(sent) = sent.pointer(&echo.input) else { continue };
            match came.pointer(&echo.output) {
                Some(came) if same(sent, came) => {
                    if !is_unset(sent) {
                        shown = Shown::Yes;
                    }
                }
                None if is_unset(sent) => {}
                came => {
                    let actual = if came.is_some() { "another value" } else { "no such member" };
                    return Shown::Otherwise(echo.output.clone(), actual);
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

/// Refusals that have to do with quota, permission or rate, not with the request.
fn of_the_account(answer: &Answer) -> bool {
    matches!(answer, Answer::Throttled { .. }) || matches!(answer.status(), Some(402 | 403))
}

/// Answers of a twin that show nothing: none at all, a failing server, a refusal of the account.
fn is_inconclusive(answer: &Answer) -> bool {
    matches!(answer, Answer::None(_) | Answer::Other { .. })
        || of_the_account(answer)
        || answer.status().is_some_and(|status| status >= 500)
}

fn is_one_of(answer: &Answer, errors: &[ExpectedError]) -> bool {
    matches!(answer, Answer::Error { name, status }
        if errors.iter().any(|error| error.code == *name && error.status == *status))
}

fn speaks_json(exchange: &Exchange) -> bool {
    exchange.outcome.as_ref().is_ok_and(|response| {
        response.body.is_empty() || serde_json::from_slice::<serde::de::IgnoredAny>(&response.body).is_ok()
    })
}

fn listed(errors: &[ExpectedError]) -> String {
    let texts: Vec<String> = errors.iter().map(|error| format!("{} {}", error.status, error.code)).collect();
    texts.join(" or ")
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
