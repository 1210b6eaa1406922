//! Tokens: empty, wrong, foreign, and stale.

use std::collections::BTreeSet;

use ivs_generators::ExpectedError;
use ivs_judge::Mismatch;
use ivs_model::Authority;
use serde_json::{Map, Value};

use super::page::{Ask, Lister, Page};
use super::walk::items;
use crate::answer::{is_success, tells_nothing};
use crate::judged::{Judged, undecided};
use crate::rejection::{Owed, Weighed};
use crate::rules::{BAD_TOKEN, EMPTY_TOKEN, STALE_TOKEN};
use crate::subject::Call;

/// What a page size of one leaves for the next page.
const SMALL: Option<u64> = Some(1);

/// The ways to spoil a token.
pub(super) const SPOILT: [&str; 3] = ["garbage-token", "tampered-token", "truncated-token"];

/// The token, spoilt that way; it still has the form that the model asks for.
fn spoilt(way: &str, token: &str) -> String {
    let middle = token.len() / 2;
    let cut = (middle..token.len()).find(|at| token.is_char_boundary(*at)).unwrap_or(0);
    let (head, tail) = token.split_at(cut);
    match way {
        "tampered-token" => {
            let mut rest = tail.chars();
            let changed = if rest.next() == Some('A') { 'B' } else { 'A' };
            format!("{head}{changed}{}", rest.as_str())
        }
        "truncated-token" => head.to_owned(),
        _ => "bm90LWEtdG9rZW4tb2YtdGhpcy1saXN0".to_owned(),
    }
}

impl Lister<'_> {
    /// The first page and the token that it ends with; undecided if there is none.
    pub(super) async fn first(&self, size: Option<u64>, filter: Option<&Map<String, Value>>) -> Judged<(Page, String)> {
        let page = self.page(Ask { size, token: None, filter }).await?;
        let token = page.next.clone().ok_or_else(|| undecided("the whole list fits on one page"))?;
        Ok((page, token))
    }

    /// The empty token gives the page that no token gives.
    pub(super) async fn judge_empty_token(&self) -> Judged {
        let without = self.page(Ask { size: SMALL, ..Ask::default() }).await?;
        let call = self.call(Ask { size: SMALL, token: Some(""), filter: None }).await?;
        let fail = |actual: String, call: &Call| {
            let departure = Mismatch::new("empty-token", "the first page", actual)
                .at(format!("/{}", self.listing.pagination.input_token));
            Err(self.scene.fail(&EMPTY_TOKEN, &departure, call))
        };
        if !is_success(&call.answer) {
            if tells_nothing(&call.answer) {
                return Err(undecided(format!("answered by {}", call.answer)));
            }
            return fail(call.answer.to_string(), &call);
        }
        let with = self.read(call)?;
        let again = self.page(Ask { size: SMALL, ..Ask::default() }).await?;
        let keys = self.keys(&without);
        if keys != self.keys(&again) {
            return Err(undecided("somebody else changes the list"));
        }
        if keys != self.keys(&with) {
            return fail("another page".to_owned(), &with.call);
        }
        if keys.is_empty() { Err(undecided("the list is empty")) } else { Ok(()) }
    }

    /// A spoilt token is rejected.
    pub(super) async fn judge_spoilt_token(&self, way: &str) -> Judged {
        // Garbage is garbage, whether or not there is a true token beside it.
        let token = match self.first(SMALL, None).await {
            Ok((_, token)) => token,
            Err(_) if way == "garbage-token" => String::new(),
            Err(verdict) => return Err(verdict),
        };
        self.judge_rejected(way, &spoilt(way, &token), None).await
    }

    /// A token of another list is rejected.
    pub(super) async fn judge_foreign_token(&self, token: &str) -> Judged {
        self.judge_rejected("foreign-token", token, None).await
    }

    /// A token is rejected once the filter is another.
    pub(super) async fn judge_filter_change(&self, of: &Map<String, Value>, to: &Map<String, Value>) -> Judged {
        let (_, token) = self.first(SMALL, Some(of)).await?;
        self.judge_rejected("token-across-filters", &token, Some(to)).await
    }

    async fn judge_rejected(&self, site: &str, token: &str, filter: Option<&Map<String, Value>>) -> Judged {
        let call = self.call(Ask { size: SMALL, token: Some(token), filter }).await?;
        match self.weigh_refusal(&call, site) {
            Weighed::Right => {
                // Without any token the same call must go through, or the rejection says nothing of the token.
                let twin = self.call(Ask { size: SMALL, token: None, filter }).await?;
                if is_success(&twin.answer) {
                    self.scene.subject.note_apart();
                    return Ok(());
                }
                Err(undecided(format!("without a token the answer is {} too", twin.answer)))
            }
            Weighed::Undecided(reason) => Err(undecided(reason)),
            Weighed::Departs(departure) => {
                // Where no call of the list goes through, the token is not to blame.
                let twin = self.call(Ask { size: SMALL, token: None, filter }).await?;
                if twin.answer == call.answer && !is_success(&call.answer) {
                    return Err(undecided(format!("without a token the answer is {} too", twin.answer)));
                }
                Err(self.scene.fail(&BAD_TOKEN, &departure, &call))
            }
        }
    }

    /// Follows a token with other page sizes: the rest comes whole, or the token is refused by name.
    pub(super) async fn judge_size_change(&self, mine: &BTreeSet<String>) -> Judged {
        let (page, mut token) = self.first(SMALL, None).await?;
        let mut seen = self.keys(&page);
        let mut sizes = [2, self.listing.max].into_iter();
        loop {
            let size = sizes.next().unwrap_or(self.listing.max);
            let call = self.call(Ask { size: Some(size), token: Some(&token), filter: None }).await?;
            let Some(page) = self.follow(call, "changed-page-size")? else { return Ok(()) };
            if page.items.len() as u64 > size {
                let departure = Mismatch::new("changed-page-size", format!("at most {size}"), items(page.items.len()));
                return Err(self.scene.fail(&STALE_TOKEN, &departure, &page.call));
            }
            seen.extend(self.keys(&page));
            match page.next.clone().filter(|_| seen.len() < 10_000) {
                Some(next) if next != token => token = next,
                Some(_) => return Err(undecided("the walk does not end")),
                None => return self.judge_once(&seen, mine, "changed-page-size", &page.call),
            }
        }
    }

    /// What an answer amounts to where a token is refused: by which code, nobody says.
    fn weigh_refusal(&self, call: &Call, site: &str) -> Weighed {
        let owed = Owed {
            errors: &[ExpectedError { code: "ValidationException".into(), status: 400 }],
            authority: Authority::Inferred,
            code_authority: Authority::Inferred,
            site,
            pointer: &format!("/{}", self.listing.pagination.input_token),
        };
        owed.weigh(&call.answer)
    }

    /// The page that a token leads to; none if it was refused by name, which is tolerated.
    pub(super) fn follow(&self, call: Call, site: &str) -> Judged<Option<Page>> {
        if is_success(&call.answer) {
            return self.read(call).map(Some);
        }
        match self.weigh_refusal(&call, site) {
            Weighed::Right => Ok(None),
            Weighed::Undecided(reason) => Err(undecided(reason)),
            Weighed::Departs(mut departure) => {
                departure.expected = format!("a page, or {}", departure.expected);
                Err(self.scene.fail(&STALE_TOKEN, &departure, &call))
            }
        }
    }

    /// Of what existed throughout, everything came once.
    pub(super) fn judge_once(&self, seen: &[String], mine: &BTreeSet<String>, site: &str, call: &Call) -> Judged {
        self.judge_once_by(&STALE_TOKEN, seen, mine, site, call)
    }

    /// The same for another check.
    pub(super) fn judge_once_by(
        &self,
        rule: &ivs_judge::CheckInfo,
        seen: &[String],
        mine: &BTreeSet<String>,
        site: &str,
        call: &Call,
    ) -> Judged {
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
        Err(self.scene.fail(rule, &departure, call))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spoilt_token_differs_and_keeps_its_alphabet() {
        let token = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        for way in SPOILT {
            let spoilt = spoilt(way, token);
            assert_ne!(spoilt, token, "{way}");
            assert!(spoilt.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{way}: {spoilt}");
        }
        assert_eq!(spoilt("truncated-token", token).len(), token.len() / 2);
        assert_eq!(spoilt("tampered-token", token).len(), token.len());
    }
}
