//! One page: asked for, and read.

use ivs_runner::{CaseContext, CaseResult, ListUnderTest, SentCall, indeterminate};
use serde_json::{Map, Value};

/// Asks for pages of one list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PageReader<'a> {
    pub(crate) case_context: CaseContext<'a>,
    pub(crate) list: &'a ListUnderTest,
    /// The input without page size and token: the parent, if the list is of one.
    pub(crate) scope: &'a Value,
}

/// What to ask for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PageRequest<'a> {
    pub(crate) size: Option<u64>,
    pub(crate) token: Option<&'a str>,
    pub(crate) filter: Option<&'a Map<String, Value>>,
}

/// One page.
pub(crate) struct Page {
    pub(crate) call: SentCall,
    pub(crate) items: Vec<Value>,
    /// The token of the next page. Absent, null and the empty text all end a walk (fact `page-last-token`).
    pub(crate) next: Option<String>,
}

impl PageReader<'_> {
    /// Asks for a page, whatever comes.
    pub(crate) async fn call(&self, ask: PageRequest<'_>) -> CaseResult<SentCall> {
        let mut input = self.scope.clone();
        if let Some(members) = input.as_object_mut() {
            let pagination = self.list.operation.pagination;
            if let (Some(member), Some(size)) = (&pagination.page_size, ask.size) {
                members.insert(member.clone(), size.into());
            }
            if let Some(token) = ask.token {
                members.insert(pagination.input_token.clone(), token.into());
            }
            members.extend(ask.filter.cloned().unwrap_or_default());
        }
        self.case_context.call(&input).await
    }

    /// Asks for a page that must come.
    pub(crate) async fn page(&self, ask: PageRequest<'_>) -> CaseResult<Page> {
        let call = self.call(ask).await?;
        self.read(call)
    }

    /// The page that an answer holds; an answer without one leaves the case undecided.
    pub(crate) fn read(&self, call: SentCall) -> CaseResult<Page> {
        let body = self.case_context.body(&call)?;
        let Some(items) = body.get(self.list.operation.items).and_then(Value::as_array) else {
            return Err(indeterminate(format!("the answer has no list `{}`", self.list.operation.items)));
        };
        let next = body.get(&self.list.operation.pagination.output_token).and_then(Value::as_str);
        let next = next.filter(|token| !token.is_empty()).map(str::to_owned);
        Ok(Page { items: items.clone(), next, call })
    }

    /// The keys of the items of a page.
    pub(crate) fn keys(&self, page: &Page) -> Vec<String> {
        self.list.operation.keys(page.items.iter())
    }
}
