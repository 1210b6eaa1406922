"""Compares a run through faults with the run without: exit 1 if it blames the endpoint for anything new.

usage: compare.py QUIET.json NOISY.json
"""

import json
import sys


def identity(finding):
    return json.dumps(finding["identity"], sort_keys=True)


def report(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


quiet, noisy = map(report, sys.argv[1:3])
known = {identity(finding) for finding in quiet["findings"]}
# A body that the proxy cut short is named as what it is.
new = [it for it in noisy["findings"] if identity(it) not in known and it["check"] != "body-json"]
for finding in new:
    print(f"new: {identity(finding)} expected {finding['expected']}, got {finding['actual']} [{finding['case']}]")
cases, before = noisy["summary"]["cases"], quiet["summary"]["cases"]
print(f"{sys.argv[2]}: {cases['passed']} of {before['passed']} cases pass, {noisy['summary']['retries']} retries, {len(new)} new findings")
if not before["passed"] or cases["passed"] * 10 < before["passed"] * 7:
    print("too few cases were judged")
    sys.exit(1)
sys.exit(1 if new else 0)
