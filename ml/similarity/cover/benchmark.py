"""Reading the folder that `make-corpus` writes; prints are kept beside the audio so that they are made only once."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ml.similarity.cover.audio_input import load
from ml.similarity.cover.corpus import seed_of
from ml.similarity.cover.errors import CoverError
from ml.similarity.cover.features import CoverPrint, extract

Say = Callable[[str], None]
WHOLE = 0.0
"""As a query length: the whole recording."""


@dataclass(frozen=True, slots=True)
class Query:
    """A recording to look for. number: of its song in the registry, None when that is not registered."""

    name: str
    song: str
    kind: str
    number: int | None
    cover_print: CoverPrint

    def cut(self, length_s: float) -> CoverPrint:
        """A stretch of so many seconds (all for WHOLE) from a place that the query's name decides."""
        whole = self.cover_print.duration_s
        if length_s == WHOLE or whole <= length_s:
            return self.cover_print
        start = np.random.default_rng(seed_of(self.name, length_s)).uniform(0, whole - length_s)
        return self.cover_print.between(float(start), float(start) + length_s)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """names: registered tracks by number; prints: theirs."""

    names: list[str]
    prints: list[CoverPrint]
    queries: list[Query]


def open_benchmark(folder: Path, say: Say, every: int = 1, *, queries: bool = True) -> Benchmark:
    """Reads a folder and each so-many-th of its queries (or none), extracting the prints that are not there yet. Raises
    CoverError when it is no such folder.
    """
    if not (folder / "registry.csv").is_file():
        raise CoverError("no_index", f"{folder} holds no registry.csv; make a corpus with `make-corpus` first.")
    registry = _rows(folder / "registry.csv")
    asked = _rows(folder / "queries.csv")[::every] if queries else []
    numbers = {row["song"]: k for k, row in enumerate(registry)}
    found = [
        Query(row["query"], row["song"], row["kind"], numbers.get(row["song"]), _print(folder, row["file"], say))
        for row in asked
    ]
    return Benchmark([r["track"] for r in registry], [_print(folder, r["file"], say) for r in registry], found)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def _print(folder: Path, file: str, say: Say) -> CoverPrint:
    kept = folder / "prints" / f"{Path(file).stem}.cover"
    if kept.is_file():
        try:
            return CoverPrint.from_bytes(kept.read_bytes())
        except CoverError:
            say(f"{kept.name} is of another version: extracted again")
    made = extract(load(folder / file))
    kept.parent.mkdir(exist_ok=True)
    kept.write_bytes(made.to_bytes())
    return made
