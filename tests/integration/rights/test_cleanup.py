"""Evidence files that nobody refers to any more."""

import os
import time
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage

from apps.rights import storage
from apps.rights.models import EvidenceFile
from apps.rights.tasks import clean
from apps.tenancy.context import bind
from tests.integration.rights.helpers import check, draft, label, registered, song

pytestmark = pytest.mark.django_db

DAY_S = timedelta(hours=25).total_seconds()


def _age(key):
    then = time.time() - DAY_S
    os.utime(default_storage.path(key), (then, then))


def test_only_old_files_without_a_row_are_deleted():
    theirs, ours = label(), label()
    registered(theirs, song(1, 6.0))
    check(ours, draft(ours, song(1, 6.0)))
    with bind(ours.id):
        named = list(EvidenceFile.objects.values_list("storage_key", flat=True))
    old, young = (storage.store(b"x", organisation_id=ours.id) for _ in range(2))
    for key in [*named, old]:
        _age(key)
    assert len(named) == 2
    assert clean() == 1
    assert [default_storage.exists(key) for key in [*named, young, old]] == [True, True, True, False]
