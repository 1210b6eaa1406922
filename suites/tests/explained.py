"""Holds that every check, fact and error which reports name can be explained by the command.

usage: explained.py COMMAND REPORT.json...
"""

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

FACTS = re.compile(r"facts: ([^;)]*)")
ERROR = re.compile(r"\b[1-5]\d\d ([A-Z]\w+)")


def names(report):
    """Returns the names of a report, each with the text that has it."""
    named = {}
    for finding in report["findings"]:
        named[finding["check"]] = finding["identity"]
        for part in FACTS.findall(finding["rule"]):
            named |= {fact.strip(): finding["rule"] for fact in part.split(",") if fact.strip()}
        answers = [finding, *finding.get("answers", [])]
        for text in (answer[key] for answer in answers for key in ("expected", "actual")):
            named |= {error: text for error in ERROR.findall(text)}
    for cause in report["causes"]:
        named |= {check: cause["id"] for check in cause["checks"]}
    for row in report["errors"]:
        named[row["error"]] = f"{row['operation']} declares {row['error']}"
        for part in FACTS.findall(row.get("reason") or ""):
            named |= {fact.strip(): row["reason"] for fact in part.split(",") if fact.strip()}
    return named


def main(command, *reports):
    named = {}
    for report in reports:
        with open(report, encoding="utf-8") as file:
            named |= names(json.load(file))

    def is_explained(name):
        explained = subprocess.run([command, "explain", name], capture_output=True, text=True, check=False)
        return explained.returncode == 0 and name in explained.stdout

    with ThreadPoolExecutor(2) as pool:
        failed = [name for name, explained in zip(named, pool.map(is_explained, named)) if not explained]
    for name in failed:
        print(f"cannot be explained: {name}, in: {named[name]}")
    print(f"explained: {len(named)} names of {len(reports)} reports, {len(failed)} failed")
    return 1 if failed or not named else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
