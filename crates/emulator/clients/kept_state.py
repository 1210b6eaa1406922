"""`serve --state`: what was answered is there after the process was killed at any moment of 200 random writes.

usage: kept_state.py COMMAND FOLDER; needs boto3. Prints a line of numbers, or raises at the first answer that is lost.
"""

import os
import random
import re
import subprocess
import sys
import threading

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

WRITES = 200


class Emulator:
    """The process on its state file."""

    def __init__(self, command, state):
        self.process = subprocess.Popen(
            [command, "serve", "--port", "0", "--state", state], stdout=subprocess.PIPE, text=True
        )
        url = re.search(r"http://\S+", self.process.stdout.readline())[0]
        settings = {"endpoint_url": url, "region_name": "us-west-2", "aws_access_key_id": "test",
                    "aws_secret_access_key": "test", "config": Config(retries={"total_max_attempts": 1})}
        self.ivs, self.chat = boto3.client("ivs", **settings), boto3.client("ivschat", **settings)

    def kill(self):
        self.process.kill()
        self.process.wait()


class Answered:
    """What the emulator answered: what must be there, and what a killed call may have left."""

    def __init__(self, random):
        self.random = random
        self.rooms, self.channels, self.deleted, self.unsure = {}, {}, set(), set()

    def write(self, emulator, number):
        """Makes one random write."""
        kind = self.random.choice(["room", "rename", "channel", "tag", "delete"])
        if kind == "room" or not self.rooms:
            made = emulator.chat.create_room(name=f"room-{number}")
            self.rooms[made["arn"]] = made["name"]
        elif kind == "channel" or not self.channels:
            made = emulator.ivs.create_channel(name=f"channel-{number}")["channel"]
            self.channels[made["arn"]] = {}
        elif kind == "rename":
            self.change(self.rooms, lambda arn: emulator.chat.update_room(identifier=arn, name=f"new-{number}"), f"new-{number}")
        elif kind == "tag":
            tags = {"number": str(number)}
            self.change(self.channels, lambda arn: emulator.ivs.tag_resource(resourceArn=arn, tags=tags), tags)
        else:
            arn = self.random.choice(sorted(self.rooms))
            self.unsure.add(arn)
            emulator.chat.delete_room(identifier=arn)
            self.unsure.discard(arn)
            del self.rooms[arn]
            self.deleted.add(arn)

    def change(self, known, call, value):
        arn = self.random.choice(sorted(known))
        self.unsure.add(arn)
        call(arn)
        self.unsure.discard(arn)
        known[arn] = value

    def check(self, emulator):
        """Compares what is there with what was answered. A call that was never answered may have been carried out."""
        rooms = {}
        for page in emulator.chat.get_paginator("list_rooms").paginate():
            rooms.update((room["arn"], room["name"]) for room in page["rooms"])
        for arn, name in list(self.rooms.items()):
            if arn in self.unsure:
                if arn in rooms:
                    self.rooms[arn] = rooms[arn]
                else:
                    del self.rooms[arn]
            else:
                assert rooms.get(arn) == name, (arn, name, rooms.get(arn))
        assert not self.deleted & set(rooms), self.deleted & set(rooms)
        for arn, tags in list(self.channels.items()):
            found = emulator.ivs.get_channel(arn=arn)["channel"]["tags"]
            assert arn in self.unsure or found == tags, (arn, tags, found)
            self.channels[arn] = found
        self.unsure.clear()


def main():
    command, folder = sys.argv[1:]
    state = os.path.join(folder, "ivs.state")
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    answered, kills, number = Answered(chance), 0, 0
    emulator = Emulator(command, state)
    try:
        while number < WRITES:
            # A kill at any moment of the next writes.
            timer = threading.Timer(chance.uniform(0, 0.15), emulator.process.kill)
            timer.start()
            try:
                while number < WRITES:
                    number += 1
                    answered.write(emulator, number)
            except (BotoCoreError, ClientError) as error:
                assert not isinstance(error, ClientError), error
            timer.join()
            emulator.kill()
            kills += 1
            emulator = Emulator(command, state)
            answered.check(emulator)
    finally:
        emulator.kill()
    size = os.path.getsize(state)
    print(f"state: {number} writes, killed {kills} times, {len(answered.rooms) + len(answered.channels)} resources kept; "
          f"a file of {size} bytes")


main()
