//! The faults by name: where each shows, and the suite and check that are meant to find it.

use super::{FaultArea, FaultInfo};

macro_rules! faults {
    ($($fault:ident $name:literal $area:ident $suite:literal $check:literal [$($operation:literal),*] $summary:literal;)*) => {
        /// One named way to misbehave.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Fault {
            $(#[doc = $summary] $fault,)*
        }

        /// All faults, area by area.
        pub const FAULTS: &[FaultInfo] = &[
            $(FaultInfo {
                fault: Fault::$fault,
                name: $name,
                summary: $summary,
                area: FaultArea::$area,
                operations: &[$($operation),*],
                suite: $suite,
                check: $check,
            },)*
        ];
    };
}

faults! {
    BodyHashUnchecked "body-hash-unchecked" Auth "auth" "verifies-signature" []
        "The hash of the body is taken from x-amz-content-sha256 and not computed.";
    PresignedNeverExpires "presigned-never-expires" Auth "auth" "verifies-signature" []
        "A signed URL holds beyond its lifetime.";
    ScopeDateUnchecked "scope-date-unchecked" Auth "auth" "verifies-signature" []
        "The date of the credential scope need not be that of the request.";
    ScopeServiceUnchecked "scope-service-unchecked" Auth "auth" "verifies-signature" []
        "A signature for another service is taken.";
    SessionTokenUnchecked "session-token-unchecked" Auth "auth" "verifies-signature" []
        "Any session token is taken.";
    SignatureUnchecked "signature-unchecked" Auth "auth" "verifies-signature" []
        "No signature is verified.";
    SignatureUncheckedOnReads "signature-unchecked-on-reads" Auth "auth" "verifies-signature"
        ["ivs.ListTagsForResource", "ivs-realtime.ListTagsForResource", "ivschat.ListTagsForResource"]
        "The signature of a GET is not verified.";
    SkewOfAMinute "skew-of-a-minute" Auth "auth" "takes-signature" []
        "A clock that is more than a minute off is refused.";
    SkewUnchecked "skew-unchecked" Auth "auth" "verifies-signature" []
        "A signature may be of any time.";
    UnknownKeyTaken "unknown-key-taken" Auth "auth" "verifies-signature" []
        "An access key that nobody has is taken.";
    UnsignedHeadersTaken "unsigned-headers-taken" Auth "auth" "verifies-signature" []
        "The x-amz headers of a request need not be signed.";
    UnsignedTaken "unsigned-taken" Auth "auth" "verifies-signature" []
        "A request without any signature is taken.";
    WrongSignatureIs400 "wrong-signature-is-400" Auth "auth" "signature-error-code" []
        "InvalidSignatureException is answered with status 400.";

    BatchDiffersFromSingle "batch-differs-from-single" Batch "batch" "batch-equals-single" ["ivs.BatchGetChannel"]
        "A channel in a batch lacks its ingest endpoint.";
    BatchErrorNamesNeighbour "batch-error-names-neighbour" Batch "batch" "batch-account" ["ivs.BatchGetChannel"]
        "The error of an absent item bears the ARN of the item after it.";
    BatchErrorWithoutCode "batch-error-without-code" Batch "batch" "batch-error" ["ivs.BatchGetStreamKey"]
        "The errors of a batch have no code.";
    BatchLosesAbsent "batch-loses-absent" Batch "batch" "batch-account" ["ivs.BatchGetChannel"]
        "Absent items of a batch are in neither list.";
    BatchOf51Taken "batch-of-51-taken" Batch "batch" "batch-limit" ["ivs.BatchGetChannel"]
        "A batch may have one item too many.";
    BatchOfNoneTaken "batch-of-none-taken" Batch "batch" "batch-limit" ["ivs.BatchStartViewerSessionRevocation"]
        "A batch may be empty.";
    BatchRepeatsItem "batch-repeats-item" Batch "batch" "batch-account" ["ivs.BatchGetStreamKey"]
        "The last item that is found is listed twice.";
    BatchSpoiltByOne "batch-spoilt-by-one" Batch "batch" "batch-account" ["ivs.BatchGetStreamKey"]
        "One absent item makes the whole batch fail.";
    BatchStopsAtAbsent "batch-stops-at-absent" Batch "batch" "batch-account" ["ivs.BatchGetChannel"]
        "What comes after an absent item is not looked at.";

    AbsentIs400 "absent-is-400" Errors "errors" "declared-error" ["ivschat.GetRoom"]
        "A room that is not there is ValidationException 400.";
    AbsentIs409 "absent-is-409" Errors "errors" "declared-error" ["ivs-realtime.DeleteStage"]
        "A stage that is not there is ConflictException 409.";
    AbsentRecordingIs409 "absent-recording-is-409" Errors "snapshot" "snapshot-answer" ["ivs.DeleteRecordingConfiguration"]
        "A recording configuration that is not there is ConflictException 409.";
    ErrorNamesDiffer "error-names-differ" Errors "validation" "error-names-agree" ["ivs.GetRecordingConfiguration"]
        "The body of an error names another error than the header.";
    ErrorTypeHeaderMissing "error-type-header-missing" Errors "validation" "error-type-header" []
        "Errors do not carry the x-amzn-ErrorType header.";
    ErrorWithoutMessage "error-without-message" Errors "validation" "error-text" ["ivs-realtime.GetStage"]
        "Errors have no text.";
    HtmlErrors "html-errors" Errors "validation" "body-json" ["ivs.GetPlaybackKeyPair"]
        "Errors come with a page of HTML.";
    IdleIsNotFound "idle-is-not-found" Errors "errors" "declared-error" ["ivs.GetStream"]
        "A channel that is not on air is ResourceNotFoundException.";
    QuotaIs400 "quota-is-400" Errors "errors" "error-status" ["ivs.CreateStreamKey"]
        "A quota that is used up is answered with 400 instead of 402.";
    ReasonMissing "reason-missing" Errors "validation" "error-shape" ["ivschat.CreateRoom"]
        "A ValidationException of chat has no reason.";
    SecretInError "secret-in-error" Errors "errors" "secret-echoed" ["ivs.CreateStreamKey"]
        "The error for a second stream key shows the value of the first.";
    ServerErrorAtBound "server-error-at-bound" Errors "validation" "server-error" ["ivs-realtime.CreateStage"]
        "A stage with as many token configurations as are allowed is answered by 500.";
    UndeclaredError "undeclared-error" Errors "errors" "error-declared" ["ivs-realtime.CreateParticipantToken"]
        "A stage that is not there is an error that no model has.";

    ArrayBodyTaken "array-body-taken" Protocol "protocol" "rejects-malformed" ["ivs-realtime.ListStages"]
        "A body that is an empty list is taken for an empty object.";
    BodyAfter204 "body-after-204" Protocol "validation" "empty-204" ["ivschat.DeleteRoom"]
        "A 204 promises a body.";
    CharsetRefused "charset-refused" Protocol "protocol" "accepts-equivalent" ["ivschat.CreateRoom"]
        "A content type with a charset is refused.";
    ContentTypeText "content-type-text" Protocol "validation" "content-type" ["ivschat.ListRooms"]
        "JSON comes as text/plain.";
    DeleteChannelAnswers200 "delete-channel-answers-200" Protocol "validation" "success-status" ["ivs.DeleteChannel"]
        "DeleteChannel answers 200 with an empty object instead of 204.";
    HeaderMemberInBody "header-member-in-body" Protocol "validation" "header-member-in-body"
        ["ivs-realtime.CreateIngestConfiguration"]
        "A member that is bound to a header stands in the body too.";
    NamesInAnyCase "names-in-any-case" Protocol "protocol" "rejects-malformed" ["ivschat.SendEvent"]
        "The case of member names does not matter.";
    NullNextToken "null-next-token" Protocol "pagination" "null-member" ["ivs-realtime.ListPublicKeys"]
        "The last page has a next token of null.";
    Redirected "redirected" Protocol "validation" "unmodeled-status" ["ivschat.DisconnectUser"]
        "A success is a redirect, 302.";
    RequestIdConstant "request-id-constant" Protocol "validation" "request-id-distinct" []
        "All answers bear the same request id.";
    RequestIdMissing "request-id-missing" Protocol "validation" "request-id" []
        "Answers bear no request id.";
    TrailingTextTaken "trailing-text-taken" Protocol "protocol" "rejects-malformed" ["ivs.CreateChannel"]
        "What follows the JSON of a body is ignored.";
    UnknownMemberRefused "unknown-member-refused" Protocol "protocol" "accepts-equivalent"
        ["ivs.CreatePlaybackRestrictionPolicy"]
        "A member that the model does not have is refused.";

    ArnLeftOut "arn-left-out" Schema "pagination" "output-required" ["ivs-realtime.ListEncoderConfigurations"]
        "Summaries do not show their ARN, which the model requires.";
    EmptyListLeftOut "empty-list-left-out" Schema "pagination" "output-required" ["ivs.ListChannels"]
        "A list without items is left out.";
    KeyOutOfPattern "key-out-of-pattern" Schema "validation" "output-bound" ["ivs-realtime.UpdateIngestConfiguration"]
        "The stream key of an ingest configuration does not match its pattern.";
    LocalTime "local-time" Schema "validation" "output-timestamp" ["ivschat.GetRoom"]
        "A timestamp is in local time.";
    NumberAsText "number-as-text" Schema "validation" "output-type" ["ivschat.UpdateRoom"]
        "A number is written as a text.";
    StateOutOfEnum "state-out-of-enum" Schema "validation" "output-enum" ["ivs-realtime.GetIngestConfiguration"]
        "The state is none that the model knows.";
    SummaryShowsAll "summary-shows-all" Schema "pagination" "unmodeled-member" ["ivs.ListChannels"]
        "Summaries have all members of the whole resource.";

    ArnFormUnchecked "arn-form-unchecked" Validation "validation" "rejects-invalid" ["ivs.GetPlaybackKeyPair"]
        "An ARN of another form is not found instead of invalid.";
    EnumInAnyCase "enum-in-any-case" Validation "validation" "rejects-invalid" ["ivs.CreateChannel"]
        "The case of a latency mode does not matter.";
    LengthInBytes "length-in-bytes" Validation "validation" "accepts-valid" ["ivschat.DisconnectUser"]
        "The length of a reason is counted in bytes.";
    NameBoundOffByOne "name-bound-off-by-one" Validation "validation" "rejects-invalid" ["ivs.CreateChannel"]
        "A channel name may be one character too long.";
    NameBoundTooTight "name-bound-too-tight" Validation "validation" "accepts-valid" ["ivschat.CreateRoom"]
        "A room name may not be as long as the model says.";
    NestedListTooLong "nested-list-too-long" Validation "validation" "rejects-invalid" ["ivs-realtime.CreateStage"]
        "The capabilities of a token configuration may be one too many.";
    NullForRequired "null-for-required" Validation "validation" "rejects-invalid" ["ivschat.SendEvent"]
        "A required member may be null.";
    OddSidesTaken "odd-sides-taken" Validation "errors" "declared-error" ["ivs-realtime.CreateEncoderConfiguration"]
        "The sides of a video may be odd.";
    PatternUnanchored "pattern-unanchored" Validation "validation" "rejects-invalid" ["ivs-realtime.CreateStage"]
        "The pattern of a stage name need only match its beginning.";
    PlainRtmpTaken "plain-rtmp-taken" Validation "errors" "declared-error" ["ivs-realtime.CreateIngestConfiguration"]
        "RTMP without encryption needs no explicit word.";
    TagTooLong "tag-too-long" Validation "validation" "rejects-invalid" ["ivs-realtime.TagResource"]
        "The keys and values of tags may be one character too long.";
    TextForNumber "text-for-number" Validation "validation" "rejects-invalid" ["ivschat.CreateChatToken"]
        "The duration of a session may be of any JSON type.";
    UnionOfTwo "union-of-two" Validation "validation" "rejects-invalid" ["ivschat.CreateLoggingConfiguration"]
        "A destination may be of two kinds, or of none.";
    ViewerIdMayBeEmpty "viewer-id-may-be-empty" Validation "validation" "rejects-invalid"
        ["ivs.StartViewerSessionRevocation"]
        "A viewer id may be empty.";

    AnyTokenTaken "any-token-taken" Pagination "pagination" "bad-token" ["ivs-realtime.ListEncoderConfigurations"]
        "A token that cannot be read asks for the first page.";
    DefaultPageTooLong "default-page-too-long" Pagination "pagination" "page-size"
        ["ivs.ListPlaybackRestrictionPolicies"]
        "A page for which no size is asked is longer than documented.";
    EmptyTokenRefused "empty-token-refused" Pagination "pagination" "empty-token"
        ["ivs-realtime.ListStorageConfigurations"]
        "The empty token is refused.";
    FilterByPrefix "filter-by-prefix" Pagination "pagination" "filter-is-exact" ["ivs.ListChannels"]
        "A filter lets through what begins with its value.";
    FilterIgnored "filter-ignored" Pagination "pagination" "filter-is-exact" ["ivs-realtime.ListIngestConfigurations"]
        "The filter by stage lets everything through.";
    FiltersTakenTogether "filters-taken-together" Pagination "pagination" "exclusive-filters" ["ivs.ListChannels"]
        "Of two filters that exclude each other the first is used.";
    ItemOnTwoPages "item-on-two-pages" Pagination "pagination" "walk-is-whole" ["ivs.ListRecordingConfigurations"]
        "Each page begins with the last item of the page before.";
    LastPageHasToken "last-page-has-token" Pagination "pagination" "walk-is-whole" ["ivs.ListAdConfigurations"]
        "The last page has a next token, too.";
    ListSkipsAfterToken "list-skips-after-token" Pagination "pagination" "walk-is-whole" ["ivs.ListChannels"]
        "Each page after the first leaves out its first item.";
    ListSkipsWhileWriting "list-skips-while-writing" Pagination "pagination" "walk-while-writing"
        ["ivs-realtime.ListStages"]
        "A page leaves out its first item if something was made since the walk began.";
    NewestUnlisted "newest-unlisted" Pagination "pagination" "walk-is-whole" ["ivs-realtime.ListIngestConfigurations"]
        "The newest item is not listed.";
    PageSizeIgnored "page-size-ignored" Pagination "pagination" "page-size" ["ivschat.ListRooms"]
        "Pages are of one size, whatever is asked for.";
    RoomsInOrderOfMaking "rooms-in-order-of-making" Pagination "pagination" "list-order" ["ivschat.ListRooms"]
        "Rooms are listed in the order of their making.";
    TokenIgnoresFilter "token-ignores-filter" Pagination "pagination" "bad-token" ["ivs.ListChannels"]
        "A page token is still taken after the filter changed.";
    TokenOfAnotherList "token-of-another-list" Pagination "pagination" "bad-token"
        ["ivschat.ListLoggingConfigurations", "ivschat.ListRooms"]
        "The token of one list is taken by the other.";
    TokensAreOffsets "tokens-are-offsets" Pagination "pagination" "stale-token" ["ivs-realtime.ListStages"]
        "A token holds the number of the items shown, whatever is removed meanwhile.";
    TokensCountPages "tokens-count-pages" Pagination "pagination" "stale-token" ["ivs-realtime.ListPublicKeys"]
        "A token holds the number of the pages shown, whatever their size.";

    DefaultLatencyNormal "default-latency-normal" State "snapshot" "snapshot-body" ["ivs.CreateChannel"]
        "A channel for which no latency mode is asked has NORMAL.";
    DeleteKeeps "delete-keeps" State "lifecycle" "deleted-is-gone" ["ivs.DeletePlaybackRestrictionPolicy"]
        "A policy that is deleted is still there.";
    AttachedDeletable "attached-deletable" State "lifecycle" "attached-is-kept" ["ivs.DeleteRecordingConfiguration"]
        "A recording configuration can be deleted while a channel refers to it.";
    AttachIgnored "attach-ignored" State "lifecycle" "attach-reads-back" ["ivs.UpdateChannel"]
        "A channel cannot be given another playback restriction policy.";
    DefaultIsAnother "default-is-another" State "lifecycle" "default-reads-back" ["ivschat.CreateRoom"]
        "The default length of messages is 499 instead of 500.";
    DeletedIsListed "deleted-is-listed" State "lifecycle" "deleted-is-unlisted"
        ["ivs-realtime.ListStorageConfigurations"]
        "A storage configuration that is deleted is still listed.";
    DeleteRenamesNext "delete-renames-next" State "lifecycle" "stays-as-written"
        ["ivs-realtime.CreateEncoderConfiguration", "ivs-realtime.DeleteEncoderConfiguration",
         "ivs-realtime.GetEncoderConfiguration", "ivs-realtime.ListEncoderConfigurations"]
        "With an encoder configuration the name of the next one goes, too.";
    DetachedIsHeld "detached-is-held" State "lifecycle" "detached-can-go" ["ivs.DeletePlaybackRestrictionPolicy"]
        "A policy that a channel once referred to cannot be deleted.";
    DetachIgnored "detach-ignored" State "lifecycle" "detach-reads-back" ["ivs.UpdateChannel"]
        "An empty reference does not detach a channel.";
    GetAfterDelete "get-after-delete" State "lifecycle" "deleted-is-gone"
        ["ivs-realtime.DeleteEncoderConfiguration", "ivs-realtime.GetEncoderConfiguration"]
        "An encoder configuration that is deleted can still be looked at.";
    ListShowsNoName "list-shows-no-name" State "lifecycle" "list-agrees" ["ivs-realtime.ListStages"]
        "The list of stages shows empty names.";
    MadeIsLost "made-is-lost" State "lifecycle" "made-is-there" ["ivs.CreatePlaybackRestrictionPolicy"]
        "A policy with strict origin enforcement is answered, but not kept.";
    NamelessUnlisted "nameless-unlisted" State "lifecycle" "made-is-listed" ["ivschat.ListRooms"]
        "Rooms without a name are not listed.";
    StreamKeyOutlivesChannel "stream-key-outlives-channel" State "lifecycle" "cascade" ["ivs.DeleteChannel"]
        "A channel is deleted without its stream key.";
    UntagAfterDelete "untag-after-delete" State "lifecycle" "use-after-delete" ["ivschat.UntagResource"]
        "Tags can be removed from what is not there.";
    UpdateNotKept "update-not-kept" State "lifecycle" "write-reads-back" ["ivs-realtime.UpdateStage"]
        "UpdateStage answers the changes, but does not keep them.";
    UpdateResetsOthers "update-resets-others" State "lifecycle" "update-keeps-others" ["ivschat.UpdateRoom"]
        "Numbers of a room that an update leaves out take their defaults.";
    UpdateIgnoresMember "update-ignores-member" State "validation" "echoes-input" ["ivs.UpdateChannel"]
        "The latency mode of a channel cannot be changed.";

    UpdateDropsTags "update-drops-tags" Tags "lifecycle" "tags-read-back" ["ivs.UpdateAdConfiguration"]
        "An update removes the tags.";
    CreationTagsLost "creation-tags-lost" Tags "tags" "tags-agree" ["ivs-realtime.CreateStage"]
        "The tags that a stage is made with are dropped.";
    ReservedTagsTaken "reserved-tags-taken" Tags "tags" "tags-refused" ["ivs-realtime.TagResource"]
        "Tag keys may begin with aws:.";
    TagLostOnSecondUpdate "tag-lost-on-second-update" Tags "tags" "tags-change"
        ["ivs.TagResource", "ivs-realtime.TagResource", "ivschat.TagResource"]
        "TagResource replaces the tags that were there instead of merging.";
    TagsBeyond50Taken "tags-beyond-50-taken" Tags "tags" "tags-refused" ["ivschat.TagResource"]
        "A resource may have more tags than 50, if they come one by one.";
    TagsNotShown "tags-not-shown" Tags "tags" "tags-agree" ["ivs-realtime.GetStage", "ivs-realtime.ListTagsForResource"]
        "GetStage shows no tags.";
    TagsOnByProduct "tags-on-by-product" Tags "tags" "tags-apart" ["ivs.CreateChannel"]
        "The stream key that is made with a channel takes over its tags.";
    UntagOfAbsentRefused "untag-of-absent-refused" Tags "tags" "tags-change" ["ivs-realtime.UntagResource"]
        "Removing a tag that is not there is an error.";
    UntagRemovesAll "untag-removes-all" Tags "tags" "tags-change" ["ivs.UntagResource"]
        "UntagResource removes all tags.";

    DeleteAgainSucceeds "delete-again-succeeds" Idempotency "idempotency" "repeat" ["ivschat.DeleteRoom"]
        "A room that is not there is deleted with success.";
    ReadsDiffer "reads-differ" Idempotency "idempotency" "repeat" ["ivs-realtime.GetIngestConfiguration"]
        "Each look at an ingest configuration shows another participant id.";
    TokenConflictUnnoticed "token-conflict-unnoticed" Idempotency "idempotency" "repeat"
        ["ivs-realtime.StartComposition"]
        "An idempotency token that comes again with another input is not noticed.";
    TokenMakesSecond "token-makes-second" Idempotency "idempotency" "repeat" ["ivs-realtime.StartComposition"]
        "The same idempotency token makes a second composition.";
}
