"""Lets boto3 and the AWS CLI reach the emulator by what is configured: nothing is passed to the clients but operations.

Environment and shared files name endpoint, keys and certificate authority. Raises at the first mismatch.
"""

import json
import subprocess

import boto3
import botocore.exceptions


def cli(*arguments):
    """Runs the AWS CLI and returns its output as JSON."""
    done = subprocess.run(["aws", *arguments, "--output", "json"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"aws {' '.join(arguments)}: {done.stderr}"
    return json.loads(done.stdout) if done.stdout.strip() else {}


def main():
    """Makes a resource of each service with one client and finds it with the other."""
    account = boto3.client("sts").get_caller_identity()["Account"]
    assert cli("sts", "get-caller-identity")["Account"] == account
    walks = [
        ("ivs", "create_channel", "channel", "get-channel", "delete-channel"),
        ("ivs-realtime", "create_stage", "stage", "get-stage", "delete-stage"),
        ("ivschat", "create_room", None, "get-room", "delete-room"),
    ]
    for service, create, member, get, delete in walks:
        made = getattr(boto3.client(service), create)()
        arn = (made[member] if member else made)["arn"]
        assert f":{account}:" in arn, arn
        option = "--identifier" if service == "ivschat" else "--arn"
        found = cli(service, get, option, arn)
        assert (found[member] if member else found)["arn"] == arn
        cli(service, delete, option, arn)
    # The keys are strict.
    try:
        boto3.client("ivs", aws_access_key_id="test", aws_secret_access_key="test").list_channels()
    except botocore.exceptions.ClientError as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 403, error
    else:
        raise AssertionError("a key that the emulator did not write was accepted")
    print("configured: sts and 3 services by boto3 and the AWS CLI")


main()
