"""Why a match came out: which stretches and pitch classes carry it, what else was possible, what would change it."""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.similarity.cover import align
from ml.similarity.cover.features import CoverPrint, excerpt
from ml.similarity.cover.frames import DIMENSIONS, RATE_HZ, TEMPO_RATIOS, frames_of, transposed
from ml.similarity.cover.plausibility import Calibration, level, score_needed, shipped_calibration
from ml.similarity.cover.results import CoverMatch, CoverSegment

PITCH_CLASSES = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
PIECE_S = 10.0
"""Length of the pieces whose agreement is told, on the query's side."""
MOST_DRAWN_S = 60.0


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of an aligned stretch. harmony, melody: agreement from −1 to 1 (mean cosine of the aligned frames)."""

    query_start_s: float
    query_end_s: float
    reference_start_s: float
    reference_end_s: float
    harmony: float
    melody: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """What carries a match.

    pieces: strongest first. harmony_classes, melody_classes: share of the agreement that each of the query's pitch
    classes carries, C first, 12 numbers that sum to 1. harmony_only, melody_only: score of the strongest stretch if
    only that were compared. score_needed: the score at which the match would just be reported; margin: how far above
    it lies. runner_up_*: the second-best transposition that was tried, and its score. unrelated_score: what tracks that
    have nothing to do with the query reach with it (the upper eighth of them).
    """

    pieces: tuple[Piece, ...]
    harmony_classes: tuple[float, ...]
    melody_classes: tuple[float, ...]
    strongest_score: float
    harmony_only: float
    melody_only: float
    score: float
    score_needed: float
    margin: float
    runner_up_transposition: int | None
    runner_up_score: float
    unrelated_score: float

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Drawing:
    """Chroma of both sides of an aligned stretch: (12, n) from 0 to 1, C first, five columns a second; the reference
    is transposed to the query's key, so that equal rows mean equal pitch classes.
    """

    segment: CoverSegment
    query_harmony: NDArray[np.float32]
    query_melody: NDArray[np.float32]
    reference_harmony: NDArray[np.float32]
    reference_melody: NDArray[np.float32]


def explain(
    query: CoverPrint,
    reference: CoverPrint,
    match: CoverMatch,
    *,
    tracks: int,
    threshold: float | None = None,
    calibration: Calibration | None = None,
) -> Explanation:
    """Takes a match apart. query, reference: the prints that were compared. tracks: how many the registry held."""
    constants = calibration or shipped_calibration()
    limit = constants.threshold if threshold is None else threshold
    ratio = min(TEMPO_RATIOS, key=lambda r: abs(np.log(r / match.tempo_ratio)))
    own = frames_of(query, ratio)
    other = transposed(frames_of(reference), match.transposition_semitones)
    cells = _cells(match, ratio, own, other)
    product = own[cells[:, 0]] * other[cells[:, 1]]
    needed = score_needed(limit, query.duration_s, tracks, constants, match.unrelated)
    return Explanation(
        pieces=_pieces(cells, own, other, ratio),
        harmony_classes=_shares(product[:, :12]),
        melody_classes=_shares(product[:, 12:]),
        strongest_score=round(max((s.score for s in match.segments), default=0.0), 2),
        harmony_only=round(align.quick_score(_only(own, 0), _only(other, 0)), 2),
        melody_only=round(align.quick_score(_only(own, 12), _only(other, 12)), 2),
        score=match.score,
        score_needed=round(needed, 2),
        margin=round(match.score - needed, 2),
        runner_up_transposition=match.runner_up_transposition,
        runner_up_score=match.runner_up_score,
        unrelated_score=round(math.exp(level(query.duration_s, constants, match.unrelated)), 2),
    )


def drawings(query: CoverPrint, reference: CoverPrint, match: CoverMatch) -> list[Drawing]:
    """Chroma of the aligned stretches (at most a minute of each) for a picture of what agrees."""
    out = []
    for s in match.segments:
        length = min(s.query_end_s - s.query_start_s, MOST_DRAWN_S)
        own = excerpt(query, s.query_start_s, s.query_start_s + length)
        other = excerpt(reference, s.reference_start_s, s.reference_start_s + length * s.tempo_ratio)
        turned = [np.roll(x, match.transposition_semitones, axis=0) for x in other]
        out.append(Drawing(s, own[0], own[1], turned[0], turned[1]))
    return out


def _only(frames: NDArray[np.float32], start: int) -> NDArray[np.float32]:
    """The vectors with only one of the two streams, as long as both together."""
    out = np.zeros_like(frames)
    part = frames[:, start : start + 12]
    out[:, start : start + 12] = part / max(float(np.sqrt((part * part).sum(axis=1).mean())), 1e-6)
    return out


def _cells(match: CoverMatch, ratio: float, own: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.int64]:
    """(n, 2) frames along the match's path."""
    path = np.array(match.path, np.float64).reshape(-1, 2)
    cells = np.floor(path * RATE_HZ * np.array([ratio, 1.0])).astype(np.int64)
    return np.clip(cells, 0, [len(own) - 1, len(other) - 1])


def _pieces(
    cells: NDArray[np.int64], own: NDArray[np.float32], other: NDArray[np.float32], ratio: float
) -> tuple[Piece, ...]:
    out = []
    step = PIECE_S * RATE_HZ * ratio
    edges = np.flatnonzero(np.diff(cells[:, 0] // step, prepend=-1) != 0).tolist()
    for low, high in zip(edges, [*edges[1:], len(cells)], strict=True):
        part = cells[low:high]
        q, r = own[part[:, 0]], other[part[:, 1]]
        out.append(
            Piece(
                query_start_s=round(part[0, 0] / (RATE_HZ * ratio), 1),
                query_end_s=round((part[-1, 0] + 1) / (RATE_HZ * ratio), 1),
                reference_start_s=round(part[0, 1] / RATE_HZ, 1),
                reference_end_s=round((part[-1, 1] + 1) / RATE_HZ, 1),
                harmony=_cosine(q[:, :12], r[:, :12]),
                melody=_cosine(q[:, 12:DIMENSIONS], r[:, 12:DIMENSIONS]),
            )
        )
    return tuple(sorted(out, key=lambda p: -(p.harmony + p.melody)))


def _cosine(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    size = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return round(float(np.mean(np.sum(a * b, axis=1) / np.maximum(size, 1e-6))), 3)


def _shares(product: NDArray[np.float32]) -> tuple[float, ...]:
    total = np.maximum(product.sum(axis=0), 0.0)
    return tuple(round(float(v), 4) for v in total / max(float(total.sum()), 1e-6))
