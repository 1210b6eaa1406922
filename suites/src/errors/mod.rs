//! The suite `errors`: declared errors that a single resource can provoke, and what became of every declared error.

mod pairs;
mod provocation;

use std::sync::Arc;

use futures_util::stream::{self, StreamExt};
use ivs_judge::{Departure, Verdict};
use serde_json::Value;

use crate::SuiteName;
use crate::answer::{is_success, listed};
use crate::rejection::{Owed, Weighed};
use crate::rules::DECLARED_ERROR;
use crate::session::Unsent;
use crate::subject::{Attempt, Call, Subject};
pub(crate) use pairs::report_pairs;
pub(crate) use provocation::{Means, Provocation, provocations};

const SUITE: SuiteName = SuiteName::Errors;

/// Provokes what can be provoked on the operation.
pub(crate) async fn run(subject: &Arc<Subject>, base: &Value) {
    let provocations =
        provocations(subject.session.knowledge, subject.model, subject.operation, &subject.effects, base);
    let width = subject.session.config.concurrency.max(1);
    stream::iter(&provocations)
        .for_each_concurrent(width, async |provocation| {
            for error in &provocation.errors {
                subject.session.note_provoked(subject.service(), &subject.operation.name, &error.code);
            }
            let case = subject.case_id(SUITE, &provocation.name);
            let verdict = judge(subject, base, provocation, &case).await;
            subject.conclude(SUITE, case, vec![(DECLARED_ERROR.check, provocation.name.clone())], Vec::new(), verdict);
        })
        .await;
}

async fn judge(subject: &Subject, base: &Value, provocation: &Provocation, case: &str) -> Verdict {
    let call = match provoke(subject, SUITE, base, provocation, case).await {
        Ok(call) => call,
        Err(verdict) => return verdict,
    };
    let owed = Owed {
        errors: &provocation.errors,
        authority: provocation.authority,
        code_authority: provocation.authority,
        site: &provocation.name,
        pointer: &provocation.pointer,
    };
    match owed.weigh(&call.answer) {
        Weighed::Right => subject.pass_if_twin_differs(SUITE, base, &call.answer).await,
        Weighed::Undecided(reason) => Verdict::Indeterminate(reason),
        Weighed::Departs(departure) => fail(subject, provocation, departure, &call, case, base),
    }
}

/// Makes the call whose answer counts.
pub(crate) async fn provoke(
    subject: &Subject,
    suite: SuiteName,
    base: &Value,
    provocation: &Provocation,
    case: &str,
) -> Result<Call, Verdict> {
    let unsent = |Unsent(reason)| Verdict::Indeterminate(reason);
    let (input, times) = match &provocation.means {
        Means::Input(input) => {
            let context = subject.context(suite, case).with_input(input);
            return subject.call(Attempt::usual(input), &context).await.map_err(unsent);
        }
        Means::Again => (base, 1),
        Means::Quota(quota) => (base, *quota),
    };
    let context = subject.context(suite, case).with_input(input);
    let mut loan = subject.lend(input).await;
    let mut call = subject.send(&mut loan, Attempt::usual(input), &context).await;
    for _ in 0..times {
        if call.as_ref().is_ok_and(|call| is_success(&call.answer)) {
            call = subject.send(&mut loan, Attempt::usual(input), &context).await;
        }
    }
    subject.hand_back(loan).await;
    call.map_err(unsent)
}

fn fail(
    subject: &Subject,
    provocation: &Provocation,
    departure: Departure,
    call: &Call,
    case: &str,
    base: &Value,
) -> Verdict {
    if let (Some(missing), Means::Again | Means::Quota(_)) = (&call.missing, &provocation.means) {
        return Verdict::Indeterminate(format!("the input names a resource that is not there: {missing}"));
    }
    let input = match &provocation.means {
        Means::Input(input) => input,
        Means::Again | Means::Quota(_) => base,
    };
    let context = subject.context(SUITE, case).with_input(input);
    let mut departure = departure.from_source(provocation.source.clone());
    departure.expected = format!("{} ({})", listed(&provocation.errors), provocation.cause);
    Verdict::Fail(vec![subject.finding(&DECLARED_ERROR, &departure, call, &context)])
}
