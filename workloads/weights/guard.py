"""Ends when the weights are complete in S3, so that no server loads half of them. Downloads no weights.

Arguments: bucket, key of the marker, the Job that writes it, seconds to wait at most; of a model that needs a vocabulary also
its key and the file it is to be.
Needs boto3, which every image has that streams from S3.
"""

import os
import sys
import time

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

POLL_SECONDS = 10


def main(bucket, key, job, seconds, encoding=None, file=None):
    if "AWS_CONTAINER_CREDENTIALS_FULL_URI" not in os.environ and "AWS_ACCESS_KEY_ID" not in os.environ:
        # EKS gives credentials to a pod when it is created, and never later.
        return failed("this pod was created before EKS knew its Pod Identity association: delete the pod")
    s3 = boto3.client("s3", config=Config(connect_timeout=5, read_timeout=10, retries={"max_attempts": 2}))
    deadline = time.monotonic() + float(seconds)
    told = None
    keys = [key] if encoding is None else [key, encoding]
    while (reason := missing(s3, bucket, keys, job)) is not None:
        if reason != told:
            print(reason, flush=True)
            told = reason
        if time.monotonic() >= deadline:
            return failed(f"waited {float(seconds) / 60:g} minutes: {reason}")
        time.sleep(min(POLL_SECONDS, max(deadline - time.monotonic(), 0)))
    print(f"s3://{bucket}/{key} is there", flush=True)
    return 0 if encoding is None else download(s3, bucket, encoding, file)


def download(s3, bucket, key, file):
    """Its reader checks what it holds."""
    try:
        s3.download_file(bucket, key, file)
    except (BotoCoreError, ClientError) as error:
        return failed(f"cannot read s3://{bucket}/{key}: {error}")
    print(f"{file} is there", flush=True)
    return 0


def missing(s3, bucket, keys, job):
    """What is waited for; None when all of the keys are there."""
    try:
        for key in keys:
            s3.head_object(Bucket=bucket, Key=key)
        return None
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound"):
            return f"the weights are not complete in s3://{bucket} yet: waiting for Job {job}"
        return f"cannot read s3://{bucket}/{key}: {error}"
    except BotoCoreError as error:
        return f"cannot read s3://{bucket}/{key}: {error}"


def failed(message):
    print(f"error: {message}", file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
