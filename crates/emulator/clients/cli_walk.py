"""The AWS CLI v1 on the emulator: a resource's life in each service, paging, errors, and an example of its own documentation.

Reads the endpoint from AWS_ENDPOINT_URL; prints a line of numbers, or raises at the first mismatch.
"""

import concurrent.futures
import json
import subprocess

# The example of `aws ivs batch-start-viewer-session-revocation help`, with its list changed to valid JSON.
EXAMPLE = """[{"channelArn":"arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh1","viewerId":"abcdefg1","viewerSessionVersionsLessThanOrEqualTo":1234567890},
      {"channelArn":"arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh2","viewerId":"abcdefg2","viewerSessionVersionsLessThanOrEqualTo":1234567890}]"""

runs = []


def run(*arguments):
    """Runs `aws`; returns the completed process."""
    runs.append(arguments)
    return subprocess.run(["aws", *arguments], capture_output=True, text=True, timeout=60)


def aws(*arguments):
    """Runs `aws`, which must succeed; returns its output as JSON, or None if it prints nothing."""
    done = run(*arguments)
    assert done.returncode == 0, (arguments, done.returncode, done.stderr)
    return json.loads(done.stdout) if done.stdout.strip() else None


def refused(code, *arguments):
    """Runs `aws`, which must end with that error of the service."""
    done = run(*arguments)
    assert done.returncode != 0 and f"({code})" in done.stderr, (arguments, done.returncode, done.stderr)


def revocation_example():
    """Runs the documented example on absent channels, and on existing ones."""
    pairs = json.loads(EXAMPLE)
    answer = aws("ivs", "batch-start-viewer-session-revocation", "--viewer-sessions", EXAMPLE)
    # Besides `errors`, the CLI shows the members that the current model binds to headers, all as texts.
    assert all(name == "errors" or isinstance(value, str) for name, value in answer.items()), answer
    assert len(answer["errors"]) == len(pairs), answer
    for error in answer["errors"]:
        assert set(error) == {"channelArn", "viewerId", "code", "message"}, error
        assert error["code"] and error["message"], error
    named = [(error["channelArn"], error["viewerId"]) for error in answer["errors"]]
    assert sorted(named) == sorted((pair["channelArn"], pair["viewerId"]) for pair in pairs), answer

    for pair in pairs:
        pair["channelArn"] = aws("ivs", "create-channel")["channel"]["arn"]
    answer = aws("ivs", "batch-start-viewer-session-revocation", "--viewer-sessions", json.dumps(pairs))
    assert not (answer or {}).get("errors"), answer
    shorthand = ",".join(f"{name}={value}" for name, value in pairs[0].items())
    answer = aws("ivs", "batch-start-viewer-session-revocation", "--viewer-sessions", shorthand)
    assert not (answer or {}).get("errors"), answer
    for pair in pairs:
        assert aws("ivs", "delete-channel", "--arn", pair["channelArn"]) is None


def channels():
    made = aws("ivs", "create-channel", "--name", "from-the-cli", "--no-authorized", "--tags", "team=video")
    arn = made["channel"]["arn"]
    assert aws("ivs", "get-channel", "--arn", arn)["channel"] == made["channel"]
    updated = aws("ivs", "update-channel", "--arn", arn, "--latency-mode", "NORMAL")
    assert updated["channel"]["latencyMode"] == "NORMAL", updated
    aws("ivs", "create-channel", "--name", "another")
    names = aws("ivs", "list-channels", "--page-size", "1", "--query", "channels[].name")
    assert sorted(names) == ["another", "from-the-cli"], names
    page = aws("ivs", "list-channels", "--max-items", "1")
    rest = aws("ivs", "list-channels", "--starting-token", page["NextToken"])
    assert len(page["channels"]) == len(rest["channels"]) == 1, (page, rest)
    aws("ivs", "tag-resource", "--resource-arn", arn, "--tags", "stage=test")
    tags = aws("ivs", "list-tags-for-resource", "--resource-arn", arn)
    assert tags == {"tags": {"team": "video", "stage": "test"}}, tags
    aws("ivs", "untag-resource", "--resource-arn", arn, "--tag-keys", "team")
    assert aws("ivs", "get-channel", "--arn", arn, "--query", "channel.tags") == {"stage": "test"}
    refused("ChannelNotBroadcasting", "ivs", "put-metadata", "--channel-arn", arn, "--metadata", "goal")
    refused("ServiceQuotaExceededException", "ivs", "create-stream-key", "--channel-arn", arn)
    refused("ValidationException", "ivs", "create-channel", "--name", "not well formed")
    assert aws("ivs", "delete-channel", "--arn", arn) is None
    refused("ResourceNotFoundException", "ivs", "get-channel", "--arn", arn)


def stages():
    made = aws("ivs-realtime", "create-stage", "--name", "lounge", "--participant-token-configurations", "userId=anna")
    arn = made["stage"]["arn"]
    assert made["participantTokens"][0]["userId"] == "anna", made
    token = aws("ivs-realtime", "create-participant-token", "--stage-arn", arn, "--duration", "30")
    assert token["participantToken"]["duration"] == 30, token
    assert aws("ivs-realtime", "list-stages", "--query", "stages[].name") == ["lounge"]
    aws("ivs-realtime", "delete-stage", "--arn", arn)
    refused("ResourceNotFoundException", "ivs-realtime", "get-stage", "--arn", arn)


def rooms():
    arn = aws("ivschat", "create-room", "--name", "lobby", "--tags", "team=talk")["arn"]
    room = aws("ivschat", "update-room", "--identifier", arn, "--maximum-message-length", "100")
    assert (room["name"], room["maximumMessageLength"]) == ("lobby", 100), room
    token = aws("ivschat", "create-chat-token", "--room-identifier", arn, "--user-id", "anna", "--capabilities", "SEND_MESSAGE")
    assert token["token"], "a token is there"
    assert aws("ivschat", "list-tags-for-resource", "--resource-arn", arn) == {"tags": {"team": "talk"}}
    assert aws("ivschat", "delete-room", "--identifier", arn) is None
    refused("ResourceNotFoundException", "ivschat", "get-room", "--identifier", arn)


def unsigned():
    """Without a signature, every call is refused and no resource is created."""
    done = run("ivs", "create-channel", "--no-sign-request")
    assert done.returncode != 0, done.stdout


def main():
    version = run("--version").stdout.split()[0]
    unsigned()
    with concurrent.futures.ThreadPoolExecutor() as pool:
        others = [pool.submit(stages), pool.submit(rooms)]
        revocation_example()
        channels()
        for other in others:
            other.result()
    print(f"{version}: {len(runs)} commands, the documented revocation example included")


main()
