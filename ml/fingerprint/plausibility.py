"""How likely each kind of alteration is before listening, and what a score means: the constants that `calibrate` fits.

A search tries one unaltered hypothesis and hundreds of altered ones, so an altered alignment needs more evidence.
What remains (the *adjusted* score) is turned into the probability that the best alignment of a search without any
true match scores as high, from the distribution of such scores on music that is not in the registry.
"""

import json
import math
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from ml.fingerprint import grid
from ml.fingerprint.results import Alteration
from ml.fingerprint.verify import Alignment

RATE_TOLERANCE = 0.004
"""Relative rates closer to 1 than this count as unchanged tempo (clock drift, measuring error)."""
PITCH_TOLERANCE = 0.35
"""Bands (33 cents) within which a pitch counts as unchanged, or as a whole semitone."""
CALIBRATION_FILE = Path(__file__).with_name("calibration.json")
SECONDS_A_SEARCH = 15.0
"""Longer queries count as several searches, for each of which chance may strike."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Constants fitted by `calibrate`; see CARD.md for the data they come from.

    *_penalty: nepers. stretch_penalty: nepers for each e-fold by which the stretch is shorter than the query (at most
    15 s). Above `tail_start`, the best adjusted scores of searches without a true match follow a generalised Pareto
    distribution: tail_share · (1 + tail_shape · (score - tail_start) / tail_scale) ** (-1 / tail_shape) of them are
    larger.
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


def adjusted_score(alignment: Alignment, query_frames: int, constants: Calibration) -> float:
    """The score less what the alteration and the shortness of the stretch cost."""
    penalty = (0.0, constants.altered_penalty, constants.combined_penalty)[changes(alignment.rate, alignment.pitch)]
    return alignment.score - penalty - constants.stretch_penalty * shortness(alignment, query_frames)


def chance_probability(adjusted: float, query_s: float, registry_s: float, constants: Calibration) -> float:
    """Probability that the best of a whole search scores at least `adjusted` though nothing truly matches.

    Longer queries and larger registries offer more chances: they count as that many independent searches.
    """
    searches = max(1.0, query_s / SECONDS_A_SEARCH) * max(0.25, registry_s / 3600 / constants.registry_hours)
    excess = (adjusted - constants.tail_start) / constants.tail_scale
    if excess <= 0:
        single = _below_tail(excess, constants.tail_share)
    else:
        single = constants.tail_share * (1 + constants.tail_shape * excess) ** (-1 / constants.tail_shape)
    return -math.expm1(searches * math.log1p(-min(single, 1 - 1e-12)))


def _below_tail(excess: float, share: float) -> float:
    """A smooth way from the tail's share up to one: such scores are everyday chance and only their order matters."""
    return 1 - (1 - share) * math.exp(excess)
