"""The frozen evidence of a case: one JSON text, byte for byte the same on both sides, and what a side reads from it.

In the text the sides are ``a`` (who opened the case) and ``b``; it holds what both may see: published names, figures,
aligned times, versions and thresholds. Pictures are each side's own, in ``Exhibit``.
"""

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.rights.detail import mirrored

FORMAT = "descant-case-evidence/1"
_OPPOSITE = {"faster": "slower", "slower": "faster", "higher": "lower", "lower": "higher"}
_RATIO_DIGITS = 4


@dataclass(frozen=True)
class Party:
    """What one side publishes of what is compared."""

    organisation: str
    title: str
    artist: str = ""
    contact: str = ""
    registered: bool = False
    shares_excerpts: bool = False
    duration_s: float | None = None


@dataclass(frozen=True)
class Stretch:
    """One aligned stretch, times in seconds, as our side sees it."""

    own_start_s: float
    own_end_s: float
    other_start_s: float
    other_end_s: float
    tempo_ratio: float | None
    pitch_semitones: float
    confidence: float | None
    score: float | None


@dataclass(frozen=True)
class Finding:
    """What one comparison found, as our side sees it."""

    facet: str
    kind: str
    alterations: tuple[str, ...]
    score: float | None
    chance_probability: float | None
    tempo_ratio: float | None
    pitch_semitones: float | None
    own_share: float | None
    other_share: float | None
    found_by_us: bool
    found_at: datetime
    versions: dict[str, str]
    threshold: float | None
    compared_with: int | None
    stretches: tuple[Stretch, ...]
    detail: dict[str, Any] = field(default_factory=dict)

    def last(self, name: str) -> float:
        """The latest of a time of all stretches: how long a side is at least, where its length is not known."""
        return max((float(getattr(stretch, name)) for stretch in self.stretches), default=0.0)


@dataclass(frozen=True)
class Evidence:
    """The whole of it, as our side sees it. ``context`` says where a cue was heard."""

    origin: str
    pair_id: uuid.UUID | None
    frozen_at: datetime
    ours: Party
    theirs: Party
    findings: tuple[Finding, ...]
    context: dict[str, Any] = field(default_factory=dict)

    @property
    def main(self) -> Finding:
        return self.findings[0]


def canonical(data: Mapping[str, Any]) -> str:
    """The one way to write a JSON document, so that its digest can be computed again."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.replace("\\u0000", "")


def sha256_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def compose(evidence: Evidence, *, reference: str) -> str:
    """The text that is frozen, written by the side that opens the case."""
    return canonical(
        {
            "format": FORMAT,
            "reference": reference,
            "origin": evidence.origin,
            "pair": str(evidence.pair_id) if evidence.pair_id else None,
            "frozen_at": evidence.frozen_at.isoformat(),
            "a": _party(evidence.ours),
            "b": _party(evidence.theirs),
            "context": evidence.context,
            "findings": [_written(finding) for finding in evidence.findings],
        }
    )


def read(text: str, *, as_opener: bool) -> Evidence:
    """The frozen text as one side sees it."""
    data: dict[str, Any] = json.loads(text)
    ours, theirs = Party(**data["a"]), Party(**data["b"])
    findings = tuple(_finding(found, as_opener=as_opener) for found in data["findings"])
    return Evidence(
        origin=data["origin"],
        pair_id=uuid.UUID(data["pair"]) if data["pair"] else None,
        frozen_at=datetime.fromisoformat(data["frozen_at"]),
        ours=ours if as_opener else theirs,
        theirs=theirs if as_opener else ours,
        findings=findings,
        context=data["context"],
    )


def _party(party: Party) -> dict[str, Any]:
    return {name: getattr(party, name) for name in Party.__dataclass_fields__}


def _written(finding: Finding) -> dict[str, Any]:
    return {
        "facet": finding.facet,
        "kind": finding.kind,
        "alterations_of_a": list(finding.alterations),
        "score": finding.score,
        "chance_probability": finding.chance_probability,
        "tempo_ratio": finding.tempo_ratio,
        "pitch_semitones": finding.pitch_semitones,
        "share_of_a": finding.own_share,
        "share_of_b": finding.other_share,
        "found_by": "a" if finding.found_by_us else "b",
        "found_at": finding.found_at.isoformat(),
        "versions": finding.versions,
        "threshold": finding.threshold,
        "compared_with": finding.compared_with,
        "detail": finding.detail,
        "stretches": [
            {
                "a_start_s": stretch.own_start_s,
                "a_end_s": stretch.own_end_s,
                "b_start_s": stretch.other_start_s,
                "b_end_s": stretch.other_end_s,
                "tempo_ratio": stretch.tempo_ratio,
                "pitch_semitones": stretch.pitch_semitones,
                "confidence": stretch.confidence,
                "score": stretch.score,
            }
            for stretch in finding.stretches
        ],
    }


def _finding(data: dict[str, Any], *, as_opener: bool) -> Finding:
    ours, theirs = ("a", "b") if as_opener else ("b", "a")
    alterations = data["alterations_of_a"]
    return Finding(
        facet=data["facet"],
        kind=data["kind"],
        alterations=tuple(alterations if as_opener else (_OPPOSITE.get(name, name) for name in alterations)),
        score=data["score"],
        chance_probability=data["chance_probability"],
        tempo_ratio=_ratio(data["tempo_ratio"], as_opener),
        pitch_semitones=_shift(data["pitch_semitones"], as_opener),
        own_share=data[f"share_of_{ours}"],
        other_share=data[f"share_of_{theirs}"],
        found_by_us=data["found_by"] == ours,
        found_at=datetime.fromisoformat(data["found_at"]),
        versions=data["versions"],
        threshold=data["threshold"],
        compared_with=data["compared_with"],
        detail=data["detail"] if as_opener else mirrored(data["detail"]),
        stretches=tuple(
            Stretch(
                own_start_s=stretch[f"{ours}_start_s"],
                own_end_s=stretch[f"{ours}_end_s"],
                other_start_s=stretch[f"{theirs}_start_s"],
                other_end_s=stretch[f"{theirs}_end_s"],
                tempo_ratio=_ratio(stretch["tempo_ratio"], as_opener),
                pitch_semitones=_shift(stretch["pitch_semitones"], as_opener) or 0.0,
                confidence=stretch["confidence"],
                score=stretch["score"],
            )
            for stretch in data["stretches"]
        ),
    )


def _ratio(ratio: float | None, as_opener: bool) -> float | None:
    """Seconds of theirs to one of ours; seen from the other side it is the inverse."""
    if ratio is None or as_opener or not ratio:
        return ratio
    return round(1.0 / ratio, _RATIO_DIGITS)


def _shift(semitones: float | None, as_opener: bool) -> float | None:
    if semitones is None or as_opener:
        return semitones
    return -semitones if semitones else 0.0
