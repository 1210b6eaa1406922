//! Facts that follow from models and knowledge, derived once for every operation.
//!
//! A model states shapes and HTTP bindings. This crate derives further facts from the model and the knowledge files:
//! access, effects, resource types and their operations. [`Catalog`] has them as typed values, so that generators,
//! pool, runner and suites agree. No other crate reads the verb of an operation's name.
//!
//! | question | answer |
//! |---|---|
//! | Does the operation read or write? | [`OperationFacts::access`] |
//! | Is it safe to send twice, and why? | [`OperationFacts::repeatability`] |
//! | Does a success create something? | [`OperationFacts::creation`] |
//! | Which resource types does it create, change or delete? | [`OperationFacts::effects`] |
//! | Which errors does it declare? | [`OperationFacts::errors`] |
//! | Which members of its input name resources? | [`OperationFacts::references`] |
//! | How does it page, and what does it list? | [`OperationFacts::list`] |
//! | Does it add, remove or list tags, or take them? | [`OperationFacts::tag_role`] |
//! | Who creates, shows, updates, lists and deletes a resource type? | [`ResourceType`] |
//! | How does a service handle tags? | [`TagOperations`] |
//!
//! ```
//! use ivs_catalog::{Access, bundled};
//! use ivs_model::OperationId;
//!
//! let catalog = bundled();
//! // The model marks this operation `readonly`; its name and its documentation say that it revokes sessions.
//! let revocation = catalog.operation(OperationId::new("ivs", "StartViewerSessionRevocation")).expect("a bundled operation");
//! assert!(revocation.operation.readonly);
//! assert_eq!(revocation.access, Access::Write);
//!
//! let channel = catalog.service("ivs").and_then(|service| service.resource_type("channel")).expect("a resource type");
//! assert_eq!(channel.creates[0].name(), "CreateChannel");
//! assert_eq!(channel.list.map(|list| list.name()), Some("ListChannels"));
//! ```
//!
//! # How to add a derived fact
//!
//! 1. Write the derivation in a separate module, as a function of an operation, the model and the knowledge. The model
//!    takes precedence over the knowledge, and the knowledge over a name. A name is read in `verb.rs` only.
//! 2. Add a field to [`OperationFacts`], [`ResourceType`] or [`ServiceCatalog`], with a type that includes the reason
//!    where it matters, rather than a `bool`.
//! 3. Add the fact to the line of each operation in `tests/snapshot.rs`, review the change of `snapshots/catalog/`, and
//!    accept it with `INSTA_UPDATE=always cargo test -p ivs-catalog`.
//! 4. A fact that only a document states is not derived. It belongs in `fixtures/knowledge/`.
//!
//! Pure: this crate reads no file, clock or environment. Building the catalog of one service takes a few milliseconds;
//! [`bundled`] builds that of the bundled services once.

mod access;
mod arn;
mod creation;
mod effect;
mod inference;
mod list_operation;
mod operation_facts;
mod reference;
mod repeatability;
mod resource_type;
mod service_catalog;
mod tag_operations;
mod verb;

use std::borrow::Cow;
use std::sync::LazyLock;

use ivs_model::{Knowledge, Model, OperationId};

pub use access::{Access, ReadBasis};
pub use arn::ArnForm;
pub use creation::Creation;
pub use effect::{OperationEffects, SubjectEffect};
pub use inference::inferred_resource_kinds;
pub use list_operation::ListOperation;
pub use operation_facts::{DeclaredError, OperationFacts};
pub use reference::{CHOSEN, InputReference, PUBLIC_KEY, ResourceReference, external_type, is_external_type};
pub use repeatability::{RepeatBasis, Repeatability};
pub use resource_type::ResourceType;
pub use service_catalog::ServiceCatalog;
pub use tag_operations::{TagOperations, TagRole};

/// The derived facts of several services.
#[derive(Debug, Clone)]
pub struct Catalog<'m> {
    services: Vec<Cow<'m, ServiceCatalog<'m>>>,
}

impl<'m> Catalog<'m> {
    /// Derives the facts of these services. The facts of bundled services are shared.
    #[must_use]
    pub fn new(models: &'m [Model], knowledge: &'m Knowledge) -> Self {
        Self { services: models.iter().map(|model| ServiceCatalog::shared(model, knowledge)).collect() }
    }

    /// Returns the facts of one operation, if its service has it.
    #[must_use]
    pub fn operation(&self, id: OperationId) -> Option<&OperationFacts<'m>> {
        self.service(id.service())?.operation(id)
    }

    /// Returns the facts of one service by its short name, such as `ivs-realtime`.
    #[must_use]
    pub fn service(&self, id: &str) -> Option<&ServiceCatalog<'m>> {
        self.services().find(|service| service.model().service.id == id)
    }

    /// Returns all services, in the order of their models.
    pub fn services(&self) -> impl Iterator<Item = &ServiceCatalog<'m>> {
        self.services.iter().map(AsRef::as_ref)
    }

    /// Returns the facts of all operations.
    pub fn operations(&self) -> impl Iterator<Item = &OperationFacts<'m>> {
        self.services().flat_map(ServiceCatalog::operations)
    }
}

/// Returns the catalog of the bundled models and knowledge. The first call builds it.
#[must_use]
pub fn bundled() -> &'static Catalog<'static> {
    static BUNDLED: LazyLock<Catalog<'static>> = LazyLock::new(|| {
        let derived = |model| Cow::Owned(ServiceCatalog::new(model, ivs_model::bundled::knowledge()));
        Catalog { services: ivs_model::bundled::models().iter().map(derived).collect() }
    });
    &BUNDLED
}
