#!/usr/bin/env python3
"""Whole checks side by side: embedded, and endpoints that are slow to settle or far away.

Each round runs every scenario once, so that other load on the machine meets all of them alike. Prints a Markdown table
of medians, and fails if a scenario judges a case otherwise than the run without settling and latency. From the root of
the repository, after `cargo build --release`:

    python3 suites/benches/side_by_side.py target/release/ivs-contract --rounds 3
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager

LIMIT = 600
POLL = 0.005

# Name, arguments of `serve` (none for the embedded emulator), arguments of `check`.
SCENARIOS = [
    ("embedded", None, []),
    ("`serve --settling 0`", ["--settling", "0"], []),
    ("`serve --settling 200`", ["--settling", "200"], []),
    ("`serve --latency 20 --settling 0`, `--concurrency 64`", ["--latency", "20", "--settling", "0"], ["--concurrency", "64"]),
    ("`serve --latency 20 --settling 2000`, `--concurrency 64`", ["--latency", "20", "--settling", "2000"],
     ["--concurrency", "64"]),
]


@contextmanager
def serving(command, arguments):
    """Serve an emulator on a free port and give its URL."""
    process = subprocess.Popen(
        [command, "serve", "--port", "0", *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        match = re.search(r"AWS_ENDPOINT_URL=(\S+)", process.stdout.readline())
        if not match:
            sys.exit("serve printed no address")
        yield match[1]
    finally:
        process.terminate()
        process.wait()


def has_verdict(folder):
    """Tell whether the event file that is being written holds a verdict."""
    for name in os.listdir(folder):
        if "ndjson" in name:
            with open(os.path.join(folder, name), encoding="utf-8") as events:
                if '"verdict"' in events.read():
                    return True
    return False


def check(command, url, arguments):
    """Run one check; its seconds, its CPU seconds, the seconds to the first verdict, and its report."""
    with tempfile.TemporaryDirectory() as folder:
        report = os.path.join(folder, "report.json")
        target = ["--endpoint-url", url] if url else ["--target", "embedded"]
        formats = ["--report", f"json={report}", "--report", f"ndjson={os.path.join(folder, 'events.ndjson')}"]
        begin, cpu = time.monotonic(), os.times()
        process = subprocess.Popen(
            [command, "check", *target, *arguments, *formats, "--no-regressions"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        first = None
        while first is None and process.poll() is None:
            if has_verdict(folder):
                first = time.monotonic() - begin
            time.sleep(POLL)
        code = process.wait(LIMIT)
        seconds, after = time.monotonic() - begin, os.times()
        if code != 0:
            sys.exit(f"{url or 'embedded'}: exit {code}")
        spent = after.children_user + after.children_system - cpu.children_user - cpu.children_system
        with open(report, encoding="utf-8") as file:
            return seconds, spent, first or seconds, json.load(file)


def verdicts(report):
    """Return what must be the same in every scenario."""
    cases = report["summary"]["cases"]
    return {name: cases[name] for name in ("passed", "failed", "indeterminate", "skipped")}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("command")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    runs = {name: [] for name, _, _ in SCENARIOS}
    for _ in range(options.rounds):
        for name, serve, arguments in SCENARIOS:
            if serve is None:
                run = check(options.command, None, arguments)
            else:
                with serving(options.command, serve) as url:
                    run = check(options.command, url, arguments)
            runs[name].append(run)
            print(f"{name}: {run[0]:.1f} s, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
    print("| endpoint | seconds | CPU seconds of the client | first verdict after | exchanges | exchanges/s |")
    print("|---|---|---|---|---|---|")
    differ = []
    usual = verdicts(runs[SCENARIOS[1][0]][0][3])
    for name, all_of in runs.items():
        seconds, spent, first = (statistics.median(run[index] for run in all_of) for index in range(3))
        exchanges = statistics.median(run[3]["summary"]["exchanges"] for run in all_of)
        print(f"| {name} | {seconds:.1f} | {spent:.1f} | {first:.2f} s | {exchanges:,.0f} | {exchanges / seconds:,.0f} |")
        differ += [f"{name}: {verdicts(run[3])}, not {usual}" for run in all_of if verdicts(run[3]) != usual]
    for line in differ:
        print(line, file=sys.stderr)
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
