//! Departures to Findings: the text that may be printed, and the lines that show it again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use ivs_client::{Exchange, Response};
use ivs_model::{CaseId, FindingId, FindingScope, Model, Operation};
use serde_json::Value;

use crate::curl::quoted;
use crate::finding::expecting;
use crate::mask::Mask;
use crate::printable::{clipped, is_literal, printable, printable_body};
use crate::reference::References;
use crate::resource_calls::{ResourceCallsByKind, ScriptContext};
use crate::run_values::RunValues;
use crate::wire::BodyForm;
use crate::{CheckInfo, Finding, Mismatch, Reproduce, RequestContext, Severity, ShownExchange, wire};

/// What findings of one run need to be reproducible and free of secrets.
#[derive(Clone, Default)]
pub struct Reproducer {
    seed: u64,
    endpoints: BTreeMap<String, String>,
    secrets: BTreeSet<String>,
    target: String,
    kept: String,
    run_values: RunValues,
    calls: Arc<ResourceCallsByKind>,
    /// Whether lines name other services than the bundled ones.
    is_of_other_services: bool,
}

impl Reproducer {
    /// A reproducer for a run on that seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// The same, knowing where a service is. `curl` lines name the host of AWS literally and any other by
    /// `$AWS_ENDPOINT_URL` (or `$AWS_ENDPOINT_URL_IVS` and so on where the services have one each), so that a
    /// report does not depend on a port.
    #[must_use]
    pub fn endpoint(mut self, service: &str, url: &str) -> Self {
        self.endpoints.insert(service.to_owned(), url.trim_end_matches('/').to_owned());
        self
    }

    /// The same, keeping a credential (secret key, session token) out of every text. Texts under 8 characters are
    /// not taken: they stand for themselves (`test`).
    #[must_use]
    pub fn secret(mut self, secret: &str) -> Self {
        if secret.chars().count() >= 8 {
            self.secrets.insert(secret.to_owned());
        }
        self
    }

    /// The same, with the arguments that make `replay` ask the same target, each a word. None of them may be a secret.
    #[must_use]
    pub fn target(mut self, arguments: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.target = arguments.into_iter().map(|argument| format!(" {}", quoted(argument.as_ref()))).collect();
        self
    }

    /// The same, with the arguments of every line that name other services; none if it is about the bundled ones.
    #[must_use]
    pub fn services(mut self, arguments: &[String]) -> Self {
        self.is_of_other_services = !arguments.is_empty();
        self.target.extend(arguments.iter().map(|argument| format!(" {}", quoted(argument))));
        self
    }

    /// The arguments that name the target, as words for a shell with a space before each.
    #[must_use]
    pub fn target_arguments(&self) -> &str {
        &self.target
    }

    /// The same, with the folder of kept sequences: cases made of them are found nowhere else.
    #[must_use]
    pub fn kept_in(mut self, folder: &str) -> Self {
        self.kept = format!(" --regressions {}", quoted(folder));
        self
    }

    /// Lets a text stand for a value that is new in each run, in every report. The value stands in the member of that name.
    pub fn show_as(&self, member: &str, value: &str, shown: &str) {
        self.run_values.add(member, value, shown);
    }

    /// Adds the steps of a sequence that failed. The replay line of a kept sequence holds them in place of its folder, so that it
    /// works where the folder is not.
    pub(crate) fn add_steps(&self, finding: &mut Finding, steps: Vec<Value>) {
        if is_kept(&finding.case) {
            let text = format!(" --steps {}", quoted(&Value::from(steps.clone()).to_string()));
            let replay = &mut finding.reproduce.replay;
            *replay = if !self.kept.is_empty() && replay.contains(&self.kept) {
                replay.replacen(&self.kept, &text, 1)
            } else {
                format!("{replay}{text}")
            };
        }
        finding.steps = steps;
    }

    /// The line that deletes what a run left behind at the target; none for services that `clean` does not know.
    #[must_use]
    pub fn clean(&self, run: &str) -> Option<String> {
        (!self.is_of_other_services).then(|| format!("ivs-contract clean --run {}{}", quoted(run), self.target))
    }

    /// The references of one finding, for a request made from this input.
    pub(crate) fn references(&self, input: Option<&Value>) -> References {
        References::new(input).with_run_values(self.run_values.clone())
    }

    /// The same, with the calls that create and delete resources, so that a script can bring about what a request names.
    #[must_use]
    pub fn resources(mut self, calls: ResourceCallsByKind) -> Self {
        self.calls = Arc::new(calls);
        self
    }

    /// The calls that create and delete resources.
    pub(crate) fn calls(&self) -> &ResourceCallsByKind {
        &self.calls
    }

    /// The line that runs a case alone and looks for a finding.
    fn replay(&self, case: &CaseId, expected: &FindingId) -> String {
        let Self { seed, target, kept, .. } = self;
        let kept = if is_kept(case) { kept } else { "" };
        let case = quoted(&case.to_string());
        format!("ivs-contract replay {case} --seed {seed}{target}{kept}{}", expecting(expected))
    }

    /// The credentials that no answer may hold.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.secrets.iter().map(String::as_str)
    }

    /// The scheme and host of a service as a shell word.
    pub(crate) fn origin(&self, service: &str) -> String {
        let url = self.endpoints.get(service).map_or("", String::as_str);
        let host = url.split("//").nth(1).unwrap_or_default();
        if host.ends_with(".amazonaws.com") {
            quoted(url)
        } else if self.endpoints.values().all(|other| other == url) {
            "\"$AWS_ENDPOINT_URL\"".to_owned()
        } else {
            format!("\"$AWS_ENDPOINT_URL_{}\"", service.to_uppercase().replace('-', "_"))
        }
    }

    /// A departure as a Finding.
    pub(crate) fn finding<'c>(
        &'c self,
        rule: &CheckInfo,
        mismatch: &Mismatch,
        exchange: &Exchange,
        context: &RequestContext<'_>,
        script_context: ScriptContext<'c>,
    ) -> Finding {
        let ScriptContext { models, seen, .. } = script_context;
        let model = models(exchange.operation.service());
        let operation = model.and_then(|model| model.operation(exchange.operation.name()));
        let secrets = self.secrets_of(exchange, context, model, operation);
        let all = secrets.iter().chain(&self.secrets).chain(seen).map(String::as_str);
        let mask = Mask::new(all);
        let mut references = self.references(context.input);
        let actual_form = clipped(&references.clone().replace(&mask.apply(&mismatch.actual)));
        if mismatch.shows_value {
            references.keep(&mismatch.actual);
        }
        let mut text = |text: &str| references.replace(&mask.apply(text));
        let pointer = text(&mismatch.pointer);
        let expected = clipped(&text(&mismatch.expected));
        let actual = clipped(&text(&mismatch.actual));
        let authority = mismatch.authority.unwrap_or(rule.authority);
        let curl = self.script(std::slice::from_ref(exchange), context, script_context, &mut references);
        let request_body = printable_body(exchange, context, model, operation);
        let shown = ShownExchange::new(
            exchange,
            request_body,
            model.zip(operation),
            &|text| is_literal(context, text),
            &mut |text| printable(text, &mask, &mut references),
        );
        let scope = FindingScope::from(exchange.operation);
        let identity = FindingId::new(rule.check, scope, mismatch.site.as_str());
        let replay = self.replay(context.sent_for.unwrap_or(context.case), &identity);
        Finding {
            identity,
            suite: context.case.suite,
            check: rule.check.to_owned(),
            scope,
            severity: Severity::from(authority),
            authority,
            pointer,
            site: mismatch.site.clone(),
            case: context.case.clone(),
            expected,
            actual,
            rule: mismatch.source.clone().unwrap_or_else(|| rule.source.to_owned()),
            count: 1,
            other_answers: 0,
            reproduce: Reproduce { curl, replay },
            baseline: None,
            exchange: Some(Box::new(shown)),
            answers: Vec::new(),
            steps: Vec::new(),
            seen: BTreeMap::new(),
            actual_form,
        }
    }

    /// Texts in sensitive places of request and response, but for those that a generator made up.
    pub(crate) fn secrets_of(
        &self,
        exchange: &Exchange,
        context: &RequestContext<'_>,
        model: Option<&Model>,
        operation: Option<&Operation>,
    ) -> Vec<String> {
        let (Some(model), Some(operation)) = (model, operation) else { return Vec::new() };
        let parsed = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok();
        let request = parsed(&exchange.request.body).map(|body| wire::secrets(model, operation.input, &body));
        let response = exchange.outcome.as_ref().ok();
        // An error is no payload.
        let output = operation.output.filter(|output| {
            response.is_some_and(Response::is_success) || BodyForm::of(model, Some(*output)) == BodyForm::Object
        });
        let response = response.and_then(|response| parsed(&response.body));
        let response = response.map(|body| wire::secrets(model, output, &body));
        let mut secrets: Vec<String> = request.into_iter().flatten().chain(response.into_iter().flatten()).collect();
        secrets.retain(|secret| !is_literal(context, secret));
        secrets
    }
}

/// Whether the case plays a sequence that failed in an earlier run.
fn is_kept(case: &CaseId) -> bool {
    case.suite.as_str() == "lifecycle" && case.name.contains("-kept-")
}

impl fmt::Debug for Reproducer {
    // The secrets stay out of every log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Reproducer")
            .field("seed", &self.seed)
            .field("endpoints", &self.endpoints)
            .finish_non_exhaustive()
    }
}
