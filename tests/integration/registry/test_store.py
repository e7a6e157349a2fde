"""The registry in PostgreSQL answers exactly what an index in memory answers."""

import uuid

import numpy as np
import pytest

from apps.catalog.models import TrackStatus
from apps.registry.selectors import figures
from apps.registry.tasks import merge
from apps.registry.tasks.store import NoClaim, PostgresPostingStore
from ml.fingerprint.extract import landmarks
from ml.fingerprint.store import Index
from tests.factories import make_organisation
from tests.integration.registry.helpers import claim, postings, random_peaks, set_status

pytestmark = pytest.mark.django_db


def _index(claimed):
    """The same entries in memory, under their numbers in the registry."""
    index = Index()
    numbers = [index.add(str(c.number), c.peaks) for c in claimed]
    return index, {at: c.number for at, c in zip(numbers, claimed, strict=True)}


def _everything(store, claimed):
    hashes = np.unique(np.concatenate([landmarks(c.peaks).hash for c in claimed]))
    return postings(store.lookup(hashes)), hashes


def _expected(claimed, hashes):
    index, names = _index(claimed)
    return {(h, names[t], f) for h, t, f in postings(index.lookup(hashes))}


def test_fresh_entries_are_found_without_any_merge():
    label = make_organisation()
    claimed = [claim(label, seed) for seed in range(5)]
    own = claim(label, 99)
    found, hashes = _everything(PostgresPostingStore(label.id, own.number), claimed)
    assert found == _expected(claimed, hashes)
    assert len(found) > 5 * 1_000


def test_merged_and_fresh_entries_together_equal_the_index_in_memory():
    label = make_organisation()
    claimed = [claim(label, seed) for seed in range(merge.FRESH_A_PART + 3)]
    assert merge.step()
    claimed += [claim(label, seed) for seed in range(100, 103)]
    own = claim(label, 999)
    store = PostgresPostingStore(label.id, own.number)
    found, hashes = _everything(store, claimed)
    assert found == _expected(claimed, hashes)
    assert figures().segments == 1
    assert store.durations == {c.number: pytest.approx(c.peaks.duration_s) for c in claimed}


def test_only_lower_numbers_are_seen_also_after_a_merge():
    label = make_organisation()
    claimed = [claim(label, seed) for seed in range(merge.FRESH_A_PART)]
    assert merge.step()
    middle = claimed[7]
    found, hashes = _everything(PostgresPostingStore(label.id, middle.number), claimed)
    assert found == {row for row in _expected(claimed, hashes) if row[1] < middle.number}


@pytest.mark.parametrize("merged", [False, True])
def test_withdrawn_entries_are_not_found(merged):
    label = make_organisation()
    claimed = [claim(label, seed) for seed in range(merge.FRESH_A_PART)]
    if merged:
        assert merge.step()
    set_status(label, claimed[3].track_id, TrackStatus.WITHDRAWN)
    own = claim(label, 99)
    store = PostgresPostingStore(label.id, own.number)
    found, hashes = _everything(store, claimed)
    assert found == {row for row in _expected(claimed, hashes) if row[1] != claimed[3].number}
    assert claimed[3].number not in store.durations
    with pytest.raises(KeyError):
        store.peaks(claimed[3].number)


def test_peaks_come_back_as_they_were_stored():
    label = make_organisation()
    first, own = claim(label, 5), claim(label, 6)
    stored = PostgresPostingStore(label.id, own.number).peaks_of([first.number])[first.number]
    assert stored.frame.tolist() == random_peaks(5).frame.tolist()
    assert stored.band.tolist() == random_peaks(5).band.tolist()


def test_a_stranger_s_number_opens_nothing():
    ours, theirs = make_organisation(), make_organisation()
    claim(theirs, 1)
    foreign = claim(theirs, 2)
    with pytest.raises(NoClaim):
        PostgresPostingStore(ours.id, foreign.number)
    with pytest.raises(NoClaim):
        PostgresPostingStore(uuid.uuid4(), foreign.number)


def test_search_goes_on_when_a_part_is_merged_away_and_swept():
    label = make_organisation()
    claimed = [claim(label, seed) for seed in range(merge.FRESH_A_PART * merge.FAN_IN)]
    parts = [claimed[at : at + merge.FRESH_A_PART] for at in range(0, len(claimed), merge.FRESH_A_PART)]
    for part in parts:
        assert merge._merge_fresh([c.number for c in part], [])
    own = claim(label, 999)
    store = PostgresPostingStore(label.id, own.number)
    before, hashes = _everything(store, claimed)
    assert merge.maintain(grace_s=-1.0) > 1
    assert figures().segments == 1
    assert postings(store.lookup(hashes)) == before == _expected(claimed, hashes)
