"""Speaker positions and the downmix to mono."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

MAX_CHANNELS = 8

_BY_COUNT: dict[int, tuple[str, tuple[str, ...]]] = {
    1: ("mono", ("FC",)),
    2: ("stereo", ("FL", "FR")),
    3: ("3.0", ("FL", "FR", "FC")),
    4: ("quad", ("FL", "FR", "BL", "BR")),
    5: ("5.0", ("FL", "FR", "FC", "BL", "BR")),
    6: ("5.1", ("FL", "FR", "FC", "LFE", "BL", "BR")),
    7: ("6.1", ("FL", "FR", "FC", "LFE", "BC", "SL", "SR")),
    8: ("7.1", ("FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR")),
}
"""What we take an unlabelled file to be, by its count (order of WAVE_FORMAT_EXTENSIBLE)."""

_ITU_MONO = {"FL": 0.7071, "FR": 0.7071, "FC": 1.0, "LFE": 0.0, "LFE2": 0.0}
"""ITU-R BS.775-4, annex 4, 1/0 downmix; every surround channel 0.5."""
_ITU_MONO_SURROUND = 0.5


def speakers(layout_name: str, names: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Our layout name and speaker names of a decoded stream; by count where it is unlabelled."""
    count = len(names)
    if names and all(name not in {"NONE", "UNK", "UNSD"} for name in names):
        return layout_name, tuple(names)
    return _BY_COUNT.get(count, (f"{count} channels", ("UNK",) * count))


def mono_weights(names: Sequence[str]) -> Samples:
    """Gain of each channel in the mono mix, summing to one so that it never clips.

    Mono and stereo: the plain mean. More: ITU-R BS.775-4 (annex 4, table 2: L, R 0.7071, C 1,
    surrounds 0.5, no LFE), scaled to a sum of one.
    """
    if len(names) <= 2:
        return np.full(len(names), 1.0 / max(1, len(names)), dtype=np.float32)
    gains = np.array([_ITU_MONO.get(name, _ITU_MONO_SURROUND) for name in names])
    return np.asarray(gains / gains.sum(), dtype=np.float32)


def to_mono(samples: Samples, weights: Samples) -> Samples:
    """Mix (channels, n) float32 samples to (n,) with `weights`."""
    if len(weights) == 1:
        return samples[0]
    return np.asarray(weights @ samples, dtype=np.float32)


def stereo_matrix(names: Sequence[str]) -> Samples:
    """(outputs, channels) gains for listening: mono stays mono, more than two become stereo.

    ITU-R BS.775-4, annex 4, 2/0 downmix (centre and surrounds 0.7071, no LFE), scaled so that it
    never clips.
    """
    if len(names) <= 2:
        return np.eye(len(names), dtype=np.float32)
    gains = np.array([_stereo_gain(name) for name in names]).T
    return np.asarray(gains / gains.sum(axis=1).max(), dtype=np.float32)


def _stereo_gain(name: str) -> tuple[float, float]:
    if name.startswith("LFE"):
        return 0.0, 0.0
    if name in {"FL", "FR"}:
        return (1.0, 0.0) if name == "FL" else (0.0, 1.0)
    if name.endswith("L"):
        return 0.7071, 0.0
    return (0.0, 0.7071) if name.endswith("R") else (0.7071, 0.7071)
