"""Segments as files that workers map: the answer never depends on them."""

import logging
import os
import time

import numpy as np
import pytest
from django.db import connections
from psycopg import sql

from apps.catalog.models import TrackStatus
from apps.registry.selectors import figures
from apps.registry.tasks import claims, exports, merge
from apps.registry.tasks import store as registry_store
from apps.registry.tasks.exports import SegmentFiles
from apps.registry.tasks.parts import PartCache
from apps.registry.tasks.store import PostgresPostingStore
from apps.tenancy.context import bind
from ml.fingerprint.extract import landmarks
from tests.factories import make_organisation
from tests.integration.registry.helpers import claim, postings, random_peaks, set_status


@pytest.fixture(autouse=True)
def _everything_is_exported(monkeypatch):
    for module in (exports, registry_store):
        monkeypatch.setattr(module, "LEAST_BYTES", 1)


@pytest.fixture
def filled(committed):
    label = make_organisation()
    claimed = [claim(label, seed, seconds=6.0) for seed in range(merge.FRESH_A_PART)]
    merge.maintain()
    own = claim(label, 999)
    hashes = np.unique(np.concatenate([landmarks(one.peaks).hash for one in claimed]))
    expected = set()
    for one in claimed:
        marks = landmarks(one.peaks)
        expected |= {(h, one.number, c) for h, c in zip(marks.hash.tolist(), marks.cell.tolist(), strict=True)}
    return label, claimed, own, hashes, expected


def seen(filled, folder, parts=None):
    label, _, own, hashes, _ = filled
    parts = PartCache(limit=0) if parts is None else parts
    store = PostgresPostingStore(label.id, own.number, parts=parts, segment_files=SegmentFiles(folder))
    return postings(store.lookup(hashes))


def exported(folder):
    return sorted(path for path in folder.iterdir() if path.name.endswith(".part"))


def test_a_segment_is_exported_once_and_mapped_from_then_on(filled, tmp_path):
    assert seen(filled, tmp_path) == filled[4]
    [path] = exported(tmp_path)
    written = path.stat().st_mtime_ns
    assert seen(filled, tmp_path) == filled[4]
    assert path.stat().st_mtime_ns == written
    assert [p.name for p in tmp_path.iterdir() if p.name.endswith(".draft")] == []


@pytest.mark.parametrize("damage", ["flip", "cut", "empty"])
def test_a_damaged_file_is_noticed_and_written_again(filled, tmp_path, caplog, damage):
    assert seen(filled, tmp_path) == filled[4]
    [path] = exported(tmp_path)
    whole = path.read_bytes()
    broken = {"flip": whole[:-40] + bytes([whole[-40] ^ 1]) + whole[-39:], "cut": whole[:-1], "empty": b""}[damage]
    path.write_bytes(broken)
    with caplog.at_level(logging.WARNING):
        assert seen(filled, tmp_path) == filled[4]
    assert "written again" in caplog.text
    assert path.read_bytes() == whole


def test_without_a_folder_that_can_be_written_the_database_answers(filled, tmp_path, caplog):
    blocked = tmp_path / "a file"
    blocked.write_text("in the way")
    with caplog.at_level(logging.WARNING):
        assert seen(filled, blocked) == filled[4]
    assert "read from the database" in caplog.text
    assert seen(filled, None) == filled[4]


def test_a_second_exporter_reads_from_the_database_meanwhile(filled, tmp_path):
    label, _, own, _, _ = filled
    store = PostgresPostingStore(label.id, own.number, segment_files=SegmentFiles(None))
    [segment] = store._layout.segments
    with exports._lock(tmp_path / f"{segment.uid}.lock") as mine:
        assert mine
        assert seen(filled, tmp_path) == filled[4]
        assert exported(tmp_path) == []
    assert seen(filled, tmp_path) == filled[4]
    assert len(exported(tmp_path)) == 1


def test_a_mapped_reader_goes_on_while_a_merge_flips_and_files_are_cleaned_up(filled, tmp_path, monkeypatch):
    label, claimed, own, hashes, expected = filled
    reader = PostgresPostingStore(label.id, own.number, parts=PartCache(), segment_files=SegmentFiles(tmp_path))
    assert postings(reader.lookup(hashes)) == expected
    before = exported(tmp_path)
    for one in claimed[:8]:
        set_status(label, one.track_id, TrackStatus.WITHDRAWN)
    merge.maintain(grace_s=-1)
    assert figures().segments == 1
    monkeypatch.setattr(exports, "YOUNG_S", -1.0)
    left = {row for row in expected if row[1] not in {one.number for one in claimed[:8]}}
    assert seen(filled, tmp_path) == left
    assert not set(before) & set(exported(tmp_path))
    assert postings(reader.lookup(hashes)) == expected


def test_what_killed_writers_left_is_deleted(tmp_path):
    old, young = tmp_path / "x.part.1.draft", tmp_path / "y.part.2.draft"
    for path in (old, young):
        path.write_bytes(b"half")
    long_ago = time.time() - 2 * exports.OLD_DRAFT_S
    os.utime(old, (long_ago, long_ago))
    assert SegmentFiles(tmp_path).collect([]) == 1
    assert list(tmp_path.iterdir()) == [young]


def test_segments_of_an_older_format_are_made_anew_from_the_peaks(filled, tmp_path):
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE registry_segment SET format = 1 RETURNING id")
        [(segment,)] = cursor.fetchall()
        cursor.execute(sql.SQL("UPDATE {} SET block = '\\x00'").format(sql.Identifier(f"registry_block_{segment}")))
    connections["owner"].close()
    label, claimed, own, _, expected = filled
    store = PostgresPostingStore(label.id, own.number)
    assert store._layout.segments == ()
    assert seen(filled, tmp_path) == expected
    set_status(label, claimed[0].track_id, TrackStatus.WITHDRAWN)
    merge.maintain(grace_s=-1)
    merge.maintain(grace_s=-1)
    assert figures().segments == 1
    assert seen(filled, tmp_path) == {row for row in expected if row[1] != claimed[0].number}
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM registry_segment WHERE format = 1")
        assert cursor.fetchone() == (0,)


def test_the_same_file_heard_by_a_newer_extractor_keeps_its_place(filled, monkeypatch):
    label, claimed, *_ = filled
    first = claimed[0]
    set_status(label, first.track_id, TrackStatus.CHECKING)
    newer = random_peaks(4_711, 6.0)
    prepared = claims.prepare(first.track_id, first.track_id, f"{0:064x}", newer)
    monkeypatch.setattr(claims, "EXTRACTOR_VERSION", "landmarks-3")
    with bind(label.id):
        assert claims.make(prepared) == first.number
        own = claim(label, 5_000)
    stored = PostgresPostingStore(label.id, own.number).peaks(first.number)
    assert stored.frame.tolist() == newer.frame.tolist()
