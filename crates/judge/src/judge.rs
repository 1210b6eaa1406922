//! The choke point: every exchange of a run is judged here, by every universal check.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ivs_client::{Exchange, error_name};
use ivs_model::{Authority, CaseId, ErrorPair, Knowledge, Model, Operation, OperationId, SuiteName, validate};
use serde_json::Value;

use crate::allowance;
use crate::announced::Announced;
use crate::another_output::output_of_another_method;
use crate::answer::Answer;
use crate::case_checks::ACCEPTS_VALID;
use crate::catch_all::CatchAll;
use crate::check::UniversalCheck;
use crate::checks::{self, arn_of_caller, request_id};
use crate::reproducer::Reproducer;
use crate::resource_calls::{KnownResources, ScriptContext, arns_of_request};
use crate::response_view::{ResponseView, Setting};
use crate::stated_times::{StatedTimes, TIME_STAYS};
use crate::valid_calls::{ANSWERS_VALID_CALL, Unanswered, ValidCalls};
use crate::{CheckInfo, Finding, Grouping, Mismatch, RequestContext};

/// Ids under this many characters are no ids that can be told apart; sensitive texts under it are no secrets.
const LEAST: usize = 8;

/// No two responses of a run carry the same request id.
pub(crate) static DISTINCT: CheckInfo = CheckInfo {
    check: "request-id-distinct",
    authority: Authority::Observed,
    source: "x-amzn-requestid names one request (facts: P13)",
    grouping: Grouping::Operations,
};

/// What the universal checks say of one exchange.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// What the answer is.
    pub answer: Answer,
    /// Every departure.
    pub findings: Vec<Finding>,
    /// Checks that could not judge, and why.
    pub undecided: Vec<(&'static str, String)>,
}

/// Judges exchanges. It remembers what only a whole run can show: request ids, sensitive values, errors seen.
pub struct Judge<'m> {
    models: HashMap<&'m str, &'m Model>,
    knowledge: &'m Knowledge,
    reproducer: Reproducer,
    credentials: Vec<String>,
    checks: Vec<&'static dyn UniversalCheck>,
    announced: Announced,
    memory: Mutex<Memory>,
}

/// What a run leaves behind.
#[derive(Default)]
struct Memory {
    /// Request ids by service: the operations whose answers bore each, with the number of answers.
    ids: HashMap<(&'static str, String), Vec<(OperationId, u64)>>,
    /// The exchange that stands for an operation where none is better than another: the one of the least case id.
    samples: BTreeMap<OperationId, (CaseId, Exchange)>,
    sensitive: HashSet<String>,
    errors: BTreeSet<ErrorPair>,
    valid_calls: ValidCalls,
    resources: KnownResources,
    stated: StatedTimes,
    /// By service: how a path is answered that no operation has.
    catch_all_by_service: BTreeMap<&'static str, CatchAll>,
}

impl<'m> Judge<'m> {
    /// A judge by these models. `knowledge` tells what they leave out, `reproducer` how findings are shown.
    #[must_use]
    pub fn new(models: &'m [Model], knowledge: &'m Knowledge, reproducer: Reproducer) -> Self {
        Self::with_checks(models, knowledge, reproducer, checks::checks().to_vec())
    }

    pub(crate) fn with_checks(
        models: &'m [Model],
        knowledge: &'m Knowledge,
        reproducer: Reproducer,
        checks: Vec<&'static dyn UniversalCheck>,
    ) -> Self {
        Self {
            models: models.iter().map(|model| (model.service.id.as_str(), model)).collect(),
            knowledge,
            credentials: reproducer.secrets().map(str::to_owned).collect(),
            reproducer,
            checks,
            announced: Announced::default(),
            memory: Mutex::default(),
        }
    }

    /// Says beforehand that this input, placeholders filled in, breaks the model. An endpoint that takes it shows its
    /// values again in listings, and is not blamed for that a second time.
    pub fn announce_invalid(&self, input: &Value) {
        self.announced.add(input);
    }

    /// Says that the endpoint took this input, placeholders filled in, although it or the path of its request is broken. What
    /// it makes of the broken values is shown again in outputs, and it is not blamed for that a second time.
    pub fn note_taken(&self, operation: OperationId, input: &Value, path: &[&str]) {
        if let Some((model, Operation { input: Some(shape), .. })) = self.described(operation) {
            self.announced.note_taken(input, &validate(model, *shape, input));
        }
        path.iter().for_each(|part| self.announced.note_taken_text(part));
    }

    /// Adds the steps of a sequence that failed to its finding, and to the line that replays it if no other place has them.
    pub fn add_steps(&self, finding: &mut Finding, steps: Vec<Value>) {
        self.reproducer.add_steps(finding, steps);
    }

    /// Lets a text stand in every report for a value that is new in each run, and that the member of this name holds.
    pub fn show_as(&self, member: &str, value: &str, shown: &str) {
        self.reproducer.show_as(member, value, shown);
    }

    /// Whether the answer says that calls came too fast.
    #[must_use]
    pub fn is_throttled(&self, exchange: &Exchange) -> bool {
        exchange.outcome.as_ref().is_ok_and(|response| {
            let name = error_name(response).map(|error| error.name);
            response.status >= 400 && allowance::is_throttling(self.knowledge, name.as_deref(), response.status)
        })
    }

    /// What the answer is, without judging it. Once for each exchange: [`Judgement::answer`] carries it on.
    ///
    /// Until an operation accepts a call, an answer that an unknown path gets too reads as if there were no such operation.
    #[must_use]
    pub fn answer(&self, exchange: &Exchange) -> Answer {
        match Answer::of(exchange, self.model(exchange.operation.service()), self.knowledge) {
            Answer::Error { name, status } if self.is_catch_all(exchange) => {
                Answer::Absent { status, name: Some(name) }
            }
            Answer::Nameless { status } if self.is_catch_all(exchange) => Answer::Absent { status, name: None },
            Answer::Success { status } if self.is_answer_of_another(exchange) => Answer::Absent { status, name: None },
            answer => answer,
        }
    }

    /// Says how a service answers for a path that no operation has.
    pub fn note_catch_all(&self, service: &'static str, catch_all: CatchAll) {
        self.memory().catch_all_by_service.insert(service, catch_all);
    }

    fn is_catch_all(&self, exchange: &Exchange) -> bool {
        !self.memory().valid_calls.has_succeeded(exchange.operation) && self.is_like_unknown_path(exchange)
    }

    /// Whether the answer is the one that a path gets which no operation has. It shows nothing of what the operation checks.
    #[must_use]
    pub fn is_like_unknown_path(&self, exchange: &Exchange) -> bool {
        let catch_all = self.memory().catch_all_by_service.get(exchange.operation.service()).cloned();
        catch_all.is_some_and(|it| it.is_answer_to(exchange))
    }

    /// Whether a success is the answer of another operation, as the endpoint does not look at the method.
    fn is_answer_of_another(&self, exchange: &Exchange) -> bool {
        // Asked first: it is so for nearly every answer.
        if self.memory().valid_calls.has_succeeded(exchange.operation) {
            return false;
        }
        let described = self.described(exchange.operation);
        described.is_some_and(|(model, operation)| output_of_another_method(model, operation, exchange).is_some())
    }

    /// Judges one exchange by every universal check. An answer that looks like a missing route is no divergence while
    /// the operation has not been seen to answer; a check that panics or cannot judge leaves its reason.
    #[must_use]
    pub fn universal(&self, exchange: &Exchange, context: &RequestContext<'_>) -> Judgement {
        let answer = self.answer(exchange);
        // Read before the lock is taken: all tasks of the run wait for it.
        let named = arns_of_request(exchange);
        let mut memory = self.memory();
        memory.valid_calls.note(exchange, &answer, context);
        memory.resources.note(exchange, named, self.reproducer.calls());
        drop(memory);
        let mut judgement = Judgement { answer, findings: Vec::new(), undecided: Vec::new() };
        let Ok(response) = &exchange.outcome else { return judgement };
        if judgement.answer.is_absent() && !context.implemented {
            return judgement;
        }
        let Some((model, operation)) = self.described(exchange.operation) else {
            let reason = format!("{} is in no model", exchange.operation);
            judgement.undecided.extend(self.checks.iter().map(|check| (check.rule().check, reason.clone())));
            return judgement;
        };
        let leaked = if response.status >= 400 { self.leaked(&response.body) } else { Vec::new() };
        let setting = Setting {
            knowledge: self.knowledge,
            context,
            announced: &self.announced,
            credentials: &self.credentials,
            leaked,
        };
        let view = ResponseView::new(model, operation, &exchange.request, response, setting);
        self.remember(exchange, context, &view);
        let restated = self.memory().stated.note(&view);
        let restated =
            restated.iter().map(|mismatch| self.shown(&TIME_STAYS, mismatch, exchange, context, &view.leaked));
        judgement.findings.extend(restated);
        for check in &self.checks {
            let rule = check.rule();
            match catch_unwind(AssertUnwindSafe(|| check.judge(&view))) {
                Ok(Ok(mismatches)) => {
                    let findings =
                        mismatches.iter().map(|mismatch| self.shown(rule, mismatch, exchange, context, &view.leaked));
                    judgement.findings.extend(findings);
                }
                Ok(Err(undecided)) => judgement.undecided.push((rule.check, undecided.to_string())),
                Err(_) => judgement.undecided.push((rule.check, "the check itself failed".to_owned())),
            }
        }
        judgement
    }

    /// A departure that a suite has found, as a Finding.
    #[must_use]
    pub fn finding(
        &self,
        rule: &CheckInfo,
        mismatch: &Mismatch,
        exchange: &Exchange,
        context: &RequestContext<'_>,
    ) -> Finding {
        let leaked = match &exchange.outcome {
            Ok(response) => self.leaked(&response.body),
            Err(_) => Vec::new(),
        };
        self.shown(rule, mismatch, exchange, context, &leaked)
    }

    /// The same, without the secrets in `seen`.
    fn shown(
        &self,
        rule: &CheckInfo,
        mismatch: &Mismatch,
        exchange: &Exchange,
        context: &RequestContext<'_>,
        seen: &[String],
    ) -> Finding {
        let memory = self.memory();
        let models = |service: &str| self.model(service);
        let script_context = ScriptContext { models: &models, resources: &memory.resources, seen };
        self.reproducer.finding(rule, mismatch, exchange, context, script_context)
    }

    /// The lines for a shell that send these exchanges again, one after the other: values that one answers and another
    /// says go through variables, and what is created is deleted.
    #[must_use]
    pub fn script(&self, exchanges: &[Exchange], context: &RequestContext<'_>) -> String {
        let bodies = exchanges.iter().filter_map(|exchange| exchange.outcome.as_ref().ok());
        let leaked: Vec<String> = bodies.flat_map(|response| self.leaked(&response.body)).collect();
        let memory = self.memory();
        let models = |service: &str| self.model(service);
        let script_context = ScriptContext { models: &models, resources: &memory.resources, seen: &leaked };
        self.reproducer.script(exchanges, context, script_context, &mut self.reproducer.references(context.input))
    }

    /// Notes that a valid call was refused as the usual valid call of its operation is.
    pub(crate) fn note_declined(
        &self,
        exchange: &Exchange,
        answer: &Answer,
        context: &RequestContext<'_>,
        authority: Option<Authority>,
    ) {
        let authority = authority.unwrap_or(ACCEPTS_VALID.authority);
        self.memory().valid_calls.note_declined(exchange, answer, context, authority);
    }

    /// Whether any valid call of the run succeeded.
    #[must_use]
    pub fn has_succeeded(&self) -> bool {
        self.memory().valid_calls.have_succeeded()
    }

    /// Returns the operations that refused every valid call so far, while others of their service accepted one.
    #[must_use]
    pub fn unanswered(&self) -> Vec<OperationId> {
        self.memory().valid_calls.suspects().collect()
    }

    /// Reports the operations of [`Judge::unanswered`] that refused at least two calls. Ask them again first: the endpoint may have been away for a while.
    #[must_use]
    pub fn conclude_unanswered(&self) -> Vec<Finding> {
        let memory = self.memory();
        let models = |service: &str| self.model(service);
        let findings = memory.valid_calls.unanswered().map(|Unanswered { case, exchange, mismatch, .. }| {
            let context = RequestContext::valid(case);
            let script_context = ScriptContext { models: &models, resources: &memory.resources, seen: &[] };
            let finding = self.reproducer.finding(&ANSWERS_VALID_CALL, &mismatch, exchange, &context, script_context);
            Finding { suite: SuiteName::UNIVERSAL, ..finding }
        });
        let declined = memory.valid_calls.declined().map(|Unanswered { case, exchange, mismatch, .. }| {
            let context = RequestContext::valid(case);
            let script_context = ScriptContext { models: &models, resources: &memory.resources, seen: &[] };
            self.reproducer.finding(&ACCEPTS_VALID, &mismatch, exchange, &context, script_context)
        });
        findings.chain(declined).collect()
    }

    /// What only the whole run shows: request ids that came twice, and ARNs of another account. Call it once, at the end.
    #[must_use]
    pub fn conclude(&self) -> Vec<Finding> {
        let mut findings = self.conclude_accounts();
        findings.extend(self.conclude_request_ids());
        findings
    }

    fn conclude_accounts(&self) -> Vec<Finding> {
        let memory = self.memory();
        let Some((own, others)) = memory.stated.foreign_accounts() else { return Vec::new() };
        let models = |service: &str| self.model(service);
        let findings = others.into_iter().map(|sample| {
            let expected = format!("an ARN of account {own}, as in most answers");
            let mismatch = Mismatch::new("account", expected, format!("\"{}\"", sample.arn)).at(sample.pointer.clone());
            let context = RequestContext::valid(&sample.case);
            let script_context = ScriptContext { models: &models, resources: &memory.resources, seen: &[] };
            let finding =
                self.reproducer.finding(&arn_of_caller::RULE, &mismatch, &sample.exchange, &context, script_context);
            Finding { suite: SuiteName::UNIVERSAL, count: sample.count, ..finding }
        });
        findings.collect()
    }

    fn conclude_request_ids(&self) -> Vec<Finding> {
        let memory = self.memory();
        let models = |service: &str| self.model(service);
        let mut repeated: BTreeMap<OperationId, u64> = BTreeMap::new();
        for operations in memory.ids.values().filter(|it| it.iter().map(|(_, times)| times).sum::<u64>() > 1) {
            for (operation, times) in operations {
                *repeated.entry(*operation).or_default() += times;
            }
        }
        let findings = repeated.into_iter().filter_map(|(operation, times)| {
            let (case, sample) = memory.samples.get(&operation)?;
            let mismatch = Mismatch::new("", "an id of its own for each request", "the same id for several requests");
            let context = RequestContext::valid(case);
            let script_context = ScriptContext { models: &models, resources: &memory.resources, seen: &[] };
            let finding = self.reproducer.finding(&DISTINCT, &mismatch, sample, &context, script_context);
            Some(Finding { suite: SuiteName::UNIVERSAL, count: times, ..finding })
        });
        findings.collect()
    }

    /// Returns every error that was answered with its modeled status.
    #[must_use]
    pub fn errors_seen(&self) -> BTreeSet<ErrorPair> {
        self.memory().errors.clone()
    }

    /// The model of a service.
    pub(crate) fn model(&self, service: &str) -> Option<&'m Model> {
        self.models.get(service).copied()
    }

    /// The operation as its model describes it, with the model.
    pub(crate) fn described(&self, operation: OperationId) -> Option<(&'m Model, &'m Operation)> {
        let model = self.model(operation.service())?;
        Some((model, model.operation(operation.name())?))
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        // What another thread left when it panicked is still true.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, exchange: &Exchange, context: &RequestContext<'_>, view: &ResponseView<'_>) {
        let mut memory = self.memory();
        memory.stated.note_accounts(view, exchange);
        for secret in view.secrets().iter().filter(|secret| view.is_success() && secret.len() >= LEAST) {
            // What the request itself said is no secret of the endpoint.
            if !holds(&exchange.request.body, secret.as_bytes()) {
                memory.sensitive.insert(secret.clone());
            }
        }
        if let (Some(error), Some(shape)) = (&view.error, view.error_shape)
            && view.is_error()
            && view.model.shape(shape).error_status == Some(view.response.status)
        {
            memory.errors.insert(ErrorPair::new(exchange.operation, &error.name));
        }
        // Exchanges of one case are told apart by what no server value changes first.
        fn order<'e>(case: &'e CaseId, exchange: &'e Exchange) -> (&'e CaseId, usize, &'e [u8]) {
            (case, exchange.request.body.len(), &exchange.request.body)
        }
        let known = memory.samples.get(&exchange.operation);
        if known.is_none_or(|(case, sample)| order(context.case, exchange) < order(case, sample)) {
            memory.samples.insert(exchange.operation, (context.case.clone(), exchange.clone()));
        }
        let id = view.response.header(request_id::HEADER).unwrap_or_default();
        if !id.is_empty() && (view.is_success() || view.is_error()) {
            let operations = memory.ids.entry((exchange.operation.service(), id.to_owned())).or_default();
            match operations.iter_mut().find(|(operation, _)| *operation == exchange.operation) {
                Some((_, times)) => *times += 1,
                None => operations.push((exchange.operation, 1)),
            }
        }
    }

    /// Sensitive texts of this run that stand in a body, word by word.
    fn leaked(&self, body: &[u8]) -> Vec<String> {
        let text = String::from_utf8_lossy(body);
        let memory = self.memory();
        if memory.sensitive.is_empty() {
            return Vec::new();
        }
        let within = |character: char| character.is_ascii_alphanumeric() || "_-+/=.".contains(character);
        let words = text.split(|character| !within(character)).map(|word| word.trim_end_matches('.'));
        let leaked: BTreeSet<String> =
            words.filter(|word| memory.sensitive.contains(*word)).map(str::to_owned).collect();
        leaked.into_iter().collect()
    }
}

impl fmt::Debug for Judge<'_> {
    // Credentials and the secrets that the run has seen stay out of every log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Judge").field("reproducer", &self.reproducer).finish_non_exhaustive()
    }
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len().max(1)).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ivs_client::{Request, Response};
    use ivs_model::bundled;

    use super::*;
    use crate::{Explanation, ResponseKind, Undecided};

    static EXPLANATION: Explanation = Explanation { demand: "Nothing.", right: &[], wrong: &[], causes: &[] };
    static RULE: CheckInfo =
        CheckInfo { check: "broken", authority: Authority::Model, source: "a rule", grouping: Grouping::Never };

    struct Panics;
    struct Refuses;

    impl UniversalCheck for Panics {
        fn rule(&self) -> &'static CheckInfo {
            &RULE
        }

        fn explanation(&self) -> &'static Explanation {
            &EXPLANATION
        }

        fn looks_at(&self) -> ResponseKind {
            ResponseKind::Any
        }

        fn judge(&self, _: &ResponseView<'_>) -> Result<Vec<Mismatch>, Undecided> {
            panic!("a check that is itself broken")
        }

        fn found_in(&self) -> crate::test_exchange::FoundIn {
            Vec::new()
        }
    }

    impl UniversalCheck for Refuses {
        fn rule(&self) -> &'static CheckInfo {
            &RULE
        }

        fn explanation(&self) -> &'static Explanation {
            &EXPLANATION
        }

        fn looks_at(&self) -> ResponseKind {
            ResponseKind::Any
        }

        fn judge(&self, _: &ResponseView<'_>) -> Result<Vec<Mismatch>, Undecided> {
            Err(Undecided("why".to_owned()))
        }

        fn found_in(&self) -> crate::test_exchange::FoundIn {
            Vec::new()
        }
    }

    fn exchange(operation: &str) -> Exchange {
        Exchange {
            operation: OperationId::new("ivs", operation),
            request: Request {
                method: "POST".to_owned(),
                path: format!("/{operation}"),
                query: String::new(),
                headers: Vec::new(),
                body: b"{}".to_vec().into(),
            },
            outcome: Ok(Response { status: 302, headers: Vec::new(), body: b"{}".to_vec().into() }),
            duration: Duration::ZERO,
        }
    }

    #[test]
    fn a_check_that_fails_is_undecided_and_stops_no_other() {
        let mut broken: Vec<&'static dyn UniversalCheck> = vec![&Panics, &Refuses];
        broken.extend(checks::checks());
        let judge = Judge::with_checks(bundled::models(), bundled::knowledge(), Reproducer::new(7), broken);
        let judgement = judge.universal(
            &exchange("GetChannel"),
            &RequestContext::valid(&CaseId::control(OperationId::new("ivs", "GetChannel"))),
        );
        let reasons: Vec<&str> = judgement.undecided.iter().map(|(_, reason)| reason.as_str()).collect();
        assert_eq!(reasons, vec!["the check itself failed", "why"]);
        assert_eq!(judgement.findings.len(), 1);
    }

    #[test]
    fn an_operation_of_no_model_leaves_every_check_undecided() {
        let judge = Judge::new(bundled::models(), bundled::knowledge(), Reproducer::new(7));
        let judgement = judge.universal(
            &exchange("NoSuchOperation"),
            &RequestContext::valid(&CaseId::control(OperationId::new("ivs", "GetChannel"))),
        );
        assert_eq!(judgement.undecided.len(), checks::checks().len());
    }
}
