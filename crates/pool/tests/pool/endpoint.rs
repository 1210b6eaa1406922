//! An endpoint in memory: it makes, lists and removes a few kinds, keeps quotas, and remembers every call.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use ivs_client::{BoxFuture, Caller, Exchange, Failure, FailureKind, Request, Response, Signing};
use ivs_model::OperationId;
use serde_json::{Value, json};

/// One call as it came.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) operation: String,
    pub(crate) input: Value,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    /// By ARN: the creating input.
    pub(crate) alive: BTreeMap<String, Value>,
    pub(crate) calls: Vec<Call>,
    /// The most that were alive at once, by kind.
    pub(crate) most: BTreeMap<String, usize>,
    /// Operations that are answered 501.
    pub(crate) missing: BTreeSet<String>,
    /// ARNs whose removal is answered 409.
    pub(crate) stuck: BTreeSet<String>,
    /// ARNs whose next removal is answered 409.
    pub(crate) busy: BTreeSet<String>,
    /// Operations that get no answer at all.
    pub(crate) silent: BTreeSet<String>,
    /// What a getter answers as state, in turn; then nothing.
    pub(crate) states: Vec<&'static str>,
    made: u32,
}

#[derive(Debug, Default)]
pub(crate) struct Endpoint(Mutex<State>);

impl Endpoint {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// How often an operation was called.
    pub(crate) fn count(&self, operation: &str) -> usize {
        self.state().calls.iter().filter(|call| call.operation == operation).count()
    }

    /// The operations called so far, in order.
    pub(crate) fn operations(&self) -> Vec<String> {
        self.state().calls.iter().map(|call| call.operation.clone()).collect()
    }

    pub(crate) fn alive(&self, kind: &str) -> Vec<String> {
        self.state().alive.keys().filter(|arn| arn.contains(&format!(":{kind}/"))).cloned().collect()
    }
}

/// The kinds that an operation makes, each with the member that holds it; chat's answers are flat.
fn products(operation: &str) -> &'static [(&'static str, &'static str)] {
    match operation {
        "CreateChannel" => &[("channel", "channel"), ("streamKey", "stream-key")],
        "CreateStreamKey" => &[("streamKey", "stream-key")],
        "CreateRecordingConfiguration" => &[("recordingConfiguration", "recording-configuration")],
        "ImportPlaybackKeyPair" => &[("keyPair", "playback-key")],
        "CreateStage" => &[("stage", "stage")],
        "CreateEncoderConfiguration" => &[("encoderConfiguration", "encoder-configuration")],
        "StartComposition" => &[("composition", "composition")],
        "CreateRoom" => &[("", "room")],
        _ => &[],
    }
}

impl State {
    fn answer(&mut self, operation: &str, input: &Value) -> (u16, Value) {
        if self.missing.contains(operation) {
            return (501, json!({}));
        }
        let named =
            || input.get("arn").or(input.get("identifier")).and_then(Value::as_str).unwrap_or_default().to_owned();
        if operation.starts_with("Delete") || operation.starts_with("Stop") {
            let arn = named();
            if self.busy.remove(&arn) || self.stuck.contains(&arn) || self.is_referred_to(&arn) {
                return (409, json!({"__type": "ConflictException"}));
            }
            if self.alive.remove(&arn).is_none() {
                return (404, json!({"__type": "ResourceNotFoundException"}));
            }
            // A channel takes its stream keys along.
            self.alive.retain(|_, input| input.get("along-with").and_then(Value::as_str) != Some(arn.as_str()));
            return (204, Value::Null);
        }
        if operation.starts_with("Get") {
            let state = if self.states.is_empty() { "ACTIVE" } else { self.states.remove(0) };
            return (200, json!({"recordingConfiguration": {"arn": named(), "state": state}}));
        }
        if let Some(plural) = operation.strip_prefix("List") {
            return self.list(plural, input);
        }
        let products = products(operation);
        if products.is_empty() {
            return (200, json!({}));
        }
        self.create(operation, products, input)
    }

    fn create(&mut self, operation: &str, products: &[(&str, &str)], input: &Value) -> (u16, Value) {
        let text = |name: &str| input.get(name).and_then(Value::as_str).map(str::to_owned);
        let same_key = |known: &Value| {
            known.get("publicKeyMaterial").is_some_and(|key| Some(key) == input.get("publicKeyMaterial"))
        };
        if self.alive.values().any(same_key) {
            return (409, json!({"__type": "ConflictException"}));
        }
        let along = |known: &Value, parent: &str| known.get("along-with").and_then(Value::as_str) == Some(parent);
        if operation == "CreateStreamKey" {
            let parent = text("channelArn").unwrap_or_default();
            if self.alive.values().any(|known| along(known, &parent)) {
                return (402, json!({"__type": "ServiceQuotaExceededException"}));
            }
        }
        let mut answer = json!({});
        let mut first: Option<String> = text("channelArn");
        for (member, kind) in products {
            self.made += 1;
            let service = if *kind == "room" { "ivschat" } else { "ivs" };
            let arn = format!("arn:aws:{service}:eu-west-1:000000000001:{kind}/Id{:010}", self.made);
            let mut known = input.clone();
            if *kind == "stream-key" {
                known["along-with"] = json!(first);
            }
            first.get_or_insert_with(|| arn.clone());
            let state = self.states.first().copied().filter(|_| *kind == "recording-configuration");
            let object = json!({"arn": arn, "state": state.unwrap_or("ACTIVE")});
            if member.is_empty() {
                answer = object;
            } else {
                answer[*member] = object;
            }
            self.alive.insert(arn, known);
            let now = self.alive.keys().filter(|arn| arn.contains(&format!(":{kind}/"))).count();
            let most = self.most.entry((*kind).to_owned()).or_default();
            *most = now.max(*most);
        }
        (200, answer)
    }

    /// Pages of one item.
    fn list(&self, plural: &str, input: &Value) -> (u16, Value) {
        let kind = match plural {
            "Channels" => "channel",
            "Compositions" => "composition",
            "EncoderConfigurations" => "encoder-configuration",
            "Stages" => "stage",
            "Rooms" => "room",
            _ => return (200, json!({})),
        };
        let items: Vec<(&String, &Value)> =
            self.alive.iter().filter(|(arn, _)| arn.contains(&format!(":{kind}/"))).collect();
        let start: usize = input.get("nextToken").and_then(Value::as_str).map_or(0, |token| token.parse().unwrap());
        let page: Vec<Value> =
            items.iter().skip(start).take(1).map(|(arn, known)| json!({"arn": arn, "tags": known["tags"]})).collect();
        let mut answer = json!({"items": page});
        if start + 1 < items.len() {
            answer["nextToken"] = json!((start + 1).to_string());
        }
        (200, answer)
    }

    /// Whether a composition uses it.
    fn is_referred_to(&self, arn: &str) -> bool {
        self.alive.iter().any(|(other, known)| other.contains(":composition/") && known.to_string().contains(arn))
    }
}

impl Caller for Endpoint {
    fn send<'a>(&'a self, operation: OperationId, request: Request, _signing: &'a Signing) -> BoxFuture<'a, Exchange> {
        Box::pin(async move {
            let input: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
            // Others get a turn, as on a network.
            tokio::task::yield_now().await;
            let (silent, (status, answer)) = {
                let mut state = self.state();
                state.calls.push(Call { operation: operation.name().to_owned(), input: input.clone() });
                (state.silent.contains(operation.name()), state.answer(operation.name(), &input))
            };
            if silent {
                std::future::pending::<()>().await;
            }
            let body = if answer.is_null() { Vec::new() } else { answer.to_string().into_bytes() };
            let outcome = if status == 0 {
                Err(Failure::new(FailureKind::Closed, "closed"))
            } else {
                Ok(Response { status, headers: Vec::new(), body: body.into() })
            };
            Exchange { operation, request, outcome, duration: Duration::ZERO }
        })
    }
}
