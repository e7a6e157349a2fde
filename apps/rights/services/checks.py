"""Checks: starting one, what a worker writes down of it, and putting things right when it does not finish."""

import uuid

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.services import notify
from apps.audit.services import record
from apps.catalog.models import AudioAsset, Track, TrackStatus
from apps.catalog.selectors import current_asset, get_track
from apps.catalog.services import transition_track
from apps.core.errors import Conflict
from apps.jobs.models import Job, JobState
from apps.jobs.services import Subject, cancel, submit
from apps.rights import messages, storage
from apps.rights.links import match_page, track_page
from apps.rights.models import (
    OPEN_CHECK_STATES,
    Check,
    CheckState,
    Direction,
    EvidenceFile,
    Match,
    MatchSegment,
    MatchState,
    Verdict,
)
from apps.rights.selectors import CHECKABLE, get_check
from apps.rights.services import other_side
from apps.rights.services.outcome import FoundMatch, FoundSegment, Outcome, StoredEvidence
from apps.tenancy.context import current_user_id

CHECK = "rights.check"


@transaction.atomic
def start_check(*, track_id: uuid.UUID) -> Check:
    """Check a track's recording against the registry; the heavy work runs as a job (``check.job``).

    Safe to repeat: while a check of the same recording waits or runs, it is answered. Side effects: a check, a job,
    the track's status, history, audit.

    Raises:
        NotFound: there is no such track here.
        Conflict: the track has no usable recording, or its status allows no check.
    """
    get_track(track_id)
    track: Track = Track.objects.select_for_update(of=("self",)).get(id=track_id)
    asset = _usable_asset(track)
    running: Check | None = (
        Check.objects.select_related("track", "asset", "job")
        .filter(track_id=track.id, asset_id=asset.id, state__in=OPEN_CHECK_STATES)
        .first()
    )
    if running is not None:
        return running
    if track.status not in CHECKABLE:
        raise Conflict(
            _("This track is in the registry already. Withdraw it first if its recording is to be checked anew."),
            code="not_checkable",
        )
    check: Check = Check.objects.create(track=track, asset=asset, requested_by_id=current_user_id())
    transition_track(track=track, to=TrackStatus.CHECKING, data={"check": str(check.id)})
    check.job = submit(
        kind=CHECK, args={"check_id": str(check.id)}, key=str(check.id), subject=Subject("track", track.id)
    )
    check.save(update_fields=["job", "updated_at"])
    _record(check, "check.started", {"asset": str(asset.id), "sha256": asset.sha256})
    return check


def cancel_check(*, check_id: uuid.UUID) -> Check:
    """Stop a check: at once when it waits, at its next step when it runs. One that has ended stays as it is.

    Raises:
        NotFound: there is no such check here.
    """
    check = get_check(check_id)
    if check.is_open and check.job_id:
        cancel(job_id=check.job_id)
        check.refresh_from_db()
    return check


def begin_check(*, check_id: uuid.UUID) -> Check:
    """What a worker does first, again after a retry. Runs in the job's transaction.

    Raises:
        NotFound: the check or its track is gone.
        Conflict: the recording was replaced, or another check of the track runs.
    """
    check = get_check(check_id)
    track = get_track(check.track_id)
    asset = current_asset(track.id)
    if asset is None or asset.id != check.asset_id:
        raise Conflict(_("The recording was replaced meanwhile. Start a new check."), code="recording_replaced")
    others = Check.objects.filter(track_id=track.id, state__in=OPEN_CHECK_STATES).exclude(id=check.id)
    if others.exists():
        raise Conflict(_("Another check of this track runs already."), code="check_running")
    transition_track(track=track, to=TrackStatus.CHECKING, data={"check": str(check.id)})
    check.state, check.error_code, check.error_message = CheckState.RUNNING, "", ""
    check.started_at, check.finished_at = check.started_at or timezone.now(), None
    check.save()
    return check


def record_outcome(*, check_id: uuid.UUID, outcome: Outcome) -> Check:
    """Write down what a check found, and tell everybody concerned. Runs in the job's last transaction.

    Side effects: matches, segments and evidence; the verdict; the track's status; history, audit; a notification
    here, and for each match with another organisation one there.
    """
    check = get_check(check_id)
    verdict = Verdict.CONFLICT if outcome.conflicts else Verdict.CLEAR
    check.state, check.verdict, check.finished_at = CheckState.DONE, verdict, timezone.now()
    check.entry_number, check.digest, check.compared_with = outcome.entry_number, outcome.digest, outcome.compared_with
    check.extractor_version, check.matcher_version = outcome.extractor_version, outcome.matcher_version
    check.threshold, check.figures = outcome.threshold, outcome.seconds
    check.save()
    _supersede(check, {found.pair_id for found in outcome.matches})
    rows = [_write_match(check, found) for found in outcome.matches]
    for found in outcome.conflicts:
        other_side.deliver(found)
    status = TrackStatus.CONFLICT if outcome.conflicts else TrackStatus.CLEAR
    transition_track(track=check.track, to=status, data={"check": str(check.id), "matches": len(outcome.conflicts)})
    _record(check, "check.done", {"verdict": verdict.value, "matches": len(outcome.matches)})
    _notify_verdict(check, [row for row in rows if not row.already_ours])
    return check


def record_evidence(*, match: Match, evidence: dict[int, tuple[StoredEvidence, ...]]) -> None:
    """Add files to the segments of a match, by position; those that are there already are replaced."""
    for segment in match.segments.all():
        _remove_evidence(EvidenceFile.objects.filter(segment_id=segment.id))
        _write_evidence(match, segment, evidence.get(segment.position, ()))


def abandon_check(job: Job) -> None:
    """A check's job failed or was cancelled: its track is a draft again, which ends its claim. Runs in that
    transaction."""
    check: Check | None = Check.objects.select_related("track").filter(id=job.args["check_id"]).first()
    if check is None or not check.is_open:
        return
    failed = job.state == JobState.FAILED
    check.state = CheckState.FAILED if failed else CheckState.CANCELLED
    check.error_code, check.error_message, check.finished_at = job.error_code, job.error_message, timezone.now()
    check.save()
    track = check.track
    if track.status == TrackStatus.CHECKING:
        reason = job.error_message if failed else _("The check was cancelled.")
        transition_track(track=track, to=TrackStatus.DRAFT, reason=reason, data={"check": str(check.id)})
    _record(check, "check.failed" if failed else "check.cancelled", {"code": job.error_code})
    if failed:
        notify(
            kind="check.failed",
            text=messages.CHECK_FAILED,
            params={"title": track.full_title, "reason": job.error_message},
            link=track_page(check.organisation, track.id),
        )


def _usable_asset(track: Track) -> AudioAsset:
    asset = current_asset(track.id)
    if asset is None:
        raise Conflict(_("Upload the recording first."), code="no_recording")
    if asset.is_rejected:
        raise Conflict(asset.error_message, code=asset.error_code or "recording_rejected")
    return asset


def _supersede(check: Check, standing: set[uuid.UUID]) -> None:
    """Matches of earlier checks of this track that this one did not find again."""
    earlier = Match.objects.filter(track_id=check.track_id, direction=Direction.OUTGOING)
    earlier.exclude(pair_id__in=standing).update(state=MatchState.SUPERSEDED, updated_at=timezone.now())


def _write_match(check: Check, found: FoundMatch) -> Match:
    match: Match = Match.objects.filter(pair_id=found.pair_id).first() or Match(
        pair_id=found.pair_id, direction=Direction.OUTGOING
    )
    if match.state in (MatchState.SUPERSEDED, MatchState.WITHDRAWN):
        match.state = MatchState.OPEN
    other = found.other
    match.track, match.check_run = check.track, check
    match.already_ours, match.other_track_id = other.already_ours, other.own_track
    match.other_title, match.other_artist = other.title, other.artist
    match.other_organisation, match.other_contact = other.organisation, other.contact
    match.other_registered, match.other_shares_excerpts = other.registered, other.shares_excerpts
    match.other_duration_s = other.duration_s
    for name, value in found.figures().items():
        setattr(match, name, value)
    match.save()
    _remove_evidence(EvidenceFile.objects.filter(match_id=match.id))
    match.segments.all().delete()
    for position, segment in enumerate(found.segments):
        _write_segment(match, position, segment)
    return match


def _write_segment(match: Match, position: int, found: FoundSegment) -> None:
    segment = MatchSegment.objects.create(
        match=match,
        position=position,
        own_start_s=found.own_start_s,
        own_end_s=found.own_end_s,
        other_start_s=found.other_start_s,
        other_end_s=found.other_end_s,
        tempo_ratio=found.tempo_ratio,
        pitch_semitones=found.pitch_semitones,
        confidence=found.confidence,
        score=found.score,
    )
    _write_evidence(match, segment, found.evidence)


def _write_evidence(match: Match, segment: MatchSegment, evidence: tuple[StoredEvidence, ...]) -> None:
    for file in evidence:
        EvidenceFile.objects.create(
            match=match,
            segment=segment,
            kind=file.kind,
            storage_key=file.storage_key,
            media_type=file.media_type,
            size_bytes=file.size_bytes,
            start_s=file.start_s,
            end_s=file.end_s,
        )


def _remove_evidence(files: models.QuerySet[EvidenceFile]) -> None:
    storage.remove_on_commit(list(files.values_list("storage_key", flat=True)))
    files.delete()


def _notify_verdict(check: Check, conflicts: list[Match]) -> None:
    title = check.track.full_title
    if not conflicts:
        link = track_page(check.organisation, check.track_id)
        notify(kind="check.clear", text=messages.CHECK_CLEAR, params={"title": title}, link=link)
        return
    notify(
        kind="check.conflict",
        text=messages.CHECK_CONFLICT_ONE if len(conflicts) == 1 else messages.CHECK_CONFLICT,
        params={"title": title, "count": len(conflicts)},
        link=match_page(check.organisation, conflicts[0].id),
    )


def _record(check: Check, action: str, data: dict[str, object]) -> None:
    record(action=action, subject_type="track", subject_id=check.track_id, data={"check": str(check.id), **data})
