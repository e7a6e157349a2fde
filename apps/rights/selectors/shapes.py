"""What the selectors answer with, ready for a page, the API or a PDF."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from apps.catalog.models import AudioAsset, Track, Work
from apps.jobs.models import Job
from apps.rights.models import (
    Certificate,
    Check,
    Decision,
    EvidenceFile,
    Match,
    Registration,
    Subject,
    SubjectKind,
)


@dataclass(frozen=True)
class MatchFilters:
    """What a list of matches is narrowed to; empty values narrow nothing."""

    text: str = ""
    direction: str = ""
    state: str = ""
    kind: str = ""
    facet: str = ""
    of: str = ""
    track_id: uuid.UUID | None = None
    work_id: uuid.UUID | None = None
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
    tempo_ratio: float | None
    pitch_semitones: float
    confidence: float
    own_spectrogram: EvidenceFile | None
    other_spectrogram: EvidenceFile | None
    other_excerpt: EvidenceFile | None
    landmarks: EvidenceFile | None

    @property
    def own_seconds(self) -> float:
        return self.own_end_s - self.own_start_s


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
    work: Work | None = None
    kind: SubjectKind = SubjectKind.RECORDING

    @property
    def is_work(self) -> bool:
        return self.kind == SubjectKind.WORK


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

    @property
    def subject(self) -> Subject:
        """Our track or work."""
        return self.match.subject


@dataclass(frozen=True)
class SubjectPanel:
    """Where a track or a work stands in the registry, and what may be done next."""

    subject: Subject
    check: Check | None
    job: Job | None
    conflicts: list[Match]
    incoming: list[Match]
    already_ours: list[Match]
    registration: Registration | None
    certificate: Certificate | None
    may_retry: bool
    may_check: bool
    may_check_again: bool
    may_register: bool
    may_withdraw: bool
    why_not_register: str = ""

    @property
    def is_work(self) -> bool:
        return isinstance(self.subject, Work)


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
    incomplete: int
    clear_to_register: int
    clear_works: int
    registered: int
    recent_checks: list[Check] = field(default_factory=list)
    recent_matches: list[Match] = field(default_factory=list)
