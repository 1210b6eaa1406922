"""Holds JSON reports of runs on one endpoint against each other: they are equal but for time and retries."""

import json
import sys
from itertools import zip_longest

# What may differ, as a path into the report.
# Lists have more pages where other runs are listed too.
FREE = [["run"], ["duration_s"], ["summary", "retries"], ["summary", "exchanges"]]


def comparable(path, only_findings):
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    if only_findings:
        report = [(finding["severity"], finding["identity"], finding["expected"], finding["actual"]) for finding in report["findings"]]
    else:
        for *parents, last in FREE:
            place = report
            for parent in parents:
                place = place[parent]
            place.pop(last, None)
    return json.dumps(report, indent=1).splitlines()


def main():
    only_findings = sys.argv[1] == "--findings"
    paths = sys.argv[2 if only_findings else 1 :]
    first = comparable(paths[0], only_findings)
    failed = 0
    for path in paths[1:]:
        lines = comparable(path, only_findings)
        differ = [pair for pair in zip_longest(first, lines) if pair[0] != pair[1]]
        failed += bool(differ)
        for one, other in differ[:5]:
            print(f"FAILED  {paths[0]}: {one}\n        {path}: {other}")
    print(f"{len(paths) - 1 - failed} of {len(paths) - 1} reports equal the first")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
