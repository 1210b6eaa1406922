//! Times of one resource are in their order.

use ivs_model::pointer::child;
use ivs_model::{Authority, TimestampFormat};

use crate::check::{ResponseKind, Undecided, UniversalCheck};
use crate::explanation::Explanation;
use crate::response_view::ResponseView;
use crate::structure::structures;
use crate::{CheckInfo, Grouping, Mismatch};

/// Nothing is updated before it is created, and nothing ends before it starts.
///
/// Right: an `updateTime` equal to `createTime`, or after it. Wrong: an `updateTime` a day before `createTime`.
pub(crate) struct TimesInOrder;

static RULE: CheckInfo = CheckInfo {
    check: "times-in-order",
    authority: Authority::Documented,
    source: "the documentation of the members (facts: chat-resource-members)",
    grouping: Grouping::Never,
};

/// The least that is out of order, in milliseconds: one time may be rounded to seconds and the other not.
const LEAST: i64 = 1000;

static EXPLANATION: Explanation = Explanation {
    demand: "Times of one resource are in order: creation before update, start before end.",
    right: &[r#"< {"createTime":"2026-03-01T12:00:00Z","updateTime":"2026-03-01T12:00:00Z",…}"#],
    wrong: &[r#"< {"createTime":"2026-03-01T12:00:00Z","updateTime":"2026-02-28T12:00:00Z",…}"#],
    causes: &["Two clocks, for example that of the process and that of a database.", "Members that are swapped."],
};

impl UniversalCheck for TimesInOrder {
    fn rule(&self) -> &'static CheckInfo {
        &RULE
    }

    fn explanation(&self) -> &'static Explanation {
        &EXPLANATION
    }

    fn looks_at(&self) -> ResponseKind {
        ResponseKind::Success
    }

    fn judge(&self, view: &ResponseView<'_>) -> Result<Vec<Mismatch>, Undecided> {
        let mut mismatches: Vec<Mismatch> = Vec::new();
        for structure in structures(view) {
            let orders = view.knowledge.time_orders.iter();
            for order in orders.filter(|order| order.covers(view.operation.id, structure.name)) {
                let time = |member: &str| TimestampFormat::DateTime.epoch_millis(structure.text(member)?);
                let (Some(earlier), Some(later)) = (time(&order.earlier), time(&order.later)) else { continue };
                let site = child(structure.site, &order.later);
                if later + LEAST > earlier || mismatches.iter().any(|known| known.site == site) {
                    continue;
                }
                let expected = format!("not before {}", order.earlier);
                let mismatch = Mismatch::new(site, expected, format!("before {}", order.earlier));
                let mismatch = mismatch.at(child(structure.pointer, &order.later)).because(order.authority);
                mismatches.push(mismatch.from_source(order.source.clone()));
            }
        }
        Ok(mismatches)
    }

    #[cfg(test)]
    fn found_in(&self) -> crate::test_exchange::FoundIn {
        tests::found_in()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::test_exchange::{FoundIn, answer, chat_room, room, with};

    pub(super) fn found_in() -> FoundIn {
        vec![("/updateTime", room(answer(200, with(chat_room(), "/updateTime", json!("2026-01-01T03:04:05Z")))))]
    }
}
