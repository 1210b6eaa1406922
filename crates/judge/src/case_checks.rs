//! The checks of generated cases.

use ivs_model::Authority;

use crate::{CheckInfo, Grouping};

/// A request that breaks a constraint is rejected with an expected code and status.
pub(crate) static REJECTS_INVALID: CheckInfo = CheckInfo {
    check: "rejects-invalid",
    authority: Authority::Model,
    source: "the constraints of the service model",
    grouping: Grouping::Never,
};

/// A request that keeps every constraint is not rejected as invalid.
pub(crate) static ACCEPTS_VALID: CheckInfo = CheckInfo {
    check: "accepts-valid",
    authority: Authority::Model,
    source: "the constraints of the service model",
    grouping: Grouping::Never,
};

/// The output shows the value that the input set.
pub(crate) static ECHOES_INPUT: CheckInfo = CheckInfo {
    check: "echoes-input",
    authority: Authority::Inferred,
    source: "members of equal name and shape in input and output",
    grouping: Grouping::Never,
};
