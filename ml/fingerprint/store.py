"""Where postings and peaks are kept: the protocol that the matcher speaks, and a store in a folder.

Another store (a database) implements the same members and may answer from anywhere; the matcher asks in few, large
batches.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ml.fingerprint import blocks
from ml.fingerprint.blocks import Blocks, Postings, gather
from ml.fingerprint.extract import FingerprintError, Peaks, landmarks
from ml.fingerprint.grid import HASH_BITS, STORED_PEAKS_PER_SECOND

FORMAT = 1
RESIDENT_POSTINGS = 150_000_000
"""Up to so many postings (8 bytes each) an index is decoded whole on its first search."""


class PostingStore(Protocol):
    """What the matcher needs of a registry.

    A store that can fetch the peaks of many tracks at once should also have `peaks_of(tracks) -> Mapping[int, Peaks]`.
    """

    @property
    def durations(self) -> Mapping[int, float]:
        """Length in seconds of every track that can be found."""

    def lookup(self, hashes: NDArray[np.uint32], longest: int | None = None) -> Postings:
        """Postings of these hashes (ascending, each once), with `hashes` of the answer equal to what was asked.

        Hashes with more than `longest` postings are answered with none: they tell little and cost most.
        """

    def peaks(self, track: int) -> Peaks:
        """The stored peaks of one track. Raises KeyError for an unknown number."""


def peaks_of(store: PostingStore, tracks: Sequence[int]) -> Mapping[int, Peaks]:
    """Peaks of several tracks; in one go when the store has a method `peaks_of` of its own."""
    together = getattr(store, "peaks_of", None)
    if together is not None:
        answer: Mapping[int, Peaks] = together(tracks)
        return answer
    return {track: store.peaks(track) for track in tracks}


class Index:
    """Postings and peaks in memory, or in a folder that is memory mapped.

    Tracks are numbered from 0 in the order they were added; `names[number]` is what the caller called them.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self._durations: dict[int, float] = {}
        self._peaks: list[bytes | NDArray[np.uint8]] = []
        self._fresh: list[tuple[NDArray[np.uint32], NDArray[np.int32], NDArray[np.int32]]] = []
        self._blocks = Blocks(np.zeros(0, np.int32), np.zeros(1, np.int64), np.zeros(0, np.uint8))
        self._resident: Postings | None = None

    def __len__(self) -> int:
        return len(self.names)

    @property
    def durations(self) -> Mapping[int, float]:
        """Length in seconds of every track."""
        return self._durations

    def add(self, name: str, peaks: Peaks) -> int:
        """Register a recording's peaks under a name; returns its number."""
        number = len(self.names)
        stored = peaks.strongest(STORED_PEAKS_PER_SECOND)
        marks = landmarks(stored)
        self.names.append(name)
        self._durations[number] = stored.duration_s
        self._peaks.append(stored.to_bytes())
        self._fresh.append((marks.hash, np.full(len(marks), number, np.int32), marks.frame))
        self._resident = None
        return number

    def peaks(self, track: int) -> Peaks:
        """The stored peaks of one track. Raises KeyError for an unknown number."""
        if not 0 <= track < len(self._peaks):
            raise KeyError(track)
        return Peaks.from_bytes(bytes(self._peaks[track]))

    def lookup(self, hashes: NDArray[np.uint32], longest: int | None = None) -> Postings:
        """Postings of these hashes (ascending, each once); none for those that have more than `longest`."""
        self._settle()
        if self._resident is None and len(self._blocks.data) < 3 * RESIDENT_POSTINGS:
            everything = np.arange(1 << HASH_BITS, dtype=np.uint32)
            self._resident = blocks.decode(self._blocks, everything)
        if self._resident is None:
            return blocks.decode_parts([self._only(hashes)], hashes, longest=longest)
        kept = self._resident
        most = len(kept) if longest is None else longest
        return Postings(hashes, *gather(hashes, kept.offsets, kept.track, kept.frame, most))

    def _only(self, hashes: NDArray[np.uint32]) -> Blocks:
        """The blocks of the buckets that hold these hashes."""
        own = self._blocks
        found = np.flatnonzero(np.isin(own.bucket, blocks.buckets_of(hashes)))
        start, size = own.offsets[found], np.diff(own.offsets)[found]
        bounds = np.concatenate([np.zeros(1, np.int64), np.cumsum(size)])
        at = np.repeat(start - bounds[:-1], size) + np.arange(bounds[-1])
        return Blocks(own.bucket[found], bounds, own.data[at])

    def _settle(self) -> None:
        """Encode what was added since the last search or save."""
        if not self._fresh:
            return
        hashes, tracks, frames = (np.concatenate(part) for part in zip(*self._fresh, strict=True))
        fresh = blocks.encode(hashes, tracks, frames)
        self._blocks = fresh if not len(self._blocks) else blocks.merge(_join(self._blocks, fresh))
        self._fresh = []

    def save(self, folder: Path) -> int:
        """Write the index; returns its size in bytes. A reader of the old files is not disturbed."""
        self._settle()
        folder.mkdir(parents=True, exist_ok=True)
        sizes = [len(p) for p in self._peaks]
        parts = {
            "postings.bin": self._blocks.data.tobytes(),
            "buckets.bin": np.stack([self._blocks.bucket, np.diff(self._blocks.offsets)]).astype("<u4").tobytes(),
            "peaks.bin": b"".join(bytes(p) for p in self._peaks),
        }
        tracks = [
            {"name": name, "duration_s": round(self._durations[n], 3), "peaks_bytes": sizes[n]}
            for n, name in enumerate(self.names)
        ]
        parts["index.json"] = json.dumps({"format": FORMAT, "tracks": tracks}, ensure_ascii=False).encode()
        for name, data in parts.items():
            draft = folder / f"{name}.part"
            draft.write_bytes(data)
            draft.replace(folder / name)
        return sum(len(data) for data in parts.values())

    @classmethod
    def load(cls, folder: Path) -> "Index":
        """An index that `save` wrote, memory mapped. Raises FingerprintError when the folder holds none."""
        try:
            header = json.loads((folder / "index.json").read_text())
            postings = _mapped(folder / "postings.bin")
            buckets = np.fromfile(folder / "buckets.bin", "<u4").reshape(2, -1)
            peaks = _mapped(folder / "peaks.bin")
        except (OSError, ValueError) as error:
            raise FingerprintError(f"{folder} holds no fingerprint index ({error}).") from error
        if header.get("format") != FORMAT:
            raise FingerprintError(f"{folder} holds an index of another version; index the files again.")
        index = cls()
        at = 0
        for number, track in enumerate(header["tracks"]):
            index.names.append(track["name"])
            index._durations[number] = track["duration_s"]
            index._peaks.append(peaks[at : at + track["peaks_bytes"]])
            at += track["peaks_bytes"]
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(buckets[1], dtype=np.int64)])
        if offsets[-1] != len(postings) or at != len(peaks):
            raise FingerprintError(f"The index in {folder} is cut short; index the files again.")
        index._blocks = Blocks(buckets[0].astype(np.int32), offsets, postings)
        return index


def _mapped(path: Path) -> NDArray[np.uint8]:
    """The bytes of a file without reading them yet."""
    return np.memmap(path, np.uint8, "r") if path.stat().st_size else np.zeros(0, np.uint8)


def _join(*parts: Blocks) -> Blocks:
    """Blocks after blocks; a bucket may then come twice."""
    sizes: Sequence[NDArray[np.int64]] = [np.diff(p.offsets) for p in parts]
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.concatenate(sizes))])
    return Blocks(np.concatenate([p.bucket for p in parts]), offsets, np.concatenate([p.data for p in parts]))
