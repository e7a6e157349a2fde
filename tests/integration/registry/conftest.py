"""Tests that need rows which other connections see: nothing is rolled back, the registry is emptied afterwards."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections

TABLES = (
    "registry_lease, registry_pair, registry_similarity, registry_peaks, registry_entry, registry_damage, "
    "registry_segment"
)
TABLES_OF_BLOCKS = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'registry\\_block\\_%'"


def empty_registry() -> None:
    """Take everything out of the registry, as the owner of its tables."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLES}")
        cursor.execute(TABLES_OF_BLOCKS)
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TABLE {name}")
    connections["owner"].close()


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Real transactions on real connections."""
    with django_db_blocker.unblock():
        empty_registry()
        yield
        empty_registry()
        connections.close_all()
