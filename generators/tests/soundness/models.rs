//! The models that the generators are tested on: the bundled ones, and foreign ones with other features.

use std::path::Path;
use std::sync::LazyLock;

use ivs_generators::{Plan, Samples, systematic};
use ivs_model::{Model, bundled};

/// A model with its plan.
pub(crate) struct Planned {
    pub(crate) model: Model,
    pub(crate) plan: Plan,
    pub(crate) samples: Samples,
}

impl Planned {
    fn of(model: Model) -> Self {
        let plan = systematic(&model, bundled::knowledge());
        let samples = Samples::of(&model, bundled::knowledge());
        Self { model, plan, samples }
    }
}

static BUNDLED: LazyLock<Vec<Planned>> = LazyLock::new(|| bundled::models().iter().cloned().map(Planned::of).collect());

static FOREIGN: LazyLock<Vec<Planned>> = LazyLock::new(|| foreign_models().into_iter().map(Planned::of).collect());

/// Returns the plans of the three services.
pub(crate) fn bundled_plans() -> &'static [Planned] {
    &BUNDLED
}

/// Returns the plans of other services, for which the generators have no special code.
pub(crate) fn foreign_plans() -> &'static [Planned] {
    &FOREIGN
}

/// Returns all plans.
pub(crate) fn all_plans() -> impl Iterator<Item = &'static Planned> {
    BUNDLED.iter().chain(FOREIGN.iter())
}

#[allow(clippy::disallowed_methods, reason = "foreign models are not part of the program, so the test reads them")]
fn foreign_models() -> Vec<Model> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/foreign");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("the folder of foreign models")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let bytes = std::fs::read(&path).expect("a foreign model");
            Model::from_slice(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        })
        .collect()
}
