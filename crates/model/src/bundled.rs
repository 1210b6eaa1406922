//! The models and the knowledge that are part of the program.

use std::sync::LazyLock;

use crate::{Knowledge, Model};

static KNOWLEDGE: LazyLock<Knowledge> = LazyLock::new(Knowledge::default);

static MODELS: LazyLock<[Model; 3]> = LazyLock::new(|| {
    [
        include_bytes!("../../../fixtures/models/ivs.json").as_slice(),
        include_bytes!("../../../fixtures/models/ivs-realtime.json").as_slice(),
        include_bytes!("../../../fixtures/models/ivschat.json").as_slice(),
    ]
    .map(|bytes| Model::from_slice(bytes).expect("the bundled models are read by the tests"))
});

/// The three services, `ivs`, `ivs-realtime` and `ivschat` in this order, with the corrections of the knowledge files.
#[must_use]
pub fn models() -> &'static [Model] {
    &*MODELS
}

/// The bundled model of that service id.
#[must_use]
pub fn model(service: &str) -> Option<&'static Model> {
    models().iter().find(|model| model.service.id == service)
}

/// What the models do not say.
#[must_use]
pub fn knowledge() -> &'static Knowledge {
    &KNOWLEDGE
}
