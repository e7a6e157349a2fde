"""Upkeep of the index: readers go on, a killed merge loses and doubles nothing, withdrawn entries go."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import psycopg
import pytest
from django.db import connection, connections, transaction

from apps.catalog.models import TrackStatus
from apps.registry.selectors import figures
from apps.registry.tasks import database, maintain, merge
from apps.registry.tasks.parts import PartCache
from apps.registry.tasks.store import PostgresPostingStore
from ml.fingerprint.extract import landmarks
from ml.fingerprint.store import FORMAT
from tests.factories import make_organisation
from tests.integration.registry.conftest import TABLES_OF_BLOCKS
from tests.integration.registry.helpers import claim, postings, set_status

FULL = merge.FRESH_A_PART * merge.FAN_IN


def _filled(label, count, first_seed=0):
    return [claim(label, seed, seconds=6.0) for seed in range(first_seed, first_seed + count)]


def _expected(claimed):
    rows = set()
    for one in claimed:
        marks = landmarks(one.peaks)
        rows |= {(h, one.number, c) for h, c in zip(marks.hash.tolist(), marks.cell.tolist(), strict=True)}
    return rows


def _hashes(claimed):
    return np.unique(np.concatenate([landmarks(one.peaks).hash for one in claimed]))


def _seen(label, number, claimed, **options):
    return postings(PostgresPostingStore(label.id, number, **options).lookup(_hashes(claimed)))


def _parts():
    with connection.cursor() as cursor:
        cursor.execute("SELECT segment, tracks, withdrawn FROM registry_live_segments(%s)", [FORMAT])
        return cursor.fetchall()


def _stored():
    """What the tables hold, asked of their owner: merged parts by state, and how many tables of blocks have no part."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT state, count(*) FROM registry_segment GROUP BY state")
        states = dict(cursor.fetchall())
        cursor.execute("SELECT 'registry_block_' || id FROM registry_segment")
        named = {name for (name,) in cursor.fetchall()}
        cursor.execute(TABLES_OF_BLOCKS)
        return states, len({name for (name,) in cursor.fetchall()} ^ named)


def test_small_parts_become_one_and_nothing_changes_for_a_search(committed):
    label = make_organisation()
    claimed = _filled(label, FULL)
    own = claim(label, 999)
    before = _seen(label, own.number, claimed)
    for start in range(0, FULL, merge.FRESH_A_PART):
        assert merge._merge_fresh([c.number for c in claimed[start : start + merge.FRESH_A_PART]], [])
    assert len(_parts()) == merge.FAN_IN
    assert maintain() > 1
    assert [(tracks, withdrawn) for _, tracks, withdrawn in _parts()] == [(FULL, 0)]
    assert _seen(label, own.number, claimed) == before == _expected(claimed)
    assert figures().fresh == 1


def test_a_reader_s_parts_stay_until_the_grace_is_over(committed):
    label = make_organisation()
    claimed = _filled(label, FULL)
    own = claim(label, 999)
    for start in range(0, FULL, merge.FRESH_A_PART):
        merge._merge_fresh([c.number for c in claimed[start : start + merge.FRESH_A_PART]], [])
    reader = PostgresPostingStore(label.id, own.number, parts=PartCache(limit=0))
    merge.maintain(grace_s=3600)
    assert _stored() == ({"live": 1, "retired": merge.FAN_IN}, 0)
    assert postings(reader.lookup(_hashes(claimed))) == _expected(claimed)
    merge.maintain(grace_s=-1)
    assert _stored() == ({"live": 1}, 0)
    assert postings(reader.lookup(_hashes(claimed))) == _expected(claimed)


def test_searches_run_while_parts_are_merged_and_always_see_everything(committed, monkeypatch):
    monkeypatch.setattr(merge, "BYTES_A_RANGE", 20_000)
    label = make_organisation()
    claimed = _filled(label, FULL)
    own = claim(label, 999)
    hashes, expected = _hashes(claimed), _expected(claimed)
    done, rounds, wrong = threading.Event(), [], []

    def read():
        try:
            while not done.is_set():
                found = postings(PostgresPostingStore(label.id, own.number, parts=PartCache(limit=0)).lookup(hashes))
                rounds.append(1)
                if found != expected:
                    wrong.append(found ^ expected)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        for start in range(0, FULL, merge.FRESH_A_PART):
            merge._merge_fresh([c.number for c in claimed[start : start + merge.FRESH_A_PART]], [])
        steps = merge.maintain(grace_s=0.0)
        done.set()
        for reader in readers:
            reader.result()
    assert wrong == []
    assert len(rounds) >= 2
    assert steps > 5


def test_killed_at_every_step_a_merge_is_continued_and_doubles_nothing(committed, monkeypatch):
    monkeypatch.setattr(merge, "BYTES_A_RANGE", 60_000)
    label = make_organisation()
    claimed = _filled(label, FULL)
    own = claim(label, 999)
    for start in range(merge.FRESH_A_PART, FULL, merge.FRESH_A_PART):
        merge._merge_fresh([c.number for c in claimed[start : start + merge.FRESH_A_PART]], [])

    class Killed(BaseException):
        pass

    real = database.call
    kills: list[str] = []

    def die_before_commit(query, params=()):
        if "registry_merge" not in query:
            return real(query, params)
        with transaction.atomic():
            answer = real(query, params)
            if len(kills) % 2 == 0:
                kills.append(query)
                raise Killed
        kills.append(query)
        return answer

    monkeypatch.setattr(merge, "call", die_before_commit)
    for _ in range(500):
        try:
            if not merge.step():
                break
        except Killed:
            continue
    assert len(kills) > 10
    assert [(tracks, withdrawn) for _, tracks, withdrawn in _parts()] == [(FULL + 1, 0)]
    assert _seen(label, own.number, claimed, parts=PartCache()) == _expected(claimed)
    assert _stored()[1] == 0


def test_two_workers_that_write_the_same_range_write_it_once(committed):
    label = make_organisation()
    claimed = _filled(label, FULL)
    own = claim(label, 999)
    for start in range(0, FULL, merge.FRESH_A_PART):
        merge._merge_fresh([c.number for c in claimed[start : start + merge.FRESH_A_PART]], [])
    sources = [part for part, _, _ in _parts()]
    begin = "SELECT registry_merge_begin(%s::integer[], %s, 8)"
    building = database.call(begin, [sources, FORMAT])
    assert database.call(begin, [sources, FORMAT]) is None
    write = "SELECT registry_merge_write(%s, 0, 32768, '{}', %s::integer[], %b::bytea[])"
    assert database.call(write, [building, [1], [b"x"]]) is True
    assert database.call(write, [building, [1], [b"x"]]) is False
    assert database.call("SELECT registry_merge_finish(%s, '')", [building]) is True
    assert database.call("SELECT registry_merge_finish(%s, '')", [building]) is False
    assert own.number


def test_fresh_entries_are_taken_once(committed):
    label = make_organisation()
    numbers = [c.number for c in _filled(label, 4)]
    assert merge._merge_fresh(numbers, []) is True
    assert merge._merge_fresh(numbers, []) is False
    assert [(tracks, withdrawn) for _, tracks, withdrawn in _parts()] == [(4, 0)]


def test_only_one_maintenance_runs_at_a_time(committed):
    label = make_organisation()
    _filled(label, merge.FRESH_A_PART)
    assert database.call("SELECT registry_take_lease(%s, 60)", ["00000000-0000-0000-0000-000000000001"]) is True
    assert maintain() == 0
    assert figures().segments == 0
    assert database.call("SELECT registry_release_lease(%s)", ["00000000-0000-0000-0000-000000000001"]) is True
    assert maintain() == 1
    assert figures().segments == 1


def test_withdrawn_entries_leave_the_index_with_their_fingerprints(committed):
    label = make_organisation()
    claimed = _filled(label, merge.FRESH_A_PART)
    merge.maintain()
    gone, kept = claimed[:8], claimed[8:]
    for one in gone:
        set_status(label, one.track_id, TrackStatus.WITHDRAWN)
    fresh = claim(label, 500)
    set_status(label, fresh.track_id, TrackStatus.DRAFT)
    merge.maintain(grace_s=-1)
    merge.maintain(grace_s=-1)
    assert [(tracks, withdrawn) for _, tracks, withdrawn in _parts()] == [(8, 0)]
    own = claim(label, 999)
    assert _seen(label, own.number, claimed) == _expected(kept)
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM registry_peaks WHERE number = ANY (%s)", [[c.number for c in gone]])
        assert cursor.fetchone() == (0,)


def test_a_large_registry_is_read_by_buckets_with_the_same_answer(committed, monkeypatch):
    label = make_organisation()
    claimed = _filled(label, merge.FRESH_A_PART)
    merge.maintain()
    own = claim(label, 999)
    some = _hashes(claimed)[::50]
    whole = PostgresPostingStore(label.id, own.number, parts=PartCache()).lookup(some)
    by_bucket = PostgresPostingStore(label.id, own.number, parts=PartCache(limit=0)).lookup(some)
    assert postings(by_bucket) == postings(whole) == {row for row in _expected(claimed) if row[0] in set(some.tolist())}


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["entry", "peaks", "segment", "pair", "lease", "damage"])
@pytest.mark.parametrize("alias", ["default", "platform"])
def test_nobody_who_logs_in_may_touch_the_tables(table, alias, django_db_blocker):
    with (
        django_db_blocker.unblock(),
        pytest.raises(Exception, match="permission denied"),
        psycopg.connect(**connections[alias].get_connection_params()) as direct,
    ):
        direct.execute(f"TABLE registry_{table}")
