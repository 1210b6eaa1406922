"""Holds a JSON report on moto 5.2.5 against what is known of moto (each line true, seen by hand over HTTP)."""

import json
import sys
from fnmatch import fnmatch

# severity, identity (check:service.operation:site, as a glob), what it says
EXPECTED = [
    ("error", "rejects-invalid:ivs.CreateChannel:/name#pattern", "names with a space are accepted"),
    ("error", "rejects-invalid:ivs.CreateChannel:/name#max-length", "names of 129 characters are accepted"),
    ("error", "rejects-invalid:ivs.CreateChannel:/type#enum", "unknown enum values are accepted"),
    ("error", "rejects-invalid:ivs.CreateChannel:/authorized#type", "a string is accepted for a boolean"),
    ("error", "rejects-malformed:ivs.CreateChannel:*", "malformed JSON is not rejected"),
    ("error", "rejects-invalid:ivs.GetChannel:/arn#pattern", "a malformed ARN is not answered 400"),
    ("error", "success-status:ivs.DeleteChannel:", "DeleteChannel is answered 200"),
    ("error", "content-type:ivs.GetChannel:success", "success bodies are served as text/html"),
    ("error", "verifies-signature:ivs.GetChannel:wrong-secret", "signatures are not verified"),
    ("error", "rejects-invalid:ivs.ListChannels:/maxResults#min-value", "maxResults 0 is accepted"),
    ("error", "rejects-invalid:ivs.ListChannels:/maxResults#max-value", "maxResults 101 is accepted"),
    ("error", "error-declared:ivs.ListChannels:InvalidToken", "the undeclared code InvalidToken"),
    ("warning", "error-text:ivs.GetChannel:elsewhere", "error texts stand only in message"),
    ("error", "rejects-invalid:ivs.BatchGetChannel:/arns#min-length", "a batch of 0 is accepted"),
    ("error", "rejects-invalid:ivs.BatchGetChannel:/arns#max-length", "a batch of 51 is accepted"),
    ("error", "batch-account:ivs.BatchGetChannel:absent-lost", "a batch loses ARNs that name nothing"),
    ("error", "batch-limit:ivs.BatchGetChannel:empty", "a batch of 0 is accepted, by the suite batch too"),
    ("error", "batch-limit:ivs.BatchGetChannel:over-max", "a batch of 51 is accepted, by the suite batch too"),
    ("warning", "echoes-input:ivs.UpdateChannel:/channel/containerFormat", "UpdateChannel ignores members"),
    ("error", "declared-error:ivs.CreateChannel:breaks-multitrack-needs-*", "multitrack input with a wrong container"),
    ("error", "unmodeled-member:ivs.ListChannels:/channels/*/ingestEndpoint", "ListChannels shows more than a summary"),
    ("error", "exclusive-filters:ivs.ListChannels:*", "two filters are accepted"),
    ("error", "filter-is-exact:ivs.ListChannels:/filterByPlaybackRestrictionPolicyArn", "a filter is ignored"),
    ("error", "empty-token:ivs.ListChannels:empty-token", "the empty token is rejected"),
    ("error", "tags-apart:ivs.CreateChannel:by-product-untagged", "channel tags are copied to the stream key"),
    ("warning", "null-member:ivs.ListChannels:/nextToken", "the last page has nextToken null"),
    ("warning", "bad-token:ivs.ListChannels:*", "the code of a bad token"),
    ("warning", "snapshot-body:ivs.CreateChannel:full:/channel/containerFormat", "the container format is dropped"),
]

# What moto does right, or nobody knows: a finding here would blame an endpoint that is right.
FORBIDDEN = [
    ("error", "server-error:ivs.CreateChannel*", "a well-formed CreateChannel is answered"),
    ("error", "snapshot-*", "what moto shows is what is documented, so far as its snapshots are a reading of ours"),
    ("*", "snapshot-body:*:valid:*", "the canonical calls show what they should"),
    ("*", "walk-is-whole:*", "moto's pages are whole"),
]


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        report = json.load(file)
    found = [(finding["severity"], finding["identity"]) for finding in report["findings"]]
    operations = report["summary"]["operations"]
    passed = failed = 0

    def check(holds, text):
        nonlocal passed, failed
        passed, failed = passed + holds, failed + (not holds)
        if not holds:
            print(f"FAILED  {text}")

    check(operations["not_implemented"] == 40, f"40 operations are not implemented, the report says {operations}")
    check(operations["exercised"] == 6, f"6 operations are exercised, the report says {operations}")
    for severity, pattern, text in EXPECTED:
        # `*` stands for itself in identities as much as for anything.
        holds = any(s == severity and (i == pattern or fnmatch(i, pattern)) for s, i in found)
        check(holds, f"{text}: no {severity} {pattern}")
    for severity, pattern, text in FORBIDDEN:
        blamed = [i for s, i in found if fnmatch(s, severity) and fnmatch(i, pattern)]
        check(not blamed, f"{text}, but there is {blamed}")
    causes = report["causes"]
    signatures = [cause["id"] for cause in causes if "verifies-signature/rejected/success" == cause["id"]]
    check(len(signatures) == 1, f"signatures that are not verified are one cause, there are {signatures}")
    check(len(causes) <= 45, f"the findings have few causes, there are {len(causes)}")
    members = sorted(member for cause in causes for member in cause["members"])
    check(members == sorted(i for _, i in found), "each finding is in exactly one cause")
    print(f"moto: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
