//! What the models do not say: the typed view of the knowledge files.

mod answers;
mod calls;
mod lists;
mod resources;
mod rules;
mod situations;
mod values;

use serde::Deserialize;

use crate::{Authority, Model, OperationId, Pattern};

pub use answers::{AllowedAnywhere, AuthFault, NamedError, PatternCorrection, ProtocolFault, Rejection};
pub use calls::{DefaultValue, PageSize, PerCall, Quota, Rate};
pub use lists::{Batch, Filter, FilterMember, Order};
pub use resources::{
    Cascade, Detach, Effect, External, ExternalKind, Follow, Identifier, Lifecycle, Need, Origin, Precondition,
    Removal, Taggable, Unknown, Update,
};
pub use rules::{Condition, Demand, ProseRule, RuleBreak};
pub use situations::{Filling, SetupAction, Situation, Step, Unprovocable};
pub use values::{Agreement, AgreesWith, Promise, TimeOrder, TimeRule, ValueForm};

/// One statement of the knowledge files.
pub trait Entry {
    /// Why it holds.
    fn authority(&self) -> Authority;
    /// Where it comes from: facts in `docs/facts.md`, by id.
    fn source(&self) -> &str;
}

/// Implements [`Entry`] for structures with the two fields of that name.
macro_rules! entries {
    ($($entry:ty),+ $(,)?) => {
        $(impl $crate::knowledge::Entry for $entry {
            fn authority(&self) -> $crate::Authority {
                self.authority
            }

            fn source(&self) -> &str {
                &self.source
            }
        })+
    };
}
use entries;

/// Why a knowledge file cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("knowledge file {file}")]
pub struct KnowledgeError {
    /// The name of the file.
    file: &'static str,
    /// What the parser said, with line and column.
    #[source]
    source: toml::de::Error,
}

/// Declares [`Knowledge`]: for each file its tables, for each table its entries. Everything that must hold for all
/// entries (reading, listing, basis) then follows from the one list.
macro_rules! knowledge {
    ($($file:literal $File:ident { $($(#[$doc:meta])* $table:literal $field:ident: $entry:ty,)+ })+) => {
        /// All knowledge files together; each list keeps the order of its file.
        #[derive(Debug, Clone, PartialEq)]
        pub struct Knowledge {
            $($($(#[$doc])* pub $field: Vec<$entry>,)+)+
        }

        $(
            #[derive(Deserialize)]
            #[serde(deny_unknown_fields)]
            struct $File {
                $(#[serde(default, rename = $table)] $field: Vec<$entry>,)+
            }
        )+

        impl Knowledge {
            /// Reads the files that `text` hands out by name, such as `auth.toml`.
            ///
            /// # Errors
            /// A file with an unknown key, a missing one, or a wrong value.
            pub fn read(text: impl Fn(&'static str) -> &'static str) -> Result<Self, KnowledgeError> {
                $(let $File { $($field,)+ } =
                    toml::from_str(text($file)).map_err(|source| KnowledgeError { file: $file, source })?;)+
                Ok(Self { $($($field,)+)+ })
            }

            /// Every entry of every file, with the name of its file.
            pub fn entries(&self) -> impl Iterator<Item = (&'static str, &dyn Entry)> {
                let mut entries: Vec<(&'static str, &dyn Entry)> = Vec::new();
                $($(entries.extend(self.$field.iter().map(|entry| ($file, entry as &dyn Entry)));)+)+
                entries.into_iter()
            }
        }
    };
}

knowledge! {
    "corrections.toml" Corrections {
        /// Patterns that match nothing real, and what to use in their place.
        "pattern" patterns: PatternCorrection,
        /// Errors that any operation may answer, declared or not.
        "allowed-anywhere" allowed_anywhere: AllowedAnywhere,
    }
    "auth.toml" Auth {
        /// How a request that breaks SigV4 is answered.
        "fault" auth_faults: AuthFault,
    }
    "errors.toml" Errors {
        /// How a request that breaks restJson1 or the model is answered.
        "fault" protocol_faults: ProtocolFault,
    }
    "rates.toml" Rates {
        /// Calls per second.
        "rate" rates: Rate,
    }
    "quotas.toml" Quotas {
        /// Numbers of resources.
        "quota" quotas: Quota,
    }
    "filters.toml" Filters {
        /// Filters of lists.
        "filter" filters: Filter,
        /// Documented orders of lists.
        "order" orders: Order,
    }
    "defaults.toml" Defaults {
        /// Values of members that a create call leaves out.
        "default" defaults: DefaultValue,
        /// Page sizes of lists without `maxResults`.
        "page-size" page_sizes: PageSize,
    }
    "states.toml" States {
        /// States of resources.
        "lifecycle" lifecycles: Lifecycle,
        /// What operations must find.
        "precondition" preconditions: Precondition,
        /// What updates leave alone.
        "update" updates: Update,
        /// Values that take references away.
        "detach" detaches: Detach,
        /// What removing a resource does to those that refer to it.
        "cascade" cascades: Cascade,
    }
    "batches.toml" Batches {
        /// The batch operations.
        "batch" batches: Batch,
    }
    "rules.toml" Rules {
        /// Rules on inputs that only prose states.
        "rule" rules: ProseRule,
    }
    "resources.toml" Resources {
        /// Identifiers that are no ARNs.
        "identifier" identifiers: Identifier,
        /// Operations that end a resource although no name says so.
        "removal" removals: Removal,
        /// Things outside the three services that an input must name.
        "external" externals: External,
        /// Resources that take tags.
        "taggable" taggables: Taggable,
    }
    "situations.toml" Situations {
        /// States in which a call gets an answer that it gets in no other.
        "situation" situations: Situation,
        /// How lists get items that no call makes.
        "filling" fillings: Filling,
        /// Declared errors that nothing brings about.
        "unprovocable" unprovocables: Unprovocable,
    }
    "values.toml" Values {
        /// Members that outputs always show.
        "promise" promises: Promise,
        /// Forms of texts in outputs.
        "form" forms: ValueForm,
        /// Times that follow from the time of the call.
        "time" time_rules: TimeRule,
        /// Times in their order.
        "time-order" time_orders: TimeOrder,
        /// Members that follow from others.
        "agreement" agreements: Agreement,
    }
    "unknowns.toml" Unknowns {
        /// Questions that nothing settles, and the reading taken.
        "unknown" unknowns: Unknown,
    }
}

impl Knowledge {
    /// Applies the corrections of this knowledge to a model; models of other services stay as they are.
    pub fn correct(&self, model: &mut Model) {
        for correction in self.patterns.iter().filter(|correction| correction.services.contains(&model.service.id)) {
            let shapes = model.shapes.iter_mut().filter(|shape| shape.name == correction.shape);
            for shape in shapes.filter(|shape| shape.pattern.as_deref() == Some(correction.broken.as_str())) {
                shape.pattern = Some(
                    Pattern::new(correction.corrected.as_str()).expect("the tests compile every corrected pattern"),
                );
            }
        }
    }

    /// The calls per second of an operation: for an account, or for one resource. Empty if nothing is documented.
    pub fn rates_of(&self, operation: OperationId) -> impl Iterator<Item = &Rate> {
        self.rates.iter().filter(move |rate| rate.covers(operation))
    }

    /// The batch description of an operation, if it is one.
    #[must_use]
    pub fn batch(&self, operation: OperationId) -> Option<&Batch> {
        self.batches.iter().find(|batch| batch.service == operation.service() && batch.operation == operation.name())
    }

    /// The filters of a list operation, if it has any.
    #[must_use]
    pub fn filter(&self, operation: OperationId) -> Option<&Filter> {
        self.filters.iter().find(|filter| filter.service == operation.service() && filter.operation == operation.name())
    }

    /// The page size of a list without `maxResults`, if it is documented.
    #[must_use]
    pub fn page_size(&self, operation: OperationId) -> Option<&PageSize> {
        self.page_sizes.iter().find(|page| {
            page.service == operation.service() && page.operations.iter().any(|name| name == operation.name())
        })
    }

    /// The fault of SigV4 of that id, such as `unsigned`.
    #[must_use]
    pub fn auth_fault(&self, id: &str) -> Option<&AuthFault> {
        self.auth_faults.iter().find(|fault| fault.id == id)
    }

    /// The fault of the protocol or the model of that id, such as `malformed-json`.
    #[must_use]
    pub fn protocol_fault(&self, id: &str) -> Option<&ProtocolFault> {
        self.protocol_faults.iter().find(|fault| fault.id == id)
    }

    /// Whether an answer of that name and status is right on any operation, declared or not.
    #[must_use]
    pub fn is_allowed_anywhere(&self, code: &str, status: u16) -> bool {
        self.allowed_anywhere.iter().any(|allowed| allowed.covers(code, status))
            || self
                .auth_faults
                .iter()
                .any(|fault| fault.rejection.names(code) && fault.rejection.statuses().any(|known| known == status))
    }

    /// What must be there outside the three services before an input can be accepted.
    pub fn externals_of(&self, operation: OperationId) -> impl Iterator<Item = &External> {
        self.externals.iter().filter(move |external| external.covers(operation))
    }
}
