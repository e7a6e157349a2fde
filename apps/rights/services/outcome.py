"""What a check found, as it is handed from the worker's computation to the transaction that writes it down."""

import uuid
from dataclasses import asdict, dataclass, field
from typing import Any

from apps.registry.selectors import Disclosed
from apps.rights.detail import mirrored as mirrored_detail
from apps.rights.models import Alteration, Facet

_OPPOSITE = {
    Alteration.FASTER: Alteration.SLOWER,
    Alteration.SLOWER: Alteration.FASTER,
    Alteration.HIGHER: Alteration.LOWER,
    Alteration.LOWER: Alteration.HIGHER,
}
_RATIO_DIGITS = 4


@dataclass(frozen=True)
class StoredEvidence:
    """A file in storage that shows or lets hear seconds ``start_s`` to ``end_s`` of one side."""

    kind: str
    storage_key: str
    media_type: str
    size_bytes: int
    start_s: float
    end_s: float


@dataclass(frozen=True)
class FoundSegment:
    """One aligned stretch; times in seconds. tempo_ratio: None where a side has no tempo of its own."""

    own_start_s: float
    own_end_s: float
    other_start_s: float
    other_end_s: float
    tempo_ratio: float | None
    pitch_semitones: float
    confidence: float
    score: float
    evidence: tuple[StoredEvidence, ...] = ()


@dataclass(frozen=True)
class FoundMatch:
    """Something registered that ours is like in one facet, and what its owner publishes of it.

    detail: what a page draws and explains, from our side (see ``apps.rights.detail``).
    """

    pair_id: uuid.UUID
    other: Disclosed
    kind: str
    alterations: tuple[str, ...]
    score: float
    chance_probability: float
    own_share: float
    other_share: float
    segments: tuple[FoundSegment, ...]
    facet: str = Facet.RECORDING.value
    version: str = ""
    threshold: float | None = None
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def best(self) -> FoundSegment:
        return self.segments[0]

    def figures(self) -> dict[str, Any]:
        """The columns of our own row that hold figures."""
        return {
            "kind": self.kind,
            "alterations": list(self.alterations),
            "score": self.score,
            "chance_probability": self.chance_probability,
            "tempo_ratio": self.best.tempo_ratio,
            "pitch_semitones": self.best.pitch_semitones,
            "own_share": self.own_share,
            "other_share": self.other_share,
            "version": self.version,
            "threshold": self.threshold,
            "detail": self.detail,
        }

    def mirrored(self) -> dict[str, Any]:
        """The figures as the other side sees them: its recording is “own”, and ours differs the other way round."""
        return self.figures() | {
            "alterations": [_OPPOSITE[Alteration(name)].value for name in self.alterations],
            "tempo_ratio": _inverse(self.best.tempo_ratio),
            "pitch_semitones": _negative(self.best.pitch_semitones),
            "own_share": self.other_share,
            "other_share": self.own_share,
            "detail": mirrored_detail(self.detail),
            "segments": [_mirrored(segment, position) for position, segment in enumerate(self.segments)],
        }


@dataclass(frozen=True)
class Outcome:
    """The result of one check.

    facets: how each comparison that was made went, as ``Check.facets`` keeps it; when only what failed is compared
    again, the others are missing. absorbed: matches of the same check that a match found now says already.
    folded: what recording matches of the same check say from now on of music and melody, by match.
    """

    entry_number: int
    digest: str
    compared_with: int
    extractor_version: str
    matcher_version: str
    threshold: float
    matches: tuple[FoundMatch, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    facets: dict[str, Any] = field(default_factory=dict)
    absorbed: tuple[uuid.UUID, ...] = ()
    folded: dict[uuid.UUID, dict[str, Any]] = field(default_factory=dict)

    @property
    def conflicts(self) -> tuple[FoundMatch, ...]:
        """Matches with other organisations' recordings."""
        return tuple(match for match in self.matches if not match.other.already_ours)


def _mirrored(segment: FoundSegment, position: int) -> dict[str, Any]:
    values = asdict(segment)
    del values["evidence"]
    return values | {
        "position": position,
        "own_start_s": segment.other_start_s,
        "own_end_s": segment.other_end_s,
        "other_start_s": segment.own_start_s,
        "other_end_s": segment.own_end_s,
        "tempo_ratio": _inverse(segment.tempo_ratio),
        "pitch_semitones": _negative(segment.pitch_semitones),
    }


def _inverse(ratio: float | None) -> float | None:
    return None if ratio is None else round(1.0 / ratio, _RATIO_DIGITS)


def _negative(semitones: float) -> float:
    return -semitones if semitones else 0.0
