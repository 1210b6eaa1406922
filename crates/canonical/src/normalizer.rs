//! The normalizer: replaces values of a single run, turns identities into references, and removes secrets.

use std::collections::{BTreeMap, BTreeSet};

use ivs_client::{Exchange, Response, error_name};
use ivs_model::{Knowledge, Location, Member, Model, Operation, ShapeId, ShapeKind, UriSegment};
use ivs_pool::{RUN_TAG, Resource};
use serde_json::{Map, Value, json};

use crate::exchange::{CanonicalBody, CanonicalExchange};
use crate::mark::{Numbers, mark};

/// The response headers that are kept, besides those that the model binds members to.
const HEADERS: [&str; 2] = ["content-type", "x-amzn-errortype"];
/// The header that names the request.
const REQUEST_ID: &str = "x-amzn-requestid";

/// Normalizes the exchanges of one operation.
pub struct Normalizer<'a> {
    model: &'a Model,
    operation: &'a Operation,
    /// The kinds of external resources, by value.
    externals: BTreeMap<String, String>,
}

/// The known values of one exchange.
struct Known {
    /// Texts sent in this request or when the resource was created. They are the same in every run.
    literals: BTreeSet<String>,
    /// Resource identifiers of this run that the requests sent.
    own: BTreeSet<String>,
}

impl<'a> Normalizer<'a> {
    /// Creates a normalizer. `configured` has the external resources that exist at the endpoint, by placeholder kind.
    pub fn new(
        model: &'a Model,
        operation: &'a Operation,
        knowledge: &Knowledge,
        configured: &BTreeMap<String, String>,
    ) -> Self {
        let samples = knowledge
            .externals
            .iter()
            .filter_map(|external| Some((external.sample.clone()?, kebab(&format!("{:?}", external.kind)))));
        let configured = configured.iter().map(|(kind, value)| (value.clone(), kind.clone()));
        Self { model, operation, externals: samples.chain(configured).collect() }
    }

    /// Returns the canonical form of an exchange; `None` without a response. `input` is the input as sent, by member
    /// names. `put` has the texts that were stored in the resources it names. Pages keep only items that name one of
    /// `own` or a resource of the input.
    pub fn canonical(
        &self,
        name: &str,
        exchange: &Exchange,
        input: &Value,
        put: &[&str],
        own: &[&str],
    ) -> Option<CanonicalExchange> {
        let response = exchange.outcome.as_ref().ok()?;
        let mut known = Known {
            literals: put.iter().map(|text| (*text).to_owned()).collect(),
            own: own.iter().map(|text| (*text).to_owned()).collect(),
        };
        let mut numbers = Numbers::default();
        let sent = self.sent(input, &mut known);
        let input = numbers.settle(sent);
        let error = error_name(response).map(|error| error.name).filter(|_| response.status >= 400);
        let error_shape = error.as_deref().and_then(|name| self.error_shape(name));
        let shape = if response.is_success() { self.operation.output } else { error_shape };
        let body = match (response.body.is_empty(), response.json()) {
            (true, _) => CanonicalBody::Empty,
            (false, Ok(value)) => {
                let value = if response.is_success() { self.own_page(value, &known) } else { value };
                let marked = self.came(shape, &value, &known);
                let sorted = numbers.sorted(marked);
                CanonicalBody::Json(numbers.settle(sorted))
            }
            (false, Err(_)) => CanonicalBody::Other,
        };
        Some(CanonicalExchange {
            name: name.to_owned(),
            route: self.route(),
            input,
            status: response.status,
            error: error.map(|name| cleared(&name)),
            headers: self.headers(response, shape),
            body,
        })
    }

    /// Returns the method and the path template.
    fn route(&self) -> String {
        let mut route = self.operation.method.as_str().to_owned();
        route.push(' ');
        for segment in &self.operation.uri.segments {
            route.push('/');
            match segment {
                UriSegment::Literal(text) => route.push_str(text),
                UriSegment::Label(name) => route.push_str(&format!("{{{name}}}")),
                UriSegment::GreedyLabel(name) => route.push_str(&format!("{{{name}+}}")),
            }
        }
        route
    }

    fn error_shape(&self, name: &str) -> Option<ShapeId> {
        self.operation.errors.iter().copied().find(|id| self.model.shape(*id).name == name)
    }

    fn headers(&self, response: &Response, shape: Option<ShapeId>) -> Vec<(String, String)> {
        let mut headers: Vec<(String, String)> = HEADERS
            .iter()
            .filter_map(|name| {
                // Some servers write `Name:http://…`; only the name matters.
                let value = response.header(name)?.split([':', '#']).next().unwrap_or_default();
                Some(((*name).to_owned(), cleared(value)))
            })
            .collect();
        if response.header(REQUEST_ID).is_some() {
            headers.push((REQUEST_ID.to_owned(), "<request-id>".to_owned()));
        }
        for member in self.model.members(shape).iter().filter(|member| member.location == Location::Header) {
            let name = member.wire_name.to_ascii_lowercase();
            if !HEADERS.contains(&name.as_str()) && response.header(&name).is_some() {
                headers.push((name, format!("<{}>", kebab(&member.name))));
            }
        }
        headers
    }

    /// Replaces values of the input by marks and adds its texts to the known ones.
    fn sent(&self, input: &Value, known: &mut Known) -> Value {
        let members = self.model.members(self.operation.input);
        let Some(object) = input.as_object() else { return input.clone() };
        object
            .iter()
            .map(|(name, value)| {
                let member = members.iter().find(|member| member.name == *name);
                let value = match member {
                    Some(member) if member.idempotency_token => json!("<idempotency-token>"),
                    Some(member) => self.sent_value(member.shape, value, known),
                    None => untold(value),
                };
                (name.clone(), value)
            })
            .collect()
    }

    fn sent_value(&self, id: ShapeId, value: &Value, known: &mut Known) -> Value {
        let shape = self.model.shape(id);
        if shape.sensitive {
            return secret(value);
        }
        match (&shape.kind, value) {
            (ShapeKind::Structure { members } | ShapeKind::Union { members }, Value::Object(object)) => object
                .iter()
                .map(|(name, value)| {
                    let member = members.iter().find(|member| member.name == *name);
                    let value =
                        member.map_or_else(|| untold(value), |member| self.sent_value(member.shape, value, known));
                    (name.clone(), value)
                })
                .collect(),
            (ShapeKind::List { item, .. }, Value::Array(items)) => {
                items.iter().map(|value| self.sent_value(*item, value, known)).collect()
            }
            (ShapeKind::Map { value: of, .. }, Value::Object(object)) => object
                .iter()
                .map(|(key, value)| {
                    known.literals.insert(key.clone());
                    (cleared(key), self.sent_value(*of, value, known))
                })
                .collect(),
            (_, Value::String(text)) => {
                if let Some(label) = self.label_of(text) {
                    known.own.insert(text.clone());
                    return Value::String(mark(&label, text));
                }
                known.literals.insert(text.clone());
                Value::String(cleared(text))
            }
            // A value of the wrong type is sent on purpose.
            (_, other) => other.clone(),
        }
    }

    /// Returns the label of a text that names a resource of this run or this account.
    fn label_of(&self, text: &str) -> Option<String> {
        let numbered = text.trim_end_matches(|character: char| character.is_ascii_digit());
        if let Some(kind) = self.externals.get(text).or_else(|| self.externals.get(numbered)) {
            return Some(kind.clone());
        }
        if text.starts_with("-----BEGIN PUBLIC KEY") {
            return Some("public-key".to_owned());
        }
        if !text.starts_with("arn:") {
            return None;
        }
        Some(Resource::from_arn(text).map_or_else(|| "arn".to_owned(), |resource| format!("{}-arn", resource.kind)))
    }

    /// Removes the page token and the items that belong to others.
    fn own_page(&self, mut body: Value, known: &Known) -> Value {
        let Some(pagination) = &self.operation.pagination else { return body };
        if let Some(object) = body.as_object_mut() {
            object.remove(&pagination.output_token);
        }
        if let Some(Value::Array(items)) = pagination.items.as_ref().and_then(|name| body.get_mut(name)) {
            items.retain(|item| names_one(item, &known.own));
        }
        body
    }

    /// Replaces values of a body by marks.
    fn came(&self, shape: Option<ShapeId>, body: &Value, known: &Known) -> Value {
        match shape {
            Some(shape) => self.came_value(shape, body, "", known),
            None => untold(body),
        }
    }

    fn came_value(&self, id: ShapeId, value: &Value, name: &str, known: &Known) -> Value {
        let shape = self.model.shape(id);
        if shape.sensitive {
            return secret(value);
        }
        match (&shape.kind, value) {
            (_, Value::Null) => Value::Null,
            (ShapeKind::Structure { members } | ShapeKind::Union { members }, Value::Object(object)) => {
                object.iter().map(|(key, value)| (key.clone(), self.came_member(members, key, value, known))).collect()
            }
            (ShapeKind::List { item, .. }, Value::Array(items)) => {
                items.iter().map(|value| self.came_value(*item, value, name, known)).collect()
            }
            (ShapeKind::Map { value: of, .. }, Value::Object(object)) => object
                .iter()
                .filter(|(key, _)| *key != RUN_TAG)
                .map(|(key, value)| {
                    let key = if known.literals.contains(key) { cleared(key) } else { mark("key", key) };
                    (key, self.came_value(*of, value, name, known))
                })
                .collect::<Map<_, _>>()
                .into(),
            (ShapeKind::String, Value::String(text)) => {
                let settled = text.is_empty() || known.literals.contains(text) || shape.enum_values.contains(text);
                Value::String(if settled { cleared(text) } else { self.made(text, name) })
            }
            (ShapeKind::Blob, Value::String(text)) => Value::String(self.made(text, name)),
            (ShapeKind::Timestamp, Value::String(_) | Value::Number(_)) => json!("<timestamp>"),
            (ShapeKind::Boolean, Value::Bool(_)) => value.clone(),
            (ShapeKind::Integer { .. } | ShapeKind::Float | ShapeKind::Double, Value::Number(_)) => value.clone(),
            (_, other) => untold(other),
        }
    }

    fn came_member(&self, members: &[Member], key: &str, value: &Value, known: &Known) -> Value {
        let member = members.iter().find(|member| member.location == Location::Body && member.wire_name == key);
        match member {
            Some(member) => self.came_value(member.shape, value, &member.name, known),
            // Errors may have a `message` besides the member that the model declares.
            None if key == "message" && value.is_string() => json!("<message>"),
            None => untold(value),
        }
    }

    /// Replaces a text that the server generated.
    fn made(&self, text: &str, name: &str) -> String {
        // The wording of messages is not part of the contract.
        if matches!(name, "message" | "errorMessage" | "exceptionMessage") {
            return "<message>".to_owned();
        }
        mark(&self.label_of(text).unwrap_or_else(|| kebab(name)), text)
    }
}

/// Replaces an undeclared value by its type, since it may be a secret.
fn untold(value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::Bool(_) => json!("<boolean>"),
        Value::Number(_) => json!("<number>"),
        Value::String(_) => json!("<string>"),
        Value::Array(_) => json!("<list>"),
        Value::Object(members) => members.iter().map(|(name, member)| (name.clone(), untold(member))).collect(),
    }
}

fn secret(value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::String(text) if text.is_empty() => value.clone(),
        _ => json!("<secret>"),
    }
}

/// Removes account ids from a text.
fn cleared(text: &str) -> String {
    const ACCOUNT: usize = 12;
    let mut cleared = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|character: char| character.is_ascii_digit()) {
        let digits = rest[start..].bytes().take_while(u8::is_ascii_digit).count();
        cleared.push_str(&rest[..start]);
        let run = &rest[start..start + digits];
        cleared.push_str(if digits == ACCOUNT { "<account>" } else { run });
        rest = &rest[start + digits..];
    }
    cleared.push_str(rest);
    cleared
}

/// Returns whether any text in the value is one of these names.
fn names_one(value: &Value, names: &BTreeSet<String>) -> bool {
    match value {
        Value::String(text) => names.contains(text),
        Value::Array(items) => items.iter().any(|item| names_one(item, names)),
        Value::Object(members) => members.values().any(|member| names_one(member, names)),
        _ => false,
    }
}

/// Converts a name to kebab case: `ingestEndpoint` and `IngestEndpoint` become `ingest-endpoint`.
fn kebab(name: &str) -> String {
    let mut kebab = String::with_capacity(name.len() + 4);
    for (index, character) in name.char_indices() {
        if character.is_ascii_uppercase() && index > 0 {
            kebab.push('-');
        }
        kebab.push(character.to_ascii_lowercase());
    }
    kebab
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ivs_client::Request;
    use ivs_model::{OperationId, bundled};

    use super::*;

    const ARN: &str = "arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh";

    fn canonical(operation: &str, input: &Value, status: u16, body: &Value) -> CanonicalExchange {
        let model = bundled::model("ivs").unwrap();
        let exchange = Exchange {
            operation: OperationId::new("ivs", operation),
            request: Request {
                method: "POST".to_owned(),
                path: "/".to_owned(),
                query: String::new(),
                headers: Vec::new(),
                body: Vec::new().into(),
            },
            outcome: Ok(Response { status, headers: Vec::new(), body: body.to_string().into() }),
            duration: Duration::ZERO,
        };
        let operation = model.operation(operation).unwrap();
        let normalizer = Normalizer::new(model, operation, bundled::knowledge(), &BTreeMap::new());
        normalizer.canonical("valid", &exchange, input, &[], &[]).unwrap()
    }

    #[test]
    fn secrets_accounts_and_undeclared_values_are_masked() {
        let body = json!({
            "channel": {"arn": ARN, "name": "mine", "playbackUrl": "https://123456789012.example/x", "tags": {RUN_TAG: "r"}},
            "streamKey": {"arn": ARN.replace("channel", "stream-key"), "channelArn": ARN, "value": "sk_us-west-2_secret"},
            "unheard": {"of": "sk_us-west-2_secret", "account": 123_456_789_012_u64},
        });
        let shown = canonical("CreateChannel", &json!({"name": "mine"}), 200, &body);
        let mut text = String::new();
        shown.write(&mut text);
        for hidden in ["123456789012", "secret\"", "abcdABCDefgh", RUN_TAG] {
            assert!(!text.contains(hidden), "{text}");
        }
        assert_eq!(
            shown.body,
            CanonicalBody::Json(json!({
                "channel": {"arn": "<channel-arn:1>", "name": "mine", "playbackUrl": "<playback-url:1>", "tags": {}},
                "streamKey": {"arn": "<stream-key-arn:1>", "channelArn": "<channel-arn:1>", "value": "<secret>"},
                "unheard": {"account": "<number>", "of": "<string>"},
            }))
        );
    }

    #[test]
    fn a_page_keeps_only_items_of_this_run() {
        let other = ARN.replace("abcd", "wxyz");
        let page = json!({"streamKeys": [{"arn": other, "channelArn": other}, {"arn": other, "channelArn": ARN}], "nextToken": "t"});
        let shown = canonical("ListStreamKeys", &json!({"channelArn": ARN}), 200, &page);
        // Here the key's ARN is a channel's, so it is numbered after the channel of the input.
        assert_eq!(
            shown.body,
            CanonicalBody::Json(json!({"streamKeys": [{"arn": "<channel-arn:2>", "channelArn": "<channel-arn:1>"}]}))
        );
    }

    #[test]
    fn twelve_digits_are_an_account_and_others_are_not() {
        assert_eq!(cleared("a 123456789012 b 1234567890123 1"), "a <account> b 1234567890123 1");
    }
}
