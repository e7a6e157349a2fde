"""The searches that `calibrate` and `evaluate` rest on: what each scored, kept in a file so that none is made twice."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ml.similarity.cover.benchmark import WHOLE, Query, Say, open_benchmark
from ml.similarity.cover.errors import CoverError
from ml.similarity.cover.plausibility import NOTHING_KNOWN, Unrelated
from ml.similarity.cover.search import VERSION, CoverIndex, sample_of

QUARTER = 4
MISSED = 10**6
"""Rank of a track that was not found at all."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One search: the best score of any track but the query's own song, and of that (0 when not found). tracks: how
    many the former is the best of. level, sampled: what is known of unrelated tracks. kind, rank: of the version, and
    the place of its song among the answers (0 first, MISSED when absent or not registered).
    """

    length_s: float
    query_s: float
    tracks: int
    chance: float
    true: float
    known: bool
    quarter: float = 0.0
    """The best chance score among every fourth track; 0 when not known."""
    level: float = 0.0
    sampled: int = 0
    kind: str = ""
    rank: int = MISSED
    cpu_s: float = 0.0

    @property
    def unrelated(self) -> Unrelated:
        """As `chance_probability` takes it."""
        return Unrelated(self.level, self.sampled)


def collect(
    folder: Path, *, lengths: Sequence[float], every: int = 1, kept: Path | None = None, say: Say, apart: bool = False
) -> list[Sample]:
    """One search for each so-many-th query and each length; those that the file `kept` holds from earlier runs are not
    made again. apart: register the versions of unregistered songs too, and count only tracks outside the sample
    that tells the query's level. Raises CoverError when those of `kept` are of another version.
    """
    benchmark = open_benchmark(folder, say, every)
    index = CoverIndex()
    for number, cover_print in enumerate(benchmark.prints):
        index.add(number, cover_print)
    numbers = {q.name: q.number for q in benchmark.queries}
    for query in benchmark.queries if apart else ():
        if query.number is None:
            numbers[query.name] = len(index)
            index.add(len(index), query.cover_print)
    earlier, asked = _read(kept), []
    for k, query in enumerate(benchmark.queries, 1):
        for length in lengths:
            key = f"{VERSION} {query.name} {length:g} {len(index)}{' apart' * apart}"
            asked.append(key)
            if key not in earlier:
                earlier[key] = _sample(index, query, length, numbers[query.name], apart)
                _append(kept, key, earlier[key])
        if k % 10 == 0:
            say(f"{k} of {len(benchmark.queries)} queries")
    return [earlier[key] for key in asked]


def _read(kept: Path | None) -> dict[str, Sample]:
    if kept is None or not kept.exists():
        return {}
    rows = [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()]
    if any(not row["search"].startswith(f"{VERSION} ") for row in rows):
        raise CoverError("no_index", f"{kept} holds searches of another version; name a new file.")
    return {row.pop("search"): Sample(**row) for row in rows}


def _append(kept: Path | None, key: str, sample: Sample) -> None:
    if kept is not None:
        with kept.open("a", encoding="utf-8") as out:
            out.write(json.dumps({"search": key, **asdict(sample)}, ensure_ascii=False) + "\n")


def _sample(index: CoverIndex, query: Query, length_s: float, own: int | None, apart: bool) -> Sample:
    cut = query.cut(length_s)
    started = time.process_time()
    left_out = [own] if query.number is None and own is not None else []
    found = index.search(cut, threshold=1.0, exclude=left_out)
    spent = time.process_time() - started
    ranked = [m.number for m in found]
    numbers = [n for n in range(len(index)) if n not in left_out]
    spared = {numbers[k] for k in sample_of(len(numbers))} if apart else set()
    others = [m for m in found if m.number != own and m.number not in spared]
    fewer = [m.score for m in others if m.number % QUARTER == 0]
    told = found[0].unrelated if found else NOTHING_KNOWN
    return Sample(
        length_s=length_s,
        query_s=cut.duration_s,
        tracks=len(numbers) - len(spared | ({own} - {None})),
        chance=max((m.score for m in others), default=0.0),
        true=max((m.score for m in found if m.number == query.number), default=0.0),
        known=query.number is not None,
        quarter=max(fewer) if fewer else min((m.score for m in others), default=0.0),
        level=told.log_score,
        sampled=told.count,
        kind=query.kind,
        rank=ranked.index(query.number) if query.number in ranked else MISSED,
        cpu_s=round(spent, 4),
    )


def name_of(length_s: float) -> str:
    """As tables call a query length."""
    return "whole" if length_s == WHOLE else f"{length_s:g} s"
