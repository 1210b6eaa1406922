"""Idle connections, slow senders, an endless body and endless heads at once, while an ordinary client calls the emulator.

usage: overload.py COMMAND; prints the numbers, or raises at the first one beyond its limit. Only the standard library.
"""

import asyncio
import contextlib
import datetime
import hashlib
import hmac
import json
import re
import resource
import subprocess
import sys
import time

IDLE, SLOW, FLOODS = 5000, 1000, 100
BODY_BYTES = 1 << 30
SECONDS = 10
PEAK_MB, IDLE_MB, CALL_SECONDS = 200, 20, 5


def memory(pid, name):
    """Returns `VmRSS` or `VmHWM` of a process, in MB."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(rf"{name}:\s+(\d+) kB", status.read())[1]) / 1024


def signed(host, operation, body):
    """Returns the bytes of a signed request."""
    at = datetime.datetime.now(datetime.timezone.utc)
    stamp, day = at.strftime("%Y%m%dT%H%M%SZ"), at.strftime("%Y%m%d")
    digest = hashlib.sha256(body).hexdigest()
    canonical = f"POST\n/{operation}\n\nhost:{host}\nx-amz-date:{stamp}\n\nhost;x-amz-date\n{digest}"
    scope = f"{day}/us-east-1/ivs/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = b"AWS4test"
    for part in (day, "us-east-1", "ivs", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    head = (
        f"POST /{operation} HTTP/1.1\r\nhost: {host}\r\nx-amz-date: {stamp}\r\ncontent-type: application/json\r\n"
        f"authorization: AWS4-HMAC-SHA256 Credential=test/{scope}, SignedHeaders=host;x-amz-date, Signature={signature}\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body


class Load:
    """The clients that misbehave, and what became of them."""

    def __init__(self, address):
        self.address = address
        self.sent = 0
        self.ended = 0

    async def idle(self):
        _, writer = await asyncio.open_connection(*self.address)
        await asyncio.sleep(3600)
        writer.close()

    async def slow(self):
        """Sends most of a large body, and then one byte a second."""
        _, writer = await asyncio.open_connection(*self.address)
        writer.write(b"POST /CreateChannel HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n" + b" " * 100_000)
        while True:
            await writer.drain()
            await asyncio.sleep(1)
            writer.write(b" ")

    async def large(self):
        """Sends a body of a gigabyte, on another connection whenever the emulator ends one."""
        chunk = b"100000\r\n" + b" " * (1 << 20) + b"\r\n"
        while self.sent < BODY_BYTES:
            _, writer = await asyncio.open_connection(*self.address)
            writer.write(b"POST /CreateChannel HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
            with contextlib.suppress(OSError):
                while self.sent < BODY_BYTES:
                    writer.write(chunk)
                    await writer.drain()
                    self.sent += 1 << 20
            writer.close()

    async def flood(self):
        """Sends a head that does not end."""
        _, writer = await asyncio.open_connection(*self.address)
        writer.write(b"POST /CreateChannel HTTP/1.1\r\n")
        while True:
            writer.write(b"x-flood: " + b"x" * 1000 + b"\r\n")
            await writer.drain()
            await asyncio.sleep(0.01)

    async def run(self, client):
        """Runs a client; that the emulator ends its connection is right."""
        try:
            await client()
        except OSError:
            self.ended += 1


async def healthy(address, host, durations):
    """Calls the emulator again and again, each time on a new connection."""
    names = 0
    while True:
        began = time.monotonic()
        reader, writer = await asyncio.open_connection(*address)
        names += 1
        writer.write(signed(host, "CreateChannel", json.dumps({"name": f"healthy-{names}"}).encode()))
        answer = await asyncio.wait_for(reader.read(), CALL_SECONDS)
        assert answer.startswith(b"HTTP/1.1 200"), answer[:200]
        durations.append(time.monotonic() - began)
        writer.close()
        await asyncio.sleep(0.02)


async def overload(server, address, host):
    load, durations = Load(address), []
    tasks = [asyncio.create_task(load.run(load.slow)) for _ in range(SLOW)]
    # The backlog of a listener is short, so the connections come in portions.
    for _ in range(IDLE // 100):
        tasks += [asyncio.create_task(load.run(load.idle)) for _ in range(100)]
        await asyncio.sleep(0.01)
    client = asyncio.create_task(healthy(address, host, durations))
    tasks += [asyncio.create_task(load.run(load.flood)) for _ in range(FLOODS)]
    large = asyncio.create_task(load.run(load.large))
    await asyncio.sleep(SECONDS)
    if client.done():
        client.result()
    for task in [client, large, *tasks]:
        task.cancel()
    await asyncio.gather(client, large, *tasks, return_exceptions=True)
    assert durations, "no call was answered"
    peak = memory(server.pid, "VmHWM")
    print(
        f"overload: {IDLE} idle connections, {SLOW} slow senders, {FLOODS} endless heads and {load.sent >> 20} MB of large bodies: "
        f"at most {peak:.0f} MB; {len(durations)} calls of an ordinary client meanwhile, the slowest {max(durations):.2f} s"
    )
    assert peak < PEAK_MB, f"{peak:.0f} MB"
    assert max(durations) < CALL_SECONDS, max(durations)


def main():
    _, limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    assert limit > IDLE + SLOW + FLOODS + 100, f"the limit of open files is {limit}"
    server = subprocess.Popen([sys.argv[1], "serve", "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        host = re.search(r"http://(\S+)", server.stdout.readline())[1]
        name, port = host.split(":")
        idle = memory(server.pid, "VmRSS")
        print(f"idle: {idle:.1f} MB")
        assert idle < IDLE_MB, f"{idle:.1f} MB"
        asyncio.run(overload(server, (name, int(port)), host))
        began = time.monotonic()
        server.terminate()
        assert server.wait(10) == 0, server.returncode
        print(f"stopped in {time.monotonic() - began:.1f} s")
    finally:
        server.kill()
        server.wait()


main()
