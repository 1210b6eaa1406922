"""What an infrastructure tool does with the resources that Terraform has, as sequences of calls: create, wait, read until
nothing changes, update in place, detach, tag, find deleted.

Reads the endpoint from AWS_ENDPOINT_URL; needs boto3. Prints a line of numbers, or raises in the first sequence that fails.
"""

import os
import pathlib
import time
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

KEYS = pathlib.Path(__file__).resolve().parents[3] / "fixtures" / "keys"
LAMBDA = "arn:aws:lambda:us-west-2:123456789012:function:review"
SETTINGS = Config(retries={"total_max_attempts": 1})
IVS, CHAT = boto3.client("ivs", config=SETTINGS), boto3.client("ivschat", config=SETTINGS)


class Kind:
    """A kind of resource: how it is made, read, removed and tagged."""

    def __init__(self, client, noun, member, inputs, settled="ACTIVE"):
        self.client, self.noun, self.member, self.inputs, self.settled = client, noun, member, inputs, settled
        self.id = "identifier" if client is CHAT else "arn"

    def shown(self, output):
        shown = output[self.member] if self.member else output
        return {name: value for name, value in shown.items() if name != "ResponseMetadata"}

    def create(self, **more):
        verb = "import" if "publicKeyMaterial" in self.inputs else "create"
        made = self.shown(getattr(self.client, f"{verb}_{self.noun}")(**{**self.inputs, **more}))
        return self.settle(made["arn"])

    def read(self, arn):
        return self.shown(getattr(self.client, f"get_{self.noun}")(**{self.id: arn}))

    def settle(self, arn):
        """Waits until a resource has no transitional state any more, as a tool does."""
        for _ in range(100):
            shown = self.read(arn)
            if shown.get("state", self.settled) == self.settled:
                return shown
            time.sleep(0.02)
        raise AssertionError(f"{arn} does not settle: {shown}")

    def update(self, arn, **changes):
        getattr(self.client, f"update_{self.noun}")(**{self.id: arn}, **changes)
        return self.settle(arn)

    def delete(self, arn):
        getattr(self.client, f"delete_{self.noun}")(**{self.id: arn})
        for _ in range(100):
            if refused(lambda: self.read(arn)) == "ResourceNotFoundException":
                return
            time.sleep(0.02)
        raise AssertionError(f"{arn} is there after its deletion")


def refused(call):
    """Returns the name of the error of a call, or None."""
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


def logging(destination):
    return Kind(CHAT, "logging_configuration", None, {"destinationConfiguration": destination})


KINDS = {
    "channel": Kind(IVS, "channel", "channel", {"name": "channel"}),
    "playback key pair": Kind(IVS, "playback_key_pair", "keyPair", {"publicKeyMaterial": (KEYS / "p384-1.pem").read_text()}),
    "recording configuration": Kind(
        IVS, "recording_configuration", "recordingConfiguration", {"destinationConfiguration": {"s3": {"bucketName": "vods"}}}),
    "room": Kind(CHAT, "room", None, {}),
    "logging configuration to S3": logging({"s3": {"bucketName": "logs"}}),
    "logging configuration to CloudWatch Logs": logging({"cloudWatchLogs": {"logGroupName": "logs"}}),
    "logging configuration to Firehose": logging({"firehose": {"deliveryStreamName": "logs"}}),
}
CHANNEL, ROOM, RECORDING = KINDS["channel"], KINDS["room"], KINDS["recording configuration"]
LOGGING = KINDS["logging configuration to S3"]


def basic(kind):
    """The input is shown as it was sent, and a second read shows no change."""
    made = kind.create()
    for name, value in kind.inputs.items():
        assert name == "publicKeyMaterial" or made[name] == value, (name, made)
    assert kind.read(made["arn"]) == made
    kind.delete(made["arn"])


def imported(kind):
    """The ARN alone finds everything that another state needs."""
    made = kind.create(name="named", tags={"key": "value"})
    found = kind.read(made["arn"])
    assert (found["name"], found["tags"]) == ("named", {"key": "value"}), found
    kind.delete(made["arn"])


def tagged(kind):
    arn = kind.create(tags={"key1": "value1"})["arn"]
    kind.client.tag_resource(resourceArn=arn, tags={"key1": "updated", "key2": "value2"})
    assert kind.read(arn)["tags"] == {"key1": "updated", "key2": "value2"}
    kind.client.untag_resource(resourceArn=arn, tagKeys=["key1"])
    assert kind.client.list_tags_for_resource(resourceArn=arn)["tags"] == kind.read(arn)["tags"] == {"key2": "value2"}
    kind.delete(arn)


def disappearing(kind):
    """Somebody else deletes the resource: reading and deleting it say so."""
    arn = kind.create()["arn"]
    kind.delete(arn)
    assert refused(lambda: kind.read(arn)) == "ResourceNotFoundException"
    assert refused(lambda: kind.delete(arn)) == "ResourceNotFoundException"
    assert kind.create()["arn"] != arn
    reset()


def channel_updated_in_place():
    made = CHANNEL.create()
    changes = {"name": "updated", "latencyMode": "NORMAL", "type": "BASIC", "authorized": True}
    updated = CHANNEL.update(made["arn"], **changes)
    assert {**made, **changes} == updated, updated


def channel_recorded_and_detached():
    recording = RECORDING.create()["arn"]
    channel = CHANNEL.create(recordingConfigurationArn=recording)["arn"]
    assert refused(lambda: RECORDING.delete(recording)) == "ConflictException"
    assert CHANNEL.update(channel, recordingConfigurationArn="")["recordingConfigurationArn"] == ""
    RECORDING.delete(recording)


def stream_key_of_a_channel():
    channel = CHANNEL.create()["arn"]
    (found,) = IVS.list_stream_keys(channelArn=channel)["streamKeys"]
    key = IVS.get_stream_key(arn=found["arn"])["streamKey"]
    assert key["channelArn"] == channel and key["value"].startswith("sk_us-west-2_"), key["channelArn"]
    CHANNEL.delete(channel)
    assert refused(lambda: IVS.get_stream_key(arn=found["arn"])) == "ResourceNotFoundException"


def recording_configuration_with_thumbnails():
    wanted = {"recordingReconnectWindowSeconds": 45, "thumbnailConfiguration": {"recordingMode": "INTERVAL", "targetIntervalSeconds": 30}}
    made = RECORDING.create(**wanted)
    assert made["recordingReconnectWindowSeconds"] == 45
    assert made["thumbnailConfiguration"].items() >= wanted["thumbnailConfiguration"].items(), made
    assert made["state"] == "ACTIVE"


def key_pair_twice():
    kind = KINDS["playback key pair"]
    made = kind.create()
    assert refused(kind.create) == "ConflictException"
    kind.delete(made["arn"])
    assert kind.create()["fingerprint"] == made["fingerprint"]


def room_updated_in_place():
    made = ROOM.create()
    changes = {"name": "updated", "maximumMessageLength": 100, "maximumMessageRatePerSecond": 5}
    updated = ROOM.update(made["arn"], **changes)
    assert {**made, **changes, "updateTime": updated["updateTime"]} == updated, updated


def room_without_a_handler_has_none():
    """A tool that sets no handler must read none, or it would plan to remove it for ever."""
    arn = ROOM.create()["arn"]
    for shown in [ROOM.read(arn), *CHAT.list_rooms()["rooms"]]:
        assert "messageReviewHandler" not in shown and "loggingConfigurationIdentifiers" not in shown, shown


def room_handler_set_and_removed():
    arn = ROOM.create(messageReviewHandler={"uri": LAMBDA, "fallbackResult": "DENY"})["arn"]
    assert ROOM.update(arn, messageReviewHandler={"uri": LAMBDA, "fallbackResult": "ALLOW"})["messageReviewHandler"] == {
        "uri": LAMBDA, "fallbackResult": "ALLOW"}
    assert ROOM.update(arn, messageReviewHandler={"uri": ""})["messageReviewHandler"]["uri"] == ""


def room_logging_set_and_removed():
    first, second = LOGGING.create()["arn"], KINDS["logging configuration to Firehose"].create()["arn"]
    arn = ROOM.create(loggingConfigurationIdentifiers=[first])["arn"]
    both = ROOM.update(arn, loggingConfigurationIdentifiers=[first, second])
    assert both["loggingConfigurationIdentifiers"] == [first, second], both
    assert refused(lambda: LOGGING.delete(first)) == "ConflictException"
    assert not ROOM.update(arn, loggingConfigurationIdentifiers=[]).get("loggingConfigurationIdentifiers")
    LOGGING.delete(first)


def logging_configuration_updated_in_place():
    made = LOGGING.create(name="one")
    changes = {"name": "two", "destinationConfiguration": {"cloudWatchLogs": {"logGroupName": "other"}}}
    updated = LOGGING.update(made["arn"], **changes)
    assert (updated["name"], updated["destinationConfiguration"]) == tuple(changes.values()), updated


def reset():
    urllib.request.urlopen(urllib.request.Request(f"{os.environ['AWS_ENDPOINT_URL']}/_emulator/reset", method="POST")).close()


def main():
    sequences = [(f"{play.__name__} {name}", lambda play=play, kind=kind: play(kind))
                 for name, kind in KINDS.items() for play in (basic, imported, tagged, disappearing)]
    sequences += [(play.__name__, play) for play in (
        channel_updated_in_place, channel_recorded_and_detached, stream_key_of_a_channel, recording_configuration_with_thumbnails,
        key_pair_twice, room_updated_in_place, room_without_a_handler_has_none, room_handler_set_and_removed,
        room_logging_set_and_removed, logging_configuration_updated_in_place)]
    for name, play in sequences:
        reset()
        try:
            play()
        except Exception as error:
            raise AssertionError(f"the sequence {name!r} fails") from error
    reset()
    assert len(sequences) == 38, len(sequences)
    print(f"Terraform: {len(sequences)} of {len(sequences)} sequences")


main()
