"""Records the frames of a stock Locust master and worker: `record.py OUTPUT-FOLDER` (needs `pip install locust==2.47.0`).

The first frame of each type and direction is kept as `<role>-<type>.msgpack`.
"""

import os
import subprocess
import sys

WRAPPER = """
import os, sys
import locust.rpc.protocol as protocol

role, folder = os.environ["ROLE"], os.environ["FOLDER"]
serialize = protocol.Message.serialize

def recorded(self):
    frame = serialize(self)
    path = os.path.join(folder, f"{role}-{self.type}.msgpack")
    full = self.type == "stats" and self.data.get("stats")
    if not os.path.exists(path) or (full and not os.path.exists(path + ".full")):
        with open(path, "wb") as file:
            file.write(frame)
        if full:
            open(path + ".full", "w").close()
    return frame

protocol.Message.serialize = recorded
from locust.main import main
sys.argv = ["locust"] + sys.argv[1:]
main()
"""

LOCUSTFILE = """
from locust import User, constant, task

class ChannelReads(User):
    wait_time = constant(0.05)

    @task
    def read(self):
        self.environment.events.request.fire(
            request_type="POST", name="ivs.GetChannel", response_time=1.25, response_length=329, exception=None,
            context={},
        )
        self.environment.events.request.fire(
            request_type="POST", name="ivs.GetChannel", response_time=0.5, response_length=0,
            exception=ValueError("declared 404 ResourceNotFoundException"), context={},
        )
"""


def main():
    folder = os.path.abspath(sys.argv[1])
    wrapper, locustfile = os.path.join(folder, "wrapper.py"), os.path.join(folder, "locustfile.py")
    with open(wrapper, "w") as file:
        file.write(WRAPPER)
    with open(locustfile, "w") as file:
        file.write(LOCUSTFILE)
    port = "25557"

    def start(role, *arguments):
        environment = {**os.environ, "ROLE": role, "FOLDER": folder}
        return subprocess.Popen([sys.executable, wrapper, "-f", locustfile, *arguments], env=environment)

    master = start(
        "master", "--master", "--headless", "--master-bind-host", "127.0.0.1", "--master-bind-port", port,
        "--expect-workers", "1", "-u", "2", "-r", "2", "-t", "8s", "--host", "http://127.0.0.1:1",
    )
    worker = start("worker", "--worker", "--master-host", "127.0.0.1", "--master-port", port)
    master.wait(90)
    worker.wait(30)
    for name in (wrapper, locustfile, os.path.join(folder, "worker-stats.msgpack.full")):
        if os.path.exists(name):
            os.remove(name)


main()
