#!/usr/bin/env python3
"""Done-when 4: requests a second of GetChannel on one core, idle memory and start-up time, beside moto in the same run.

The emulator verifies every signature; moto verifies none. Each server is pinned to one core, wrk to the others.
Needs wrk (Debian), taskset, and `pip install 'moto[server]'`. From the root of the repository:

    cargo build --release -p ivs-emulator --example serve
    python3 crates/emulator/benches/beside_moto.py
"""

import datetime
import hashlib
import hmac
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request

SERVER_CORE = "0"
LOAD_CORES = f"1-{max(1, (os.cpu_count() or 2) - 1)}"
SECONDS = int(os.environ.get("SECONDS_EACH", "10"))
TARGET = os.environ.get("CARGO_TARGET_DIR", "target")


def signed(host, path, body):
    """Headers of a SigV4 request for the service ivs; they hold for five minutes."""
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
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.load(answer)


def started(command, host_of):
    """Starts a server on its core; gives it, its host, and the seconds until it answered its first call."""
    began = time.monotonic()
    server = subprocess.Popen(["taskset", "-c", SERVER_CORE, *command], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True)
    host = host_of(server)
    while True:
        try:
            call(host, "ListChannels", {})
            return server, host, time.monotonic() - began
        except OSError:
            if time.monotonic() - began > 60:
                sys.exit(f"{command[0]} does not answer")
            time.sleep(0.001)


def resident_megabytes(server):
    with open(f"/proc/{server.pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)) / 1024


def cpu_seconds(server):
    """Processor time of a server so far; on a busy machine it tells more than the clock."""
    with open(f"/proc/{server.pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def requests_a_second(server, host, arn):
    body = json.dumps({"arn": arn})
    headers = signed(host, "/GetChannel", body.encode())
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(f'wrk.method = "POST"\nwrk.body = {json.dumps(body)}\n')
        # wrk adds a Host of its own unless there is one by just that name.
        for name, value in headers.items():
            script.write(f"wrk.headers[{json.dumps(name.title())}] = {json.dumps(value)}\n")
        script.flush()
        before = cpu_seconds(server)
        output = subprocess.run(
            ["taskset", "-c", LOAD_CORES, "wrk", "-t1", "-c32", f"-d{SECONDS}s", "-s", script.name,
             f"http://{host}/GetChannel"], check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        sys.exit(f"not every call succeeded:\n{output}")
    cost = (cpu_seconds(server) - before) / int(re.search(r"(\d+) requests in", output).group(1))
    return float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1)), cost


def measured(name, command, host_of):
    server, host, start = started(command, host_of)
    try:
        idle = resident_megabytes(server)
        arn = call(host, "CreateChannel", {"name": "bench"})["channel"]["arn"]
        rate, cost = requests_a_second(server, host, arn)
        print(f"{name:10} {rate:10,.0f} GetChannel/s   {cost * 1e6:8.1f} us of CPU each   {idle:6.1f} MB idle   "
              f"ready after {start * 1000:7.1f} ms", flush=True)
        return rate
    finally:
        server.kill()
        server.wait()


def main():
    emulator = os.path.join(TARGET, "release", "examples", "serve")
    ours = measured("emulator", [emulator], lambda server: server.stdout.readline().strip().removeprefix("http://"))
    port = "5679"
    moto = measured("moto", [sys.executable, "-m", "moto.server", "-p", port], lambda _: f"127.0.0.1:{port}")
    print(f"{ours / moto:.1f} times moto")


if __name__ == "__main__":
    main()
