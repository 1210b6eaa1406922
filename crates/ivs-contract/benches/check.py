#!/usr/bin/env python3
"""Time a full check of endpoints that are near, far away and slow to settle, side by side in one run.

From the root of the repository, after `cargo build --release -p ivs-contract`:

    python3 crates/ivs-contract/benches/check.py [--rounds 3] [COMMAND]

Each round runs every setting once, so that other load of the machine falls on all alike. The medians count. The verdicts of all
settings must agree. It listens on loopback only and stops everything it started.
"""

import argparse
import json
import os
import re
import select
import statistics
import subprocess
import sys
import tempfile
import time

SETTINGS = [
    # The name, the arguments of `serve`, those of `check`, and the budget in seconds.
    ("embedded", None, [], 4),
    ("settling 0", ["--settling", "0"], [], None),
    ("settling 200", ["--settling", "200"], [], None),
    ("latency 20, 64 at once", ["--latency", "20", "--settling", "0"], ["--concurrency", "64"], 20),
    ("latency 20, settling 2000, 64 at once", ["--latency", "20", "--settling", "2000"], ["--concurrency", "64"], 60),
]
START_LIMIT = 10
CHECK_LIMIT = 900


def start(command, arguments, work):
    """Start an emulator and return it with its URL."""
    serve = [command, "serve", "--port", "0", *arguments]
    server = subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=work)
    readable, _, _ = select.select([server.stdout], [], [], START_LIMIT)
    line = server.stdout.readline() if readable else ""
    url = re.search(r"http://[0-9.]+:[0-9]+", line)
    if not url:
        server.kill()
        sys.exit(f"`serve` printed no address: {line!r}")
    return server, url.group()


def first_verdict(command, environment, work):
    """Return the seconds until a check of one operation has its report: what it takes before the first verdict."""
    begin = time.monotonic()
    subprocess.run(
        [command, "check", "--operation", "GetChannel", "--suite", "snapshot", "--no-regressions"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, cwd=work, timeout=CHECK_LIMIT, check=False,
    )
    return time.monotonic() - begin


def check(command, serve, arguments, work):
    """Run one check and return its report and its seconds."""
    environment = {"PATH": os.environ["PATH"], "HOME": work}
    server, target = None, []
    if serve is not None:
        server, url = start(command, serve, work)
        target = ["--endpoint-url", url]
    try:
        begin = time.monotonic()
        run = subprocess.run(
            [command, "check", *target, *arguments, "--no-regressions", "--output", "json"],
            capture_output=True, env=environment, cwd=work, timeout=CHECK_LIMIT, check=False,
        )
        seconds = time.monotonic() - begin
    finally:
        if server:
            server.terminate()
            server.wait()
    if run.returncode != 0:
        sys.exit(f"check {target} {arguments} exits {run.returncode}: {run.stderr.decode()[-500:]}")
    return json.loads(run.stdout), seconds


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", nargs="?", default="target/release/ivs-contract")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    command = os.path.abspath(options.command)
    seconds = {name: [] for name, *_ in SETTINGS}
    reports, first = {}, []
    with tempfile.TemporaryDirectory() as work:
        for _ in range(options.rounds):
            first.append(first_verdict(command, {"PATH": os.environ["PATH"], "HOME": work}, work))
            for name, serve, arguments, _ in SETTINGS:
                reports[name], spent = check(command, serve, arguments, work)
                seconds[name].append(spent)
    medians = {name: statistics.median(spent) for name, spent in seconds.items()}
    budgets = {name: budget for name, *_, budget in SETTINGS}
    budgets["settling 200"] = 2 * medians["settling 0"]
    print(f"medians of {options.rounds} rounds; one operation: {statistics.median(first):.2f} s from start to report")
    print("| setting | seconds | budget | exchanges | exchanges/s | passed | failed | indeterminate |")
    print("|---|---|---|---|---|---|---|---|")
    for name, median in medians.items():
        summary = reports[name]["summary"]
        cases, exchanges = summary["cases"], summary["exchanges"]
        budget = f"{budgets[name]:.1f}" if budgets[name] else ""
        verdicts = f"{cases['passed']} | {cases['failed']} | {cases['indeterminate']}"
        print(f"| {name} | {median:.1f} | {budget} | {exchanges} | {exchanges / median:.0f} | {verdicts} |")
    counts = {name: report["summary"]["cases"] for name, report in reports.items()}
    if any(cases != counts["embedded"] for cases in counts.values()):
        print("the verdicts differ from those of the embedded emulator")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
