//! The models and the knowledge that are part of the program.

use std::sync::LazyLock;

use crate::fact::{self, Fact};
use crate::{Knowledge, Model};

static KNOWLEDGE: LazyLock<Knowledge> =
    LazyLock::new(|| Knowledge::read(knowledge_file).expect("the bundled knowledge is read by the tests"));

static FACTS: LazyLock<Vec<Fact>> = LazyLock::new(|| fact::read(ivs_fixtures::FACTS));

static MODELS: LazyLock<[Model; 3]> = LazyLock::new(|| {
    [ivs_fixtures::models::IVS, ivs_fixtures::models::IVS_REALTIME, ivs_fixtures::models::IVSCHAT].map(|text| {
        let mut model = Model::from_slice(text.as_bytes()).expect("the bundled models are read by the tests");
        KNOWLEDGE.correct(&mut model);
        model
    })
});

/// Returns the models of `ivs`, `ivs-realtime` and `ivschat`, in this order, with the corrections of the knowledge
/// files.
#[must_use]
pub fn models() -> &'static [Model] {
    &*MODELS
}

/// Returns the bundled model of that service id.
#[must_use]
pub fn model(service: &str) -> Option<&'static Model> {
    models().iter().find(|model| model.service.id == service)
}

/// Returns the bundled knowledge, which states facts that the models do not.
#[must_use]
pub fn knowledge() -> &'static Knowledge {
    &KNOWLEDGE
}

/// Returns the facts that rules, knowledge entries and checks cite, in the order of `docs/facts.md`.
#[must_use]
pub fn facts() -> &'static [Fact] {
    &FACTS
}

/// Returns the fact with that id.
#[must_use]
pub fn fact(id: &str) -> Option<&'static Fact> {
    facts().iter().find(|fact| fact.id == id)
}

/// Returns the text of a knowledge file. [`Knowledge`] requests the files that it declares.
fn knowledge_file(name: &'static str) -> &'static str {
    ivs_fixtures::knowledge(name).expect("every file of `Knowledge` is a fixture")
}

/// Public keys to import. They are valid keys that are not in use anywhere.
#[derive(Debug)]
pub struct Keys {
    /// PEMs on the curve P-384, which ES384 requires. An account accepts each only once.
    pub p384: &'static [&'static str],
    /// PEMs of other kinds, each with the name of its kind. They are well-formed, but the services must reject them.
    pub wrong: &'static [(&'static str, &'static str)],
}

/// Returns the public keys that are part of the program.
#[must_use]
pub fn keys() -> &'static Keys {
    &Keys {
        p384: ivs_fixtures::keys::P384,
        wrong: &[("P-256", ivs_fixtures::keys::WRONG_P256), ("RSA", ivs_fixtures::keys::WRONG_RSA)],
    }
}
