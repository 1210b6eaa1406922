//! Services that packs describe: a right endpoint gets no finding and keeps no resource, and a null server passes nothing.

mod null_server;
mod run;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use ivs_client::{BoxFuture, Caller, Exchange, Request, Response, Signing, decode_percent};
use ivs_model::import::strip;
use ivs_model::{Knowledge, Location, Model, Operation, OperationId, ShapeKind, SuiteName, bundled, validate};
use ivs_runner::{CancellationToken, Config, Runner, Selection};
use ivs_suites::SUITES;
use null_server::{Behaviour, NullServer};
use serde_json::{Map, Value, json};

/// The models of the shipped packs, and what is known of them together.
static PACKS: LazyLock<(Vec<Model>, Knowledge)> = LazyLock::new(|| {
    use ivs_fixtures::packs::{MQ, MQ_MODEL, SCHEDULER, SCHEDULER_MODEL};
    let (mut models, mut knowledge) = (Vec::new(), Knowledge::default());
    for (bytes, text) in [(SCHEDULER_MODEL, SCHEDULER), (MQ_MODEL, MQ)] {
        let stripped = strip(&[("model.json.gz", bytes)]).expect("a model file");
        let model = Model::from_slice(&stripped.bytes).expect("a model");
        knowledge.extend(Knowledge::read_pack(text, &model, bundled::knowledge()).expect("a pack"));
        models.push(model);
    }
    (models, knowledge)
});

fn config(suites: &[&'static str], operations: &[&str]) -> Config {
    let suites = suites.iter().map(|name| SuiteName::from_static(name)).collect();
    let operations = operations.iter().map(|name| (*name).to_owned()).collect();
    Config { cases: 2, selection: Selection { suites, operations, ..Selection::default() }, ..Config::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn null_servers_pass_nothing() {
    let (models, knowledge) = &*PACKS;
    let constant = |status, error, body| Behaviour::Constant { status, error, body };
    for behaviour in [
        constant(200, None, "{}"),
        constant(400, Some("ValidationException"), "{\"message\": \"no\", \"Message\": \"no\"}"),
        constant(404, Some("ResourceNotFoundException"), "{\"message\": \"no\", \"Message\": \"no\"}"),
        Behaviour::Close,
    ] {
        let server = NullServer::start(behaviour).await.expect("a port on loopback");
        let operations = ["GetSchedule", "DeleteSchedule", "*User", "TagResource", "ListBrokers"];
        let config = config(&["validation", "protocol", "errors"], &operations);
        let caller = run::client_of(models, &server.url(), &config.region);
        let report = Runner::new(models, knowledge, SUITES, config)
            .run(caller, Arc::new(|_| {}), CancellationToken::new())
            .await;
        assert_eq!(report.summary.cases.passed, 0, "{behaviour:?}: {:?}", report.summary.cases);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_right_endpoint_has_no_finding_and_keeps_nothing() {
    let (models, knowledge) = &*PACKS;
    let scheduler = Arc::new(Scheduler::new(&models[0]));
    let config = config(&["validation", "errors"], &[]);
    let caller: Arc<dyn Caller> = Arc::clone(&scheduler) as Arc<dyn Caller>;
    let report = Runner::new(&models[..1], knowledge, SUITES, config)
        .run(caller, Arc::new(|_| {}), CancellationToken::new())
        .await;
    let findings: Vec<String> = report
        .findings
        .iter()
        .map(|it| format!("{} [{}] expected {}, got {}", it.identity, it.case, it.expected, it.actual))
        .collect();
    assert_eq!(findings, Vec::<String>::new());
    let cases = &report.summary.cases;
    assert!(cases.passed * 10 > cases.run * 7, "{cases:?}");
    let state = scheduler.state.lock().expect("no call panics");
    assert_eq!(state.schedules.keys().collect::<Vec<_>>(), Vec::<&String>::new());
    assert_eq!(state.groups.keys().collect::<Vec<_>>(), ["default"]);
    assert!(state.created > 20, "{}", state.created);
}

/// Without the pack nobody knows which resources there are. Then a right endpoint has no finding, either, and one that looks for
/// the resource first has those of the status by which it says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_pack_an_endpoint_is_not_blamed_for_what_it_does_not_find() {
    let (models, _) = &*PACKS;
    for looks_up_first in [false, true] {
        let scheduler = Scheduler { looks_up_first, ..Scheduler::new(&models[0]) };
        let operations = ["CreateSchedule", "GetSchedule", "UpdateSchedule", "DeleteSchedule", "UntagResource"];
        let config = config(&["validation"], &operations);
        let report = Runner::new(&models[..1], bundled::knowledge(), SUITES, config)
            .run(Arc::new(scheduler), Arc::new(|_| {}), CancellationToken::new())
            .await;
        let findings: Vec<&str> = report.findings.iter().map(|it| it.check.as_str()).collect();
        let expected: &[&str] = if looks_up_first { &["error-status"; 3] } else { &[] };
        assert_eq!(findings, expected, "{:?}", report.findings);
        assert!(report.summary.cases.passed > 100, "{:?}", report.summary.cases);
    }
}

/// A Scheduler in memory that keeps its model.
struct Scheduler {
    model: &'static Model,
    /// Whether it looks for a schedule before it validates the input, and says that there is none by a wrong status.
    looks_up_first: bool,
    state: Mutex<State>,
    requests: AtomicU64,
}

#[derive(Default)]
struct State {
    /// The tags of each group.
    groups: BTreeMap<String, Map<String, Value>>,
    schedules: BTreeMap<String, Value>,
    created: usize,
}

/// A status, the name of an error, and a body.
type Answer = (u16, &'static str, Value);

const PLACE: &str = "arn:aws:scheduler:us-west-2:123456789012";

impl Caller for Scheduler {
    fn send<'a>(&'a self, operation: OperationId, request: Request, _: &'a Signing) -> BoxFuture<'a, Exchange> {
        Box::pin(async move {
            let (status, error, mut body) = self.answer(&request);
            if !error.is_empty() {
                body = json!({ "Message": "no" });
            }
            let header = |name: &str, value: String| (name.to_owned(), value.into_bytes());
            let number = self.requests.fetch_add(1, Ordering::Relaxed);
            let headers = vec![
                header("content-type", "application/json".to_owned()),
                header("x-amzn-requestid", format!("00000000-0000-4000-8000-{number:012x}")),
                header("x-amzn-errortype", error.to_owned()),
            ];
            let headers = headers.into_iter().filter(|(_, value)| !value.is_empty()).collect();
            let outcome = Ok(Response { status, headers, body: body.to_string().into() });
            Exchange { operation, request, outcome, duration: Duration::ZERO }
        })
    }
}

impl Scheduler {
    fn new(model: &'static Model) -> Self {
        let state = State { groups: BTreeMap::from([("default".to_owned(), Map::new())]), ..State::default() };
        Self { model, looks_up_first: false, state: Mutex::new(state), requests: AtomicU64::default() }
    }

    fn answer(&self, request: &Request) -> Answer {
        let mut operations = self.model.operations.iter();
        let is_called = |it: &&Operation| it.method.as_str() == request.method && it.uri.matches(&request.path);
        let Some(operation) = operations.find(is_called) else {
            return (404, "UnknownOperationException", Value::Null);
        };
        let Some(input) = self.input(operation, request) else { return (400, "SerializationException", Value::Null) };
        if self.looks_up_first && ["GetSchedule", "UpdateSchedule", "DeleteSchedule"].contains(&operation.name.as_str())
        {
            let state = self.state.lock().expect("no call panics");
            if !state.schedules.contains_key(input["Name"].as_str().unwrap_or_default()) {
                return (400, "ResourceNotFoundException", Value::Null);
            }
        }
        let shape = operation.input.expect("every operation has an input");
        if !validate(self.model, shape, &input).is_empty() {
            return (400, "ValidationException", Value::Null);
        }
        self.done(&operation.name, &input)
    }

    /// The input by member names; `None` if the body is no object.
    fn input(&self, operation: &Operation, request: &Request) -> Option<Value> {
        let body: Value =
            if request.body.is_empty() { json!({}) } else { serde_json::from_slice(&request.body).ok()? };
        let mut input = body.as_object()?.clone();
        input.retain(|_, value| !value.is_null());
        for (name, value) in operation.uri.labels(&request.path)? {
            input.insert(name.to_owned(), Value::String(decode_percent(value)));
        }
        let queries = self.model.members(operation.input).iter().filter(|member| member.location == Location::Query);
        for member in queries {
            let values: Vec<String> = request.query_values(&member.wire_name).collect();
            let Some(first) = values.first() else { continue };
            let value = match self.model.shape(member.shape).kind {
                ShapeKind::List { .. } => json!(values),
                ShapeKind::Integer { .. } => first.parse::<i64>().map_or_else(|_| json!(first), |number| json!(number)),
                _ => json!(first),
            };
            input.insert(member.name.clone(), value);
        }
        Some(Value::Object(input))
    }

    fn done(&self, operation: &str, input: &Value) -> Answer {
        const OK: &str = "";
        let not_found = (404, "ResourceNotFoundException", Value::Null);
        let mut state = self.state.lock().expect("no call panics");
        let text = |name: &str| input[name].as_str().unwrap_or_default().to_owned();
        let (name, arn) = (text("Name"), text("ResourceArn"));
        if input["GroupName"].as_str().is_some_and(|group| !state.groups.contains_key(group)) {
            return not_found;
        }
        let group = arn.strip_prefix(&format!("{PLACE}:schedule-group/")).unwrap_or_default().to_owned();
        match operation {
            "CreateSchedule" if state.schedules.contains_key(&name) => (409, "ConflictException", Value::Null),
            "UpdateSchedule" if !state.schedules.contains_key(&name) => not_found,
            "CreateSchedule" | "UpdateSchedule" => {
                state.created += usize::from(operation == "CreateSchedule");
                state.schedules.insert(name.clone(), input.clone());
                (200, OK, json!({ "ScheduleArn": format!("{PLACE}:schedule/default/{name}") }))
            }
            "GetSchedule" => match state.schedules.get(&name) {
                Some(schedule) => {
                    let mut shown = schedule.clone();
                    shown.as_object_mut().expect("an object").remove("ClientToken");
                    shown["Arn"] = json!(format!("{PLACE}:schedule/default/{name}"));
                    shown["GroupName"] = json!("default");
                    (200, OK, shown)
                }
                None => not_found,
            },
            "DeleteSchedule" => state.schedules.remove(&name).map_or(not_found, |_| (200, OK, json!({}))),
            "CreateScheduleGroup" if state.groups.contains_key(&name) => (409, "ConflictException", Value::Null),
            "CreateScheduleGroup" => {
                state.created += 1;
                state.groups.insert(name.clone(), Map::new());
                (200, OK, json!({ "ScheduleGroupArn": format!("{PLACE}:schedule-group/{name}") }))
            }
            "GetScheduleGroup" if state.groups.contains_key(&name) => {
                let arn = format!("{PLACE}:schedule-group/{name}");
                (200, OK, json!({ "Name": name, "Arn": arn, "State": "ACTIVE" }))
            }
            "GetScheduleGroup" => not_found,
            "DeleteScheduleGroup" => state.groups.remove(&name).map_or(not_found, |_| (200, OK, json!({}))),
            "ListSchedules" => (200, OK, json!({ "Schedules": [] })),
            "ListScheduleGroups" => (200, OK, json!({ "ScheduleGroups": [] })),
            "TagResource" | "UntagResource" | "ListTagsForResource" if !state.groups.contains_key(&group) => not_found,
            "ListTagsForResource" => (200, OK, json!({ "Tags": [] })),
            "TagResource" | "UntagResource" => (200, OK, json!({})),
            _ => (404, "UnknownOperationException", Value::Null),
        }
    }
}
