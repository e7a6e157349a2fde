"""A watched prefix of a bucket, on a server that speaks S3: listing, ETags, reading, and what is not allowed."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from django.core.files.storage import default_storage
from moto.server import ThreadedMotoServer

from apps.monitoring.models import LongRecording, WatchedFolder
from apps.monitoring.services import folders as watched
from apps.monitoring.tasks import folders as visiting
from apps.tenancy.context import bind
from tests.factories_catalog import audio_bytes
from tests.integration.monitoring.helpers import listen, noise

pytestmark = pytest.mark.django_db
REGION = "eu-central-1"


@pytest.fixture
def bucket(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An empty bucket that every organisation may watch its own folder of."""
    values = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "NO_PROXY": "127.0.0.1"}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        settings.MONITORING_BUCKETS = ["broadcasts", "gone"]
        settings.MONITORING_S3_ENDPOINT_URL, settings.MONITORING_S3_REGION_NAME = f"http://{host}:{port}", REGION
        s3 = boto3.resource("s3", endpoint_url=f"http://{host}:{port}", region_name=REGION)
        made = s3.create_bucket(Bucket="broadcasts", CreateBucketConfiguration={"LocationConstraint": REGION})
        yield made
        made.objects.all().delete()
        made.delete()
    finally:
        server.stop()


def watch(sheet: Any, bucket: str, prefix: str) -> WatchedFolder:
    with bind(sheet.organisation.id):
        saved = watched.save_folder(
            folder_id=None, source_id=sheet.source.id, bucket=bucket, prefix=prefix, enabled=True
        )
        return WatchedFolder.objects.select_related("organisation").get(id=saved.id)


def test_what_arrives_in_a_bucket_is_fetched_once_and_listened_to(sheet, bucket):
    watch(sheet, "broadcasts", "station 1/")
    own, sound = f"{sheet.organisation.id}/station 1", audio_bytes(noise(20), form="FLAC")
    bucket.put_object(Key=f"{own}/2026/July/Frühstück №1.flac", Body=sound)
    bucket.put_object(Key=f"{own}/notes.txt", Body=b"no sound")
    bucket.put_object(Key=f"{own}/folder/", Body=b"")
    bucket.put_object(Key=f"{sheet.organisation.id}/station 10/other.flac", Body=sound)
    bucket.put_object(Key=f"{sheet.source.id}/station 1/theirs.flac", Body=sound)
    assert visiting.visit_all() == 1
    assert visiting.visit_all() == 0
    with bind(sheet.organisation.id):
        made = LongRecording.objects.get(origin="folder")
        assert (made.title, made.source_id, made.size_bytes) == ("Frühstück №1", sheet.source.id, len(sound))
        with default_storage.open(made.storage_key) as kept:
            assert kept.read() == sound
    assert listen(sheet.organisation, made) == "succeeded"
    with bind(sheet.organisation.id):
        made.refresh_from_db()
    assert made.duration_s == pytest.approx(20.0, abs=0.01)

    bucket.put_object(Key=f"{own}/2026/July/Frühstück №1.flac", Body=audio_bytes(noise(21), form="FLAC"))
    assert visiting.visit_all() == 1


def test_a_bucket_that_is_not_there_is_told_of(sheet, bucket):
    folder = watch(sheet, "gone", "")
    assert visiting.visit_all() == 0
    with bind(sheet.organisation.id):
        folder.refresh_from_db()
    assert folder.error == "NoSuchBucket"
