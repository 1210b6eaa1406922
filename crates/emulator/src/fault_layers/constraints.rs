//! Faults that override one constraint at one place of one operation's input.

use crate::contract::{Constraint, ConstraintOverride, OverrideKind};
use crate::fault::{Fault, PlantedFault, faults};

faults! {
    BATCH_OF_51_TAKEN "batch-of-51-taken" Batch "batch" "batch-limit" ["ivs.BatchGetChannel"]
        "A batch may have 51 items instead of 50.";
    BATCH_OF_NONE_TAKEN "batch-of-none-taken" Batch "batch" "batch-limit" ["ivs.BatchStartViewerSessionRevocation"]
        "A batch may be empty.";

    ARN_FORM_UNCHECKED "arn-form-unchecked" Validation "validation" "rejects-invalid" ["ivs.GetPlaybackKeyPair"]
        "A malformed ARN is reported as not found instead of invalid.";
    ENUM_IN_ANY_CASE "enum-in-any-case" Validation "validation" "rejects-invalid" ["ivs.CreateChannel"]
        "The latency mode is not case-sensitive.";
    LENGTH_IN_BYTES "length-in-bytes" Validation "validation" "accepts-valid" ["ivschat.DisconnectUser"]
        "The length of a reason is counted in bytes.";
    NAME_BOUND_OFF_BY_ONE "name-bound-off-by-one" Validation "validation" "rejects-invalid" ["ivs.CreateChannel"]
        "A channel name may be one character too long.";
    NAME_BOUND_TOO_TIGHT "name-bound-too-tight" Validation "validation" "accepts-valid" ["ivschat.CreateRoom"]
        "A room name of the maximum length is refused.";
    NESTED_LIST_TOO_LONG "nested-list-too-long" Validation "validation" "rejects-invalid" ["ivs-realtime.CreateStage"]
        "A token configuration may have one capability too many.";
    NULL_FOR_REQUIRED "null-for-required" Validation "validation" "rejects-invalid" ["ivschat.SendEvent"]
        "A required member may be null.";
    PATTERN_UNANCHORED "pattern-unanchored" Validation "validation" "rejects-invalid" ["ivs-realtime.CreateStage"]
        "The pattern of a stage name need match only its beginning.";
    TAG_TOO_LONG "tag-too-long" Validation "validation" "rejects-invalid" ["ivs-realtime.TagResource"]
        "Tag keys and values may be one character too long.";
    TEXT_FOR_NUMBER "text-for-number" Validation "validation" "rejects-invalid" ["ivschat.CreateChatToken"]
        "The duration of a session may have any JSON type.";
    UNION_OF_TWO "union-of-two" Validation "validation" "rejects-invalid" ["ivschat.CreateLoggingConfiguration"]
        "A destination may have two types, or none.";
    VIEWER_ID_MAY_BE_EMPTY "viewer-id-may-be-empty" Validation "validation" "rejects-invalid"
        ["ivs.StartViewerSessionRevocation"]
        "A viewer ID may be empty.";
}

/// Returns the constraint that the planted fault overrides on an operation, if any.
pub(crate) fn constraint_override(planted: PlantedFault, operation: &str) -> Option<ConstraintOverride> {
    use Constraint::{Enum, MaxLength, MinLength, Pattern, Required, Type, Union};
    let (pointer, constraint, kind) = match planted.on(operation)? {
        Fault::ARN_FORM_UNCHECKED => ("/arn", Pattern, OverrideKind::Off),
        Fault::BATCH_OF_51_TAKEN => ("/arns", MaxLength, OverrideKind::WiderBy(1)),
        Fault::BATCH_OF_NONE_TAKEN => ("/viewerSessions", MinLength, OverrideKind::WiderBy(1)),
        Fault::ENUM_IN_ANY_CASE => ("/latencyMode", Enum, OverrideKind::AnyCase),
        Fault::LENGTH_IN_BYTES => ("/reason", MaxLength, OverrideKind::LengthInBytes),
        Fault::NAME_BOUND_OFF_BY_ONE => ("/name", MaxLength, OverrideKind::WiderBy(1)),
        Fault::NAME_BOUND_TOO_TIGHT => ("/name", MaxLength, OverrideKind::WiderBy(-1)),
        Fault::NESTED_LIST_TOO_LONG => {
            ("/participantTokenConfigurations/*/capabilities", MaxLength, OverrideKind::WiderBy(1))
        }
        Fault::NULL_FOR_REQUIRED => ("/eventName", Required, OverrideKind::NullAllowed),
        Fault::PATTERN_UNANCHORED => ("/name", Pattern, OverrideKind::Unanchored),
        Fault::TAG_TOO_LONG => ("/tags/*", MaxLength, OverrideKind::WiderBy(1)),
        Fault::TEXT_FOR_NUMBER => ("/sessionDurationInMinutes", Type, OverrideKind::Off),
        Fault::UNION_OF_TWO => ("/destinationConfiguration", Union, OverrideKind::Off),
        Fault::VIEWER_ID_MAY_BE_EMPTY => ("/viewerId", MinLength, OverrideKind::WiderBy(1)),
        _ => return None,
    };
    Some(ConstraintOverride { pointer, constraint, kind })
}
