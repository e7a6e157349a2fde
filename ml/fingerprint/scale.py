"""How searches fare in a large registry: real recordings in the midst of synthetic ones with their distribution.

A synthetic track is made of three-second pieces of the corpus' own recordings, each transposed and stretched, so that
landmarks are as common, as clustered in time and as alike as those of music, while no query is truly contained in it.
Postings are derived piece by piece from the landmarks of the real recordings; nothing is rendered.
"""

import resource
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ml.fingerprint import grid
from ml.fingerprint.audio_input import load
from ml.fingerprint.benchmark import Query, read_queries, read_tracks
from ml.fingerprint.bits import SLACK
from ml.fingerprint.blocks import (
    BUCKETS,
    GAP_CELLS,
    PREFIX_BITS,
    Part,
    Tracks,
    drop_common,
    stop_limit,
)
from ml.fingerprint.elias import write_block
from ml.fingerprint.extract import Peaks, extract, landmarks
from ml.fingerprint.files import map_part, write_part
from ml.fingerprint.match import match
from ml.fingerprint.store import Wanted, part_of

TRACKS_A_SEGMENT = 10_000
PIECE_CELLS = 16
SHORTEST_S, LONGEST_S = 90.0, 260.0
LEAST_SHIFT, MOST_SHIFT = 9, 30
SLOWEST, FASTEST = 0.7, 1.45
QUERY_S = 10.0
KINDS: Mapping[str, tuple[str, ...]] = {
    "clean": ("clean", "mp3_64", "aac_32", "eq"),
    "noisy": ("pink_5", "babble_5", "voice_0", "reverb"),
    "warped": ("tempo_-5", "tempo_+5", "pitch_-2", "pitch_+1", "speed_-2", "speed_+5"),
}
Say = Callable[[str], None]
Int64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Source:
    """Landmarks and peaks of all real recordings, one after the other; bounds (k + 1,) say where each begins.

    Landmarks in order of their cell; cells, frames: length of each recording.
    """

    hashes: NDArray[np.uint32]
    cells: NDArray[np.int32]
    bounds: Int64
    lengths: Int64
    peaks: tuple[Peaks, ...]

    @classmethod
    def of(cls, recordings: Sequence[Peaks]) -> "Source":
        """From stored peaks."""
        marks = [landmarks(peaks) for peaks in recordings]
        orders = [np.argsort(mark.cell, kind="stable") for mark in marks]
        return cls(
            np.concatenate([mark.hash[order] for mark, order in zip(marks, orders, strict=True)]),
            np.concatenate([mark.cell[order] for mark, order in zip(marks, orders, strict=True)]),
            np.concatenate([[0], np.cumsum([len(mark) for mark in marks])]).astype(np.int64),
            np.array([max(1, peaks.frames // grid.CELL_FRAMES - PIECE_CELLS) for peaks in recordings], np.int64),
            tuple(recordings),
        )


@njit(cache=True)
def _pieces(number, lengths, most):  # type: ignore[no-untyped-def]
    """(recording, first cell, shift in bands, rate) of the pieces of synthetic track `number`; rate in thousandths."""
    np.random.seed(number)
    seconds = np.random.uniform(SHORTEST_S, LONGEST_S)
    count = min(most, int(seconds / grid.FRAME_SECONDS / grid.CELL_FRAMES / PIECE_CELLS))
    out = np.empty((count, 4), np.int64)
    for k in range(count):
        source = np.random.randint(0, len(lengths))
        shift = np.random.randint(LEAST_SHIFT, MOST_SHIFT)
        out[k, 0] = source
        out[k, 1] = np.random.randint(0, lengths[source])
        out[k, 2] = shift if np.random.random() < 0.5 else -shift
        out[k, 3] = int(1000 * np.random.uniform(SLOWEST, FASTEST))
    return out


@njit(cache=True, inline="always")
def _altered(value, shift, rate):  # type: ignore[no-untyped-def]
    """A hash, transposed and stretched; -1 when there is no such landmark."""
    value = np.int64(value)
    band = (value >> (grid.PAIR_BITS + grid.CHECK_BITS - grid.BAND_BITS)) + shift
    step = np.int64(np.rint((value >> grid.CHECK_BITS & 63) * 1000 / rate))
    third = min(np.int64((value & 15) * 1000 / rate), 15)
    if band < 0 or band >= grid.BINS or step < grid.MIN_PAIR_FRAMES or step > grid.MAX_PAIR_FRAMES:
        return np.int64(-1)
    wide = value >> (grid.CHECK_BITS + grid.FRAME_BITS) & 127
    pair = (band << 13) | (wide << 6) | step
    return (pair << grid.CHECK_BITS) | (value & 0x1F0) | third


@njit(cache=True)
def _scatter(first, count, hashes, cells, bounds, lengths, starts, span, filled, keys, most):  # type: ignore[no-untyped-def]
    """Keys of the synthetic tracks in the order of their buckets; only counts them in `filled` when `keys` is empty."""
    mask = (np.int64(1) << PREFIX_BITS) - 1
    for place in range(count):
        pieces = _pieces(first + place, lengths, most)
        for k in range(len(pieces)):
            source, start, shift, rate = pieces[k]
            low, high = bounds[source], bounds[source + 1]
            at = low + np.searchsorted(cells[low:high], start)
            while at < high and cells[at] < start + PIECE_CELLS:
                value = _altered(hashes[at], shift, rate)
                if value >= 0:
                    bucket = value >> PREFIX_BITS
                    if len(keys):
                        position = starts[place] + GAP_CELLS // 2 + k * PIECE_CELLS + cells[at] - start
                        keys[filled[bucket]] = (value & mask) * span + position
                    filled[bucket] += 1
                at += 1


@njit(cache=True)
def _write(keys, ends, span, limit, out):  # type: ignore[no-untyped-def]
    """Blocks of the keys of each bucket; returns their offsets."""
    offsets = np.zeros(BUCKETS + 1, np.int64)
    stopped = [np.int64(0)]
    start = 0
    for bucket in range(BUCKETS):
        own = np.sort(keys[start : ends[bucket]])
        start = ends[bucket]
        count = 0
        for k in range(len(own)):
            if k == 0 or own[k] != own[k - 1]:
                own[count] = own[k]
                count += 1
        count = drop_common(own, count, span, limit, bucket, stopped)
        at = offsets[bucket]
        offsets[bucket + 1] = write_block(own, count, span << PREFIX_BITS, out, at) if count else at
    return offsets


def synthetic_part(source: Source, first: int, count: int) -> Part:
    """A part that holds the synthetic tracks `first` to `first + count`."""
    most = int(LONGEST_S / grid.FRAME_SECONDS / grid.CELL_FRAMES / PIECE_CELLS) + 1
    sizes = [len(_pieces(first + k, source.lengths, most)) for k in range(count)]
    tracks = Tracks.of(
        np.arange(first, first + count, dtype=np.int32), np.array(sizes) * PIECE_CELLS * grid.CELL_FRAMES
    )
    arrays = (source.hashes, source.cells, source.bounds, source.lengths, tracks.starts, tracks.span)
    filled = np.zeros(BUCKETS, np.int64)
    _scatter(first, count, *arrays, filled, np.zeros(0, np.int64), most)
    starts = np.concatenate([[0], np.cumsum(filled)]).astype(np.int64)
    keys = np.empty(starts[-1], np.int64)
    _scatter(first, count, *arrays, starts[:-1].copy(), keys, most)
    out = np.zeros(5 * len(keys) + 64 * BUCKETS, np.uint8)
    offsets = _write(keys, starts[1:], tracks.span, stop_limit(tracks.span), out)
    return Part.of(tracks, offsets, out[: offsets[-1] + SLACK].copy())


def synthetic_peaks(source: Source, number: int) -> Peaks:
    """The peaks of a synthetic track."""
    most = int(LONGEST_S / grid.FRAME_SECONDS / grid.CELL_FRAMES / PIECE_CELLS) + 1
    frames, bands, ranks = [], [], []
    pieces = _pieces(number, source.lengths, most)
    for k, (recording, start, shift, rate) in enumerate(pieces.tolist()):
        own = source.peaks[recording].between(
            start * grid.CELL_FRAMES, (start + PIECE_CELLS * min(1.0, rate / 1000)) * grid.CELL_FRAMES
        )
        frame = (own.frame - np.float32(start * grid.CELL_FRAMES)) * np.float32(1000 / rate)
        band = own.band + np.float32(shift)
        keep = (band >= 0) & (band < grid.BINS) & (frame < PIECE_CELLS * grid.CELL_FRAMES)
        frames.append(frame[keep] + np.float32(k * PIECE_CELLS * grid.CELL_FRAMES))
        bands.append(band[keep])
        ranks.append(own.rank[keep])
    return Peaks(
        np.concatenate(frames),
        np.concatenate(bands),
        np.concatenate(ranks),
        len(pieces) * PIECE_CELLS * grid.CELL_FRAMES,
    )


class ScaledStore:
    """Real recordings under the numbers 0 …, then synthetic ones; parts and peaks are mapped from files."""

    def __init__(self, names: Sequence[str], recordings: Sequence[Peaks], folder: Path) -> None:
        self.names = list(names)
        self._real = [peaks.to_bytes() for peaks in recordings]
        stored = [(number, Peaks.from_bytes(data)) for number, data in enumerate(self._real)]
        self._source = Source.of([peaks for _, peaks in stored])
        self._folder = folder
        self._parts = [part_of(stored).ranked()]
        self._tables: list[tuple[int, Int64, NDArray[np.uint8]]] = []
        self.durations = {number: peaks.duration_s for number, peaks in stored}
        self.postings_bytes = self._parts[0].size
        self.peaks_bytes = sum(len(data) for data in self._real)

    def grow(self, tracks: int) -> None:
        """Add synthetic tracks, in segments of at most 10,000, until there are so many in all; what lies in the folder
        already is used again.
        """
        while len(self.durations) < tracks:
            first = len(self.durations)
            self._add(first, min(TRACKS_A_SEGMENT - first % TRACKS_A_SEGMENT, tracks - first))

    def parts(self, wanted: Wanted | None = None) -> Iterable[Part]:
        """Every part."""
        return self._parts

    def peaks(self, track: int) -> Peaks:
        """The peaks of a real or synthetic track."""
        if track < len(self._real):
            return Peaks.from_bytes(self._real[track])
        for first, bounds, data in reversed(self._tables):
            if track >= first:
                at = (track - first) % (len(bounds) - 1)
                low, high = bounds[at : at + 2]
                return Peaks.from_bytes(data[low:high].tobytes())
        raise KeyError(track)

    def _add(self, first: int, count: int) -> None:
        path = self._folder / f"{first}-{count}.part"
        if not path.exists():
            write_part(path, synthetic_part(self._source, first, count))
        part = map_part(path).ranked()
        self._parts.append(part)
        self.postings_bytes += part.size
        self.peaks_bytes += self._add_peaks(first, count)
        lengths = (np.diff(part.tracks.starts) - GAP_CELLS) * grid.CELL_FRAMES * grid.FRAME_SECONDS
        self.durations |= dict(zip(range(first, first + count), lengths.tolist(), strict=True))

    def _add_peaks(self, first: int, count: int) -> int:
        """Make the peaks of these tracks, up to the end of the first segment; later tracks are given those of earlier
        ones, which their candidates fail against just the same. Returns the bytes of all.
        """
        if first >= TRACKS_A_SEGMENT:
            self._tables.append((first, *self._tables[-1][1:]))
            bounds = self._tables[-1][1]
            return int(bounds[-1]) * count // (len(bounds) - 1)
        path = self._folder / f"{first}-{count}.peaks"
        sizes = path.with_suffix(".npy")
        if not sizes.exists():
            with path.open("wb") as file:
                numbers = range(first, first + count)
                written = [file.write(synthetic_peaks(self._source, number).to_bytes()) for number in numbers]
            np.save(sizes, np.array(written, np.int64))
        bounds = np.concatenate([[0], np.cumsum(np.load(sizes))]).astype(np.int64)
        self._tables.append((first, bounds, np.memmap(path, np.uint8, "r")))
        return int(bounds[-1])


@dataclass(frozen=True, slots=True)
class Row:
    """Searches of one kind: median and worst milliseconds on the clock, median of the processor, share answered
    rightly (for `none`: with nothing).
    """

    kind: str
    queries: int
    wall_ms: float
    worst_ms: float
    cpu_ms: float
    right: float


def measure(corpus: Path, sizes: Sequence[int], folder: Path, queries: int, say: Say) -> str:
    """A table for each size. corpus: a benchmark folder; folder: where the index is written."""
    registry, everything = read_tracks(corpus, "registry.csv"), read_queries(corpus)
    store = ScaledStore(
        [track.name for track in registry],
        [extract(load(track.path)).strongest(grid.STORED_PEAKS_PER_SECOND) for track in registry],
        folder,
    )
    chosen = _chosen(everything, queries)
    lines = [
        "| tracks | hours | postings MB | peaks MB | MB/h | built s | RSS MB | mapped MB |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    details = [
        "| tracks | query | n | wall ms, median | wall ms, worst | CPU ms, median | right |",
        "| ---: | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for size in sorted(sizes):
        started = time.perf_counter()
        store.grow(size)
        built = time.perf_counter() - started
        hours = sum(store.durations.values()) / 3600
        rows = []
        for kind, own in chosen.items():
            say(f"{size:,} tracks: {kind}")
            rows.append(_row(kind, own, store))
        rss, mapped = _memory()
        lines.append(
            f"| {len(store.durations):,} | {hours:,.0f} | {store.postings_bytes / 1e6:,.0f} | "
            f"{store.peaks_bytes / 1e6:,.0f} | {(store.postings_bytes + store.peaks_bytes) / hours / 1e6:.2f} | "
            f"{built:.0f} | {rss:,.0f} | {mapped:,.0f} |"
        )
        details += [
            f"| {len(store.durations):,} | {r.kind} | {r.queries} | {r.wall_ms:.0f} | {r.worst_ms:.0f} | "
            f"{r.cpu_ms:.0f} | {r.right:.0%} |"
            for r in rows
        ]
        for line in (lines[-1], *details[-len(rows) :]):
            say(line)
    return "\n".join([*lines, "", *details])


def _chosen(everything: Sequence[Query], most: int) -> dict[str, list[Query]]:
    """So many queries of each kind, spread over its conditions."""
    chosen = {}
    for kind, conditions in KINDS.items():
        own = [q for q in everything if q.registered and q.condition in conditions]
        chosen[kind] = own[:: max(1, len(own) // most)][:most]
    unknown = [q for q in everything if not q.registered and q.condition == "clean"]
    chosen["none"] = unknown[: max(1, most // 2)]
    return chosen


def _row(kind: str, queries: Sequence[Query], store: ScaledStore) -> Row:
    match(load(queries[0].path, QUERY_S), store)
    walls, cpus, right = [], [], 0
    for query in queries:
        samples = load(query.path, QUERY_S)
        wall, cpu = time.perf_counter(), time.process_time()
        found = match(samples, store)
        walls.append(1000 * (time.perf_counter() - wall))
        cpus.append(1000 * (time.process_time() - cpu))
        first = store.names[found[0].track] if found and found[0].track < len(store.names) else None
        right += (not found) if kind == "none" else first == query.track
    return Row(kind, len(queries), statistics.median(walls), max(walls), statistics.median(cpus), right / len(queries))


def _memory() -> tuple[float, float]:
    """Megabytes of memory of the process' own, and of files that it has mapped and touched."""
    fields = dict.fromkeys(("RssAnon", "RssFile"), 0.0)
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            name, _, value = line.partition(":")
            if name in fields:
                fields[name] = float(value.split()[0]) / 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 0.0
    return fields["RssAnon"], fields["RssFile"]
