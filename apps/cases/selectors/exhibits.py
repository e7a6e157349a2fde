"""Frozen files that belong together, and what they hold."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from apps.cases import storage
from apps.cases.models import Exhibit

TRIO = ("own_spectrogram", "other_spectrogram", "landmarks")


def spectra(exhibits: Sequence[Exhibit], facet: str) -> Iterator[tuple[Exhibit, Exhibit, dict[str, Any]]]:
    """Our picture, their picture, and the landmarks of both, for each stretch of a finding that has all three."""
    by_stretch: dict[int | None, dict[str, Exhibit]] = {}
    for exhibit in exhibits:
        if exhibit.facet == facet:
            by_stretch.setdefault(exhibit.segment, {})[exhibit.kind] = exhibit
    for found in by_stretch.values():
        own, other, marks = (found.get(kind) for kind in TRIO)
        data = _landmarks(marks) if marks else None
        if own and other and data:
            yield own, other, data


def _landmarks(marks: Exhibit) -> dict[str, Any] | None:
    """Peaks as ``points`` between ``min_hz`` and ``max_hz``; None where storage has the file no more."""
    try:
        data: dict[str, Any] = json.loads(storage.read(marks.storage_key))
    except (FileNotFoundError, ValueError):
        return None
    return data
