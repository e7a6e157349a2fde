"""What can't be read is passed over and reported; everybody else's searches go on."""

import logging
import uuid

import numpy as np
import psycopg
import pytest
from django.db import connections
from psycopg import sql

from apps.catalog.models import TrackStatus
from apps.registry.models import Damage
from apps.registry.selectors import figures
from apps.registry.tasks import claims, damage, merge, similarity
from apps.registry.tasks import store as registry_store
from apps.registry.tasks.exports import SegmentFiles
from apps.registry.tasks.parts import PartCache
from apps.registry.tasks.similarity import Kind
from apps.registry.tasks.store import PostgresPostingStore
from apps.tenancy.context import bind
from ml.fingerprint import grid
from ml.fingerprint.extract import Peaks, landmarks
from ml.fingerprint.match import match
from tests.factories import make_organisation, make_user, signed_in
from tests.integration.registry.helpers import claim, postings, set_status

SECONDS = 12.0


@pytest.fixture(autouse=True)
def _nothing_told():
    damage.forget()
    similarity.forget()
    yield
    similarity.forget()


def _owner(query, params=()):
    with connections["owner"].cursor() as cursor:
        cursor.execute(query, params)
        found = cursor.fetchall() if cursor.description else []
    connections["owner"].close()
    return found


def _spoil(number, data=b"DP\x02 not peaks"):
    _owner("UPDATE registry_peaks SET peaks = %s WHERE number = %s", [data, number])


def _spoil_pages(segment, every=1):
    """Every so manieth page of a segment holds nonsense."""
    update = sql.SQL("UPDATE {} SET block = '\\xff' WHERE bucket %% %s = 0")
    with connections["owner"].cursor() as cursor:
        cursor.execute(update.format(sql.Identifier(f"registry_block_{segment}")), [every])
    connections["owner"].close()


def _reported():
    rows = Damage.objects.using("platform").order_by("id").values_list("kind", "number", "segment_id", "title")
    return list(rows)


def _excerpt(peaks):
    end = round(10 / grid.FRAME_SECONDS)
    part = peaks.between(0, end)
    return Peaks(part.frame, part.band, part.rank, end)


def _store(label, own, folder=None):
    return PostgresPostingStore(label.id, own.number, parts=PartCache(), segment_files=SegmentFiles(folder))


def _found(label, own, target, folder=None):
    return [m.track for m in match(_excerpt(target.peaks), _store(label, own, folder))]


@pytest.mark.parametrize("data", [b"", b"nonsense", b"DP\x02", b"DP\x09" + bytes(60)])
def test_an_unreadable_fresh_entry_stops_no_search_and_no_merge(committed, caplog, data):
    label = make_organisation()
    claimed = [claim(label, seed, seconds=SECONDS) for seed in range(merge.FRESH_A_PART + 2)]
    own = claim(label, 999, seconds=SECONDS)
    _spoil(claimed[3].number, data)
    with caplog.at_level(logging.ERROR):
        assert _found(label, own, claimed[5]) == [claimed[5].number]
        assert _found(label, own, claimed[3]) == []
    assert caplog.text.count(f"Entry {claimed[3].number} can't be found by its peaks") == 1
    assert _reported() == [("peaks", claimed[3].number, None, "Night train")]
    damage.forget()
    assert merge.maintain() < 10
    assert (figures().segments, figures().fresh) == (1, 1)
    assert _found(label, own, claimed[5]) == [claimed[5].number]


def test_upkeep_that_meets_an_unreadable_entry_first_reports_it_and_goes_on(committed):
    label = make_organisation()
    claimed = [claim(label, seed, seconds=6.0) for seed in range(merge.FRESH_A_PART + 1)]
    _spoil(claimed[0].number)
    assert 0 < merge.maintain() < 10
    assert figures().segments == 1
    assert _reported() == [("peaks", claimed[0].number, None, "Night train")]


def test_an_entry_whose_peaks_went_bad_after_a_merge_is_not_found_and_all_others_are(committed):
    label = make_organisation()
    claimed = [claim(label, seed, seconds=SECONDS) for seed in range(merge.FRESH_A_PART)]
    merge.maintain()
    own = claim(label, 999, seconds=SECONDS)
    _spoil(claimed[2].number)
    assert _found(label, own, claimed[2]) == []
    assert _found(label, own, claimed[4]) == [claimed[4].number]
    assert [row[:2] for row in _reported()] == [("peaks", claimed[2].number)]


def test_a_report_is_taken_back_when_the_peaks_can_be_read_or_are_claimed_anew(committed):
    label = make_organisation()
    first, second = claim(label, 1, seconds=SECONDS), claim(label, 2, seconds=SECONDS)
    own = claim(label, 999, seconds=SECONDS)
    good = first.peaks.strongest(grid.STORED_PEAKS_PER_SECOND).to_bytes()
    for one in (first, second):
        _spoil(one.number)
    _store(label, own)
    assert [row[1] for row in _reported()] == [first.number, second.number]
    _spoil(first.number, good)
    merge.maintain()
    assert [row[1] for row in _reported()] == [second.number]
    assert _found(label, own, first) == [first.number]
    with bind(label.id):
        again = claims.prepare(second.track_id, uuid.uuid4(), f"{2:064x}", second.peaks)
        assert claims.make(again) == second.number
    assert _reported() == []
    assert _found(label, own, second) == [second.number]


def test_a_withdrawn_entry_s_report_is_not_shown(committed):
    label = make_organisation()
    gone, own = claim(label, 1), claim(label, 2)
    _spoil(gone.number)
    _store(label, own)
    set_status(label, gone.track_id, TrackStatus.WITHDRAWN)
    assert _reported() == []


@pytest.fixture
def spoiled_segment(committed):
    """A merged part one of whose pages can't be read: the clients, what they claimed, and the part."""
    label = make_organisation()
    claimed = [claim(label, seed, seconds=SECONDS) for seed in range(merge.FRESH_A_PART)]
    merge.maintain()
    own = claim(label, 999, seconds=SECONDS)
    [(segment,)] = _owner("SELECT id FROM registry_segment")
    _spoil_pages(segment, every=3)
    return label, claimed, own, segment


@pytest.mark.parametrize("exported", [False, True])
def test_an_unreadable_page_costs_only_what_it_holds(spoiled_segment, tmp_path, monkeypatch, exported):
    if exported:
        monkeypatch.setattr(registry_store, "LEAST_BYTES", 1)
    label, claimed, own, segment = spoiled_segment
    assert _found(label, own, claimed[7], tmp_path if exported else None) == [claimed[7].number]
    assert _reported() == [("segment", None, segment, "")]


def test_upkeep_makes_an_unreadable_segment_anew_from_the_peaks(spoiled_segment):
    label, claimed, own, segment = spoiled_segment
    _store(label, own).lookup(landmarks(claimed[0].peaks).hash)
    merge.maintain(grace_s=-1)
    assert _reported() == []
    assert _owner("SELECT count(*) FROM registry_segment WHERE id = %s", [segment]) == [(0,)]
    hashes = np.unique(np.concatenate([landmarks(one.peaks).hash for one in claimed]))
    expected = set()
    for one in claimed:
        marks = landmarks(one.peaks)
        expected |= {(h, one.number, c) for h, c in zip(marks.hash.tolist(), marks.cell.tolist(), strict=True)}
    assert postings(_store(label, own).lookup(hashes)) == expected
    assert (figures().segments, figures().fresh) == (1, 0)


def test_a_merge_with_an_unreadable_source_makes_it_anew_and_ends(committed):
    label = make_organisation()
    claimed = [claim(label, seed, seconds=6.0) for seed in range(merge.FRESH_A_PART * merge.FAN_IN)]
    for start in range(0, len(claimed), merge.FRESH_A_PART):
        merge._merge_fresh([c.number for c in claimed[start : start + merge.FRESH_A_PART]], [])
    [(segment,)] = _owner("SELECT min(id) FROM registry_segment")
    _spoil_pages(segment)
    assert merge.maintain(grace_s=-1) < 20
    own = claim(label, 999)
    everything = np.unique(np.concatenate([landmarks(one.peaks).hash for one in claimed]))
    found = postings(_store(label, own).lookup(everything))
    assert {row[1] for row in found} == {one.number for one in claimed}
    assert (figures().segments, figures().fresh) == (1, 1)
    assert _reported() == []


def test_a_segment_whose_table_of_entries_can_t_be_read_is_passed_over(spoiled_segment):
    label, claimed, own, segment = spoiled_segment
    _owner("UPDATE registry_segment SET layout = '\\x01' WHERE id = %s", [segment])
    assert _found(label, own, claimed[1]) == []
    assert [row[0] for row in _reported()] == ["segment"]
    merge.maintain(grace_s=-1)
    assert _found(label, own, claimed[1]) == [claimed[1].number]


class _Words:
    """An index of words: a query finds the words that begin with it."""

    def __init__(self):
        self.words = {}

    def __len__(self):
        return len(self.words)

    def add(self, number, printed):
        if printed.startswith("!"):
            raise ValueError("this word can't be indexed")
        self.words[number] = printed

    def search(self, query, *, threshold, exclude, progress):
        return [_Hit(n) for n, word in self.words.items() if word.startswith(query) and n not in exclude]


class _Hit:
    def __init__(self, number):
        self.number = number


WORDS = Kind("cover", "words-1", lambda data: data.decode("ascii"), _Words)


def test_unreadable_prints_are_passed_over_reported_once_and_mended_by_a_new_print(committed, caplog):
    label = make_organisation()
    entries = [claim(label, seed, seconds=6.0) for seed in range(4)]
    own = claim(label, 999, seconds=6.0)
    for entry, word in zip(entries, (b"night", b"\xff\xfe", b"!", b"nine"), strict=True):
        with bind(label.id):
            similarity.put(entry.number, "cover", "words-1", word)
    with caplog.at_level(logging.ERROR):
        for _ in range(2):
            found = similarity.search(label.id, own.number, WORDS, "ni", threshold=1.0)
            assert [number for number, _, _ in found.matches] == [entries[0].number, entries[3].number]
            assert found.compared_with == 2
    assert caplog.text.count("can't be read") == 2
    assert [row[:2] for row in _reported()] == [("cover", entries[1].number), ("cover", entries[2].number)]
    with bind(label.id):
        similarity.put(entries[1].number, "cover", "words-1", b"nil")
    assert [row[1] for row in _reported()] == [entries[2].number]
    found = similarity.search(label.id, own.number, WORDS, "ni", threshold=1.0)
    assert [number for number, _, _ in found.matches] == [entries[0].number, entries[3].number, entries[1].number]


def test_nobody_who_logs_in_reads_a_segment_s_table_and_only_staff_what_is_damaged(spoiled_segment):
    segment = spoiled_segment[3]
    for alias, table in (
        ("default", f"registry_block_{segment}"),
        ("platform", f"registry_block_{segment}"),
        ("default", "registry_damage_seen"),
    ):
        with (
            psycopg.connect(**connections[alias].get_connection_params()) as direct,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            direct.execute(f"TABLE {table}")


def test_the_health_page_of_the_staff_counts_and_names_what_is_damaged(committed):
    label = make_organisation("Aurora Records")
    claimed = [claim(label, seed, title=f"Lamplight {seed}") for seed in range(3)]
    own = claim(label, 999)
    staff = signed_in(make_user("health@example.org", is_staff=True))
    assert "0 unreadable · 0 registered, 4 claimed" in staff.get("/staff/registry/damage/").content.decode()
    _spoil(claimed[1].number)
    _store(label, own)
    page = staff.get("/staff/registry/damage/").content.decode()
    assert "1 unreadable · 0 registered, 4 claimed, 4 not merged yet, 0 segments" in page
    assert "Lamplight 1" in page
    assert "Aurora Records" in page
    assert "Lamplight 2" not in page


def test_a_segment_most_of_which_can_t_be_read_is_passed_over_whole(spoiled_segment):
    label, claimed, fresh, segment = spoiled_segment
    _spoil_pages(segment)
    own = claim(label, 1_001, seconds=SECONDS)
    assert _found(label, own, claimed[0]) == []
    assert _found(label, own, fresh) == [fresh.number]
    assert _reported() == [("segment", None, segment, "")]
