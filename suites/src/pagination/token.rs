//! Tokens: empty, wrong, foreign, and stale.

use std::collections::BTreeSet;

use ivs_generators::ExpectedError;
use ivs_judge::{ControlEvidence, ControlRole, Evaluation, Evidence, Expected, Mismatch, Property};
use ivs_model::Authority;
use ivs_runner::{CaseResult, SentCall, indeterminate};
use serde_json::{Map, Value};

use super::checks::{BAD_TOKEN, EMPTY_TOKEN, STALE_TOKEN};
use super::page_reader::{Page, PageReader, PageRequest};
use super::walk::{MOST_PAGES, items, too_many_pages};

/// What a page size of one leaves for the next page.
const SMALL: Option<u64> = Some(1);

/// How often a list is looked at again that changes while it is looked at: other runs may share the endpoint.
const QUIET_LOOKS: usize = 5;

/// A way to damage a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SpoiltToken {
    /// Another text.
    Garbage,
    /// One character is another one.
    Tampered,
    /// The end is missing.
    Truncated,
}

impl SpoiltToken {
    /// The token, spoilt that way; it still has the form that the model asks for.
    fn of(self, token: &str) -> String {
        let middle = token.len() / 2;
        let cut = (middle..token.len()).find(|at| token.is_char_boundary(*at)).unwrap_or(0);
        let (head, tail) = token.split_at(cut);
        match self {
            Self::Tampered => {
                let mut rest = tail.chars();
                let changed = if rest.next() == Some('A') { 'B' } else { 'A' };
                format!("{head}{changed}{}", rest.as_str())
            }
            Self::Truncated => head.to_owned(),
            Self::Garbage => "bm90LWEtdG9rZW4tb2YtdGhpcy1saXN0".to_owned(),
        }
    }
}

impl PageReader<'_> {
    /// The first page and the token that it ends with; undecided if there is none.
    pub(super) async fn first(
        &self,
        size: Option<u64>,
        filter: Option<&Map<String, Value>>,
    ) -> CaseResult<(Page, String)> {
        let page = self.page(PageRequest { size, token: None, filter }).await?;
        let token = page.next.clone().ok_or_else(|| indeterminate("the whole list fits on one page"))?;
        Ok((page, token))
    }

    /// The empty token gives the page that no token gives, looked at while nobody else changes the list.
    pub(super) async fn judge_empty_token(&self) -> CaseResult {
        let mut without = self.page(PageRequest { size: SMALL, ..PageRequest::default() }).await?;
        for _ in 0..QUIET_LOOKS {
            let with = self.with_empty_token().await?;
            let again = self.page(PageRequest { size: SMALL, ..PageRequest::default() }).await?;
            let keys = self.keys(&without);
            if keys != self.keys(&again) {
                without = again;
                continue;
            }
            if keys != self.keys(&with) {
                let departure = Mismatch::new("empty-token", "the first page", "another page")
                    .at(format!("/{}", self.list.operation.pagination.input_token));
                return Err(self.case_context.fail(&EMPTY_TOKEN, &departure, &with.call));
            }
            return if keys.is_empty() { Err(indeterminate("the list is empty")) } else { Ok(()) };
        }
        Err(indeterminate("another client changes the list"))
    }

    /// The page that the empty token gives, which must be one.
    async fn with_empty_token(&self) -> CaseResult<Page> {
        let call = self.call(PageRequest { size: SMALL, token: Some(""), filter: None }).await?;
        let pointer = format!("/{}", self.list.operation.pagination.input_token);
        let expected = Expected::accepted().at("empty-token", &pointer);
        expected.evaluate(&call.answer, &Evidence::implied()).result(|mut departure| {
            departure.expected = "the first page".to_owned();
            self.case_context.fail(&EMPTY_TOKEN, &departure, &call)
        })?;
        self.read(call)
    }

    /// A spoilt token is rejected.
    pub(super) async fn judge_spoilt_token(&self, site: &str, way: SpoiltToken) -> CaseResult {
        // Garbage is garbage, whether or not there is a true token beside it.
        let token = match self.first(SMALL, None).await {
            Ok((_, token)) => token,
            Err(_) if way == SpoiltToken::Garbage => String::new(),
            Err(verdict) => return Err(verdict),
        };
        self.judge_rejected(site, &way.of(&token), None).await
    }

    /// A token of another list is rejected.
    pub(super) async fn judge_foreign_token(&self, token: &str) -> CaseResult {
        self.judge_rejected("foreign-token", token, None).await
    }

    /// A token is rejected once the filter is another.
    pub(super) async fn judge_filter_change(&self, of: &Map<String, Value>, to: &Map<String, Value>) -> CaseResult {
        let (_, token) = self.first(SMALL, Some(of)).await?;
        self.judge_rejected("token-across-filters", &token, Some(to)).await
    }

    async fn judge_rejected(&self, site: &str, token: &str, filter: Option<&Map<String, Value>>) -> CaseResult {
        let call = self.call(PageRequest { size: SMALL, token: Some(token), filter }).await?;
        // Without any token the same call must go through, or the answer says nothing of the token.
        let twin = self.call(PageRequest { size: SMALL, token: None, filter }).await?;
        let control = ControlEvidence::Answered {
            answer: &twin.answer,
            role: ControlRole::MustSucceed,
            name: "the call without a token",
        };
        let evaluation = self.evaluate_refusal(&call, site, control);
        if evaluation == Evaluation::Match {
            self.case_context.under_test.note_shown(Property::Values);
        }
        evaluation.result(|departure| self.case_context.fail(&BAD_TOKEN, &departure, &call))
    }

    /// Follows a token with other page sizes: the rest comes whole, or the token is refused by name.
    pub(super) async fn judge_size_change(&self, mine: &BTreeSet<String>) -> CaseResult {
        let (page, mut token) = self.first(SMALL, None).await?;
        let mut seen = self.keys(&page);
        let mut sizes = [2, self.list.operation.max_page_size].into_iter();
        for _ in 0..MOST_PAGES {
            let size = sizes.next().unwrap_or(self.list.operation.max_page_size);
            let call = self.call(PageRequest { size: Some(size), token: Some(&token), filter: None }).await?;
            let Some(page) = self.follow(call, "changed-page-size")? else { return Ok(()) };
            if page.items.len() as u64 > size {
                let departure = Mismatch::new("changed-page-size", format!("at most {size}"), items(page.items.len()));
                return Err(self.case_context.fail(&STALE_TOKEN, &departure, &page.call));
            }
            seen.extend(self.keys(&page));
            match page.next.clone() {
                Some(next) if next != token => token = next,
                Some(_) => return Err(indeterminate("the walk does not end")),
                None => return self.judge_once(&seen, mine, "changed-page-size", &page.call),
            }
        }
        Err(too_many_pages())
    }

    /// Evaluates an answer where a token is refused: by which code, nobody says.
    fn evaluate_refusal(&self, call: &SentCall, site: &str, control: ControlEvidence<'_>) -> Evaluation {
        let errors = [ExpectedError { code: "ValidationException".into(), status: 400 }];
        let pointer = format!("/{}", self.list.operation.pagination.input_token);
        let expected = Expected::rejected(&errors, Authority::Inferred, Authority::Inferred).at(site, &pointer);
        expected.evaluate(&call.answer, &Evidence::default().with_control(control))
    }

    /// The page that a token leads to; none if it was refused by name, which is tolerated.
    pub(super) fn follow(&self, call: SentCall, site: &str) -> CaseResult<Option<Page>> {
        if call.answer.is_success() {
            return self.read(call).map(Some);
        }
        // The page that the token comes from is the control.
        let evaluation = self.evaluate_refusal(&call, site, ControlEvidence::Implied);
        let refused = evaluation.result(|mut departure| {
            departure.expected = format!("a page, or {}", departure.expected);
            self.case_context.fail(&STALE_TOKEN, &departure, &call)
        });
        refused.map(|()| None)
    }

    /// Of what existed throughout, everything came once.
    pub(super) fn judge_once(
        &self,
        seen: &[String],
        mine: &BTreeSet<String>,
        site: &str,
        call: &SentCall,
    ) -> CaseResult {
        self.judge_once_by(&STALE_TOKEN, seen, mine, site, call)
    }

    /// The same for another check.
    pub(super) fn judge_once_by(
        &self,
        rule: &ivs_judge::CheckInfo,
        seen: &[String],
        mine: &BTreeSet<String>,
        site: &str,
        call: &SentCall,
    ) -> CaseResult {
        let times = |key: &String| seen.iter().filter(|other| *other == key).count();
        let lost = mine.iter().filter(|key| times(key) == 0).count();
        let twice = mine.iter().filter(|key| times(key) > 1).count();
        if lost + twice == 0 {
            return Ok(());
        }
        let actual = match (lost, twice) {
            (lost, 0) => format!("{} left out", items(lost)),
            (0, twice) => format!("{} more than once", items(twice)),
            (lost, twice) => format!("{} left out, {} more than once", items(lost), items(twice)),
        };
        let departure = Mismatch::new(site, "what existed throughout, once each", actual);
        Err(self.case_context.fail(rule, &departure, call))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spoilt_token_differs_and_keeps_its_alphabet() {
        let token = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        for way in [SpoiltToken::Garbage, SpoiltToken::Tampered, SpoiltToken::Truncated] {
            let spoilt = way.of(token);
            assert_ne!(spoilt, token, "{way:?}");
            assert!(spoilt.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{way:?}: {spoilt}");
        }
        assert_eq!(SpoiltToken::Truncated.of(token).len(), token.len() / 2);
        assert_eq!(SpoiltToken::Tampered.of(token).len(), token.len());
    }
}
