//! Case ids of earlier versions, which omitted the suite of validation cases and of the control.

use super::{CaseId, OperationId, ParseIdError, SuiteName};

/// The first word of a validation case's name in earlier versions. The list is complete: newer cases never had such
/// names.
const VALIDATION: [&str; 33] = [
    "boolean",
    "code-points-at-max",
    "duplicate-item",
    "enum-miss",
    "enum-value",
    "fraction",
    "length-above-max",
    "length-above-min",
    "length-at-max",
    "length-at-min",
    "length-below-max",
    "length-below-min",
    "null-required",
    "omit-required",
    "pattern-miss",
    "present",
    "random-invalid",
    "random-valid",
    "timestamp",
    "timestamp-malformed",
    "union-none",
    "union-two",
    "union-unknown",
    "unique-items",
    "valid-full",
    "valid-minimal",
    "value-above-max",
    "value-above-min",
    "value-at-max",
    "value-at-min",
    "value-below-max",
    "value-below-min",
    "wrong-type",
];

impl CaseId {
    /// Parses an id of earlier versions: `ivs.CreateChannel/length-above-max/name` for a validation case,
    /// `ivs.CreateChannel/control` for the control. Every other text is parsed as a current id.
    ///
    /// # Errors
    /// [`ParseIdError`] if the text is neither an earlier nor a current id.
    pub fn from_legacy(text: &str) -> Result<Self, ParseIdError> {
        let earlier = || {
            let (operation, name) = text.split_once('/')?;
            let operation: OperationId = operation.parse().ok()?;
            if name == "control" {
                return Some(Self::control(operation));
            }
            let first = name.split('/').next()?;
            VALIDATION.contains(&first).then(|| Self::new(operation, SuiteName::from_static("validation"), name))
        };
        earlier().map_or_else(|| text.parse(), Ok)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn earlier_ids_name_their_suite() {
        for (earlier, current) in [
            ("ivs.CreateChannel/length-above-max/name", "ivs.CreateChannel/validation/length-above-max/name"),
            ("ivs.CreateChannel/valid-minimal", "ivs.CreateChannel/validation/valid-minimal"),
            ("ivs.CreateChannel/random-valid/7-3", "ivs.CreateChannel/validation/random-valid/7-3"),
            ("ivschat.GetRoom/control", "ivschat.GetRoom/setup/control"),
        ] {
            assert_eq!(CaseId::from_legacy(earlier).map(|id| id.to_string()), Ok(current.to_owned()));
        }
    }

    #[test]
    fn current_ids_stay() {
        for text in [
            "ivs.CreateChannel/validation/length-above-max/name",
            "ivs.GetChannel/errors/absent",
            "ivs.GetChannel/setup/control",
        ] {
            assert_eq!(CaseId::from_legacy(text), text.parse());
        }
        assert!(CaseId::from_legacy("ivs.CreateChannel/no-such-word").is_err());
    }
}
