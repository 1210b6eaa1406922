//! The exchanges of a run, printed one after the other.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use ivs_client::Exchange;
use ivs_model::Model;

use crate::mask::Mask;
use crate::printable::{printable, printable_body};
use crate::reference::References;
use crate::{Reproducer, RequestContext, ShownExchange};

/// Shows the exchanges of a run one after the other, with the same reference for the same value throughout. What one answer
/// told in confidence stays out of those that follow.
pub struct ExchangePrinter<'m> {
    models: &'m [Model],
    reproducer: Reproducer,
    known: Mutex<(BTreeSet<String>, References)>,
}

impl fmt::Debug for ExchangePrinter<'_> {
    // The secrets stay out of every log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ExchangePrinter").field("reproducer", &self.reproducer).finish_non_exhaustive()
    }
}

impl<'m> ExchangePrinter<'m> {
    /// A printer that has seen nothing. The reproducer knows the credentials to keep out.
    #[must_use]
    pub fn new(models: &'m [Model], reproducer: Reproducer) -> Self {
        let references = reproducer.references(None);
        Self { models, reproducer, known: Mutex::new((BTreeSet::new(), references)) }
    }

    /// Shows one exchange.
    #[must_use]
    pub fn show(&self, exchange: &Exchange) -> ShownExchange {
        let case = ivs_model::CaseId::control(exchange.operation);
        let context = RequestContext::valid(&case);
        let model = self.models.iter().find(|model| model.service.id == exchange.operation.service());
        let operation = model.and_then(|model| model.operation(exchange.operation.name()));
        // What another thread left when it panicked is still true.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (secrets, references) = &mut *known;
        secrets.extend(self.reproducer.secrets_of(exchange, &context, model, operation));
        let mask = Mask::new(secrets.iter().map(String::as_str).chain(self.reproducer.secrets()));
        let body = printable_body(exchange, &context, model, operation);
        let mut text = |text: &str| printable(text, &mask, references);
        ShownExchange::new(exchange, body, model.zip(operation), &|_| false, &mut text)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ivs_client::{Failure, FailureKind, Request, Response};
    use ivs_model::{OperationId, bundled};

    use super::*;
    use crate::printable::LONGEST_BODY;

    fn exchange(outcome: Result<Response, Failure>) -> Exchange {
        let headers = vec![
            ("authorization".to_owned(), b"AWS4-HMAC-SHA256 Credential=x".to_vec()),
            ("content-type".to_owned(), b"application/json".to_vec()),
            ("x-amz-date".to_owned(), b"20261122T051803Z".to_vec()),
        ];
        Exchange {
            operation: OperationId::new("ivs", "GetStreamKey"),
            request: Request {
                method: "POST".to_owned(),
                path: "/GetStreamKey".to_owned(),
                query: String::new(),
                headers,
                body: b"{\"arn\":\"arn:aws:ivs:us-west-2:123456789012:stream-key/abcdABCDefgh\"}".to_vec().into(),
            },
            outcome,
            duration: Duration::ZERO,
        }
    }

    fn answer(status: u16, body: &str) -> Exchange {
        let headers =
            [("date", "Sun, 22 Nov 2026 05:18:03 GMT"), ("x-amzn-requestid", "4711"), ("x-a", "1"), ("x-a", "2")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())).to_vec();
        exchange(Ok(Response { status, headers, body: body.as_bytes().to_vec().into() }))
    }

    fn shown(exchange: &Exchange) -> ShownExchange {
        ExchangePrinter::new(bundled::models(), Reproducer::new(7)).show(exchange)
    }

    #[test]
    fn credentials_and_what_changes_by_itself_are_left_out() {
        let text = shown(&answer(200, "{}")).to_string();
        assert_eq!(
            text,
            "POST /GetStreamKey\n   content-type: application/json\n   {\"arn\":\"<stream-key-arn:1>\"}\n\
             -> 200\n   x-a: 1, 2\n   x-amzn-requestid: <id>\n   {}"
        );
    }

    #[test]
    fn a_secret_is_masked_where_it_stands_and_in_what_comes_after() {
        let printer = ExchangePrinter::new(bundled::models(), Reproducer::new(7));
        let key = "sk_us-west-2_abcdABCDefgh_0123456789";
        let first = printer.show(&answer(200, &format!("{{\"streamKey\":{{\"value\":\"{key}\"}}}}")));
        assert_eq!(first.response.body, "{\"streamKey\":{\"value\":\"<masked>\"}}");
        let second = printer.show(&answer(400, &format!("no key {key}")));
        assert_eq!(second.response.body, "no key <masked>");
    }

    #[test]
    fn a_long_body_is_cut_with_its_length_and_never_within_a_character() {
        let body = "ä ".repeat(3000);
        let shown = shown(&answer(500, &body)).response.body;
        assert!(shown.ends_with("… (9000 bytes)"), "{shown}");
        assert!(shown.len() < LONGEST_BODY + 20);
        let huge = answer(500, &"word ".repeat(100_000));
        assert!(ExchangePrinter::new(bundled::models(), Reproducer::new(7)).show(&huge).response.body.len() < 2100);
    }

    #[test]
    fn a_failure_shows_its_kind_and_times_have_no_number() {
        let lost = shown(&exchange(Err(Failure::new(FailureKind::Timeout, "after 30 s"))));
        assert!(lost.to_string().ends_with("-> no answer in time"), "{lost}");
        let times = shown(&answer(200, "{\"a\":\"2026-11-22T05:18:03Z\",\"b\":\"2026-11-22T05:18:04Z\"}"));
        assert_eq!(times.response.body, "{\"a\":\"<time>\",\"b\":\"<time>\"}");
    }

    #[test]
    fn control_characters_are_written_out() {
        let text = shown(&answer(200, "a\u{1b}[31m\nb")).to_string();
        assert!(text.ends_with("a\\u{1b}[31m\\nb"), "{text}");
    }
}
