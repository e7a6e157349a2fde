"""The tenant's setting ends with its transaction, whoever gets the connection next."""

import threading
from typing import Any

import pytest
from django.db import connection, connections
from django.db.backends.postgresql.base import DatabaseWrapper

from apps.jobs.models import Job
from apps.tenancy.context import bind
from tests.factories import make_organisation


def _setting() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('app.organisation_id', true), '')")
        return str(cursor.fetchone()[0])


def test_the_setting_does_not_leak_through_a_connection(committed: None):
    ours = make_organisation()
    with bind(ours.id):
        backend_in = _backend()
        assert _setting() == str(ours.id)
    assert _backend() == backend_in, "the same connection of PostgreSQL"
    assert _setting() == ""


def test_the_setting_does_not_leak_after_an_error(committed: None):
    ours = make_organisation()
    with pytest.raises(ZeroDivisionError), bind(ours.id):
        _ = 1 / 0
    assert _setting() == ""


def test_the_setting_does_not_leak_through_the_pool(committed: None, settings: Any):
    """Sixteen threads of two tenants share two pooled connections, and each sees its own rows only."""
    ours, theirs = make_organisation(), make_organisation()
    for organisation, key in ((ours, "ours"), (theirs, "theirs")):
        with bind(organisation.id):
            Job.objects.create(kind="test.kind", idempotency_key=key)
    pooled = {**settings.DATABASES["default"], "CONN_MAX_AGE": 0}
    pooled["OPTIONS"] = {**pooled.get("OPTIONS", {}), "pool": {"min_size": 2, "max_size": 2, "timeout": 10}}
    seen: list[tuple[str, list[str]]] = []
    backends: set[int] = set()
    before = connections.settings["default"]
    connections.settings["default"] = pooled

    def work(number: int) -> None:
        organisation, name = (ours, "ours") if number % 2 else (theirs, "theirs")
        try:
            assert _setting() == ""
            with bind(organisation.id), connection.cursor() as cursor:
                backends.add(_backend())
                cursor.execute("SELECT idempotency_key FROM jobs_job")
                seen.append((name, [row[0] for row in cursor.fetchall()]))
        finally:
            connection.close()

    try:
        threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        connections.settings["default"] = before
        pools = vars(DatabaseWrapper)["_connection_pools"]
        for pool in pools.values():
            pool.close()
        pools.clear()
    assert sorted(seen) == [("ours", ["ours"])] * 8 + [("theirs", ["theirs"])] * 8
    assert len(backends) <= 2


def _backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])
