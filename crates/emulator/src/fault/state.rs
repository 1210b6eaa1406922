//! What a faulty emulator does to its resources behind the handlers' backs.

use super::{Fault, Faults};
use crate::call::Fill;
use crate::state::{Kind, Record, Region};

/// Resources that were deleted and that a fault does not forget.
#[derive(Debug, Default)]
pub(crate) struct Ghosts(Vec<(Kind, Record)>);

impl Ghosts {
    /// Those of a kind.
    pub(crate) fn of(&self, kind: Kind) -> impl Iterator<Item = &Record> {
        self.0.iter().filter(move |(of, _)| *of == kind).map(|(_, record)| record)
    }
}

impl Faults {
    /// What else happens when a resource is deleted.
    pub(crate) fn after_removal(self, region: &mut Region, kind: Kind, removed: Record) {
        match self.0 {
            Some(Fault::DeletedIsListed | Fault::GetAfterDelete) => region.ghosts.0.push((kind, removed)),
            Some(Fault::DeleteRenamesNext) if kind == Kind::EncoderConfiguration => {
                let next = region.store(kind).after(removed.sequence).next().map(|next| next.arn.to_string());
                if let Some(next) = next.and_then(|next| region.store_mut(kind).get_mut(&next)) {
                    next.document.set("name", "");
                }
            }
            _ => {}
        }
    }
}
