//! Every operation and suite as a test of its own: `cargo test -p ivs-suites --test conformance -- ivs::CreateChannel`.
//!
//! The endpoint is `AWS_ENDPOINT_URL` (or one `AWS_ENDPOINT_URL_…` for each service) or `IVS_CONTRACT_TARGET`; without
//! them the embedded emulator. Endpoints that are not loopback get no call that writes: that needs the command.

#![allow(
    clippy::disallowed_methods,
    reason = "as a test with arguments it has only the environment to be told the endpoint by"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use ivs_client::{
    Caller, Client, ClientConfig, Clock, Credentials, Endpoints, Limits, SharedCredentialsProvider, Trust,
};
use ivs_emulator::{Emulator, Options};
use ivs_judge::{Coverage, Event, Finding, Report, Severity, Verdict};
use ivs_model::{FindingScope, OperationId, SuiteName, bundled};
use ivs_runner::{CancellationToken, Config, Runner, Selection};
use ivs_suites::{SUITES, endpoint_checks};
use libtest_mimic::{Arguments, Completion, Conclusion, Failed, Trial};

/// What one trial asks of a run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Asked {
    /// Whether an operation is there.
    Implemented { service: String, operation: String },
    /// Whether an operation keeps a suite.
    Suite { service: String, operation: String, suite: SuiteName },
    /// Whether the endpoint as a whole keeps a check.
    Endpoint { check: &'static str, suite: SuiteName },
}

/// All trials by name.
fn all() -> Vec<(String, Asked)> {
    let mut all = Vec::new();
    for model in bundled::models() {
        let service = &model.service.id;
        for operation in &model.operations {
            let name = &operation.name;
            let (service, operation) = (service.clone(), name.clone());
            let implemented = Asked::Implemented { service: service.clone(), operation: operation.clone() };
            all.push((format!("{service}::{name}::implemented"), implemented));
            for suite in SUITES.iter().map(|suite| suite.name()) {
                let asked = Asked::Suite { service: service.clone(), operation: operation.clone(), suite };
                all.push((format!("{service}::{name}::{suite}"), asked));
            }
        }
    }
    let endpoint = endpoint_checks()
        .into_iter()
        .map(|(check, suite)| (format!("endpoint::{}", check.replace('-', "_")), Asked::Endpoint { check, suite }));
    all.extend(endpoint);
    all
}

/// What a run showed, by operation and suite.
#[derive(Default)]
struct Shown {
    coverage: BTreeMap<OperationId, Coverage>,
    /// Findings by operation and suite; those of universal checks under the suite that was running.
    failed: BTreeMap<(FindingScope, SuiteName), Vec<Finding>>,
    /// Cases without a verdict, by operation, suite and reason.
    undecided: BTreeMap<(FindingScope, SuiteName), BTreeMap<String, u64>>,
    passed: BTreeMap<(FindingScope, SuiteName), u64>,
    report: Report,
}

/// The one run of this process: for the union of what its trials ask, begun by the first of them.
struct Shared {
    asked: Vec<Asked>,
    shown: OnceLock<Result<Shown, String>>,
}

impl Shared {
    fn shown(&self) -> Result<&Shown, Failed> {
        self.shown.get_or_init(|| run(selection(&self.asked))).as_ref().map_err(Failed::from)
    }
}

/// The least selection that holds everything that is asked.
fn selection(asked: &[Asked]) -> Selection {
    let mut services = BTreeSet::new();
    let mut operations = BTreeSet::new();
    let mut suites = BTreeSet::new();
    let mut everything = false;
    for asked in asked {
        match asked {
            Asked::Implemented { service, operation } => {
                services.insert(service.clone());
                operations.insert(operation.clone());
            }
            Asked::Suite { service, operation, suite } => {
                services.insert(service.clone());
                operations.insert(operation.clone());
                suites.insert(*suite);
            }
            Asked::Endpoint { suite, .. } => {
                everything = true;
                suites.insert(*suite);
            }
        }
    }
    if suites.is_empty() {
        // A probe runs in any case; this suite adds the least to it.
        suites.insert(SuiteName::from_static("errors"));
    }
    if everything {
        return Selection { suites: suites.into_iter().collect(), ..Selection::default() };
    }
    Selection {
        services: services.into_iter().collect(),
        operations: operations.into_iter().collect(),
        suites: suites.into_iter().collect(),
        cases: Vec::new(),
    }
}

fn run(selection: Selection) -> Result<Shown, String> {
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let target = target()?;
        let (endpoints, emulator) = match target {
            Some(endpoints) => (endpoints, None),
            None => {
                let emulator = Emulator::start(Options { settling: Duration::ZERO, ..Options::default() })
                    .await
                    .map_err(|error| error.to_string())?;
                (Endpoints::one(&emulator.url()).map_err(|error| error.to_string())?, Some(emulator))
            }
        };
        let region = env::var("AWS_REGION").unwrap_or_else(|_| "us-west-2".to_owned());
        let writes = endpoints.is_loopback();
        let endpoint = endpoints.all().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let client = Client::new(ClientConfig {
            services: bundled::models().iter().map(|model| model.service.clone()).collect(),
            endpoints,
            region: region.clone(),
            credentials: Some(SharedCredentialsProvider::new(credentials())),
            clock: Clock::system(),
            trust: Trust::default(),
            limits: Limits::default(),
        })
        .map_err(|error| error.to_string())?;
        let config = Config { endpoint, region, selection, allow_writes: writes, ..Config::default() };
        let shown = observe(config, Arc::new(client)).await;
        if let Some(emulator) = emulator {
            emulator.stop().await;
        }
        Ok(shown)
    })
}

async fn observe(config: Config, caller: Arc<dyn Caller>) -> Shown {
    let shown = Arc::new(Mutex::new(Shown::default()));
    let sink = {
        let shown = Arc::clone(&shown);
        Arc::new(move |event: &Event| note(&mut shown.lock().expect("no holder panics"), event))
    };
    let runner = Runner::new(bundled::models(), bundled::knowledge(), SUITES, config);
    let report = runner.run(caller, sink, CancellationToken::new()).await;
    let mut shown = std::mem::take(&mut *shown.lock().expect("no holder panics"));
    shown.report = report;
    shown
}

fn note(shown: &mut Shown, event: &Event) {
    match event {
        Event::OperationProbed(probe) => {
            shown.coverage.insert(probe.operation, probe.coverage.clone());
        }
        Event::FindingFound(finding) => {
            let is_of_a_suite = SUITES.iter().any(|suite| suite.name() == finding.case.suite);
            let suite = if is_of_a_suite { finding.case.suite } else { SuiteName::from_static("validation") };
            let key = (finding.scope, suite);
            shown.failed.entry(key).or_default().push((**finding).clone());
        }
        Event::CaseJudged(judged) => {
            let key = (judged.case.operation.into(), judged.case.suite);
            match &judged.verdict {
                Verdict::Pass => *shown.passed.entry(key).or_default() += 1,
                Verdict::Fail(findings) => shown.failed.entry(key).or_default().extend(findings.iter().cloned()),
                Verdict::Indeterminate(reason) | Verdict::Skipped(reason) | Verdict::NotSent(reason) => {
                    *shown.undecided.entry(key).or_default().entry(reason.clone()).or_default() += 1;
                }
            }
        }
        Event::RunStarted(_) | Event::ErrorPair(_) | Event::Note(_) | Event::RunEnded(_) => {}
    }
}

/// The endpoints that the environment names; none stands for the embedded emulator.
fn target() -> Result<Option<Endpoints>, String> {
    let text = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let region = text("AWS_REGION").unwrap_or_else(|| "us-west-2".to_owned());
    let services = || bundled::models().iter().map(|model| &model.service);
    let base = match text("IVS_CONTRACT_TARGET").as_deref() {
        Some("embedded") => return Ok(None),
        Some("aws") => Some(Endpoints::aws(services(), &region)),
        Some(url) => Some(Endpoints::one(url)),
        None => text("AWS_ENDPOINT_URL").map(|url| Endpoints::one(&url)),
    };
    let mut endpoints = base.transpose().map_err(|error| error.to_string())?;
    for service in services() {
        let Some(url) = text(&format!("AWS_ENDPOINT_URL_{}", service.id.to_uppercase().replace('-', "_"))) else {
            continue;
        };
        let started = endpoints.take().map_or_else(|| Endpoints::one(&url), Ok);
        let added = started.and_then(|endpoints| endpoints.with(&service.id, &url));
        endpoints = Some(added.map_err(|error| error.to_string())?);
    }
    Ok(endpoints)
}

/// Keys of the environment, else `test`/`test`. The full chain is the command's.
fn credentials() -> Credentials {
    match (env::var("AWS_ACCESS_KEY_ID"), env::var("AWS_SECRET_ACCESS_KEY")) {
        (Ok(key), Ok(secret)) => Credentials::new(key, secret, env::var("AWS_SESSION_TOKEN").ok(), None, "environment"),
        _ => Credentials::new("test", "test", None, None, "default"),
    }
}

fn outcome(asked: &Asked, shown: &Shown) -> Result<Completion, Failed> {
    if let Some(reason) = &shown.report.unusable {
        return Err(reason.into());
    }
    match asked {
        Asked::Implemented { service, operation } => match shown.coverage.get(&OperationId::new(service, operation)) {
            Some(Coverage::Implemented) => Ok(Completion::Completed),
            Some(Coverage::NotImplemented(how)) => Err(format!("not implemented: {how}").into()),
            Some(Coverage::Unknown(why)) => Err(why.into()),
            None => Err("it was not called".into()),
        },
        Asked::Suite { service, operation, suite } => {
            if let Some(Coverage::NotImplemented(how)) = shown.coverage.get(&OperationId::new(service, operation)) {
                return Ok(Completion::ignored_with(format!("not implemented: {how}")));
            }
            let key = (OperationId::new(service, operation).into(), *suite);
            let own = shown.failed.get(&key).into_iter().flatten();
            told(own.filter(|finding| !is_of_the_endpoint(finding)))?;
            if shown.passed.contains_key(&key) {
                return Ok(Completion::Completed);
            }
            let reasons: Vec<String> = shown
                .undecided
                .get(&key)
                .into_iter()
                .flatten()
                .map(|(reason, cases)| format!("{reason} ({cases} cases)"))
                .collect();
            let why = if reasons.is_empty() { "no case of its own".to_owned() } else { reasons.join("; ") };
            Ok(Completion::ignored_with(why))
        }
        Asked::Endpoint { check, .. } => {
            told(shown.report.findings.iter().filter(|finding| finding.check == *check))?;
            Ok(Completion::Completed)
        }
    }
}

/// Whether the finding belongs to a trial of the endpoint as a whole.
fn is_of_the_endpoint(finding: &Finding) -> bool {
    endpoint_checks().iter().any(|(check, _)| *check == finding.check)
}

/// Fails with the errors among the findings; warnings do not fail a test.
fn told<'a>(findings: impl Iterator<Item = &'a Finding>) -> Result<(), Failed> {
    let errors: BTreeSet<String> = findings
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| {
            format!(
                "{}\n  case     {}\n  expected {}\n  actual   {}\n  rule     {}\n  {}",
                finding.identity, finding.case, finding.expected, finding.actual, finding.rule, finding.reproduce.curl
            )
        })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(errors.into_iter().collect::<Vec<_>>().join("\n\n").into()) }
}

/// Whether the arguments let the trial run, as libtest-mimic decides it.
fn is_wanted(arguments: &Arguments, name: &str) -> bool {
    let fits = |filter: &String| if arguments.exact { name == filter } else { name.contains(filter.as_str()) };
    arguments.filter.as_ref().is_none_or(fits) && !arguments.skip.iter().any(fits)
}

fn main() -> std::process::ExitCode {
    let arguments = Arguments::from_args();
    let all = all();
    let asked = all.iter().filter(|(name, _)| is_wanted(&arguments, name)).map(|(_, asked)| asked.clone()).collect();
    let shared = Arc::new(Shared { asked, shown: OnceLock::new() });
    let trials = all
        .into_iter()
        .map(|(name, asked)| {
            let shared = Arc::clone(&shared);
            Trial::ignorable_test(name, move || outcome(&asked, shared.shown()?))
        })
        .collect();
    let conclusion: Conclusion = libtest_mimic::run(&arguments, trials);
    conclusion.exit_code()
}
