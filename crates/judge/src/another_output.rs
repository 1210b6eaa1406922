//! Outputs of another operation with the same path: an endpoint that does not look at the method does not have the operation.

use ivs_client::Exchange;
use ivs_model::{Location, Model, Operation, ShapeId};
use serde_json::Value;

/// Returns the other operation with the same path whose output an answer is, if it has no member of the operation's own output.
pub(crate) fn output_of_another_method<'m>(
    model: &'m Model,
    operation: &Operation,
    exchange: &Exchange,
) -> Option<&'m Operation> {
    let own = body_members(model, operation.output);
    let has_own_output = !own.is_empty();
    let mut others = model.operations.iter().filter(|other| other.uri == operation.uri && other.id != operation.id);
    // Few paths have two operations, and the body is read only there.
    let first = others.next().filter(|_| has_own_output)?;
    let Ok(Value::Object(body)) = exchange.outcome.as_ref().ok()?.json() else { return None };
    if body.is_empty() || body.keys().any(|key| own.contains(&key.as_str())) {
        return None;
    }
    std::iter::once(first).chain(others).find(|other| {
        let members = body_members(model, other.output);
        other.method != operation.method && body.keys().all(|key| members.contains(&key.as_str()))
    })
}

/// The names that the members of an output have in its body.
fn body_members(model: &Model, output: Option<ShapeId>) -> Vec<&str> {
    let members = model.members(output).iter().filter(|member| member.location == Location::Body);
    members.map(|member| member.wire_name.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ivs_client::{Request, Response};
    use ivs_model::OperationId;

    use super::*;

    /// Whether `PutThing` is answered by the output of `GetThing`.
    fn is_of_another(body: &str) -> bool {
        let model = Model::from_slice(MODEL.as_bytes()).expect("a model");
        let operation = model.operation("PutThing").expect("it is there");
        let request = Request {
            method: "PUT".to_owned(),
            path: "/thing".to_owned(),
            query: String::new(),
            headers: Vec::new(),
            body: Vec::new().into(),
        };
        let outcome = Ok(Response { status: 200, headers: Vec::new(), body: body.as_bytes().to_vec().into() });
        let id = OperationId::new("things", "PutThing");
        let exchange = Exchange { operation: id, request, outcome, duration: Duration::ZERO };
        output_of_another_method(&model, operation, &exchange).is_some()
    }

    const MODEL: &str = r#"{
        "version": "2.0",
        "metadata": {"apiVersion": "2026-01-01", "protocol": "rest-json", "serviceId": "Things", "signingName": "things",
            "endpointPrefix": "things", "serviceFullName": "Things", "signatureVersion": "v4"},
        "operations": {
            "GetThing": {"name": "GetThing", "http": {"method": "GET", "requestUri": "/thing"}, "output": {"shape": "Shown"}},
            "PutThing": {"name": "PutThing", "http": {"method": "PUT", "requestUri": "/thing"}, "output": {"shape": "Made"}}
        },
        "shapes": {
            "Shown": {"type": "structure", "members": {"Things": {"shape": "Text"}, "Next": {"shape": "Text"}}},
            "Made": {"type": "structure", "members": {"Thing": {"shape": "Text"}, "Next": {"shape": "Text"}}},
            "Text": {"type": "string"}
        }
    }"#;

    #[test]
    fn only_an_output_without_a_member_of_its_own_is_of_another_operation() {
        assert!(is_of_another(r#"{"Things":"a"}"#));
        for body in ["{}", "", "[]", r#"{"Thing":"a"}"#, r#"{"Things":"a","Next":"b"}"#, r#"{"Unknown":1}"#] {
            assert!(!is_of_another(body), "{body}");
        }
    }
}
