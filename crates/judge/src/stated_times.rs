//! What the answers of a run say again and again of one resource: its time of creation, and its account.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use ivs_client::Exchange;
use ivs_model::pointer::child;
use ivs_model::{Authority, CaseId, OperationId, TimestampFormat};

use crate::checks::arn_of_caller::{ARN, own_arn};
use crate::response_view::ResponseView;
use crate::structure::structures;
use crate::{CheckInfo, Grouping, Mismatch};

/// A time of creation is the same whenever the resource is shown.
///
/// Right: one `createTime` in the answers of CreateRoom, GetRoom and ListRooms. Wrong: the time of each read.
pub(crate) static TIME_STAYS: CheckInfo = CheckInfo {
    check: "time-stays",
    authority: Authority::Documented,
    source: "the documentation of the member (facts: chat-resource-members, composition-times)",
    grouping: Grouping::Never,
};

/// Times that differ by less may be written with and without a fraction of a second.
const LEAST: i64 = 1000;

/// What a run has been told of resources.
#[derive(Default)]
pub(crate) struct StatedTimes {
    /// By service, ARN and member: the time that was stated first, in milliseconds.
    times: HashMap<(&'static str, String, String), i64>,
    /// By account: the operations that named it in ARNs, each with its sample of the least case.
    accounts: BTreeMap<String, StatedAccount>,
}

/// An account in ARNs.
#[derive(Default)]
struct StatedAccount {
    /// How many accounts were named before it.
    order: usize,
    samples: BTreeMap<OperationId, AccountSample>,
}

/// An answer that names an account.
pub(crate) struct AccountSample {
    pub(crate) case: CaseId,
    pub(crate) exchange: Exchange,
    pub(crate) pointer: String,
    pub(crate) arn: String,
    pub(crate) count: u64,
}

impl StatedTimes {
    /// Takes note of the times in an answer, and returns those that were stated otherwise before.
    pub(crate) fn note(&mut self, view: &ResponseView<'_>) -> Vec<Mismatch> {
        let mut mismatches: Vec<Mismatch> = Vec::new();
        for structure in structures(view) {
            let Some(arn) = structure.text(ARN) else { continue };
            let orders = view.knowledge.time_orders.iter().filter(|order| order.stays);
            for order in orders.filter(|order| order.covers(view.operation.id, structure.name)) {
                let member = &order.earlier;
                let stated = structure.text(member).and_then(|text| TimestampFormat::DateTime.epoch_millis(text));
                let Some(stated) = stated else { continue };
                let key = (view.operation.id.service(), arn.to_owned(), member.clone());
                let first = *self.times.entry(key).or_insert(stated);
                let site = child(structure.site, member);
                if (stated - first).abs() < LEAST || mismatches.iter().any(|known| known.site == site) {
                    continue;
                }
                let mismatch = Mismatch::new(site, "the time that was shown before", "another time");
                let mismatch = mismatch.at(child(structure.pointer, member)).because(order.authority);
                mismatches.push(mismatch.from_source(order.source.clone()));
            }
        }
        mismatches
    }

    /// Takes note of the accounts in the ARNs of an answer.
    pub(crate) fn note_accounts(&mut self, view: &ResponseView<'_>, exchange: &Exchange) {
        for structure in structures(view) {
            let Some((arn, parts)) = own_arn(view, &structure) else { continue };
            let order = self.accounts.len();
            let stated = self.accounts.entry(parts.account.to_owned());
            let samples = &mut stated.or_insert_with(|| StatedAccount { order, ..StatedAccount::default() }).samples;
            let is_better = samples.get(&exchange.operation).is_none_or(|known| *view.context.case < known.case);
            let count = samples.get(&exchange.operation).map_or(0, |known| known.count) + 1;
            if is_better {
                let sample = AccountSample {
                    case: view.context.case.clone(),
                    exchange: exchange.clone(),
                    pointer: child(structure.pointer, ARN),
                    arn: arn.to_owned(),
                    count,
                };
                samples.insert(exchange.operation, sample);
            } else if let Some(known) = samples.get_mut(&exchange.operation) {
                known.count = count;
            }
        }
    }

    /// Returns the account of the caller and the answers that name another one. The account that most operations name is
    /// the caller's; of two that as many name, the one that was named first.
    pub(crate) fn foreign_accounts(&self) -> Option<(&str, Vec<&AccountSample>)> {
        let rank = |stated: &StatedAccount| (stated.samples.len(), Reverse(stated.order));
        let (own, _) = self.accounts.iter().max_by_key(|(_, stated)| rank(stated))?;
        let others = self.accounts.iter().filter(|(account, _)| *account != own);
        Some((own, others.flat_map(|(_, stated)| stated.samples.values()).collect()))
    }
}
