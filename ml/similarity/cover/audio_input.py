"""Recordings from files, as the cover search wants them."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml.audio import decode
from ml.similarity.cover.spectrum import SAMPLE_RATE_HZ


def load(path: Path, seconds: float | None = None) -> NDArray[np.float32]:
    """Mono samples at 22,050 Hz of a file, or of its first seconds. Raises ml.audio.AudioError with a message for
    people.
    """
    samples: NDArray[np.float32] = decode(path, sample_rate=SAMPLE_RATE_HZ, mono=True, seconds=seconds)
    return samples
