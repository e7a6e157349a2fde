"""What a search answers with."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How the query relates to the registered track. Similarity only; nothing about rights follows from it."""

    SAME_RECORDING = "same_recording"
    EXCERPT = "excerpt"
    ALTERED = "altered"


class Alteration(StrEnum):
    """In which ways an altered query differs from the registered track."""

    FASTER = "faster"
    SLOWER = "slower"
    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class Place:
    """Another place on the reference, in seconds, where the same stretch of the query fits as well."""

    reference_start_s: float
    reference_end_s: float
    score: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """How a score came about, in nepers, so that a page can show why something was reported and what it lacked.

    score: log-likelihood ratio of the aligned stretch. *_penalty: what the change of tempo or pitch, the shortness of
    the stretch, the shortness of the query, too few peaks, and a strong runner-up cost. adjusted_score: what
    remains. threshold: the largest chance probability that was reported; score_needed: the adjusted score that just
    reaches it. agreeing_peaks: expected number of true hits. runner_up_*: the next best track at the same time of the
    query, None where nothing else was found. dense_gain: what the second opinion, over the whole spectrum, adds.
    """

    score: float
    alteration_penalty: float
    stretch_penalty: float
    length_penalty: float
    sparse_penalty: float
    runner_up_penalty: float
    adjusted_score: float
    chance_probability: float
    threshold: float
    score_needed: float
    agreeing_peaks: float
    runner_up_track: int | None = None
    runner_up_score: float | None = None
    runner_up_chance_probability: float | None = None
    dense_gain: float = 0.0

    @property
    def margin(self) -> float:
        """Nepers above (or, negative, below) what the threshold needs."""
        return self.adjusted_score - self.score_needed


@dataclass(frozen=True, slots=True)
class Segment:
    """One aligned stretch: reference time runs `tempo_ratio` seconds for each second of the query.

    Times in seconds, to 0.1 s. tempo_ratio above 1: the query is faster. pitch_semitones above 0: the query is higher.
    chance_probability: as of a match, for this stretch alone. repeats: other places on the track where the same stretch
    fits as well, strongest first. evidence: how the score came about.
    """

    query_start_s: float
    query_end_s: float
    reference_start_s: float
    reference_end_s: float
    tempo_ratio: float
    pitch_semitones: float
    score: float
    chance_probability: float
    repeats: tuple[Place, ...] = ()
    evidence: Evidence | None = None

    @property
    def confidence(self) -> float:
        """0 to 1: one minus the chance probability."""
        return 1.0 - self.chance_probability

    @property
    def query_seconds(self) -> float:
        """Length on the query's side."""
        return self.query_end_s - self.query_start_s


@dataclass(frozen=True, slots=True)
class Match:
    """A registered track that the query shares audio with.

    track: its number in the store. score: evidence in nepers, comparable between queries. chance_probability: the
    probability that the best of a search without any true match scores as high. segments: strongest first. *_share:
    0 to 1, the part of the whole query and of the whole track that the segments cover.
    """

    track: int
    kind: Kind
    alterations: tuple[Alteration, ...]
    score: float
    chance_probability: float
    segments: tuple[Segment, ...]
    query_share: float
    reference_share: float

    @property
    def best(self) -> Segment:
        """The strongest segment."""
        return self.segments[0]

    @property
    def evidence(self) -> Evidence | None:
        """Of the strongest segment."""
        return self.segments[0].evidence


@dataclass(frozen=True, slots=True)
class Nearest:
    """The strongest stretch of a whole search, whether it counts or not: its net score in nepers, the probability that
    chance scores as high, and the net score from which on it would have counted.
    """

    score: float
    chance_probability: float
    score_needed: float


@dataclass(frozen=True, slots=True)
class Survey:
    """What a search found, and how near anything came. nearest: None where nothing agreed at all."""

    matches: tuple[Match, ...]
    nearest: Nearest | None


@dataclass(frozen=True, slots=True)
class MatchedPeak:
    """A spectral peak that both recordings have: where it lies in each, in seconds and hertz."""

    query_s: float
    query_hz: float
    reference_s: float
    reference_hz: float
