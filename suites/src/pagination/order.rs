//! The order of a list, where one is documented.

use ivs_judge::Mismatch;
use ivs_model::knowledge::Order;
use ivs_runner::{CaseResult, indeterminate};

use super::checks::ORDER;
use super::fixture::ListFixture;
use super::page_reader::PageReader;

impl PageReader<'_> {
    /// Neighbours stand in the documented order. The item that was made first is touched, so that the order of making is
    /// another one.
    pub(super) async fn judge_order(&self, order: &Order, fixture: &ListFixture<'_>) -> CaseResult {
        if let (Some(first), Some(toucher)) = (fixture.made().first(), &self.list.toucher) {
            let call = self.case_context.ask(toucher.operation, &toucher.about(&first.arn)).await?;
            self.case_context.body(&call)?;
        }
        let walk = self.walk(Some(self.list.operation.max_page_size), None).await?;
        let shown: Vec<&str> = walk.items().filter_map(|item| item.pointer(&order.by)?.as_str()).collect();
        if shown.len() < walk.items().count() {
            return Err(indeterminate(format!("not every item shows `{}`", order.by)));
        }
        // Timestamps of one form sort as texts.
        let out_of_order = |pair: &&[&str]| if order.descending { pair[0] < pair[1] } else { pair[0] > pair[1] };
        if shown.windows(2).any(|pair| out_of_order(&pair)) {
            let direction = if order.descending { "descending" } else { "ascending" };
            let departure = Mismatch::new(&order.by, format!("{direction} `{}`", order.by), "another order")
                .at(format!("/{}", self.list.operation.items))
                .because(order.authority)
                .from_source(order.source.clone());
            return Err(self.case_context.fail(&ORDER, &departure, walk.last()?));
        }
        if shown.windows(2).all(|pair| pair[0] == pair[1]) {
            return Err(indeterminate("all items have the same value, so any order is right"));
        }
        Ok(())
    }
}
