"""How searches fare in a large registry: real tracks, and many made up by splicing, transposing, stretching and
disturbing prints of other songs. Made-up tracks resemble real ones in every window, not in their order.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml.similarity.cover.benchmark import Query, Say, open_benchmark
from ml.similarity.cover.features import CoverPrint
from ml.similarity.cover.plausibility import shipped_calibration
from ml.similarity.cover.search import CoverIndex
from ml.similarity.cover.searches import MISSED, name_of

PIECES = 3
DISTURBED, MOST_LEVELS = 0.1, 4
"""Share of a made-up print's values that are changed, and by how many of the sixteen levels at most."""
FASTEST = 0.3
"""Octaves of tempo by which a piece is faster or slower at most."""
DEPTHS = (1, 10, 100)


@dataclass(frozen=True, slots=True)
class Search:
    """What one search among many answered. place: of the true track in the first stage."""

    known: bool
    place: int
    rank: int
    chance: float
    first_s: float
    cpu_s: float


def made_up(material: Sequence[CoverPrint], seed: int) -> CoverPrint:
    """A track of three pieces of these prints; the same seed gives the same."""
    g = np.random.default_rng([77, seed])
    pieces = [_piece(material[int(g.integers(len(material)))], g) for _ in range(PIECES)]
    harmony, melody = (np.concatenate(parts) for parts in zip(*pieces, strict=True))
    return CoverPrint(harmony, melody)


def _piece(source: CoverPrint, g: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    count = len(source)
    start, length = int(g.integers(0, max(1, count // 2))), int(g.integers(count // 4, count // 2))
    step, semitones = 2 ** g.uniform(-FASTEST, FASTEST), int(g.integers(12))
    frames = np.minimum((start + np.arange(int(length / step)) * step).astype(int), count - 1)
    harmony, melody = (_disturbed(np.roll(s[frames], semitones, axis=1), g) for s in (source.harmony, source.melody))
    return harmony, melody


def _disturbed(stream: NDArray[np.uint8], g: np.random.Generator) -> NDArray[np.uint8]:
    change = g.integers(-MOST_LEVELS, MOST_LEVELS + 1, stream.shape) * (g.random(stream.shape) < DISTURBED)
    return np.clip(stream.astype(int) + change, 0, 15).astype(np.uint8)


def measure(
    folder: Path, material: Path, sizes: Sequence[int], lengths: Sequence[float], every: int, say: Say
) -> Iterator[str]:
    """A line for each size and length. folder: corpus of the queries; material: of other songs."""
    benchmark = open_benchmark(folder, say, every)
    source = open_benchmark(material, say, queries=False).prints
    index = CoverIndex()
    for number, cover_print in enumerate(benchmark.prints):
        index.add(number, cover_print)
    for size in sizes:
        spent = 0.0
        for number in range(len(index), size):
            data = made_up(source, number).to_bytes()
            started = time.process_time()
            index.add(number, CoverPrint.from_bytes(data))
            spent += time.process_time() - started
        yield f"{len(index)} tracks: {1000 * spent / max(1, size):.1f} CPU ms to add one, {_memory_mb():.0f} MB held"
        for length in lengths:
            yield _line(name_of(length), [_search(index, q, length) for q in benchmark.queries])


def _search(index: CoverIndex, query: Query, length_s: float) -> Search:
    cut = query.cut(length_s)
    started = time.process_time()
    places = list(dict.fromkeys(h.number for h in index.candidates(cut)))
    first = time.process_time()
    found = index.search(cut, threshold=1.0)
    ended = time.process_time()
    ranked = [m.number for m in found]
    return Search(
        known=query.number is not None,
        place=places.index(query.number) if query.number in places else MISSED,
        rank=ranked.index(query.number) if query.number in ranked else MISSED,
        chance=found[0].chance_probability if found else 1.0,
        first_s=first - started,
        cpu_s=ended - first,
    )


def _line(name: str, searches: Sequence[Search]) -> str:
    threshold = shipped_calibration().threshold
    known, unknown = [s for s in searches if s.known], [s for s in searches if not s.known]
    depths = ", ".join(f"{_share([s.place < d for s in known])} among {d}" for d in DEPTHS)
    within = _share([s.rank == 0 and s.chance <= threshold for s in known])
    false = " · ".join(f"{sum(s.chance <= p for s in unknown)} at {p:g}" for p in (0.1, 0.05, 0.01, threshold))
    median, most = (1000 * f([s.cpu_s for s in searches]) for f in (np.median, np.max))
    return (
        f"  {name}, {len(known)} known: first stage {depths}, {_share([s.place < MISSED for s in known])} among the "
        f"candidates; first {_share([s.rank == 0 for s in known])}, within {threshold:g} {within}; "
        f"{len(unknown)} unknown: {false}; CPU ms {median:.0f}, at most {most:.0f}, "
        f"first stage {1000 * np.median([s.first_s for s in searches]):.0f}"
    )


def _share(flags: Sequence[bool]) -> str:
    return f"{np.mean(flags):.0%}" if flags else "–"


def _memory_mb() -> float:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
