"""What comparing in one facet gives, and how its failure is kept from the other facets."""

import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError

from apps.core.errors import DomainError
from apps.jobs.runner import Cancelled, LeaseLost
from apps.registry.selectors import Disclosed
from apps.registry.tasks.store import NoClaim
from apps.rights.models import Facet
from apps.rights.services import FoundMatch

logger = logging.getLogger(__name__)

DONE, FAILED, SKIPPED = "done", "failed", "skipped"
ENDS_THE_CHECK = (Cancelled, LeaseLost, OperationalError, InterfaceError, DomainError, NoClaim)
Made = TypeVar("Made")


@dataclass(frozen=True)
class Candidate:
    """An entry that is alike, before it is known what its owner publishes.

    build: makes the match of it, given the pair's id and what is published. chance: that a search without a true match
    scores as high.
    """

    number: int
    build: Callable[[uuid.UUID, Disclosed], FoundMatch]
    chance: float


@dataclass(frozen=True)
class Comparison:
    """How comparing in one facet went.

    version: of model, calibration and index. threshold: largest chance probability that counts. compared_with: entries
    that were searched. nearest: score and chance of the likest entry when nothing counts; not whose it is.
    """

    facet: Facet
    state: str
    version: str = ""
    threshold: float | None = None
    compared_with: int = 0
    candidates: tuple[Candidate, ...] = ()
    nearest: dict[str, Any] | None = None
    seconds: float = 0.0
    error_code: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """As ``Check.facets`` keeps it."""
        kept: dict[str, Any] = {
            "state": self.state,
            "version": self.version,
            "threshold": self.threshold,
            "compared_with": self.compared_with,
            "seconds": round(self.seconds, 3),
            **self.facts,
        }
        if self.nearest:
            kept["nearest"] = self.nearest
        if self.state != DONE:
            kept["error_code"] = self.error_code
        return kept


def guarded(facet: Facet, work: Callable[[], Comparison]) -> Comparison:
    """A comparison; one that fails says so and leaves the others alone. What ends the whole check still does."""
    started = time.monotonic()
    return attempted(facet, work) or failed(facet, seconds=time.monotonic() - started)


def attempted(facet: Facet, work: Callable[[], Made]) -> Made | None:
    """What the work makes, or None when it fails."""
    try:
        return work()
    except ENDS_THE_CHECK:
        raise
    except Exception:
        logger.exception("Comparison of kind %s failed", facet.value)
        return None


def failed(facet: Facet, *, seconds: float = 0.0) -> Comparison:
    """A comparison that broke off on our side."""
    return Comparison(facet, FAILED, seconds=seconds, error_code="internal_error")


def skipped(facet: Facet, code: str, version: str) -> Comparison:
    """A comparison that makes no sense for this recording or score; ``apps.rights.problems`` says why in words.

    version: of what found that; a newer one may see it otherwise.
    """
    return Comparison(facet, SKIPPED, version=version, error_code=code)
