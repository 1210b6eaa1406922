#!/usr/bin/env python3
"""Signed GetChannel requests per second on one core, idle memory and start-up time, compared with moto in the same run.

The emulator verifies every signature; moto verifies none. A bare HTTP server of the same stack, which returns 200 {} to
every request, shows the limit of the machine and the HTTP library. Each server is pinned to one core, wrk to the others.
The best of several rounds counts, since other load only lowers the result. From the root of the repository:

    python3 crates/emulator/benches/beside_moto.py

It builds the servers and creates a virtual environment with moto in the target folder, unless `--moto PYTHON` names an
interpreter that has moto. It measures for less than two minutes and stops everything it started. It needs wrk (Debian).
"""

import argparse
import datetime
import hashlib
import hmac
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE = str(CORES[0])
LOAD_CORES = ",".join(map(str, CORES[1:] or CORES))
TARGET = os.environ.get("CARGO_TARGET_DIR", "target")
MEASURING_LIMIT = 115
STARTS = 5
BUDGET = {"rate": 70_000, "idle": 20, "start": 50}


def signed(host, path, body):
    """Return the headers of a SigV4 request for the service ivs. They are valid for five minutes."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{now[:8]}/us-east-1/ivs/aws4_request"
    headers = {"content-type": "application/json", "host": host, "x-amz-date": now}
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = f"POST\n{path}\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    to_sign = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = b"AWS4test"
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    credential = f"AWS4-HMAC-SHA256 Credential=test/{scope}, SignedHeaders={names}, Signature={signature}"
    return {**headers, "authorization": credential}


def call(host, operation, payload):
    body = json.dumps(payload).encode()
    request = urllib.request.Request(f"http://{host}/{operation}", body, signed(host, f"/{operation}", body))
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def first_line(server, deadline):
    """Return the host in the URL that a server prints."""
    ready, _, _ = select.select([server.stdout], [], [], max(0, deadline - time.monotonic()))
    line = server.stdout.readline().strip() if ready else ""
    if not line.startswith("http://"):
        sys.exit(f"{server.args[-1]} does not print its address")
    return line.removeprefix("http://")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def running(command, host=None):
    """Start a server on its core; return it, its host, and the seconds until its first response."""
    began = time.monotonic()
    deadline = began + 60
    server = subprocess.Popen(["taskset", "-c", SERVER_CORE, *command], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True)
    try:
        host = host or first_line(server, deadline)
        while True:
            try:
                call(host, "ListChannels", {})
                break
            except (urllib.error.URLError, ConnectionError):
                if server.poll() is not None or time.monotonic() > deadline:
                    sys.exit(f"{command[0]} does not answer")
                time.sleep(0.0005)
        yield server, host, time.monotonic() - began
    finally:
        server.kill()
        server.wait()
        server.stdout.close()


def resident_megabytes(server):
    with open(f"/proc/{server.pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)) / 1024


def cpu_seconds(server):
    """Return the processor time of a server so far. On a busy machine it is more reliable than the clock."""
    with open(f"/proc/{server.pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wrk(server, host, body, seconds):
    """Return the requests per second, and the server's processor time per request in microseconds."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(f'wrk.method = "POST"\nwrk.body = {json.dumps(body)}\n')
        # wrk adds its own Host header unless there is one with exactly that name.
        for name, value in signed(host, "/GetChannel", body.encode()).items():
            script.write(f"wrk.headers[{json.dumps(name.title())}] = {json.dumps(value)}\n")
        script.flush()
        before = cpu_seconds(server)
        output = subprocess.run(
            ["taskset", "-c", LOAD_CORES, "wrk", "-t1", "-c32", f"-d{seconds}s", "-s", script.name,
             f"http://{host}/GetChannel"], check=True, capture_output=True, text=True, timeout=seconds + 20).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        sys.exit(f"not every call succeeded:\n{output}")
    done = int(re.search(r"(\d+) requests in", output).group(1))
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))
    return rate, (cpu_seconds(server) - before) / done * 1e6


def measured(command, host, rounds, seconds, starts):
    """Return the best of several starts and rounds: rate, processor time, idle memory, start-up time."""
    times = []
    for _ in range(starts - 1):
        with running(command, host) as (_, _, start):
            times.append(start)
    with running(command, host) as (server, host, start):
        idle = resident_megabytes(server)
        made = call(host, "CreateChannel", {"name": "bench"})
        body = json.dumps({"arn": made["channel"]["arn"] if made else "arn:aws:ivs:us-east-1:123456789012:channel/bench"})
        found = [wrk(server, host, body, seconds) for _ in range(rounds)]
    return {
        "rate": max(rate for rate, _ in found),
        "cpu": min(cpu for _, cpu in found),
        "idle": idle,
        "start": min([*times, start]) * 1000,
    }


def moto_python(given):
    """Return an interpreter that has moto: the given one, or that of a new virtual environment."""
    has_moto = [given or sys.executable, "-c", "import moto.server"]
    if subprocess.run(has_moto, capture_output=True, timeout=60).returncode == 0:
        return has_moto[0]
    if given:
        sys.exit(f"{given} has no moto.server: pip install 'moto[server]'")
    environment = os.path.abspath(os.path.join(TARGET, "moto-venv"))
    python = os.path.join(environment, "bin", "python")
    if not os.path.exists(python):
        subprocess.run([sys.executable, "-m", "venv", environment], check=True, timeout=120)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "moto[server]"], check=True, timeout=600)
    return python


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--moto", metavar="PYTHON", help="an interpreter that has moto[server]")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--seconds", type=int, default=5, help="duration of each round")
    arguments.add_argument("--no-build", action="store_true", help="skip the build")
    asked = arguments.parse_args()
    if asked.rounds * asked.seconds * 3 > MEASURING_LIMIT - 45:
        sys.exit("so many rounds of that length take too long")
    if not shutil.which("wrk") or not shutil.which("taskset"):
        sys.exit("wrk and taskset are needed: apt-get install wrk util-linux")
    if not asked.no_build:
        subprocess.run(["cargo", "build", "--release", "-p", "ivs-emulator", "--examples"], check=True)
    python = moto_python(asked.moto)

    def too_long(*_):
        sys.exit("the measuring takes too long")

    # The servers end with the script, however it ends.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(MEASURING_LIMIT)
    example = lambda name: [os.path.join(TARGET, "release", "examples", name)]
    port = free_port()
    results = {
        "bare server": measured(example("bare"), None, asked.rounds, asked.seconds, 1),
        "emulator": measured(example("serve"), None, asked.rounds, asked.seconds, STARTS),
        "moto": measured([python, "-m", "moto.server", "-p", str(port)], f"127.0.0.1:{port}", asked.rounds,
                         asked.seconds, 1),
    }
    signal.alarm(0)
    row = "{:12} {:>14} {:>12} {:>12} {:>12}".format
    print(row("", "GetChannel/s", "CPU us each", "idle MB", "ready ms"))
    for name, found in results.items():
        print(row(name, f"{found['rate']:,.0f}", f"{found['cpu']:.1f}", f"{found['idle']:.1f}", f"{found['start']:.0f}"))
    print(row("budget", f"{BUDGET['rate']:,}", "", BUDGET["idle"], BUDGET["start"]))
    ours = results["emulator"]["rate"]
    print(f"emulator: {ours / results['moto']['rate']:.0f} times moto, "
          f"{ours / results['bare server']['rate']:.2f} of the bare server")


if __name__ == "__main__":
    main()
