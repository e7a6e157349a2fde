"""Where postings and peaks are kept: the protocol that the matcher speaks, and a store in a folder.

Another store (a database) implements the same members and may answer from anywhere; the matcher asks in few, large
batches.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ml.fingerprint import blocks, files
from ml.fingerprint.blocks import Part, Postings, Tracks
from ml.fingerprint.extract import FingerprintError, Peaks, landmarks
from ml.fingerprint.grid import CELL_FRAMES, STORED_PEAKS_PER_SECOND
from ml.fingerprint.merging import merge

FORMAT = 2
PART = "postings.part"


Wanted = Callable[[], NDArray[np.int32]]
"""Works out which buckets a search looks at, for stores that don't have all of them at hand."""


class PostingStore(Protocol):
    """What the matcher needs of a registry.

    A store that can fetch the peaks of many tracks at once should also have `peaks_of(tracks) -> Mapping[int, Peaks]`.
    """

    @property
    def durations(self) -> Mapping[int, float]:
        """Length in seconds of every track that can be found."""

    def parts(self, wanted: Wanted) -> Iterable[Part]:
        """All parts of the index, with at least the wanted buckets (ascending, each once) in each.

        What may not be found is hidden in them.
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


def part_of(stored: Sequence[tuple[int, Peaks]]) -> Part:
    """The part of an index that holds these tracks: (number, peaks)."""
    marks = [landmarks(peaks) for _, peaks in stored]
    pairs = zip(marks, stored, strict=True)
    tracks = Tracks.of([number for number, _ in stored], [peaks.frames for _, peaks in stored])
    return blocks.encode(
        np.concatenate([np.zeros(0, np.uint32), *(m.hash for m in marks)]),
        np.repeat(np.arange(len(marks), dtype=np.int32), [len(m) for m in marks]),
        np.concatenate([np.zeros(0, np.int32), *(_inside(m.cell, peaks.frames) for m, (_, peaks) in pairs)]),
        tracks,
    )


def _inside(cells: NDArray[np.int32], frames: int) -> NDArray[np.int32]:
    """Cells of a recording of so many frames: its last peak may be refined to just behind its end."""
    return np.minimum(cells, max(0, -(-frames // CELL_FRAMES) - 1)).astype(np.int32)


class Index:
    """Postings and peaks in memory, or in a folder that is memory mapped.

    Tracks are numbered from 0 in the order they were added; `names[number]` is what the caller called them.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self._durations: dict[int, float] = {}
        self._peaks: list[bytes | NDArray[np.uint8]] = []
        self._fresh: list[tuple[int, Peaks]] = []
        self._part = Part.empty()

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
        data = stored.to_bytes()
        self.names.append(name)
        self._durations[number] = stored.duration_s
        self._peaks.append(data)
        self._fresh.append((number, Peaks.from_bytes(data)))
        return number

    def peaks(self, track: int) -> Peaks:
        """The stored peaks of one track. Raises KeyError for an unknown number."""
        if not 0 <= track < len(self._peaks):
            raise KeyError(track)
        return Peaks.from_bytes(bytes(self._peaks[track]))

    def parts(self, wanted: Wanted | None = None) -> Sequence[Part]:
        """The one part that holds everything."""
        self._settle()
        return [self._part]

    def lookup(self, hashes: NDArray[np.uint32]) -> Postings:
        """Postings of these hashes (30 bits), for tests and explanations."""
        return blocks.lookup(self.parts(), hashes)

    def _settle(self) -> None:
        """Encode what was added since the last search or save."""
        if not self._fresh:
            return
        fresh = part_of(self._fresh)
        self._part = (merge([self._part, fresh]) if len(self._part.tracks.number) else fresh).ranked()
        self._fresh = []

    def save(self, folder: Path) -> int:
        """Write the index; returns its size in bytes. A reader of the old files is not disturbed."""
        self._settle()
        folder.mkdir(parents=True, exist_ok=True)
        sizes = [len(p) for p in self._peaks]
        parts = {"peaks.bin": b"".join(bytes(p) for p in self._peaks)}
        tracks = [
            {"name": name, "duration_s": round(self._durations[n], 3), "peaks_bytes": sizes[n]}
            for n, name in enumerate(self.names)
        ]
        parts["index.json"] = json.dumps({"format": FORMAT, "tracks": tracks}, ensure_ascii=False).encode()
        for name, data in parts.items():
            draft = folder / f"{name}.part"
            draft.write_bytes(data)
            draft.replace(folder / name)
        return files.write_part(folder / PART, self._part) + sum(len(data) for data in parts.values())

    @classmethod
    def load(cls, folder: Path) -> "Index":
        """An index that `save` wrote, memory mapped. Raises FingerprintError when the folder holds none."""
        try:
            header = json.loads((folder / "index.json").read_text())
            peaks = _mapped(folder / "peaks.bin")
        except (OSError, ValueError) as error:
            raise FingerprintError(f"{folder} holds no fingerprint index ({error}).") from error
        if header.get("format") != FORMAT:
            raise FingerprintError(f"{folder} holds an index of another version; index the files again.")
        part = files.map_part(folder / PART)
        index = cls()
        at = 0
        for number, track in enumerate(header["tracks"]):
            index.names.append(track["name"])
            index._durations[number] = track["duration_s"]
            index._peaks.append(peaks[at : at + track["peaks_bytes"]])
            at += track["peaks_bytes"]
        if at != len(peaks) or len(part.tracks.number) != len(index.names):
            raise FingerprintError(f"The index in {folder} is cut short; index the files again.")
        index._part = part.ranked()
        return index


def _mapped(path: Path) -> NDArray[np.uint8]:
    """The bytes of a file without reading them yet."""
    return np.memmap(path, np.uint8, "r") if path.stat().st_size else np.zeros(0, np.uint8)
