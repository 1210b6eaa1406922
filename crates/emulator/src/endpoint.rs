//! The pipeline of a request: route, verify, parse, validate, serve, write.

use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use serde_json::Value;

use crate::assumptions;
use crate::auth::{self, KnownKeys, VerifiedCaller};
use crate::call::{HandlerOutput, OperationCall};
use crate::clock::{EmulatorClock, Timestamp};
use crate::contract::{BrokenConstraint, CONTRACT, Constraint, OperationContract};
use crate::document::Document;
use crate::fault::{Fault, PlantedFault};
use crate::fault_layers::{constraints, request, response, store, values, verification};
use crate::input::Input;
use crate::journal::{Entry, JournalWriter, JournaledCall};
use crate::options::{Observer, Options};
use crate::page_token::PageTokenKey;
use crate::request_log::RequestLog;
use crate::router::{self, ROUTER};
use crate::service_error::{ErrorCode, ServiceError};
use crate::services::tags;
use crate::state::{Accounts, Region};
use crate::sts;
use crate::wire::{self, WireResponse};

/// The state that all requests of an emulator share.
pub(crate) struct EmulatorEndpoint {
    pub(crate) accounts: Accounts,
    pub(crate) clock: EmulatorClock,
    /// Host names by which programs may reach the control API.
    pub(crate) control_hosts: Vec<String>,
    pub(crate) latency: Duration,
    pub(crate) closes_connections: bool,
    pub(crate) observer: Option<Observer>,
    pub(crate) planted: PlantedFault,
    /// The writer of what changes the state, if it must outlive the process.
    pub(crate) journal: Option<JournalWriter>,
    pub(crate) requests: RequestLog,
    pub(crate) page_token_key: PageTokenKey,
    keys: KnownKeys,
    enforce_rates: bool,
}

/// The response to a request, with its operation and error for the observer.
pub(crate) struct RequestOutcome {
    pub(crate) response: WireResponse,
    pub(crate) operation: Option<&'static OperationContract>,
    pub(crate) error: Option<&'static str>,
}

impl EmulatorEndpoint {
    pub(crate) fn new(options: Options) -> Self {
        Self {
            accounts: Accounts::new(options.settling, options.retention),
            clock: options.clock,
            control_hosts: options.control_hosts,
            latency: options.latency,
            closes_connections: options.closes_connections,
            observer: options.observer,
            planted: PlantedFault::new(options.fault.map(Fault::info)),
            journal: None,
            requests: RequestLog::new(options.logged_requests),
            keys: KnownKeys::new(options.keys),
            page_token_key: PageTokenKey::new(),
            enforce_rates: options.rates,
        }
    }

    /// Responds to a request whose body was read, or could not be.
    pub(crate) fn respond(&self, parts: &Parts, body: Result<Bytes, ServiceError>) -> RequestOutcome {
        if sts::is_for_sts(parts)
            && let Ok(body) = &body
        {
            let (response, error) = sts::respond(&self.keys, parts, body, self.clock.wall());
            return RequestOutcome { response, operation: None, error };
        }
        let operation = router::operation_of(parts);
        match body.and_then(|body| self.call(operation, parts, &body)) {
            Ok((operation, output)) => RequestOutcome {
                response: wire::success_response(operation, output),
                operation: Some(operation),
                error: None,
            },
            Err(error) => refuse(parts, operation, &error),
        }
    }

    fn call(
        &self,
        operation: Option<&'static OperationContract>,
        parts: &Parts,
        body: &Bytes,
    ) -> Result<(&'static OperationContract, Vec<u8>), ServiceError> {
        let signing_name = operation.map(|operation| operation.service().signing_name);
        let (wall, now) = self.clock.read();
        let checks = verification::signature_checks(self.planted, &parts.method);
        let caller = auth::verify(&self.keys, parts, body, signing_name, wall, &checks)?;
        let Some(operation) = operation else {
            return Err(ServiceError::new(assumptions::UNKNOWN_ROUTE, "No operation has this path and method"));
        };
        let output = self.perform(operation, &caller, now, parts, body)?;
        Ok((operation, output))
    }

    /// Returns the output of an operation, as JSON, for a caller whose signature is verified.
    pub(crate) fn perform(
        &self,
        operation: &'static OperationContract,
        caller: &VerifiedCaller<'_>,
        now: Timestamp,
        parts: &Parts,
        body: &Bytes,
    ) -> Result<Vec<u8>, ServiceError> {
        let planted = self.planted;
        wire::check_accept(&parts.headers)?;
        let mutated = request::mutate_body(planted, operation, body);
        let mut input = wire::read(operation, parts, mutated.as_ref().unwrap_or(body))?;
        request::mutate_request(planted, operation, parts, &mut input)?;
        validate(operation, &input, planted)?;
        if !request::skips_tag_rules(planted, operation) {
            tags::check_tags(&input)?;
        }
        let input = Input(input);
        let page_token_key = &self.page_token_key;
        let mut call = OperationCall { operation, caller, input, now, transition_end: now, planted, page_token_key };
        request::mutate_call(&mut call);
        values::mutate_arns(&mut call);
        let output = self.accounts.with(caller.account, caller.region, |region| {
            call.now = region.advance_to(now);
            call.transition_end = region.transition_end(call.now);
            if self.enforce_rates {
                region.count_call(operation, &call.input, call.now)?;
            }
            self.serve(&call, region)
        })?;
        let mut output = match output {
            HandlerOutput::Members(output) => wire::to_json(&output),
            HandlerOutput::Deferred(finish) => wire::to_json(&finish()),
            HandlerOutput::Json(output) => output,
        };
        response::mutate_output(&call, &mut output)?;
        values::mutate_values(&call, &mut output);
        debug_assert_eq!(broken_output_constraints(operation, &output, planted), Vec::new());
        Ok(output)
    }

    /// Runs the handler of a call, after the journal has it.
    fn serve(&self, call: &OperationCall<'_>, region: &mut Region) -> Result<HandlerOutput, ServiceError> {
        if let Some(journal) = self.journal.as_ref().filter(|_| !call.operation.only_reads) {
            journal.write_seeded(|seed| {
                Entry::Call(JournaledCall {
                    at: call.now,
                    seed,
                    account: call.caller.account.to_owned(),
                    region: call.caller.region.to_owned(),
                    operation: call.operation.full_name.clone(),
                    input: call.input.0.clone(),
                    id: region.next_id.clone(),
                })
            })?;
        }
        store::serve(call, region, ROUTER.handler(call.operation))
    }

    /// Makes a resource of seed data, with an ID if one is given. The input must be valid.
    pub(crate) fn create_seeded(
        &self,
        operation: &'static OperationContract,
        input: Document,
        id: Option<String>,
        caller: &VerifiedCaller<'_>,
    ) -> Result<(), ServiceError> {
        self.with_call(operation, input, caller, self.clock.now(), |call, region| {
            region.next_id = id;
            let made = self.serve(call, region);
            region.next_id = None;
            made.map(|_| ())
        })
    }

    /// Runs a function with a call that did not come by HTTP, in its region at that time. The input must be valid.
    pub(crate) fn with_call<T>(
        &self,
        operation: &'static OperationContract,
        input: Document,
        caller: &VerifiedCaller<'_>,
        at: Timestamp,
        run: impl FnOnce(&OperationCall<'_>, &mut Region) -> T,
    ) -> T {
        self.accounts.with(caller.account, caller.region, |region| {
            let now = region.advance_to(at);
            let call = OperationCall {
                operation,
                caller,
                input: Input(input),
                now,
                transition_end: region.transition_end(now),
                planted: self.planted,
                page_token_key: &self.page_token_key,
            };
            run(&call, region)
        })
    }
}

/// Writes an error in the form of the service that the request is for.
pub(crate) fn refuse(
    parts: &Parts,
    operation: Option<&'static OperationContract>,
    error: &ServiceError,
) -> RequestOutcome {
    let service = match operation {
        Some(operation) => operation.service(),
        None => router::service_of(parts).unwrap_or(&CONTRACT.services[0]),
    };
    RequestOutcome { response: wire::error_response(service, error), operation, error: Some(error.code.name()) }
}

/// Returns ValidationException if an input violates constraints of its shape. The first one gives the message.
pub(crate) fn validate(
    operation: &'static OperationContract,
    input: &Document,
    planted: PlantedFault,
) -> Result<(), ServiceError> {
    let Some(shape) = operation.model.input else {
        return Ok(());
    };
    let overridden = constraints::constraint_override(planted, &operation.full_name);
    let broken = operation.service().schema.check(shape, input, overridden.as_ref());
    let Some(first) = broken.first() else {
        return Ok(());
    };
    // The message has the form of the one recorded text (fact `recorded-answers`).
    let field = |pointer: &str| pointer.trim_start_matches('/').replace('/', ".");
    let text = format!("{}.{} {}", operation.name(), field(&first.pointer), first.rule);
    let mut error = ServiceError::new(ErrorCode::Validation, text);
    for constraint in broken {
        error.fields.push((field(&constraint.pointer), constraint.rule));
    }
    Err(error)
}

/// Returns the constraints that an output violates, for debug builds; none if a fault is planted.
///
/// Unset strings are `""`, including those with an enumeration, a pattern or a smallest length (facts
/// `response-unset-members`, `D14`).
fn broken_output_constraints(
    operation: &OperationContract,
    output: &[u8],
    planted: PlantedFault,
) -> Vec<BrokenConstraint> {
    let Some(shape) = operation.model.output.filter(|_| planted.fault().is_none()) else {
        return Vec::new();
    };
    let output: Document = serde_json::from_slice(output).unwrap_or_default();
    let mut broken = operation.service().schema.check(shape, &output, None);
    let whole = Value::Object(output);
    broken.retain(|broken| {
        let unset = whole.pointer(&broken.pointer) == Some(&Value::from(""));
        !(unset && matches!(broken.constraint, Constraint::Enum | Constraint::Pattern | Constraint::MinLength))
    });
    broken
}
