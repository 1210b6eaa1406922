//! The error's name is one that the operation declares, or one that every operation may answer.

use ivs_model::Authority;

use crate::allowance;
use crate::check::{ResponseKind, Undecided, UniversalCheck};
use crate::explanation::Explanation;
use crate::response_view::ResponseView;
use crate::{CheckInfo, Grouping, Mismatch};

/// An undeclared name reaches a client as an unknown error.
pub(crate) struct ErrorDeclared;

static RULE: CheckInfo = CheckInfo {
    check: "error-declared",
    authority: Authority::Model,
    source: "the model's error list of the operation, with throttling, authentication and 5xx (facts: P06)",
    grouping: Grouping::Operations,
};

static EXPLANATION: Explanation = Explanation {
    demand: "An error has a name that the operation declares, or one that any operation may answer: throttling, authentication, 5xx.",
    right: &["> POST /GetChannel", "< HTTP/1.1 404", "< x-amzn-errortype: ResourceNotFoundException"],
    wrong: &["> POST /GetChannel", "< HTTP/1.1 404", "< x-amzn-errortype: NotFoundException"],
    causes: &[
        "A name of another AWS service, such as NotFoundException.",
        "An error that only other operations of the service declare. `ivs-contract explain ERROR` lists them.",
    ],
};

impl UniversalCheck for ErrorDeclared {
    fn rule(&self) -> &'static CheckInfo {
        &RULE
    }

    fn explanation(&self) -> &'static Explanation {
        &EXPLANATION
    }

    fn looks_at(&self) -> ResponseKind {
        ResponseKind::Error
    }

    fn judge(&self, view: &ResponseView<'_>) -> Result<Vec<Mismatch>, Undecided> {
        let (true, Some(error)) = (view.is_error(), &view.error) else { return Ok(Vec::new()) };
        let status = view.response.status;
        let allowed = view.declares(&error.name)
            || status == 429
            || status >= 500
            || allowance::allows(view.knowledge, &error.name, status, view.context.well_formed);
        if allowed {
            return Ok(Vec::new());
        }
        let names: Vec<&str> =
            view.operation.errors.iter().map(|shape| view.model.shape(*shape).name.as_str()).collect();
        let mut mismatch = Mismatch::new(
            error.name.clone(),
            format!("one of {}", names.join(", ")),
            format!("{status} {}", error.name),
        );
        if view.error_shape.is_some() || !view.knowledge.describes(&view.model.service.id) {
            // The lists are known to be incomplete; a name of the service itself may be one more gap. Of services that no
            // knowledge describes the common errors are not known, either.
            mismatch = mismatch.because(Authority::Inferred);
        }
        Ok(vec![mismatch])
    }

    #[cfg(test)]
    fn found_in(&self) -> crate::test_exchange::FoundIn {
        tests::found_in()
    }
}

#[cfg(test)]
mod tests {
    use crate::test_exchange::{FoundIn, error, get};

    pub(super) fn found_in() -> FoundIn {
        vec![
            ("InvalidToken", get(error(400, "InvalidToken"))),
            ("ConflictException", get(error(409, "ConflictException"))),
        ]
    }
}
