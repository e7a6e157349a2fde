"""What a cover search answers with."""

from dataclasses import dataclass

from ml.similarity.cover.plausibility import NOTHING_KNOWN, Unrelated


@dataclass(frozen=True, slots=True)
class CoverSegment:
    """One aligned stretch, in seconds on both sides. tempo_ratio: seconds of the reference for each second of the
    query; above 1, the query is faster.
    """

    query_start_s: float
    query_end_s: float
    reference_start_s: float
    reference_end_s: float
    tempo_ratio: float
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class CoverMatch:
    """A registered recording that plays the same music as the query, as far as harmony and melody tell.

    number: as given to `CoverIndex.add`. score: evidence, comparable between queries of a length. chance_probability:
    that the best of a search without any true match scores as high. transposition_semitones: −5 to 6, above 0: the
    query is higher. path: (query s, reference s) along the aligned stretches, in order of the query. segments:
    strongest first. *_share: the part of the query and of the reference that the segments cover, 0 to 1. unrelated: how
    much unrelated tracks resemble this query, which the probability rests on.
    """

    number: int
    score: float
    chance_probability: float
    transposition_semitones: int
    path: tuple[tuple[float, float], ...]
    segments: tuple[CoverSegment, ...]
    query_share: float
    reference_share: float
    tempo_ratio: float = 1.0
    runner_up_transposition: int | None = None
    runner_up_score: float = 0.0
    unrelated: Unrelated = NOTHING_KNOWN
