"""Holds a JSON report on winterbaume-ivs 1.0.0 against what is known of it (each line true, seen by hand over HTTP)."""

import json
import sys
from fnmatch import fnmatch

# identity (check:service.operation:site, as a glob), what it says
EXPECTED = [
    ("verifies-signature:ivs.GetChannel:wrong-secret", "signatures are not verified"),
    ("page-size:ivs.ListChannels:walk-size-*", "channels have no pages"),
    ("page-size:ivs.ListChannels:default-page-size", "more than 100 channels on a page"),
    ("declared-error:ivs.CreateStreamKey:quota", "a channel may have any number of stream keys"),
    ("cascade:ivs.DeleteChannel:stream-key", "stream keys outlive their channel"),
    ("filter-is-exact:ivs.ListChannels:/filterByName", "filters are ignored"),
    ("exclusive-filters:ivs.ListChannels:*", "two filters are accepted"),
    ("error-declared:ivs.CreateChannel:ConflictException", "a second channel of one name is 409"),
]

# A finding here would blame an operation that is not there, or a default that the run itself set.
FORBIDDEN = [
    "*:ivs.*AdConfiguration*:*",
    "*:ivs.*FailoverSlateConfiguration*:*",
    "*:ivs.InsertAdBreak:*",
    "takes-signature:*",
    "default-reads-back:ivs.CreateChannel:/name",
]


def main(path):
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    identities = [finding["identity"] for finding in report["findings"]]
    wrong = [f"not found: {glob} ({what})" for glob, what in EXPECTED if not any(fnmatch(it, glob) for it in identities)]
    wrong += [f"blamed: {it}" for it in identities if any(fnmatch(it, glob) for glob in FORBIDDEN)]
    operations = report["summary"]["operations"]
    if (operations["exercised"], operations["not_implemented"]) != (35, 11):
        wrong.append(f"35 operations tested and 11 not implemented were expected: {operations}")
    print("\n".join(wrong) or f"winterbaume-ivs: {len(identities)} findings, {operations['exercised']} operations tested")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
