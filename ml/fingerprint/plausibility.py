"""How likely each kind of alteration is before listening, and what a score means: the constants that `calibrate` fits.

A search tries one unaltered hypothesis and hundreds of altered ones, so an altered alignment needs more evidence.
What remains (the *adjusted* score) is turned into the probability that the best alignment of a search without any
true match scores as high, from the distribution of such scores on music that is not in the registry.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np

from ml.fingerprint import grid
from ml.fingerprint.results import Alteration
from ml.fingerprint.verify import Alignment

RATE_TOLERANCE = 0.004
"""Relative rates closer to 1 than this count as unchanged tempo (clock drift, measuring error)."""
PITCH_TOLERANCE = 0.35
"""Bands (33 cents) within which a pitch counts as unchanged, or as a whole semitone."""
CALIBRATION_FILE = Path(__file__).with_name("calibration.json")
MUSIC_PEAKS_PER_SECOND, SHORTEST_S = 40.0, 0.3
"""A query's peaks in a second of the sparsest music; a full sound has 130."""
OTHER_KEY = 2.0
"""Bands (two thirds of a semitone) by which an alignment in another key differs at least."""
SECONDS_A_SEARCH = 15.0
"""Longer queries count as several searches, for each of which chance may strike."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Constants fitted by `calibrate`; see CARD.md for the data they come from.

    *_penalty: nepers. stretch_penalty: nepers for each e-fold by which the stretch is shorter than the query (at most
    15 s); length_penalty: for each e-fold by which the query is shorter than 15 s; sparse_penalty: for each e-fold by
    which the stretch has fewer peaks a second than music has. runner_up_level: adjusted score of the next best track
    from which on it speaks against the best one, neper for neper up to runner_up_most: a sound that nearly anything
    agrees with says little; the same track in another key speaks so without a limit. dense_slope: nepers that each
    standard deviation of the second opinion above dense_level adds, up to dense_most. Above `tail_start`, the best net
    scores of searches without a true match follow a generalised Pareto distribution:
    tail_share · (1 + tail_shape · (score - tail_start) / tail_scale) ** (-1 / tail_shape) of them are larger.
    registry_hours: hours of audio that this was seen with. threshold: chance probability up to which a match is
    reported.
    """

    altered_penalty: float
    combined_penalty: float
    stretch_penalty: float
    tail_start: float
    tail_share: float
    tail_scale: float
    tail_shape: float
    registry_hours: float
    threshold: float
    length_penalty: float = 0.0
    sparse_penalty: float = 6.0
    runner_up_level: float = -5.0
    runner_up_most: float = 8.0
    dense_level: float = 2.0
    dense_slope: float = 3.0
    dense_most: float = 10.0

    def save(self, path: Path = CALIBRATION_FILE) -> None:
        """Write the constants where the package reads them."""
        path.write_text(json.dumps(asdict(self), indent=2) + "\n")


@cache
def shipped_calibration() -> Calibration:
    """The constants that come with the package."""
    return Calibration(**json.loads(CALIBRATION_FILE.read_text()))


def alterations(rate: float, pitch: float) -> tuple[Alteration, ...]:
    """In words: what was done to the recording (rate: tempo ratio; pitch in bands)."""
    found = []
    if abs(rate - 1) >= RATE_TOLERANCE:
        found.append(Alteration.FASTER if rate > 1 else Alteration.SLOWER)
    if abs(pitch) >= PITCH_TOLERANCE:
        found.append(Alteration.HIGHER if pitch > 0 else Alteration.LOWER)
    return tuple(found)


def changes(rate: float, pitch: float) -> int:
    """0 for an unaltered alignment, 1 for one alteration (tempo, whole semitones, speed), 2 for combined ones."""
    same_tempo, same_pitch = abs(rate - 1) < RATE_TOLERANCE, abs(pitch) < PITCH_TOLERANCE
    if same_tempo and same_pitch:
        return 0
    semitones = pitch / grid.BINS_PER_SEMITONE
    in_tune = abs(semitones - round(semitones)) * grid.BINS_PER_SEMITONE < PITCH_TOLERANCE
    speed = abs(pitch - grid.BINS_PER_OCTAVE * math.log2(rate)) < PITCH_TOLERANCE
    if same_pitch or speed or (same_tempo and in_tune):
        return 1
    return 2


def shortness(alignment: Alignment, query_frames: int) -> float:
    """Logarithm of how much shorter the stretch is than the query, or than 15 s of it."""
    whole = min(query_frames, SECONDS_A_SEARCH / grid.FRAME_SECONDS)
    return max(0.0, math.log(whole / max(alignment.end - alignment.start, 1.0)))


def alteration_cost(rate: float, pitch: float, constants: Calibration) -> float:
    """Nepers that the alteration costs."""
    return (0.0, constants.altered_penalty, constants.combined_penalty)[changes(rate, pitch)]


def length_cost(query_frames: int, constants: Calibration) -> float:
    """Nepers that a query shorter than 15 s costs."""
    return constants.length_penalty * max(0.0, math.log(SECONDS_A_SEARCH / grid.FRAME_SECONDS / max(query_frames, 1)))


def sparse_cost(alignment: Alignment, constants: Calibration) -> float:
    """Nepers that a stretch with few peaks costs: tones, sweeps and sparse clicks fit too many places."""
    seconds = max((alignment.end - alignment.start) * grid.FRAME_SECONDS, SHORTEST_S)
    return constants.sparse_penalty * max(0.0, math.log(MUSIC_PEAKS_PER_SECOND * seconds / max(alignment.peaks, 1)))


def dense_gain(alignment: Alignment, constants: Calibration) -> float:
    """Nepers that the second opinion adds: where it is against the alignment, none."""
    if alignment.dense is None:
        return 0.0
    return min(max(constants.dense_slope * (alignment.dense - constants.dense_level), 0.0), constants.dense_most)


def adjusted_score(alignment: Alignment, query_frames: int, constants: Calibration) -> float:
    """The score and what the second opinion adds, less what the alteration, the shortness of the stretch and that of
    the query, and sparsity cost.
    """
    return (
        alignment.score
        + dense_gain(alignment, constants)
        - alteration_cost(alignment.rate, alignment.pitch, constants)
        - constants.stretch_penalty * shortness(alignment, query_frames)
        - length_cost(query_frames, constants)
        - sparse_cost(alignment, constants)
    )


@dataclass(frozen=True, slots=True)
class Weighed:
    """An alignment with its adjusted score, the next best track at the same time, and what is left of the score.

    other_key: the best alignment of the same time with the same track in another key. A scale or a sequence of steps
    fits wherever there is one, at every step: then neither key nor place is known, and nothing was recognised.
    """

    alignment: Alignment
    adjusted: float
    runner_up: "Weighed | None"
    net: float
    other_key: "Weighed | None" = None


def weigh_all(found: Sequence[Alignment], query_frames: int, constants: Calibration) -> list[Weighed]:
    """Every alignment against others that cover half of the same time: the best weaker one of another track, and the
    best one of its own track in another key, whether weaker or not. The one that costs more counts.

    Ordered by adjusted score, best first.
    """
    scored = sorted(((adjusted_score(a, query_frames, constants), n) for n, a in enumerate(found)), reverse=True)
    ordered = [found[n] for _, n in scored]
    start, end = np.array([a.start for a in ordered]), np.array([a.end for a in ordered])
    tracks, pitches = np.array([a.track for a in ordered]), np.array([a.pitch for a in ordered])
    plain = [Weighed(a, s, None, s) for a, (s, _) in zip(ordered, scored, strict=True)]
    weighed = list(plain)
    for n, one in enumerate(plain):
        shared = np.minimum(end, end[n]) - np.maximum(start, start[n])
        beside = np.flatnonzero(shared >= 0.5 * np.minimum(end - start, end[n] - start[n]))
        own = tracks[beside] == tracks[n]
        weaker = beside[(beside > n) & ~own]
        transposed = beside[own & (np.abs(pitches[beside] - pitches[n]) >= OTHER_KEY)]
        other = plain[weaker[0]] if len(weaker) else None
        key = plain[transposed[0]] if len(transposed) else None
        cost = max(min(_above(other, constants), constants.runner_up_most), _other_key_cost(one, key, constants))
        weighed[n] = Weighed(one.alignment, one.adjusted, other, one.adjusted - cost, key)
    return weighed


def _above(rival: Weighed | None, constants: Calibration) -> float:
    """Nepers by which a rival exceeds what chance mostly reaches."""
    return 0.0 if rival is None else max(rival.adjusted - constants.runner_up_level, 0.0)


def _other_key_cost(one: Weighed, key: Weighed | None, constants: Calibration) -> float:
    """Nepers that the agreement in another key costs: all of it, and the more of it once more the nearer it comes.

    A run of notes agrees in another key but for its first and last ones, so what is left is mostly of the same kind.
    """
    if key is None:
        return 0.0
    nearness = min(max(key.adjusted / max(one.adjusted, 1.0), 0.0), 1.0)
    return (1.0 + nearness) * _above(key, constants)


def _searches(query_s: float, registry_s: float, constants: Calibration) -> float:
    """Longer queries and larger registries offer more chances: they count as that many independent searches."""
    return max(1.0, query_s / SECONDS_A_SEARCH) * max(0.25, registry_s / 3600 / constants.registry_hours)


def chance_probability(net: float, query_s: float, registry_s: float, constants: Calibration) -> float:
    """Probability that the best of a whole search has at least this net score though nothing truly matches."""
    excess = (net - constants.tail_start) / constants.tail_scale
    if excess <= 0:
        single = _below_tail(excess, constants.tail_share)
    else:
        single = constants.tail_share * (1 + constants.tail_shape * excess) ** (-1 / constants.tail_shape)
    return -math.expm1(_searches(query_s, registry_s, constants) * math.log1p(-min(single, 1 - 1e-12)))


def score_needed(chance: float, query_s: float, registry_s: float, constants: Calibration) -> float:
    """The net score whose chance probability is `chance` (above 0, below 1): the inverse of the above."""
    single = -math.expm1(math.log1p(-chance) / _searches(query_s, registry_s, constants))
    if single < constants.tail_share:
        excess = ((single / constants.tail_share) ** -constants.tail_shape - 1) / constants.tail_shape
    else:
        excess = math.log((1 - single) / (1 - constants.tail_share))
    return constants.tail_start + constants.tail_scale * excess


def _below_tail(excess: float, share: float) -> float:
    """A smooth way from the tail's share up to one: such scores are everyday chance and only their order matters."""
    return 1 - (1 - share) * math.exp(excess)
