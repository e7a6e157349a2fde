"""What the selectors answer with, ready for a page, the API or a PDF."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from apps.catalog.models import AudioAsset, Track
from apps.jobs.models import Job
from apps.rights.models import Certificate, Check, Decision, EvidenceFile, Match, Registration


@dataclass(frozen=True)
class MatchFilters:
    """What a list of matches is narrowed to; empty values narrow nothing."""

    text: str = ""
    direction: str = ""
    state: str = ""
    kind: str = ""
    track_id: uuid.UUID | None = None
    include_superseded: bool = False


@dataclass(frozen=True)
class SegmentReport:
    """One aligned stretch with its evidence, ready to show. Times in seconds."""

    id: uuid.UUID
    position: int
    own_start_s: float
    own_end_s: float
    other_start_s: float
    other_end_s: float
    tempo_ratio: float
    pitch_semitones: float
    confidence: float
    own_spectrogram: EvidenceFile | None
    other_spectrogram: EvidenceFile | None
    other_excerpt: EvidenceFile | None
    landmarks: EvidenceFile | None

    @property
    def own_seconds(self) -> float:
        return self.own_end_s - self.own_start_s

    @property
    def tempo_percent(self) -> float:
        """How much faster (above 0) or slower our recording is, in per cent."""
        return (self.tempo_ratio - 1.0) * 100.0


@dataclass(frozen=True)
class OtherSide:
    """What the other side published; all that is known of it."""

    title: str
    artist: str
    organisation: str
    contact: str
    registered: bool
    shares_excerpts: bool
    duration_s: float
    already_ours: bool
    track: Track | None


@dataclass(frozen=True)
class Shown:
    """What the other side sees of us in its own report."""

    title: str
    artist: str
    organisation: str
    contact: str
    shares_excerpts: bool


@dataclass(frozen=True)
class MatchReport:
    """Everything a page, the API or a PDF says about one match."""

    match: Match
    track: Track
    asset: AudioAsset | None
    other: OtherSide
    shown: Shown
    sureness: str
    """``likely``, ``possible`` or ``unsure``."""
    segments: list[SegmentReport]
    decisions: list[Decision]
    undoable: Decision | None
    threshold: float | None
    extractor_version: str
    matcher_version: str
    compared_with: int | None
    checked_at: datetime | None
    evidence_pending: bool = False


@dataclass(frozen=True)
class TrackPanel:
    """Where a track stands in the registry, and what may be done next."""

    track: Track
    check: Check | None
    job: Job | None
    conflicts: list[Match]
    incoming: list[Match]
    already_ours: list[Match]
    registration: Registration | None
    certificate: Certificate | None
    may_check: bool
    may_register: bool
    may_withdraw: bool
    why_not_register: str = ""


@dataclass(frozen=True)
class PublicCertificate:
    """What anybody who knows the code may see."""

    code: str
    registrant: str
    title: str
    artist: str
    sha256: str
    digest: str
    duration_s: float
    registered_at: datetime
    issued_at: datetime
    state: str
    """State of the registration now: ``registered``, ``disputed`` or ``withdrawn``."""
    subject_kind: str = "recording"


@dataclass(frozen=True)
class HomeSummary:
    """What needs somebody, and how the registry stands, for the organisation's home page."""

    open_conflicts: int
    open_incoming: int
    running_checks: int
    clear_to_register: int
    registered: int
    recent_checks: list[Check] = field(default_factory=list)
    recent_matches: list[Match] = field(default_factory=list)
