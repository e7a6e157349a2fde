from typing import cast

import numpy as np
import pytest

from ml.fingerprint import store
from ml.fingerprint.extract import FingerprintError, extract, landmarks
from ml.fingerprint.store import Index, peaks_of
from tests.unit.ml.fingerprint.synth import piece


@pytest.fixture(scope="module")
def made():
    index = Index()
    for number, name in enumerate(["one", "曲目 2", "three/…"]):
        index.add(name, extract(piece(10 + number, 8)))
    return index


def wanted(index):
    return np.unique(np.concatenate([landmarks(index.peaks(n)).hash for n in range(len(index))]))


def as_rows(found):
    return list(zip(found.hash.tolist(), found.track.tolist(), found.frame.tolist(), strict=True))


def test_lookup_gives_every_landmark_of_every_track(made):
    expected = set()
    for track in range(3):
        marks = landmarks(made.peaks(track))
        expected |= {(h, track, f) for h, f in zip(marks.hash.tolist(), marks.frame.tolist(), strict=True)}
    assert set(as_rows(made.lookup(wanted(made)))) == expected


def test_lookup_answers_for_hashes_that_nobody_has(made):
    have = set(wanted(made).tolist())
    missing = np.array([h for h in range(1000) if h not in have][:5], np.uint32)
    found = made.lookup(missing)
    assert found.hashes.tolist() == missing.tolist()
    assert found.offsets.tolist() == [0] * 6


def test_saved_index_is_the_same(made, tmp_path):
    size = made.save(tmp_path / "index")
    back = Index.load(tmp_path / "index")
    assert size == sum(f.stat().st_size for f in (tmp_path / "index").iterdir())
    assert back.names == ["one", "曲目 2", "three/…"]
    assert dict(back.durations) == pytest.approx(dict(made.durations), abs=0.001)
    assert as_rows(back.lookup(wanted(made))) == as_rows(made.lookup(wanted(made)))
    assert back.peaks(1).to_bytes() == made.peaks(1).to_bytes()


def test_index_larger_than_memory_reads_only_the_blocks_it_needs(made, tmp_path, monkeypatch):
    made.save(tmp_path)
    monkeypatch.setattr(store, "RESIDENT_POSTINGS", 0)
    back = Index.load(tmp_path)
    some = wanted(made)[::7]
    assert as_rows(back.lookup(some)) == as_rows(made.lookup(some))


@pytest.mark.parametrize("resident", [0, 10**9])
def test_hashes_with_too_many_postings_are_answered_with_none(made, tmp_path, monkeypatch, resident):
    made.save(tmp_path)
    monkeypatch.setattr(store, "RESIDENT_POSTINGS", resident)
    back = Index.load(tmp_path)
    everything = made.lookup(wanted(made))
    counts = np.diff(everything.offsets)
    assert counts.max() > 2
    few = back.lookup(wanted(made), 2)
    assert few.hashes.tolist() == everything.hashes.tolist()
    assert np.diff(few.offsets).tolist() == np.where(counts <= 2, counts, 0).tolist()


def test_tracks_can_be_added_after_a_search():
    index = Index()
    index.add("a", extract(piece(20, 6)))
    before = len(index.lookup(wanted(index)))
    index.add("b", extract(piece(20, 6)))
    assert len(index.lookup(wanted(index))) == 2 * before


def test_unknown_track_number(made):
    with pytest.raises(KeyError):
        made.peaks(3)


def test_folder_without_an_index(tmp_path):
    with pytest.raises(FingerprintError, match="no fingerprint index"):
        Index.load(tmp_path)


def test_cut_index_is_refused(made, tmp_path):
    made.save(tmp_path)
    data = (tmp_path / "postings.bin").read_bytes()
    (tmp_path / "postings.bin").write_bytes(data[:-1])
    with pytest.raises(FingerprintError, match="cut short"):
        Index.load(tmp_path)


def test_peaks_of_several_tracks_use_the_stores_own_way_when_it_has_one(made):
    assert sorted(peaks_of(made, [0, 2])) == [0, 2]

    class Together:
        def peaks_of(self, tracks):
            return dict.fromkeys(tracks, "peaks")

    assert peaks_of(cast("store.PostingStore", Together()), [4, 5]) == cast("object", {4: "peaks", 5: "peaks"})
