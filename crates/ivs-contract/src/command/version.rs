//! The text of `--version`: the version, the commit and the models.

use std::sync::LazyLock;

use ivs_model::bundled;

/// The commit of this build; see `build.rs`.
const COMMIT: &str = env!("IVS_CONTRACT_BUILD_COMMIT");

/// The text of `-V` behind the name of the command.
pub(super) const SHORT: &str = concat!(env!("CARGO_PKG_VERSION"), " (commit ", env!("IVS_CONTRACT_BUILD_COMMIT"), ")");

/// The text of `--version` behind the name of the command.
pub(super) static LONG: LazyLock<String> = LazyLock::new(|| {
    let models: Vec<String> =
        bundled::models().iter().map(|model| format!("{} {}", model.service.id, model.service.api_version)).collect();
    let version = env!("CARGO_PKG_VERSION");
    format!("{version}\ncommit: {COMMIT}\nmodels: {} (from {})", models.join(", "), bundled::origin())
});
