"""Create the bucket that Descant keeps its files in, once the storage answers."""

import os
import sys
import time

import boto3
from botocore.exceptions import BotoCoreError, ClientError

ATTEMPTS = 60


def main() -> int:
    bucket = os.environ["AWS_STORAGE_BUCKET_NAME"]
    client = boto3.client("s3", endpoint_url=os.environ.get("AWS_S3_ENDPOINT_URL"))
    for _ in range(ATTEMPTS):
        try:
            names = [each["Name"] for each in client.list_buckets()["Buckets"]]
            if bucket not in names:
                client.create_bucket(Bucket=bucket)
        except (BotoCoreError, ClientError) as error:
            sys.stderr.write(f"{error}\n")
            time.sleep(1)
        else:
            return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
