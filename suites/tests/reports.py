"""Holds the reports of one run against each other: they give the same totals, and each keeps its bounds.

usage: reports.py FOLDER TEXT-REPORT PROGRESS
"""

import json
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

MOST_LINES = 120
WIDTH = 80
MOST_MARKDOWN = 900_000
MOST_TESTS = 1_031  # one for each of 103 operations and 10 suites, and one for the run


def main():
    folder, text, progress = (pathlib.Path(path) for path in sys.argv[1:])
    report = json.loads((folder / "report.json").read_text())
    errors, warnings = (report["summary"]["findings"][severity] for severity in ("error", "warning"))
    causes = report["summary"]["causes"]
    failed = 0

    def check(holds, what):
        nonlocal failed
        failed += not holds
        if not holds:
            print(f"FAILED  {what}")

    total = errors + warnings
    check(len(report["findings"]) == total and len(report["causes"]) == causes, "the JSON report counts itself")

    printed = text.read_text()
    lines = printed.splitlines()
    check(len(lines) <= MOST_LINES, f"the text has {len(lines)} lines")
    wide = [line for line in lines if len(line) > WIDTH]
    check(not wide, f"lines of the text are wider than {WIDTH}: {wide[:3]}")
    verdict = f"{causes} causes ({errors} errors, {warnings} warnings)"
    check(printed.count(verdict) == 2 and verdict in lines[0], f"the text opens and ends with {verdict}: {lines[0]}")
    check(f"{total} findings, {causes} causes" in progress.read_text(), "the progress ends with the totals")

    markdown = (folder / "report.md").read_bytes()
    check(len(markdown) <= MOST_MARKDOWN and verdict in markdown.decode(), f"Markdown of {len(markdown)} bytes")

    xml = ElementTree.parse(folder / "junit.xml").getroot()
    told = {it.get("name"): it.get("value") for it in xml.iter("property")}
    numbers = [told.get(name) for name in ("findings.error", "findings.warning", "causes")]
    check(numbers == [str(errors), str(warnings), str(causes)], f"JUnit says {numbers}")
    tests = [(it.get("classname"), it.get("name")) for it in xml.iter("testcase")]
    check(len(set(tests)) == len(tests) <= MOST_TESTS, f"JUnit has {len(tests)} tests")

    results = json.loads((folder / "report.sarif").read_text())["runs"][0]["results"]
    check(len(results) == total, f"SARIF has {len(results)} results")

    events = [json.loads(line) for line in (folder / "events.ndjson").read_text().splitlines()]
    found = {it["finding"]["identity"] for it in events if it["event"] == "finding-found"}
    check(len(found) == total and events[-1]["summary"] == report["summary"], f"the events have {len(found)} findings")

    page = (folder / "report.html").read_text()
    check(re.search(rf"\b{errors} errors?\b", page) and re.search(rf"\b{warnings} warnings?\b", page), "HTML has the totals")
    print(f"reports of {total} findings and {causes} causes: {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
