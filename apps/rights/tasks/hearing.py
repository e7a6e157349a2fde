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
from apps.rights.tasks import extraction
from apps.rights.tasks.extraction import PeakExtractor
from apps.rights.tasks.windows import Stretch
from ml.fingerprint import grid
from ml.fingerprint.extract import Peaks
from ml.similarity.cover.errors import CoverError
from ml.similarity.cover.features import CoverPrint
from ml.similarity.cover.features import extract as cover_print
from ml.similarity.melody.notes import Melody

logger = logging.getLogger(__name__)
Samples = NDArray[np.float32]

FEWEST_NOTES = 8
"""A lead voice of fewer notes is none: hums, beeps, drums."""
WINDOW_SAMPLES = 10 * 60 * grid.SAMPLE_RATE_HZ
LEAST_REST_SAMPLES = 30 * grid.SAMPLE_RATE_HZ
"""The end of a long recording is heard from this length on."""


@dataclass(frozen=True)
class Heard:
    """A recording as the three comparisons see it.

    music, melody: one stretch of the whole, or several of a long recording; none when there is nothing to compare, and
    ``problems`` says why, as a code.
    """

    asset: AudioAsset
    peaks: Peaks
    samples: Samples | None
    music: tuple[Stretch[CoverPrint], ...] = ()
    melody: tuple[Stretch[Melody], ...] = ()
    problems: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether music and lead voice were heard in one piece: such prints go into the registry."""
        return self.samples is not None


class Ear:
    """Takes a recording block by block, in bounded memory.

    Its peaks are those of the whole. Music and lead voice of a recording beyond ``extraction.KEPT_SAMPLES`` are heard
    in stretches of ten minutes, as they come in; one of the two that fails does not take the other along.
    """

    def __init__(self, wanted: Collection[Facet]) -> None:
        self._extractor = PeakExtractor()
        self._wanted = [facet for facet in (Facet.COVER, Facet.MELODY) if facet in wanted]
        self._waiting: list[Samples] = []
        self._waiting_length = 0
        self._first = 0
        self._found: dict[Facet, list[Stretch[Any]]] = {facet: [] for facet in self._wanted}
        self._problems: dict[str, str] = {}
        self._seconds: dict[str, float] = {}

    def add(self, block: Samples) -> None:
        """The next block, (n,) float32 mono at 22,050 Hz."""
        self._extractor.add(block)
        self._waiting.append(block)
        self._waiting_length += len(block)
        while self._first + self._waiting_length > extraction.KEPT_SAMPLES and self._waiting_length >= WINDOW_SAMPLES:
            self._hear(WINDOW_SAMPLES)

    def finish(self, asset: AudioAsset) -> Heard:
        """Everything that was heard, the rest included."""
        peaks, samples = self._extractor.finish(), self._extractor.samples
        if samples is not None or not self._first or self._waiting_length >= LEAST_REST_SAMPLES:
            self._hear(self._waiting_length)
        return Heard(
            asset,
            peaks,
            samples,
            tuple(self._stretches(Facet.COVER)),
            tuple(self._stretches(Facet.MELODY)),
            self._problems,
            self._seconds,
        )

    def _stretches(self, facet: Facet) -> list[Stretch[Any]]:
        """What of a facet can be compared; nothing when a part of it failed: half an answer would look like a whole."""
        found = self._found.get(facet, [])
        if not found and facet in self._wanted:
            self._problems.setdefault(facet.value, "no_melody" if facet == Facet.MELODY else "too_short")
        return [] if self._problems.get(facet.value) else found

    def _hear(self, length: int) -> None:
        """Music and lead voice of the next samples, side by side."""
        samples = np.concatenate([np.zeros(0, np.float32), *self._waiting])
        now, rest = samples[:length], samples[length:]
        start_s = self._first / grid.SAMPLE_RATE_HZ
        work: dict[Facet, Callable[[Samples], Any]] = {Facet.COVER: cover_print, Facet.MELODY: _transcribed}
        with ThreadPoolExecutor(len(work)) as pool:
            begun = {facet: pool.submit(_timed, work[facet], now) for facet in self._wanted}
            for facet, future in begun.items():
                printed = _result(facet.value, future, self._problems, self._seconds)
                if printed is not None and not (facet == Facet.MELODY and len(printed) < FEWEST_NOTES):
                    end_s = start_s + len(now) / grid.SAMPLE_RATE_HZ
                    self._found[facet].append(Stretch(start_s, end_s, printed))
        self._waiting, self._waiting_length = [rest.copy()], len(rest)
        self._first += len(now)


def _transcribed(samples: Samples) -> Melody:
    from ml.similarity.melody.transcribe import transcribe

    return transcribe(samples)


def _timed(work: Callable[[Samples], Any], samples: Samples) -> tuple[Any, float]:
    started = time.monotonic()
    return work(samples), time.monotonic() - started


def _result(name: str, future: Future[Any], problems: dict[str, str], seconds: dict[str, float]) -> Any:
    try:
        found, took = future.result()
        seconds[name] = seconds.get(name, 0.0) + took
    except CoverError as error:
        problems[name] = error.code
    except Exception:
        logger.exception("The %s of a recording could not be heard", name)
        problems[name] = "internal_error"
    else:
        return found
    return None
