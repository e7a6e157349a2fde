"""What a check hears in a recording: peaks, the print of its music, and its lead voice, from one decoding pass."""

import logging
import time
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.catalog.models import AudioAsset
from apps.rights.models import Facet
from ml.fingerprint.extract import Peaks
from ml.similarity.cover.errors import CoverError
from ml.similarity.cover.features import CoverPrint
from ml.similarity.cover.features import extract as cover_print
from ml.similarity.melody.notes import Melody

logger = logging.getLogger(__name__)
Samples = NDArray[np.float32]

FEWEST_NOTES = 8
"""A lead voice of fewer notes is none: hums, beeps, drums."""


@dataclass(frozen=True)
class Heard:
    """A recording as the three comparisons see it. ``problems`` say why there is no music or no melody: a code."""

    asset: AudioAsset
    peaks: Peaks
    samples: Samples | None
    music: CoverPrint | None = None
    melody: Melody | None = None
    problems: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


def hear(asset: AudioAsset, peaks: Peaks, samples: Samples | None, wanted: Collection[Facet]) -> Heard:
    """Hear what is wanted of music and lead voice side by side; one that fails does not take the other along."""
    work: dict[Facet, Callable[[Samples], Any]] = {Facet.COVER: cover_print, Facet.MELODY: _transcribed}
    chosen = [facet for facet in work if facet in wanted]
    if samples is None:
        return Heard(asset, peaks, None, problems={facet.value: "too_long" for facet in chosen})
    problems: dict[str, str] = {}
    seconds: dict[str, float] = {}
    with ThreadPoolExecutor(len(work)) as pool:
        begun = {facet: pool.submit(_timed, work[facet], samples) for facet in chosen}
        heard = {facet: _result(facet.value, future, problems, seconds) for facet, future in begun.items()}
    music, melody = heard.get(Facet.COVER), heard.get(Facet.MELODY)
    if melody is not None and len(melody) < FEWEST_NOTES:
        melody, problems["melody"] = None, "no_melody"
    return Heard(asset, peaks, samples, music, melody, problems, seconds)


def _transcribed(samples: Samples) -> Melody:
    from ml.similarity.melody.transcribe import transcribe

    return transcribe(samples)


def _timed(work: Callable[[Samples], Any], samples: Samples) -> tuple[Any, float]:
    started = time.monotonic()
    return work(samples), time.monotonic() - started


def _result(name: str, future: Future[Any], problems: dict[str, str], seconds: dict[str, float]) -> Any:
    try:
        found, seconds[name] = future.result()
    except CoverError as error:
        problems[name] = error.code
    except Exception:
        logger.exception("The %s of a recording could not be heard", name)
        problems[name] = "internal_error"
    else:
        return found
    return None
