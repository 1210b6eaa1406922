"""The examples of the AWS CLI's documentation on the emulator, command by command; the shapes of the outputs are compared.

Reads the endpoint from AWS_ENDPOINT_URL; needs awscli. Prints a line of numbers, or every difference that EXPLAINED does not
explain.
"""

import contextlib
import io
import itertools
import json
import os
import pathlib
import re
import shlex
import sys
import urllib.request

import awscli
import awscli.clidriver
import boto3

KEYS = pathlib.Path(__file__).resolve().parents[3] / "fixtures" / "keys"
EXAMPLES = pathlib.Path(awscli.__file__).parent / "examples"
DRIVER = awscli.clidriver.create_clidriver()
IVS, REALTIME, CHAT = (boto3.client(name) for name in ("ivs", "ivs-realtime", "ivschat"))
BUCKET = {"s3": {"bucketName": "demo-bucket"}}
TAILOR = "arn:aws:mediatailor:us-west-2:123456789012:playbackConfiguration/main"

# Examples that their own CLI or service refuses, by page: what is written, and what is right.
MENDED = {
    "ivs/untag-resource": [('"tagkey1, tagkey2"', "tagkey1 tagkey2")],
    "ivs-realtime/create-ingest-configuration": [("rtmps", "RTMPS")],
    "ivs-realtime/update-stage": [('60}}  "hls', '60}, "hls'), ('false}  "hls', 'false, "hls')],
    "ivschat/send-event": [('"msgType"="user-notification",  "msgText"="This chat room will close in 15 minutes."', "msgType=user-notification")],
}

# Examples about resources that do not exist.
ABSENT = {"ivs/batch-start-viewer-session-revocation"}

# Differences from the samples, as patterns of `command: sign path`, each with its reason. `-` is a member that only the sample
# shows, `+` one that only the emulator shows, `~` one of another type.
EXPLAINED = {
    r".*: [+] (.*\.)?(adConfigurationArn|failoverSlateConfigurationArn|srt(\..*)?|containerFormat|multitrackInputConfiguration(\..*)?"
    r"|playbackRestrictionPolicyArn|preset|insecureIngest|type|tags)": "the sample is older than the member",
    r"ivs-realtime .*: [+] (.*\.)?(redundantIngest|protocol|replicationType|sourceSessionId|sourceStageArn|replica|videoFillMode"
    r"|recordParticipantReplicas|participantOrderAttribute|rtmps?|pipParticipantAttribute)": "the sample is older than the member",
    r".*: [+] (accessControl|cacheControl|contentSecurity|strictTransport|xContentType|xFrame).*":
        "the CLI shows header-bound members since its model has them",
    r".*: [+] (errors|participantTokens|.*\.attributes|.*\.userId|.*\.name)":
        "an unset member may be shown or left out (facts `response-unset-members`, `batch-missing-lists`)",
    r".*create-stage: - stage.activeSessionId": "whether a new stage shows it is unknown (unknown `active-session-of-a-new-stage`)",
    r".*create-stage: [+] participantTokens\[\].expirationTime": "the sample is older than the member (fact `participant-token-expiry`)",
    r"ivs get-stream-session: [-+] .*(truncatedEvents\[\].code|avcLevel|avcProfile)": "the encoder and the events of the sample are others",
    r"ivs list-streams: [+] streams\[\].startTime": "the sample lacks it, and the model has it",
    r"ivs-realtime (get-participant|list-participants|list-participant-events): - .*(replicationState|sourceStageArn|sourceSessionId"
    r"|destinationStageArn|destinationSessionId)": "the participant of the sample is replicated",
    r"ivs-realtime list-compositions: - .*endTime": "the composition of the sample has stopped",
    r".*list-[a-z-]+: - nextToken": "the sample is one of several pages",
    r"ivs list-stream-sessions: ~ .*(start|end)Time: text in place of number": "the sample has times of an old CLI (fact `response-timestamps`)",
    r"ivschat list-rooms: [+] rooms\[\].arn": "the sample has the value without the name",
    r"ivschat create-chat-token: - state": "the model has no such member",
    r"ivs-realtime list-ingest-configurations: [-+] .*partici(pan|pna)tId": "the sample misspells participantId",
}


def control(action, **body):
    """Calls a control action of the emulator; returns the response's JSON."""
    url = f"{os.environ['AWS_ENDPOINT_URL']}/_emulator/{action}"
    with urllib.request.urlopen(urllib.request.Request(url, data=json.dumps(body).encode())) as answer:
        return json.load(answer)


def examples():
    """Returns the commands of each page with the outputs that follow them: the page, its number, both texts."""
    for path in sorted(EXAMPLES.glob("ivs*/*.rst")):
        found, block = [], None
        for line in [*path.read_text(encoding="utf-8").splitlines(), "end"]:
            if line.startswith("    "):
                block = [*(block or []), line]
            elif block is not None and line.strip():
                text = "\n".join(block).strip()
                if text.startswith("aws "):
                    found.append([text, ""])
                elif found and not found[-1][1]:
                    found[-1][1] = text
                block = None
        for number, (command, output) in enumerate(found, 1):
            yield path, number, command, output


TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|[{}\[\]:]|-?\d[\d.eE+-]*|true|false|null')


class Lenient:
    """A reader of JSON that lacks commas and quotes here and there, as several samples do; it yields shapes."""

    def __init__(self, text):
        self.tokens = TOKEN.findall(re.sub(r'"(\w+) "', r'"\1": "', re.sub(r'""(\w+)":', r'"\1":', text)))
        self.at = 0

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def take(self):
        self.at += 1
        return self.tokens[self.at - 1]

    def value(self):
        token = self.take()
        if token == "{":
            members = {}
            while self.peek() not in ("}", None):
                name = self.take()
                if self.peek() == ":":
                    self.take()
                    members[name.strip('"')] = self.value()
            self.at += 1
            return members
        if token == "[":
            items = []
            while self.peek() not in ("]", "}", None):
                items.append(self.value())
            self.at += self.peek() == "]"
            return items
        return json.loads(token) if not token.startswith('"') else token.strip('"')


def kind(value):
    if isinstance(value, bool):
        return "flag"
    return {int: "number", float: "number", str: "text", dict: "object", list: "list"}.get(type(value), "null")


def shape(value, path=""):
    """Returns the paths of a value with their types, without the entries of maps."""
    paths = {path: kind(value)} if path else {}
    if isinstance(value, dict):
        for name, member in value.items() if path.split(".")[-1] not in ("tags", "attributes") else ():
            paths.update(shape(member, f"{path}.{name}".lstrip(".")))
    elif isinstance(value, list):
        for item in value:
            paths.update(shape(item, f"{path}[]"))
    return paths


NUMBERS = itertools.count(1)


class Stock:
    """Resources in the place of those that an example names, such as its output shows them."""

    def __init__(self, output):
        self.arns, self.output = {}, output

    def arn(self, sample):
        """Returns the ARN of a resource in the place of a sample's."""
        if sample not in self.arns:
            resource_type = sample.split(":")[5].split("/")[0]
            maker = getattr(self, resource_type.replace("-", "_"), None)
            self.arns[sample] = maker() if maker else sample
        return self.arns[sample]

    def channel(self):
        return IVS.create_channel(name="channel")["channel"]["arn"]

    def stream_key(self):
        return IVS.create_channel()["streamKey"]["arn"]

    def playback_key(self):
        for pair in IVS.list_playback_key_pairs()["keyPairs"]:
            IVS.delete_playback_key_pair(arn=pair["arn"])
        return IVS.import_playback_key_pair(publicKeyMaterial=(KEYS / "p384-1.pem").read_text(), name="key")["keyPair"]["arn"]

    def recording_configuration(self):
        more = {}
        if "renditions" in self.output:
            more["renditionConfiguration"] = {"renditionSelection": "CUSTOM", "renditions": ["HD"]}
            more["thumbnailConfiguration"] = {"recordingMode": "INTERVAL", "resolution": "HD"}
        made = IVS.create_recording_configuration(destinationConfiguration=BUCKET, **more)["recordingConfiguration"]["arn"]
        control("clock", seconds=10)
        return made

    def playback_restriction_policy(self):
        made = IVS.create_playback_restriction_policy(allowedCountries=["US"], allowedOrigins=["https://example.com"])
        return made["playbackRestrictionPolicy"]["arn"]

    def ad_configuration(self):
        tailor = [{"playbackConfigurationArn": TAILOR}]
        return IVS.create_ad_configuration(mediaTailorPlaybackConfigurations=tailor)["adConfiguration"]["arn"]

    def stage(self):
        return REALTIME.create_stage(name="stage")["stage"]["arn"]

    def encoder_configuration(self):
        return REALTIME.create_encoder_configuration()["encoderConfiguration"]["arn"]

    def storage_configuration(self):
        return REALTIME.create_storage_configuration(s3={"bucketName": "demo-bucket"})["storageConfiguration"]["arn"]

    def ingest_configuration(self):
        return REALTIME.create_ingest_configuration(ingestProtocol="RTMPS")["ingestConfiguration"]["arn"]

    def public_key(self):
        return REALTIME.import_public_key(publicKeyMaterial=(KEYS / "p384-2.pem").read_text())["publicKey"]["arn"]

    def composition(self, stage=None):
        encoder = self.encoder_configuration()
        s3 = {"storageConfigurationArn": self.storage_configuration(), "encoderConfigurationArns": [encoder]}
        if "thumbnailConfigurations" in self.output:
            s3["thumbnailConfigurations"] = [{}]
        channel = {"channelArn": self.channel(), "encoderConfigurationArn": encoder}
        layout = {"pip": {}} if '"pip"' in self.output else {"grid": {}}
        made = REALTIME.start_composition(
            stageArn=stage or self.stage(), destinations=[{"channel": channel}, {"s3": s3}], layout=layout)["composition"]["arn"]
        control("clock", seconds=10)
        return made

    def room(self):
        more = {"loggingConfigurationIdentifiers": [self.logging_configuration()]} if "loggingConfig" in self.output else {}
        return CHAT.create_room(name="room", **more)["arn"]

    def logging_configuration(self):
        made = CHAT.create_logging_configuration(destinationConfiguration=BUCKET)["arn"]
        control("clock", seconds=10)
        return made


def options_of(arguments):
    """Returns the values after each option."""
    options, name = {}, None
    for argument in arguments[3:]:
        if argument.startswith("--"):
            name = argument[2:]
            options[name] = []
        elif name:
            options[name].append(argument)
    return options


def situation(service, command, options, stock):
    """Brings about what an example takes for granted; returns its options with the names of that."""
    first = lambda name: (options.get(name) or [""])[0]
    channel = first("channel-arn")
    if command in ("get-stream", "put-metadata", "stop-stream", "get-stream-session", "list-stream-sessions"):
        if "recordingConfiguration\"" in stock.output:
            IVS.update_channel(arn=channel, recordingConfigurationArn=stock.recording_configuration())
        control("channel/on-air", arn=channel)
        if "stream-id" in options:
            options["stream-id"] = [IVS.get_stream(channelArn=channel)["stream"]["streamId"]]
        if command == "list-stream-sessions":
            IVS.stop_stream(channelArn=channel)
    if command == "list-channels":
        members = {"recording-configuration-arn": "recordingConfigurationArn", "playback-restriction-policy-arn": "playbackRestrictionPolicyArn"}
        IVS.create_channel(**{member: first(f"filter-by-{name}") for name, member in members.items() if f"filter-by-{name}" in options})
    if command == "list-rooms" and "logging-configuration-identifier" in options:
        CHAT.create_room(loggingConfigurationIdentifiers=options["logging-configuration-identifier"])
    if command in ("get-stage", "list-stages"):
        control("stage/join", arn=first("arn") or stock.stage())
    if command == "list-streams":
        control("channel/on-air", arn=stock.channel())
    if command == "create-stream-key":
        for key in IVS.list_stream_keys(channelArn=channel)["streamKeys"]:
            IVS.delete_stream_key(arn=key["arn"])
    if command in ("import-playback-key-pair", "import-public-key"):
        options["public-key-material"] = [(KEYS / f"p384-{next(NUMBERS) % 4 + 3}.pem").read_text()]
    made = command.removeprefix("list-").removesuffix("s").replace("-", "_")
    if command.startswith("list-") and not any(name.endswith("arn") for name in options):
        names = {"recording_configuration": "recording_configuration", "playback_key_pair": "playback_key",
                 "playback_restriction_policie": "playback_restriction_policy"}
        maker = getattr(stock, names.get(made, made), None)
        if maker:
            maker()
    stage = first("stage-arn") or first("source-stage-arn")
    if service == "ivs-realtime" and stage:
        for name in ("participant-id", "session-id"):
            if name in options or command in ("list-stage-sessions", "list-participants"):
                joined = control("stage/join", arn=stage, userId="anna")
                control("stage/publish", arn=stage, participantId=joined["participantId"])
                options.update({"participant-id": [joined["participantId"]]} if "participant-id" in options else {})
                options.update({"session-id": [joined["sessionId"]]} if "session-id" in options else {})
                if command in ("get-stage-session", "list-stage-sessions"):
                    control("stage/leave", arn=stage, participantId=joined["participantId"])
                break
        if command in ("stop-participant-replication", "list-participant-replicas"):
            there = first("destination-stage-arn") or stock.stage()
            REALTIME.start_participant_replication(
                sourceStageArn=stage, destinationStageArn=there, participantId=options["participant-id"][0])
    if command == "list-compositions" and "filter-by-stage-arn" in options:
        stock.composition(first("filter-by-stage-arn"))
    return options


def run(arguments):
    """Runs the CLI in this process; returns its exit code, its output and what it complained of."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = DRIVER.main(arguments)
        except SystemExit as end:
            code = end.code
    return code, out.getvalue(), err.getvalue()


def play(page, command, output):
    """Plays one example of a page; returns its differences as lines."""
    joined = re.sub(r"\\ *\n\s*", " ", command)
    for written, right in MENDED.get(page, []):
        joined = joined.replace(written, right)
    # A backslash before a space at the end of a line leaves a space.
    arguments = [argument for argument in shlex.split(joined) if not argument.isspace()]
    service, name = arguments[1], arguments[2]
    arguments = [argument.rstrip(",") if not argument.startswith(("[", "{")) else argument for argument in arguments]
    control("reset")
    stock = Stock(output)
    replaced = arguments
    if page not in ABSENT:
        arn = re.compile(r"arn:aws:ivs(?:chat)?:[a-z0-9-]+:\d+:[a-z-]+/[\w-]+")
        replaced = [arn.sub(lambda it: stock.arn(it[0]), argument) for argument in arguments]
    options = situation(service, name, options_of(replaced), stock)
    call = [service, name, *itertools.chain.from_iterable((f"--{option}", *values) for option, values in options.items())]
    code, shown, complaint = run(call)
    about = f"{service} {name}"
    if code:
        return [f"{about}: fails with {complaint.strip().splitlines()[-1] if complaint.strip() else code}"]
    expected = shape(Lenient(output).value()) if output.startswith("{") else {}
    actual = shape(json.loads(shown)) if shown.strip() else {}
    lines = [f"{about}: - {path}" for path in sorted(expected.keys() - actual.keys())]
    lines += [f"{about}: + {path}" for path in sorted(actual.keys() - expected.keys())]
    lines += [f"{about}: ~ {path}: {actual[path]} in place of {expected[path]}"
              for path in sorted(expected.keys() & actual.keys()) if expected[path] != actual[path]]
    return lines


def main():
    played, differences, unexplained = 0, 0, []
    for path, number, command, output in examples():
        played += 1
        try:
            lines = play(f"{path.parent.name}/{path.stem}", command, output)
        except Exception as error:
            lines = [f"{path.parent.name} {path.stem}: {type(error).__name__} {error}"]
        for line in lines:
            differences += 1
            if not any(re.fullmatch(pattern, line) for pattern in EXPLAINED):
                unexplained.append(f"{path.parent.name}/{path.name} {number}: {line}")
    control("reset")
    print(f"AWS CLI {awscli.__version__}: {played} commands of its examples, {differences} differences, {len(unexplained)} unexplained")
    if unexplained:
        sys.exit("\n".join(unexplained))


main()
