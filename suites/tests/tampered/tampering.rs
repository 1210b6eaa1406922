//! A client that gets in the way: it changes requests before they are sent, and answers before they are judged.

use std::sync::Arc;
use std::time::Duration;

use ivs_client::{BoxFuture, Caller, Exchange, Request, Signing};
use ivs_emulator::{Emulator, Options};
use ivs_judge::Report;
use ivs_model::{OperationId, SuiteName};
use ivs_runner::{Config, Selection};
use serde_json::{Map, Value};

use crate::run;

/// What is done to a request, by operation.
pub(crate) type Before = Box<dyn Fn(&str, &mut Value) + Send + Sync>;
/// What is done to an answer, by operation and request: its status and its body. A request about tags has the resource as it
/// stands in the path as `resourceArn`. An error that the body names is named by the header, too.
pub(crate) type After = Box<dyn Fn(&str, &Value, &mut u16, &mut Value) + Send + Sync>;

pub(crate) fn nothing_before() -> Before {
    Box::new(|_, _| {})
}

pub(crate) fn nothing_after() -> After {
    Box::new(|_, _, _, _| {})
}

/// Tampers with the requests of one operation.
pub(crate) fn before(
    operation: &'static str,
    change: impl Fn(&mut Map<String, Value>) + Send + Sync + 'static,
) -> Before {
    Box::new(move |called, input| {
        if let (true, Some(input)) = (called == operation, input.as_object_mut()) {
            change(input);
        }
    })
}

/// Tampers with the successful answers of one operation.
pub(crate) fn after(operation: &'static str, change: impl Fn(&Value, &mut Value) + Send + Sync + 'static) -> After {
    Box::new(move |called, asked, status, body| {
        if called == operation && *status == 200 {
            change(asked, body);
        }
    })
}

/// A run of one suite on some operations, with the tampering or without.
pub(crate) async fn judge(
    suite: SuiteName,
    operations: &[&str],
    config: Config,
    tampering: Option<(Before, After)>,
) -> Report {
    let options = Options { settling: Duration::ZERO, ..Options::default() };
    let emulator = Emulator::start(options).await.expect("the emulator starts");
    let operations = operations.iter().map(|it| (*it).to_owned()).collect();
    let config = Config { selection: Selection { operations, suites: vec![suite], ..Selection::default() }, ..config };
    let report = match tampering {
        None => run::quietly(&emulator.url(), config).await,
        Some((before, after)) => {
            run::through(&emulator.url(), config, |inner| Arc::new(Tampering { inner, before, after })).await
        }
    };
    emulator.stop().await;
    report
}

/// A client that gets in the way.
struct Tampering {
    inner: Arc<dyn Caller>,
    before: Before,
    after: After,
}

impl Caller for Tampering {
    fn send<'a>(
        &'a self,
        operation: OperationId,
        mut request: Request,
        signing: &'a Signing,
    ) -> BoxFuture<'a, Exchange> {
        Box::pin(async move {
            let mut input = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
            let mut asked = input.clone();
            (self.before)(operation.name(), &mut input);
            if input != asked {
                request.body = input.to_string().into();
            }
            if let Some(resource) = request.path.strip_prefix("/tags/") {
                asked["resourceArn"] = resource.into();
            }
            let mut exchange = self.inner.send(operation, request, signing).await;
            if let Ok(response) = &mut exchange.outcome {
                let mut body = response.json().unwrap_or(Value::Null);
                let answered = body.clone();
                (self.after)(operation.name(), &asked, &mut response.status, &mut body);
                if body != answered {
                    response.body = body.to_string().into();
                }
                if body["__type"] != answered["__type"] {
                    let name = body["__type"].as_str().unwrap_or_default().as_bytes().to_vec();
                    response.headers.retain(|(header, _)| header != "x-amzn-errortype");
                    response.headers.push(("x-amzn-errortype".to_owned(), name));
                }
            }
            exchange
        })
    }
}
