//! Header and body name the same error.

use ivs_client::Carrier;
use ivs_model::Authority;

use crate::check::{ResponseKind, Undecided, UniversalCheck};
use crate::explanation::Explanation;
use crate::response_view::{Body, ResponseView};
use crate::{CheckInfo, Grouping, Mismatch};

/// Clients look in different places first, so two names would be two errors.
pub(crate) struct ErrorNamesAgree;

static RULE: CheckInfo = CheckInfo {
    check: "error-names-agree",
    authority: Authority::Protocol,
    source: "restJson1: a client may take the name from header, `__type` or `code` (facts: error-name-carriers)",
    grouping: Grouping::Operations,
};

static EXPLANATION: Explanation = Explanation {
    demand: "The error name in the header `x-amzn-ErrorType` and those in the body (`__type`, `code`) are the same.",
    right: &[
        "< HTTP/1.1 400",
        "< x-amzn-errortype: ValidationException",
        r#"< {"__type":"ValidationException","exceptionMessage":"…"}"#,
    ],
    wrong: &[
        "< HTTP/1.1 400",
        "< x-amzn-errortype: ValidationException",
        r#"< {"__type":"InvalidParameterException","exceptionMessage":"…"}"#,
    ],
    causes: &[
        "Header and body written by two layers, for example by a framework for several protocols and by the handler.",
    ],
};

impl UniversalCheck for ErrorNamesAgree {
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
        let (true, Some(error), Body::Json(body)) = (view.is_error(), &view.error, &view.body) else {
            return Ok(Vec::new());
        };
        if error.carrier != Carrier::Header {
            return Ok(Vec::new());
        }
        let differing = ["__type", "code"].into_iter().filter_map(|key| {
            let raw = body.get(key)?.as_str()?;
            let name = raw.split(':').next()?.rsplit('#').next()?.trim();
            (!name.is_empty() && name != error.name).then(|| {
                Mismatch::new(format!("/{key}"), format!("{} as in the header", error.name), name.to_owned())
                    .at(format!("/{key}"))
            })
        });
        Ok(differing.collect())
    }

    #[cfg(test)]
    fn found_in(&self) -> crate::test_exchange::FoundIn {
        tests::found_in()
    }
}

#[cfg(test)]
mod tests {
    use crate::test_exchange::{FoundIn, error, get, with_body};

    pub(super) fn found_in() -> FoundIn {
        let body = br#"{"__type":"NotFound","exceptionMessage":"a"}"#;
        vec![("/__type", get(with_body(error(404, "ResourceNotFoundException"), body)))]
    }
}
