"""Measuring the search: graded copies, real variants, unknown melodies, and queries that say nothing."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from ml.similarity.melody.badinput import KINDS, bad_query
from ml.similarity.melody.calibrate import LENGTHS, backwards, relatives
from ml.similarity.melody.calibration import OPERATING_POINTS, shipped_calibration
from ml.similarity.melody.collection import REPORTING, Say, Tune, read_folders
from ml.similarity.melody.copies import GRADES, Grade, altered, copy_of, excerpt
from ml.similarity.melody.line import line_of
from ml.similarity.melody.notes import Melody
from ml.similarity.melody.search import VERSION, MelodyIndex
from ml.similarity.melody.variants import pairs_of

THRESHOLDS = (0.0001, 0.001, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1)
SAME_SHARE = 0.9
EXCERPT = 36
"""Notes of a phrase: real pairs share one, not the whole."""
NEAR = 0.05
"""Pairs that share no melody fall into the nearest so many of an index by chance alone."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One search. rank: of the right melody from 0, None if it was not among the matches. chances: of the first match.

    chance: of the right melody's match, 1 without one.
    """

    rank: int | None
    first_chance: float
    chance: float
    milliseconds: float


@dataclass(slots=True)
class Report:
    """Everything measured, by kind of query."""

    melodies: int
    notes: int
    threshold: float
    hits: dict[str, list[Hit]] = field(default_factory=dict)
    unknown: dict[str, list[float]] = field(default_factory=dict)
    places: dict[str, list[float]] = field(default_factory=dict)
    """Of real variants: the share of the index that the exhaustive first stage puts before the right melody."""

    @property
    def figures(self) -> dict[str, object]:
        """As plain data."""
        return {
            "version": VERSION,
            "melodies": self.melodies,
            "notes": self.notes,
            "threshold": self.threshold,
            "hits": {kind: [asdict(h) for h in hits] for kind, hits in self.hits.items()},
            "unknown": self.unknown,
            "places": self.places,
        }

    def as_text(self) -> str:
        """Tables for the documentation."""
        lines = [f"{self.melodies:,} melodies ({self.notes:,} notes); default threshold {self.threshold:g}", ""]
        lines += ["| query | n | R@1 | R@10 | first and significant | ms, median | ms, 95th |"]
        lines += ["| --- | ---: | ---: | ---: | ---: | ---: | ---: |"]
        for kind, hits in self.hits.items():
            ranks = np.array([99 if h.rank is None else h.rank for h in hits])
            sure = np.array([h.chance <= self.threshold for h in hits])
            spent = np.percentile([h.milliseconds for h in hits], [50, 95])
            lines.append(
                f"| {kind} | {len(hits)} | {np.mean(ranks == 0):.1%} | {np.mean(ranks < 10):.1%} "
                f"| {np.mean((ranks == 0) & sure):.1%} | {spent[0]:.0f} | {spent[1]:.0f} |"
            )
        for kind, places in self.places.items():
            near = float(np.mean(np.array(places) <= NEAR))
            lines += [
                "",
                f"{kind}: {near:.1%} among the nearest {NEAR:.0%}; about {sharing(places):.0%} share a melody",
            ]
        return "\n".join([*lines, "", *self._unknown_lines()] if self.unknown else lines)

    def _unknown_lines(self) -> list[str]:
        limits = (0.1, 0.05, self.threshold, 0.001)
        lines = ["| unknown query | n | " + " | ".join(f"≤ {limit:g}" for limit in limits) + " |"]
        lines += ["| --- | ---: |" + " ---: |" * len(limits)]
        kinds = dict(self.unknown)
        kinds["all but nothing"] = [c for k, chances in kinds.items() if not k.startswith(_NOTHING) for c in chances]
        for kind, chances in kinds.items():
            found = np.array(chances or [1.0])
            shares = " | ".join(f"{np.sum(found <= limit)} ({np.mean(found <= limit):.1%})" for limit in limits)
            lines.append(f"| {kind} | {len(chances)} | {shares} |")
        return lines

    def operating_points(self, source: str) -> dict[str, object]:
        """Error rates by threshold, over graded copies and unknown melodies."""
        right = np.array([h.chance for k, hits in self.hits.items() if k in _GRADED for h in hits])
        wrong = np.array([c for k, chances in self.unknown.items() if not k.startswith(_NOTHING) for c in chances])
        points = [
            {
                "threshold": t,
                "false_alarm_rate": round(float(np.mean(wrong <= t)), 4),
                "hit_rate": round(float(np.mean(right <= t)), 4),
                "queries": len(right) + len(wrong),
            }
            for t in THRESHOLDS
        ]
        limits = [THRESHOLDS[0], THRESHOLDS[-1]]
        return {"version": VERSION, "default": self.threshold, "limits": limits, "points": points, "source": source}


_GRADED = tuple(g.name for g in GRADES)
_NOTHING = "nothing"


def sharing(places: Sequence[float]) -> float:
    """The share of pairs that have anything in common which an exhaustive comparison sees (Storey's estimate).

    places: share of unrelated melodies that come before the right one, evenly spread for pairs that share nothing.
    """
    return max(0.0, (float(np.mean(np.array(places) <= NEAR)) - NEAR) / (1 - NEAR))


def evaluate(
    folders: Sequence[Path],
    *,
    queries: int,
    seed: int,
    say: Say,
    kin: Sequence[str] = (),
    single: Sequence[str] = (),
    registry: int | None = None,
    variants_only: bool = False,
) -> Report:
    """Measure on folders of scores and ABC books.

    queries: of each kind. kin, single: as in ``calibrate``. registry: take only so many melodies, spread evenly.
    variants_only: leave all but the real variants out.
    """
    tunes = read_folders(folders, say)
    if registry is not None and registry < len(tunes):
        keep = np.unique(np.linspace(0, len(tunes) - 1, registry).round().astype(int))
        tunes = [tunes[int(k)] for k in keep]
    index = MelodyIndex()
    for k, tune in enumerate(tunes):
        index.add(k, tune.melody)
    index.search(tunes[0].melody)  # lays the index out and compiles, so that times are those of a running worker
    report = Report(len(index), index.notes, shipped_calibration().threshold)
    rng = np.random.default_rng(seed)
    for grade in () if variants_only else GRADES:
        report.hits[grade.name] = _copies(index, tunes, grade, queries, rng)
        say(f"{grade.name}: done")
    for name, hits in _variants(index, tunes):
        report.hits[name] = hits
        say(f"{name}: done")
    report.places = _places(index, tunes)
    for name, chances in () if variants_only else _unknown(index, tunes, queries, rng, kin, single):
        report.unknown[name] = chances
        say(f"{name}: done")
    return report


def _copies(
    index: MelodyIndex, tunes: Sequence[Tune], grade: Grade, queries: int, rng: np.random.Generator
) -> list[Hit]:
    pool = [k for k, t in enumerate(tunes) if t.split in REPORTING and len(t.melody) >= grade.notes]
    chosen = rng.choice(pool, min(queries, len(pool)), replace=False)
    hits = []
    for k in chosen:
        plain = excerpt(tunes[k].melody, grade.notes, rng)
        hits.append(search_for(index, altered(plain, grade, rng), holders(index, plain, int(k))))
    return hits


def holders(index: MelodyIndex, plain: Melody, source: int) -> set[int]:
    """Melodies that hold the unaltered excerpt as well as its source does (nine tenths of the score)."""
    found = index.search(plain, threshold=1.0)
    own = next((m.score for m in found if m.number == source), float("inf"))
    return {source} | {m.number for m in found if m.score >= SAME_SHARE * own}


def search_for(index: MelodyIndex, query: Melody, right: Collection[int], exclude: Sequence[int] = ()) -> Hit:
    """Search, and see where the first of the right melodies comes."""
    start = time.perf_counter()
    found = index.search(query, threshold=1.0, exclude=exclude)
    spent = 1e3 * (time.perf_counter() - start)
    rank = next((k for k, m in enumerate(found) if m.number in right), None)
    first = found[0].chance_probability if found else 1.0
    return Hit(rank, first, found[rank].chance_probability if rank is not None else 1.0, round(spent, 1))


def _variants(index: MelodyIndex, tunes: Sequence[Tune]) -> Iterable[tuple[str, list[Hit]]]:
    """Pairs of one title in two collections: the query stays out of the index; whole, and its first phrase."""
    for half, both in _pairs(tunes):
        yield f"variants, whole, {half}", [search_for(index, index.melody(a), [b], [a]) for a, b in both]
        phrases = [Melody(index.melody(a).notes[:EXCERPT]) for a, _ in both]
        yield (
            f"variants, first {EXCERPT} notes, {half}",
            [search_for(index, phrase, [b], [a]) for phrase, (a, b) in zip(phrases, both, strict=True)],
        )


def _places(index: MelodyIndex, tunes: Sequence[Tune]) -> dict[str, list[float]]:
    found = {}
    for half, both in _pairs(tunes):
        places = []
        for a, b in both:
            scores = index.scan(line_of(index.melody(a)), [a])
            places.append(round(float(np.sum(scores > scores[b])) / max(len(scores) - 2, 1), 5))
        found[f"variants, whole, {half}"] = places
    return found


def _pairs(tunes: Sequence[Tune]) -> Iterable[tuple[str, list[tuple[int, int]]]]:
    """The halves of the real variants that have any, each pair both ways round; numbers as in the index."""
    groups: dict[str, list[Melody]] = {}
    numbers: dict[tuple[str, int], int] = {}
    for k, tune in enumerate(tunes):
        group = groups.setdefault(tune.group, [])
        numbers[tune.group, len(group)] = k
        group.append(tune.melody)
    for held in (False, True):
        pairs = [(numbers[p.query], numbers[p.other]) for p in pairs_of(groups) if p.is_held_out == held]
        if pairs:
            yield "held out" if held else "development", pairs + [(b, a) for a, b in pairs]


def _unknown(
    index: MelodyIndex,
    tunes: Sequence[Tune],
    queries: int,
    rng: np.random.Generator,
    kin: Sequence[str],
    single: Sequence[str],
) -> Iterable[tuple[str, list[float]]]:
    """Chance probabilities of the first match of queries that nothing in the index is related to."""
    pool = [k for k, t in enumerate(tunes) if t.split in REPORTING]
    everything = np.arange(len(tunes))
    for length in LENGTHS:
        grade = Grade("unknown", length)
        chosen = rng.choice(pool, min(queries, len(pool)), replace=False)
        foreign = [
            search_for(
                index, copy_of(tunes[k].melody, grade, rng), (), relatives(tunes, int(k), everything, kin, single)
            )
            for k in chosen[::2]
        ]
        turned = [search_for(index, backwards(copy_of(tunes[k].melody, grade, rng)), ()) for k in chosen[1::2]]
        yield f"{length} notes", [h.first_chance for h in (*foreign, *turned)]
    for kind in KINDS:
        searches = [search_for(index, bad_query(kind, rng), ()) for _ in range(max(queries // 4, 30))]
        yield f"{_NOTHING}: {kind}", [h.first_chance for h in searches]


__all__ = ["OPERATING_POINTS", "Hit", "Report", "evaluate", "search_for"]
