//! The order of a list, where one is documented.

use ivs_judge::Mismatch;
use ivs_model::knowledge::Order;
use serde_json::Value;

use super::page::Lister;
use super::stock::Stock;
use crate::judged::{Judged, undecided};
use crate::rules::ORDER;

impl Lister<'_> {
    /// Neighbours stand in the documented order. The item that was made first is touched, so that the order of making is
    /// another one.
    pub(super) async fn judge_order(&self, order: &Order, stock: &Stock<'_>) -> Judged {
        if let (Some(first), Some(toucher)) = (stock.made().first(), &self.listing.toucher) {
            let input = ivs_generators::Placeholder::fill(&toucher.input, &mut |_| Some(first.arn.clone()));
            let input = input.unwrap_or(Value::Null);
            let call = self.scene.ask(toucher.operation, &input).await?;
            self.scene.body(&call)?;
        }
        let walk = self.walk(Some(self.listing.max), None).await?;
        let shown: Vec<&str> = walk.items().filter_map(|item| item.pointer(&order.by)?.as_str()).collect();
        if shown.len() < walk.items().count() {
            return Err(undecided(format!("not every item shows `{}`", order.by)));
        }
        // Timestamps of one form sort as texts.
        let out_of_order = |pair: &&[&str]| if order.descending { pair[0] < pair[1] } else { pair[0] > pair[1] };
        if shown.windows(2).any(|pair| out_of_order(&pair)) {
            let direction = if order.descending { "descending" } else { "ascending" };
            let departure = Mismatch::new(&order.by, format!("{direction} `{}`", order.by), "another order")
                .at(format!("/{}", self.listing.items))
                .because(order.authority)
                .from_source(order.source.clone());
            return Err(self.scene.fail(&ORDER, &departure, walk.last()?));
        }
        if shown.windows(2).all(|pair| pair[0] == pair[1]) {
            return Err(undecided("all items show the same, so that any order will do"));
        }
        Ok(())
    }
}
