//! The models and the knowledge that are part of the program.

use std::sync::LazyLock;

use crate::fact::{self, Fact};
use crate::{Knowledge, Model};

macro_rules! fixture {
    ($path:literal) => {
        include_str!(concat!("../../../fixtures/", $path))
    };
}

static KNOWLEDGE: LazyLock<Knowledge> =
    LazyLock::new(|| Knowledge::read(knowledge_file).expect("the bundled knowledge is read by the tests"));

static FACTS: LazyLock<Vec<Fact>> = LazyLock::new(|| fact::read(include_str!("../../../docs/facts.md")));

static MODELS: LazyLock<[Model; 3]> = LazyLock::new(|| {
    [fixture!("models/ivs.json"), fixture!("models/ivs-realtime.json"), fixture!("models/ivschat.json")].map(|text| {
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
    match name {
        "auth.toml" => fixture!("knowledge/auth.toml"),
        "batches.toml" => fixture!("knowledge/batches.toml"),
        "corrections.toml" => fixture!("knowledge/corrections.toml"),
        "defaults.toml" => fixture!("knowledge/defaults.toml"),
        "errors.toml" => fixture!("knowledge/errors.toml"),
        "filters.toml" => fixture!("knowledge/filters.toml"),
        "quotas.toml" => fixture!("knowledge/quotas.toml"),
        "rates.toml" => fixture!("knowledge/rates.toml"),
        "resources.toml" => fixture!("knowledge/resources.toml"),
        "rules.toml" => fixture!("knowledge/rules.toml"),
        "situations.toml" => fixture!("knowledge/situations.toml"),
        "states.toml" => fixture!("knowledge/states.toml"),
        "unknowns.toml" => fixture!("knowledge/unknowns.toml"),
        "values.toml" => fixture!("knowledge/values.toml"),
        _ => unreachable!("every file of `Knowledge` is listed here"),
    }
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
        p384: &[
            fixture!("keys/p384-1.pem"),
            fixture!("keys/p384-2.pem"),
            fixture!("keys/p384-3.pem"),
            fixture!("keys/p384-4.pem"),
            fixture!("keys/p384-5.pem"),
            fixture!("keys/p384-6.pem"),
            fixture!("keys/p384-7.pem"),
            fixture!("keys/p384-8.pem"),
        ],
        wrong: &[("P-256", fixture!("keys/wrong-p256.pem")), ("RSA", fixture!("keys/wrong-rsa.pem"))],
    }
}
