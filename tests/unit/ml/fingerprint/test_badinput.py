"""Sounds that belong to no recording are not found: more than 500 of them against music made by code."""

import numpy as np
import pytest

from ml.fingerprint.badinput import COUNT, MAKERS, Nearest, as_text, bad_queries, examine
from ml.fingerprint.extract import extract
from ml.fingerprint.match import match
from ml.fingerprint.plausibility import shipped_calibration
from ml.fingerprint.store import Index
from tests.unit.ml.fingerprint.synth import RATE, piece


@pytest.fixture(scope="module")
def index():
    """Made-up pieces, one of them over a drum loop."""
    made = Index()
    for seed in range(600, 606):
        made.add(f"piece {seed}", extract(piece(seed, 40)))
    beat = next(q.samples for q in bad_queries(44, seed=99) if q.kind == "drum loop" and len(q.samples) > 3 * RATE)
    made.add("piece 607 over drums", extract(piece(607, 40) + np.resize(beat, 40 * RATE) * np.float32(0.5)))
    return made


@pytest.mark.timeout(900)
def test_none_of_more_than_five_hundred_is_significant(index):
    queries = list(bad_queries(longest_s=3.5))
    assert len(queries) == COUNT >= 500
    assert {q.kind for q in queries} == set(MAKERS)
    found = examine(index, queries, processes=2)
    limit = shipped_calibration().threshold
    assert [(n.kind, n.number) for n in found if n.chance_probability <= limit] == []
    assert sum(n.chance_probability <= 0.05 for n in found) <= 0.05 * len(found)


def chromatic(root_hz: float, step_s: float, decay: float, partials: int, seconds: float):
    """A scale in semitones up and down an octave, one note after the other."""
    out = np.zeros(round((seconds + 1) * RATE))
    steps = [*range(13), *range(11, 0, -1)]
    t = np.arange(RATE) / RATE
    for n, at in enumerate(np.arange(0.0, seconds, step_s)):
        hz = root_hz * 2 ** (steps[n % len(steps)] / 12)
        note = sum(np.sin(2 * np.pi * hz * k * t) * np.exp(-decay * k**0.5 * t) / k for k in range(1, partials + 1))
        start = round(at * RATE)
        out[start : start + RATE] += 0.2 * note[: len(out) - start]
    return out[: round(seconds * RATE)].astype(np.float32)


def test_a_piece_that_opens_with_a_scale_is_not_found_by_every_scale():
    registry = Index()
    opening = chromatic(233.0, 0.25, 3.0, 8, 6.0)
    registry.add("opens with a scale", extract(np.concatenate([opening, piece(608, 30)])))
    for seed in range(600, 604):
        registry.add(f"piece {seed}", extract(piece(seed, 40)))
    limit = shipped_calibration().threshold
    others = [chromatic(hz, step, 2.0, 5, 6.0) for hz, step in ((277.0, 0.21), (196.0, 0.28), (311.0, 0.3))]
    nearest = [match(other, registry, threshold=1.0)[0].chance_probability for other in others]
    assert min(nearest) > limit
    (found,) = match(opening[: 5 * RATE], registry)
    assert registry.names[found.track] == "opens with a scale"


def test_the_registry_does_answer(index):
    (found,) = match(piece(603, 3, start_s=7), index)
    assert index.names[found.track] == "piece 603"


def test_queries_are_the_same_each_time_and_in_range():
    first, again = list(bad_queries(30, seed=4)), list(bad_queries(30, seed=4))
    assert all(np.array_equal(a.samples, b.samples) for a, b in zip(first, again, strict=True))
    assert [len(q.samples) for q in first if q.number % 6 == 5] == [RATE] * 5
    assert all(np.max(np.abs(q.samples)) <= 0.95 for q in first)
    assert not np.array_equal(first[1].samples, next(q for q in bad_queries(30, seed=5) if q.number == 1).samples)


def test_table_of_the_nearest():
    found = [Nearest("tone", 0, 0.2, 1), Nearest("tone", 1, 0.001, 0), Nearest("silence", 2, 1.0, None)]
    text = as_text(found, 0.003, ["one", "two"])
    assert text.startswith("3 queries; 1 significant at 0.003")
    assert "| tone | 2 | 1 | 0.001 | one |" in text
    assert "| silence | 1 | 0 | 1 | – |" in text
