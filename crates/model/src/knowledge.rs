//! Facts that the models do not state: the typed view of the knowledge files.

mod answers;
mod calls;
mod kinds;
mod lists;
mod pack;
mod resources;
mod rules;
mod situations;
mod values;

use serde::Deserialize;

use crate::{Authority, Model, OperationId, Pattern};

pub use answers::{AllowedAnywhere, AuthFault, NamedError, PatternCorrection, ProtocolFault, Rejection};
pub use calls::{DefaultValue, PageSize, PerCall, Quota, Rate};
pub use kinds::{FreeText, GivenValue, NameOrigin, NamedBy, NeverCalled, ResourceKind};
pub use lists::{Batch, Filter, FilterMember, Order};
pub use pack::PackError;
pub use resources::{
    Cascade, Detach, Effect, External, ExternalKind, Follow, Identifier, Lifecycle, Need, Origin, Precondition,
    Removal, Taggable, Unknown, Update,
};
pub use rules::{Condition, Demand, ProseRule, RuleBreak};
pub use situations::{Filling, SetupAction, Situation, Step, Unprovocable};
pub use values::{Agreement, AgreesWith, Promise, TimeOrder, TimeRule, ValueForm};

/// One entry of the knowledge files.
pub trait Entry {
    /// The authority of the entry.
    fn authority(&self) -> Authority;
    /// The source of the entry: facts in `docs/facts.md`, by id.
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

/// Whether a list of operations holds this one; the empty list holds all.
fn holds(operations: &[String], operation: OperationId) -> bool {
    operations.is_empty() || operations.iter().any(|name| name == operation.name())
}

/// The reason why a knowledge file cannot be parsed.
#[derive(Debug, thiserror::Error)]
#[error("knowledge file {file}")]
pub struct KnowledgeError {
    /// The name of the file.
    file: &'static str,
    /// The parser's message, with line and column.
    #[source]
    source: toml::de::Error,
}

/// Declares [`Knowledge`]: for each file its tables, for each table its entries. Parsing, listing and authority of all
/// entries follow from this list.
macro_rules! knowledge {
    ($($file:literal $File:ident { $($(#[$doc:meta])* $table:literal $field:ident: $entry:ty,)+ })+) => {
        /// The knowledge of all files. Each list has the order of its file.
        #[derive(Debug, Clone, Default, PartialEq)]
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
            /// Parses the files that `text` returns by name, such as `auth.toml`.
            ///
            /// # Errors
            /// [`KnowledgeError`] if a file has an unknown key, a wrong value, or lacks a key.
            pub fn read(text: impl Fn(&'static str) -> &'static str) -> Result<Self, KnowledgeError> {
                $(let $File { $($field,)+ } =
                    toml::from_str(text($file)).map_err(|source| KnowledgeError { file: $file, source })?;)+
                Ok(Self { $($($field,)+)+ })
            }

            /// The tables, each with its file.
            const TABLES: &[(&'static str, &'static str)] = &[$($(($file, $table),)+)+];

            /// Reads the entries that `take` returns for each file and table.
            fn of_tables(
                mut take: impl FnMut(&'static str, &'static str) -> Result<Vec<toml::Value>, PackError>,
            ) -> Result<Self, PackError> {
                $($(let $field = take($file, $table)?
                    .into_iter()
                    .enumerate()
                    .map(|(at, entry)| entry.try_into().map_err(|error: toml::de::Error| pack::entry_error($table, at, error)))
                    .collect::<Result<Vec<$entry>, PackError>>()?;)+)+
                Ok(Self { $($($field,)+)+ })
            }

            /// Adds the entries of other knowledge behind these, except those that are the same.
            pub fn extend(&mut self, other: Self) {
                $($(for entry in other.$field {
                    if !self.$field.contains(&entry) {
                        self.$field.push(entry);
                    }
                })+)+
            }

            /// Returns every entry of every file, with the name of its file.
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
        /// Patterns that do not match real values, with their replacements.
        "pattern" patterns: PatternCorrection,
        /// Errors that any operation may return, declared or not.
        "allowed-anywhere" allowed_anywhere: AllowedAnywhere,
    }
    "auth.toml" Auth {
        /// The rejections of requests that violate SigV4.
        "fault" auth_faults: AuthFault,
    }
    "errors.toml" Errors {
        /// The rejections of requests that violate restJson1 or the model.
        "fault" protocol_faults: ProtocolFault,
    }
    "rates.toml" Rates {
        /// The documented rates, in calls per second.
        "rate" rates: Rate,
    }
    "quotas.toml" Quotas {
        /// The maximum numbers of resources.
        "quota" quotas: Quota,
    }
    "filters.toml" Filters {
        /// The filters of lists.
        "filter" filters: Filter,
        /// The documented orders of lists.
        "order" orders: Order,
    }
    "defaults.toml" Defaults {
        /// The default values of members that a create call omits.
        "default" defaults: DefaultValue,
        /// The page sizes of lists without `maxResults`.
        "page-size" page_sizes: PageSize,
    }
    "states.toml" States {
        /// The states of resources.
        "lifecycle" lifecycles: Lifecycle,
        /// The preconditions of operations.
        "precondition" preconditions: Precondition,
        /// The members that updates must not change.
        "update" updates: Update,
        /// The values that remove references.
        "detach" detaches: Detach,
        /// The effects of a deletion on resources that refer to the deleted one.
        "cascade" cascades: Cascade,
    }
    "batches.toml" Batches {
        /// The batch operations.
        "batch" batches: Batch,
    }
    "rules.toml" Rules {
        /// Rules on inputs that only the prose states.
        "rule" rules: ProseRule,
    }
    "resources.toml" Resources {
        /// Identifiers that are not ARNs.
        "identifier" identifiers: Identifier,
        /// Operations that end a resource although their name does not show it.
        "removal" removals: Removal,
        /// External resources that an input must name.
        "external" externals: External,
        /// Resources that take tags.
        "taggable" taggables: Taggable,
        /// Resource types that the model does not show by ARNs.
        "resource" resource_kinds: ResourceKind,
        /// Members that only some values fit.
        "given" givens: GivenValue,
        /// Members that any text fits.
        "free-text" free_texts: FreeText,
        /// Operations that no run calls.
        "never-call" never_called: NeverCalled,
    }
    "situations.toml" Situations {
        /// Situations in which a call gets a response that it gets in no other state.
        "situation" situations: Situation,
        /// Ways to fill lists whose items no call of the service creates.
        "filling" fillings: Filling,
        /// Declared errors that no request triggers.
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
        /// Questions that no source settles, with the assumed answers.
        "unknown" unknowns: Unknown,
    }
}

impl Knowledge {
    /// Applies the corrections of this knowledge to a model; models of other services are unchanged.
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

    /// Returns whether these files describe a service. If not, nothing is known of its resources.
    #[must_use]
    pub fn describes(&self, service: &str) -> bool {
        self.rates.iter().any(|rate| rate.services.iter().any(|known| known == service))
    }

    /// Returns the values of a place of an operation's input that only some values fit.
    #[must_use]
    pub fn given(&self, operation: OperationId, path: &str) -> Option<&[String]> {
        self.given_value(operation, path).map(|given| given.values.as_slice())
    }

    /// Returns whether a text is one that a pack gives for a place of an operation's input, and names nothing outside the
    /// service.
    #[must_use]
    pub fn is_given(&self, operation: OperationId, path: &str, text: &str) -> bool {
        let given = self.given_value(operation, path);
        given.is_some_and(|given| !given.outside && given.values.iter().any(|value| value == text))
    }

    fn given_value(&self, operation: OperationId, path: &str) -> Option<&GivenValue> {
        self.givens.iter().find(|given| given.covers(operation, path))
    }

    /// Returns whether any text fits a place of an operation's input.
    #[must_use]
    pub fn is_free_text(&self, operation: OperationId, path: &str) -> bool {
        self.free_texts.iter().any(|free| free.covers(operation, path))
    }

    /// Returns the resource type that a pack describes.
    #[must_use]
    pub fn resource_kind(&self, kind: &str) -> Option<&ResourceKind> {
        self.resource_kinds.iter().find(|it| it.resource == kind)
    }

    /// Returns whether a pack describes the resources of a service.
    #[must_use]
    pub fn has_pack(&self, service: &str) -> bool {
        self.resource_kinds.iter().any(|kind| kind.service == service)
            || self.givens.iter().any(|given| given.service == service)
            || self.free_texts.iter().any(|free| free.service == service)
    }

    /// Returns the lifecycle of a kind of resource, if it has one.
    #[must_use]
    pub fn lifecycle(&self, kind: &str) -> Option<&Lifecycle> {
        self.lifecycles.iter().find(|lifecycle| lifecycle.resource == kind)
    }

    /// Returns whether a resource of the kind passes through states before it can be used.
    #[must_use]
    pub fn passes_through_states(&self, kind: &str) -> bool {
        self.lifecycle(kind).is_some_and(|lifecycle| !lifecycle.passing.is_empty())
    }

    /// Returns the documented rates of an operation, for an account or for one resource.
    pub fn rates_of(&self, operation: OperationId) -> impl Iterator<Item = &Rate> {
        self.rates.iter().filter(move |rate| rate.covers(operation))
    }

    /// Returns the batch description of an operation, if it is a batch operation.
    #[must_use]
    pub fn batch(&self, operation: OperationId) -> Option<&Batch> {
        self.batches.iter().find(|batch| batch.service == operation.service() && batch.operation == operation.name())
    }

    /// Returns the filters of a list operation, if it has any.
    #[must_use]
    pub fn filter(&self, operation: OperationId) -> Option<&Filter> {
        self.filters.iter().find(|filter| filter.service == operation.service() && filter.operation == operation.name())
    }

    /// Returns the page size of a list without `maxResults`, if it is documented.
    #[must_use]
    pub fn page_size(&self, operation: OperationId) -> Option<&PageSize> {
        self.page_sizes.iter().find(|page| {
            page.service == operation.service() && page.operations.iter().any(|name| name == operation.name())
        })
    }

    /// Returns the SigV4 fault with that id, such as `unsigned`.
    #[must_use]
    pub fn auth_fault(&self, id: &str) -> Option<&AuthFault> {
        self.auth_faults.iter().find(|fault| fault.id == id)
    }

    /// Returns the protocol or model fault with that id, such as `malformed-json`.
    #[must_use]
    pub fn protocol_fault(&self, id: &str) -> Option<&ProtocolFault> {
        self.protocol_faults.iter().find(|fault| fault.id == id)
    }

    /// Returns whether any operation may return an error with that name and status, declared or not.
    #[must_use]
    pub fn is_allowed_anywhere(&self, code: &str, status: u16) -> bool {
        self.allowed_anywhere.iter().any(|allowed| allowed.covers(code, status))
            || self
                .auth_faults
                .iter()
                .any(|fault| fault.rejection.names(code) && fault.rejection.statuses().any(|known| known == status))
    }

    /// Returns the external resources that must exist before an input can be accepted.
    pub fn externals_of(&self, operation: OperationId) -> impl Iterator<Item = &External> {
        self.externals.iter().filter(move |external| external.covers(operation))
    }
}
