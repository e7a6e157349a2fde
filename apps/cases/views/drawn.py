"""What is drawn of the frozen findings: time lines, spectra with landmarks, chroma, piano rolls.

From the frozen text and the frozen pictures only; the match may have changed since, or be gone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.cases.models import Exhibit
from apps.cases.selectors import CaseReport, spectra
from apps.cases.snapshot import Evidence, Finding
from apps.core import chroma
from apps.core.chroma import ChromaPicture
from apps.core.display import Alignment, LandmarkPicture, Segment, Side, Spectrogram
from apps.core.melodies import is_untimed, melodies
from apps.core.piano_roll import PianoRoll

MAX_LINKS = 600


@dataclass(frozen=True)
class Drawn:
    """The pictures of one finding; what it does not have is None or empty."""

    alignment: Alignment | None
    roll: PianoRoll | None
    harmony: Sequence[ChromaPicture]
    tune: Sequence[ChromaPicture]
    landmarks: LandmarkPicture | None
    untimed: bool


def drawn(slug: str, report: CaseReport, found: Finding) -> Drawn:
    """Everything that is drawn of a finding."""
    evidence = report.evidence
    roll = melodies(
        found.detail,
        own=evidence.ours.title,
        own_by=_("you"),
        other=evidence.theirs.title,
        other_by=evidence.theirs.organisation,
    )
    return Drawn(
        alignment=None if roll else _alignment(evidence, found),
        roll=roll,
        harmony=chroma.pictures(found.detail),
        tune=chroma.pictures(found.detail, "melody"),
        landmarks=_landmarks(slug, report, found),
        untimed=is_untimed(found.detail),
    )


def exhibit_url(slug: str, exhibit: Exhibit) -> str:
    return reverse("cases:exhibit", kwargs={"slug": slug, "case_id": exhibit.case_id, "exhibit_id": exhibit.id})


def _alignment(evidence: Evidence, found: Finding) -> Alignment | None:
    """Both time lines of a finding, without sound; None when it has no stretches."""
    if not found.stretches:
        return None
    ours, theirs = evidence.ours, evidence.theirs
    return Alignment(
        query=Side(ours.title, by=_("you"), duration_s=ours.duration_s or found.last("own_end_s")),
        reference=Side(theirs.title, by=theirs.organisation, duration_s=theirs.duration_s or found.last("other_end_s")),
        segments=tuple(
            Segment(
                stretch.own_start_s,
                stretch.own_end_s,
                stretch.other_start_s,
                stretch.other_end_s,
                tempo_ratio=stretch.tempo_ratio or 1.0,
                pitch_semitones=stretch.pitch_semitones,
                probability=stretch.confidence,
            )
            for stretch in found.stretches
        ),
    )


def _landmarks(slug: str, report: CaseReport, found: Finding) -> LandmarkPicture | None:
    """Both frozen spectra of the first stretch that has them, with their landmarks."""
    for own, other, data in spectra(report.exhibits, found.facet):
        return _picture(slug, report, own, other, data)
    return None


def _picture(slug: str, report: CaseReport, own: Exhibit, other: Exhibit, data: dict[str, Any]) -> LandmarkPicture:
    points = data["points"]
    step = max(1, ceil(len(points) / MAX_LINKS))
    return LandmarkPicture(
        query=_spectrogram(slug, own, report.evidence.ours.title),
        reference=_spectrogram(slug, other, report.evidence.theirs.title),
        links=tuple(tuple(point) for point in points[::step]),
        low_hz=float(data["min_hz"]),
        high_hz=float(data["max_hz"]),
    )


def _spectrogram(slug: str, exhibit: Exhibit, label: str) -> Spectrogram:
    return Spectrogram(exhibit_url(slug, exhibit), exhibit.start_s or 0.0, exhibit.end_s or 0.0, label)
