"""Reads of checks, matches, registrations and certificates of the bound organisation."""

import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.catalog.models import AudioAsset, Track, TrackStatus
from apps.catalog.selectors import current_asset
from apps.core.errors import NotFound
from apps.jobs.models import Job
from apps.rights.models import (
    OPEN_CHECK_STATES,
    Certificate,
    Check,
    Decision,
    Direction,
    EvidenceFile,
    EvidenceKind,
    Match,
    MatchSegment,
    MatchState,
    Registration,
    RegistrationState,
)

UNDO_WINDOW = timedelta(hours=1)
"""How long a decision can be undone."""
LIKELY_BELOW = 1e-4
POSSIBLE_BELOW = 1e-2
CODE_LENGTH = 16
RECENT = 8
CHECKABLE = frozenset({TrackStatus.DRAFT, TrackStatus.CLEAR, TrackStatus.CONFLICT, TrackStatus.WITHDRAWN})
REGISTRABLE = frozenset({TrackStatus.CLEAR, TrackStatus.CONFLICT})
WITHDRAWABLE = frozenset({TrackStatus.CLEAR, TrackStatus.CONFLICT, TrackStatus.REGISTERED, TrackStatus.DISPUTED})


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


def checks(*, text: str = "", state: str = "", verdict: str = "") -> QuerySet[Check]:
    """Checks, newest first, with track, asset and job."""
    found = Check.objects.select_related("track", "asset", "job")
    if text:
        found = found.filter(track__title__icontains=text)
    if state:
        found = found.filter(state=state)
    if verdict:
        found = found.filter(verdict=verdict)
    return found.order_by("-created_at")


def get_check(check_id: uuid.UUID) -> Check:
    """One check.

    Raises:
        NotFound: there is none with this id here.
    """
    check: Check | None = checks().filter(id=check_id).first()
    if check is None:
        raise NotFound(_("There is no such check."))
    return check


def latest_check(track_id: uuid.UUID) -> Check | None:
    """The newest check of a track."""
    return checks().filter(track_id=track_id).first()


def matches(filters: MatchFilters | None = None) -> QuerySet[Match]:
    """Matches, newest first, with our track; superseded ones only on request."""
    wanted = filters or MatchFilters()
    found = Match.objects.select_related("track", "other_track")
    if wanted.text:
        text = wanted.text
        found = found.filter(
            Q(track__title__icontains=text)
            | Q(other_title__icontains=text)
            | Q(other_artist__icontains=text)
            | Q(other_organisation__icontains=text)
        )
    if wanted.state:
        found = found.filter(state=wanted.state)
    elif not wanted.include_superseded:
        found = found.exclude(state=MatchState.SUPERSEDED)
    if wanted.direction:
        found = found.filter(direction=wanted.direction)
    if wanted.kind:
        found = found.filter(kind=wanted.kind)
    if wanted.track_id:
        found = found.filter(track_id=wanted.track_id)
    return found.order_by("-created_at")


def get_match(match_id: uuid.UUID) -> Match:
    """One match.

    Raises:
        NotFound: there is none with this id here.
    """
    match: Match | None = matches(MatchFilters(include_superseded=True)).filter(id=match_id).first()
    if match is None:
        raise NotFound(_("There is no such match."))
    return match


def get_evidence(match_id: uuid.UUID, evidence_id: uuid.UUID) -> EvidenceFile:
    """One stored file of a match.

    Raises:
        NotFound: there is none with this id here.
    """
    evidence: EvidenceFile | None = EvidenceFile.objects.filter(match_id=match_id, id=evidence_id).first()
    if evidence is None:
        raise NotFound(_("There is no such evidence."))
    return evidence


def get_decision(decision_id: uuid.UUID) -> Decision:
    """One decision.

    Raises:
        NotFound: there is none with this id here.
    """
    decision: Decision | None = Decision.objects.select_related("match", "actor").filter(id=decision_id).first()
    if decision is None:
        raise NotFound(_("There is no such decision."))
    return decision


def landmarks(evidence: EvidenceFile) -> dict[str, Any]:
    """The matching peaks that a landmark file holds: ``points`` of (own s, own Hz, other s, other Hz)."""
    with default_storage.open(evidence.storage_key, "rb") as stored:
        found: dict[str, Any] = json.load(stored)
    return found


def match_report(match: Match) -> MatchReport:
    """Everything to say about one match. Reads only the bound organisation's rows."""
    segments = [_segment_report(segment) for segment in match.segments.prefetch_related("evidence")]
    decisions = list(match.decisions.select_related("actor"))
    check = match.check_run
    return MatchReport(
        match=match,
        track=match.track,
        asset=current_asset(match.track_id),
        other=_other_side(match),
        shown=shown_of(match.track),
        sureness=sureness(match),
        segments=segments,
        decisions=decisions,
        undoable=undoable(decisions),
        threshold=check.threshold if check else None,
        extractor_version=check.extractor_version if check else "",
        matcher_version=check.matcher_version if check else "",
        compared_with=check.compared_with if check else None,
        checked_at=check.finished_at if check else match.created_at,
        evidence_pending=any(segment.landmarks is None for segment in segments[:1]),
    )


def sureness(match: Match) -> str:
    """``likely``, ``possible`` or ``unsure``, from the probability that chance scores as high."""
    if match.chance_probability < LIKELY_BELOW:
        return "likely"
    return "possible" if match.chance_probability < POSSIBLE_BELOW else "unsure"


def shown_of(track: Track) -> Shown:
    """What other labels are shown of a track of ours."""
    organisation = track.organisation
    return Shown(
        title=track.shown_title,
        artist=track.shown_artist,
        organisation=organisation.public_name,
        contact=organisation.contact_route,
        shares_excerpts=organisation.share_excerpts,
    )


def undoable(decisions: list[Decision]) -> Decision | None:
    """The newest decision, while it may still be undone."""
    standing = [decision for decision in decisions if decision.undone_at is None]
    if standing and timezone.now() - standing[0].created_at < UNDO_WINDOW:
        return standing[0]
    return None


def registrations(*, text: str = "", state: str = "") -> QuerySet[Registration]:
    """Registrations, newest first, with their tracks."""
    found = Registration.objects.select_related("track", "check_run", "registered_by").prefetch_related("certificates")
    if text:
        found = found.filter(track__title__icontains=text)
    if state:
        found = found.filter(state=state)
    return found.order_by("-registered_at")


def get_registration(registration_id: uuid.UUID) -> Registration:
    """One registration.

    Raises:
        NotFound: there is none with this id here.
    """
    registration: Registration | None = registrations().filter(id=registration_id).first()
    if registration is None:
        raise NotFound(_("There is no such registration."))
    return registration


def registration_of(track_id: uuid.UUID) -> Registration | None:
    """The registration of a track that stands, if any."""
    return registrations().filter(track_id=track_id).exclude(state=RegistrationState.WITHDRAWN).first()


def get_certificate(certificate_id: uuid.UUID) -> Certificate:
    """One certificate of ours.

    Raises:
        NotFound: there is none with this id here.
    """
    found: Certificate | None = (
        Certificate.objects.select_related("registration", "registration__track").filter(id=certificate_id).first()
    )
    if found is None:
        raise NotFound(_("There is no such certificate."))
    return found


def certificate_of(registration: Registration) -> Certificate | None:
    """The newest certificate of a registration."""
    return registration.certificates.order_by("-issued_at").first()


def verify_certificate(code: str) -> PublicCertificate | None:
    """What a certificate says, for anybody who has its code. Needs no tenant."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code, registrant, title, artist, sha256, digest, duration_s, registered_at, issued_at, state "
            "FROM rights_verify_certificate(%s)",
            [normalise_code(code)],
        )
        row = cursor.fetchone()
    return PublicCertificate(*row) if row else None


def normalise_code(code: str) -> str:
    """A certificate's code as stored: upper case, groups of four joined by hyphens."""
    letters = "".join(sign for sign in code.upper() if sign.isalnum())[:CODE_LENGTH]
    return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def track_panel(track: Track) -> TrackPanel:
    """Where a track stands, and which acts are open."""
    check = latest_check(track.id)
    found = list(matches(MatchFilters(track_id=track.id)))
    registration = registration_of(track.id)
    asset = current_asset(track.id)
    blocked = why_not_register(track, check, found)
    return TrackPanel(
        track=track,
        check=check,
        job=check.job if check else None,
        conflicts=[match for match in found if match.is_conflict],
        incoming=[match for match in found if match.direction == Direction.INCOMING],
        already_ours=[match for match in found if match.already_ours],
        registration=registration,
        certificate=certificate_of(registration) if registration else None,
        may_check=asset is not None and track.status in CHECKABLE and not (check is not None and check.is_open),
        may_register=track.status in REGISTRABLE and not blocked,
        may_withdraw=track.status in WITHDRAWABLE,
        why_not_register=blocked,
    )


def why_not_register(track: Track, check: Check | None, found: list[Match]) -> str:
    """What keeps a track from being registered, in words; empty when nothing does."""
    if check is None or check.verdict == "":
        return _("Check the recording first.")
    open_ones = [match for match in found if match.is_conflict and match.state == MatchState.OPEN]
    if open_ones:
        return _("Decide about each similar recording first: own or licensed, dispute, or withdraw.")
    if any(match.is_conflict and match.state == MatchState.DISPUTED for match in found):
        return _("A match is disputed. Settle it with the other side, then decide again.")
    return ""


def home_summary() -> HomeSummary:
    """Figures and the newest rows for the organisation's home page."""
    open_matches = matches(MatchFilters(state=MatchState.OPEN)).filter(already_ours=False)
    return HomeSummary(
        open_conflicts=open_matches.filter(direction=Direction.OUTGOING).count(),
        open_incoming=open_matches.filter(direction=Direction.INCOMING).count(),
        running_checks=Check.objects.filter(state__in=OPEN_CHECK_STATES).count(),
        clear_to_register=Track.objects.filter(status=TrackStatus.CLEAR).count(),
        registered=Registration.objects.filter(state=RegistrationState.REGISTERED).count(),
        recent_checks=list(checks()[:RECENT]),
        recent_matches=list(matches()[:RECENT]),
    )


def _segment_report(segment: MatchSegment) -> SegmentReport:
    files = {evidence.kind: evidence for evidence in segment.evidence.all()}
    return SegmentReport(
        id=segment.id,
        position=segment.position,
        own_start_s=segment.own_start_s,
        own_end_s=segment.own_end_s,
        other_start_s=segment.other_start_s,
        other_end_s=segment.other_end_s,
        tempo_ratio=segment.tempo_ratio,
        pitch_semitones=segment.pitch_semitones,
        confidence=segment.confidence,
        own_spectrogram=files.get(EvidenceKind.OWN_SPECTROGRAM),
        other_spectrogram=files.get(EvidenceKind.OTHER_SPECTROGRAM),
        other_excerpt=files.get(EvidenceKind.OTHER_EXCERPT),
        landmarks=files.get(EvidenceKind.LANDMARKS),
    )


def _other_side(match: Match) -> OtherSide:
    return OtherSide(
        title=match.other_title,
        artist=match.other_artist,
        organisation=match.other_organisation,
        contact=match.other_contact,
        registered=match.other_registered,
        shares_excerpts=match.other_shares_excerpts,
        duration_s=match.other_duration_s,
        already_ours=match.already_ours,
        track=match.other_track,
    )
