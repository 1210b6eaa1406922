//! The table of faults: the operations that each shows on, and the suite and check that must find it.
//!
//! A fault that no layer can carry out says why after its summary.

use super::{FaultArea, FaultInfo};

macro_rules! faults {
    ($($fault:ident $name:literal $area:ident $suite:literal $check:literal [$($operation:literal),*] $summary:literal
        $(why $why:literal)?;)*) => {
        /// One named way in which an emulator misbehaves.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Fault {
            $(#[doc = $summary] $fault,)*
        }

        /// All faults, grouped by area.
        pub const FAULTS: &[FaultInfo] = &[
            $(FaultInfo {
                fault: Fault::$fault,
                name: $name,
                summary: $summary,
                area: FaultArea::$area,
                operations: &[$($operation),*],
                suite: $suite,
                check: $check,
                why_in_handler: reason!($($why)?),
            },)*
        ];
    };
}

macro_rules! reason {
    () => {
        None
    };
    ($why:literal) => {
        Some($why)
    };
}

faults! {
    BodyHashUnchecked "body-hash-unchecked" Auth "auth" "verifies-signature" []
        "The hash of the body is copied from x-amz-content-sha256 instead of being computed.";
    PresignedNeverExpires "presigned-never-expires" Auth "auth" "verifies-signature" []
        "A presigned URL is accepted after its lifetime.";
    ScopeDateUnchecked "scope-date-unchecked" Auth "auth" "verifies-signature" []
        "The date of the credential scope may differ from that of the request.";
    ScopeServiceUnchecked "scope-service-unchecked" Auth "auth" "verifies-signature" []
        "A signature for another service is accepted.";
    SessionTokenUnchecked "session-token-unchecked" Auth "auth" "verifies-signature" []
        "Any session token is accepted.";
    SignatureAlwaysRefused "signature-always-refused" Auth "validation" "answers-valid-call" ["ivschat.UntagResource"]
        "Every call is refused with InvalidSignatureException, however it is signed.";
    SignatureUnchecked "signature-unchecked" Auth "auth" "verifies-signature" []
        "No signature is verified.";
    SignatureUncheckedOnReads "signature-unchecked-on-reads" Auth "auth" "verifies-signature"
        ["ivs.ListTagsForResource", "ivs-realtime.ListTagsForResource", "ivschat.ListTagsForResource"]
        "The signature of a GET is not verified.";
    SkewOfAMinute "skew-of-a-minute" Auth "auth" "takes-signature" []
        "A clock that differs by more than one minute is refused.";
    SkewUnchecked "skew-unchecked" Auth "auth" "verifies-signature" []
        "A signature of any age is accepted.";
    UnknownKeyTaken "unknown-key-taken" Auth "auth" "verifies-signature" []
        "An unknown access key is accepted.";
    UnsignedHeadersTaken "unsigned-headers-taken" Auth "auth" "verifies-signature" []
        "The x-amz headers of a request need not be signed.";
    UnsignedTaken "unsigned-taken" Auth "auth" "verifies-signature" []
        "A request without a signature is accepted.";
    WrongSignatureIs400 "wrong-signature-is-400" Auth "auth" "signature-error-code" []
        "InvalidSignatureException has status 400 instead of 403.";

    BatchDiffersFromSingle "batch-differs-from-single" Batch "batch" "batch-equals-single" ["ivs.BatchGetChannel"]
        "A channel in a batch lacks its ingest endpoint.";
    BatchErrorNamesNeighbour "batch-error-names-neighbour" Batch "batch" "batch-account" ["ivs.BatchGetChannel"]
        "The error of an absent item carries the ARN of the item after it.";
    BatchErrorTwice "batch-error-twice" Batch "batch" "batch-account" ["ivs.BatchStartViewerSessionRevocation"]
        "An absent item of a batch is listed twice among the errors.";
    BatchErrorWithoutCode "batch-error-without-code" Batch "batch" "batch-error" ["ivs.BatchGetStreamKey"]
        "The errors of a batch have no code.";
    BatchLosesAbsent "batch-loses-absent" Batch "batch" "batch-account" ["ivs.BatchGetChannel"]
        "Absent items of a batch are missing from both lists.";
    BatchOf51Taken "batch-of-51-taken" Batch "batch" "batch-limit" ["ivs.BatchGetChannel"]
        "A batch may have 51 items instead of 50.";
    BatchOfNoneTaken "batch-of-none-taken" Batch "batch" "batch-limit" ["ivs.BatchStartViewerSessionRevocation"]
        "A batch may be empty.";
    BatchRepeatsItem "batch-repeats-item" Batch "batch" "batch-account" ["ivs.BatchGetStreamKey"]
        "The last item that was found is listed twice.";
    BatchSpoiltByOne "batch-spoilt-by-one" Batch "batch" "batch-account" ["ivs.BatchGetStreamKey"]
        "One absent item makes the whole batch fail.";
    BatchStopsAtAbsent "batch-stops-at-absent" Batch "batch" "batch-account" ["ivs.BatchGetChannel"]
        "Items after an absent item are ignored.";

    AbsentIs400 "absent-is-400" Errors "errors" "declared-error" ["ivschat.GetRoom"]
        "An unknown room returns ValidationException 400.";
    AbsentIs409 "absent-is-409" Errors "errors" "declared-error" ["ivs-realtime.DeleteStage"]
        "An unknown stage returns ConflictException 409.";
    AbsentRecordingIs409 "absent-recording-is-409" Errors "snapshot" "snapshot-answer"
        ["ivs.DeleteRecordingConfiguration"]
        "An unknown recording configuration returns ConflictException 409.";
    ErrorNamesDiffer "error-names-differ" Errors "validation" "error-names-agree" ["ivs.GetRecordingConfiguration"]
        "The body of an error names a different error than the header.";
    ErrorTypeHeaderMissing "error-type-header-missing" Errors "validation" "error-type-header" []
        "Errors do not carry the x-amzn-ErrorType header.";
    ErrorWithoutMessage "error-without-message" Errors "validation" "error-text" ["ivs-realtime.GetStage"]
        "Errors have no message.";
    HtmlErrors "html-errors" Errors "validation" "body-json" ["ivs.GetPlaybackKeyPair"]
        "Errors have an HTML page as their body.";
    IdleIsNotFound "idle-is-not-found" Errors "errors" "declared-error" ["ivs.GetStream"]
        "A channel that is not live returns ResourceNotFoundException.";
    QuotaIs400 "quota-is-400" Errors "errors" "error-status" ["ivs.CreateStreamKey"]
        "An exceeded quota returns status 400 instead of 402.";
    ReasonMissing "reason-missing" Errors "validation" "error-shape" ["ivschat.CreateRoom"]
        "A ValidationException of chat has no `reason`.";
    SecretInError "secret-in-error" Errors "errors" "secret-echoed" ["ivs.CreateStreamKey"]
        "The error for a second stream key shows the value of the first.";
    ServerErrorAtBound "server-error-at-bound" Errors "validation" "server-error" ["ivs-realtime.CreateStage"]
        "A stage with the largest allowed number of token configurations returns 500.";
    UndeclaredError "undeclared-error" Errors "errors" "error-declared" ["ivs-realtime.CreateParticipantToken"]
        "An unknown stage returns an error that no model declares.";

    ArrayBodyTaken "array-body-taken" Protocol "protocol" "rejects-malformed" ["ivs-realtime.ListStages"]
        "An empty list as the body is read as an empty object.";
    BodyAfter204 "body-after-204" Protocol "validation" "empty-204" ["ivschat.DeleteRoom"]
        "A 204 response announces a body.";
    CharsetRefused "charset-refused" Protocol "protocol" "accepts-equivalent" ["ivschat.CreateRoom"]
        "A content type with a charset is refused.";
    ConnectionDropped "connection-dropped" Protocol "validation" "answers-valid-call" ["ivschat.UpdateRoom"]
        "The connection is closed instead of a response.";
    ContentTypeText "content-type-text" Protocol "validation" "content-type" ["ivschat.ListRooms"]
        "JSON responses have the content type text/plain.";
    DeleteChannelAnswers200 "delete-channel-answers-200" Protocol "validation" "success-status" ["ivs.DeleteChannel"]
        "DeleteChannel returns 200 with an empty object instead of 204.";
    HeaderMemberInBody "header-member-in-body" Protocol "validation" "header-member-in-body"
        ["ivs-realtime.CreateIngestConfiguration"]
        "A member that is bound to a header is also in the body.";
    NamesInAnyCase "names-in-any-case" Protocol "protocol" "rejects-malformed" ["ivschat.SendEvent"]
        "Member names are not case-sensitive.";
    NullNextToken "null-next-token" Protocol "pagination" "null-member" ["ivs-realtime.ListPublicKeys"]
        "The last page has a `nextToken` of null.";
    Redirected "redirected" Protocol "validation" "unmodeled-status" ["ivschat.DisconnectUser"]
        "A successful call returns a redirect (302).";
    RequestIdConstant "request-id-constant" Protocol "validation" "request-id-distinct" []
        "All responses have the same request ID.";
    RequestIdMissing "request-id-missing" Protocol "validation" "request-id" []
        "Responses have no request ID.";
    TrailingTextTaken "trailing-text-taken" Protocol "protocol" "rejects-malformed" ["ivs.CreateChannel"]
        "Text after the JSON of a body is ignored.";
    UnknownMemberRefused "unknown-member-refused" Protocol "protocol" "accepts-equivalent"
        ["ivs.CreatePlaybackRestrictionPolicy"]
        "A member that is not in the model is refused.";

    ArnLeftOut "arn-left-out" Schema "pagination" "output-required" ["ivs-realtime.ListEncoderConfigurations"]
        "Summaries do not show their ARN, which the model requires.";
    EmptyListLeftOut "empty-list-left-out" Schema "pagination" "output-required" ["ivs.ListChannels"]
        "Empty lists are left out.";
    KeyOutOfPattern "key-out-of-pattern" Schema "validation" "output-bound" ["ivs-realtime.UpdateIngestConfiguration"]
        "The stream key of an ingest configuration does not match its pattern.";
    LocalTime "local-time" Schema "validation" "output-timestamp" ["ivschat.GetRoom"]
        "A timestamp is in local time instead of UTC.";
    NumberAsText "number-as-text" Schema "validation" "output-type" ["ivschat.UpdateRoom"]
        "A number is written as a string.";
    StateOutOfEnum "state-out-of-enum" Schema "validation" "output-enum" ["ivs-realtime.GetIngestConfiguration"]
        "The state is not one of the model's values.";
    SummaryShowsAll "summary-shows-all" Schema "pagination" "unmodeled-member" ["ivs.ListChannels"]
        "Summaries have all members of the resource."
        why "The listing drops the other members before a layer sees the response.";

    ArnFormUnchecked "arn-form-unchecked" Validation "validation" "rejects-invalid" ["ivs.GetPlaybackKeyPair"]
        "A malformed ARN is reported as not found instead of invalid.";
    EnumInAnyCase "enum-in-any-case" Validation "validation" "rejects-invalid" ["ivs.CreateChannel"]
        "The latency mode is not case-sensitive.";
    LengthInBytes "length-in-bytes" Validation "validation" "accepts-valid" ["ivschat.DisconnectUser"]
        "The length of a reason is counted in bytes.";
    NameBoundOffByOne "name-bound-off-by-one" Validation "validation" "rejects-invalid" ["ivs.CreateChannel"]
        "A channel name may be one character too long.";
    NameBoundTooTight "name-bound-too-tight" Validation "validation" "accepts-valid" ["ivschat.CreateRoom"]
        "A room name of the maximum length is refused.";
    NestedListTooLong "nested-list-too-long" Validation "validation" "rejects-invalid" ["ivs-realtime.CreateStage"]
        "A token configuration may have one capability too many.";
    NullForRequired "null-for-required" Validation "validation" "rejects-invalid" ["ivschat.SendEvent"]
        "A required member may be null.";
    OddSidesTaken "odd-sides-taken" Validation "errors" "declared-error" ["ivs-realtime.CreateEncoderConfiguration"]
        "The width and height of a video may be odd."
        why "The handler stores the size that it checks; a request that a layer makes even is stored even.";
    PatternUnanchored "pattern-unanchored" Validation "validation" "rejects-invalid" ["ivs-realtime.CreateStage"]
        "The pattern of a stage name need match only its beginning.";
    PlainRtmpTaken "plain-rtmp-taken" Validation "errors" "declared-error" ["ivs-realtime.CreateIngestConfiguration"]
        "RTMP without encryption is accepted without `insecureIngest`.";
    TagTooLong "tag-too-long" Validation "validation" "rejects-invalid" ["ivs-realtime.TagResource"]
        "Tag keys and values may be one character too long.";
    TextForNumber "text-for-number" Validation "validation" "rejects-invalid" ["ivschat.CreateChatToken"]
        "The duration of a session may have any JSON type.";
    AttributesAsciiOnly "attributes-ascii-only" Validation "validation" "echoes-input"
        ["ivs-realtime.CreateParticipantToken"]
        "Characters beyond ASCII in the attributes of a token become question marks.";
    LastLetterRefused "last-letter-refused" Validation "validation" "accepts-valid"
        ["ivs-realtime.CreateEncoderConfiguration"]
        "The names of encoder configurations must not have a `Z`.";
    UserPlusIsSpace "user-plus-is-space" Validation "validation" "echoes-input"
        ["ivs-realtime.CreateIngestConfiguration"]
        "A plus sign in the user ID of an ingest configuration becomes a space.";
    UnderscoreLost "underscore-lost" Validation "validation" "echoes-input" ["ivschat.CreateRoom"]
        "Underscores in the names of rooms become hyphens.";
    UnderscoreRefused "underscore-refused" Validation "validation" "accepts-valid" ["ivs-realtime.UpdateStage"]
        "The names of stages must not have an underscore.";
    UnionOfTwo "union-of-two" Validation "validation" "rejects-invalid" ["ivschat.CreateLoggingConfiguration"]
        "A destination may have two types, or none.";
    ViewerIdMayBeEmpty "viewer-id-may-be-empty" Validation "validation" "rejects-invalid"
        ["ivs.StartViewerSessionRevocation"]
        "A viewer ID may be empty.";

    AnyTokenTaken "any-token-taken" Pagination "pagination" "bad-token" ["ivs-realtime.ListEncoderConfigurations"]
        "An unreadable token returns the first page.";
    DefaultPageTooLong "default-page-too-long" Pagination "pagination" "page-size"
        ["ivs.ListPlaybackRestrictionPolicies"]
        "The default page size is larger than documented.";
    EmptyTokenRefused "empty-token-refused" Pagination "pagination" "empty-token"
        ["ivs-realtime.ListStorageConfigurations"]
        "An empty token is refused.";
    FilterByPrefix "filter-by-prefix" Pagination "pagination" "filter-is-exact" ["ivs.ListChannels"]
        "A filter matches every value that begins with its own."
        why "The filter applies to all resources before they are divided into pages.";
    FilterIgnored "filter-ignored" Pagination "pagination" "filter-is-exact" ["ivs-realtime.ListIngestConfigurations"]
        "The filter by stage has no effect.";
    FiltersTakenTogether "filters-taken-together" Pagination "pagination" "exclusive-filters" ["ivs.ListChannels"]
        "Two mutually exclusive filters are accepted; the first is used.";
    ItemOnTwoPages "item-on-two-pages" Pagination "pagination" "walk-is-whole" ["ivs.ListRecordingConfigurations"]
        "Each page begins with the last item of the page before."
        why "The token is written where the page ends, before a layer sees the response.";
    LastPageHasToken "last-page-has-token" Pagination "pagination" "walk-is-whole" ["ivs.ListAdConfigurations"]
        "The last page also has a `nextToken`."
        why "Only the listing can write a token for the place where its page ends.";
    ListSkipsAfterToken "list-skips-after-token" Pagination "pagination" "walk-is-whole" ["ivs.ListChannels"]
        "Each page after the first leaves out its first item."
        why "A page is filled up after the skipped item; a layer would leave it short.";
    ListSkipsWhileWriting "list-skips-while-writing" Pagination "pagination" "walk-while-writing"
        ["ivs-realtime.ListStages"]
        "A page leaves out its first item if a resource was created since the walk began."
        why "The listing alone knows the version of the store that its token holds.";
    NewestUnlisted "newest-unlisted" Pagination "pagination" "walk-is-whole" ["ivs-realtime.ListIngestConfigurations"]
        "The newest item is not listed."
        why "A page is filled up after the hidden item; a layer would leave it short.";
    PageSizeIgnored "page-size-ignored" Pagination "pagination" "page-size" ["ivschat.ListRooms"]
        "Pages have one size, whatever `maxResults` is.";
    RoomsInOrderOfMaking "rooms-in-order-of-making" Pagination "pagination" "list-order" ["ivschat.ListRooms"]
        "Rooms are listed in the order of their creation."
        why "The order is that of the whole walk, of which a layer sees one page.";
    TokenIgnoresFilter "token-ignores-filter" Pagination "pagination" "bad-token" ["ivs.ListChannels"]
        "A page token is still accepted after the filter has changed."
        why "The listing computes what its tokens are bound to.";
    TokenOfAnotherList "token-of-another-list" Pagination "pagination" "bad-token"
        ["ivschat.ListLoggingConfigurations", "ivschat.ListRooms"]
        "The token of one list operation is accepted by another."
        why "The listing computes what its tokens are bound to.";
    TokensAreOffsets "tokens-are-offsets" Pagination "pagination" "stale-token" ["ivs-realtime.ListStages"]
        "A token holds the number of items already shown, even if some are deleted meanwhile."
        why "The listing numbers its rows before it writes a token.";
    TokensCountPages "tokens-count-pages" Pagination "pagination" "stale-token" ["ivs-realtime.ListPublicKeys"]
        "A token holds the number of pages already shown, whatever their size."
        why "The listing numbers its rows before it writes a token.";

    DefaultPageLosesItem "default-page-loses-item" Pagination "pagination" "walk-is-whole" ["ivs-realtime.ListStages"]
        "A page after the first leaves out its first item, unless a page size is requested.";
    FilteredListEndsEarly "filtered-list-ends-early" Pagination "pagination" "filter-is-exact"
        ["ivs-realtime.ListIngestConfigurations"]
        "A filtered list has no second page.";
    FilterInAnyCase "filter-in-any-case" Pagination "pagination" "filter-is-exact" ["ivs.ListChannels"]
        "A filter matches names of any case."
        why "The filter applies to all resources before they are divided into pages.";
    FilterForgottenOnNextPage "filter-forgotten-on-next-page" Pagination "pagination" "filter-is-exact"
        ["ivs.ListChannels"]
        "The filter applies to the first page only."
        why "The token of a filtered page is bound to no filter, and the listing computes that.";
    FilteredItemOnTwoPages "filtered-item-on-two-pages" Pagination "pagination" "filter-is-exact" ["ivschat.ListRooms"]
        "The second page of a filtered list begins with the last item of the first."
        why "The token is written where the page ends, before a layer sees the response.";
    WalkEndsAfterDelete "walk-ends-after-delete" Pagination "pagination" "stale-token"
        ["ivs-realtime.ListEncoderConfigurations"]
        "A page token leads to an empty page if its item was deleted."
        why "The listing reads the place in the token, and knows whether its item is still there.";
    WalkRestartsAfterDelete "walk-restarts-after-delete" Pagination "pagination" "stale-token"
        ["ivs-realtime.ListStages"]
        "A page token leads to the first page if its item was deleted."
        why "The listing reads the place in the token, and knows whether its item is still there.";

    DefaultLatencyNormal "default-latency-normal" State "snapshot" "snapshot-body" ["ivs.CreateChannel"]
        "A channel without a requested latency mode gets NORMAL.";
    DeleteKeeps "delete-keeps" State "lifecycle" "deleted-is-gone" ["ivs.DeletePlaybackRestrictionPolicy"]
        "A deleted policy still exists.";
    AttachedDeletable "attached-deletable" State "lifecycle" "attached-is-kept" ["ivs.DeleteRecordingConfiguration"]
        "A recording configuration can be deleted while a channel refers to it.";
    AttachIgnored "attach-ignored" State "lifecycle" "attach-reads-back" ["ivs.UpdateChannel"]
        "A channel's playback restriction policy cannot be changed.";
    DefaultIsAnother "default-is-another" State "lifecycle" "default-reads-back" ["ivschat.CreateRoom"]
        "The default maximum message length is 499 instead of 500.";
    DeletedIsListed "deleted-is-listed" State "lifecycle" "deleted-is-unlisted"
        ["ivs-realtime.ListStorageConfigurations"]
        "A deleted storage configuration is still listed."
        why "The deleted resource takes its old place in the order of the pages.";
    DeleteRenamesNext "delete-renames-next" State "lifecycle" "stays-as-written"
        ["ivs-realtime.CreateEncoderConfiguration", "ivs-realtime.DeleteEncoderConfiguration",
         "ivs-realtime.GetEncoderConfiguration", "ivs-realtime.ListEncoderConfigurations"]
        "Deleting an encoder configuration also clears the name of the next one.";
    DetachedIsHeld "detached-is-held" State "lifecycle" "detached-can-go" ["ivs.DeletePlaybackRestrictionPolicy"]
        "A policy that a channel referred to before cannot be deleted.";
    DetachIgnored "detach-ignored" State "lifecycle" "detach-reads-back" ["ivs.UpdateChannel"]
        "An empty reference does not detach a resource from a channel.";
    GetAfterDelete "get-after-delete" State "lifecycle" "deleted-is-gone"
        ["ivs-realtime.DeleteEncoderConfiguration", "ivs-realtime.GetEncoderConfiguration"]
        "A deleted encoder configuration can still be read.";
    ListShowsNoName "list-shows-no-name" State "lifecycle" "list-agrees" ["ivs-realtime.ListStages"]
        "The list of stages shows empty names.";
    MadeIsLost "made-is-lost" State "lifecycle" "made-is-there" ["ivs.CreatePlaybackRestrictionPolicy"]
        "A policy with strict origin enforcement is returned, but not stored.";
    NamelessUnlisted "nameless-unlisted" State "lifecycle" "made-is-listed" ["ivschat.ListRooms"]
        "Rooms without a name are not listed."
        why "A page is filled up after the hidden rooms; a layer would leave it short.";
    RevocationLost "revocation-lost" State "load" "lost-revocation" ["ivs.BatchStartViewerSessionRevocation"]
        "One viewer session in a thousand is not revoked.";
    StreamKeyOutlivesChannel "stream-key-outlives-channel" State "lifecycle" "cascade" ["ivs.DeleteChannel"]
        "Deleting a channel leaves its stream key behind.";
    UntagAfterDelete "untag-after-delete" State "lifecycle" "use-after-delete" ["ivschat.UntagResource"]
        "Tags can be removed from an unknown resource.";
    UpdateNotKept "update-not-kept" State "lifecycle" "write-reads-back" ["ivs-realtime.UpdateStage"]
        "UpdateStage returns the changes, but does not store them.";
    UpdateResetsOthers "update-resets-others" State "lifecycle" "update-keeps-others" ["ivschat.UpdateRoom"]
        "An update resets the numbers of a room that it leaves out.";
    UpdateIgnoresMember "update-ignores-member" State "validation" "echoes-input" ["ivs.UpdateChannel"]
        "An update ignores the latency mode of a channel.";

    UpdateDropsTags "update-drops-tags" Tags "lifecycle" "tags-read-back" ["ivs.UpdateAdConfiguration"]
        "An update removes the tags.";
    CreationTagsLost "creation-tags-lost" Tags "tags" "tags-agree" ["ivs-realtime.CreateStage"]
        "The tags that a stage is created with are dropped.";
    ReservedTagsTaken "reserved-tags-taken" Tags "tags" "tags-refused" ["ivs-realtime.TagResource"]
        "Tag keys may begin with aws:.";
    TagLostOnSecondUpdate "tag-lost-on-second-update" Tags "tags" "tags-change"
        ["ivs.TagResource", "ivs-realtime.TagResource", "ivschat.TagResource"]
        "TagResource replaces the existing tags instead of merging.";
    TagsBeyond50Taken "tags-beyond-50-taken" Tags "tags" "tags-refused" ["ivschat.TagResource"]
        "A resource may have more than 50 tags if they are added one by one."
        why "The handler counts the tags between reading and merging them.";
    TagsNotShown "tags-not-shown" Tags "tags" "tags-agree" ["ivs-realtime.GetStage", "ivs-realtime.ListTagsForResource"]
        "GetStage shows no tags.";
    TagsOnByProduct "tags-on-by-product" Tags "tags" "tags-apart" ["ivs.CreateChannel"]
        "The stream key that is created with a channel gets its tags.";
    UntagOfAbsentRefused "untag-of-absent-refused" Tags "tags" "tags-change" ["ivs-realtime.UntagResource"]
        "Removing an absent tag is an error.";
    UntagRemovesAll "untag-removes-all" Tags "tags" "tags-change" ["ivs.UntagResource"]
        "UntagResource removes all tags.";

    CreationTagsAscii "creation-tags-ascii-only" Tags "tags" "tags-agree" ["ivs.CreatePlaybackRestrictionPolicy"]
        "Tags with characters beyond ASCII are dropped at creation.";
    TagKeysCutAtComma "tag-keys-cut-at-commas" Tags "tags" "tags-change" ["ivschat.UntagResource"]
        "A key with commas removes the tags between them.";
    TagKeysDecodedTwice "tag-keys-decoded-twice" Tags "tags" "tags-change" ["ivs.UntagResource"]
        "Percent encoding in the keys to remove is decoded twice.";
    TagKeysInLowerCase "tag-keys-in-lower-case" Tags "tags" "tags-change" ["ivschat.TagResource"]
        "Tag keys are stored in lower case.";
    TagKeysTrimmed "tag-keys-trimmed" Tags "tags" "tags-change" ["ivs-realtime.TagResource"]
        "Spaces around tag keys are dropped.";
    TagListOfTen "tag-list-of-ten" Tags "tags" "tags-agree" ["ivs-realtime.ListTagsForResource"]
        "The tag list shows ten tags at most.";
    UntagKeepsSpecialKeys "untag-keeps-special-keys" Tags "tags" "tags-change" ["ivs.UntagResource"]
        "Tags whose key has one of `: / + = @ .` are not removed.";
    UntagPlusIsSpace "untag-plus-is-space" Tags "tags" "tags-change" ["ivs-realtime.UntagResource"]
        "A plus sign in the keys to remove is read as a space.";
    UntagTenAtMost "untag-ten-at-most" Tags "tags" "tags-change" ["ivschat.UntagResource"]
        "Only the first ten keys are removed.";

    CreationsMerged "creations-merged" State "concurrency" "writes-at-once" ["ivs.CreateAdConfiguration"]
        "Of more than two equal creations at the same time, the later ones return the resource of the second.";
    RoomUpdatesLost "room-updates-lost" State "concurrency" "writes-at-once" ["ivschat.UpdateRoom"]
        "An update undoes another one that is made at the same time.";
    SimultaneousTagsLost "simultaneous-tags-lost" Tags "concurrency" "writes-at-once"
        ["ivs-realtime.TagResource", "ivschat.TagResource"]
        "Of two calls at the same time, the tags of one are lost.";
    SimultaneousUntagsLost "simultaneous-untags-lost" Tags "concurrency" "writes-at-once" ["ivs.UntagResource"]
        "Of two calls at the same time, one removes nothing.";
    ChannelUpdatesLost "channel-updates-lost" State "concurrency" "writes-at-once" ["ivs.UpdateChannel"]
        "An update undoes another one that is made at the same time.";

    DeleteAgainSucceeds "delete-again-succeeds" Idempotency "idempotency" "repeat" ["ivschat.DeleteRoom"]
        "Deleting an unknown room succeeds.";
    ReadsDiffer "reads-differ" Idempotency "idempotency" "repeat" ["ivs-realtime.GetIngestConfiguration"]
        "Each read of an ingest configuration shows a different participant ID.";
    TokenConflictUnnoticed "token-conflict-unnoticed" Idempotency "idempotency" "repeat"
        ["ivs-realtime.StartComposition"]
        "An idempotency token is accepted again with a different input.";
    TokenMakesSecond "token-makes-second" Idempotency "idempotency" "repeat" ["ivs-realtime.StartComposition"]
        "The same idempotency token starts a second composition.";

    ArnOfAnotherAccount "arn-of-another-account" Values "validation" "arn-of-caller"
        ["ivs-realtime.GetEncoderConfiguration"]
        "The ARN of an encoder configuration is shown with another account.";
    ArnOfAnotherRegion "arn-of-another-region" Values "validation" "arn-of-caller" ["ivs.UpdateAdConfiguration"]
        "The ARN of an ad configuration is shown with another region.";
    ArnOfOneRegion "arn-of-one-region" Values "validation" "arn-of-caller" ["ivschat.GetLoggingConfiguration"]
        "The ARN of a logging configuration has one region, wherever the caller is.";
    CompositionOfAnotherStage "composition-of-another-stage" Values "validation" "answer-agrees"
        ["ivs-realtime.StartComposition"]
        "A composition shows another stage than the one that was asked for.";
    CreatedIn1970 "created-in-1970" Values "validation" "time-follows"
        ["ivschat.CreateRoom", "ivschat.GetRoom", "ivschat.ListRooms", "ivschat.UpdateRoom"]
        "Rooms are created in 1970.";
    CreateTimeOfTheRead "create-time-of-the-read" Values "validation" "time-stays" ["ivschat.GetRoom"]
        "Each read of a room shows another time of creation.";
    EndedBeforeStart "ended-before-start" Values "validation" "times-in-order" ["ivs-realtime.GetComposition"]
        "A composition ends before it starts.";
    EventIdLeftOut "event-id-left-out" Values "validation" "promised-member" ["ivschat.SendEvent"]
        "An event is sent without an ID in the answer.";
    ExpiryIgnoresDuration "expiry-ignores-duration" Values "validation" "time-follows"
        ["ivs-realtime.CreateParticipantToken"]
        "A participant token expires after 12 hours, whatever duration was asked for.";
    FingerprintInGroups "fingerprint-in-groups" Values "validation" "value-form" ["ivs.GetPlaybackKeyPair"]
        "The fingerprint of a key pair has two groups of eight digits.";
    FingerprintLeftOut "fingerprint-left-out" Values "validation" "promised-member" ["ivs-realtime.GetPublicKey"]
        "A public key is shown without its fingerprint.";
    FingerprintOfAnotherKey "fingerprint-of-another-key" Values "validation" "answer-agrees"
        ["ivs.ImportPlaybackKeyPair"]
        "The fingerprint of an imported key is not that of the key.";
    HostOfAnotherDomain "host-of-another-domain" Values "validation" "value-form" ["ivs.UpdateChannel"]
        "The ingest endpoint of a channel is a host of another domain.";
    IntegersAsDecimals "integers-as-decimals" Values "validation" "number-notation" ["ivschat.GetRoom"]
        "The maximum message length of a room is written as 500.0.";
    IntegersWithExponent "integers-with-exponent" Values "validation" "number-notation"
        ["ivs.GetRecordingConfiguration"]
        "Integers that end in zero are written with an exponent, such as 6e1.";
    KeyOfAnotherChannel "key-of-another-channel" Values "validation" "answer-agrees" ["ivs.CreateChannel"]
        "The stream key of a new channel names another channel.";
    ListUpdatedBeforeCreated "list-updated-before-created" Values "pagination" "times-in-order"
        ["ivschat.ListLoggingConfigurations"]
        "Logging configurations are listed as updated before they were created.";
    LoggingTimeOfTheRead "logging-time-of-the-read" Values "validation" "time-stays"
        ["ivschat.GetLoggingConfiguration"]
        "Each read of a logging configuration shows another time of creation.";
    NewIngestIsActive "new-ingest-is-active" Values "validation" "answer-agrees"
        ["ivs-realtime.CreateIngestConfiguration"]
        "A new ingest configuration is ACTIVE before anybody publishes.";
    OneTokenTooFew "one-token-too-few" Values "validation" "answer-agrees" ["ivs-realtime.CreateStage"]
        "A new stage has one token fewer than configurations for tokens.";
    PlaybackUrlLeftOut "playback-url-left-out" Values "validation" "promised-member"
        ["ivs.BatchGetChannel", "ivs.GetChannel"]
        "Channels are read without their playback URL.";
    RoomIdOfAnotherArn "room-id-of-another-arn" Values "validation" "value-form" ["ivschat.UpdateRoom"]
        "The ID of a room is not the one in its ARN.";
    RoomUpdateTimeOfCreation "room-update-time-of-creation" Values "idempotency" "update-time-moves"
        ["ivschat.GetRoom", "ivschat.ListRooms", "ivschat.UpdateRoom"]
        "An update of a room does not move its time of the last update.";
    SessionOfADay "session-of-a-day" Values "validation" "time-follows" ["ivschat.CreateChatToken"]
        "A chat session lasts a day, whatever duration was asked for.";
    StageEndpointsLeftOut "stage-endpoints-left-out" Values "validation" "promised-member" ["ivs-realtime.GetStage"]
        "A stage is read without its endpoints.";
    StageTokensExpired "stage-tokens-expired" Values "validation" "time-follows" ["ivs-realtime.CreateStage"]
        "The tokens of a new stage expire at once.";
    StartTimeOfTheRead "start-time-of-the-read" Values "pagination" "time-stays" ["ivs-realtime.ListCompositions"]
        "Each listing shows another start of a composition.";
    StreamKeyLeftOut "stream-key-left-out" Values "validation" "promised-member" ["ivs.CreateChannel"]
        "A new channel is shown without its stream key.";
    StreamKeyWithoutRegion "stream-key-without-region" Values "validation" "value-form"
        ["ivs.BatchGetStreamKey", "ivs.GetStreamKey"]
        "The value of a stream key does not name the region.";
    TokenLeftOut "token-left-out" Values "validation" "promised-member" ["ivs-realtime.CreateParticipantToken"]
        "A participant token is created, but not shown.";
    UpdateTimeOfCreation "update-time-of-creation" Values "idempotency" "update-time-moves"
        ["ivschat.GetLoggingConfiguration", "ivschat.ListLoggingConfigurations", "ivschat.UpdateLoggingConfiguration"]
        "An update of a logging configuration does not move its time of the last update.";
    UpdatedBeforeCreated "updated-before-created" Values "validation" "times-in-order" ["ivschat.GetRoom"]
        "A room is shown as updated before it was created.";
    VideoSizeAsDecimals "video-size-as-decimals" Values "validation" "number-notation"
        ["ivs-realtime.GetEncoderConfiguration"]
        "The width of a video is written as 1280.0.";
    WhipWithoutTls "whip-without-tls" Values "validation" "value-form" ["ivs-realtime.UpdateStage"]
        "The WHIP endpoint of a stage is an http URL.";

    AccountOfArnIgnored "account-of-arn-ignored" Values "errors" "identity-in-full" ["ivs-realtime.DeleteStage"]
        "An ARN of another account deletes the stage with its ID.";
    RegionOfArnIgnored "region-of-arn-ignored" Values "errors" "identity-in-full" ["ivs.GetChannel"]
        "An ARN of another region shows the channel with its ID.";
    RegionOfRoomIgnored "region-of-room-ignored" Values "errors" "identity-in-full" ["ivschat.UpdateRoom"]
        "An ARN of another region updates the room with its ID.";
    RegionOfTaggedIgnored "region-of-tagged-ignored" Values "errors" "identity-in-full"
        ["ivs-realtime.ListTagsForResource"]
        "An ARN of another region shows the tags of the resource with its ID.";
    ServiceOfArnIgnored "service-of-arn-ignored" Values "errors" "identity-in-full" ["ivschat.GetRoom"]
        "An ARN of another service shows the room with its ID.";
    TypeOfArnIgnored "type-of-arn-ignored" Values "errors" "identity-in-full" ["ivs.UpdateChannel"]
        "An ARN of another type updates the channel with its ID.";
}
