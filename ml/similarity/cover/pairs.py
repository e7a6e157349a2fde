"""What a collection of recordings finds among itself: each is looked for among all the others."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ml.similarity.cover.benchmark import Query, Say
from ml.similarity.cover.search import CoverIndex
from ml.similarity.cover.store import load

LIMITS = (0.05, 0.02, 0.01, 0.005, 0.002, 0.001)


@dataclass(frozen=True, slots=True)
class Pair:
    """The strongest answer to a recording."""

    query: str
    found: str
    score: float
    chance: float
    query_share: float


def strongest(names: list[str], index: CoverIndex, seconds: float, say: Say) -> list[Pair]:
    """The best answer to each recording that has one, the least likely by chance first. seconds: how much of each is
    looked for, from a place that its name decides; 0 is all of it.
    """
    found = []
    for number, name in enumerate(names):
        query = Query(name, name, "", None, index.print_of(number)).cut(seconds)
        best = next(iter(index.search(query, threshold=1.0, exclude=[number])), None)
        if best is not None:
            found.append(Pair(name, names[best.number], best.score, best.chance_probability, best.query_share))
        if (number + 1) % 50 == 0:
            say(f"{number + 1} of {len(names)}")
    return sorted(found, key=lambda p: (p.chance, p.query))


def measure(folder: Path, seconds: float, count: int, say: Say) -> Iterator[str]:
    """Lines: how many recordings find another at each limit, and the strongest pairs by name."""
    names, index = load(folder)
    found = strongest(names, index, seconds, say)
    for limit in LIMITS:
        within = sum(p.chance <= limit for p in found)
        yield f"{within} of {len(names)} recordings find another at {limit:g}"
    for p in found[:count]:
        yield f"{p.chance:.1e}  {p.score:6.0f}  {p.query_share:4.0%}  {p.query} | {p.found}"
