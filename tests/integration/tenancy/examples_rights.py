"""Examples of the registry's pages: one checked, matched, decided and registered track, written row by row."""

import json
from dataclasses import dataclass

from django.utils import timezone

from apps.accounts.models import User
from apps.catalog.models import Track, TrackStatus
from apps.rights import storage
from apps.rights.models import (
    Certificate,
    Check,
    CheckState,
    Decision,
    DecisionKind,
    Direction,
    EvidenceFile,
    EvidenceKind,
    Match,
    MatchKind,
    MatchSegment,
    Recheck,
    Registration,
    RegistrationBasis,
    Verdict,
)
from apps.rights.services.registrations import new_code
from apps.tenancy.context import current_organisation_id
from tests.factories_catalog import make_asset


@dataclass(frozen=True)
class Case:
    """All that hangs on one checked track."""

    check: Check
    match: Match
    evidence: EvidenceFile
    decision: Decision
    registration: Registration
    certificate: Certificate
    recheck: Recheck


def make_case(marker: str, user: User) -> Case:
    """A case in the bound organisation, with the marker in whatever is private."""
    now = timezone.now()
    asset = make_asset(filename=f"Checked {marker}.wav")
    track = Track.objects.get(id=asset.track_id)
    Track.objects.filter(id=track.id).update(status=TrackStatus.CONFLICT)
    check = Check.objects.create(
        track=track, asset=asset, requested_by=user, state=CheckState.DONE, verdict=Verdict.CONFLICT, entry_number=1,
        digest="0" * 64, compared_with=7, threshold=1e-3, started_at=now, finished_at=now,
    )  # fmt: skip
    match = Match.objects.create(
        track=track, check_run=check, pair_id=check.id, direction=Direction.OUTGOING, other_title=f"Other {marker}",
        other_organisation="Another label", other_duration_s=180.0, kind=MatchKind.EXCERPT, score=90.0,
        chance_probability=1e-9, tempo_ratio=1.0, pitch_semitones=0.0, own_share=0.5, other_share=0.1,
    )  # fmt: skip
    segment = MatchSegment.objects.create(
        match=match, position=0, own_start_s=0.0, own_end_s=9.5, other_start_s=20.0, other_end_s=29.5,
        tempo_ratio=1.0, pitch_semitones=0.0, confidence=0.99, score=90.0,
    )  # fmt: skip
    landmarks = json.dumps({"points": [], "min_hz": 180, "max_hz": 5760, "note": marker}).encode()
    evidence = EvidenceFile.objects.create(
        match=match, segment=segment, kind=EvidenceKind.LANDMARKS, media_type="application/json",
        storage_key=storage.store(landmarks, organisation_id=current_organisation_id()), size_bytes=len(landmarks),
        start_s=0.0, end_s=9.5,
    )  # fmt: skip
    decision = Decision.objects.create(
        match=match, kind=DecisionKind.OWN_OR_LICENSED, reason=f"Reason {marker}", actor=user,
        previous_state="open", previous_track_status="conflict",
    )  # fmt: skip
    registration = Registration.objects.create(
        track=track, check_run=check, basis=RegistrationBasis.OWN_OR_LICENSED, reason=f"Why {marker}",
        entry_number=1, registered_by=user, registered_at=now,
    )  # fmt: skip
    certificate = Certificate.objects.create(
        registration=registration, code=new_code(), sha256="1" * 64, digest="2" * 64,
        registrant_name="A label", title="A public title", duration_s=180.0, issued_at=now,
    )  # fmt: skip
    recheck = Recheck.objects.create(requested_by=user, subjects=[["track", str(track.id)]], finished_at=now)
    return Case(check, match, evidence, decision, registration, certificate, recheck)
