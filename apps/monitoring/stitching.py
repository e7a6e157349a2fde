"""From what single chunks of a recording heard to the cues of the whole: maximal, each once. Pure computation."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

LONGEST_GAP_S = 8.0
"""A voice or a noise may hide the music for so long without ending a cue, if it goes on at the right place."""
LINE_TOLERANCE_S = 0.8
"""How far two stretches may lie beside one line through the track and still be one cue."""
DRIFT = 0.02
"""By how many seconds more for each second of the gap between them (a turntable is no clock)."""
RATE_TOLERANCE, PITCH_TOLERANCE = 0.03, 0.6
SHORTEST_S = 1.0
SHADOW_COVERED, SHADOW_SCORE = 0.8, 0.35
"""A cue that lies this much under another track's, with so little of its score a second, is its echo.

A second, not in all: a registered mix is as strong as the tracks in it are, and longer than each of them.
"""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Seconds ``start_s`` to ``end_s`` of the recording are like ``ref_start_s`` to ``ref_end_s`` of an entry.

    tempo_ratio: seconds of the track for each second of the recording. chance_probability: of the chunk's search.
    """

    entry: int
    start_s: float
    end_s: float
    ref_start_s: float
    ref_end_s: float
    tempo_ratio: float
    pitch_semitones: float
    score: float
    chance_probability: float

    @property
    def seconds(self) -> float:
        return self.end_s - self.start_s

    def reference_at(self, second: float) -> float:
        """The track's time that sounds at a second of the recording."""
        return self.ref_start_s + self.tempo_ratio * (second - self.start_s)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Stretch":
        return cls(**values)


def stitch(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Cues of the whole recording in order of time.

    Stretches of one track that lie on one line through it become one, also across the borders of chunks, which
    overlap. Where a track was found at two places of itself at once, the stronger reading keeps the time.
    """
    by_entry: dict[int, list[Stretch]] = defaultdict(list)
    for stretch in stretches:
        by_entry[stretch.entry].append(stretch)
    cues = [cue for own in by_entry.values() for cue in _one_reading(_joined(own))]
    return sorted(_without_shadows(cues), key=lambda c: (c.start_s, c.end_s, c.entry))


def whole_chance(probability: float, searches: int) -> float:
    """The probability that any of so many searches scores as high by chance."""
    return -math.expm1(max(searches, 1) * math.log1p(-min(probability, 1 - 1e-12)))


def chunk_limit(probability: float, searches: int) -> float:
    """The inverse: what one search may have, so that all of them together have this probability."""
    return -math.expm1(math.log1p(-min(probability, 1 - 1e-12)) / max(searches, 1))


def _joined(stretches: Sequence[Stretch]) -> list[Stretch]:
    cues: list[Stretch] = []
    for stretch in sorted(stretches, key=lambda s: (s.start_s, s.end_s)):
        fitting = [k for k, cue in enumerate(cues) if _continues(cue, stretch)]
        if fitting:
            k = min(fitting, key=lambda k: _beside(cues[k], stretch))
            cues[k] = _union(cues[k], stretch)
        else:
            cues.append(stretch)
    return cues


def _continues(cue: Stretch, after: Stretch) -> bool:
    gap = after.start_s - cue.end_s
    return (
        gap <= LONGEST_GAP_S
        and abs(cue.tempo_ratio - after.tempo_ratio) <= RATE_TOLERANCE
        and abs(cue.pitch_semitones - after.pitch_semitones) <= PITCH_TOLERANCE
        and _beside(cue, after) <= LINE_TOLERANCE_S + DRIFT * max(gap, 0.0)
    )


def _beside(cue: Stretch, after: Stretch) -> float:
    """How many seconds the two lines are apart where the stretches meet."""
    at = 0.5 * (min(cue.end_s, after.end_s) + after.start_s)
    return abs(cue.reference_at(at) - after.reference_at(at))


def _union(cue: Stretch, after: Stretch) -> Stretch:
    longer = cue if cue.seconds >= after.seconds else after
    stronger = cue if cue.score >= after.score else after
    last = after if after.end_s >= cue.end_s else cue
    seconds = last.end_s - cue.start_s
    ratio = (last.ref_end_s - cue.ref_start_s) / seconds if seconds > 0 else longer.tempo_ratio
    return replace(
        cue,
        end_s=last.end_s,
        ref_end_s=last.ref_end_s,
        # Over two chunks the ends tell the tempo better than either fit, unless a jump hides between them.
        tempo_ratio=round(ratio, 4) if abs(ratio - longer.tempo_ratio) < RATE_TOLERANCE / 3 else longer.tempo_ratio,
        pitch_semitones=longer.pitch_semitones,
        score=stronger.score,
        chance_probability=min(cue.chance_probability, after.chance_probability),
    )


def _one_reading(cues: Sequence[Stretch]) -> list[Stretch]:
    """The stronger reading first; what it leaves of weaker ones at their ends."""
    kept: list[Stretch] = []
    for cue in sorted(cues, key=lambda c: (-c.score, c.start_s)):
        rest: Stretch | None = cue
        for stronger in kept:
            rest = _outside(rest, stronger) if rest is not None else None
        if rest is not None and rest.seconds >= SHORTEST_S:
            kept.append(rest)
    return kept


def _outside(cue: Stretch, stronger: Stretch) -> Stretch | None:
    if cue.end_s <= stronger.start_s or cue.start_s >= stronger.end_s:
        return cue
    before, after = stronger.start_s - cue.start_s, cue.end_s - stronger.end_s
    if max(before, after) < SHORTEST_S:
        return None
    if before >= after:
        return replace(cue, end_s=stronger.start_s, ref_end_s=round(cue.reference_at(stronger.start_s), 1))
    return replace(cue, start_s=stronger.end_s, ref_start_s=round(cue.reference_at(stronger.end_s), 1))


def _without_shadows(cues: Sequence[Stretch]) -> list[Stretch]:
    return [cue for cue in cues if not any(_is_shadow(cue, other) for other in cues)]


def _is_shadow(cue: Stretch, other: Stretch) -> bool:
    covered = min(cue.end_s, other.end_s) - max(cue.start_s, other.start_s)
    weak = cue.score * other.seconds < SHADOW_SCORE * other.score * cue.seconds
    return other.entry != cue.entry and covered >= SHADOW_COVERED * cue.seconds and weak
