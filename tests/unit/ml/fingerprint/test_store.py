from typing import cast

import numpy as np
import pytest

from ml.fingerprint import store
from ml.fingerprint.extract import FingerprintError, extract, landmarks
from ml.fingerprint.files import PartWriter
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
    return list(zip(found.hash.tolist(), found.track.tolist(), found.cell.tolist(), strict=True))


def test_lookup_gives_every_landmark_of_every_track(made):
    expected = set()
    for track in range(3):
        marks = landmarks(made.peaks(track))
        expected |= {(h, track, f) for h, f in zip(marks.hash.tolist(), marks.cell.tolist(), strict=True)}
    assert set(as_rows(made.lookup(wanted(made)))) == expected


def test_lookup_of_hashes_that_nobody_has_finds_nothing(made):
    have = set(wanted(made).tolist())
    missing = np.array([h for h in range(1000) if h not in have][:5], np.uint32)
    assert len(made.lookup(missing)) == 0


def test_saved_index_is_the_same(made, tmp_path):
    size = made.save(tmp_path / "index")
    back = Index.load(tmp_path / "index")
    assert size == sum(f.stat().st_size for f in (tmp_path / "index").iterdir())
    assert back.names == ["one", "曲目 2", "three/…"]
    assert dict(back.durations) == pytest.approx(dict(made.durations), abs=0.001)
    assert as_rows(back.lookup(wanted(made))) == as_rows(made.lookup(wanted(made)))
    assert back.peaks(1).to_bytes() == made.peaks(1).to_bytes()


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
    data = (tmp_path / "postings.part").read_bytes()
    (tmp_path / "postings.part").write_bytes(data[:-1])
    with pytest.raises(FingerprintError, match="cut short"):
        Index.load(tmp_path)


@pytest.mark.parametrize("at", [40, 5_000, 270_000, -20])
def test_a_flipped_bit_in_an_index_is_noticed(made, tmp_path, at):
    made.save(tmp_path)
    data = bytearray((tmp_path / "postings.part").read_bytes())
    data[at] ^= 4
    (tmp_path / "postings.part").write_bytes(data)
    with pytest.raises(FingerprintError, match="damaged"):
        Index.load(tmp_path)


def test_a_file_that_is_not_finished_never_appears(made, tmp_path):
    part = made.parts()[0]
    with PartWriter(tmp_path / "x.part", part.tracks) as writer:
        writer.add(part, 0, 8)
        with pytest.raises(ValueError, match="buckets from 8 are missing"):
            writer.finish()
    assert list(tmp_path.iterdir()) == []


def test_peaks_of_several_tracks_use_the_stores_own_way_when_it_has_one(made):
    assert sorted(peaks_of(made, [0, 2])) == [0, 2]

    class Together:
        def peaks_of(self, tracks):
            return dict.fromkeys(tracks, "peaks")

    assert peaks_of(cast("store.PostingStore", Together()), [4, 5]) == cast("object", {4: "peaks", 5: "peaks"})
