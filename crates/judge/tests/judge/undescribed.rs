//! A service that no knowledge describes: its model says less than the endpoint may do.

use std::sync::LazyLock;

use ivs_client::{Exchange, Response};
use ivs_judge::{Answer, Judge, Reproducer, RequestContext, Severity};
use ivs_model::{Model, bundled};
use serde_json::{Value, json};

use crate::exchange::{answer, answered, call, case, error, with_header};

static MODELS: LazyLock<Vec<Model>> = LazyLock::new(|| {
    let model = json!({
        "version": "2.0",
        "metadata": {
            "apiVersion": "2026-01-01", "protocol": "rest-json", "serviceId": "Things", "signingName": "things",
            "endpointPrefix": "things", "serviceFullName": "Things", "signatureVersion": "v4"
        },
        "operations": {
            "GetThing": {
                "name": "GetThing", "http": {"method": "GET", "requestUri": "/things"},
                "output": {"shape": "Shown"}, "errors": [{"shape": "BadRequestException"}]
            },
            "PutThing": {
                "name": "PutThing", "http": {"method": "PUT", "requestUri": "/things"},
                "input": {"shape": "Wanted"}, "output": {"shape": "Made"}, "errors": [{"shape": "BadRequestException"}]
            },
            "ReadThing": {
                "name": "ReadThing", "http": {"method": "GET", "requestUri": "/thing"},
                "output": {"shape": "Read"}, "errors": [{"shape": "BadRequestException"}]
            }
        },
        "shapes": {
            "BadRequestException": {
                "type": "structure", "members": {"message": {"shape": "Text"}}, "error": {"httpStatusCode": 400}, "exception": true
            },
            "Shown": {
                "type": "structure", "required": ["Name"],
                "members": {"Name": {"shape": "Name"}, "Mode": {"shape": "Mode"}, "Arn": {"shape": "Arn"}}
            },
            "Wanted": {"type": "structure", "required": ["Name"], "members": {"Name": {"shape": "Name"}, "Mode": {"shape": "Mode"}}},
            "Made": {"type": "structure", "members": {"Id": {"shape": "Text"}}},
            "Read": {"type": "structure", "members": {"Content": {"shape": "Secret"}}, "payload": "Content"},
            "Name": {"type": "string", "pattern": "[a-z]+"},
            "Arn": {"type": "string", "pattern": "arn:thing/[a-z]+"},
            "Mode": {"type": "string", "enum": ["A", "B"]},
            "Secret": {"type": "blob", "sensitive": true},
            "Text": {"type": "string"}
        }
    });
    vec![Model::from_slice(model.to_string().as_bytes()).expect("a model")]
});

fn judge() -> Judge<'static> {
    let reproducer = Reproducer::new(7).endpoint("things", "http://127.0.0.1:4566/");
    Judge::new(&MODELS, bundled::knowledge(), reproducer)
}

fn get(response: Response) -> Exchange {
    answered(call("things.GetThing", &json!({})), response)
}

/// The checks with findings, each with its severity.
fn found(judge: &Judge<'_>, exchange: &Exchange) -> Vec<(String, Severity)> {
    let case = case("things.GetThing/validation/case");
    let findings = judge.universal(exchange, &RequestContext::valid(&case)).findings;
    findings.into_iter().map(|finding| (finding.check, finding.severity)).collect()
}

fn warning(check: &str) -> Vec<(String, Severity)> {
    vec![(check.to_owned(), Severity::Warning)]
}

#[test]
fn bounds_of_outputs_undeclared_names_and_request_ids_are_inferred() {
    let whole = json!({"Name": "a"});
    assert_eq!(found(&judge(), &get(answer(200, whole.clone()))), []);
    assert_eq!(found(&judge(), &get(answer(200, json!({"Name": "A.a"})))), warning("output-bound"));
    assert_eq!(found(&judge(), &get(error(400, "ValidationError"))), warning("error-declared"));
    let unnamed = with_header(answer(200, whole), "x-amzn-requestid", "");
    assert_eq!(found(&judge(), &get(unnamed)), warning("request-id"));
}

#[test]
fn what_the_endpoint_shows_of_an_input_that_it_took_is_not_told_again() {
    let judge = judge();
    let shown = |body: Value| found(&judge, &get(answer(200, body)));
    let outputs = [json!({"Name": "a", "Arn": "arn:thing/a b"}), json!({"Name": "a", "Mode": "7"}), json!({})];
    for output in &outputs {
        assert_eq!(shown(output.clone()).len(), 1, "{output}");
    }
    let operation = "things.PutThing".parse().expect("an operation id");
    judge.note_taken(operation, &json!({"Name": "a b", "Mode": 7}), &[]);
    judge.note_taken(operation, &json!({}), &[]);
    for output in &outputs {
        assert_eq!(shown(output.clone()), [], "{output}");
    }
}

#[test]
fn an_operation_that_is_answered_by_the_output_of_another_method_is_not_there() {
    let judge = judge();
    let put = |body: Value| {
        let mut exchange = answered(call("things.PutThing", &json!({"Name": "a"})), answer(200, body));
        exchange.request.method = "PUT".to_owned();
        judge.answer(&exchange)
    };
    assert!(put(json!({"Name": "a"})).is_absent());
    for own in [json!({"Id": "a"}), json!({}), json!({"Other": "a"})] {
        assert_eq!(put(own.clone()), Answer::Success { status: 200 }, "{own}");
    }
}

#[test]
fn an_error_is_not_masked_like_a_secret_payload() {
    let judge = judge();
    let case = case("things.ReadThing/validation/case");
    let exchange = answered(call("things.ReadThing", &json!({})), error(404, "BadRequestException"));
    let findings = judge.universal(&exchange, &RequestContext::valid(&case)).findings;
    let told = findings.iter().find(|finding| finding.check == "error-status").expect("the status is wrong");
    assert!(told.expected.contains("BadRequestException"), "{}", told.expected);
}
