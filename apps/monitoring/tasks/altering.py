"""How far from the original a broadcast is searched: what stations and disc jockeys do, not all that a check tries."""

from dataclasses import replace

import numpy as np

from ml.fingerprint import grid
from ml.fingerprint.engine import STAGES, Stage
from ml.fingerprint.search import Warps

NEAR_TEMPO, NEAR_BANDS = 0.11, 7
"""A tenth of the tempo and 2⅓ semitones, each alone or together as speed: searched thoroughly."""
SLOWEST, FASTEST = 0.775, 1.285
"""Tempo or speed up to which a disc jockey's fader is followed, in the passages where nothing else was found."""
FAR_STRIDE = 4
"""Of those passages every so manieth window of five seconds, 2½ s apart, is searched: who plays a record faster plays
more than ten seconds of it."""


def _is_near(stage: Stage) -> bool:
    return bool(abs(stage.warps.rate - 1).max() < NEAR_TEMPO and abs(stage.warps.pitch).max() <= NEAR_BANDS)


def _far() -> Stage:
    """Tempo (at the same pitch) and speed (pitch with it) beyond the near ones, searched as a check does."""
    alone = max((stage for stage in STAGES if _only_single(stage)), key=lambda stage: stage.long_peaks_per_second)
    rate, pitch = alone.warps.rate, alone.warps.pitch
    chosen = (abs(rate - 1) >= NEAR_TEMPO) & (rate > SLOWEST) & (rate < FASTEST)
    return replace(alone, warps=Warps(rate[chosen], pitch[chosen]), long_stride=FAR_STRIDE)


def _only_single(stage: Stage) -> bool:
    """Whether every hypothesis changes one thing: tempo, pitch, or both by the speed."""
    rate, pitch = stage.warps.rate, stage.warps.pitch
    by_speed = abs(pitch - grid.BINS_PER_OCTAVE * np.log2(rate)) <= 1
    reaches = (rate < SLOWEST + 0.02).any() and (rate > FASTEST - 0.02).any()
    return bool(reaches and ((rate == 1) | (pitch == 0) | by_speed).all())


BROADCAST_STAGES = (*(stage for stage in STAGES if _is_near(stage)), _far())
