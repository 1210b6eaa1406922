//! The checks of the suite `errors` by name: what its findings and baselines call them.

use ivs_judge::{CheckInfo, Grouping};
use ivs_model::Authority;

use crate::check_table::checks;

checks! {
    /// A declared error comes where its cause is given.
    DECLARED_ERROR = CheckInfo {
        check: "declared-error",
        authority: Authority::Model,
        source: "the declared errors of the service model",
        grouping: Grouping::Never,
    };

    /// An ARN of another region, account, service or type does not reach the resource that has its id.
    ///
    /// Right: any refusal. Wrong: the resource of the caller's own region or account, read, changed or deleted.
    IDENTITY_IN_FULL = CheckInfo {
        check: "identity-in-full",
        authority: Authority::Inferred,
        source: "an ARN names its resource by service, region, account, type and id together (facts: arn-region-account, foreign-arns)",
        grouping: Grouping::Operations,
    };
}
