"""boto3 on the emulator: all operations of the three services, every output compared with botocore's own shapes.

Reads the endpoint from AWS_ENDPOINT_URL; prints a line of numbers, or raises at the first mismatch.
"""

import datetime
import itertools
import json
import os
import pathlib
import re
import urllib.request

import boto3
import botocore.config
import botocore.exceptions
from botocore import xform_name

ACCOUNT, REGION = "123456789012", "us-west-2"
SERVICES = ("ivs", "ivs-realtime", "ivschat")
KEYS = pathlib.Path(__file__).resolve().parents[3] / "fixtures" / "keys"
NUMBERS = itertools.count(1)


def control(action, **body):
    """Calls a control action of the emulator; returns the response's JSON."""
    request = urllib.request.Request(
        f"{os.environ['AWS_ENDPOINT_URL']}/_emulator/{action}",
        data=json.dumps(body).encode(),
        headers={"content-type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def absent(namespace, kind, number=0):
    """Returns a well-formed ARN of a resource that does not exist; each number gives another one."""
    return f"arn:aws:{namespace}:{REGION}:{ACCOUNT}:{kind}/AbCdEfGh{number:04}"


def check(shape, value, path):
    """Asserts that a parsed output fits its shape: required members, enums, bounds, timestamps, at any depth."""
    if shape.type_name == "structure":
        for name in getattr(shape, "required_members", []):
            assert name in value, f"{path}: {name} is missing"
        for name, member in shape.members.items():
            if value.get(name) is not None and member.serialization.get("location") != "header":
                check(member, value[name], f"{path}.{name}")
    elif shape.type_name == "list":
        for item in value:
            check(shape.member, item, f"{path}[]")
    elif shape.type_name == "map":
        for name, item in value.items():
            check(shape.key, name, f"{path}{{}}")
            check(shape.value, item, f"{path}.{name}")
    elif shape.type_name == "timestamp":
        assert isinstance(value, datetime.datetime), f"{path}: {value!r} is no time"
    elif shape.type_name == "string":
        assert isinstance(value, str), f"{path}: {value!r} is no string"
        # An unset enumeration is "" in AWS's own samples (fact `response-unset-members`).
        assert not shape.enum or value in shape.enum or value == "", f"{path}: {value!r}"
        assert len(value) <= shape.metadata.get("max", len(value)), f"{path}: {value!r} is too long"


class Service:
    """One service's client, which records its calls and refusals."""

    def __init__(self, name, validate=True):
        config = botocore.config.Config(parameter_validation=validate, retries={"total_max_attempts": 1})
        self.name = name
        self.client = boto3.client(name, config=config)
        self.model = self.client.meta.service_model
        self.succeeded, self.refused = set(), set()

    def method(self, operation):
        return getattr(self.client, xform_name(operation))

    def __call__(self, operation, **parameters):
        """Calls an operation that must succeed; returns its output."""
        output = self.method(operation)(**parameters)
        model = self.model.operation_model(operation)
        assert output["ResponseMetadata"]["HTTPStatusCode"] == model.http["responseCode"], (operation, output)
        if model.output_shape is not None:
            check(model.output_shape, output, f"{self.name}.{operation}")
        self.succeeded.add(operation)
        return output

    def refuse(self, code, operation, **parameters):
        """Calls an operation that must fail with that error, as the service's own exception class."""
        declared = {shape.name: shape for shape in self.model.operation_model(operation).error_shapes}
        assert code in declared, f"{operation} does not declare {code}"
        try:
            output = self.method(operation)(**parameters)
        except botocore.exceptions.ClientError as error:
            answer = error.response
            status = answer["ResponseMetadata"]["HTTPStatusCode"]
            expected = declared[code].metadata["error"]["httpStatusCode"]
            assert (answer["Error"]["Code"], status) == (code, expected), (operation, answer)
            assert isinstance(error, getattr(self.client.exceptions, code)), (operation, type(error))
            assert answer["Error"]["Message"], (operation, answer)
            self.refused.add((operation, code))
        else:
            raise AssertionError(f"{operation} succeeded instead of {code}: {output}")

    def pages(self, operation, key, expected, **parameters):
        """Walks a list with one item per page, by botocore's paginator if it has one; asserts the number of items."""
        if self.client.can_paginate(xform_name(operation)):
            paginator = self.client.get_paginator(xform_name(operation))
            items = [item for page in paginator.paginate(PaginationConfig={"PageSize": 1}, **parameters) for item in page[key]]
        else:
            items, token = [], ""
            while token is not None:
                page = self(operation, maxResults=1, nextToken=token, **parameters)
                assert len(page[key]) <= 1, (operation, page)
                items += page[key]
                token = page.get("nextToken") or None
        self(operation, **parameters)
        assert len(items) == expected, (operation, items)


def tags(service, arn):
    """Adds, merges and removes tags, besides existing ones."""
    before = service("ListTagsForResource", resourceArn=arn)["tags"]
    service("TagResource", resourceArn=arn, tags={"a": "1", "b c": "2"})
    service("TagResource", resourceArn=arn, tags={"a": "3"})
    assert service("ListTagsForResource", resourceArn=arn)["tags"] == {**before, "a": "3", "b c": "2"}
    service("UntagResource", resourceArn=arn, tagKeys=["b c"])
    assert service("ListTagsForResource", resourceArn=arn)["tags"] == {**before, "a": "3"}


def walk_channels(ivs):
    made = ivs("CreateChannel", name="one", tags={"team": "video"})
    channel, key = made["channel"], made["streamKey"]
    arn = channel["arn"]
    assert key["channelArn"] == arn and key["value"].startswith("sk_us-west-2_")
    assert (channel["latencyMode"], channel["type"], channel["authorized"]) == ("LOW", "STANDARD", False)
    assert ivs("GetChannel", arn=arn)["channel"] == channel
    updated = ivs("UpdateChannel", arn=arn, name="renamed")["channel"]
    assert (updated["name"], updated["tags"]) == ("renamed", {"team": "video"})
    ivs("CreateChannel", name="two")
    ivs.pages("ListChannels", "channels", 2)
    ivs.pages("ListChannels", "channels", 1, filterByName="two")
    batch = ivs("BatchGetChannel", arns=[arn, absent("ivs", "channel")])
    assert [item["arn"] for item in batch["channels"]] == [arn]
    assert [item["arn"] for item in batch["errors"]] == [absent("ivs", "channel")]

    ivs.refuse("ServiceQuotaExceededException", "CreateStreamKey", channelArn=arn)
    ivs("DeleteStreamKey", arn=key["arn"])
    key = ivs("CreateStreamKey", channelArn=arn)["streamKey"]
    assert ivs("GetStreamKey", arn=key["arn"])["streamKey"] == key
    ivs.pages("ListStreamKeys", "streamKeys", 1, channelArn=arn)
    assert ivs("BatchGetStreamKey", arns=[key["arn"]])["streamKeys"] == [key]
    tags(ivs, key["arn"])
    return arn


def walk_stream(ivs, arn):
    ivs.refuse("ChannelNotBroadcasting", "GetStream", channelArn=arn)
    control("channel/on-air", arn=arn)
    stream = ivs("GetStream", channelArn=arn)["stream"]
    assert stream["state"] == "LIVE"
    ivs.pages("ListStreams", "streams", 1)
    ivs("PutMetadata", channelArn=arn, metadata="goal")
    ivs.refuse("ConflictException", "DeleteChannel", arn=arn)
    session = ivs("GetStreamSession", channelArn=arn, streamId=stream["streamId"])["streamSession"]
    assert session["channel"]["arn"] == arn
    ivs("StopStream", channelArn=arn)
    ivs.refuse("ChannelNotBroadcasting", "PutMetadata", channelArn=arn, metadata="goal")
    ivs.pages("ListStreamSessions", "streamSessions", 1, channelArn=arn)
    ivs("StartViewerSessionRevocation", channelArn=arn, viewerId="viewer")
    batch = ivs("BatchStartViewerSessionRevocation", viewerSessions=[{"channelArn": arn, "viewerId": "viewer"}])
    assert not batch.get("errors"), batch


def walk_configurations(ivs):
    pem = (KEYS / "p384-1.pem").read_text()
    pair = ivs("ImportPlaybackKeyPair", publicKeyMaterial=pem, name="key")["keyPair"]
    assert re.fullmatch(r"([0-9a-f]{2}:){15}[0-9a-f]{2}", pair["fingerprint"]), pair
    ivs.refuse("ConflictException", "ImportPlaybackKeyPair", publicKeyMaterial=pem)
    assert ivs("GetPlaybackKeyPair", arn=pair["arn"])["keyPair"] == pair
    ivs.pages("ListPlaybackKeyPairs", "keyPairs", 1)
    ivs("DeletePlaybackKeyPair", arn=pair["arn"])

    policy = ivs("CreatePlaybackRestrictionPolicy", allowedCountries=["DE"])["playbackRestrictionPolicy"]
    ivs("UpdatePlaybackRestrictionPolicy", arn=policy["arn"], allowedOrigins=["https://example.com"])
    policy = ivs("GetPlaybackRestrictionPolicy", arn=policy["arn"])["playbackRestrictionPolicy"]
    assert (policy["allowedCountries"], policy["allowedOrigins"]) == (["DE"], ["https://example.com"])
    ivs.pages("ListPlaybackRestrictionPolicies", "playbackRestrictionPolicies", 1)

    bucket = {"s3": {"bucketName": "recordings"}}
    recording = ivs("CreateRecordingConfiguration", destinationConfiguration=bucket)["recordingConfiguration"]
    slate = ivs("CreateFailoverSlateConfiguration", name="slate")["failoverSlateConfiguration"]
    control("clock", seconds=120)
    recording = ivs("GetRecordingConfiguration", arn=recording["arn"])["recordingConfiguration"]
    assert (recording["state"], recording["destinationConfiguration"]) == ("ACTIVE", bucket)
    ivs.pages("ListRecordingConfigurations", "recordingConfigurations", 1)
    ivs("UpdateFailoverSlateConfiguration", arn=slate["arn"], minSlateDisplaySeconds=5)
    control("clock", seconds=120)
    slate = ivs("GetFailoverSlateConfiguration", arn=slate["arn"])["failoverSlateConfiguration"]
    assert (slate["state"], slate["minSlateDisplaySeconds"]) == ("CREATED", 5)
    ivs.pages("ListFailoverSlateConfigurations", "failoverSlateConfigurations", 1)

    tailor = f"arn:aws:mediatailor:{REGION}:{ACCOUNT}:playbackConfiguration/main"
    playback = [{"playbackConfigurationArn": tailor}]
    ads = ivs("CreateAdConfiguration", mediaTailorPlaybackConfigurations=playback)["adConfiguration"]
    ivs("UpdateAdConfiguration", arn=ads["arn"], name="ads")
    ads = ivs("GetAdConfiguration", arn=ads["arn"])["adConfiguration"]
    assert (ads["name"], ads["mediaTailorPlaybackConfigurations"]) == ("ads", playback)
    ivs.pages("ListAdConfigurations", "adConfigurations", 1)

    attached = {
        "DeletePlaybackRestrictionPolicy": ("playbackRestrictionPolicyArn", policy["arn"]),
        "DeleteRecordingConfiguration": ("recordingConfigurationArn", recording["arn"]),
        "DeleteFailoverSlateConfiguration": ("failoverSlateConfigurationArn", slate["arn"]),
        "DeleteAdConfiguration": ("adConfigurationArn", ads["arn"]),
    }
    channel = ivs("CreateChannel", **dict(attached.values()))["channel"]["arn"]
    control("channel/on-air", arn=channel)
    assert len(ivs("InsertAdBreak", channelArn=channel, durationSeconds=30)["adBreakId"]) == 12
    ivs("StopStream", channelArn=channel)
    for delete, (member, arn) in attached.items():
        ivs.refuse("ConflictException", delete, arn=arn)
        assert ivs("UpdateChannel", arn=channel, **{member: ""})["channel"].get(member, "") == ""
        ivs(delete, arn=arn)
    ivs("DeleteChannel", arn=channel)


def walk_stages(realtime):
    made = realtime("CreateStage", name="one", participantTokenConfigurations=[{"userId": "anna"}])
    arn = made["stage"]["arn"]
    assert [token["userId"] for token in made["participantTokens"]] == ["anna"]
    assert realtime("UpdateStage", arn=arn, name="renamed")["stage"]["name"] == "renamed"
    assert realtime("GetStage", arn=arn)["stage"]["name"] == "renamed"
    other = realtime("CreateStage")["stage"]["arn"]
    realtime.pages("ListStages", "stages", 2)
    token = realtime("CreateParticipantToken", stageArn=arn, duration=30, attributes={"a": "b"})["participantToken"]
    assert (token["duration"], token["attributes"]) == (30, {"a": "b"})

    realtime.pages("ListStageSessions", "stageSessions", 0, stageArn=arn)
    anna = control("stage/join", arn=arn, userId="anna")["participantId"]
    control("stage/publish", arn=arn, participantId=anna)
    session = realtime("ListStageSessions", stageArn=arn)["stageSessions"][0]["sessionId"]
    assert "endTime" not in realtime("GetStageSession", stageArn=arn, sessionId=session)["stageSession"]
    there = {"stageArn": arn, "sessionId": session}
    participant = realtime("GetParticipant", participantId=anna, **there)["participant"]
    assert (participant["userId"], participant["published"]) == ("anna", True)
    realtime.pages("ListParticipants", "participants", 1, **there)
    realtime("ListParticipantEvents", participantId=anna, **there)

    both = {"sourceStageArn": arn, "destinationStageArn": other, "participantId": anna}
    realtime("StartParticipantReplication", **both)
    realtime.pages("ListParticipantReplicas", "replicas", 1, sourceStageArn=arn, participantId=anna)
    realtime("StopParticipantReplication", **both)
    realtime("DisconnectParticipant", stageArn=arn, participantId=anna)
    participant = realtime("GetParticipant", participantId=anna, **there)["participant"]
    assert participant["state"] == "DISCONNECTED"
    realtime("RevokeConnectionToken", tokenId="token")
    tags(realtime, arn)
    realtime("DeleteStage", arn=other)
    return arn


def walk_compositions(realtime, stage):
    encoder = realtime("CreateEncoderConfiguration", video={"width": 640, "height": 360})["encoderConfiguration"]
    assert realtime("GetEncoderConfiguration", arn=encoder["arn"])["encoderConfiguration"] == encoder
    realtime.pages("ListEncoderConfigurations", "encoderConfigurations", 1)
    storage = realtime("CreateStorageConfiguration", s3={"bucketName": "recordings"})["storageConfiguration"]
    assert realtime("GetStorageConfiguration", arn=storage["arn"])["storageConfiguration"] == storage
    realtime.pages("ListStorageConfigurations", "storageConfigurations", 1)
    s3 = {"storageConfigurationArn": storage["arn"], "encoderConfigurationArns": [encoder["arn"]]}
    composition = realtime("StartComposition", stageArn=stage, destinations=[{"s3": s3}])["composition"]
    assert composition["destinations"][0]["configuration"]["s3"]["storageConfigurationArn"] == storage["arn"]
    assert realtime("GetComposition", arn=composition["arn"])["composition"]["stageArn"] == stage
    realtime.pages("ListCompositions", "compositions", 1)
    realtime.refuse("ConflictException", "DeleteEncoderConfiguration", arn=encoder["arn"])
    realtime("StopComposition", arn=composition["arn"])
    control("clock", seconds=120)
    realtime("DeleteEncoderConfiguration", arn=encoder["arn"])
    realtime("DeleteStorageConfiguration", arn=storage["arn"])

    ingest = realtime("CreateIngestConfiguration", ingestProtocol="RTMPS")["ingestConfiguration"]
    assert ingest["state"] == "INACTIVE"
    realtime("UpdateIngestConfiguration", arn=ingest["arn"], stageArn=stage)
    assert realtime("GetIngestConfiguration", arn=ingest["arn"])["ingestConfiguration"]["stageArn"] == stage
    realtime.pages("ListIngestConfigurations", "ingestConfigurations", 1)
    realtime("DeleteIngestConfiguration", arn=ingest["arn"])

    key = realtime("ImportPublicKey", publicKeyMaterial=(KEYS / "p384-2.pem").read_text())["publicKey"]
    assert realtime("GetPublicKey", arn=key["arn"])["publicKey"] == key
    realtime.pages("ListPublicKeys", "publicKeys", 1)
    realtime("DeletePublicKey", arn=key["arn"])
    realtime("DeleteStage", arn=stage)
    realtime.refuse("ResourceNotFoundException", "GetStage", arn=stage)


def walk_chat(chat):
    logs = {"cloudWatchLogs": {"logGroupName": "/chat"}}
    logging = chat("CreateLoggingConfiguration", destinationConfiguration=logs)
    control("clock", seconds=120)
    chat("UpdateLoggingConfiguration", identifier=logging["arn"], name="logs")
    chat.refuse("ConflictException", "UpdateLoggingConfiguration", identifier=logging["arn"], name="more")
    control("clock", seconds=120)
    read = chat("GetLoggingConfiguration", identifier=logging["arn"])
    assert (read["name"], read["state"], read["destinationConfiguration"]) == ("logs", "ACTIVE", logs)
    chat.pages("ListLoggingConfigurations", "loggingConfigurations", 1)

    room = chat("CreateRoom", name="one", loggingConfigurationIdentifiers=[logging["arn"]])
    arn = room["arn"]
    assert (room["maximumMessageRatePerSecond"], room["maximumMessageLength"]) == (10, 500)
    chat("UpdateRoom", identifier=arn, maximumMessageLength=100, loggingConfigurationIdentifiers=[])
    assert chat("GetRoom", identifier=arn)["maximumMessageLength"] == 100
    chat("CreateRoom", name="two")
    chat.pages("ListRooms", "rooms", 2)
    token = chat("CreateChatToken", roomIdentifier=arn, userId="anna", capabilities=["SEND_MESSAGE"])
    assert token["token"] and token["tokenExpirationTime"] < token["sessionExpirationTime"]
    assert len(chat("SendEvent", roomIdentifier=arn, eventName="applause")["id"]) == 12
    assert len(chat("DeleteMessage", roomIdentifier=arn, id="AbCdEfGh1234")["id"]) == 12
    chat("DisconnectUser", roomIdentifier=arn, userId="anna")
    tags(chat, arn)
    chat("DeleteRoom", identifier=arn)
    chat.refuse("ResourceNotFoundException", "GetRoom", identifier=arn)
    chat("DeleteLoggingConfiguration", identifier=logging["arn"])


def sample(shape, nested=False):
    """Returns a valid value of an input shape; references name absent resources."""
    if shape.type_name == "structure":
        names = list(shape.required_members)
        if nested and not names:
            # Nested choices, such as a destination, require one of their members, although no trait states it.
            names = [name for name in shape.members if shape.members[name].type_name == "structure"][:1]
        return {name: sample(shape.members[name], nested=True) for name in names}
    if shape.type_name == "list":
        return [sample(shape.member, nested=True)] * max(1, shape.metadata.get("min", 0))
    if shape.type_name == "map":
        return {"key": "value"}
    if shape.type_name in ("integer", "long", "float"):
        return shape.metadata.get("min", 1)
    if shape.enum:
        return shape.enum[0]
    pattern = re.search(r"arn:aws:(ivs|ivschat):.*:([a-z-]+)/", shape.metadata.get("pattern", ""))
    if pattern and not pattern[2].startswith("[") and shape.name != "ResourceArn":
        return absent(pattern[1], pattern[2], next(NUMBERS))
    return "x" * max(1, shape.metadata.get("min", 0))


def refuse_everywhere(service, lenient):
    """Every operation refuses a malformed request, and one about an absent resource if it declares that."""
    namespace, kind = {"ivs": ("ivs", "channel"), "ivs-realtime": ("ivs", "stage"), "ivschat": ("ivschat", "room")}[service.name]
    for operation in service.model.operation_names:
        model = service.model.operation_model(operation)
        members = model.input_shape.members
        valid = sample(model.input_shape)
        if "resourceArn" in members:
            valid["resourceArn"] = absent(namespace, kind)
        arns = [name for name in model.input_shape.required_members if members[name].name.endswith(("Arn", "Identifier"))]
        if arns and "ResourceNotFoundException" in {shape.name for shape in model.error_shapes}:
            if "sessionId" in valid:
                valid["sessionId"] = "st-AbCdEfGh12345"
            service.refuse("ResourceNotFoundException", operation, **valid)
        broken = dict(valid)
        if arns:
            broken[arns[0]] = "not well formed"
        elif model.input_shape.required_members:
            broken.pop(model.input_shape.required_members[0])
        elif "maxResults" in members:
            broken["maxResults"] = 0
        else:
            broken["name"] = "not well formed"
        lenient.refuse("ValidationException", operation, **broken)


def main():
    ivs, realtime, chat = services = [Service(name) for name in SERVICES]
    arn = walk_channels(ivs)
    walk_stream(ivs, arn)
    tags(ivs, arn)
    walk_configurations(ivs)
    ivs("DeleteChannel", arn=arn)
    ivs.refuse("ResourceNotFoundException", "GetChannel", arn=arn)
    walk_compositions(realtime, walk_stages(realtime))
    walk_chat(chat)
    refused = 0
    for service in services:
        lenient = Service(service.name, validate=False)
        refuse_everywhere(service, lenient)
        refused += len(service.refused) + len(lenient.refused)
        missing = set(service.model.operation_names) - service.succeeded
        assert not missing, f"{service.name}: never called with success: {sorted(missing)}"
    succeeded = sum(len(service.succeeded) for service in services)
    assert succeeded == 103, succeeded
    control("reset")
    assert ivs("ListChannels")["channels"] == realtime("ListStages")["stages"] == chat("ListRooms")["rooms"] == []
    print(f"boto3 {boto3.__version__}: {succeeded} operations called with success, {refused} refusals with their own code and class")


main()
